// dunlin-cli: the command-line client.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/cluster_manager.h"
#include "cli/options.h"

int main(int argc, char** argv) {
  using namespace dunlin::cli;
  std::vector<std::string> words(argv + 1, argv + argc);
  Surroundings surroundings{
      .program_name = argv[0],
      .stdout_is_tty = isatty(STDOUT_FILENO) != 0 || std::getenv("FAKETTY") != nullptr,
      .environment = [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      },
  };
  CommandLine line = ParseCommandLine(words, surroundings);
  std::fwrite(line.standard_output.data(), 1, line.standard_output.size(), stdout);
  std::fwrite(line.standard_error.data(), 1, line.standard_error.size(), stderr);
  if (line.exit_code) return *line.exit_code;
  if (!line.options.cluster.command.empty()) return RunClusterManager(line.options);
  return 1;
}
