// What a command answered, as a Lua value.
//
//   integer -> number, string -> string, array -> table, status -> {ok=}, error -> {err=}, null -> false (RESP3: nil)
//   RESP3: double -> {double=}, map -> {map=}, set -> {set=}, boolean -> boolean, big number -> {big_number=},
//   verbatim -> {verbatim_string={format=, string=}}; attributes are passed over.
//
// Thread: that of the state.
#pragma once

#include <string_view>

#include "script/lua_api.h"

namespace dunlin::script {

// Pushes the value of one whole reply. REQUIRES: `reply` is what our own ReplyWriter wrote. May raise Lua errors.
void PushReply(lua_State* lua, std::string_view reply);

}  // namespace dunlin::script
