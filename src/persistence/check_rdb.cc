#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "persistence/check_tools.h"
#include "persistence/rdb_check.h"

namespace dunlin::persistence {

int CheckRdb(int argc, const char* const* argv, const ToolSurroundings& around) {
  if (argc != 2) {
    fmt::print(around.err, "Usage: {} <rdb-file-name>\n", argc > 0 ? argv[0] : "redis-check-rdb");
    return 1;
  }
  std::string_view argument = argv[1];
  if (argument == "-v" || argument == "--version") {
    fmt::print(around.out, "redis-check-rdb {}\n", around.version);
    return 0;
  }
  auto file = around.files->OpenToRead(std::string(argument));
  if (!file) {
    fmt::print(around.err, "Cannot open file {}: {}\n", argument, ReasonOf(file.error()));
    return 1;
  }
  RdbCheck check(around.out, around.now_ms);
  check.Begin(argument);
  return check.Run(**file) ? 0 : 1;
}

int CheckRdbMain(int argc, const char* const* argv) {
  auto files = NewPosixFileSystem();
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return CheckRdb(argc, argv,
                  {files.get(), stdin, stdout, stderr,
                   std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), DUNLIN_VERSION});
}

}  // namespace dunlin::persistence
