// Clients that say anything with REPLCONF, PSYNC, SYNC and FAILOVER, and come and go at any time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "replication/node.h"

namespace dunlin::replication {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

class Primary {
 public:
  explicit Primary(uint8_t flags) : node_(ConfigFor(flags), flags, 0) {
    facts_.log_begin = Offset(100);
    facts_.log_end = Offset(200);
    facts_.has_save_points = (flags & 8) != 0;
  }

  void Step(uint8_t op, std::string_view line) {
    PeerId peer(op >> 6);
    std::vector<std::string_view> words = Split(line, ' ');
    switch (op & 15) {
      case 0:
      case 1:
      case 2: Answer(node_.OnReplconf(peer, "10.0.0.1", words, facts_, now_ms_)); break;
      case 3: Sync(peer, {"PSYNC", node_.history().id().view(), line}); break;
      case 4: Sync(peer, {"PSYNC", "?", "-1"}); break;
      case 5: Sync(peer, {"SYNC"}); break;
      case 6: Sync(peer, {"PSYNC", line, "101", "FAILOVER"}); break;
      case 7: Run(node_.OnPeerClosed(peer, facts_, now_ms_)); break;
      case 8: Answer(node_.OnFailover(words, facts_, now_ms_)); break;
      case 9: Run(node_.OnSnapshotStarted(snapshot_, facts_.log_end, facts_, now_ms_)); break;
      case 10: Run(node_.OnSnapshotEnded(snapshot_, !line.empty(), 10, facts_, now_ms_)); break;
      case 11: Run(node_.OnSnapshotFileSent(peer, facts_, now_ms_)); break;
      case 12: Run(node_.OnSnapshotRefused(snapshot_, line, facts_, now_ms_)); break;
      case 13: node_.OnPeerWriteBlocked(peer, !line.empty(), now_ms_); break;
      case 14: Run(node_.RequestAcks(facts_, now_ms_)); break;
      case 15:
        now_ms_ += 100 * static_cast<int64_t>(line.size());
        Run(node_.Tick(facts_, now_ms_));
        break;
    }
    Check();
  }

  void Finish() const { Require(node_.Info(facts_, now_ms_).starts_with("role:")); }

 private:
  static Config ConfigFor(uint8_t flags) {
    Config config;
    config.diskless_sync = (flags & 1) != 0;
    config.diskless_sync_delay_s = (flags & 2) != 0 ? 1 : 0;
    config.backlog_ttl_s = (flags & 4) != 0 ? 1 : 3600;
    return config;
  }

  void Sync(PeerId peer, const std::vector<std::string_view>& words) {
    Answer(node_.OnSync(peer, "10.0.0.1", "id=1", false, words, facts_, now_ms_));
  }

  void Answer(CommandResult result) {
    if (result.reply) Require(result.reply->starts_with('+') || result.reply->starts_with('-'));
    Run(std::move(result.effects));
  }

  void Run(Effects effects) {
    for (Effect& effect : effects) {
      if (auto* start = std::get_if<StartSnapshot>(&effect)) {
        Require(start->id > snapshot_);
        snapshot_ = start->id;
      } else if (auto* hold = std::get_if<HoldLog>(&effect)) {
        Require(hold->offset >= facts_.log_begin && hold->offset <= facts_.log_end);
      } else if (std::holds_alternative<CreateBacklog>(effect)) {
        facts_.has_backlog = true;
      } else if (std::holds_alternative<DropBacklog>(effect)) {
        facts_.has_backlog = false;
      } else if (auto* append = std::get_if<AppendForReplicas>(&effect)) {
        facts_.log_end.value += static_cast<int64_t>(append->bytes.size());
      }
      Require(!std::holds_alternative<HistoryChange>(effect) && !std::holds_alternative<CloseReplicas>(effect));
    }
  }

  void Check() {
    size_t listed = 0;
    for (const ReplicaPeer* peer : node_.replicas().Replicas()) {
      Require(peer->is_replica());
      Require(node_.replicas().Find(peer->id) == peer);
      ++listed;
    }
    Require(listed == node_.replicas().replica_count());
    // A replica without a log behind it could never be served.
    Require(listed == 0 || facts_.has_backlog);
  }

  Node node_;
  Facts facts_;
  int64_t now_ms_ = 1000;
  SnapshotId snapshot_{0};
};

}  // namespace
}  // namespace dunlin::replication

// The first byte is the configuration; then steps: what happens, how many bytes it has, the bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  dunlin::replication::Primary primary(data[0]);
  while (rest.size() >= 2) {
    auto op = static_cast<uint8_t>(rest[0]);
    size_t length = std::min<size_t>(static_cast<uint8_t>(rest[1]), rest.size() - 2);
    primary.Step(op, rest.substr(2, length));
    rest.remove_prefix(2 + length);
  }
  primary.Finish();
  return 0;
}
