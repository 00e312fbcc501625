// Carries out what the replication machines decide: the socket to our primary and what it sends, the replicas' sessions
// and the snapshots they are given, the role.
//
// Thread: the control thread; the functions for workers hand their work to it and wait.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/stream.h"
#include "replication/node.h"
#include "server/loader.h"
#include "server/peer_channel.h"
#include "server/server.h"
#include "server/session.h"

namespace dunlin::server {

class Worker;

// Whether the server will be a replica when its data is loaded: by configuration, or as a node of a cluster. At the
// start.
bool StartsAsReplica(Server& server);

class ReplicationDriver {
 public:
  ReplicationDriver(Server& server, uint64_t seed);
  ~ReplicationDriver();

  // At the start, after the data was loaded.
  void Start();

  // --- the control thread ---
  void Tick();
  bool Owns(const net::Stream& stream) const { return link_ && &link_->stream == &stream; }
  void OnReady(net::Stream& stream);
  // Loads what has been received in slices; true while there is more to do.
  bool Work();
  void SettingsChanged();
  // What the cluster core wants.
  void Follow(const std::string& host, int port);
  void Promote();
  replication::LinkView LinkState() const;
  // How much of the stream the data holds; see replication::Node.
  Offset DataOffset() const { return node_.DataOffset(Facts()); }
  // INFO's section, without its title.
  std::string InfoText() const { return node_.Info(Facts(), now_ms()); }
  // CONFIG RESETSTAT.
  void ResetCounts();
  const replication::SyncCounts& sync_counts() const { return node_.replicas().counts(); }
  // From our primaries since the start.
  uint64_t primary_input_bytes() const { return past_input_bytes_ + (link_ ? link_->stream.bytes_read() : 0); }
  // Every replica has acknowledged everything.
  bool AllReplicasFollow() const;
  void LogLaggingReplicas() const;

  // --- a worker, outside the gate ---
  struct Answer {
    std::optional<std::string> reply;
  };
  Answer OnReplicaof(Session& session, commands::Args args);
  Answer OnReplconf(Session& session, commands::Args args);
  // REPLCONF ACK without waiting for the control thread.
  void OnAckSoon(const Session& session, commands::Args args);
  Answer OnSync(Session& session, commands::Args args);
  Answer OnFailover(commands::Args args);
  void RequestAcks();
  // What ROLE shows.
  struct RoleView {
    bool replica = false;
    replication::LinkView link;
    std::string host;
    int port = 0;
    struct Peer {
      std::string ip;
      int port;
      int64_t offset;
    };
    std::vector<Peer> peers;
  };
  RoleView Role();
  void ForgetPeer(uint64_t session_id);
  // How many online replicas have acknowledged the offset, in memory or on disk. Any thread.
  int acked_by(Offset offset) const;
  int fsynced_by(Offset offset) const;
  // DEBUG CHANGE-REPL-ID.
  void ChangeReplicationId();

  // --- inside the gate ---
  bool is_replica() const { return is_replica_; }
  bool link_up() const { return link_up_; }
  // Our primary's stream as a client; null while it is down.
  const Session* primary_session() const { return link_up_ ? stream_session_.get() : nullptr; }
  // Ends the connection to our primary, as if it had; it is made again. At once on the control thread, so that nothing
  // of what has come is taken; else soon.
  void DropLink();
  int stream_database() const { return is_replica_ ? stream_session_->db.value : -1; }
  std::optional<snapshot::RdbInfo::Replication> ForSave() const;

 private:
  struct Link {
    explicit Link(int fd) : stream(fd) {}
    net::Stream stream;
  };
  struct Peer {
    Worker* worker = nullptr;
    uint64_t session = 0;
    std::shared_ptr<PeerChannel> channel;
    uint64_t taken_bytes = 0;  // by its socket, when we last looked
    bool blocked = false;      // there was more for it then
  };
  class SocketsSink;
  class FileSink;

  int64_t now_ms() const;
  void CountGoodReplicas();
  void LookAtPeers();
  replication::Facts Facts() const;
  replication::Config NodeConfig() const;
  void TellExpiredKeys();
  void Run(replication::Effects effects, bool then_walk = false);
  void Carry(replication::Effect& effect);
  void OnControlThread(const std::function<void()>& fn);
  Peer& PeerOf(Session& session);
  void RememberPrimary(const std::string& host, int port);
  void Connect(const replication::Connect& connect);
  void Disconnect();
  void SetLinkUp(bool up);
  // There may be bytes to read, room for more, or the end of the connection.
  void LookAtLink();
  void OfferBytes();
  void TakeStream(std::string_view bytes);
  void ApplyStream();
  // replication_transfer.cc
  void BeginRdb(const replication::RdbBegin& begin);
  void OpenRdbFile();
  void TakeRdb(std::string_view bytes);
  void EndRdb();
  void LoadRdbFile();
  void ParseOn();
  Status ParseSome(bool* more);
  Status BeginLoadingFile(bool* more);
  void LogBrokenRdb(std::string_view why);
  void AbandonRdb();
  void FinishLoading(bool ok);
  void SwapDataset();
  void RemoveSyncFile(std::string_view why);
  void DropData();
  // What has been loaded, or the half of it.
  void DropLoaded();
  void FreeAside();
  void SetLoading(Server::Loading loading);
  void StartSnapshot(const replication::StartSnapshot& start);
  void ClosePeer(const replication::ClosePeer& close);
  void RestartLog(Offset offset);
  void ChangeRole(bool replica);

  Server& server_;
  replication::Node node_;
  // Lists that wait for their turn; after some, the snapshot that they prepared may begin to walk.
  struct Waiting {
    replication::Effects effects;
    bool then_walk = false;
  };
  std::deque<Waiting> waiting_;
  bool carrying_ = false;
  std::unique_ptr<Link> link_;
  uint64_t past_input_bytes_ = 0;  // of links that are gone
  std::map<uint64_t, Peer> peers_;

  // The stream of our primary.
  std::unique_ptr<Session> stream_session_;
  resp::RequestParser stream_parser_;
  Buffer stream_in_;
  bool stream_held_ = false;  // by a pause of writes, or by a script that lingers; the calendar comes again
  std::string transaction_;   // bytes of an open transaction, told when EXEC has come

  // A transfer from our primary.
  replication::LoadMode mode_ = replication::LoadMode::kFile;
  std::string rdb_path_;
  std::unique_ptr<persistence::AppendFile> rdb_file_;
  std::unique_ptr<AsideData> aside_;  // in the mode kSwap
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<snapshot::RdbReader> rdb_reader_;
  std::unique_ptr<persistence::RdbFileReader> file_reader_;
  bool rdb_failed_ = false;
  bool rdb_ended_ = false;   // all bytes have come
  bool parsing_ = false;     // Work() has something to do; until it is done nothing more is read
  bool file_waits_ = false;  // it has come, and Work() shall begin to load it
  int loaded_db_ = 0;

  // A snapshot for our replicas.
  std::optional<replication::SnapshotId> snapshot_;
  std::optional<replication::StartSnapshot> postponed_snapshot_;  // until a script has ended
  SocketsSink* sockets_ = nullptr;
  std::optional<oplog::Log::CursorId> snapshot_cursor_;
  std::string snapshot_path_;

  // What replicas have acknowledged, for workers.
  void ShareAcks();
  mutable Mutex acks_mutex_;
  std::vector<int64_t> acked_ DUNLIN_GUARDED_BY(acks_mutex_);
  std::vector<int64_t> fsynced_ DUNLIN_GUARDED_BY(acks_mutex_);

  // Changed alone.
  bool is_replica_ = false;
  bool link_up_ = false;
};

}  // namespace dunlin::server
