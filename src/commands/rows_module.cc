// MODULE and its subcommands. The server answers; it takes no modules.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kLoads = kAdmin | kNoscript | kNoAsyncLoading | kProtected;

constexpr CommandSpec Sub(std::string_view name, int arity, uint32_t flags, std::string_view since,
                          std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .group = Group::kServer,
          .op = ServerOp::kModule,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kSubcommands[] = {
    Sub("help", 2, kLoading | kStale, "5.0.0", "Prints the subcommands."),
    Sub("list", 2, kAdmin | kNoscript, "4.0.0", "Lists the loaded modules."),
    Sub("load", -3, kLoads, "4.0.0", "Loads a module."),
    Sub("loadex", -3, kLoads, "7.0.0", "Loads a module with its configuration."),
    Sub("unload", 3, kLoads, "4.0.0", "Unloads a module."),
};

constexpr CommandSpec kRows[] = {
    {.name = "module",
     .arity = -2,
     .group = Group::kServer,
     .subcommands = kSubcommands,
     .since = "4.0.0",
     .summary = "Is about extensions."},
};

}  // namespace

std::span<const CommandSpec> ModuleCommands() { return kRows; }

}  // namespace dunlin::commands
