#include "dispatch/decide.h"

#include <utility>

#include "base/ascii.h"

namespace dunlin::dispatch {
namespace {

using commands::CommandSpec;
using commands::ServerOp;

Decision Run() { return {}; }

Decision Refuse(std::string error, bool fails_transaction = true) {
  Decision d;
  d.kind = Decision::Kind::kRefuse;
  d.fails_transaction = fails_transaction;
  d.error = std::move(error);
  return d;
}

std::string UnknownCommand(commands::Args args) {
  constexpr size_t kShown = 128;
  std::string text = "ERR unknown command '";
  text.append(args[0].substr(0, kShown)).append("', with args beginning with: ");
  std::string shown;
  for (size_t i = 1; i < args.size() && shown.size() < kShown; ++i) {
    size_t room = kShown - shown.size();
    shown.append("'").append(args[i].substr(0, room)).append("' ");
  }
  return text + shown;
}

bool MayRunWhileSubscribed(ServerOp op) {
  switch (op) {
    case ServerOp::kPing:
    case ServerOp::kSubscribe:
    case ServerOp::kUnsubscribe:
    case ServerOp::kSsubscribe:
    case ServerOp::kSunsubscribe:
    case ServerOp::kPsubscribe:
    case ServerOp::kPunsubscribe:
    case ServerOp::kQuit:
    case ServerOp::kReset: return true;
    default: return false;
  }
}

// Commands that end or steer a transaction instead of becoming part of it.
bool RunsInsideTransaction(ServerOp op) {
  switch (op) {
    case ServerOp::kExec:
    case ServerOp::kDiscard:
    case ServerOp::kMulti:
    case ServerOp::kWatch:
    case ServerOp::kQuit:
    case ServerOp::kReset: return true;
    default: return false;
  }
}

uint32_t FlagsOf(const CallFacts& call) { return call.flags != 0 ? call.flags : call.spec.flags; }

bool IsWrite(const CallFacts& call) {
  uint32_t flags = call.is_exec ? call.queued_any : FlagsOf(call);
  return (flags & commands::kWrite) != 0;
}

// What is queued takes memory, whatever it is; what ends the transaction gives that back.
bool NeedsMemory(const CallFacts& call, const ClientFacts& client) {
  if (call.is_exec) return (call.queued_any & commands::kDenyOom) != 0;
  if (FlagsOf(call) & commands::kDenyOom) return true;
  ServerOp op = call.spec.op;
  return client.in_transaction && op != ServerOp::kExec && op != ServerOp::kDiscard && op != ServerOp::kQuit &&
         op != ServerOp::kReset;
}

std::string FullName(const CallFacts& call) {
  std::string name = AsciiLowered(call.args[0]);
  if (name != call.spec.name && call.args.size() > 1) name.append("|").append(call.spec.name);
  return name;
}

std::string NotAllowedWhileSubscribed(const CallFacts& call) {
  return "ERR Can't execute '" + FullName(call) +
         "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
}

// Enough arguments, and a subcommand where the row alone means nothing.
bool FitsCall(const CommandSpec& spec, commands::Args args) {
  bool container = !spec.subcommands.empty() && spec.handler == nullptr && spec.op == ServerOp::kNone;
  return commands::ArityFits(spec, args.size()) && !container;
}

}  // namespace

const CommandSpec* FindRow(const commands::CommandTable& table, commands::Args args) {
  bool unknown_subcommand = false;
  const CommandSpec* spec = table.Resolve(args, &unknown_subcommand);
  return spec == nullptr || unknown_subcommand || !FitsCall(*spec, args) ? nullptr : spec;
}

Lookup Find(const commands::CommandTable& table, commands::Args args) {
  Lookup found;
  bool unknown_subcommand = false;
  found.spec = table.Resolve(args, &unknown_subcommand);
  if (found.spec == nullptr) {
    found.error = UnknownCommand(args);
  } else if (unknown_subcommand) {
    found.error = "ERR unknown subcommand '" + std::string(args[1].substr(0, 128)) + "'. Try " +
                  AsciiUppered(found.spec->name) + " HELP.";
    found.spec = nullptr;
  } else if (!FitsCall(*found.spec, args)) {
    found.error = "ERR wrong number of arguments for '" + table.FullName(*found.spec) + "' command";
    found.misused = std::exchange(found.spec, nullptr);
  }
  return found;
}

std::string Redirection(std::string_view word, SlotId slot, const cluster::NodeInfo& to, const NodeFacts& node) {
  std::string text(word);
  text.append(" ").append(std::to_string(slot.value)).append(" ");
  switch (node.endpoint_type) {
    case NodeFacts::Endpoint::kIp: text.append(to.ip); break;
    case NodeFacts::Endpoint::kHostname: text.append(to.hostname.empty() ? "?" : to.hostname); break;
    case NodeFacts::Endpoint::kUnknown: break;
  }
  return text.append(":").append(std::to_string(to.ClientPort(node.tls_endpoints)));
}

std::string Settle(bool migrating, size_t present, size_t total, SlotId slot, const NodeFacts& node) {
  if (present == total) return {};
  constexpr std::string_view kTryAgain = "TRYAGAIN Multiple keys request during rehashing of slot";
  if (!migrating) return total > 1 ? std::string(kTryAgain) : std::string();
  if (present > 0) return std::string(kTryAgain);
  return Redirection("ASK", slot, node.map->Node(node.map->Migrating(slot)), node);
}

Decision DecideOwner(const CallFacts& call, const ClientFacts& client, const NodeFacts& node) {
  const cluster::SlotMap& map = *node.map;
  SlotId slot = call.slots[0];
  cluster::NodeIndex owner = map.Owner(slot);
  if (owner == cluster::kNoNode) return Refuse("CLUSTERDOWN Hash slot not served");
  for (SlotId other : call.slots) {
    if (other != slot) return Refuse("CROSSSLOT Keys in request don't hash to the same slot");
  }
  if (!map.ok()) {
    bool shard_pubsub = (call.spec.flags & commands::kPubsub) != 0;
    if (shard_pubsub ? !node.shard_pubsub_when_down : !node.reads_when_down) {
      return Refuse("CLUSTERDOWN The cluster is down");
    }
    if (!shard_pubsub && IsWrite(call)) {
      return Refuse("CLUSTERDOWN The cluster is down and only accepts read commands");
    }
  }
  bool shard_pubsub = (call.spec.flags & commands::kPubsub) != 0;
  bool migrating = owner == map.my_index() && map.Migrating(slot) != cluster::kNoNode;
  bool importing = owner != map.my_index() && map.Importing(slot) != cluster::kNoNode;
  if ((migrating || importing) && call.spec.op == ServerOp::kMigrate) return Run();
  Decision settle;
  settle.kind = Decision::Kind::kRunIfSettled;
  settle.migrating = migrating;
  // Channels are not keys: nothing of them is here or there.
  if (migrating) return shard_pubsub ? Run() : settle;
  if (importing && (client.asking || (call.spec.flags & commands::kAsking))) return shard_pubsub ? Run() : settle;
  if (owner == map.my_index()) return Run();
  bool may_read = client.read_only_mode || (call.spec.flags & commands::kPubsub);
  if (map.IsMyShards(slot) && may_read && (!IsWrite(call) || shard_pubsub)) return Run();
  return Refuse(Redirection("MOVED", slot, map.Node(owner), node));
}

Decision Decide(const CallFacts& call, const ClientFacts& client, const NodeFacts& node) {
  const CommandSpec& spec = call.spec;
  uint32_t flags = FlagsOf(call);
  if (flags & commands::kProtected) {
    bool allowed = spec.op == ServerOp::kDebug ? client.may_debug : client.may_load_modules;
    if (!allowed) {
      std::string name = spec.op == ServerOp::kDebug ? "DEBUG" : "MODULE";
      std::string option = spec.op == ServerOp::kDebug ? "enable-debug-command" : "enable-module-command";
      return Refuse(
          "ERR " + name + " command not allowed. If the " + option +
          " option is set to \"local\", you can run it from a local connection, otherwise you need to set this "
          "option in the configuration file, and then restart the server.");
    }
  }
  if (!client.authenticated && !(flags & commands::kNoAuth)) return Refuse("NOAUTH Authentication required.");
  if (client.in_transaction && (flags & commands::kNoMulti)) {
    return Refuse("ERR Command not allowed inside a transaction");
  }
  Decision decision;
  if (node.map != nullptr && !client.from_primary && !call.slots.empty()) {
    decision = DecideOwner(call, client, node);
    if (decision.kind == Decision::Kind::kRefuse) return decision;
  }
  bool writes = IsWrite(call);
  if (call.out_of_memory && !client.from_primary && NeedsMemory(call, client)) {
    return Refuse("OOM command not allowed when used memory > 'maxmemory'.");
  }
  // A load balancer that pings must see that the disk is broken.
  bool asks_for_health = spec.op == ServerOp::kPing;
  if (!client.from_primary && !node.disk_error.empty() && (writes || asks_for_health)) return Refuse(node.disk_error);
  if (!client.from_primary && writes) {
    if (node.too_few_replicas) return Refuse("NOREPLICAS Not enough good replicas to write.");
    if (node.read_only_replica) return Refuse("READONLY You can't write against a read only replica.");
  }
  if (client.subscribed_resp2 && !MayRunWhileSubscribed(spec.op)) return Refuse(NotAllowedWhileSubscribed(call));
  if (node.stale && !(flags & call.queued_all & commands::kStale)) {
    return Refuse("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
  }
  if (node.loading && !(flags & call.queued_all & commands::kLoading) && !client.from_primary) {
    return Refuse("LOADING Redis is loading the dataset in memory");
  }
  if (node.async_loading && ((flags | call.queued_any) & commands::kNoAsyncLoading) && !client.from_primary) {
    return Refuse("LOADING Redis is loading the dataset in memory");
  }
  constexpr uint32_t kTouchesData = commands::kWrite | commands::kReadonly | commands::kMayReplicate;
  if (client.is_replica && (writes || (flags & kTouchesData) != 0) && !client.from_primary) {
    return Refuse("ERR Replica can't interact with the keyspace", false);
  }
  if (client.in_transaction && !RunsInsideTransaction(spec.op)) {
    bool settled = decision.kind != Decision::Kind::kRunIfSettled;
    decision.kind = settled ? Decision::Kind::kQueue : Decision::Kind::kQueueIfSettled;
  }
  return decision;
}

}  // namespace dunlin::dispatch
