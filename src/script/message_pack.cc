#include "script/message_pack.h"

#include <bit>
#include <climits>
#include <cmath>
#include <cstdint>
#include <string>

namespace dunlin::script {
namespace {

constexpr int kMaxNesting = 16;

// ---- packing

class Packer {
 public:
  explicit Packer(lua_State* lua) : lua_(lua) {}

  // Packs the value on top of the stack and takes it.
  void Value(int level) {
    int type = lua_type(lua_, -1);
    if (type == LUA_TTABLE && level == kMaxNesting) type = LUA_TNIL;
    switch (type) {
      case LUA_TSTRING: Text(StringAt(lua_, -1)); break;
      case LUA_TBOOLEAN: Byte(lua_toboolean(lua_, -1) ? 0xc3 : 0xc2); break;
      case LUA_TNUMBER: Number(lua_tonumber(lua_, -1)); break;
      case LUA_TTABLE: Table(level); break;
      default: Byte(0xc0); break;
    }
    lua_pop(lua_, 1);
  }

  const std::string& out() const { return out_; }

 private:
  void Byte(unsigned value) { out_.push_back(static_cast<char>(value)); }
  void BigEndian(uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) Byte(static_cast<unsigned>(value >> (8 * i)) & 0xff);
  }

  void Text(std::string_view text) {
    if (text.size() < 32) {
      Byte(0xa0 | static_cast<unsigned>(text.size()));
    } else if (text.size() <= 0xff) {
      Byte(0xd9);
      BigEndian(text.size(), 1);
    } else if (text.size() <= 0xffff) {
      Byte(0xda);
      BigEndian(text.size(), 2);
    } else {
      if (text.size() > UINT32_MAX) luaL_error(lua_, "string too long for MessagePack");
      Byte(0xdb);
      BigEndian(text.size(), 4);
    }
    out_.append(text);
  }

  void Number(double number) {
    constexpr double kLimit = 9223372036854775808.0;  // 2^63
    if (number >= -kLimit && number < kLimit && std::floor(number) == number) {
      Integer(static_cast<int64_t>(number));
      return;
    }
    auto narrow = static_cast<float>(number);
    if (static_cast<double>(narrow) == number) {
      Byte(0xca);
      BigEndian(std::bit_cast<uint32_t>(narrow), 4);
    } else {
      Byte(0xcb);
      BigEndian(std::bit_cast<uint64_t>(number), 8);
    }
  }

  void Integer(int64_t n) {
    auto bits = static_cast<uint64_t>(n);
    if (n >= -32 && n <= 127) {
      BigEndian(bits & 0xff, 1);
    } else if (n > 0) {
      int width = n <= 0xff ? 0 : n <= 0xffff ? 1 : n <= 0xffffffff ? 2 : 3;
      Byte(0xccu + static_cast<unsigned>(width));
      BigEndian(bits, 1 << width);
    } else {
      int width = n >= INT8_MIN ? 0 : n >= INT16_MIN ? 1 : n >= INT32_MIN ? 2 : 3;
      Byte(0xd0u + static_cast<unsigned>(width));
      BigEndian(bits, 1 << width);
    }
  }

  void Count(uint64_t count, unsigned small, unsigned medium, unsigned large) {
    if (count <= 15) {
      Byte(small | static_cast<unsigned>(count));
    } else if (count <= 0xffff) {
      Byte(medium);
      BigEndian(count, 2);
    } else {
      Byte(large);
      BigEndian(count, 4);
    }
  }

  // Whether the keys of the table on top of the stack are 1..n; counts them.
  bool IsArray(uint64_t* count) {
    *count = 0;
    double highest = 0;
    bool indices_only = true;
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
      ++*count;
      double key = lua_type(lua_, -2) == LUA_TNUMBER ? lua_tonumber(lua_, -2) : 0;
      if (key > 0 && key <= INT_MAX && std::floor(key) == key) {
        highest = std::max(highest, key);
      } else {
        indices_only = false;
      }
    }
    return indices_only && highest == static_cast<double>(*count);
  }

  void Table(int level) {
    luaL_checkstack(lua_, 4, "table too deep for MessagePack");
    uint64_t count;
    if (IsArray(&count)) {
      Count(count, 0x90, 0xdc, 0xdd);
      for (uint64_t i = 1; i <= count; ++i) {
        lua_pushnumber(lua_, static_cast<double>(i));
        lua_gettable(lua_, -2);
        Value(level + 1);
      }
      return;
    }
    Count(count, 0x80, 0xde, 0xdf);
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      lua_pushvalue(lua_, -2);
      Value(level + 1);
      Value(level + 1);
    }
  }

  lua_State* lua_;
  std::string out_;
};

int Pack(lua_State* lua) {
  int count = lua_gettop(lua);
  if (count == 0) return luaL_argerror(lua, 0, "MessagePack pack needs input.");
  Packer packer(lua);
  for (int i = 1; i <= count; ++i) {
    luaL_checkstack(lua, 1, "Too many arguments for MessagePack pack.");
    lua_pushvalue(lua, i);
    packer.Value(0);
  }
  PushString(lua, packer.out());
  return 1;
}

// ---- unpacking

class Unpacker {
 public:
  Unpacker(lua_State* lua, std::string_view bytes) : lua_(lua), rest_(bytes) {}

  size_t left() const { return rest_.size(); }

  // Pushes the next value. Bytes that end too early, or mean nothing, are Lua errors.
  void Value() {
    luaL_checkstack(lua_, 2, "too many return values at once; use unpack_one or unpack_limit instead.");
    unsigned head = static_cast<unsigned char>(Take(1)[0]);
    if (head < 0x80) return lua_pushinteger(lua_, head);
    if (head >= 0xe0) return lua_pushinteger(lua_, static_cast<int8_t>(head));
    if (head < 0x90) return Map(head & 0x0f);
    if (head < 0xa0) return Array(head & 0x0f);
    if (head < 0xc0) return PushString(lua_, Take(head & 0x1f));
    switch (head) {
      case 0xc0: return lua_pushnil(lua_);
      case 0xc2: return lua_pushboolean(lua_, 0);
      case 0xc3: return lua_pushboolean(lua_, 1);
      case 0xca: return lua_pushnumber(lua_, std::bit_cast<float>(static_cast<uint32_t>(BigEndian(4))));
      case 0xcb: return lua_pushnumber(lua_, std::bit_cast<double>(BigEndian(8)));
      case 0xcc: return lua_pushinteger(lua_, static_cast<lua_Integer>(BigEndian(1)));
      case 0xcd: return lua_pushinteger(lua_, static_cast<lua_Integer>(BigEndian(2)));
      case 0xce: return lua_pushinteger(lua_, static_cast<lua_Integer>(BigEndian(4)));
      case 0xcf: return lua_pushinteger(lua_, static_cast<lua_Integer>(BigEndian(8)));
      case 0xd0: return lua_pushinteger(lua_, static_cast<int8_t>(BigEndian(1)));
      case 0xd1: return lua_pushinteger(lua_, static_cast<int16_t>(BigEndian(2)));
      case 0xd2: return lua_pushinteger(lua_, static_cast<int32_t>(BigEndian(4)));
      case 0xd3: return lua_pushinteger(lua_, static_cast<int64_t>(BigEndian(8)));
      case 0xd9: return PushString(lua_, Take(BigEndian(1)));
      case 0xda: return PushString(lua_, Take(BigEndian(2)));
      case 0xdb: return PushString(lua_, Take(BigEndian(4)));
      case 0xdc: return Array(BigEndian(2));
      case 0xdd: return Array(BigEndian(4));
      case 0xde: return Map(BigEndian(2));
      case 0xdf: return Map(BigEndian(4));
      default: luaL_error(lua_, "Bad data format in input.");
    }
  }

 private:
  std::string_view Take(uint64_t bytes) {
    if (bytes > rest_.size()) luaL_error(lua_, "Missing bytes in input.");
    std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  uint64_t BigEndian(size_t bytes) {
    uint64_t value = 0;
    for (char c : Take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  void Array(uint64_t count) {
    lua_createtable(lua_, 0, 0);
    for (uint64_t i = 1; i <= count; ++i) {
      lua_pushnumber(lua_, static_cast<double>(i));
      Value();
      lua_rawset(lua_, -3);
    }
  }
  void Map(uint64_t count) {
    lua_createtable(lua_, 0, 0);
    for (uint64_t i = 0; i < count; ++i) {
      Value();
      Value();
      lua_settable(lua_, -3);
    }
  }

  lua_State* lua_;
  std::string_view rest_;
};

// Unpacks from argument 1. With `limit` and `offset` both 0: everything, and no offset is returned.
int UnpackSome(lua_State* lua, lua_Integer limit, lua_Integer offset) {
  luaL_checkstring(lua, 1);
  std::string_view bytes = StringAt(lua, 1);
  if (offset < 0 || limit < 0) {
    return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.", static_cast<int>(offset),
                      static_cast<int>(bytes.size()));
  }
  if (static_cast<uint64_t>(offset) > bytes.size()) {
    return luaL_error(lua, "Start offset %d greater than input length %d.", static_cast<int>(offset),
                      static_cast<int>(bytes.size()));
  }
  bool all = limit == 0 && offset == 0;
  if (all) limit = INT_MAX;
  Unpacker unpacker(lua, bytes.substr(static_cast<size_t>(offset)));
  int count = 0;
  for (; unpacker.left() > 0 && count < limit; ++count) unpacker.Value();
  if (all) return count;
  luaL_checkstack(lua, 1, nullptr);
  lua_pushinteger(lua, unpacker.left() == 0 ? -1 : static_cast<lua_Integer>(bytes.size() - unpacker.left()));
  lua_insert(lua, 2);
  return count + 1;
}

int UnpackAll(lua_State* lua) {
  lua_settop(lua, 1);
  return UnpackSome(lua, 0, 0);
}

int UnpackOne(lua_State* lua) {
  lua_Integer offset = luaL_optinteger(lua, 2, 0);
  lua_settop(lua, 1);
  return UnpackSome(lua, 1, offset);
}

int UnpackLimit(lua_State* lua) {
  lua_Integer limit = luaL_checkinteger(lua, 2);
  lua_Integer offset = luaL_optinteger(lua, 3, 0);
  lua_settop(lua, 1);
  return UnpackSome(lua, limit, offset);
}

}  // namespace

void PushMessagePackLibrary(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {{"pack", Pack},
                                     {"unpack", UnpackAll},
                                     {"unpack_one", UnpackOne},
                                     {"unpack_limit", UnpackLimit},
                                     {nullptr, nullptr}};
  lua_createtable(lua, 0, 6);
  SetFunctions(lua, kFunctions);
  lua_pushstring(lua, "cmsgpack");
  lua_setfield(lua, -2, "_NAME");
  lua_pushstring(lua, "lua-cmsgpack 0.4.0");
  lua_setfield(lua, -2, "_VERSION");
}

}  // namespace dunlin::script
