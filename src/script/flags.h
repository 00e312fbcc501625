// What a script or a function says of itself: the flags after "#!lua" and those of redis.register_function.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dunlin::script {

enum Flag : uint32_t {
  kNoWrites = 1u << 0,
  kAllowOom = 1u << 1,
  kAllowStale = 1u << 2,
  kNoCluster = 1u << 3,
  kAllowCrossSlot = 1u << 4,
  // Not spelled: a script without "#!", which says nothing; what it may do is decided command by command.
  kUndeclared = 1u << 31,
};

// The flags that can be spelled, in the order in which FUNCTION LIST shows them.
const std::vector<std::pair<Flag, std::string_view>>& FlagNames();

// The first line of a script.
struct Shebang {
  uint32_t flags = kUndeclared;
  size_t code_offset = 0;  // of the line's end, so that lines keep their numbers
};
// Errors: what the client is told, without a code word.
std::expected<Shebang, std::string> ParseShebang(std::string_view script);

// The first line of a library.
struct LibraryHeader {
  std::string engine;
  std::string name;
  size_t code_offset = 0;
};
// Errors as above. The name is checked, the engine is not.
std::expected<LibraryHeader, std::string> ParseLibraryHeader(std::string_view code);

inline constexpr std::string_view kBadName =
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";
// True for a name that a library or a function may have.
bool IsGoodName(std::string_view name);

}  // namespace dunlin::script
