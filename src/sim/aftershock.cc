#include "sim/aftershock.h"

#include <algorithm>
#include <utility>

#include "sim/server.h"

namespace dunlin::sim {
namespace {

constexpr int64_t kTellMs = 200;

const cluster::NodeInfo& MyselfOf(const Host& host) { return host.server()->cluster().map().Myself(); }

// Replicas of a smaller factor may find their data too old before they are elected.
bool StandsLongEnough(const Host& host) {
  int factor = host.settings().cluster.replica_validity_factor;
  return factor == 0 || factor >= 10;
}

}  // namespace

std::vector<Host*> Aftershock::ReplicasOf(const Host& primary) const {
  std::vector<Host*> replicas;
  for (Host* host : members_) {
    const cluster::SlotMap& map = host->server()->cluster().map();
    const cluster::NodeInfo& me = map.Myself();
    if (me.primary != cluster::kNoNode && map.Node(me.primary).id == primary.node_id()) replicas.push_back(host);
  }
  return replicas;
}

bool Aftershock::MayDie(const Host& host) const {
  return MyselfOf(host).IsPrimary() && MyselfOf(host).slot_count > 0 &&
         std::ranges::any_of(ReplicasOf(host), [](const Host* replica) {
           return StandsLongEnough(*replica) && replica->server()->replication().link().up;
         });
}

bool Aftershock::Choose() {
  auto voters = std::ranges::count_if(members_, [](const Host* host) { return MyselfOf(*host).slot_count > 0; });
  std::vector<Host*> candidates;
  std::ranges::copy_if(members_, std::back_inserter(candidates), [&](const Host* host) { return MayDie(*host); });
  auto bearable = std::min<int64_t>(voters - voters / 2 - 1, static_cast<int64_t>(candidates.size()));
  if (bearable < 1) return false;
  for (int64_t i = random_.Between(1, bearable); i > 0; --i) {
    size_t pick = random_.Below(candidates.size());
    victims_.push_back(candidates[pick]);
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  return true;
}

Task<> Aftershock::Strike() {
  for (Host* victim : victims_) {
    if (!random_.OneIn(3)) continue;
    auto bumping = BumpUnheard(*victim);
    co_await bumping;
  }
  for (Host* victim : victims_) victim->CutPower();
  around_.network.OpenAllPaths();
  over_ = true;
}

// Everybody hears of the new epoch but those who will need it.
Task<> Aftershock::BumpUnheard(Host& victim) {
  for (const Host* replica : ReplicasOf(victim)) around_.network.CutPath(victim.index(), replica->index());
  auto bumping = outside_.Admin(victim, cluster::BumpEpochCommand{});
  co_await bumping;
  co_await around_.scheduler.Sleep(kTellMs);
}

std::vector<Host*> Aftershock::Survivors() const {
  std::vector<Host*> survivors = members_;
  std::erase_if(survivors, [](const Host* host) { return !host->up(); });
  return survivors;
}

void Aftershock::End() {
  for (Host* victim : victims_) victim->Boot();
}

}  // namespace dunlin::sim
