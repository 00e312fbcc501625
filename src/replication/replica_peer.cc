#include "replication/replica_peer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::replication {
namespace {

// What an address may be long, as Redis counts.
constexpr size_t kMaxAddressBytes = 255;

constexpr std::string_view kNotAnInteger = "-ERR value is not an integer or out of range";

// Nothing when all is well, else the reply.
std::optional<std::string> SetFilter(ReplicaPeer& peer, std::string_view value) {
  peer.filter = {.without_data = true, .without_functions = true};
  for (std::string_view word : SplitBlanks(value)) {
    if (!EqualsIgnoreCase(word, "functions")) return fmt::format("-ERR Unsupported rdb-filter-only option: {}", word);
    peer.filter.without_functions = false;
  }
  return std::nullopt;
}

// REPLCONF ACK <offset> [FACK <offset>]: never answered, and what does not parse does not count.
ReplconfResult ApplyAck(ReplicaPeer& peer, std::span<const std::string_view> args, int64_t now_ms) {
  ReplconfResult result;
  if (!peer.is_replica()) return result;
  auto offset = ParseInt64(args[1]);
  if (!offset) return result;
  peer.acked = std::max(peer.acked, Offset(*offset));
  if (args.size() > 3 && EqualsIgnoreCase(args[2], "fack")) {
    auto fsynced = ParseInt64(args[3]);
    if (!fsynced) return result;
    peer.fsynced = std::max(peer.fsynced, Offset(*fsynced));
  }
  peer.ack_time_ms = now_ms;
  result.acked = true;
  return result;
}

std::optional<std::string> ApplyOption(ReplicaPeer& peer, std::string_view option, std::string_view value) {
  if (EqualsIgnoreCase(option, "listening-port")) {
    auto port = ParseInt64(value);
    if (!port) return std::string(kNotAnInteger);
    peer.listening_port = *port;
  } else if (EqualsIgnoreCase(option, "ip-address")) {
    if (value.size() > kMaxAddressBytes) {
      return fmt::format("-ERR REPLCONF ip-address provided by replica instance is too long: {} bytes", value.size());
    }
    peer.announced_ip = value;
  } else if (EqualsIgnoreCase(option, "capa")) {
    if (EqualsIgnoreCase(value, "eof")) peer.can_eof = true;
    if (EqualsIgnoreCase(value, "psync2")) peer.can_psync2 = true;
  } else if (EqualsIgnoreCase(option, "version")) {
    peer.version = value.substr(0, kMaxAddressBytes);
  } else if (EqualsIgnoreCase(option, "rdb-only")) {
    auto yes = ParseInt64(value);
    if (!yes) return std::string(kNotAnInteger);
    if (*yes < 0 || *yes > 1) return "-ERR value is out of range, value must between 0 and 1";
    peer.rdb_only = *yes == 1;
  } else if (EqualsIgnoreCase(option, "rdb-filter-only")) {
    return SetFilter(peer, value);
  } else {
    return fmt::format("-ERR Unrecognized REPLCONF option: {}", option);
  }
  return std::nullopt;
}

}  // namespace

std::string_view PeerStateName(PeerState state) {
  switch (state) {
    case PeerState::kWaitStart:
    case PeerState::kWaitEnd: return "wait_bgsave";
    case PeerState::kSendFile: return "send_bulk";
    case PeerState::kOnline: return "online";
    case PeerState::kClient:
    case PeerState::kTransmitted: break;
  }
  return "";
}

std::string ReplicaPeer::Name() const {
  if (ip().empty()) return fmt::format("client id #{}", id.value);
  if (listening_port == 0) return fmt::format("{}:<unknown-replica-port>", ip());
  if (ip().find(':') != std::string::npos) return fmt::format("[{}]:{}", ip(), listening_port);
  return fmt::format("{}:{}", ip(), listening_port);
}

ReplconfResult ApplyReplconf(ReplicaPeer& peer, std::span<const std::string_view> args, int64_t now_ms) {
  ReplconfResult result;
  if (args.size() % 2 != 0) {
    result.reply = "-ERR syntax error";
    return result;
  }
  for (size_t i = 0; i < args.size(); i += 2) {
    if (EqualsIgnoreCase(args[i], "ack")) return ApplyAck(peer, args.subspan(i), now_ms);
    if (EqualsIgnoreCase(args[i], "getack")) {
      result.asked_for_ack = true;
      return result;
    }
    result.reply = ApplyOption(peer, args[i], args[i + 1]);
    if (result.reply) return result;
  }
  result.reply = "+OK";
  return result;
}

}  // namespace dunlin::replication
