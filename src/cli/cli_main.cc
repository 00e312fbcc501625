// dunlin-cli: the command-line client.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/cluster_manager.h"
#include "cli/line_editor.h"
#include "cli/modes/modes.h"
#include "cli/options.h"
#include "cli/session.h"
#include "cli/stdin_argument.h"
#include "cli/terminal.h"

namespace dunlin::cli {
namespace {

std::optional<std::string> Environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void AskPasswords(Options& options) {
  LineEditor editor;
  if (options.askpass) options.password = AskPassword(editor, "Please input password: ");
  if (options.cluster.from_askpass) {
    options.cluster.from_password = AskPassword(editor, "Please input import source node password: ");
  }
}

int RunManager(Options& options) {
  if (Status added = AddStdinArgument(options, options.cluster.arguments); !added.ok()) {
    std::fprintf(stderr, "%s\n", added.message().c_str());
    return 1;
  }
  return RunClusterManager(options);
}

int Main(std::span<const std::string> words) {
  CommandLine line = ParseCommandLine(words, {.stdout_is_tty = StdoutIsTerminal(), .environment = Environment});
  std::fwrite(line.standard_output.data(), 1, line.standard_output.size(), stdout);
  std::fwrite(line.standard_error.data(), 1, line.standard_error.size(), stderr);
  if (line.exit_code) return *line.exit_code;
  Options& options = line.options;
  AskPasswords(options);
  if (!options.cluster.command.empty()) return RunManager(options);
  if (std::optional<int> exit_code = RunMode(options)) return *exit_code;
  if (options.test_hint || options.test_hint_file) return RunHintTest(options);
  if (options.eval_file) return RunEval(options, line.arguments);
  if (line.arguments.empty()) return RunSession(options);
  return RunOneShot(options, line.arguments);
}

}  // namespace
}  // namespace dunlin::cli

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  return dunlin::cli::Main(words);
}
