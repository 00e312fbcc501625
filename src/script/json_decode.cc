#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/ascii.h"
#include "script/json_library.h"

namespace dunlin::script {
namespace {

enum class Token : uint8_t {
  kObjectBegin,
  kObjectEnd,
  kArrayBegin,
  kArrayEnd,
  kString,
  kNumber,
  kBoolean,
  kNull,
  kColon,
  kComma,
  kEnd,
  kError,
};

const char* NameOf(Token token) {
  constexpr const char* kNames[] = {"T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER",
                                    "T_BOOLEAN",   "T_NULL",    "T_COLON",     "T_COMMA",   "T_END",    "T_ERROR"};
  return kNames[static_cast<size_t>(token)];
}

int HexValue(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  c = AsciiLower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void AppendUtf8(std::string& out, uint32_t code) {
  auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// The character that follows a backslash, decoded; 0 when it may not.
char Unescaped(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 't': return '\t';
    case 'n': return '\n';
    case 'f': return '\f';
    case 'r': return '\r';
    default: return 0;
  }
}

// The text ends with a zero byte, which no token contains: reading stops there.
class Decoder {
 public:
  Decoder(lua_State* lua, const JsonConfig& config, std::string_view text)
      : lua_(lua), config_(config), begin_(text.data()), at_(text.data()) {}

  void Whole() {
    Value(Next());
    Token end = Next();
    if (end != Token::kEnd) Unexpected("the end", end);
  }

 private:
  [[noreturn]] void Unexpected(const char* expected, Token found) {
    luaL_error(lua_, "Expected %s but found %s at character %d", expected,
               found == Token::kError ? problem_ : NameOf(found), static_cast<int>(token_at_ - begin_) + 1);
    __builtin_unreachable();
  }
  Token Problem(const char* problem) {
    problem_ = problem;
    token_at_ = at_;
    return Token::kError;
  }
  Token Take(Token token, size_t bytes) {
    at_ += bytes;
    return token;
  }
  bool Follows(std::string_view word) const {
    // Stops at the first difference, so at the zero byte at the latest.
    for (size_t i = 0; i < word.size(); ++i) {
      if (at_[i] != word[i]) return false;
    }
    return true;
  }

  Token Next() {
    while (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r') ++at_;
    token_at_ = at_;
    switch (*at_) {
      case '{': return Take(Token::kObjectBegin, 1);
      case '}': return Take(Token::kObjectEnd, 1);
      case '[': return Take(Token::kArrayBegin, 1);
      case ']': return Take(Token::kArrayEnd, 1);
      case ',': return Take(Token::kComma, 1);
      case ':': return Take(Token::kColon, 1);
      case '\0': return Token::kEnd;
      case '"': return Text();
      default: return Word();
    }
  }

  Token Word() {
    if (*at_ == '-' || IsAsciiDigit(*at_)) {
      if (!config_.decode_invalid && IsInvalidNumber()) return Problem("invalid number");
      return Number();
    }
    boolean_ = Follows("true");
    if (boolean_) return Take(Token::kBoolean, 4);
    if (Follows("false")) return Take(Token::kBoolean, 5);
    if (Follows("null")) return Take(Token::kNull, 4);
    bool may_be_number = *at_ == '+' || AsciiLower(*at_) == 'i' || AsciiLower(*at_) == 'n';
    if (config_.decode_invalid && may_be_number && IsInvalidNumber()) return Number();
    return Problem("invalid token");
  }

  // Numbers that strtod takes and JSON does not know.
  bool IsInvalidNumber() const {
    const char* p = at_;
    if (*p == '+') return true;
    if (*p == '-') ++p;
    if (*p == '0') return AsciiLower(p[1]) == 'x' || IsAsciiDigit(p[1]);
    if (*p <= '9') return false;
    auto begins = [p](std::string_view word) {
      for (size_t i = 0; i < word.size(); ++i) {
        if (AsciiLower(p[i]) != word[i]) return false;
      }
      return true;
    };
    return begins("inf") || begins("nan");
  }

  Token Number() {
    char* end = nullptr;
    number_ = std::strtod(at_, &end);
    if (end == at_) return Problem("invalid number");
    at_ = end;
    return Token::kNumber;
  }

  Token Text() {
    ++at_;
    text_.clear();
    while (*at_ != '"') {
      if (*at_ == '\0') return Problem("unexpected end of string");
      if (*at_ != '\\') {
        text_.push_back(*at_++);
      } else if (at_[1] == 'u') {
        if (!UnicodeEscape()) return Problem("invalid unicode escape code");
      } else {
        char c = Unescaped(at_[1]);
        if (c == 0) return Problem("invalid escape code");
        text_.push_back(c);
        at_ += 2;
      }
    }
    ++at_;
    return Token::kString;
  }

  // Four hexadecimal digits; negative when they are not.
  int CodeUnit(const char* digits) const {
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
      int digit = HexValue(digits[i]);
      if (digit < 0) return -1;
      unit = unit << 4 | digit;
    }
    return unit;
  }

  bool UnicodeEscape() {
    int unit = CodeUnit(at_ + 2);
    if (unit < 0) return false;
    auto code = static_cast<uint32_t>(unit);
    size_t bytes = 6;
    if ((unit & 0xf800) == 0xd800) {
      if ((unit & 0x400) != 0 || at_[6] != '\\' || at_[7] != 'u') return false;
      int low = CodeUnit(at_ + 8);
      if (low < 0 || (low & 0xfc00) != 0xdc00) return false;
      code = 0x10000 + (static_cast<uint32_t>(unit & 0x3ff) << 10 | static_cast<uint32_t>(low & 0x3ff));
      bytes = 12;
    }
    AppendUtf8(text_, code);
    at_ += bytes;
    return true;
  }

  void Value(Token token) {
    switch (token) {
      case Token::kString: PushString(lua_, text_); return;
      case Token::kNumber: lua_pushnumber(lua_, number_); return;
      case Token::kBoolean: lua_pushboolean(lua_, boolean_); return;
      case Token::kNull: lua_pushlightuserdata(lua_, nullptr); return;
      case Token::kObjectBegin: Object(); return;
      case Token::kArrayBegin: Array(); return;
      default: Unexpected("value", token);
    }
  }

  void Descend() {
    ++depth_;
    if (depth_ <= config_.decode_max_depth && lua_checkstack(lua_, 4) != 0) return;
    luaL_error(lua_, "Found too many nested data structures (%d) at character %d", depth_,
               static_cast<int>(at_ - begin_));
  }

  void Object() {
    Descend();
    lua_createtable(lua_, 0, 0);
    Token token = Next();
    while (token != Token::kObjectEnd) {
      if (token != Token::kString) Unexpected("object key string", token);
      PushString(lua_, text_);
      token = Next();
      if (token != Token::kColon) Unexpected("colon", token);
      Value(Next());
      lua_rawset(lua_, -3);
      token = Next();
      if (token == Token::kObjectEnd) break;
      if (token != Token::kComma) Unexpected("comma or object end", token);
      token = Next();
      // A comma announces another member.
      if (token == Token::kObjectEnd) Unexpected("object key string", token);
    }
    --depth_;
  }

  void Array() {
    Descend();
    lua_createtable(lua_, 0, 0);
    Token token = Next();
    if (token != Token::kArrayEnd) {
      for (int i = 1;; ++i) {
        Value(token);
        lua_rawseti(lua_, -2, i);
        token = Next();
        if (token == Token::kArrayEnd) break;
        if (token != Token::kComma) Unexpected("comma or array end", token);
        token = Next();
      }
    }
    --depth_;
  }

  lua_State* lua_;
  const JsonConfig& config_;
  const char* begin_;
  const char* at_;
  const char* token_at_ = nullptr;
  const char* problem_ = "";
  std::string text_;
  double number_ = 0;
  bool boolean_ = false;
  int depth_ = 0;
};

}  // namespace

void DecodeJson(lua_State* lua, const JsonConfig& config, std::string_view text) {
  if (text.size() >= 2 && (text[0] == '\0' || text[1] == '\0')) {
    luaL_error(lua, "JSON parser does not support UTF-16 or UTF-32");
  }
  Decoder(lua, config, text).Whole();
}

}  // namespace dunlin::script
