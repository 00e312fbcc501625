#include "server/config_effects.h"

#include <clocale>

#include "server/client_eviction.h"
#include "server/cluster_driver.h"
#include "server/control.h"
#include "server/crash_report.h"
#include "server/open_files.h"
#include "server/persistence_driver.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

// Makes the server follow from one set of settings to another, effect by effect.
class Transition {
 public:
  Transition(Server& server, const Settings& from, const Settings& to, bool in_transaction)
      : server_(server), from_(from), to_(to), in_transaction_(in_transaction) {}

  // The message of a failure is the reason alone.
  Status Carry(Effect effect);

 private:
  Status Listen(std::string_view failure);
  Status Maxclients();
  void Maxmemory();
  void RequirePass();
  Status OomScoreAdj();

  Server& server_;
  const Settings& from_;
  const Settings& to_;
  const bool in_transaction_;
  bool listens_ = false;
};

Status Transition::Carry(Effect effect) {
  switch (effect) {
    case Effect::kPort: return Listen("Unable to listen on this port. Check server logs.");
    case Effect::kBind: return Listen("Failed to bind to specified addresses.");
    case Effect::kMaxclients: return Maxclients();
    case Effect::kMaxmemory: Maxmemory(); break;
    case Effect::kLogLevel: server_.log().set_level(to_.loglevel); break;
    case Effect::kCrashLog:
      to_.crash_log_enabled ? InstallCrashReport(server_.log().path()) : RemoveCrashReport();
      break;
    case Effect::kLocaleCollate: std::setlocale(LC_COLLATE, to_.locale_collate.c_str()); break;
    case Effect::kOomScoreAdj: return OomScoreAdj();
    case Effect::kAppendOnly:
      if (!server_.persistence().SwitchAof(to_.appendonly, in_transaction_).ok()) {
        return Status::IoError("Unable to turn on AOF. Check server logs.");
      }
      break;
    case Effect::kAofAutoGc:
      if (!to_.aof_disable_auto_gc) server_.persistence().RemoveAofHistory();
      break;
    case Effect::kMaxmemoryClients: EvictClients(server_); break;
    case Effect::kRequirePass: RequirePass(); break;
    // Read where they are used, or told to the drivers afterwards.
    case Effect::kNone:
    case Effect::kHz:
    case Effect::kAppendFsync:
    case Effect::kReplBacklogSize:
    case Effect::kGoodReplicas:
    case Effect::kClusterFlags:
    case Effect::kClusterAnnouncedPort:
    case Effect::kClusterIp:
    case Effect::kClusterHostname:
    case Effect::kClusterHumanNodename: break;
  }
  return Status::Ok();
}

// Port and addresses change together, whichever of them is named first.
Status Transition::Listen(std::string_view failure) {
  if (std::exchange(listens_, true)) return Status::Ok();
  Control& control = server_.control();
  // On the same port the old sockets are in the way of the new ones.
  bool closes_first = from_.port == to_.port;
  if (closes_first) control.CloseTcpListeners();
  auto opened = OpenTcpListeners(to_, server_.log());
  Status status = opened ? Status::Ok() : Status::IoError(std::string(failure));
  if (!opened && !closes_first) return status;
  if (!opened) opened = OpenTcpListeners(from_, server_.log());
  if (!opened) {
    server_.log().Warning("The old addresses cannot be listened on any more: {}", opened.error().message());
    return status;
  }
  control.CloseTcpListeners();
  for (Listener& listener : *opened) control.AddListener(std::move(listener));
  return status;
}

Status Transition::Maxclients() {
  if (to_.maxclients <= from_.maxclients) return Status::Ok();
  OpenFilesLimit limit = RaiseOpenFilesLimit(to_.maxclients);
  if (limit.clients >= to_.maxclients) return Status::Ok();
  return Status::IoError(fmt::format(
      "The operating system is not able to handle the specified number of clients, try with {}", limit.clients));
}

void Transition::Maxmemory() {
  uint64_t used = server_.memory_meter().used_bytes();
  if (to_.maxmemory_bytes == 0 || used <= static_cast<uint64_t>(to_.maxmemory_bytes)) return;
  server_.log().Warning(
      "WARNING: the new maxmemory value set via CONFIG SET ({}) is smaller than the current memory usage ({}). This "
      "will result in key eviction and/or the inability to accept new write commands depending on the "
      "maxmemory-policy.",
      to_.maxmemory_bytes, used);
}

// Who was let in stays in; nobody is asked for a password that is no more.
void Transition::RequirePass() {
  if (!to_.requirepass.empty()) return;
  server_.ForEachSession([](Session& session) { session.authenticated = true; });
}

Status Transition::OomScoreAdj() {
  Status status = server_.oom_score().Apply(to_, server_.is_replica());
  if (status.ok()) return status;
  server_.log().Warning("{}", status.message());
  return Status::IoError("Failed to set current oom_score_adj. Check server logs.");
}

// Alone.
Status CarryAll(Server& server, Config& config, const ConfigChange& change, bool in_transaction) {
  const Settings wanted = config.settings();
  Transition forward(server, change.before, wanted, in_transaction);
  for (size_t i = 0; i < change.effects.size(); ++i) {
    Status status = forward.Carry(change.effects[i].effect);
    if (status.ok()) continue;
    config.Undo(change);
    Transition back(server, wanted, change.before, in_transaction);
    for (size_t done = 0; done < i; ++done) {
      if (Status undone = back.Carry(change.effects[done].effect); !undone.ok()) {
        server.log().Warning("Taking back CONFIG SET {}: {}", change.effects[done].directive, undone.message());
      }
    }
    return {status.code(), Config::SetFailure(change.effects[i].directive, status.message())};
  }
  return Status::Ok();
}

}  // namespace

std::optional<Status> SetConfig(Server& server, std::span<const std::pair<std::string, std::string>> pairs,
                                SetCaller caller) {
  Config& config = server.config();
  Status status;
  bool done = server.gate().AloneUnlessLingering([&] {
    auto change = config.Set(pairs, caller);
    status = change ? CarryAll(server, config, *change, caller.in_transaction) : change.error();
    server.RefreshFacts();
  });
  if (!done) return std::nullopt;
  for (const ConfigNote& note : config.TakeNotes()) server.log().Write(note.level, note.text);
  if (!status.ok()) return status;
  server.replication().SettingsChanged();
  if (server.cluster() != nullptr) server.cluster()->SettingsChanged();
  return status;
}

}  // namespace dunlin::server
