#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"
#include "oplog/log.h"
#include "server/locked_slots.h"
#include "server/migrate.h"
#include "server/ops.h"
#include "server/server.h"
#include "snapshot/dump.h"
#include "snapshot/entry_record.h"

namespace dunlin::server {
namespace {

struct MigrateRequest {
  std::string_view host;
  std::string_view port;
  int64_t db = 0;
  int64_t timeout_ms = 1000;
  bool copy = false;
  bool replace = false;
  std::optional<std::string_view> user;
  std::optional<std::string_view> password;
  std::vector<std::string_view> keys;
};

// False when an error was replied.
bool Parse(Call& call, MigrateRequest* request) {
  commands::Args args = call.args;
  request->host = args[1];
  request->port = args[2];
  request->keys = {args[3]};
  for (size_t i = 6; i < args.size(); ++i) {
    size_t left = args.size() - i - 1;
    if (EqualsIgnoreCase(args[i], "copy")) {
      request->copy = true;
    } else if (EqualsIgnoreCase(args[i], "replace")) {
      request->replace = true;
    } else if (EqualsIgnoreCase(args[i], "auth") && left >= 1) {
      request->password = args[++i];
    } else if (EqualsIgnoreCase(args[i], "auth2") && left >= 2) {
      request->user = args[++i];
      request->password = args[++i];
    } else if (EqualsIgnoreCase(args[i], "keys")) {
      if (!args[3].empty()) {
        call.reply.Error("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
        return false;
      }
      request->keys.assign(args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
      break;
    } else {
      call.reply.Error("ERR syntax error");
      return false;
    }
  }
  auto db = ParseInt64(args[4]);
  auto timeout_ms = ParseInt64(args[5]);
  if (!db || !timeout_ms) {
    call.reply.Error("ERR value is not an integer or out of range");
    return false;
  }
  request->db = *db;
  if (*timeout_ms > 0) request->timeout_ms = *timeout_ms;
  return true;
}

std::vector<SlotId> SlotsOf(const std::vector<std::string_view>& keys) {
  std::vector<SlotId> slots;
  for (std::string_view key : keys) slots.push_back(SlotOfKey(key));
  SortForLocking(&slots);
  return slots;
}

// The commands for one attempt, and the keys that they carry.
struct Batch {
  std::string bytes;
  size_t head_replies = 0;  // of AUTH and SELECT
  std::vector<store::KeyRef> keys;
};

const store::Entry* Find(Call& call, const store::KeyRef& key) {
  const store::Entry* entry = call.server.store().slot(key.slot).Find(call.session.db, key);
  return entry == nullptr || entry->ExpiredAt(call.now_ms) ? nullptr : entry;
}

bool HasAnyKey(Call& call, const MigrateRequest& request) {
  return std::ranges::any_of(
      request.keys, [&](std::string_view name) { return Find(call, call.server.store().Ref(name)) != nullptr; });
}

Batch Build(Call& call, const MigrateRequest& request, bool select) {
  Batch batch;
  if (request.password) {
    std::vector<std::string_view> auth = {"AUTH"};
    if (request.user) auth.push_back(*request.user);
    auth.push_back(*request.password);
    oplog::AppendCommand(batch.bytes, std::span<const std::string_view>(auth));
    ++batch.head_replies;
  }
  std::string db = std::to_string(request.db);
  if (select) {
    std::string_view words[] = {"SELECT", db};
    oplog::AppendCommand(batch.bytes, std::span<const std::string_view>(words));
    ++batch.head_replies;
  }
  for (std::string_view name : request.keys) {
    store::KeyRef key = call.server.store().Ref(name);
    const store::Entry* entry = Find(call, key);
    if (entry == nullptr) continue;
    std::string payload;
    const commands::HandlerSettings& settings = call.server.handler_settings();
    snapshot::AppendDump(payload, snapshot::RefOf(*entry), {.version = settings.rdb_version});
    int64_t ttl_ms = entry->has_expiry() ? std::max<int64_t>(1, entry->expire_at_ms() - call.now_ms) : 0;
    std::string ttl = std::to_string(ttl_ms);
    std::vector<std::string_view> words = {call.server.cluster_enabled() ? "RESTORE-ASKING" : "RESTORE", name, ttl,
                                           payload};
    if (request.replace) words.push_back("REPLACE");
    oplog::AppendCommand(batch.bytes, std::span<const std::string_view>(words));
    batch.keys.push_back(key);
  }
  return batch;
}

// What became of one attempt.
struct Outcome {
  bool io_error = false;
  bool may_retry = false;
  std::string error;  // of the target
  std::string_view doing;
  std::vector<store::KeyRef> moved;
};

Outcome Send(MigrateConnection& connection, const Batch& batch, const MigrateRequest& request) {
  Outcome outcome;
  if (!connection.Write(batch.bytes, request.timeout_ms).ok()) {
    outcome.io_error = outcome.may_retry = true;
    outcome.doing = "writing to";
    return outcome;
  }
  for (size_t i = 0; i < batch.head_replies + batch.keys.size(); ++i) {
    auto line = connection.ReadLine(request.timeout_ms);
    if (!line) {
      outcome.io_error = true;
      outcome.may_retry = i == 0 && line.error().code() != StatusCode::kUnavailable;
      outcome.doing = "reading from";
      return outcome;
    }
    bool refused = line->starts_with('-');
    if (refused && outcome.error.empty()) outcome.error = line->substr(1);
    if (refused || i < batch.head_replies) continue;
    if (outcome.error.empty() || i >= batch.head_replies) outcome.moved.push_back(batch.keys[i - batch.head_replies]);
  }
  return outcome;
}

void DeleteMoved(Call& call, const std::vector<store::KeyRef>& moved) {
  std::vector<std::string> told = {"DEL"};
  store::Store& store = call.server.store();
  for (const store::KeyRef& key : moved) {
    store.slot(key.slot).Erase(store.context(), call.session.db, key);
    store.slot(key.slot).TouchWatchers(store.context(), call.session.db, key.bytes);
    if (store.slot(key.slot).has_waiters()) call.changes.Ready(call.session.db, key.bytes);
    call.changes.Modified(call.session.db, key.bytes);
    call.changes.Event(commands::kEventGeneric, "del", call.session.db, key.bytes);
    call.changes.Dirty();
    told.emplace_back(key.bytes);
  }
  call.changes.TellInstead(call.session.db, std::move(told));
}

}  // namespace

void OpMigrate(Call& call) {
  MigrateRequest request;
  if (!Parse(call, &request)) return;
  // A transaction holds the locks of its keys already.
  std::vector<SlotId> slots;
  if (!call.in_exec) slots = SlotsOf(request.keys);
  LockedSlots locked(call.server.store(), slots);
  call.changes.TellNothing();
  if (!HasAnyKey(call, request)) {
    call.reply.Simple("NOKEY");
    return;
  }
  Outcome outcome;
  for (int attempt = 0; attempt < 2; ++attempt) {
    bool reused = false;
    auto connection = call.worker.migrate_connections().Get(
        request.host, request.port, call.server.settings().bind_source_addr, request.timeout_ms, call.now_ms, &reused);
    if (!connection) {
      call.reply.Error("IOERR error or timeout connecting to the client");
      return;
    }
    Batch batch = Build(call, request, (*connection)->last_db != request.db);
    outcome = Send(**connection, batch, request);
    if (outcome.error.empty() && !outcome.io_error) {
      (*connection)->last_db = request.db;
      break;
    }
    call.worker.migrate_connections().Drop(request.host, request.port);
    // A kept connection may have been closed by the target in the meantime.
    if (!outcome.io_error || !reused || !outcome.may_retry || !outcome.moved.empty()) break;
  }
  if (!request.copy && !outcome.moved.empty()) DeleteMoved(call, outcome.moved);
  if (!outcome.error.empty()) {
    call.reply.Error("ERR Target instance replied with error: " + outcome.error);
  } else if (outcome.io_error) {
    call.reply.Error("IOERR error or timeout " + std::string(outcome.doing) + " target instance");
  } else {
    call.reply.Ok();
  }
}

}  // namespace dunlin::server
