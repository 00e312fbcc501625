// Glob patterns of KEYS, SCAN, PSUBSCRIBE and CONFIG GET: '*', '?', '[a-c]', '[^x]', and '\' before a literal.
//
// Thread: pure function; any thread.
#pragma once

#include <string_view>

namespace dunlin {

enum class Case : bool { kSensitive, kInsensitive };

// True when the whole of `text` fits `pattern`; never when the pattern has more than 1000 runs of stars before its last
// character. Work is bounded for hostile patterns: a run of stars is one star, and
// once a star has failed to find its continuation no earlier star is tried again.
bool GlobMatch(std::string_view pattern, std::string_view text, Case match_case = Case::kSensitive);

}  // namespace dunlin
