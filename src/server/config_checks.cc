#include "server/config_checks.h"

#include <fmt/format.h>
#include <locale.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"

namespace dunlin::server {
namespace {

constexpr size_t kHostNameBytes = 256;    // with its end, as the bus extension holds it
constexpr size_t kAddressTextBytes = 46;  // with its end, as the bus header holds it

bool IsPath(std::string_view name) { return name.find_first_of("/\\") != std::string_view::npos; }

// nodes.conf separates fields by blanks and commas and knows quotes; such a character in a name would tear its line.
bool FitsNodesConf(char c) { return IsAsciiPrintable(c) && c != ' ' && c != ',' && c != '"' && c != '\'' && c != '\\'; }

Status CheckFileName(const std::string& value, std::string_view directive, std::string_view kind) {
  if (value.empty()) return Status::InvalidArgument(fmt::format("{} can't be empty", directive));
  if (IsPath(value)) return Status::InvalidArgument(fmt::format("{} can't be a path, just a {}", directive, kind));
  return Status::Ok();
}

Status RefuseTls(std::string_view directive, std::string_view only) {
  return Status::InvalidArgument(fmt::format("TLS is not supported: {} can only be {}", directive, only));
}

}  // namespace

Status CheckDbFilename(const std::string& value, const CheckContext&) {
  if (IsPath(value)) return Status::InvalidArgument("dbfilename can't be a path, just a filename");
  return Status::Ok();
}

Status CheckAppendFilename(const std::string& value, const CheckContext&) {
  return CheckFileName(value, "appendfilename", "filename");
}

Status CheckAppendDirname(const std::string& value, const CheckContext&) {
  return CheckFileName(value, "appenddirname", "dirname");
}

Status CheckAnnouncedIp(const std::string& value, const CheckContext&) {
  if (value.size() >= kAddressTextBytes) {
    return Status::InvalidArgument(fmt::format("Addresses must be less than {} characters", kAddressTextBytes));
  }
  if (!std::ranges::all_of(value, FitsNodesConf)) {
    return Status::InvalidArgument("Announced address contained invalid character");
  }
  return Status::Ok();
}

Status CheckAnnouncedHostname(const std::string& value, const CheckContext&) {
  if (value.size() >= kHostNameBytes) {
    return Status::InvalidArgument(fmt::format("Hostnames must be less than {} characters", kHostNameBytes));
  }
  auto fits = [](char c) {
    char lower = AsciiLower(c);
    return (lower >= 'a' && lower <= 'z') || IsAsciiDigit(c) || c == '-' || c == '.';
  };
  if (!std::ranges::all_of(value, fits)) {
    return Status::InvalidArgument("Hostnames may only contain alphanumeric characters, hyphens or dots");
  }
  return Status::Ok();
}

Status CheckAnnouncedNodename(const std::string& value, const CheckContext&) {
  constexpr std::string_view kRefused = "!#$%&()*+:;<>?@[]^{|}~=";
  auto fits = [&](char c) { return FitsNodesConf(c) && kRefused.find(c) == std::string_view::npos; };
  if (!std::ranges::all_of(value, fits)) {
    return Status::InvalidArgument("Announced human node name contained invalid character");
  }
  return Status::Ok();
}

Status CheckLocale(const std::string& value, const CheckContext&) {
  locale_t found = newlocale(LC_COLLATE_MASK, value.c_str(), locale_t{});
  if (found == locale_t{}) return Status::InvalidArgument("Invalid locale name");
  freelocale(found);
  return Status::Ok();
}

Status CheckProcTitleTemplate(const std::string& value, const CheckContext&) {
  struct Variable {
    std::string_view name;
    bool may_be_empty;
  };
  constexpr std::array<Variable, 7> kVariables = {{{"title", true},
                                                   {"listen-addr", false},
                                                   {"server-mode", true},
                                                   {"port", false},
                                                   {"tls-port", false},
                                                   {"config-file", true},
                                                   {"unixsocket", true}}};
  const Status refused = Status::InvalidArgument("template format is invalid or contains unknown variables");
  bool says_something = false;
  std::string_view rest = value;
  while (!rest.empty()) {
    if (rest[0] != '{' || rest.starts_with("{{")) {
      says_something |= rest[0] != ' ';
      rest.remove_prefix(rest[0] == '{' ? 2 : 1);
      continue;
    }
    size_t end = rest.find('}');
    if (end == std::string_view::npos) return refused;
    auto variable = std::ranges::find(kVariables, rest.substr(1, end - 1), &Variable::name);
    if (variable == kVariables.end()) return refused;
    says_something |= !variable->may_be_empty;
    rest.remove_prefix(end + 1);
  }
  return says_something ? Status::Ok() : refused;
}

Status CheckShutdownFlags(int value, const CheckContext&) {
  if ((value & kShutdownSave) && (value & kShutdownNoSave)) {
    return Status::InvalidArgument("shutdown options SAVE and NOSAVE can't be used simultaneously");
  }
  return Status::Ok();
}

Status CheckActiveDefrag(bool value, const CheckContext& context) {
  if (!value || context.at_start || context.current.inert.activedefrag) return Status::Ok();
  return Status::InvalidArgument("Active defragmentation cannot be enabled: the allocator is not asked to move memory");
}

Status CheckTlsPort(int64_t value, const CheckContext&) {
  return value == 0 ? Status::Ok() : RefuseTls("tls-port", "0");
}

Status CheckTlsCluster(bool value, const CheckContext&) {
  return value ? RefuseTls("tls-cluster", "no") : Status::Ok();
}

Status CheckTlsReplication(bool value, const CheckContext&) {
  return value ? RefuseTls("tls-replication", "no") : Status::Ok();
}

}  // namespace dunlin::server
