// The ways to use the client without a special mode: one command, one script, or a session.
//
// Thread: main. Each returns the exit status of the process.
#pragma once

#include <span>
#include <string>

#include "cli/options.h"

namespace dunlin::cli {

// Sends the command; standard input takes part as -x and -X say. REQUIRES: arguments are not empty, or -x was given.
int RunOneShot(const Options& options, std::span<const std::string> arguments);

// --eval: keys, a comma that stands alone, arguments.
int RunEval(const Options& options, std::span<const std::string> arguments);

// Reads commands from standard input, with a prompt when it is a terminal.
int RunSession(const Options& options);

// --test_hint and --test_hint_file: shows the hint for a line, or holds the hints for many lines against what a file
// expects ("line" "hint", '#' begins a remark).
int RunHintTest(const Options& options);

}  // namespace dunlin::cli
