#include "oplog/log.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/invariant.h"
#include "base/numbers.h"

namespace dunlin::oplog {
namespace {

// Blocks are small beside the backlog, so that little is kept beyond it.
constexpr size_t kBlocksPerBacklog = 16;
constexpr size_t kMinBlockBytes = 16 * 1024;
constexpr size_t kMaxBlockBytes = 256 * 1024;

template <typename Strings>
void AppendCommandOf(std::string& out, const Strings& args) {
  out.push_back('*');
  AppendInt64(out, static_cast<int64_t>(args.size()));
  out.append("\r\n");
  for (const auto& arg : args) {
    out.push_back('$');
    AppendInt64(out, static_cast<int64_t>(arg.size()));
    out.append("\r\n").append(arg).append("\r\n");
  }
}

}  // namespace

void AppendCommand(std::string& out, std::span<const std::string_view> args) { AppendCommandOf(out, args); }
void AppendCommand(std::string& out, std::span<const std::string> args) { AppendCommandOf(out, args); }

void Log::AppendLocked(std::string_view bytes) {
  int64_t end = end_.load(std::memory_order_relaxed);
  while (!bytes.empty()) {
    if (blocks_.empty() || blocks_.back().size == blocks_.back().capacity) {
      Block block;
      block.begin = end;
      block.capacity = std::clamp(backlog_bytes_ / kBlocksPerBacklog, kMinBlockBytes, kMaxBlockBytes);
      block.bytes.reset(new char[block.capacity]);
      memory_bytes_.fetch_add(block.capacity, std::memory_order_relaxed);
      blocks_.push_back(std::move(block));
      TrimLocked();
    }
    Block& block = blocks_.back();
    size_t n = std::min(bytes.size(), block.capacity - block.size);
    std::memcpy(block.bytes.get() + block.size, bytes.data(), n);
    block.size += n;
    end += static_cast<int64_t>(n);
    bytes.remove_prefix(n);
  }
  end_.store(end, std::memory_order_release);
}

void Log::SelectLocked(DbIndex db) {
  if (database_ == db.value) return;
  char digits[kInt64Digits];
  std::string_view number(digits, static_cast<size_t>(FormatInt64(db.value, digits)));
  std::string select;
  AppendCommand(select, std::array<std::string_view, 2>{"SELECT", number});
  AppendLocked(select);
  database_ = db.value;
}

Offset Log::Append(DbIndex db, std::string_view commands) {
  MutexLock lock(mutex_);
  SelectLocked(db);
  AppendLocked(commands);
  return Offset(end_.load(std::memory_order_relaxed));
}

Offset Log::AppendTransaction(DbIndex db, std::string_view commands, DbIndex last_db) {
  MutexLock lock(mutex_);
  AppendLocked("*1\r\n$5\r\nMULTI\r\n");
  SelectLocked(db);
  AppendLocked(commands);
  AppendLocked("*1\r\n$4\r\nEXEC\r\n");
  database_ = last_db.value;
  return Offset(end_.load(std::memory_order_relaxed));
}

Offset Log::AppendForReplicasOnly(std::string_view commands) {
  MutexLock lock(mutex_);
  int64_t from = end_.load(std::memory_order_relaxed);
  AppendLocked(commands);
  int64_t to = end_.load(std::memory_order_relaxed);
  if (!replicas_only_.empty() && std::prev(replicas_only_.end())->second == from) {
    std::prev(replicas_only_.end())->second = to;
  } else {
    replicas_only_[from] = to;
  }
  return Offset(to);
}

Offset Log::AppendForwarded(std::string_view bytes) {
  MutexLock lock(mutex_);
  if (active()) {
    AppendLocked(bytes);
  } else {
    // Nobody reads, but the offset is the primary's and goes on.
    blocks_.clear();
    end_.store(end_.load(std::memory_order_relaxed) + static_cast<int64_t>(bytes.size()), std::memory_order_release);
  }
  database_ = -1;
  return Offset(end_.load(std::memory_order_relaxed));
}

void Log::ForgetDatabase() {
  MutexLock lock(mutex_);
  database_ = -1;
}

int Log::CurrentDatabase() const {
  MutexLock lock(mutex_);
  return database_;
}

void Log::SetBacklogBytes(size_t bytes) {
  MutexLock lock(mutex_);
  backlog_bytes_ = bytes;
  TrimLocked();
}

void Log::CreateBacklog() {
  MutexLock lock(mutex_);
  backlog_ = true;
  UpdateActiveLocked();
}

void Log::DropBacklog() {
  MutexLock lock(mutex_);
  backlog_ = false;
  UpdateActiveLocked();
  TrimLocked();
}

bool Log::has_backlog() const {
  MutexLock lock(mutex_);
  return backlog_;
}

void Log::UpdateActiveLocked() {
  bool active = backlog_ || !cursors_.empty();
  if (active && !active_.load(std::memory_order_relaxed)) {
    // What was done while nobody listened is not in the log; its bytes before now do not exist.
    blocks_.clear();
    replicas_only_.clear();
    memory_bytes_.store(0, std::memory_order_relaxed);
    database_ = -1;
  }
  active_.store(active, std::memory_order_relaxed);
}

int64_t Log::BeginLocked() const {
  return blocks_.empty() ? end_.load(std::memory_order_relaxed) : blocks_.front().begin;
}

Offset Log::begin() const {
  MutexLock lock(mutex_);
  int64_t end = end_.load(std::memory_order_relaxed);
  int64_t begin = backlog_ ? end - static_cast<int64_t>(backlog_bytes_) : end;
  for (const auto& [id, cursor] : cursors_) {
    if (cursor.reader == Reader::kReplica) begin = std::min(begin, cursor.position);
  }
  return Offset(std::max(begin, BeginLocked()));
}

void Log::Restart(Offset offset) {
  MutexLock lock(mutex_);
  DUNLIN_INVARIANT(cursors_.empty(), "a new history begins when nobody reads the old one");
  blocks_.clear();
  replicas_only_.clear();
  memory_bytes_.store(0, std::memory_order_relaxed);
  database_ = -1;
  end_.store(offset.value, std::memory_order_release);
}

void Log::TrimLocked() {
  int64_t end = end_.load(std::memory_order_relaxed);
  int64_t keep = backlog_ ? end - static_cast<int64_t>(backlog_bytes_) : end;
  for (const auto& [id, cursor] : cursors_) keep = std::min(keep, cursor.position);
  // The last block stays: it is being written.
  while (blocks_.size() > 1 && blocks_.front().begin + static_cast<int64_t>(blocks_.front().size) <= keep) {
    memory_bytes_.fetch_sub(blocks_.front().capacity, std::memory_order_relaxed);
    blocks_.pop_front();
  }
  int64_t begin = BeginLocked();
  while (!replicas_only_.empty() && replicas_only_.begin()->second <= begin)
    replicas_only_.erase(replicas_only_.begin());
}

size_t Log::BlockAt(int64_t offset) const {
  // Readers are near the end most of the time.
  size_t i = blocks_.size();
  while (i > 0 && blocks_[i - 1].begin > offset) --i;
  return i - 1;
}

Result<Log::CursorId> Log::AddCursor(Offset offset, Reader reader) {
  MutexLock lock(mutex_);
  if (offset.value < BeginLocked() || offset.value > end_.load(std::memory_order_relaxed)) {
    return Fail(Status::NotFound("the log does not hold that offset any more"));
  }
  CursorId id = next_cursor_++;
  cursors_[id] = {offset.value, reader};
  UpdateActiveLocked();
  return id;
}

void Log::RemoveCursor(CursorId cursor) {
  MutexLock lock(mutex_);
  cursors_.erase(cursor);
  UpdateActiveLocked();
  TrimLocked();
}

Log::Chunk Log::Read(CursorId cursor, size_t max_bytes) {
  MutexLock lock(mutex_);
  auto at = cursors_.find(cursor);
  DUNLIN_INVARIANT(at != cursors_.end(), "only a cursor that exists is read");
  int64_t position = at->second.position;
  Chunk chunk;
  chunk.offset = Offset(position);
  if (position >= end_.load(std::memory_order_relaxed)) return chunk;
  const Block& block = blocks_[BlockAt(position)];
  auto skip = static_cast<size_t>(position - block.begin);
  size_t n = std::min(max_bytes, block.size - skip);
  // Up to the next change of kind.
  auto after = replicas_only_.upper_bound(position);
  if (after != replicas_only_.begin() && std::prev(after)->second > position) {
    chunk.replicas_only = true;
    n = std::min(n, static_cast<size_t>(std::prev(after)->second - position));
  } else if (after != replicas_only_.end()) {
    n = std::min(n, static_cast<size_t>(after->first - position));
  }
  chunk.bytes = {block.bytes.get() + skip, n};
  return chunk;
}

void Log::Advance(CursorId cursor, size_t bytes) {
  MutexLock lock(mutex_);
  int64_t& position = cursors_.at(cursor).position;
  position += static_cast<int64_t>(bytes);
  DUNLIN_INVARIANT(position <= end_.load(std::memory_order_relaxed), "a cursor stays within the log");
  if (blocks_.size() > 1) TrimLocked();
}

Offset Log::PositionOf(CursorId cursor) const {
  MutexLock lock(mutex_);
  return Offset(cursors_.at(cursor).position);
}

}  // namespace dunlin::oplog
