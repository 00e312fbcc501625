// The directives, one row each: everything that is true of a directive stands in its row, and CONFIG GET, SET and
// REWRITE, the reading of files and command lines, docs/configuration.md and the tests derive from it.
//
// A row has no default: the default is what a fresh Settings holds in the row's field.
//
// Where names, limits, words and texts come from: Redis 7.2 (reference page on configuration); `rdb-version` is ours.
//
// Thread: constant data and pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "server/config_files.h"
#include "server/settings.h"

namespace dunlin::server {

enum DirectiveFlag : uint32_t {
  kImmutable = 1u << 0,    // only before the start
  kSensitive = 1u << 1,    // the value must not be shown in logs, SLOWLOG and MONITOR
  kDebug = 1u << 2,        // part of a crash report
  kMultiArg = 1u << 3,     // takes several words
  kHidden = 1u << 4,       // CONFIG GET shows it only by its exact name
  kProtected = 1u << 5,    // CONFIG SET needs enable-protected-configs
  kDenyLoading = 1u << 6,  // CONFIG SET refuses it while data is loaded
  kVolatile = 1u << 7,     // takes effect anew even when the value is the same (files whose content may have changed)
  kInert = 1u << 8,        // accepted, kept and shown, without effect
};

// What the server has to do after CONFIG SET besides publishing the new settings. None for what is read where it is
// used.
enum class Effect : uint8_t {
  kNone = 0,
  kPort,        // failure text: "Unable to listen on this port. Check server logs."
  kBind,        // failure text: "Failed to bind to specified addresses."
  kMaxclients,  // open files, the loops' sets
  kMaxmemory,   // warn when below what is used; evict
  kMaxmemoryClients,
  kLogLevel,
  kCrashLog,
  kHz,
  kLocaleCollate,  // "Invalid locale name" is found before
  kOomScoreAdj,    // failure text: "Failed to set current oom_score_adj. Check server logs."
  kAppendOnly,     // failure text: "Unable to turn on AOF. Check server logs."
  kAppendFsync,    // wait for a running fsync when it becomes "always"
  kAofAutoGc,
  kReplBacklogSize,
  kGoodReplicas,  // count the good replicas anew
  kRequirePass,   // the default user's password
  kClusterFlags,
  kClusterAnnouncedPort,
  kClusterIp,
  kClusterHostname,
  kClusterHumanNodename,
};

// A field of Settings, or of its InertSettings.
template <typename T>
struct Field {
  const T& (*get)(const Settings&);
  T& (*edit)(Settings&);
};

// An enumeration or flags, seen as a number.
struct NumberedField {
  int (*get)(const Settings&);
  void (*set)(Settings&, int);
};

// What a check may look at besides the new value.
struct CheckContext {
  const Settings& current;
  bool at_start;  // reading files and command line, not CONFIG SET
};

struct BoolKind {
  Field<bool> field;
  Status (*check)(bool value, const CheckContext&) = nullptr;
};

enum class NumberForm : uint8_t {
  kInteger,
  kMemory,           // "10mb"
  kMemoryOrPercent,  // "10mb" or "5%", which is kept as -5
  kOctal,
};

struct NumberKind {
  Field<int64_t> field;
  int64_t lowest;
  int64_t highest;
  NumberForm form = NumberForm::kInteger;
  Status (*check)(int64_t value, const CheckContext&) = nullptr;
};

// What the empty text means.
enum class EmptyText : uint8_t {
  kValue,  // a value like others: REWRITE writes it
  kUnset,  // no value: REWRITE removes the line
};

struct TextKind {
  Field<std::string> field;
  EmptyText empty;
  Status (*check)(const std::string& value, const CheckContext&) = nullptr;
  bool binary = false;  // may hold any byte; other texts go to the system and must not hold NUL
};

struct EnumWord {
  std::string_view word;
  int value;
};

struct EnumKind {
  NumberedField field;
  std::span<const EnumWord> words;
  // Several words may stand together; their values are bits.
  bool flags = false;
  Status (*check)(int value, const CheckContext&) = nullptr;
};

// What a special directive may use while it is set.
struct SetContext {
  ConfigFiles& files;
  bool at_start = false;
  bool save_seen = false;             // the first `save` of a start replaces the defaults, further ones add
  std::vector<std::string> warnings;  // for the log
};

// A line of CONFIG REWRITE, without the name. It is written when it is forced or when the file had such a line.
struct RewriteLine {
  std::string value;
  bool force;
};

// A directive with a form of its own.
struct SpecialKind {
  // Leaves the settings alone when it fails.
  Status (*set)(Settings& settings, std::span<const std::string> words, SetContext& context);
  std::string (*show)(const Settings& settings);
  // No line: what the file had is removed.
  std::vector<RewriteLine> (*rewrite)(const Settings& settings, const Settings& defaults);
};

using DirectiveKind = std::variant<BoolKind, NumberKind, TextKind, EnumKind, SpecialKind>;

struct Directive {
  std::string_view name;
  std::string_view alias;  // the older name; empty = none
  uint32_t flags;
  DirectiveKind kind;
  Effect effect = Effect::kNone;
  std::string_view why_inert = "";

  bool has(DirectiveFlag flag) const { return (flags & flag) != 0; }
};

// All of them, grouped by subject.
std::span<const Directive> Directives();

// Sets the field from the words behind the directive's name. The message of a failure is Redis's reason alone. After a
// failure the settings are as they were.
Status SetDirective(const Directive& directive, Settings& settings, std::span<const std::string> words,
                    SetContext& context);

// The value as CONFIG GET prints it.
std::string ShowDirective(const Directive& directive, const Settings& settings);

// What CONFIG REWRITE writes of it.
std::vector<RewriteLine> RewriteDirective(const Directive& directive, const Settings& settings,
                                          const Settings& defaults);

}  // namespace dunlin::server
