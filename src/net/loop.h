// One thread's event loop over many streams. It is shaped like a queue of completions, so that epoll and io_uring fit
// behind the same words: Wait() returns the streams for which bytes have arrived (they stand in their `in` already) or
// that have ended; Flush() sends what stands in `out` and goes on by itself when the socket is full.
//
// Errors: a failing socket ends its stream; a failing loop is a Status at creation.
//
// Thread: the one that calls Wait(), but for Wake().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "net/stream.h"

namespace dunlin::net {

class Loop {
 public:
  static Result<std::unique_ptr<Loop>> Create();
  ~Loop();

  // The stream must be removed before it is destroyed.
  void Add(Stream& stream);
  // The same for a socket whose connect() is still under way; Wait() reports the stream when it is up or has failed.
  void AddConnecting(Stream& stream);
  void Remove(Stream& stream);
  // Streams with news; one that was removed since is null. Valid until the next call. Returns early when woken, or when
  // a plain descriptor is readable.
  std::span<Stream* const> Wait(int timeout_ms);
  // The same again, until the next call of Wait().
  std::span<Stream* const> ready() const { return ready_; }
  // Sends what it can; returns false when the stream has ended.
  bool Flush(Stream& stream);
  void PauseReading(Stream& stream, bool paused);

  // A descriptor that is not a stream (a listener, a notification): Wait() reports it in readable_fds().
  void AddReadable(int fd);
  void RemoveReadable(int fd);
  std::span<const int> readable_fds() const { return readable_; }
  // Streams whose `out` ran empty since the last Wait(), after it had been too full to send at once.
  std::span<Stream* const> drained() const { return drained_; }

  // Makes a running or the next Wait() return at once. Any thread.
  void Wake();

 private:
  Loop(int epoll_fd, int wake_fd) : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {}
  void ReadFrom(Stream& stream);
  void SetInterest(Stream& stream);
  void End(Stream& stream, std::string reason);
  void Report(Stream& stream);

  int epoll_fd_;
  int wake_fd_;
  std::vector<Stream*> ready_;
  std::vector<Stream*> drained_;
  std::vector<int> readable_;
  std::vector<Buffer> spare_;  // buffers that idle streams have given back
};

}  // namespace dunlin::net
