// Scripts and functions on this server: what all threads share of them, and what each thread has of its own.
//
// Thread: each member says.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "commands/command.h"
#include "resp/writer.h"
#include "script/cache.h"
#include "script/engine.h"
#include "script/function_libraries.h"
#include "server/session.h"

namespace dunlin::server {

class ScriptRun;
class Server;

// What a thread that runs commands has for running scripts.
struct ScriptClient {
  explicit ScriptClient(uint64_t random_seed) : engine(random_seed), session(0, -1) { session.in_script = true; }

  // --- its thread ---
  script::Engine engine;
  // In whose name a script's commands are run.
  Session session;
  // Scripts of the shared cache that were run here, by SHA-1.
  std::unordered_map<std::string, std::shared_ptr<const script::Script>> known;
  uint64_t known_generation = 0;

  // --- shared ---
  // Of the engine, after its last run.
  std::atomic<uint64_t> eval_bytes{0};
  std::atomic<uint64_t> function_bytes{0};
  void NoteMemory() {
    eval_bytes.store(engine.eval_bytes(), std::memory_order_relaxed);
    function_bytes.store(engine.function_bytes(), std::memory_order_relaxed);
  }
  Mutex mutex;
  ScriptRun* running DUNLIN_GUARDED_BY(mutex) = nullptr;
};

// For INFO.
struct ScriptingStats {
  uint64_t eval_vm_bytes = 0;         // used_memory_vm_eval, used_memory_lua
  uint64_t function_vm_bytes = 0;     // used_memory_vm_functions
  uint64_t cached_scripts_bytes = 0;  // used_memory_scripts_eval
  uint64_t function_bytes = 0;        // used_memory_functions
  uint64_t cached_scripts = 0;        // number_of_cached_scripts
  uint64_t functions = 0;             // number_of_functions
  uint64_t libraries = 0;             // number_of_libraries
};

class Scripting {
 public:
  explicit Scripting(Server& server) : server_(server) {}

  // --- a worker's thread, inside the gate ---

  script::ScriptCache& cache() { return cache_; }
  // The cached script; null when there is none. The digits may be in any case.
  std::shared_ptr<const script::Script> Find(ScriptClient& client, std::string_view sha);
  // Caches the script after it has compiled here. Errors are the client's, without a code word.
  std::expected<std::shared_ptr<const script::Script>, std::string> Add(ScriptClient& client, std::string_view body);

  using Libraries = std::shared_ptr<const script::FunctionLibraries>;
  Libraries libraries() const {
    MutexLock lock(libraries_mutex_);
    return libraries_;
  }

  // The flags of a call of EVAL, FCALL and their kin, as the script's own flags make them.
  uint32_t FlagsOf(ScriptClient& client, const commands::CommandSpec& spec, commands::Args args);

  // What those are told who may not run now, because a script lingers.
  std::string_view BusyError();
  // SCRIPT KILL and FUNCTION KILL.
  void Kill(resp::ReplyWriter& reply, bool function);
  // FUNCTION STATS.
  void WriteStats(resp::ReplyWriter& reply);

  ScriptingStats stats();

  // --- alone, or while the data is loaded ---

  void SetLibraries(Libraries libraries) {
    MutexLock lock(libraries_mutex_);
    libraries_ = std::move(libraries);
  }
  void DropLibraries() { SetLibraries(std::make_shared<script::FunctionLibraries>()); }
  // A library out of a file: it takes the place of one of its name when `replace`. The error is a line for the log.
  std::expected<void, std::string> LoadLibrary(ScriptClient& client, std::string_view code, bool replace);
  // The same for libraries that are not in use yet.
  std::expected<void, std::string> LoadLibraryInto(Libraries* libraries, ScriptClient& client, std::string_view code,
                                                   bool replace);

 private:
  template <typename Fn>
  void ForEachClient(Fn&& fn);

  Server& server_;
  script::ScriptCache cache_;
  mutable Mutex libraries_mutex_;
  Libraries libraries_ DUNLIN_GUARDED_BY(libraries_mutex_) = std::make_shared<script::FunctionLibraries>();
};

}  // namespace dunlin::server
