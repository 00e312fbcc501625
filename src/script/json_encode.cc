#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "script/json_library.h"

namespace dunlin::script {
namespace {

// What a byte becomes inside a JSON string; empty: itself.
std::array<std::string, 256> MakeEscapes() {
  std::array<std::string, 256> escapes;
  auto hexadecimal = [&](int c) {
    char text[8];
    std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(c));
    escapes[static_cast<size_t>(c)] = text;
  };
  for (int c = 0; c < 0x20; ++c) hexadecimal(c);
  hexadecimal(0x7f);
  escapes['\b'] = "\\b";
  escapes['\t'] = "\\t";
  escapes['\n'] = "\\n";
  escapes['\f'] = "\\f";
  escapes['\r'] = "\\r";
  escapes['"'] = "\\\"";
  escapes['\\'] = "\\\\";
  escapes['/'] = "\\/";
  return escapes;
}

const std::array<std::string, 256>& Escapes() {
  static const std::array<std::string, 256> kEscapes = MakeEscapes();
  return kEscapes;
}

class Encoder {
 public:
  Encoder(lua_State* lua, const JsonConfig& config) : lua_(lua), config_(config) {}

  const std::string& out() const { return out_; }

  // The value on top of the stack, which stays.
  void Value(int depth) {
    switch (lua_type(lua_, -1)) {
      case LUA_TSTRING: Text(StringAt(lua_, -1)); return;
      case LUA_TNUMBER: Number(-1); return;
      case LUA_TBOOLEAN: out_.append(lua_toboolean(lua_, -1) ? "true" : "false"); return;
      case LUA_TNIL: out_.append("null"); return;
      case LUA_TTABLE: Table(depth + 1); return;
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(lua_, -1) == nullptr) {
          out_.append("null");
          return;
        }
        break;
      default: break;
    }
    Refuse(-1, "type not supported");
  }

 private:
  [[noreturn]] void Refuse(int index, const char* why) {
    luaL_error(lua_, "Cannot serialise %s: %s", lua_typename(lua_, lua_type(lua_, index)), why);
    __builtin_unreachable();
  }

  void Text(std::string_view text) {
    const auto& escapes = Escapes();
    out_.push_back('"');
    size_t plain = 0;  // from here on nothing has been written
    for (size_t i = 0; i < text.size(); ++i) {
      const std::string& escape = escapes[static_cast<unsigned char>(text[i])];
      if (escape.empty()) continue;
      out_.append(text.substr(plain, i - plain)).append(escape);
      plain = i + 1;
    }
    out_.append(text.substr(plain));
    out_.push_back('"');
  }

  void Number(int index) {
    double number = lua_tonumber(lua_, index);
    if (std::isnan(number) || std::isinf(number)) {
      if (config_.encode_invalid == InvalidNumbers::kRefuse) Refuse(index, "must not be NaN or Inf");
      bool null = config_.encode_invalid == InvalidNumbers::kNull;
      out_.append(null ? "null" : std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
      return;
    }
    char text[32];
    int size = std::snprintf(text, sizeof text, "%.*g", config_.precision, number);
    out_.append(text, static_cast<size_t>(size));
  }

  // The highest index of a table that is to be an array, else 0.
  double ArrayLength() {
    double highest = 0;
    double items = 0;
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
      double key = lua_type(lua_, -2) == LUA_TNUMBER ? lua_tonumber(lua_, -2) : 0;
      if (key < 1 || std::floor(key) != key) {
        lua_pop(lua_, 2);
        return 0;
      }
      highest = std::max(highest, key);
      ++items;
    }
    if (config_.sparse_ratio > 0 && highest > items * config_.sparse_ratio && highest > config_.sparse_safe) {
      if (!config_.sparse_to_object) Refuse(-1, "excessively sparse array");
      return 0;
    }
    return highest;
  }

  void Table(int depth) {
    if (depth > config_.encode_max_depth || lua_checkstack(lua_, 4) == 0) {
      luaL_error(lua_, "Cannot serialise, excessive nesting (%d)", depth);
    }
    double length = ArrayLength();
    if (length > 0) {
      Array(depth, length);
    } else {
      Object(depth);
    }
  }

  void Array(int depth, double length) {
    out_.push_back('[');
    for (double i = 1; i <= length; ++i) {
      if (i > 1) out_.push_back(',');
      lua_pushnumber(lua_, i);
      lua_rawget(lua_, -2);
      Value(depth);
      lua_pop(lua_, 1);
    }
    out_.push_back(']');
  }

  void Object(int depth) {
    out_.push_back('{');
    bool first = true;
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
      if (!first) out_.push_back(',');
      first = false;
      Key();
      out_.push_back(':');
      Value(depth);
    }
    out_.push_back('}');
  }

  // The key below the top of the stack.
  void Key() {
    switch (lua_type(lua_, -2)) {
      case LUA_TSTRING: Text(StringAt(lua_, -2)); return;
      case LUA_TNUMBER:
        out_.push_back('"');
        Number(-2);
        out_.push_back('"');
        return;
      default: Refuse(-2, "table key must be a number or string");
    }
  }

  lua_State* lua_;
  const JsonConfig& config_;
  std::string out_;
};

}  // namespace

void EncodeJson(lua_State* lua, const JsonConfig& config) {
  Encoder encoder(lua, config);
  encoder.Value(0);
  PushString(lua, encoder.out());
}

}  // namespace dunlin::script
