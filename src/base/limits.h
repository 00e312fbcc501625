// The bounds of every queue, loop and input that has no directive of its own, in one place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dunlin::limits {

inline constexpr int kMaxWorkers = 64;
inline constexpr int kDefaultMaxWorkers = 8;

// RESP
inline constexpr size_t kInlineMaxBytes = 64 * 1024;    // an inline command, or a protocol line, without its end
inline constexpr int64_t kMaxArguments = 1024 * 1024;   // of one command, as Redis counts
inline constexpr int64_t kMaxArgumentsBeforeAuth = 10;  // while the client has not authenticated
inline constexpr size_t kMaxArgumentBeforeAuthBytes = 16384;
inline constexpr int kMaxReplyDepth = 64;                       // nesting that a client of ours will follow
inline constexpr size_t kMaxReplyLineBytes = 64 * 1024 * 1024;  // of a status, an error or a number, read by a client

// Cluster bus
inline constexpr size_t kMaxBusPacketBytes = 1024ull * 1024 * 1024;  // PUBLISH carries a whole message
inline constexpr size_t kMaxClusterNodes = 16384;

// Replication
inline constexpr size_t kMaxReplicationLineBytes = 1024;  // a primary's reply during the handshake

// Files
inline constexpr size_t kMaxConfigLineBytes = 1024 * 1024;
inline constexpr size_t kMaxConfigFileBytes = 16ull * 1024 * 1024;
inline constexpr int kMaxConfigIncludeDepth = 16;
inline constexpr int kMaxConfigFiles = 1024;  // that one start includes
inline constexpr size_t kMaxManifestLineBytes = 1024;

}  // namespace dunlin::limits
