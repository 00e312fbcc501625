#include "cli/cluster_meet.h"

#include <chrono>
#include <thread>

namespace dunlin::cli {
namespace {

constexpr int kBusPortOffset = 10000;
constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::seconds kPatience{10};

}  // namespace

bool Meet(const Manager& m, Node& node, Node& first) {
  Result<std::string> ip = first.PeerIp();
  if (!ip) {
    m.console.Complain("Invalid IP address or hostname specified: {}\n", first.host());
    return false;
  }
  int bus_port = first.line().bus_port;
  std::string port = NumberText(first.port());
  // The form with two arguments where it says enough: nodes of old know no other.
  if (bus_port == 0 || bus_port == first.port() + kBusPortOffset) {
    return node.AskOrComplain(m, {"CLUSTER", "MEET", *ip, port}).has_value();
  }
  return node.AskOrComplain(m, {"CLUSTER", "MEET", *ip, port, NumberText(bus_port)}).has_value();
}

bool Replicate(const Manager& m, Node& node, const std::string& primary_id) {
  auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    Result<resp::Reply> reply = node.Ask({"CLUSTER", "REPLICATE", primary_id});
    if (reply) return true;
    bool unknown_yet = reply.error().message().starts_with("ERR Unknown node");
    if (!unknown_yet || std::chrono::steady_clock::now() >= give_up) {
      node.PrintReplyError(m, reply.error().message());
      return false;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace dunlin::cli
