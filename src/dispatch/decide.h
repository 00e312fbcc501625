// The decision before a command runs: is it known, complete, allowed now, and ours? It looks at facts and gives a
// decision; it does nothing. The order of the questions is Redis's, because clients see which error comes first.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "cluster/slot_map.h"
#include "commands/command.h"
#include "commands/table.h"

namespace dunlin::dispatch {

// What is true of the client.
struct ClientFacts {
  bool authenticated = true;
  bool in_transaction = false;
  bool asking = false;            // said ASKING just before
  bool read_only_mode = false;    // said READONLY
  bool from_primary = false;      // the replication stream, or a log being replayed: accepted elsewhere already
  bool is_replica = false;        // a replica's connection
  bool subscribed_resp2 = false;  // may only (un)subscribe, PING, QUIT and RESET
  bool may_debug = false;         // as enable-debug-command says
  bool may_load_modules = false;  // as enable-module-command says
};

// What is true of this node; the same for a whole batch of commands.
struct NodeFacts {
  bool loading = false;
  bool async_loading = false;      // new data is loaded beside the old, which is served meanwhile
  bool read_only_replica = false;  // follows a primary, and replica-read-only is on
  bool stale = false;              // its link is down, and replica-serve-stale-data is off
  bool too_few_replicas = false;   // min-replicas-to-write is not met
  std::string disk_error;          // empty, or what MISCONF says
  bool tls_endpoints = false;
  // Cluster; null when not enabled. `endpoint_type` as cluster-preferred-endpoint-type.
  const cluster::SlotMap* map = nullptr;
  bool reads_when_down = false;
  bool shard_pubsub_when_down = true;
  enum class Endpoint : uint8_t { kIp, kHostname, kUnknown } endpoint_type = Endpoint::kIp;
};

struct Decision {
  enum class Kind : uint8_t {
    kRun,
    // The slot is open: run only if Settle() says so once the keys have been looked for under the slot's lock.
    kRunIfSettled,
    kQueue,           // belongs to a transaction
    kQueueIfSettled,  // does so if Settle() says so
    kRefuse,          // with `error`, which begins with its code word
  };
  Kind kind = Kind::kRun;
  // A refused command makes the open transaction fail.
  bool fails_transaction = false;
  bool migrating = false;  // for what is to be settled: else the slot is importing
  std::string error;
};

// What a call means: its row, or why there is none.
struct Lookup {
  const commands::CommandSpec* spec = nullptr;
  // Known, but called with the wrong number of arguments: for the statistics.
  const commands::CommandSpec* misused = nullptr;
  std::string error;
};
Lookup Find(const commands::CommandTable& table, commands::Args args);
// The row alone; null when Find() gives an error.
const commands::CommandSpec* FindRow(const commands::CommandTable& table, commands::Args args);

// `keys` are those FindKeys found, `slots` theirs, in the same order.
struct CallFacts {
  const commands::CommandSpec& spec;
  commands::Args args;
  const std::vector<SlotId>& slots;
  bool is_exec = false;              // EXEC: slots are those of all queued commands, and so are the two below
  uint32_t queued_any = 0;           // flags that any of them has
  uint32_t queued_all = UINT32_MAX;  // flags that all of them have
  // More memory is used than maxmemory allows, and nothing can be evicted.
  bool out_of_memory = false;
  // Instead of the row's flags (0: those): what a script says of itself.
  uint32_t flags = 0;
};
Decision Decide(const CallFacts& call, const ClientFacts& client, const NodeFacts& node);

// The part of the decision that only the cluster's photograph answers. Used for EXEC, and by Decide.
Decision DecideOwner(const CallFacts& call, const ClientFacts& client, const NodeFacts& node);

// After the keys were looked for: `present` of `total` exist here. Returns the error, or an empty text: run.
std::string Settle(bool migrating, size_t present, size_t total, SlotId slot, const NodeFacts& node);

// "MOVED 5 host:port" or "ASK 5 host:port".
std::string Redirection(std::string_view word, SlotId slot, const cluster::NodeInfo& to, const NodeFacts& node);

}  // namespace dunlin::dispatch
