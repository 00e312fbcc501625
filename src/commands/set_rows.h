// The handlers of the set family, by the file that has them. The rows stand in set.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace set_commands {

// set_members.cc
void Sadd(Context& ctx);
void Srem(Context& ctx);
void Smove(Context& ctx);
void Sismember(Context& ctx);
void Smismember(Context& ctx);
void Scard(Context& ctx);
void Smembers(Context& ctx);
void Sscan(Context& ctx);

// set_random.cc
void Spop(Context& ctx);
void Srandmember(Context& ctx);

// set_algebra.cc
void Sinter(Context& ctx);
void Sintercard(Context& ctx);
void Sinterstore(Context& ctx);
void Sunion(Context& ctx);
void Sunionstore(Context& ctx);
void Sdiff(Context& ctx);
void Sdiffstore(Context& ctx);

}  // namespace set_commands
}  // namespace dunlin::commands
