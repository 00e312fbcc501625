// The reply of the HELP subcommands.
//
// Thread: that of the call.
#pragma once

#include <span>
#include <string_view>

#include "resp/writer.h"

namespace dunlin::server {

// `lines` are everything but what says how to get this text.
inline void WriteHelp(resp::ReplyWriter& reply, std::span<const std::string_view> lines) {
  reply.Array(lines.size() + 2);
  for (std::string_view line : lines) reply.Simple(line);
  reply.Simple("HELP");
  reply.Simple("    Print this help.");
}

}  // namespace dunlin::server
