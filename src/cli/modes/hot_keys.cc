// --hotkeys: the keys that are used most, as an LFU policy counts.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/arguments.h"
#include "cli/modes/key_scan.h"
#include "cli/modes/modes.h"
#include "cli/terminal.h"

namespace dunlin::cli {
namespace {

constexpr size_t kShown = 16;
constexpr uint64_t kTellEveryKeys = 1'000'000;
constexpr int kPauseEveryScans = 100;

struct HotKey {
  int64_t frequency = 0;
  std::string key;  // quoted
};

Result<std::vector<int64_t>> FrequenciesOf(Connection& connection, std::span<const std::string> keys) {
  for (const std::string& key : keys) connection.Queue({"OBJECT", "FREQ", key});
  std::vector<int64_t> frequencies;
  for (const std::string& key : keys) {
    Result<resp::Reply> reply = connection.Receive();
    if (!reply) return Fail(reply.error().WithContext(fmt::format("Error getting freq for key '{}'", Quoted(key))));
    if (reply->IsError()) return Fail(Status::Unavailable("Error: " + reply->text));
    if (reply->kind != resp::ReplyKind::kInteger) {
      fmt::print(stderr, "Warning: OBJECT freq on '{}' failed (may have been deleted)\n", Quoted(key));
    }
    frequencies.push_back(reply->integer);
  }
  return frequencies;
}

// The hottest keys so far, coolest first.
class Hottest {
 public:
  // False when the key is not among them.
  bool Offer(const std::string& key, int64_t frequency) {
    auto place = std::ranges::lower_bound(keys_, frequency, {}, &HotKey::frequency);
    bool full = keys_.size() == kShown;
    if (frequency <= 0 || (full && place == keys_.begin())) return false;
    keys_.insert(place, {frequency, Quoted(key)});
    if (full) keys_.erase(keys_.begin());
    return true;
  }
  const std::vector<HotKey>& keys() const { return keys_; }

 private:
  std::vector<HotKey> keys_;
};

Status FindHotKeys(Connection& connection, const Options& options) {
  Result<int64_t> expected = CountKeys(connection);
  if (!expected) return expected.error();
  fmt::print(
      "\n# Scanning the entire keyspace to find hot keys as well as\n"
      "# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n"
      "# per 100 SCAN commands (not usually needed).\n\n");
  Hottest hottest;
  uint64_t sampled = 0;
  double percent = 0;
  KeyScan scan(connection, options);
  for (int scans = 1; !scan.AtEnd(); ++scans) {
    percent = 100 * static_cast<double>(sampled) / static_cast<double>(*expected);
    Result<std::vector<std::string>> keys = scan.Next();
    if (!keys) return keys.error();
    Result<std::vector<int64_t>> frequencies = FrequenciesOf(connection, *keys);
    if (!frequencies) return frequencies.error();
    for (size_t i = 0; i < keys->size(); ++i) {
      if (++sampled % kTellEveryKeys == 0) fmt::print("[{:05.2f}%] Sampled {} keys so far\n", percent, sampled);
      if (!hottest.Offer((*keys)[i], (*frequencies)[i])) continue;
      fmt::print("[{:05.2f}%] Hot key '{}' found so far with counter {}\n", percent, Quoted((*keys)[i]),
                 (*frequencies)[i]);
    }
    std::fflush(stdout);
    if (options.interval_us > 0 && scans % kPauseEveryScans == 0) Pause(options.interval_us);
  }
  fmt::print("\n-------- summary -------\n\n");
  if (InterruptFlag().load()) fmt::print("[{:05.2f}%] ", percent);
  fmt::print("Sampled {} keys in the keyspace!\n", sampled);
  for (auto key = hottest.keys().rbegin(); key != hottest.keys().rend(); ++key) {
    fmt::print("hot key found with counter: {}\tkeyname: {}\n", key->frequency, key->key);
  }
  return Status::Ok();
}

}  // namespace

int RunHotKeys(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  SetOnInterrupt(OnInterrupt::kRemember);
  Status status = FindHotKeys(*connection, options);
  if (status.ok()) return 0;
  fmt::print(stderr, "{}\n", status.message());
  return 1;
}

}  // namespace dunlin::cli
