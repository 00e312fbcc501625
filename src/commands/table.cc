#include "commands/table.h"

#include <algorithm>
#include <bit>

#include "base/ascii.h"
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
  std::sort(ids_.begin(), ids_.end());
  std::sort(sorted_.begin(), sorted_.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  BuildIndex();
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
  ids_.emplace_back(spec, static_cast<uint32_t>(rows_by_id_.size()));
  rows_by_id_.push_back(spec);
  full_names_.push_back(std::move(full_name));
}

uint32_t CommandTable::NameHash(std::string_view name) {
  uint32_t h = static_cast<uint32_t>(name.size());
  for (char c : name) h = (h ^ static_cast<unsigned char>(c | 0x20)) * 16777619u;
  return h ^ h >> 15;
}

void CommandTable::BuildIndex() {
  index_.assign(std::bit_ceil(named_.size() * 4), 0);
  uint32_t mask = static_cast<uint32_t>(index_.size()) - 1;
  for (size_t i = 0; i < named_.size(); ++i) {
    if (named_[i].name.empty()) continue;
    uint32_t at = NameHash(named_[i].name) & mask;
    while (index_[at] != 0) at = (at + 1) & mask;
    index_[at] = static_cast<uint16_t>(i + 1);
  }
}

const CommandSpec* CommandTable::Find(std::string_view name) const {
  uint32_t mask = static_cast<uint32_t>(index_.size()) - 1;
  for (uint32_t at = NameHash(name) & mask; index_[at] != 0; at = (at + 1) & mask) {
    const Named& named = named_[index_[at] - 1u];
    if (EqualsIgnoreCase(named.name, name)) return named.spec;
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
  auto it = std::lower_bound(ids_.begin(), ids_.end(), std::pair(&spec, uint32_t{0}));
  DUNLIN_INVARIANT(it != ids_.end() && it->first == &spec, "every row has a number");
  return it->second;
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
