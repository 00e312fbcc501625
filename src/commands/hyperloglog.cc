// The HyperLogLog family.
#include "commands/hyperloglog_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace hyperloglog_commands;

constexpr KeySpec kAdd[] = {Key(kKeyRW | kKeyInsert)};
constexpr KeySpec kCount[] = {Keys(kKeyRW | kKeyAccess, 1, -1, 1)};
constexpr KeySpec kDebug[] = {Key(kKeyRW | kKeyAccess, 2)};
constexpr KeySpec kMerge[] = {Key(kKeyRW | kKeyAccess | kKeyInsert), Keys(kKeyRO | kKeyAccess, 2, -1, 1)};

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclHyperloglog,
          .group = Group::kHyperloglog,
          .keys = keys,
          .handler = handler,
          .since = "2.8.9",
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("pfadd", -2, kWrite | kDenyOom | kFast, kAdd, Pfadd, "Adds elements to a HyperLogLog."),
    Row("pfcount", -2, kReadonly | kMayReplicate, kCount, Pfcount,
        "Estimates how many different elements HyperLogLogs have seen together."),
    Row("pfdebug", 3, kWrite | kDenyOom | kAdmin, kDebug, Pfdebug, "Looks into a HyperLogLog. For tests."),
    Row("pfmerge", -2, kWrite | kDenyOom, kMerge, Pfmerge, "Merges HyperLogLogs into one."),
    Row("pfselftest", 1, kAdmin, {}, Pfselftest, "Tests the HyperLogLogs of the server."),
};

}  // namespace

std::span<const CommandSpec> HyperloglogCommands() { return kRows; }

}  // namespace dunlin::commands
