#include "server/lazy_free.h"

#include "store/store.h"

namespace dunlin::server {

void LazyFree::Start(MemoryMeter& meter, std::function<void()> begin) {
  thread_ = std::thread([this, &meter, begin = std::move(begin)] {
    MemoryMeter::Thread counted(meter);
    begin();
    ThreadMain();
  });
}

void LazyFree::Stop() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  std::vector<Work> left;
  {
    MutexLock lock(mutex_);
    left.swap(queue_);
  }
  for (Work& work : left) Free(std::move(work));
}

void LazyFree::Add(std::vector<store::OwnedEntry> entries) {
  if (entries.empty()) return;
  uint64_t keys = entries.size();
  Add({std::move(entries), {}, keys});
}

void LazyFree::Add(std::vector<store::SlotTable> tables, uint64_t keys) { Add({{}, std::move(tables), keys}); }

void LazyFree::Add(Work work) {
  pending_.fetch_add(work.keys, std::memory_order_relaxed);
  MutexLock lock(mutex_);
  queue_.push_back(std::move(work));
  changed_.NotifyAll();
}

void LazyFree::Free(Work work) {
  work.entries.clear();
  store::Store::FreeTables(std::move(work.tables));
  pending_.fetch_sub(work.keys, std::memory_order_relaxed);
  freed_.fetch_add(work.keys, std::memory_order_relaxed);
}

void LazyFree::ThreadMain() {
  while (true) {
    std::vector<Work> works;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stop_) changed_.Wait(mutex_);
      if (queue_.empty()) return;
      works.swap(queue_);
    }
    for (Work& work : works) Free(std::move(work));
  }
}

}  // namespace dunlin::server
