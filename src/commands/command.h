// What a command is: one row with its name, arity, flags, keys and handler, from which dispatch, ACL, COMMAND and the
// fuzz seeds are derived. The rows stand at the foot of the family files.
//
// A handler is `(context)`: it reads its arguments and the store from the context and writes to two sinks, the reply
// and the change. It knows no connection and no thread. What needs a session or the whole server (MULTI, SUBSCRIBE,
// CONFIG, SHUTDOWN ...) is a ServerOp: a row without a handler that `server` carries out.
//
// Thread: constant tables; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "resp/request.h"

namespace dunlin::commands {

class Context;
using Handler = void (*)(Context&);
using resp::Args;

// What COMMAND calls flags.
enum Flag : uint32_t {
  kWrite = 1u << 0,
  kReadonly = 1u << 1,
  kDenyOom = 1u << 2,
  kAdmin = 1u << 3,
  kPubsub = 1u << 4,
  kNoscript = 1u << 5,
  kBlocking = 1u << 6,
  kLoading = 1u << 7,
  kStale = 1u << 8,
  kSkipMonitor = 1u << 9,
  kSkipSlowlog = 1u << 10,
  kAsking = 1u << 11,
  kFast = 1u << 12,
  kNoAuth = 1u << 13,
  kMayReplicate = 1u << 14,  // not shown
  kNoMandatoryKeys = 1u << 15,
  kProtected = 1u << 16,  // not shown
  kNoAsyncLoading = 1u << 17,
  kNoMulti = 1u << 18,
  kTouchesArbitraryKeys = 1u << 19,  // not shown
  kAllowBusy = 1u << 20,
  // Not shown: must run with nobody else in the store.
  kAlone = 1u << 30,
};

// ACL categories, in Redis's order. Those that follow from flags are added by Categories().
enum Category : uint32_t {
  kAclKeyspace = 1u << 0,
  kAclRead = 1u << 1,
  kAclWrite = 1u << 2,
  kAclSet = 1u << 3,
  kAclSortedSet = 1u << 4,
  kAclList = 1u << 5,
  kAclHash = 1u << 6,
  kAclString = 1u << 7,
  kAclBitmap = 1u << 8,
  kAclHyperloglog = 1u << 9,
  kAclGeo = 1u << 10,
  kAclStream = 1u << 11,
  kAclPubsub = 1u << 12,
  kAclAdmin = 1u << 13,
  kAclFast = 1u << 14,
  kAclSlow = 1u << 15,
  kAclBlocking = 1u << 16,
  kAclDangerous = 1u << 17,
  kAclConnection = 1u << 18,
  kAclTransaction = 1u << 19,
  kAclScripting = 1u << 20,
};

enum class Group : uint8_t {
  kString,
  kList,
  kHash,
  kSet,
  kSortedSet,
  kGeneric,
  kStream,
  kGeo,
  kBitmap,
  kHyperloglog,
  kPubsub,
  kTransactions,
  kScripting,
  kConnection,
  kServer,
  kCluster,
};

// What a command does with the keys of a spec.
enum KeyFlag : uint16_t {
  kKeyRO = 1u << 0,
  kKeyRW = 1u << 1,
  kKeyOW = 1u << 2,
  kKeyRM = 1u << 3,
  kKeyAccess = 1u << 4,
  kKeyUpdate = 1u << 5,
  kKeyInsert = 1u << 6,
  kKeyDelete = 1u << 7,
  kKeyNotKey = 1u << 8,
  kKeyIncomplete = 1u << 9,
  kKeyVariable = 1u << 10,
};

// Where keys stand among the arguments. The same shapes as in Redis's key specs.
struct KeySpec {
  enum class Begin : uint8_t { kNone, kIndex, kKeyword, kUnknown };
  enum class Find : uint8_t { kNone, kRange, kKeyNum, kUnknown };

  uint16_t flags = 0;
  Begin begin = Begin::kNone;
  Find find = Find::kNone;
  int16_t index = 0;  // kIndex: of the first argument; kKeyword: where the search starts (negative: from the end)
  std::string_view keyword = {};  // kKeyword
  int16_t last = 0;               // kRange: relative to the first; -1 is the last argument, -2 the one before
  int16_t step = 1;
  int16_t limit = 0;      // kRange with last -1: 2 means only the first half of what is left
  int16_t keynum = 0;     // kKeyNum: where the count stands, relative to the first
  int16_t first_key = 0;  // kKeyNum: where the keys start, relative to the first
};

// Keys from argument `first` to `last` (as in KeySpec: -1 is the last argument), every `step`.
constexpr KeySpec Keys(uint16_t flags, int16_t first, int16_t last, int16_t step) {
  KeySpec spec;
  spec.flags = flags;
  spec.begin = KeySpec::Begin::kIndex;
  spec.find = KeySpec::Find::kRange;
  spec.index = first;
  spec.last = static_cast<int16_t>(last < 0 ? last : last - first);
  spec.step = step;
  return spec;
}
constexpr KeySpec Key(uint16_t flags, int16_t at = 1) { return Keys(flags, at, at, 1); }
// A count at argument `count_at`, then that many keys.
constexpr KeySpec CountedKeys(uint16_t flags, int16_t count_at) {
  KeySpec spec;
  spec.flags = flags;
  spec.begin = KeySpec::Begin::kIndex;
  spec.find = KeySpec::Find::kKeyNum;
  spec.index = count_at;
  spec.keynum = 0;
  spec.first_key = 1;
  return spec;
}
// Keys after a keyword, from argument `from` on.
constexpr KeySpec KeysAfter(uint16_t flags, std::string_view keyword, int16_t from, int16_t last, int16_t step,
                            int16_t limit) {
  KeySpec spec;
  spec.flags = flags;
  spec.begin = KeySpec::Begin::kKeyword;
  spec.find = KeySpec::Find::kRange;
  spec.index = from;
  spec.keyword = keyword;
  spec.last = last;
  spec.step = step;
  spec.limit = limit;
  return spec;
}

// A key as found among the arguments.
struct KeyPosition {
  int index;
  uint16_t flags;
};

// For commands whose keys no spec describes fully (SORT ... STORE, MIGRATE ... KEYS). Appends to `out`; false when the
// arguments make no sense.
using KeyFinder = bool (*)(Args args, std::vector<KeyPosition>* out);

// What only the server can do. Grouped by the file that does it.
enum class ServerOp : uint16_t {
  kNone = 0,
  // connection
  kAuth,
  kHello,
  kSelect,
  kQuit,
  kReset,
  kPing,
  kEcho,
  kClient,
  // transactions
  kMulti,
  kExec,
  kDiscard,
  kWatch,
  kUnwatch,
  // pub/sub
  kSubscribe,
  kUnsubscribe,
  kPsubscribe,
  kPunsubscribe,
  kSsubscribe,
  kSunsubscribe,
  kPublish,
  kSpublish,
  kPubsub,
  // server
  kConfig,
  kInfo,
  kCommand,
  kDebug,
  kShutdown,
  kMonitor,
  kSlowlog,
  kLatency,
  kMemory,
  kModule,
  kAcl,
  kTime,
  kLolwut,
  // persistence
  kSave,
  kBgsave,
  kBgrewriteaof,
  kLastsave,
  // replication
  kReplicaof,
  kRole,
  kSync,
  kPsync,
  kReplconf,
  kWait,
  kWaitaof,
  kFailover,
  // cluster
  kCluster,
  kAsking,
  kReadonly,
  kReadwrite,
  kMigrate,
  // keyspace, all slots
  kFlushall,
  kFlushdb,
  kSwapdb,
  kDbsize,
  kKeys,
  kScan,
  kRandomkey,
  // scripting
  kEval,
  kFcall,
  kScript,
  kFunction,
};

struct CommandSpec {
  std::string_view name;  // lower case; a subcommand's own name, without its container's
  int arity = 0;          // with the name; negative: at least. Subcommands count their container too
  uint32_t flags = 0;
  uint32_t categories = 0;  // explicit ones
  Group group = Group::kGeneric;
  std::span<const KeySpec> keys = {};
  KeyFinder key_finder = nullptr;
  // What this call does to its key, where that depends on the arguments; `keys` say where it stands. REQUIRES: arity
  // fits.
  uint16_t (*key_flags)(Args args) = nullptr;
  Handler handler = nullptr;
  // Whether a call looks at keys that its arguments do not name, so that it must run with nobody else in the store.
  // Null for no.
  bool (*needs_all_slots)(Args args) = nullptr;
  ServerOp op = ServerOp::kNone;
  std::span<const CommandSpec> subcommands = {};
  std::string_view since = {};
  std::string_view summary = {};
};

// Explicit categories and those that follow from the flags.
uint32_t Categories(const CommandSpec& spec);
// The names of single flags and categories, as COMMAND INFO and ACL CAT print them.
std::span<const std::pair<Flag, std::string_view>> FlagNames();
std::span<const std::pair<Category, std::string_view>> CategoryNames();
std::string_view GroupName(Group group);

// The keys of a call. False when the arguments make no sense ("Invalid arguments specified for command").
// REQUIRES: arity fits.
bool FindKeys(const CommandSpec& spec, Args args, std::vector<KeyPosition>* out);
// True when FindKeys can find a key at all.
inline bool HasKeys(const CommandSpec& spec) { return !spec.keys.empty() || spec.key_finder != nullptr; }
// Whether a call must run with nobody else in the store.
inline bool MustRunAlone(const CommandSpec& spec, Args args) {
  return (spec.flags & kAlone) != 0 || (spec.needs_all_slots != nullptr && spec.needs_all_slots(args));
}
// Whether a call runs a script, which may touch any key and knows better than its row what it is.
inline bool RunsScript(const CommandSpec& spec) { return spec.op == ServerOp::kEval || spec.op == ServerOp::kFcall; }
inline bool ArityFits(const CommandSpec& spec, size_t count) {
  auto n = static_cast<int>(count);
  return spec.arity < 0 ? n >= -spec.arity : n == spec.arity;
}

}  // namespace dunlin::commands
