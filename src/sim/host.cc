#include "sim/host.h"

#include <utility>

#include "sim/checks.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

constexpr int64_t kEpochMs = 1'700'000'000'000;
constexpr int64_t kTickMs = 100;
constexpr int64_t kTickJitterMs = 5;
// A process that could never stand still for so long without its machine's buffers running over.
constexpr size_t kMaxMailbox = 100'000;

}  // namespace

Host::Host(const Surroundings& around, std::string ip, const HostSettings& settings, uint64_t seed)
    : around_(around), settings_(settings), random_(seed), index_(around_.network.AddHost(std::move(ip), this)) {}

Host::~Host() = default;

int64_t Host::monotonic_ms() const {
  int64_t now_ms = around_.scheduler.now_ms();
  return now_ms + now_ms * settings_.drift_ppm / 1'000'000;
}

int64_t Host::wall_ms() const { return kEpochMs + monotonic_ms() + wall_offset_ms_; }

// ---- The life of its process

void Host::Boot() {
  if (up()) return;
  ++incarnation_;
  booted_ms_ = around_.scheduler.now_ms();
  paused_ = tick_missed_ = false;
  dying_ = false;
  doom_.reset();
  mailbox_.clear();
  around_.trace.Mix(0xb007ull + static_cast<uint64_t>(index_.value));
  around_.trace.Line("host {} boots", index_.value);
  around_.network.SwitchOn(index_);
  around_.network.Listen(index_, {port(), static_cast<uint16_t>(port() + kBusPortOffset)});
  server_ = std::make_unique<Server>(*this);
  Run([](Server& server) { server.Start(); });
  ScheduleTick();
}

void Host::ScheduleTick() {
  int64_t delay_ms = kTickMs + random_.Between(0, kTickJitterMs);
  around_.scheduler.After(delay_ms, [this, life = incarnation_] {
    if (life != incarnation_ || !up()) return;
    if (paused_) {
      tick_missed_ = true;
    } else {
      Run([](Server& server) { server.Tick(); });
    }
    ScheduleTick();
  });
}

void Host::EndProcess() {
  if (!up()) return;
  around_.checks.OnEnding(*this);
  lost_data_ = server_->keyspace();
  if (settings_.durability == Durability::kEverything) disk_.data = SavedData{server_->keyspace(), std::nullopt, {}};
  server_.reset();
  mailbox_.clear();
  dying_ = false;
  paused_ = false;
}

void Host::Kill() {
  if (!up()) return;
  around_.trace.Line("host {} is killed", index_.value);
  EndProcess();
  around_.network.EndProcess(index_);
}

void Host::CutPower() {
  if (up()) {
    around_.trace.Line("host {} loses its power", index_.value);
    EndProcess();
  }
  around_.network.SwitchOff(index_);
  // A file that was renamed and not synced is the old one or the new one.
  if (random_.OneIn(2)) disk_.nodes_conf = disk_.durable_nodes_conf;
}

void Host::Pause() {
  if (!running()) return;
  around_.trace.Line("host {} stands still", index_.value);
  paused_ = true;
}

void Host::Resume() {
  if (!paused_) return;
  around_.trace.Line("host {} goes on", index_.value);
  paused_ = false;
  bool tick_first = random_.OneIn(2);
  auto tick = [&] {
    if (std::exchange(tick_missed_, false)) Run([](Server& server) { server.Tick(); });
  };
  if (tick_first) tick();
  while (!mailbox_.empty() && running()) {
    auto action = std::move(mailbox_.front());
    mailbox_.pop_front();
    Run(action);
  }
  tick();
}

void Host::ReplaceDisk() {
  disk_ = Disk();
  node_id_ = NodeId();
}

bool Host::DiesAt(CrashPoint point, bool is_voting) {
  if (dying_) return true;
  if (!doom_ || doom_->point != point || (doom_->voting && !is_voting)) return false;
  dying_ = true;
  return true;
}

// ---- What happens to the process

template <typename Action>
void Host::Run(Action&& action) {
  if (!up() || dying_) return;
  bool outermost = !std::exchange(acting_, true);
  action(*server_);
  if (!outermost) return;
  if (!dying_) server_->Settle();
  acting_ = false;
  if (dying_) {
    bool power = doom_ && doom_->power;
    doom_.reset();
    power ? CutPower() : Kill();
    return;
  }
  around_.checks.AfterStep(*this);
}

void Host::Do(std::function<void(Server&)> action) {
  if (!up()) return;
  if (!paused_) return Run(action);
  mailbox_.push_back(std::move(action));
  around_.checks.OnQueue("messages that wait for a process", mailbox_.size(), kMaxMailbox);
}

void Host::DoNow(int incarnation, std::function<void(Server&)> action) {
  if (incarnation == incarnation_) Do(std::move(action));
}

void Host::DoAfter(int64_t delay_ms, std::function<void(Server&)> action) {
  around_.scheduler.After(delay_ms, [this, life = incarnation_, action = std::move(action)] { DoNow(life, action); });
}

void Host::OnAccepted(ConnectionId end, uint16_t port, const std::string& peer_ip) {
  if (running()) return Run([&](Server& server) { server.OnAccepted(end, port, peer_ip); });
  Do([end, port, peer_ip](Server& server) { server.OnAccepted(end, port, peer_ip); });
}

void Host::OnConnected(ConnectionId end) {
  Do([end](Server& server) { server.OnConnected(end); });
}

void Host::OnReceived(ConnectionId end, Payload payload) {
  if (running()) return Run([&](Server& server) { server.OnReceived(end, std::move(payload)); });
  Do([end, payload = std::move(payload)](Server& server) { server.OnReceived(end, payload); });
}

void Host::OnClosed(ConnectionId end, std::string_view reason) {
  Do([end, reason](Server& server) { server.OnClosed(end, reason); });
}

}  // namespace dunlin::sim
