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
  bool failed = session.transaction_failed;
  bool touched = session.watch_flag && session.watch_flag->touched.load();
  // A key that was there when it was watched and has expired since counts as touched.
  for (const WatchedKey& watched : session.watched) {
    if (touched) break;
    store::KeyRef key = call.server.store().Ref(watched.key);
    store::Slot& slot = call.server.store().slot(key.slot);
    slot.lock().Lock();
    const store::Entry* entry = slot.Find(watched.db, key);
    touched = entry != nullptr && entry->ExpiredAt(call.now_ms) &&
              !slot.WatchedStale(watched.db, watched.key, session.watch_flag.get());
    slot.lock().Unlock();
  }
  if (failed || touched) {
    DiscardTransaction(call.server, session);
    if (failed) {
      call.reply.Error("EXECABORT Transaction discarded because of previous errors.");
    } else {
      call.reply.NullArray();
    }
    return;
  }
  UnwatchAll(call.server, session);
  session.in_transaction = false;
  call.worker.executor().RunQueued(call);
  Reset(session);
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
