// MODULE. There are no modules here, and none can be loaded.
#include "server/help_text.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

void Help(Call& call) {
  static constexpr std::string_view kLines[] = {
      "MODULE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "LIST",
      "    The loaded modules: none.",
      "LOAD <path> [<arg> ...]",
      "    Refused: this server takes no modules.",
      "LOADEX <path> [CONFIG <name> <value> ...] [ARGS <arg> ...]",
      "    Refused as well.",
      "UNLOAD <name>",
      "    There is nothing to unload.",
  };
  WriteHelp(call.reply, kLines);
}

}  // namespace

void OpModule(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "help") return Help(call);
  if (word == "list") return call.reply.Array(0);
  if (word == "unload") return call.reply.Error("ERR Error unloading module: no such module with that name");
  call.reply.Error("ERR Error loading the extension: modules are not supported");
}

}  // namespace dunlin::server
