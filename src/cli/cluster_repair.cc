#include "cli/cluster_repair.h"

namespace dunlin::cli {
namespace {

SlotMover::Style FixingStyle() { return {.quiet = false, .fixing = true, .on_slot = nullptr}; }

bool Came(const Manager& m, const Node& source, const Node& target, const SlotMover::Outcome& outcome) {
  if (outcome.interrupted) {
    PrintInterrupted(m, outcome, outcome.moved, 1, source, target);
  } else if (!outcome.status.ok() && !outcome.printed) {
    source.PrintReplyError(m, outcome.status.message());
  }
  return outcome.done();
}

}  // namespace

bool MayFix(const Manager& m, const Cluster& cluster, std::string_view what) {
  if (cluster.unreachable_primaries() == 0 || m.cluster().fix_with_unreachable_primaries) return true;
  m.console.Warn(
      "*** Fixing {} with {} unreachable masters is dangerous: redis-cli will assume that slots about masters that are "
      "not reachable are not covered, and will try to reassign them to the reachable nodes. This can cause data loss "
      "and is rarely what you want to do. If you really want to proceed use the --cluster-fix-with-unreachable-masters "
      "option.\n",
      what, cluster.unreachable_primaries());
  return false;
}

std::optional<int64_t> CountKeys(const Manager& m, Node& node, int slot) {
  std::optional<resp::Reply> reply = node.AskOrComplain(m, {"CLUSTER", "COUNTKEYSINSLOT", NumberText(slot)});
  if (!reply) return std::nullopt;
  return reply->integer;
}

Node* WithMostKeys(const Manager& m, std::span<Node* const> nodes, int slot) {
  Node* most = nullptr;
  int64_t most_keys = 0;
  for (Node* node : nodes) {
    if (!node->is_primary()) continue;
    std::optional<int64_t> keys = CountKeys(m, *node, slot);
    if (!keys) return nullptr;
    if (most != nullptr && *keys <= most_keys) continue;
    most = node;
    most_keys = *keys;
  }
  return most;
}

bool ClaimSlots(const Manager& m, Node& owner, std::span<const int> slots) {
  Connection& connection = owner.connection();
  connection.Queue({"MULTI"});
  for (int slot : slots) {
    // Fails where the slot had no owner, which is as good.
    connection.Queue({"CLUSTER", "DELSLOTS", NumberText(slot)});
    connection.Queue({"CLUSTER", "ADDSLOTS", NumberText(slot)});
  }
  connection.Queue({"CLUSTER", "BUMPEPOCH"});
  connection.Queue({"EXEC"});
  Status refused;
  Result<resp::Reply> reply;
  for (size_t i = 0; i < slots.size() * 2 + 3; ++i) {
    reply = connection.Receive();
    if (!reply) break;
    if (reply->IsError() && refused.ok()) refused = Status::Unavailable(reply->text);
  }
  if (!reply) refused = reply.error();
  if (refused.ok() && reply->elements.size() != slots.size() * 2 + 1) {
    refused = Status::Corruption("EXEC did not answer for every command");
  }
  for (size_t i = 0; refused.ok() && i < slots.size(); ++i) {
    const resp::Reply& added = reply->elements[i * 2 + 1];
    if (added.IsError()) refused = Status::Unavailable(added.text);
  }
  if (!refused.ok()) {
    owner.PrintReplyError(m, refused.message());
    return false;
  }
  for (int slot : slots) owner.set_owns(slot, true);
  return true;
}

bool SetSlot(const Manager& m, Node& node, int slot, std::string_view state, const Node& peer) {
  return node.AskOrComplain(m, {"CLUSTER", "SETSLOT", NumberText(slot), state, peer.id()}).has_value();
}

bool SetStable(const Manager& m, Node& node, int slot) {
  return node.AskOrComplain(m, {"CLUSTER", "SETSLOT", NumberText(slot), "STABLE"}).has_value();
}

bool ForgetOwner(const Manager& m, Node& node, int slot) {
  Result<resp::Reply> reply = node.Ask({"CLUSTER", "DELSLOTS", NumberText(slot)});
  if (!reply) {
    Result<std::string> owner = SlotOwnerSeenBy(node, slot);
    if (!owner || !owner->empty()) {
      node.PrintReplyError(m, owner ? reply.error().message() : owner.error().message());
      return false;
    }
  }
  node.set_owns(slot, false);
  return true;
}

bool YieldSlot(const Manager& m, Node& node, int slot, const Node& owner) {
  return ForgetOwner(m, node, slot) && SetSlot(m, node, slot, "NODE", owner) &&
         SetSlot(m, node, slot, "IMPORTING", owner);
}

bool MoveSlotOrComplain(const Manager& m, SlotMover& mover, Node& source, Node& target, int slot) {
  return Came(m, source, target, mover.Move(source, target, std::span(&slot, 1), FixingStyle()));
}

bool MoveKeysOrComplain(const Manager& m, SlotMover& mover, Node& source, Node& target, int slot) {
  return Came(m, source, target, mover.MoveKeysOnly(source, target, slot, FixingStyle()));
}

}  // namespace dunlin::cli
