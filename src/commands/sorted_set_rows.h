// The handlers of the sorted set family, by the file that has them. The rows stand in sorted_set.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace sorted_set_commands {

// sorted_set_add.cc
void Zadd(Context& ctx);
void Zincrby(Context& ctx);

// sorted_set_read.cc
void Zcard(Context& ctx);
void Zscore(Context& ctx);
void Zmscore(Context& ctx);
void Zrank(Context& ctx);
void Zrevrank(Context& ctx);
void Zcount(Context& ctx);
void Zlexcount(Context& ctx);
void Zscan(Context& ctx);
void Zrandmember(Context& ctx);

// sorted_set_range.cc
void Zrange(Context& ctx);
void Zrangestore(Context& ctx);
void Zrevrange(Context& ctx);
void Zrangebyscore(Context& ctx);
void Zrevrangebyscore(Context& ctx);
void Zrangebylex(Context& ctx);
void Zrevrangebylex(Context& ctx);

// sorted_set_remove.cc
void Zrem(Context& ctx);
void Zremrangebyrank(Context& ctx);
void Zremrangebyscore(Context& ctx);
void Zremrangebylex(Context& ctx);

// sorted_set_pop.cc
void Zpopmin(Context& ctx);
void Zpopmax(Context& ctx);
void Zmpop(Context& ctx);
void Bzpopmin(Context& ctx);
void Bzpopmax(Context& ctx);
void Bzmpop(Context& ctx);

// sorted_set_algebra.cc
void Zinter(Context& ctx);
void Zintercard(Context& ctx);
void Zinterstore(Context& ctx);
void Zunion(Context& ctx);
void Zunionstore(Context& ctx);
void Zdiff(Context& ctx);
void Zdiffstore(Context& ctx);

}  // namespace sorted_set_commands
}  // namespace dunlin::commands
