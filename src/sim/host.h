// A machine: an address, clocks, a disk, and the server process on it, which may be stopped for a while, killed, or
// lose its power. What the process is told while it stands still waits, as it would in the machine's buffers.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/random.h"
#include "cluster/core.h"
#include "replication/config.h"
#include "sim/keyspace.h"
#include "sim/network.h"
#include "sim/plant.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace dunlin::commands {
class CommandTable;
}

namespace dunlin::sim {

class Checks;
class Server;

inline constexpr uint16_t kBusPortOffset = 10000;

// What a machine is set up with.
enum class Durability : uint8_t {
  kNothing,     // a process begins without data
  kSnapshots,   // with what was saved some time ago, and its place in the stream
  kEverything,  // with all of it, as an append-only file that is always synced would have it
};
struct HostSettings {
  cluster::Config cluster;
  replication::Config replication;
  Durability durability = Durability::kNothing;
  int64_t save_period_ms = 5000;  // for kSnapshots
  bool frames_as_bytes = true;    // bus messages travel as bytes; else as values
  int64_t snapshot_ms = 20;       // that making a snapshot, and loading one, takes
  int64_t load_ms = 5;
  int64_t drift_ppm = 0;  // of its clock
};

// Where it stands.
struct Surroundings {
  Scheduler& scheduler;
  Network& network;
  Trace& trace;
  Checks& checks;
  const Keys& keys;
  const commands::CommandTable& commands;
  Plant plant = Plant::kNone;
};

struct SavedData {
  Keyspace keyspace;
  std::optional<ReplicationId> id;
  Offset offset{0};
};

struct Disk {
  std::string nodes_conf;          // as it is read
  std::string durable_nodes_conf;  // as it is after the power was cut
  std::optional<SavedData> data;   // written durably or not at all

  void WriteNodesConf(std::string text, bool sync) {
    nodes_conf = std::move(text);
    if (sync) durable_nodes_conf = nodes_conf;
  }
};

// Between which two deeds of one step a process dies.
enum class CrashPoint : uint8_t { kBeforePersist, kAfterPersist, kAfterPublish, kAmongMessages, kAfterMessages };

class Host final : public NetworkUser {
 public:
  Host(const Surroundings& around, std::string ip, const HostSettings& settings, uint64_t seed);
  ~Host() override;

  HostIndex index() const { return index_; }
  const std::string& ip() const { return around_.network.IpOf(index_); }
  uint16_t port() const { return settings_.cluster.port; }
  const HostSettings& settings() const { return settings_; }
  void SetConfig(const cluster::Config& config) { settings_.cluster = config; }
  const Surroundings& around() const { return around_; }
  Disk& disk() { return disk_; }
  Random& random() { return random_; }

  // ---- The life of its process ----

  bool up() const { return server_ != nullptr; }
  bool running() const { return up() && !paused_; }
  // Null when it is not up. A process that stands still may be looked at.
  Server* server() const { return server_.get(); }
  // Counts the processes that there were.
  int incarnation() const { return incarnation_; }
  int64_t booted_ms() const { return booted_ms_; }
  // The data of the last process, as it was when that ended.
  const std::optional<Keyspace>& lost_data() const { return lost_data_; }
  // The id of the node on this machine, also while it is down; empty when it has none.
  const NodeId& node_id() const { return node_id_; }

  void Boot();
  void Kill();
  void CutPower();
  // The next step that writes nodes.conf (`voting`: and sends a vote) ends at that point.
  void CrashAt(CrashPoint point, bool power, bool voting) { doom_ = Doom{point, power, voting}; }
  void CancelCrash() { doom_.reset(); }
  void Pause();
  void Resume();
  // The disk is another one, empty. REQUIRES: not up.
  void ReplaceDisk();

  // ---- Clocks ----

  void JumpClock(int64_t by_ms) { wall_offset_ms_ += by_ms; }
  int64_t monotonic_ms() const;
  int64_t wall_ms() const;

  // ---- What happens to the process ----

  // Something happens to whatever process there is; when it stands still, later; when there is none, never.
  void Do(std::function<void(Server&)> action);
  // The same for this process alone.
  void DoNow(int incarnation, std::function<void(Server&)> action);
  void DoAfter(int64_t delay_ms, std::function<void(Server&)> action);

  void OnAccepted(ConnectionId end, uint16_t port, const std::string& peer_ip) override;
  void OnConnected(ConnectionId end) override;
  void OnReceived(ConnectionId end, Payload payload) override;
  void OnClosed(ConnectionId end, std::string_view reason) override;

  // ---- For the process itself ----

  // True when the step at hand is to end here: the process does nothing more.
  bool DiesAt(CrashPoint point, bool is_voting);
  bool dying() const { return dying_; }
  // The process ends by itself once the step at hand is left.
  void Die() { dying_ = true; }
  void NoteNodeId(const NodeId& id) { node_id_ = id; }

 private:
  struct Doom {
    CrashPoint point;
    bool power;
    bool voting;
  };

  template <typename Action>
  void Run(Action&& action);
  void ScheduleTick();
  void EndProcess();

  Surroundings around_;
  HostSettings settings_;
  Random random_;
  HostIndex index_;
  NodeId node_id_;
  Disk disk_;
  std::unique_ptr<Server> server_;
  int incarnation_ = 0;
  int64_t booted_ms_ = 0;
  std::optional<Keyspace> lost_data_;
  bool paused_ = false;
  bool tick_missed_ = false;
  bool acting_ = false;  // something is being done
  std::deque<std::function<void(Server&)>> mailbox_;
  std::optional<Doom> doom_;
  bool dying_ = false;
  int64_t wall_offset_ms_ = 0;
};

}  // namespace dunlin::sim
