#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"
#include "cli/cluster_check.h"
#include "cli/cluster_commands.h"
#include "cli/cluster_move.h"
#include "cli/cluster_plan.h"

namespace dunlin::cli {
namespace {

void PrintNoAnswer(const Manager& m) { m.console.Complain("\n*** No answer given, operation aborted.\n"); }

// How many slots to move, as the option or the user says.
std::optional<int> AskSlotCount(const Manager& m) {
  if (m.cluster().slots != 0) {
    if (m.cluster().slots > 0 && m.cluster().slots <= kSlotCount) return m.cluster().slots;
    m.console.Complain("*** Invalid number of slots: {} (from 1 to {}).\n", m.cluster().slots, kSlotCount);
    return std::nullopt;
  }
  while (true) {
    std::optional<std::string> answer =
        m.console.Ask(fmt::format("How many slots do you want to move (from 1 to {})? ", kSlotCount));
    if (!answer) {
      PrintNoAnswer(m);
      return std::nullopt;
    }
    std::optional<int64_t> count = ParseInt64(*answer);
    if (count && *count > 0 && *count <= kSlotCount) return static_cast<int>(*count);
  }
}

// The primary with this id; null, and said so, when there is none.
Node* FindPrimary(const Manager& m, const Cluster& cluster, const std::string& id) {
  Node* node = cluster.Find(id);
  if (node != nullptr && !node->is_replica()) return node;
  m.console.Error("*** The specified node ({}) is not known or not a master, please retry.\n", id);
  return nullptr;
}

Node* AskTarget(const Manager& m, const Cluster& cluster) {
  if (m.cluster().to) return FindPrimary(m, cluster, *m.cluster().to);
  while (true) {
    std::optional<std::string> answer = m.console.Ask("What is the receiving node ID? ");
    if (!answer) {
      PrintNoAnswer(m);
      return nullptr;
    }
    if (!answer->empty()) return FindPrimary(m, cluster, *answer);
  }
}

// The nodes that give slots, gathered word by word.
class Sources {
 public:
  Sources(const Manager& m, const Cluster& cluster, const Node& target) : m_(m), cluster_(cluster), target_(target) {}

  // False when the word names no primary.
  bool Add(const std::string& id) {
    Node* node = FindPrimary(m_, cluster_, id);
    if (node == nullptr) return false;
    if (node == &target_) {
      m_.console.Error("*** It is not possible to use the target node as source node.\n");
    } else if (std::ranges::find(nodes_, node) == nodes_.end()) {
      nodes_.push_back(node);
    }
    return true;
  }

  void AddAll() {
    nodes_ = cluster_.Primaries();
    std::erase(nodes_, &target_);
  }

  const std::vector<Node*>& nodes() const { return nodes_; }

 private:
  const Manager& m_;
  const Cluster& cluster_;
  const Node& target_;
  std::vector<Node*> nodes_;
};

// --cluster-from: ids with commas between, or "all".
bool ReadSources(const std::string& text, Sources& sources) {
  for (std::string_view word : Split(text, ',')) {
    if (word == "all") {
      sources.AddAll();
      return true;
    }
    if (!word.empty() && !sources.Add(std::string(word))) return false;
  }
  return true;
}

bool AskSources(const Manager& m, Sources& sources) {
  m.console.Print(
      "Please enter all the source node IDs.\n"
      "  Type 'all' to use all the nodes as source nodes for the hash slots.\n"
      "  Type 'done' once you entered all the source nodes IDs.\n");
  while (true) {
    std::optional<std::string> answer = m.console.Ask(fmt::format("Source node #{}: ", sources.nodes().size() + 1));
    if (!answer) {
      PrintNoAnswer(m);
      return false;
    }
    if (*answer == "done") return true;
    if (*answer == "all") {
      sources.AddAll();
      return true;
    }
    if (!sources.Add(*answer)) return false;
  }
}

void PrintPlan(const Manager& m, int count, const std::vector<Node*>& sources, const Node& target,
               const std::vector<SlotMove>& moves) {
  m.console.Print("\nReady to move {} slots.\n  Source nodes:\n", count);
  for (const Node* source : sources) m.console.Print("{}\n", source->Shown(4));
  m.console.Print("  Destination node:\n{}\n  Resharding plan:\n", target.Shown(4));
  for (const SlotMove& move : moves) {
    m.console.Print("    Moving slot {} from {}\n", move.slot, sources[move.source]->id());
  }
}

bool Proceed(const Manager& m) {
  return m.console.yes() || m.console.Ask("Do you want to proceed with the proposed reshard plan (yes/no)? ") == "yes";
}

// Moves the slots, those of one source after those of another.
int CarryOut(const Manager& m, const Cluster& cluster, const std::vector<Node*>& sources, Node& target,
             const std::vector<SlotMove>& moves) {
  InterruptGuard interrupts;
  SlotMover mover(m, cluster, interrupts);
  int moved = 0;
  auto total = static_cast<int>(moves.size());
  SlotMover::Style style;
  style.on_slot = [&] { m.console.ShowProgress(++moved, total, "slots moved"); };
  for (auto begin = moves.begin(); begin != moves.end();) {
    auto end = std::find_if(begin, moves.end(), [&](const SlotMove& move) { return move.source != begin->source; });
    std::vector<int> slots;
    std::transform(begin, end, std::back_inserter(slots), [](const SlotMove& move) { return move.slot; });
    Node& source = *sources[begin->source];
    SlotMover::Outcome outcome = mover.Move(source, target, slots, style);
    if (!outcome.status.ok()) {
      const std::string& why = outcome.status.message();
      if (!why.empty()) m.console.Error("clusterManagerMoveSlot failed: {}\n", why);
      return 1;
    }
    if (outcome.interrupted) {
      PrintInterrupted(m, outcome, moved, total, source, target);
      return kInterruptedStatus;
    }
    begin = end;
  }
  m.console.ClearProgress();
  LetNewsSpread(cluster);
  return 0;
}

}  // namespace

int ReshardCommand(const Manager& m, const Words& arguments) {
  std::optional<NodeAddress> address = ParseHostWords(arguments);
  if (!address) return PrintInvalidHost(m), 1;
  std::optional<Cluster> cluster = Cluster::Load(m, *address);
  if (!cluster) return 1;
  (void)CheckCluster(m, *cluster, CheckKind::kFull);
  if (cluster->error_count() > 0) {
    m.console.Complain("*** Please fix your cluster problems before resharding\n");
    return 1;
  }
  std::optional<int> count = AskSlotCount(m);
  Node* target = count ? AskTarget(m, *cluster) : nullptr;
  if (target == nullptr) return 1;
  Sources sources(m, *cluster, *target);
  if (!(m.cluster().from ? ReadSources(*m.cluster().from, sources) : AskSources(m, sources))) return 1;
  if (sources.nodes().empty()) {
    m.console.Complain("*** No source nodes given, operation aborted.\n");
    return 1;
  }
  std::vector<SlotSet> owned;
  for (const Node* source : sources.nodes()) owned.push_back(source->line().slots);
  std::vector<SlotMove> moves = PlanReshard(owned, *count);
  PrintPlan(m, *count, sources.nodes(), *target, moves);
  if (!Proceed(m)) return 1;
  return CarryOut(m, *cluster, sources.nodes(), *target, moves);
}

}  // namespace dunlin::cli
