// What is on its way to one replica: bytes that were decided on the control thread, a snapshot from the walker, a file,
// and at last the log. One queue, so that the order is that of the decisions.
//
// Thread: producers are the control thread and the snapshot thread; the consumer is the worker that owns the
// replica's session.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/buffer.h"
#include "base/mutex.h"
#include "oplog/log.h"
#include "persistence/files.h"

namespace dunlin::server {

class PeerChannel {
 public:
  // `wake` makes the consumer look here; any thread may call it.
  PeerChannel(oplog::Log& log, std::function<void()> wake) : log_(log), wake_(std::move(wake)) {}
  ~PeerChannel();

  // --- producers ---
  void Send(std::string bytes);
  // The same, but waits while too much is queued. False when the channel was closed, or when `give_up` became true
  // meanwhile.
  bool SendSlowly(std::string_view bytes, const std::function<bool()>& give_up);
  // How far the consumer's socket is: the bytes it has taken, and whether there are more for it. As of the consumer's
  // last turn.
  struct Progress {
    uint64_t taken_bytes = 0;
    bool more = false;
  };
  Progress progress();
  // Whether the replica has said anything since the last call.
  bool TakeHeard() { return heard_.exchange(false, std::memory_order_relaxed); }
  // The file's bytes come next; then `sent` is called, on the consumer's thread.
  void SendFile(std::unique_ptr<persistence::ReadableFile> file, std::function<void()> sent);
  // Takes the cursor over; it is removed with the channel.
  void Hold(oplog::Log::CursorId cursor);
  // From here on the log behind the held cursor.
  void StartStream();
  void Close();

  // --- the consumer ---
  // Moves bytes to `out` until it holds about `limit`. False when nothing is left for now.
  bool Pump(Buffer& out, size_t limit);
  // What the socket has taken so far, and whether it could not take all.
  void NoteSocket(uint64_t taken_bytes, bool full);
  void NoteHeard() { heard_.store(true, std::memory_order_relaxed); }
  // How much the replica still has to be sent, with what is in the log.
  size_t pending_bytes();
  // How much of the log is kept for the replica; a snapshot's bytes, which wait to be made, do not count.
  size_t log_bytes();
  bool streaming();

 private:
  bool PumpFile(Buffer& out, size_t limit);

  oplog::Log& log_;
  const std::function<void()> wake_;
  Mutex mutex_;
  CondVar space_;
  std::deque<std::string> queue_ DUNLIN_GUARDED_BY(mutex_);
  size_t queued_bytes_ DUNLIN_GUARDED_BY(mutex_) = 0;
  bool closed_ DUNLIN_GUARDED_BY(mutex_) = false;
  bool streaming_ DUNLIN_GUARDED_BY(mutex_) = false;
  std::optional<oplog::Log::CursorId> cursor_ DUNLIN_GUARDED_BY(mutex_);
  Progress progress_ DUNLIN_GUARDED_BY(mutex_);
  std::atomic<bool> heard_{false};
  std::unique_ptr<persistence::ReadableFile> file_ DUNLIN_GUARDED_BY(mutex_);
  std::function<void()> file_sent_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
