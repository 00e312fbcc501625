// The hash family.
#include "commands/hash_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace hash_commands;

constexpr KeySpec kLook[] = {Key(kKeyRO)};
constexpr KeySpec kRead[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kSet[] = {Key(kKeyRW | kKeyUpdate)};
constexpr KeySpec kSetNew[] = {Key(kKeyRW | kKeyInsert)};
constexpr KeySpec kChange[] = {Key(kKeyRW | kKeyAccess | kKeyUpdate)};
constexpr KeySpec kShrink[] = {Key(kKeyRW | kKeyDelete)};

constexpr uint32_t kGrows = kWrite | kDenyOom | kFast;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclHash,
          .group = Group::kHash,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("hdel", -3, kWrite | kFast, kShrink, Hdel, "2.0.0", "Deletes fields of a hash."),
    Row("hexists", 3, kReadonly | kFast, kLook, Hexists, "2.0.0", "Tells whether a hash has a field."),
    Row("hget", 3, kReadonly | kFast, kRead, Hget, "2.0.0", "Gives the value of a field."),
    Row("hgetall", 2, kReadonly, kRead, Hgetall, "2.0.0", "Gives all fields and values of a hash."),
    Row("hincrby", 4, kGrows, kChange, Hincrby, "2.0.0", "Adds to the number in a field."),
    Row("hincrbyfloat", 4, kGrows, kChange, Hincrbyfloat, "2.6.0", "Adds to the number with a fraction in a field."),
    Row("hkeys", 2, kReadonly, kRead, Hkeys, "2.0.0", "Gives all fields of a hash."),
    Row("hlen", 2, kReadonly | kFast, kLook, Hlen, "2.0.0", "Counts the fields of a hash."),
    Row("hmget", -3, kReadonly | kFast, kRead, Hmget, "2.0.0", "Gives the values of several fields."),
    Row("hmset", -4, kGrows, kSet, Hmset, "2.0.0", "HSET by its old name."),
    Row("hrandfield", -2, kReadonly, kRead, Hrandfield, "6.2.0", "Gives random fields of a hash."),
    Row("hscan", -3, kReadonly, kRead, Hscan, "2.8.0", "Walks through a hash in steps."),
    Row("hset", -4, kGrows, kSet, Hset, "2.0.0", "Sets fields of a hash."),
    Row("hsetnx", 4, kGrows, kSetNew, Hsetnx, "2.0.0", "Sets a field unless it exists."),
    Row("hstrlen", 3, kReadonly | kFast, kLook, Hstrlen, "3.2.0", "Gives the length of a field's value."),
    Row("hvals", 2, kReadonly, kRead, Hvals, "2.0.0", "Gives all values of a hash."),
};

}  // namespace

std::span<const CommandSpec> HashCommands() { return kRows; }

}  // namespace dunlin::commands
