// How clients and operators reach a server: from outside the network's faults, with a time limit. Each call is a
// promise of the answer, or of nothing when none came in time.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster/core.h"
#include "sim/executor.h"
#include "sim/host.h"
#include "sim/network.h"
#include "sim/scheduler.h"
#include "sim/task.h"

namespace dunlin::sim {

class Outside {
 public:
  Outside(Scheduler& scheduler, Network& network) : scheduler_(scheduler), network_(network) {}

  Promise<std::optional<cluster::AdminReply>> Admin(Host& host, cluster::AdminCommand command);
  Promise<std::optional<Reply>> Command(Host& host, Request request);
  // An error, or an empty text.
  Promise<std::optional<std::string>> Migrate(Host& source, Host& target, std::vector<KeyIndex> keys, bool replace);
  Promise<std::optional<std::vector<KeyIndex>>> KeysInSlot(Host& host, SlotId slot);
  // Somebody says something that needs no answer.
  void Tell(Host& host, std::function<void(Server&)> what);

 private:
  // `ask` is given the server and what to call with the answer.
  template <typename T>
  Promise<std::optional<T>> Call(Host& host, int64_t timeout_ms,
                                 std::function<void(Server&, std::function<void(const T&)>)> ask);

  Scheduler& scheduler_;
  Network& network_;
};

}  // namespace dunlin::sim
