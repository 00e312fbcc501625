// A primary that says anything, at any time, in pieces of any size.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/limits.h"
#include "replication/node.h"

namespace dunlin::replication {
namespace {

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

class LyingPrimary {
 public:
  explicit LyingPrimary(uint8_t flags) : node_(ConfigFor(flags), flags, 0) {
    facts_.log_end = Offset(100);
    facts_.has_backlog = (flags & 4) != 0;
    if ((flags & 8) != 0) {
      Run(node_.Follow({"h", 1}, facts_, now_ms_), {});
    } else {
      Run(node_.StartAsReplica({"h", 1}, facts_, now_ms_), {});
    }
  }

  void Step(uint8_t op, std::string_view bytes) {
    switch (op & 7) {
      case 0:
      case 1:
      case 2:
      case 3: Receive(bytes); break;
      case 4: Run(node_.OnClosed("connection lost", facts_, now_ms_), {}); break;
      case 5:
        now_ms_ += static_cast<int64_t>(op) * 100;
        Run(node_.Tick(facts_, now_ms_), {});
        break;
      case 6: Run(node_.OnRdbLoaded(ended_ && (op & 8) == 0, facts_, now_ms_), {}); break;
      case 7: Run(node_.OnStreamBroken(facts_, now_ms_), {}); break;
    }
    if (connecting_) {
      connecting_ = false;
      Run(node_.OnConnected(facts_, now_ms_), {});
    }
    Run(node_.OnGetAck(facts_, now_ms_), {});
  }

  void Finish() const { Require(node_.Info(facts_, now_ms_).starts_with("role:")); }

 private:
  static Config ConfigFor(uint8_t flags) {
    Config config;
    config.diskless_load = static_cast<DisklessLoad>((flags & 3) % 3);
    if ((flags & 16) != 0) config.primary_auth = "secret";
    if ((flags & 32) != 0) config.announce_ip = "10.0.0.1";
    return config;
  }

  void Receive(std::string_view bytes) {
    buffer_ += bytes;
    std::string offered = buffer_;
    bool wanted = node_.wants_bytes();
    auto received = node_.OnBytes(offered, facts_, now_ms_);
    Require(received.consumed <= offered.size());
    buffer_.erase(0, received.consumed);
    Run(std::move(received.effects), offered);
    // Nobody makes us hold more than a line.
    if (wanted && node_.wants_bytes()) Require(buffer_.size() <= limits::kMaxReplicationLineBytes);
    if (!node_.wants_bytes() && !transferring_) buffer_.clear();
  }

  void Run(Effects effects, std::string_view offered) {
    for (Effect& effect : effects) {
      if (auto* rdb = std::get_if<RdbBytes>(&effect)) {
        Require(transferring_);
        Within(rdb->bytes, offered);
        rdb_left_ -= static_cast<int64_t>(rdb->bytes.size());
        Require(!sized_ || rdb_left_ >= 0);
      } else if (auto* begin = std::get_if<RdbBegin>(&effect)) {
        Require(!transferring_);
        transferring_ = true;
        ended_ = false;
        sized_ = begin->size_bytes.has_value();
        rdb_left_ = begin->size_bytes.value_or(0);
        Require(rdb_left_ >= 0);
      } else if (std::holds_alternative<RdbEnd>(effect)) {
        Require(transferring_ && (!sized_ || rdb_left_ == 0));
        ended_ = true;
      } else if (std::holds_alternative<AbandonRdb>(effect)) {
        Require(transferring_);
        transferring_ = false;
        ended_ = false;
      } else if (auto* stream = std::get_if<StreamBytes>(&effect)) {
        Require(!transferring_);
        Within(stream->bytes, offered);
        facts_.log_end.value += static_cast<int64_t>(stream->bytes.size());
      } else if (auto* restart = std::get_if<RestartLog>(&effect)) {
        Require(restart->offset.value >= 0);
        transferring_ = false;
        ended_ = false;
        facts_.log_begin = facts_.log_end = restart->offset;
      } else if (std::holds_alternative<CreateBacklog>(effect)) {
        facts_.has_backlog = true;
      } else if (std::holds_alternative<DropBacklog>(effect)) {
        facts_.has_backlog = false;
      } else if (std::holds_alternative<Disconnect>(effect)) {
        buffer_.clear();
        connecting_ = false;
      } else if (std::holds_alternative<Connect>(effect)) {
        connecting_ = true;
      }
      // What ties the machines together stays inside.
      Require(!std::holds_alternative<HistoryChange>(effect) && !std::holds_alternative<CloseReplicas>(effect) &&
              !std::holds_alternative<FailoverAnswer>(effect));
    }
  }

  static void Within(std::string_view part, std::string_view whole) {
    Require(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
  }

  Node node_;
  Facts facts_;
  int64_t now_ms_ = 1000;
  std::string buffer_;
  bool connecting_ = false;
  bool transferring_ = false;
  bool ended_ = false;
  bool sized_ = false;
  int64_t rdb_left_ = 0;
};

}  // namespace
}  // namespace dunlin::replication

// The first byte is the configuration; then steps: what happens, how many bytes come, the bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  dunlin::replication::LyingPrimary primary(data[0]);
  while (rest.size() >= 2) {
    auto op = static_cast<uint8_t>(rest[0]);
    size_t length = std::min<size_t>(static_cast<uint8_t>(rest[1]), rest.size() - 2);
    primary.Step(op, rest.substr(2, length));
    rest.remove_prefix(2 + length);
  }
  primary.Finish();
  return 0;
}
