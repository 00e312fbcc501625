// The corridor: what happens to a command between its bytes and its reply, as one function of named phases.
//
//   make room -> look up -> find keys -> decide -> (queue | postpone | refuse) -> lock slots or be alone -> settle open
//   slots -> handler -> tell the log -> (wait | serve those who waited) -> unlock -> events -> count
//
// Clients that wait for keys are served by the command that made a key ready, before anybody else can come in between:
// under its slots' locks when these are enough for all who wait there, under more or alone when they are not.
//
// Thread: that of its worker. The worker has entered the gate.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "commands/context.h"
#include "dispatch/decide.h"
#include "server/command_keys.h"
#include "server/ready_keys.h"
#include "server/request_batch.h"
#include "server/session.h"

namespace dunlin::server {

class Server;
class Worker;
struct KeyWait;

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
  // When it was decided; see Executor::StillHolds().
  uint64_t facts_version = 0;
  // Its slot is being moved, so its keys may be elsewhere. `migrating`: away from here, else hither.
  bool in_open_slot = false;
  bool migrating = false;
  // Set by ops that found, when they were alone at last, that what had been decided holds no more. They did nothing.
  bool facts_changed = false;
  // Set by ops whose error reply was counted before: that of a command that a script called.
  bool error_counted = false;
};

class Executor {
 public:
  Executor(Server& server, Worker& worker, uint64_t seed);

  enum class Outcome : uint8_t {
    kDone,
    kPostponed,  // try the same command again later
    kAgain,      // not outside: what was decided holds no more, so decide anew
  };
  Outcome Run(Session& session, const Request& request);

  // A command from our primary or from a log: applied without asking whether it is allowed, its bytes told by the
  // caller.
  void Apply(Session& session, commands::Args args);

  enum class ExecOutcome : uint8_t {
    kDone,
    kTouched,       // a watched key was: nothing was run
    kFactsChanged,  // nothing was run; to be decided anew
    kElsewhere,     // keys are on another node, in a slot that is being moved: nothing was run, the error is replied
  };
  // EXEC: what the session has queued, when no watched key has been touched.
  ExecOutcome RunQueued(Call& exec);

  // For scripts; alone. What the commands run inside `fn` tell is told together, as a transaction when it is more than
  // one command, and who waits for keys is served afterwards; inside EXEC both become part of that.
  void TellTogether(Session& session, const std::function<void()>& fn);
  // What has been told together so far is told to nobody: the server ends amid a script.
  void ForgetTold() { transaction_told_->clear(); }
  // A command that is known to be allowed, inside TellTogether() or EXEC: it is run, told (unless `tells` is false),
  // and counted. Its reply is in the session's output.
  void RunInside(Session& session, const commands::CommandSpec& spec, commands::Args args, bool tells = true);
  // Whether what was decided about the call holds now that nothing can change any more. Else nothing is to be done: the
  // reply says that its keys are elsewhere, or it has to be decided anew. Alone, or under the locks of its slots; not
  // for what runs inside EXEC or a script.
  bool StillHolds(Call& call);
  // What a command on an open slot is refused with; empty: its keys are here.
  std::string SettleOpenSlot(DbIndex db, std::span<const store::KeyRef> keys, bool migrating);

  // Serves those who wait for the keys, which somebody else has changed. REQUIRES: no slot's lock is held.
  void ServeLater(const std::vector<ReadyKeys::Key>& ready);

  // Gives back what only a command with very many keys needs. Between commands.
  void FreeSpareMemory();

  // When the running command was decided, too much memory was in use and nothing could be evicted.
  bool out_of_memory() const { return out_of_memory_; }

  commands::HandlerStats& stats() { return stats_; }
  Random& random() { return random_; }

 private:
  // For whom a handler runs.
  struct Caller {
    DbIndex db;
    bool from_primary = false;
    bool no_touch = false;
    bool in_script = false;
  };
  static Caller CallerOf(const Session& session);
  static dispatch::ClientFacts FactsOf(const Session& session);

  Outcome Decide(Session& session, const Request& request);
  dispatch::Decision DecideExec(Session& session, const Request& request);
  // An EXEC was refused: the transaction ends, and the error says so unless clients act on its code word.
  void AbortTransaction(Session& session, std::string* error);
  // What is not refused anyway is refused because a script lingers.
  void RefuseAmidScript(Session& session, const commands::CommandSpec& spec, dispatch::Decision* decision);
  dispatch::ClientFacts FactsFor(const Session& session, const commands::CommandSpec& spec) const;
  // Into keys_. False when the arguments make no sense.
  bool FindKeys(const Request& request);
  Outcome Decided(Session& session, const commands::CommandSpec& spec, commands::Args args,
                  std::string_view array_bytes, const dispatch::Decision& decision, uint32_t flags);
  void Refuse(Session& session, const commands::CommandSpec* spec, std::string_view error, bool fails_transaction);
  void Queue(Session& session, const commands::CommandSpec& spec, commands::Args args, uint32_t flags);
  // Runs fn under the locks of the slots, and of those that are needed to serve whoever waits in them; or alone. False
  // when it had to be alone and a script lingers: nothing was run.
  template <typename Fn>
  [[nodiscard]] bool UnderLocks(const std::vector<SlotId>& slots, Fn&& fn);
  enum class Widened : uint8_t { kNo, kYes, kTooWide };
  // Whether serving all who wait in the slots of lock_order_ needs more slots; wider_order_ has these as well then.
  // REQUIRES: they are locked.
  Widened WidenLocks();
  void Carry(Session& session, const commands::CommandSpec& spec, commands::Args args, std::string_view array_bytes,
             resp::ReplyWriter& reply);
  std::optional<commands::WaitFor> RunHandler(const Caller& caller, const commands::CommandSpec& spec,
                                              commands::Args args, resp::ReplyWriter& reply,
                                              commands::KnownKeys known = {});
  // The command, with the arguments that are told in the place of others.
  std::string AsItCame(commands::Args args, std::string_view array_bytes);
  // Tells the log, or the running transaction, what changes_ says. Returns the log's end when it has grown.
  std::optional<Offset> Tell(DbIndex db, commands::Args args, std::string_view array_bytes);
  void TellFor(Session& session, DbIndex db, commands::Args args, std::string_view array_bytes);
  // False when it has to be decided anew.
  bool CarryOp(Call& call, std::string_view array_bytes);
  void RunWholeQueue(Call& exec);
  // What can be told without locks: events.
  void AfterUnlock();
  void BeginChanges();
  commands::Context::Frame FrameFor(const Caller& caller);

  // --- waiting for keys; executor_waiting.cc ---

  // Under the locks of keys_.slots.
  void WaitForKeys(Session& session, const commands::CommandSpec& spec, commands::Args args,
                   commands::WaitFor wait_for);
  // Serves those who wait for keys that changes_ says are ready. Ends what changes_ has to say.
  void ServeReady();
  void Serve(ReadyKeys ready);
  void ServeLine(const ReadyKeys::Key& key, ReadyKeys* ready);
  void ServeOne(std::shared_ptr<KeyWait> wait, ReadyKeys* ready);
  // Why the command may not run any more; empty: it may.
  std::string RefusalOf(const KeyWait& wait);
  // Hands the replies to the sessions' workers. REQUIRES: no slot's lock is held.
  void DeliverServed();

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
  CommandKeys keys_;
  std::vector<SlotId> lock_order_;
  std::vector<SlotId> wider_order_;
  std::vector<std::shared_ptr<KeyWait>> served_;
  // What the commands of a running EXEC or script have told, and which keys they have made ready, so far.
  std::vector<ToldText>* transaction_told_ = nullptr;
  ReadyKeys* transaction_ready_ = nullptr;
  std::string scratch_;
  bool out_of_memory_ = false;
};

}  // namespace dunlin::server
