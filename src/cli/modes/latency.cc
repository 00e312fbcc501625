// --latency, --latency-history, --latency-dist and --intrinsic-latency.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "cli/modes/modes.h"
#include "cli/terminal.h"

namespace dunlin::cli {
namespace {

constexpr int64_t kPingEveryUs = 10'000;
constexpr int64_t kHistoryDefaultUs = 15'000'000;
constexpr int64_t kSampleDefaultUs = 1'000'000;
constexpr int64_t kDistributionDefaultUs = 1'000'000;

struct LatencySample {
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  int64_t total_ms = 0;
  int64_t count = 0;

  void Add(int64_t ms) {
    min_ms = count == 0 ? ms : std::min(min_ms, ms);
    max_ms = std::max(max_ms, ms);
    total_ms += ms;
    ++count;
  }
  double Average() const { return static_cast<double>(total_ms) / static_cast<double>(count); }
};

void Print(const LatencySample& s, OutputForm form) {
  switch (form) {
    case OutputForm::kStandard:
      fmt::print("min: {}, max: {}, avg: {:.2f} ({} samples)", s.min_ms, s.max_ms, s.Average(), s.count);
      break;
    case OutputForm::kCsv: fmt::print("{},{},{:.2f},{}\n", s.min_ms, s.max_ms, s.Average(), s.count); break;
    case OutputForm::kRaw: fmt::print("{} {} {:.2f} {}\n", s.min_ms, s.max_ms, s.Average(), s.count); break;
    case OutputForm::kJson:
    case OutputForm::kQuotedJson:
      fmt::print("{{\"min\": {}, \"max\": {}, \"avg\": {:.2f}, \"count\": {}}}\n", s.min_ms, s.max_ms, s.Average(),
                 s.count);
      break;
  }
  std::fflush(stdout);
}

// Milliseconds of one PING, or nothing when the server talks nonsense, which has been told.
std::optional<int64_t> PingUs(Connection& connection, const Options& options) {
  int64_t begin = MonotonicMicroseconds();
  Result<resp::Reply> reply = CommandWithReconnect(connection, options, {"PING"});
  if (!reply) {
    fmt::print(stderr, "Error: {}\n", reply.error().message());
    return std::nullopt;
  }
  return MonotonicMicroseconds() - begin;
}

// ---- Distribution

struct Bucket {
  int64_t up_to_us;  // 0 for no bound
  char mark;
};

constexpr Bucket kBuckets[] = {
    {10, '.'},       {125, '-'},      {250, '*'},     {500, '#'},     {1000, '1'},    {2000, '2'},    {3000, '3'},
    {4000, '4'},     {5000, '5'},     {6000, '6'},    {7000, '7'},    {8000, '8'},    {9000, '9'},    {10000, 'A'},
    {20000, 'B'},    {30000, 'C'},    {40000, 'D'},   {50000, 'E'},   {100000, 'F'},  {200000, 'G'},  {300000, 'H'},
    {400000, 'I'},   {500000, 'J'},   {1000000, 'K'}, {2000000, 'L'}, {4000000, 'M'}, {8000000, 'N'}, {16000000, 'O'},
    {30000000, 'P'}, {60000000, 'Q'}, {0, '?'},
};

// Colours of the 256-colour terminal, from none to many.
constexpr int kColors[] = {0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 144, 143, 142, 184, 226, 214, 208, 202, 196};
constexpr int kGreys[] = {0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 249, 251, 253};

size_t BucketOf(int64_t us) {
  size_t i = 0;
  while (kBuckets[i].up_to_us != 0 && us > kBuckets[i].up_to_us) ++i;
  return i;
}

void PrintLegend(std::span<const int> palette) {
  fmt::print(
      "---------------------------------------------\n"
      ". - * #          .01 .125 .25 .5 milliseconds\n"
      "1,2,3,...,9      from 1 to 9     milliseconds\n"
      "A,B,C,D,E        10,20,30,40,50  milliseconds\n"
      "F,G,H,I,J        .1,.2,.3,.4,.5       seconds\n"
      "K,L,M,N,O,P,Q,?  1,2,4,8,16,30,60,>60 seconds\n"
      "From 0 to 100%: ");
  for (int color : palette) fmt::print("\033[48;5;{}m ", color);
  fmt::print("\033[0m\n---------------------------------------------\n");
}

void PrintSpectrum(std::span<const int64_t> counts, int64_t total, std::span<const int> palette) {
  fmt::print("\033[38;5;0m");
  for (size_t i = 0; i < counts.size(); ++i) {
    double share = static_cast<double>(counts[i]) / static_cast<double>(total);
    auto shade = static_cast<size_t>(std::ceil(share * static_cast<double>(palette.size() - 1)));
    fmt::print("\033[48;5;{}m{}", palette[shade], kBuckets[i].mark);
  }
  fmt::print("\033[0m\n");
  std::fflush(stdout);
}

// Some microseconds of work that the compiler cannot leave out.
uint64_t Work(uint64_t seed) {
  volatile uint64_t value = seed;
  for (int i = 0; i < 1000; ++i) value = value * 6364136223846793005u + 1442695040888963407u;
  return value;
}

}  // namespace

int RunLatency(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  bool history = options.modes.latency_history;
  int64_t range_us = options.interval_us > 0 ? options.interval_us : kHistoryDefaultUs;
  int64_t sample_us = options.interval_us > 0 ? options.interval_us : kSampleDefaultUs;
  int64_t begin = MonotonicMicroseconds();
  LatencySample sample;
  while (true) {
    std::optional<int64_t> us = PingUs(*connection, options);
    if (!us) return 1;
    sample.Add(*us / 1000);
    int64_t elapsed = MonotonicMicroseconds() - begin;
    if (options.output == OutputForm::kStandard) {
      fmt::print("\x1b[0G\x1b[2K");
      Print(sample, options.output);
    } else if (history) {
      Print(sample, options.output);
    } else if (elapsed > sample_us) {
      Print(sample, options.output);
      return 0;
    }
    if (history && elapsed > range_us) {
      fmt::print(" -- {:.2f} seconds range\n", static_cast<double>(elapsed) / 1e6);
      begin = MonotonicMicroseconds();
      sample = {};
    }
    Pause(kPingEveryUs);
  }
}

int RunLatencyDistribution(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  constexpr int kLegendEvery = 20;
  std::span<const int> palette =
      options.modes.monochrome ? std::span<const int>(kGreys) : std::span<const int>(kColors);
  int64_t range_us = options.interval_us > 0 ? options.interval_us : kDistributionDefaultUs;
  int64_t begin = MonotonicMicroseconds();
  std::vector<int64_t> counts(std::size(kBuckets));
  int64_t total = 0;
  int shown = 0;
  while (true) {
    std::optional<int64_t> us = PingUs(*connection, options);
    if (!us) return 1;
    ++counts[BucketOf(*us)];
    ++total;
    if (MonotonicMicroseconds() - begin > range_us) {
      if (shown++ % kLegendEvery == 0) PrintLegend(palette);
      PrintSpectrum(counts, total, palette);
      std::ranges::fill(counts, 0);
      total = 0;
      begin = MonotonicMicroseconds();
    }
    Pause(kPingEveryUs);
  }
}

int RunIntrinsicLatency(const Options& options) {
  SetOnInterrupt(OnInterrupt::kRemember);
  int64_t duration_us = int64_t{options.modes.intrinsic_latency_seconds} * 1'000'000;
  int64_t end = MonotonicMicroseconds() + duration_us;
  int64_t max_us = 0;
  int64_t runs = 0;
  int64_t before = MonotonicMicroseconds();
  uint64_t value = static_cast<uint64_t>(before);
  while (true) {
    value = Work(value);
    int64_t now = MonotonicMicroseconds();
    ++runs;
    if (now - before > max_us) {
      max_us = now - before;
      fmt::print("Max latency so far: {} microseconds.\n", max_us);
    }
    if (now > end || InterruptFlag().load()) break;
    before = MonotonicMicroseconds();
  }
  double average_us = static_cast<double>(duration_us) / static_cast<double>(runs);
  fmt::print("\n{} total runs (avg latency: {:.4f} microseconds / {:.2f} nanoseconds per run).\n", runs, average_us,
             average_us * 1e3);
  fmt::print("Worst run took {:.0f}x longer than the average latency.\n", static_cast<double>(max_us) / average_us);
  return 0;
}

}  // namespace dunlin::cli
