// How the server ends: writes stop, replicas get what is left, the data is saved, and only then the threads stop.
#include <csignal>

#include "server/config.h"
#include "server/control.h"
#include "server/persistence_driver.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr int64_t kLookPeriodMs = 10;

}  // namespace

void Server::OnSignal(int signal_number) {
  bool interrupt = signal_number == SIGINT;
  log_->Warning("Received {} scheduling shutdown...", interrupt ? "SIGINT" : "SIGTERM");
  uint8_t flags = interrupt ? settings().shutdown_on_sigint : settings().shutdown_on_sigterm;
  // The second time somebody is in a hurry.
  if (shutdown_running_.load()) flags |= kShutdownNow;
  RequestShutdown(flags);
}

void Server::RequestShutdown(uint8_t flags) {
  MutexLock lock(shutdown_mutex_);
  shutdown_flags_ |= flags;
  shutdown_asked_ = true;
  shutdown_changed_.NotifyAll();
}

bool Server::AbortShutdown() {
  MutexLock lock(shutdown_mutex_);
  if (!shutdown_asked_) return false;
  shutdown_asked_ = false;
  shutdown_flags_ = 0;
  shutdown_changed_.NotifyAll();
  return true;
}

bool Server::ShutdownAsked(uint8_t* flags) {
  MutexLock lock(shutdown_mutex_);
  *flags = shutdown_flags_;
  return shutdown_asked_;
}

int Server::Run() {
  while (true) {
    {
      MutexLock lock(shutdown_mutex_);
      while (!shutdown_asked_) shutdown_changed_.Wait(shutdown_mutex_);
    }
    shutdown_running_.store(true);
    if (Shutdown()) break;
    shutdown_running_.store(false);
    gate_.Alone([&] { ClearPause(PausePurpose::kShutdown); });
  }
  log_->Warning("Redis is now ready to exit, bye bye...");
  // The workers first: one of them may be waiting for the control thread.
  for (auto& worker : workers_) worker->Stop();
  control_->Stop();
  persistence_->Stop();
  return 0;
}

bool Server::Shutdown() {
  uint8_t flags = 0;
  log_->Warning("User requested shutdown...");
  if (!WaitForReplicasToFollow()) return false;
  if (!ShutdownAsked(&flags)) return false;
  bool save = (flags & kShutdownSave) || (!(flags & kShutdownNoSave) && !settings().save.empty());
  if (save) {
    log_->Notice("Saving the final RDB snapshot before exiting.");
    Status saved = persistence_->SaveAndWait();
    if (!saved.ok() && !(flags & kShutdownForce)) {
      log_->Warning("Error trying to save the DB, can't exit.");
      AbortShutdown();
      failed_shutdowns_.fetch_add(1);
      control_->WakeBlocked();
      return false;
    }
  }
  if (persistence_->aof_enabled()) {
    log_->Notice("Calling fsync() on the AOF file.");
    if (Status synced = persistence_->FlushAofAndWait(); !synced.ok()) log_->Warning("{}", synced.message());
  }
  return true;
}

// False when the shutdown was called off.
bool Server::WaitForReplicasToFollow() {
  int64_t deadline_ms = monotonic_ms() + settings().shutdown_timeout_s * 1000;
  bool waited = false;
  int64_t asked_ms = 0;
  uint8_t flags = 0;
  while (ShutdownAsked(&flags)) {
    if (flags & kShutdownNow) return true;
    bool follow = false;
    gate_.Alone([&] { SetPause(PausePurpose::kShutdown, INT64_MAX, false); });
    control_->RunAndWait([&] { follow = replication_->AllReplicasFollow(); });
    if (follow || monotonic_ms() >= deadline_ms) {
      if (waited) control_->RunAndWait([&] { replication_->LogLaggingReplicas(); });
      return true;
    }
    if (!waited) log_->Notice("Waiting for replicas before shutting down.");
    waited = true;
    if (monotonic_ms() - asked_ms >= 1000) {
      asked_ms = monotonic_ms();
      replication_->RequestAcks();
    }
    MutexLock lock(shutdown_mutex_);
    shutdown_changed_.WaitFor(shutdown_mutex_, kLookPeriodMs);
  }
  return false;
}

}  // namespace dunlin::server
