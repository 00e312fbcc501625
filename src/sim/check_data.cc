#include "sim/check_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/server.h"

namespace dunlin::sim {
namespace {

const ValueRef& Held(const Host& host, KeyIndex key) { return host.server()->keyspace().Get(key); }

bool HasOpen(const cluster::SlotMap& map, SlotId slot) {
  return map.Migrating(slot) != cluster::kNoNode || map.Importing(slot) != cluster::kNoNode;
}

}  // namespace

DataCheck::DataCheck(Verdict& verdict, const Keys& keys, const Options& options)
    : verdict_(verdict),
      keys_(keys),
      options_(options),
      expected_(static_cast<size_t>(keys.count())),
      in_doubt_(keys.slots().size()),
      was_in_doubt_(keys.slots().size()) {}

// ---- Doubt

void DataCheck::DoubtPlace(int place, std::string_view why) {
  auto at = static_cast<size_t>(place);
  if (options_.calm) {
    verdict_.Fail("data",
                  fmt::format("slot {} is in doubt though nothing went wrong: {}", keys_.slots()[at].value, why));
  }
  in_doubt_[at] = was_in_doubt_[at] = true;
}

void DataCheck::Doubt(SlotId slot, std::string_view why) {
  auto it = std::ranges::find(keys_.slots(), slot);
  if (it != keys_.slots().end()) DoubtPlace(static_cast<int>(it - keys_.slots().begin()), why);
}

const Host* DataCheck::SettledOwner(SlotId slot) const {
  const Host* owner = nullptr;
  for (const Host* host : hosts_) {
    if (!host->up() || !host->server()->cluster().map().IsMine(slot)) continue;
    if (owner != nullptr) return nullptr;
    owner = host;
  }
  if (owner == nullptr) return nullptr;
  for (const Host* host : hosts_) {
    if (!host->up()) continue;
    const cluster::SlotMap& map = host->server()->cluster().map();
    if (map.summary().known_nodes <= 1) continue;
    cluster::NodeIndex index = map.Owner(slot);
    if (index == cluster::kNoNode || map.Node(index).id != owner->node_id() || HasOpen(map, slot)) return nullptr;
  }
  return owner;
}

// A failure may leave keys where their slot no longer is; they would come back with the slot.
bool DataCheck::HasStrays(SlotId slot) const {
  return std::ranges::any_of(hosts_, [&](const Host* host) {
    return host->up() && !host->server()->cluster().map().IsMyShards(slot) &&
           !host->server()->keyspace().KeysInSlot(slot).empty();
  });
}

bool DataCheck::InDoubt(int place) {
  auto at = static_cast<size_t>(place);
  if (!in_doubt_[at]) return false;
  const Host* owner = SettledOwner(keys_.slots()[at]);
  if (owner == nullptr || HasStrays(keys_.slots()[at])) return true;
  in_doubt_[at] = false;
  for (int i = 0; i < keys_.keys_per_slot(); ++i) {
    KeyIndex key = keys_.KeyAt(place, i);
    expected_[key.value] = Held(*owner, key);
  }
  return false;
}

// ---- What servers do

void DataCheck::OnServed(const Host& host, KeyIndex key, WriteId write) {
  ++(write.value == 0 ? verdict_.counters.reads : verdict_.counters.writes);
  if (InDoubt(keys_.PlaceOf(key))) return;
  ValueRef& expected = expected_[key.value];
  if (!SameValue(Held(host, key), expected)) {
    verdict_.Fail("data",
                  fmt::format("host {} serves key {} of slot {} as {}, and acknowledged is {}", host.index().value,
                              keys_.NameOf(key), keys_.SlotOf(key).value, ToText(Held(host, key)), ToText(expected)));
  }
  if (write.value != 0) expected = Appended(expected, write);
}

void DataCheck::OnStarted(const Host& host) {
  const cluster::SlotMap& map = host.server()->cluster().map();
  for (int i = 0; i < keys_.count(); ++i) {
    KeyIndex key(static_cast<uint16_t>(i));
    bool lost = host.lost_data() && !SameValue(host.lost_data()->Get(key), Held(host, key));
    if (lost) DoubtPlace(keys_.PlaceOf(key), "a crash lost data");
  }
  for (size_t place = 0; place < keys_.slots().size(); ++place) {
    SlotId slot = keys_.slots()[place];
    bool is_stray = !map.IsMyShards(slot) && !host.server()->keyspace().KeysInSlot(slot).empty();
    if (is_stray) DoubtPlace(static_cast<int>(place), "old keys come back");
    if (!map.IsMine(slot)) continue;
    auto claims_too = [&](const Host* other) {
      return other != &host && other->up() && other->server()->cluster().map().IsMine(slot);
    };
    if (std::ranges::any_of(hosts_, claims_too)) DoubtPlace(static_cast<int>(place), "an old owner comes back");
  }
}

void DataCheck::OnPromoted(const Host& host, Promotion how, const cluster::SlotMap& before,
                           const cluster::SlotMap& after) {
  if (how == Promotion::kReset) return;
  for (size_t at = 0; at < keys_.slots().size(); ++at) {
    SlotId slot = keys_.slots()[at];
    auto place = static_cast<int>(at);
    if (how == Promotion::kElectedByHand) {
      if (after.IsMine(slot)) CheckPromotedData(host, place, before);
      if (!options_.calm && after.IsMine(slot)) DoubtPlace(place, "a failover by hand");
    } else if (after.IsMine(slot) || !host.server()->keyspace().KeysInSlot(slot).empty()) {
      DoubtPlace(place, "a failover");
    }
  }
  CheckConfirmed(host, after);
}

// A failover by hand waits for all of the old primary's data, so it loses nothing.
void DataCheck::CheckPromotedData(const Host& host, int place, const cluster::SlotMap& before) {
  if (options_.clocks_jump || InDoubt(place)) return;
  SlotId slot = keys_.slots()[static_cast<size_t>(place)];
  const NodeId& old_primary = before.Node(before.Myself().primary).id;
  auto it = std::ranges::find(hosts_, old_primary, [](const Host* h) { return h->node_id(); });
  if (it == hosts_.end() || !(*it)->up()) return;
  // A process that began anew knows nothing of the pause it had promised.
  int64_t now_ms = host.around().scheduler.now_ms();
  if (now_ms - (*it)->booted_ms() < 2 * host.settings().cluster.manual_failover_timeout_ms) return;
  // What was moved elsewhere already is not here.
  if (std::ranges::any_of(hosts_,
                          [&](const Host* h) { return h->up() && HasOpen(h->server()->cluster().map(), slot); })) {
    return;
  }
  for (int i = 0; i < keys_.keys_per_slot(); ++i) {
    KeyIndex key = keys_.KeyAt(place, i);
    if (SameValue(Held(host, key), expected_[key.value])) continue;
    verdict_.Fail("data", fmt::format("a failover by hand to host {} leaves key {} as {}, and acknowledged was {}",
                                      host.index().value, keys_.NameOf(key), ToText(Held(host, key)),
                                      ToText(expected_[key.value])));
  }
}

bool DataCheck::SomebodyElseHas(const Host& host, KeyIndex key) const {
  return std::ranges::any_of(hosts_, [&](const Host* other) {
    return other != &host && other->up() && SameValue(Held(*other, key), expected_[key.value]);
  });
}

void DataCheck::OnDropped(const Host& host, KeyIndex key) {
  OnReplaced(host, key);
  if (InDoubt(keys_.PlaceOf(key)) || !SameValue(Held(host, key), expected_[key.value])) return;
  if (SomebodyElseHas(host, key)) return;
  verdict_.Fail("data",
                fmt::format("host {} deletes key {}, and nobody else has it", host.index().value, keys_.NameOf(key)));
}

// ---- WAIT

void DataCheck::OnAcknowledged(const Host& host, const Request& request, const std::vector<HostIndex>& holders) {
  if (holders.empty()) return;
  ++verdict_.counters.acknowledged;
  const ReplicationDriver& mine = host.server()->replication();
  for (KeyIndex key : request.keys) {
    Confirmed confirmed{request.write, key, {}};
    for (HostIndex index : holders) {
      if (index == kOutside) continue;
      const Host& holder = *hosts_[static_cast<size_t>(index.value)];
      if (!holder.up()) continue;
      const ReplicationDriver& its = holder.server()->replication();
      bool same_stream = its.is_replica() && !its.loading() && its.node().history().id() == mine.node().history().id();
      // Since it said so it may have gone elsewhere.
      if (!same_stream) continue;
      bool moved = Held(host, key) == nullptr || !Held(host, key)->Has(request.write);
      bool has = Held(holder, key) != nullptr && Held(holder, key)->Has(request.write);
      if (!moved && !has) {
        verdict_.Fail("wait", fmt::format("host {} acknowledged write {} of key {} and does not have it", index.value,
                                          request.write.value, keys_.NameOf(key)));
      }
      if (has) confirmed.holders.emplace_back(index, holder.incarnation());
    }
    confirmed_.push_back(std::move(confirmed));
  }
}

void DataCheck::CheckConfirmed(const Host& host, const cluster::SlotMap& after) {
  std::pair<HostIndex, int> me(host.index(), host.incarnation());
  for (const Confirmed& confirmed : confirmed_) {
    if (!after.IsMine(keys_.SlotOf(confirmed.key))) continue;
    if (std::ranges::find(confirmed.holders, me) == confirmed.holders.end()) continue;
    const ValueRef& held = Held(host, confirmed.key);
    if (held != nullptr && held->Has(confirmed.write)) continue;
    verdict_.Fail("wait", fmt::format("host {} confirmed write {} of key {}, leads now and does not have it",
                                      host.index().value, confirmed.write.value, keys_.NameOf(confirmed.key)));
  }
}

void DataCheck::OnReplaced(const Host& host, KeyIndex key) {
  for (Confirmed& confirmed : confirmed_) {
    if (confirmed.key != key) continue;
    std::erase_if(confirmed.holders, [&](const auto& holder) { return holder.first == host.index(); });
  }
}

// A copy of another server's data need not have it.
void DataCheck::OnReloaded(const Host& host) {
  for (Confirmed& confirmed : confirmed_) {
    const ValueRef& held = Held(host, confirmed.key);
    if (held != nullptr && held->Has(confirmed.write)) continue;
    std::erase_if(confirmed.holders, [&](const auto& holder) { return holder.first == host.index(); });
  }
}

// ---- In the end

void DataCheck::CheckAtRest() {
  for (size_t place = 0; place < keys_.slots().size(); ++place) CheckPlaceAtRest(static_cast<int>(place));
  for (const Confirmed& confirmed : confirmed_) {
    const Host* owner = SettledOwner(keys_.SlotOf(confirmed.key));
    bool has =
        owner != nullptr && Held(*owner, confirmed.key) != nullptr && Held(*owner, confirmed.key)->Has(confirmed.write);
    if (!has) ++verdict_.counters.acknowledged_lost;
  }
}

void DataCheck::CheckPlaceAtRest(int place) {
  SlotId slot = keys_.slots()[static_cast<size_t>(place)];
  const Host* owner = SettledOwner(slot);
  if (owner == nullptr) {
    verdict_.Fail("data", fmt::format("slot {} has no owner that all agree on at the end", slot.value));
    return;
  }
  bool in_doubt = InDoubt(place);
  for (int i = 0; i < keys_.keys_per_slot(); ++i) {
    KeyIndex key = keys_.KeyAt(place, i);
    if (!in_doubt && !SameValue(Held(*owner, key), expected_[key.value])) {
      verdict_.Fail("data", fmt::format("host {} owns key {} as {}, and acknowledged is {}", owner->index().value,
                                        keys_.NameOf(key), ToText(Held(*owner, key)), ToText(expected_[key.value])));
    }
    for (const Host* other : hosts_) {
      if (other->up() && other != owner) CheckCopyAtRest(*owner, *other, key);
    }
  }
}

void DataCheck::CheckCopyAtRest(const Host& owner, const Host& other, KeyIndex key) {
  const cluster::SlotMap& map = other.server()->cluster().map();
  bool follows = map.IsMyShards(keys_.SlotOf(key));
  if (follows && !SameValue(Held(other, key), Held(owner, key))) {
    verdict_.Fail("data", fmt::format("host {} follows host {} and holds key {} as {} instead of {}",
                                      other.index().value, owner.index().value, keys_.NameOf(key),
                                      ToText(Held(other, key)), ToText(Held(owner, key))));
  }
  // What a failure left behind somewhere is for an operator to clear up.
  bool is_stray = !follows && Held(other, key) != nullptr;
  if (is_stray && !was_in_doubt_[static_cast<size_t>(keys_.PlaceOf(key))]) {
    verdict_.Fail("data", fmt::format("key {} is on host {}, which owns it, and on host {} too", keys_.NameOf(key),
                                      owner.index().value, other.index().value));
  }
}

}  // namespace dunlin::sim
