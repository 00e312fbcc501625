#include "cluster/receive.h"

#include <utility>

#include "cluster/election.h"
#include "cluster/epochs.h"
#include "cluster/failure.h"
#include "cluster/gossip.h"
#include "cluster/manual_failover.h"
#include "cluster/membership.h"
#include "cluster/names.h"
#include "cluster/slots.h"

namespace dunlin::cluster {
namespace {

bool IsDropped(Turn& t, LinkId link, MessageType type) {
  if (static_cast<int>(type) != t.config().drop_message_type) return false;
  t.Log(LogLevel::kWarning, "Dropping packet that matches debug drop filter");
  if (t.config().close_link_on_drop) t.CloseLinkNow(link);
  return true;
}

// A node has one inbound link. A second one is more likely to be the living one.
void AttachInbound(Turn& t, NodeIndex index, LinkId link) {
  LinkId old = t.At(index).inbound;
  if (old != kNoLink) {
    t.Log(LogLevel::kDebug, "Replacing inbound link from node {}", t.At(index).id.view());
    t.CloseLinkNow(old);
  }
  t.Touch(index).inbound = link;
  t.s.links.at(link).node = index;
  t.s.links_dirty = true;
}

void DetachInbound(Turn& t, LinkId link) {
  Link& l = t.s.links.at(link);
  t.Touch(l.node).inbound = kNoLink;
  l.node = kNoNode;
  t.s.links_dirty = true;
}

// Who the link belongs to, when it belongs to somebody with an id of its own.
NodeIndex IdentifiedPeer(const Turn& t, LinkId link) {
  NodeIndex node = t.s.links.at(link).node;
  return node != kNoNode && !t.At(node).InHandshake() ? node : kNoNode;
}

// The sender, when I know it. Inbound links learn here whose they are.
NodeIndex Identify(Turn& t, LinkId link, const Message& message) {
  NodeIndex peer = IdentifiedPeer(t, link);
  if (message.light) return peer;
  if (peer != kNoNode && t.At(peer).id == message.header.sender) return peer;
  if (peer != kNoNode && IsInbound(link)) DetachInbound(t, link);
  NodeIndex sender = FindNode(t.s, message.header.sender);
  // Made-up ids of handshakes are nobody's.
  if (sender == kNoNode || t.At(sender).InHandshake()) return kNoNode;
  if (IsInbound(link) && sender != t.s.myself) AttachInbound(t, sender, link);
  return sender;
}

// What every message tells of its sender.
void TakeHeader(Turn& t, NodeIndex sender, const Header& header) {
  TakeEpochs(t, sender, header);
  Node& node = t.Touch(sender);
  // CLUSTER SLOTS lists a replica from the moment that it has data.
  if ((node.offset == Offset(0)) != (header.offset == Offset(0))) t.s.links_dirty = true;
  node.offset = header.offset;
  if ((header.message_flags & message_flag::kExtensionData) != 0 || (header.flags & node_flag::kExtensions) != 0) {
    node.understands_extensions = true;
  }
  if (t.Me().IsReplica() && t.Me().primary == sender) TakeFinalOffset(t, header);
}

// Others reach me at the address that this end of their connection has. MEET says it of the official one; a PING is
// good enough while I have none.
void LearnMyAddress(Turn& t, const Link& link, MessageType type) {
  if (!t.config().announce_ip.empty()) return;
  if (type != MessageType::kMeet && !t.Me().ip.empty()) return;
  if (link.local_ip == t.Me().ip || !IsPlausibleAddress(link.local_ip)) return;
  t.EditMe().ip = link.local_ip;
  t.Log(LogLevel::kNotice, "IP address for this node updated to {}", link.local_ip);
  t.Save();
}

// The node that I greeted said its name. kNoNode when I knew it already, or when it is myself.
NodeIndex EndHandshake(Turn& t, LinkId link, NodeIndex known, const Header& header) {
  NodeIndex greeted = t.s.links.at(link).node;
  if (known != kNoNode) {
    if (known != t.s.myself) {
      t.Log(LogLevel::kVerbose, "Handshake: we already know node {} ({}), updating the address if needed.",
            t.At(known).id.view(), t.At(known).human_name);
      UpdateAddress(t, known, link, header);
    }
    RemoveNode(t, greeted);
    return kNoNode;
  }
  RenameNode(t, greeted, header.sender);
  t.Log(LogLevel::kDebug, "Handshake with node {} completed.", header.sender.view());
  Node& node = t.Edit(greeted);
  node.flags &= static_cast<uint16_t>(~(node_flag::kHandshake | node_flag::kMeet));
  node.flags |= header.replica_of.empty() ? node_flag::kPrimary : node_flag::kReplica;
  node.data_received_ms = t.now;
  TakeHeader(t, greeted, header);
  t.Save();
  return greeted;
}

void TakeNoFailoverFlag(Turn& t, NodeIndex sender, const Header& header) {
  if (((t.At(sender).flags ^ header.flags) & node_flag::kNoFailover) == 0) return;
  t.Edit(sender).flags ^= node_flag::kNoFailover;
}

void TakeRole(Turn& t, NodeIndex sender, const Header& header) {
  if (header.replica_of.empty()) {
    TurnIntoPrimary(t, sender);
    return;
  }
  if (!t.At(sender).IsReplica()) {
    RemoveSlotsOf(t, sender);
    Node& node = t.Edit(sender);
    node.flags &= static_cast<uint16_t>(~(node_flag::kPrimary | node_flag::kMigrateTo));
    node.flags |= node_flag::kReplica;
    t.Save();
  }
  NodeIndex primary = FindNode(t.s, header.replica_of);
  if (primary == kNoNode || primary == sender || t.At(sender).primary == primary) return;
  AttachReplica(t, primary, sender);
  SetShard(t, sender, t.At(primary).shard);
  t.Save();
}

// Who owns what, according to the sender and according to me.
void CompareSlots(Turn& t, NodeIndex sender, const Header& header) {
  NodeIndex leader = t.At(sender).IsPrimary() ? sender : t.At(sender).primary;
  if (leader == kNoNode) return;
  if (t.At(leader).slots == header.slots) {
    // What it had given up in between is its own again, and free for nobody.
    if (leader == sender) t.s.owner_not_claiming -= header.slots;
    return;
  }
  if (t.At(sender).IsPrimary()) TakeClaims(t, sender, header.config_epoch, header.slots);
  CorrectStaleClaims(t, sender, header.config_epoch, header.slots);
}

void TakePing(Turn& t, LinkId link, NodeIndex sender, const Message& message) {
  const Header& header = message.header;
  const auto* body = std::get_if<PingBody>(&message.body);
  if (body == nullptr) return;
  if (message.type != MessageType::kPong) {
    const Link& l = t.s.links.at(link);
    LearnMyAddress(t, l, message.type);
    if (sender == kNoNode && message.type == MessageType::kMeet) GreetStranger(t, l, header);
    SendPing(t, link, MessageType::kPong);
  }
  if (!IsInbound(link) && t.At(t.s.links.at(link).node).InHandshake()) {
    sender = EndHandshake(t, link, sender, header);
  }
  if (sender == kNoNode || sender == t.s.myself) return;

  TakeNoFailoverFlag(t, sender, header);
  if (message.type == MessageType::kPing) UpdateAddress(t, sender, link, header);
  if (message.type == MessageType::kPong && t.At(sender).outbound == link) NoteAnswer(t, sender);
  TakeRole(t, sender, header);
  CompareSlots(t, sender, header);
  if (t.Me().primary == sender) LeaveReplicaOfReplica(t);
  ResolveEpochCollision(t, sender, header.config_epoch);
  TakeGossip(t, sender, body->gossip);
  TakeExtensions(t, sender, header, body->extensions);
}

void TakeUpdate(Turn& t, const UpdateBody& update) {
  NodeIndex owner = FindNode(t.s, update.owner);
  if (owner == kNoNode || t.At(owner).config_epoch >= update.config_epoch) return;
  if (owner == t.s.myself) {
    t.Log(LogLevel::kNotice, "Discarding UPDATE message about myself.");
    return;
  }
  TurnIntoPrimary(t, owner);
  t.Edit(owner).config_epoch = update.config_epoch;
  t.SaveAndSync();
  TakeClaims(t, owner, update.config_epoch, update.slots);
}

void TakeBody(Turn& t, LinkId link, NodeIndex sender, Message& message) {
  switch (message.type) {
    case MessageType::kPing:
    case MessageType::kPong:
    case MessageType::kMeet: break;
    case MessageType::kFail:
      if (auto* fail = std::get_if<FailBody>(&message.body)) TakeFailMessage(t, sender, fail->failing);
      break;
    case MessageType::kPublish:
    case MessageType::kPublishShard:
      if (auto* publish = std::get_if<PublishBody>(&message.body)) {
        t.out.follow_ups.emplace_back(DeliverPublish{std::move(publish->channel), std::move(publish->message),
                                                     message.type == MessageType::kPublishShard});
      }
      break;
    case MessageType::kAuthRequest: ConsiderVote(t, sender, link, message.header); break;
    case MessageType::kAuthAck: CountVote(t, sender, message.header); break;
    case MessageType::kUpdate:
      if (auto* update = std::get_if<UpdateBody>(&message.body)) TakeUpdate(t, *update);
      break;
    case MessageType::kManualFailoverStart: TakeManualFailoverRequest(t, sender); break;
    case MessageType::kModule: break;  // there are no modules to hear it
  }
}

}  // namespace

void TakeMessage(Turn& t, LinkId link, Message message) {
  if (!t.s.links.contains(link)) return;
  if (static_cast<size_t>(message.type) < t.s.messages_received.size()) {
    ++t.s.messages_received[static_cast<size_t>(message.type)];
  }
  if (IsDropped(t, link, message.type)) return;
  // A light message does not say who sent it: the link must.
  if (message.light && IdentifiedPeer(t, link) == kNoNode) return t.CloseLinkNow(link);

  NodeIndex peer = IdentifiedPeer(t, link);
  bool is_somebody_else = !message.light && peer != kNoNode && t.At(peer).id != message.header.sender;
  if (is_somebody_else && !IsInbound(link)) {
    if (IsPingType(message.type)) LoseAddress(t, peer);
    return;
  }
  if (!message.light && (message.header.message_flags & message_flag::kExtensionData) != 0) {
    t.s.links.at(link).peer_understands_extensions = true;
  }
  NodeIndex sender = Identify(t, link, message);
  if (sender != kNoNode && sender != t.s.myself) {
    t.Touch(sender).data_received_ms = t.now;
    if (!message.light) TakeHeader(t, sender, message.header);
  }
  if (IsPingType(message.type)) return TakePing(t, link, sender, message);
  if (sender != kNoNode && sender != t.s.myself) {
    TakeBody(t, link, sender, message);
  } else if (message.type == MessageType::kFail) {
    t.Log(LogLevel::kNotice, "Ignoring FAIL message from unknown node {}", message.header.sender.view());
  }
}

}  // namespace dunlin::cluster
