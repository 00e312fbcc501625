// The handlers of the hash family, by the file that has them. The rows stand in hash.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace hash_commands {

// hash_write.cc
void Hset(Context& ctx);
void Hmset(Context& ctx);
void Hsetnx(Context& ctx);
void Hincrby(Context& ctx);
void Hincrbyfloat(Context& ctx);
void Hdel(Context& ctx);

// hash_read.cc
void Hget(Context& ctx);
void Hmget(Context& ctx);
void Hexists(Context& ctx);
void Hlen(Context& ctx);
void Hstrlen(Context& ctx);
void Hgetall(Context& ctx);
void Hkeys(Context& ctx);
void Hvals(Context& ctx);
void Hscan(Context& ctx);
void Hrandfield(Context& ctx);

}  // namespace hash_commands
}  // namespace dunlin::commands
