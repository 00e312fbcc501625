// How the operator moves one slot: as redis-cli does, and now and then in the other order of its two ends.
#include <utility>

#include "sim/operator.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

using SetSlotAction = cluster::SetSlotCommand::Action;

constexpr int kMaxTries = 40;
constexpr int64_t kTryAgainMs = 100;

}  // namespace

// Says it until it is taken. An answer that did not come, or a refusal for now, is no reason to give up.
Task<bool> Operator::Insist(Host& host, cluster::SetSlotCommand command) {
  for (int tries = 0; tries < kMaxTries; ++tries) {
    auto asked = SetSlot(host, command);
    Answered answer = co_await asked;
    if (IsOk(answer)) co_return true;
    // What it is told already holds.
    if (host.running() && command.action == SetSlotAction::kNode) {
      cluster::NodeIndex owner = MapOf(host).Owner(command.slot);
      bool holds = owner != cluster::kNoNode && MapOf(host).Node(owner).id.view() == command.node;
      if (holds && answer) co_return true;
    }
    co_await around_.scheduler.Sleep(kTryAgainMs);
  }
  co_return false;
}

Task<bool> Operator::MoveSlot(SlotId slot, Host& source, Host& target) {
  around_.trace.Line("operator: slot {} goes from host {} to host {}", slot.value, source.index().value,
                     target.index().value);
  auto opening = OpenSlot(slot, source, target);
  if (!co_await opening) co_return false;
  auto moving = MoveKeys(slot, source, target);
  if (!co_await moving) co_return false;
  auto closing = CloseSlot(slot, source, target);
  bool closed = co_await closing;
  co_return closed;
}

Task<bool> Operator::OpenSlot(SlotId slot, Host& source, Host& target) {
  cluster::SetSlotCommand import{.slot = slot, .action = SetSlotAction::kImporting, .node = source.node_id().str()};
  cluster::SetSlotCommand migrate{.slot = slot, .action = SetSlotAction::kMigrating, .node = target.node_id().str()};
  bool target_first = !random_.OneIn(3);
  auto first = target_first ? Insist(target, import) : Insist(source, migrate);
  if (!co_await first) co_return false;
  auto second = target_first ? Insist(source, migrate) : Insist(target, import);
  bool opened = co_await second;
  co_return opened;
}

Task<bool> Operator::MoveKeys(SlotId slot, Host& source, Host& target) {
  bool replace = false;
  for (int failures = 0; failures < kMaxTries;) {
    auto asked = outside_.KeysInSlot(source, slot);
    std::optional<std::vector<KeyIndex>> keys = co_await asked;
    if (keys && keys->empty()) co_return true;
    if (keys) {
      if (keys->size() > 1 && random_.OneIn(2)) keys->resize(1);
      auto moving = outside_.Migrate(source, target, *keys, replace);
      std::optional<std::string> error = co_await moving;
      if (error && error->empty()) continue;
      // An answer that was lost may have left a copy on the other side; ours is the one that counts.
      replace = true;
    }
    ++failures;
    co_await around_.scheduler.Sleep(kTryAgainMs);
  }
  co_return false;
}

Task<bool> Operator::CloseSlot(SlotId slot, Host& source, Host& target) {
  cluster::SetSlotCommand give{.slot = slot, .action = SetSlotAction::kNode, .node = target.node_id().str()};
  bool target_first = !random_.OneIn(4);
  auto first = target_first ? Insist(target, give) : Insist(source, give);
  if (!co_await first) co_return false;
  // A source that lost its last slot follows the target already, and takes no such command.
  Host& last = target_first ? source : target;
  bool is_over = last.running() && MapOf(last).Myself().IsReplica() && target_first;
  if (is_over) co_return true;
  auto second = Insist(last, give);
  bool closed = co_await second;
  co_return closed || (target_first && last.running() && MapOf(last).Myself().IsReplica());
}

}  // namespace dunlin::sim
