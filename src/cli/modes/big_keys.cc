// --bigkeys and --memkeys: the biggest key of each type.
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

constexpr uint64_t kTellEveryKeys = 1'000'000;
constexpr int kPauseEveryScans = 100;

struct TypeTotals {
  std::string name;
  std::string size_command;  // empty for types of modules
  std::string unit;
  int64_t biggest = 0;
  std::string biggest_key;  // quoted
  uint64_t count = 0;
  int64_t total = 0;
};

class BigKeyFinder {
 public:
  BigKeyFinder(Connection& connection, const Options& options)
      : connection_(connection), options_(options), by_memory_(!options.modes.bigkeys) {
    // The order of the summary.
    types_ = {{.name = "list", .size_command = "LLEN", .unit = "items"},
              {.name = "hash", .size_command = "HLEN", .unit = "fields"},
              {.name = "string", .size_command = "STRLEN", .unit = "bytes"},
              {.name = "stream", .size_command = "XLEN", .unit = "entries"},
              {.name = "set", .size_command = "SCARD", .unit = "members"},
              {.name = "zset", .size_command = "ZCARD", .unit = "members"}};
  }

  Status Run() {
    Result<int64_t> count = CountKeys(connection_);
    if (!count) return count.error();
    expected_ = *count;
    fmt::print(
        "\n# Scanning the entire keyspace to find biggest keys as well as\n"
        "# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n"
        "# per 100 SCAN commands (not usually needed).\n\n");
    KeyScan scan(connection_, options_);
    for (int scans = 1; !scan.AtEnd(); ++scans) {
      percent_ = 100 * static_cast<double>(sampled_) / static_cast<double>(expected_);
      Result<std::vector<std::string>> keys = scan.Next();
      if (!keys) return keys.error();
      DUNLIN_TRY(Sample(*keys));
      std::fflush(stdout);
      if (options_.interval_us > 0 && scans % kPauseEveryScans == 0) Pause(options_.interval_us);
    }
    PrintSummary();
    return Status::Ok();
  }

 private:
  static constexpr size_t kGone = SIZE_MAX;

  Status Sample(std::span<const std::string> keys) {
    Result<std::vector<size_t>> types = TypesOf(keys);
    if (!types) return types.error();
    Result<std::vector<int64_t>> sizes = SizesOf(keys, *types);
    if (!sizes) return sizes.error();
    for (size_t i = 0; i < keys.size(); ++i) {
      if ((*types)[i] != kGone) Count(keys[i], types_[(*types)[i]], (*sizes)[i]);
    }
    return Status::Ok();
  }

  // Indices into types_; kGone for keys that have been deleted meanwhile.
  Result<std::vector<size_t>> TypesOf(std::span<const std::string> keys) {
    for (const std::string& key : keys) connection_.Queue({"TYPE", key});
    std::vector<size_t> types;
    for (const std::string& key : keys) {
      Result<resp::Reply> reply = connection_.Receive();
      if (!reply) {
        return Fail(reply.error().WithContext(fmt::format("Error getting type for key '{}'", key)));
      }
      if (reply->IsError()) return Fail(Status::Unavailable("TYPE returned an error: " + reply->text));
      if (!reply->IsText()) return Fail(Status::Corruption(fmt::format("Invalid reply for TYPE on key '{}'!", key)));
      types.push_back(reply->text == "none" ? kGone : IndexOf(reply->text));
    }
    return types;
  }

  size_t IndexOf(const std::string& name) {
    auto found = std::ranges::find(types_, name, &TypeTotals::name);
    if (found == types_.end()) found = types_.insert(types_.end(), {.name = name, .size_command = "", .unit = "?"});
    return static_cast<size_t>(found - types_.begin());
  }

  bool HasSize(size_t type) const { return type != kGone && (by_memory_ || !types_[type].size_command.empty()); }

  Result<std::vector<int64_t>> SizesOf(std::span<const std::string> keys, std::span<const size_t> types) {
    std::string samples = std::to_string(options_.modes.memkeys_samples);
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!HasSize(types[i])) continue;
      if (!by_memory_) {
        connection_.Queue({types_[types[i]].size_command, keys[i]});
      } else if (options_.modes.memkeys_samples == 0) {
        connection_.Queue({"MEMORY", "USAGE", keys[i]});
      } else {
        connection_.Queue({"MEMORY", "USAGE", keys[i], "SAMPLES", samples});
      }
    }
    std::vector<int64_t> sizes(keys.size(), 0);
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!HasSize(types[i])) continue;
      Result<resp::Reply> reply = connection_.Receive();
      if (!reply) return Fail(reply.error().WithContext(fmt::format("Error getting size for key '{}'", keys[i])));
      if (reply->kind == resp::ReplyKind::kInteger) {
        sizes[i] = reply->integer;
      } else {
        fmt::print(stderr, "Warning:  {} on '{}' failed (may have changed type)\n",
                   by_memory_ ? "MEMORY USAGE" : types_[types[i]].size_command, keys[i]);
      }
    }
    return sizes;
  }

  void Count(const std::string& key, TypeTotals& type, int64_t size) {
    type.total += size;
    ++type.count;
    key_bytes_ += key.size();
    ++sampled_;
    if (size > type.biggest) {
      type.biggest = size;
      type.biggest_key = Quoted(key);
      fmt::print("[{:05.2f}%] Biggest {:<6} found so far '{}' with {} {}\n", percent_, type.name, type.biggest_key,
                 size, Unit(type));
    }
    if (sampled_ % kTellEveryKeys == 0) fmt::print("[{:05.2f}%] Sampled {} keys so far\n", percent_, sampled_);
  }

  std::string_view Unit(const TypeTotals& type) const { return by_memory_ ? "bytes" : std::string_view(type.unit); }

  void PrintSummary() const {
    fmt::print("\n-------- summary -------\n\n");
    if (InterruptFlag().load()) fmt::print("[{:05.2f}%] ", percent_);
    fmt::print("Sampled {} keys in the keyspace!\n", sampled_);
    fmt::print("Total key length in bytes is {} (avg len {:.2f})\n\n", key_bytes_, Average(key_bytes_, sampled_));
    for (const TypeTotals& type : types_) {
      if (type.biggest_key.empty()) continue;
      fmt::print("Biggest {:>6} found '{}' has {} {}\n", type.name, type.biggest_key, type.biggest, Unit(type));
    }
    fmt::print("\n");
    for (const TypeTotals& type : types_) {
      fmt::print("{} {}s with {} {} ({:05.2f}% of keys, avg size {:.2f})\n", type.count, type.name, type.total,
                 Unit(type), 100 * Average(type.count, sampled_),
                 Average(static_cast<uint64_t>(type.total), type.count));
    }
  }

  static double Average(uint64_t total, uint64_t count) {
    return count == 0 ? 0 : static_cast<double>(total) / static_cast<double>(count);
  }

  Connection& connection_;
  const Options& options_;
  const bool by_memory_;
  std::vector<TypeTotals> types_;
  int64_t expected_ = 0;
  double percent_ = 0;
  uint64_t sampled_ = 0;
  uint64_t key_bytes_ = 0;
};

}  // namespace

int RunBigKeys(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  SetOnInterrupt(OnInterrupt::kRemember);
  Status status = BigKeyFinder(*connection, options).Run();
  if (status.ok()) return 0;
  fmt::print(stderr, "{}\n", status.message());
  return 1;
}

}  // namespace dunlin::cli
