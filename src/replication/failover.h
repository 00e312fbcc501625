// The FAILOVER command: a primary hands its role to one of its replicas and loses no write.
//
//   no-failover -(FAILOVER)-> waiting-for-sync: writes are paused until a replica has everything
//               -> failover-in-progress: this node follows the target and says so with PSYNC ... FAILOVER
//               -> no-failover: the target has taken over, or, when it refused, this node is the primary again
//
// Thread: one at a time (the control thread). A value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "replication/config.h"
#include "replication/effects.h"
#include "replication/replica_link.h"
#include "replication/replica_set.h"

namespace dunlin::replication {

enum class FailoverState : uint8_t { kNone, kWaitingForSync, kInProgress };
// As INFO says it.
std::string_view FailoverStateName(FailoverState state);

class Failover {
 public:
  // What the node is to do besides the effects, in this order.
  struct Step {
    Effects effects;
    std::optional<PrimaryAddress> follow;  // become its replica, with FAILOVER
    bool become_primary = false;           // take the role back
    Effects after;                         // to be carried out after that
    std::optional<std::string> reply;
  };

  // FAILOVER [TO <host> <port> [FORCE]] [ABORT] [TIMEOUT <ms>]; `args` without the name. `is_replica`: of this node.
  Step OnCommand(std::span<const std::string_view> args, bool is_replica, const ReplicaSet& replicas,
                 const Situation& now);
  // The target answered PSYNC.
  Step OnAnswer(bool accepted);
  // After every acknowledgement, and about ten times a second.
  Step Check(const ReplicaSet& replicas, const Situation& now);

  FailoverState state() const { return state_; }

 private:
  Step Abort(std::string_view why);
  void Clear(Effects& out);

  FailoverState state_ = FailoverState::kNone;
  std::optional<PrimaryAddress> target_;
  bool force_ = false;
  std::optional<int64_t> end_ms_;
};

}  // namespace dunlin::replication
