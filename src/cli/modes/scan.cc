// --scan: all keys, one a line.
#include <fmt/format.h>

#include <cstdio>

#include "cli/arguments.h"
#include "cli/modes/key_scan.h"
#include "cli/modes/modes.h"
#include "cli/terminal.h"

namespace dunlin::cli {

int RunScan(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  SetOnInterrupt(OnInterrupt::kRemember);
  KeyScan scan(*connection, options);
  while (!scan.AtEnd()) {
    Result<std::vector<std::string>> keys = scan.Next();
    if (!keys) {
      fmt::print(stderr, "{}\n", keys.error().message());
      return 1;
    }
    for (const std::string& key : *keys) {
      std::string line = (options.output == OutputForm::kStandard ? Quoted(key) : key) + "\n";
      std::fwrite(line.data(), 1, line.size(), stdout);
    }
    if (options.interval_us > 0) {
      std::fflush(stdout);
      Pause(options.interval_us);
    }
  }
  return 0;
}

}  // namespace dunlin::cli
