// The handlers of the stream family, by the file that has them. The rows stand in stream.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace stream_commands {

// stream_add.cc
void Xadd(Context& ctx);
void Xtrim(Context& ctx);

// stream_range.cc
void Xlen(Context& ctx);
void Xrange(Context& ctx);
void Xrevrange(Context& ctx);
void Xdel(Context& ctx);
void Xsetid(Context& ctx);

// stream_read.cc
void Xread(Context& ctx);
void Xreadgroup(Context& ctx);

// stream_group.cc
void XgroupCreate(Context& ctx);
void XgroupSetid(Context& ctx);
void XgroupDestroy(Context& ctx);
void XgroupCreateconsumer(Context& ctx);
void XgroupDelconsumer(Context& ctx);
void XgroupHelp(Context& ctx);

// stream_pending.cc
void Xack(Context& ctx);
void Xpending(Context& ctx);

// stream_claim.cc
void Xclaim(Context& ctx);
void Xautoclaim(Context& ctx);

// stream_info.cc
void XinfoStream(Context& ctx);
void XinfoGroups(Context& ctx);
void XinfoConsumers(Context& ctx);
void XinfoHelp(Context& ctx);

}  // namespace stream_commands
}  // namespace dunlin::commands
