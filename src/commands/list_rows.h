// The handlers of the list family, by the file that has them. The rows stand in list.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace list_commands {

// list_push.cc
void Lpush(Context& ctx);
void Rpush(Context& ctx);
void Lpushx(Context& ctx);
void Rpushx(Context& ctx);
void Linsert(Context& ctx);
void Lset(Context& ctx);

// list_read.cc
void Llen(Context& ctx);
void Lindex(Context& ctx);
void Lrange(Context& ctx);
void Lpos(Context& ctx);

// list_pop.cc
void Lpop(Context& ctx);
void Rpop(Context& ctx);
void Lmpop(Context& ctx);
void Blpop(Context& ctx);
void Brpop(Context& ctx);
void Blmpop(Context& ctx);
void Lrem(Context& ctx);
void Ltrim(Context& ctx);

// list_move.cc
void Lmove(Context& ctx);
void Rpoplpush(Context& ctx);
void Blmove(Context& ctx);
void Brpoplpush(Context& ctx);

}  // namespace list_commands
}  // namespace dunlin::commands
