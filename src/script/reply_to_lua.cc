#include "script/reply_to_lua.h"

#include "base/invariant.h"
#include "base/numbers.h"
#include "script/vm.h"

namespace dunlin::script {
namespace {

class Reader {
 public:
  Reader(lua_State* lua, std::string_view bytes) : lua_(lua), rest_(bytes) {}

  void Push() {
    luaL_checkstack(lua_, 4, "reply too deep");
    std::string_view line = Line();
    char kind = line.front();
    line.remove_prefix(1);
    switch (kind) {
      case ':': return lua_pushnumber(lua_, static_cast<double>(Number(line)));
      case '$': return line == "-1" ? lua_pushboolean(lua_, 0) : PushString(lua_, Body(line));
      case '*': return line == "-1" ? lua_pushboolean(lua_, 0) : PushArray(Number(line));
      case '+': return PushField("ok", line);
      case '-': return PushErrorTable(lua_, line, true);
      case '_': return lua_pushnil(lua_);
      case '#': return lua_pushboolean(lua_, line == "t");
      case '(': return PushField("big_number", line);
      case ',': return PushDouble(line);
      case '=': return PushVerbatim(Body(line));
      case '%': return PushMap(Number(line));
      case '~': return PushSet(Number(line));
      case '>': return PushArray(Number(line));
      case '|': {
        for (int64_t i = 0; i < 2 * Number(line); ++i) {
          Push();
          lua_pop(lua_, 1);
        }
        return Push();
      }
      default: DUNLIN_INVARIANT(false, "replies are RESP");
    }
  }

 private:
  std::string_view Line() {
    size_t end = rest_.find("\r\n");
    DUNLIN_INVARIANT(end != std::string_view::npos && end > 0, "replies are whole");
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }
  std::string_view Body(std::string_view size_text) {
    auto size = static_cast<size_t>(Number(size_text));
    DUNLIN_INVARIANT(rest_.size() >= size + 2, "replies are whole");
    std::string_view body = rest_.substr(0, size);
    rest_.remove_prefix(size + 2);
    return body;
  }
  static int64_t Number(std::string_view text) {
    auto number = ParseInt64(text);
    DUNLIN_INVARIANT(number, "numbers in replies are numbers");
    return *number;
  }

  // {name = text}
  void PushField(const char* name, std::string_view text) {
    lua_createtable(lua_, 0, 1);
    PushString(lua_, text);
    lua_setfield(lua_, -2, name);
  }
  void PushDouble(std::string_view text) {
    lua_createtable(lua_, 0, 1);
    lua_pushnumber(lua_, ParseDouble(text).value_or(__builtin_nan("")));
    lua_setfield(lua_, -2, "double");
  }
  void PushVerbatim(std::string_view body) {
    lua_createtable(lua_, 0, 1);
    lua_createtable(lua_, 0, 2);
    PushString(lua_, body.substr(0, 3));
    lua_setfield(lua_, -2, "format");
    PushString(lua_, body.substr(4));
    lua_setfield(lua_, -2, "string");
    lua_setfield(lua_, -2, "verbatim_string");
  }
  void PushArray(int64_t count) {
    lua_createtable(lua_, static_cast<int>(count), 0);
    for (int64_t i = 1; i <= count; ++i) {
      Push();
      lua_rawseti(lua_, -2, static_cast<int>(i));
    }
  }
  void PushMap(int64_t pairs) {
    lua_createtable(lua_, 0, 1);
    lua_createtable(lua_, 0, static_cast<int>(pairs));
    for (int64_t i = 0; i < pairs; ++i) {
      Push();
      Push();
      lua_rawset(lua_, -3);
    }
    lua_setfield(lua_, -2, "map");
  }
  void PushSet(int64_t count) {
    lua_createtable(lua_, 0, 1);
    lua_createtable(lua_, 0, static_cast<int>(count));
    for (int64_t i = 0; i < count; ++i) {
      Push();
      lua_pushboolean(lua_, 1);
      lua_rawset(lua_, -3);
    }
    lua_setfield(lua_, -2, "set");
  }

  lua_State* lua_;
  std::string_view rest_;
};

}  // namespace

void PushReply(lua_State* lua, std::string_view reply) { Reader(lua, reply).Push(); }

}  // namespace dunlin::script
