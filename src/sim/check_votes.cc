#include "sim/check_votes.h"

#include <fmt/format.h>

#include <algorithm>

namespace dunlin::sim {

void VoteCheck::OnSent(HostIndex to, const cluster::Message& message) {
  const cluster::Header& header = message.header;
  if (message.type == cluster::MessageType::kAuthRequest) {
    if (asked_.emplace(header.sender, header.current_epoch).second) ++verdict_.counters.elections;
    return;
  }
  if (message.type != cluster::MessageType::kAuthAck) return;
  auto [vote, fresh] = votes_.try_emplace({header.sender, header.current_epoch}, to);
  if (!fresh) {
    verdict_.Fail("votes", fmt::format("node {} votes in epoch {} for host {} and voted for host {} before",
                                       header.sender.view(), header.current_epoch.value, to.value, vote->second.value));
  }
  polls_[{to, header.current_epoch}].insert(header.sender);
  Epoch& last = last_vote_[header.sender];
  last = std::max(last, header.current_epoch);
}

void VoteCheck::OnStarted(const NodeId& node, Epoch last_vote) {
  auto it = last_vote_.find(node);
  if (it == last_vote_.end() || last_vote >= it->second) return;
  verdict_.Fail("votes", fmt::format("node {} starts with its last vote in epoch {} and had voted in {}", node.view(),
                                     last_vote.value, it->second.value));
}

void VoteCheck::OnElected(HostIndex winner, const cluster::SlotMap& before, const cluster::SlotMap& after) {
  Epoch epoch = after.Myself().config_epoch;
  size_t votes = polls_[{winner, epoch}].size();
  auto quorum = static_cast<size_t>(before.summary().size / 2 + 1);
  if (votes >= quorum) return;
  verdict_.Fail("votes", fmt::format("node {} leads with epoch {} by {} votes, and {} were needed",
                                     after.Myself().id.view(), epoch.value, votes, quorum));
}

void VoteCheck::Forgive(const NodeId& node) {
  last_vote_.erase(node);
  std::erase_if(votes_, [&](const auto& vote) { return vote.first.first == node; });
}

}  // namespace dunlin::sim
