#include <cstdlib>
#include <map>

#include "cli/cluster_check.h"
#include "cli/cluster_commands.h"
#include "cli/cluster_move.h"
#include "cli/cluster_plan.h"

namespace dunlin::cli {
namespace {

using Weights = std::map<const Node*, float>;

// "<id or its beginning>=<weight>" of each word.
std::optional<Weights> ReadWeights(const Manager& m, const Cluster& cluster) {
  Weights weights;
  for (const std::string& word : m.cluster().weights) {
    size_t equals = word.find('=');
    if (equals == std::string::npos) {
      m.console.Error("*** invalid input {}\n", word);
      return std::nullopt;
    }
    std::string name = word.substr(0, equals);
    const Node* node = cluster.FindByPrefix(name);
    if (node == nullptr) {
      m.console.Error("*** No such master node {}\n", name);
      return std::nullopt;
    }
    weights[node] = std::strtof(word.c_str() + equals + 1, nullptr);
  }
  return weights;
}

// Who takes part: primaries with slots, and empty ones when the user wants it.
std::vector<Node*> Involved(const Manager& m, const Cluster& cluster) {
  std::vector<Node*> involved = cluster.Primaries();
  if (!m.cluster().use_empty_primaries)
    std::erase_if(involved, [](const Node* node) { return node->slot_count() == 0; });
  return involved;
}

// Moves slots of one node to another, with a mark for each.
class Carrier {
 public:
  Carrier(const Manager& m, SlotMover& mover, int total) : m_(m), mover_(mover), total_(total) {}

  int Carry(Node& source, Node& target, int count) {
    m_.console.Print("Moving {} slots from {} to {}\n", count, source.Address(), target.Address());
    std::vector<int> slots;
    for (const SlotMove& move : PlanReshard(std::span(&source.line().slots, 1), count)) slots.push_back(move.slot);
    if (static_cast<int>(slots.size()) != count) {
      m_.console.Error("*** Assertion failed: Reshard table != number of slots");
      return 1;
    }
    if (m_.cluster().simulate) {
      m_.console.Print("{:#>{}}\n", "", count);
      return 0;
    }
    SlotMover::Style style{.quiet = true, .fixing = false, .on_slot = [this] { Mark(); }};
    SlotMover::Outcome outcome = mover_.Move(source, target, slots, style);
    m_.console.ClearProgress();
    if (!outcome.status.ok()) {
      const std::string& why = outcome.status.message();
      if (!why.empty()) m_.console.Error("*** clusterManagerMoveSlot: {}\n", why);
      return 1;
    }
    if (!m_.console.has_bar()) m_.console.Print("\n");
    if (!outcome.interrupted) return 0;
    PrintInterrupted(m_, outcome, moved_, total_, source, target);
    return kInterruptedStatus;
  }

 private:
  // The bar takes the place of the marks where there is one.
  void Mark() {
    ++moved_;
    if (!m_.console.has_bar()) m_.console.Print("#");
    m_.console.ShowProgress(moved_, total_, "slots moved");
  }

  const Manager& m_;
  SlotMover& mover_;
  int total_;
  int moved_ = 0;
};

int CarryOut(const Manager& m, const Cluster& cluster, const std::vector<Node*>& nodes, const RebalancePlan& plan) {
  InterruptGuard interrupts;
  SlotMover mover(m, cluster, interrupts);
  int total = 0;
  for (const Transfer& transfer : plan.transfers) total += transfer.slots;
  Carrier carrier(m, mover, total);
  for (const Transfer& transfer : plan.transfers) {
    if (int status = carrier.Carry(*nodes[transfer.source], *nodes[transfer.target], transfer.slots); status != 0) {
      return status;
    }
  }
  if (!m.cluster().simulate) LetNewsSpread(cluster);
  return 0;
}

}  // namespace

int RebalanceCommand(const Manager& m, const Words& arguments) {
  std::optional<NodeAddress> address = ParseHostWords(arguments);
  if (!address) return PrintInvalidHost(m), 1;
  std::optional<Cluster> cluster = Cluster::Load(m, *address);
  if (!cluster) return 1;
  std::optional<Weights> weights = ReadWeights(m, *cluster);
  if (!weights) return 1;
  (void)CheckCluster(m, *cluster, CheckKind::kQuiet);
  if (cluster->error_count() > 0) {
    m.console.Error("*** Please fix your cluster problems before rebalancing\n");
    return 1;
  }
  std::vector<Node*> nodes = Involved(m, *cluster);
  std::vector<Load> loads;
  for (const Node* node : nodes) {
    auto weight = weights->find(node);
    loads.push_back({.slots = node->slot_count(), .weight = weight == weights->end() ? 1 : weight->second});
  }
  RebalancePlan plan = PlanRebalance(loads, m.cluster().threshold);
  if (!plan.needed) {
    m.console.Warn("*** No rebalancing needed! All nodes are within the {:.2f}% threshold.\n", m.cluster().threshold);
    return 0;
  }
  m.console.Info(">>> Rebalancing across {} nodes. Total weight = {:.2f}\n", nodes.size(), plan.total_weight);
  if (m.options.verbose) {
    for (const auto& [node, balance] : plan.balances) {
      m.console.Print("{} balance is {} slots\n", nodes[node]->Address(), balance);
    }
  }
  return CarryOut(m, *cluster, nodes, plan);
}

}  // namespace dunlin::cli
