#include "cli/cluster_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "cli/cluster_fix.h"
#include "cli/cluster_repair.h"

namespace dunlin::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Joining takes tens of milliseconds when it is quick and seconds when it is slow.
constexpr milliseconds kQuickLook{10};
constexpr milliseconds kSlowLook{100};
constexpr milliseconds kQuickLooksFor{1000};
constexpr milliseconds kDotEvery{1000};
constexpr milliseconds kNewsPatience{5000};
constexpr double kWarnAfterSeconds = 20;
constexpr double kWarnAfterSecondsPerNode = 0.15;

std::string SlotList(const std::vector<OpenSlot>& open) {
  std::string list;
  for (const OpenSlot& slot : open) list += fmt::format("{}{}", list.empty() ? "" : ",", slot.slot);
  return list;
}

bool CheckAgreement(const Manager& m, Cluster& cluster) {
  if (!IsConsistent(cluster)) {
    cluster.ReportError(m, "[ERR] Nodes don't agree about configuration!");
    return false;
  }
  m.console.Ok("[OK] All nodes agree about slots configuration.\n");
  return true;
}

// The slots that some node has open, lowest first.
std::set<int> ReportOpenSlots(const Manager& m, Cluster& cluster) {
  m.console.Info(">>> Check for open slots...\n");
  std::set<int> open;
  for (Node* node : cluster.All()) {
    for (bool migrating : {true, false}) {
      const std::vector<OpenSlot>& slots = migrating ? node->line().migrating : node->line().importing;
      if (slots.empty()) continue;
      for (const OpenSlot& slot : slots) open.insert(slot.slot);
      cluster.ReportError(m, fmt::format("[WARNING] Node {} has slots in {} state {}.", node->Address(),
                                         migrating ? "migrating" : "importing", SlotList(slots)));
    }
  }
  if (!open.empty()) {
    m.console.Error("[WARNING] The following slots are open: {}.\n", fmt::join(open, ","));
  }
  return open;
}

// The slots that nobody serves.
SlotSet ReportUncovered(const Manager& m, Cluster& cluster) {
  m.console.Info(">>> Check slots coverage...\n");
  SlotSet covered;
  for (const auto& node : cluster.nodes()) covered |= node->line().slots;
  if (covered.all()) {
    m.console.Ok("[OK] All {} slots covered.\n", kSlotCount);
  } else {
    cluster.ReportError(m, fmt::format("[ERR] Not all {} slots are covered by nodes.\n", kSlotCount));
  }
  return ~covered;
}

// Every primary that claims each slot or holds keys of it.
std::vector<std::vector<Node*>> FindClaimants(const Manager& m, Cluster& cluster) {
  std::vector<std::vector<Node*>> claimants(kSlotCount);
  for (Node* node : cluster.All()) {
    if (node->is_replica()) continue;
    std::vector<int64_t> counts = CountKeysInSlots(m, *node, ~node->line().slots);
    counts.resize(kSlotCount, 0);
    for (int slot = 0; slot < kSlotCount; ++slot) {
      if (node->owns(slot) || counts[static_cast<size_t>(slot)] > 0)
        claimants[static_cast<size_t>(slot)].push_back(node);
    }
  }
  return claimants;
}

bool CheckMultipleOwners(const Manager& m, Cluster& cluster, bool fix, bool result) {
  m.console.Info(">>> Check for multiple slot owners...\n");
  std::vector<std::vector<Node*>> claimants = FindClaimants(m, cluster);
  int unsolved = 0;
  for (int slot = 0; slot < kSlotCount; ++slot) {
    const std::vector<Node*>& owners = claimants[static_cast<size_t>(slot)];
    if (owners.size() < 2) continue;
    result = false;
    m.console.Error("[WARNING] Slot {} has {} owners:\n", slot, owners.size());
    for (const Node* owner : owners) m.console.Error("    {}\n", owner->Address());
    ++unsolved;
    if (!fix) continue;
    result = FixMultipleOwners(m, cluster, slot, owners);
    if (!result) {
      m.console.Error("Failed to fix multiple owners for slot {}\n", slot);
      break;
    }
    --unsolved;
  }
  if (unsolved == 0) m.console.Ok("[OK] No multiple owners found.\n");
  return result;
}

// Every node knows every other by its id and not as a stranger, and all agree about the slots.
bool HasJoined(const Cluster& cluster) {
  Result<std::vector<std::vector<NodeLine>>> views = cluster.Views();
  if (!views) return false;
  std::string signature = ConfigSignature(views->front());
  if (signature.empty()) return false;
  return std::ranges::all_of(*views, [&](const std::vector<NodeLine>& view) {
    bool knows_all = std::ranges::all_of(cluster.nodes(), [&](const auto& node) {
      const NodeLine* line = FindNode(view, node->id());
      return line != nullptr && !line->handshaking();
    });
    return knows_all && ConfigSignature(view) == signature;
  });
}

// Until the next look at a cluster that is being waited for since `start`.
void Pause(Clock::time_point start) {
  std::this_thread::sleep_for(Clock::now() - start < kQuickLooksFor ? kQuickLook : kSlowLook);
}

// Addresses that some nodes have no link to, and which nodes these are.
std::map<std::string, std::vector<std::string>> BrokenLinks(const Cluster& cluster) {
  std::map<std::string, std::vector<std::string>> broken;
  for (Node* node : cluster.All()) {
    Result<std::vector<NodeLine>> view = ReadClusterNodes(*node);
    if (!view) continue;
    for (const NodeLine& line : *view) {
      if (line.myself() || (line.link_up && !line.handshaking())) continue;
      broken[fmt::format("{}:{}@{}", line.host, line.port, line.bus_port)].push_back(node->Address());
    }
  }
  return broken;
}

void PrintBrokenLinks(const Manager& m, const Cluster& cluster) {
  std::map<std::string, std::vector<std::string>> broken = BrokenLinks(cluster);
  if (broken.empty()) return;
  m.console.Print("\n");
  m.console.Error("Warning: {} node(s) may be unreachable\n", broken.size());
  for (const auto& [address, from] : broken) {
    std::optional<NodeAddress> parsed = ParseNodeAddress(address);
    if (parsed && parsed->bus_port != 0) {
      m.console.Error(" - The port {} of node {} may be unreachable from:\n", parsed->bus_port, parsed->host);
    } else {
      m.console.Error(" - Node {} may be unreachable from:\n", address);
    }
    for (const std::string& teller : from) m.console.Error("   {}\n", teller);
    m.console.Error(
        "Cluster bus ports must be reachable by every node.\n"
        "Remember that cluster bus ports are different from standard instance ports.\n");
  }
}

}  // namespace

bool ShowClusterInfo(const Manager& m, Cluster& cluster) {
  std::vector<Node*> primaries;
  for (Node* node : cluster.All()) {
    if (!node->is_replica()) primaries.push_back(node);
  }
  std::vector<Result<resp::Reply>> sizes = Cluster::AskAll(primaries, {"DBSIZE"});
  int64_t keys = 0;
  for (size_t i = 0; i < primaries.size(); ++i) {
    const Node& node = *primaries[i];
    if (!sizes[i] || sizes[i]->kind != resp::ReplyKind::kInteger) {
      node.PrintReplyError(m, sizes[i] ? sizes[i]->text : sizes[i].error().message());
      return false;
    }
    m.console.Print("{} ({}...) -> {} keys | {} slots | {} slaves.\n", node.Address(), node.id().substr(0, 8),
                    sizes[i]->integer, node.slot_count(), node.replica_count);
    keys += sizes[i]->integer;
  }
  m.console.Ok("[OK] {} keys in {} masters.\n", keys, primaries.size());
  m.console.Print("{:.2f} keys per slot on average.\n", static_cast<float>(keys) / static_cast<float>(kSlotCount));
  return true;
}

bool CheckCluster(const Manager& m, Cluster& cluster, CheckKind kind) {
  bool fix = kind == CheckKind::kFix;
  m.console.Info(">>> Performing Cluster Check (using node {})\n", cluster.first().Address());
  if (kind != CheckKind::kQuiet) {
    for (const auto& node : cluster.nodes()) m.console.Print("{}\n", node->Shown(0));
  }
  bool result = CheckAgreement(m, cluster);
  std::set<int> open = ReportOpenSlots(m, cluster);
  if (!open.empty() && fix && !MayFix(m, cluster, "open slots")) return false;
  if (!open.empty()) result = fix && FixOpenSlots(m, cluster, open);
  SlotSet uncovered = ReportUncovered(m, cluster);
  if (uncovered.any() && fix && !MayFix(m, cluster, "slots coverage")) return false;
  if (uncovered.any()) result = fix && FixCoverage(m, cluster, uncovered);
  if (m.cluster().search_multiple_owners) result = CheckMultipleOwners(m, cluster, fix, result);
  m.console.Flush();
  return result;
}

bool IsConsistent(const Cluster& cluster) {
  if (cluster.nodes().size() <= 1) return true;
  Result<std::vector<std::vector<NodeLine>>> views = cluster.Views();
  if (!views) return false;
  std::string signature = ConfigSignature(views->front());
  if (signature.empty()) return false;
  return std::ranges::all_of(*views,
                             [&](const std::vector<NodeLine>& view) { return ConfigSignature(view) == signature; });
}

void WaitForJoin(const Manager& m, const Cluster& cluster) {
  m.console.Print("Waiting for the cluster to join\n");
  auto warn_after = std::chrono::duration<double>(kWarnAfterSeconds + kWarnAfterSecondsPerNode *
                                                                          static_cast<double>(cluster.nodes().size()));
  Clock::time_point start = Clock::now();
  Clock::time_point next_dot = start;
  Clock::time_point warned = start;
  while (!HasJoined(cluster)) {
    Clock::time_point now = Clock::now();
    if (now >= next_dot) {
      m.console.Print(".");
      m.console.Flush();
      next_dot = now + kDotEvery;
    }
    if (now - warned > warn_after) {
      PrintBrokenLinks(m, cluster);
      warned = now;
    }
    Pause(start);
  }
  m.console.Print("\n");
}

bool JoinsWithin(const Cluster& cluster, std::chrono::milliseconds patience) {
  Clock::time_point start = Clock::now();
  while (!HasJoined(cluster)) {
    if (Clock::now() - start > patience) return false;
    Pause(start);
  }
  return true;
}

void LetNewsSpread(const Cluster& cluster) {
  Clock::time_point start = Clock::now();
  while (!IsConsistent(cluster) && Clock::now() - start < kNewsPatience) Pause(start);
}

}  // namespace dunlin::cli
