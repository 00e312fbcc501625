// The connection group but for CLIENT. The server carries all of it out.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kShows = kLoading | kStale | kFast;
// May be said before anybody has logged in, and while a script keeps the server busy.
constexpr uint32_t kAlways = kNoscript | kLoading | kStale | kFast | kNoAuth | kAllowBusy;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, ServerOp op, std::string_view since,
                          std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclConnection,
          .group = Group::kConnection,
          .op = op,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("auth", -2, kAlways, ServerOp::kAuth, "1.0.0", "Says who the client is."),
    Row("echo", 2, kShows, ServerOp::kEcho, "1.0.0", "Gives its argument back."),
    Row("hello", -1, kAlways, ServerOp::kHello, "6.0.0", "Greets the server and chooses the protocol."),
    Row("ping", -1, kFast, ServerOp::kPing, "1.0.0", "Answers."),
    Row("quit", -1, kAlways, ServerOp::kQuit, "1.0.0", "Ends the connection once everything is answered."),
    Row("reset", 1, kAlways, ServerOp::kReset, "6.2.0", "Makes the connection as good as new."),
    Row("select", 2, kShows, ServerOp::kSelect, "1.0.0", "Changes the database of the connection."),
};

}  // namespace

std::span<const CommandSpec> ConnectionCommands() { return kRows; }

}  // namespace dunlin::commands
