#include "sim/check_claims.h"

#include <fmt/format.h>

namespace dunlin::sim {

void ClaimCheck::OnHeard(HostIndex viewer, const cluster::SlotMap& map, const cluster::Message& message) {
  if (message.light) return;
  if (cluster::IsPingType(message.type) && message.header.replica_of.empty()) {
    heard_[{viewer, message.header.sender}] = message.header.slots;
  } else if (const auto* update = std::get_if<cluster::UpdateBody>(&message.body)) {
    cluster::NodeIndex owner = map.Find(update->owner);
    bool is_news = owner != cluster::kNoNode && map.Node(owner).config_epoch < update->config_epoch;
    if (is_news) heard_[{viewer, update->owner}] = update->slots;
  }
}

void ClaimCheck::OnStarted(HostIndex viewer) {
  std::erase_if(heard_, [&](const auto& heard) { return heard.first.first == viewer; });
}

bool ClaimCheck::StillClaims(HostIndex viewer, const NodeId& owner, SlotId slot) const {
  auto it = heard_.find({viewer, owner});
  return it == heard_.end() || it->second.Test(slot);
}

void ClaimCheck::OnMap(HostIndex viewer, const cluster::SlotMap* before, const cluster::SlotMap& after, bool by_hand) {
  if (before == nullptr || by_hand || before->parts().slots == after.parts().slots) return;
  for (int i = 0; i < kSlotCount; ++i) {
    SlotId slot(static_cast<uint16_t>(i));
    if (before->slots().owner[slot.value] != after.slots().owner[slot.value]) CheckChange(viewer, *before, after, slot);
  }
}

void ClaimCheck::CheckChange(HostIndex viewer, const cluster::SlotMap& before, const cluster::SlotMap& after,
                             SlotId slot) {
  cluster::NodeIndex from = before.Owner(slot);
  cluster::NodeIndex to = after.Owner(slot);
  // One's own claims come from elections, which have a checker of their own.
  if (from == cluster::kNoNode || to == cluster::kNoNode || to == after.my_index()) return;
  const cluster::NodeInfo& loser = before.Node(from);
  const cluster::NodeInfo& winner = after.Node(to);
  if (loser.id == winner.id || winner.config_epoch > loser.config_epoch) return;
  if (!StillClaims(viewer, loser.id, slot)) return;
  verdict_.Fail("claims", fmt::format("node {} gives slot {} of node {} (epoch {}) to node {} (epoch {})",
                                      after.Myself().id.view(), slot.value, loser.id.view(), loser.config_epoch.value,
                                      winner.id.view(), winner.config_epoch.value));
}

}  // namespace dunlin::sim
