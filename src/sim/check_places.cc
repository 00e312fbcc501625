#include "sim/check_places.h"

#include <fmt/format.h>

#include "sim/server.h"

namespace dunlin::sim {

void PlaceCheck::AfterStep(const Host& host) {
  auto at = static_cast<size_t>(host.index().value);
  if (last_.size() <= at) last_.resize(at + 1);
  std::optional<ReplicationDriver::Place> place = host.server()->replication().place();
  uint64_t data = host.server()->keyspace().hash();
  Last& last = last_[at];
  if (place == last.place && data == last.data) return;
  last = {place, data};
  if (!place) return;
  auto [seen, fresh] = seen_.try_emplace({place->id, place->offset}, Seen{data, host.index()});
  if (fresh || seen->second.data == data) return;
  verdict_.Fail("offsets",
                fmt::format("hosts {} and {} hold different data at offset {} of history {}", seen->second.by.value,
                            host.index().value, place->offset.value, place->id.view()));
}

}  // namespace dunlin::sim
