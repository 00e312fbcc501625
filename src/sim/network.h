// The network: machines with addresses, connections whose bytes arrive in order, and everything that goes wrong with
// them. What a machine hears of its connections comes through NetworkUser; nothing is heard at once, everything takes
// its time.
//
// A connection dies in the ways that real ones do: closed (the end arrives behind the data), reset (by a machine that
// does not know it any more), or silent: packets vanish and nobody is told (half-open). Paths are cut one way at a
// time; what is under way then, or goes to a machine that is off, waits, as TCP would repeat it.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "cluster/message.h"
#include "sim/scheduler.h"

namespace dunlin::sim {

// A machine, counted from 0. kOutside stands for whoever is in no part of the network: clients and operators reach
// every machine that is on.
using HostIndex = StrongInt<struct HostIndexTag, int16_t>;
inline constexpr HostIndex kOutside{-1};

// One end of a connection. The other end has the same number but for the lowest bit, which is 0 for the connector's.
using ConnectionId = StrongInt<struct ConnectionIdTag, uint64_t>;

// Bytes, or a bus message that was not put into bytes.
using Payload = std::variant<std::string, std::shared_ptr<const cluster::Message>>;

class NetworkUser {
 public:
  virtual ~NetworkUser() = default;
  virtual void OnAccepted(ConnectionId end, uint16_t port, const std::string& peer_ip) = 0;
  virtual void OnConnected(ConnectionId end) = 0;
  virtual void OnReceived(ConnectionId end, Payload payload) = 0;
  // Not for ends that this machine closed itself.
  virtual void OnClosed(ConnectionId end, std::string_view reason) = 0;
};

struct NetworkWeather {
  int64_t min_delay_ms = 0;
  int64_t max_delay_ms = 2;
  // One packet in so many takes up to `max_spike_ms` longer; 0: none does.
  uint64_t spike_one_in = 0;
  int64_t max_spike_ms = 0;
  // One connection in so many is known to the machine that accepted it alone; 0: none is.
  uint64_t half_open_one_in = 0;
};

class Network {
 public:
  Network(Scheduler& scheduler, uint64_t seed) : scheduler_(scheduler), random_(seed) {}

  void SetWeather(const NetworkWeather& weather) { weather_ = weather; }

  // ---- Machines ----

  // Switched off, and listening nowhere.
  HostIndex AddHost(std::string ip, NetworkUser* user);
  int host_count() const { return static_cast<int>(hosts_.size()); }
  const std::string& IpOf(HostIndex host) const { return HostAt(host).ip; }
  HostIndex FindIp(std::string_view ip) const;
  // A machine that is on and not listening refuses connections. One that is off is not heard of.
  void SwitchOn(HostIndex host);
  void Listen(HostIndex host, std::vector<uint16_t> ports) { HostAt(host).ports = std::move(ports); }
  // The process ended; the machine tells its peers.
  void EndProcess(HostIndex host);
  // Nobody is told.
  void SwitchOff(HostIndex host);

  // ---- Connections ----

  // The connector's end; it will hear OnConnected or OnClosed.
  ConnectionId Connect(HostIndex from, std::string_view ip, uint16_t port);
  // Arrives behind everything that was sent from this end before. From an end that is closed: nothing.
  void Send(ConnectionId end, Payload payload);
  void Close(ConnectionId end);
  // Who has the other end; kOutside when there is no such connection.
  HostIndex PeerOf(ConnectionId end) const;
  // What was sent to an end and has not arrived: the most over all connections.
  size_t longest_queue() const { return longest_queue_; }

  // A call without a connection, for what is no part of the protocols: `action` is done when it arrives. It is lost
  // when the path is cut or the machine is off; calls from one machine to another arrive in order.
  void Call(HostIndex from, HostIndex to, std::function<void()> action);

  // ---- What goes wrong ----

  // Nothing gets from one to the other until as many OpenPath.
  void CutPath(HostIndex from, HostIndex to) { ++cuts_[PathOf(from, to)]; }
  void OpenPath(HostIndex from, HostIndex to);
  bool IsCut(HostIndex from, HostIndex to) const;
  void OpenAllPaths();
  // What this machine sends and receives takes so much longer.
  void Slow(HostIndex host, int64_t added_ms) { HostAt(host).added_ms = added_ms; }
  // Some connections by chance: reset at both ends, or silent from now on.
  void BreakSome(int count);
  void SilenceSome(int count);

 private:
  struct Established {};
  struct Ended {
    std::string_view reason;
  };
  using Content = std::variant<Established, Payload, Ended>;
  struct Packet {
    int64_t arrives_ms = 0;
    Content content;
  };
  // Towards one end.
  struct Way {
    std::deque<Packet> queue;
    bool scheduled = false;  // an arrival is
    bool held = false;       // until the path is open and the machine on
  };
  // By its number without the lowest bit. Ends: 0 the connector's, 1 the acceptor's.
  struct Connection {
    uint64_t serial = 0;
    HostIndex host[2];
    uint16_t port = 0;
    bool open[2] = {true, false};
    bool silent = false;
    bool busy = false;  // arrivals are being handed over
    Way to[2];
  };
  struct Host {
    std::string ip;
    NetworkUser* user = nullptr;
    bool on = false;
    std::vector<uint16_t> ports;
    int64_t added_ms = 0;
  };

  const Host& HostAt(HostIndex host) const { return hosts_[static_cast<size_t>(host.value)]; }
  Host& HostAt(HostIndex host) { return hosts_[static_cast<size_t>(host.value)]; }
  static std::pair<HostIndex, HostIndex> PathOf(HostIndex from, HostIndex to) { return {from, to}; }
  static int EndOf(ConnectionId id) { return static_cast<int>(id.value & 1); }
  static ConnectionId IdOf(const Connection& connection, int end) {
    return ConnectionId(connection.serial * 2 + static_cast<uint64_t>(end));
  }
  Connection* Find(uint64_t serial);
  int64_t Delay(HostIndex from, HostIndex to);
  void Knock(uint64_t serial, int64_t again_after_ms);
  void Accept(Connection& connection);
  // Sends something towards that end.
  void Push(Connection& connection, int end, Content content);
  void Schedule(Connection& connection, int end);
  void Arrive(uint64_t serial, int end);
  void HandOver(Connection& connection, int end, Packet packet);
  // What was held on its way to that machine tries anew.
  void SendAgain(HostIndex to);
  void ForgetIfOver(uint64_t serial);
  void CloseAllOf(HostIndex host, bool tell);
  std::vector<uint64_t> PickEstablished(int count);

  Scheduler& scheduler_;
  Random random_;
  NetworkWeather weather_;
  std::vector<Host> hosts_;
  std::map<uint64_t, Connection> connections_;
  uint64_t next_serial_ = 1;
  std::map<std::pair<HostIndex, HostIndex>, int> cuts_;
  std::map<std::pair<HostIndex, HostIndex>, int64_t> last_call_ms_;
  size_t longest_queue_ = 0;
};

}  // namespace dunlin::sim
