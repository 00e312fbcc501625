// Words as a user types them: splitting a line into arguments, and quoting bytes so that they can be seen and typed.
//
// Thread: pure functions; any thread.
// Format: blanks separate arguments. In "..." stand \n \r \t \b \a, \xHH, and any other byte after a backslash for
// itself; in '...' only \' is special. A closing quote is followed by a blank or the end.
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
void AppendQuoted(std::string& out, std::string_view bytes);
std::string Quoted(std::string_view bytes);

}  // namespace dunlin::cli
