// Which commands carry a password, so that they are kept out of the history file.
//
// Thread: pure functions; any thread.
#pragma once

#include <span>
#include <string>

namespace dunlin::cli {

bool IsSensitiveCommand(std::span<const std::string> arguments);

}  // namespace dunlin::cli
