// The name of a script: the SHA-1 of its text, in 40 lower-case hexadecimal digits.
//
// Thread: pure function; any thread.
#pragma once

#include <string>
#include <string_view>

namespace dunlin::script {

inline constexpr size_t kShaDigits = 40;

std::string Sha1Hex(std::string_view text);

}  // namespace dunlin::script
