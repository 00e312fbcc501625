// EXEC: several commands as one.
#include <array>

#include "oplog/log.h"
#include "server/control.h"
#include "server/executor.h"
#include "server/executor_locks.h"
#include "server/ops.h"
#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {

using commands::Args;
using commands::CommandSpec;

namespace {

// What may need the control thread.
bool Operates(const CommandSpec& spec) {
  bool of_server = spec.group == commands::Group::kServer || spec.group == commands::Group::kCluster;
  return (spec.flags & commands::kAdmin) != 0 || (of_server && spec.op != commands::ServerOp::kNone);
}

}  // namespace

Offset Executor::AppendTold(const std::vector<ToldText>& told, bool as_transaction) {
  scratch_.clear();
  DbIndex db = told.front().db;
  for (const ToldText& t : told) {
    if (t.db != db) {
      std::string number = std::to_string(t.db.value);
      oplog::AppendCommand(scratch_, std::array<std::string_view, 2>{"SELECT", number});
      db = t.db;
    }
    scratch_.append(t.text);
  }
  if (as_transaction) return server_.oplog().AppendTransaction(told.front().db, scratch_, db);
  Offset offset = server_.oplog().Append(told.front().db, scratch_);
  if (db != told.front().db) server_.oplog().ForgetDatabase();
  return offset;
}

void Executor::Queue(Session& session, const CommandSpec& spec, Args args, uint32_t flags) {
  QueuedCommand queued{&spec, {}, flags};
  queued.args.assign(args.begin(), args.end());
  session.queue.push_back(std::move(queued));
  resp::ReplyWriter(session.stream.out(), session.resp_version).Simple("QUEUED");
}

Executor::ExecOutcome Executor::RunQueued(Call& exec) {
  Session& session = exec.session;
  bool alone = false;
  bool operates = false;
  std::vector<SlotId> slots;
  std::vector<store::KeyRef> refs;
  for (const QueuedCommand& queued : session.queue) {
    operates |= Operates(*queued.spec);
    std::vector<std::string_view> views(queued.args.begin(), queued.args.end());
    if (!commands::HasKeys(*queued.spec) || commands::MustRunAlone(*queued.spec, views) ||
        commands::RunsScript(*queued.spec)) {
      alone = true;
    }
    keys_.Collect(*queued.spec, views, server_.store());
    slots.insert(slots.end(), keys_.slots.begin(), keys_.slots.end());
    refs.insert(refs.end(), keys_.refs.begin(), keys_.refs.end());
  }
  for (const WatchedKey& watched : session.watched) slots.push_back(SlotOfKey(watched.key));
  ExecOutcome outcome = ExecOutcome::kDone;
  uint64_t facts = server_.facts_version();
  auto run = [&] {
    if (server_.facts_version() != facts) {
      outcome = ExecOutcome::kFactsChanged;
    } else if (WatchedKeyTouched(server_, session, exec.now_ms)) {
      outcome = ExecOutcome::kTouched;
    } else if (std::string error;
               exec.in_open_slot && !(error = SettleOpenSlot(session.db, refs, exec.migrating)).empty()) {
      exec.reply.Error(error);
      outcome = ExecOutcome::kElsewhere;
    } else {
      RunWholeQueue(exec);
    }
  };
  bool done = false;
  if (operates) {
    // What operators do is the control thread's business, and whoever is alone cannot wait for that thread.
    worker_.OutsideGate(
        [&] { server_.control().RunAndWait([&] { done = server_.gate().AloneUnlessLingering(run); }); });
  } else if (alone) {
    done = worker_.AloneUnlessScriptLingers(run);
  } else {
    done = UnderLocks(slots, run);
  }
  return done ? outcome : ExecOutcome::kFactsChanged;
}

void Executor::RunWholeQueue(Call& exec) {
  Session& session = exec.session;
  std::vector<QueuedCommand> queue = std::move(session.queue);
  session.queue.clear();
  session.in_transaction = false;
  exec.reply.Array(queue.size());
  TellTogether(session, [&] {
    for (const QueuedCommand& queued : queue) {
      std::vector<std::string_view> args(queued.args.begin(), queued.args.end());
      RunInside(session, *queued.spec, args);
      if (server_.has_monitors()) server_.FeedMonitors(worker_, session, *queued.spec, args);
    }
  });
}

void Executor::TellTogether(Session& session, const std::function<void()>& fn) {
  if (transaction_told_ != nullptr) return fn();
  std::vector<ToldText> told;
  ReadyKeys ready;
  transaction_told_ = &told;
  transaction_ready_ = &ready;
  fn();
  transaction_told_ = nullptr;
  transaction_ready_ = nullptr;
  // Each command has said for itself what it had to say.
  changes_.Begin(0, false, false);
  if (!told.empty()) {
    session.last_write_offset = AppendTold(told, told.size() > 1);
    worker_.NoteAppended(session.last_write_offset);
  }
  if (!ready.empty()) Serve(std::move(ready));
}

void Executor::RunInside(Session& session, const CommandSpec& spec, Args args, bool tells) {
  size_t before = session.stream.out().size();
  uint64_t start = server_.Ticks();
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  DbIndex db = session.db;
  bool error_counted = false;
  BeginChanges();
  if (spec.op != commands::ServerOp::kNone) {
    Call call{server_, worker_, session, spec, args, reply, changes_, worker_.now_ms()};
    call.in_exec = true;
    OpFor(spec.op)(call);
    error_counted = call.error_counted;
  } else {
    RunHandler(CallerOf(session), spec, args, reply);
  }
  if (!tells) changes_.TellOnlyBefore();
  TellFor(session, db, args, {});
  for (ReadyKeys::Key& key : changes_.TakeReady()) transaction_ready_->Add(std::move(key));
  AfterUnlock();
  server_.CountCall(worker_, session, spec, args, server_.Ticks() - start, before, error_counted);
}

}  // namespace dunlin::server
