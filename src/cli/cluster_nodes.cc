#include "cli/cluster_nodes.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/ascii.h"

namespace dunlin::cli {
namespace {

Result<std::vector<NodeLine>> LinesOf(const Result<resp::Reply>& reply) {
  if (!reply) return Fail(reply.error());
  if (reply->IsError()) return Fail(Status::Unavailable(reply->text));
  if (!reply->IsText()) return Fail(Status::Corruption("invalid CLUSTER NODES reply: it is not a text"));
  return ParseClusterNodes(reply->text);
}

// What was wrong with a node's own description, as redis-cli says it.
void PrintLoadError(const Manager& m, const Node& node, const Status& why) {
  if (why.code() == StatusCode::kCorruption) {
    m.console.Complain("Error: {}\n", why.message());
  } else {
    node.PrintReplyError(m, why.message());
  }
}

// Learns what the node says of itself; all that it said.
Result<std::vector<NodeLine>> LearnMyself(Node& node) {
  Result<std::vector<NodeLine>> lines = ReadClusterNodes(node);
  if (!lines) return lines;
  const NodeLine* myself = FindMyself(*lines);
  if (myself == nullptr) return Fail(Status::Corruption("invalid CLUSTER NODES reply: no node says \"myself\""));
  node.Adopt(*myself);
  return lines;
}

bool RequireClusterNode(const Manager& m, Node& node) {
  Result<resp::Reply> info = node.Ask({"INFO"});
  if (info && info->IsText() && InfoNumber(info->text, "cluster_enabled").value_or(0) == 1) return true;
  m.console.Error("[ERR] Node {} {}\n", node.Address(),
                  info ? "is not configured as a cluster node." : info.error().message());
  return false;
}

}  // namespace

bool Node::Connect(const Manager& m) {
  connection_.reset();
  Result<Connection> dialed = Connection::Dial({.host = host_, .port = port_, .unix_path = ""}, m.options.dial);
  if (!dialed) {
    m.console.Complain("{}\n", dialed.error().message());
    return false;
  }
  connection_.emplace(std::move(*dialed));
  if (!m.options.password) return true;
  std::optional<resp::Reply> welcome = m.options.user ? AskOrComplain(m, {"AUTH", *m.options.user, *m.options.password})
                                                      : AskOrComplain(m, {"AUTH", *m.options.password});
  if (!welcome) connection_.reset();
  return welcome.has_value();
}

Result<resp::Reply> Node::Command(std::span<const std::string> words) {
  if (!connection_) return Fail(Status::Unavailable("Not connected"));
  return connection_->Command(words);
}

Result<resp::Reply> Node::Command(std::initializer_list<std::string_view> words) {
  if (!connection_) return Fail(Status::Unavailable("Not connected"));
  return connection_->Command(words);
}

Result<resp::Reply> Node::Ask(std::initializer_list<std::string_view> words) {
  Result<resp::Reply> reply = Command(words);
  if (reply && reply->IsError()) return Fail(Status::Unavailable(reply->text));
  return reply;
}

std::optional<resp::Reply> Node::AskOrComplain(const Manager& m, std::initializer_list<std::string_view> words) {
  Result<resp::Reply> reply = Ask(words);
  if (reply) return std::move(*reply);
  PrintReplyError(m, reply.error().message());
  return std::nullopt;
}

void Node::PrintReplyError(const Manager& m, std::string_view error) const {
  m.console.Error("Node {} replied with error:\n{}\n", Address(), error);
}

Result<std::string> Node::PeerIp() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (getpeername(connection_->fd(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
    return Fail(Status::FromErrno("getpeername", errno));
  }
  char text[INET6_ADDRSTRLEN] = "";
  const void* address = peer.ss_family == AF_INET6
                            ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6*>(&peer)->sin6_addr)
                            : static_cast<const void*>(&reinterpret_cast<sockaddr_in*>(&peer)->sin_addr);
  if (inet_ntop(peer.ss_family, address, text, sizeof text) == nullptr) {
    return Fail(Status::FromErrno("inet_ntop", errno));
  }
  return std::string(text);
}

void Node::Adopt(const NodeLine& line) {
  line_ = line;
  replicates_ = line.primary_id;
  planned = false;
}

std::string Node::Address() const { return fmt::format("{}:{}", host_, port_); }

std::string Node::Shown(int indent) const {
  std::string spaces(static_cast<size_t>(indent), ' ');
  std::string shown = spaces;
  if (planned && !replicates_.empty()) {
    shown += fmt::format("S: {} {}", id(), Address());
  } else {
    shown += fmt::format("{}: {} {}\n{}   slots:{} ({} slots) {}", is_replica() ? 'S' : 'M', id(), Address(), spaces,
                         SlotRanges(line_.slots), slot_count(), line_.ShownFlags());
  }
  if (!replicates_.empty()) {
    shown += fmt::format("\n{}   replicates {}", spaces, replicates_);
  } else if (replica_count > 0) {
    shown += fmt::format("\n{}   {} additional replica(s)", spaces, replica_count);
  }
  return shown;
}

std::optional<Cluster> Cluster::Load(const Manager& m, const NodeAddress& address) {
  return Load(m, std::make_unique<Node>(address.host, address.port));
}

std::optional<Cluster> Cluster::Load(const Manager& m, std::unique_ptr<Node> first) {
  if (!first->connected() && !first->Connect(m)) return std::nullopt;
  if (!RequireClusterNode(m, *first)) return std::nullopt;
  Result<std::vector<NodeLine>> lines = LearnMyself(*first);
  if (!lines) {
    PrintLoadError(m, *first, lines.error());
    return std::nullopt;
  }
  Cluster cluster;
  cluster.Add(std::move(first));
  cluster.AddFriends(m, *lines);
  cluster.CountReplicas(m);
  return cluster;
}

void Cluster::AddFriends(const Manager& m, const std::vector<NodeLine>& lines) {
  std::vector<std::unique_ptr<Node>> reached;
  std::vector<const NodeLine*> told;
  for (const NodeLine& line : lines) {
    if (line.myself()) continue;
    auto node = std::make_unique<Node>(line.host, line.port);
    if (line.host.empty() || line.port == 0 || !node->Connect(m)) {
      if (!line.replica()) ++unreachable_primaries_;
      continue;
    }
    node->connection().Queue({"CLUSTER", "NODES"});
    // What is wrong with the connection shows when the answer is read.
    (void)node->connection().Flush();
    reached.push_back(std::move(node));
    told.push_back(&line);
  }
  for (size_t i = 0; i < reached.size(); ++i) {
    Node& node = *reached[i];
    Result<std::vector<NodeLine>> view = LinesOf(node.connection().Receive());
    const NodeLine* myself = view ? FindMyself(*view) : nullptr;
    if (myself != nullptr) node.Adopt(*myself);
    if (myself == nullptr) m.console.Error("[ERR] Unable to load info for node {}\n", node.Address());
    if (myself != nullptr && told[i]->alive() && myself->alive()) {
      Add(std::move(reached[i]));
    } else if (!told[i]->replica() && !node.is_replica()) {
      ++unreachable_primaries_;
    }
  }
}

void Cluster::CountReplicas(const Manager& m) {
  for (const auto& node : nodes_) {
    if (node->replicates().empty()) continue;
    Node* primary = Find(node->replicates());
    if (primary != nullptr) {
      ++primary->replica_count;
    } else {
      m.console.Warn("*** WARNING: {} claims to be slave of unknown node ID {}.\n", node->Address(),
                     node->replicates());
    }
  }
}

std::unique_ptr<Node> Cluster::TakeFirst() {
  std::unique_ptr<Node> taken = std::move(nodes_.front());
  nodes_.clear();
  return taken;
}

Node* Cluster::Find(std::string_view id) const {
  std::string lowered = AsciiLowered(id);
  auto found = std::ranges::find_if(nodes_, [&](const auto& node) { return node->id() == lowered; });
  return found == nodes_.end() ? nullptr : found->get();
}

Node* Cluster::FindByPrefix(std::string_view id_start) const {
  std::string lowered = AsciiLowered(id_start);
  auto found = std::ranges::find_if(nodes_, [&](const auto& node) { return node->id().starts_with(lowered); });
  return found == nodes_.end() ? nullptr : found->get();
}

std::vector<Node*> Cluster::All() const {
  std::vector<Node*> all;
  for (const auto& node : nodes_) all.push_back(node.get());
  return all;
}

std::vector<Node*> Cluster::Primaries() const {
  std::vector<Node*> primaries;
  for (const auto& node : nodes_) {
    if (node->is_primary()) primaries.push_back(node.get());
  }
  return primaries;
}

Node* Cluster::LeastReplicated(const Node* except) const {
  Node* least = nullptr;
  for (const auto& node : nodes_) {
    if (node->is_replica() || node.get() == except) continue;
    if (least == nullptr || node->replica_count < least->replica_count) least = node.get();
  }
  return least;
}

std::vector<Result<resp::Reply>> Cluster::AskAll(std::span<Node* const> nodes,
                                                 std::initializer_list<std::string_view> words) {
  for (Node* node : nodes) {
    node->connection().Queue(words);
    (void)node->connection().Flush();
  }
  std::vector<Result<resp::Reply>> replies;
  for (Node* node : nodes) replies.push_back(node->connection().Receive());
  return replies;
}

Result<std::vector<std::vector<NodeLine>>> Cluster::Views() const {
  std::vector<Node*> all = All();
  std::vector<std::vector<NodeLine>> views;
  Status failure;
  for (const Result<resp::Reply>& reply : AskAll(all, {"CLUSTER", "NODES"})) {
    Result<std::vector<NodeLine>> lines = LinesOf(reply);
    if (!lines) return Fail(lines.error());
    views.push_back(std::move(*lines));
  }
  return views;
}

void Cluster::ReportError(const Manager& m, std::string text) {
  m.console.Error("{}\n", text);
  errors_.push_back(std::move(text));
}

Result<std::vector<NodeLine>> ReadClusterNodes(Node& node) { return LinesOf(node.Command({"CLUSTER", "NODES"})); }

bool LearnNode(const Manager& m, Node& node) {
  if (!RequireClusterNode(m, node)) return false;
  Result<std::vector<NodeLine>> lines = LearnMyself(node);
  if (!lines) PrintLoadError(m, node, lines.error());
  return lines.has_value();
}

bool RequireEmpty(const Manager& m, Node& node) {
  Result<resp::Reply> info = node.Ask({"INFO"});
  Result<resp::Reply> cluster_info = node.Ask({"CLUSTER", "INFO"});
  for (const Result<resp::Reply>* reply : {&info, &cluster_info}) {
    if (*reply) continue;
    m.console.Error("[ERR] Node {} {}\n", node.Address(), reply->error().message());
    return false;
  }
  bool has_keys = info->text.find("\ndb0:") != std::string::npos;
  if (!has_keys && InfoNumber(cluster_info->text, "cluster_known_nodes").value_or(0) == 1) return true;
  m.console.Error(
      "[ERR] Node {} is not empty. Either the node already knows other nodes (check with CLUSTER NODES) or contains "
      "some key in database 0.\n",
      node.Address());
  return false;
}

void PrintInvalidHost(const Manager& m) {
  m.console.Complain(
      "[ERR] Invalid arguments: you need to pass either a valid address (ie. 120.0.0.1:7000) or space separated IP and "
      "port (ie. 120.0.0.1 7000)\n");
}

}  // namespace dunlin::cli
