// The arguments of a command, as a tree, and the one-line notation that the catalog writes them in:
//
//   name             a text; after it, in this order:
//     {shown}          what hints show in place of the name
//     :i :d :k :p :t   an integer, a double, a key, a pattern, a time in seconds or milliseconds since 1970;
//     :k1              a digit: which of the command's key specs finds it (a key without one: the first)
//   TOKEN            a fixed word that stands alone; '=' in quotes when it is no word of capitals
//   TOKEN name       a value with a fixed word before it
//   (a b)            several in this order
//   (A|B)            one of them
//   TOKEN(...)       the same with a fixed word before it
//   [a]              may be left out; [a b] and [A|B] likewise, as a whole
//   name=...         names a TOKEN, ( ) or [ ]; a TOKEN that has no name is called by its own word in lower case
//   ...              behind an item: may be repeated; ...* its fixed word is then repeated with it
//   @7.0.0           behind everything else: since when
//
// Thread: pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dunlin::catalog {

struct Argument {
  enum class Type : uint8_t { kString, kInteger, kDouble, kKey, kPattern, kUnixTime, kPureToken, kOneOf, kBlock };

  Type type = Type::kString;
  std::string name;
  std::string shown;  // in hints; of values and pure tokens
  int key_spec = -1;
  std::string token;
  bool has_token = false;  // a token may be the empty word
  std::string since;       // empty: as long as the command
  bool optional = false;
  bool multiple = false;
  bool multiple_token = false;
  std::vector<Argument> parts;  // of kOneOf and kBlock
};

// REQUIRES: the notation above; what is not it is left out.
std::vector<Argument> ParseSyntax(std::string_view syntax);

// "string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof", "block".
std::string_view TypeName(Argument::Type type);

}  // namespace dunlin::catalog
