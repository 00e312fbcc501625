// redis-check-aof and redis-check-rdb: what a binary does when it is called by these names. They print what Redis's
// tools print, because people and scripts read it.
//
// Thread: main.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "persistence/files.h"

namespace dunlin::persistence {

// Exit status: 0 when all is well (or was made so), else 1.
int CheckAofMain(int argc, const char* const* argv);
int CheckRdbMain(int argc, const char* const* argv);

// The same with their surroundings given.
struct ToolSurroundings {
  FileSystem* files;
  std::FILE* in;
  std::FILE* out;
  std::FILE* err;
  int64_t now_ms;
  std::string_view version;  // of the server, for --version
};
int CheckAof(int argc, const char* const* argv, const ToolSurroundings& around);
int CheckRdb(int argc, const char* const* argv, const ToolSurroundings& around);

}  // namespace dunlin::persistence
