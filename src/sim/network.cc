#include "sim/network.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"

namespace dunlin::sim {
namespace {

constexpr int64_t kFirstKnockAgainMs = 1000;
constexpr int64_t kMaxKnockAgainMs = 8000;
constexpr int64_t kNoRouteMs = 3000;

constexpr std::string_view kReset = "Connection reset by peer";

}  // namespace

// ---- Machines

HostIndex Network::AddHost(std::string ip, NetworkUser* user) {
  hosts_.push_back({.ip = std::move(ip), .user = user, .ports = {}});
  return HostIndex(static_cast<int16_t>(hosts_.size() - 1));
}

HostIndex Network::FindIp(std::string_view ip) const {
  auto it = std::ranges::find(hosts_, ip, &Host::ip);
  return it == hosts_.end() ? kOutside : HostIndex(static_cast<int16_t>(it - hosts_.begin()));
}

void Network::SwitchOn(HostIndex host) {
  HostAt(host).on = true;
  SendAgain(host);
}

void Network::EndProcess(HostIndex host) {
  HostAt(host).ports.clear();
  CloseAllOf(host, /*tell=*/true);
}

void Network::SwitchOff(HostIndex host) {
  HostAt(host).ports.clear();
  HostAt(host).on = false;
  CloseAllOf(host, /*tell=*/false);
}

void Network::CloseAllOf(HostIndex host, bool tell) {
  std::vector<uint64_t> closed;
  for (auto& [serial, connection] : connections_) {
    for (int end : {0, 1}) {
      if (connection.host[end] != host || !std::exchange(connection.open[end], false)) continue;
      if (tell) Push(connection, 1 - end, Ended{kReset});
      closed.push_back(serial);
    }
  }
  for (uint64_t serial : closed) ForgetIfOver(serial);
}

// ---- Connections

Network::Connection* Network::Find(uint64_t serial) {
  auto it = connections_.find(serial);
  return it == connections_.end() ? nullptr : &it->second;
}

int64_t Network::Delay(HostIndex from, HostIndex to) {
  int64_t delay_ms = random_.Between(weather_.min_delay_ms, weather_.max_delay_ms);
  if (weather_.spike_one_in > 0 && random_.OneIn(weather_.spike_one_in)) {
    delay_ms += random_.Between(0, weather_.max_spike_ms);
  }
  for (HostIndex host : {from, to}) {
    if (host != kOutside) delay_ms += HostAt(host).added_ms;
  }
  return delay_ms;
}

ConnectionId Network::Connect(HostIndex from, std::string_view ip, uint16_t port) {
  uint64_t serial = next_serial_++;
  HostIndex to = FindIp(ip);
  Connection& connection = connections_[serial];
  connection.serial = serial;
  connection.host[0] = from;
  connection.host[1] = to;
  connection.port = port;
  int64_t delay_ms = to == kOutside ? kNoRouteMs : Delay(from, to);
  scheduler_.After(delay_ms, [this, serial] { Knock(serial, kFirstKnockAgainMs); });
  return IdOf(connection, 0);
}

// A first packet that is not answered is sent again, ever more slowly.
void Network::Knock(uint64_t serial, int64_t again_after_ms) {
  Connection* connection = Find(serial);
  if (connection == nullptr) return;
  HostIndex to = connection->host[1];
  if (to == kOutside) return Push(*connection, 0, Ended{"No route to host"});
  if (!IsCut(connection->host[0], to) && HostAt(to).on) return Accept(*connection);
  scheduler_.After(again_after_ms,
                   [this, serial, again_after_ms] { Knock(serial, std::min(again_after_ms * 2, kMaxKnockAgainMs)); });
}

void Network::Accept(Connection& connection) {
  Host& acceptor = HostAt(connection.host[1]);
  if (std::ranges::find(acceptor.ports, connection.port) == acceptor.ports.end()) {
    return Push(connection, 0, Ended{"Connection refused"});
  }
  connection.open[1] = true;
  if (weather_.half_open_one_in > 0 && random_.OneIn(weather_.half_open_one_in)) {
    Push(connection, 0, Ended{"Connection timed out"});
    connection.silent = true;
  } else {
    Push(connection, 0, Established{});
  }
  acceptor.user->OnAccepted(IdOf(connection, 1), connection.port, HostAt(connection.host[0]).ip);
}

void Network::Send(ConnectionId id, Payload payload) {
  Connection* connection = Find(id.value / 2);
  if (connection == nullptr || !connection->open[EndOf(id)]) return;
  Push(*connection, 1 - EndOf(id), std::move(payload));
}

void Network::Close(ConnectionId id) {
  Connection* connection = Find(id.value / 2);
  if (connection == nullptr || !std::exchange(connection->open[EndOf(id)], false)) return;
  Push(*connection, 1 - EndOf(id), Ended{"Connection closed by peer"});
  ForgetIfOver(id.value / 2);
}

HostIndex Network::PeerOf(ConnectionId id) const {
  auto it = connections_.find(id.value / 2);
  return it == connections_.end() ? kOutside : it->second.host[1 - EndOf(id)];
}

void Network::Push(Connection& connection, int end, Content content) {
  if (connection.silent) return;
  HostIndex to = connection.host[end];
  HostIndex from = connection.host[1 - end];
  Way& way = connection.to[end];
  int64_t arrives_ms = scheduler_.now_ms() + Delay(from, to);
  if (!way.queue.empty()) arrives_ms = std::max(arrives_ms, way.queue.back().arrives_ms);
  way.queue.push_back({arrives_ms, std::move(content)});
  longest_queue_ = std::max(longest_queue_, way.queue.size());
  Schedule(connection, end);
}

void Network::Schedule(Connection& connection, int end) {
  Way& way = connection.to[end];
  if (way.scheduled || way.held || way.queue.empty()) return;
  way.scheduled = true;
  int64_t at_ms = std::max(way.queue.front().arrives_ms, scheduler_.now_ms());
  scheduler_.At(at_ms, [this, serial_and_end = connection.serial * 2 + static_cast<uint64_t>(end)] {
    Arrive(serial_and_end / 2, static_cast<int>(serial_and_end & 1));
  });
}

void Network::Arrive(uint64_t serial, int end) {
  Connection* connection = Find(serial);
  if (connection == nullptr) return;
  Way& way = connection->to[end];
  way.scheduled = false;
  connection->busy = true;
  while (!way.queue.empty() && way.queue.front().arrives_ms <= scheduler_.now_ms()) {
    if (IsCut(connection->host[1 - end], connection->host[end]) || !HostAt(connection->host[end]).on) {
      way.held = true;
      break;
    }
    Packet packet = std::move(way.queue.front());
    way.queue.pop_front();
    HandOver(*connection, end, std::move(packet));
  }
  connection->busy = false;
  Schedule(*connection, end);
  ForgetIfOver(serial);
}

void Network::HandOver(Connection& connection, int end, Packet packet) {
  Host& host = HostAt(connection.host[end]);
  if (!connection.open[end]) {
    // What comes for a connection that this machine does not have is answered with a reset.
    bool is_last = std::holds_alternative<Ended>(packet.content);
    if (!is_last && connection.open[1 - end]) Push(connection, 1 - end, Ended{kReset});
    return;
  }
  ConnectionId id = IdOf(connection, end);
  if (std::holds_alternative<Established>(packet.content)) {
    host.user->OnConnected(id);
  } else if (auto* payload = std::get_if<Payload>(&packet.content)) {
    host.user->OnReceived(id, std::move(*payload));
  } else {
    connection.open[end] = false;
    host.user->OnClosed(id, std::get<Ended>(packet.content).reason);
  }
}

void Network::ForgetIfOver(uint64_t serial) {
  Connection* connection = Find(serial);
  if (connection == nullptr || connection->busy || connection->open[0] || connection->open[1]) return;
  connections_.erase(serial);
}

void Network::Call(HostIndex from, HostIndex to, std::function<void()> action) {
  int64_t arrives_ms = scheduler_.now_ms() + Delay(from, to);
  int64_t& last_ms = last_call_ms_[PathOf(from, to)];
  last_ms = arrives_ms = std::max(arrives_ms, last_ms);
  scheduler_.At(arrives_ms, [this, from, to, action = std::move(action)] {
    if (IsCut(from, to) || (to != kOutside && !HostAt(to).on)) return;
    action();
  });
}

// ---- What goes wrong

bool Network::IsCut(HostIndex from, HostIndex to) const { return !cuts_.empty() && cuts_.contains(PathOf(from, to)); }

void Network::OpenPath(HostIndex from, HostIndex to) {
  auto it = cuts_.find(PathOf(from, to));
  if (it == cuts_.end() || --it->second > 0) return;
  cuts_.erase(it);
  SendAgain(to);
}

void Network::SendAgain(HostIndex to) {
  for (auto& [serial, connection] : connections_) {
    for (int end : {0, 1}) {
      if (connection.host[end] != to) continue;
      connection.to[end].held = false;
      Schedule(connection, end);
    }
  }
}

void Network::OpenAllPaths() {
  while (!cuts_.empty()) {
    auto [from, to] = cuts_.begin()->first;
    cuts_.begin()->second = 1;
    OpenPath(from, to);
  }
}

std::vector<uint64_t> Network::PickEstablished(int count) {
  std::vector<uint64_t> established;
  for (const auto& [serial, connection] : connections_) {
    if (connection.open[0] && connection.open[1] && !connection.silent) established.push_back(serial);
  }
  std::vector<uint64_t> picked;
  for (; count > 0 && !established.empty(); --count) {
    size_t i = random_.Below(established.size());
    picked.push_back(established[i]);
    established.erase(established.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return picked;
}

void Network::BreakSome(int count) {
  for (uint64_t serial : PickEstablished(count)) {
    Connection& connection = connections_.at(serial);
    for (int end : {0, 1}) {
      connection.to[end].queue.clear();
      Push(connection, end, Ended{kReset});
    }
  }
}

void Network::SilenceSome(int count) {
  for (uint64_t serial : PickEstablished(count)) {
    Connection& connection = connections_.at(serial);
    connection.silent = true;
    for (Way& way : connection.to) way.queue.clear();
  }
}

}  // namespace dunlin::sim
