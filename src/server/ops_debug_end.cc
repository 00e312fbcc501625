#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/invariant.h"
#include "base/numbers.h"
#include "server/config.h"
#include "server/ops_debug.h"
#include "server/persistence_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr char kThisProgram[] = "/proc/self/exe";

// The words this process was started with. The configuration file by its whole path: the folder may be another now.
std::vector<std::string> StartWords(const std::string& config_file) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> words;
  for (size_t at = 0; at < bytes.size();) {
    words.emplace_back(bytes.c_str() + at);
    at += words.back().size() + 1;
  }
  if (words.size() > 1 && !config_file.empty() && !words[1].starts_with('-')) words[1] = config_file;
  return words;
}

// Becomes the same program from its beginning. Returns only when that failed.
Status StartAgain(const Config& config, int64_t delay_ms) {
  std::vector<std::string> words = StartWords(config.config_file());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
  // The new program must find the ports free.
  syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  // By its name, so that the process goes on being called so; where the file was replaced, it itself.
  std::error_code unknown;
  std::string path = std::filesystem::read_symlink(kThisProgram, unknown);
  execv(path.c_str(), argv.data());
  execv(kThisProgram, argv.data());
  return Status::FromErrno("starting again", errno);
}

// How long to wait, from argument 2; false when an error was replied.
bool DelayArg(Call& call, int64_t* delay_ms) {
  if (call.args.size() < 3) return true;
  auto delay = ParseInt64(call.args[2]);
  if (!delay) {
    call.reply.Error("ERR value is not an integer or out of range");
    return false;
  }
  *delay_ms = std::max<int64_t>(*delay, 0);
  return true;
}

void StartAgainOrReply(Call& call, int64_t delay_ms) {
  Status failed = StartAgain(call.server.config(), delay_ms);
  call.server.log().Warning("{}", failed.message());
  call.reply.Error("ERR failed to restart the server. Check server logs.");
}

Status SaveEverything(Server& server) {
  if (!server.config().config_file().empty()) DUNLIN_TRY(server.config().Rewrite(std::nullopt));
  if (!server.settings().save.empty()) DUNLIN_TRY(server.persistence().SaveAlone());
  return server.persistence().FlushAofAndWait();
}

}  // namespace

void DebugSegfault(Call&) {
  auto* page = static_cast<volatile char*>(mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  *page = 'x';
}

void DebugPanic(Call& call) {
  call.server.log().Warning("Guru Meditation: DEBUG PANIC called at Unix time {}", call.server.clock_ms() / 1000);
  std::abort();
}

void DebugAssert(Call&) { DUNLIN_INVARIANT(false, "DEBUG ASSERT was not called"); }

void DebugOom(Call& call) {
  call.server.log().Warning("Out Of Memory allocating {} bytes!", SIZE_MAX / 2);
  std::abort();
}

void DebugRestart(Call& call) {
  int64_t delay_ms = 0;
  if (!DelayArg(call, &delay_ms)) return;
  if (Status saved = SaveEverything(call.server); !saved.ok()) {
    call.server.log().Warning("Can't restart: {}", saved.message());
    return call.reply.Error("ERR failed to restart the server. Check server logs.");
  }
  StartAgainOrReply(call, delay_ms);
}

void DebugCrashAndRecover(Call& call) {
  int64_t delay_ms = 0;
  if (DelayArg(call, &delay_ms)) StartAgainOrReply(call, delay_ms);
}

}  // namespace dunlin::server
