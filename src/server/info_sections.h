// The sections of INFO, one function each; lines end with CRLF, titles are written elsewhere.
//
// Thread: alone.
#pragma once

#include <string>

#include "server/client_view.h"
#include "server/info.h"

namespace dunlin::server {

void AppendServerInfo(std::string& out, Server& server, const InfoSources& sources);
void AppendClientsInfo(std::string& out, Server& server, const InfoSources& sources, const ClientTotals& clients);
void AppendMemoryInfo(std::string& out, Server& server, const InfoSources& sources, const ClientTotals& clients);
void AppendPersistenceInfo(std::string& out, Server& server, const InfoSources& sources);
void AppendStatsInfo(std::string& out, Server& server, const InfoSources& sources);
void AppendCpuInfo(std::string& out);
void AppendCommandStats(std::string& out, Server& server);
void AppendErrorStats(std::string& out, Server& server);
void AppendLatencyStats(std::string& out, Server& server);
// Only when it is asked for by name.
void AppendDebugInfo(std::string& out, Server& server);
void AppendKeyspaceInfo(std::string& out, Server& server);

// "1.50K": two decimals and the unit, bytes without decimals.
std::string HumanBytes(uint64_t bytes);

}  // namespace dunlin::server
