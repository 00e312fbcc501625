// What people and programs are told about commands besides what the server itself needs to know: since when there is
// one, what it does, what it costs, how its arguments are written, and hints for whoever routes commands through a
// cluster. COMMAND DOCS, COMMAND INFO and the client's help are made of it.
//
// Names, versions, arguments and tips are those of Redis 7.2's COMMAND; the words are ours.
//
// Thread: constant tables; any thread.
#pragma once

#include <span>
#include <string_view>

namespace dunlin::catalog {

struct CommandEntry {
  std::string_view name;  // lower case; "config|get" for subcommands
  std::string_view since;
  std::string_view summary;
  std::string_view complexity;
  std::string_view syntax;  // of what follows the name; see syntax.h
  std::string_view tips;    // command tips, separated by blanks
  std::string_view deprecated_since;
  std::string_view replaced_by;
  bool system = false;  // for the system's own use
};

struct Group {
  std::string_view name;                  // "string", "sorted-set" ...
  std::span<const CommandEntry> entries;  // in the order of their names
};

std::span<const Group> Groups();

struct Found {
  const Group* group = nullptr;
  const CommandEntry* entry = nullptr;
};
// By a name in lower case; null when there is none.
Found Find(std::string_view name);

}  // namespace dunlin::catalog
