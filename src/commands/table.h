// All commands by name.
//
// Thread: constant after construction; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands/command.h"

namespace dunlin::commands {

// The rows of each family file.
std::span<const CommandSpec> StringCommands();
std::span<const CommandSpec> GenericCommands();
std::span<const CommandSpec> KeyspaceCommands();
std::span<const CommandSpec> ConnectionCommands();
std::span<const CommandSpec> ClientCommands();
std::span<const CommandSpec> AclCommands();
std::span<const CommandSpec> ModuleCommands();
std::span<const CommandSpec> TransactionCommands();
std::span<const CommandSpec> PubsubCommands();
std::span<const CommandSpec> ServerCommands();
std::span<const CommandSpec> ScriptingCommands();
std::span<const CommandSpec> IntrospectionCommands();
std::span<const CommandSpec> ConfigCommands();
std::span<const CommandSpec> ClusterCommands();
std::span<const CommandSpec> ReplicationCommands();
std::span<const CommandSpec> DumpCommands();
std::span<const CommandSpec> MigrateCommands();
std::span<const CommandSpec> ListCommands();
std::span<const CommandSpec> HashCommands();
std::span<const CommandSpec> SetCommands();
std::span<const CommandSpec> SortedSetCommands();
std::span<const CommandSpec> StreamCommands();
std::span<const CommandSpec> SortCommands();
std::span<const CommandSpec> BitmapCommands();
std::span<const CommandSpec> HyperloglogCommands();
std::span<const CommandSpec> GeoCommands();

class CommandTable {
 public:
  // Every command there is, plus renamings and removals of the configuration (`rename-command`).
  CommandTable();

  // The command of that name in any case, without looking at subcommands; nothing when there is none.
  const CommandSpec* Find(std::string_view name) const;
  // The row that a call means: the subcommand when the command has some and args name one. When the container is known
  // and the subcommand is not, `unknown_subcommand` becomes true and the container is returned.
  const CommandSpec* Resolve(Args args, bool* unknown_subcommand) const;
  // Top-level rows in the order of their names.
  const std::vector<const CommandSpec*>& all() const { return sorted_; }
  // A small number for each row and subrow, dense from 0, for statistics.
  size_t IdOf(const CommandSpec& spec) const;
  size_t id_count() const { return rows_by_id_.size(); }
  // "config|get" for subcommands.
  const std::string& FullName(const CommandSpec& spec) const;
  const std::vector<const CommandSpec*>& rows_by_id() const { return rows_by_id_; }

  // `rename-command`. An empty new name removes the command. False when there is no such command, or the new name is
  // taken.
  bool Rename(std::string_view name, std::string_view new_name);

 private:
  // A name in 16 bytes, letters in lower case: both ends of it. Longer names have more in between.
  struct Folded {
    uint64_t front = 0;
    uint64_t back = 0;
    bool operator==(const Folded&) const = default;
  };
  struct Named {
    std::string name;
    const CommandSpec* spec = nullptr;
    Folded folded = {};
    bool folded_says_all = false;  // no other name of this length is folded like it
  };

  void Add(std::span<const CommandSpec> rows);
  void AddId(const CommandSpec* spec, std::string full_name);
  void BuildIndex();
  void BuildIds();
  static Folded Fold(std::string_view name);
  static uint32_t HashOf(const Folded& folded, size_t length);
  static size_t HashOf(const CommandSpec* spec);

  std::vector<Named> named_;
  std::vector<uint16_t> index_;  // open addressing: 1 + place in named_
  std::vector<const CommandSpec*> sorted_;
  std::vector<const CommandSpec*> rows_by_id_;
  std::vector<std::string> full_names_;
  std::vector<std::pair<const CommandSpec*, uint32_t>> ids_;  // open addressing
};

}  // namespace dunlin::commands
