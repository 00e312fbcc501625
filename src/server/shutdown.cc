// How the server ends: writes stop, replicas get what is left, the data is saved, and only then the threads stop.
#include <unistd.h>

#include <csignal>

#include "server/config.h"
#include "server/control.h"
#include "server/persistence_driver.h"
#include "server/process.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr int64_t kLookPeriodMs = 10;

}  // namespace

void Server::OnSignal(int signal_number) {
  bool interrupt = signal_number == SIGINT;
  // Ctrl+C once more: whoever is there does not want to wait for disks and replicas.
  if (interrupt && shutting_down()) {
    log_->Warning("You insist... exiting now.");
    persistence_->RemoveTemporaryRdb();
    EndNow(1);
  }
  if (!ready_.load()) {
    log_->Warning("Received shutdown signal during loading, scheduling shutdown.");
    EndWhileLoading();
  }
  log_->Warning("Received {} scheduling shutdown...", interrupt ? "SIGINT" : "SIGTERM");
  uint8_t flags = interrupt ? settings().shutdown_on_sigint : settings().shutdown_on_sigterm;
  // The second time somebody is in a hurry.
  if (shutting_down()) flags |= kShutdownNow;
  MutexLock lock(shutdown_mutex_);
  shutdown_by_signal_ = !shutting_down();
  AskForShutdown(flags);
}

// Nothing is in memory that is not on the disk.
void Server::EndWhileLoading() {
  log_->Warning("Redis is now ready to exit, bye bye...");
  EndNow(0);
}

void Server::EndNow(int status) {
  RemovePidFile(pid_file_);
  if (!settings().unixsocket.empty()) unlink(settings().unixsocket.c_str());
  _exit(status);
}

void Server::RequestShutdown(uint8_t flags) {
  if (!ready_.load()) EndWhileLoading();
  MutexLock lock(shutdown_mutex_);
  shutdown_by_signal_ = false;
  AskForShutdown(flags);
}

void Server::AskForShutdown(uint8_t flags) {
  shutdown_flags_ |= flags;
  shutdown_asked_.store(true);
  shutdown_changed_.NotifyAll();
}

bool Server::AbortShutdown() {
  if (!shutting_down()) return false;
  log_->Notice("Shutdown manually aborted.");
  GiveUpShutdown();
  return true;
}

void Server::GiveUpShutdown() {
  MutexLock lock(shutdown_mutex_);
  shutdown_asked_.store(false);
  shutdown_flags_ = 0;
  shutdown_changed_.NotifyAll();
}

bool Server::ShutdownAsked(uint8_t* flags) {
  MutexLock lock(shutdown_mutex_);
  *flags = shutdown_flags_;
  return shutdown_asked_.load();
}

int Server::Run() {
  while (true) {
    {
      MutexLock lock(shutdown_mutex_);
      while (!shutdown_asked_.load()) shutdown_changed_.Wait(shutdown_mutex_);
      // A signal is the calendar's business, and DEBUG PAUSE-CRON lets it wait.
      while (shutdown_asked_.load() && shutdown_by_signal_ && debug().pause_cron.load()) {
        shutdown_changed_.WaitFor(shutdown_mutex_, kLookPeriodMs);
      }
      if (!shutdown_asked_.load()) continue;
    }
    if (Shutdown()) break;
    shutdown_deadline_ms_.store(0);
    gate_.AloneAmidScript([&] { ClearPause(PausePurpose::kShutdown); });
    // Those who asked are told.
    control_->WakeBlocked();
  }
  if (!pid_file_.empty()) log_->Notice("Removing the pid file.");
  RemovePidFile(std::exchange(pid_file_, ""));
  log_->Warning("Redis is now ready to exit, bye bye...");
  // The workers first: one of them may be waiting for the control thread.
  for (auto& worker : workers_) worker->Stop();
  control_->Stop();
  persistence_->Stop();
  lazy_free_.Stop();
  return 0;
}

bool Server::Shutdown() {
  uint8_t flags = 0;
  log_->Notice("User requested shutdown...");
  if (SupervisionOf(settings()) == Supervision::kSystemd) NotifySystemd("STOPPING=1\n");
  if (!WaitForReplicasToFollow() || !ShutdownAsked(&flags)) return false;
  ending_.store(true);
  if (AofMayEnd(flags & kShutdownForce) && SaveForShutdown(flags)) return true;
  ending_.store(false);
  log_->Warning("Errors trying to shut down the server. Check the logs for more information.");
  GiveUpShutdown();
  return false;
}

// Everything is written and synced, unless the files on the disk are those of before appendonly was turned on.
bool Server::AofMayEnd(bool force) {
  if (!persistence_->aof_enabled()) return true;
  if (persistence_->state().rewrite_running) {
    if (persistence_->first_rewrite_running()) {
      log_->Write(LogLevel::kWarning, force ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit");
      if (!force) return false;
    }
    log_->Warning("There is a child rewriting the AOF. Killing it!");
    persistence_->AbandonSnapshotAndWait();
  }
  log_->Notice("Calling fsync() on the AOF file.");
  if (Status synced = persistence_->FlushAofAndWait(); !synced.ok()) log_->Warning("{}", synced.message());
  return true;
}

bool Server::SaveForShutdown(uint8_t flags) {
  if (persistence_->snapshotter().busy()) {
    if (persistence_->state().bgsave_running) log_->Warning("There is a child saving an .rdb. Killing it!");
    persistence_->AbandonSnapshotAndWait();
  }
  bool has_save_points = false;
  gate_.AloneAmidScript([&] { has_save_points = !settings().save.empty(); });
  bool save = (flags & kShutdownSave) || (!(flags & kShutdownNoSave) && has_save_points);
  if (!save) return true;
  log_->Notice("Saving the final RDB snapshot before exiting.");
  if (persistence_->SaveAndWait().ok()) return true;
  bool force = (flags & kShutdownForce) != 0;
  log_->Write(LogLevel::kWarning,
              force ? "Error trying to save the DB. Exit anyway." : "Error trying to save the DB, can't exit.");
  return force;
}

// False when the shutdown was called off.
bool Server::WaitForReplicasToFollow() {
  int64_t timeout_s = settings().shutdown_timeout_s;
  int64_t deadline_ms = monotonic_ms() + timeout_s * 1000;
  bool waited = false;
  int64_t asked_ms = 0;
  uint8_t flags = 0;
  while (ShutdownAsked(&flags)) {
    bool may_wait = !(flags & kShutdownNow) && timeout_s > 0;
    // Nothing may be added to what they have to follow, or to what is saved.
    gate_.AloneAmidScript([&] { SetPause(PausePurpose::kShutdown, INT64_MAX, false); });
    bool follow = false;
    control_->RunAndWait([&] { follow = replication_->AllReplicasFollow(); });
    if (follow || !may_wait || monotonic_ms() >= deadline_ms) {
      control_->RunAndWait([&] { replication_->LogLaggingReplicas(); });
      return true;
    }
    if (!waited) log_->Notice("Waiting for replicas before shutting down.");
    waited = true;
    shutdown_deadline_ms_.store(deadline_ms);
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
