// A connection's two byte queues and its socket. The loop fills `in` and empties `out`; the owner reads the one and
// writes the other.
//
// Thread: that of the loop it is registered with.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/buffer.h"

namespace dunlin::net {

class Stream {
 public:
  // Takes the descriptor over: a connected, non-blocking socket.
  explicit Stream(int fd) : fd_(fd) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int fd() const { return fd_; }
  Buffer& in() { return in_; }
  Buffer& out() { return out_; }
  const Buffer& in() const { return in_; }
  const Buffer& out() const { return out_; }
  // The peer has closed its side, or the socket failed: nothing will come any more.
  bool ended() const { return ended_; }
  const std::string& end_reason() const { return end_reason_; }
  // True once, after the connection that AddConnecting() waited for has come up.
  bool TakeConnected() { return std::exchange(just_connected_, false); }
  bool connecting() const { return connecting_; }
  // Bytes seen since the beginning.
  uint64_t bytes_read() const { return bytes_read_; }
  uint64_t bytes_written() const { return bytes_written_; }
  // At least this many bytes will be read next time in one piece, when they are there.
  void ExpectBytes(size_t n) { expected_bytes_ = n; }
  // While paused, nothing is read; the peer's sending stops by itself.
  bool reading_paused() const { return paused_; }

 private:
  friend class Loop;

  int fd_;
  Buffer in_;
  Buffer out_;
  size_t expected_bytes_ = 0;
  uint64_t bytes_read_ = 0;
  uint64_t bytes_written_ = 0;
  uint32_t interest_ = 0;  // what the kernel was last told
  bool ended_ = false;
  bool paused_ = false;
  bool connecting_ = false;
  bool just_connected_ = false;
  bool in_ready_list_ = false;
  std::string end_reason_;
};

}  // namespace dunlin::net
