// How commands wait for keys, and how those who wait are served.
#include "oplog/log.h"
#include "server/executor.h"
#include "server/executor_locks.h"
#include "server/server.h"
#include "server/waiting_lines.h"
#include "server/worker.h"

namespace dunlin::server {

using commands::Args;
using commands::CommandSpec;

void Executor::WaitForKeys(Session& session, const CommandSpec& spec, Args args, commands::WaitFor wait_for) {
  // Killed by somebody who was alone before us: nothing may be taken for it any more.
  if (session.closing) return;
  auto wait = std::make_shared<KeyWait>();
  wait->type = wait_for.type;
  wait->when_gone = wait_for.when_gone;
  wait->worker = &worker_;
  wait->session_id = session.id;
  wait->spec = &spec;
  wait->words = std::move(wait_for.args);
  if (wait->words.empty()) wait->words.assign(args.begin(), args.end());
  wait->args.assign(wait->words.begin(), wait->words.end());
  wait->keys.Collect(spec, wait->args, server_.store());
  wait->slots = wait->keys.slots;
  SortForLocking(&wait->slots);
  auto first = wait->args.begin() + static_cast<std::ptrdiff_t>(wait_for.first_key);
  wait->waited_for.assign(first, first + static_cast<std::ptrdiff_t>(wait_for.key_count));
  std::sort(wait->waited_for.begin(), wait->waited_for.end());
  wait->waited_for.erase(std::unique(wait->waited_for.begin(), wait->waited_for.end()), wait->waited_for.end());
  wait->db = session.db;
  wait->resp_version = session.resp_version;
  wait->no_touch = session.no_touch;
  wait->client = FactsOf(session);
  server_.waiting_lines().Enter(wait);
  worker_.Block(session, {.kind = BlockKind::kKeys, .deadline_ms = wait_for.deadline_ms, .wait = std::move(wait)});
}

void Executor::ServeReady() {
  ReadyKeys ready;
  for (ReadyKeys::Key& key : changes_.TakeReady()) ready.Add(std::move(key));
  AfterUnlock();
  Serve(std::move(ready));
}

void Executor::Serve(ReadyKeys ready) {
  // What has made the keys ready may have taken so long that they have expired.
  worker_.ReadClock();
  while (auto key = ready.Take()) ServeLine(*key, &ready);
  changes_.Begin(0, false, false);
}

void Executor::ServeLine(const ReadyKeys::Key& at, ReadyKeys* ready) {
  store::KeyRef key = server_.store().Ref(at.key);
  store::Slot& slot = server_.store().slot(key.slot);
  const store::WaitingLine* line = slot.WaitersOf(at.db, at.key);
  size_t passed = 0;
  // Whoever has to wait again goes to the end of the line, behind all who are looked at now.
  for (size_t left = line == nullptr ? 0 : line->size(); left > 0; --left) {
    line = slot.WaitersOf(at.db, at.key);
    std::shared_ptr<store::Waiter> waiter = (*line)[passed];
    const store::Entry* entry = slot.Find(at.db, key);
    bool there = entry != nullptr && !entry->ExpiredAt(worker_.now_ms());
    if ((there && entry->type() == waiter->type) || waiter->when_gone) {
      ServeOne(std::static_pointer_cast<KeyWait>(std::move(waiter)), ready);
    } else if (there || server_.waiting_lines().keys_when_gone() > 0) {
      ++passed;
    } else {
      return;
    }
  }
}

void Executor::ServeOne(std::shared_ptr<KeyWait> wait, ReadyKeys* ready) {
  server_.waiting_lines().Leave(*wait);
  BeginChanges();
  uint64_t start = server_.Ticks();
  resp::ReplyWriter reply(wait->reply, wait->resp_version);
  std::string refusal = RefusalOf(*wait);
  if (!refusal.empty()) {
    reply.Error(refusal);
  } else {
    Caller caller{.db = wait->db, .no_touch = wait->no_touch};
    auto again = RunHandler(caller, *wait->spec, wait->args, reply, wait->keys.Known());
    wait->written = Tell(wait->db, wait->args, {});
    for (ReadyKeys::Key& key : changes_.TakeReady()) ready->Add(std::move(key));
    AfterUnlock();
    if (again) {
      server_.waiting_lines().Enter(wait);
      return;
    }
  }
  wait->ticks = server_.Ticks() - start;
  served_.push_back(std::move(wait));
}

std::string Executor::RefusalOf(const KeyWait& wait) {
  dispatch::CallFacts call{*wait.spec, wait.args, wait.keys.slots};
  dispatch::Decision decision = dispatch::Decide(call, wait.client, server_.node_facts());
  if (decision.kind == dispatch::Decision::Kind::kRefuse) return decision.error;
  if (decision.kind != dispatch::Decision::Kind::kRunIfSettled) return {};
  return SettleOpenSlot(wait.db, wait.keys.refs, decision.migrating);
}

void Executor::ServeLater(const std::vector<ReadyKeys::Key>& ready) {
  std::vector<SlotId> slots;
  for (const ReadyKeys::Key& key : ready) slots.push_back(SlotOfKey(key.key));
  auto serve = [&] {
    ReadyKeys line;
    for (const ReadyKeys::Key& key : ready) line.Add(key);
    Serve(std::move(line));
  };
  if (!UnderLocks(slots, serve)) worker_.Alone(serve);
  DeliverServed();
}

void Executor::DeliverServed() {
  std::vector<std::shared_ptr<KeyWait>> served = std::move(served_);
  served_.clear();
  for (std::shared_ptr<KeyWait>& wait : served) {
    Worker& worker = *wait->worker;
    if (&worker == &worker_) {
      worker.TakeServed(*wait);
    } else {
      worker.Post([wait = std::move(wait)](Worker& w) { w.TakeServed(*wait); });
    }
  }
}

}  // namespace dunlin::server
