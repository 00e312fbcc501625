#include "server/memory.h"

#include <jemalloc/jemalloc.h>
#include <unistd.h>

#include <fstream>

namespace dunlin::server {
namespace {

// The statistics are those of the last epoch; this begins a new one.
void BeginEpoch() {
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
}

uint64_t ReadNumber(const char* name) {
  size_t value = 0;
  size_t size = sizeof value;
  mallctl(name, &value, &size, nullptr, 0);
  return value;
}

std::string ReadVersion() {
  const char* version = nullptr;
  size_t size = sizeof version;
  if (mallctl("version", static_cast<void*>(&version), &size, nullptr, 0) != 0) return "jemalloc";
  std::string text(version);
  return "jemalloc-" + text.substr(0, text.find('-'));
}

}  // namespace

std::string AllocatorReport() {
  std::string text;
  malloc_stats_print([](void* to, const char* piece) { static_cast<std::string*>(to)->append(piece); }, &text, nullptr);
  return text;
}

bool PurgeAllocator() {
  std::string name = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge";
  return mallctl(name.c_str(), nullptr, nullptr, nullptr, 0) == 0;
}

uint64_t UsedMemoryBytes() {
  BeginEpoch();
  return ReadNumber("stats.allocated");
}

AllocatorUsage ReadAllocatorUsage() {
  BeginEpoch();
  return {ReadNumber("stats.allocated"), ReadNumber("stats.active"), ReadNumber("stats.resident")};
}

const std::string& AllocatorName() {
  static const std::string name = ReadVersion();
  return name;
}

uint64_t ResidentMemoryBytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t size_pages = 0;
  uint64_t resident_pages = 0;
  if (!(statm >> size_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t TotalMemoryBytes() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace dunlin::server
