#include "cli/stdin_argument.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace dunlin::cli {
namespace {

Result<std::string> ReadAllOfStdin() {
  std::string all;
  char bytes[16 * 1024];
  while (true) {
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n == 0) return all;
    if (n > 0) {
      all.append(bytes, static_cast<size_t>(n));
    } else if (errno != EINTR) {
      return Fail(Status::FromErrno("Reading from standard input", errno));
    }
  }
}

}  // namespace

Status AddStdinArgument(const Options& options, std::vector<std::string>& arguments) {
  if (!options.stdin_last_argument && !options.stdin_tag) return Status::Ok();
  auto tagged = arguments.end();
  if (options.stdin_tag) {
    tagged = std::ranges::find(arguments, *options.stdin_tag);
    if (tagged == arguments.end()) return Status::InvalidArgument("Using -X option but stdin tag not match.");
  }
  Result<std::string> input = ReadAllOfStdin();
  if (!input) return input.error();
  if (options.stdin_last_argument) {
    arguments.push_back(std::move(*input));
  } else {
    *tagged = std::move(*input);
  }
  return Status::Ok();
}

}  // namespace dunlin::cli
