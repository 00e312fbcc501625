#include "sim/faults.h"

#include <algorithm>

#include "sim/checks.h"

namespace dunlin::sim {
namespace {

constexpr int64_t kMaxAddedMs = 800;
constexpr int64_t kMaxClockJumpMs = 3'600'000;
constexpr int64_t kSmallClockJumpMs = 5'000;
// How long a process has to come to the point where it is to die.
constexpr int64_t kCrashPointLimitMs = 3'000;
constexpr int64_t kLookAgainMs = 5;

}  // namespace

Task<> Faults::Strike(FaultPlan plan) {
  while (!healed_) {
    co_await around_.scheduler.Sleep(plan.when.every_ms.Pick(random_));
    if (healed_) co_return;
    auto once = StrikeOnce(plan.fault, plan.when.lasts_ms.Pick(random_));
    co_await once;
  }
}

Task<> Faults::StrikeOnce(Fault fault, int64_t lasts_ms) {
  Network& network = around_.network;
  switch (fault) {
    case Fault::kPartition: return CutPaths(Between(PickGroup(), true), lasts_ms);
    case Fault::kIsolate: return CutPaths(Between({&AnyHost()}, true), lasts_ms);
    case Fault::kOneWay: return CutPaths(Between(PickGroup(), false), lasts_ms);
    case Fault::kStall: return CutPaths({{AnyHost().index(), AnyHost().index()}}, lasts_ms);
    case Fault::kSlow: return Slow(lasts_ms);
    case Fault::kKill: return Kill(false, lasts_ms);
    case Fault::kPowerCut: return Kill(true, lasts_ms);
    case Fault::kCrashPoint: return CrashAtPoint(false, lasts_ms);
    case Fault::kCrashVoter: return CrashAtPoint(true, lasts_ms);
    case Fault::kPause: return Pause(lasts_ms);
    case Fault::kLoseDisk: return LoseDisk(lasts_ms);
    case Fault::kOldDisk: return OldDisk(lasts_ms);
    case Fault::kBreakLinks: network.BreakSome(static_cast<int>(random_.Between(1, 4))); break;
    case Fault::kSilenceLinks: network.SilenceSome(static_cast<int>(random_.Between(1, 3))); break;
    case Fault::kJumpClock: JumpClock(); break;
  }
  return Nothing();
}

Task<> Faults::Nothing() { co_return; }

Host* Faults::AnyRunning() {
  Host& host = AnyHost();
  return host.running() ? &host : nullptr;
}

// ---- The network

std::vector<Host*> Faults::PickGroup() {
  std::vector<Host*> group;
  for (Host* host : hosts_) {
    if (random_.OneIn(2)) group.push_back(host);
  }
  return group;
}

std::vector<Faults::Path> Faults::Between(const std::vector<Host*>& some, bool both_ways) const {
  std::vector<Path> paths;
  for (const Host* one : some) {
    for (const Host* other : hosts_) {
      if (std::ranges::find(some, other) != some.end()) continue;
      paths.emplace_back(one->index(), other->index());
      if (both_ways) paths.emplace_back(other->index(), one->index());
    }
  }
  return paths;
}

Task<> Faults::CutPaths(std::vector<Path> paths, int64_t lasts_ms) {
  around_.trace.Line("fault: {} paths are cut for {} ms", paths.size(), lasts_ms);
  for (const Path& path : paths) around_.network.CutPath(path.first, path.second);
  co_await around_.scheduler.Sleep(lasts_ms);
  if (healed_) co_return;
  for (const Path& path : paths) around_.network.OpenPath(path.first, path.second);
}

Task<> Faults::Slow(int64_t lasts_ms) {
  HostIndex host = AnyHost().index();
  around_.network.Slow(host, random_.Between(1, kMaxAddedMs));
  co_await around_.scheduler.Sleep(lasts_ms);
  around_.network.Slow(host, 0);
}

// ---- Processes and machines

void Faults::BootIfDown(Host& host) {
  if (!host.up()) host.Boot();
}

Task<> Faults::Kill(bool power, int64_t lasts_ms) {
  Host* host = AnyRunning();
  if (host == nullptr) co_return;
  power ? host->CutPower() : host->Kill();
  co_await around_.scheduler.Sleep(lasts_ms);
  BootIfDown(*host);
}

Task<> Faults::CrashAtPoint(bool voter, int64_t lasts_ms) {
  Host* host = AnyRunning();
  if (host == nullptr) co_return;
  auto point = static_cast<CrashPoint>(random_.Below(5));
  host->CrashAt(point, random_.OneIn(2), voter);
  for (int64_t waited_ms = 0; host->up() && waited_ms < kCrashPointLimitMs && !healed_; waited_ms += kLookAgainMs) {
    co_await around_.scheduler.Sleep(kLookAgainMs);
  }
  host->CancelCrash();
  co_await around_.scheduler.Sleep(lasts_ms);
  BootIfDown(*host);
}

Task<> Faults::Pause(int64_t lasts_ms) {
  Host* host = AnyRunning();
  if (host == nullptr) co_return;
  host->Pause();
  co_await around_.scheduler.Sleep(lasts_ms);
  host->Resume();
}

void Faults::JumpClock() {
  int64_t limit_ms = random_.OneIn(3) ? kMaxClockJumpMs : kSmallClockJumpMs;
  int64_t by_ms = random_.Between(-limit_ms, limit_ms);
  Host& host = AnyHost();
  around_.trace.Line("fault: the clock of host {} jumps by {} ms", host.index().value, by_ms);
  host.JumpClock(by_ms);
}

// ---- Disks

Task<> Faults::LoseDisk(int64_t lasts_ms) {
  Host* host = AnyRunning();
  if (host == nullptr) co_return;
  host->CutPower();
  host->ReplaceDisk();
  around_.trace.Line("fault: host {} has an empty disk", host->index().value);
  co_await around_.scheduler.Sleep(lasts_ms);
  BootIfDown(*host);
}

Task<> Faults::OldDisk(int64_t lasts_ms) {
  Host* host = AnyRunning();
  if (host == nullptr) co_return;
  std::string old = host->disk().nodes_conf;
  NodeId id = host->node_id();
  co_await around_.scheduler.Sleep(random_.Between(1000, 10'000));
  if (healed_ || !host->running() || host->node_id() != id) co_return;
  host->CutPower();
  host->disk().WriteNodesConf(std::move(old), true);
  around_.checks.Forgive(id);
  around_.trace.Line("fault: host {} has an old nodes.conf", host->index().value);
  co_await around_.scheduler.Sleep(lasts_ms);
  BootIfDown(*host);
}

// ---- The end

void Faults::Heal() {
  healed_ = true;
  around_.network.OpenAllPaths();
  for (Host* host : hosts_) {
    around_.network.Slow(host->index(), 0);
    host->CancelCrash();
    host->Resume();
    BootIfDown(*host);
  }
}

}  // namespace dunlin::sim
