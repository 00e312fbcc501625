// The single steps of a repair: who has keys of a slot, who shall own it, who shall not.
//
// Thread: main.
// Errors: said on the console; false means that the repair must stop.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cli/cluster_move.h"
#include "cli/cluster_nodes.h"

namespace dunlin::cli {

// Fixing is refused while primaries cannot be reached, unless the user insists; `what` is "slots coverage" or so.
bool MayFix(const Manager& m, const Cluster& cluster, std::string_view what);

// Keys of the slot on the node; nothing when it does not tell.
std::optional<int64_t> CountKeys(const Manager& m, Node& node, int slot);

// The primary among `nodes` with most keys of the slot, the first of equals; null when one of them does not tell.
Node* WithMostKeys(const Manager& m, std::span<Node* const> nodes, int slot);

// Makes the node the owner of the slots, with an epoch that nobody else has.
bool ClaimSlots(const Manager& m, Node& owner, std::span<const int> slots);

bool SetSlot(const Manager& m, Node& node, int slot, std::string_view state, const Node& peer);
bool SetStable(const Manager& m, Node& node, int slot);
// The node no longer believes that the slot has an owner; also when it did not before.
bool ForgetOwner(const Manager& m, Node& node, int slot);

// The node gives up the slot for `owner` and keeps its keys until they are taken away.
bool YieldSlot(const Manager& m, Node& node, int slot, const Node& owner);

// Move and MoveKeysOnly of the mover, with the reason of a failure on the console.
bool MoveSlotOrComplain(const Manager& m, SlotMover& mover, Node& source, Node& target, int slot);
bool MoveKeysOrComplain(const Manager& m, SlotMover& mover, Node& source, Node& target, int slot);

}  // namespace dunlin::cli
