#include "server/peer_channel.h"

namespace dunlin::server {
namespace {

constexpr size_t kMaxQueuedBytes = 4 * 1024 * 1024;
constexpr size_t kFilePieceBytes = 64 * 1024;
constexpr int64_t kLookPeriodMs = 100;

}  // namespace

PeerChannel::~PeerChannel() {
  MutexLock lock(mutex_);
  if (cursor_) log_.RemoveCursor(*cursor_);
}

void PeerChannel::Send(std::string bytes) {
  {
    MutexLock lock(mutex_);
    queued_bytes_ += bytes.size();
    queue_.push_back(std::move(bytes));
  }
  wake_();
}

bool PeerChannel::SendSlowly(std::string_view bytes, const std::function<bool()>& give_up) {
  {
    MutexLock lock(mutex_);
    while (queued_bytes_ > kMaxQueuedBytes && !closed_ && !give_up()) space_.WaitFor(mutex_, kLookPeriodMs);
    if (closed_ || give_up()) return false;
    queued_bytes_ += bytes.size();
    queue_.emplace_back(bytes);
  }
  wake_();
  return true;
}

void PeerChannel::SendFile(std::unique_ptr<persistence::ReadableFile> file, std::function<void()> sent) {
  {
    MutexLock lock(mutex_);
    file_ = std::move(file);
    file_sent_ = std::move(sent);
  }
  wake_();
}

void PeerChannel::Hold(oplog::Log::CursorId cursor) {
  MutexLock lock(mutex_);
  if (cursor_) log_.RemoveCursor(*cursor_);
  cursor_ = cursor;
}

void PeerChannel::StartStream() {
  {
    MutexLock lock(mutex_);
    streaming_ = true;
  }
  wake_();
}

void PeerChannel::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  if (cursor_) log_.RemoveCursor(*cursor_);
  cursor_.reset();
  space_.NotifyAll();
}

bool PeerChannel::PumpFile(Buffer& out, size_t limit) {
  while (file_ != nullptr && out.size() < limit) {
    auto n = file_->Read(out.Reserve(kFilePieceBytes), kFilePieceBytes);
    if (n && *n > 0) {
      out.Produced(*n);
      continue;
    }
    // A file that cannot be read ends too early; the replica sees that its length does not fit.
    file_.reset();
    std::exchange(file_sent_, nullptr)();
  }
  return file_ != nullptr;
}

bool PeerChannel::Pump(Buffer& out, size_t limit) {
  MutexLock lock(mutex_);
  while (!queue_.empty()) {
    if (out.size() >= limit) return true;
    out.Append(queue_.front());
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    if (queued_bytes_ <= kMaxQueuedBytes) space_.NotifyAll();
  }
  if (PumpFile(out, limit)) return true;
  while (streaming_ && cursor_) {
    if (out.size() >= limit) return true;
    oplog::Log::Chunk chunk = log_.Read(*cursor_, limit);
    if (chunk.bytes.empty()) return false;
    out.Append(chunk.bytes);
    log_.Advance(*cursor_, chunk.bytes.size());
  }
  return false;
}

PeerChannel::Progress PeerChannel::progress() {
  MutexLock lock(mutex_);
  return {progress_.taken_bytes, progress_.more || !queue_.empty()};
}

void PeerChannel::NoteSocket(uint64_t taken_bytes, bool full) {
  MutexLock lock(mutex_);
  progress_ = {taken_bytes, full};
}

size_t PeerChannel::pending_bytes() {
  MutexLock lock(mutex_);
  size_t pending = queued_bytes_;
  if (cursor_ && streaming_) pending += static_cast<size_t>(log_.end().value - log_.PositionOf(*cursor_).value);
  return pending;
}

size_t PeerChannel::log_bytes() {
  MutexLock lock(mutex_);
  return cursor_ ? static_cast<size_t>(log_.end().value - log_.PositionOf(*cursor_).value) : 0;
}

bool PeerChannel::streaming() {
  MutexLock lock(mutex_);
  return streaming_;
}

}  // namespace dunlin::server
