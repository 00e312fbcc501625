#include "server/memory_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "oplog/log.h"
#include "server/cluster_driver.h"
#include "server/server.h"
#include "store/store.h"

namespace dunlin::server {
namespace {

constexpr double kMegabyte = 1024 * 1024;

void CountDatabases(Server& server, MemoryReport& report) {
  store::Store& store = server.store();
  for (int i = 0; i < store.database_count(); ++i) {
    DbIndex index(static_cast<uint16_t>(i));
    MemoryReport::Database database{i, store.KeyCount(index), 0};
    if (database.keys == 0) continue;
    for (int s = 0; s < kSlotCount; ++s) {
      const store::SlotTable* table = store.slot(SlotId(static_cast<uint16_t>(s))).TableIfAny(index);
      if (table != nullptr) database.table += table->entries.bytes();
    }
    report.keys += database.keys;
    report.overhead += database.table;
    report.databases.push_back(database);
  }
}

double Ratio(uint64_t a, uint64_t b) { return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b); }

}  // namespace

MemoryReport MakeMemoryReport(Server& server, const InfoSources& sources, const ClientTotals& clients) {
  MemoryReport report;
  report.used = sources.used_memory_bytes;
  report.peak = std::max(report.used, server.vitals().peak_memory_bytes());
  report.startup = server.vitals().startup_memory_bytes();
  report.resident = sources.resident_memory_bytes;
  report.allocator = sources.allocator;
  report.replication_buffers = server.oplog().memory_bytes();
  uint64_t unread = clients.replicas > 0 ? server.memory_limit().UnreadLogBytes() : 0;
  report.backlog = report.replication_buffers - std::min(unread, report.replication_buffers);
  report.replicas = clients.replica_memory_bytes + unread;
  report.clients = clients.client_memory_bytes;
  report.cluster_links = sources.control.cluster_link_bytes;
  if (server.cluster() != nullptr) report.cluster_links += server.cluster()->unsent_publish_bytes();
  report.overhead = report.startup + report.backlog + report.replicas + report.clients + report.cluster_links;
  CountDatabases(server, report);
  report.dataset = report.used > report.overhead ? report.used - report.overhead : 0;
  report.net_used = report.used > report.startup ? report.used - report.startup : 1;
  return report;
}

std::string MemoryDiagnosis(const MemoryReport& report, size_t clients, size_t replicas) {
  constexpr uint64_t kTooLittleToSay = 5 * 1024 * 1024;
  if (report.used < kTooLittleToSay) {
    return "There is next to no data, so whatever could be measured would mislead. Ask again when there is some.\n";
  }
  std::string findings;
  auto say = [&](std::string text) { findings.append("- ").append(text).append("\n"); };
  if (Ratio(report.peak, report.used) > 1.5) {
    say(fmt::format(
        "Peak: at some time {:.0f} MB were in use, now {:.0f} MB are. The allocator may keep part of the difference; "
        "MEMORY PURGE asks it to give that back.",
        static_cast<double>(report.peak) / kMegabyte, static_cast<double>(report.used) / kMegabyte));
  }
  if (Ratio(report.resident, report.used) > 1.4) {
    say(fmt::format("Fragmentation: the process occupies {:.1f} times what it uses.",
                    Ratio(report.resident, report.used)));
  }
  if (Ratio(report.allocator.active, report.allocator.allocated) > 1.1) {
    say(
        fmt::format("Within the allocator: its pages hold {:.1f} times what was asked for. Values of changing sizes do "
                    "that; a restart packs them anew.",
                    Ratio(report.allocator.active, report.allocator.allocated)));
  }
  if (Ratio(report.allocator.resident, report.allocator.active) > 1.1) {
    say("Unused pages: the allocator keeps pages that it does not need now. MEMORY PURGE gives them back.");
  }
  constexpr uint64_t kMuchForOneClient = 200 * 1024;
  if (clients > 0 && report.clients / clients > kMuchForOneClient) {
    say(
        fmt::format("Clients: on average each holds {} kB in buffers. CLIENT LIST shows which do not read their "
                    "replies.",
                    report.clients / clients / 1024));
  }
  constexpr uint64_t kMuchForOneReplica = 10 * 1024 * 1024;
  if (replicas > 0 && report.replicas / replicas > kMuchForOneReplica) {
    say(fmt::format("Replicas: on average {} MB wait to be sent to each. The link is slow, or they are.",
                    report.replicas / replicas / 1024 / 1024));
  }
  if (findings.empty()) return "Nothing is unusual about the memory.\n";
  return "What is unusual about the memory:\n\n" + findings;
}

}  // namespace dunlin::server
