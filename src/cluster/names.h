// What may pass for an address, a host name or a display name. All three end up in nodes.conf, whose separators are
// blanks, commas and '=', so whatever a stranger sends is held against these before it is kept.
//
// Thread: pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dunlin::cluster {

inline constexpr size_t kMaxAddressBytes = 45;
inline constexpr size_t kMaxNameBytes = 255;

// Not empty, short enough, and of characters that an IP address (or a name given in its place) has.
bool IsPlausibleAddress(std::string_view address);
// Letters, digits, '-' and '.'; may be empty.
bool IsHostname(std::string_view name);
// No blanks, controls, quotes, commas, '=' or any of !#$%&()*+:;<>?@[]^{|}~ ; may be empty.
bool IsHumanName(std::string_view name);
// A numeric IPv4 or IPv6 address in the one spelling that everybody prints; nullopt when it is none.
std::optional<std::string> NormalizedIp(std::string_view ip);

}  // namespace dunlin::cluster
