// --stat: a line of INFO again and again.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "base/ascii.h"
#include "cli/modes/modes.h"

namespace dunlin::cli {
namespace {

constexpr int64_t kDefaultIntervalUs = 1'000'000;
constexpr int kTitleEvery = 20;
constexpr int kMaxDatabases = 20;

// The number behind "name:" in INFO; nothing when the field is not there.
std::optional<int64_t> Field(std::string_view info, std::string_view name) {
  for (std::string_view line : Split(info, '\n')) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      return std::strtoll(std::string(line.substr(name.size() + 1)).c_str(), nullptr, 10);
    }
  }
  return std::nullopt;
}

// "db0:keys=1,expires=0,avg_ttl=0"
int64_t CountKeys(std::string_view info) {
  int64_t keys = 0;
  for (std::string_view line : Split(info, '\n')) {
    size_t value = line.find(":keys=");
    if (!line.starts_with("db") || value == std::string_view::npos) continue;
    if (std::atoi(std::string(line.substr(2, value - 2)).c_str()) >= kMaxDatabases) continue;
    keys += std::strtoll(std::string(line.substr(value + 6)).c_str(), nullptr, 10);
  }
  return keys;
}

std::string HumanBytes(int64_t bytes) {
  auto value = static_cast<double>(bytes);
  if (bytes < 1024) return fmt::format("{}B", bytes);
  for (char unit : {'K', 'M', 'G'}) {
    value /= 1024;
    if (value < 1024 || unit == 'G') return fmt::format("{:.2f}{}", value, unit);
  }
  return "";
}

std::string_view Children(std::string_view info) {
  bool saving = Field(info, "rdb_bgsave_in_progress").value_or(0) != 0;
  bool rewriting = Field(info, "aof_rewrite_in_progress").value_or(0) != 0;
  if (Field(info, "loading").value_or(0) != 0) return "LOAD";
  if (saving && rewriting) return "SAVE+AOF";
  return saving ? "SAVE" : rewriting ? "AOF" : "";
}

}  // namespace

int RunStat(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  int64_t last_requests = 0;
  for (int round = 0;; ++round) {
    Result<resp::Reply> reply = CommandWithReconnect(*connection, options, {"INFO"});
    if (!reply) {
      fmt::print(stderr, "Error: {}\n", reply.error().message());
      return 1;
    }
    if (reply->IsError()) {
      fmt::print(stderr, "ERROR: {}\n", reply->text);
      return 1;
    }
    if (round % kTitleEvery == 0) {
      fmt::print(
          "------- data ------ --------------------- load -------------------- - child -\n"
          "keys       mem      clients blocked requests            connections          \n");
    }
    const std::string& info = reply->text;
    auto field = [&](std::string_view name) { return Field(info, name).value_or(0); };
    int64_t requests = field("total_commands_processed");
    std::string change = fmt::format("{} (+{})", requests, last_requests == 0 ? 0 : requests - last_requests);
    last_requests = requests;
    fmt::print("{:<11}{:<8} {:<8}{:<8}{:<19} {:<12}{}\n", CountKeys(info), HumanBytes(field("used_memory")),
               field("connected_clients"), field("blocked_clients"), change, field("total_connections_received"),
               Children(info));
    std::fflush(stdout);
    Pause(options.interval_us > 0 ? options.interval_us : kDefaultIntervalUs);
  }
}

}  // namespace dunlin::cli
