#include "server/executor.h"

#include <algorithm>
#include <array>

#include "oplog/log.h"
#include "server/config.h"
#include "server/executor_locks.h"
#include "server/ops.h"
#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {
namespace {

using commands::Args;
using commands::CommandSpec;
using dispatch::Decision;

// Beyond this many, finding out which slots are needed costs more than being alone.
constexpr size_t kMaxWaitersLookedAt = 256;

std::string_view CodeWord(std::string_view error) { return error.substr(0, error.find(' ')); }

}  // namespace

Executor::Executor(Server& server, Worker& worker, uint64_t seed) : server_(server), worker_(worker), random_(seed) {}

dispatch::ClientFacts Executor::FactsOf(const Session& session) {
  dispatch::ClientFacts client;
  client.authenticated = session.authenticated;
  client.in_transaction = session.in_transaction;
  client.asking = session.asking;
  client.read_only_mode = session.read_only_mode;
  client.is_replica = session.kind == SessionKind::kReplica;
  client.subscribed_resp2 = session.resp_version == 2 && session.subscribed();
  return client;
}

Executor::Caller Executor::CallerOf(const Session& session) {
  return {session.db, session.kind == SessionKind::kPrimaryLink, session.no_touch, session.in_script};
}

commands::Context::Frame Executor::FrameFor(const Caller& caller) {
  commands::Context::Frame frame{server_.store(), server_.handler_settings(), stats_, random_, changes_, caller.db};
  frame.now_ms = worker_.now_ms();
  frame.expiry = caller.from_primary ? commands::ExpiryRule::kIgnore : server_.expiry_rule();
  frame.own_expiry = frame.expiry == commands::ExpiryRule::kHide;
  // Keys that expire are writes too.
  if (frame.expiry == commands::ExpiryRule::kDelete && server_.writes_paused(frame.now_ms)) [[unlikely]]
    frame.expiry = commands::ExpiryRule::kHide;
  frame.touch = !caller.no_touch;
  frame.from_primary = caller.from_primary;
  frame.in_script = caller.in_script;
  frame.in_transaction = transaction_told_ != nullptr;
  frame.deny_blocking = transaction_told_ != nullptr || caller.from_primary;
  frame.cluster_enabled = server_.cluster_enabled();
  return frame;
}

void Executor::BeginChanges() {
  changes_.Begin(server_.event_interest(), server_.tracking_active(), server_.blocking_active());
}

Executor::Outcome Executor::Run(Session& session, const Request& request) {
  Outcome outcome;
  do {
    out_of_memory_ = worker_.evictor().OutOfMemory();
    outcome = Decide(session, request);
  } while (outcome == Outcome::kAgain && !session.closing);
  return outcome == Outcome::kPostponed ? outcome : Outcome::kDone;
}

bool Executor::FindKeys(const Request& request) {
  if (!request.has_one_key) return keys_.Collect(*request.spec, request.args, server_.store());
  keys_.Clear();
  keys_.Add(request.key_position, request.key);
  return true;
}

dispatch::ClientFacts Executor::FactsFor(const Session& session, const CommandSpec& spec) const {
  dispatch::ClientFacts client = FactsOf(session);
  if (spec.flags & commands::kProtected) {
    const Settings& settings = server_.settings();
    client.may_debug = Config::Allows(settings.enable_debug_command, session.is_loopback);
    client.may_load_modules = Config::Allows(settings.enable_module_command, session.is_loopback);
  }
  return client;
}

Executor::Outcome Executor::Decide(Session& session, const Request& request) {
  if (request.spec == nullptr) {
    dispatch::Lookup found = dispatch::Find(server_.table(), request.args);
    session.last_command = nullptr;
    Refuse(session, found.misused, found.error, true);
    return Outcome::kDone;
  }
  const CommandSpec& spec = *request.spec;
  bool keys_make_sense = FindKeys(request);
  Decision decision;
  uint32_t flags = spec.flags;
  if (spec.op == commands::ServerOp::kExec && session.in_transaction) {
    decision = DecideExec(session, request);
  } else {
    dispatch::CallFacts call{spec, request.args, keys_.slots};
    call.out_of_memory = out_of_memory_;
    if (commands::RunsScript(spec)) {
      call.flags = server_.scripting().FlagsOf(worker_.scripts(), spec, request.args);
      if (call.flags != 0) flags = call.flags;
    }
    decision = dispatch::Decide(call, FactsFor(session, spec), server_.node_facts());
  }
  if (worker_.amid_script() && !(spec.flags & commands::kAllowBusy)) [[unlikely]]
    RefuseAmidScript(session, spec, &decision);
  if (decision.kind == Decision::Kind::kRefuse) {
    session.last_command = &spec;
    Refuse(session, &spec, decision.error, decision.fails_transaction);
    session.asking &= session.in_transaction;
    return Outcome::kDone;
  }
  // The handler will find the same fault and say it in its own words.
  if (!keys_make_sense && (spec.flags & commands::kWrite) != 0 && server_.cluster_enabled()) keys_.Clear();
  Outcome outcome = Decided(session, spec, request.args, request.array_bytes, decision, flags);
  // ASKING is for the next command, or for a whole transaction.
  if (outcome == Outcome::kDone && spec.op != commands::ServerOp::kAsking) session.asking &= session.in_transaction;
  return outcome;
}

// The slots of an EXEC are those of what it runs.
Decision Executor::DecideExec(Session& session, const Request& request) {
  CommandKeys some;
  std::vector<SlotId> slots;
  dispatch::CallFacts call{*request.spec, request.args, slots};
  call.is_exec = true;
  call.out_of_memory = out_of_memory_;
  for (const QueuedCommand& queued : session.queue) {
    std::vector<std::string_view> views(queued.args.begin(), queued.args.end());
    if (some.Collect(*queued.spec, views, server_.store())) {
      slots.insert(slots.end(), some.slots.begin(), some.slots.end());
    }
    call.queued_any |= queued.flags;
    call.queued_all &= queued.flags;
  }
  Decision decision = dispatch::Decide(call, FactsFor(session, *request.spec), server_.node_facts());
  if (decision.kind == Decision::Kind::kRefuse) AbortTransaction(session, &decision.error);
  return decision;
}

void Executor::AbortTransaction(Session& session, std::string* error) {
  DiscardTransaction(server_, session);
  std::string_view word = CodeWord(*error);
  if (word != "MOVED" && word != "CLUSTERDOWN" && word != "CROSSSLOT") {
    error->insert(0, "EXECABORT Transaction discarded because of: ");
  }
}

void Executor::RefuseAmidScript(Session& session, const CommandSpec& spec, Decision* decision) {
  if (decision->kind == Decision::Kind::kRefuse) return;
  decision->kind = Decision::Kind::kRefuse;
  decision->fails_transaction = true;
  decision->error = server_.scripting().BusyError();
  if (spec.op == commands::ServerOp::kExec && session.in_transaction) AbortTransaction(session, &decision->error);
}

Executor::Outcome Executor::Decided(Session& session, const CommandSpec& spec, Args args, std::string_view array_bytes,
                                    const Decision& decision, uint32_t flags) {
  if (decision.kind == Decision::Kind::kQueueIfSettled) {
    std::string error;
    bool holds = true;
    auto settle = [&, facts = server_.facts_version()] {
      holds = server_.facts_version() == facts;
      if (holds) error = SettleOpenSlot(session.db, keys_.refs, decision.migrating);
    };
    if (!UnderLocks(keys_.slots, settle) || !holds) return Outcome::kAgain;
    if (!error.empty()) {
      Refuse(session, &spec, error, true);
      return Outcome::kDone;
    }
  }
  if (decision.kind == Decision::Kind::kQueue || decision.kind == Decision::Kind::kQueueIfSettled) {
    Queue(session, spec, args, flags);
    return Outcome::kDone;
  }
  if (server_.MustWaitForPause(session, spec, flags, worker_.now_ms())) {
    worker_.Block(session, {.kind = BlockKind::kPaused, .deadline_ms = server_.pause_until_ms()});
    return Outcome::kPostponed;
  }
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  size_t before = session.stream.out().size();
  uint64_t start = server_.Ticks();
  uint64_t facts = server_.facts_version();
  bool again = false;
  bool error_counted = false;
  auto carry = [&] {
    if (server_.facts_version() != facts) [[unlikely]] {
      again = true;
      return;
    }
    if (decision.kind == Decision::Kind::kRunIfSettled) {
      std::string error = SettleOpenSlot(session.db, keys_.refs, decision.migrating);
      if (!error.empty()) {
        reply.Error(error);
        changes_.Begin(0, false, false);
        return;
      }
    }
    Carry(session, spec, args, array_bytes, reply);
  };
  if (spec.op != commands::ServerOp::kNone) {
    Call call{server_, worker_, session, spec, args, reply, changes_, worker_.now_ms()};
    call.facts_version = facts;
    call.in_open_slot = decision.kind == Decision::Kind::kRunIfSettled;
    call.migrating = decision.migrating;
    again = !CarryOp(call, array_bytes);
    error_counted = call.error_counted;
  } else if (commands::MustRunAlone(spec, args)) {
    again = !worker_.AloneUnlessScriptLingers(carry) || again;
    if (!again) AfterUnlock();
  } else {
    again = !UnderLocks(keys_.slots, carry) || again;
    if (!again) AfterUnlock();
  }
  if (again) [[unlikely]]
    return Outcome::kAgain;
  uint64_t ticks = server_.Ticks() - start;
  if (ticks > server_.ticks_per_ms()) [[unlikely]]
    worker_.ReadClock();
  // A command that waits is counted when it is done.
  if (session.blocking.kind != BlockKind::kKeys) {
    server_.CountCall(worker_, session, spec, args, ticks, before, error_counted);
  }
  if (server_.has_monitors()) server_.FeedMonitors(worker_, session, spec, args);
  session.last_command = &spec;
  if (!served_.empty()) [[unlikely]]
    DeliverServed();
  return Outcome::kDone;
}

bool Executor::CarryOp(Call& call, std::string_view array_bytes) {
  OpFunction function = OpFor(call.spec.op);
  DbIndex db = call.session.db;
  bool alone = (call.spec.flags & commands::kAlone) != 0;
  auto run = [&] {
    BeginChanges();
    if (alone && !StillHolds(call)) [[unlikely]]
      return;
    function(call);
    TellFor(call.session, db, call.args, array_bytes);
    if (alone && !changes_.ready().empty()) ServeReady();
  };
  // EXEC and scripts look for themselves, when nobody can come in between any more.
  bool looks_itself = alone || call.spec.op == commands::ServerOp::kExec || commands::RunsScript(call.spec);
  bool holds = true;
  if (call.in_open_slot && !looks_itself && !UnderLocks(keys_.slots, [&] { holds = StillHolds(call); })) return false;
  if (!holds) return !call.facts_changed;
  if (!alone) {
    run();
  } else if (!worker_.AloneUnlessScriptLingers(run)) {
    return false;
  }
  AfterUnlock();
  if (!changes_.ready().empty()) ServeLater(changes_.TakeReady());
  return !call.facts_changed;
}

bool Executor::StillHolds(Call& call) {
  call.facts_changed = server_.facts_version() != call.facts_version;
  if (call.facts_changed) return false;
  if (!call.in_open_slot) return true;
  std::string error = SettleOpenSlot(call.session.db, keys_.refs, call.migrating);
  if (!error.empty()) call.reply.Error(error);
  return error.empty();
}

Executor::Widened Executor::WidenLocks() {
  wider_order_.clear();
  size_t looked_at = 0;
  for (SlotId id : lock_order_) {
    const store::Slot& slot = server_.store().slot(id);
    if (!slot.has_wide_waiters()) continue;
    slot.ForEachWaitingLine([&](DbIndex, std::string_view, const store::WaitingLine& line) {
      for (const auto& waiter : line) {
        if (++looked_at > kMaxWaitersLookedAt) return;
        wider_order_.insert(wider_order_.end(), waiter->slots.begin(), waiter->slots.end());
      }
    });
    if (looked_at > kMaxWaitersLookedAt) return Widened::kTooWide;
  }
  if (wider_order_.empty()) return Widened::kNo;
  wider_order_.insert(wider_order_.end(), lock_order_.begin(), lock_order_.end());
  SortForLocking(&wider_order_);
  return wider_order_.size() == lock_order_.size() ? Widened::kNo : Widened::kYes;
}

std::string Executor::SettleOpenSlot(DbIndex db, std::span<const store::KeyRef> keys, bool migrating) {
  if (keys.empty()) return {};
  size_t present = 0;
  size_t total = 0;
  for (const store::KeyRef& key : keys) {
    // One key that is named several times is one key.
    if (total > 0 && key.bytes == keys.front().bytes) continue;
    ++total;
    store::Entry* entry = server_.store().slot(key.slot).Find(db, key);
    if (entry != nullptr && !entry->ExpiredAt(worker_.now_ms())) ++present;
  }
  return dispatch::Settle(migrating, present, total, keys.front().slot, server_.node_facts());
}

void Executor::Carry(Session& session, const CommandSpec& spec, Args args, std::string_view array_bytes,
                     resp::ReplyWriter& reply) {
  BeginChanges();
  auto wait_for = RunHandler(CallerOf(session), spec, args, reply, keys_.Known());
  TellFor(session, session.db, args, array_bytes);
  if (wait_for) [[unlikely]]
    WaitForKeys(session, spec, args, std::move(*wait_for));
  if (!changes_.ready().empty()) [[unlikely]]
    ServeReady();
}

std::optional<commands::WaitFor> Executor::RunHandler(const Caller& caller, const CommandSpec& spec, Args args,
                                                      resp::ReplyWriter& reply, commands::KnownKeys known) {
  commands::Context context(FrameFor(caller), spec, args, reply, known);
  spec.handler(context);
  if (spec.flags & commands::kBlocking) return context.TakeWait();
  return std::nullopt;
}

void Executor::TellFor(Session& session, DbIndex db, Args args, std::string_view array_bytes) {
  if (session.kind == SessionKind::kPrimaryLink) {
    // Its bytes are passed on as they came.
    if (changes_.dirty() > 0) worker_.stats().dirty.Add(static_cast<uint64_t>(changes_.dirty()));
    return;
  }
  if (auto written = Tell(db, args, array_bytes)) session.last_write_offset = *written;
}

std::string Executor::AsItCame(Args args, std::string_view array_bytes) {
  if (changes_.replaced().empty() && !array_bytes.empty()) return std::string(array_bytes);
  std::vector<std::string_view> words(args.begin(), args.end());
  for (const auto& [index, text] : changes_.replaced()) words[index] = text;
  std::string told;
  oplog::AppendCommand(told, words);
  return told;
}

std::optional<Offset> Executor::Tell(DbIndex db, Args args, std::string_view array_bytes) {
  if (changes_.dirty() > 0) worker_.stats().dirty.Add(static_cast<uint64_t>(changes_.dirty()));
  bool verbatim = changes_.verbatim();
  if (!verbatim && changes_.told().empty() && changes_.before().empty()) return std::nullopt;
  if (!server_.tells_log()) return std::nullopt;
  if (transaction_told_ == nullptr && verbatim && changes_.before().empty() && changes_.replaced().empty() &&
      !array_bytes.empty()) {
    Offset written = server_.oplog().Append(db, array_bytes);
    worker_.NoteAppended(written);
    return written;
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
  if (verbatim) told.push_back({db, AsItCame(args, array_bytes)});
  if (transaction_told_ != nullptr) {
    for (ToldText& t : told) transaction_told_->push_back(std::move(t));
    return std::nullopt;
  }
  Offset written = AppendTold(told, told.size() > 1);
  worker_.NoteAppended(written);
  return written;
}

void Executor::AfterUnlock() {
  if (changes_.quiet()) return;
  server_.lazy_free().Add(changes_.TakeToFree());
  for (commands::Changes::Key& key : changes_.TakeOwnExpiries()) server_.own_expiries().Add(key.db, std::move(key.key));
  for (const std::string& note : changes_.notes()) server_.log().Warning("{}", note);
  for (const commands::KeyEvent& event : changes_.events()) server_.PublishKeyEvent(worker_, event);
}

void Executor::Refuse(Session& session, const CommandSpec* spec, std::string_view error, bool fails_transaction) {
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  reply.Error(error);
  if (fails_transaction && session.in_transaction) session.transaction_failed = true;
  server_.CountRejected(worker_, spec, CodeWord(error));
}

void Executor::FreeSpareMemory() {
  constexpr size_t kKeptKeys = 1024;
  if (keys_.positions.capacity() <= kKeptKeys && lock_order_.capacity() <= kKeptKeys) return;
  keys_ = CommandKeys();
  lock_order_ = std::vector<SlotId>();
  wider_order_ = std::vector<SlotId>();
}

void Executor::Apply(Session& session, Args args) {
  dispatch::Lookup found = dispatch::Find(server_.table(), args);
  resp::ReplyWriter reply(session.stream.out(), session.resp_version);
  if (found.spec == nullptr) {
    reply.Error(found.error);
    return;
  }
  keys_.Collect(*found.spec, args, server_.store());
  // What was accepted elsewhere is carried out, whatever has changed here.
  while (Decided(session, *found.spec, args, {}, Decision(), found.spec->flags) == Outcome::kAgain) {
    if (worker_.amid_script()) worker_.Alone([] {});
  }
}

}  // namespace dunlin::server
