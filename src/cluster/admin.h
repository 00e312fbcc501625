// The CLUSTER subcommands that change something, as values, and the way from words to values.
//
// Error texts are what clients see after "ERR ", byte for byte those of the field.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "cluster/slot_set.h"

namespace dunlin::cluster {

// Node ids are kept as the words that the user typed: the error replies repeat them.
struct MeetCommand {
  std::string ip;
  std::string port_text;
  int64_t port = 0;
  int64_t bus_port = 0;
};
struct ForgetCommand {
  std::string node;
};
struct ReplicateCommand {
  std::string node;
};
// ADDSLOTS, DELSLOTS (ranges of one) and ADDSLOTSRANGE, DELSLOTSRANGE. All or nothing.
struct AssignSlotsCommand {
  bool remove = false;
  std::vector<SlotRange> ranges;
};
struct FlushSlotsCommand {};
struct SetSlotCommand {
  enum class Action : uint8_t { kMigrating, kImporting, kStable, kNode };
  SlotId slot{0};
  Action action = Action::kStable;
  std::string node;  // empty for kStable
  // Not a word of the command: whether this server holds keys of the slot. To be filled in before the core sees it.
  bool slot_has_keys = false;
};
struct BumpEpochCommand {};
struct SetConfigEpochCommand {
  int64_t epoch = 0;
};
struct FailoverCommand {
  enum class Mode : uint8_t { kPlain, kForce, kTakeover };
  Mode mode = Mode::kPlain;
};
struct ResetCommand {
  bool hard = false;
};
struct SaveConfigCommand {};
struct CountFailureReportsCommand {
  std::string node;
};

using AdminCommand = std::variant<MeetCommand, ForgetCommand, ReplicateCommand, AssignSlotsCommand, FlushSlotsCommand,
                                  SetSlotCommand, BumpEpochCommand, SetConfigEpochCommand, FailoverCommand,
                                  ResetCommand, SaveConfigCommand, CountFailureReportsCommand>;

// `words` are what stands after CLUSTER: the subcommand and its arguments. nullopt when the subcommand is not one of
// the above, or has a number of arguments that it never has (the caller says "unknown subcommand or wrong number of
// arguments" in its own words); a Status when an argument makes no sense.
std::optional<Result<AdminCommand>> ParseAdminCommand(std::span<const std::string_view> words);

}  // namespace dunlin::cluster
