#include "net/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/socket.h"

namespace dunlin::net {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kMaxReadBytes = 1024 * 1024;  // at once, for a large argument
constexpr size_t kSpareBuffers = 64;
constexpr int kMaxEvents = 512;

// epoll_event carries one word: a Stream*, or a plain descriptor with the lowest bit set.
uint64_t PlainTag(int fd) { return static_cast<uint64_t>(static_cast<uint32_t>(fd)) << 1 | 1; }

}  // namespace

Stream::~Stream() {
  if (fd_ >= 0) close(fd_);
}

Result<std::unique_ptr<Loop>> Loop::Create() {
  int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) return Fail(Status::FromErrno("epoll_create1", errno));
  int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd < 0) {
    int error = errno;
    close(epoll_fd);
    return Fail(Status::FromErrno("eventfd", error));
  }
  std::unique_ptr<Loop> loop(new Loop(epoll_fd, wake_fd));
  loop->AddReadable(wake_fd);
  return loop;
}

Loop::~Loop() {
  close(wake_fd_);
  close(epoll_fd_);
}

void Loop::AddReadable(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = PlainTag(fd);
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event);
}

void Loop::RemoveReadable(int fd) { epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr); }

void Loop::AddConnecting(Stream& stream) {
  stream.connecting_ = true;
  Add(stream);
}

void Loop::Add(Stream& stream) {
  epoll_event event{};
  stream.interest_ = stream.connecting_ ? EPOLLOUT : EPOLLIN;
  event.events = stream.interest_;
  event.data.ptr = &stream;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, stream.fd_, &event) != 0) End(stream, "epoll_ctl");
}

void Loop::Remove(Stream& stream) {
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, stream.fd_, nullptr);
  stream.in_ready_list_ = false;
  // The lists are being walked by the owner.
  std::replace(ready_.begin(), ready_.end(), &stream, static_cast<Stream*>(nullptr));
  std::replace(drained_.begin(), drained_.end(), &stream, static_cast<Stream*>(nullptr));
}

void Loop::SetInterest(Stream& stream) {
  if (stream.connecting_ && !stream.ended_) return;
  uint32_t interest = (stream.paused_ || stream.ended_ ? 0u : EPOLLIN) | (stream.out_.empty() ? 0u : EPOLLOUT);
  if (interest == stream.interest_) return;
  stream.interest_ = interest;
  epoll_event event{};
  event.events = interest;
  event.data.ptr = &stream;
  epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, stream.fd_, &event);
}

void Loop::PauseReading(Stream& stream, bool paused) {
  stream.paused_ = paused;
  SetInterest(stream);
}

void Loop::End(Stream& stream, std::string reason) {
  if (stream.ended_) return;
  stream.ended_ = true;
  stream.end_reason_ = std::move(reason);
  stream.out_.Clear();
  SetInterest(stream);
  Report(stream);
}

void Loop::Report(Stream& stream) {
  if (stream.in_ready_list_) return;
  stream.in_ready_list_ = true;
  ready_.push_back(&stream);
}

void Loop::ReadFrom(Stream& stream) {
  if (stream.in_.capacity() == 0 && !spare_.empty()) {
    stream.in_ = std::move(spare_.back());
    spare_.pop_back();
  }
  size_t want = std::clamp(stream.expected_bytes_, kReadBytes, kMaxReadBytes);
  char* to = stream.in_.Reserve(want);
  ssize_t n = recv(stream.fd_, to, want, 0);
  if (n > 0) {
    stream.in_.Produced(static_cast<size_t>(n));
    stream.bytes_read_ += static_cast<uint64_t>(n);
    stream.expected_bytes_ = 0;
    Report(stream);
    return;
  }
  if (n == 0) {
    End(stream, "Client closed connection");
  } else if (errno != EAGAIN && errno != EINTR) {
    End(stream, std::string("Reading from client: ") + strerror(errno));
  }
}

bool Loop::Flush(Stream& stream) {
  if (stream.connecting_) return !stream.ended_;
  while (!stream.ended_ && !stream.out_.empty()) {
    ssize_t n = send(stream.fd_, stream.out_.data(), stream.out_.size(), MSG_NOSIGNAL);
    if (n > 0) {
      stream.out_.Consume(static_cast<size_t>(n));
      stream.bytes_written_ += static_cast<uint64_t>(n);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      End(stream, std::string("Error writing to client: ") + strerror(errno));
    }
  }
  if (stream.out_.empty() && stream.out_.capacity() > kReadBytes) stream.out_.Free();
  SetInterest(stream);
  return !stream.ended_;
}

std::span<Stream* const> Loop::Wait(int timeout_ms) {
  for (Stream* stream : ready_) {
    if (stream == nullptr) continue;
    stream->in_ready_list_ = false;
    if (!stream->in_.empty() || stream->in_.capacity() == 0) continue;
    if (stream->in_.capacity() <= 2 * kReadBytes && spare_.size() < kSpareBuffers)
      spare_.push_back(std::move(stream->in_));
    stream->in_.Free();
  }
  ready_.clear();
  drained_.clear();
  readable_.clear();
  epoll_event events[kMaxEvents];
  int n = epoll_wait(epoll_fd_, events, kMaxEvents, timeout_ms);
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[i];
    if (event.data.u64 & 1) {
      int fd = static_cast<int>(event.data.u64 >> 1);
      if (fd == wake_fd_) {
        uint64_t count;
        [[maybe_unused]] ssize_t got = read(wake_fd_, &count, sizeof count);
      } else {
        readable_.push_back(fd);
      }
      continue;
    }
    auto& stream = *static_cast<Stream*>(event.data.ptr);
    if (stream.connecting_) {
      Status connected = ConnectResult(stream.fd_);
      stream.connecting_ = false;
      if (connected.ok()) {
        stream.just_connected_ = true;
        Report(stream);
        Flush(stream);
      } else {
        End(stream, connected.message());
      }
      continue;
    }
    if (event.events & EPOLLOUT) {
      Flush(stream);
      if (stream.out_.empty() && !stream.ended_) drained_.push_back(&stream);
    }
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !stream.ended_) {
      if (stream.paused_ && !(event.events & EPOLLIN)) {
        End(stream, "Client closed connection");
      } else {
        ReadFrom(stream);
      }
    }
  }
  return ready_;
}

void Loop::Wake() {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t n = write(wake_fd_, &one, sizeof one);
}

}  // namespace dunlin::net
