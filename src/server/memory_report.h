// What the memory is used for, as INFO and MEMORY tell it.
//
// Thread: alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/client_view.h"
#include "server/info.h"

namespace dunlin::server {

class Server;

// All in bytes.
struct MemoryReport {
  uint64_t used = 0;      // allocated
  uint64_t peak = 0;      // the most that was ever allocated
  uint64_t startup = 0;   // before any data
  uint64_t resident = 0;  // in physical memory
  AllocatorUsage allocator;
  uint64_t backlog = 0;              // of the log, what is kept for replicas that may come back
  uint64_t replicas = 0;             // what has still to be sent to them, in the log too
  uint64_t replication_buffers = 0;  // all of the log
  uint64_t clients = 0;
  uint64_t cluster_links = 0;  // buffers of the bus, and what was published and is not in them yet

  struct Database {
    int index = 0;
    uint64_t keys = 0;
    uint64_t table = 0;  // the index of its keys
  };
  std::vector<Database> databases;  // those with keys
  uint64_t keys = 0;                // of all databases

  // Everything that is not keys and values.
  uint64_t overhead = 0;
  uint64_t dataset = 0;
  // Without what was there before any data; never 0.
  uint64_t net_used = 1;
};
MemoryReport MakeMemoryReport(Server& server, const InfoSources& sources, const ClientTotals& clients);

// What is unusual, in words, with advice: MEMORY DOCTOR. A pure function.
std::string MemoryDiagnosis(const MemoryReport& report, size_t clients, size_t replicas);

}  // namespace dunlin::server
