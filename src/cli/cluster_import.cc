#include <algorithm>
#include <deque>

#include "base/crc.h"
#include "cli/cluster_check.h"
#include "cli/cluster_commands.h"

namespace dunlin::cli {
namespace {

constexpr std::string_view kScanCount = "1000";
// MIGRATEs that the source has been sent and not answered yet.
constexpr size_t kInFlight = 8;

// The standalone server that gives its keys.
class Source {
 public:
  Source(const Manager& m, NodeAddress address) : m_(m), address_(std::move(address)) {}

  bool Connect() {
    Endpoint endpoint{.host = address_.host, .port = address_.port, .unix_path = ""};
    Result<Connection> dialed = Connection::Dial(endpoint, m_.options.dial);
    if (!dialed) {
      m_.console.Complain("{}.\n", dialed.error().message());
      return false;
    }
    connection_.emplace(std::move(*dialed));
    LoginOptions login{.user = m_.cluster().from_user, .password = m_.cluster().from_password};
    Status logged_in = connection_->Login(login);
    if (!logged_in.ok()) m_.console.Complain("{}\n", logged_in.message());
    return logged_in.ok();
  }

  // The reply; nothing, and said so, when it is an error.
  std::optional<resp::Reply> Ask(std::initializer_list<std::string_view> words) {
    Result<resp::Reply> reply = connection_->Command(words);
    if (reply && !reply->IsError()) return std::move(*reply);
    PrintError(reply ? reply->text : reply.error().message());
    return std::nullopt;
  }

  void PrintError(std::string_view error) const {
    m_.console.Error("Source {}:{} replied with error:\n{}\n", address_.host, address_.port, error);
  }

  Connection& connection() { return *connection_; }

 private:
  const Manager& m_;
  NodeAddress address_;
  std::optional<Connection> connection_;
};

class Importer {
 public:
  Importer(const Manager& m, const Cluster& cluster, Source& source) : m_(m), source_(source), owners_(kSlotCount) {
    for (const auto& node : cluster.nodes()) {
      if (node->is_replica()) continue;
      for (size_t slot = 0; slot < owners_.size(); ++slot) {
        if (owners_[slot] == nullptr && node->owns(static_cast<int>(slot))) owners_[slot] = node.get();
      }
    }
  }

  bool KnowsAllOwners() const { return std::ranges::find(owners_, nullptr) == owners_.end(); }

  // Brings the keys to their owners. REQUIRES: KnowsAllOwners(). Stops at the first that does not go.
  bool Migrate(const std::vector<resp::Reply>& keys) {
    std::deque<const std::string*> in_flight;
    bool ok = true;
    for (size_t next = 0; (ok && next < keys.size()) || !in_flight.empty();) {
      if (ok && next < keys.size() && in_flight.size() < kInFlight) {
        Queue(keys[next].text);
        in_flight.push_back(&keys[next++].text);
        continue;
      }
      if (!Finish(*in_flight.front())) ok = false;
      in_flight.pop_front();
    }
    m_.console.Flush();
    return ok;
  }

 private:
  const Node& OwnerOf(const std::string& key) const { return *owners_[SlotOfKey(key).value]; }

  void Queue(const std::string& key) {
    const Node& owner = OwnerOf(key);
    Words words = {"MIGRATE", owner.host(), NumberText(owner.port()), key, "0", NumberText(m_.cluster().timeout_ms)};
    if (m_.options.password && m_.options.user) {
      words.insert(words.end(), {"AUTH2", *m_.options.user, *m_.options.password});
    } else if (m_.options.password) {
      words.insert(words.end(), {"AUTH", *m_.options.password});
    }
    if (m_.cluster().copy) words.emplace_back("COPY");
    if (m_.cluster().replace) words.emplace_back("REPLACE");
    source_.connection().Queue(words);
  }

  bool Finish(const std::string& key) {
    Result<resp::Reply> reply = source_.connection().Receive();
    m_.console.Print("Migrating {} to {}: ", key, OwnerOf(key).Address());
    if (reply && !reply->IsError()) {
      m_.console.Ok("OK\n");
      return true;
    }
    source_.PrintError(reply ? reply->text : reply.error().message());
    return false;
  }

  const Manager& m_;
  Source& source_;
  std::vector<const Node*> owners_;
};

bool ImportAll(const Manager& m, const Cluster& cluster, Source& source) {
  Importer importer(m, cluster, source);
  if (!importer.KnowsAllOwners()) {
    m.console.Error("[ERR] Not all {} slots are covered by nodes.\n", kSlotCount);
    return false;
  }
  std::string cursor = "0";
  do {
    std::optional<resp::Reply> page = source.Ask({"SCAN", cursor, "COUNT", kScanCount});
    if (!page) return false;
    if (page->elements.size() != 2 || !page->elements[0].IsText()) {
      source.PrintError("SCAN did not answer with a cursor and keys");
      return false;
    }
    cursor = page->elements[0].text;
    if (!importer.Migrate(page->elements[1].elements)) return false;
  } while (cursor != "0");
  return true;
}

}  // namespace

int ImportCommand(const Manager& m, const Words& arguments) {
  std::optional<NodeAddress> address = ParseHostWords(arguments);
  if (!address) return PrintInvalidHost(m), 1;
  if (!m.cluster().from) {
    m.console.Complain("[ERR] Option '--cluster-from' is required for subcommand 'import'.\n");
    return 1;
  }
  std::optional<NodeAddress> from = ParseNodeAddress(*m.cluster().from);
  if (!from) {
    m.console.Complain("[ERR] Invalid --cluster-from host. You need to pass a valid address (ie. 120.0.0.1:7000).\n");
    return 1;
  }
  m.console.Info(">>> Importing data from {}:{} to cluster {}:{}\n", from->host, from->port, address->host,
                 address->port);
  std::optional<Cluster> cluster = Cluster::Load(m, *address);
  if (!cluster || !CheckCluster(m, *cluster, CheckKind::kFull)) return 1;
  Source source(m, *from);
  if (!source.Connect()) return 1;
  std::optional<resp::Reply> info = source.Ask({"INFO"});
  if (!info) return 1;
  if (InfoNumber(info->text, "cluster_enabled").value_or(0) != 0) {
    m.console.Error("[ERR] The source node should not be a cluster node.\n");
    return 1;
  }
  std::optional<resp::Reply> size = source.Ask({"DBSIZE"});
  if (!size) return 1;
  m.console.Warn("*** Importing {} keys from DB 0\n", size->integer);
  return ImportAll(m, *cluster, source) ? 0 : 1;
}

}  // namespace dunlin::cli
