// What a command changed: how much, what replicas and the AOF must be told, and which events happened. A value that
// the executor reads after the handler has returned; nothing is sent from here.
//
// Thread: one command at a time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "store/entry.h"

namespace dunlin::commands {

// Classes of keyspace notifications, with the letters of notify-keyspace-events.
enum EventClass : uint32_t {
  kEventKeyspace = 1u << 0,   // K
  kEventKeyevent = 1u << 1,   // E
  kEventGeneric = 1u << 2,    // g
  kEventString = 1u << 3,     // $
  kEventList = 1u << 4,       // l
  kEventSet = 1u << 5,        // s
  kEventHash = 1u << 6,       // h
  kEventSortedSet = 1u << 7,  // z
  kEventExpired = 1u << 8,    // x
  kEventEvicted = 1u << 9,    // e
  kEventStream = 1u << 10,    // t
  kEventKeyMiss = 1u << 11,   // m
  kEventModule = 1u << 13,    // d
  kEventNew = 1u << 14,       // n
};

struct KeyEvent {
  EventClass event_class;
  std::string_view event;  // a literal
  DbIndex db;
  std::string key;
};

// To free less than this at once costs less than to have it done elsewhere.
inline constexpr size_t kLazyFreeEffort = 64;

// A command to be told to replicas and the AOF.
struct Told {
  DbIndex db;
  std::vector<std::string> args;
};

class Changes {
 public:
  // --- for handlers ---

  // Something changed. A command that is a write and made anything dirty is told as it came, unless one of the calls
  // below says otherwise.
  void Dirty(int64_t count = 1) { dirty_ += count; }
  // Instead of the command as it came, tell this one. May be called several times; they are told in that order.
  void TellInstead(DbIndex db, std::vector<std::string> args) {
    verbatim_ = false;
    told_.push_back({db, std::move(args)});
  }
  // When the command is told as it came, tell this in the place of one of its arguments: what "*" came to, and the
  // like.
  void TellArgument(size_t index, std::string text) { replaced_.push_back({index, std::move(text)}); }
  // Before the command itself, tell this one (a key that expired on access).
  void TellBefore(DbIndex db, std::vector<std::string> args) { before_.push_back({db, std::move(args)}); }
  // After the handler: tell nothing of what it wanted told, but keys that had expired are gone for everybody.
  void TellOnlyBefore() {
    verbatim_ = false;
    told_.clear();
  }
  // Tell nothing about the command.
  void TellNothing() { verbatim_ = false; }
  // Tell the command as it came though nothing became dirty (PUBLISH and the like).
  void TellAnyway() { anyway_ = true; }
  bool Wants(EventClass event_class) const { return (interest_ & event_class) != 0; }
  // `event` must be a literal.
  void Event(EventClass event_class, std::string_view event, DbIndex db, std::string_view key) {
    if (interest_ & event_class) events_.push_back({event_class, event, db, std::string(key)});
  }
  // A key whose value changed, for clients that cache it.
  void Modified(DbIndex db, std::string_view key) {
    if (collect_modified_) modified_.push_back({db, std::string(key)});
  }
  // A key that somebody waits for has got something, or has gone. Those who wait are served after the command.
  void Ready(DbIndex db, std::string_view key) {
    if (collect_ready_) ready_.push_back({db, std::string(key)});
  }

  // On a replica, a key of its own was given a time to live.
  void OwnExpiry(DbIndex db, std::string_view key) { own_expiries_.push_back({db, std::string(key)}); }

  // A line for the server's log: something that only its operator can do something about.
  void Note(std::string text) { notes_.push_back(std::move(text)); }

  // The entry is freed by and by, by somebody who keeps nobody waiting.
  void FreeLater(store::OwnedEntry entry) { to_free_.push_back(std::move(entry)); }

  // --- for the executor ---

  // Which event classes anybody listens to (0: none), and whether modified keys are wanted.
  void Begin(uint32_t interest, bool collect_modified, bool collect_ready) {
    interest_ = interest;
    collect_modified_ = collect_modified;
    collect_ready_ = collect_ready;
    dirty_ = 0;
    verbatim_ = true;
    anyway_ = false;
    if (!told_.empty()) told_.clear();
    if (!before_.empty()) before_.clear();
    if (!replaced_.empty()) replaced_.clear();
    if (!events_.empty()) events_.clear();
    if (!modified_.empty()) modified_.clear();
    if (!ready_.empty()) ready_.clear();
    if (!own_expiries_.empty()) own_expiries_.clear();
    if (!notes_.empty()) notes_.clear();
    if (!to_free_.empty()) to_free_.clear();
  }
  struct Key {
    DbIndex db;
    std::string key;
  };
  int64_t dirty() const { return dirty_; }
  bool verbatim() const { return verbatim_ && (dirty_ > 0 || anyway_); }
  const std::vector<Told>& told() const { return told_; }
  const std::vector<Told>& before() const { return before_; }
  struct Argument {
    size_t index;
    std::string text;
  };
  const std::vector<Argument>& replaced() const { return replaced_; }
  const std::vector<KeyEvent>& events() const { return events_; }
  const std::vector<Key>& modified() const { return modified_; }
  const std::vector<Key>& ready() const { return ready_; }
  std::vector<store::OwnedEntry> TakeToFree() { return std::exchange(to_free_, {}); }
  std::vector<Key> TakeReady() { return std::exchange(ready_, {}); }
  std::vector<Key> TakeOwnExpiries() { return std::exchange(own_expiries_, {}); }
  const std::vector<std::string>& notes() const { return notes_; }
  bool quiet() const {
    return before_.empty() && told_.empty() && events_.empty() && modified_.empty() && ready_.empty() &&
           own_expiries_.empty() && notes_.empty() && to_free_.empty();
  }

 private:
  uint32_t interest_ = 0;
  bool collect_modified_ = false;
  bool collect_ready_ = false;
  bool verbatim_ = true;
  bool anyway_ = false;
  int64_t dirty_ = 0;
  std::vector<Told> told_;
  std::vector<Told> before_;
  std::vector<Argument> replaced_;
  std::vector<KeyEvent> events_;
  std::vector<Key> modified_;
  std::vector<Key> ready_;
  std::vector<Key> own_expiries_;
  std::vector<std::string> notes_;
  std::vector<store::OwnedEntry> to_free_;
};

}  // namespace dunlin::commands
