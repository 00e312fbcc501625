// Who may be in the store: many at once under slot locks ("shared"), or one alone.
//
// Each member has a flag of its own on its own cache line, so entering costs one uncontended atomic exchange a batch.
// Whoever wants to be alone closes the gate and waits until all others have left.
//
// A script that runs for long, alone, lingers: it opens the gate while it computes, and is alone again whenever it
// touches data. Whoever enters meanwhile must leave the data as it is (lingering() says so), and nobody else gets to be
// alone before it has ended, but for what may be done amid a script.
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
      waiting_.fetch_add(1);
      WaitUntilOpen();
      waiting_.fetch_sub(1);
    }
  }
  void Leave(Member& member) {
    member.inside_.store(0, std::memory_order_seq_cst);
    if (state_.load(std::memory_order_seq_cst) != kOpen) FutexWakeOne(member.inside_);
  }

  // Runs fn() while no member is inside. REQUIRES: the caller's own member, if it has one, has left. Within fn(), the
  // same thread's Alone() just runs. Waits for the end of a script that lingers.
  template <typename Fn>
  void Alone(Fn&& fn) {
    while (!AloneUnlessLingering(fn)) FutexWait(lingering_, 1);
  }
  // The same, but false, without having run fn(), when a script lingers.
  template <typename Fn>
  bool AloneUnlessLingering(Fn&& fn) DUNLIN_NO_THREAD_SAFETY_ANALYSIS {
    if (is_alone()) {
      fn();
      return true;
    }
    alone_.Lock();
    if (lingering()) {
      alone_.Unlock();
      return false;
    }
    Close();
    fn();
    Open();
    alone_.Unlock();
    return true;
  }
  // The same as Alone(), but also amid a script that lingers. REQUIRES: fn() leaves the data, and what is told of it,
  // as they are.
  template <typename Fn>
  void AloneAmidScript(Fn&& fn) DUNLIN_NO_THREAD_SAFETY_ANALYSIS {
    if (is_alone()) return fn();
    alone_.Lock();
    Close();
    fn();
    Open();
    alone_.Unlock();
  }
  // Whether this thread is inside Alone(), and does not linger.
  bool is_alone() const { return alone_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  // --- a script that takes long ---

  // Lets others in. REQUIRES: this thread is alone; before it leaves Alone() it is alone again.
  void Linger() DUNLIN_NO_THREAD_SAFETY_ANALYSIS {
    lingering_.store(1, std::memory_order_seq_cst);
    Open();
    alone_.Unlock();
  }
  // REQUIRES: this thread lingers, and its member is outside.
  void StopLingering() DUNLIN_NO_THREAD_SAFETY_ANALYSIS {
    alone_.Lock();
    Close();
    lingering_.store(0, std::memory_order_seq_cst);
    FutexWakeAll(lingering_);
  }
  // Waits a little for those who want in.
  void LetIn() {
    constexpr int kMaxTurns = 100;
    for (int i = 0; i < kMaxTurns && waiting_.load(std::memory_order_relaxed) > 0; ++i) std::this_thread::yield();
  }
  // For a member inside: the data must stay as it is until the member leaves.
  bool lingering() const { return lingering_.load(std::memory_order_seq_cst) != 0; }

 private:
  enum : uint32_t { kOpen = 0, kClosed = 1, kAwaited = 2 };  // awaited: closed, and somebody sleeps until it opens

  // Both with alone_ held.
  void Close() {
    alone_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    state_.store(kClosed, std::memory_order_seq_cst);
    for (Member& member : members_) WaitUntilOutside(member);
  }
  void Open() {
    alone_thread_.store(std::thread::id(), std::memory_order_relaxed);
    if (state_.exchange(kOpen, std::memory_order_seq_cst) == kAwaited) FutexWakeAll(state_);
  }

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
  std::atomic<uint32_t> lingering_{0};  // changed while alone_ is held
  std::atomic<int> waiting_{0};         // how many wait in Enter()
  std::atomic<std::thread::id> alone_thread_{};
};

}  // namespace dunlin::server
