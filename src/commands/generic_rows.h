// The handlers of the generic family, by the file that has them. The rows stand in generic.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace generic_commands {

// generic_keys.cc
void Del(Context& ctx);
void Unlink(Context& ctx);
void Exists(Context& ctx);
void Touch(Context& ctx);
void TypeOf(Context& ctx);
void Rename(Context& ctx);
void Renamenx(Context& ctx);
void Copy(Context& ctx);
void Move(Context& ctx);

// generic_expire.cc
void Expire(Context& ctx);
void Pexpire(Context& ctx);
void Expireat(Context& ctx);
void Pexpireat(Context& ctx);
void Ttl(Context& ctx);
void Pttl(Context& ctx);
void Expiretime(Context& ctx);
void Pexpiretime(Context& ctx);
void Persist(Context& ctx);

// generic_object.cc
void ObjectEncoding(Context& ctx);
void ObjectFreq(Context& ctx);
void ObjectIdletime(Context& ctx);
void ObjectRefcount(Context& ctx);
void ObjectHelp(Context& ctx);

}  // namespace generic_commands
}  // namespace dunlin::commands
