// What COMMAND says of one command: INFO for programs that route, DOCS for people.
//
// Thread: pure; any thread.
#pragma once

#include "commands/command.h"
#include "commands/table.h"
#include "resp/writer.h"

namespace dunlin::server {

// One element of COMMAND and COMMAND INFO, with its subcommands.
void WriteCommandInfo(const commands::CommandTable& table, const commands::CommandSpec& spec, resp::ReplyWriter& reply);
// The value that COMMAND DOCS has beside a command's name, with its subcommands.
void WriteCommandDocs(const commands::CommandTable& table, const commands::CommandSpec& spec, resp::ReplyWriter& reply);
// The flags of a key as a set of words.
void WriteKeyFlags(uint16_t flags, resp::ReplyWriter& reply);

// The keys as the clients of old know them: the first, the last (negative: from the end) and the step; all 0 when there
// are none. `movable`: not all of them are found so.
struct KeyRange {
  int first = 0;
  int last = 0;
  int step = 0;
  bool movable = false;
};
KeyRange KeyRangeOf(const commands::CommandSpec& spec);

}  // namespace dunlin::server
