#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "cli/options.h"

namespace dunlin::cli {
namespace {

enum class ShowGroup : bool { kNo, kYes };

std::string CommandText(const CommandDoc& doc, ShowGroup show_group) {
  std::string text = fmt::format("\r\n  \x1b[1m{}\x1b[0m \x1b[90m{}\x1b[0m\r\n", doc.name, doc.Syntax());
  auto line = [&text](std::string_view name, std::string_view value) {
    text += fmt::format("  \x1b[33m{}:\x1b[0m {}\r\n", name, value);
  };
  line("summary", doc.summary);
  if (!doc.since.empty()) line("since", doc.since);
  if (show_group == ShowGroup::kYes) line("group", doc.group);
  return text;
}

std::string GeneralText() {
  return VersionLine() +
         "\n"
         "To get help about Redis commands type:\n"
         "      \"help @<group>\" to get a list of commands in <group>\n"
         "      \"help <command>\" for help on <command>\n"
         "      \"help <tab>\" to get a list of possible help topics\n"
         "      \"quit\" to exit\n"
         "\n"
         "To set redis-cli preferences:\n"
         "      \":set hints\" enable online hints\n"
         "      \":set nohints\" disable online hints\n"
         "Set your preferences in ~/.redisclirc\n";
}

bool StartsWithWords(const CommandDoc& doc, std::span<const std::string> topic) {
  return topic.size() <= doc.words.size() &&
         std::equal(topic.begin(), topic.end(), doc.words.begin(), EqualsIgnoreCase);
}

}  // namespace

bool IsHelp(std::span<const std::string> arguments) {
  return !arguments.empty() && (EqualsIgnoreCase(arguments[0], "help") || arguments[0] == "?");
}

std::string HelpText(std::span<const std::string> topic, const CommandDocs& docs) {
  if (topic.empty()) return GeneralText();
  bool is_group = topic[0].starts_with('@');
  std::string text;
  for (const CommandDoc& doc : docs.commands()) {
    if (is_group && EqualsIgnoreCase(doc.group, std::string_view(topic[0]).substr(1))) {
      text += CommandText(doc, ShowGroup::kNo);
    } else if (!is_group && StartsWithWords(doc, topic)) {
      text += CommandText(doc, ShowGroup::kYes);
    }
  }
  return text + "\r\n";
}

}  // namespace dunlin::cli
