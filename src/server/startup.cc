#include "server/startup.h"

#include <sched.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "commands/table.h"
#include "persistence/check_tools.h"
#include "server/config.h"
#include "server/control.h"
#include "server/crash_report.h"
#include "server/log.h"
#include "server/memory.h"
#include "server/open_files.h"
#include "server/process.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr const char* kHelp =
    "Usage: dunlin-server [/path/to/redis.conf] [--directive value ...] [-]\n"
    "       dunlin-server - (the configuration comes from standard input)\n"
    "       dunlin-server -v or --version\n"
    "       dunlin-server -h or --help\n"
    "\n"
    "Directives on the command line come after those of the file: the last one counts.\n"
    "\n"
    "       dunlin-server                         (on port 6379, saving into the current folder)\n"
    "       dunlin-server --port 7777 --appendonly yes\n"
    "       dunlin-server --cluster-enabled yes --port 7000 --dir /var/lib/dunlin/7000\n"
    "       echo 'maxmemory 128mb' | dunlin-server -\n"
    "\n"
    "Called as redis-check-aof or redis-check-rdb, it checks files.\n";

int CpuCount() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  return sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}

void PrintVersion() {
  fmt::print("Dunlin server v={} sha=00000000:0 malloc={} bits={} build=0\n", kCompatibleRedisVersion, AllocatorName(),
             sizeof(void*) * 8);
}

int Refuse(const char* why) {
  std::fprintf(stderr, "%s\n", why);
  return 1;
}

// The exit status when the command line asks for something else than a server.
std::optional<int> AnswerWithoutServing(std::span<const std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--sentinel") return Refuse("Sentinel mode is not supported: a cluster fails over by itself.");
  }
  if (arguments.empty()) return std::nullopt;
  const std::string& first = arguments[0];
  if (first == "-v" || first == "--version") {
    PrintVersion();
    return 0;
  }
  if (first == "-h" || first == "--help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (first == "--test-memory")
    return Refuse("--test-memory is not supported; memtester and memtest86+ do that better.");
  if (first == "--check-system") return Refuse("--check-system is not supported.");
  return std::nullopt;
}

std::unique_ptr<Log> OpenLog(const Settings& settings) {
  std::string path = settings.logfile;
  if (!path.empty()) path = (std::filesystem::path(settings.dir) / path).string();
  auto log = std::make_unique<Log>(path, settings.loglevel);
  if (settings.syslog_enabled) {
    int facility = static_cast<int>(settings.syslog_facility);
    bool user = settings.syslog_facility == SyslogFacility::kUser;
    log->AlsoToSyslog(settings.syslog_ident, user ? LOG_USER : LOG_LOCAL0 + (facility << 3));
  }
  return log;
}

void LogStart(Log& log, std::span<const std::string> arguments, const std::string& executable) {
  log.Notice("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  log.Notice("Redis version={}, bits={}, commit=00000000, modified=0, pid={}, just started", kCompatibleRedisVersion,
             sizeof(void*) * 8, getpid());
  if (arguments.empty()) {
    log.Warning(
        "Warning: no config file specified, using the default config. In order to specify a config file use {} "
        "/path/to/redis.conf",
        executable);
  } else {
    log.Notice("Configuration loaded");
  }
}

Status FitOpenFiles(Config& config, Log& log) {
  int64_t wanted = config.settings().maxclients;
  OpenFilesLimit limit = RaiseOpenFilesLimit(wanted);
  if (limit.clients >= wanted) return Status::Ok();
  if (limit.clients <= 1) {
    return Status::IoError(
        fmt::format("Your current 'ulimit -n' of {} is not enough for the server to start. Please increase your open "
                    "file limit to at least {}. Exiting.",
                    limit.files, limit.files_asked));
  }
  log.Warning("You requested maxclients of {} requiring at least {} max file descriptors.", wanted, limit.files_asked);
  log.Warning("Server can't set maximum open files to {} because of OS error: {}.", limit.files_asked,
              std::strerror(limit.error));
  log.Warning(
      "Current maximum open files is {}. maxclients has been reduced to {} to compensate for low ulimit. If you need "
      "higher maxclients increase 'ulimit -n'.",
      limit.files, limit.clients);
  config.SetMaxclients(limit.clients);
  return Status::Ok();
}

void WarnAboutBacklog(const Settings& settings, Log& log) {
  int64_t most = 0;
  std::ifstream("/proc/sys/net/core/somaxconn") >> most;
  if (most <= 0 || most >= settings.tcp_backlog) return;
  log.Warning(
      "WARNING: The TCP backlog setting of {} cannot be enforced because /proc/sys/net/core/somaxconn is set to the "
      "lower value of {}.",
      settings.tcp_backlog, most);
}

// Whoever waits for a server in its log looks for these words.
void LogIdentity(const Settings& settings, Log& log) {
  std::string_view mode = settings.cluster_enabled ? "cluster" : "standalone";
  log.WriteRaw(LogLevel::kNotice, fmt::format("\n"
                                              "      ,\\_        Dunlin, compatible with Redis {}\n"
                                              "   __/ o \\--     Running in {} mode\n"
                                              "  (______/       Port: {}\n"
                                              "     |\\          PID: {}\n"
                                              "\n",
                                              kCompatibleRedisVersion, mode, settings.port, getpid()));
  log.Notice("Running mode={}, port={}.", mode, settings.port);
  WarnAboutBacklog(settings, log);
}

void LogReady(const std::vector<Listener>& listeners, Log& log) {
  for (bool is_unix : {false, true}) {
    auto same = [is_unix](const Listener& listener) { return listener.is_unix == is_unix; };
    if (std::ranges::any_of(listeners, same)) {
      log.Notice("Ready to accept connections {}", is_unix ? "unix" : "tcp");
    }
  }
}

// A server that listens, from here to its end.
int Serve(Server& server, Log& log) {
  bool tells_systemd = SupervisionOf(server.settings()) == Supervision::kSystemd;
  LogIdentity(server.settings(), log);
  log.Notice("Server initialized");
  if (tells_systemd) NotifySystemd("STATUS=Redis is loading...\n");
  if (Status started = server.Start(); !started.ok()) {
    log.Warning("{}", started.message());
    // Threads run that cannot be called back from a half-made server.
    server.EndNow(1);
  }
  LogReady(server.control().listeners(), log);
  if (tells_systemd) NotifySystemd("STATUS=Ready to accept connections\nREADY=1\n");
  return server.Run();
}

int RunServer(std::span<const std::string> arguments, const std::string& executable) {
  SystemConfigFiles files;
  commands::CommandTable commands;
  Config::Checks checks;
  checks.command_exists = [&](std::string_view name) { return commands.Find(name) != nullptr; };
  auto config = std::make_unique<Config>(files, CpuCount(), checks);
  if (Status loaded = config->Load(ParseCommandLine(arguments)); !loaded.ok()) return Refuse(loaded.message().c_str());
  const Settings& settings = config->settings();
  std::setlocale(LC_COLLATE, settings.locale_collate.c_str());

  if (SupervisionOf(settings) == Supervision::kUpstart) WaitForUpstart();
  std::optional<Background> background;
  if (RunsInBackground(settings)) {
    auto entered = Background::Enter();
    if (!entered) return Refuse(entered.error().message().c_str());
    background.emplace(std::move(*entered));
  }
  std::unique_ptr<Log> opened_log = OpenLog(settings);
  Log& log = *opened_log;
  if (settings.crash_log_enabled) InstallCrashReport(log.path());
  LogStart(log, arguments, executable);
  for (const ConfigNote& note : config->TakeNotes()) log.Write(note.level, note.text);
  if (settings.supervised != Supervision::kNone && SupervisionOf(settings) == Supervision::kNone) {
    log.Warning("No supervisor was found in the environment; the server runs without one.");
  }
  Status status = FitOpenFiles(*config, log);
  Server server(std::move(config), std::move(opened_log), executable);
  if (status.ok()) status = server.Open();
  if (!status.ok()) {
    log.Warning("{}", status.message());
    if (background) background->Failed(status.message());
    return 1;
  }
  if (background) background->Started();
  return Serve(server, log);
}

}  // namespace

int RunProgram(int argc, const char* const* argv) {
  std::string name = std::filesystem::path(argv[0]).filename().string();
  if (name.ends_with("redis-check-aof")) return persistence::CheckAofMain(argc, argv);
  if (name.ends_with("redis-check-rdb")) return persistence::CheckRdbMain(argc, argv);
  if (name.ends_with("redis-sentinel")) return Refuse("Sentinel is not supported: a cluster fails over by itself.");
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (std::optional<int> status = AnswerWithoutServing(arguments)) return *status;
  return RunServer(arguments, argv[0]);
}

}  // namespace dunlin::server
