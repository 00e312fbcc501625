#include "cli/cluster_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include "base/ids.h"
#include "base/invariant.h"

namespace dunlin::cli {
namespace {

constexpr size_t kNobody = SIZE_MAX;
constexpr size_t kTriesPerNode = 500;  // swaps without a better score before the search ends

// Node indices, one of each host in turn; hosts in the order in which they first appear.
std::vector<size_t> InterleaveByHost(std::span<const std::string> hosts) {
  std::vector<std::string_view> order;
  std::map<std::string_view, std::vector<size_t>> by_host;
  for (size_t i = 0; i < hosts.size(); ++i) {
    if (!by_host.contains(hosts[i])) order.push_back(hosts[i]);
    by_host[hosts[i]].push_back(i);
  }
  std::vector<size_t> interleaved;
  for (size_t round = 0; interleaved.size() < hosts.size(); ++round) {
    for (std::string_view host : order) {
      if (round < by_host[host].size()) interleaved.push_back(by_host[host][round]);
    }
  }
  return interleaved;
}

// Takes the first of `free` that is not on `host`, or the first of all.
size_t TakeReplica(std::span<const std::string> hosts, std::vector<size_t>& free, const std::string& host) {
  if (free.empty()) return kNobody;
  auto taken = std::ranges::find_if(free, [&](size_t node) { return hosts[node] != host; });
  if (taken == free.end()) taken = free.begin();
  size_t node = *taken;
  free.erase(taken);
  return node;
}

// Who shares a host with whom, kept up to date while replicas change their primaries.
class Crowding {
 public:
  Crowding(std::span<const std::string> hosts, const Layout& layout) : hosts_(hosts) {
    for (size_t primary : layout.primaries) GroupOf(primary, primary).has_primary = true;
    for (const ReplicaOf& pair : layout.replicas) ++GroupOf(pair.replica, pair.primary).replicas;
    for (const auto& [key, group] : groups_) score_ += group.Score();
  }

  int64_t score() const { return score_; }
  bool Offends(const ReplicaOf& pair) { return GroupOf(pair.replica, pair.primary).Score() > 0; }

  void Swap(ReplicaOf& a, ReplicaOf& b) {
    Add(a, -1);
    Add(b, -1);
    std::swap(a.primary, b.primary);
    Add(a, 1);
    Add(b, 1);
  }

 private:
  // The nodes of one primary's family on one host.
  struct Group {
    bool has_primary = false;
    int replicas = 0;

    int64_t Score() const {
      if (has_primary) return int64_t{kBesidePrimaryScore} * replicas;
      return replicas < 2 ? 0 : replicas;
    }
  };

  Group& GroupOf(size_t node, size_t primary) { return groups_[{hosts_[node], primary}]; }

  void Add(const ReplicaOf& pair, int change) {
    Group& group = GroupOf(pair.replica, pair.primary);
    score_ -= group.Score();
    group.replicas += change;
    score_ += group.Score();
  }

  std::span<const std::string> hosts_;
  std::map<std::pair<std::string_view, size_t>, Group> groups_;
  int64_t score_ = 0;
};

// A replica whose place is bad, looked for from a place that chance chose. REQUIRES: the score is not 0.
ReplicaOf& FindOffender(Crowding& crowding, Random& dice, Layout& layout) {
  size_t at = dice.Below(layout.replicas.size());
  while (!crowding.Offends(layout.replicas[at])) at = (at + 1) % layout.replicas.size();
  return layout.replicas[at];
}

// How many slots each source gives: its share, rounded up for the first and down for the others, as far as it owns so
// many; what rounding leaves over is taken one by one from those that still have some.
std::vector<int> Shares(std::span<const int> owned, int count) {
  int64_t total = std::accumulate(owned.begin(), owned.end(), int64_t{0});
  std::vector<int> shares(owned.size(), 0);
  if (total == 0) return shares;
  int left = static_cast<int>(std::min<int64_t>(count, total));
  for (size_t i = 0; i < owned.size(); ++i) {
    float exact = static_cast<float>(count) / static_cast<float>(total) * static_cast<float>(owned[i]);
    int share = static_cast<int>(i == 0 ? std::ceil(exact) : std::floor(exact));
    shares[i] = std::min({share, owned[i], left});
    left -= shares[i];
  }
  for (size_t i = 0; left > 0; i = (i + 1) % owned.size()) {
    if (shares[i] == owned[i]) continue;
    ++shares[i];
    --left;
  }
  return shares;
}

// True when a node that should own `expected` slots is further from that than `threshold` percent of what it owns.
bool OverThreshold(const Load& node, int expected, float threshold) {
  if (threshold <= 0) return false;
  if (node.slots == 0) return expected > 1;
  return std::fabs(100 - 100.0 * expected / node.slots) > threshold;
}

// What rounding has left over is spread, so that what is given is what is taken.
void SettleRounding(std::vector<std::pair<size_t, int>>& balances) {
  int total = 0;
  for (const auto& [node, balance] : balances) total += balance;
  while (total > 0) {
    bool found = false;
    for (auto& [node, balance] : balances) {
      if (balance > 0 || total == 0) continue;
      --balance;
      --total;
      found = true;
    }
    if (!found) break;
  }
}

std::vector<Transfer> PairUp(std::vector<std::pair<size_t, int>> balances) {
  std::vector<Transfer> transfers;
  size_t poor = 0;
  size_t rich = balances.size();
  while (rich > 0 && poor < rich - 1) {
    auto& [target, deficit] = balances[poor];
    auto& [source, surplus] = balances[rich - 1];
    if (deficit >= 0 || surplus <= 0) break;
    int slots = std::min(-deficit, surplus);
    transfers.push_back({.source = source, .target = target, .slots = slots});
    deficit += slots;
    surplus -= slots;
    if (deficit == 0) ++poor;
    if (surplus == 0) --rich;
  }
  return transfers;
}

}  // namespace

std::vector<SlotRange> DealSlots(int primaries) {
  DUNLIN_INVARIANT(primaries > 0 && primaries <= kSlotCount, "every primary gets a slot");
  // In single precision, because the borders must fall where every other tool draws them.
  float each = kSlotCount / static_cast<float>(primaries);
  float cursor = 0;
  std::vector<SlotRange> ranges;
  int first = 0;
  for (int i = 0; i < primaries; ++i) {
    int last = static_cast<int>(std::lround(cursor + each - 1));
    if (i == primaries - 1) last = kSlotCount - 1;
    last = std::max(last, first);
    ranges.push_back({.first = first, .last = last});
    first = last + 1;
    cursor += each;
  }
  return ranges;
}

Layout LayOutCluster(std::span<const std::string> hosts, int primaries, int replicas_each) {
  auto primary_count = static_cast<size_t>(primaries);
  DUNLIN_INVARIANT(primaries > 0 && primary_count <= hosts.size(), "there are enough nodes");
  std::vector<size_t> nodes = InterleaveByHost(hosts);
  auto middle = nodes.begin() + static_cast<std::ptrdiff_t>(primary_count);
  Layout layout{.primaries{nodes.begin(), middle}};
  std::vector<size_t> free(middle, nodes.end());
  // Shifted by one, the dealing starts on another host than that of the first primary.
  if (free.size() > 1) std::ranges::rotate(free, free.begin() + 1);
  auto deal = [&](int each) {
    for (size_t primary : layout.primaries) {
      for (int i = 0; i < each; ++i) {
        size_t replica = TakeReplica(hosts, free, hosts[primary]);
        if (replica == kNobody) return;
        layout.replicas.push_back({.replica = replica, .primary = primary});
      }
    }
  };
  deal(replicas_each);
  layout.extra = free.size();
  while (!free.empty()) deal(1);
  return layout;
}

int64_t AntiAffinityScore(std::span<const std::string> hosts, const Layout& layout) {
  return Crowding(hosts, layout).score();
}

void OptimizeAntiAffinity(std::span<const std::string> hosts, Random& dice, Layout& layout) {
  bool one_host = std::ranges::all_of(hosts, [&](const std::string& host) { return host == hosts[0]; });
  if (one_host || layout.replicas.size() < 2) return;
  Crowding crowding(hosts, layout);
  Layout best = layout;
  int64_t best_score = crowding.score();
  size_t patience = kTriesPerNode * hosts.size();
  for (size_t tries = 0; tries < patience && best_score > 0; ++tries) {
    ReplicaOf& first = FindOffender(crowding, dice, layout);
    ReplicaOf& second = layout.replicas[dice.Below(layout.replicas.size())];
    if (first.primary == second.primary) continue;
    int64_t before = crowding.score();
    crowding.Swap(first, second);
    // A swap that changes nothing stays: the way to a better layout may lead over several of them.
    if (crowding.score() > before) crowding.Swap(first, second);
    if (crowding.score() >= best_score) continue;
    best = layout;
    best_score = crowding.score();
    tries = 0;
  }
  layout = std::move(best);
}

std::vector<SlotMove> PlanReshard(std::span<const SlotSet> owned, int count) {
  std::vector<size_t> order(owned.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // The biggest first; of equals, the one that stands first.
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(kSlotCount - owned[i].count(), i); });
  std::vector<int> sizes;
  for (size_t source : order) sizes.push_back(static_cast<int>(owned[source].count()));
  std::vector<int> shares = Shares(sizes, count);
  std::vector<SlotMove> moves;
  for (size_t i = 0; i < order.size(); ++i) {
    size_t slot = owned[order[i]]._Find_first();
    for (int given = 0; given < shares[i]; ++given, slot = owned[order[i]]._Find_next(slot)) {
      moves.push_back({.source = order[i], .slot = static_cast<int>(slot)});
    }
  }
  return moves;
}

RebalancePlan PlanRebalance(std::span<const Load> nodes, float threshold) {
  RebalancePlan plan;
  for (const Load& node : nodes) plan.total_weight += node.weight;
  for (size_t i = 0; i < nodes.size(); ++i) {
    int expected = 0;
    if (plan.total_weight > 0) {
      expected = static_cast<int>(static_cast<float>(kSlotCount) / plan.total_weight * nodes[i].weight);
    }
    plan.balances.emplace_back(i, nodes[i].slots - expected);
    if (OverThreshold(nodes[i], expected, threshold)) plan.needed = true;
  }
  if (!plan.needed) return plan;
  SettleRounding(plan.balances);
  std::ranges::sort(plan.balances, {}, [](const auto& node) { return std::pair(node.second, node.first); });
  plan.transfers = PairUp(plan.balances);
  return plan;
}

}  // namespace dunlin::cli
