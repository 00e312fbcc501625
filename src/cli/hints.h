// Matching typed words with the arguments of a command, and telling what may follow.
//
// Thread: pure functions; any thread.
#pragma once

#include <span>
#include <string>

#include "cli/command_docs.h"

namespace dunlin::cli {

// What may follow `words`, which stand behind the command's name. Empty when they do not fit the arguments.
std::string HintForArguments(std::span<const ArgumentSpec> arguments, std::span<const std::string> words);

}  // namespace dunlin::cli
