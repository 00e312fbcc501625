// The library `cmsgpack`: Lua values to and from MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md,
// without extension types and `bin`). Tables with keys 1..n are arrays, others maps; beyond kMaxNesting levels a table
// is packed as nil, which ends circular ones.
//
// Thread: that of the state.
#pragma once

#include "script/lua_api.h"

namespace dunlin::script {

void PushMessagePackLibrary(lua_State* lua);

}  // namespace dunlin::script
