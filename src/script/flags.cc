#include "script/flags.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/quoted.h"

namespace dunlin::script {
namespace {

using Words = std::vector<std::string>;

// The words of the first line; nothing when the text does not end a first line.
std::optional<Words> FirstLine(std::string_view text, size_t* end) {
  *end = text.find('\n');
  if (*end == std::string_view::npos) return std::nullopt;
  Words words;
  if (!SplitQuoted(text.substr(0, *end), &words)) words.clear();
  return words;
}

std::expected<uint32_t, std::string> ParseFlagList(std::string_view list) {
  uint32_t flags = 0;
  if (list.empty()) return flags;
  for (std::string_view word : Split(list, ',')) {
    auto found = std::ranges::find(FlagNames(), word, &std::pair<Flag, std::string_view>::second);
    if (found == FlagNames().end()) {
      return std::unexpected("Unexpected flag in script shebang: " + std::string(word));
    }
    flags |= found->first;
  }
  return flags;
}

}  // namespace

const std::vector<std::pair<Flag, std::string_view>>& FlagNames() {
  static const std::vector<std::pair<Flag, std::string_view>> kNames{{kNoWrites, "no-writes"},
                                                                     {kAllowOom, "allow-oom"},
                                                                     {kAllowStale, "allow-stale"},
                                                                     {kNoCluster, "no-cluster"},
                                                                     {kAllowCrossSlot, "allow-cross-slot-keys"}};
  return kNames;
}

std::expected<Shebang, std::string> ParseShebang(std::string_view script) {
  Shebang shebang;
  if (!script.starts_with("#!")) return shebang;
  auto words = FirstLine(script, &shebang.code_offset);
  if (!words) return std::unexpected("Invalid script shebang");
  if (words->empty()) return std::unexpected("Invalid engine in script shebang");
  if (words->front() != "#!lua") return std::unexpected("Unexpected engine in script shebang: " + words->front());
  shebang.flags = 0;
  for (size_t i = 1; i < words->size(); ++i) {
    std::string_view word = (*words)[i];
    if (!word.starts_with("flags=")) return std::unexpected("Unknown lua shebang option: " + std::string(word));
    auto flags = ParseFlagList(word.substr(6));
    if (!flags) return std::unexpected(flags.error());
    shebang.flags |= *flags;
  }
  return shebang;
}

std::expected<LibraryHeader, std::string> ParseLibraryHeader(std::string_view code) {
  if (!code.starts_with("#!")) return std::unexpected("Missing library metadata");
  LibraryHeader header;
  auto words = FirstLine(code, &header.code_offset);
  if (!words || words->empty()) return std::unexpected("Invalid library metadata");
  header.engine = words->front().substr(2);
  std::optional<std::string> name;
  for (size_t i = 1; i < words->size(); ++i) {
    const std::string& word = (*words)[i];
    if (!EqualsIgnoreCase(std::string_view(word).substr(0, 5), "name=")) {
      return std::unexpected("Invalid metadata value given: " + word);
    }
    if (name) return std::unexpected("Invalid metadata value, name argument was given multiple times");
    name = word.substr(5);
  }
  if (!name) return std::unexpected("Library name was not given");
  if (!IsGoodName(*name)) return std::unexpected(std::string(kBadName));
  header.name = std::move(*name);
  return header;
}

bool IsGoodName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsAsciiDigit(c) || c == '_';
  });
}

}  // namespace dunlin::script
