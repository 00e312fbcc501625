// What "help" prints.
//
// Thread: pure functions; any thread.
#pragma once

#include <span>
#include <string>

#include "cli/command_docs.h"

namespace dunlin::cli {

bool IsHelp(std::span<const std::string> arguments);

// The text for "help", "help @group" or "help command"; `topic` is what follows the word.
std::string HelpText(std::span<const std::string> topic, const CommandDocs& docs);

}  // namespace dunlin::cli
