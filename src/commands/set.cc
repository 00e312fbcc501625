// The set family.
#include "commands/set_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace set_commands;

constexpr KeySpec kLook[] = {Key(kKeyRO)};
constexpr KeySpec kRead[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kReadMany[] = {Keys(kKeyRO | kKeyAccess, 1, -1, 1)};
constexpr KeySpec kReadCounted[] = {CountedKeys(kKeyRO | kKeyAccess, 1)};
constexpr KeySpec kGrow[] = {Key(kKeyRW | kKeyInsert)};
constexpr KeySpec kShrink[] = {Key(kKeyRW | kKeyDelete)};
constexpr KeySpec kPop[] = {Key(kKeyRW | kKeyAccess | kKeyDelete)};
constexpr KeySpec kMove[] = {Key(kKeyRW | kKeyAccess | kKeyDelete), Key(kKeyRW | kKeyInsert, 2)};
constexpr KeySpec kStore[] = {Key(kKeyOW | kKeyUpdate), Keys(kKeyRO | kKeyAccess, 2, -1, 1)};
constexpr KeySpec kStoreCommon[] = {Key(kKeyRW | kKeyUpdate), Keys(kKeyRO | kKeyAccess, 2, -1, 1)};

constexpr uint32_t kGrows = kWrite | kDenyOom;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclSet,
          .group = Group::kSet,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("sadd", -3, kGrows | kFast, kGrow, Sadd, "1.0.0", "Adds members to a set."),
    Row("scard", 2, kReadonly | kFast, kLook, Scard, "1.0.0", "Counts the members of a set."),
    Row("sdiff", -2, kReadonly, kReadMany, Sdiff, "1.0.0", "Gives what the first set has and no other."),
    Row("sdiffstore", -3, kGrows, kStore, Sdiffstore, "1.0.0", "Stores what the first set has and no other."),
    Row("sinter", -2, kReadonly, kReadMany, Sinter, "1.0.0", "Gives what all sets have."),
    Row("sintercard", -3, kReadonly, kReadCounted, Sintercard, "7.0.0", "Counts what all sets have."),
    Row("sinterstore", -3, kGrows, kStoreCommon, Sinterstore, "1.0.0", "Stores what all sets have."),
    Row("sismember", 3, kReadonly | kFast, kLook, Sismember, "1.0.0", "Tells whether a set has a member."),
    Row("smembers", 2, kReadonly, kRead, Smembers, "1.0.0", "Gives all members of a set."),
    Row("smismember", -3, kReadonly | kFast, kRead, Smismember, "6.2.0", "Tells which members a set has."),
    Row("smove", 4, kWrite | kFast, kMove, Smove, "1.0.0", "Moves a member from a set to another."),
    Row("spop", -2, kWrite | kFast, kPop, Spop, "1.0.0", "Takes random members out of a set."),
    Row("srandmember", -2, kReadonly, kRead, Srandmember, "1.0.0", "Gives random members of a set."),
    Row("srem", -3, kWrite | kFast, kShrink, Srem, "1.0.0", "Removes members from a set."),
    Row("sscan", -3, kReadonly, kRead, Sscan, "2.8.0", "Walks through a set in steps."),
    Row("sunion", -2, kReadonly, kReadMany, Sunion, "1.0.0", "Gives what any of the sets has."),
    Row("sunionstore", -3, kGrows, kStore, Sunionstore, "1.0.0", "Stores what any of the sets has."),
};

}  // namespace

std::span<const CommandSpec> SetCommands() { return kRows; }

}  // namespace dunlin::commands
