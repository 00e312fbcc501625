// All that a handler sees: its arguments, the store through the eyes of one client's database, and its two sinks.
//
// Keys are looked up here and nowhere else, because here an expired key stops being there: on a primary it is deleted
// and that is told; on a replica it is only hidden, until the primary tells it.
//
// Thread: the thread that runs the command, under the locks of all slots whose keys it names, or alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "commands/changes.h"
#include "commands/command.h"
#include "resp/writer.h"
#include "store/store.h"
#include "values/encoding_limits.h"

namespace dunlin::commands {

// How keys that are past their time are treated.
enum class ExpiryRule : uint8_t {
  kDelete,  // a primary
  kHide,    // a replica serving its clients
  kIgnore,  // a replica following its primary, or a log being replayed: the other side decides
};

// How access bits are kept.
enum class AccessRule : uint8_t { kNone, kClock, kFrequency };

// Settings that handlers depend on; the same for all commands between two changes of the configuration.
struct HandlerSettings {
  values::EncodingLimits encoding;
  int64_t max_bulk_bytes = 512ll * 1024 * 1024;
  AccessRule access = AccessRule::kClock;
  int lfu_log_factor = 10;
  int lfu_decay_minutes = 1;
  bool lazy_expire = false;  // tell UNLINK rather than DEL
  bool lazy_user_delete = false;
  bool lazy_server_delete = false;
  bool lru_policy = false;  // maxmemory-policy is one of the LRU kind
  bool lfu_policy = false;
  // Small integers are one object for all keys: not when each key has its own access bits to be evicted by.
  bool shares_integers = true;
  int rdb_version = 10;         // of DUMP payloads
  bool skip_checksums = false;  // RESTORE believes the payload; a test aid
};

// Counted by handlers, read by INFO.
struct HandlerStats {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t expired = 0;
};

// What a handler that found nothing waits for. The executor carries it out: it runs the command again, with the same
// arguments, each time that one of the keys has got something.
struct WaitFor {
  values::Type type;  // what the keys must hold to be worth looking at
  size_t first_key;   // the keys are arguments
  size_t key_count;
  int64_t deadline_ms;     // 0: for ever
  bool when_gone = false;  // look also when a key goes, or holds something else
  // Run these instead of the arguments as they came; empty: as they came.
  std::vector<std::string> args = {};
};

// Keys of the call that somebody has found and hashed already, in the order of the arguments. Two spans of one length.
struct KnownKeys {
  std::span<const KeyPosition> positions = {};
  std::span<const store::KeyRef> refs = {};
};

class Context {
 public:
  // Filled by the executor. All references outlive the call.
  struct Frame {
    store::Store& store;
    const HandlerSettings& settings;
    HandlerStats& stats;
    Random& random;
    Changes& changes;
    DbIndex db;
    int64_t now_ms = 0;
    ExpiryRule expiry = ExpiryRule::kDelete;
    bool touch = true;          // CLIENT NO-TOUCH turns it off
    bool from_primary = false;  // replication stream or AOF: arguments were accepted elsewhere
    bool own_expiry = false;    // a replica's own client: our primary will not tell when its keys are to go
    bool in_transaction = false;
    bool deny_blocking = false;
    bool in_script = false;
    bool reads_any_key = true;  // false: the user may not read all keys that there are
    bool cluster_enabled = false;
  };

  // What `known` refers to outlives the call.
  Context(const Frame& frame, const CommandSpec& spec, Args args, resp::ReplyWriter& reply, KnownKeys known = {})
      : frame_(frame), spec_(spec), args_(args), reply_(reply), known_(known) {}

  const CommandSpec& spec() const { return spec_; }
  Args args() const { return args_; }
  std::string_view arg(size_t i) const { return args_[i]; }
  size_t arg_count() const { return args_.size(); }
  resp::ReplyWriter& reply() { return reply_; }
  Changes& changes() { return frame_.changes; }
  store::Store& store() { return frame_.store; }
  const store::SlotContext& slot_context() const { return frame_.store.context(); }
  const HandlerSettings& settings() const { return frame_.settings; }
  HandlerStats& stats() { return frame_.stats; }
  Random& random() { return frame_.random; }
  DbIndex db() const { return frame_.db; }
  int64_t now_ms() const { return frame_.now_ms; }
  const Frame& frame() const { return frame_; }

  // --- keys ---

  // The key at argument i; its hash is computed once a call. Good until the next call of Key().
  const store::KeyRef& Key(size_t i) {
    if (key_index_ != i) FindKey(i);
    return key_;
  }
  store::KeyRef Ref(std::string_view key) const { return frame_.store.Ref(key); }
  store::Slot& SlotOf(const store::KeyRef& key) { return frame_.store.slot(key.slot); }

  // The entry for reading: counts a hit or a miss, and notes the access.
  const store::Entry* Read(const store::KeyRef& key);
  // The same without counting and without noting the access.
  const store::Entry* Peek(const store::KeyRef& key);
  // The entry for changing its value in place.
  store::Entry* Write(const store::KeyRef& key);
  // The same in another database.
  const store::Entry* PeekIn(DbIndex db, const store::KeyRef& key);

  // The collection at the key when it has that type; otherwise nothing, with `wrong_type` saying why. T's type is
  // store::kTypeOf<T>.
  template <typename T>
  const T* ReadAs(const store::KeyRef& key, bool* wrong_type);
  template <typename T>
  T* WriteAs(const store::KeyRef& key, bool* wrong_type);
  // The same, and an empty T is put there when the key is absent. The caller adds to it.
  template <typename T>
  T* WriteOrCreate(const store::KeyRef& key, bool* wrong_type);

  // Sets the key to a string: as an integer when it is the canonical spelling of one. Tells nobody.
  void PutString(const store::KeyRef& key, std::string_view value, int64_t expire_at_ms);
  void PutValue(const store::KeyRef& key, values::Value value, int64_t expire_at_ms);
  // True when there was such a key. Tells nobody. `lazily`: a large value may be freed later.
  bool Delete(const store::KeyRef& key, bool lazily = false);
  void SetExpiry(const store::KeyRef& key, int64_t expire_at_ms);
  // A key of any database was given this time to live by the slot itself.
  void NoteExpiry(DbIndex db, const store::KeyRef& key, int64_t expire_at_ms) {
    if (frame_.own_expiry && expire_at_ms != store::kNoExpiry) [[unlikely]]
      frame_.changes.OwnExpiry(db, key.bytes);
  }

  // The key changed: wakes watchers and caches, sends the event, counts one dirty. `event` is a literal.
  void Changed(const store::KeyRef& key, EventClass event_class, std::string_view event, int64_t dirty = 1);
  // Parts of it.
  void Touch(const store::KeyRef& key) { TouchIn(db(), key); }
  // The same for a key of another database.
  void TouchIn(DbIndex db, const store::KeyRef& key);
  void Event(EventClass event_class, std::string_view event, const store::KeyRef& key) {
    frame_.changes.Event(event_class, event, frame_.db, key.bytes);
  }

  // --- arguments ---

  // The integer at argument i; otherwise replies "ERR value is not an integer or out of range".
  std::optional<int64_t> IntegerArg(size_t i);
  // The same within a range; otherwise replies Redis's words for it.
  std::optional<int64_t> IntegerArg(size_t i, int64_t low, int64_t high);
  // The same; otherwise replies `error`.
  std::optional<int64_t> IntegerArg(size_t i, int64_t low, int64_t high, std::string_view error);
  // A double; otherwise replies "ERR value is not a valid float".
  std::optional<double> DoubleArg(size_t i);

  // --- waiting ---

  // False where a handler must answer at once: in transactions and scripts.
  bool may_wait() const { return !frame_.deny_blocking; }
  // Nothing is replied now; see WaitFor. REQUIRES: may_wait(), and that the handler does nothing more.
  void Wait(WaitFor wait) { wait_ = std::move(wait); }
  std::optional<WaitFor> TakeWait() { return std::move(wait_); }

  // --- replies every family needs ---

  void WrongType();
  void SyntaxError();
  void NoSuchKey();
  // "ERR wrong number of arguments for '<full command name>' command".
  void WrongArity();

 private:
  void FindKey(size_t i);
  void PrefetchAhead();
  bool Expired(const store::KeyRef& key, const store::Entry* entry);
  void Expire(DbIndex db, const store::KeyRef& key);
  bool Remove(DbIndex db, const store::KeyRef& key, bool lazily);
  void NoteAccess(store::Entry* entry);
  void NoteReady(DbIndex db, const store::KeyRef& key);
  store::Entry* Live(const store::KeyRef& key);
  // The key's entry, to be changed in place.
  store::Entry* Own(const store::KeyRef& key, store::Entry* entry) {
    store::Slot& slot = SlotOf(key);
    return slot.pending_snapshot() ? slot.FindForWrite(slot_context(), db(), key) : entry;
  }

  const Frame frame_;
  const CommandSpec& spec_;
  Args args_;
  resp::ReplyWriter& reply_;
  store::KeyRef key_;
  size_t key_index_ = 0;
  KnownKeys known_;
  size_t next_known_ = 0;
  std::optional<WaitFor> wait_;
};

template <typename T>
const T* Context::ReadAs(const store::KeyRef& key, bool* wrong_type) {
  const store::Entry* entry = Read(key);
  *wrong_type = entry != nullptr && entry->type() != store::kTypeOf<T>;
  return entry == nullptr || *wrong_type ? nullptr : &entry->As<T>();
}

template <typename T>
T* Context::WriteAs(const store::KeyRef& key, bool* wrong_type) {
  store::Entry* entry = Live(key);
  *wrong_type = entry != nullptr && entry->type() != store::kTypeOf<T>;
  if (entry == nullptr || *wrong_type) return nullptr;
  entry = Own(key, entry);
  NoteAccess(entry);
  return &entry->As<T>();
}

template <typename T>
T* Context::WriteOrCreate(const store::KeyRef& key, bool* wrong_type) {
  if (T* present = WriteAs<T>(key, wrong_type)) return present;
  if (*wrong_type) return nullptr;
  store::Entry* entry = SlotOf(key).PutValue(slot_context(), db(), key, values::Value(T()), store::kNoExpiry);
  NoteAccess(entry);
  Event(kEventNew, "new", key);
  return &entry->As<T>();
}

}  // namespace dunlin::commands
