// What a running script asks of the world. Handed in by whoever runs it.
//
// Thread: the one that runs the script.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "resp/request.h"

namespace dunlin::script {

using resp::Args;

// Whether the script may go on.
enum class Verdict : uint8_t {
  kGoOn,
  kKilled,     // by SCRIPT KILL or FUNCTION KILL; the client is told so
  kTooSlow,    // a library that takes too long to load
  kAbandoned,  // nothing is replied; the caller has other plans
};

// What redis.log's first argument means.
enum class LogLevel : uint8_t { kDebug = 0, kVerbose = 1, kNotice = 2, kWarning = 3 };

class Host {
 public:
  virtual ~Host() = default;

  struct Answer {
    Verdict verdict = Verdict::kGoOn;
    // Why the command was not run, with its code word; empty when it was.
    std::string refusal = {};
    // What it replied; good until the next call.
    std::string_view reply = {};
  };
  // redis.call and redis.pcall: runs the command, which replies in that version of RESP.
  virtual Answer RunCommand(Args args, int resp_version) = 0;
  // redis.acl_check_cmd: nothing when there is no such command.
  virtual std::optional<bool> MayCall(Args args) = 0;
  // redis.set_repl: where the writes to come are told.
  virtual void SetReplication(bool to_aof, bool to_replicas) = 0;
  virtual bool WantsLog(LogLevel level) = 0;
  virtual void Log(LogLevel level, std::string_view text) = 0;
  // Asked once in a while (kInstructionsPerQuestion).
  virtual Verdict MayGoOn() = 0;
};

inline constexpr int kInstructionsPerQuestion = 100000;

}  // namespace dunlin::script
