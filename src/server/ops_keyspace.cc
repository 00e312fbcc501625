// What concerns the keys of all slots. The walks take one slot's lock at a time.
#include "base/ascii.h"
#include "base/glob.h"
#include "base/numbers.h"
#include "server/config.h"
#include "server/expiry.h"
#include "server/ops.h"
#include "server/persistence_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using ScanTable = PointerTable<store::Entry>;

constexpr int kScanDefaultCount = 10;

// A slot with as many keys or fewer is never left halfway by SCAN.
constexpr uint32_t kScanWhole = 64;

// A cursor of SCAN: the slot in the lower 14 bits, the position within its table above them. So a cursor between two
// slots is a small number: there are clients that keep it in an int.
constexpr int kSlotBits = 14;
uint64_t CursorOf(int slot, uint64_t position) { return position << kSlotBits | static_cast<uint64_t>(slot); }

// Runs fn(slot, id) under the slot's lock. Alone (in a transaction) the lock is free anyway.
template <typename Fn>
void InSlot(Call& call, int id, Fn&& fn) {
  store::Slot& slot = call.server.store().slot(SlotId(static_cast<uint16_t>(id)));
  slot.lock().Lock();
  fn(slot);
  slot.lock().Unlock();
}

// The only slot that keys of this pattern can be in, when the pattern has a hash tag without wildcards.
std::optional<SlotId> SlotOfPattern(std::string_view pattern) {
  size_t open = pattern.find_first_of("{*?[\\");
  if (open == std::string_view::npos || pattern[open] != '{') return std::nullopt;
  size_t close = pattern.find('}', open);
  if (close == std::string_view::npos || close == open + 1) return std::nullopt;
  std::string_view tag = pattern.substr(open + 1, close - open - 1);
  if (tag.find_first_of("*?[\\") != std::string_view::npos) return std::nullopt;
  return SlotOfKey(tag);
}

// Expired keys are not shown, whether or not they go.
bool Shown(const store::Entry* entry, int64_t now_ms) { return !entry->ExpiredAt(now_ms); }

struct ScanOptions {
  std::string_view pattern;
  bool match = false;
  int64_t count = kScanDefaultCount;
  std::optional<std::string> type;
};

bool ParseScan(Call& call, ScanOptions* o) {
  for (size_t i = 2; i < call.args.size(); ++i) {
    bool has_value = i + 1 < call.args.size();
    if (EqualsIgnoreCase(call.args[i], "match") && has_value) {
      o->pattern = call.args[++i];
      o->match = o->pattern != "*";
    } else if (EqualsIgnoreCase(call.args[i], "count") && has_value) {
      auto count = ParseInt64(call.args[++i]);
      if (!count) {
        call.reply.Error("ERR value is not an integer or out of range");
        return false;
      }
      if (*count < 1) {
        call.reply.Error("ERR syntax error");
        return false;
      }
      o->count = *count;
    } else if (EqualsIgnoreCase(call.args[i], "type") && has_value) {
      o->type = AsciiLowered(call.args[++i]);
    } else {
      call.reply.Error("ERR syntax error");
      return false;
    }
  }
  return true;
}

// False when an error was replied. `lazily`: the memory may be freed by and by.
bool ParseFlush(Call& call, bool* lazily) {
  *lazily = call.server.settings().lazyfree_lazy_user_flush;
  if (call.args.size() == 1) return true;
  if (call.args.size() == 2 && EqualsIgnoreCase(call.args[1], "async")) {
    *lazily = true;
  } else if (call.args.size() == 2 && EqualsIgnoreCase(call.args[1], "sync")) {
    *lazily = false;
  } else {
    call.reply.Error("ERR syntax error");
    return false;
  }
  return true;
}

std::optional<DbIndex> DatabaseArg(Call& call, size_t i, std::string_view not_a_number) {
  auto number = ParseInt64(call.args[i]);
  if (!number) {
    call.reply.Error(not_a_number);
    return std::nullopt;
  }
  if (*number < 0 || *number >= call.server.store().database_count()) {
    call.reply.Error("ERR DB index is out of range");
    return std::nullopt;
  }
  return DbIndex(static_cast<uint16_t>(*number));
}

}  // namespace

void OpDbsize(Call& call) { call.reply.Integer(static_cast<int64_t>(call.server.store().KeyCount(call.session.db))); }

void OpKeys(Call& call) {
  std::string_view pattern = call.args[1];
  bool all = pattern == "*";
  std::optional<SlotId> only = SlotOfPattern(pattern);
  int first = only ? only->value : 0;
  int last = only ? only->value : kSlotCount - 1;
  size_t count = 0;
  auto mark = call.reply.BeginDeferred();
  for (int id = first; id <= last; ++id) {
    InSlot(call, id, [&](store::Slot& slot) {
      slot.ForEach(call.session.db, [&](const store::Entry* entry) {
        if (!Shown(entry, call.now_ms) || (!all && !GlobMatch(pattern, entry->key()))) return;
        call.reply.Bulk(entry->key());
        ++count;
      });
    });
  }
  call.reply.EndArray(mark, count);
}

void OpScan(Call& call) {
  auto cursor = ParseUint64(call.args[1]);
  if (!cursor) {
    call.reply.Error("ERR invalid cursor");
    return;
  }
  ScanOptions o;
  if (!ParseScan(call, &o)) return;
  auto id = static_cast<int>(*cursor % kSlotCount);
  uint64_t position = *cursor >> kSlotBits;
  std::vector<std::string> found;
  int64_t visited = 0;
  bool deletes = DeletesExpired(call);
  std::vector<std::string> expired;
  bool halfway = false;
  while (id < kSlotCount && (visited < o.count || halfway)) {
    InSlot(call, id, [&](store::Slot& slot) {
      halfway = slot.key_count(call.session.db) <= kScanWhole;
      position = slot.Scan(call.session.db, position, [&](const store::Entry* entry) {
        ++visited;
        if (o.match && !GlobMatch(o.pattern, entry->key())) return;
        if (!Shown(entry, call.now_ms)) {
          if (deletes) expired.emplace_back(entry->key());
        } else if (!o.type || values::TypeName(entry->type()) == *o.type) {
          found.emplace_back(entry->key());
        }
      });
      DeleteExpired(call, slot, expired);
      expired.clear();
    });
    if (position < ScanTable::kScanEnd) continue;
    halfway = false;
    position = 0;
    ++id;
  }
  call.reply.Array(2);
  call.reply.Bulk(std::to_string(id == kSlotCount ? 0 : CursorOf(id, position)));
  call.reply.Array(found.size());
  for (const std::string& key : found) call.reply.Bulk(key);
}

namespace {

// A key that nothing but chance has chosen.
struct Drawn {
  std::string key;
  bool expired = false;
  bool deleted = false;
};

// Nothing when the database is empty, or became so meanwhile.
std::optional<Drawn> DrawKey(Call& call) {
  uint64_t total = call.server.store().KeyCount(call.session.db);
  if (total == 0) return std::nullopt;
  Random& random = call.worker.executor().random();
  uint64_t want = random.Below(total);
  std::optional<Drawn> drawn;
  for (int id = 0; id < kSlotCount && !drawn; ++id) {
    InSlot(call, id, [&](store::Slot& slot) {
      uint32_t here = slot.key_count(call.session.db);
      if (here <= want) {
        want -= here;
        return;
      }
      const store::Entry* entry = slot.TableIfAny(call.session.db)->entries.RandomItem(random);
      drawn = Drawn{std::string(entry->key()), !Shown(entry, call.now_ms)};
      if (!drawn->expired || !DeletesExpired(call)) return;
      DeleteExpired(call, slot, {drawn->key});
      drawn->deleted = true;
    });
  }
  return drawn;
}

}  // namespace

void OpRandomkey(Call& call) {
  // Where expired keys stay, there may be nothing else.
  constexpr int kTries = 100;
  for (int tries = 1;; ++tries) {
    std::optional<Drawn> drawn = DrawKey(call);
    if (!drawn) return call.reply.Null();
    if (!drawn->expired || (!drawn->deleted && tries >= kTries)) return call.reply.Bulk(drawn->key);
  }
}

namespace {

// A key that somebody waits for, and the type of what it holds; nothing when it holds nothing.
struct WaitedKey {
  DbIndex db;
  WaitingLines::Line line;
  std::optional<values::Type> type;
};

std::vector<WaitedKey> WaitedKeys(Call& call, DbIndex db) {
  std::vector<WaitedKey> waited;
  store::Store& store = call.server.store();
  for (WaitingLines::Line& line : call.server.waiting_lines().LinesOf(db)) {
    store::KeyRef key = store.Ref(line.key);
    const store::Entry* entry = store.slot(key.slot).Find(db, key);
    bool there = entry != nullptr && Shown(entry, call.now_ms);
    waited.push_back({db, std::move(line), there ? std::optional(entry->type()) : std::nullopt});
  }
  return waited;
}

// Before the keys of a database go: those who wait for that will be served.
void NoteAllGone(Call& call, DbIndex db) {
  for (const WaitedKey& waited : WaitedKeys(call, db)) {
    if (waited.line.when_gone && waited.type) call.changes.Ready(db, waited.line.key);
  }
}

// After two databases have changed places. `before` are the same lines as `after`.
void NoteSwapped(Call& call, const std::vector<WaitedKey>& before, const std::vector<WaitedKey>& after) {
  for (size_t i = 0; i < after.size(); ++i) {
    bool gone = after[i].line.when_gone && before[i].type && before[i].type != after[i].type;
    if (after[i].type || gone) call.changes.Ready(after[i].db, after[i].line.key);
  }
}

}  // namespace

// Alone.
void OpFlushdb(Call& call) {
  bool lazily;
  if (!ParseFlush(call, &lazily)) return;
  NoteAllGone(call, call.session.db);
  call.changes.Dirty(static_cast<int64_t>(call.server.FlushDatabase(call.session.db.value, lazily)));
  call.changes.TellAnyway();
  call.reply.Ok();
}

// Alone.
void OpFlushall(Call& call) {
  bool lazily;
  if (!ParseFlush(call, &lazily)) return;
  for (int i = 0; i < call.server.store().database_count(); ++i) NoteAllGone(call, DbIndex(static_cast<uint16_t>(i)));
  call.worker.stats().dirty.Add(call.server.FlushDatabase(-1, lazily));
  // After a crash the data shall not be back. A failure is in the log; the keys are gone all the same.
  if (!call.server.settings().save.empty() && !call.server.node_facts().loading) {
    (void)call.server.persistence().SaveAlone();
  }
  call.changes.TellAnyway();
  call.reply.Ok();
}

// Alone.
void OpSwapdb(Call& call) {
  if (call.server.cluster_enabled()) {
    call.reply.Error("ERR SWAPDB is not allowed in cluster mode");
    return;
  }
  auto a = DatabaseArg(call, 1, "ERR invalid first DB index");
  if (!a) return;
  auto b = DatabaseArg(call, 2, "ERR invalid second DB index");
  if (!b) return;
  if (*a != *b) {
    std::vector<WaitedKey> before[] = {WaitedKeys(call, *a), WaitedKeys(call, *b)};
    call.server.SwapDatabases(*a, *b);
    NoteSwapped(call, before[0], WaitedKeys(call, *a));
    NoteSwapped(call, before[1], WaitedKeys(call, *b));
  }
  call.changes.Dirty();
  call.reply.Ok();
}

}  // namespace dunlin::server
