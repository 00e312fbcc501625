#include "server/control.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>

#include "net/socket.h"
#include "server/cluster_driver.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr int64_t kCronPeriodMs = 100;
constexpr int kMaxAcceptsPerTurn = 1000;

}  // namespace

Control::Control(Server& server, std::unique_ptr<net::Loop> loop)
    : server_(server), loop_(std::move(loop)), gate_member_(server.gate().AddMember()) {}

Control::~Control() {
  Stop();
  for (const Listener& listener : listeners_) {
    close(listener.fd);
    if (listener.is_unix) unlink(listener.address.c_str());
  }
  if (signal_fd_ >= 0) close(signal_fd_);
}

void Control::AddListener(Listener listener) {
  loop_->AddReadable(listener.fd);
  listeners_.push_back(std::move(listener));
}

void Control::CloseTcpListeners() {
  std::erase_if(listeners_, [this](const Listener& listener) {
    if (listener.is_unix) return false;
    loop_->RemoveReadable(listener.fd);
    close(listener.fd);
    return true;
  });
}

void Control::Start() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  signal_fd_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signal_fd_ >= 0) loop_->AddReadable(signal_fd_);
  thread_ = std::thread([this] { ThreadMain(); });
}

void Control::Stop() {
  stop_.store(true);
  loop_->Wake();
  if (thread_.joinable()) thread_.join();
}

void Control::RunSoon(std::function<void()> fn) {
  {
    MutexLock lock(mutex_);
    soon_.push_back(std::move(fn));
  }
  loop_->Wake();
}

void Control::RunAndWait(const std::function<void()>& fn) {
  if (is_this_thread()) return fn();
  std::promise<void> done;
  RunSoon([&] {
    fn();
    done.set_value();
  });
  done.get_future().wait();
}

void Control::WakeBlocked() {
  for (const auto& worker : server_.workers()) worker->Post([](Worker& w) { w.RecheckBlocked(); });
}

void Control::ThreadMain() {
  MemoryMeter::Thread counted(server_.memory_meter());
  server_.NameThread("control");
  while (!stop_.load(std::memory_order_relaxed)) {
    int64_t wait_ms = busy_ ? 0 : std::clamp<int64_t>(next_cron_ms_ - server_.monotonic_ms(), 0, kCronPeriodMs);
    loop_->Wait(static_cast<int>(wait_ms));
    for (int fd : loop_->readable_fds()) {
      if (fd == signal_fd_) HandleSignal();
      if (server_.cluster() != nullptr && server_.cluster()->OwnsListener(fd)) server_.cluster()->Accept(fd);
      for (const Listener& listener : listeners_) {
        if (listener.fd == fd) AcceptFrom(listener);
      }
    }
    // Copied: handling one stream may remove others.
    streams_.assign(loop_->ready().begin(), loop_->ready().end());
    for (size_t i = 0; i < streams_.size(); ++i) {
      if (loop_->ready()[i] == nullptr) continue;
      if (server_.replication().Owns(*streams_[i])) {
        server_.replication().OnReady(*streams_[i]);
      } else if (server_.cluster() != nullptr) {
        server_.cluster()->OnReady(*streams_[i]);
      }
    }
    busy_ = server_.replication().Work();
    std::vector<std::function<void()>> soon;
    {
      MutexLock lock(mutex_);
      soon.swap(soon_);
    }
    for (auto& fn : soon) fn();
    if (server_.monotonic_ms() >= next_cron_ms_) Cron();
  }
}

void Control::HandleSignal() {
  signalfd_siginfo info;
  while (read(signal_fd_, &info, sizeof info) == sizeof info) server_.OnSignal(static_cast<int>(info.ssi_signo));
}

void Control::AcceptFrom(const Listener& listener) {
  for (int i = 0; i < kMaxAcceptsPerTurn; ++i) {
    auto accepted = net::Accept(listener.fd);
    if (!accepted) {
      server_.log().Warning("Accepting client connection: {}", accepted.error().message());
      return;
    }
    if (accepted->would_block) return;
    if (!server_.AdmitConnection(accepted->fd, listener.is_unix)) continue;
    Worker::Next(server_.workers(), server_.debug().spread_clients.load()).HandOver(accepted->fd, listener.is_unix);
  }
}

void Control::Cron() {
  next_cron_ms_ = server_.monotonic_ms() + kCronPeriodMs;
  ++cron_runs_;
  server_.OnCron(cron_runs_);
}

}  // namespace dunlin::server
