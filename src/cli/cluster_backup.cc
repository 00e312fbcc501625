#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cli/cluster_check.h"
#include "cli/cluster_commands.h"
#include "cli/sync.h"

namespace dunlin::cli {
namespace {

std::string PathIn(const std::string& directory, std::string_view file) {
  return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", file);
}

std::string OpenSlotsJson(const std::vector<OpenSlot>& open) {
  std::string json;
  for (const OpenSlot& slot : open) {
    json += fmt::format("{}\"{}\": \"{}\"", json.empty() ? "" : ",", slot.slot, slot.peer_id);
  }
  return json;
}

std::string JsonText(std::string_view text) {
  std::string json;
  for (char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json;
}

// A node as an object of nodes.json. All that other nodes told is visible ASCII, as ParseClusterNodes has made sure.
std::string NodeJson(const Node& node, size_t error_count) {
  std::string slots = SlotRanges(node.line().slots);
  std::ranges::replace(slots, '-', ',');
  std::string json = fmt::format(
      "  {{\n"
      "    \"name\": \"{}\",\n"
      "    \"host\": \"{}\",\n"
      "    \"port\": {},\n"
      "    \"replicate\": {},\n"
      "    \"slots\": [{}],\n"
      "    \"slots_count\": {},\n"
      "    \"flags\": \"{}\",\n"
      "    \"current_epoch\": {}",
      node.id(), JsonText(node.host()), node.port(),
      node.replicates().empty() ? "null" : fmt::format("\"{}\"", node.replicates()), slots, node.slot_count(),
      JsonText(node.line().ShownFlags()), node.line().epoch);
  if (error_count > 0) json += fmt::format(",\n    \"cluster_errors\": {}", error_count);
  if (!node.line().migrating.empty()) {
    json += fmt::format(",\n    \"migrating\": {{{}}}", OpenSlotsJson(node.line().migrating));
  }
  if (!node.line().importing.empty()) {
    json += fmt::format(",\n    \"importing\": {{{}}}", OpenSlotsJson(node.line().importing));
  }
  return json + "\n  }";
}

// Writes the whole text or says why not.
Status WriteFile(const std::string& path, std::string_view text) {
  int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Status::FromErrno(path, errno);
  Status written;
  while (!text.empty() && written.ok()) {
    ssize_t n = write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<size_t>(n));
    } else if (errno != EINTR) {
      written = Status::FromErrno(path, errno);
    }
  }
  if (written.ok() && fsync(fd) != 0) written = Status::FromErrno(path, errno);
  close(fd);
  return written;
}

// The node's snapshot, in a file of the directory.
bool SaveSnapshot(const Manager& m, Node& node, const std::string& directory) {
  m.console.Info(">>> Node {} -> Saving RDB...\n", node.Address());
  m.console.Flush();
  std::string path = PathIn(directory, fmt::format("redis-node-{}-{}-{}.rdb", node.host(), node.port(), node.id()));
  Status saved = FetchSnapshot(node.connection(), path, SnapshotContent::kEverything);
  if (!saved.ok()) m.console.Complain("{}\n", saved.message());
  return saved.ok();
}

}  // namespace

int BackupCommand(const Manager& m, const Words& arguments) {
  std::optional<NodeAddress> address = ParseNodeAddress(arguments[0]);
  if (!address) return PrintInvalidHost(m), 1;
  const std::string& directory = arguments[1];
  std::optional<Cluster> cluster = Cluster::Load(m, *address);
  if (!cluster) return 1;
  bool no_issues = CheckCluster(m, *cluster, CheckKind::kFull);
  size_t error_count = no_issues ? 0 : cluster->error_count();
  std::string json;
  for (const auto& node : cluster->nodes()) {
    json += (json.empty() ? "[\n" : ",\n") + NodeJson(*node, error_count);
    if (node->replicates().empty() && !SaveSnapshot(m, *node, directory)) return 1;
  }
  json += "\n]";
  std::string path = PathIn(directory, "nodes.json");
  m.console.Info("Saving cluster configuration to: {}\n", path);
  if (!WriteFile(path, json).ok()) {
    m.console.Error("Could not save nodes to: {}\n", path);
    m.console.Ok("[ERR] Failed to back cluster!\n");
    return 1;
  }
  if (!no_issues) {
    m.console.Warn(
        "*** Cluster seems to have some problems, please be aware of it if you're going to restore this backup.\n");
  }
  m.console.Ok("[OK] Backup created into: {}\n", directory);
  return 0;
}

}  // namespace dunlin::cli
