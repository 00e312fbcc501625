#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/numbers.h"
#include "persistence/aof_check.h"
#include "persistence/check_tools.h"

namespace dunlin::persistence {

int CheckAof(int argc, const char* const* argv, const ToolSurroundings& around) {
  AofCheck::Options options;
  std::string_view option = argc > 2 ? argv[1] : "";
  bool understood = argc == 2;
  if (argc == 3 && option == "--fix") {
    options.fix = understood = true;
  } else if (argc == 4 && option == "--truncate-to-timestamp") {
    options.truncate_to_seconds = ParseInt64(argv[2]);
    if (!options.truncate_to_seconds) {
      fmt::print(around.out, "Invalid timestamp, aborting...\n");
      return 1;
    }
    understood = true;
  }
  if (!understood) {
    fmt::print(around.out, "Usage: {} [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n",
               argc > 0 ? argv[0] : "redis-check-aof");
    return 1;
  }
  return AofCheck(around, options).Run(argv[argc - 1]) ? 0 : 1;
}

int CheckAofMain(int argc, const char* const* argv) {
  auto files = NewPosixFileSystem();
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return CheckAof(argc, argv,
                  {files.get(), stdin, stdout, stderr,
                   std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), DUNLIN_VERSION});
}

}  // namespace dunlin::persistence
