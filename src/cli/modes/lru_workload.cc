// --lru-test: a cache workload in which some keys are asked for far more often than others.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "base/random.h"
#include "cli/modes/modes.h"

namespace dunlin::cli {
namespace {

constexpr int64_t kRoundUs = 1'000'000;
constexpr int kPipeline = 250;
// With this exponent of the power law a fifth of the keys gets four fifths of the requests.
constexpr double kExponent = 6.2;

struct Counts {
  int64_t hits = 0;
  int64_t misses = 0;
};

class LruWorkload {
 public:
  LruWorkload(Connection& connection, int64_t keys)
      : connection_(connection), keys_(keys), random_(static_cast<uint64_t>(MonotonicMicroseconds()) ^ getpid()) {}

  Status Write() {
    for (int i = 0; i < kPipeline; ++i) {
      std::string value(5, 'A');
      for (char& c : value) c = static_cast<char>('A' + random_.Below('z' - 'A'));
      connection_.Queue({"SET", Key(), value});
    }
    for (int i = 0; i < kPipeline; ++i) {
      if (Result<resp::Reply> reply = connection_.Receive(); !reply) return reply.error();
    }
    return Status::Ok();
  }

  Status Read(Counts& counts) {
    for (int i = 0; i < kPipeline; ++i) connection_.Queue({"GET", Key()});
    for (int i = 0; i < kPipeline; ++i) {
      Result<resp::Reply> reply = connection_.Receive();
      if (!reply) return reply.error();
      if (reply->IsError()) {
        fmt::print(stderr, "{}\n", reply->text);
      } else {
        ++(reply->IsNull() ? counts.misses : counts.hits);
      }
    }
    return Status::Ok();
  }

 private:
  std::string Key() {
    double top = static_cast<double>(keys_) + 1;
    double span = std::pow(top, kExponent + 1) - 1;
    double drawn = std::pow(span * random_.Fraction() + 1, 1 / (kExponent + 1));
    return fmt::format("lru:{}", keys_ - static_cast<int64_t>(drawn) + 1);
  }

  Connection& connection_;
  const int64_t keys_;
  Random random_;
};

double Percent(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

int RunLruTest(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  LruWorkload workload(*connection, std::max<int64_t>(options.modes.lru_test_keys, 1));
  while (true) {
    Counts counts;
    int64_t begin = MonotonicMicroseconds();
    while (MonotonicMicroseconds() - begin < kRoundUs) {
      Status status = workload.Write();
      if (status.ok()) status = workload.Read(counts);
      if (!status.ok()) {
        fmt::print(stderr, "I/O error during LRU test\n");
        return 1;
      }
    }
    int64_t gets = counts.hits + counts.misses;
    fmt::print("{} Gets/sec | Hits: {} ({:.2f}%) | Misses: {} ({:.2f}%)\n", gets, counts.hits,
               Percent(counts.hits, gets), counts.misses, Percent(counts.misses, gets));
    std::fflush(stdout);
  }
}

}  // namespace dunlin::cli
