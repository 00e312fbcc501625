#include "base/ascii.h"
#include "base/glob.h"
#include "server/command_reply.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using commands::CommandSpec;
using commands::CommandTable;

// A command or subcommand by its whole name, "config|get"; null when there is none.
const CommandSpec* Named(const CommandTable& table, std::string_view name) {
  size_t bar = name.find('|');
  if (bar == std::string_view::npos) return table.Find(name);
  const CommandSpec* container = table.Find(name.substr(0, bar));
  if (container == nullptr) return nullptr;
  for (const CommandSpec& sub : container->subcommands) {
    if (EqualsIgnoreCase(sub.name, name.substr(bar + 1))) return &sub;
  }
  return nullptr;
}

void All(Call& call) {
  const CommandTable& table = call.server.table();
  call.reply.Array(table.all().size());
  for (const CommandSpec* spec : table.all()) WriteCommandInfo(table, *spec, call.reply);
}

void Info(Call& call) {
  if (call.args.size() == 2) return All(call);
  const CommandTable& table = call.server.table();
  call.reply.Array(call.args.size() - 2);
  for (std::string_view name : call.args.subspan(2)) {
    const CommandSpec* spec = Named(table, name);
    spec == nullptr ? call.reply.NullArray() : WriteCommandInfo(table, *spec, call.reply);
  }
}

void Docs(Call& call) {
  const CommandTable& table = call.server.table();
  auto write = [&](const CommandSpec& spec) {
    call.reply.Bulk(table.FullName(spec));
    WriteCommandDocs(table, spec, call.reply);
  };
  if (call.args.size() == 2) {
    call.reply.Map(table.all().size());
    for (const CommandSpec* spec : table.all()) write(*spec);
    return;
  }
  auto mark = call.reply.BeginDeferred();
  size_t count = 0;
  for (std::string_view name : call.args.subspan(2)) {
    const CommandSpec* spec = Named(table, name);
    if (spec == nullptr) continue;
    write(*spec);
    ++count;
  }
  call.reply.EndMap(mark, count);
}

// Which commands COMMAND LIST names.
struct Filter {
  enum class Kind : uint8_t { kAll, kModule, kCategory, kPattern } kind = Kind::kAll;
  std::string_view pattern;
  uint32_t category = 0;

  bool Fits(const CommandSpec& spec, std::string_view full_name) const {
    switch (kind) {
      case Kind::kAll: return true;
      case Kind::kModule: return false;  // there are no modules
      case Kind::kCategory: return (commands::Categories(spec) & category) != 0;
      case Kind::kPattern: return GlobMatch(pattern, full_name, Case::kInsensitive);
    }
    return false;
  }
};

uint32_t CategoryNamed(std::string_view wanted) {
  for (const auto& [category, name] : commands::CategoryNames()) {
    if (EqualsIgnoreCase(name, wanted)) return category;
  }
  return 0;
}

// False when the words make no sense.
bool ParseFilter(commands::Args words, Filter* filter) {
  if (words.empty()) return true;
  if (words.size() != 3 || !EqualsIgnoreCase(words[0], "filterby")) return false;
  if (EqualsIgnoreCase(words[1], "module")) {
    filter->kind = Filter::Kind::kModule;
  } else if (EqualsIgnoreCase(words[1], "aclcat")) {
    filter->kind = Filter::Kind::kCategory;
    filter->category = CategoryNamed(words[2]);
  } else if (EqualsIgnoreCase(words[1], "pattern")) {
    filter->kind = Filter::Kind::kPattern;
    filter->pattern = words[2];
  } else {
    return false;
  }
  return true;
}

void List(Call& call) {
  Filter filter;
  if (!ParseFilter(call.args.subspan(2), &filter)) return call.reply.Error("ERR syntax error");
  const CommandTable& table = call.server.table();
  auto mark = call.reply.BeginDeferred();
  size_t count = 0;
  auto offer = [&](const CommandSpec& spec) {
    const std::string& name = table.FullName(spec);
    if (!filter.Fits(spec, name)) return;
    call.reply.Bulk(name);
    ++count;
  };
  for (const CommandSpec* spec : table.all()) {
    offer(*spec);
    for (const CommandSpec& sub : spec->subcommands) offer(sub);
  }
  call.reply.EndArray(mark, count);
}

// Channels are found like keys, and are none.
bool HasRealKeys(const CommandSpec& spec) {
  if (spec.key_finder != nullptr) return true;
  for (const commands::KeySpec& keys : spec.keys) {
    if (!(keys.flags & commands::kKeyNotKey)) return true;
  }
  return false;
}

void GetKeys(Call& call, bool with_flags) {
  commands::Args args = call.args.subspan(2);
  bool unknown_subcommand = false;
  const CommandSpec* spec = call.server.table().Resolve(args, &unknown_subcommand);
  if (spec == nullptr || unknown_subcommand) return call.reply.Error("ERR Invalid command specified");
  if (!HasRealKeys(*spec)) return call.reply.Error("ERR The command has no key arguments");
  if (!commands::ArityFits(*spec, args.size())) {
    return call.reply.Error("ERR Invalid number of arguments specified for command");
  }
  std::vector<commands::KeyPosition> keys;
  bool sense = commands::FindKeys(*spec, args, &keys);
  std::erase_if(keys, [](const commands::KeyPosition& key) { return (key.flags & commands::kKeyNotKey) != 0; });
  if (!sense || keys.empty()) {
    if (spec->flags & commands::kNoMandatoryKeys) return call.reply.Array(0);
    return call.reply.Error("ERR Invalid arguments specified for command");
  }
  call.reply.Array(keys.size());
  for (const commands::KeyPosition& key : keys) {
    if (with_flags) call.reply.Array(2);
    call.reply.Bulk(args[static_cast<size_t>(key.index)]);
    if (with_flags) WriteKeyFlags(key.flags, call.reply);
  }
}

void Help(Call& call) {
  static constexpr std::string_view kLines[] = {
      "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "(no subcommand)",
      "    Describe all commands to programs.",
      "COUNT",
      "    How many commands there are.",
      "DOCS [<command-name> ...]",
      "    Describe commands to people; without a name, all of them.",
      "GETKEYS <full-command>",
      "    Pick the keys out of a call.",
      "GETKEYSANDFLAGS <full-command>",
      "    Pick the keys out of a call, with what happens to each.",
      "INFO [<command-name> ...]",
      "    Describe commands to programs; without a name, all of them.",
      "LIST [FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)]",
      "    The names of all commands, or of some.",
      "HELP",
      "    Print this help.",
  };
  call.reply.Array(std::size(kLines));
  for (std::string_view line : kLines) call.reply.Simple(line);
}

}  // namespace

void OpCommand(Call& call) {
  std::string_view sub = call.args.size() == 1 ? std::string_view() : call.spec.name;
  if (sub.empty()) return All(call);
  if (sub == "count") return call.reply.Integer(static_cast<int64_t>(call.server.table().all().size()));
  if (sub == "docs") return Docs(call);
  if (sub == "getkeys") return GetKeys(call, false);
  if (sub == "getkeysandflags") return GetKeys(call, true);
  if (sub == "help") return Help(call);
  if (sub == "info") return Info(call);
  List(call);
}

}  // namespace dunlin::server
