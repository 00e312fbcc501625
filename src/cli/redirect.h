// -MOVED and -ASK: where a cluster sends its clients.
//
// Thread: pure functions; any thread.
// Format: "MOVED <slot> <host>:<port>" and "ASK <slot> <host>:<port>"; an empty host stands for the one that answered.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dunlin::cli {

struct Redirect {
  bool is_ask = false;
  int slot = 0;
  std::string host;  // may be empty
  int port = 0;
};

// Nothing when the error says something else.
std::optional<Redirect> ParseRedirect(std::string_view error);

}  // namespace dunlin::cli
