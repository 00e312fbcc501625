#include <cstdlib>

#include "base/ascii.h"
#include "cli/options.h"

namespace dunlin::cli {
namespace {

int HexValue(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  char lower = AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::string> DecodePercent(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 2) return Fail(Status::InvalidArgument("Incomplete URI encoding"));
    int high = HexValue(text[i + 1]);
    int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Fail(Status::InvalidArgument("Illegal character in URI encoding"));
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!EqualsIgnoreCase(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

int LeadingNumber(std::string_view text) { return std::atoi(std::string(text).c_str()); }

Status TakeUserInfo(std::string_view text, Options& options) {
  if (size_t colon = text.find(':'); colon != std::string_view::npos) {
    Result<std::string> user = DecodePercent(text.substr(0, colon));
    if (!user) return user.error();
    options.user = *user;
    text.remove_prefix(colon + 1);
  }
  Result<std::string> password = DecodePercent(text);
  if (!password) return password.error();
  options.password = *password;
  return Status::Ok();
}

void TakeHostAndPort(std::string_view text, Options& options) {
  size_t host_end = text.find(':');
  size_t port_colon = host_end;
  if (text[0] == '[') {
    text.remove_prefix(1);
    host_end = text.find(']');
    port_colon = host_end != std::string_view::npos && text.substr(host_end + 1).starts_with(':')
                     ? host_end + 1
                     : std::string_view::npos;
  }
  if (port_colon != std::string_view::npos) options.endpoint.port = LeadingNumber(text.substr(port_colon + 1));
  options.endpoint.host = text.substr(0, host_end);
}

}  // namespace

Status ParseUri(std::string_view uri, Options& options) {
  if (TakePrefix(uri, "rediss://") || TakePrefix(uri, "valkeys://")) {
    return Status::Unsupported("TLS support is not built in yet");
  }
  if (!TakePrefix(uri, "redis://") && !TakePrefix(uri, "valkey://")) {
    return Status::InvalidArgument("Invalid URI scheme");
  }
  if (size_t at = uri.find('@'); at != std::string_view::npos) {
    DUNLIN_TRY(TakeUserInfo(uri.substr(0, at), options));
    uri.remove_prefix(at + 1);
  }
  size_t slash = uri.find('/');
  std::string_view address = uri.substr(0, slash);
  if (!address.empty()) TakeHostAndPort(address, options);
  if (slash != std::string_view::npos && slash + 1 < uri.size()) {
    options.database = LeadingNumber(uri.substr(slash + 1));
  }
  return Status::Ok();
}

}  // namespace dunlin::cli
