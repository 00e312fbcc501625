// Who listens to which channel. Messages to sessions of other workers travel through their mailboxes, in order.
//
// Thread: any; guarded by one mutex, which is held while the listeners of a channel are collected, never while their
// output is written.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"

namespace dunlin::server {

class Worker;
struct Session;

enum class ChannelKind : uint8_t { kGlobal, kSharded };

class PubSub {
 public:
  struct Listener {
    Worker* worker;
    uint64_t session;
    bool operator==(const Listener&) const = default;
  };

  // Sessions keep their own sets; these keep the other direction.
  void Subscribe(ChannelKind kind, std::string_view channel, Listener listener);
  void Unsubscribe(ChannelKind kind, std::string_view channel, Listener listener);
  void SubscribePattern(std::string_view pattern, Listener listener);
  void UnsubscribePattern(std::string_view pattern, Listener listener);

  // Delivers to everybody who listens here; returns how many. `from` is the worker that calls; it is inside the gate.
  int64_t Publish(ChannelKind kind, std::string_view channel, std::string_view message, Worker& from);

  bool quiet() const { return listeners_.load(std::memory_order_relaxed) == 0; }
  std::vector<std::string> Channels(ChannelKind kind, std::string_view pattern) const;
  size_t CountListeners(ChannelKind kind, std::string_view channel) const;
  size_t ChannelCount(ChannelKind kind) const;
  size_t PatternCount() const;
  // Ends the sharded channels of the slots that `leaves` names. The listeners have to be told, see TellEnded().
  struct Ended {
    Listener listener;
    std::string channel;
  };
  std::vector<Ended> EndShardChannels(const std::function<bool(SlotId)>& leaves);
  // Takes the channel from its listener, which gets an unsubscription that it has not asked for. The listener's worker.
  static void TellEnded(Worker& worker, const Ended& ended);

 private:
  using Channels_t = std::unordered_map<std::string, std::vector<Listener>>;
  struct Message {
    bool sharded = false;
    std::string pattern;  // empty: not by a pattern
    std::string channel;
    std::string payload;
  };

  static void Deliver(Worker& worker, uint64_t session, const Message& message);

  std::atomic<size_t> listeners_{0};
  mutable Mutex mutex_;
  Channels_t global_ DUNLIN_GUARDED_BY(mutex_);
  Channels_t sharded_ DUNLIN_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Listener>, std::less<>> patterns_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
