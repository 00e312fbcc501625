#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr CommandSpec kConnectionRows[] = {
    {.name = "ping", .arity = -1, .flags = kFast, .categories = kAclConnection, .group = Group::kConnection,
     .op = ServerOp::kPing, .since = "1.0.0", .summary = "Answers."},
    {.name = "hello", .arity = -1, .flags = kNoscript | kLoading | kStale | kFast | kNoAuth | kAllowBusy, .categories = kAclConnection, .group = Group::kConnection,
     .op = ServerOp::kHello, .since = "6.0.0", .summary = "Greets the server and chooses the protocol."},
    {.name = "select", .arity = 2, .flags = kFast | kLoading | kStale, .categories = kAclConnection, .group = Group::kConnection,
     .op = ServerOp::kSelect, .since = "1.0.0", .summary = "Changes the database of the connection."},
};
constexpr CommandSpec kTransactionRows[] = {
    {.name = "multi", .arity = 1, .flags = kNoscript | kLoading | kStale | kFast | kAllowBusy, .categories = kAclTransaction, .group = Group::kTransactions,
     .op = ServerOp::kMulti, .since = "1.2.0", .summary = "Opens a transaction."},
    {.name = "exec", .arity = 1, .flags = kNoscript | kLoading | kStale | kSkipSlowlog, .categories = kAclTransaction, .group = Group::kTransactions,
     .op = ServerOp::kExec, .since = "1.2.0", .summary = "Runs the commands of the open transaction."},
};

}  // namespace

std::span<const CommandSpec> ConnectionCommands() { return kConnectionRows; }
std::span<const CommandSpec> TransactionCommands() { return kTransactionRows; }
std::span<const CommandSpec> ServerCommands() { return {}; }
std::span<const CommandSpec> ListCommands() { return {}; }
std::span<const CommandSpec> HashCommands() { return {}; }
std::span<const CommandSpec> SetCommands() { return {}; }
std::span<const CommandSpec> SortedSetCommands() { return {}; }

}  // namespace dunlin::commands
