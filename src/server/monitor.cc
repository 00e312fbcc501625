#include "server/monitor.h"

#include <fmt/format.h>

#include "base/quoted.h"
#include "server/worker.h"

namespace dunlin::server {

std::string MonitorLine(int64_t now_us, DbIndex db, std::string_view origin, commands::Args args) {
  std::string line = fmt::format("+{}.{:06} [{} {}]", now_us / 1000000, now_us % 1000000, db.value, origin);
  for (std::string_view arg : args) {
    line.push_back(' ');
    AppendQuoted(line, arg);
  }
  return line.append("\r\n");
}

void MonitorFeed::Add(Worker* worker, uint64_t session) {
  MutexLock lock(mutex_);
  watchers_.push_back({worker, session});
  count_.store(watchers_.size(), std::memory_order_relaxed);
}

void MonitorFeed::Remove(Worker* worker, uint64_t session) {
  MutexLock lock(mutex_);
  std::erase(watchers_, Watcher{worker, session});
  count_.store(watchers_.size(), std::memory_order_relaxed);
}

void MonitorFeed::Show(const std::string& line, Worker& from) {
  std::vector<Watcher> watchers;
  {
    MutexLock lock(mutex_);
    watchers = watchers_;
  }
  for (const Watcher& watcher : watchers) {
    if (watcher.worker == &from) {
      Deliver(from, watcher.session, line);
    } else {
      watcher.worker->Post([id = watcher.session, line](Worker& worker) { Deliver(worker, id, line); });
    }
  }
}

void MonitorFeed::Deliver(Worker& worker, uint64_t id, std::string_view line) {
  Session* session = worker.Find(id);
  if (session == nullptr || session->closing || !session->monitor) return;
  session->stream.out().Append(line);
  worker.WantFlush(*session);
}

}  // namespace dunlin::server
