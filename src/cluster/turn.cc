#include "cluster/turn.h"

#include <algorithm>

#include "base/invariant.h"

namespace dunlin::cluster {

void Turn::OpenLinkTo(NodeIndex index) {
  Node& node = Touch(index);
  DUNLIN_INVARIANT(node.outbound == kNoLink, "a node has at most one outbound link");
  LinkId id(s.next_link++);
  s.links.emplace(id, Link{.node = index, .opened_ms = now});
  node.outbound = id;
  out.wire.emplace_back(OpenLink{id, node.id, node.ip, node.bus_port});
}

void Turn::DropLink(LinkId link) {
  auto it = s.links.find(link);
  if (it == s.links.end()) return;
  if (it->second.node != kNoNode) {
    Node& node = Touch(it->second.node);
    if (node.outbound == link) node.outbound = kNoLink;
    if (node.inbound == link) node.inbound = kNoLink;
    s.links_dirty = true;
  }
  s.links.erase(it);
}

void Turn::CloseLinkNow(LinkId link) {
  if (!s.links.contains(link)) return;
  DropLink(link);
  out.wire.emplace_back(CloseLink{link});
}

void Turn::SendTo(std::vector<LinkId> links, Message message) {
  std::erase(links, kNoLink);
  if (links.empty()) return;
  s.messages_sent[static_cast<size_t>(message.type)] += links.size();
  out.wire.emplace_back(Send{std::move(links), std::make_shared<const Message>(std::move(message))});
}

}  // namespace dunlin::cluster
