// For tests: whole nodes in one process. Each has a replication::Node, an oplog::Log, a few keys, and plays the
// server's part: it carries out the effects. Wires between them have a delay, cut bytes into random pieces, and break
// when told. The clock stands still until Run() turns it.
//
// After every millisecond the world checks that two nodes which are at the same offset of the same history hold the
// same data.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "oplog/log.h"
#include "replication/node.h"

namespace dunlin::replication {

class ScriptedWorld;

using Dataset = std::map<std::string, std::string>;

// A connection from a replica to a primary: bytes in both directions, each piece with the time of its arrival.
struct Wire {
  struct Piece {
    int64_t arrives_ms;
    std::string bytes;
  };
  int from = 0;
  int to = 0;
  PeerId peer;  // the name the primary gives it
  bool open = false;
  bool primary_closed = false;  // it reads no more; the end is on its way to the replica
  std::deque<Piece> up;         // to the primary
  std::deque<Piece> down;       // to the replica
};

class WorldNode {
 public:
  WorldNode(ScriptedWorld& world, int index, const Config& config, uint64_t seed);

  // ---- What a test does ----
  void Set(const std::string& key, const std::string& value);
  bool CanWrite() const { return up && !node.is_replica() && !paused; }
  void Follow(int primary);
  void Promote();
  std::string Failover(const std::vector<std::string_view>& args);
  bool Logged(std::string_view part) const;
  std::string InfoLine(std::string_view field) const;
  Facts facts() const;

  // What the primary answers PING with; "+PONG" unless a test says otherwise.
  std::string ping_reply = "+PONG";
  // Loading the next snapshot fails.
  bool next_load_fails = false;
  // How long a snapshot and a load take.
  int64_t snapshot_ms = 20;
  int64_t load_ms = 5;
  // False: does nothing and hears nothing, like a stopped process.
  bool up = true;
  // Replies with an error to PSYNC, as ACL would.
  bool refuses_psync = false;

  Node node;
  oplog::Log log;
  Dataset data;
  bool paused = false;
  std::vector<std::string> lines;  // of the log
  int loads = 0;

  // ---- What the world does ----
  void Turn();
  void Tick();
  void OnWireOpen();
  void OnWireClosed(std::string_view reason);
  void OnWireBytes(std::string_view bytes);
  void OnPeerBytes(PeerId peer, std::string_view bytes);
  void OnPeerClosed(PeerId peer);
  bool loading() const { return load_at_ms_ >= 0; }

 private:
  struct Peer {
    std::string in;
    std::optional<oplog::Log::CursorId> cursor;
    bool streams = false;
  };
  struct Snapshot {
    SnapshotId id;
    SnapshotTarget target = SnapshotTarget::kFile;
    std::string rdb;
    oplog::Log::CursorId cursor = 0;
    int64_t ends_ms = 0;
    size_t sent = 0;
    bool aborted = false;
    std::vector<PeerId> sockets;
  };

  void Do(Effects effects);
  void DoOne(Effect& effect);
  void DoPeer(Effect& effect);
  void ServePeer(PeerId peer, const std::vector<std::string>& args);
  void Reply(PeerId peer, const std::string& line);
  void TurnSnapshot();
  void Load(bool ok);
  void ApplyStream();
  void PumpStreams();
  int64_t now_ms() const;

  ScriptedWorld& world_;
  int index_;
  std::map<PeerId, Peer> peers_;
  std::optional<Snapshot> snapshot_;
  std::vector<std::pair<SnapshotId, PeerId>> files_to_send_;
  std::map<uint64_t, std::string> files_;
  std::deque<std::function<void()>> later_;
  bool doing_ = false;
  std::string link_in_;    // not consumed yet
  std::string stream_in_;  // not applied yet
  std::string spool_;
  int64_t load_at_ms_ = -1;
};

class ScriptedWorld {
 public:
  explicit ScriptedWorld(uint64_t seed) : random(seed) {}

  // A node that listens on "node", port 7000 + its index.
  WorldNode& Add(const Config& config = {});
  WorldNode& operator[](int index) { return *nodes_[static_cast<size_t>(index)]; }
  int size() const { return static_cast<int>(nodes_.size()); }

  void Run(int64_t ms);
  // Until `condition` holds; false when `deadline_ms` has passed.
  bool RunUntil(const std::function<bool()>& condition, int64_t deadline_ms);
  // Follows, and has everything.
  bool InSync(int replica, int primary);
  bool RunUntilInSync(int replica, int primary, int64_t deadline_ms = 30'000);

  // Breaks the wire from a replica to its primary, at both ends.
  void Break(int replica);
  // Nothing arrives between the two until Heal(), then everything does; connections cannot be made.
  void Part(int a, int b) { parted_.insert({std::min(a, b), std::max(a, b)}); }
  void Heal() { parted_.clear(); }
  // The node does as a stopped process.
  void Stop(int node) { (*this)[node].up = false; }
  void Continue(int node) { (*this)[node].up = true; }

  // ---- For nodes ----
  void Open(int from, const std::string& host, uint16_t port);
  void CloseFrom(int from);
  void ClosePeer(int to, PeerId peer);
  void SendUp(int from, std::string_view bytes);
  void SendDown(int to, PeerId peer, std::string_view bytes);

  int64_t now_ms = 1'000'000;
  Random random;
  int64_t delay_ms = 1;

 private:
  bool Parted(int a, int b) const { return parted_.contains({std::min(a, b), std::max(a, b)}); }
  void Send(std::deque<Wire::Piece>& queue, std::string_view bytes);
  void Deliver();
  void DeliverEnds();
  void DeliverWire(Wire& wire);
  void CheckSameOffsetSameData();

  std::vector<std::unique_ptr<WorldNode>> nodes_;
  std::vector<std::unique_ptr<Wire>> wires_;
  struct Opening {
    int from;
    int to;
    int64_t at_ms;
  };
  std::vector<Opening> openings_;
  // Ends of connections that the primary has not heard of yet.
  struct End {
    int from;
    int to;
    PeerId peer;
  };
  std::vector<End> ends_;
  std::set<std::pair<int, int>> parted_;
  uint64_t next_peer_ = 1;
};

}  // namespace dunlin::replication
