// What a node tells of its cluster: the text of CLUSTER NODES as values, and questions about sets of slots.
//
// Thread: pure functions; any thread.
// Errors: text that does not say what the format promises is kCorruption; nothing that a line claims is believed before
// it has been checked, and no more than limits::kMaxClusterNodes lines are read.
// Format: a line is "<id> <host>:<port>@<bus port>[,<hostname> ...] <flag>,<flag> <primary id or -> <ping sent>
// <pong received> <epoch> <link> [<slot> | <first>-<last> | [<slot>->-<id>] | [<slot>-<-<id>]] ...".
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/status.h"

namespace dunlin::cli {

using SlotSet = std::bitset<kSlotCount>;

// A slot that is on its way: to `peer_id` when it stands in a list of migrating slots, from it in one of importing.
struct OpenSlot {
  int slot = 0;
  std::string peer_id;
};

// One line of CLUSTER NODES.
struct NodeLine {
  std::string id;
  std::string host;  // empty when the teller does not know it
  int port = 0;      // 0 when the teller does not know it
  int bus_port = 0;
  std::vector<std::string> flags;
  std::string primary_id;  // of a replica, also when it is "-"; empty for a primary
  uint64_t epoch = 0;
  bool link_up = false;
  SlotSet slots;
  std::vector<OpenSlot> migrating;
  std::vector<OpenSlot> importing;

  bool HasFlag(std::string_view flag) const;
  bool myself() const { return HasFlag("myself"); }
  bool replica() const { return HasFlag("slave"); }
  bool handshaking() const { return HasFlag("handshake"); }
  // The teller can reach it and has an address for it.
  bool alive() const { return !HasFlag("fail") && !HasFlag("noaddr"); }
  // The flags as they are shown: without "myself", commas between.
  std::string ShownFlags() const;
};

Result<std::vector<NodeLine>> ParseClusterNodes(std::string_view text);

// The line that says "myself"; null when there is none.
const NodeLine* FindMyself(const std::vector<NodeLine>& lines);
const NodeLine* FindNode(const std::vector<NodeLine>& lines, std::string_view id);

// Two tellers whose signatures are equal agree on the owner of every slot. Empty when no slot has an owner.
std::string ConfigSignature(const std::vector<NodeLine>& lines);

// "[0-5460],[5470]": the ranges in a set, as they are shown.
std::string SlotRanges(const SlotSet& slots);

// An address as a user types it, "<host>:<port>" with an optional "@<bus port>" behind.
struct NodeAddress {
  std::string host;
  int port = 0;
  int bus_port = 0;  // 0 when it was not given
};
std::optional<NodeAddress> ParseNodeAddress(std::string_view text);
// One word "<host>:<port>", or two words, host and port.
std::optional<NodeAddress> ParseHostWords(const std::vector<std::string>& words);

// A number as a word of a command.
std::string NumberText(int64_t number);

// The value of "name:<number>" in the text of INFO or CLUSTER INFO.
std::optional<int64_t> InfoNumber(std::string_view info, std::string_view name);

}  // namespace dunlin::cli
