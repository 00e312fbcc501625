// What the checkers found, and what the run counted.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/trace.h"

namespace dunlin::sim {

struct Violation {
  std::string check;  // whose
  std::string what;
};

// Numbers of one run, or the sums over many.
struct Counters {
  uint64_t steps = 0;
  uint64_t messages = 0;
  uint64_t boots = 0;
  uint64_t elections = 0;   // votes were asked for
  uint64_t promotions = 0;  // a replica came to lead
  uint64_t full_syncs = 0;
  uint64_t partial_syncs = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t acknowledged = 0;       // writes that WAIT confirmed
  uint64_t acknowledged_lost = 0;  // of them, those that were gone in the end; allowed, as Redis says of WAIT
  uint64_t slots_moved = 0;
  uint64_t unclaimed_slots = 0;  // that the operator had to assign anew
  uint64_t simulated_ms = 0;

  void Add(const Counters& other);
};

class Verdict {
 public:
  explicit Verdict(Trace& trace) : trace_(trace) {}

  // The first one counts.
  void Fail(std::string_view check, std::string what) {
    if (violation_) return;
    trace_.Line("VIOLATION of {}: {}", check, what);
    violation_ = Violation{std::string(check), std::move(what)};
  }
  const std::optional<Violation>& violation() const { return violation_; }

  Counters counters;

 private:
  Trace& trace_;
  std::optional<Violation> violation_;
};

}  // namespace dunlin::sim
