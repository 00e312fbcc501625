#include "script/struct_library.h"

#include <bit>
#include <climits>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/ascii.h"

namespace dunlin::script {
namespace {

constexpr int kMaxIntegerBytes = 32;
constexpr int kDefaultAlignment = 8;

// One option of a format string.
struct Option {
  char letter;
  size_t size;  // 0 for those that are not aligned
};

bool IsInteger(char letter) { return std::strchr("bBhHlLTiI", letter) != nullptr; }

// A format string as it is walked: what comes next, and the modes that were set on the way.
class Format {
 public:
  // The format is argument 1.
  explicit Format(lua_State* lua) : lua_(lua), next_(luaL_checkstring(lua, 1)) {}

  bool big_endian() const { return big_endian_; }
  bool AtEnd() const { return *next_ == '\0'; }

  Option Next() {
    Option option{*next_++, 0};
    switch (option.letter) {
      case 'B':
      case 'b':
      case 'x': option.size = 1; break;
      case 'H':
      case 'h': option.size = 2; break;
      case 'L':
      case 'l':
      case 'T':
      case 'd': option.size = 8; break;
      case 'f': option.size = 4; break;
      case 'c': option.size = static_cast<size_t>(Number(1)); break;
      case 'i':
      case 'I': option.size = static_cast<size_t>(IntegerSize()); break;
      default: break;
    }
    return option;
  }

  // How many bytes of padding an option needs at that position.
  size_t Padding(const Option& option, size_t position) const {
    if (option.size == 0 || option.letter == 'c') return 0;
    size_t size = option.size > alignment_ ? alignment_ : option.size;
    return (size - (position & (size - 1))) & (size - 1);
  }

  // Options that set a mode.
  void SetMode(char letter) {
    switch (letter) {
      case ' ': return;
      case '>': big_endian_ = true; return;
      case '<': big_endian_ = false; return;
      case '!': {
        int alignment = Number(kDefaultAlignment);
        if (alignment <= 0 || !std::has_single_bit(static_cast<unsigned>(alignment))) {
          luaL_error(lua_, "alignment %d is not a power of 2", alignment);
        }
        alignment_ = static_cast<size_t>(alignment);
        return;
      }
      default: luaL_argerror(lua_, 1, lua_pushfstring(lua_, "invalid format option '%c'", letter));
    }
  }

 private:
  int Number(int otherwise) {
    if (!IsAsciiDigit(*next_)) return otherwise;
    int64_t number = 0;
    while (IsAsciiDigit(*next_)) {
      number = number * 10 + (*next_++ - '0');
      if (number > INT_MAX) luaL_error(lua_, "integral size overflow");
    }
    return static_cast<int>(number);
  }
  int IntegerSize() {
    int size = Number(4);
    if (size > kMaxIntegerBytes) {
      luaL_error(lua_, "integral size %d is larger than limit of %d", size, kMaxIntegerBytes);
    }
    return size;
  }

  lua_State* lua_;
  const char* next_;
  bool big_endian_ = false;
  size_t alignment_ = 1;
};

// Doubles outside the range of 64 bits become the smallest integer, as x86 converts them.
uint64_t ToBits(double number) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (number >= -kLimit && number < kLimit) return static_cast<uint64_t>(static_cast<int64_t>(number));
  if (number >= kLimit && number < 2 * kLimit) return static_cast<uint64_t>(number);
  return uint64_t{1} << 63;
}

void AppendInteger(std::string& out, uint64_t bits, size_t size, bool big_endian) {
  size_t start = out.size();
  out.resize(start + size);
  for (size_t i = 0; i < size; ++i, bits >>= 8) {
    out[start + (big_endian ? size - 1 - i : i)] = static_cast<char>(bits & 0xff);
  }
}

uint64_t ReadInteger(std::string_view bytes, bool big_endian) {
  uint64_t bits = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bits = bits << 8 | static_cast<unsigned char>(bytes[big_endian ? i : bytes.size() - 1 - i]);
  }
  return bits;
}

double ToNumber(uint64_t bits, size_t size, bool is_signed) {
  if (!is_signed) return static_cast<double>(bits);
  if (size > 0 && size < 8) {
    uint64_t sign = uint64_t{1} << (size * 8 - 1);
    bits = (bits ^ sign) - sign;
  }
  return static_cast<double>(static_cast<int64_t>(bits));
}

// A string of option 'c' or 's' at that argument; its size for 's' includes the zero.
size_t AppendText(lua_State* lua, std::string& out, const Option& option, int argument) {
  luaL_checkstring(lua, argument);
  std::string_view text = StringAt(lua, argument);
  size_t size = option.size == 0 ? text.size() : option.size;
  luaL_argcheck(lua, text.size() >= size, argument + 1, "string too short");
  out.append(text.substr(0, size));
  if (option.letter != 's') return size;
  out.push_back('\0');
  return size + 1;
}

int Pack(lua_State* lua) {
  Format format(lua);
  std::string out;
  int argument = 2;
  while (!format.AtEnd()) {
    Option option = format.Next();
    out.append(format.Padding(option, out.size()), '\0');
    switch (option.letter) {
      case 'x': out.push_back('\0'); break;
      case 'f': {
        auto number = static_cast<float>(luaL_checknumber(lua, argument++));
        AppendInteger(out, std::bit_cast<uint32_t>(number), 4, format.big_endian());
        break;
      }
      case 'd':
        AppendInteger(out, std::bit_cast<uint64_t>(luaL_checknumber(lua, argument++)), 8, format.big_endian());
        break;
      case 'c':
      case 's': AppendText(lua, out, option, argument++); break;
      default:
        if (IsInteger(option.letter)) {
          AppendInteger(out, ToBits(luaL_checknumber(lua, argument++)), option.size, format.big_endian());
        } else {
          format.SetMode(option.letter);
        }
    }
  }
  PushString(lua, out);
  return 1;
}

// How long a 'c0' is: the number that was unpacked just before, which is taken from the results.
size_t TakeSize(lua_State* lua, int* results, size_t left) {
  if (*results == 0 || lua_isnumber(lua, -1) == 0) luaL_error(lua, "format 'c0' needs a previous size");
  double size = lua_tonumber(lua, -1);
  lua_pop(lua, 1);
  --*results;
  luaL_argcheck(lua, size >= 0 && size <= static_cast<double>(left), 2, "data string too short");
  return static_cast<size_t>(size);
}

int Unpack(lua_State* lua) {
  Format format(lua);
  luaL_checkstring(lua, 2);
  std::string_view data = StringAt(lua, 2);
  lua_Integer offset = luaL_optinteger(lua, 3, 1);
  luaL_argcheck(lua, offset > 0, 3, "offset must be 1 or greater");
  auto position = static_cast<size_t>(offset) - 1;
  int results = 0;
  while (!format.AtEnd()) {
    Option option = format.Next();
    size_t size = option.size;
    position += format.Padding(option, position);
    luaL_argcheck(lua, size <= data.size() && position <= data.size() - size, 2, "data string too short");
    luaL_checkstack(lua, 2, "too many results");
    std::string_view bytes = data.substr(position, size);
    switch (option.letter) {
      case 'x': break;
      case 'f':
        lua_pushnumber(lua, std::bit_cast<float>(static_cast<uint32_t>(ReadInteger(bytes, format.big_endian()))));
        ++results;
        break;
      case 'd':
        lua_pushnumber(lua, std::bit_cast<double>(ReadInteger(bytes, format.big_endian())));
        ++results;
        break;
      case 'c':
        if (size == 0) size = TakeSize(lua, &results, data.size() - position);
        PushString(lua, data.substr(position, size));
        ++results;
        break;
      case 's': {
        size_t end = data.find('\0', position);
        if (end == std::string_view::npos) luaL_error(lua, "unfinished string in data");
        PushString(lua, data.substr(position, end - position));
        size = end - position + 1;
        ++results;
        break;
      }
      default:
        if (IsInteger(option.letter)) {
          bool is_signed = AsciiLower(option.letter) == option.letter;
          lua_pushnumber(lua, ToNumber(ReadInteger(bytes, format.big_endian()), size, is_signed));
          ++results;
        } else {
          format.SetMode(option.letter);
        }
    }
    position += size;
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(position) + 1);
  return results + 1;
}

int Size(lua_State* lua) {
  Format format(lua);
  size_t position = 0;
  while (!format.AtEnd()) {
    Option option = format.Next();
    position += format.Padding(option, position) + option.size;
    if (option.letter == 's') luaL_argerror(lua, 1, "option 's' has no fixed size");
    if (option.letter == 'c' && option.size == 0) luaL_argerror(lua, 1, "option 'c0' has no fixed size");
    if (std::strchr("bBhHlLTiIcfdx", option.letter) == nullptr) format.SetMode(option.letter);
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(position));
  return 1;
}

}  // namespace

void PushStructLibrary(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {{"pack", Pack}, {"unpack", Unpack}, {"size", Size}, {nullptr, nullptr}};
  lua_createtable(lua, 0, 3);
  SetFunctions(lua, kFunctions);
}

}  // namespace dunlin::script
