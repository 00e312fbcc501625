// A worker: one thread with an event loop and the sessions whose sockets it reads. Commands run here, to completion,
// on the thread where their bytes arrived.
//
// Thread: its own, but for Post() and HandOver(), which any thread may call.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "net/loop.h"
#include "server/deadlines.h"
#include "server/eviction.h"
#include "server/executor.h"
#include "server/expiry.h"
#include "server/gate.h"
#include "server/migrate.h"
#include "server/peer_channel.h"
#include "server/request_batch.h"
#include "server/scripting.h"
#include "server/session.h"
#include "server/stats.h"

namespace dunlin::server {

class Server;

class Worker {
 public:
  Worker(Server& server, int index, std::unique_ptr<net::Loop> loop, uint64_t seed);
  ~Worker();

  int index() const { return index_; }
  void Start();
  // Asks the thread to end, and waits for it.
  void Stop();

  // --- any thread ---

  // Runs fn on this worker's thread, inside the gate, soon.
  void Post(std::function<void(Worker&)> fn);
  // Gives a connected socket to this worker.
  void HandOver(int fd, bool is_unix);
  size_t session_count() const { return session_count_.load(std::memory_order_relaxed); }
  // How much of the last tenth of a second its thread was running.
  int load_percent() const { return load_percent_.load(std::memory_order_relaxed); }
  // Who should take a new session: the first that has time, or (`spread`) the one with the fewest. REQUIRES: there are
  // workers.
  static Worker& Next(const std::vector<std::unique_ptr<Worker>>& workers, bool spread);

  // --- its own thread, or alone ---

  net::Loop& loop() { return *loop_; }
  Executor& executor() { return lane_->executor; }
  Evictor& evictor() { return evictor_; }
  ScriptClient& scripts() { return scripts_; }
  WorkerStats& stats() { return stats_; }
  Gate::Member& gate_member() { return gate_member_; }
  MigrateConnections& migrate_connections() { return migrate_connections_; }
  ExpiryCursor& expiry_cursor() { return expiry_cursor_; }
  // The time of the running batch; not older than that of the last command that took long.
  int64_t now_ms() const { return now_ms_; }
  void ReadClock();
  Session* Find(uint64_t id);
  const std::unordered_map<uint64_t, std::unique_ptr<Session>>& sessions() const { return sessions_; }

  // The session's output will be sent at the end of the batch.
  void WantFlush(Session& session) {
    if (session.in_flush_list) return;
    session.in_flush_list = true;
    flush_list_.push_back(&session);
  }
  // Ends a session at the end of the batch. Its output is sent first when `after_reply`.
  void Close(Session& session, bool after_reply, std::string reason);
  // The session's commands wait until Unblock(), or until what EndWait() says when `blocking` has a deadline.
  void Block(Session& session, Blocking blocking);
  void Unblock(Session& session);
  // Ends what the session waits for with this error, or with the reply that its command gives when time is up. False
  // when it has been served meanwhile, and the reply is on its way. Not for sessions that are only paused.
  bool EndWait(Session& session, std::optional<std::string_view> error);
  // A command that waited for keys has been carried out: its reply, from another worker or from this one.
  void TakeServed(KeyWait& wait);
  // Looks at all sessions that are blocked on something else than keys again, before the next wait.
  void RecheckBlocked() { recheck_blocked_ = true; }
  // Something was appended to the log up to here in this batch; replies wait for the disk when the policy says so.
  void NoteAppended(Offset offset) { appended_ = offset; }
  // Leaves the gate, runs fn alone, and enters again. When this thread is alone already, it just runs fn.
  template <typename Fn>
  void Alone(Fn&& fn);
  // The same, but false, without having run fn, while a script lingers. The turn goes on amid that script then.
  template <typename Fn>
  [[nodiscard]] bool AloneUnlessScriptLingers(Fn&& fn);
  // Leaves the gate, runs fn, and enters again: for waiting on another thread. When this thread is alone (a transaction
  // of the operator's commands, which runs on the control thread), it just runs fn.
  template <typename Fn>
  void OutsideGate(Fn&& fn);
  // Runs fn inside the gate, or alone when the calling thread is, on the calling thread. Only for a worker that was not
  // started: the applier.
  template <typename Fn>
  void RunInline(Fn&& fn) {
    BeginTurn();
    fn();
    EndTurn();
  }
  // Another thread's script, or the one that this thread runs, lingers: in this turn the data stays as it is.
  bool amid_script() const { return amid_script_; }
  // It was asked to end.
  bool stopping() const { return stop_.load(std::memory_order_relaxed); }
  // Whether the calling thread is this worker's.
  bool IsOwnThread() const;
  // For the script that `caller` runs on this thread: serves the others a bit. REQUIRES: the script lingers.
  void ServeAmidScript(Session& caller);
  void EndServingAmidScript();
  // The session is a replica's from now on: the channel's bytes go to its socket.
  void AttachChannel(Session& session, std::shared_ptr<PeerChannel> channel);
  bool has_channels() const { return channel_count_.load(std::memory_order_relaxed) > 0; }

  // Adds a session that has no commands to read (a link that the server made itself).
  Session& Adopt(std::unique_ptr<Session> session);

 private:
  // What is in use while a command runs. Who is served amid a script of this thread is served on another one.
  struct Lane {
    Lane(Server& server, Worker& worker, uint64_t seed) : executor(server, worker, seed) {}
    Executor executor;
    RequestBatch batch;
  };

  void ThreadMain();
  void BeginTurn();
  void EndTurn();
  void PumpChannels();
  // Notes whether a script lingers.
  void EnterGate();
  void RunBatch();
  // Takes what the loop has reported, before it is asked again.
  void TakeReady();
  void ServeReadySessions();
  void RunPosted();
  void ResumeAll();
  void ApplyReplyMode(Session& session, size_t mark);
  // A replica has made us reply, from `mark` on.
  void RefuseReply(Session& session, size_t mark);
  void ReadCommands(Session& session);
  // Runs what stands in the batch, as far as the session may; returns how many are done.
  size_t RunRequests(Session& session, RequestBatch& batch, size_t output_limit);
  static bool MayRun(const Session& session);
  template <typename Write>
  void ReplyAndUnblock(Session& session, Write&& write);
  // The session is blocked no more. REQUIRES: it stands in no lines.
  void ForgetBlocking(Session& session);
  void CheckBlocked();
  void CheckDeadlines();
  bool TryUnblock(Session& session);
  void Cron();
  // worker_balance.cc
  void NoteLoad();
  void ShareLoad();
  // Alone.
  void MoveTo(Worker& to, Session& session);
  void FlushAll();
  void CountReplicaBuffers();
  void CountClientMemory(Session& session);
  // While maxmemory-clients is set.
  void LimitClientMemory();
  void FlushOne(Session& session);
  void CheckOutputLimit(Session& session);
  void CountInput(Session& session);
  void DestroyClosing();
  void Destroy(Session& session);

  Server& server_;
  const int index_;
  std::unique_ptr<net::Loop> loop_;
  Gate::Member& gate_member_;
  Lane main_lane_;
  Lane* lane_ = &main_lane_;
  std::unique_ptr<Lane> amid_lane_;  // while the main one is in a script's command
  Evictor evictor_;
  ScriptClient scripts_;
  WorkerStats stats_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<size_t> session_count_{0};
  std::atomic<int> load_percent_{0};
  std::atomic<int> channel_count_{0};

  // --- owned by the thread ---
  int64_t now_ms_ = 0;
  int64_t noted_wall_ns_ = 0;
  int64_t noted_cpu_ns_ = 0;
  bool wants_to_share_ = false;
  int64_t next_cron_ms_ = 0;
  int64_t wake_at_ms_ = 0;  // when the next turn begins at the latest
  std::unordered_map<uint64_t, std::unique_ptr<Session>> sessions_;
  std::unordered_map<const net::Stream*, Session*> streams_;
  std::vector<Session*> ready_;  // these two are taken from the end; null: gone meanwhile
  std::vector<Session*> drained_;
  bool amid_script_ = false;
  Session* script_caller_ = nullptr;  // whose script lets this thread serve others
  MigrateConnections migrate_connections_;
  ExpiryCursor expiry_cursor_;
  std::vector<uint64_t> channels_;  // sessions with a PeerChannel
  std::vector<Session*> flush_list_;
  std::vector<Session*> flushing_;
  std::vector<uint64_t> resumed_;        // unblocked: their waiting commands come next
  std::vector<uint64_t> resumed_later_;  // had their turn, go on after the others
  std::vector<uint64_t> closing_;
  std::map<uint64_t, Session*> blocked_;  // by turn; all but those that wait for keys
  uint64_t next_turn_ = 0;
  Deadlines deadlines_;
  bool recheck_blocked_ = false;
  Offset appended_{0};
  Offset flushed_through_{0};

  // --- shared ---
  Mutex mutex_;
  std::vector<std::function<void(Worker&)>> posted_ DUNLIN_GUARDED_BY(mutex_);
  std::atomic<bool> has_posted_{false};
};

}  // namespace dunlin::server
