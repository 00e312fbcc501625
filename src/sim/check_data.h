// What clients are told about data, held against one model: for each key the value that the last acknowledged write
// left. While nothing but asynchronous replication's own weakness could change it, every server that serves a key must
// hold exactly that, also while its slot is on its way from one server to another.
//
// Replication is asynchronous: a failover, a crash, two servers that both believe to own a slot for a while, may lose
// acknowledged writes. From then on the slot is in doubt, and nothing is expected of it until everybody agrees on its
// owner again; then that owner's data is what is expected. What may never happen in doubt or not: a server that
// confirmed a write to WAIT and is elected later does not have it.
//
// Thread: one at a time.
#pragma once

#include <string_view>
#include <vector>

#include "base/ids.h"
#include "cluster/slot_map.h"
#include "sim/cluster_driver.h"
#include "sim/executor.h"
#include "sim/host.h"
#include "sim/keyspace.h"
#include "sim/verdict.h"

namespace dunlin::sim {

class DataCheck {
 public:
  // In a calm run nothing goes wrong: no slot may come into doubt.
  struct Options {
    bool calm = false;
    bool clocks_jump = false;
  };
  DataCheck(Verdict& verdict, const Keys& keys, const Options& options);

  void SetHosts(std::vector<Host*> hosts) { hosts_ = std::move(hosts); }

  // A server is about to answer a read (write 0), or to do a write.
  void OnServed(const Host& host, KeyIndex key, WriteId write);
  void OnStarted(const Host& host);
  void OnPromoted(const Host& host, Promotion how, const cluster::SlotMap& before, const cluster::SlotMap& after);
  // A key is about to go because its slot was lost.
  void OnDropped(const Host& host, KeyIndex key);
  // One key, or everything, has been replaced by what it is on another server, or deleted.
  void OnReplaced(const Host& host, KeyIndex key);
  void OnReloaded(const Host& host);
  // WAIT told a client that these hosts have its write.
  void OnAcknowledged(const Host& host, const Request& request, const std::vector<HostIndex>& holders);
  // An operator does what puts a slot in doubt.
  void Doubt(SlotId slot, std::string_view why);

  // Everybody agrees and nothing is under way: the owners hold what is expected, their replicas the same, nobody else
  // anything.
  void CheckAtRest();

 private:
  struct Confirmed {
    WriteId write;
    KeyIndex key;
    std::vector<std::pair<HostIndex, int>> holders;  // and their incarnation
  };

  void DoubtPlace(int place, std::string_view why);
  bool InDoubt(int place);
  // The one server that owns the slot as far as anybody knows; null when that is not so.
  const Host* SettledOwner(SlotId slot) const;
  void CheckPromotedData(const Host& host, int place, const cluster::SlotMap& before);
  void CheckConfirmed(const Host& host, const cluster::SlotMap& after);
  void CheckPlaceAtRest(int place);
  void CheckCopyAtRest(const Host& owner, const Host& other, KeyIndex key);
  bool HasStrays(SlotId slot) const;
  bool SomebodyElseHas(const Host& host, KeyIndex key) const;

  Verdict& verdict_;
  const Keys& keys_;
  const Options options_;
  std::vector<Host*> hosts_;
  std::vector<ValueRef> expected_;  // by key
  std::vector<bool> in_doubt_;      // by place of the slot
  std::vector<bool> was_in_doubt_;
  std::vector<Confirmed> confirmed_;
};

}  // namespace dunlin::sim
