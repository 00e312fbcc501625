#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/config.h"
#include "server/config_fake_files.h"

namespace {

using dunlin::server::Config;
using dunlin::server::FakeConfigFiles;

std::vector<std::string> SplitAtNul(std::string_view bytes) {
  std::vector<std::string> parts(1);
  for (char c : bytes) {
    if (c == '\0') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

// A name of one byte stands for a directive, so that the fuzzer need not spell it.
std::string NameOf(const std::string& word) {
  auto directives = dunlin::server::Directives();
  if (word.size() != 1) return word;
  return std::string(directives[static_cast<unsigned char>(word[0]) % directives.size()].name);
}

std::vector<std::pair<std::string, std::string>> PairsOf(std::string_view bytes) {
  std::vector<std::string> words = SplitAtNul(bytes);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (size_t i = 0; i + 1 < words.size(); i += 2) pairs.emplace_back(NameOf(words[i]), words[i + 1]);
  return pairs;
}

void Require(bool condition) {
  if (!condition) __builtin_trap();
}

// What was accepted can be written, and what was written says the same.
void CheckRewrite(const Config& config, std::string_view old, bool everything) {
  const std::string_view every[] = {"*"};
  std::string text = config.RewriteText(old, std::nullopt, everything);
  Require(config.RewriteText(text, std::nullopt, everything) == text);
  FakeConfigFiles files;
  files.files["/data/next.conf"] = text;
  // The old text may include itself and others; what they set stands in the new text as well.
  files.files["/data/included.conf"] = "port 7000\n";
  Config next(files, 4);
  dunlin::Status status = next.Load({.config_file = "/data/next.conf"});
  if (old.find("include") != std::string_view::npos) return;
  if (old.find("rename-command") != std::string_view::npos) return;
  if (old.find("user") != std::string_view::npos) return;
  Require(status.ok());
  Require(next.Get(every) == config.Get(every));
}

}  // namespace

// The first byte chooses the door: a file as it is, a command line, a file of names and values, or CONFIG SET.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  FakeConfigFiles files;
  files.files["/data/included.conf"] = "port 7000\nsave 5 5\n";
  Config config(files, 4);
  std::string text;
  switch (data[0] % 4) {
    case 0:
      text = bytes;
      files.files["/data/main.conf"] = text;
      if (!config.Load({.config_file = "/data/main.conf"}).ok()) return 0;
      break;
    case 1:
      if (!config.Load(dunlin::server::ParseCommandLine(SplitAtNul(bytes))).ok()) return 0;
      break;
    case 2:
      for (const auto& [name, value] : PairsOf(bytes)) text += name + " " + value + "\n";
      files.files["/data/main.conf"] = text;
      if (!config.Load({.config_file = "/data/main.conf"}).ok()) return 0;
      break;
    default: {
      dunlin::server::Settings before = config.settings();
      if (!config.Set(PairsOf(bytes), {}).has_value()) Require(config.settings() == before);
      break;
    }
  }
  CheckRewrite(config, text, (data[0] & 0x80) != 0);
  return 0;
}
