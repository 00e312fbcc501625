// Words as a user types them, in the notation of base/quoted.h.
//
// Thread: pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dunlin::cli {

// Nothing when a quote is not closed, or something is glued to its end.
std::optional<std::vector<std::string>> SplitArguments(std::string_view line);

// The one argument that `text` spells; nothing when it is none, several or malformed.
std::optional<std::string> UnquoteArgument(std::string_view text);

// `bytes` in double quotes, with escapes for what cannot be seen.
std::string Quoted(std::string_view bytes);

}  // namespace dunlin::cli
