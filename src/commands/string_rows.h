// The handlers of the string family, by the file that has them. The rows stand in string.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace string_commands {

// string_set.cc
void Get(Context& ctx);
void SetKey(Context& ctx);
void Setex(Context& ctx);
void Psetex(Context& ctx);
void Setnx(Context& ctx);
void Getset(Context& ctx);
void Getdel(Context& ctx);
void Getex(Context& ctx);
void Mget(Context& ctx);
void Mset(Context& ctx);
void Msetnx(Context& ctx);

// string_number.cc
void Incr(Context& ctx);
void Decr(Context& ctx);
void Incrby(Context& ctx);
void Decrby(Context& ctx);
void Incrbyfloat(Context& ctx);

// string_range.cc
void Append(Context& ctx);
void Strlen(Context& ctx);
void Setrange(Context& ctx);
void Getrange(Context& ctx);

// string_lcs.cc
void Lcs(Context& ctx);

}  // namespace string_commands
}  // namespace dunlin::commands
