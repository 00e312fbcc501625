#include "cli/arguments.h"

#include <utility>

#include "base/quoted.h"

namespace dunlin::cli {

std::optional<std::vector<std::string>> SplitArguments(std::string_view line) {
  std::vector<std::string> arguments;
  if (!SplitQuoted(line, &arguments)) return std::nullopt;
  return arguments;
}

std::optional<std::string> UnquoteArgument(std::string_view text) {
  std::optional<std::vector<std::string>> arguments = SplitArguments(text);
  if (!arguments || arguments->size() != 1) return std::nullopt;
  return std::move(arguments->front());
}

std::string Quoted(std::string_view bytes) {
  std::string out;
  AppendQuoted(out, bytes);
  return out;
}

}  // namespace dunlin::cli
