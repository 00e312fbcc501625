#include "cluster/types.h"

#include <array>

namespace dunlin::cluster {

std::string_view MessageTypeName(uint16_t type) {
  static constexpr std::array<std::string_view, kMessageTypeCount> kNames = {
      "ping", "pong", "meet", "fail", "publish", "auth-req", "auth-ack", "update", "mfstart", "module", "publishshard"};
  return type < kNames.size() ? kNames[type] : "unknown";
}

}  // namespace dunlin::cluster
