#include "cli/command_docs.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "base/limits.h"
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

// A reader of the compact syntax that the built-in table is written in.
class SyntaxParser {
 public:
  explicit SyntaxParser(std::string_view text) : rest_(text) {}

  std::vector<ArgumentSpec> Sequence() {
    std::vector<ArgumentSpec> items;
    for (SkipBlanks(); !rest_.empty() && rest_[0] != ']' && rest_[0] != ')' && rest_[0] != '|'; SkipBlanks()) {
      items.push_back(Item());
    }
    return items;
  }

 private:
  static bool IsToken(std::string_view word) {
    return std::ranges::none_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
  }

  void SkipBlanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  ArgumentSpec Item() {
    ArgumentSpec spec;
    if (Take("[")) {
      spec = Choices(']');
      spec.optional = true;
    } else if (Take("(")) {
      spec = Choices(')');
    } else {
      spec = Word();
    }
    if (Take("...")) spec.multiple = true;
    if (Take("*")) spec.multiple = spec.multiple_token = true;
    return spec;
  }

  // One choice, or several as a kOneOf, up to `end`.
  ArgumentSpec Choices(char end) {
    std::vector<ArgumentSpec> choices;
    do {
      choices.push_back(Folded(Sequence()));
    } while (Take("|"));
    Take(std::string_view(&end, 1));
    if (choices.size() == 1) return std::move(choices[0]);
    ArgumentSpec spec;
    spec.type = Type::kOneOf;
    spec.parts = std::move(choices);
    return spec;
  }

  // Several items as one: a token in front becomes the token of what follows.
  static ArgumentSpec Folded(std::vector<ArgumentSpec> items) {
    if (items.size() == 1) return std::move(items[0]);
    ArgumentSpec spec;
    bool has_token = !items.empty() && items[0].type == Type::kPureToken && !items[0].optional;
    std::string token = has_token ? items[0].token : "";
    if (has_token) items.erase(items.begin());
    if (items.size() == 1 && !items[0].has_token && !items[0].optional) {
      spec = std::move(items[0]);
    } else {
      spec.type = Type::kBlock;
      spec.parts = std::move(items);
    }
    spec.has_token = has_token;
    spec.token = std::move(token);
    return spec;
  }

  ArgumentSpec Word() {
    size_t end = std::min(rest_.find_first_of(" []()|*."), rest_.size());
    std::string_view word = rest_.substr(0, std::max<size_t>(end, 1));
    rest_.remove_prefix(word.size());
    ArgumentSpec spec;
    if (word == "\"\"") word = "";
    if (IsToken(word)) {
      spec.type = Type::kPureToken;
      spec.token = word;
      spec.has_token = true;
      return spec;
    }
    if (word.ends_with(":i")) spec.type = Type::kInteger;
    if (word.ends_with(":d")) spec.type = Type::kDouble;
    spec.display = word.substr(0, word.find(':'));
    return spec;
  }

  std::string_view rest_;
};

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

std::vector<ArgumentSpec> ParseSyntax(std::string_view syntax) { return SyntaxParser(syntax).Sequence(); }

std::string CommandDoc::Syntax() const { return arguments.empty() ? rough_syntax : HintForArguments(arguments, {}); }

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
