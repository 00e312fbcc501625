// The subcommands of CLIENT that look at or touch other clients.
//
// Thread: that of the call's worker, alone.
#pragma once

#include "server/executor.h"

namespace dunlin::server {

void ClientList(Call& call);
void ClientKill(Call& call);
void ClientPause(Call& call);
void ClientUnpause(Call& call);
void ClientUnblock(Call& call);

// Whether a word may stand as a value in a line of CLIENT LIST: printable, no blanks. The empty word may.
bool ValidClientWord(std::string_view word);

}  // namespace dunlin::server
