// A node that lies about its cluster. What was read is written out again and must read the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/invariant.h"
#include "cli/cluster_topology.h"

namespace {

std::string Spell(const dunlin::cli::NodeLine& line) {
  std::string flags;
  for (const std::string& flag : line.flags) flags += (flags.empty() ? "" : ",") + flag;
  std::string text = line.id + " " + line.host + ":" + std::to_string(line.port) + "@" + std::to_string(line.bus_port) +
                     " " + (flags.empty() ? "," : flags) + " " + (line.primary_id.empty() ? "-" : line.primary_id) +
                     " 0 0 " + std::to_string(line.epoch) + (line.link_up ? " connected" : " disconnected");
  for (size_t slot = 0; slot < line.slots.size(); ++slot) {
    if (line.slots.test(slot)) text += " " + std::to_string(slot);
  }
  for (const auto& open : line.migrating) text += " [" + std::to_string(open.slot) + "->-" + open.peer_id + "]";
  for (const auto& open : line.importing) text += " [" + std::to_string(open.slot) + "-<-" + open.peer_id + "]";
  return text + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto lines = dunlin::cli::ParseClusterNodes(text);
  (void)dunlin::cli::ParseNodeAddress(text);
  (void)dunlin::cli::InfoNumber(text, "cluster_known_nodes");
  if (!lines) return 0;
  std::string again;
  for (const auto& line : *lines) again += Spell(line);
  auto read_again = dunlin::cli::ParseClusterNodes(again);
  DUNLIN_INVARIANT(read_again.has_value() && read_again->size() == lines->size(), "what was read can be written");
  DUNLIN_INVARIANT(ConfigSignature(*read_again) == ConfigSignature(*lines), "and reads the same");
  return 0;
}
