// The library `struct`: numbers and strings to and from the layouts of C structures, as Roberto Ierusalimschy's
// struct 0.2 for Lua 5.1 defines the format letters. http://www.inf.puc-rio.br/~roberto/struct/
//
//   b B  1 byte   h H  2   i<n> I<n>  n (4)   l L  8   T  8   f  4   d  8   x  padding
//   s  zero-terminated   c<n>  n bytes, c0: as many as the number before says   < > !<n>  byte order, alignment
//
// Thread: that of the state.
#pragma once

#include "script/lua_api.h"

namespace dunlin::script {

void PushStructLibrary(lua_State* lua);

}  // namespace dunlin::script
