// Values that are well formed and still make no sense: file names that are paths, host names that are none, features
// that are not there. The checks of server/config_table.h's rows; messages are Redis's where Redis has the check.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "server/config_table.h"

namespace dunlin::server {

Status CheckDbFilename(const std::string& value, const CheckContext& context);
Status CheckAppendFilename(const std::string& value, const CheckContext& context);
Status CheckAppendDirname(const std::string& value, const CheckContext& context);

// What nodes.conf and the bus header can hold.
Status CheckAnnouncedIp(const std::string& value, const CheckContext& context);
Status CheckAnnouncedHostname(const std::string& value, const CheckContext& context);
Status CheckAnnouncedNodename(const std::string& value, const CheckContext& context);

Status CheckLocale(const std::string& value, const CheckContext& context);
Status CheckProcTitleTemplate(const std::string& value, const CheckContext& context);
Status CheckShutdownFlags(int value, const CheckContext& context);

// A file that asks for it is accepted; a client that asks for it is told that it is not there.
Status CheckActiveDefrag(bool value, const CheckContext& context);

Status CheckTlsPort(int64_t value, const CheckContext& context);
Status CheckTlsCluster(bool value, const CheckContext& context);
Status CheckTlsReplication(bool value, const CheckContext& context);

}  // namespace dunlin::server
