// Words in quotes, as inline commands, config files, manifests and the client's prompt write them.
//
// Thread: pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dunlin {

// Splits a line into words: blanks separate, "double quotes" know \n \r \t \b \a \xHH \\ \", 'single quotes' know \'.
// False when quotes are unbalanced.
bool SplitQuoted(std::string_view line, std::vector<std::string>* out);

// The word in double quotes, with escapes for what is not printable.
void AppendQuoted(std::string& out, std::string_view word);

}  // namespace dunlin
