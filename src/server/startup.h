// From a command line to a running server: what main() does, in the order in which Redis does it and logs it.
//
// Thread: main.
#pragma once

#include <span>
#include <string>

namespace dunlin::server {

// What this program does under other names (redis-check-aof, redis-check-rdb, redis-sentinel), what it answers without
// becoming a server (--version, --help), or a server's life. Returns the exit status: 0 after a proper end, 1 after a
// refused start, whose one reason stands on standard error or in the log.
int RunProgram(int argc, const char* const* argv);

}  // namespace dunlin::server
