// The handlers of the HyperLogLog family. The rows stand in hyperloglog.cc.
//
// Thread: as handlers.
#pragma once

namespace dunlin::commands {

class Context;

namespace hyperloglog_commands {

// hyperloglog_count.cc
void Pfadd(Context& ctx);
void Pfcount(Context& ctx);
void Pfmerge(Context& ctx);

// hyperloglog_debug.cc
void Pfdebug(Context& ctx);
void Pfselftest(Context& ctx);

}  // namespace hyperloglog_commands
}  // namespace dunlin::commands
