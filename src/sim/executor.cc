#include "sim/executor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/invariant.h"
#include "commands/table.h"
#include "dispatch/decide.h"
#include "sim/checks.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

constexpr size_t kMaxHeld = 10'000;

}  // namespace

// ---- The decision

std::string Executor::Decide(const commands::CommandSpec& spec, const std::vector<KeyIndex>& keys, bool asking) {
  const Keys& names = server_.around().keys;
  SlotId slot = names.SlotOf(keys[0]);
  std::vector<SlotId> slots(keys.size(), slot);
  std::array<std::string_view, 2> args = {spec.name, names.NameOf(keys[0])};
  dispatch::NodeFacts node;
  node.map = &server_.cluster().map();
  node.loading = server_.replication().loading();
  node.read_only_replica = server_.replication().is_replica();
  dispatch::Decision decision = dispatch::Decide({spec, args, slots}, {.asking = asking}, node);
  if (decision.kind == dispatch::Decision::Kind::kRefuse) return decision.error;
  if (decision.kind != dispatch::Decision::Kind::kRunIfSettled) return {};
  auto present = std::ranges::count_if(keys, [&](KeyIndex key) { return server_.keyspace().Get(key) != nullptr; });
  return dispatch::Settle(decision.migrating, static_cast<size_t>(present), keys.size(), slot, node);
}

bool Executor::MustWait(const Request& request) const {
  if (request.is_write() && server_.writes_paused()) return true;
  return locked_.contains(server_.around().keys.SlotOf(request.keys[0]));
}

void Executor::Execute(Request request, Answer answer) {
  const commands::CommandTable& table = server_.around().commands;
  const commands::CommandSpec* spec = table.Find(request.is_write() ? "append" : "mget");
  DUNLIN_INVARIANT(spec != nullptr, "the server knows APPEND and MGET");
  std::string error = Decide(*spec, request.keys, request.asking);
  server_.around().trace.Mix(error);
  if (!error.empty()) return answer({.error = std::move(error), .values = {}});
  if (MustWait(request)) {
    held_.push_back({std::move(request), std::move(answer)});
    server_.around().checks.OnQueue("held commands", held_.size(), kMaxHeld);
    return;
  }
  Perform(request, answer);
}

// ---- What is done

void Executor::Perform(const Request& request, const Answer& answer) {
  Keyspace& keyspace = server_.keyspace();
  Checks& checks = server_.around().checks;
  Reply reply;
  for (KeyIndex key : request.keys) {
    checks.OnServed(server_.host(), key, request.write);
    if (!request.is_write()) {
      reply.values.push_back(keyspace.Get(key));
      continue;
    }
    keyspace.Append(key, request.write);
    std::array<std::string, 3> told = {"APPEND", server_.around().keys.NameOf(key),
                                       std::to_string(request.write.value)};
    server_.Propagate(told);
  }
  if (request.is_write() && request.wait_for > 0) return Wait(request, answer);
  answer(reply);
}

void Executor::Wait(const Request& request, Answer answer) {
  waiters_.push_back(
      {request, server_.log().end(), server_.around().scheduler.now_ms() + request.wait_ms, std::move(answer)});
  server_.replication().RequestAcks();
}

void Executor::SettleWaiters() {
  for (size_t i = 0; i < waiters_.size();) {
    std::vector<HostIndex> acked = server_.replication().AckedBy(waiters_[i].offset);
    bool enough = static_cast<int>(acked.size()) >= waiters_[i].request.wait_for;
    bool late = server_.around().scheduler.now_ms() >= waiters_[i].until_ms;
    bool demoted = server_.replication().is_replica();
    if (!enough && !late && !demoted) {
      ++i;
      continue;
    }
    Waiter done = std::move(waiters_[i]);
    waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
    Reply reply{.error = {}, .values = {}, .acknowledged = static_cast<int>(acked.size())};
    if (demoted) {
      reply.error = "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)";
    } else {
      server_.around().checks.OnAcknowledged(server_.host(), done.request, acked);
    }
    done.answer(reply);
  }
}

void Executor::Settle() {
  for (Held& held : std::exchange(held_, {})) {
    if (MustWait(held.request)) {
      held_.push_back(std::move(held));
    } else {
      Execute(std::move(held.request), std::move(held.answer));
    }
  }
  SettleWaiters();
}

// ---- Keys on the move

std::string Executor::Restore(KeyIndex key, const ValueRef& value, bool replace) {
  const commands::CommandSpec* spec = server_.around().commands.Find("restore-asking");
  DUNLIN_INVARIANT(spec != nullptr, "the server knows RESTORE-ASKING");
  std::string error = Decide(*spec, {key}, /*asking=*/false);
  if (!error.empty()) return error;
  Keyspace& keyspace = server_.keyspace();
  if (!replace && keyspace.Get(key) != nullptr) return "BUSYKEY Target key name already exists.";
  keyspace.Set(key, value);
  server_.around().checks.OnReplaced(server_.host(), key);
  std::array<std::string, 3> told = {"SET", server_.around().keys.NameOf(key), ToText(value)};
  server_.Propagate(told);
  return {};
}

void Executor::Migrate(std::vector<KeyIndex> keys, Host& target, bool replace, int64_t timeout_ms,
                       std::function<void(std::string)> answer) {
  SlotId slot = server_.around().keys.SlotOf(keys[0]);
  if (server_.replication().is_replica()) return answer("READONLY You can't write against a read only replica.");
  if (locked_.contains(slot) || server_.writes_paused()) return answer("IOERR busy");
  Migration migration{.serial = next_migration_++, .keys = std::move(keys), .values = {}, .answer = std::move(answer)};
  for (KeyIndex key : migration.keys) migration.values.push_back(server_.keyspace().Get(key));
  locked_.insert(slot);
  Host& source = server_.host();
  Network& network = server_.around().network;
  network.Call(
      source.index(), target.index(),
      [&source, &target, &network, replace, serial = migration.serial, life = source.incarnation(), moved = migration] {
        target.Do([&, replace, serial, life, moved](Server& server) {
          std::vector<std::string> errors;
          for (size_t i = 0; i < moved.keys.size(); ++i) {
            bool exists = moved.values[i] != nullptr;
            errors.push_back(exists ? server.executor().Restore(moved.keys[i], moved.values[i], replace) : "");
          }
          network.Call(target.index(), source.index(), [&source, life, serial, errors] {
            source.DoNow(life, [serial, errors](Server& s) { s.executor().EndMigration(serial, errors); });
          });
        });
      });
  source.DoAfter(timeout_ms, [serial = migration.serial](Server& s) { s.executor().EndMigration(serial, {}); });
  migrations_.push_back(std::move(migration));
}

// Without errors to look at: nothing came back in time, and what the target did is not known.
void Executor::EndMigration(uint64_t serial, const std::vector<std::string>& errors) {
  auto it = std::ranges::find(migrations_, serial, &Migration::serial);
  if (it == migrations_.end()) return;
  Migration migration = std::move(*it);
  migrations_.erase(it);
  locked_.erase(server_.around().keys.SlotOf(migration.keys[0]));
  if (errors.empty()) return migration.answer("IOERR error or timeout reading from target instance");
  DeleteMoved(migration, errors);
  auto failed = std::ranges::find_if(errors, [](const std::string& error) { return !error.empty(); });
  migration.answer(failed == errors.end() ? "" : "ERR Target instance replied with error: " + *failed);
}

// In the server the whole command is one moment. Here its node may have lost its role or its data meanwhile; then what
// there is now is not what was moved.
void Executor::DeleteMoved(const Migration& migration, const std::vector<std::string>& errors) {
  if (server_.replication().is_replica()) return;
  Keyspace& keyspace = server_.keyspace();
  for (size_t i = 0; i < migration.keys.size(); ++i) {
    KeyIndex key = migration.keys[i];
    if (!errors[i].empty() || keyspace.Get(key) == nullptr || !SameValue(keyspace.Get(key), migration.values[i])) {
      continue;
    }
    keyspace.Erase(key);
    server_.around().checks.OnReplaced(server_.host(), key);
    std::array<std::string, 2> told = {"DEL", server_.around().keys.NameOf(key)};
    server_.Propagate(told);
  }
}

}  // namespace dunlin::sim
