// std::mutex with Clang's annotations, so that "guarded by" is checked and not only written down.
//
// Thread: any.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/thread_annotations.h"

namespace dunlin {

class DUNLIN_CAPABILITY("mutex") Mutex {
 public:
  void Lock() DUNLIN_ACQUIRE() { mutex_.lock(); }
  void Unlock() DUNLIN_RELEASE() { mutex_.unlock(); }
  bool TryLock() DUNLIN_TRY_ACQUIRE(true) { return mutex_.try_lock(); }
  // For CondVar only.
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class DUNLIN_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) DUNLIN_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() DUNLIN_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

class CondVar {
 public:
  void Wait(Mutex& mutex) DUNLIN_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.native(), std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  // False when `timeout_ms` passed first.
  bool WaitFor(Mutex& mutex, int64_t timeout_ms) DUNLIN_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.native(), std::adopt_lock);
    bool woken = cv_.wait_for(lock, std::chrono::milliseconds(timeout_ms)) == std::cv_status::no_timeout;
    lock.release();
    return woken;
  }
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace dunlin
