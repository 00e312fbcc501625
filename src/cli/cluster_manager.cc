#include "cli/cluster_manager.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string_view>
#include <vector>

#include "cli/cluster_commands.h"
#include "cli/cluster_console.h"

namespace dunlin::cli {
namespace {

constexpr std::string_view kOneNode = "<host:port> or <host> <port> - separated by either colon or space";
constexpr int kNameWidth = 15;

struct Subcommand {
  std::string_view name;
  int (*run)(const Manager& m, const Words& arguments);
  int arity;  // words behind the name; at least so many when negative
  std::string_view arguments;
  std::vector<std::string_view> options;  // without "--cluster-"
};

int HelpCommand(const Manager& m, const Words& arguments);

std::vector<Subcommand> Subcommands() {
  return {
      {"create", CreateCommand, -2, "host1:port1 ... hostN:portN", {"replicas <arg>"}},
      {"check", CheckCommand, -1, kOneNode, {"search-multiple-owners"}},
      {"info", InfoCommand, -1, kOneNode, {}},
      {"fix", FixCommand, -1, kOneNode, {"search-multiple-owners", "fix-with-unreachable-masters"}},
      {"reshard",
       ReshardCommand,
       -1,
       kOneNode,
       {"from <arg>", "to <arg>", "slots <arg>", "yes", "timeout <arg>", "pipeline <arg>", "replace"}},
      {"rebalance",
       RebalanceCommand,
       -1,
       kOneNode,
       {"weight <node1=w1...nodeN=wN>", "use-empty-masters", "timeout <arg>", "simulate", "pipeline <arg>",
        "threshold <arg>", "replace"}},
      {"add-node", AddNodeCommand, 2, "new_host:new_port existing_host:existing_port", {"slave", "master-id <arg>"}},
      {"del-node", DeleteNodeCommand, 2, "host:port node_id", {}},
      {"call", CallCommand, -2, "host:port command arg arg .. arg", {"only-masters", "only-replicas"}},
      {"set-timeout", SetTimeoutCommand, 2, "host:port milliseconds", {}},
      {"import",
       ImportCommand,
       1,
       "host:port",
       {"from <arg>", "from-user <arg>", "from-pass <arg>", "from-askpass", "copy", "replace"}},
      {"backup", BackupCommand, 2, "host:port backup_directory", {}},
      {"help", HelpCommand, 0, "", {}},
  };
}

// Ends with status 1, as redis-cli's does.
int HelpCommand(const Manager& m, const Words&) {
  m.console.Print("Cluster Manager Commands:\n");
  for (const Subcommand& command : Subcommands()) {
    m.console.Print("  {:<{}}{}\n", command.name, kNameWidth, command.arguments);
    for (std::string_view option : command.options) {
      m.console.Print("{:{}}  --cluster-{}\n", "", kNameWidth, option);
    }
  }
  m.console.Print(
      "\nFor check, fix, reshard, del-node, set-timeout, info, rebalance, call, import, backup you can specify the "
      "host "
      "and port of any working node in the cluster.\n"
      "\nCluster Manager Options:\n  {:<{}}Automatic yes to cluster commands prompts\n\n",
      "--cluster-yes", kNameWidth);
  return 1;
}

bool ArityFits(int arity, size_t words) {
  auto wanted = static_cast<size_t>(std::abs(arity));
  // Zero asks for nothing: words behind `help` do no harm.
  return arity == 0 || (arity < 0 ? words >= wanted : words == wanted);
}

}  // namespace

int RunClusterManager(const Options& options) {
  const ClusterOptions& cluster = options.cluster;
  std::vector<Subcommand> subcommands = Subcommands();
  auto command = std::ranges::find(subcommands, cluster.command, &Subcommand::name);
  if (command == subcommands.end()) {
    fmt::print(stderr, "Unknown --cluster subcommand\n");
    return 1;
  }
  if (!ArityFits(command->arity, cluster.arguments.size())) {
    fmt::print(stderr, "[ERR] Wrong number of arguments for specified --cluster sub command\n");
    return 1;
  }
  if (cluster.use_atomic_slot_migration) {
    fmt::print(stderr, "[ERR] --cluster-use-atomic-slot-migration is not built in yet\n");
    return 1;
  }
  Console console({.color = cluster.color,
                   .out_is_terminal = isatty(STDOUT_FILENO) != 0,
                   .err_is_terminal = isatty(STDERR_FILENO) != 0,
                   .yes = cluster.yes});
  Random dice(std::random_device{}());
  int status = command->run({.options = options, .console = console, .dice = dice}, cluster.arguments);
  console.ClearProgress();
  console.Flush();
  return status;
}

}  // namespace dunlin::cli
