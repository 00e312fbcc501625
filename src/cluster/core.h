// The cluster core: one node's view of the cluster as a state machine. Something happens, the core says what to do.
//
//   Effects effects = core.Step(input, now);     // a message came, a link broke, an admin spoke
//   Effects effects = core.Tick(now);            // about ten times a second
//
// It owns no socket, clock, thread, file or random device. The same core with the same seed, given the same inputs at
// the same times, gives the same effects.
//
// The effects of one call are carried out in this order, before the next call:
//   log  -> persist -> publish -> wire -> follow-ups -> reply
// A vote, or a new epoch, is in `persist` of the call whose `wire` sends it: that is why it is durable before it
// leaves. When persisting fails, nothing after it may be done.
//
// Thread: one at a time (the control thread). A value: copying a core copies the whole node.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "cluster/admin.h"
#include "cluster/message.h"
#include "cluster/slot_map.h"
#include "cluster/slot_set.h"
#include "cluster/types.h"

namespace dunlin::cluster {

// The directives that matter here. May be replaced at run time (ConfigChanged).
struct Config {
  int64_t node_timeout_ms = 15000;
  int64_t ping_interval_ms = 0;      // 0: half of the node timeout
  int replica_validity_factor = 10;  // 0: a replica may stand for election however old its data is
  int migration_barrier = 1;
  bool allow_replica_migration = true;
  bool require_full_coverage = true;
  bool replica_no_failover = false;
  int64_t repl_ping_replica_period_s = 10;
  uint64_t link_sendbuf_limit_bytes = 0;  // 0: none
  int64_t blacklist_ttl_s = 60;
  int64_t manual_failover_timeout_ms = 5000;

  // What I listen on (0: not), and what I say I listen on (0 or empty: the same).
  uint16_t port = 6379;
  uint16_t tls_port = 0;
  uint16_t bus_port = 0;  // cluster-port; 0: client port + 10000
  bool tls_cluster = false;
  bool tls_replication = false;
  std::string announce_ip;  // empty: learn it from MEET
  uint16_t announce_port = 0;
  uint16_t announce_tls_port = 0;
  uint16_t announce_bus_port = 0;
  std::string announce_hostname;
  std::string announce_human_name;

  // Aids for tests.
  int drop_message_type = -1;       // this MessageType is dropped when it comes; -1: none
  bool close_link_on_drop = false;  // ... and the link with it
  bool ping_random_nodes = true;    // false: only the pings that must be
  bool operator==(const Config&) const = default;
};

// What the server knows and the core must know. Given with SetFacts, before every Step and Tick that may read it.
struct Facts {
  // Bytes of the replication stream: written when I am a primary, applied when I am a replica.
  Offset replication_offset{0};
  // The link to my primary: connected, and when it last said something or, when it is down, since when. 0: never up.
  bool primary_link_up = false;
  TimeMs primary_last_io_ms = 0;
  TimeMs primary_link_down_since_ms = 0;
  bool dataset_empty = true;
};

// ---- What may happen
// -------------------------------------------------------------------------------------------------

// A peer connected to my bus port. `link` is an InboundLinkId. The ips are the two ends of the socket.
struct LinkAccepted {
  LinkId link;
  std::string peer_ip;
  std::string local_ip;
};
// A link that OpenLink asked for is up.
struct LinkConnected {
  LinkId link;
  std::string peer_ip;
  std::string local_ip;
};
// A link could not be made, or broke. Not for links that the core closed itself; those, and unknown ones, are ignored.
struct LinkClosed {
  LinkId link;
  std::string reason;
};
// How much is queued on a link; over the limit of the configuration it is closed. To be told about ten times a second.
struct LinkQueued {
  LinkId link;
  uint64_t bytes = 0;
};
// A message of an unknown link is ignored.
struct MessageReceived {
  LinkId link;
  Message message;
};
// A client said PUBLISH (everybody hears it) or SPUBLISH (my shard does). Local subscribers are not the core's
// business.
struct PublishRequest {
  std::string channel;
  std::string message;
  bool sharded = false;
};
// The pause that PauseWrites asked for is in force: no more writes will move the offset.
struct WritesPaused {
  Offset offset{0};
};
// The data set was loaded, after the start. Slots with keys that nobody owns become mine; those of others are marked as
// being imported. (Primaries only.)
struct DataLoaded {
  SlotSet slots_with_keys;
};
struct ConfigChanged {
  Config config;
};

using Input = std::variant<LinkAccepted, LinkConnected, LinkClosed, LinkQueued, MessageReceived, PublishRequest,
                           WritesPaused, DataLoaded, ConfigChanged, AdminCommand>;

// ---- What is to be done
// ----------------------------------------------------------------------------------------------

enum class LogLevel : uint8_t { kDebug, kVerbose, kNotice, kWarning };
struct LogLine {
  LogLevel level = LogLevel::kNotice;
  std::string text;
};

// nodes.conf as it must be on disk: written beside, fsynced, renamed.
struct Persist {
  std::string nodes_conf;
  bool fsync = false;  // the file and its directory must be on the disk before anything is sent
  // True: SAVECONFIG asked for it, and a failure is its reply ("error saving the cluster node config: <why>"). False:
  // a failure stops the process.
  bool failure_is_reply = false;
};

// Connect to a node's bus port. Messages sent before the link is up wait in its queue.
struct OpenLink {
  LinkId link;
  NodeId node;  // made up while in handshake; only for log lines
  std::string ip;
  uint16_t bus_port = 0;
};
struct CloseLink {
  LinkId link;
};
// One message to one or many.
struct Send {
  std::vector<LinkId> links;
  std::shared_ptr<const Message> message;
};
using WireEffect = std::variant<OpenLink, CloseLink, Send>;

// Follow this primary from now on (also when only its address changed). Keys of my own are replaced by its data.
struct BecomeReplica {
  NodeId primary;
  std::string ip;
  uint16_t port = 0;
};
// Stop replicating, accept writes.
struct BecomePrimary {};
// I lost these slots and stay a primary: whatever keys they hold are to go.
struct DeleteKeysInSlots {
  SlotSet slots;
};
struct FlushAll {};
// Stop writes for a manual failover, at the latest until then; answer with WritesPaused.
struct PauseWrites {
  TimeMs until_ms = 0;
};
struct ResumeWrites {};
// For the local subscribers.
struct DeliverPublish {
  std::string channel;
  std::string message;
  bool sharded = false;
};
using FollowUp =
    std::variant<BecomeReplica, BecomePrimary, DeleteKeysInSlots, FlushAll, PauseWrites, ResumeWrites, DeliverPublish>;

// The answer to an AdminCommand. An error's message is what the client sees after "ERR ".
struct AdminReply {
  Status status;
  std::string text = "OK";         // the simple string, when status is ok and there is no integer
  std::optional<int64_t> integer;  // COUNT-FAILURE-REPORTS
};

struct Effects {
  std::vector<LogLine> log;
  std::optional<Persist> persist;
  std::shared_ptr<const SlotMap> publish;  // null: the last one still holds
  std::vector<WireEffect> wire;            // in order
  std::vector<FollowUp> follow_ups;        // in order
  std::optional<AdminReply> reply;         // exactly for AdminCommand
};

// ---- The machine
// -----------------------------------------------------------------------------------------------------

struct State;

class Core {
 public:
  // A node as its nodes.conf says, or a new one when `nodes_conf` is empty. `seed` feeds every random choice, a new
  // node's id too. Fails when the text is no sound nodes.conf; the message names the line.
  static Result<Core> Open(const Config& config, std::string_view nodes_conf, uint64_t seed, TimeMs now);

  Core(const Core& other);
  Core& operator=(const Core& other);
  Core(Core&&) noexcept;
  Core& operator=(Core&&) noexcept;
  ~Core();

  // To be called once, first: saves a new node's nodes.conf and publishes the first map. The first Tick, once the data
  // set is loaded, makes the links, says whom to follow, and starts the two seconds that a primary waits.
  Effects Start(TimeMs now);
  Effects Step(Input input, TimeMs now);
  Effects Tick(TimeMs now);
  void SetFacts(const Facts& facts);

  const NodeId& my_id() const;
  // Whether it follows somebody. Known before Start, from nodes.conf.
  bool is_replica() const;
  // The map that was published last; null before Start.
  std::shared_ptr<const SlotMap> map() const;
  // What nodes.conf would say now.
  std::string NodesConf() const;
  Epoch last_vote_epoch() const;

 private:
  explicit Core(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace dunlin::cluster
