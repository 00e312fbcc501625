// Procedures that take simulated time, written from top to bottom: a client, an operator's script, a fault that comes
// and goes. A Task is a coroutine that somebody awaits, or that was started and is kept until the world ends; a Promise
// is a value that will be there later.
//
// A started Task must outlive the scheduler's last action: it is never destroyed while something may resume it.
//
// Thread: one at a time.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace dunlin::sim {

namespace internal {

struct PromiseBase {
  std::coroutine_handle<> caller = std::noop_coroutine();

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <typename P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) const noexcept {
      return done.promise().caller;
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() const { std::terminate(); }
};

template <typename T>
struct TaskPromise : PromiseBase {
  std::optional<T> value;
  void return_value(T v) { value.emplace(std::move(v)); }
  T Take() { return std::move(*value); }
};

template <>
struct TaskPromise<void> : PromiseBase {
  void return_void() const {}
  void Take() const {}
};

}  // namespace internal

template <typename T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : internal::TaskPromise<T> {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // Runs to its first wait. For the outermost procedure, once.
  void Start() { handle_.resume(); }

  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    handle_.promise().caller = caller;
    return handle_;
  }
  T await_resume() { return handle_.promise().Take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

// Set once; a second Set changes nothing, so that an answer and a time limit may race for it. Copies share the value.
template <typename T>
class Promise {
 public:
  Promise() : shared_(std::make_shared<Shared>()) {}

  void Set(T value) const {
    if (shared_->value) return;
    shared_->value.emplace(std::move(value));
    if (shared_->waiter) std::exchange(shared_->waiter, nullptr).resume();
  }

  bool await_ready() const { return shared_->value.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) const { shared_->waiter = waiter; }
  T await_resume() const { return *shared_->value; }

 private:
  struct Shared {
    std::optional<T> value;
    std::coroutine_handle<> waiter;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace dunlin::sim
