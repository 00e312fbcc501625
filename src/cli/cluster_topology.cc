#include "cli/cluster_topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/numbers.h"

namespace dunlin::cli {
namespace {

constexpr size_t kFixedFields = 8;

Status Invalid(std::string_view why) { return Status::Corruption(fmt::format("invalid CLUSTER NODES reply: {}", why)); }

std::optional<int> ParseSlot(std::string_view text) {
  std::optional<int64_t> slot = ParseInt64(text);
  if (!slot || *slot < 0 || *slot >= kSlotCount) return std::nullopt;
  return static_cast<int>(*slot);
}

std::optional<int> ParsePort(std::string_view text) {
  std::optional<int64_t> port = ParseInt64(text);
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  return static_cast<int>(*port);
}

// "[<slot>->-<id>]" or "[<slot>-<-<id>]", without the brackets.
bool TakeOpenSlot(std::string_view text, NodeLine& line) {
  for (std::string_view arrow : {"->-", "-<-"}) {
    size_t at = text.find(arrow);
    if (at == std::string_view::npos) continue;
    std::optional<int> slot = ParseSlot(text.substr(0, at));
    std::string_view peer = text.substr(at + arrow.size());
    if (!slot || !NodeId::Parse(peer)) return false;
    (arrow == "->-" ? line.migrating : line.importing).push_back({*slot, std::string(peer)});
    return true;
  }
  return false;
}

bool TakeSlots(std::string_view field, NodeLine& line) {
  if (field.starts_with('[')) return field.ends_with(']') && TakeOpenSlot(field.substr(1, field.size() - 2), line);
  size_t dash = field.find('-');
  std::optional<int> first = ParseSlot(field.substr(0, dash));
  std::optional<int> last = dash == std::string_view::npos ? first : ParseSlot(field.substr(dash + 1));
  if (!first || !last || *first > *last) return false;
  for (int slot = *first; slot <= *last; ++slot) line.slots.set(static_cast<size_t>(slot));
  return true;
}

bool TakeAddress(std::string_view field, NodeLine& line) {
  std::string_view ports = field;
  size_t at = field.find('@');
  if (at != std::string_view::npos) {
    ports = field.substr(0, at);
    std::string_view bus = field.substr(at + 1);
    std::optional<int> bus_port = ParsePort(bus.substr(0, bus.find(',')));
    if (!bus_port) return false;
    line.bus_port = *bus_port;
  }
  size_t colon = ports.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::optional<int> port = ParsePort(ports.substr(colon + 1));
  if (!port) return false;
  line.host = ports.substr(0, colon);
  line.port = *port;
  return true;
}

Result<NodeLine> ParseLine(std::string_view text) {
  std::vector<std::string_view> fields = SplitBlanks(text);
  if (fields.size() < kFixedFields) return Fail(Invalid("a line with fewer than eight fields"));
  NodeLine line;
  if (!NodeId::Parse(fields[0])) return Fail(Invalid("a node id that is not forty characters"));
  line.id = fields[0];
  if (!TakeAddress(fields[1], line)) return Fail(Invalid("an address that is not host:port@bus"));
  for (std::string_view flag : Split(fields[2], ',')) line.flags.emplace_back(flag);
  if (line.replica()) line.primary_id = fields[3];
  std::optional<uint64_t> epoch = ParseUint64(fields[6]);
  if (!epoch) return Fail(Invalid("an epoch that is not a number"));
  line.epoch = *epoch;
  line.link_up = fields[7] == "connected";
  for (size_t i = kFixedFields; i < fields.size(); ++i) {
    if (!TakeSlots(fields[i], line)) return Fail(Invalid("slots that are not slots"));
  }
  return line;
}

}  // namespace

bool NodeLine::HasFlag(std::string_view flag) const { return std::ranges::find(flags, flag) != flags.end(); }

std::string NodeLine::ShownFlags() const {
  std::string shown;
  for (const std::string& flag : flags) {
    if (flag == "myself") continue;
    if (!shown.empty()) shown += ',';
    shown += flag;
  }
  return shown;
}

Result<std::vector<NodeLine>> ParseClusterNodes(std::string_view text) {
  // What is read here is shown on terminals later on.
  auto is_text = [](char c) { return IsAsciiPrintable(c) || IsAsciiSpace(c); };
  if (!std::ranges::all_of(text, is_text)) return Fail(Invalid("bytes that are not text"));
  std::vector<NodeLine> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (TrimBlanks(line).empty()) continue;
    if (lines.size() == limits::kMaxClusterNodes) return Fail(Invalid("too many nodes"));
    Result<NodeLine> parsed = ParseLine(line);
    if (!parsed) return Fail(parsed.error());
    lines.push_back(std::move(*parsed));
  }
  return lines;
}

const NodeLine* FindMyself(const std::vector<NodeLine>& lines) {
  auto found = std::ranges::find_if(lines, &NodeLine::myself);
  return found == lines.end() ? nullptr : &*found;
}

const NodeLine* FindNode(const std::vector<NodeLine>& lines, std::string_view id) {
  auto found = std::ranges::find(lines, id, &NodeLine::id);
  return found == lines.end() ? nullptr : &*found;
}

std::string ConfigSignature(const std::vector<NodeLine>& lines) {
  std::vector<std::string> owners;
  for (const NodeLine& line : lines) {
    if (line.slots.any()) owners.push_back(line.id + ':' + SlotRanges(line.slots));
  }
  std::ranges::sort(owners);
  return fmt::format("{}", fmt::join(owners, "|"));
}

std::string SlotRanges(const SlotSet& slots) {
  std::string shown;
  for (size_t first = slots._Find_first(); first < slots.size();) {
    size_t last = first;
    while (last + 1 < slots.size() && slots.test(last + 1)) ++last;
    if (!shown.empty()) shown += ',';
    shown += first == last ? fmt::format("[{}]", first) : fmt::format("[{}-{}]", first, last);
    first = slots._Find_next(last);
  }
  return shown;
}

std::optional<NodeAddress> ParseNodeAddress(std::string_view text) {
  NodeAddress address;
  size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    std::optional<int> bus_port = ParsePort(text.substr(at + 1));
    if (!bus_port) return std::nullopt;
    address.bus_port = *bus_port;
    text = text.substr(0, at);
  }
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::optional<int> port = ParsePort(text.substr(colon + 1));
  if (!port || *port == 0) return std::nullopt;
  address.host = text.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  address.port = *port;
  return address;
}

std::optional<NodeAddress> ParseHostWords(const std::vector<std::string>& words) {
  if (words.size() == 1) return ParseNodeAddress(words[0]);
  if (words.size() < 2 || words[0].empty()) return std::nullopt;
  std::optional<int> port = ParsePort(words[1]);
  if (!port || *port == 0) return std::nullopt;
  return NodeAddress{.host = words[0], .port = *port};
}

std::string NumberText(int64_t number) {
  std::string text;
  AppendInt64(text, number);
  return text;
}

std::optional<int64_t> InfoNumber(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    size_t end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
      return ParseInt64(line.substr(name.size() + 1));
  }
  return std::nullopt;
}

}  // namespace dunlin::cli
