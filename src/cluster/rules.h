// The numbers of the protocol, and the choices where its versions differ. Dunlin follows Redis 7.2 wherever votes and
// delays are concerned, so that it neither outruns nor waits for the nodes beside it.
//
// Thread: constants.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/random.h"
#include "cluster/types.h"

namespace dunlin::cluster::rules {

inline constexpr int64_t kCronPeriodMs = 100;
// A tick this much early still counts: a timer of 100 ms does not fire to the millisecond.
inline constexpr int64_t kCronSlackMs = 10;
inline constexpr uint64_t kRandomPingEveryRuns = 10;
inline constexpr int kRandomPingCandidates = 5;

inline constexpr int kBusPortOffset = 10000;
inline constexpr int64_t kMinHandshakeTimeoutMs = 1000;

inline constexpr int kMinGossipEntries = 3;
inline constexpr int kGossipShare = 10;  // one entry for so many nodes
// A pong that others claim may lie this far in the future of my clock.
inline constexpr int64_t kGossipFutureToleranceMs = 500;

inline constexpr int64_t kReportValidityTimeouts = 2;  // of a failure report, in node timeouts
inline constexpr int64_t kFailUndoTimeouts = 2;        // before a reachable primary's FAIL is taken back

// A connection on which no pong comes for so long is closed, even if its node is heard on another one. (Redis waits for
// the kernel to give the connection up.)
inline constexpr int64_t kDeadLinkTimeouts = 2;

// Before a primary says ok: after its start, and after it was in a minority.
inline constexpr int64_t kWritableDelayMs = 2000;
inline constexpr int64_t kMinRejoinDelayMs = 500;
inline constexpr int64_t kMaxRejoinDelayMs = 5000;

inline constexpr int64_t kMinElectionTimeoutMs = 2000;
inline int64_t ElectionTimeoutMs(int64_t node_timeout_ms) {
  return std::max(2 * node_timeout_ms, kMinElectionTimeoutMs);
}
inline int64_t ElectionRetryMs(int64_t node_timeout_ms) { return 2 * ElectionTimeoutMs(node_timeout_ms); }

// Redis 7.2, and all before Valkey 8.1: half a second so that FAIL can spread, up to half a second of chance, and a
// second for each sibling that has more data. (Valkey 9 scales with the node timeout and knows ranks of primaries.)
inline constexpr int64_t kElectionRankDelayMs = 1000;
inline int64_t ElectionDelayMs(Random& random, int rank) {
  return 500 + static_cast<int64_t>(random.Below(500)) + kElectionRankDelayMs * rank;
}
// True when a sibling with this offset goes before me. Redis 7.2: only more data counts. (Valkey 8.0 settles a draw by
// id.)
inline bool OutranksMe(Offset sibling, Offset mine) { return sibling > mine; }
// Redis 7.2 gives no second vote for replicas of one primary within this time. (Valkey 8.1 dropped the rule.)
inline int64_t VoteAgainAfterMs(int64_t node_timeout_ms) { return 2 * node_timeout_ms; }

// A replica that cannot take over says why, but not at once and not all the time.
inline constexpr int64_t kCannotFailOverRelogMs = 10'000;
inline constexpr int64_t kCannotFailOverQuietMs = 5'000;  // plus the node timeout, since the primary failed

// A primary pauses its writes for so many times the timeout of the manual failover.
inline constexpr int64_t kManualFailoverPauseTimes = 2;

inline constexpr int64_t kReplicaMigrationDelayMs = 5000;

// How long a stranger may have a node forgotten here.
inline constexpr uint64_t kMaxForgetTtlS = 7 * 24 * 3600;

}  // namespace dunlin::cluster::rules
