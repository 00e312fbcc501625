#include "server/pubsub.h"

#include <algorithm>

#include "base/crc.h"
#include "base/glob.h"
#include "resp/writer.h"
#include "server/worker.h"

namespace dunlin::server {
namespace {

// What comes while a command of the session's own runs stands behind its reply.
Buffer& OutputFor(Session& session) { return session.running ? session.messages_behind_reply : session.stream.out(); }

}  // namespace

void PubSub::Subscribe(ChannelKind kind, std::string_view channel, Listener listener) {
  MutexLock lock(mutex_);
  auto& channels = kind == ChannelKind::kSharded ? sharded_ : global_;
  channels[std::string(channel)].push_back(listener);
  listeners_.fetch_add(1, std::memory_order_relaxed);
}

void PubSub::Unsubscribe(ChannelKind kind, std::string_view channel, Listener listener) {
  MutexLock lock(mutex_);
  auto& channels = kind == ChannelKind::kSharded ? sharded_ : global_;
  auto it = channels.find(std::string(channel));
  if (it == channels.end()) return;
  listeners_.fetch_sub(std::erase(it->second, listener), std::memory_order_relaxed);
  if (it->second.empty()) channels.erase(it);
}

void PubSub::SubscribePattern(std::string_view pattern, Listener listener) {
  MutexLock lock(mutex_);
  patterns_[std::string(pattern)].push_back(listener);
  listeners_.fetch_add(1, std::memory_order_relaxed);
}

void PubSub::UnsubscribePattern(std::string_view pattern, Listener listener) {
  MutexLock lock(mutex_);
  auto it = patterns_.find(pattern);
  if (it == patterns_.end()) return;
  listeners_.fetch_sub(std::erase(it->second, listener), std::memory_order_relaxed);
  if (it->second.empty()) patterns_.erase(it);
}

void PubSub::Deliver(Worker& worker, uint64_t id, const Message& message) {
  Session* session = worker.Find(id);
  if (session == nullptr || session->closing) return;
  resp::ReplyWriter reply(OutputFor(*session), session->resp_version);
  if (!message.pattern.empty()) {
    reply.Push(4);
    reply.Bulk("pmessage");
    reply.Bulk(message.pattern);
  } else {
    reply.Push(3);
    reply.Bulk(message.sharded ? "smessage" : "message");
  }
  reply.Bulk(message.channel);
  reply.Bulk(message.payload);
  worker.WantFlush(*session);
}

int64_t PubSub::Publish(ChannelKind kind, std::string_view channel, std::string_view payload, Worker& from) {
  if (quiet()) return 0;
  // Collected first: writing to outputs must not happen under the mutex.
  std::vector<std::pair<Listener, std::string>> targets;
  {
    MutexLock lock(mutex_);
    const auto& channels = kind == ChannelKind::kSharded ? sharded_ : global_;
    if (auto it = channels.find(std::string(channel)); it != channels.end()) {
      for (const Listener& listener : it->second) targets.emplace_back(listener, std::string());
    }
    if (kind == ChannelKind::kGlobal) {
      for (const auto& [pattern, listeners] : patterns_) {
        if (!GlobMatch(pattern, channel)) continue;
        for (const Listener& listener : listeners) targets.emplace_back(listener, pattern);
      }
    }
  }
  bool sharded = kind == ChannelKind::kSharded;
  for (auto& [listener, pattern] : targets) {
    Message message{sharded, pattern, std::string(channel), std::string(payload)};
    if (listener.worker == &from) {
      Deliver(from, listener.session, message);
    } else {
      listener.worker->Post(
          [id = listener.session, m = std::move(message)](Worker& worker) { Deliver(worker, id, m); });
    }
  }
  return static_cast<int64_t>(targets.size());
}

std::vector<std::string> PubSub::Channels(ChannelKind kind, std::string_view pattern) const {
  MutexLock lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [channel, listeners] : kind == ChannelKind::kSharded ? sharded_ : global_) {
    if (pattern.empty() || GlobMatch(pattern, channel)) found.push_back(channel);
  }
  return found;
}

size_t PubSub::CountListeners(ChannelKind kind, std::string_view channel) const {
  MutexLock lock(mutex_);
  const auto& channels = kind == ChannelKind::kSharded ? sharded_ : global_;
  auto it = channels.find(std::string(channel));
  return it == channels.end() ? 0 : it->second.size();
}

size_t PubSub::ChannelCount(ChannelKind kind) const {
  MutexLock lock(mutex_);
  return (kind == ChannelKind::kSharded ? sharded_ : global_).size();
}

size_t PubSub::PatternCount() const {
  MutexLock lock(mutex_);
  return patterns_.size();
}

std::vector<PubSub::Ended> PubSub::EndShardChannels(const std::function<bool(SlotId)>& leaves) {
  MutexLock lock(mutex_);
  std::vector<Ended> ended;
  std::erase_if(sharded_, [&](const auto& entry) {
    const auto& [channel, listeners] = entry;
    if (!leaves(SlotOfKey(channel))) return false;
    for (const Listener& listener : listeners) ended.push_back({listener, channel});
    listeners_.fetch_sub(listeners.size(), std::memory_order_relaxed);
    return true;
  });
  return ended;
}

void PubSub::TellEnded(Worker& worker, const Ended& ended) {
  Session* session = worker.Find(ended.listener.session);
  if (session == nullptr || session->closing || session->shard_channels.erase(ended.channel) == 0) return;
  resp::ReplyWriter reply(OutputFor(*session), session->resp_version);
  reply.Push(3);
  reply.Bulk("sunsubscribe");
  reply.Bulk(ended.channel);
  reply.Integer(static_cast<int64_t>(session->shard_channels.size()));
  worker.WantFlush(*session);
}

}  // namespace dunlin::server
