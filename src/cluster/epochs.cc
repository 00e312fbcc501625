#include "cluster/epochs.h"

#include <algorithm>

#include "cluster/gossip.h"

namespace dunlin::cluster {
namespace {

void TakeNextEpoch(Turn& t) {
  t.s.current_epoch = Epoch(t.s.current_epoch.value + 1);
  t.EditMe().config_epoch = t.s.current_epoch;
  t.SaveAndSync();
  // Redis leaves this to the next pings. Until they come, who takes over a slot of mine by hand believes to have the
  // greatest epoch already, takes no new one, and is not believed.
  if (t.Me().slot_count > 0) BroadcastPong(t, PongAudience::kEverybody);
}

}  // namespace

Epoch MaxEpoch(const State& s) {
  Epoch max = s.current_epoch;
  for (NodeIndex index : s.live) max = std::max(max, s.nodes[index.value].config_epoch);
  return max;
}

void TakeEpochs(Turn& t, NodeIndex sender, const Header& header) {
  if (header.current_epoch > t.s.current_epoch) {
    t.s.current_epoch = header.current_epoch;
    // Redis keeps this one in memory only. Saved here, so that no crash takes an epoch back.
    t.SaveAndSync();
  }
  if (header.config_epoch > t.At(sender).config_epoch) {
    t.Edit(sender).config_epoch = header.config_epoch;
    t.SaveAndSync();
  }
}

bool BumpEpochWithoutConsensus(Turn& t) {
  if (t.Me().config_epoch != Epoch(0) && t.Me().config_epoch == MaxEpoch(t.s)) return false;
  TakeNextEpoch(t);
  t.Log(LogLevel::kNotice, "New configEpoch set to {}", t.Me().config_epoch.value);
  return true;
}

void ResolveEpochCollision(Turn& t, NodeIndex sender, Epoch claimed) {
  if (!t.Me().IsPrimary() || !t.At(sender).IsPrimary() || claimed != t.Me().config_epoch) return;
  if (t.At(sender).id <= t.Me().id) return;
  TakeNextEpoch(t);
  t.Log(LogLevel::kVerbose, "WARNING: configEpoch collision with node {} ({}). configEpoch set to {}",
        t.At(sender).id.view(), t.At(sender).human_name, t.Me().config_epoch.value);
}

}  // namespace dunlin::cluster
