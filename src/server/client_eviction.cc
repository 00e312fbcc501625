#include "server/client_eviction.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/client_view.h"
#include "server/server.h"

namespace dunlin::server {

uint64_t ClientMemoryLimitBytes(const Settings& settings) {
  if (settings.maxmemory_clients >= 0) return static_cast<uint64_t>(settings.maxmemory_clients);
  auto percent = static_cast<uint64_t>(-settings.maxmemory_clients);
  auto maxmemory = static_cast<uint64_t>(settings.maxmemory_bytes);
  return maxmemory / 100 * percent + maxmemory % 100 * percent / 100;
}

uint64_t CountedClientBytes(Server& server) {
  uint64_t bytes = 0;
  for (const auto& worker : server.workers()) bytes += worker->stats().client_memory_bytes.get();
  return bytes;
}

void EvictClients(Server& server) {
  const uint64_t limit = ClientMemoryLimitBytes(server.settings());
  if (limit == 0) return;
  uint64_t total = 0;
  std::vector<std::pair<size_t, Session*>> evictable;
  server.ForEachSession([&](Session& session) {
    if (session.closing || session.kind != SessionKind::kNormal) return;
    size_t bytes = SessionMemoryBytes(session);
    total += bytes;
    if (!session.no_evict) evictable.emplace_back(bytes, &session);
  });
  if (total <= limit) return;
  std::stable_sort(evictable.begin(), evictable.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [bytes, session] : evictable) {
    if (total <= limit) return;
    server.log().Notice("Evicting client: {}", DescribeSession(server, *session, {}, server.clock_ms()));
    session->worker->stats().evicted_clients.Add(1);
    server.KillSession(*session, "evicted to free the memory of clients");
    total -= bytes;
  }
  if (total > limit) server.log().Warning("Over client maxmemory after evicting all evictable clients");
}

}  // namespace dunlin::server
