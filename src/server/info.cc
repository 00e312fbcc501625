#include "server/info.h"

#include <array>
#include <utility>

#include "base/ascii.h"
#include "server/control.h"
#include "server/info_sections.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

struct SectionWord {
  std::string_view word;
  InfoSection section;
  std::string_view title;
  bool in_default;
  bool in_all = true;
};
constexpr std::array<SectionWord, static_cast<size_t>(InfoSection::kCount)> kSections{{
    {"server", InfoSection::kServer, "Server", true},
    {"clients", InfoSection::kClients, "Clients", true},
    {"memory", InfoSection::kMemory, "Memory", true},
    {"persistence", InfoSection::kPersistence, "Persistence", true},
    {"stats", InfoSection::kStats, "Stats", true},
    {"replication", InfoSection::kReplication, "Replication", true},
    {"cpu", InfoSection::kCpu, "CPU", true},
    {"modules", InfoSection::kModules, "Modules", true},
    {"commandstats", InfoSection::kCommandStats, "Commandstats", false},
    {"errorstats", InfoSection::kErrorStats, "Errorstats", true},
    {"latencystats", InfoSection::kLatencyStats, "Latencystats", false},
    {"cluster", InfoSection::kCluster, "Cluster", true},
    {"keyspace", InfoSection::kKeyspace, "Keyspace", true},
    {"debug", InfoSection::kDebug, "Debug", false, false},
}};

void AppendSection(std::string& out, InfoSection section, Server& server, const InfoSources& sources,
                   const ClientTotals& clients) {
  switch (section) {
    case InfoSection::kServer: return AppendServerInfo(out, server, sources);
    case InfoSection::kClients: return AppendClientsInfo(out, server, sources, clients);
    case InfoSection::kMemory: return AppendMemoryInfo(out, server, sources, clients);
    case InfoSection::kPersistence: return AppendPersistenceInfo(out, server, sources);
    case InfoSection::kStats: return AppendStatsInfo(out, server, sources);
    case InfoSection::kReplication: out.append(sources.control.replication_text); return;
    case InfoSection::kCpu: return AppendCpuInfo(out);
    case InfoSection::kModules: return;
    case InfoSection::kCommandStats: return AppendCommandStats(out, server);
    case InfoSection::kErrorStats: return AppendErrorStats(out, server);
    case InfoSection::kLatencyStats: return AppendLatencyStats(out, server);
    case InfoSection::kCluster:
      out.append(server.cluster_enabled() ? "cluster_enabled:1\r\n" : "cluster_enabled:0\r\n");
      return;
    case InfoSection::kKeyspace: return AppendKeyspaceInfo(out, server);
    case InfoSection::kDebug: return AppendDebugInfo(out, server);
    case InfoSection::kCount: return;
  }
}

}  // namespace

InfoSelection::InfoSelection(std::span<const std::string_view> words) {
  if (words.empty()) Choose("default");
  for (std::string_view word : words) Choose(word);
}

void InfoSelection::Choose(std::string_view word) {
  bool everything = EqualsIgnoreCase(word, "all") || EqualsIgnoreCase(word, "everything");
  bool usual = EqualsIgnoreCase(word, "default");
  if (EqualsIgnoreCase(word, "module_list")) word = "modules";
  for (const SectionWord& s : kSections) {
    if ((everything && s.in_all) || (usual && s.in_default) || EqualsIgnoreCase(word, s.word)) {
      chosen_.set(static_cast<size_t>(s.section));
    }
  }
}

InfoSources GatherInfoAtOnce(Server& server) {
  InfoSources sources;
  sources.control = server.vitals().control_view();
  sources.persistence = server.persistence().state();
  sources.changes_since_save = server.persistence().dirty();
  sources.allocator = ReadAllocatorUsage();
  sources.used_memory_bytes = server.memory_meter().used_bytes();
  sources.resident_memory_bytes = ResidentMemoryBytes();
  return sources;
}

InfoSources GatherInfo(Server& server) {
  server.control().RunAndWait([&] { server.vitals().LookAround(server); });
  return GatherInfoAtOnce(server);
}

std::string RenderInfo(Server& server, const InfoSelection& selection, const InfoSources& sources) {
  ClientTotals clients;
  if (selection.Has(InfoSection::kClients) || selection.Has(InfoSection::kMemory)) clients = CountClients(server);
  std::string out;
  for (const SectionWord& s : kSections) {
    if (!selection.Has(s.section)) continue;
    if (!out.empty()) out.append("\r\n");
    out.append("# ").append(s.title).append("\r\n");
    AppendSection(out, s.section, server, sources, clients);
  }
  return out;
}

}  // namespace dunlin::server
