#include "script/lua_to_reply.h"

#include <cstdint>
#include <string>

namespace dunlin::script {
namespace {

// As x86 converts: what does not fit becomes the smallest integer.
int64_t WholePart(double number) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  return number >= -kLimit && number < kLimit ? static_cast<int64_t>(number) : INT64_MIN;
}

std::string OnOneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\r' || c == '\n') c = ' ';
  }
  return line;
}

class Writer {
 public:
  Writer(lua_State* lua, int script_resp, resp::ReplyWriter& reply, ErrorInfo* error)
      : lua_(lua), script_resp_(script_resp), reply_(reply), error_(error) {}

  // The value on top of the stack, which stays.
  void Value(bool outermost) {
    if (lua_checkstack(lua_, 5) == 0) {
      reply_.Error("ERR reached lua stack limit");
      return;
    }
    switch (lua_type(lua_, -1)) {
      case LUA_TSTRING: return reply_.Bulk(StringAt(lua_, -1));
      case LUA_TNUMBER: return reply_.Integer(WholePart(lua_tonumber(lua_, -1)));
      case LUA_TBOOLEAN: return Boolean(lua_toboolean(lua_, -1) != 0);
      case LUA_TTABLE: return Table(outermost);
      default: return reply_.Null();
    }
  }

 private:
  void Boolean(bool value) {
    if (script_resp_ == 3) {
      reply_.Boolean(value);
    } else if (value) {
      reply_.Integer(1);
    } else {
      reply_.Null();
    }
  }

  // Pushes the field of the table on top of the stack when it has that type.
  bool PushField(const char* name, int type) {
    lua_pushstring(lua_, name);
    lua_rawget(lua_, -2);
    if (lua_type(lua_, -1) == type) return true;
    lua_pop(lua_, 1);
    return false;
  }

  void Table(bool outermost) {
    if (PushField("err", LUA_TSTRING)) {
      lua_pop(lua_, 1);
      ErrorInfo info = ReadError(lua_);
      reply_.Error(info.text);
      if (outermost) *error_ = std::move(info);
    } else if (PushField("ok", LUA_TSTRING)) {
      // Read as a C string, as in all servers of the field.
      reply_.Simple(lua_tolstring(lua_, -1, nullptr));
      lua_pop(lua_, 1);
    } else if (PushField("double", LUA_TNUMBER)) {
      reply_.Double(lua_tonumber(lua_, -1));
      lua_pop(lua_, 1);
    } else if (PushField("big_number", LUA_TSTRING)) {
      reply_.BigNumber(OnOneLine(StringAt(lua_, -1)));
      lua_pop(lua_, 1);
    } else if (!Verbatim() && !Map() && !Set()) {
      Array();
    }
  }

  bool Verbatim() {
    if (!PushField("verbatim_string", LUA_TTABLE)) return false;
    bool done = false;
    if (PushField("format", LUA_TSTRING)) {
      std::string format(StringAt(lua_, -1));
      lua_pop(lua_, 1);
      if (PushField("string", LUA_TSTRING)) {
        format.resize(3, ' ');
        reply_.Verbatim(format, StringAt(lua_, -1));
        lua_pop(lua_, 1);
        done = true;
      }
    }
    lua_pop(lua_, 1);
    return done;
  }

  // Entries of the table on top of the stack.
  size_t CountEntries() {
    size_t count = 0;
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) ++count;
    return count;
  }

  bool Map() {
    if (!PushField("map", LUA_TTABLE)) return false;
    reply_.Map(CountEntries());
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
      lua_pushvalue(lua_, -2);
      Value(false);
      lua_pop(lua_, 1);
      Value(false);
    }
    lua_pop(lua_, 1);
    return true;
  }

  bool Set() {
    if (!PushField("set", LUA_TTABLE)) return false;
    reply_.Set(CountEntries());
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0;) {
      lua_pop(lua_, 1);
      Value(false);  // the key
    }
    lua_pop(lua_, 1);
    return true;
  }

  void Array() {
    int count = 0;
    for (bool more = true; more; lua_pop(lua_, 1)) {
      lua_rawgeti(lua_, -1, count + 1);
      more = !lua_isnil(lua_, -1);
      if (more) ++count;
    }
    reply_.Array(static_cast<size_t>(count));
    for (int i = 1; i <= count; ++i) {
      lua_rawgeti(lua_, -1, i);
      Value(false);
      lua_pop(lua_, 1);
    }
  }

  lua_State* lua_;
  int script_resp_;
  resp::ReplyWriter& reply_;
  ErrorInfo* error_;
};

}  // namespace

void WriteReply(lua_State* lua, int script_resp, resp::ReplyWriter& reply, ErrorInfo* error) {
  Writer(lua, script_resp, reply, error).Value(true);
}

}  // namespace dunlin::script
