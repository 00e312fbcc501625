#include "server/command_reply.h"

#include <algorithm>
#include <bit>
#include <string>

#include "catalog/catalog.h"
#include "catalog/syntax.h"

namespace dunlin::server {
namespace {

using commands::CommandSpec;
using commands::CommandTable;
using commands::KeySpec;
using resp::ReplyWriter;

constexpr std::pair<commands::KeyFlag, std::string_view> kKeyFlagNames[] = {
    {commands::kKeyRO, "RO"},
    {commands::kKeyRW, "RW"},
    {commands::kKeyOW, "OW"},
    {commands::kKeyRM, "RM"},
    {commands::kKeyAccess, "access"},
    {commands::kKeyUpdate, "update"},
    {commands::kKeyInsert, "insert"},
    {commands::kKeyDelete, "delete"},
    {commands::kKeyNotKey, "not_key"},
    {commands::kKeyIncomplete, "incomplete"},
    {commands::kKeyVariable, "variable_flags"},
};

void WriteFlags(const CommandSpec& spec, bool movable, ReplyWriter& reply) {
  size_t count = movable ? 1 : 0;
  for (const auto& [flag, name] : commands::FlagNames()) count += (spec.flags & flag) != 0 ? 1 : 0;
  reply.Set(count);
  for (const auto& [flag, name] : commands::FlagNames()) {
    if (spec.flags & flag) reply.Simple(name);
  }
  if (movable) reply.Simple("movablekeys");
}

void WriteCategories(const CommandSpec& spec, ReplyWriter& reply) {
  uint32_t categories = commands::Categories(spec);
  reply.Set(static_cast<size_t>(std::popcount(categories)));
  for (const auto& [category, name] : commands::CategoryNames()) {
    if (categories & category) reply.Simple("@" + std::string(name));
  }
}

void WriteTips(std::string_view tips, ReplyWriter& reply) {
  reply.Set(tips.empty() ? 0 : static_cast<size_t>(std::ranges::count(tips, ' ')) + 1);
  while (!tips.empty()) {
    std::string_view tip = tips.substr(0, tips.find(' '));
    tips.remove_prefix(std::min(tips.size(), tip.size() + 1));
    reply.Bulk(tip);
  }
}

// The head of one half of a key spec: its type, and how many numbers and words follow.
void BeginHalf(std::string_view half, std::string_view type, size_t parts, ReplyWriter& reply) {
  reply.Bulk(half);
  reply.Map(2);
  reply.Bulk("type");
  reply.Bulk(type);
  reply.Bulk("spec");
  reply.Map(parts);
}

void WriteNumber(std::string_view name, int64_t value, ReplyWriter& reply) {
  reply.Bulk(name);
  reply.Integer(value);
}

void WriteBegin(const KeySpec& spec, ReplyWriter& reply) {
  constexpr std::string_view kHalf = "begin_search";
  switch (spec.begin) {
    case KeySpec::Begin::kIndex:
      BeginHalf(kHalf, "index", 1, reply);
      WriteNumber("index", spec.index, reply);
      break;
    case KeySpec::Begin::kKeyword:
      BeginHalf(kHalf, "keyword", 2, reply);
      reply.Bulk("keyword");
      reply.Bulk(spec.keyword);
      WriteNumber("startfrom", spec.index, reply);
      break;
    default: BeginHalf(kHalf, "unknown", 0, reply);
  }
}

void WriteFind(const KeySpec& spec, ReplyWriter& reply) {
  constexpr std::string_view kHalf = "find_keys";
  switch (spec.find) {
    case KeySpec::Find::kRange:
      BeginHalf(kHalf, "range", 3, reply);
      WriteNumber("lastkey", spec.last, reply);
      WriteNumber("keystep", spec.step, reply);
      WriteNumber("limit", spec.limit, reply);
      break;
    case KeySpec::Find::kKeyNum:
      BeginHalf(kHalf, "keynum", 3, reply);
      WriteNumber("keynumidx", spec.keynum, reply);
      WriteNumber("firstkey", spec.first_key, reply);
      WriteNumber("keystep", spec.step, reply);
      break;
    default: BeginHalf(kHalf, "unknown", 0, reply);
  }
}

void WriteKeySpecs(const CommandSpec& spec, ReplyWriter& reply) {
  reply.Set(spec.keys.size());
  for (const KeySpec& keys : spec.keys) {
    reply.Map(3);
    reply.Bulk("flags");
    WriteKeyFlags(keys.flags, reply);
    WriteBegin(keys, reply);
    WriteFind(keys, reply);
  }
}

// A text that is left out when it is empty.
struct Field {
  std::string_view name;
  std::string_view text;
};

size_t CountOf(std::span<const Field> fields) {
  return static_cast<size_t>(std::ranges::count_if(fields, [](const Field& field) { return !field.text.empty(); }));
}

void WriteFields(std::span<const Field> fields, ReplyWriter& reply) {
  for (const Field& field : fields) {
    if (field.text.empty()) continue;
    reply.Bulk(field.name);
    reply.Bulk(field.text);
  }
}

void WriteWords(std::string_view name, std::initializer_list<std::pair<bool, std::string_view>> words,
                ReplyWriter& reply) {
  reply.Bulk(name);
  reply.Set(static_cast<size_t>(std::ranges::count_if(words, [](const auto& word) { return word.first; })));
  for (const auto& [there, word] : words) {
    if (there) reply.Simple(word);
  }
}

void WriteArguments(const std::vector<catalog::Argument>& arguments, ReplyWriter& reply);

void WriteArgument(const catalog::Argument& argument, ReplyWriter& reply) {
  bool has_parts = argument.type == catalog::Argument::Type::kOneOf || argument.type == catalog::Argument::Type::kBlock;
  bool has_flags = argument.optional || argument.multiple || argument.multiple_token;
  // "name", "type", and either "display_text" or "arguments" are always there.
  reply.Map(3 + (argument.key_spec >= 0 ? 1 : 0) + (argument.has_token ? 1 : 0) + (argument.since.empty() ? 0 : 1) +
            (has_flags ? 1 : 0));
  reply.Bulk("name");
  reply.Bulk(argument.name);
  reply.Bulk("type");
  reply.Bulk(catalog::TypeName(argument.type));
  if (!has_parts) {
    reply.Bulk("display_text");
    reply.Bulk(argument.shown);
  }
  if (argument.key_spec >= 0) WriteNumber("key_spec_index", argument.key_spec, reply);
  if (argument.has_token) {
    reply.Bulk("token");
    reply.Bulk(argument.token);
  }
  const Field since[] = {{"since", argument.since}};
  WriteFields(since, reply);
  if (has_flags) {
    WriteWords(
        "flags",
        {{argument.optional, "optional"}, {argument.multiple, "multiple"}, {argument.multiple_token, "multiple_token"}},
        reply);
  }
  if (has_parts) {
    reply.Bulk("arguments");
    WriteArguments(argument.parts, reply);
  }
}

void WriteArguments(const std::vector<catalog::Argument>& arguments, ReplyWriter& reply) {
  reply.Array(arguments.size());
  for (const catalog::Argument& argument : arguments) WriteArgument(argument, reply);
}

// Words in the order of COMMAND DOCS: some before the flags, some behind.
struct Docs {
  std::string_view group;
  catalog::CommandEntry entry;

  static Docs Of(const CommandTable& table, const CommandSpec& spec) {
    catalog::Found found = catalog::Find(table.FullName(spec));
    if (found.entry == nullptr) return {commands::GroupName(spec.group), {}};
    return {found.group->name, *found.entry};
  }
};

}  // namespace

void WriteKeyFlags(uint16_t flags, ReplyWriter& reply) {
  reply.Set(static_cast<size_t>(std::popcount(flags)));
  for (const auto& [flag, name] : kKeyFlagNames) {
    if (flags & flag) reply.Simple(name);
  }
}

KeyRange KeyRangeOf(const CommandSpec& spec) {
  KeyRange range;
  // One row's keys may be several specs side by side: "source destination".
  for (const KeySpec& keys : spec.keys) {
    bool plain = keys.begin == KeySpec::Begin::kIndex && keys.find == KeySpec::Find::kRange;
    bool follows = range.first == 0 || (keys.step == 1 && range.step == 1 && range.last == keys.index - 1);
    if (spec.keys.size() > 1 && keys.step != 1) plain = false;
    if (!plain || (keys.flags & commands::kKeyIncomplete)) range.movable = true;
    if (!plain) continue;
    if (!follows) {
      range.movable = true;
      continue;
    }
    if (range.first == 0) range.first = keys.index;
    range.last = keys.last < 0 ? keys.last : keys.index + keys.last;
    range.step = keys.step;
  }
  return range;
}

void WriteCommandInfo(const CommandTable& table, const CommandSpec& spec, ReplyWriter& reply) {
  KeyRange keys = KeyRangeOf(spec);
  catalog::Found found = catalog::Find(table.FullName(spec));
  reply.Array(10);
  reply.Bulk(table.FullName(spec));
  reply.Integer(spec.arity);
  WriteFlags(spec, keys.movable, reply);
  reply.Integer(keys.first);
  reply.Integer(keys.last);
  reply.Integer(keys.step);
  WriteCategories(spec, reply);
  WriteTips(found.entry == nullptr ? std::string_view() : found.entry->tips, reply);
  WriteKeySpecs(spec, reply);
  if (spec.subcommands.empty()) return reply.Set(0);
  reply.Array(spec.subcommands.size());
  for (const CommandSpec& sub : spec.subcommands) WriteCommandInfo(table, sub, reply);
}

void WriteCommandDocs(const CommandTable& table, const CommandSpec& spec, ReplyWriter& reply) {
  Docs docs = Docs::Of(table, spec);
  const catalog::CommandEntry& entry = docs.entry;
  const Field first[] = {
      {"summary", entry.summary}, {"since", entry.since}, {"group", docs.group}, {"complexity", entry.complexity}};
  const Field second[] = {{"deprecated_since", entry.deprecated_since}, {"replaced_by", entry.replaced_by}};
  bool deprecated = !entry.deprecated_since.empty();
  bool has_flags = deprecated || entry.system;
  reply.Map(CountOf(first) + (has_flags ? 1 : 0) + CountOf(second) + (entry.syntax.empty() ? 0 : 1) +
            (spec.subcommands.empty() ? 0 : 1));
  WriteFields(first, reply);
  if (has_flags) WriteWords("doc_flags", {{deprecated, "deprecated"}, {entry.system, "syscmd"}}, reply);
  WriteFields(second, reply);
  if (!entry.syntax.empty()) {
    reply.Bulk("arguments");
    WriteArguments(catalog::ParseSyntax(entry.syntax), reply);
  }
  if (spec.subcommands.empty()) return;
  reply.Bulk("subcommands");
  reply.Map(spec.subcommands.size());
  for (const CommandSpec& sub : spec.subcommands) {
    reply.Bulk(table.FullName(sub));
    WriteCommandDocs(table, sub, reply);
  }
}

}  // namespace dunlin::server
