#include "commands/table.h"

#include <algorithm>
#include <bit>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/invariant.h"

namespace dunlin::commands {

CommandTable::CommandTable() {
  for (auto rows :
       {StringCommands(),    GenericCommands(), KeyspaceCommands(),      ConnectionCommands(),  TransactionCommands(),
        PubsubCommands(),    ServerCommands(),  IntrospectionCommands(), ClusterCommands(),     ReplicationCommands(),
        DumpCommands(),      MigrateCommands(), ListCommands(),          HashCommands(),        SetCommands(),
        SortedSetCommands(), ConfigCommands(),  ClientCommands(),        AclCommands(),         ModuleCommands(),
        StreamCommands(),    SortCommands(),    BitmapCommands(),        HyperloglogCommands(), GeoCommands(),
        ScriptingCommands()}) {
    Add(rows);
  }
  std::sort(sorted_.begin(), sorted_.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  BuildIndex();
  BuildIds();
}

void CommandTable::Add(std::span<const CommandSpec> rows) {
  for (const CommandSpec& row : rows) {
    named_.push_back({std::string(row.name), &row});
    sorted_.push_back(&row);
    AddId(&row, std::string(row.name));
    for (const CommandSpec& sub : row.subcommands) AddId(&sub, std::string(row.name) + "|" + std::string(sub.name));
  }
}

void CommandTable::AddId(const CommandSpec* spec, std::string full_name) {
  rows_by_id_.push_back(spec);
  full_names_.push_back(std::move(full_name));
}

CommandTable::Folded CommandTable::Fold(std::string_view name) {
  constexpr uint64_t kLowerCase = 0x2020202020202020;
  const char* begin = name.data();
  const char* end = begin + name.size();
  Folded folded;
  if (name.size() >= 8) {
    folded = {LoadLittle<uint64_t>(begin), LoadLittle<uint64_t>(end - 8)};
  } else if (name.size() >= 4) {
    folded = {LoadLittle<uint32_t>(begin), LoadLittle<uint32_t>(end - 4)};
  } else if (name.size() >= 2) {
    folded = {LoadLittle<uint16_t>(begin), LoadLittle<uint16_t>(end - 2)};
  } else if (name.size() == 1) {
    folded.front = static_cast<unsigned char>(name[0]);
  }
  return {folded.front | kLowerCase, folded.back | kLowerCase};
}

uint32_t CommandTable::HashOf(const Folded& folded, size_t length) {
  uint64_t h = (folded.front ^ length) * 0x9e3779b97f4a7c15 ^ folded.back * 0xc2b2ae3d27d4eb4f;
  return static_cast<uint32_t>(h >> 32);
}

size_t CommandTable::HashOf(const CommandSpec* spec) {
  return static_cast<size_t>(reinterpret_cast<uintptr_t>(spec) * 0x9e3779b97f4a7c15 >> 32);
}

void CommandTable::BuildIndex() {
  index_.assign(std::bit_ceil(named_.size() * 4), 0);
  uint32_t mask = static_cast<uint32_t>(index_.size()) - 1;
  for (size_t i = 0; i < named_.size(); ++i) {
    Named& named = named_[i];
    if (named.name.empty()) continue;
    named.folded = Fold(named.name);
    named.folded_says_all =
        named.name.size() <= 2 * sizeof(uint64_t) && std::all_of(named.name.begin(), named.name.end(), IsAsciiLetter);
    uint32_t at = HashOf(named.folded, named.name.size()) & mask;
    while (index_[at] != 0) at = (at + 1) & mask;
    index_[at] = static_cast<uint16_t>(i + 1);
  }
}

void CommandTable::BuildIds() {
  ids_.assign(std::bit_ceil(rows_by_id_.size() * 2), {});
  for (size_t id = 0; id < rows_by_id_.size(); ++id) {
    size_t at = HashOf(rows_by_id_[id]) & (ids_.size() - 1);
    while (ids_[at].first != nullptr) at = (at + 1) & (ids_.size() - 1);
    ids_[at] = {rows_by_id_[id], static_cast<uint32_t>(id)};
  }
}

const CommandSpec* CommandTable::Find(std::string_view name) const {
  uint32_t mask = static_cast<uint32_t>(index_.size()) - 1;
  Folded folded = Fold(name);
  for (uint32_t at = HashOf(folded, name.size()) & mask; index_[at] != 0; at = (at + 1) & mask) {
    const Named& named = named_[index_[at] - 1u];
    if (named.folded != folded || named.name.size() != name.size()) continue;
    if (named.folded_says_all || EqualsIgnoreCase(named.name, name)) return named.spec;
  }
  return nullptr;
}

const CommandSpec* CommandTable::Resolve(Args args, bool* unknown_subcommand) const {
  *unknown_subcommand = false;
  const CommandSpec* spec = Find(args[0]);
  if (spec == nullptr || spec->subcommands.empty() || args.size() < 2) return spec;
  for (const CommandSpec& sub : spec->subcommands) {
    if (EqualsIgnoreCase(sub.name, args[1])) return &sub;
  }
  *unknown_subcommand = true;
  return spec;
}

size_t CommandTable::IdOf(const CommandSpec& spec) const {
  for (size_t at = HashOf(&spec);; ++at) {
    const auto& [row, id] = ids_[at & (ids_.size() - 1)];
    if (row == &spec) return id;
    DUNLIN_INVARIANT(row != nullptr, "every row has a number");
  }
}

const std::string& CommandTable::FullName(const CommandSpec& spec) const { return full_names_[IdOf(spec)]; }

bool CommandTable::Rename(std::string_view name, std::string_view new_name) {
  if (!new_name.empty() && Find(new_name) != nullptr) return false;
  for (Named& named : named_) {
    if (!EqualsIgnoreCase(named.name, name)) continue;
    named.name = new_name;
    if (new_name.empty()) std::erase(sorted_, named.spec);
    BuildIndex();
    return true;
  }
  return false;
}

}  // namespace dunlin::commands
