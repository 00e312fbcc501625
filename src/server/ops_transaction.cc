#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

store::Slot& SlotOf(Server& server, std::string_view key) { return server.store().slot(SlotOfKey(key)); }

void Reset(Session& session) {
  session.in_transaction = false;
  session.transaction_failed = false;
  session.queue.clear();
}

}  // namespace

void UnwatchAll(Server& server, Session& session) {
  for (const WatchedKey& watched : session.watched) {
    store::Slot& slot = SlotOf(server, watched.key);
    slot.lock().Lock();
    slot.Unwatch(watched.db, watched.key, session.watch_flag.get());
    slot.lock().Unlock();
  }
  session.watched.clear();
  session.watch_flag.reset();
}

bool WatchedKeyTouched(Server& server, const Session& session, int64_t now_ms) {
  if (session.watch_flag && session.watch_flag->touched.load()) return true;
  // A key that was there when it was watched and has expired since counts as touched.
  for (const WatchedKey& watched : session.watched) {
    store::KeyRef key = server.store().Ref(watched.key);
    const store::Slot& slot = server.store().slot(key.slot);
    const store::Entry* entry = slot.Find(watched.db, key);
    if (entry == nullptr || !entry->ExpiredAt(now_ms)) continue;
    if (!slot.WatchedStale(watched.db, watched.key, session.watch_flag.get())) return true;
  }
  return false;
}

void DiscardTransaction(Server& server, Session& session) {
  Reset(session);
  UnwatchAll(server, session);
}

void OpMulti(Call& call) {
  if (call.session.in_transaction) {
    call.reply.Error("ERR MULTI calls can not be nested");
    return;
  }
  call.session.in_transaction = true;
  call.reply.Ok();
}

void OpDiscard(Call& call) {
  if (!call.session.in_transaction) {
    call.reply.Error("ERR DISCARD without MULTI");
    return;
  }
  DiscardTransaction(call.server, call.session);
  call.reply.Ok();
}

void OpExec(Call& call) {
  Session& session = call.session;
  if (!session.in_transaction) {
    call.reply.Error("ERR EXEC without MULTI");
    return;
  }
  if (session.transaction_failed) {
    DiscardTransaction(call.server, session);
    call.reply.Error("EXECABORT Transaction discarded because of previous errors.");
    return;
  }
  switch (call.worker.executor().RunQueued(call)) {
    case Executor::ExecOutcome::kDone:
    case Executor::ExecOutcome::kElsewhere: break;
    case Executor::ExecOutcome::kTouched: call.reply.NullArray(); break;
    case Executor::ExecOutcome::kFactsChanged: call.facts_changed = true; return;
  }
  DiscardTransaction(call.server, session);
}

void OpWatch(Call& call) {
  Session& session = call.session;
  if (session.in_transaction) {
    call.reply.Error("ERR WATCH inside MULTI is not allowed");
    return;
  }
  if (!session.watch_flag) session.watch_flag = std::make_shared<store::WatchFlag>();
  for (std::string_view word : call.args.subspan(1)) {
    bool known = false;
    for (const WatchedKey& watched : session.watched) known |= watched.db == session.db && watched.key == word;
    if (known) continue;
    store::KeyRef key = call.server.store().Ref(word);
    store::Slot& slot = call.server.store().slot(key.slot);
    slot.lock().Lock();
    const store::Entry* entry = slot.Find(session.db, key);
    bool stale = entry != nullptr && entry->ExpiredAt(call.now_ms);
    slot.Watch(session.db, word, session.watch_flag, stale);
    slot.lock().Unlock();
    session.watched.push_back({session.db, std::string(word)});
  }
  call.reply.Ok();
}

void OpUnwatch(Call& call) {
  UnwatchAll(call.server, call.session);
  call.reply.Ok();
}

}  // namespace dunlin::server
