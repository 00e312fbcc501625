#include "cluster/slots.h"

#include <algorithm>

#include "base/invariant.h"
#include "cluster/gossip.h"
#include "cluster/membership.h"

namespace dunlin::cluster {
namespace {

bool SomePrimaryHasReplicas(const Turn& t) {
  return std::ranges::any_of(
      t.s.live, [&](NodeIndex index) { return !t.At(index).IsReplica() && !t.At(index).replicas.empty(); });
}

void SetOpen(Turn& t, std::map<SlotId, NodeIndex>& open, SlotId slot, NodeIndex peer) {
  if (peer == kNoNode) {
    if (open.erase(slot) == 0) return;
  } else {
    open[slot] = peer;
  }
  t.s.slots_dirty = true;
}

}  // namespace

void AddSlot(Turn& t, NodeIndex owner, SlotId slot) {
  DUNLIN_INVARIANT(t.s.owner[slot.value] == kNoNode, "a slot has one owner");
  Node& node = t.Edit(owner);
  node.slots.Set(slot);
  // A primary with its first slot is one to which replicas may migrate, unless this is a cluster without replicas.
  if (++node.slot_count == 1 && SomePrimaryHasReplicas(t)) node.flags |= node_flag::kMigrateTo;
  t.s.owner[slot.value] = owner;
  t.s.slots_dirty = true;
}

void RemoveSlot(Turn& t, SlotId slot) {
  NodeIndex owner = t.s.owner[slot.value];
  if (owner == kNoNode) return;
  Node& node = t.Edit(owner);
  node.slots.Clear(slot);
  --node.slot_count;
  t.s.owner[slot.value] = kNoNode;
  t.s.owner_not_claiming.Clear(slot);
  t.s.slots_dirty = true;
}

void RemoveSlotsOf(Turn& t, NodeIndex owner) {
  SlotSet slots = t.At(owner).slots;
  slots.ForEach([&](SlotId slot) { RemoveSlot(t, slot); });
}

void ForgetNodeInSlots(Turn& t, NodeIndex index) {
  RemoveSlotsOf(t, index);
  auto with_node = [&](const auto& open) { return open.second == index; };
  if (std::erase_if(t.s.migrating, with_node) + std::erase_if(t.s.importing, with_node) > 0) t.s.slots_dirty = true;
}

void SetMigrating(Turn& t, SlotId slot, NodeIndex peer) { SetOpen(t, t.s.migrating, slot, peer); }
void SetImporting(Turn& t, SlotId slot, NodeIndex peer) { SetOpen(t, t.s.importing, slot, peer); }

void CloseAllOpenSlots(Turn& t) {
  if (t.s.migrating.empty() && t.s.importing.empty()) return;
  t.s.migrating.clear();
  t.s.importing.clear();
  t.s.slots_dirty = true;
}

bool IsUnclaimed(const State& s, SlotId slot) {
  return s.owner[slot.value] == kNoNode || s.owner_not_claiming.Test(slot);
}

void TakeClaims(Turn& t, NodeIndex claimant, Epoch epoch, const SlotSet& claims) {
  State& s = t.s;
  if (claimant == s.myself) {
    t.Log(LogLevel::kNotice, "Discarding UPDATE message about myself.");
    return;
  }
  // Slots that go from this one to the claimant decide whom I follow afterwards.
  const NodeIndex my_shards_primary = t.Me().IsPrimary() ? s.myself : t.Me().primary;
  SlotSet lost;
  int taken_from_my_shard = 0;
  claims.ForEach([&](SlotId slot) {
    NodeIndex owner = s.owner[slot.value];
    if (owner == claimant) {
      s.owner_not_claiming.Clear(slot);
      return;
    }
    // An import ends by hand; until then the slot's new claims are none of my business.
    if (s.importing.contains(slot)) return;
    if (!IsUnclaimed(s, slot) && t.At(owner).config_epoch >= epoch) return;
    if (owner == s.myself) lost.Set(slot);
    if (owner != kNoNode && owner == my_shards_primary) ++taken_from_my_shard;
    RemoveSlot(t, slot);
    AddSlot(t, claimant, slot);
    t.SaveAndSync();
  });
  SlotSet silent = t.At(claimant).slots;
  silent -= claims;
  s.owner_not_claiming |= silent;

  bool my_shard_is_empty = taken_from_my_shard > 0 && t.At(my_shards_primary).slot_count == 0;
  if (my_shard_is_empty && (t.config().allow_replica_migration || claims.Count() == taken_from_my_shard)) {
    t.Log(LogLevel::kNotice, "Configuration change detected. Reconfiguring myself as a replica of {} ({})",
          t.At(claimant).id.view(), t.At(claimant).human_name);
    FollowPrimary(t, claimant);
    return;
  }
  if (LeaveReplicaOfReplica(t)) return;
  // No claim on these keys is left, and no full copy of another node's data will replace them.
  if (!lost.empty()) t.out.follow_ups.emplace_back(DeleteKeysInSlots{lost});
}

void CorrectStaleClaims(Turn& t, NodeIndex sender, Epoch epoch, const SlotSet& claims) {
  const State& s = t.s;
  NodeIndex truth = kNoNode;
  claims.ForEach([&](SlotId slot) {
    NodeIndex owner = s.owner[slot.value];
    if (truth != kNoNode || owner == sender || IsUnclaimed(s, slot)) return;
    if (t.At(owner).config_epoch > epoch) truth = owner;
  });
  if (truth == kNoNode) return;
  t.Log(LogLevel::kVerbose, "Node {} has old slots configuration, sending an UPDATE message about {}",
        t.At(sender).id.view(), t.At(truth).id.view());
  SendUpdate(t, t.At(sender).outbound, truth);
}

void ReconcileWithData(Turn& t, const SlotSet& slots_with_keys) {
  State& s = t.s;
  if (t.Me().IsReplica()) return;
  slots_with_keys.ForEach([&](SlotId slot) {
    NodeIndex owner = s.owner[slot.value];
    if (owner == s.myself || s.importing.contains(slot)) return;
    if (owner == kNoNode) {
      t.Log(LogLevel::kNotice, "I have keys for unassigned slot {}. Taking responsibility for it.", slot.value);
      AddSlot(t, s.myself, slot);
    } else {
      t.Log(LogLevel::kNotice,
            "I have keys for slot {}, but the slot is assigned to another node. Setting it to importing state.",
            slot.value);
      SetImporting(t, slot, owner);
    }
    t.SaveAndSync();
  });
}

}  // namespace dunlin::cluster
