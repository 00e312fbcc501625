// The same replication id and offset mean the same data, whoever holds it and whenever.
//
// Thread: one at a time.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "sim/host.h"
#include "sim/replication_driver.h"
#include "sim/verdict.h"

namespace dunlin::sim {

class PlaceCheck {
 public:
  explicit PlaceCheck(Verdict& verdict) : verdict_(verdict) {}

  void AfterStep(const Host& host);

 private:
  struct Seen {
    uint64_t data = 0;
    HostIndex by;
  };
  struct Last {
    std::optional<ReplicationDriver::Place> place;
    uint64_t data = 0;
  };

  Verdict& verdict_;
  std::map<std::pair<ReplicationId, Offset>, Seen> seen_;
  std::vector<Last> last_;  // of each host
};

}  // namespace dunlin::sim
