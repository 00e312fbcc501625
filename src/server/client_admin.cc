#include "server/client_admin.h"

#include <limits>
#include <optional>

#include "base/ascii.h"
#include "base/numbers.h"
#include "server/client_view.h"
#include "server/help_text.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr std::string_view kSyntaxError = "ERR syntax error";
constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";

std::string UnknownType(std::string_view word) { return "ERR Unknown client type '" + std::string(word) + "'"; }

void AppendLine(Call& call, std::string& text, const Session& session) {
  RunningCommand running;
  if (&session == &call.session) running = {&call.spec, call.args};
  text.append(DescribeSession(call.server, session, running, call.now_ms)).append("\n");
}

void ListByIds(Call& call) {
  std::string text;
  for (std::string_view word : call.args.subspan(3)) {
    auto id = ParseInt64(word);
    if (!id) return call.reply.Error("ERR Invalid client ID");
    Session* session = call.server.FindSession(static_cast<uint64_t>(*id));
    if (session != nullptr && !session->closing) AppendLine(call, text, *session);
  }
  call.reply.Verbatim("txt", text);
}

// Which connections CLIENT KILL means.
struct KillFilter {
  std::optional<std::string_view> address;
  std::optional<std::string_view> local_address;
  std::optional<std::string_view> user;
  std::optional<ClientType> type;
  std::optional<uint64_t> id;
  std::optional<int64_t> max_age_s;
  bool skip_me = true;

  bool Fits(const Session& session, int64_t now_ms) const {
    if (address && session.peer != *address) return false;
    if (local_address && session.local != *local_address) return false;
    if (user && session.user != *user) return false;
    if (type && TypeOf(session) != *type) return false;
    if (id && session.id != *id) return false;
    return !max_age_s || (now_ms - session.created_ms) / 1000 >= *max_age_s;
  }
};

// Takes one option; the error, or nothing.
std::string TakeOption(std::string_view option, std::string_view value, KillFilter* filter) {
  if (EqualsIgnoreCase(option, "id")) {
    auto id = ParseInt64(value);
    if (!id || *id < 1) return "ERR client-id should be greater than 0";
    filter->id = static_cast<uint64_t>(*id);
  } else if (EqualsIgnoreCase(option, "type")) {
    filter->type = ParseClientType(value);
    if (!filter->type) return UnknownType(value);
  } else if (EqualsIgnoreCase(option, "addr")) {
    filter->address = value;
  } else if (EqualsIgnoreCase(option, "laddr")) {
    filter->local_address = value;
  } else if (EqualsIgnoreCase(option, "user")) {
    if (value != "default") return "ERR No such user '" + std::string(value) + "'";
    filter->user = value;
  } else if (EqualsIgnoreCase(option, "maxage")) {
    auto age = ParseInt64(value);
    if (!age || *age < 1) return "ERR maxage is not an integer or out of range";
    filter->max_age_s = *age;
  } else if (EqualsIgnoreCase(option, "skipme")) {
    filter->skip_me = EqualsIgnoreCase(value, "yes");
    if (!filter->skip_me && !EqualsIgnoreCase(value, "no")) return std::string(kSyntaxError);
  } else {
    return std::string(kSyntaxError);
  }
  return {};
}

// The caller closes itself behind its reply.
struct Killed {
  int64_t count = 0;
  bool me = false;
};
Killed Kill(Call& call, const KillFilter& filter) {
  Killed killed;
  for (Session* session : LiveSessions(call.server)) {
    bool me = session == &call.session;
    if ((me && filter.skip_me) || !filter.Fits(*session, call.now_ms)) continue;
    ++killed.count;
    if (me) {
      killed.me = true;
    } else {
      call.server.KillSession(*session, "killed by CLIENT KILL");
    }
  }
  const Session* primary = call.server.replication().primary_session();
  if (primary != nullptr && filter.Fits(*primary, call.now_ms)) {
    ++killed.count;
    call.server.replication().DropLink();
  }
  return killed;
}

}  // namespace

void ClientList(Call& call) {
  size_t count = call.args.size();
  std::optional<ClientType> type;
  if (count == 4 && EqualsIgnoreCase(call.args[2], "type")) {
    type = ParseClientType(call.args[3]);
    if (!type) return call.reply.Error(UnknownType(call.args[3]));
  } else if (count > 3 && EqualsIgnoreCase(call.args[2], "id")) {
    return ListByIds(call);
  } else if (count != 2) {
    return call.reply.Error(kSyntaxError);
  }
  std::string text;
  for (const Session* session : LiveSessions(call.server)) {
    if (!type || TypeOf(*session) == *type) AppendLine(call, text, *session);
  }
  const Session* primary = call.server.replication().primary_session();
  if (primary != nullptr && (!type || *type == ClientType::kPrimary)) AppendLine(call, text, *primary);
  call.reply.Verbatim("txt", text);
}

void ClientKill(Call& call) {
  KillFilter filter;
  bool by_address = call.args.size() == 3;
  if (by_address) {
    filter.address = call.args[2];
    filter.skip_me = false;
  } else {
    for (size_t i = 2; i < call.args.size(); i += 2) {
      if (i + 1 == call.args.size()) return call.reply.Error(kSyntaxError);
      std::string error = TakeOption(call.args[i], call.args[i + 1], &filter);
      if (!error.empty()) return call.reply.Error(error);
    }
  }
  Killed killed = Kill(call, filter);
  if (!by_address) {
    call.reply.Integer(killed.count);
  } else if (killed.count == 0) {
    call.reply.Error("ERR No such client");
  } else {
    call.reply.Ok();
  }
  if (killed.me) call.worker.Close(call.session, true, "killed by CLIENT KILL");
}

void ClientPause(Call& call) {
  if (call.args.size() > 4) return WriteBadSubcommand(call.reply, call.args[1], "CLIENT");
  bool all = true;
  if (call.args.size() == 4) {
    all = EqualsIgnoreCase(call.args[3], "all");
    if (!all && !EqualsIgnoreCase(call.args[3], "write")) {
      return call.reply.Error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
  }
  auto timeout_ms = ParseInt64(call.args[2]);
  if (!timeout_ms) return call.reply.Error("ERR timeout is not an integer or out of range");
  if (*timeout_ms < 0) return call.reply.Error("ERR timeout is negative");
  if (*timeout_ms > std::numeric_limits<int64_t>::max() - call.now_ms) {
    return call.reply.Error("ERR timeout is out of range");
  }
  call.server.SetPause(Server::PausePurpose::kClient, call.now_ms + *timeout_ms, all);
  call.reply.Ok();
}

void ClientUnpause(Call& call) {
  call.server.ClearPause(Server::PausePurpose::kClient);
  call.reply.Ok();
}

void ClientUnblock(Call& call) {
  bool with_error = false;
  if (call.args.size() > 4) return WriteBadSubcommand(call.reply, call.args[1], "CLIENT");
  if (call.args.size() == 4) {
    with_error = EqualsIgnoreCase(call.args[3], "error");
    if (!with_error && !EqualsIgnoreCase(call.args[3], "timeout")) {
      return call.reply.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
  }
  auto id = ParseInt64(call.args[2]);
  if (!id) return call.reply.Error(kNotAnInteger);
  call.reply.Integer(call.server.UnblockClient(static_cast<uint64_t>(*id), with_error) ? 1 : 0);
}

}  // namespace dunlin::server
