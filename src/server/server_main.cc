#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "server/config.h"
#include "server/crash_report.h"
#include "server/log.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

int CpuCount() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  return sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}

int Main(std::vector<std::string> arguments, std::string executable) {
  SystemConfigFiles files;
  auto config = std::make_unique<Config>(files, CpuCount());
  Status loaded = config->Load(ParseCommandLine(arguments));
  if (!loaded.ok()) {
    std::fprintf(stderr, "%s\n", loaded.message().c_str());
    return 1;
  }
  const Settings& settings = config->settings();
  auto log = std::make_unique<Log>(settings.logfile, settings.loglevel);
  Log& out = *log;
  InstallCrashReport(settings.logfile);
  Server server(std::move(config), std::move(log), std::move(executable));
  out.Notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  Status started = server.Start();
  if (!started.ok()) {
    out.Warning("{}", started.message());
    return 1;
  }
  out.Notice("Ready to accept connections tcp");
  return server.Run();
}

}  // namespace
}  // namespace dunlin::server

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  return dunlin::server::Main(std::move(arguments), argv[0]);
}
