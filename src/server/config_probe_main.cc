// config_probe: the configuration without the server, for tests from outside. Takes the server's command line; on
// standard input it reads lines of quoted words and answers each with one line of JSON.
//
//     GET <pattern> ...          {"name": "value", ...}
//     SET <name> <value> ...     "OK" or the error reply
//     LOADING-SET ..., REMOTE-SET ...  the same while data is loaded, or from another machine
//     EFFECTS <name> <value> ... sets, and answers the numbers of the effects
//     REWRITE [everything]       "OK" or the error reply
//     TABLE                      [[name, alias, why it has no effect or "", hidden], ...]
//     NOTES                      ["text", ...]
//
// The commands that rename-command knows here are GET, SET and FLUSHALL.
//
// Exits with 1 and the text on standard error when the configuration is refused.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/quoted.h"
#include "server/config.h"

namespace dunlin::server {
namespace {

std::string Json(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
  }
  return out + "\"";
}

std::string Get(const Config& config, std::span<const std::string> patterns) {
  std::vector<std::string_view> views(patterns.begin(), patterns.end());
  std::string out;
  for (const auto& [name, value] : config.Get(views)) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", Json(name), Json(value));
  }
  return "{" + out + "}";
}

std::string Set(Config& config, std::span<const std::string> words, SetCaller caller, bool show_effects) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (size_t i = 0; i + 1 < words.size(); i += 2) pairs.emplace_back(words[i], words[i + 1]);
  Result<ConfigChange> change = config.Set(pairs, caller);
  if (!change) return Json(change.error().message());
  if (!show_effects) return Json("OK");
  std::string out;
  for (const auto& to_do : change->effects) {
    out += fmt::format("{}[{}, {}]", out.empty() ? "" : ", ", static_cast<int>(to_do.effect), Json(to_do.directive));
  }
  return "[" + out + "]";
}

std::string Table() {
  std::string out;
  for (const Directive& directive : Directives()) {
    out += fmt::format("{}[{}, {}, {}, {}]", out.empty() ? "" : ", ", Json(directive.name), Json(directive.alias),
                       Json(directive.why_inert), directive.has(kHidden));
  }
  return "[" + out + "]";
}

std::string Notes(Config& config) {
  std::string out;
  for (const ConfigNote& note : config.TakeNotes()) out += (out.empty() ? "" : ", ") + Json(note.text);
  return "[" + out + "]";
}

std::string Answer(Config& config, std::span<const std::string> words) {
  const std::string& verb = words[0];
  if (verb == "GET") return Get(config, words.subspan(1));
  if (verb == "SET") return Set(config, words.subspan(1), {.is_local = true}, false);
  if (verb == "EFFECTS") return Set(config, words.subspan(1), {.is_local = true}, true);
  if (verb == "LOADING-SET") return Set(config, words.subspan(1), {.is_local = true, .is_loading = true}, false);
  if (verb == "REMOTE-SET") return Set(config, words.subspan(1), {}, false);
  if (verb == "REWRITE") {
    Status status = config.Rewrite(std::nullopt, words.size() > 1);
    return Json(status.ok() ? "OK" : status.message());
  }
  if (verb == "TABLE") return Table();
  if (verb == "NOTES") return Notes(config);
  return Json("unknown verb");
}

int Main(std::span<const std::string> arguments) {
  SystemConfigFiles files;
  constexpr std::string_view kCommands[] = {"get", "set", "flushall"};
  Config::Checks checks;
  checks.command_exists = [&](std::string_view name) {
    return std::ranges::find(kCommands, name) != std::end(kCommands);
  };
  Config config(files, 2, checks);
  if (Status status = config.Load(ParseCommandLine(arguments)); !status.ok()) {
    fmt::print(stderr, "{}\n", status.message());
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::vector<std::string> words;
    if (!SplitQuoted(line, &words) || words.empty()) continue;
    std::cout << Answer(config, words) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace dunlin::server

int main(int argc, char** argv) { return dunlin::server::Main(std::vector<std::string>(argv + 1, argv + argc)); }
