#include "cli/modes/modes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace dunlin::cli {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

}  // namespace

std::optional<int> RunMode(const Options& options) {
  const ModeOptions& modes = options.modes;
  if (modes.latency) return RunLatency(options);
  if (modes.latency_dist) return RunLatencyDistribution(options);
  if (modes.replica) return RunReplica(options);
  if (modes.rdb || modes.functions_rdb) return RunFetchRdb(options);
  if (modes.pipe) return RunPipe(options);
  if (modes.bigkeys || modes.memkeys) return RunBigKeys(options);
  if (modes.hotkeys) return RunHotKeys(options);
  if (modes.stat) return RunStat(options);
  if (modes.scan) return RunScan(options);
  if (modes.lru_test) return RunLruTest(options);
  if (modes.intrinsic_latency) return RunIntrinsicLatency(options);
  return std::nullopt;
}

std::optional<Connection> ConnectForMode(const Options& options) {
  Result<Connection> connection = Connection::Dial(options.endpoint, options.dial);
  if (!connection) {
    fmt::print(stderr, "{}\n", connection.error().message());
    return std::nullopt;
  }
  Status logged_in = connection->Login(options.Login());
  if (logged_in.ok()) return std::move(*connection);
  fmt::print(stderr, "{}\n", logged_in.message());
  bool goes_without = logged_in.code() == StatusCode::kUnsupported && options.resp3 == Options::Resp3::kImplied;
  return goes_without ? std::optional<Connection>(std::move(*connection)) : std::nullopt;
}

Result<resp::Reply> CommandWithReconnect(Connection& connection, const Options& options,
                                         std::initializer_list<std::string_view> arguments) {
  for (int tries = 0;;) {
    Result<resp::Reply> reply = connection.Command(arguments);
    if (reply || reply.error().code() == StatusCode::kCorruption) {
      if (tries > 0) fmt::print("\r\x1b[0K");
      return reply;
    }
    while (connection.broken()) {
      fmt::print("\r\x1b[0KReconnecting... {}\r", ++tries);
      std::fflush(stdout);
      Pause(kSecondUs);
      Result<Connection> next = Connection::Open(options.endpoint, options.dial, options.Login());
      if (next) connection = std::move(*next);
    }
  }
}

void Pause(int64_t microseconds) {
  timespec left{.tv_sec = microseconds / kSecondUs, .tv_nsec = microseconds % kSecondUs * 1000};
  nanosleep(&left, nullptr);
}

int64_t MonotonicMicroseconds() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace dunlin::cli
