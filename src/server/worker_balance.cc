// Which worker serves which session. A quiet server runs on its first worker alone: what one thread does in the order
// of arrival needs no other, and batches grow with the load. A worker that has no time left gives sessions away.
#include <time.h>

#include <algorithm>

#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {
namespace {

// Of its time, in percent: above the first, a worker gives sessions away; below the second, one takes them.
constexpr int kTooBusy = 70;
constexpr int kHasTime = 40;

int64_t Nanoseconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

// Nothing but its own worker knows the session, and nothing of it is under way.
bool MayMove(const Session& session) {
  return session.kind == SessionKind::kNormal && !session.blocked() && !session.closing && !session.close_after_reply &&
         !session.subscribed() && !session.monitor && !session.in_flush_list && session.channel == nullptr &&
         !session.stream.ended();
}

}  // namespace

Worker& Worker::Next(const std::vector<std::unique_ptr<Worker>>& workers, bool spread) {
  for (const auto& worker : workers) {
    if (!spread && worker->load_percent() < kTooBusy) return *worker;
  }
  return **std::min_element(workers.begin(), workers.end(),
                            [](const auto& a, const auto& b) { return a->session_count() < b->session_count(); });
}

void Worker::NoteLoad() {
  int64_t wall_ns = Nanoseconds(CLOCK_MONOTONIC);
  int64_t cpu_ns = Nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  int64_t passed_ns = wall_ns - noted_wall_ns_;
  if (passed_ns > 0 && noted_wall_ns_ > 0) {
    load_percent_.store(static_cast<int>((cpu_ns - noted_cpu_ns_) * 100 / passed_ns), std::memory_order_relaxed);
  }
  noted_wall_ns_ = wall_ns;
  noted_cpu_ns_ = cpu_ns;
}

void Worker::ShareLoad() {
  wants_to_share_ = false;
  if (load_percent() < kTooBusy || sessions_.size() < 2) return;
  Worker* to = nullptr;
  for (const auto& worker : server_.workers()) {
    if (worker.get() != this && worker->load_percent() < kHasTime) to = worker.get();
  }
  if (to == nullptr) return;
  // Half of those that keep it busy.
  constexpr int64_t kRecentlyMs = 200;
  std::vector<Session*> busy;
  for (auto& [id, session] : sessions_) {
    bool recent = now_ms_ - session->last_interaction_ms <= kRecentlyMs;
    if (recent && MayMove(*session) && session->stream.in().empty() && session->stream.out().empty()) {
      busy.push_back(session.get());
    }
  }
  busy.resize(busy.size() / 2);
  if (busy.empty()) return;
  // Until it has measured its new load itself, nobody else gives it any.
  to->load_percent_.store(load_percent(), std::memory_order_relaxed);
  (void)AloneUnlessScriptLingers([&] {
    for (Session* session : busy) MoveTo(*to, *session);
  });
}

void Worker::MoveTo(Worker& to, Session& session) {
  loop_->Remove(session.stream);
  Counter& held = stats_.client_memory_bytes;
  held.Set(held.get() - session.counted_memory_bytes);
  to.stats_.client_memory_bytes.Add(session.counted_memory_bytes);
  streams_.erase(&session.stream);
  auto node = sessions_.extract(session.id);
  session_count_.fetch_sub(1, std::memory_order_relaxed);
  session.worker = &to;
  to.sessions_.insert(std::move(node));
  to.streams_[&session.stream] = &session;
  to.session_count_.fetch_add(1, std::memory_order_relaxed);
  to.loop_->Add(session.stream);
}

}  // namespace dunlin::server
