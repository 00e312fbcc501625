#include <chrono>

#include "base/numbers.h"
#include "cli/cluster_check.h"
#include "cli/cluster_commands.h"
#include "cli/cluster_meet.h"
#include "cli/format.h"

namespace dunlin::cli {
namespace {

constexpr int64_t kMinNodeTimeoutMs = 100;
constexpr std::chrono::seconds kJoinPatience{5};

// The cluster that the words name. Nothing, and said so, when there is none.
std::optional<Cluster> LoadNamed(const Manager& m, const Words& words) {
  std::optional<NodeAddress> address = ParseHostWords(words);
  if (address) return Cluster::Load(m, *address);
  PrintInvalidHost(m);
  return std::nullopt;
}

int Check(const Manager& m, const Words& arguments, CheckKind kind) {
  std::optional<Cluster> cluster = LoadNamed(m, arguments);
  if (!cluster) return 1;
  (void)ShowClusterInfo(m, *cluster);
  return CheckCluster(m, *cluster, kind) ? 0 : 1;
}

// The primary that a new replica shall follow: the one that was named, or the one with the fewest replicas.
Node* ChoosePrimary(const Manager& m, const Cluster& cluster) {
  if (m.cluster().primary_id) {
    Node* primary = cluster.Find(*m.cluster().primary_id);
    if (primary == nullptr) m.console.Error("[ERR] No such master ID {}\n", *m.cluster().primary_id);
    return primary;
  }
  Node* primary = cluster.LeastReplicated();
  if (primary != nullptr) m.console.Print("Automatically selected master {}\n", primary->Address());
  return primary;
}

// Brings the cluster's functions to a node that joins as a primary; servers without functions have none to bring.
bool CopyFunctions(const Manager& m, Node& from, Node& to) {
  m.console.Info(">>> Getting functions from cluster\n");
  Result<resp::Reply> dump = from.Ask({"FUNCTION", "DUMP"});
  if (!dump) {
    m.console.Info(
        ">>> Failed retrieving Functions from the cluster, skip this step as Redis version do not support function "
        "command (error = '{}')\n",
        dump.error().message());
    return true;
  }
  m.console.Info(">>> Send FUNCTION LIST to {} to verify there is no functions in it\n", to.Address());
  Result<resp::Reply> list = to.Ask({"FUNCTION", "LIST"});
  if (!list) {
    m.console.Error(">>> Failed on CLUSTER LIST (error = '{}')\r\n", list.error().message());
    return false;
  }
  if (!list->elements.empty()) {
    m.console.Error(
        ">>> New node already contains functions and can not be added to the cluster. Use FUNCTION FLUSH and try "
        "again.\r\n");
    return false;
  }
  m.console.Info(">>> Send FUNCTION RESTORE to {}\n", to.Address());
  Result<resp::Reply> restored = to.Ask({"FUNCTION", "RESTORE", dump->text});
  if (restored) return true;
  m.console.Error(">>> Failed loading functions to the new node (error = '{}')\r\n", restored.error().message());
  return false;
}

// Makes a node that has been added to `cluster` a member of it, as a replica when there is a primary for it.
bool Join(const Manager& m, const Cluster& cluster, Node& node, const Node* primary) {
  m.console.Info(">>> Send CLUSTER MEET to node {} to make it join the cluster.\n", node.Address());
  if (!Meet(m, node, cluster.first())) return false;
  if (primary != nullptr) {
    WaitForJoin(m, cluster);
    m.console.Info(">>> Configure node as replica of {}.\n", primary->Address());
    if (!Replicate(m, node, primary->id())) return false;
  } else {
    // So that what the user does next finds the node where it shall be. It joins later when this takes too long.
    (void)JoinsWithin(cluster, kJoinPatience);
  }
  m.console.Ok("[OK] New node added correctly.\n");
  return true;
}

// Sends CLUSTER FORGET to everyone but the node, whose replicas get another primary before.
bool ForgetEverywhere(const Manager& m, const Cluster& cluster, const Node& leaving) {
  m.console.Info(">>> Sending CLUSTER FORGET messages to the cluster...\n");
  for (const auto& node : cluster.nodes()) {
    if (node.get() == &leaving) continue;
    if (node->replicates() == leaving.id()) {
      Node* primary = cluster.LeastReplicated(&leaving);
      if (primary == nullptr) {
        m.console.Error("[ERR] There is no other master that {} could replicate.\n", node->Address());
        return false;
      }
      m.console.Info(">>> {} as replica of {}\n", node->Address(), primary->Address());
      if (!node->AskOrComplain(m, {"CLUSTER", "REPLICATE", primary->id()})) return false;
      ++primary->replica_count;
    }
    if (!node->AskOrComplain(m, {"CLUSTER", "FORGET", leaving.id()})) return false;
  }
  return true;
}

Status SetNodeTimeout(Node& node, const std::string& timeout_ms) {
  Result<resp::Reply> set = node.Ask({"CONFIG", "SET", "cluster-node-timeout", timeout_ms});
  if (!set) return set.error();
  Result<resp::Reply> written = node.Ask({"CONFIG", "REWRITE"});
  return written ? Status::Ok() : written.error();
}

}  // namespace

int CheckCommand(const Manager& m, const Words& arguments) { return Check(m, arguments, CheckKind::kFull); }

int FixCommand(const Manager& m, const Words& arguments) { return Check(m, arguments, CheckKind::kFix); }

int InfoCommand(const Manager& m, const Words& arguments) {
  std::optional<Cluster> cluster = LoadNamed(m, arguments);
  if (!cluster) return 1;
  (void)ShowClusterInfo(m, *cluster);
  return 0;
}

int AddNodeCommand(const Manager& m, const Words& arguments) {
  std::optional<NodeAddress> existing = ParseNodeAddress(arguments[1]);
  std::optional<NodeAddress> added = ParseNodeAddress(arguments[0]);
  if (!existing || !added) return PrintInvalidHost(m), 1;
  m.console.Info(">>> Adding node {}:{} to cluster {}:{}\n", added->host, added->port, existing->host, existing->port);
  std::optional<Cluster> cluster = Cluster::Load(m, *existing);
  if (!cluster || !CheckCluster(m, *cluster, CheckKind::kFull)) return 1;
  Node* primary = nullptr;
  if (m.cluster().as_replica) {
    primary = ChoosePrimary(m, *cluster);
    if (primary == nullptr) return 1;
  }
  auto opened = std::make_unique<Node>(added->host, added->port);
  Node& node = *opened;
  if (!node.Connect(m)) {
    m.console.Error("[ERR] Sorry, can't connect to node {}\n", node.Address());
    return 1;
  }
  if (!LearnNode(m, node) || !RequireEmpty(m, node)) return 1;
  cluster->Add(std::move(opened));
  if (primary == nullptr && !CopyFunctions(m, cluster->first(), node)) return 1;
  return Join(m, *cluster, node, primary) ? 0 : 1;
}

int DeleteNodeCommand(const Manager& m, const Words& arguments) {
  std::optional<NodeAddress> address = ParseNodeAddress(arguments[0]);
  if (!address) return PrintInvalidHost(m), 1;
  const std::string& id = arguments[1];
  m.console.Info(">>> Removing node {} from cluster {}:{}\n", id, address->host, address->port);
  std::optional<Cluster> cluster = Cluster::Load(m, *address);
  if (!cluster) return 1;
  Node* node = cluster->Find(id);
  if (node == nullptr) {
    m.console.Error("[ERR] No such node ID {}\n", id);
    return 1;
  }
  if (node->slot_count() != 0) {
    m.console.Error("[ERR] Node {} is not empty! Reshard data away and try again.\n", node->Address());
    return 1;
  }
  if (!ForgetEverywhere(m, *cluster, *node)) return 1;
  m.console.Info(">>> Sending CLUSTER RESET SOFT to the deleted node.\n");
  return node->AskOrComplain(m, {"CLUSTER", "RESET", "SOFT"}) ? 0 : 1;
}

int CallCommand(const Manager& m, const Words& arguments) {
  std::optional<Cluster> cluster = LoadNamed(m, {arguments[0]});
  if (!cluster) return 1;
  Words command(arguments.begin() + 1, arguments.end());
  m.console.Info(">>> Calling");
  for (const std::string& word : command) m.console.Print(" {}", word);
  m.console.Print("\n");
  for (const auto& node : cluster->nodes()) {
    bool is_replica = !node->replicates().empty();
    if (is_replica ? m.cluster().only_primaries : m.cluster().only_replicas) continue;
    Result<resp::Reply> reply = node->Command(command);
    if (!reply) {
      m.console.Print("{}: Failed!\n", node->Address());
      continue;
    }
    m.console.Print("{}: {}\n", node->Address(), FormatVerbatim(*reply, m.options.bulk_delimiter));
    m.console.Flush();
  }
  return 0;
}

int SetTimeoutCommand(const Manager& m, const Words& arguments) {
  std::optional<NodeAddress> address = ParseNodeAddress(arguments[0]);
  if (!address) return PrintInvalidHost(m), 1;
  std::optional<int64_t> timeout_ms = ParseInt64(arguments[1]);
  if (!timeout_ms || *timeout_ms < kMinNodeTimeoutMs) {
    m.console.Complain("Setting a node timeout of less than 100 milliseconds is a bad idea.\n");
    return 1;
  }
  std::optional<Cluster> cluster = Cluster::Load(m, *address);
  if (!cluster) return 1;
  m.console.Info(">>> Reconfiguring node timeout in every cluster node...\n");
  int changed = 0;
  int failed = 0;
  for (const auto& node : cluster->nodes()) {
    Status set = SetNodeTimeout(*node, arguments[1]);
    if (set.ok()) {
      m.console.Warn("*** New timeout set for {}\n", node->Address());
      ++changed;
    } else {
      m.console.Error("ERR setting node-timeout for {}: {}\n", node->Address(), set.message());
      ++failed;
    }
  }
  m.console.Info(">>> New node timeout set. {} OK, {} ERR.\n", changed, failed);
  return 0;
}

}  // namespace dunlin::cli
