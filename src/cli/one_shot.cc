#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "base/ascii.h"
#include "cli/arguments.h"
#include "cli/client.h"
#include "cli/docs_loader.h"
#include "cli/help.h"
#include "cli/session.h"
#include "cli/stdin_argument.h"

namespace dunlin::cli {
namespace {

std::optional<std::vector<std::string>> Unquoted(std::span<const std::string> arguments) {
  std::vector<std::string> all;
  for (const std::string& argument : arguments) {
    std::optional<std::string> unquoted = UnquoteArgument(argument);
    if (!unquoted) return std::nullopt;
    all.push_back(std::move(*unquoted));
  }
  return all;
}

int RunAndWatch(Client& client, const Options& options, std::span<const std::string> arguments) {
  Outcome outcome = client.Run(arguments, options.repeat);
  if (outcome == Outcome::kOk && client.subscribed()) outcome = client.Watch();
  return outcome == Outcome::kOk ? 0 : 1;
}

std::optional<std::string> ReadScript(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    fmt::print(stderr, "Can't open file '{}': {}\n", file, std::strerror(errno));
    return std::nullopt;
  }
  std::ostringstream script;
  script << in.rdbuf();
  return script.str();
}

}  // namespace

int RunOneShot(const Options& options, std::span<const std::string> arguments) {
  std::vector<std::string> words(arguments.begin(), arguments.end());
  if (options.quoted_input) {
    std::optional<std::vector<std::string>> unquoted = Unquoted(arguments);
    if (!unquoted) {
      fmt::print("Invalid quoted string\n");
      return 1;
    }
    words = std::move(*unquoted);
  }
  if (Status added = AddStdinArgument(options, words); !added.ok()) {
    fmt::print(stderr, "{}\n", added.message());
    return 1;
  }
  Client client(options, Client::Style::kOneShot);
  if (IsHelp(words)) {
    std::string text = HelpText(std::span<const std::string>(words).subspan(1), LoadCommandDocs(client));
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  }
  // A refused login is told, and the command sent all the same: it may be one that needs none.
  client.Connect(Client::Announce::kQuietly);
  return RunAndWatch(client, options, words);
}

int RunEval(const Options& options, std::span<const std::string> arguments) {
  Client client(options, Client::Style::kOneShot);
  if (!client.Connect(Client::Announce::kAloud)) return 1;
  std::optional<std::string> script = ReadScript(*options.eval_file);
  if (!script) return 1;
  std::vector<std::string> words = {"EVAL", std::move(*script), ""};
  size_t keys = 0;
  bool after_comma = false;
  for (const std::string& argument : arguments) {
    if (!after_comma && argument == ",") {
      after_comma = true;
      continue;
    }
    words.push_back(argument);
    if (!after_comma) ++keys;
  }
  words[2] = std::to_string(keys);
  return RunAndWatch(client, options, words);
}

}  // namespace dunlin::cli
