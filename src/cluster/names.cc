#include "cluster/names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace dunlin::cluster {
namespace {

bool IsAlphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool IsPlausibleAddress(std::string_view address) {
  if (address.empty() || address.size() > kMaxAddressBytes) return false;
  return std::ranges::all_of(
      address, [](char c) { return IsAlphanumeric(c) || std::string_view(".:-_%").find(c) != std::string_view::npos; });
}

bool IsHostname(std::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  return std::ranges::all_of(name, [](char c) { return IsAlphanumeric(c) || c == '-' || c == '.'; });
}

bool IsHumanName(std::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  return std::ranges::all_of(name, [](char c) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) return false;
    return std::string_view("\"'\\,=!#$%&()*+:;<>?@[]^{|}~").find(c) == std::string_view::npos;
  });
}

std::optional<std::string> NormalizedIp(std::string_view ip) {
  std::string text(ip);
  if (text.find('\0') != std::string::npos) return std::nullopt;
  std::array<unsigned char, 16> address;
  std::array<char, INET6_ADDRSTRLEN> out;
  for (int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), address.data()) != 1) continue;
    if (inet_ntop(family, address.data(), out.data(), out.size()) == nullptr) return std::nullopt;
    return std::string(out.data());
  }
  return std::nullopt;
}

}  // namespace dunlin::cluster
