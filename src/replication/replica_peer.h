// What a primary knows of one replica: who it says it is, how far it is in the synchronisation, what it has
// acknowledged.
//
// Thread: values; one at a time (the control thread).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "replication/config.h"
#include "replication/effects.h"

namespace dunlin::replication {

enum class PeerState : uint8_t {
  kClient,       // has sent REPLCONF and is no replica yet
  kWaitStart,    // for a snapshot to begin
  kWaitEnd,      // its snapshot is being made (kSockets: and sent)
  kSendFile,     // the snapshot file is on its way
  kOnline,       // follows the stream
  kTransmitted,  // wanted the snapshot alone and has it
};
// As INFO says it: "wait_bgsave", "send_bulk", "online"; empty for the others.
std::string_view PeerStateName(PeerState state);

struct ReplicaPeer {
  PeerId id;
  PeerState state = PeerState::kClient;

  // Gathered with REPLCONF.
  std::string socket_ip;     // where the connection comes from
  std::string announced_ip;  // empty: the socket's
  int64_t listening_port = 0;
  std::string version;
  bool can_eof = false;
  bool can_psync2 = false;
  bool rdb_only = false;
  SnapshotFilter filter;

  bool only_sync = false;  // came with SYNC: acknowledges nothing
  bool stream_on_ack = false;
  Offset cut{0};  // of its snapshot
  int64_t waiting_since_ms = 0;
  int64_t write_blocked_since_ms = -1;

  Offset acked{0};
  Offset fsynced{0};
  int64_t ack_time_ms = 0;

  bool is_replica() const { return state != PeerState::kClient; }
  const std::string& ip() const { return announced_ip.empty() ? socket_ip : announced_ip; }
  // "ip:port" for log lines.
  std::string Name() const;
  // Whole seconds since it last acknowledged.
  int64_t LagSeconds(int64_t now_ms) const { return (now_ms - ack_time_ms) / 1000; }
};

// What one REPLCONF came to.
struct ReplconfResult {
  std::optional<std::string> reply;  // as in CommandResult
  bool acked = false;                // it was an ACK that counted
  bool asked_for_ack = false;        // it was GETACK
};
// Options and values, without the command's name.
ReplconfResult ApplyReplconf(ReplicaPeer& peer, std::span<const std::string_view> args, int64_t now_ms);

}  // namespace dunlin::replication
