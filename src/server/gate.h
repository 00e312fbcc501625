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
      if (closed_.load(std::memory_order_seq_cst) == 0) [[likely]]
        return;
      Leave(member);
      closed_.wait(1);
    }
  }
  void Leave(Member& member) {
    member.inside_.store(0, std::memory_order_seq_cst);
    if (closed_.load(std::memory_order_seq_cst) != 0) member.inside_.notify_all();
  }

  // Runs fn() while no member is inside. REQUIRES: the caller's own member, if it has one, has left. Within fn(), the
  // same thread's Alone() just runs.
  template <typename Fn>
  void Alone(Fn&& fn) {
    if (is_alone()) return fn();
    MutexLock lock(alone_);
    alone_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    closed_.store(1, std::memory_order_seq_cst);
    for (Member& member : members_) {
      while (member.inside_.load(std::memory_order_seq_cst) != 0) member.inside_.wait(1);
    }
    fn();
    alone_thread_.store(std::thread::id(), std::memory_order_relaxed);
    closed_.store(0, std::memory_order_seq_cst);
    closed_.notify_all();
  }
  // Whether this thread is inside Alone().
  bool is_alone() const { return alone_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

 private:
  std::deque<Member> members_;
  Mutex alone_;
  std::atomic<uint32_t> closed_{0};
  std::atomic<std::thread::id> alone_thread_{};
};

}  // namespace dunlin::server
