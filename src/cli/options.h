// The command line of dunlin-cli: every option, its default, and the environment that stands in for some of them.
//
// Thread: values; any thread.
// Errors: parsing never ends the process; it says what to print and with which status to end (CommandLine).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/connection.h"

namespace dunlin::cli {

enum class OutputForm : uint8_t { kStandard, kRaw, kCsv, kJson, kQuotedJson };

// --cluster and its own options. Old names (master, slave) and new ones (primary, replica) fill the same fields.
struct ClusterOptions {
  std::string command;                 // "create", "check" ...; empty when --cluster was not given
  std::vector<std::string> arguments;  // what follows it up to the next option
  bool yes = false;                    // --cluster-yes, REDISCLI_CLUSTER_YES=1
  bool color = false;                  // TERM names a terminal with colours
  int replicas = 0;
  std::optional<std::string> primary_id;
  bool as_replica = false;
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::optional<std::string> from_user;
  std::optional<std::string> from_password;
  bool from_askpass = false;
  std::vector<std::string> weights;  // "<node id or prefix>=<weight>"
  int slots = 0;
  int timeout_ms = 60000;
  int pipeline = 10;    // keys in one MIGRATE
  float threshold = 2;  // percent
  bool simulate = false;
  bool replace = false;
  bool copy = false;
  bool use_empty_primaries = false;
  bool search_multiple_owners = false;
  bool fix_with_unreachable_primaries = false;
  bool only_primaries = false;
  bool only_replicas = false;
  bool use_atomic_slot_migration = false;
};

// What the program does instead of sending commands. Several may be asked for; the order in which they win is that of
// RunMode in modes/modes.h.
struct ModeOptions {
  bool latency = false;
  bool latency_history = false;
  bool latency_dist = false;
  bool monochrome = false;
  bool replica = false;
  bool rdb = false;
  bool functions_rdb = false;
  std::string rdb_file;
  bool pipe = false;
  int pipe_timeout_seconds = 30;
  bool bigkeys = false;
  bool memkeys = false;
  int memkeys_samples = 0;  // 0 leaves it to the server
  bool hotkeys = false;
  bool stat = false;
  bool scan = false;
  std::optional<std::string> pattern;
  int count = 10;
  bool lru_test = false;
  int64_t lru_test_keys = 0;
  bool intrinsic_latency = false;
  int intrinsic_latency_seconds = 0;
};

struct Options {
  Endpoint endpoint;
  DialOptions dial;
  std::optional<std::string> user;
  std::optional<std::string> password;
  bool askpass = false;
  int database = 0;
  bool resp2 = false;                                                        // -2
  enum class Resp3 : uint8_t { kNo, kForced, kImplied } resp3 = Resp3::kNo;  // -3; --json

  int64_t repeat = 1;                    // negative: for ever
  int64_t interval_us = 0;               // 0: not given
  bool stdin_last_argument = false;      // -x
  std::optional<std::string> stdin_tag;  // -X
  std::string bulk_delimiter = "\n";     // -d
  std::string command_delimiter = "\n";  // -D
  bool follow_redirects = false;         // -c
  bool error_exit_code = false;          // -e
  bool quoted_input = false;
  OutputForm output = OutputForm::kStandard;
  bool show_pushes = false;
  bool verbose = false;
  std::optional<std::string> eval_file;
  std::optional<std::string> test_hint;
  std::optional<std::string> test_hint_file;

  ModeOptions modes;
  ClusterOptions cluster;

  // What to send before the first command. The database of the command line, unless another is given.
  LoginOptions Login() const;
};

// What the command line and its surroundings ask for.
struct CommandLine {
  Options options;
  std::vector<std::string> arguments;  // the command to send and its arguments
  // Text for the user, to be printed before anything else.
  std::string standard_output;
  std::string standard_error;
  // When set, the process ends with it right after the text.
  std::optional<int> exit_code;
};

// Where a program finds itself.
struct Surroundings {
  bool stdout_is_tty = false;                                               // also when FAKETTY is set
  std::function<std::optional<std::string>(std::string_view)> environment;  // a variable's value; may be empty
};

// `words` are the arguments of main without the program's name.
CommandLine ParseCommandLine(std::span<const std::string> words, const Surroundings& surroundings);

// redis://[[user:]password@][host[:port]][/database] into the fields it names; percent signs decoded.
// Fails with the text that the user sees.
Status ParseUri(std::string_view uri, Options& options);

std::string UsageText();
// "redis-cli <version>", with our own name behind.
std::string VersionLine();

}  // namespace dunlin::cli
