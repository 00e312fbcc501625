#include "base/numbers.h"
#include "server/help_text.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr size_t kUsualCount = 10;

constexpr std::string_view kHelp[] = {
    "SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "GET [<count>]",
    "    The newest entries, ten unless told, all of them with -1. Each: id, Unix time, microseconds,",
    "    arguments, the client's address and name.",
    "LEN",
    "    How many entries there are.",
    "RESET",
    "    Forget them.",
};

void Get(Call& call) {
  size_t count = kUsualCount;
  if (call.args.size() > 3) {
    call.reply.Error("ERR unknown subcommand or wrong number of arguments for '" + std::string(call.args[1]) +
                     "'. Try SLOWLOG HELP.");
    return;
  }
  if (call.args.size() == 3) {
    std::optional<int64_t> asked = ParseInt64(call.args[2]);
    if (!asked || *asked < -1) {
      call.reply.Error("ERR count should be greater than or equal to -1");
      return;
    }
    count = *asked < 0 ? SIZE_MAX : static_cast<size_t>(*asked);
  }
  std::vector<Slowlog::Entry> entries = call.server.slowlog().Newest(count);
  call.reply.Array(entries.size());
  for (const Slowlog::Entry& entry : entries) {
    call.reply.Array(6);
    call.reply.Integer(entry.id);
    call.reply.Integer(entry.time_s);
    call.reply.Integer(entry.duration_us);
    call.reply.Array(entry.args.size());
    for (const std::string& argument : entry.args) call.reply.Bulk(argument);
    call.reply.Bulk(entry.client_address);
    call.reply.Bulk(entry.client_name);
  }
}

}  // namespace

void OpSlowlog(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "get") return Get(call);
  if (word == "help") return WriteHelp(call.reply, kHelp);
  if (word == "len") return call.reply.Integer(static_cast<int64_t>(call.server.slowlog().size()));
  call.server.slowlog().Clear();
  call.reply.Ok();
}

}  // namespace dunlin::server
