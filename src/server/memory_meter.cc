#include "server/memory_meter.h"

#include <jemalloc/jemalloc.h>

#include <algorithm>

#include "server/memory.h"

namespace dunlin::server {
namespace {

const uint64_t* OwnCounter(const char* name) {
  static constexpr uint64_t kNothing = 0;
  const uint64_t* counter = nullptr;
  size_t size = sizeof counter;
  if (mallctl(name, static_cast<void*>(&counter), &size, nullptr, 0) != 0 || counter == nullptr) return &kNothing;
  return counter;
}

int64_t ReadCounter(const uint64_t* counter) {
  return static_cast<int64_t>(__atomic_load_n(counter, __ATOMIC_RELAXED));
}

}  // namespace

MemoryMeter::Thread::Thread()
    : allocated_(OwnCounter("thread.allocatedp")), freed_(OwnCounter("thread.deallocatedp")) {}

MemoryMeter::Thread::Thread(MemoryMeter& meter) : Thread() {
  meter_ = &meter;
  MutexLock lock(meter.mutex_);
  meter.threads_.push_back(this);
}

MemoryMeter::Thread::~Thread() {
  if (meter_ == nullptr) return;
  MutexLock lock(meter_->mutex_);
  std::erase(meter_->threads_, this);
  meter_->elsewhere_bytes_ += net_bytes();
}

int64_t MemoryMeter::Thread::net_bytes() const { return ReadCounter(allocated_) - ReadCounter(freed_); }

MemoryMeter::MemoryMeter() : elsewhere_bytes_(static_cast<int64_t>(UsedMemoryBytes()) - maker_.net_bytes()) {}

uint64_t MemoryMeter::used_bytes() const {
  MutexLock lock(mutex_);
  int64_t total = elsewhere_bytes_ + maker_.net_bytes();
  for (const Thread* thread : threads_) total += thread->net_bytes();
  return static_cast<uint64_t>(std::max<int64_t>(total, 0));
}

}  // namespace dunlin::server
