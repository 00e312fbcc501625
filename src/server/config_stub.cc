#include "server/config.h"
#include "base/ascii.h"
#include "base/numbers.h"
namespace dunlin::server {
CommandLine ParseCommandLine(std::span<const std::string> a) { CommandLine c; for (auto& x : a) c.options += x + "\n"; return c; }
Config::Config(ConfigFiles& f, int cpus, Checks checks) : files_(f), cpu_count_(cpus), checks_(std::move(checks)) {}
Status Config::Load(const CommandLine& c) {
  auto w = Split(c.options, '\n');
  settings_.worker_count = cpu_count_;
  for (size_t i = 0; i + 1 < w.size(); ++i) {
    if (w[i] == "--port") settings_.port = *ParseInt64(w[i + 1]);
    if (w[i] == "--cluster-enabled") settings_.cluster_enabled = w[i+1] == "yes";
    if (w[i] == "--cluster-node-timeout") settings_.cluster_node_timeout_ms = *ParseInt64(w[i+1]);
    if (w[i] == "--io-threads") settings_.worker_count = *ParseInt64(w[i + 1]);
  }
  return Status::Ok();
}
}
