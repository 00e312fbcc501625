// The configuration: reads files, standard input and the command line at the start, answers CONFIG GET, carries out
// CONFIG SET all or nothing, and rewrites the file it came from. Behaviour and texts are those of Redis 7.2; where we
// differ, docs/configuration.md says so.
//
// What a directive is stands in server/config_table.h; the values are a plain Settings.
//
// The way of a start: ParseCommandLine(argv) -> Load() -> TakeNotes() into the log. The way of CONFIG SET: Set() ->
// carry out the change's effects -> hand out Snapshot(), or, when an effect fails, Undo() and answer SetFailure().
//
// Thread: main before the threads start, then the control thread; values change only while it is alone in the gate, and
// are read inside the gate or on the control thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "server/config_files.h"
#include "server/config_table.h"
#include "server/log.h"
#include "server/settings.h"

namespace dunlin::server {

// The version of Redis whose behaviour is reported to clients.
inline constexpr std::string_view kCompatibleRedisVersion = "7.2.4";

// A command line, split into its parts. --version, --help and the like are none of its business.
struct CommandLine {
  std::string config_file;  // as given; empty = none
  bool from_standard_input = false;
  std::string options;  // the --name value pairs as lines of a configuration file
};

// [config-file] [-] [--name value ...] [-]. Redis's rules: "--name value", "--name" and its value in one word, a single
// value may begin with "--", "--save" without a value is --save "". Nothing is refused here: what makes no sense
// becomes a line that Load() refuses.
CommandLine ParseCommandLine(std::span<const std::string> arguments);

// A line for the log that could not be written yet.
struct ConfigNote {
  LogLevel level;
  std::string text;
};

// Who asks for CONFIG SET, and when.
struct SetCaller {
  bool is_local = false;    // over loopback or a unix socket
  bool is_loading = false;  // data is being loaded
  bool in_transaction = false;
};

// What CONFIG SET changed.
struct ConfigChange {
  struct ToDo {
    Effect effect;
    std::string_view directive;  // by the name that was used; for SetFailure()
  };
  std::vector<ToDo> effects;              // in the order of the request, each effect once
  std::vector<std::string_view> changed;  // directives, by their first name, that have another value now
  Settings before;
};

class Config {
 public:
  // Questions to rooms that know more. Each may be absent: then everything is accepted.
  struct Checks {
    // For rename-command.
    std::function<bool(std::string_view name)> command_exists;
    // For `user`: the name and the rules. A failure names the rule by its index in `words`.
    struct UserError {
      size_t word;
      std::string reason;
    };
    std::function<std::optional<UserError>(std::span<const std::string> words)> check_user;
  };

  // `files` must outlive the configuration. `cpu_count`: the CPUs that the process may use.
  Config(ConfigFiles& files, int cpu_count, Checks checks = {});

  // --- the start ---

  // Reads the file, then standard input, then the options; the last word counts. REQUIRES: called once, first.
  //
  // The message of a failure is what belongs on standard error, in one or several lines, without the last line end:
  // "*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***" and what follows (kInvalidArgument), or "Fatal error, can't open
  // config file ..." (kIoError, kNotFound). The configuration is of no use afterwards.
  Status Load(const CommandLine& command_line);
  // What should be logged about the start; once.
  std::vector<ConfigNote> TakeNotes() { return std::exchange(notes_, {}); }

  // --- the values ---

  const Settings& settings() const { return settings_; }
  std::shared_ptr<const Settings> Snapshot() const { return std::make_shared<const Settings>(settings_); }
  // Absolute; empty when the server was started without a file.
  const std::string& config_file() const { return config_file_; }

  // --- CONFIG ---

  // Names and values, sorted by name, none twice. A word without '*', '?' and '[' is a name and answered as it was
  // spelled; others are patterns. Hidden directives answer to their name only.
  std::vector<std::pair<std::string, std::string>> Get(std::span<const std::string_view> patterns) const;

  // All of the pairs or none. The message of a failure is the whole error reply, code word first.
  Result<ConfigChange> Set(std::span<const std::pair<std::string, std::string>> pairs, SetCaller caller);
  // Takes a change back; the effects have to be carried out again. REQUIRES: nothing was set in between.
  void Undo(const ConfigChange& change);
  // The error reply when an effect could not be carried out.
  static std::string SetFailure(std::string_view directive, std::string_view reason);

  // What the server's own life changes: REPLICAOF and failovers. An empty host = primary.
  void SetReplicaOf(std::string host, int64_t port);
  // What the system allows of it, at the start.
  void SetMaxclients(int64_t count) { settings_.maxclients = count; }

  // The users as `user` lines have them, each without the word "user" and without line breaks; nullopt leaves the lines
  // of the file as they are.
  using UserLines = std::optional<std::span<const std::string>>;

  // Writes the values into the configuration file, keeping its comments and order. User lines are taken away when an
  // aclfile is set. With `everything`, defaults are written too. The message of a failure is the whole error reply.
  Status Rewrite(UserLines users, bool everything = false);
  // The new text of a file that has `old` now. Pure.
  std::string RewriteText(std::string_view old, UserLines users, bool everything = false) const;

  // --- questions ---

  // Whether the value behind this name must not be shown in logs, SLOWLOG and MONITOR.
  bool IsSensitive(std::string_view name) const;
  // Whether a client may do what `action` guards.
  static bool Allows(ProtectedAction action, bool is_local);

 private:
  // A name that finds a row: the row's own or its alias.
  struct Name {
    std::string_view name;
    const Directive* directive;
    bool is_alias;
  };
  class Loader;
  class Rewriter;

  static std::vector<Name> SortedNames();
  const Name* Find(std::string_view name) const;
  Status CheckSettable(std::span<const std::pair<std::string, std::string>> pairs, SetCaller caller,
                       std::vector<const Name*>* found) const;
  void Settle();
  void AddOldLine(std::string_view raw, Rewriter& rewriter) const;

  ConfigFiles& files_;
  const int cpu_count_;
  const Checks checks_;
  const std::vector<Name> names_;  // sorted
  Settings defaults_;
  Settings settings_;
  std::string config_file_;
  std::vector<ConfigNote> notes_;
};

}  // namespace dunlin::server
