#include "script/bit_library.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace dunlin::script {
namespace {

// The low 32 bits of the nearest integer: adding this number makes the double's last bits those of the integer.
uint32_t BitsAt(lua_State* lua, int index) {
  constexpr double kRounds = 6755399441055744.0;  // 2^52 + 2^51
  auto bits = static_cast<uint32_t>(std::bit_cast<uint64_t>(lua_tonumber(lua, index) + kRounds));
  if (bits == 0 && lua_isnumber(lua, index) == 0) luaL_typerror(lua, index, "number");
  return bits;
}

int Return(lua_State* lua, uint32_t bits) {
  lua_pushnumber(lua, static_cast<int32_t>(bits));
  return 1;
}

template <typename Fn>
int Fold(lua_State* lua, Fn fn) {
  uint32_t bits = BitsAt(lua, 1);
  for (int i = lua_gettop(lua); i > 1; --i) bits = fn(bits, BitsAt(lua, i));
  return Return(lua, bits);
}

template <typename Fn>
int Shift(lua_State* lua, Fn fn) {
  uint32_t bits = BitsAt(lua, 1);
  return Return(lua, fn(bits, static_cast<int>(BitsAt(lua, 2) & 31)));
}

int ToBit(lua_State* lua) { return Return(lua, BitsAt(lua, 1)); }
int Not(lua_State* lua) { return Return(lua, ~BitsAt(lua, 1)); }
int And(lua_State* lua) {
  return Fold(lua, [](uint32_t a, uint32_t b) { return a & b; });
}
int Or(lua_State* lua) {
  return Fold(lua, [](uint32_t a, uint32_t b) { return a | b; });
}
int Xor(lua_State* lua) {
  return Fold(lua, [](uint32_t a, uint32_t b) { return a ^ b; });
}
int ShiftLeft(lua_State* lua) {
  return Shift(lua, [](uint32_t bits, int n) { return bits << n; });
}
int ShiftRight(lua_State* lua) {
  return Shift(lua, [](uint32_t bits, int n) { return bits >> n; });
}
int ShiftRightSigned(lua_State* lua) {
  return Shift(lua, [](uint32_t bits, int n) { return static_cast<uint32_t>(static_cast<int32_t>(bits) >> n); });
}
int RotateLeft(lua_State* lua) {
  return Shift(lua, [](uint32_t bits, int n) { return std::rotl(bits, n); });
}
int RotateRight(lua_State* lua) {
  return Shift(lua, [](uint32_t bits, int n) { return std::rotr(bits, n); });
}
int SwapBytes(lua_State* lua) { return Return(lua, __builtin_bswap32(BitsAt(lua, 1))); }

// A negative count of digits asks for capital letters.
int ToHex(lua_State* lua) {
  uint32_t bits = BitsAt(lua, 1);
  int64_t wanted = lua_isnone(lua, 2) ? 8 : static_cast<int32_t>(BitsAt(lua, 2));
  const char* digits = wanted < 0 ? "0123456789ABCDEF" : "0123456789abcdef";
  auto count = static_cast<size_t>(std::min<int64_t>(wanted < 0 ? -wanted : wanted, 8));
  char text[8];
  for (size_t i = count; i > 0; --i, bits >>= 4) text[i - 1] = digits[bits & 15];
  lua_pushlstring(lua, text, count);
  return 1;
}

}  // namespace

void PushBitLibrary(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {
      {"tobit", ToBit},    {"bnot", Not},         {"band", And},          {"bor", Or},
      {"bxor", Xor},       {"lshift", ShiftLeft}, {"rshift", ShiftRight}, {"arshift", ShiftRightSigned},
      {"rol", RotateLeft}, {"ror", RotateRight},  {"bswap", SwapBytes},   {"tohex", ToHex},
      {nullptr, nullptr}};
  lua_createtable(lua, 0, 12);
  SetFunctions(lua, kFunctions);
}

}  // namespace dunlin::script
