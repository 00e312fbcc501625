#include "server/executor.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "oplog/log.h"
#include "server/config.h"
#include "server/control.h"
#include "server/ops.h"
#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {
namespace {

using commands::Args;
using commands::CommandSpec;
using dispatch::Decision;

// Beyond this many different slots, locking them one by one costs more than being alone.
constexpr size_t kMaxLockedSlots = 1024;

std::string_view CodeWord(std::string_view error) { return error.substr(0, error.find(' ')); }

}  // namespace

Executor::Executor(Server& server, Worker& worker, uint64_t seed) : server_(server), worker_(worker), random_(seed) {}

commands::Context::Frame Executor::FrameFor(Session& session, DbIndex db) {
  commands::Context::Frame frame{server_.store(), server_.handler_settings(), stats_, random_, changes_, db};
  frame.now_ms = worker_.now_ms();
  frame.expiry = session.kind == SessionKind::kPrimaryLink ? commands::ExpiryRule::kIgnore : server_.expiry_rule();
  frame.touch = !session.no_touch;
  frame.from_primary = session.kind == SessionKind::kPrimaryLink;
  frame.in_transaction = transaction_told_ != nullptr;
  frame.deny_blocking = transaction_told_ != nullptr;
  frame.cluster_enabled = server_.cluster_enabled();
  return frame;
}

bool Executor::CollectKeys(const CommandSpec& spec, Args args, Keys* keys) {
  keys->positions.clear();
  keys->slots.clear();
  if (!commands::HasKeys(spec)) return true;
  if (!commands::FindKeys(spec, args, &keys->positions)) return false;
  for (const commands::KeyPosition& at : keys->positions) {
    keys->slots.push_back(SlotOfKey(args[static_cast<size_t>(at.index)]));
  }
  return true;
}

Executor::Outcome Executor::Run(Session& session, Args args, std::string_view array_bytes) {
  dispatch::Lookup found = dispatch::Find(server_.table(), args);
  if (found.spec == nullptr) {
    Refuse(session, nullptr, found.error, true);
    return Outcome::kDone;
  }
  const CommandSpec& spec = *found.spec;
  bool keys_make_sense = CollectKeys(spec, args, &keys_);
  const dispatch::NodeFacts& node = server_.node_facts();
  dispatch::ClientFacts client;
  client.authenticated = session.authenticated;
  client.in_transaction = session.in_transaction;
  client.asking = session.asking;
  client.read_only_mode = session.read_only_mode;
  client.is_replica = session.kind == SessionKind::kReplica;
  client.subscribed_resp2 = session.resp_version == 2 && session.subscribed();
  if (spec.flags & commands::kProtected) {
    const Settings& settings = server_.settings();
    client.may_debug = Config::Allows(settings.enable_debug_command, session.is_loopback);
    client.may_load_modules = Config::Allows(settings.enable_module_command, session.is_loopback);
  }
  dispatch::CallFacts call{spec, args, keys_.slots};
  Decision decision;
  if (spec.op == commands::ServerOp::kExec && session.in_transaction) {
    // The slots of an EXEC are those of what it runs.
    Keys all;
    for (const QueuedCommand& queued : session.queue) {
      std::vector<std::string_view> views(queued.args.begin(), queued.args.end());
      Keys some;
      if (CollectKeys(*queued.spec, views, &some)) {
        all.slots.insert(all.slots.end(), some.slots.begin(), some.slots.end());
      }
      call.writes |= (queued.spec->flags & commands::kWrite) != 0;
    }
    keys_.slots = std::move(all.slots);
    call.is_exec = true;
    decision = dispatch::Decide(call, client, node);
    if (decision.kind == Decision::Kind::kRunIfSettled) decision.kind = Decision::Kind::kRun;
    if (decision.kind == Decision::Kind::kRefuse) DiscardTransaction(server_, session);
  } else {
    decision = dispatch::Decide(call, client, node);
  }
  if (decision.kind == Decision::Kind::kRefuse) {
    session.asking = false;
    std::string error = call.is_exec ? "EXECABORT Transaction discarded because of: " + decision.error : decision.error;
    bool redirected =
        call.is_exec && (decision.error.starts_with("MOVED") || decision.error.starts_with("CLUSTERDOWN") ||
                         decision.error.starts_with("CROSSSLOT"));
    Refuse(session, &spec, redirected ? decision.error : error, decision.fails_transaction);
    return Outcome::kDone;
  }
  if (!keys_make_sense && (spec.flags & commands::kWrite) != 0 && server_.cluster_enabled()) {
    // The handler will find the same fault and say it in its own words.
    keys_.slots.clear();
  }
  Outcome outcome = Decided(session, spec, args, array_bytes, decision);
  if (outcome == Outcome::kDone && spec.op != commands::ServerOp::kAsking) session.asking = false;
  return outcome;
}

Executor::Outcome Executor::Decided(Session& session, const CommandSpec& spec, Args args, std::string_view array_bytes,
                                    const Decision& decision) {
  if (decision.kind == Decision::Kind::kQueue) {
    Queue(session, spec, args);
    return Outcome::kDone;
  }
  if (server_.MustWaitForPause(session, spec, worker_.now_ms())) {
    worker_.Block(session, {.kind = BlockKind::kPaused, .deadline_ms = server_.pause_until_ms()});
    return Outcome::kPostponed;
  }
  if (server_.has_monitors()) server_.FeedMonitors(session, spec, args, worker_.now_ms());
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  size_t before = session.stream.out().size();
  uint64_t start = server_.Ticks();
  if (spec.op != commands::ServerOp::kNone) {
    Call call{server_, worker_, session, spec, args, reply, changes_, worker_.now_ms()};
    changes_.Begin(server_.event_interest(), server_.tracking_active(), server_.blocking_active());
    CarryOp(call, array_bytes);
  } else if (spec.flags & commands::kAlone) {
    worker_.Alone([&] { Carry(session, spec, args, array_bytes, reply); });
    AfterUnlock(session);
  } else if (keys_.slots.size() > kMaxLockedSlots) {
    worker_.Alone([&] {
      if (SettleOpenSlot(session, args, decision, reply)) Carry(session, spec, args, array_bytes, reply);
    });
    AfterUnlock(session);
  } else {
    UnderLocks([&] {
      if (SettleOpenSlot(session, args, decision, reply)) Carry(session, spec, args, array_bytes, reply);
    });
    AfterUnlock(session);
  }
  server_.CountCall(worker_, session, spec, args, server_.Ticks() - start, before);
  session.last_command = &spec;
  return Outcome::kDone;
}

void Executor::CarryOp(Call& call, std::string_view array_bytes) {
  OpFunction function = OpFor(call.spec.op);
  DbIndex db = call.session.db;
  auto run = [&] {
    function(call);
    Tell(call.session, db, call.args, array_bytes);
  };
  if (call.spec.flags & commands::kAlone) {
    worker_.Alone(run);
  } else {
    run();
  }
  AfterUnlock(call.session);
}

template <typename Fn>
void Executor::UnderLocks(Fn&& fn) {
  store::Store& store = server_.store();
  if (keys_.slots.empty()) {
    fn();
    return;
  }
  if (keys_.slots.size() == 1) {
    store::Slot& slot = store.slot(keys_.slots[0]);
    slot.lock().Lock();
    fn();
    slot.lock().Unlock();
    return;
  }
  lock_order_.clear();
  for (SlotId slot : keys_.slots) lock_order_.push_back(slot.value);
  std::sort(lock_order_.begin(), lock_order_.end());
  lock_order_.erase(std::unique(lock_order_.begin(), lock_order_.end()), lock_order_.end());
  for (uint16_t slot : lock_order_) store.slot(SlotId(slot)).lock().Lock();
  fn();
  for (uint16_t slot : lock_order_) store.slot(SlotId(slot)).lock().Unlock();
}

bool Executor::SettleOpenSlot(Session& session, Args args, const Decision& decision, resp::ReplyWriter& reply) {
  if (decision.kind != Decision::Kind::kRunIfSettled) return true;
  size_t present = 0;
  for (const commands::KeyPosition& at : keys_.positions) {
    store::KeyRef key = server_.store().Ref(args[static_cast<size_t>(at.index)]);
    store::Entry* entry = server_.store().slot(key.slot).Find(session.db, key);
    if (entry != nullptr && !entry->ExpiredAt(worker_.now_ms())) ++present;
  }
  std::string error =
      dispatch::Settle(decision.migrating, present, keys_.positions.size(), keys_.slots[0], server_.node_facts());
  if (error.empty()) return true;
  reply.Error(error);
  changes_.Begin(0, false, false);
  return false;
}

void Executor::Carry(Session& session, const CommandSpec& spec, Args args, std::string_view array_bytes,
                     resp::ReplyWriter& reply) {
  changes_.Begin(server_.event_interest(), server_.tracking_active(), server_.blocking_active());
  RunHandler(session, spec, args, reply, session.db);
  Tell(session, session.db, args, array_bytes);
}

void Executor::RunHandler(Session& session, const CommandSpec& spec, Args args, resp::ReplyWriter& reply, DbIndex db) {
  commands::Context context(FrameFor(session, db), spec, args, reply);
  spec.handler(context);
}

void Executor::Tell(Session& session, DbIndex db, Args args, std::string_view array_bytes) {
  if (changes_.dirty() > 0) worker_.stats().dirty.Add(static_cast<uint64_t>(changes_.dirty()));
  if (session.kind == SessionKind::kPrimaryLink) return;  // its bytes are passed on as they came
  bool verbatim = changes_.verbatim();
  if (!verbatim && changes_.told().empty() && changes_.before().empty()) return;
  if (!server_.oplog().active()) return;
  if (transaction_told_ == nullptr && verbatim && changes_.before().empty() && !array_bytes.empty()) {
    session.last_write_offset = server_.oplog().Append(db, array_bytes);
    worker_.NoteAppended(session.last_write_offset);
    return;
  }
  // Several commands that belong together, or one inside a transaction.
  std::vector<ToldText> told;
  for (const commands::Told& t : changes_.before()) {
    told.push_back({t.db, {}});
    oplog::AppendCommand(told.back().text, t.args);
  }
  for (const commands::Told& t : changes_.told()) {
    told.push_back({t.db, {}});
    oplog::AppendCommand(told.back().text, t.args);
  }
  if (verbatim) {
    told.push_back({db, std::string(array_bytes)});
    if (array_bytes.empty()) oplog::AppendCommand(told.back().text, args);
  }
  if (transaction_told_ != nullptr) {
    for (ToldText& t : told) transaction_told_->push_back(std::move(t));
    return;
  }
  session.last_write_offset = AppendTold(told, told.size() > 1);
  worker_.NoteAppended(session.last_write_offset);
}

Offset Executor::AppendTold(const std::vector<ToldText>& told, bool as_transaction) {
  scratch_.clear();
  if (as_transaction) oplog::AppendCommand(scratch_, std::array<std::string_view, 1>{"MULTI"});
  DbIndex db = told.front().db;
  for (const ToldText& t : told) {
    if (t.db != db) {
      std::string number = std::to_string(t.db.value);
      oplog::AppendCommand(scratch_, std::array<std::string_view, 2>{"SELECT", number});
      db = t.db;
    }
    scratch_.append(t.text);
  }
  if (as_transaction) oplog::AppendCommand(scratch_, std::array<std::string_view, 1>{"EXEC"});
  Offset offset = server_.oplog().Append(told.front().db, scratch_);
  if (db != told.front().db) server_.oplog().ForgetDatabase();
  return offset;
}

void Executor::AfterUnlock(Session& session) {
  if (changes_.quiet()) return;
  for (const std::string& note : changes_.notes()) server_.log().Warning("{}", note);
  for (const commands::KeyEvent& event : changes_.events()) server_.PublishKeyEvent(worker_, event);
  (void)session;
}

void Executor::Refuse(Session& session, const CommandSpec* spec, std::string_view error, bool fails_transaction) {
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  reply.Error(error);
  if (fails_transaction && session.in_transaction) session.transaction_failed = true;
  server_.CountRejected(worker_, spec, CodeWord(error));
}

void Executor::Queue(Session& session, const CommandSpec& spec, Args args) {
  QueuedCommand queued{&spec, {}};
  queued.args.assign(args.begin(), args.end());
  session.queue.push_back(std::move(queued));
  resp::ReplyWriter(session.stream.out(), session.resp_version).Simple("QUEUED");
}

void Executor::RunQueued(Call& exec) {
  Session& session = exec.session;
  std::vector<QueuedCommand> queue = std::move(session.queue);
  session.queue.clear();
  std::vector<ToldText> told;
  exec.reply.Array(queue.size());
  bool alone = false;
  bool operates = false;
  keys_.slots.clear();
  std::vector<SlotId> slots;
  for (const QueuedCommand& queued : queue) {
    operates |= (queued.spec->flags & commands::kAdmin) != 0;
    if (!commands::HasKeys(*queued.spec) || (queued.spec->flags & commands::kAlone)) alone = true;
    std::vector<std::string_view> views(queued.args.begin(), queued.args.end());
    CollectKeys(*queued.spec, views, &keys_);
    slots.insert(slots.end(), keys_.slots.begin(), keys_.slots.end());
  }
  keys_.slots = std::move(slots);
  if (keys_.slots.size() > kMaxLockedSlots) alone = true;
  auto run = [&] {
    transaction_told_ = &told;
    for (const QueuedCommand& queued : queue) RunOneQueued(exec, queued);
    transaction_told_ = nullptr;
    if (!told.empty()) {
      session.last_write_offset = AppendTold(told, true);
      worker_.NoteAppended(session.last_write_offset);
    }
  };
  if (operates) {
    // What operators do is the control thread's business, and whoever is alone cannot wait for that thread.
    worker_.OutsideGate([&] { server_.control().RunAndWait([&] { server_.gate().Alone(run); }); });
  } else if (alone) {
    worker_.Alone(run);
  } else {
    UnderLocks(run);
  }
}

void Executor::RunOneQueued(Call& exec, const QueuedCommand& queued) {
  Session& session = exec.session;
  std::vector<std::string_view> args(queued.args.begin(), queued.args.end());
  const CommandSpec& spec = *queued.spec;
  size_t before = session.stream.out().size();
  uint64_t start = server_.Ticks();
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  changes_.Begin(server_.event_interest(), server_.tracking_active(), server_.blocking_active());
  if (spec.op != commands::ServerOp::kNone) {
    Call call{server_, worker_, session, spec, args, reply, changes_, worker_.now_ms()};
    call.in_exec = true;
    OpFor(spec.op)(call);
  } else {
    RunHandler(session, spec, args, reply, session.db);
  }
  Tell(session, session.db, args, {});
  AfterUnlock(session);
  server_.CountCall(worker_, session, spec, args, server_.Ticks() - start, before);
}

void Executor::FreeSpareMemory() {
  constexpr size_t kKeptKeys = 1024;
  if (keys_.positions.capacity() <= kKeptKeys && keys_.slots.capacity() <= kKeptKeys) return;
  keys_ = Keys();
  lock_order_ = {};
}

void Executor::Apply(Session& session, Args args) {
  dispatch::Lookup found = dispatch::Find(server_.table(), args);
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  if (found.spec == nullptr) {
    reply.Error(found.error);
    return;
  }
  CollectKeys(*found.spec, args, &keys_);
  Decision run;
  Decided(session, *found.spec, args, {}, run);
}

}  // namespace dunlin::server
