#include <openssl/crypto.h>

#include "base/ascii.h"
#include "base/numbers.h"
#include "server/client_admin.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

// Compares in a time that says nothing about where the two differ.
bool SamePassword(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool Authenticate(Call& call, std::string_view user, std::string_view password) {
  const std::string& required = call.server.settings().requirepass;
  if (user == "default" && (required.empty() || SamePassword(required, password))) {
    call.session.authenticated = true;
    call.session.user = "default";
    return true;
  }
  call.worker.stats().auth_failures.Add(1);
  call.reply.Error("WRONGPASS invalid username-password pair or user is disabled.");
  return false;
}

}  // namespace

void OpPing(Call& call) {
  if (call.args.size() > 2) {
    call.reply.Error("ERR wrong number of arguments for 'ping' command");
    return;
  }
  bool subscribed = call.session.resp_version == 2 && call.session.subscribed();
  if (subscribed) {
    call.reply.Array(2);
    call.reply.Bulk("pong");
    call.reply.Bulk(call.args.size() == 2 ? call.args[1] : std::string_view());
  } else if (call.args.size() == 2) {
    call.reply.Bulk(call.args[1]);
  } else {
    call.reply.Simple("PONG");
  }
}

void OpEcho(Call& call) { call.reply.Bulk(call.args[1]); }

void OpSelect(Call& call) {
  auto db = ParseInt64(call.args[1]);
  if (!db) {
    call.reply.Error("ERR value is not an integer or out of range");
  } else if (call.server.cluster_enabled() && *db != 0) {
    call.reply.Error("ERR SELECT is not allowed in cluster mode");
  } else if (*db < 0 || *db >= call.server.store().database_count()) {
    call.reply.Error("ERR DB index is out of range");
  } else {
    call.session.db = DbIndex(static_cast<uint16_t>(*db));
    call.reply.Ok();
  }
}

void OpQuit(Call& call) {
  call.reply.Ok();
  call.worker.Close(call.session, true, "quit");
}

void OpAuth(Call& call) {
  if (call.args.size() > 3) {
    call.reply.Error("ERR syntax error");
    return;
  }
  if (call.args.size() == 2 && call.server.settings().requirepass.empty()) {
    call.reply.Error(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?");
    return;
  }
  bool named = call.args.size() == 3;
  if (Authenticate(call, named ? call.args[1] : "default", call.args[named ? 2 : 1])) call.reply.Ok();
}

void OpHello(Call& call) {
  Session& session = call.session;
  int version = session.resp_version;
  size_t i = 1;
  if (call.args.size() > 1) {
    auto asked = ParseInt64(call.args[1]);
    if (!asked) {
      call.reply.Error("ERR Protocol version is not an integer or out of range");
      return;
    }
    if (*asked < 2 || *asked > 3) {
      call.reply.Error("NOPROTO unsupported protocol version");
      return;
    }
    version = static_cast<int>(*asked);
    i = 2;
  }
  std::optional<std::string> name;
  for (; i < call.args.size(); ++i) {
    size_t left = call.args.size() - i - 1;
    if (EqualsIgnoreCase(call.args[i], "auth") && left >= 2) {
      if (!Authenticate(call, call.args[i + 1], call.args[i + 2])) return;
      i += 2;
    } else if (EqualsIgnoreCase(call.args[i], "setname") && left >= 1) {
      if (!ValidClientWord(call.args[i + 1])) {
        call.reply.Error("ERR Client names cannot contain spaces, newlines or special characters.");
        return;
      }
      name = std::string(call.args[++i]);
    } else {
      call.reply.Error("ERR Syntax error in HELLO option '" + std::string(call.args[i]) + "'");
      return;
    }
  }
  if (!session.authenticated) {
    call.reply.Error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> "
        "<pass> option can be used to authenticate the client and select the RESP protocol version at the same time");
    return;
  }
  if (name) session.name = *name;
  session.resp_version = version;
  resp::ReplyWriter reply(session.stream.out(), version);
  reply.Map(7);
  reply.Bulk("server");
  reply.Bulk("redis");
  reply.Bulk("version");
  reply.Bulk("7.2.4");
  reply.Bulk("proto");
  reply.Integer(version);
  reply.Bulk("id");
  reply.Integer(static_cast<int64_t>(session.id));
  reply.Bulk("mode");
  reply.Bulk(call.server.cluster_enabled() ? "cluster" : "standalone");
  reply.Bulk("role");
  reply.Bulk(call.server.is_replica() ? "replica" : "master");
  reply.Bulk("modules");
  reply.Array(0);
}

void OpReset(Call& call) {
  Session& session = call.session;
  DiscardTransaction(call.server, session);
  PubSub::Listener me{session.worker, session.id};
  for (const std::string& channel : session.channels)
    call.server.pubsub().Unsubscribe(ChannelKind::kGlobal, channel, me);
  for (const std::string& channel : session.shard_channels) {
    call.server.pubsub().Unsubscribe(ChannelKind::kSharded, channel, me);
  }
  for (const std::string& pattern : session.patterns) call.server.pubsub().UnsubscribePattern(pattern, me);
  session.channels.clear();
  session.shard_channels.clear();
  session.patterns.clear();
  if (session.monitor) call.server.monitors().Remove(session.worker, session.id);
  session.monitor = false;
  session.resp_version = 2;
  session.db = DbIndex(0);
  session.name.clear();
  session.reply_mode = ReplyMode::kOn;
  session.asking = false;
  session.read_only_mode = false;
  session.no_evict = false;
  session.no_touch = false;
  session.user = "default";
  session.authenticated = call.server.settings().requirepass.empty();
  resp::ReplyWriter(session.stream.out(), 2).Simple("RESET");
}

}  // namespace dunlin::server
