#include "server/config.h"
#include "server/config_effects.h"
#include "server/control.h"
#include "server/help_text.h"
#include "server/ops.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr std::string_view kHelp[] = {
    "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "GET <pattern> [<pattern> ...]",
    "    The directives that fit a pattern, with their values.",
    "RESETSTAT",
    "    Let INFO count from zero again.",
    "REWRITE",
    "    Write the values into the configuration file.",
    "SET <directive> <value> [<directive> <value> ...]",
    "    Give directives new values: all of them, or none when one is refused.",
};

void Get(Call& call) {
  std::vector<std::pair<std::string, std::string>> found = call.server.config().Get(call.args.subspan(2));
  call.reply.Map(found.size());
  for (const auto& [name, value] : found) {
    call.reply.Bulk(name);
    call.reply.Bulk(value);
  }
}

void Answer(Call& call, const Status& status) { status.ok() ? call.reply.Ok() : call.reply.Error(status.message()); }

void Set(Call& call) {
  commands::Args words = call.args.subspan(2);
  if (words.size() % 2 != 0) {
    call.reply.Error("ERR syntax error");
    return;
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (size_t i = 0; i < words.size(); i += 2) pairs.emplace_back(words[i], words[i + 1]);
  SetCaller caller{
      .is_local = call.session.is_loopback, .is_loading = call.server.loads_anything(), .in_transaction = call.in_exec};
  std::optional<Status> status;
  call.worker.OutsideGate(
      [&] { call.server.control().RunAndWait([&] { status = SetConfig(call.server, pairs, caller); }); });
  if (!status) {
    call.facts_changed = true;
    return;
  }
  Answer(call, *status);
}

void Rewrite(Call& call) {
  Server& server = call.server;
  Status status;
  // On the thread that changes the values, so that they stand still meanwhile.
  call.worker.OutsideGate(
      [&] { server.control().RunAndWait([&] { status = server.config().Rewrite(std::nullopt); }); });
  if (status.ok()) {
    server.log().Notice("CONFIG REWRITE executed with success.");
  } else {
    server.log().Warning("CONFIG REWRITE failed: {}", status.message());
  }
  Answer(call, status);
}

}  // namespace

void OpConfig(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "get") return Get(call);
  if (word == "set") return Set(call);
  if (word == "rewrite") return Rewrite(call);
  if (word == "help") return WriteHelp(call.reply, kHelp);
  call.worker.OutsideGate([&] {
    call.server.control().RunAndWait([&] {
      call.server.replication().ResetCounts();
      call.server.gate().AloneAmidScript([&] { call.server.ResetStats(); });
    });
  });
  call.reply.Ok();
}

}  // namespace dunlin::server
