#include "sim/checks.h"

#include <fmt/format.h>

#include "sim/server.h"

namespace dunlin::sim {
namespace {

// Two links for each pair of nodes, a few that are about to end, and handshakes.
constexpr size_t kMaxLinksPerHost = 8;
constexpr size_t kSpareLinks = 64;
// A gossip section may name every node, and no node twice.
constexpr size_t kSpareGossip = 16;

}  // namespace

void Checks::Forgive(const NodeId& node) {
  epochs_.Forgive(node);
  votes_.Forgive(node);
}

void Checks::OnStarted(const Host& host) {
  ++verdict_.counters.boots;
  votes_.OnStarted(host.node_id(), host.server()->cluster().last_vote_epoch());
  claims_.OnStarted(host.index());
  data_.OnStarted(host);
}

void Checks::OnEnding(const Host& host) {
  const replication::SyncCounts& counts = host.server()->replication().node().replicas().counts();
  verdict_.counters.full_syncs += static_cast<uint64_t>(counts.full);
  verdict_.counters.partial_syncs += static_cast<uint64_t>(counts.partial_ok);
}

void Checks::AfterStep(const Host& host) {
  places_.AfterStep(host);
  auto hosts = static_cast<size_t>(host.around().network.host_count());
  OnQueue("links of a node", host.server()->cluster().link_count(), kMaxLinksPerHost * hosts + kSpareLinks);
}

void Checks::OnMap(const Host& host, const cluster::SlotMap* before, const cluster::SlotMap& after,
                   const StepCause& cause) {
  epochs_.OnMap(before, after, cause.start);
  claims_.OnMap(host.index(), before, after, cause.admin != nullptr || cause.start);
}

void Checks::OnPromoted(const Host& host, Promotion how, const cluster::SlotMap& before,
                        const cluster::SlotMap& after) {
  host.around().trace.Line("host {} leads now", host.index().value);
  if (how != Promotion::kReset) ++verdict_.counters.promotions;
  bool by_votes = how != Promotion::kReset && how != Promotion::kTakeover;
  if (by_votes) votes_.OnElected(host.index(), before, after);
  data_.OnPromoted(host, how, before, after);
}

void Checks::OnSent(const Host& host, HostIndex to, const cluster::Message& message) {
  ++verdict_.counters.messages;
  epochs_.OnSent(message);
  votes_.OnSent(to, message);
  if (const auto* ping = std::get_if<cluster::PingBody>(&message.body)) {
    auto known = static_cast<size_t>(host.server()->cluster().map().summary().known_nodes);
    OnQueue("gossip entries", ping->gossip.size(), known + kSpareGossip);
  }
}

void Checks::OnHeard(const Host& host, const cluster::Message& message) {
  claims_.OnHeard(host.index(), host.server()->cluster().map(), message);
}

void Checks::OnQueue(std::string_view what, size_t size, size_t bound) {
  if (size > bound) Fail("bounds", fmt::format("{}: {}, and {} are the most", what, size, bound));
}

}  // namespace dunlin::sim
