#include "server/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace dunlin::server {
namespace {

// Data files, listeners, event loops, links to other nodes.
constexpr int64_t kOwnFiles = 32;

}  // namespace

OpenFilesLimit RaiseOpenFilesLimit(int64_t clients) {
  OpenFilesLimit result{clients, 0, clients + kOwnFiles, 0};
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    result.error = errno;
    return result;
  }
  auto wanted = static_cast<rlim_t>(result.files_asked);
  if (limit.rlim_cur < wanted) {
    rlimit raised = limit;
    raised.rlim_cur = wanted;
    raised.rlim_max = std::max(limit.rlim_max, wanted);
    if (setrlimit(RLIMIT_NOFILE, &raised) != 0) {
      result.error = errno;
      // Up to the hard limit everybody may go.
      raised = limit;
      raised.rlim_cur = std::min(limit.rlim_max, wanted);
      if (setrlimit(RLIMIT_NOFILE, &raised) == 0 && raised.rlim_cur == wanted) result.error = 0;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  result.files = static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT64_MAX));
  if (result.files < result.files_asked) result.clients = std::max<int64_t>(1, result.files - kOwnFiles);
  return result;
}

}  // namespace dunlin::server
