// The library `cjson`: Lua values to and from JSON, with the functions, defaults and error texts of Lua CJSON 2.1.
// https://www.kyne.com.au/~mark/software/lua-cjson-manual.html
//
// Settings (cjson.encode_max_depth and the like) hold until the end of the script that made them, because the next
// script may run on another thread.
//
// Thread: that of the state.
#pragma once

#include "script/lua_api.h"

namespace dunlin::script {

enum class InvalidNumbers : int { kRefuse = 0, kSpell = 1, kNull = 2 };

struct JsonConfig {
  bool sparse_to_object = false;
  int sparse_ratio = 2;
  int sparse_safe = 10;
  int encode_max_depth = 1000;
  int decode_max_depth = 1000;
  int precision = 14;
  bool keep_buffer = true;  // remembered and shown, without effect
  InvalidNumbers encode_invalid = InvalidNumbers::kRefuse;
  bool decode_invalid = true;
};

// The main instance's settings are those of the Vm.
void PushJsonLibrary(lua_State* lua);

// Pushes the JSON text of the value on top of the stack, which stays. json_encode.cc
void EncodeJson(lua_State* lua, const JsonConfig& config);
// Pushes the value of a JSON text. REQUIRES: a zero byte follows the text. json_decode.cc
void DecodeJson(lua_State* lua, const JsonConfig& config, std::string_view text);

}  // namespace dunlin::script
