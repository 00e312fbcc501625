// Moving slots with their keys from one node to another, so that whatever happens on the way can be put right by `fix`.
//
// Thread: main.
// A slot is opened (importing at the target, then migrating at the source), emptied by MIGRATE, and closed (owned by
// the target: told to the target first, because a slot that only the source has given away belongs to nobody). Slots
// with few keys go together in a window, so that a round trip serves many. When a move fails or is interrupted, slots
// whose keys are all over there are closed, slots of which nothing has left are put back, and only one that is split in
// two stays open.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/cluster_interrupt.h"
#include "cli/cluster_nodes.h"

namespace dunlin::cli {

class SlotMover {
 public:
  struct Style {
    bool quiet = false;             // no line for each slot
    bool fixing = false;            // a slot that nobody serves is given to the target
    std::function<void()> on_slot;  // after each slot that has been moved
  };
  struct Outcome {
    Status status;               // why it stopped; OK also when interrupted
    bool printed = false;        // the console has the reason already; then the message may be empty
    bool interrupted = false;    // by a signal, before the end
    int moved = 0;               // slots that have changed hands
    std::vector<int> left_open;  // slots that are half here and half there

    bool done() const { return status.ok() && !interrupted; }
  };

  SlotMover(const Manager& m, const Cluster& cluster, InterruptGuard& interrupts)
      : m_(m), cluster_(cluster), interrupts_(interrupts) {}

  // Moves the slots, which all belong to `source`.
  Outcome Move(Node& source, Node& target, std::span<const int> slots, const Style& style);
  // Moves only the keys of a slot; nobody is told of a change.
  Outcome MoveKeysOnly(Node& source, Node& target, int slot, const Style& style);

 private:
  // kHeld: open, but not to be moved because one before it could not be opened.
  enum class JobState : uint8_t { kClosed, kImporting, kOpen, kHeld, kMoved, kFailed };
  struct Job {
    int slot = 0;
    JobState state = JobState::kClosed;
    bool line_begun = false;
    bool line_ended = false;
  };
  // The first job of a window that could not be opened.
  struct Refusal {
    size_t job = 0;
    Status why;
  };
  // The keys of one MIGRATE.
  struct Batch {
    size_t job = 0;
    std::vector<std::string> keys;
  };
  struct Window {
    Node& source;
    Node& target;
    const Style& style;
    std::vector<Job> jobs;
    Outcome outcome;
    size_t line = 0;  // the job whose line is being written

    bool stopped() const { return !outcome.done(); }
  };

  // How many of `slots`, from the first on, go into one window.
  Result<size_t> WindowSize(Node& source, std::span<const int> slots);
  void RunWindow(Window& w);

  std::optional<Refusal> Open(Window& w);
  std::vector<Status> SetSlots(Node& node, const std::vector<int>& slots, std::string_view what, const Node* peer);

  void MoveKeys(Window& w);
  Result<std::deque<Batch>> NextBatches(Window& w);
  void SendBatches(Window& w, std::deque<Batch> batches);
  std::vector<std::pair<Batch, std::string>> StreamBatches(Window& w, std::deque<Batch>& batches);
  void QueueMigrate(Window& w, const Batch& batch, bool replace);
  void FailJob(Window& w, size_t job, Status why);
  void PrintFailure(Window& w, size_t job, std::string_view error);
  void Finished(Window& w, const Batch& batch);

  bool Resolve(Window& w, const Batch& batch, const std::string& error);
  bool ResolveBusyKey(Window& w, const Batch& batch);
  Result<std::vector<std::string>> DifferingKeys(Window& w, const std::vector<std::string>& keys);
  bool MigrateAgain(Window& w, const Batch& batch, bool replace);

  void Commit(Window& w);
  void TellTarget(Window& w, const std::vector<int>& slots);
  void TellOthers(Window& w, const std::vector<int>& slots);
  void PutBack(Window& w);

  std::string LineStart(const Window& w, const Job& job) const;
  void BeginLine(Window& w, size_t job);
  void EndLines(Window& w, size_t end);

  const Manager& m_;
  const Cluster& cluster_;
  InterruptGuard& interrupts_;
};

// The id of the node that `node` believes to own the slot; empty when it knows of none.
Result<std::string> SlotOwnerSeenBy(Node& node, int slot);

// Says that a move was interrupted, what has been done and how to go on.
void PrintInterrupted(const Manager& m, const SlotMover::Outcome& outcome, int moved, int total, const Node& source,
                      const Node& target);

}  // namespace dunlin::cli
