// The replica's end of PSYNC: one link to the primary, from the first connection to the stream, and again after it
// broke.
//
//   off -> waiting -> connecting -> ping -> handshake -> psync -> streaming                     (+CONTINUE)
//                                                             \-> header -> transfer -> loading -> streaming
//
// After a failure of the handshake the next attempt is made at the next full second; after a timeout or the loss of an
// established link or of a transfer at once, unless the link had only just been made.
//
// Bytes are not kept here. Receive() says how many it consumed; the rest is to be offered again, in front of what comes
// later. While wants_bytes() is false nothing is consumed, and the server leaves the socket unread.
//
// The link never changes the node's History: it says how, with HistoryChange.
//
// Errors: whatever a lying primary sends ends in a log line, Disconnect and a later attempt.
//
// Thread: one at a time (the control thread). A value.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "replication/config.h"
#include "replication/effects.h"
#include "replication/history.h"
#include "replication/rdb_frame.h"

namespace dunlin::replication {

struct PrimaryAddress {
  std::string host;
  uint16_t port = 0;
  bool operator==(const PrimaryAddress&) const = default;
};

// What every call is told.
struct Situation {
  const Config& config;
  const History& history;
  const Facts& facts;
  int64_t now_ms;
};

enum class LinkState : uint8_t {
  kOff,
  kWaiting,     // for the next attempt
  kConnecting,  // Connect was asked for
  kPing,
  kHandshake,
  kPsync,
  kHeader,    // a whole copy was granted; its frame has not begun
  kTransfer,  // the RDB bytes
  kLoading,   // the server has them all and loads
  kStreaming,
};

// For INFO, ROLE and the cluster core.
struct LinkView {
  LinkState state = LinkState::kOff;
  PrimaryAddress primary;
  bool up = false;
  // The last byte while the link is up; -1 when it is down.
  int64_t last_io_ms = -1;
  // Since when it is down after having been up; -1: it is up, or never was.
  int64_t down_since_ms = -1;
  bool sync_in_progress = false;
  // Of the transfer: -1 before its frame began, 0 when it ends with a mark.
  int64_t transfer_total_bytes = -1;
  int64_t transfer_read_bytes = 0;
  int64_t transfer_last_io_ms = -1;
  // How many bytes of the stream have come; at least what was applied.
  Offset read_offset{0};
  bool follows_offsets = true;  // false: the primary knows only SYNC
};
// "connect", "connecting", "handshake", "sync", "connected", "none": what ROLE says.
std::string_view LinkStateName(LinkState state);

class ReplicaLink {
 public:
  ReplicaLink() = default;

  // Follows `primary` from now on, whatever was before. `failover`: PSYNC carries FAILOVER until it was answered, and
  // attempts follow each other ten times a second.
  Effects Start(const PrimaryAddress& primary, bool failover, const Situation& now);
  // Follows nobody.
  Effects Stop(const Situation& now);

  Effects Connected(const Situation& now);
  struct Received {
    Effects effects;
    size_t consumed = 0;
  };
  // REQUIRES: what was not consumed the last time is in front.
  Received Receive(std::string_view bytes, const Situation& now);
  // The connection could not be made, or broke. Ignored when the machine asked for Disconnect itself.
  Effects Closed(std::string_view reason, const Situation& now);

  // The answer to RdbEnd or LoadRdbFile; ok = false may also come earlier. After true, offer what was not consumed.
  Effects RdbLoaded(bool ok, const Situation& now);

  // REPLCONF GETACK was found in the stream, or the fsynced offset should be told at once.
  Effects SendAck(const Situation& now);
  // The stream holds something that no primary sends (an inline command, a protocol error): the link goes, and the
  // place in the stream is not trusted any more.
  Effects StreamBroken(const Situation& now);

  // About ten times a second.
  Effects Tick(const Situation& now);

  bool wants_bytes() const;
  LinkState state() const { return state_; }
  LinkView View(const Situation& now) const;

 private:
  enum class Reply : uint8_t { kAuth, kListeningPort, kIpAddress, kCapa, kVersion };

  bool connected() const { return state_ >= LinkState::kPing; }
  // What was going on ends, without a next attempt.
  void Leave(const Situation& now, Effects& out);
  void BeginConnect(const Situation& now, Effects& out);
  // Another attempt now, or by Tick when the last one is too young.
  void Reconnect(std::string_view why, const Situation& now, Effects& out);
  void DropEstablished(const Situation& now, Effects& out);
  // The connection goes; the next attempt is made by Tick.
  void FailHandshake(Effects& out);
  void FailTransfer(const Situation& now, Effects& out);

  void OnLine(std::string_view line, const Situation& now, Effects& out);
  void OnPingReply(std::string_view line, const Situation& now, Effects& out);
  void SendHandshake(const Situation& now, Effects& out);
  void OnHandshakeReply(std::string_view line, const Situation& now, Effects& out);
  void SendPsync(const Situation& now, Effects& out);
  void OnPsyncReply(std::string_view line, const Situation& now, Effects& out);
  void OnFullResync(std::string_view line, const Situation& now, Effects& out);
  void OnContinue(std::string_view line, const Situation& now, Effects& out);
  void OnPsyncError(std::string_view line, const Situation& now, Effects& out);
  void AnswerFailover(bool accepted, Effects& out);
  void BeginHeader(const Situation& now);
  void OnHeader(std::string_view line, const Situation& now, Effects& out);
  size_t OnRdb(std::string_view bytes, const Situation& now, Effects& out);
  void OnRdbEnd(Effects& out);
  void FinishFullSync(const Situation& now, Effects& out);
  void BeginStreaming(Offset from, const Situation& now, Effects& out);
  void AppendAck(Offset applied, const Situation& now, Effects& out);
  bool TimedOut(const Situation& now) const;
  void CheckTimeouts(const Situation& now, Effects& out);

  LinkState state_ = LinkState::kOff;
  PrimaryAddress primary_;
  bool failover_ = false;
  int64_t next_cron_ms_ = 0;
  int64_t attempt_ms_ = 0;
  int64_t last_io_ms_ = 0;
  int64_t down_since_ms_ = -1;
  int64_t last_newline_ms_ = 0;

  std::deque<Reply> expected_;      // in the handshake, in the order of what was sent
  bool asked_to_continue_ = false;  // with PSYNC <id> <offset>
  ReplicationId full_id_;           // what FULLRESYNC named; empty after SYNC
  Offset full_offset_{0};
  std::optional<RdbFrame> frame_;
  LoadMode mode_ = LoadMode::kFile;
  bool follows_offsets_ = true;
  bool acknowledges_ = true;
  Offset read_offset_{0};
};

}  // namespace dunlin::replication
