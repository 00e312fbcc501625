#include "cli/cluster_move.h"

#include <fmt/format.h>

#include <algorithm>

namespace dunlin::cli {
namespace {

constexpr size_t kWindowSlots = 64;
constexpr int64_t kWindowKeys = 512;
// MIGRATEs that the source has been sent and not answered yet: enough that it never waits for us.
constexpr size_t kMigratesInFlight = 4;
constexpr int kNoReplicasTries = 3;

// A primary that has just given away its last slot may have become a replica; then it needs not be told any more.
bool HasBecomeReplica(std::string_view error) {
  return error.find("Please use SETSLOT only with") != std::string_view::npos || error.starts_with("UNBLOCKED");
}

std::vector<std::string> TextElements(const resp::Reply& reply) {
  std::vector<std::string> texts;
  for (const resp::Reply& element : reply.elements) texts.push_back(element.text);
  return texts;
}

// The first failure of many; OK when there is none.
Status FirstFailure(const std::vector<Status>& statuses) {
  auto failed = std::ranges::find_if(statuses, [](const Status& status) { return !status.ok(); });
  return failed == statuses.end() ? Status::Ok() : *failed;
}

}  // namespace

SlotMover::Outcome SlotMover::Move(Node& source, Node& target, std::span<const int> slots, const Style& style) {
  Outcome total;
  while (!slots.empty() && total.done()) {
    if (interrupts_.Interrupted()) {
      total.interrupted = true;
      break;
    }
    Result<size_t> size = WindowSize(source, slots);
    if (!size) {
      total.status = size.error();
      break;
    }
    Window w{.source = source, .target = target, .style = style};
    for (int slot : slots.first(*size)) w.jobs.push_back({.slot = slot});
    slots = slots.subspan(*size);
    RunWindow(w);
    total.status = w.outcome.status;
    total.interrupted = w.outcome.interrupted;
    total.moved += w.outcome.moved;
    total.left_open = w.outcome.left_open;
  }
  return total;
}

SlotMover::Outcome SlotMover::MoveKeysOnly(Node& source, Node& target, int slot, const Style& style) {
  Window w{.source = source, .target = target, .style = style};
  w.jobs.push_back({.slot = slot, .state = JobState::kOpen});
  MoveKeys(w);
  return w.outcome;
}

Result<size_t> SlotMover::WindowSize(Node& source, std::span<const int> slots) {
  slots = slots.first(std::min(slots.size(), kWindowSlots));
  for (int slot : slots) source.connection().Queue({"CLUSTER", "COUNTKEYSINSLOT", NumberText(slot)});
  std::vector<int64_t> counts;
  Status failure;
  for (size_t i = 0; i < slots.size(); ++i) {
    Result<resp::Reply> reply = source.connection().Receive();
    if (!reply) return Fail(reply.error());
    if (reply->IsError()) failure = Status::Unavailable(reply->text);
    counts.push_back(reply->integer);
  }
  if (!failure.ok()) return Fail(failure);
  size_t size = 1;
  int64_t keys = counts[0];
  while (size < slots.size() && keys + counts[size] <= kWindowKeys) keys += counts[size++];
  return size;
}

void SlotMover::RunWindow(Window& w) {
  std::optional<Refusal> refusal = Open(w);
  MoveKeys(w);
  if (refusal && !w.stopped()) {
    if (!w.style.quiet) m_.console.Print("{}\n", LineStart(w, w.jobs[refusal->job]));
    w.outcome.status = refusal->why;
  }
  Commit(w);
  if (w.stopped()) PutBack(w);
  m_.console.Flush();
}

std::vector<Status> SlotMover::SetSlots(Node& node, const std::vector<int>& slots, std::string_view what,
                                        const Node* peer) {
  for (int slot : slots) {
    if (peer != nullptr) {
      node.connection().Queue({"CLUSTER", "SETSLOT", NumberText(slot), what, peer->id()});
    } else {
      node.connection().Queue({"CLUSTER", "SETSLOT", NumberText(slot), what});
    }
  }
  std::vector<Status> statuses;
  for (size_t i = 0; i < slots.size(); ++i) {
    Result<resp::Reply> reply = node.connection().Receive();
    if (!reply) {
      statuses.push_back(reply.error().WithContext(fmt::format("CLUSTER SETSLOT failed to run on {}", node.Address())));
    } else {
      statuses.push_back(reply->IsError() ? Status::Unavailable(reply->text) : Status::Ok());
    }
  }
  return statuses;
}

// Opens slots up to the first that is refused.
std::optional<SlotMover::Refusal> SlotMover::Open(Window& w) {
  std::optional<Refusal> refusal;
  std::vector<int> slots;
  for (const Job& job : w.jobs) slots.push_back(job.slot);
  std::vector<Status> importing = SetSlots(w.target, slots, "IMPORTING", &w.source);
  size_t count = 0;
  for (; count < slots.size() && importing[count].ok(); ++count) w.jobs[count].state = JobState::kImporting;
  // Slots behind a refused one that were opened all the same.
  for (size_t i = count + 1; i < slots.size(); ++i) {
    if (importing[i].ok()) w.jobs[i].state = JobState::kImporting;
  }
  if (count < slots.size()) refusal = Refusal{.job = count, .why = importing[count]};
  slots.resize(count);
  std::vector<Status> migrating = SetSlots(w.source, slots, "MIGRATING", &w.target);
  bool hold = false;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (migrating[i].ok()) {
      w.jobs[i].state = hold ? JobState::kHeld : JobState::kOpen;
    } else if (!hold) {
      hold = true;
      refusal = Refusal{.job = i, .why = migrating[i]};
    }
  }
  return refusal;
}

void SlotMover::MoveKeys(Window& w) {
  while (!w.stopped()) {
    Result<std::deque<Batch>> batches = NextBatches(w);
    if (!batches) {
      w.outcome.status = batches.error();
      break;
    }
    if (batches->empty()) break;
    SendBatches(w, std::move(*batches));
  }
  // Those whose last keys went while the window was being stopped are as good as any other.
  if (w.stopped()) {
    Result<std::deque<Batch>> rest = NextBatches(w);
    if (!rest && w.outcome.status.ok()) w.outcome.status = rest.error();
  }
  EndLines(w, w.jobs.size());
}

Result<std::deque<SlotMover::Batch>> SlotMover::NextBatches(Window& w) {
  auto batch_size = static_cast<size_t>(std::max(m_.cluster().pipeline, 1));
  std::string limit = NumberText(std::max<int64_t>(kWindowKeys, static_cast<int64_t>(batch_size * kMigratesInFlight)));
  std::vector<size_t> open;
  for (size_t i = 0; i < w.jobs.size(); ++i) {
    if (w.jobs[i].state != JobState::kOpen) continue;
    open.push_back(i);
    w.source.connection().Queue({"CLUSTER", "GETKEYSINSLOT", NumberText(w.jobs[i].slot), limit});
  }
  std::deque<Batch> batches;
  Status failure;
  for (size_t i : open) {
    Result<resp::Reply> reply = w.source.connection().Receive();
    if (!reply) return Fail(reply.error());
    if (reply->IsError()) {
      w.source.PrintReplyError(m_, reply->text);
      w.outcome.printed = true;
      failure = Status::Unavailable(reply->text);
      continue;
    }
    std::vector<std::string> keys = TextElements(*reply);
    if (keys.empty()) w.jobs[i].state = JobState::kMoved;
    for (size_t at = 0; at < keys.size(); at += batch_size) {
      auto begin = keys.begin() + static_cast<std::ptrdiff_t>(at);
      auto end = keys.begin() + static_cast<std::ptrdiff_t>(std::min(keys.size(), at + batch_size));
      batches.push_back({.job = i, .keys{std::make_move_iterator(begin), std::make_move_iterator(end)}});
    }
  }
  if (!failure.ok()) return Fail(failure);
  return batches;
}

void SlotMover::SendBatches(Window& w, std::deque<Batch> batches) {
  while (!batches.empty() && !w.stopped()) {
    for (const auto& [batch, error] : StreamBatches(w, batches)) {
      if (w.jobs[batch.job].state == JobState::kFailed) continue;
      if (Resolve(w, batch, error)) Finished(w, batch);
    }
  }
}

// Sends batches until one is refused, a signal comes or all are through; the refused ones with the reason.
std::vector<std::pair<SlotMover::Batch, std::string>> SlotMover::StreamBatches(Window& w, std::deque<Batch>& batches) {
  std::vector<std::pair<Batch, std::string>> refused;
  std::deque<Batch> in_flight;
  while (true) {
    if (interrupts_.Interrupted() && !batches.empty()) w.outcome.interrupted = true;
    while (refused.empty() && !w.stopped() && !batches.empty() && in_flight.size() < kMigratesInFlight) {
      QueueMigrate(w, batches.front(), false);
      in_flight.push_back(std::move(batches.front()));
      batches.pop_front();
    }
    if (in_flight.empty()) return refused;
    Batch batch = std::move(in_flight.front());
    in_flight.pop_front();
    Result<resp::Reply> reply = interrupts_.Receive(w.source.connection());
    if (!reply) {
      FailJob(w, batch.job, reply.error().WithContext("Node " + w.source.Address()));
      return refused;
    }
    if (reply->IsError()) {
      refused.emplace_back(std::move(batch), reply->text);
    } else {
      Finished(w, batch);
    }
  }
}

void SlotMover::QueueMigrate(Window& w, const Batch& batch, bool replace) {
  std::vector<std::string> words = {
      "MIGRATE", w.target.host(), NumberText(w.target.port()), "", "0", NumberText(m_.cluster().timeout_ms)};
  if (replace) words.emplace_back("REPLACE");
  if (m_.options.password && m_.options.user) {
    words.insert(words.end(), {"AUTH2", *m_.options.user, *m_.options.password});
  } else if (m_.options.password) {
    words.insert(words.end(), {"AUTH", *m_.options.password});
  }
  words.emplace_back("KEYS");
  words.insert(words.end(), batch.keys.begin(), batch.keys.end());
  w.source.connection().Queue(words);
  // A broken connection shows when the answer is read.
  (void)w.source.connection().Flush();
}

void SlotMover::FailJob(Window& w, size_t job, Status why) {
  w.jobs[job].state = JobState::kFailed;
  if (w.outcome.status.ok()) w.outcome.status = std::move(why);
}

void SlotMover::PrintFailure(Window& w, size_t job, std::string_view error) {
  m_.console.Print("\n");
  w.source.PrintReplyError(m_, error);
  w.outcome.printed = true;
  FailJob(w, job, Status::Unavailable(std::string(error)));
}

void SlotMover::Finished(Window& w, const Batch& batch) {
  BeginLine(w, batch.job);
  if (w.style.quiet || w.jobs[batch.job].line_ended) return;
  m_.console.Print("{:.>{}}", "", batch.keys.size());
  m_.console.Flush();
}

void SlotMover::Commit(Window& w) {
  std::vector<int> moved;
  for (const Job& job : w.jobs) {
    if (job.state == JobState::kMoved) moved.push_back(job.slot);
  }
  if (moved.empty()) return;
  TellTarget(w, moved);
  auto refused = [&](int slot) { return !w.target.owns(slot); };
  std::ranges::copy_if(moved, std::back_inserter(w.outcome.left_open), refused);
  std::erase_if(moved, refused);
  TellOthers(w, moved);
  w.outcome.moved += static_cast<int>(moved.size());
  for (size_t i = 0; i < moved.size() && w.style.on_slot; ++i) w.style.on_slot();
}

void SlotMover::TellTarget(Window& w, const std::vector<int>& slots) {
  std::vector<int> untold = slots;
  Status failure;
  bool again = true;
  for (int tries = 0; tries < kNoReplicasTries && again && !untold.empty(); ++tries) {
    std::vector<Status> statuses = SetSlots(w.target, untold, "NODE", &w.target);
    failure = FirstFailure(statuses);
    for (size_t i = 0; i < untold.size(); ++i) {
      if (!statuses[i].ok()) continue;
      w.target.set_owns(untold[i], true);
      w.source.set_owns(untold[i], false);
    }
    std::erase_if(untold, [&](int slot) { return w.target.owns(slot); });
    // Replicas of the target that are slow to follow may be in time for the next try.
    again = failure.message().starts_with("NOREPLICAS");
  }
  if (!failure.ok() && w.outcome.status.ok()) w.outcome.status = failure;
}

void SlotMover::TellOthers(Window& w, const std::vector<int>& slots) {
  std::vector<Node*> others = {&w.source};
  for (Node* node : cluster_.All()) {
    if (node != &w.source && node != &w.target && !node->is_replica()) others.push_back(node);
  }
  for (Node* node : others) {
    for (int slot : slots) {
      node->connection().Queue({"CLUSTER", "SETSLOT", NumberText(slot), "NODE", w.target.id()});
    }
    (void)node->connection().Flush();
  }
  for (Node* node : others) {
    for (size_t i = 0; i < slots.size(); ++i) {
      Result<resp::Reply> reply = node->connection().Receive();
      // A node that cannot be told hears it from the target, as nodes hear everything.
      if (!reply) break;
      if (!reply->IsError() || HasBecomeReplica(reply->text)) continue;
      if (w.outcome.status.ok()) w.outcome.status = Status::Unavailable(reply->text);
    }
  }
}

// What has not been moved is closed where it was, unless some of its keys are over there already.
void SlotMover::PutBack(Window& w) {
  std::vector<int> importing;
  std::vector<int> migrating;
  for (const Job& job : w.jobs) {
    if (job.state == JobState::kMoved || job.state == JobState::kClosed) continue;
    if (job.state != JobState::kImporting) {
      Result<resp::Reply> count = w.target.Ask({"CLUSTER", "COUNTKEYSINSLOT", NumberText(job.slot)});
      if (!count || count->integer != 0) {
        w.outcome.left_open.push_back(job.slot);
        continue;
      }
      migrating.push_back(job.slot);
    }
    importing.push_back(job.slot);
  }
  // The source first: while it sends clients on, the target must take them.
  (void)SetSlots(w.source, migrating, "STABLE", nullptr);
  (void)SetSlots(w.target, importing, "STABLE", nullptr);
}

std::string SlotMover::LineStart(const Window& w, const Job& job) const {
  return fmt::format("Moving slot {} from {} to {}: ", job.slot, w.source.Address(), w.target.Address());
}

void SlotMover::BeginLine(Window& w, size_t job) {
  EndLines(w, job);
  if (w.style.quiet || w.jobs[job].line_begun) return;
  w.jobs[job].line_begun = true;
  m_.console.Print("{}", LineStart(w, w.jobs[job]));
}

// Writes the lines of the jobs before `end` that have none yet and came through.
void SlotMover::EndLines(Window& w, size_t end) {
  for (; w.line < end; ++w.line) {
    Job& job = w.jobs[w.line];
    if (w.style.quiet || (!job.line_begun && job.state != JobState::kMoved)) continue;
    m_.console.Print("{}\n", job.line_begun ? "" : LineStart(w, job));
    job.line_begun = job.line_ended = true;
  }
}

void PrintInterrupted(const Manager& m, const SlotMover::Outcome& outcome, int moved, int total, const Node& source,
                      const Node& target) {
  m.console.Complain("*** Interrupted: {} of {} slots have been moved.\n", moved, total);
  if (outcome.left_open.empty()) {
    m.console.Complain("*** No slot was left open. Run the same command again to move the rest.\n");
    return;
  }
  m.console.Complain("*** Slot {} has keys on both {} and {}. Run --cluster fix {} before anything else.\n",
                     fmt::join(outcome.left_open, ", "), source.Address(), target.Address(), source.Address());
}

}  // namespace dunlin::cli
