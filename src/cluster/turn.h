// One Step or Tick in the making: the state, the time, the effects gathered so far, and what is left to do before it
// ends. The rules take a Turn and nothing else from the world.
//
// Thread: one at a time.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cluster/core.h"
#include "cluster/state.h"

namespace dunlin::cluster {

class Turn {
 public:
  Turn(State& state, TimeMs now_ms) : s(state), now(now_ms) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // The node, to look at.
  const Node& At(NodeIndex index) const { return s.nodes[index.value]; }
  const Node& Me() const { return At(s.myself); }
  // The node, to change who it is. The map will be published.
  Node& Edit(NodeIndex index) {
    s.nodes_dirty = true;
    return s.nodes[index.value];
  }
  Node& EditMe() { return Edit(s.myself); }
  // The node, to change how it is. The map will be published at the next tick.
  Node& Touch(NodeIndex index) {
    s.pulses_dirty = true;
    return s.nodes[index.value];
  }

  const Config& config() const { return s.config; }

  template <typename... Args>
  void Log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    out.log.push_back({level, fmt::format(format, std::forward<Args>(args)...)});
  }

  // nodes.conf is to be written before this turn's messages leave.
  void Save() { save = true; }
  void SaveAndSync() { save = fsync = true; }

  // Opens a link to the node. REQUIRES: it has an address and no outbound link.
  void OpenLinkTo(NodeIndex index);
  // Forgets the link and has it closed. An unknown link is fine.
  void CloseLinkNow(LinkId link);
  // Forgets a link that is closed already.
  void DropLink(LinkId link);
  // Queues one message on links that exist. kNoLink among them is skipped.
  void SendTo(std::vector<LinkId> links, Message message);

  State& s;
  const TimeMs now;
  Effects out;

  bool save = false;
  bool fsync = false;
  bool save_is_reply = false;
  bool run_failover = false;
};

}  // namespace dunlin::cluster
