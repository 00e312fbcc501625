#include "replication/effect_words.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::replication {
namespace {

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

std::string Spelled(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view ModeName(LoadMode mode) {
  switch (mode) {
    case LoadMode::kFile: return "file";
    case LoadMode::kParser: return "parser";
    case LoadMode::kSwap: return "swap";
  }
  return "?";
}

std::string HistoryWords(const HistoryChange& change) {
  switch (change.kind) {
    case HistoryChange::Kind::kNew: return "history new";
    case HistoryChange::Kind::kFullSync:
      return fmt::format("history full {}:{}", change.id.view().substr(0, 4), change.offset.value);
    case HistoryChange::Kind::kPartialSync:
      return fmt::format("history renamed {}:{}", change.id.view().substr(0, 4), change.offset.value);
    case HistoryChange::Kind::kDataLost: return "history data-lost";
    case HistoryChange::Kind::kUnusable: return "history unusable";
  }
  return "?";
}

// A number between `prefix` and CRLF at `*at`, which moves behind it.
std::optional<size_t> TakeLength(std::string_view bytes, char prefix, size_t* at) {
  size_t end = bytes.find("\r\n", *at);
  if (end == std::string_view::npos || *at >= bytes.size() || bytes[*at] != prefix) return std::nullopt;
  auto length = ParseUint64(bytes.substr(*at + 1, end - *at - 1));
  if (!length) return std::nullopt;
  *at = end + 2;
  return *length;
}

}  // namespace

std::optional<TestCommand> TakeCommand(std::string_view bytes) {
  TestCommand command;
  if (!bytes.starts_with('*')) {
    size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    for (std::string_view word : SplitBlanks(bytes.substr(0, end))) command.args.emplace_back(word);
    command.size = end + 1;
    return command;
  }
  size_t at = 0;
  auto count = TakeLength(bytes, '*', &at);
  if (!count) return std::nullopt;
  for (size_t i = 0; i < *count; ++i) {
    auto length = TakeLength(bytes, '$', &at);
    if (!length || bytes.size() - at < *length + 2) return std::nullopt;
    command.args.emplace_back(bytes.substr(at, *length));
    at += *length + 2;
  }
  command.size = at;
  return command;
}

std::string CommandWords(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    auto command = bytes.starts_with('*') ? TakeCommand(bytes) : std::nullopt;
    if (!command) return out + Spelled(bytes);
    if (!out.empty()) out += "; ";
    for (size_t i = 0; i < command->args.size(); ++i) out += (i > 0 ? " " : "") + command->args[i];
    bytes.remove_prefix(command->size);
  }
  return out;
}

std::string Words(const Effect& effect) {
  return std::visit(
      Overloaded{
          [](const LogLine& e) { return fmt::format("log {} {}", ".-*#"[static_cast<int>(e.level)], e.text); },
          [](const Connect& e) { return fmt::format("connect {}:{}", e.host, e.port); },
          [](const Disconnect&) { return std::string("disconnect"); },
          [](const SendToPrimary& e) { return "send " + CommandWords(e.bytes); },
          [](const RdbBegin& e) {
            return fmt::format("rdb-begin {} {}{}", ModeName(e.mode),
                               e.size_bytes ? std::to_string(*e.size_bytes) : "marked",
                               e.async_loading ? " async" : "");
          },
          [](const RdbBytes& e) { return fmt::format("rdb {}", Spelled(e.bytes)); },
          [](const RdbEnd&) { return std::string("rdb-end"); },
          [](const LoadRdbFile&) { return std::string("load-file"); },
          [](const SwapDataset&) { return std::string("swap-dataset"); },
          [](const AbandonRdb&) { return std::string("abandon-rdb"); },
          [](const StreamBytes& e) { return "stream " + CommandWords(e.bytes); },
          [](const LinkStatus& e) { return std::string(e.up ? "link up" : "link down"); },
          [](const SendToPeer& e) { return fmt::format("peer {} <- {}", e.peer.value, CommandWords(e.bytes)); },
          [](const HoldLog& e) { return fmt::format("peer {} holds {}", e.peer.value, e.offset.value); },
          [](const StartStream& e) { return fmt::format("peer {} streams", e.peer.value); },
          [](const ClosePeer& e) {
            return fmt::format("peer {} closes{}", e.peer.value, e.after_reply ? " after the reply" : "");
          },
          [](const StartSnapshot& e) {
            return fmt::format("snapshot {} to {}{}{}", e.id.value,
                               e.target == SnapshotTarget::kFile ? "file" : "sockets",
                               e.filter.without_data ? " -data" : "", e.filter.without_functions ? " -functions" : "");
          },
          [](const StreamSnapshot& e) { return fmt::format("snapshot {} goes to peer {}", e.id.value, e.peer.value); },
          [](const SendSnapshotFile& e) {
            return fmt::format("snapshot {} file to peer {}", e.id.value, e.peer.value);
          },
          [](const AbortSnapshot& e) { return fmt::format("snapshot {} aborts", e.id.value); },
          [](const CreateBacklog&) { return std::string("backlog on"); },
          [](const DropBacklog&) { return std::string("backlog off"); },
          [](const RestartLog& e) { return fmt::format("log at {}", e.offset.value); },
          [](const ForgetDatabase&) { return std::string("forget database"); },
          [](const AppendForReplicas& e) { return "append " + CommandWords(e.bytes); },
          [](const RoleChanged& e) { return std::string(e.replica ? "role replica" : "role primary"); },
          [](const PauseWrites&) { return std::string("pause"); },
          [](const ResumeWrites&) { return std::string("resume"); },
          [](const HistoryChange& e) { return HistoryWords(e); },
          [](const CloseReplicas&) { return std::string("close replicas"); },
          [](const FailoverAnswer& e) { return std::string(e.accepted ? "failover accepted" : "failover refused"); },
      },
      effect);
}

std::vector<std::string> Words(const Effects& effects) {
  std::vector<std::string> lines;
  for (const Effect& effect : effects) lines.push_back(Words(effect));
  return lines;
}

std::vector<std::string> Deeds(const Effects& effects) {
  std::vector<std::string> lines;
  for (const Effect& effect : effects) {
    if (!std::holds_alternative<LogLine>(effect)) lines.push_back(Words(effect));
  }
  return lines;
}

std::vector<std::string> Logs(const Effects& effects) {
  std::vector<std::string> lines;
  for (const Effect& effect : effects) {
    if (const auto* line = std::get_if<LogLine>(&effect)) lines.push_back(line->text);
  }
  return lines;
}

TEST(EffectWords, CommandsAreTakenApart) {
  EXPECT_EQ(CommandWords("*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n*1\r\n$4\r\nPING\r\n"), "AUTH x; PING");
  EXPECT_EQ(CommandWords("SYNC\r\n"), "SYNC\\r\\n");
  EXPECT_FALSE(TakeCommand("*2\r\n$4\r\nAUTH\r\n$1\r\n").has_value());
  EXPECT_EQ(TakeCommand("\nX")->size, 1u);
}

}  // namespace dunlin::replication
