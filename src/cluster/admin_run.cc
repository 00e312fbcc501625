#include "cluster/admin_run.h"

#include "cluster/epochs.h"
#include "cluster/failure.h"
#include "cluster/gossip.h"
#include "cluster/manual_failover.h"
#include "cluster/membership.h"
#include "cluster/slots.h"

namespace dunlin::cluster {
namespace {

AdminReply Refuse(std::string message) { return {.status = Status::InvalidArgument(std::move(message))}; }
AdminReply UnknownNode(const std::string& node) {
  return {.status = Status::NotFound(fmt::format("Unknown node {}", node))};
}

AdminReply Run(Turn& t, const MeetCommand& command) {
  if (!StartHandshake(t, command.ip, command.port, command.bus_port)) {
    return Refuse(fmt::format("Invalid node address specified: {}:{}", command.ip, command.port_text));
  }
  return {};
}

AdminReply Run(Turn& t, const ForgetCommand& command) {
  NodeIndex index = FindNode(t.s, command.node);
  if (index == kNoNode) {
    // Another node may have told me already.
    std::optional<NodeId> id = NodeId::Parse(command.node);
    return id && IsForbidden(t, *id) ? AdminReply() : UnknownNode(command.node);
  }
  if (index == t.s.myself) return Refuse("I tried hard but I can't forget myself...");
  if (t.Me().IsReplica() && t.Me().primary == index) return Refuse("Can't forget my master!");
  Forbid(t, t.At(index).id, t.config().blacklist_ttl_s * 1000);
  RemoveNode(t, index);
  t.Save();
  return {};
}

AdminReply Run(Turn& t, const ReplicateCommand& command) {
  NodeIndex index = FindNode(t.s, command.node);
  if (index == kNoNode) return UnknownNode(command.node);
  if (index == t.s.myself) return Refuse("Can't replicate myself");
  if (t.At(index).IsReplica()) return Refuse("I can only replicate a master, not a replica.");
  if (t.Me().IsPrimary() && (t.Me().slot_count != 0 || !t.s.facts.dataset_empty)) {
    return Refuse("To set a master the node must be empty and without assigned slots.");
  }
  if (t.Me().primary != index) FollowPrimary(t, index);
  return {};
}

// The slots of all ranges, when each may be assigned, or removed, and is named once.
Result<SlotSet> CheckRanges(const Turn& t, const AssignSlotsCommand& command) {
  SlotSet slots;
  for (SlotRange range : command.ranges) {
    if (range.first > range.last) {
      return Fail(Status::InvalidArgument(
          fmt::format("start slot number {} is greater than end slot number {}", range.first, range.last)));
    }
    for (int i = range.first; i <= range.last; ++i) {
      SlotId slot(static_cast<uint16_t>(i));
      bool is_owned = t.s.owner[slot.value] != kNoNode;
      if (command.remove != is_owned) {
        return Fail(
            Status::InvalidArgument(fmt::format("Slot {} is already {}", i, command.remove ? "unassigned" : "busy")));
      }
      if (slots.Test(slot)) return Fail(Status::InvalidArgument(fmt::format("Slot {} specified multiple times", i)));
      slots.Set(slot);
    }
  }
  return slots;
}

AdminReply Run(Turn& t, const AssignSlotsCommand& command) {
  Result<SlotSet> slots = CheckRanges(t, command);
  if (!slots) return {.status = slots.error()};
  // Redis lets a replica take slots, and stops with a failed assertion when it then follows another primary.
  if (!command.remove && t.Me().IsReplica()) return Refuse("Please use ADDSLOTS only with masters.");
  slots->ForEach([&](SlotId slot) {
    SetImporting(t, slot, kNoNode);
    command.remove ? RemoveSlot(t, slot) : AddSlot(t, t.s.myself, slot);
  });
  t.Save();
  return {};
}

AdminReply Run(Turn& t, const FlushSlotsCommand&) {
  if (!t.s.facts.dataset_empty) return Refuse("DB must be empty to perform CLUSTER FLUSHSLOTS.");
  RemoveSlotsOf(t, t.s.myself);
  t.Save();
  return {};
}

// Marks the slot as going to, or coming from, another primary.
AdminReply OpenSlotOf(Turn& t, const SetSlotCommand& command) {
  bool migrating = command.action == SetSlotCommand::Action::kMigrating;
  bool is_mine = t.s.owner[command.slot.value] == t.s.myself;
  if (migrating && !is_mine) return Refuse(fmt::format("I'm not the owner of hash slot {}", command.slot.value));
  if (!migrating && is_mine) return Refuse(fmt::format("I'm already the owner of hash slot {}", command.slot.value));
  NodeIndex peer = FindNode(t.s, command.node);
  if (peer == kNoNode) return Refuse(fmt::format("I don't know about node {}", command.node));
  if (t.At(peer).IsReplica()) return Refuse("Target node is not a master");
  migrating ? SetMigrating(t, command.slot, peer) : SetImporting(t, command.slot, peer);
  return {};
}

// The importing end of a move by hand: the others must believe the new owner, so it needs the newest epoch, without a
// vote. Should another node take the same one at the same time, the collision is resolved.
void FinishImport(Turn& t, SlotId slot) {
  SetImporting(t, slot, kNoNode);
  if (BumpEpochWithoutConsensus(t)) {
    t.Log(LogLevel::kNotice, "configEpoch updated after importing slot {}", slot.value);
  } else {
    BroadcastPong(t, PongAudience::kEverybody);
  }
}

AdminReply GiveSlot(Turn& t, const SetSlotCommand& command) {
  SlotId slot = command.slot;
  NodeIndex owner = FindNode(t.s, command.node);
  if (owner == kNoNode) return UnknownNode(command.node);
  if (t.At(owner).IsReplica()) return Refuse("Target node is not a master");
  bool was_mine = t.s.owner[slot.value] == t.s.myself;
  bool is_mine = owner == t.s.myself;
  if (was_mine && !is_mine && command.slot_has_keys) {
    return Refuse(fmt::format(
        "Can't assign hashslot {} to a different node while I still hold keys for this hash slot.", slot.value));
  }
  if (!command.slot_has_keys) SetMigrating(t, slot, kNoNode);
  RemoveSlot(t, slot);
  AddSlot(t, owner, slot);
  if (was_mine && !is_mine && t.Me().slot_count == 0 && t.config().allow_replica_migration) {
    t.Log(LogLevel::kNotice, "Configuration change detected. Reconfiguring myself as a replica of {} ({})",
          t.At(owner).id.view(), t.At(owner).human_name);
    FollowPrimary(t, owner);
  }
  if (is_mine && t.s.importing.contains(slot)) FinishImport(t, slot);
  return {};
}

AdminReply Run(Turn& t, const SetSlotCommand& command) {
  if (t.Me().IsReplica()) return Refuse("Please use SETSLOT only with masters.");
  AdminReply reply;
  switch (command.action) {
    case SetSlotCommand::Action::kMigrating:
    case SetSlotCommand::Action::kImporting: reply = OpenSlotOf(t, command); break;
    case SetSlotCommand::Action::kNode: reply = GiveSlot(t, command); break;
    case SetSlotCommand::Action::kStable:
      SetImporting(t, command.slot, kNoNode);
      SetMigrating(t, command.slot, kNoNode);
      break;
  }
  if (reply.status.ok()) t.Save();
  return reply;
}

AdminReply Run(Turn& t, const BumpEpochCommand&) {
  bool bumped = BumpEpochWithoutConsensus(t);
  return {.text = fmt::format("{} {}", bumped ? "BUMPED" : "STILL", t.Me().config_epoch.value)};
}

AdminReply Run(Turn& t, const SetConfigEpochCommand& command) {
  if (command.epoch < 0) return Refuse(fmt::format("Invalid config epoch specified: {}", command.epoch));
  if (t.s.live.size() > 1) {
    return Refuse("The user can assign a config epoch only when the node does not know any other node.");
  }
  if (t.Me().config_epoch != Epoch(0)) return Refuse("Node config epoch is already non-zero");
  Epoch epoch(static_cast<uint64_t>(command.epoch));
  t.EditMe().config_epoch = epoch;
  t.s.current_epoch = std::max(t.s.current_epoch, epoch);
  t.Log(LogLevel::kNotice, "configEpoch set to {} via CLUSTER SET-CONFIG-EPOCH", epoch.value);
  t.Save();
  return {};
}

AdminReply Run(Turn& t, const FailoverCommand& command) { return {.status = StartManualFailover(t, command.mode)}; }

void TakeNewIdentity(Turn& t) {
  t.s.current_epoch = t.s.last_vote_epoch = Epoch(0);
  t.EditMe().config_epoch = Epoch(0);
  t.Log(LogLevel::kNotice, "configEpoch set to 0 via CLUSTER RESET HARD");
  RenameNode(t, t.s.myself, RandomNodeId(t));
  t.Log(LogLevel::kNotice, "Node hard reset, now I'm {}", t.Me().id.view());
}

AdminReply Run(Turn& t, const ResetCommand& command) {
  State& s = t.s;
  if (t.Me().IsPrimary() && !s.facts.dataset_empty) {
    return Refuse("CLUSTER RESET can't be called with master nodes containing keys");
  }
  bool was_replica = t.Me().IsReplica();
  if (was_replica) {
    TurnIntoPrimary(t, s.myself);
    t.out.follow_ups.emplace_back(FlushAll{});
  }
  CloseAllOpenSlots(t);
  ResetManualFailover(t);
  s.election = Election();
  RemoveSlotsOf(t, s.myself);
  std::vector<NodeIndex> others = s.live;
  for (NodeIndex index : others) {
    if (index != s.myself) RemoveNode(t, index);
  }
  s.blacklist.clear();
  if (command.hard) TakeNewIdentity(t);
  // Alone, it is no longer of the shard whose primary it followed.
  if (command.hard || was_replica) t.EditMe().shard = RandomShardId(t);
  t.SaveAndSync();
  return {};
}

AdminReply Run(Turn& t, const SaveConfigCommand&) {
  t.SaveAndSync();
  t.save_is_reply = true;
  return {};
}

AdminReply Run(Turn& t, const CountFailureReportsCommand& command) {
  NodeIndex index = FindNode(t.s, command.node);
  if (index == kNoNode) return UnknownNode(command.node);
  return {.integer = CountFailureReports(t, index)};
}

}  // namespace

AdminReply RunAdmin(Turn& t, const AdminCommand& command) {
  return std::visit([&](const auto& c) { return Run(t, c); }, command);
}

}  // namespace dunlin::cluster
