// Who may be in the store: many at once under slot locks ("shared"), or one alone.
//
// Each member has a flag of its own on its own cache line, so entering costs one uncontended atomic exchange a batch.
// Whoever wants to be alone closes the gate and waits until all others have left.
//
// Thread: any; a member is used by one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <thread>

#include "base/futex.h"
#include "base/invariant.h"
#include "base/mutex.h"

namespace dunlin::server {

class Gate {
 public:
  class Member {
   public:
    bool inside() const { return inside_.load(std::memory_order_relaxed) != 0; }

   private:
    friend class Gate;
    alignas(64) std::atomic<uint32_t> inside_{0};
  };

  // Members are added before any of them enters.
  Member& AddMember() { return members_.emplace_back(); }

  void Enter(Member& member) {
    while (true) {
      member.inside_.store(1, std::memory_order_seq_cst);
      if (state_.load(std::memory_order_seq_cst) == kOpen) [[likely]]
        return;
      Leave(member);
      WaitUntilOpen();
    }
  }
  void Leave(Member& member) {
    member.inside_.store(0, std::memory_order_seq_cst);
    if (state_.load(std::memory_order_seq_cst) != kOpen) FutexWakeOne(member.inside_);
  }

  // Runs fn() while no member is inside. REQUIRES: the caller's own member, if it has one, has left. Within fn(), the
  // same thread's Alone() just runs.
  template <typename Fn>
  void Alone(Fn&& fn) {
    if (is_alone()) return fn();
    MutexLock lock(alone_);
    alone_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    state_.store(kClosed, std::memory_order_seq_cst);
    for (Member& member : members_) WaitUntilOutside(member);
    fn();
    alone_thread_.store(std::thread::id(), std::memory_order_relaxed);
    if (state_.exchange(kOpen, std::memory_order_seq_cst) == kAwaited) FutexWakeAll(state_);
  }
  // Whether this thread is inside Alone().
  bool is_alone() const { return alone_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

 private:
  enum : uint32_t { kOpen = 0, kClosed = 1, kAwaited = 2 };  // awaited: closed, and somebody sleeps until it opens

  // A member is inside for microseconds as a rule, less than going to sleep takes.
  static void WaitUntilOutside(const Member& member) {
    constexpr int kSpins = 64;
    for (int spins = 0; member.inside_.load(std::memory_order_seq_cst) != 0; ++spins) {
      if (spins >= kSpins) FutexWait(member.inside_, 1);
    }
  }

  void WaitUntilOpen() {
    uint32_t state = state_.load(std::memory_order_seq_cst);
    while (state != kOpen) {
      if (state == kClosed && !state_.compare_exchange_weak(state, kAwaited, std::memory_order_seq_cst)) continue;
      FutexWait(state_, kAwaited);
      state = state_.load(std::memory_order_seq_cst);
    }
  }

  std::deque<Member> members_;
  Mutex alone_;
  std::atomic<uint32_t> state_{kOpen};
  std::atomic<std::thread::id> alone_thread_{};
};

}  // namespace dunlin::server
