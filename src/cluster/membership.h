// Who is in the cluster: adding, renaming and forgetting nodes, who follows whom, addresses, handshakes.
//
// Thread: one at a time.
#pragma once

#include <string>
#include <string_view>

#include "cluster/turn.h"

namespace dunlin::cluster {

// kNoNode when nobody has that id.
NodeIndex FindNode(const State& s, const NodeId& id);
// The same for an id as text; kNoNode also when it is none.
NodeIndex FindNode(const State& s, std::string_view id);

// A new node with a shard of its own. kNoNode when the cluster is as large as it may be. REQUIRES: the id is free.
NodeIndex AddNode(Turn& t, const NodeId& id, uint16_t flags);
// Takes a node out: its slots, its reports, its links, its place among replicas and primaries. REQUIRES: not myself.
void RemoveNode(Turn& t, NodeIndex index);
// Gives a node another id. REQUIRES: the id is free.
void RenameNode(Turn& t, NodeIndex index, const NodeId& id);

NodeId RandomNodeId(Turn& t);
ShardId RandomShardId(Turn& t);

// Makes `replica` a replica of `primary` in the books (no matter what it was before).
void AttachReplica(Turn& t, NodeIndex primary, NodeIndex replica);
// Leaves `replica` without a primary.
void DetachReplica(Turn& t, NodeIndex replica);
// The node leads from now on.
void TurnIntoPrimary(Turn& t, NodeIndex index);
// I follow `primary` from now on, and everybody is told. REQUIRES: it is not myself, and I own no slot.
void FollowPrimary(Turn& t, NodeIndex primary);
// When my primary follows somebody else, I follow that one. True when I changed.
bool LeaveReplicaOfReplica(Turn& t);

// The shard of a node is now `shard`; mine goes with my primary's.
void SetShard(Turn& t, NodeIndex index, const ShardId& shard);

bool IsForbidden(Turn& t, const NodeId& id);
void Forbid(Turn& t, const NodeId& id, int64_t ttl_ms);

struct ClientPorts {
  uint16_t tcp = 0;
  uint16_t tls = 0;
};
// Which of a message's two ports is which.
ClientPorts PortsOf(const Config& config, uint16_t port, uint16_t secondary_port);
// The ports that I tell others.
ClientPorts AnnouncedClientPorts(const Config& config);
uint16_t AnnouncedBusPort(const Config& config);
uint16_t DefaultClientPort(const Config& config, const Node& node);

// Takes what the configuration says about myself: flags, names, ports, and the ip when `ip_changed`.
void DescribeMyself(Turn& t, bool ip_changed);

// Greets whoever is at that address, unless that is being done. False when it is no address.
bool StartHandshake(Turn& t, std::string_view ip, int64_t port, int64_t bus_port);
// Somebody unknown said MEET on this link: greet back.
void GreetStranger(Turn& t, const Link& link, const Header& header);

// Takes the address in a node's own PING; its outbound link is closed when it changed. True when it did.
bool UpdateAddress(Turn& t, NodeIndex index, LinkId link_id, const Header& header);
// Somebody else answers at its address.
void LoseAddress(Turn& t, NodeIndex index);

}  // namespace dunlin::cluster
