// What I say of myself and of others, and what I believe of what others say of others.
//
// Thread: one at a time.
#pragma once

#include <vector>

#include "cluster/turn.h"

namespace dunlin::cluster {

// What every message of mine says, as of now.
Header BuildHeader(const Turn& t);

// A PING, PONG or MEET with gossip for whoever is at the other end of the link. A PING on an outbound link starts the
// wait for its pong. An unknown link is fine.
void SendPing(Turn& t, LinkId link, MessageType type);

enum class PongAudience : bool { kEverybody, kSiblings };
// A PONG that nobody asked for, because something about me changed. Siblings: the replicas of my primary, or mine.
void BroadcastPong(Turn& t, PongAudience audience);

// To all nodes with an outbound link, but none in handshake.
void Broadcast(Turn& t, Message message);
void SendFail(Turn& t, NodeIndex failing);
// Who owns what since when; slots that the owner stopped to claim are left out.
void SendUpdate(Turn& t, LinkId link, NodeIndex owner);
void SendPublish(Turn& t, PublishRequest request);

// `sender` is somebody whom I know.
void TakeGossip(Turn& t, NodeIndex sender, const std::vector<GossipEntry>& gossip);
void TakeExtensions(Turn& t, NodeIndex sender, const Header& header, const Extensions& extensions);

}  // namespace dunlin::cluster
