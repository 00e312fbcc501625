#include "replication/rdb_frame.h"

#include <algorithm>
#include <cstring>

#include "base/invariant.h"
#include "base/numbers.h"

namespace dunlin::replication {
namespace {

// How many of the last bytes are the first bytes of `mark`; fewer than all of it.
size_t TailThatBegins(std::string_view bytes, std::string_view mark) {
  size_t most = std::min(bytes.size(), mark.size() - 1);
  for (size_t n = most; n > 0; --n) {
    if (bytes.substr(bytes.size() - n) == mark.substr(0, n)) return n;
  }
  return 0;
}

}  // namespace

std::optional<RdbFrame> RdbFrame::Parse(std::string_view line) {
  if (!line.starts_with('$')) return std::nullopt;
  line.remove_prefix(1);
  RdbFrame frame;
  if (line.starts_with("EOF:") && line.size() >= 4 + kMarkSize) {
    frame.marked_ = true;
    std::memcpy(frame.mark_.data(), line.data() + 4, kMarkSize);
    return frame;
  }
  auto size = ParseInt64(line);
  if (!size || *size < 0) return std::nullopt;
  frame.size_ = *size;
  return frame;
}

std::optional<int64_t> RdbFrame::size_bytes() const {
  if (marked_) return std::nullopt;
  return size_;
}

RdbFrame::Piece RdbFrame::Next(std::string_view bytes) {
  Piece piece;
  if (!marked_) {
    auto left = static_cast<uint64_t>(size_ - read_);
    piece.rdb = bytes.substr(0, std::min<uint64_t>(bytes.size(), left));
    piece.consumed = piece.rdb.size();
    piece.end = piece.rdb.size() == left;
  } else {
    std::string_view mark(mark_.data(), kMarkSize);
    size_t at = bytes.find(mark);
    piece.end = at != std::string_view::npos;
    piece.rdb = bytes.substr(0, piece.end ? at : bytes.size() - TailThatBegins(bytes, mark));
    piece.consumed = piece.rdb.size() + (piece.end ? kMarkSize : 0);
  }
  read_ += static_cast<int64_t>(piece.rdb.size());
  DUNLIN_INVARIANT(marked_ || read_ <= size_, "a sized transfer never reads beyond its size");
  return piece;
}

}  // namespace dunlin::replication
