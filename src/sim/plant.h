// Bugs that can be planted, to show that the checkers find them. A planted bug lives in the simulation's own drivers:
// they carry out what the machines decide, only wrongly. Nothing in the code of the product knows of it.
//
// Thread: values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dunlin::sim {

enum class Plant : uint8_t {
  kNone,
  kVoteNotPersisted,   // the step that sends a vote does not write nodes.conf
  kSendBeforePersist,  // messages leave before nodes.conf is written
  kOldEpochClaim,      // a claim for a slot is believed whatever its epoch
  kSkippedCommand,     // a replica now and then counts a command of the stream without doing it
  kUnpausedFailover,   // a primary says that its writes are paused, and goes on writing
  kKeptHistory,        // a primary that restarts from a snapshot goes on under the replication id it had
};

struct PlantName {
  Plant plant;
  std::string_view name;
};
inline constexpr std::array<PlantName, 6> kPlants = {{
    {Plant::kVoteNotPersisted, "vote-not-persisted"},
    {Plant::kSendBeforePersist, "send-before-persist"},
    {Plant::kOldEpochClaim, "old-epoch-claim"},
    {Plant::kSkippedCommand, "skipped-command"},
    {Plant::kUnpausedFailover, "unpaused-failover"},
    {Plant::kKeptHistory, "kept-history"},
}};

inline std::optional<Plant> FindPlant(std::string_view name) {
  for (const PlantName& p : kPlants) {
    if (p.name == name) return p.plant;
  }
  return std::nullopt;
}

}  // namespace dunlin::sim
