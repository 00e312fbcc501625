// The nodes of a live cluster: a connection to each, what each says of itself, and the lines that show them.
//
// Thread: main.
// Errors: what goes wrong is said on the console in redis-cli's words, where it happens; callers learn that it did
// (false, nullptr, nothing) and stop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/status.h"
#include "cli/cluster_console.h"
#include "cli/cluster_topology.h"
#include "cli/connection.h"
#include "cli/options.h"
#include "resp/reply.h"

namespace dunlin::cli {

// What every subcommand works with.
struct Manager {
  const Options& options;
  Console& console;
  Random& dice;

  const ClusterOptions& cluster() const { return options.cluster; }
};

// One node and the connection to it.
class Node {
 public:
  Node(std::string host, int port) : host_(std::move(host)), port_(port) {}

  // Connects and authenticates. Says on the console what went wrong.
  bool Connect(const Manager& m);
  bool connected() const { return connection_.has_value(); }

  // The reply, an error reply among them; a Status when the connection is lost.
  Result<resp::Reply> Command(std::span<const std::string> words);
  Result<resp::Reply> Command(std::initializer_list<std::string_view> words);
  // The reply unless it is an error; what was wrong in the words of the server otherwise.
  Result<resp::Reply> Ask(std::initializer_list<std::string_view> words);
  // Ask; says on the console what was wrong.
  std::optional<resp::Reply> AskOrComplain(const Manager& m, std::initializer_list<std::string_view> words);
  // "Node <host>:<port> replied with error:" and the error.
  void PrintReplyError(const Manager& m, std::string_view error) const;

  // For pipelining. REQUIRES: connected().
  Connection& connection() { return *connection_; }
  // The IP address of the other end. REQUIRES: connected().
  Result<std::string> PeerIp() const;

  // Takes over what the node says of itself in `line`; its address stays the one that it was reached by.
  void Adopt(const NodeLine& line);

  const std::string& host() const { return host_; }
  int port() const { return port_; }
  std::string Address() const;  // "<host>:<port>"
  const std::string& id() const { return line_.id; }
  bool is_replica() const { return line_.replica(); }
  // A node that has slots to give or to take.
  bool is_primary() const { return !is_replica() && replicates_.empty(); }
  // The id of its primary, also when it shall become a replica only now; empty for a primary.
  const std::string& replicates() const { return replicates_; }
  const NodeLine& line() const { return line_; }
  int slot_count() const { return static_cast<int>(line_.slots.count()); }
  bool owns(int slot) const { return line_.slots.test(static_cast<size_t>(slot)); }
  void set_owns(int slot, bool owns) { line_.slots.set(static_cast<size_t>(slot), owns); }
  void set_slots(const SlotSet& slots) { line_.slots = slots; }
  void set_replicates(std::string primary_id) { replicates_ = std::move(primary_id); }

  // The lines that show a node, indented; the last one without its end.
  std::string Shown(int indent) const;

  int replica_count = 0;  // how many loaded nodes replicate it
  // Slots or a primary were given to it in a plan that the node itself does not know yet.
  bool planned = false;

 private:
  std::string host_;
  int port_;
  NodeLine line_;
  std::string replicates_;
  std::optional<Connection> connection_;
};

class Cluster {
 public:
  // Connects to the node and to all that it knows. Empty when that failed.
  static std::optional<Cluster> Load(const Manager& m, const NodeAddress& address);
  // The same over a node that is connected already.
  static std::optional<Cluster> Load(const Manager& m, std::unique_ptr<Node> first);

  // A cluster of nodes that do not know each other yet.
  Cluster() = default;

  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
  Node& first() const { return *nodes_.front(); }
  void Add(std::unique_ptr<Node> node) { nodes_.push_back(std::move(node)); }
  // Hands the first node out and lets go of all others.
  std::unique_ptr<Node> TakeFirst();

  Node* Find(std::string_view id) const;                // letters of any case
  Node* FindByPrefix(std::string_view id_start) const;  // the first whose id begins so
  std::vector<Node*> Primaries() const;
  // The primary with the fewest replicas, `except` left out; null when there is none.
  Node* LeastReplicated(const Node* except = nullptr) const;

  // One command to every node of `nodes` at once; the replies in their order.
  static std::vector<Result<resp::Reply>> AskAll(std::span<Node* const> nodes,
                                                 std::initializer_list<std::string_view> words);
  std::vector<Node*> All() const;
  // What every node says of the cluster now; the Status of the first that could not tell.
  Result<std::vector<std::vector<NodeLine>>> Views() const;

  // Says an error and remembers that there was one.
  void ReportError(const Manager& m, std::string text);
  size_t error_count() const { return errors_.size(); }
  // Primaries that are known and could not be asked.
  int unreachable_primaries() const { return unreachable_primaries_; }

 private:
  void AddFriends(const Manager& m, const std::vector<NodeLine>& lines);
  void CountReplicas(const Manager& m);

  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::string> errors_;
  int unreachable_primaries_ = 0;
};

// CLUSTER NODES as the node tells it.
Result<std::vector<NodeLine>> ReadClusterNodes(Node& node);
// Learns what a connected node, which must be a cluster node, says of itself. False when something was wrong.
bool LearnNode(const Manager& m, Node& node);
// No keys in database 0 and no other node known. Says so when it is not.
bool RequireEmpty(const Manager& m, Node& node);
// Says why the words of the command line name no node.
void PrintInvalidHost(const Manager& m);

}  // namespace dunlin::cli
