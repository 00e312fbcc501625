// What a script returned, as a reply.
//
//   number -> integer (its whole part), string -> string, table -> array up to the first nil, {ok=} -> status,
//   {err=} -> error, {double=} {map=} {set=} {big_number=} {verbatim_string=} -> theirs, true -> 1 and false -> null
//   (after redis.setresp(3): booleans), anything else -> null
//
// Thread: that of the state.
#pragma once

#include <string>

#include "resp/writer.h"
#include "script/lua_api.h"
#include "script/vm.h"

namespace dunlin::script {

// Replies with the value on top of the stack, which stays. `script_resp` is what the script chose with redis.setresp.
// When the value is an error table, `error` tells what it said. May raise Lua errors.
void WriteReply(lua_State* lua, int script_resp, resp::ReplyWriter& reply, ErrorInfo* error);

}  // namespace dunlin::script
