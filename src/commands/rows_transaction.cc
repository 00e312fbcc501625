// The transactions group. The server carries all of it out.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kSteers = kNoscript | kLoading | kStale;
constexpr uint32_t kSteersFast = kSteers | kFast | kAllowBusy;

constexpr KeySpec kWatchedKeys[] = {Keys(kKeyRO, 1, -1, 1)};

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, ServerOp op, std::string_view since,
                          std::string_view summary, std::span<const KeySpec> keys = {}) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclTransaction,
          .group = Group::kTransactions,
          .keys = keys,
          .op = op,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("discard", 1, kSteersFast, ServerOp::kDiscard, "2.0.0", "Forgets the open transaction."),
    Row("exec", 1, kSteers | kSkipSlowlog, ServerOp::kExec, "1.2.0", "Runs the commands of the open transaction."),
    Row("multi", 1, kSteersFast, ServerOp::kMulti, "1.2.0", "Opens a transaction."),
    Row("unwatch", 1, kSteersFast, ServerOp::kUnwatch, "2.2.0", "Stops watching keys."),
    Row("watch", -2, kSteersFast, ServerOp::kWatch, "2.2.0",
        "Lets the next transaction run only while keys stay as they are.", kWatchedKeys),
};

}  // namespace

std::span<const CommandSpec> TransactionCommands() { return kRows; }

}  // namespace dunlin::commands
