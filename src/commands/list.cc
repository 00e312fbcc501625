// The list family.
#include "commands/list_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace list_commands;

constexpr uint16_t kTake = kKeyRW | kKeyAccess | kKeyDelete;

constexpr KeySpec kLook[] = {Key(kKeyRO)};
constexpr KeySpec kRead[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kGrow[] = {Key(kKeyRW | kKeyInsert)};
constexpr KeySpec kReplace[] = {Key(kKeyRW | kKeyUpdate)};
constexpr KeySpec kShrink[] = {Key(kKeyRW | kKeyDelete)};
constexpr KeySpec kPop[] = {Key(kTake)};
constexpr KeySpec kPopAny[] = {Keys(kTake, 1, -2, 1)};
constexpr KeySpec kPopCounted[] = {CountedKeys(kTake, 1)};
constexpr KeySpec kPopCountedLate[] = {CountedKeys(kTake, 2)};
constexpr KeySpec kMove[] = {Key(kTake), Key(kKeyRW | kKeyInsert, 2)};

constexpr uint32_t kGrows = kWrite | kDenyOom;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclList,
          .group = Group::kList,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("blmove", 6, kGrows | kBlocking, kMove, Blmove, "6.2.0", "LMOVE that waits for an element."),
    Row("blmpop", -5, kWrite | kBlocking, kPopCountedLate, Blmpop, "7.0.0", "LMPOP that waits for an element."),
    Row("blpop", -3, kWrite | kBlocking, kPopAny, Blpop, "2.0.0", "Pops the first element of a list, or waits."),
    Row("brpop", -3, kWrite | kBlocking, kPopAny, Brpop, "2.0.0", "Pops the last element of a list, or waits."),
    Row("brpoplpush", 4, kGrows | kBlocking, kMove, Brpoplpush, "2.2.0", "RPOPLPUSH that waits for an element."),
    Row("lindex", 3, kReadonly, kRead, Lindex, "1.0.0", "Gives the element at an index."),
    Row("linsert", 5, kGrows, kGrow, Linsert, "2.2.0", "Inserts an element before or after another one."),
    Row("llen", 2, kReadonly | kFast, kLook, Llen, "1.0.0", "Gives the length of a list."),
    Row("lmove", 5, kGrows, kMove, Lmove, "6.2.0", "Moves an element from an end of a list to an end of another."),
    Row("lmpop", -4, kWrite, kPopCounted, Lmpop, "7.0.0", "Pops elements of the first list that there is."),
    Row("lpop", -2, kWrite | kFast, kPop, Lpop, "1.0.0", "Pops the first elements of a list."),
    Row("lpos", -3, kReadonly, kRead, Lpos, "6.0.6", "Finds the indexes of elements that match."),
    Row("lpush", -3, kGrows | kFast, kGrow, Lpush, "1.0.0", "Puts elements to the front of a list."),
    Row("lpushx", -3, kGrows | kFast, kGrow, Lpushx, "2.2.0", "Puts elements to the front of a list that exists."),
    Row("lrange", 4, kReadonly, kRead, Lrange, "1.0.0", "Gives the elements between two indexes."),
    Row("lrem", 4, kWrite, kShrink, Lrem, "1.0.0", "Removes elements that match."),
    Row("lset", 4, kGrows, kReplace, Lset, "1.0.0", "Replaces the element at an index."),
    Row("ltrim", 4, kWrite, kShrink, Ltrim, "1.0.0", "Removes what is not between two indexes."),
    Row("rpop", -2, kWrite | kFast, kPop, Rpop, "1.0.0", "Pops the last elements of a list."),
    Row("rpoplpush", 3, kGrows, kMove, Rpoplpush, "1.2.0", "Moves the last element to the front of another list."),
    Row("rpush", -3, kGrows | kFast, kGrow, Rpush, "1.0.0", "Puts elements to the back of a list."),
    Row("rpushx", -3, kGrows | kFast, kGrow, Rpushx, "2.2.0", "Puts elements to the back of a list that exists."),
};

}  // namespace

std::span<const CommandSpec> ListCommands() { return kRows; }

}  // namespace dunlin::commands
