// -x and -X: standard input as an argument.
//
// Thread: main.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "cli/options.h"

namespace dunlin::cli {

// Appends what standard input holds to `arguments` (-x), or puts it in the place of the tag (-X). Does nothing when
// neither was given. Fails with the line for the user when the tag is not there.
Status AddStdinArgument(const Options& options, std::vector<std::string>& arguments);

}  // namespace dunlin::cli
