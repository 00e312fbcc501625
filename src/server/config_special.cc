#include "server/config_special.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <climits>
#include <optional>

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/changes.h"
#include "server/config_text.h"

namespace dunlin::server {
namespace {

constexpr size_t kMaxBindAddresses = 16;
constexpr int64_t kMaxIoThreads = 128;

Status Refuse(std::string reason) { return Status::InvalidArgument(std::move(reason)); }

Status WrongCount() { return Refuse("wrong number of arguments"); }

// Redis's way to say "none" in a list of words.
bool IsEmptyWord(std::span<const std::string> words) { return words.size() == 1 && words[0].empty(); }

// Whether it can stand in a line of a file as it is.
bool IsPlainWord(std::string_view word) {
  auto fits = [](char c) { return IsAsciiPrintable(c) && c != ' ' && c != '"' && c != '\''; };
  return !word.empty() && std::ranges::all_of(word, fits);
}

// The letters of notify-keyspace-events in the order in which they are shown; "A" stands for the first ten.
struct EventLetter {
  char letter;
  uint32_t event_class;
};
constexpr EventLetter kEventLetters[] = {
    {'g', commands::kEventGeneric},  {'$', commands::kEventString},  {'l', commands::kEventList},
    {'s', commands::kEventSet},      {'h', commands::kEventHash},    {'z', commands::kEventSortedSet},
    {'x', commands::kEventExpired},  {'e', commands::kEventEvicted}, {'t', commands::kEventStream},
    {'d', commands::kEventModule},   {'n', commands::kEventNew},     {'K', commands::kEventKeyspace},
    {'E', commands::kEventKeyevent}, {'m', commands::kEventKeyMiss},
};
constexpr uint32_t AllEvents() {
  uint32_t all = 0;
  for (size_t i = 0; i < 10; ++i) all |= kEventLetters[i].event_class;
  return all;
}
constexpr uint32_t kAllEvents = AllEvents();

std::optional<uint32_t> EventClassesOf(char letter) {
  if (letter == 'A') return kAllEvents;
  for (const EventLetter& row : kEventLetters) {
    if (row.letter == letter) return row.event_class;
  }
  return std::nullopt;
}

std::optional<OutputBufferClass> OutputClassOf(std::string_view name) {
  if (EqualsIgnoreCase(name, "normal")) return kOutputNormal;
  if (EqualsIgnoreCase(name, "slave") || EqualsIgnoreCase(name, "replica")) return kOutputReplica;
  if (EqualsIgnoreCase(name, "pubsub")) return kOutputPubsub;
  return std::nullopt;
}

std::string FormatPercentile(double percentile) {
  std::string text = fmt::format("{:f}", percentile);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

// --- bind ---

Status SetBind(Settings& settings, std::span<const std::string> words, SetContext&) {
  if (words.size() > kMaxBindAddresses) return Refuse("Too many bind addresses specified.");
  if (IsEmptyWord(words)) words = {};
  for (const std::string& word : words) {
    if (!IsPlainWord(word)) return Refuse(fmt::format("Invalid bind address '{}'", word));
  }
  settings.bind.assign(words.begin(), words.end());
  return Status::Ok();
}

std::string ShowBind(const Settings& settings) { return fmt::format("{}", fmt::join(settings.bind, " ")); }

std::vector<RewriteLine> RewriteBind(const Settings& settings, const Settings& defaults) {
  if (settings.bind == defaults.bind) return {};
  return {{settings.bind.empty() ? "\"\"" : ShowBind(settings), true}};
}

// --- client-output-buffer-limit ---

Status SetOutputBufferLimit(Settings& settings, std::span<const std::string> words, SetContext&) {
  if (words.size() % 4 != 0) return Refuse("Wrong number of arguments in buffer limit configuration.");
  auto limits = settings.client_output_buffer_limit;
  for (; !words.empty(); words = words.subspan(4)) {
    std::optional<OutputBufferClass> output_class = OutputClassOf(words[0]);
    if (!output_class) return Refuse("Invalid client class specified in buffer limit configuration.");
    std::optional<int64_t> hard = ParseMemory(words[1]);
    std::optional<int64_t> soft = ParseMemory(words[2]);
    std::optional<int64_t> seconds = ParseTolerant(words[3]);
    if (!hard || !soft || !seconds || *seconds < 0 || *seconds > INT_MAX) {
      return Refuse("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
    }
    limits[*output_class] = {*hard, *soft, *seconds};
  }
  settings.client_output_buffer_limit = limits;
  return Status::Ok();
}

std::string ShowOutputBufferLimit(const Settings& settings) {
  constexpr std::array<std::string_view, 3> kShownNames = {"normal", "slave", "pubsub"};
  std::string out;
  for (size_t i = 0; i < kShownNames.size(); ++i) {
    const OutputBufferLimit& limit = settings.client_output_buffer_limit[i];
    fmt::format_to(std::back_inserter(out), "{}{} {} {} {}", i == 0 ? "" : " ", kShownNames[i], limit.hard_bytes,
                   limit.soft_bytes, limit.soft_seconds);
  }
  return out;
}

std::vector<RewriteLine> RewriteOutputBufferLimit(const Settings& settings, const Settings& defaults) {
  constexpr std::array<std::string_view, 3> kWrittenNames = {"normal", "replica", "pubsub"};
  std::vector<RewriteLine> lines;
  for (size_t i = 0; i < kWrittenNames.size(); ++i) {
    const OutputBufferLimit& limit = settings.client_output_buffer_limit[i];
    lines.push_back({fmt::format("{} {} {} {}", kWrittenNames[i], FormatMemory(limit.hard_bytes),
                                 FormatMemory(limit.soft_bytes), limit.soft_seconds),
                     limit != defaults.client_output_buffer_limit[i]});
  }
  return lines;
}

// --- dir ---

Status SetDir(Settings& settings, std::span<const std::string> words, SetContext& context) {
  if (words[0].find('\0') != std::string::npos) return Refuse("argument must not contain a NUL byte");
  DUNLIN_TRY(context.files.ChangeDirectory(words[0]));
  settings.dir = context.files.WorkingDirectory();
  return Status::Ok();
}

std::string ShowDir(const Settings& settings) { return settings.dir; }

std::vector<RewriteLine> RewriteDir(const Settings& settings, const Settings&) {
  if (settings.dir.empty()) return {};
  // The next start may come from elsewhere, so the directory is never a default.
  return {{QuoteWord(settings.dir), true}};
}

// --- io-threads ---

Status SetIoThreads(Settings& settings, std::span<const std::string> words, SetContext&) {
  std::optional<int64_t> count = ParseInt64(words[0]);
  if (!count) return Refuse("argument couldn't be parsed into an integer");
  if (*count < 0 || *count > kMaxIoThreads) {
    return Refuse(fmt::format("argument must be between 0 and {} inclusive", kMaxIoThreads));
  }
  settings.io_threads = *count;
  return Status::Ok();
}

std::string ShowIoThreads(const Settings& settings) { return fmt::format("{}", settings.worker_count); }

std::vector<RewriteLine> RewriteIoThreads(const Settings& settings, const Settings& defaults) {
  return {{fmt::format("{}", settings.io_threads), settings.io_threads != defaults.io_threads}};
}

// --- save ---

Status SetSave(Settings& settings, std::span<const std::string> words, SetContext& context) {
  std::vector<SavePoint> points;
  bool starts_anew = !context.at_start || !context.save_seen || IsEmptyWord(words);
  if (!starts_anew) points = settings.save;
  if (IsEmptyWord(words)) words = {};
  if (words.size() % 2 != 0) return Refuse("Invalid save parameters");
  for (; !words.empty(); words = words.subspan(2)) {
    std::optional<int64_t> seconds = ParseTolerant(words[0]);
    std::optional<int64_t> changes = ParseTolerant(words[1]);
    if (!seconds || !changes || *seconds < 1 || *changes < 0 || *changes > INT_MAX) {
      return Refuse("Invalid save parameters");
    }
    points.push_back({*seconds, *changes});
  }
  settings.save = std::move(points);
  context.save_seen = true;
  return Status::Ok();
}

std::string ShowSave(const Settings& settings) {
  std::string out;
  for (const SavePoint& point : settings.save) {
    fmt::format_to(std::back_inserter(out), "{}{} {}", out.empty() ? "" : " ", point.seconds, point.changes);
  }
  return out;
}

std::vector<RewriteLine> RewriteSave(const Settings& settings, const Settings&) {
  if (settings.save.empty()) return {{"\"\"", true}};
  std::vector<RewriteLine> lines;
  for (const SavePoint& point : settings.save) {
    lines.push_back({fmt::format("{} {}", point.seconds, point.changes), true});
  }
  return lines;
}

// --- replicaof ---

Status SetReplicaOfWords(Settings& settings, std::span<const std::string> words, SetContext&) {
  if (words.size() != 2) return WrongCount();
  if (EqualsIgnoreCase(words[0], "no") && EqualsIgnoreCase(words[1], "one")) {
    settings.replicaof_host.clear();
    settings.replicaof_port = 0;
    return Status::Ok();
  }
  std::optional<int64_t> port = ParseTolerant(words[1]);
  if (!port || *port < 0 || *port > 65535) return Refuse("Invalid master port");
  if (words[0].empty()) return Refuse("Invalid master host");
  settings.replicaof_host = words[0];
  settings.replicaof_port = *port;
  return Status::Ok();
}

std::string ShowReplicaOf(const Settings& settings) {
  if (settings.replicaof_host.empty()) return "";
  return fmt::format("{} {}", settings.replicaof_host, settings.replicaof_port);
}

std::vector<RewriteLine> RewriteReplicaOf(const Settings& settings, const Settings&) {
  // In a cluster nodes.conf knows whom this node follows.
  if (settings.cluster_enabled || settings.replicaof_host.empty()) return {};
  const std::string& host = settings.replicaof_host;
  return {{fmt::format("{} {}", IsPlainWord(host) ? host : QuoteWord(host), settings.replicaof_port), true}};
}

// --- notify-keyspace-events ---

Status SetNotify(Settings& settings, std::span<const std::string> words, SetContext&) {
  uint32_t classes = 0;
  for (char letter : words[0]) {
    std::optional<uint32_t> more = EventClassesOf(letter);
    if (!more) return Refuse("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    classes |= *more;
  }
  settings.notify_keyspace_events = classes;
  return Status::Ok();
}

std::string ShowNotify(const Settings& settings) {
  uint32_t classes = settings.notify_keyspace_events;
  std::string out;
  if ((classes & kAllEvents) == kAllEvents) {
    out.push_back('A');
    classes &= ~kAllEvents;
  }
  for (const EventLetter& row : kEventLetters) {
    if (classes & row.event_class) out.push_back(row.letter);
  }
  return out;
}

std::vector<RewriteLine> RewriteNotify(const Settings& settings, const Settings& defaults) {
  return {{QuoteWord(ShowNotify(settings)), settings.notify_keyspace_events != defaults.notify_keyspace_events}};
}

// --- latency-tracking-info-percentiles ---

Status SetPercentiles(Settings& settings, std::span<const std::string> words, SetContext&) {
  if (IsEmptyWord(words)) words = {};
  std::vector<double> percentiles;
  for (const std::string& word : words) {
    std::optional<double> percentile = ParseDouble(word);
    if (!percentile) return Refuse("Invalid latency-tracking-info-percentiles parameters");
    if (*percentile < 0.0 || *percentile > 100.0) {
      return Refuse("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
    }
    percentiles.push_back(*percentile);
  }
  settings.latency_tracking_info_percentiles = std::move(percentiles);
  return Status::Ok();
}

std::string ShowPercentiles(const Settings& settings) {
  std::string out;
  for (double percentile : settings.latency_tracking_info_percentiles) {
    if (!out.empty()) out.push_back(' ');
    out += FormatPercentile(percentile);
  }
  return out;
}

std::vector<RewriteLine> RewritePercentiles(const Settings& settings, const Settings&) {
  if (settings.latency_tracking_info_percentiles.empty()) return {{"\"\"", true}};
  return {{ShowPercentiles(settings), true}};
}

// --- oom-score-adj-values ---

Status SetOomScoreAdjValues(Settings& settings, std::span<const std::string> words, SetContext& context) {
  std::array<int64_t, 3> values{};
  if (words.size() != values.size()) return WrongCount();
  for (size_t i = 0; i < values.size(); ++i) {
    std::optional<int64_t> value = ParseTolerant(words[i]);
    if (!value || *value < -2000 || *value > 2000) {
      return Refuse("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
    }
    values[i] = *value;
  }
  if (values[1] < values[0] || values[2] < values[1]) {
    context.warnings.push_back(
        "The oom-score-adj-values configuration may not work for non-privileged processes! "
        "Please consult the documentation.");
  }
  settings.oom_score_adj_values = values;
  return Status::Ok();
}

std::string ShowOomScoreAdjValues(const Settings& settings) {
  return fmt::format("{}", fmt::join(settings.oom_score_adj_values, " "));
}

std::vector<RewriteLine> RewriteOomScoreAdjValues(const Settings& settings, const Settings& defaults) {
  return {{ShowOomScoreAdjValues(settings), settings.oom_score_adj_values != defaults.oom_score_adj_values}};
}

}  // namespace dunlin::server
