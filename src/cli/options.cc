#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/ascii.h"
#include "cli/arguments.h"

namespace dunlin::cli {
namespace {

// What is known while the words are read one after another.
struct Parser {
  std::span<const std::string> words;
  size_t next = 0;  // the word after the option that is being read
  CommandLine line;
  bool no_auth_warning = false;
  bool weights_seen = false;
  bool prefers_ipv4 = false;
  bool prefers_ipv6 = false;

  Options& options() { return line.options; }
  ModeOptions& modes() { return line.options.modes; }
  ClusterOptions& cluster() { return line.options.cluster; }

  void End(int exit_code, std::string_view standard_error) {
    if (line.exit_code) return;
    line.exit_code = exit_code;
    line.standard_error.append(standard_error);
  }
};

// Numbers on the command line are read as far as they go: "12x" is 12 and "x" is 0.
int64_t Number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }
int SmallNumber(const std::string& text) {
  return static_cast<int>(std::clamp<int64_t>(Number(text), INT32_MIN, INT32_MAX));
}
double Decimal(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

int64_t Microseconds(const std::string& seconds) {
  constexpr double kForever = 1e15;
  return static_cast<int64_t>(std::clamp(Decimal(seconds) * 1e6, -kForever, kForever));
}

constexpr std::string_view kNoTls = "TLS support is not built in yet\n";
constexpr std::string_view kNoDebugger = "The Lua debugger is not built in yet\n";

void CheckPort(Parser& p) {
  int port = p.options().endpoint.port;
  if (port < 0 || port > 65535) p.End(1, "Invalid server port.\n");
}

void SetUri(Parser& p, const std::string& uri) {
  Status parsed = ParseUri(uri, p.options());
  if (!parsed.ok()) return p.End(1, parsed.message() + "\n");
  CheckPort(p);
}

void SetQuotedPattern(Parser& p, const std::string& quoted) {
  std::optional<std::string> pattern = UnquoteArgument(quoted);
  if (!pattern) return p.End(1, "Invalid quoted string specified for --quoted-pattern.\n");
  p.modes().pattern = *pattern;
}

void SetShowPushes(Parser& p, const std::string& value) {
  char first = value.empty() ? '\0' : AsciiLower(value[0]);
  if (first == 'y' || first == 'n') {
    p.options().show_pushes = first == 'y';
  } else {
    p.line.standard_error += fmt::format("Unknown --show-pushes value '{}' (valid: '[y]es', '[n]o')\n", value);
  }
}

void SetJson(Parser& p, OutputForm form) {
  if (p.options().resp3 == Options::Resp3::kNo) p.options().resp3 = Options::Resp3::kImplied;
  p.options().output = form;
}

// Every word up to the next option.
std::vector<std::string> TakePlainWords(Parser& p) {
  std::vector<std::string> taken;
  while (p.next < p.words.size() && !p.words[p.next].starts_with('-')) taken.push_back(p.words[p.next++]);
  return taken;
}

void SetClusterCommand(Parser& p, const std::string& command) {
  if (!p.cluster().command.empty()) return p.End(1, UsageText());
  p.cluster().command = command;
  p.cluster().arguments = TakePlainWords(p);
}

// Takes no value as the other options do: as many words as look like "<node>=<weight>".
void SetWeights(Parser& p, const std::string&) {
  if (p.weights_seen) {
    return p.End(1,
                 "WARNING: you cannot use --cluster-weight more than once.\n"
                 "You can set more weights by adding them as a space-separated list, ie:\n"
                 "--cluster-weight n1=w n2=w\n");
  }
  while (p.next < p.words.size()) {
    const std::string& word = p.words[p.next];
    if (word.starts_with("--") || word.find('=') == std::string::npos) break;
    p.cluster().weights.push_back(word);
    ++p.next;
  }
  p.weights_seen = !p.cluster().weights.empty();
}

struct OptionRow {
  std::string_view name;
  bool takes_value;
  void (*apply)(Parser&, const std::string& value);
};

using P = Parser;
using V = const std::string;

constexpr OptionRow kConnectionOptions[] = {
    {"-h", true, [](P& p, V& v) { p.options().endpoint.host = v; }},
    {"-p", true, [](P& p, V& v) { p.options().endpoint.port = SmallNumber(v), CheckPort(p); }},
    {"-s", true, [](P& p, V& v) { p.options().endpoint.unix_path = v; }},
    {"-t", true, [](P& p, V& v) { p.options().dial.connect_timeout_ms = Microseconds(v) / 1000; }},
    {"-4", false, [](P& p, V&) { p.prefers_ipv4 = true; }},
    {"-6", false, [](P& p, V&) { p.prefers_ipv6 = true; }},
    {"-u", true, SetUri},
    {"-n", true, [](P& p, V& v) { p.options().database = SmallNumber(v); }},
    {"-a", true, [](P& p, V& v) { p.options().password = v; }},
    {"--pass", true, [](P& p, V& v) { p.options().password = v; }},
    {"--user", true, [](P& p, V& v) { p.options().user = v; }},
    {"--askpass", false, [](P& p, V&) { p.options().askpass = true; }},
    {"--no-auth-warning", false, [](P& p, V&) { p.no_auth_warning = true; }},
    {"-2", false, [](P& p, V&) { p.options().resp2 = true; }},
    {"-3", false, [](P& p, V&) { p.options().resp3 = Options::Resp3::kForced; }},
    {"-c", false, [](P& p, V&) { p.options().follow_redirects = true; }},
    {"--tls", false, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--sni", true, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--cacert", true, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--cacertdir", true, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--insecure", false, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--cert", true, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--key", true, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--tls-ciphers", true, [](P& p, V&) { p.End(1, kNoTls); }},
    {"--tls-ciphersuites", true, [](P& p, V&) { p.End(1, kNoTls); }},
};

constexpr OptionRow kCommandOptions[] = {
    {"-r", true, [](P& p, V& v) { p.options().repeat = Number(v); }},
    {"-i", true, [](P& p, V& v) { p.options().interval_us = Microseconds(v); }},
    {"-x", false, [](P& p, V&) { p.options().stdin_last_argument = true; }},
    {"-X", true, [](P& p, V& v) { p.options().stdin_tag = v; }},
    {"-d", true, [](P& p, V& v) { p.options().bulk_delimiter = v; }},
    {"-D", true, [](P& p, V& v) { p.options().command_delimiter = v; }},
    {"-e", false, [](P& p, V&) { p.options().error_exit_code = true; }},
    {"--raw", false, [](P& p, V&) { p.options().output = OutputForm::kRaw; }},
    {"--no-raw", false, [](P& p, V&) { p.options().output = OutputForm::kStandard; }},
    {"--csv", false, [](P& p, V&) { p.options().output = OutputForm::kCsv; }},
    {"--json", false, [](P& p, V&) { SetJson(p, OutputForm::kJson); }},
    {"--quoted-json", false, [](P& p, V&) { SetJson(p, OutputForm::kQuotedJson); }},
    {"--quoted-input", false, [](P& p, V&) { p.options().quoted_input = true; }},
    {"--show-pushes", true, SetShowPushes},
    {"--eval", true, [](P& p, V& v) { p.options().eval_file = v; }},
    {"--ldb", false, [](P& p, V&) { p.End(1, kNoDebugger); }},
    {"--ldb-sync-mode", false, [](P& p, V&) { p.End(1, kNoDebugger); }},
    {"--verbose", false, [](P& p, V&) { p.options().verbose = true; }},
    {"--test_hint", true, [](P& p, V& v) { p.options().test_hint = v; }},
    {"--test_hint_file", true, [](P& p, V& v) { p.options().test_hint_file = v; }},
    {"--help", false, [](P& p, V&) { p.line.standard_output += UsageText(), p.End(0, ""); }},
    {"-v", false, [](P& p, V&) { p.line.standard_output += VersionLine() + "\n", p.End(0, ""); }},
    {"--version", false, [](P& p, V&) { p.line.standard_output += VersionLine() + "\n", p.End(0, ""); }},
};

constexpr OptionRow kModeRows[] = {
    {"--latency", false, [](P& p, V&) { p.modes().latency = true; }},
    {"--latency-history", false, [](P& p, V&) { p.modes().latency = p.modes().latency_history = true; }},
    {"--latency-dist", false, [](P& p, V&) { p.modes().latency_dist = true; }},
    {"--mono", false, [](P& p, V&) { p.modes().monochrome = true; }},
    {"--lru-test", true, [](P& p, V& v) { p.modes().lru_test = true, p.modes().lru_test_keys = Number(v); }},
    {"--replica", false, [](P& p, V&) { p.modes().replica = true; }},
    {"--slave", false, [](P& p, V&) { p.modes().replica = true; }},
    {"--stat", false, [](P& p, V&) { p.modes().stat = true; }},
    {"--scan", false, [](P& p, V&) { p.modes().scan = true; }},
    {"--pattern", true, [](P& p, V& v) { p.modes().pattern = v; }},
    {"--quoted-pattern", true, SetQuotedPattern},
    {"--count", true, [](P& p, V& v) { p.modes().count = SmallNumber(v); }},
    {"--intrinsic-latency", true,
     [](P& p, V& v) { p.modes().intrinsic_latency = true, p.modes().intrinsic_latency_seconds = SmallNumber(v); }},
    {"--rdb", true, [](P& p, V& v) { p.modes().rdb = true, p.modes().rdb_file = v; }},
    {"--functions-rdb", true, [](P& p, V& v) { p.modes().functions_rdb = true, p.modes().rdb_file = v; }},
    {"--pipe", false, [](P& p, V&) { p.modes().pipe = true; }},
    {"--pipe-timeout", true, [](P& p, V& v) { p.modes().pipe_timeout_seconds = SmallNumber(v); }},
    {"--bigkeys", false, [](P& p, V&) { p.modes().bigkeys = true; }},
    {"--memkeys", false, [](P& p, V&) { p.modes().memkeys = true, p.modes().memkeys_samples = 0; }},
    {"--memkeys-samples", true,
     [](P& p, V& v) { p.modes().memkeys = true, p.modes().memkeys_samples = SmallNumber(v); }},
    {"--hotkeys", false, [](P& p, V&) { p.modes().hotkeys = true; }},
};

constexpr OptionRow kClusterRows[] = {
    {"--cluster", true, SetClusterCommand},
    {"--cluster-replicas", true, [](P& p, V& v) { p.cluster().replicas = SmallNumber(v); }},
    {"--cluster-primary-id", true, [](P& p, V& v) { p.cluster().primary_id = v; }},
    {"--cluster-master-id", true, [](P& p, V& v) { p.cluster().primary_id = v; }},
    {"--cluster-replica", false, [](P& p, V&) { p.cluster().as_replica = true; }},
    {"--cluster-slave", false, [](P& p, V&) { p.cluster().as_replica = true; }},
    {"--cluster-from", true, [](P& p, V& v) { p.cluster().from = v; }},
    {"--cluster-to", true, [](P& p, V& v) { p.cluster().to = v; }},
    {"--cluster-from-user", true, [](P& p, V& v) { p.cluster().from_user = v; }},
    {"--cluster-from-pass", true, [](P& p, V& v) { p.cluster().from_password = v; }},
    {"--cluster-from-askpass", false, [](P& p, V&) { p.cluster().from_askpass = true; }},
    {"--cluster-weight", false, SetWeights},
    {"--cluster-slots", true, [](P& p, V& v) { p.cluster().slots = SmallNumber(v); }},
    {"--cluster-timeout", true, [](P& p, V& v) { p.cluster().timeout_ms = SmallNumber(v); }},
    {"--cluster-pipeline", true, [](P& p, V& v) { p.cluster().pipeline = SmallNumber(v); }},
    {"--cluster-threshold", true, [](P& p, V& v) { p.cluster().threshold = static_cast<float>(Decimal(v)); }},
    {"--cluster-yes", false, [](P& p, V&) { p.cluster().yes = true; }},
    {"--cluster-simulate", false, [](P& p, V&) { p.cluster().simulate = true; }},
    {"--cluster-replace", false, [](P& p, V&) { p.cluster().replace = true; }},
    {"--cluster-copy", false, [](P& p, V&) { p.cluster().copy = true; }},
    {"--cluster-use-empty-primaries", false, [](P& p, V&) { p.cluster().use_empty_primaries = true; }},
    {"--cluster-use-empty-masters", false, [](P& p, V&) { p.cluster().use_empty_primaries = true; }},
    {"--cluster-search-multiple-owners", false, [](P& p, V&) { p.cluster().search_multiple_owners = true; }},
    {"--cluster-fix-with-unreachable-primaries", false,
     [](P& p, V&) { p.cluster().fix_with_unreachable_primaries = true; }},
    {"--cluster-fix-with-unreachable-masters", false,
     [](P& p, V&) { p.cluster().fix_with_unreachable_primaries = true; }},
    {"--cluster-only-primaries", false, [](P& p, V&) { p.cluster().only_primaries = true; }},
    {"--cluster-only-masters", false, [](P& p, V&) { p.cluster().only_primaries = true; }},
    {"--cluster-only-replicas", false, [](P& p, V&) { p.cluster().only_replicas = true; }},
    {"--cluster-use-atomic-slot-migration", false, [](P& p, V&) { p.cluster().use_atomic_slot_migration = true; }},
};

const OptionRow* FindOption(std::string_view name) {
  using Rows = std::span<const OptionRow>;
  for (Rows rows : {Rows(kConnectionOptions), Rows(kCommandOptions), Rows(kModeRows), Rows(kClusterRows)}) {
    auto row = std::ranges::find(rows, name, &OptionRow::name);
    if (row != rows.end()) return &*row;
  }
  return nullptr;
}

void ApplyOption(Parser& p, const std::string& word) {
  const OptionRow* row = FindOption(word);
  bool has_value = p.next < p.words.size();
  if (word == "-h" && !has_value) row = FindOption("--help");
  if (word == "--cluster" && !has_value) return p.End(1, UsageText());
  if (row == nullptr || (row->takes_value && !has_value)) {
    return p.End(1, fmt::format("Unrecognized option or bad number of args for: '{}'\n", word));
  }
  if (row->takes_value) {
    const std::string& value = p.words[p.next++];
    row->apply(p, value);
  } else {
    row->apply(p, word);
  }
}

// Reads options up to the first word that is none; that word begins the command.
void ReadWords(Parser& p) {
  while (p.next < p.words.size() && !p.line.exit_code) {
    const std::string& word = p.words[p.next];
    if (word.starts_with('-')) {
      ++p.next;
      ApplyOption(p, word);
    } else if (!p.cluster().command.empty()) {
      std::vector<std::string> taken = TakePlainWords(p);
      if (p.cluster().arguments.empty()) p.cluster().arguments = std::move(taken);
    } else {
      break;
    }
  }
  p.line.arguments.assign(p.words.begin() + static_cast<std::ptrdiff_t>(p.next), p.words.end());
}

void CheckTogether(Parser& p) {
  const Options& o = p.options();
  auto clash = [&p](bool both, std::string_view first, std::string_view second) {
    if (both) p.End(1, fmt::format("Options {} and {} are mutually exclusive.\n", first, second));
  };
  clash(!o.endpoint.unix_path.empty() && o.follow_redirects, "-c", "-s");
  clash(o.resp2 && o.resp3 == Options::Resp3::kForced, "-2", "-3");
  clash(p.prefers_ipv4 && p.prefers_ipv6, "-4", "-6");
  if (p.line.exit_code) return;
  if (!p.no_auth_warning && o.password) {
    p.line.standard_error +=
        "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n";
  }
  if (o.modes.rdb && o.modes.functions_rdb) p.End(1, "Option --functions-rdb and --rdb are mutually exclusive.\n");
  clash(o.stdin_last_argument && o.stdin_tag, "-x", "-X");
}

void ReadEnvironment(Parser& p, const Surroundings& surroundings) {
  if (!surroundings.environment) return;
  auto first_of = [&](std::initializer_list<std::string_view> names) -> std::optional<std::string> {
    for (std::string_view name : names) {
      if (std::optional<std::string> value = surroundings.environment(name)) return value;
    }
    return std::nullopt;
  };
  if (!p.options().password) p.options().password = first_of({"REDISCLI_AUTH", "VALKEYCLI_AUTH"});
  if (first_of({"REDISCLI_CLUSTER_YES", "VALKEYCLI_CLUSTER_YES"}) == "1") p.cluster().yes = true;
  std::optional<std::string> terminal = first_of({"TERM"});
  p.cluster().color = terminal && terminal->find("xterm") != std::string::npos;
}

}  // namespace

LoginOptions Options::Login() const {
  return {.user = user, .password = password, .database = database, .resp3 = resp3 != Resp3::kNo && !resp2};
}

CommandLine ParseCommandLine(std::span<const std::string> words, const Surroundings& surroundings) {
  Parser p{.words = words};
  p.options().output = surroundings.stdout_is_tty ? OutputForm::kStandard : OutputForm::kRaw;
  p.options().show_pushes = surroundings.stdout_is_tty;
  ReadWords(p);
  if (!p.line.exit_code) CheckTogether(p);
  if (p.prefers_ipv4) p.options().dial.family = AddressFamily::kIpv4;
  if (p.prefers_ipv6) p.options().dial.family = AddressFamily::kIpv6;
  ReadEnvironment(p, surroundings);
  return std::move(p.line);
}

}  // namespace dunlin::cli
