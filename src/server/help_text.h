// The reply of the HELP subcommands, and the one that points to them.
//
// Thread: that of the call.
#pragma once

#include <span>
#include <string>
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

// A subcommand got arguments that no form of it has. `word` as the client spelled it, `container` in upper case.
inline void WriteBadSubcommand(resp::ReplyWriter& reply, std::string_view word, std::string_view container) {
  std::string text = "ERR unknown subcommand or wrong number of arguments for '";
  text.append(word.substr(0, 128)).append("'. Try ").append(container).append(" HELP.");
  reply.Error(text);
}

}  // namespace dunlin::server
