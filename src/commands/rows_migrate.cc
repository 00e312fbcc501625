// MIGRATE: its row, and where its keys stand.
#include "base/ascii.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

// One key at 3, or, when that is empty, those behind KEYS.
bool FindMigrateKeys(Args args, std::vector<KeyPosition>* out) {
  constexpr uint16_t kFlags = kKeyRW | kKeyAccess | kKeyDelete;
  if (!args[3].empty()) {
    out->push_back({3, kFlags});
    return true;
  }
  for (size_t i = 6; i < args.size(); ++i) {
    if (EqualsIgnoreCase(args[i], "auth")) {
      ++i;
    } else if (EqualsIgnoreCase(args[i], "auth2")) {
      i += 2;
    } else if (EqualsIgnoreCase(args[i], "keys")) {
      for (size_t k = i + 1; k < args.size(); ++k) out->push_back({static_cast<int>(k), kFlags});
      return true;
    }
  }
  return true;
}

constexpr KeySpec kMigrateKeys[] = {Key(kKeyRW | kKeyAccess | kKeyDelete, 3),
                                    KeysAfter(kKeyRW | kKeyAccess | kKeyDelete | kKeyIncomplete, "KEYS", -2, -1, 1, 0)};

constexpr CommandSpec kRows[] = {
    {.name = "migrate",
     .arity = -6,
     .flags = kWrite,
     .categories = kAclKeyspace | kAclDangerous,
     .group = Group::kGeneric,
     .keys = kMigrateKeys,
     .key_finder = FindMigrateKeys,
     .op = ServerOp::kMigrate,
     .since = "2.6.0",
     .summary = "Moves keys to another server."},
};

}  // namespace

std::span<const CommandSpec> MigrateCommands() { return kRows; }

}  // namespace dunlin::commands
