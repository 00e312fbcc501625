// What of a command may be shown to others than its client: passwords, and who may do what, stay hidden in SLOWLOG and
// MONITOR.
//
// Thread: any; inside the gate.
#pragma once

#include <string_view>
#include <vector>

#include "commands/command.h"

namespace dunlin::server {

class Config;

// The arguments, with "(redacted)" in the place of what is nobody's business. Views of `args` and of a constant.
std::vector<std::string_view> ShownArguments(const commands::CommandSpec& spec, commands::Args args,
                                             const Config& config);

}  // namespace dunlin::server
