// --test_hint and --test_hint_file.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/client.h"
#include "cli/docs_loader.h"
#include "cli/session.h"

namespace dunlin::cli {
namespace {

std::string WithoutTrailingBlanks(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

int RunHintFile(const std::string& path, const CommandDocs& docs, bool verbose) {
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "Can't open file '{}'\n", path);
    return 255;
  }
  int passed = 0;
  int failed = 0;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    // A line that cannot be split is passed over, as redis-cli does; its own test file has one.
    std::optional<std::vector<std::string>> words = SplitArguments(line);
    if (!words || words->empty()) continue;
    if (words->size() == 1) {
      fmt::print(stderr, "Missing expected hint for input '{}'\n", words->front());
      return 255;
    }
    const std::string& input = (*words)[0];
    const std::string& expected = (*words)[1];
    std::string hint = WithoutTrailingBlanks(docs.HintFor(input));
    if (verbose) fmt::print("Input: '{}', Expected: '{}', Hint: '{}'\n", input, expected, hint);
    if (hint == expected) {
      ++passed;
    } else {
      ++failed;
      fmt::print(stderr, "Test case '{}' FAILED: expected '{}', got '{}'\n", input, expected, hint);
    }
  }
  fmt::print("{}: {}/{} passed\n", failed == 0 ? "SUCCESS" : "FAILURE", passed, passed + failed);
  return failed;
}

}  // namespace

int RunHintTest(const Options& options) {
  Client client(options, Client::Style::kOneShot);
  CommandDocs docs = LoadCommandDocs(client);
  if (options.test_hint_file) return RunHintFile(*options.test_hint_file, docs, options.verbose);
  fmt::print("{}\n", docs.HintFor(*options.test_hint));
  return 0;
}

}  // namespace dunlin::cli
