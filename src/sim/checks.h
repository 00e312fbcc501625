// The checkers, all of them, behind one front. They look from outside: at what is sent, heard, published, written,
// served; they never ask a machine what it thinks of itself.
//
// Thread: one at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/message.h"
#include "cluster/slot_map.h"
#include "sim/check_claims.h"
#include "sim/check_data.h"
#include "sim/check_epochs.h"
#include "sim/check_places.h"
#include "sim/check_votes.h"
#include "sim/cluster_driver.h"
#include "sim/executor.h"
#include "sim/host.h"
#include "sim/verdict.h"

namespace dunlin::sim {

class Checks {
 public:
  Checks(Trace& trace, const Keys& keys, const DataCheck::Options& options)
      : verdict_(trace),
        epochs_(verdict_),
        votes_(verdict_),
        claims_(verdict_),
        places_(verdict_),
        data_(verdict_, keys, options) {}

  void SetHosts(std::vector<Host*> hosts) { data_.SetHosts(std::move(hosts)); }
  Verdict& verdict() { return verdict_; }
  Counters& counters() { return verdict_.counters; }
  const std::optional<Violation>& violation() const { return verdict_.violation(); }
  void Fail(std::string_view check, std::string what) { verdict_.Fail(check, std::move(what)); }
  DataCheck& data() { return data_; }
  // A node's disk is put back to an older state: what it promised since is void.
  void Forgive(const NodeId& node);

  // ---- The life of a process ----
  void OnStarted(const Host& host);
  void OnEnding(const Host& host);
  void AfterStep(const Host& host);

  // ---- The cluster core ----
  void OnMap(const Host& host, const cluster::SlotMap* before, const cluster::SlotMap& after, const StepCause& cause);
  void OnPromoted(const Host& host, Promotion how, const cluster::SlotMap& before, const cluster::SlotMap& after);
  void OnSent(const Host& host, HostIndex to, const cluster::Message& message);
  void OnHeard(const Host& host, const cluster::Message& message);

  // ---- Data; see DataCheck ----
  void OnServed(const Host& host, KeyIndex key, WriteId write) { data_.OnServed(host, key, write); }
  void OnDropped(const Host& host, KeyIndex key) { data_.OnDropped(host, key); }
  void OnReplaced(const Host& host, KeyIndex key) { data_.OnReplaced(host, key); }
  void OnReloaded(const Host& host) { data_.OnReloaded(host); }
  void OnAcknowledged(const Host& host, const Request& request, const std::vector<HostIndex>& holders) {
    data_.OnAcknowledged(host, request, holders);
  }

  // A queue is that long and must not be longer than its bound.
  void OnQueue(std::string_view what, size_t size, size_t bound);

 private:
  Verdict verdict_;
  EpochCheck epochs_;
  VoteCheck votes_;
  ClaimCheck claims_;
  PlaceCheck places_;
  DataCheck data_;
};

}  // namespace dunlin::sim
