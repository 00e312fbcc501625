#include "cluster/admin.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::cluster {
namespace {

using Words = std::span<const std::string_view>;
using Parsed = Result<AdminCommand>;

constexpr int kBusPortOffset = 10000;

Result<SlotId> ParseSlot(std::string_view word) {
  std::optional<int64_t> slot = ParseInt64(word);
  if (!slot || *slot < 0 || *slot >= kSlotCount) {
    return Fail(Status::InvalidArgument("Invalid or out of range slot"));
  }
  return SlotId(static_cast<uint16_t>(*slot));
}

Parsed ParseMeet(Words args) {
  std::optional<int64_t> port = ParseInt64(args[1]);
  if (!port) return Fail(Status::InvalidArgument(fmt::format("Invalid base port specified: {}", args[1])));
  // A port near the end of the numbers is no port either way; it must only not overflow.
  int64_t bus_port = *port >= 0 && *port <= 65535 ? *port + kBusPortOffset : 0;
  if (args.size() == 3) {
    std::optional<int64_t> given = ParseInt64(args[2]);
    if (!given) return Fail(Status::InvalidArgument(fmt::format("Invalid bus port specified: {}", args[2])));
    bus_port = *given;
  }
  return MeetCommand{std::string(args[0]), std::string(args[1]), *port, bus_port};
}

Parsed ParseSlotList(Words args, bool remove) {
  AssignSlotsCommand command{.remove = remove};
  for (std::string_view word : args) {
    Result<SlotId> slot = ParseSlot(word);
    if (!slot) return Fail(slot.error());
    command.ranges.push_back({slot->value, slot->value});
  }
  return command;
}

Parsed ParseSlotRanges(Words args, bool remove) {
  if (args.size() % 2 != 0) {
    return Fail(Status::InvalidArgument(
        fmt::format("wrong number of arguments for 'cluster|{}slotsrange' command", remove ? "del" : "add")));
  }
  AssignSlotsCommand command{.remove = remove};
  for (size_t i = 0; i < args.size(); i += 2) {
    Result<SlotId> first = ParseSlot(args[i]);
    if (!first) return Fail(first.error());
    Result<SlotId> last = ParseSlot(args[i + 1]);
    if (!last) return Fail(last.error());
    command.ranges.push_back({first->value, last->value});
  }
  return command;
}

Parsed ParseSetSlot(Words args) {
  Result<SlotId> slot = ParseSlot(args[0]);
  if (!slot) return Fail(slot.error());
  SetSlotCommand command{.slot = *slot};
  if (EqualsIgnoreCase(args[1], "stable") && args.size() == 2) {
    command.action = SetSlotCommand::Action::kStable;
    return command;
  }
  if (args.size() == 3) {
    command.node = args[2];
    command.action = SetSlotCommand::Action::kNode;
    if (EqualsIgnoreCase(args[1], "node")) return command;
    command.action = SetSlotCommand::Action::kMigrating;
    if (EqualsIgnoreCase(args[1], "migrating")) return command;
    command.action = SetSlotCommand::Action::kImporting;
    if (EqualsIgnoreCase(args[1], "importing")) return command;
  }
  return Fail(Status::InvalidArgument("Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"));
}

Parsed ParseSetConfigEpoch(Words args) {
  std::optional<int64_t> epoch = ParseInt64(args[0]);
  if (!epoch) return Fail(Status::InvalidArgument("value is not an integer or out of range"));
  return SetConfigEpochCommand{*epoch};
}

Parsed ParseFailover(Words args) {
  if (args.empty()) return FailoverCommand{FailoverCommand::Mode::kPlain};
  if (EqualsIgnoreCase(args[0], "force")) return FailoverCommand{FailoverCommand::Mode::kForce};
  if (EqualsIgnoreCase(args[0], "takeover")) return FailoverCommand{FailoverCommand::Mode::kTakeover};
  return Fail(Status::InvalidArgument("syntax error"));
}

Parsed ParseReset(Words args) {
  if (args.empty() || EqualsIgnoreCase(args[0], "soft")) return ResetCommand{.hard = false};
  if (EqualsIgnoreCase(args[0], "hard")) return ResetCommand{.hard = true};
  return Fail(Status::InvalidArgument("syntax error"));
}

// One subcommand: how many arguments it may have, and what they mean.
struct Row {
  std::string_view name;
  size_t min_args;
  size_t max_args;
  Parsed (*parse)(Words args);
};

constexpr size_t kAnyNumber = SIZE_MAX;
const Row kRows[] = {
    {"meet", 2, 3, ParseMeet},
    {"forget", 1, 1, [](Words args) -> Parsed { return ForgetCommand{std::string(args[0])}; }},
    {"replicate", 1, 1, [](Words args) -> Parsed { return ReplicateCommand{std::string(args[0])}; }},
    {"addslots", 1, kAnyNumber, [](Words args) { return ParseSlotList(args, false); }},
    {"delslots", 1, kAnyNumber, [](Words args) { return ParseSlotList(args, true); }},
    {"addslotsrange", 2, kAnyNumber, [](Words args) { return ParseSlotRanges(args, false); }},
    {"delslotsrange", 2, kAnyNumber, [](Words args) { return ParseSlotRanges(args, true); }},
    {"flushslots", 0, 0, [](Words) -> Parsed { return FlushSlotsCommand{}; }},
    {"setslot", 2, kAnyNumber, ParseSetSlot},
    {"bumpepoch", 0, 0, [](Words) -> Parsed { return BumpEpochCommand{}; }},
    {"set-config-epoch", 1, 1, ParseSetConfigEpoch},
    {"failover", 0, 1, ParseFailover},
    {"reset", 0, 1, ParseReset},
    {"saveconfig", 0, 0, [](Words) -> Parsed { return SaveConfigCommand{}; }},
    {"count-failure-reports", 1, 1,
     [](Words args) -> Parsed { return CountFailureReportsCommand{std::string(args[0])}; }},
};

}  // namespace

std::optional<Result<AdminCommand>> ParseAdminCommand(std::span<const std::string_view> words) {
  if (words.empty()) return std::nullopt;
  Words args = words.subspan(1);
  for (const Row& row : kRows) {
    if (!EqualsIgnoreCase(row.name, words[0])) continue;
    if (args.size() < row.min_args || args.size() > row.max_args) return std::nullopt;
    return row.parse(args);
  }
  return std::nullopt;
}

}  // namespace dunlin::cluster
