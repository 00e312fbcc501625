// INFO: what the server says of itself, as sections of lines "name:value".
//
// Some of it is known to others than the workers: it is asked first, outside the gate, and the text is made alone, so
// that it is of one moment.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/memory.h"
#include "server/persistence_driver.h"
#include "server/vitals.h"

namespace dunlin::server {

class Server;

// In the order in which they are printed.
enum class InfoSection : uint8_t {
  kServer,
  kClients,
  kMemory,
  kPersistence,
  kStats,
  kReplication,
  kCpu,
  kModules,
  kCommandStats,
  kErrorStats,
  kLatencyStats,
  kCluster,
  kKeyspace,
  kDebug,
  kCount,
};

// Which sections are wanted. Thread: a value.
class InfoSelection {
 public:
  // The words behind INFO; none of them means the default. Unknown ones select nothing.
  explicit InfoSelection(std::span<const std::string_view> words);
  bool Has(InfoSection section) const { return chosen_.test(static_cast<size_t>(section)); }

 private:
  void Choose(std::string_view word);
  std::bitset<static_cast<size_t>(InfoSection::kCount)> chosen_;
};

// What is gathered before. Thread: a value.
struct InfoSources {
  ControlView control;
  PersistenceState persistence;
  int64_t changes_since_save = 0;
  uint64_t used_memory_bytes = 0;
  AllocatorUsage allocator;
  uint64_t resident_memory_bytes = 0;
};
// Waits for the control thread, so that all is of now; a worker, outside the gate.
InfoSources GatherInfo(Server& server);
// Waits for nobody: the control thread's part may be a tenth of a second old. Any thread.
InfoSources GatherInfoAtOnce(Server& server);

// Alone.
std::string RenderInfo(Server& server, const InfoSelection& selection, const InfoSources& sources);

}  // namespace dunlin::server
