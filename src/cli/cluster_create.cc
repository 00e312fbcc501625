#include <algorithm>

#include "cli/cluster_check.h"
#include "cli/cluster_commands.h"
#include "cli/cluster_meet.h"
#include "cli/cluster_plan.h"

namespace dunlin::cli {
namespace {

constexpr int kMinPrimaries = 3;

// Connects to the nodes and makes sure that they are free to become a cluster.
std::optional<Cluster> Gather(const Manager& m, const Words& addresses) {
  Cluster cluster;
  for (const std::string& word : addresses) {
    std::optional<NodeAddress> address = ParseNodeAddress(word);
    if (!address) {
      m.console.Complain("Invalid address format: {}\n", word);
      return std::nullopt;
    }
    auto node = std::make_unique<Node>(address->host, address->port);
    if (!node->Connect(m) || !LearnNode(m, *node) || !RequireEmpty(m, *node)) return std::nullopt;
    if (const Node* twin = cluster.Find(node->id())) {
      m.console.Error("[ERR] Node {} and node {} are the same node.\n", node->Address(), twin->Address());
      return std::nullopt;
    }
    cluster.Add(std::move(node));
  }
  return cluster;
}

void PrintTooFew(const Manager& m, size_t nodes, int replicas) {
  m.console.Error(
      "*** ERROR: Invalid configuration for cluster creation.\n"
      "*** Redis Cluster requires at least 3 master nodes.\n"
      "*** This is not possible with {} nodes and {} replicas per node.",
      nodes, replicas);
  m.console.Error("\n*** At least {} nodes are required.\n", kMinPrimaries * (int64_t{replicas} + 1));
}

void GiveSlots(const Manager& m, const Layout& layout, const std::vector<Node*>& nodes) {
  std::vector<SlotRange> ranges = DealSlots(static_cast<int>(layout.primaries.size()));
  for (size_t i = 0; i < ranges.size(); ++i) {
    m.console.Print("Master[{}] -> Slots {} - {}\n", i, ranges[i].first, ranges[i].last);
    Node& primary = *nodes[layout.primaries[i]];
    SlotSet slots;
    for (int slot = ranges[i].first; slot <= ranges[i].last; ++slot) slots.set(static_cast<size_t>(slot));
    primary.set_slots(slots);
    primary.planned = true;
  }
}

void PrintDealtReplicas(const Manager& m, const Layout& layout, const std::vector<Node*>& nodes) {
  size_t first_extra = layout.replicas.size() - layout.extra;
  for (size_t i = 0; i < layout.replicas.size(); ++i) {
    if (i == first_extra) m.console.Print("Adding extra replicas...\n");
    m.console.Print("Adding replica {} to {}\n", nodes[layout.replicas[i].replica]->Address(),
                    nodes[layout.replicas[i].primary]->Address());
  }
}

void Optimize(const Manager& m, std::span<const std::string> hosts, Layout& layout) {
  if (AntiAffinityScore(hosts, layout) == 0) return;
  m.console.Info(">>> Trying to optimize slaves allocation for anti-affinity\n");
  OptimizeAntiAffinity(hosts, m.dice, layout);
  int64_t score = AntiAffinityScore(hosts, layout);
  if (score == 0) {
    m.console.Ok("[OK] Perfect anti-affinity obtained!\n");
  } else if (score >= kBesidePrimaryScore) {
    m.console.Warn("[WARNING] Some slaves are in the same host as their master\n");
  } else {
    m.console.Warn("[WARNING] Some slaves of the same master are in the same host\n");
  }
}

// Writes the plan into the nodes and shows it.
void Plan(const Manager& m, const Cluster& cluster, int primaries) {
  m.console.Info(">>> Performing hash slots allocation on {} nodes...\n", cluster.nodes().size());
  std::vector<Node*> nodes = cluster.All();
  std::vector<std::string> hosts;
  for (const Node* node : nodes) hosts.push_back(node->host());
  Layout layout = LayOutCluster(hosts, primaries, m.cluster().replicas);
  GiveSlots(m, layout, nodes);
  PrintDealtReplicas(m, layout, nodes);
  Optimize(m, hosts, layout);
  for (const ReplicaOf& pair : layout.replicas) {
    nodes[pair.replica]->set_replicates(nodes[pair.primary]->id());
    nodes[pair.replica]->set_slots({});
    nodes[pair.replica]->planned = true;
  }
  for (const Node* node : nodes) m.console.Print("{}\n", node->Shown(0));
}

// Slots that a node owns and shall not own stand in the way. Those that it shall own are the trace of a `create` that
// was broken off.
bool SlotsFit(const Manager& m, const Cluster& cluster, const std::vector<SlotSet>& owned) {
  for (size_t i = 0; i < owned.size(); ++i) {
    const Node& node = *cluster.nodes()[i];
    SlotSet wrong = owned[i] & ~node.line().slots;
    if (wrong.none()) continue;
    m.console.Error("[ERR] Node {} already owns slots that it does not get here: {}\n", node.Address(),
                    SlotRanges(wrong));
    return false;
  }
  return true;
}

bool AddSlots(const Manager& m, Node& node, const SlotSet& slots) {
  Words words = {"CLUSTER", "ADDSLOTS"};
  for (size_t slot = slots._Find_first(); slot < slots.size(); slot = slots._Find_next(slot)) {
    words.push_back(NumberText(static_cast<int64_t>(slot)));
  }
  Result<resp::Reply> reply = node.Command(words);
  if (reply && !reply->IsError()) return true;
  node.PrintReplyError(m, reply ? reply->text : reply.error().message());
  return false;
}

// Slots to the primaries, an epoch to everyone, and everyone to the first.
bool Introduce(const Manager& m, const Cluster& cluster, const std::vector<SlotSet>& owned) {
  for (size_t i = 0; i < owned.size(); ++i) {
    Node& node = *cluster.nodes()[i];
    SlotSet missing = node.line().slots & ~owned[i];
    if (missing.any() && !AddSlots(m, node, missing)) return false;
  }
  m.console.Info(">>> Nodes configuration updated\n");
  m.console.Info(">>> Assign a different config epoch to each node\n");
  int64_t epoch = 0;
  for (const auto& node : cluster.nodes()) {
    // A node that has an epoch already keeps it; collisions are sorted out on the bus.
    Result<resp::Reply> answered = node->Command({"CLUSTER", "SET-CONFIG-EPOCH", NumberText(++epoch)});
    if (answered) continue;
    node->PrintReplyError(m, answered.error().message());
    return false;
  }
  m.console.Info(">>> Sending CLUSTER MEET messages to join the cluster\n");
  return std::ranges::all_of(cluster.nodes(), [&](const auto& node) {
    return node.get() == &cluster.first() || Meet(m, *node, cluster.first());
  });
}

bool AttachReplicas(const Manager& m, const Cluster& cluster) {
  return std::ranges::all_of(cluster.nodes(), [&](const auto& node) {
    return node->replicates().empty() || Replicate(m, *node, node->replicates());
  });
}

}  // namespace

int CreateCommand(const Manager& m, const Words& arguments) {
  std::optional<Cluster> cluster = Gather(m, arguments);
  if (!cluster) return 1;
  size_t count = cluster->nodes().size();
  int replicas = m.cluster().replicas;
  if (replicas < 0) {
    m.console.Complain("[ERR] --cluster-replicas must not be negative\n");
    return 1;
  }
  auto primaries = static_cast<int>(count / (static_cast<size_t>(replicas) + 1));
  if (primaries < kMinPrimaries) {
    PrintTooFew(m, count, replicas);
    return 1;
  }
  std::vector<SlotSet> owned;
  for (const auto& node : cluster->nodes()) owned.push_back(node->line().slots);
  Plan(m, *cluster, primaries);
  if (!SlotsFit(m, *cluster, owned)) return 1;
  if (!m.console.Confirm("Can I set the above configuration?", Console::Force::kAllowed)) return 0;
  if (!Introduce(m, *cluster, owned)) return 1;
  WaitForJoin(m, *cluster);
  if (!AttachReplicas(m, *cluster)) return 1;
  std::optional<Cluster> created = Cluster::Load(m, cluster->TakeFirst());
  if (!created) return 1;
  (void)CheckCluster(m, *created, CheckKind::kFull);
  return 0;
}

}  // namespace dunlin::cli
