// What is known about commands: their arguments, groups and summaries. From the server's COMMAND DOCS when it answers,
// from the catalog otherwise.
//
// Thread: values; any thread.
// Errors: parts of a reply that are not as expected are left out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resp/reply.h"

namespace dunlin::cli {

struct ArgumentSpec {
  enum class Type : uint8_t { kWord, kInteger, kDouble, kPureToken, kOneOf, kBlock };

  Type type = Type::kWord;
  std::string display;     // what stands for the value in a hint
  std::string token;       // the fixed word in front of the value
  bool has_token = false;  // a token may be the empty word
  bool optional = false;
  bool multiple = false;            // may be repeated
  bool multiple_token = false;      // ... with the token each time
  std::vector<ArgumentSpec> parts;  // of kOneOf and kBlock
};

struct CommandDoc {
  std::vector<std::string> words;  // one or two, in capitals
  std::string name;                // the same with a blank between
  std::string summary;
  std::string since;
  std::string group;
  std::vector<ArgumentSpec> arguments;
  // When the arguments themselves are not known: a line in their place.
  std::string rough_syntax;

  // How the arguments are written, as one line.
  std::string Syntax() const;
};

class CommandDocs {
 public:
  // The catalog: without a server, and for servers that do not answer COMMAND DOCS.
  static CommandDocs Builtin();
  // From the reply to COMMAND DOCS.
  static CommandDocs FromReply(const resp::Reply& reply);

  // Commands of the reply to COMMAND that are not in here yet: their names, and how many arguments they take.
  void AddMissing(const resp::Reply& command_reply);

  // In the order of their names.
  const std::vector<CommandDoc>& commands() const { return commands_; }
  // "@generic", "@string" ... in order.
  const std::vector<std::string>& groups() const { return groups_; }
  bool empty() const { return commands_.empty(); }

  // The command that most of the leading words name; null when there is none.
  const CommandDoc* Find(std::span<const std::string> words) const;

  // Whole lines that may stand for `line`: a command, or "help" and a topic.
  std::vector<std::string> Complete(std::string_view line) const;

  // What is still to be typed after `line`, without the last word while it has no blank behind it. Empty for nothing.
  std::string HintFor(std::string_view line) const;

 private:
  void Add(CommandDoc doc) { commands_.push_back(std::move(doc)); }
  void AddFromReply(std::string_view name, std::string_view subcommand, const resp::Reply& spec);
  void Finish();

  std::vector<CommandDoc> commands_;
  std::vector<std::string> groups_;
};

}  // namespace dunlin::cli
