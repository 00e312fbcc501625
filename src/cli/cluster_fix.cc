#include "cli/cluster_fix.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/cluster_repair.h"

namespace dunlin::cli {
namespace {

// Slots that one transaction claims.
constexpr size_t kClaimBatch = 512;
// Questions that a node gets at once.
constexpr size_t kCountBatch = 1024;

std::string Addresses(const std::vector<Node*>& nodes) {
  std::string text;
  for (const Node* node : nodes) text += (text.empty() ? "" : ",") + node->Address();
  return text;
}

const OpenSlot* FindOpen(const std::vector<OpenSlot>& open, int slot) {
  auto found = std::ranges::find(open, slot, &OpenSlot::slot);
  return found == open.end() ? nullptr : &*found;
}

// --- slots that are half way between two nodes ---

class OpenSlotFix {
 public:
  OpenSlotFix(const Manager& m, Cluster& cluster, SlotMover& mover, int slot)
      : m_(m), cluster_(cluster), mover_(mover), slot_(slot) {}

  bool Run();

 private:
  bool FindClaimants();
  bool FindOpenEnds();
  bool ChooseOwner();
  bool CloseByCase();
  bool MoveToOwner();
  bool MoveToDestination();
  bool CloseMigrating();
  bool GiveUp();

  const Manager& m_;
  Cluster& cluster_;
  SlotMover& mover_;
  int slot_;
  std::vector<Node*> claimants_;  // say that they own it, or hold keys of it
  std::vector<Node*> migrating_;
  std::vector<Node*> importing_;  // as they say, or because they hold keys of it
  Node* owner_ = nullptr;
};

bool OpenSlotFix::Run() {
  m_.console.Info(">>> Fixing open slot {}\n", slot_);
  return FindClaimants() && FindOpenEnds() && ChooseOwner() && CloseByCase();
}

bool OpenSlotFix::FindClaimants() {
  for (Node* node : cluster_.All()) {
    if (node->is_replica()) continue;
    if (node->owns(slot_)) {
      claimants_.push_back(node);
      continue;
    }
    std::optional<int64_t> keys = CountKeys(m_, *node, slot_);
    if (!keys) return false;
    if (*keys == 0) continue;
    m_.console.Warn("*** Found keys about slot {} in non-owner node {}!\n", slot_, node->Address());
    claimants_.push_back(node);
  }
  if (claimants_.size() == 1) owner_ = claimants_.front();
  return true;
}

bool OpenSlotFix::FindOpenEnds() {
  for (Node* node : cluster_.All()) {
    if (node->is_replica()) continue;
    if (FindOpen(node->line().migrating, slot_) != nullptr) {
      migrating_.push_back(node);
    } else if (FindOpen(node->line().importing, slot_) != nullptr) {
      importing_.push_back(node);
    } else if (node != owner_) {
      std::optional<int64_t> keys = CountKeys(m_, *node, slot_);
      if (!keys) return false;
      if (*keys == 0) continue;
      m_.console.Warn("*** Found keys about slot {} in node {}!\n", slot_, node->Address());
      importing_.push_back(node);
    }
  }
  if (!migrating_.empty()) m_.console.Print("Set as migrating in: {}\n", Addresses(migrating_));
  if (!importing_.empty()) m_.console.Print("Set as importing in: {}\n", Addresses(importing_));
  return true;
}

// Leaves one owner; whoever else claimed the slot imports it from there on.
bool OpenSlotFix::ChooseOwner() {
  if (owner_ != nullptr) return true;
  m_.console.Info(">>> No single clear owner for the slot, selecting an owner by # of keys...\n");
  owner_ = WithMostKeys(m_, cluster_.Primaries(), slot_);
  if (owner_ == nullptr) {
    m_.console.Error("[ERR] Can't select a slot owner. Impossible to fix.\n");
    return false;
  }
  m_.console.Warn("*** Configuring {} as the slot owner\n", owner_->Address());
  for (Node* node : claimants_) {
    if (node == owner_) continue;
    if (!YieldSlot(m_, *node, slot_, *owner_)) return false;
    std::erase(importing_, node);
    importing_.push_back(node);
    std::erase(migrating_, node);
  }
  std::erase(migrating_, owner_);
  std::erase(importing_, owner_);
  return SetStable(m_, *owner_, slot_) && ClaimSlots(m_, *owner_, std::span(&slot_, 1));
}

bool OpenSlotFix::CloseByCase() {
  if (migrating_.size() == 1 && importing_.size() == 1) {
    Node& source = *migrating_.front();
    Node& target = *importing_.front();
    m_.console.Info(">>> Case 1: Moving slot {} from {} to {}\n", slot_, source.Address(), target.Address());
    return MoveSlotOrComplain(m_, mover_, source, target, slot_);
  }
  if (migrating_.empty() && !importing_.empty()) return MoveToOwner();
  if (migrating_.size() == 1 && importing_.size() > 1) return MoveToDestination();
  return CloseMigrating();
}

// Nobody gives the slot away, but some have it open or hold keys of it: they hand everything to the owner.
bool OpenSlotFix::MoveToOwner() {
  m_.console.Info(">>> Case 2: Moving all the {} slot keys to its owner {}\n", slot_, owner_->Address());
  for (Node* node : importing_) {
    if (node == owner_) continue;
    if (!MoveKeysOrComplain(m_, mover_, *node, *owner_, slot_)) return false;
    m_.console.Info(">>> Setting {} as STABLE in {}\n", slot_, node->Address());
    if (!SetStable(m_, *node, slot_)) return false;
  }
  for (Node* node : cluster_.All()) {
    if (node == owner_ || node->is_replica()) continue;
    if (!SetSlot(m_, *node, slot_, "NODE", *owner_)) return false;
  }
  return true;
}

// One gives it away and several wait for it, none of them with keys: the one that it was meant for gets it.
bool OpenSlotFix::MoveToDestination() {
  Node& source = *migrating_.front();
  const std::string& wanted = FindOpen(source.line().migrating, slot_)->peer_id;
  Node* destination = nullptr;
  for (Node* node : importing_) {
    std::optional<int64_t> keys = CountKeys(m_, *node, slot_);
    if (!keys || *keys > 0) return GiveUp();
    if (node->id() == wanted) destination = node;
  }
  if (destination != nullptr) {
    m_.console.Info(">>> Case 3: Moving slot {} from {} to {} and closing it on all the other importing nodes.\n",
                    slot_, source.Address(), destination->Address());
    if (!MoveSlotOrComplain(m_, mover_, source, *destination, slot_)) return false;
  } else {
    m_.console.Info(">>> Case 3: Closing slot {} on both migrating and importing nodes.\n", slot_);
    if (!SetStable(m_, source, slot_)) return false;
  }
  return std::ranges::all_of(importing_,
                             [&](Node* node) { return node == destination || SetStable(m_, *node, slot_); });
}

// One gives it away and nobody waits for it: the trace of a move that was broken off.
bool OpenSlotFix::CloseMigrating() {
  if (migrating_.size() != 1 || !importing_.empty()) return GiveUp();
  Node& node = *migrating_.front();
  if (&node != owner_) {
    std::optional<int64_t> keys = CountKeys(m_, node, slot_);
    if (!keys) return false;
    if (*keys > 0) return GiveUp();
  }
  m_.console.Info(">>> Case 4: Closing slot {} on {}\n", slot_, node.Address());
  return SetStable(m_, node, slot_);
}

bool OpenSlotFix::GiveUp() {
  m_.console.Error(
      "[ERR] Sorry, redis-cli can't fix this slot yet (work in progress). Slot is set as migrating in {}, as importing "
      "in {}, owner is {}\n",
      Addresses(migrating_), Addresses(importing_), owner_->Address());
  return false;
}

// --- slots that nobody serves ---

class CoverageFix {
 public:
  CoverageFix(const Manager& m, Cluster& cluster) : m_(m), cluster_(cluster) {}

  bool Run(const SlotSet& uncovered);

 private:
  bool FindHolders(const SlotSet& uncovered);
  bool CoverKeyless();
  bool CoverHeldByOne();
  bool CoverHeldByMany();
  bool CoverMovingKeys(int slot, SlotMover& mover);
  bool Claim(const std::vector<std::pair<int, Node*>>& owners);

  const Manager& m_;
  Cluster& cluster_;
  std::vector<std::vector<Node*>> holders_{kSlotCount};  // primaries that have keys of the slot
  SlotSet keyless_;
  SlotSet held_by_one_;
  SlotSet held_by_many_;
  int fixed_ = 0;
};

bool CoverageFix::Run(const SlotSet& uncovered) {
  m_.console.Info(">>> Fixing slots coverage...\n");
  if (cluster_.Primaries().empty() || !FindHolders(uncovered)) return false;
  return CoverKeyless() && CoverHeldByOne() && CoverHeldByMany() && fixed_ > 0;
}

bool CoverageFix::FindHolders(const SlotSet& uncovered) {
  for (Node* node : cluster_.Primaries()) {
    std::vector<int64_t> counts = CountKeysInSlots(m_, *node, uncovered);
    if (counts.empty()) return false;
    for (size_t slot = 0; slot < counts.size(); ++slot) {
      if (counts[slot] > 0) holders_[slot].push_back(node);
    }
  }
  for (size_t slot = uncovered._Find_first(); slot < uncovered.size(); slot = uncovered._Find_next(slot)) {
    keyless_.set(slot, holders_[slot].empty());
    held_by_one_.set(slot, holders_[slot].size() == 1);
    held_by_many_.set(slot, holders_[slot].size() > 1);
  }
  return true;
}

bool CoverageFix::CoverKeyless() {
  if (keyless_.none()) return true;
  m_.console.Print("The following uncovered slots have no keys across the cluster:\n{}\n", SlotRanges(keyless_));
  if (!m_.console.Confirm("Fix these slots by covering with a random node?", Console::Force::kIgnored)) return true;
  std::vector<Node*> primaries = cluster_.Primaries();
  std::vector<std::pair<int, Node*>> owners;
  Node* owner = nullptr;
  for (size_t slot = keyless_._Find_first(); slot < keyless_.size(); slot = keyless_._Find_next(slot)) {
    // Neighbours stay together, so that the ranges of slots do not fall to pieces.
    bool neighbour = !owners.empty() && owners.back().first + 1 == static_cast<int>(slot);
    if (!neighbour) owner = primaries[m_.dice.Below(primaries.size())];
    owners.emplace_back(static_cast<int>(slot), owner);
  }
  return Claim(owners);
}

bool CoverageFix::CoverHeldByOne() {
  if (held_by_one_.none()) return true;
  m_.console.Print("The following uncovered slots have keys in just one node:\n{}\n", SlotRanges(held_by_one_));
  if (!m_.console.Confirm("Fix these slots by covering with those nodes?", Console::Force::kIgnored)) return true;
  std::vector<std::pair<int, Node*>> owners;
  for (size_t slot = held_by_one_._Find_first(); slot < held_by_one_.size(); slot = held_by_one_._Find_next(slot)) {
    owners.emplace_back(static_cast<int>(slot), holders_[slot].front());
  }
  return Claim(owners);
}

bool CoverageFix::CoverHeldByMany() {
  if (held_by_many_.none()) return true;
  m_.console.Print("The following uncovered slots have keys in multiple nodes:\n{}\n", SlotRanges(held_by_many_));
  if (!m_.console.Confirm("Fix these slots by moving keys into a single node?", Console::Force::kIgnored)) return true;
  InterruptGuard interrupts;
  SlotMover mover(m_, cluster_, interrupts);
  for (size_t slot = held_by_many_._Find_first(); slot < held_by_many_.size(); slot = held_by_many_._Find_next(slot)) {
    if (!CoverMovingKeys(static_cast<int>(slot), mover)) return false;
  }
  return true;
}

bool CoverageFix::CoverMovingKeys(int slot, SlotMover& mover) {
  const std::vector<Node*>& holders = holders_[static_cast<size_t>(slot)];
  Node* target = WithMostKeys(m_, holders, slot);
  if (target == nullptr) return false;
  m_.console.Info(">>> Covering slot {} moving keys to {}\n", slot, target->Address());
  for (Node* node : holders) {
    // Importing, because a node that neither owns nor imports a slot sends MIGRATE away like any other command.
    bool ready =
        node == target || (SetSlot(m_, *node, slot, "NODE", *target) && SetSlot(m_, *node, slot, "IMPORTING", *target));
    if (!ready) return false;
  }
  if (!SetStable(m_, *target, slot) || !ClaimSlots(m_, *target, std::span(&slot, 1))) return false;
  for (Node* node : holders) {
    if (node == target) continue;
    if (!MoveKeysOrComplain(m_, mover, *node, *target, slot) || !SetStable(m_, *node, slot)) return false;
  }
  ++fixed_;
  return true;
}

// Gives each slot to its node, many at a time.
bool CoverageFix::Claim(const std::vector<std::pair<int, Node*>>& owners) {
  for (const auto& [slot, owner] : owners) m_.console.Info(">>> Covering slot {} with {}\n", slot, owner->Address());
  for (Node* node : cluster_.Primaries()) {
    std::vector<int> slots;
    for (const auto& [slot, owner] : owners) {
      if (owner == node) slots.push_back(slot);
    }
    for (size_t at = 0; at < slots.size(); at += kClaimBatch) {
      std::span batch = std::span(slots).subspan(at, std::min(kClaimBatch, slots.size() - at));
      if (!ClaimSlots(m_, *node, batch)) return false;
      fixed_ += static_cast<int>(batch.size());
    }
  }
  return true;
}

}  // namespace

bool FixCoverage(const Manager& m, Cluster& cluster, const SlotSet& uncovered) {
  return CoverageFix(m, cluster).Run(uncovered);
}

bool FixOpenSlots(const Manager& m, Cluster& cluster, const std::set<int>& slots) {
  InterruptGuard interrupts;
  SlotMover mover(m, cluster, interrupts);
  for (int slot : slots) {
    if (interrupts.Interrupted()) {
      m.console.Complain("*** Interrupted before slot {}. Run the same command again to go on.\n", slot);
      return false;
    }
    if (!OpenSlotFix(m, cluster, mover, slot).Run()) return false;
  }
  return true;
}

bool FixMultipleOwners(const Manager& m, Cluster& cluster, int slot, const std::vector<Node*>& owners) {
  m.console.Info(">>> Fixing multiple owners for slot {}...\n", slot);
  Node* owner = WithMostKeys(m, owners, slot);
  if (owner == nullptr) owner = owners.front();
  m.console.Info(">>> Setting slot {} owner: {}\n", slot, owner->Address());
  std::vector<Node*> others;
  for (Node* node : cluster.All()) {
    if (node == owner || node->is_replica()) continue;
    if (!YieldSlot(m, *node, slot, *owner)) return false;
    others.push_back(node);
  }
  if (!ClaimSlots(m, *owner, std::span(&slot, 1))) return false;
  InterruptGuard interrupts;
  SlotMover mover(m, cluster, interrupts);
  for (Node* node : others) {
    std::optional<int64_t> keys = CountKeys(m, *node, slot);
    if (!keys) return false;
    if (*keys > 0 && !MoveKeysOrComplain(m, mover, *node, *owner, slot)) return false;
    if (!SetStable(m, *node, slot)) return false;
  }
  return true;
}

std::vector<int64_t> CountKeysInSlots(const Manager& m, Node& node, const SlotSet& which) {
  std::vector<int64_t> counts(kSlotCount, 0);
  size_t asked = which._Find_first();
  for (size_t told = asked; told < which.size();) {
    for (size_t n = 0; n < kCountBatch && asked < which.size(); ++n, asked = which._Find_next(asked)) {
      node.connection().Queue({"CLUSTER", "COUNTKEYSINSLOT", NumberText(static_cast<int64_t>(asked))});
    }
    for (; told != asked; told = which._Find_next(told)) {
      Result<resp::Reply> reply = node.connection().Receive();
      if (!reply || reply->IsError()) {
        node.PrintReplyError(m, reply ? reply->text : reply.error().message());
        return {};
      }
      counts[told] = reply->integer;
    }
  }
  return counts;
}

}  // namespace dunlin::cli
