#include "base/numbers.h"
#include "server/client_view.h"
#include "server/help_text.h"
#include "server/memory.h"
#include "server/memory_report.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr std::string_view kHelp[] = {
    "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "DOCTOR",
    "    What is unusual about the memory, in words.",
    "MALLOC-STATS",
    "    The allocator's own report.",
    "PURGE",
    "    Ask the allocator to give back what it does not need.",
    "STATS",
    "    What uses the memory, in numbers.",
    "USAGE <key> [SAMPLES <count>]",
    "    The bytes that a key takes with its value.",
};

double Ratio(uint64_t a, uint64_t b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }

int64_t Difference(uint64_t a, uint64_t b) { return static_cast<int64_t>(a) - static_cast<int64_t>(b); }

class StatsWriter {
 public:
  explicit StatsWriter(resp::ReplyWriter& reply) : reply_(reply), mark_(reply.BeginDeferred()) {}
  void Bytes(std::string_view name, uint64_t bytes) { Signed(name, static_cast<int64_t>(bytes)); }
  void Signed(std::string_view name, int64_t value) {
    Name(name);
    reply_.Integer(value);
  }
  void Double(std::string_view name, double value) {
    Name(name);
    reply_.Double(value);
  }
  void Name(std::string_view name) {
    reply_.Bulk(name);
    ++count_;
  }
  void End() { reply_.EndMap(mark_, count_); }

 private:
  resp::ReplyWriter& reply_;
  resp::ReplyWriter::Mark mark_;
  size_t count_ = 0;
};

void WriteDatabase(resp::ReplyWriter& reply, const MemoryReport::Database& database) {
  StatsWriter stats(reply);
  stats.Bytes("overhead.hashtable.main", database.table);
  // Expiry times stand in the entries, and keys are kept by slot anyway.
  stats.Bytes("overhead.hashtable.expires", 0);
  stats.Bytes("overhead.hashtable.slot-to-keys", 0);
  stats.End();
}

void WriteStats(resp::ReplyWriter& reply, const MemoryReport& r) {
  StatsWriter stats(reply);
  stats.Bytes("peak.allocated", r.peak);
  stats.Bytes("total.allocated", r.used);
  stats.Bytes("startup.allocated", r.startup);
  stats.Bytes("replication.backlog", r.backlog);
  stats.Bytes("clients.slaves", r.replicas);
  stats.Bytes("clients.normal", r.clients);
  stats.Bytes("cluster.links", r.cluster_links);
  stats.Bytes("aof.buffer", 0);
  stats.Bytes("lua.caches", 0);
  stats.Bytes("functions.caches", 0);
  for (const MemoryReport::Database& database : r.databases) {
    stats.Name("db." + std::to_string(database.index));
    WriteDatabase(reply, database);
  }
  stats.Bytes("overhead.total", r.overhead);
  stats.Bytes("keys.count", r.keys);
  stats.Bytes("keys.bytes-per-key", r.keys == 0 ? 0 : r.net_used / r.keys);
  stats.Bytes("dataset.bytes", r.dataset);
  stats.Double("dataset.percentage", 100 * Ratio(r.dataset, r.net_used));
  stats.Double("peak.percentage", 100 * Ratio(r.used, r.peak));
  const AllocatorUsage& a = r.allocator;
  stats.Bytes("allocator.allocated", a.allocated);
  stats.Bytes("allocator.active", a.active);
  stats.Bytes("allocator.resident", a.resident);
  stats.Double("allocator-fragmentation.ratio", Ratio(a.active, a.allocated));
  stats.Signed("allocator-fragmentation.bytes", Difference(a.active, a.allocated));
  stats.Double("allocator-rss.ratio", Ratio(a.resident, a.active));
  stats.Signed("allocator-rss.bytes", Difference(a.resident, a.active));
  stats.Double("rss-overhead.ratio", Ratio(r.resident, a.resident));
  stats.Signed("rss-overhead.bytes", Difference(r.resident, a.resident));
  stats.Double("fragmentation", Ratio(r.resident, r.used));
  stats.Signed("fragmentation.bytes", Difference(r.resident, r.used));
  stats.End();
}

void Report(Call& call, bool in_words) {
  InfoSources sources = GatherInfoAtOnce(call.server);
  MemoryReport report;
  ClientTotals clients;
  bool done = call.worker.AloneUnlessScriptLingers([&] {
    clients = CountClients(call.server);
    report = MakeMemoryReport(call.server, sources, clients);
  });
  call.facts_changed = !done;
  if (!done) return;
  if (in_words) return call.reply.Verbatim("txt", MemoryDiagnosis(report, clients.clients, clients.replicas));
  WriteStats(call.reply, report);
}

}  // namespace

void OpMemory(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "help") return WriteHelp(call.reply, kHelp);
  if (word == "malloc-stats") return call.reply.Verbatim("txt", AllocatorReport());
  if (word == "stats" || word == "doctor") return Report(call, word == "doctor");
  PurgeAllocator() ? call.reply.Ok() : call.reply.Error("ERR Error purging dirty pages");
}

}  // namespace dunlin::server
