// Carries out what the cluster core decides: sockets of the bus, nodes.conf, the published map, and what follows for
// the server. The core itself runs on the control thread and nowhere else; commands that change the cluster are handed
// to it and waited for.
//
// Order of effects: log, persist, publish, wire, follow-ups (cluster/core.h). When nodes.conf cannot be written the
// process ends, because a promise that is not on the disk must not leave.
//
// Thread: the control thread, but for RunAdmin(), Publish() and map(), which workers call.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "bus/frame.h"
#include "cluster/core.h"
#include "net/stream.h"

namespace dunlin::server {

class Server;
class Worker;

class ClusterDriver {
 public:
  explicit ClusterDriver(Server& server);
  ~ClusterDriver();

  // Locks and reads nodes.conf and opens the bus port. Before the threads start.
  Status Open(uint64_t seed);
  // The first map. After the data was loaded; `slots_with_keys` are those of it.
  void Start(const cluster::SlotSet& slots_with_keys);

  // The core's clock: the wall clock at the start, then even.
  int64_t now_ms() const;

  // --- the control thread ---
  void Accept(int listener_fd);
  bool OwnsListener(int fd) const;
  void OnReady(net::Stream& stream);
  void Tick();
  void SettingsChanged();
  // Whether this node follows another one; known once nodes.conf was read.
  bool is_replica() const { return core_->is_replica(); }
  // A manual failover has stopped the writes: what replicas are sent must not grow.
  bool pauses_writes() const { return now_ms() < writes_paused_until_ms_; }

  // --- a worker, outside the gate ---
  cluster::AdminReply RunAdmin(cluster::AdminCommand command);

  // --- inside the gate ---
  // The photograph that is in force. Never null after Start().
  const std::shared_ptr<const cluster::SlotMap>& map() const { return map_; }
  // PUBLISH and SPUBLISH to the other nodes.
  void Publish(std::string channel, std::string message, bool sharded);
  // A primary's writes are paused for a manual failover until then.
  struct LinkInfo {
    bool outbound = false;
    NodeId node;
    int64_t created_ms = 0;
    bool readable = false;
    bool writable = false;
    size_t send_buffer_allocated = 0;
    size_t send_buffer_used = 0;
  };
  // For CLUSTER LINKS: asked of the control thread. A worker, outside the gate.
  std::vector<LinkInfo> Links();
  // The control thread.
  size_t link_count() const { return links_.size(); }
  // What the links hold, in bytes. The control thread.
  size_t link_memory_bytes() const;
  // The same of what was published and not yet given to the links. Any thread.
  size_t unsent_publish_bytes() const { return unsent_publish_bytes_.load(std::memory_order_relaxed); }
  // DEBUG CLUSTERLINK KILL. A worker, outside the gate.
  void KillLinks(bool to, bool from, const NodeId& node);
  // Test aids of DEBUG; a worker, outside the gate.
  void SetDropFilter(int message_type);
  void SetCloseOnDrop(bool close);

 private:
  struct Link {
    Link(cluster::LinkId link_id, int fd) : id(link_id), stream(fd) {}
    const cluster::LinkId id;
    net::Stream stream;
    bus::FrameReader reader;
    bool connecting = false;
    bool gone = false;
    std::string local_ip;
    std::string peer_ip;
  };

  cluster::Config CoreConfig() const;
  void RefreshFacts();
  void Step(cluster::Input input);
  void Carry(cluster::Effects effects);
  void Persist(const cluster::Persist& persist, std::optional<cluster::AdminReply>* reply);
  void PublishMap(std::shared_ptr<const cluster::SlotMap> map);
  void Wire(cluster::WireEffect& effect);
  void OpenLink(const cluster::OpenLink& open);
  void CloseLink(cluster::LinkId id);
  void Send(const cluster::Send& send);
  void FollowUp(cluster::FollowUp& follow_up);
  void AddLink(std::unique_ptr<Link> link);
  void LinkBroke(Link& link, std::string reason);
  void ReadFrames(Link& link);
  // Runs fn on the control thread and waits for it.
  void OnControlThread(const std::function<void()>& fn);

  Server& server_;
  std::optional<cluster::Core> core_;
  cluster::Config config_;
  std::string config_path_;
  int lock_fd_ = -1;
  std::vector<int> listeners_;
  int64_t clock_offset_ms_ = 0;
  uint64_t next_inbound_ = 1;
  std::unordered_map<uint64_t, std::unique_ptr<Link>> links_;
  std::unordered_map<const net::Stream*, Link*> by_stream_;
  std::vector<uint64_t> gone_;
  std::deque<cluster::Effects> waiting_;  // effects of steps that were taken while others were carried out
  bool carrying_ = false;
  bool dataset_empty_ = true;  // as of the last admin command: nothing else asks
  std::optional<cluster::AdminReply> admin_reply_;
  int64_t writes_paused_until_ms_ = 0;  // of now_ms()
  std::atomic<size_t> unsent_publish_bytes_{0};

  // Changed alone.
  std::shared_ptr<const cluster::SlotMap> map_;
};

}  // namespace dunlin::server
