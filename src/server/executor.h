// The corridor: what happens to a command between its bytes and its reply, as one function of named phases.
//
//   look up -> find keys -> decide -> (queue | postpone | refuse) -> lock slots or be alone -> settle open slots ->
//   handler -> tell the log -> unlock -> events -> count
//
// Thread: that of its worker. The worker has entered the gate.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "commands/context.h"
#include "dispatch/decide.h"
#include "server/session.h"

namespace dunlin::server {

class Server;
class Worker;

// One command that is being carried out, for the ops that need more than a handler sees.
struct Call {
  Server& server;
  Worker& worker;
  Session& session;
  const commands::CommandSpec& spec;
  commands::Args args;
  resp::ReplyWriter& reply;
  commands::Changes& changes;
  int64_t now_ms;
  bool in_exec = false;
  // Set by ops that block, so that the reply comes later.
  bool no_reply_yet = false;
};

class Executor {
 public:
  Executor(Server& server, Worker& worker, uint64_t seed);

  enum class Outcome : uint8_t {
    kDone,
    kPostponed,  // try the same command again later
  };
  // `array_bytes` is the command as it came, empty when it came inline.
  Outcome Run(Session& session, commands::Args args, std::string_view array_bytes);

  // A command from our primary or from a log: applied without asking whether it is allowed, its bytes told by the
  // caller.
  void Apply(Session& session, commands::Args args);

  // EXEC and other ops that run several commands.
  void RunQueued(Call& exec);

  // Handlers that are run by ops, for a command known to be allowed and under the caller's locks.
  void RunHandler(Session& session, const commands::CommandSpec& spec, commands::Args args, resp::ReplyWriter& reply,
                  DbIndex db);

  // Gives back what only a command with very many keys needs. Between commands.
  void FreeSpareMemory();

  commands::HandlerStats& stats() { return stats_; }
  Random& random() { return random_; }

 private:
  struct Keys {
    std::vector<commands::KeyPosition> positions;
    std::vector<SlotId> slots;  // as the positions
  };

  bool CollectKeys(const commands::CommandSpec& spec, commands::Args args, Keys* keys);
  Outcome Decided(Session& session, const commands::CommandSpec& spec, commands::Args args,
                  std::string_view array_bytes, const dispatch::Decision& decision);
  void Refuse(Session& session, const commands::CommandSpec* spec, std::string_view error, bool fails_transaction);
  void Queue(Session& session, const commands::CommandSpec& spec, commands::Args args);
  // Runs fn under the locks of keys_.slots, each once, in ascending order.
  template <typename Fn>
  void UnderLocks(Fn&& fn);
  bool SettleOpenSlot(Session& session, commands::Args args, const dispatch::Decision& decision,
                      resp::ReplyWriter& reply);
  void Carry(Session& session, const commands::CommandSpec& spec, commands::Args args, std::string_view array_bytes,
             resp::ReplyWriter& reply);
  // Appends what changes_ says to `told` or to the log.
  void Tell(Session& session, DbIndex db, commands::Args args, std::string_view array_bytes);
  void CarryOp(Call& call, std::string_view array_bytes);
  void RunOneQueued(Call& exec, const QueuedCommand& queued);
  void AfterUnlock(Session& session);
  commands::Context::Frame FrameFor(Session& session, DbIndex db);

  // What a command has told, as RESP, with its database.
  struct ToldText {
    DbIndex db;
    std::string text;
  };
  Offset AppendTold(const std::vector<ToldText>& told, bool as_transaction);

  Server& server_;
  Worker& worker_;
  Random random_;
  commands::HandlerStats stats_;
  commands::Changes changes_;
  Keys keys_;
  std::vector<uint16_t> lock_order_;
  // What the commands of a running EXEC have told so far.
  std::vector<ToldText>* transaction_told_ = nullptr;
  std::string scratch_;
};

}  // namespace dunlin::server
