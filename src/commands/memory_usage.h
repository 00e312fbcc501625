// MEMORY USAGE key [SAMPLES n]: the bytes that a key takes.
//
// Thread: as all handlers.
#pragma once

namespace dunlin::commands {

class Context;

// The figure is that of the allocations and not an estimate, so SAMPLES is accepted and makes no difference.
void MemoryUsage(Context& ctx);

}  // namespace dunlin::commands
