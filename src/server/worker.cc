#include "server/worker.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/limits.h"
#include "net/socket.h"
#include "server/client_eviction.h"
#include "server/client_view.h"
#include "server/ops.h"
#include "server/persistence_driver.h"
#include "server/server.h"
#include "server/waiting_lines.h"

namespace dunlin::server {
namespace {

// A session may use the thread for this many bytes of commands before the others get their turn.
constexpr size_t kMaxReplyBytesPerTurn = 8 * 1024 * 1024;

bool ChangesSubscriptions(commands::ServerOp op) {
  using commands::ServerOp;
  return op == ServerOp::kSubscribe || op == ServerOp::kUnsubscribe || op == ServerOp::kPsubscribe ||
         op == ServerOp::kPunsubscribe || op == ServerOp::kSsubscribe || op == ServerOp::kSunsubscribe;
}

}  // namespace

Worker::Worker(Server& server, int index, std::unique_ptr<net::Loop> loop, uint64_t seed)
    : server_(server),
      index_(index),
      loop_(std::move(loop)),
      gate_member_(server.gate().AddMember()),
      main_lane_(server, *this, seed),
      evictor_(server, *this, seed + 1),
      scripts_(~seed) {
  stats_.by_command.resize(server.table().id_count());
}

Worker::~Worker() { Stop(); }

void Worker::Start() {
  thread_ = std::thread([this] { ThreadMain(); });
}

void Worker::Stop() {
  stop_.store(true);
  loop_->Wake();
  if (thread_.joinable()) thread_.join();
}

void Worker::Post(std::function<void(Worker&)> fn) {
  bool was_empty;
  {
    MutexLock lock(mutex_);
    was_empty = posted_.empty();
    posted_.push_back(std::move(fn));
    has_posted_.store(true, std::memory_order_release);
  }
  if (was_empty) loop_->Wake();
}

void Worker::HandOver(int fd, bool is_unix) {
  session_count_.fetch_add(1, std::memory_order_relaxed);
  Post([fd, is_unix](Worker& worker) {
    auto session = std::make_unique<Session>(worker.server_.NextClientId(), fd);
    worker.session_count_.fetch_sub(1, std::memory_order_relaxed);
    session->is_unix = is_unix;
    worker.server_.PrepareClient(*session);
    worker.stats_.connections.Add(1);
    worker.Adopt(std::move(session));
  });
}

Session& Worker::Adopt(std::unique_ptr<Session> session) {
  Session& s = *session;
  s.worker = this;
  s.created_ms = s.last_interaction_ms = now_ms_;
  sessions_.emplace(s.id, std::move(session));
  session_count_.fetch_add(1, std::memory_order_relaxed);
  loop_->Add(s.stream);
  streams_[&s.stream] = &s;
  if (!s.stream.out().empty()) WantFlush(s);
  return s;
}

Session* Worker::Find(uint64_t id) {
  auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : it->second.get();
}

void Worker::Close(Session& session, bool after_reply, std::string reason) {
  // From here on nothing is taken for it any more.
  if (session.blocking.wait != nullptr) server_.waiting_lines().Withdraw(*session.blocking.wait);
  if (after_reply && !session.stream.ended()) {
    session.close_after_reply = true;
    WantFlush(session);
    return;
  }
  if (session.closing) return;
  session.closing = true;
  session.close_reason = std::move(reason);
  closing_.push_back(session.id);
}

void Worker::Block(Session& session, Blocking blocking) {
  blocking.turn = ++next_turn_;
  session.blocking = std::move(blocking);
  const Blocking& b = session.blocking;
  if (b.kind != BlockKind::kKeys) blocked_.emplace(b.turn, &session);
  if (b.deadline_ms != 0) deadlines_.Add(b.deadline_ms, session.id);
  server_.NoteBlocked(b.kind, 1);
}

void Worker::ForgetBlocking(Session& session) {
  Blocking blocking = std::exchange(session.blocking, Blocking());
  if (blocking.kind == BlockKind::kNone) return;
  blocked_.erase(blocking.turn);
  if (blocking.deadline_ms != 0) deadlines_.Remove(blocking.deadline_ms, session.id);
  server_.NoteBlocked(blocking.kind, -1);
}

void Worker::Unblock(Session& session) {
  ForgetBlocking(session);
  resumed_.push_back(session.id);
}

template <typename Write>
void Worker::ReplyAndUnblock(Session& session, Write&& write) {
  size_t mark = session.stream.out().size();
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  write(reply);
  std::shared_ptr<const KeyWait> wait = session.blocking.wait;
  Unblock(session);
  if (wait != nullptr) server_.CountCall(*this, session, *wait->spec, wait->args, wait->ticks, mark);
  ApplyReplyMode(session, mark);
  WantFlush(session);
}

bool Worker::EndWait(Session& session, std::optional<std::string_view> error) {
  const Blocking& blocking = session.blocking;
  if (blocking.wait != nullptr && !server_.waiting_lines().Withdraw(*blocking.wait)) return false;
  ReplyAndUnblock(session, [&](resp::ReplyWriter& reply) {
    if (error) {
      reply.Error(*error);
    } else if (blocking.kind == BlockKind::kKeys) {
      reply.NullArray();
    } else {
      server_.WriteAcknowledged(reply, blocking);
    }
  });
  return true;
}

void Worker::TakeServed(KeyWait& wait) {
  Session* session = Find(wait.session_id);
  if (session == nullptr || session->closing || session->blocking.wait.get() != &wait) return;
  if (wait.written) {
    session->last_write_offset = *wait.written;
    // The reply waits for the disk here as well.
    appended_ = std::max(appended_, *wait.written);
  }
  ReplyAndUnblock(*session, [&](resp::ReplyWriter& reply) { reply.Raw(wait.reply.view()); });
}

void Worker::ThreadMain() {
  MemoryMeter::Thread counted(server_.memory_meter());
  evictor_.CountBy(&counted);
  server_.NameThread("worker-" + std::to_string(index_));
  while (!stop_.load(std::memory_order_relaxed)) {
    loop_->Wait(static_cast<int>(std::max<int64_t>(0, wake_at_ms_ - server_.clock_ms())));
    uint64_t start = server_.Ticks();
    uint64_t commands_before = stats_.commands.get();
    BeginTurn();
    RunBatch();
    wake_at_ms_ = std::min(next_cron_ms_, deadlines_.earliest_ms());
    if (!resumed_.empty() || recheck_blocked_ || evictor_.unfinished()) wake_at_ms_ = 0;
    EndTurn();
    stats_.CountCycle(server_.Ticks() - start, stats_.commands.get() - commands_before);
  }
  evictor_.CountBy(nullptr);
}

void Worker::RunBatch() {
  TakeReady();
  ServeReadySessions();
  if (wants_to_share_ && !amid_script_) ShareLoad();
}

// Copied, because sessions may come and go while their commands run, and the loop may be asked again meanwhile.
void Worker::TakeReady() {
  auto take = [this](std::span<net::Stream* const> streams, std::vector<Session*>& sessions) {
    for (net::Stream* stream : streams) {
      if (stream != nullptr && streams_.at(stream) != script_caller_) sessions.push_back(streams_.at(stream));
    }
  };
  take(loop_->ready(), ready_);
  take(loop_->drained(), drained_);
}

void Worker::ServeReadySessions() {
  if (has_posted_.load(std::memory_order_acquire)) RunPosted();
  for (size_t i = 0; i < ready_.size(); ++i) {
    Session* session = std::exchange(ready_[i], nullptr);
    if (session == nullptr) continue;
    if (session->stream.ended()) {
      Close(*session, false, session->stream.end_reason());
      continue;
    }
    stats_.reads.Add(1);
    CountInput(*session);
    session->last_interaction_ms = now_ms_;
    ReadCommands(*session);
  }
  ready_.clear();
  for (size_t i = 0; i < drained_.size(); ++i) {
    Session* session = std::exchange(drained_[i], nullptr);
    if (session == nullptr) continue;
    if (session->close_after_reply) Close(*session, false, "closed after reply");
    server_.OnDrained(*this, *session);
  }
  drained_.clear();
  if (now_ms_ >= next_cron_ms_ && script_caller_ == nullptr) Cron();
  if (deadlines_.earliest_ms() <= now_ms_) CheckDeadlines();
  if (recheck_blocked_) CheckBlocked();
  if (evictor_.unfinished()) evictor_.OutOfMemory();
  ResumeAll();
  FlushAll();
  if (server_.client_memory_limit_bytes() != 0 && !amid_script_) LimitClientMemory();
  DestroyClosing();
  CountReplicaBuffers();
}

void Worker::RunPosted() {
  std::vector<std::function<void(Worker&)>> posted;
  {
    MutexLock lock(mutex_);
    posted.swap(posted_);
    has_posted_.store(false, std::memory_order_release);
  }
  for (auto& fn : posted) fn(*this);
}

void Worker::ResumeAll() {
  while (!resumed_.empty()) {
    std::vector<uint64_t> resumed = std::move(resumed_);
    resumed_.clear();
    for (uint64_t id : resumed) {
      if (Session* session = Find(id)) ReadCommands(*session);
    }
  }
}

bool Worker::MayRun(const Session& session) {
  return !session.blocked() && !session.closing && !session.close_after_reply;
}

void Worker::ReadCommands(Session& session) {
  if (session.closing || session.close_after_reply) {
    session.stream.in().Clear();
    return;
  }
  // Amid its own script.
  if (session.running) return;
  RequestBatch& batch = lane_->batch;
  resp::RequestLimits limits;
  limits.max_bulk_bytes = server_.settings().proto_max_bulk_len_bytes;
  std::string_view bytes = session.stream.in().view();
  size_t done = 0;
  size_t output_limit = session.stream.out().size() + kMaxReplyBytesPerTurn;
  bool goes_on = true;
  while (goes_on && MayRun(session)) {
    limits.authenticated = session.authenticated;
    auto end = batch.Fill(session.parser, bytes.substr(done), limits, server_.table(), server_.store());
    if (batch.size() > 1 && server_.data_beyond_cache()) batch.Prefetch(server_.store(), session.db);
    size_t ran = RunRequests(session, batch, output_limit);
    done += batch.BytesOf(ran);
    goes_on = ran == batch.size() && end == RequestBatch::End::kFull;
    if (ran < batch.size() || (end == RequestBatch::End::kError && !MayRun(session))) {
      session.parser.Reset();
    } else if (end == RequestBatch::End::kIncomplete) {
      session.stream.ExpectBytes(session.parser.missing_bytes(bytes.size() - done));
    } else if (end == RequestBatch::End::kError) {
      server_.LogProtocolError(session);
      resp::ReplyWriter(session.stream.out(), session.resp_version).Error("ERR " + session.parser.error());
      Close(session, true, "protocol error");
      done = bytes.size();
    }
  }
  session.stream.in().Consume(done);
  if (session.stream.in().size() > static_cast<size_t>(server_.settings().client_query_buffer_limit_bytes)) {
    stats_.query_limit_disconnections.Add(1);
    Close(session, false, "Closing client that reached max query buffer length");
  }
  if (session.stream.out().size() > 0) WantFlush(session);
  CountClientMemory(session);
}

size_t Worker::RunRequests(Session& session, RequestBatch& batch, size_t output_limit) {
  for (size_t i = 0; i < batch.size(); ++i) {
    if (i > 0 && !MayRun(session)) return i;
    if (session.stream.out().size() > output_limit) {
      resumed_later_.push_back(session.id);
      return i;
    }
    size_t mark = session.stream.out().size();
    bool was_replica = session.kind == SessionKind::kReplica;
    session.running = true;
    auto ran = executor().Run(session, batch[i]);
    session.running = false;
    if (ran == Executor::Outcome::kPostponed) return i;
    ++session.commands_done;
    if (was_replica && session.stream.out().size() > mark) RefuseReply(session, mark);
    if (!session.blocked()) ApplyReplyMode(session, mark);
    if (!session.messages_behind_reply.empty()) {
      session.stream.out().Append(session.messages_behind_reply.view());
      session.messages_behind_reply.Free();
    }
  }
  return batch.size();
}

// Between the bytes of the stream there is no place for a reply.
void Worker::RefuseReply(Session& session, size_t mark) {
  std::string_view reply = session.stream.out().view().substr(mark);
  if (reply.starts_with('-')) server_.LogErrorOfStream(*this, reply, session.last_command, Server::StreamEnd::kPrimary);
  std::string name = session.last_command == nullptr ? "<unknown>" : server_.table().FullName(*session.last_command);
  session.stream.out().Truncate(mark);
  server_.log().Warning("Replica generated a reply to command '{}', disconnecting it: {}", name,
                        DescribeSession(server_, session, {}, now_ms_));
  Close(session, false, "a replica generated a reply");
}

void Worker::ApplyReplyMode(Session& session, size_t mark) {
  switch (session.reply_mode) {
    case ReplyMode::kOn: return;
    case ReplyMode::kSkipNext: session.reply_mode = ReplyMode::kSkipThis; return;
    case ReplyMode::kSkipThis: session.reply_mode = ReplyMode::kOn; break;
    case ReplyMode::kOff: break;
  }
  // What tells of a subscription is a message, no reply.
  if (session.last_command != nullptr && ChangesSubscriptions(session.last_command->op)) return;
  // A stream that has ended lost its output.
  if (session.stream.out().size() > mark) session.stream.out().Truncate(mark);
}

bool Worker::TryUnblock(Session& session) {
  switch (session.blocking.kind) {
    case BlockKind::kPaused:
      if (server_.pause_until_ms() > now_ms_) return false;
      Unblock(session);
      return true;
    case BlockKind::kWait:
      if (session.blocking.local > 0 && !server_.persistence().aof_enabled()) {
        EndWait(session, kWaitaofWithoutAof);
        return true;
      }
      if (!server_.Acknowledged(session.blocking)) return false;
      EndWait(session, std::nullopt);
      return true;
    case BlockKind::kShutdown:
      if (server_.shutting_down()) return false;
      EndWait(session, "ERR Errors trying to SHUTDOWN. Check logs.");
      return true;
    default: return false;
  }
}

void Worker::CheckBlocked() {
  recheck_blocked_ = false;
  std::vector<Session*> blocked;
  blocked.reserve(blocked_.size());
  for (auto& [turn, session] : blocked_) blocked.push_back(session);
  for (Session* session : blocked) TryUnblock(*session);
}

void Worker::CheckDeadlines() {
  for (uint64_t id : deadlines_.TakeDue(now_ms_)) {
    Session* session = Find(id);
    if (session == nullptr || session->closing) continue;
    if (session->blocking.kind != BlockKind::kPaused) {
      EndWait(*session, std::nullopt);
    } else if (!TryUnblock(*session)) {
      // The pause has been made longer.
      session->blocking.deadline_ms = server_.pause_until_ms();
      deadlines_.Add(session->blocking.deadline_ms, id);
    }
  }
}

void Worker::Cron() {
  uint64_t start = server_.Ticks();
  next_cron_ms_ = now_ms_ + 1000 / server_.settings().hz;
  recheck_blocked_ = !blocked_.empty();
  NoteLoad();
  wants_to_share_ = true;
  if (server_.debug().pause_cron.load(std::memory_order_relaxed)) return;
  int64_t idle_limit_ms = server_.settings().timeout_s * 1000;
  for (auto& [id, session] : sessions_) {
    CheckOutputLimit(*session);
    CountClientMemory(*session);
    if (session->stream.in().empty()) session->parser.FreeSpareMemory();
    if (idle_limit_ms > 0 && session->kind == SessionKind::kNormal && !session->blocked() && !session->subscribed() &&
        now_ms_ - session->last_interaction_ms > idle_limit_ms) {
      Close(*session, false, "Closing idle client");
    }
  }
  if (!amid_script_) executor().FreeSpareMemory();
  evictor_.OutOfMemory();
  migrate_connections_.CloseIdle(now_ms_);
  if (!amid_script_) server_.OnWorkerCron(*this);
  stats_.cron_ticks.Add(server_.Ticks() - start);
}

void Worker::ReadClock() { now_ms_ = server_.clock_ms(); }

void Worker::BeginTurn() {
  ReadClock();
  if (!server_.gate().is_alone()) EnterGate();
}

void Worker::EnterGate() {
  server_.gate().Enter(gate_member_);
  amid_script_ = server_.gate().lingering();
}

void Worker::EndTurn() {
  if (!server_.gate().is_alone()) server_.gate().Leave(gate_member_);
}

void Worker::AttachChannel(Session& session, std::shared_ptr<PeerChannel> channel) {
  session.channel = std::move(channel);
  channels_.push_back(session.id);
  channel_count_.store(static_cast<int>(channels_.size()), std::memory_order_relaxed);
}

void Worker::PumpChannels() {
  constexpr size_t kChannelOutBytes = 1024 * 1024;
  for (size_t i = 0; i < channels_.size();) {
    Session* session = Find(channels_[i]);
    if (session == nullptr) {
      channels_.erase(channels_.begin() + static_cast<std::ptrdiff_t>(i));
      channel_count_.store(static_cast<int>(channels_.size()), std::memory_order_relaxed);
      continue;
    }
    ++i;
    if (session->closing) continue;
    session->channel->NoteSocket(session->stream.bytes_written(), !session->stream.out().empty());
    session->channel->Pump(session->stream.out(), kChannelOutBytes);
    if (!session->stream.out().empty()) WantFlush(*session);
  }
  CountReplicaBuffers();
}

void Worker::FlushAll() {
  if (appended_ > flushed_through_) {
    server_.OnAppended(*this);
    if (server_.MustSyncBeforeReplies()) {
      uint64_t start = server_.Ticks();
      server_.WaitDurable(appended_);
      stats_.sync_ticks.Add(server_.Ticks() - start);
    }
    flushed_through_ = appended_;
  }
  if (!channels_.empty()) PumpChannels();
  flushing_.swap(flush_list_);
  for (Session* session : flushing_) {
    session->in_flush_list = false;
    if (session == script_caller_) {
      WantFlush(*session);  // its command is still at it
    } else {
      FlushOne(*session);
    }
  }
  flushing_.clear();
  resumed_.insert(resumed_.end(), resumed_later_.begin(), resumed_later_.end());
  resumed_later_.clear();
}

void Worker::CountReplicaBuffers() {
  if (channels_.empty() && stats_.replica_buffer_bytes.get() == 0) return;
  uint64_t bytes = 0;
  for (uint64_t id : channels_) {
    const Session* session = Find(id);
    if (session != nullptr) bytes += session->stream.out().capacity();
  }
  stats_.replica_buffer_bytes.Set(bytes);
}

void Worker::FlushOne(Session& session) {
  if (session.closing) return;
  stats_.writes.Add(1);
  uint64_t before = session.stream.bytes_written();
  bool alive = loop_->Flush(session.stream);
  Counter& sent = session.kind == SessionKind::kReplica ? stats_.replica_output_bytes : stats_.output_bytes;
  sent.Add(session.stream.bytes_written() - before);
  if (!alive) {
    Close(session, false, session.stream.end_reason());
  } else if (session.stream.out().empty()) {
    if (session.close_after_reply) Close(session, false, "closed after reply");
  } else {
    CheckOutputLimit(session);
  }
  CountClientMemory(session);
}

void Worker::CountClientMemory(Session& session) {
  bool limited = server_.client_memory_limit_bytes() != 0;
  if (!limited && session.counted_memory_bytes == 0) return;
  bool counts = limited && session.kind == SessionKind::kNormal && !session.closing;
  size_t bytes = counts ? SessionMemoryBytes(session) : 0;
  size_t before = std::exchange(session.counted_memory_bytes, bytes);
  stats_.client_memory_bytes.Set(stats_.client_memory_bytes.get() - before + bytes);
}

void Worker::LimitClientMemory() {
  if (CountedClientBytes(server_) <= server_.client_memory_limit_bytes()) return;
  (void)AloneUnlessScriptLingers([this] { EvictClients(server_); });
}

void Worker::CountInput(Session& session) {
  uint64_t before = std::exchange(session.counted_input_bytes, session.stream.bytes_read());
  stats_.input_bytes.Add(session.counted_input_bytes - before);
  if (session.channel != nullptr) session.channel->NoteHeard();
}

void Worker::CheckOutputLimit(Session& session) {
  if (session.closing) return;
  size_t pending = session.stream.out().size();
  if (server_.OutputWithinLimit(session, pending, now_ms_)) return;
  stats_.output_limit_disconnections.Add(1);
  Close(session, false, "Closing client for overcoming of output buffer limits");
}

void Worker::DestroyClosing() {
  std::vector<uint64_t> closing = std::move(closing_);
  closing_.clear();
  for (uint64_t id : closing) {
    Session* session = Find(id);
    if (session == nullptr) continue;
    if (session == script_caller_) {
      closing_.push_back(id);
    } else {
      Destroy(*session);
    }
  }
}

void Worker::Destroy(Session& session) {
  ForgetBlocking(session);
  session.closing = true;
  CountClientMemory(session);
  server_.ForgetClient(*this, session);
  loop_->Remove(session.stream);
  streams_.erase(&session.stream);
  std::erase(flush_list_, &session);
  std::replace(ready_.begin(), ready_.end(), &session, static_cast<Session*>(nullptr));
  std::replace(drained_.begin(), drained_.end(), &session, static_cast<Session*>(nullptr));
  session_count_.fetch_sub(1, std::memory_order_relaxed);
  sessions_.erase(session.id);
}

}  // namespace dunlin::server
