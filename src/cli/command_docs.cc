#include "cli/command_docs.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "base/limits.h"
#include "catalog/catalog.h"
#include "catalog/syntax.h"
#include "cli/arguments.h"
#include "cli/hints.h"

namespace dunlin::cli {
namespace {

using resp::Reply;
using Type = ArgumentSpec::Type;

// Calls `visit` with each key and value of a map, or of the flat array that RESP2 has instead.
template <typename Visit>
void ForEachPair(const Reply& map, Visit visit) {
  if (map.kind != resp::ReplyKind::kMap && map.kind != resp::ReplyKind::kArray) return;
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].IsText()) visit(std::string_view(map.elements[i].text), map.elements[i + 1]);
  }
}

Type TypeNamed(std::string_view name) {
  if (name == "integer" || name == "unix-time") return Type::kInteger;
  if (name == "double") return Type::kDouble;
  if (name == "pure-token") return Type::kPureToken;
  if (name == "oneof") return Type::kOneOf;
  if (name == "block") return Type::kBlock;
  return Type::kWord;
}

// Hints double in length with each level that may be repeated; no command has as many levels as this.
constexpr int kMaxArgumentDepth = 6;

std::vector<ArgumentSpec> ArgumentsFrom(const Reply& reply, int depth);

ArgumentSpec ArgumentFrom(const Reply& reply, int depth) {
  ArgumentSpec spec;
  std::string name;
  ForEachPair(reply, [&](std::string_view key, const Reply& value) {
    if (key == "name") name = value.text;
    if (key == "display_text") spec.display = value.text;
    if (key == "type") spec.type = TypeNamed(value.text);
    if (key == "arguments") spec.parts = ArgumentsFrom(value, depth + 1);
    if (key == "token") {
      spec.token = value.text;
      spec.has_token = true;
    }
    if (key != "flags") return;
    for (const Reply& flag : value.elements) {
      if (flag.text == "optional") spec.optional = true;
      if (flag.text == "multiple") spec.multiple = true;
      if (flag.text == "multiple_token") spec.multiple_token = true;
    }
  });
  if (spec.display.empty()) spec.display = name;
  return spec;
}

std::vector<ArgumentSpec> ArgumentsFrom(const Reply& reply, int depth) {
  std::vector<ArgumentSpec> specs;
  if (depth >= kMaxArgumentDepth) return specs;
  for (const Reply& element : reply.elements) specs.push_back(ArgumentFrom(element, depth));
  return specs;
}

Type TypeOf(catalog::Argument::Type type) {
  switch (type) {
    case catalog::Argument::Type::kInteger:
    case catalog::Argument::Type::kUnixTime: return Type::kInteger;
    case catalog::Argument::Type::kDouble: return Type::kDouble;
    case catalog::Argument::Type::kPureToken: return Type::kPureToken;
    case catalog::Argument::Type::kOneOf: return Type::kOneOf;
    case catalog::Argument::Type::kBlock: return Type::kBlock;
    default: return Type::kWord;
  }
}

std::vector<ArgumentSpec> ArgumentsFrom(const std::vector<catalog::Argument>& arguments) {
  std::vector<ArgumentSpec> specs;
  for (const catalog::Argument& argument : arguments) {
    specs.push_back({.type = TypeOf(argument.type),
                     .display = argument.shown,
                     .token = argument.token,
                     .has_token = argument.has_token,
                     .optional = argument.optional,
                     .multiple = argument.multiple,
                     .multiple_token = argument.multiple_token,
                     .parts = ArgumentsFrom(argument.parts)});
  }
  return specs;
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

CommandDoc NamedDoc(std::string_view command, std::string_view subcommand) {
  CommandDoc doc;
  doc.words.push_back(AsciiUppered(command));
  doc.name = doc.words[0];
  if (!subcommand.empty()) {
    doc.words.push_back(AsciiUppered(subcommand));
    doc.name.append(" ").append(doc.words[1]);
  }
  return doc;
}

}  // namespace

std::string CommandDoc::Syntax() const { return arguments.empty() ? rough_syntax : HintForArguments(arguments, {}); }

CommandDocs CommandDocs::Builtin() {
  CommandDocs docs;
  for (const catalog::Group& group : catalog::Groups()) {
    for (const catalog::CommandEntry& entry : group.entries) {
      size_t bar = std::min(entry.name.find('|'), entry.name.size());
      CommandDoc doc = NamedDoc(entry.name.substr(0, bar), entry.name.substr(std::min(bar + 1, entry.name.size())));
      doc.since = entry.since;
      doc.group = group.name;
      doc.summary = entry.summary;
      doc.arguments = ArgumentsFrom(catalog::ParseSyntax(entry.syntax));
      docs.Add(std::move(doc));
    }
  }
  docs.Finish();
  return docs;
}

CommandDocs CommandDocs::FromReply(const resp::Reply& reply) {
  CommandDocs docs;
  ForEachPair(reply, [&](std::string_view name, const Reply& spec) { docs.AddFromReply(name, "", spec); });
  docs.Finish();
  return docs;
}

void CommandDocs::AddFromReply(std::string_view name, std::string_view subcommand, const Reply& spec) {
  CommandDoc doc = NamedDoc(name, subcommand);
  ForEachPair(spec, [&](std::string_view key, const Reply& value) {
    if (key == "summary") doc.summary = value.text;
    if (key == "since") doc.since = value.text;
    if (key == "group") doc.group = value.text;
    if (key == "arguments") doc.arguments = ArgumentsFrom(value, 0);
    if (key != "subcommands" || !subcommand.empty()) return;
    ForEachPair(value, [&](std::string_view full, const Reply& sub) {
      // "config|set"
      size_t bar = full.find('|');
      AddFromReply(name, bar == std::string_view::npos ? full : full.substr(bar + 1), sub);
    });
  });
  Add(std::move(doc));
}

void CommandDocs::AddMissing(const resp::Reply& command_reply) {
  for (const Reply& entry : command_reply.elements) {
    if (entry.elements.size() < 4 || !entry.elements[0].IsText()) continue;
    CommandDoc doc = NamedDoc(entry.elements[0].text, "");
    bool known =
        std::ranges::any_of(commands_, [&](const CommandDoc& other) { return other.words[0] == doc.words[0]; });
    if (known) continue;
    int64_t arity = entry.elements[1].integer;
    int64_t count = std::min((arity < 0 ? -arity : arity) - 1, limits::kMaxArgumentsBeforeAuth);
    bool first_is_key = entry.elements[3].integer == 1;
    for (int64_t i = 0; i < count; ++i) doc.rough_syntax += i == 0 && first_is_key ? "key " : "arg ";
    if (arity < 0) doc.rough_syntax += "...options...";
    doc.summary = "Help not available";
    doc.since = "Not known";
    doc.group = "generic";
    Add(std::move(doc));
  }
  Finish();
}

void CommandDocs::Finish() {
  std::ranges::sort(commands_, {}, &CommandDoc::name);
  std::set<std::string> names;
  for (const CommandDoc& doc : commands_) names.insert("@" + doc.group);
  groups_.assign(names.begin(), names.end());
}

const CommandDoc* CommandDocs::Find(std::span<const std::string> words) const {
  const CommandDoc* best = nullptr;
  for (const CommandDoc& doc : commands_) {
    if (doc.words.size() > words.size() || (best != nullptr && doc.words.size() <= best->words.size())) continue;
    if (std::ranges::equal(doc.words, words.first(doc.words.size()), EqualsIgnoreCase)) best = &doc;
  }
  return best;
}

std::vector<std::string> CommandDocs::Complete(std::string_view line) const {
  size_t start = 0;
  bool is_help = StartsWithIgnoreCase(line, "help ");
  if (is_help) start = std::min(line.find_first_not_of(' ', 5), line.size());
  std::string_view typed = line.substr(start);
  std::vector<std::string> lines;
  auto offer = [&](const std::string& name) {
    if (StartsWithIgnoreCase(name, typed)) lines.push_back(std::string(line.substr(0, start)) + name);
  };
  if (is_help) std::ranges::for_each(groups_, offer);
  for (const CommandDoc& doc : commands_) offer(doc.name);
  return lines;
}

std::string CommandDocs::HintFor(std::string_view line) const {
  std::optional<std::vector<std::string>> words = SplitArguments(line);
  if (!words || words->empty()) return "";
  if (!IsAsciiSpace(line.back())) words->pop_back();
  const CommandDoc* doc = Find(*words);
  if (doc == nullptr) return "";
  std::span<const std::string> typed = std::span<const std::string>(*words).subspan(doc->words.size());
  if (doc->arguments.empty()) return typed.empty() ? doc->rough_syntax : "";
  return HintForArguments(doc->arguments, typed);
}

}  // namespace dunlin::cli
