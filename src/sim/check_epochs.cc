#include "sim/check_epochs.h"

#include <fmt/format.h>

#include <algorithm>

namespace dunlin::sim {

void EpochCheck::OnSent(const cluster::Message& message) {
  if (message.light) return;
  const cluster::Header& header = message.header;
  Said& said = said_[header.sender];
  if (header.current_epoch < said.current) {
    verdict_.Fail("epochs", fmt::format("node {} tells epoch {} and told {} before", header.sender.view(),
                                        header.current_epoch.value, said.current.value));
  }
  said.current = std::max(said.current, header.current_epoch);
  Epoch& told = told_[header.sender];
  told = std::max(told, header.config_epoch);
  // A replica forgets its own config epoch when it restarts: without slots it stands for nothing.
  if (!header.replica_of.empty() || header.slots.empty()) return;
  if (header.config_epoch < said.own) {
    verdict_.Fail("epochs", fmt::format("node {} claims with config epoch {} and had {} before", header.sender.view(),
                                        header.config_epoch.value, said.own.value));
  }
  said.own = std::max(said.own, header.config_epoch);
}

void EpochCheck::OnMap(const cluster::SlotMap* before, const cluster::SlotMap& after, bool start) {
  const NodeId& me = after.Myself().id;
  auto said = said_.find(me);
  if (start && said != said_.end() && after.summary().current_epoch < said->second.current) {
    verdict_.Fail("epochs", fmt::format("node {} starts with epoch {} and had told {}", me.view(),
                                        after.summary().current_epoch.value, said->second.current.value));
  }
  if (before != nullptr && before->parts().nodes == after.parts().nodes) return;
  for (cluster::NodeIndex index : after.Nodes()) {
    const cluster::NodeInfo& node = after.Node(index);
    if (index == after.my_index() || node.config_epoch == Epoch(0)) continue;
    auto told = told_.find(node.id);
    if (told != told_.end() && node.config_epoch <= told->second) continue;
    verdict_.Fail("epochs", fmt::format("node {} believes in config epoch {} of node {}, which never told it",
                                        me.view(), node.config_epoch.value, node.id.view()));
  }
}

}  // namespace dunlin::sim
