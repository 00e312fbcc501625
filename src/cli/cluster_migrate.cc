// What a source answers to MIGRATE when it is no OK, and what can be done about it.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/cluster_move.h"

namespace dunlin::cli {
namespace {

// What DEBUG DIGEST-VALUE answers for a key that is not there.
constexpr std::string_view kNoKeyDigest = "0000000000000000000000000000000000000000";
constexpr std::chrono::seconds kReadyPatience{10};
constexpr std::chrono::milliseconds kReadyPause{20};

Result<std::vector<resp::Reply>> Digests(const Manager& m, Node& node, const std::vector<std::string>& keys) {
  std::vector<std::string> words = {"DEBUG", "DIGEST-VALUE"};
  words.insert(words.end(), keys.begin(), keys.end());
  Result<resp::Reply> reply = node.Command(words);
  if (!reply) return Fail(reply.error());
  if (reply->IsError()) {
    node.PrintReplyError(m, reply->text);
    return Fail(Status::Unavailable(reply->text));
  }
  if (reply->elements.size() != keys.size()) return Fail(Status::Corruption("DEBUG DIGEST-VALUE told too little"));
  return std::move(reply->elements);
}

// All that there is to say of it has been said.
Status KeysInTheWay() { return Status::AlreadyExists(""); }

// A node that has just started or joined refuses everything for a while.
bool BecomesReady(Node& node) {
  auto give_up = std::chrono::steady_clock::now() + kReadyPatience;
  while (true) {
    Result<resp::Reply> info = node.Ask({"CLUSTER", "INFO"});
    if (!info) return false;
    if (info->text.find("cluster_state:ok") != std::string::npos) return true;
    if (std::chrono::steady_clock::now() >= give_up) return false;
    std::this_thread::sleep_for(kReadyPause);
  }
}

}  // namespace

Result<std::string> SlotOwnerSeenBy(Node& node, int slot) {
  Result<resp::Reply> reply = node.Ask({"CLUSTER", "SLOTS"});
  if (!reply) return Fail(reply.error());
  for (const resp::Reply& range : reply->elements) {
    if (range.elements.size() < 3 || range.elements[2].elements.size() < 3) continue;
    if (slot < range.elements[0].integer || slot > range.elements[1].integer) continue;
    return range.elements[2].elements[2].text;
  }
  return std::string();
}

// True when the keys are over there in the end.
bool SlotMover::Resolve(Window& w, const Batch& batch, const std::string& error) {
  BeginLine(w, batch.job);
  if (error.find("BUSYKEY") != std::string::npos) return ResolveBusyKey(w, batch);
  if (error.find("CLUSTERDOWN") != std::string::npos && BecomesReady(w.target)) return MigrateAgain(w, batch, false);
  int slot = w.jobs[batch.job].slot;
  Result<std::string> owner = SlotOwnerSeenBy(w.source, slot);
  if (!owner) w.source.PrintReplyError(m_, owner.error().message());
  if (owner && owner->empty()) {
    if (w.style.fixing) {
      m_.console.Warn("*** Slot was not served, setting owner to node {}.\n", w.target.Address());
      std::vector<Status> set = SetSlots(w.source, {slot}, "NODE", &w.target);
      if (!set[0].ok()) w.source.PrintReplyError(m_, set[0].message());
    }
    return MigrateAgain(w, batch, false);
  }
  PrintFailure(w, batch.job, error);
  return false;
}

// A key that is there already: the trace of an attempt that broke off after the copy, or somebody else's value.
bool SlotMover::ResolveBusyKey(Window& w, const Batch& batch) {
  m_.console.Warn("\n*** Target key exists\n");
  if (!m_.cluster().replace) {
    m_.console.Warn("*** Checking key values on both nodes...\n");
    Result<std::vector<std::string>> different = DifferingKeys(w, batch.keys);
    if (!different) {
      m_.console.Error("*** Value check failed!\n");
      FailJob(w, batch.job, KeysInTheWay());
      w.outcome.printed = true;
      return false;
    }
    if (!different->empty()) {
      m_.console.Error(
          "*** Found {} key(s) in both source node and target node having different values.\n"
          "    Source node: {}\n    Target node: {}\n    Keys(s):\n",
          different->size(), w.source.Address(), w.target.Address());
      for (const std::string& key : *different) m_.console.Error("    - {}\n", key);
      m_.console.Error(
          "Please fix the above key(s) manually and try again or relaunch the command \n"
          "with --cluster-replace option to force key overriding.\n");
      w.outcome.printed = true;
      FailJob(w, batch.job, KeysInTheWay());
      return false;
    }
  }
  m_.console.Warn("*** Replacing target keys...\n");
  return MigrateAgain(w, batch, true);
}

// Keys that both nodes hold with values that are not the same.
Result<std::vector<std::string>> SlotMover::DifferingKeys(Window& w, const std::vector<std::string>& keys) {
  Result<std::vector<resp::Reply>> here = Digests(m_, w.source, keys);
  if (!here) return Fail(here.error());
  Result<std::vector<resp::Reply>> there = Digests(m_, w.target, keys);
  if (!there) return Fail(there.error());
  std::vector<std::string> different;
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string& mine = (*here)[i].text;
    const std::string& theirs = (*there)[i].text;
    if (mine != kNoKeyDigest && theirs != kNoKeyDigest && mine != theirs) different.push_back(keys[i]);
  }
  return different;
}

bool SlotMover::MigrateAgain(Window& w, const Batch& batch, bool replace) {
  QueueMigrate(w, batch, replace);
  Result<resp::Reply> reply = interrupts_.Receive(w.source.connection());
  if (reply && !reply->IsError()) return true;
  PrintFailure(w, batch.job, reply ? reply->text : reply.error().message());
  return false;
}

}  // namespace dunlin::cli
