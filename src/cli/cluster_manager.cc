#include "cli/cluster_manager.h"

#include <cstdio>

namespace dunlin::cli {

int RunClusterManager(const Options& options) {
  std::fprintf(stderr, "--cluster %s is not built in yet\n", options.cluster.command.c_str());
  return 1;
}

}  // namespace dunlin::cli
