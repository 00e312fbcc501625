// What operators ask of one server: CONFIG, SHUTDOWN, SLOWLOG, LATENCY, MEMORY. The server carries them out, but for
// MEMORY USAGE, which looks at a key.
#include "commands/memory_usage.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kShows = kLoading | kStale;
constexpr uint32_t kOperates = kAdmin | kNoscript | kLoading | kStale;

constexpr CommandSpec Sub(ServerOp op, std::string_view name, int arity, uint32_t flags, std::string_view since,
                          std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .group = Group::kServer,
          .op = op,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kConfigSubcommands[] = {
    Sub(ServerOp::kConfig, "get", -3, kOperates, "2.0.0", "Gives the values of directives."),
    Sub(ServerOp::kConfig, "help", 2, kShows, "5.0.0", "Prints the subcommands."),
    Sub(ServerOp::kConfig, "resetstat", 2, kOperates, "2.0.0", "Sets the counters of INFO to zero."),
    Sub(ServerOp::kConfig, "rewrite", 2, kOperates, "2.8.0", "Writes the values into the configuration file."),
    Sub(ServerOp::kConfig, "set", -4, kOperates, "2.0.0", "Changes directives, all of them or none."),
};

constexpr CommandSpec kSlowlogSubcommands[] = {
    Sub(ServerOp::kSlowlog, "get", -2, kAdmin | kLoading | kStale, "2.2.12", "Lists slow commands, the last first."),
    Sub(ServerOp::kSlowlog, "help", 2, kShows, "6.2.0", "Prints the subcommands."),
    Sub(ServerOp::kSlowlog, "len", 2, kAdmin | kLoading | kStale, "2.2.12", "Counts the slow commands that are kept."),
    Sub(ServerOp::kSlowlog, "reset", 2, kAdmin | kLoading | kStale, "2.2.12", "Forgets the slow commands."),
};

constexpr CommandSpec kLatencySubcommands[] = {
    Sub(ServerOp::kLatency, "doctor", 2, kOperates, "2.8.13", "Says in words what the events mean."),
    Sub(ServerOp::kLatency, "graph", 3, kOperates, "2.8.13", "Draws the history of an event."),
    Sub(ServerOp::kLatency, "help", 2, kShows, "2.8.13", "Prints the subcommands."),
    Sub(ServerOp::kLatency, "histogram", -2, kOperates, "7.0.0", "Gives how long commands took, cumulatively."),
    Sub(ServerOp::kLatency, "history", 3, kOperates, "2.8.13", "Gives the history of an event."),
    Sub(ServerOp::kLatency, "latest", 2, kOperates, "2.8.13", "Gives the last and the worst of each event."),
    Sub(ServerOp::kLatency, "reset", -2, kOperates, "2.8.13", "Forgets events."),
};

constexpr KeySpec kUsageKey[] = {Key(kKeyRO, 2)};

constexpr CommandSpec kMemorySubcommands[] = {
    Sub(ServerOp::kMemory, "doctor", 2, 0, "4.0.0", "Says in words what is unusual about the memory."),
    Sub(ServerOp::kMemory, "help", 2, kShows, "4.0.0", "Prints the subcommands."),
    Sub(ServerOp::kMemory, "malloc-stats", 2, 0, "4.0.0", "Gives the allocator's own report."),
    Sub(ServerOp::kMemory, "purge", 2, 0, "4.0.0", "Asks the allocator to give memory back."),
    Sub(ServerOp::kMemory, "stats", 2, 0, "4.0.0", "Gives what uses the memory, in numbers."),
    {.name = "usage",
     .arity = -3,
     .flags = kReadonly,
     .group = Group::kServer,
     .keys = kUsageKey,
     .handler = MemoryUsage,
     .since = "4.0.0",
     .summary = "Estimates the bytes that a key takes."},
};

constexpr CommandSpec kRows[] = {
    {.name = "config",
     .arity = -2,
     .group = Group::kServer,
     .subcommands = kConfigSubcommands,
     .since = "2.0.0",
     .summary = "Shows and changes the configuration."},
    {.name = "latency",
     .arity = -2,
     .group = Group::kServer,
     .subcommands = kLatencySubcommands,
     .since = "2.8.13",
     .summary = "Shows what took long and when."},
    {.name = "memory",
     .arity = -2,
     .group = Group::kServer,
     .subcommands = kMemorySubcommands,
     .since = "4.0.0",
     .summary = "Shows what uses the memory."},
    {.name = "shutdown",
     .arity = -1,
     .flags = kOperates | kAllowBusy | kNoMulti,
     .group = Group::kServer,
     .op = ServerOp::kShutdown,
     .since = "1.0.0",
     .summary = "Saves what has to be saved and ends the server."},
    {.name = "slowlog",
     .arity = -2,
     .group = Group::kServer,
     .subcommands = kSlowlogSubcommands,
     .since = "2.2.12",
     .summary = "Shows commands that took long."},
};

}  // namespace

std::span<const CommandSpec> ConfigCommands() { return kRows; }

}  // namespace dunlin::commands
