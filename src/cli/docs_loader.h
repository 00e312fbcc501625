// Gets the documentation of commands from a server.
//
// Thread: main.
#pragma once

#include "cli/client.h"
#include "cli/command_docs.h"

namespace dunlin::cli {

// COMMAND DOCS; the built-in table, joined with COMMAND, when the server does not know it; the built-in table alone
// when there is no server.
CommandDocs LoadCommandDocs(Client& client);

}  // namespace dunlin::cli
