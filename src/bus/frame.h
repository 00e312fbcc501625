// Cluster bus frames: bytes <-> messages. Protocol version 1 of the bus, as Redis 4.0 to 7.2 and Valkey 7.2 to 9 speak
// it. All integers are big-endian, but the module id, which is its sender's memory.
//
// Full header, 2256 bytes (light: the first 16 alone, type with its top bit set):
//
//      0  4  "RCmb"                          2128 40  replica-of id, NULs for a primary
//      4  4  length of the whole frame       2168 46  announced ip, NUL-padded; empty: the socket's
//      8  2  version, 1                      2214  2  number of extensions
//     10  2  client port                     2216 30  unused
//     12  2  type                            2246  2  the other client port
//     14  2  number of gossip entries        2248  2  bus port
//     16  8  current epoch                   2250  2  node flags
//     24  8  config epoch                    2252  1  0: the sender's cluster is ok; 1: it fails
//     32  8  replication offset              2253  3  message flags (only the first byte is used)
//     40 40  sender id                       2256     body
//     80 2048  slot bitmap
//
// Bodies: PING, PONG, MEET: gossip entries of 104 bytes, then extensions. FAIL: the id, 40. PUBLISH, PUBLISHSHARD: two
// u32 lengths, then channel and message. UPDATE: u64 config epoch, id, slot bitmap; 2096. MODULE: u64 id, u32 length,
// u8 type, payload. AUTH_REQUEST, AUTH_ACK, MFSTART: nothing.
//
// Thread: one FrameReader by one thread at a time; the functions are pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "cluster/message.h"

namespace dunlin::bus {

inline constexpr size_t kFullHeaderBytes = 2256;
inline constexpr size_t kLightHeaderBytes = 16;
inline constexpr size_t kGossipEntryBytes = 104;

// REQUIRES: the body belongs to the type; `light` only for PUBLISH, PUBLISHSHARD and MODULE; counts and texts fit their
// fields (65535 gossip entries and extensions, 45 bytes of ip).
std::string EncodeFrame(const cluster::Message& message);

// A whole frame arrived and is of no use. The link stays.
struct Dropped {
  std::string reason;  // a line for the log
  bool worth_a_warning = false;
};
// What arrives on this link is no cluster bus. Close it.
struct Broken {
  std::string reason;
};
// Not a whole frame yet.
struct Incomplete {};

// What one frame says. `frame` is as long as its length field says.
std::variant<cluster::Message, Dropped> DecodeFrame(std::string_view frame);

// Cuts the bytes of one link into frames. Holds at most one incomplete frame and what came with it.
class FrameReader {
 public:
  // The bytes that came, in the order in which they came.
  void Feed(std::string_view bytes);
  // The next frame. To be called until Incomplete; after Broken there is nothing more.
  std::variant<cluster::Message, Dropped, Broken, Incomplete> Next();

  // Bytes held.
  size_t buffered() const { return buffer_.size() - begin_; }

 private:
  // What is to be known of a frame before all of it has come; empty while it looks good.
  std::string WhyBroken(std::string_view bytes) const;

  std::string buffer_;
  size_t begin_ = 0;  // of the first byte not yet consumed
  bool broken_ = false;
};

}  // namespace dunlin::bus
