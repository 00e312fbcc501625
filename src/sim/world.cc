#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "cluster/render.h"
#include "sim/convergence.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

constexpr uint16_t kClientPort = 7000;
constexpr int kKeyedSlots = 10;
constexpr int kKeysPerSlot = 3;
constexpr int64_t kCreationLimitMs = 60'000;
// The time that a healed cluster may take to come to rest.
constexpr int64_t kHealingLimitMs = 90'000;
constexpr int64_t kHealingLimitTimeouts = 25;
constexpr int64_t kLookAgainMs = 250;
constexpr int64_t kStayAtRestMs = 2'000;
constexpr int64_t kInStepLimitMs = 20'000;
// Following MOVED once, and ASK.
constexpr int kRedirectionsAtRest = 2;
constexpr size_t kMaxQueue = 5'000;
constexpr size_t kMaxWaiting = 200'000;

}  // namespace

World::World(const Recipe& recipe, uint64_t seed, Plant plant, Trace::Options trace)
    : recipe_(recipe),
      random_(seed),
      trace_(scheduler_, std::move(trace)),
      network_(scheduler_, random_.Next()),
      keys_(kKeyedSlots, kKeysPerSlot, random_.Next()),
      checks_(trace_, keys_, {.calm = recipe.calm(), .clocks_jump = recipe.Has(Fault::kJumpClock)}),
      around_{scheduler_, network_, trace_, checks_, keys_, commands_, plant} {
  Build();
}

// ---- What there is

void World::Build() {
  network_.SetWeather({.min_delay_ms = recipe_.delay_ms.low,
                       .max_delay_ms = std::max(recipe_.delay_ms.low, recipe_.delay_ms.Pick(random_)),
                       .spike_one_in = static_cast<uint64_t>(recipe_.spike_one_in),
                       .max_spike_ms = recipe_.spike_ms.Pick(random_),
                       .half_open_one_in = static_cast<uint64_t>(recipe_.half_open_one_in)});
  primaries_ = static_cast<int>(recipe_.primaries.Pick(random_));
  replicas_ = static_cast<int>(recipe_.replicas.Pick(random_));
  int count = primaries_ * (1 + replicas_) + static_cast<int>(recipe_.spares.Pick(random_));
  // Each node pings each other: larger clusters are given more time, as they are in the world.
  int64_t node_timeout_ms = std::max<int64_t>(recipe_.node_timeout_ms.Pick(random_), 60 * count);
  cluster::Config common;
  common.manual_failover_timeout_ms = 5000;
  common.blacklist_ttl_s = random_.Between(2, 60);
  if (recipe_.mixed_settings) {
    common.replica_validity_factor = random_.OneIn(2) ? 10 : static_cast<int>(random_.Between(0, 3));
    common.migration_barrier = static_cast<int>(random_.Between(0, 2));
    common.allow_replica_migration = !random_.OneIn(4);
    common.require_full_coverage = !random_.OneIn(3);
  }
  std::vector<Host*> hosts;
  for (int i = 0; i < count; ++i) {
    HostSettings settings = DrawSettings(i, node_timeout_ms, common);
    hosts_.push_back(std::make_unique<Host>(around_, fmt::format("10.0.0.{}", i + 1), settings, random_.Next()));
    hosts.push_back(hosts_.back().get());
  }
  checks_.SetHosts(hosts);
  operator_ = std::make_unique<Operator>(around_, hosts, recipe_, random_.Next());
  faults_ = std::make_unique<Faults>(around_, hosts, recipe_, random_.Next());
  auto clients = recipe_.clients.Pick(random_);
  for (int64_t i = 0; i < clients; ++i) {
    clients_.push_back(std::make_unique<Client>(around_, hosts, recipe_, random_.Next(), &last_write_));
  }
}

HostSettings World::DrawSettings(int index, int64_t node_timeout_ms, const cluster::Config& common) {
  HostSettings settings;
  settings.cluster = common;
  settings.cluster.port = static_cast<uint16_t>(kClientPort + index);
  settings.cluster.node_timeout_ms = node_timeout_ms;
  if (recipe_.mixed_settings) settings.cluster.node_timeout_ms += random_.Between(0, node_timeout_ms / 4);
  replication::Config& replication = settings.replication;
  replication.port = settings.cluster.port;
  replication.cluster_enabled = true;
  replication.diskless_sync = random_.OneIn(2);
  replication.diskless_sync_delay_s = random_.Between(0, 1);
  replication.diskless_load = static_cast<replication::DisklessLoad>(random_.Below(3));
  replication.ping_replica_period_s = random_.Between(1, 3);
  replication.repl_timeout_s = random_.Between(4, 10);
  settings.cluster.repl_ping_replica_period_s = replication.ping_replica_period_s;
  if (recipe_.data_on_disk) settings.durability = static_cast<Durability>(random_.Below(3));
  settings.save_period_ms = random_.Between(500, 8000);
  settings.frames_as_bytes = random_.OneIn(2);
  settings.snapshot_ms = random_.Between(2, 300);
  settings.load_ms = random_.Between(1, 300);
  settings.drift_ppm = recipe_.drift_ppm.Pick(random_) * (random_.OneIn(2) ? 1 : -1);
  return settings;
}

void World::Begin(Task<> task) {
  tasks_.push_back(std::make_unique<Task<>>(std::move(task)));
  tasks_.back()->Start();
}

// ---- Time

bool World::PassUntil(int64_t end_ms, const std::function<bool()>& until) {
  while (!failed() && scheduler_.now_ms() < end_ms) {
    int64_t look_ms = std::min(end_ms, scheduler_.now_ms() + kLookAgainMs);
    while (!failed() && scheduler_.RunNext(look_ms)) {
    }
    checks_.OnQueue("things that wait on one connection", network_.longest_queue(), kMaxQueue);
    checks_.OnQueue("things that are to happen", scheduler_.waiting(), kMaxWaiting);
    if (!failed() && until()) return true;
  }
  return false;
}

void World::Pass(int64_t ms) {
  PassUntil(scheduler_.now_ms() + ms, [] { return false; });
}

// ---- The run

Outcome World::Run() {
  CreateCluster();
  if (!failed()) BeSafe();
  if (!failed()) ComeToRest();
  for (const auto& host : hosts_) {
    if (host->up()) checks_.OnEnding(*host);
  }
  Outcome outcome{.violation = checks_.violation(),
                  .hash = trace_.hash(),
                  .counters = checks_.counters(),
                  .healing_ms = healing_ms_};
  outcome.counters.steps = scheduler_.steps();
  outcome.counters.simulated_ms = static_cast<uint64_t>(scheduler_.now_ms());
  return outcome;
}

void World::CreateCluster() {
  for (const auto& host : hosts_) host->Boot();
  Pass(random_.Between(0, 500));
  Begin(operator_->Create(primaries_, replicas_));
  bool created = PassUntil(kCreationLimitMs, [&] { return operator_->created(); });
  if (!created) checks_.Fail("creation", WhyNotConverged(operator_->members()));
}

void World::BeSafe() {
  for (const auto& client : clients_) Begin(client->Run());
  Pass(random_.Between(0, 1000));
  for (const FaultPlan& plan : recipe_.faults) Begin(faults_->Strike(plan));
  for (const ActionPlan& plan : recipe_.actions) Begin(operator_->Act(plan));
  Pass(recipe_.safety_ms.Pick(random_));
}

void World::ComeToRest() {
  trace_.Line("everything heals");
  faults_->Heal();
  operator_->StopActing();
  NetworkWeather fair;
  network_.SetWeather(fair);
  Begin(operator_->Repair());
  int64_t longest_timeout_ms = 0;
  for (const auto& host : hosts_) {
    longest_timeout_ms = std::max(longest_timeout_ms, host->settings().cluster.node_timeout_ms);
  }
  int64_t healed_ms = scheduler_.now_ms();
  int64_t limit_ms = kHealingLimitMs + kHealingLimitTimeouts * longest_timeout_ms;
  // At rest is who stays so.
  int64_t since_ms = -1;
  auto at_rest = [&] {
    if (!WhyNotConverged(operator_->members()).empty())
      since_ms = -1;
    else if (since_ms < 0)
      since_ms = scheduler_.now_ms();
    return since_ms >= 0 && scheduler_.now_ms() - since_ms >= kStayAtRestMs;
  };
  bool rests = PassUntil(healed_ms + limit_ms, at_rest);
  if (!rests) {
    std::string why = WhyNotConverged(operator_->members());
    return FailLiveness(fmt::format("not at rest after {} ms: {}", limit_ms, why));
  }
  healing_ms_ = since_ms - healed_ms;
  operator_->StopRepairing();
  EndClients();
}

void World::FailLiveness(const std::string& why) {
  if (failed()) return;
  for (const auto& host : hosts_) {
    if (!host->up()) continue;
    std::string nodes = cluster::NodesText(host->server()->cluster().map(), false);
    for (std::string_view line : Split(nodes, '\n')) trace_.Line("host {} knows {}", host->index().value, line);
  }
  checks_.Fail("liveness", why);
}

// Clients find their way at once now. Then they stop, and everybody holds what everybody was told.
void World::EndClients() {
  for (const auto& client : clients_) client->ExpectAtMost(kRedirectionsAtRest);
  Pass(1000);
  for (const auto& client : clients_) client->Stop();
  auto in_step = [&] { return WhyNotInStep(operator_->members()).empty(); };
  // Commands that are under way still come to their end.
  Pass(3000);
  bool done = PassUntil(scheduler_.now_ms() + kInStepLimitMs, in_step);
  if (!done) return FailLiveness(WhyNotInStep(operator_->members()));
  std::string why = WhyNotConverged(operator_->members());
  if (!why.empty()) return FailLiveness("did not stay at rest: " + why);
  checks_.data().CheckAtRest();
}

}  // namespace dunlin::sim
