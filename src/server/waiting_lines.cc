#include "server/waiting_lines.h"

#include <algorithm>

#include "base/invariant.h"
#include "server/locked_slots.h"

namespace dunlin::server {

void WaitingLines::Count(store::WaitedKeys change) {
  keys_.fetch_add(change.keys, std::memory_order_relaxed);
  keys_when_gone_.fetch_add(change.keys_when_gone, std::memory_order_relaxed);
}

void WaitingLines::Enter(const std::shared_ptr<KeyWait>& wait) {
  DUNLIN_INVARIANT(!wait->standing, "a wait enters its lines once");
  wait->standing = true;
  clients_.fetch_add(1, std::memory_order_relaxed);
  for (std::string_view key : wait->waited_for) Count(store_.slot(SlotOfKey(key)).AddWaiter(wait->db, key, wait));
}

void WaitingLines::Leave(KeyWait& wait) {
  DUNLIN_INVARIANT(wait.standing, "a wait leaves the lines it stands in");
  wait.standing = false;
  for (std::string_view key : wait.waited_for) Count(store_.slot(SlotOfKey(key)).RemoveWaiter(wait.db, key, &wait));
  clients_.fetch_sub(1, std::memory_order_relaxed);
}

bool WaitingLines::Withdraw(KeyWait& wait) {
  LockedSlots locked(store_, wait.slots);
  if (!wait.standing) return false;
  Leave(wait);
  return true;
}

std::vector<WaitingLines::Line> WaitingLines::LinesOf(DbIndex db) const {
  std::vector<Line> lines;
  if (!anybody()) return lines;
  for (int i = 0; i < kSlotCount; ++i) {
    const store::Slot& slot = store_.slot(SlotId(static_cast<uint16_t>(i)));
    slot.ForEachWaitingLine([&](DbIndex line_db, std::string_view key, const store::WaitingLine& line) {
      if (line_db != db) return;
      bool when_gone = std::any_of(line.begin(), line.end(), [](const auto& waiter) { return waiter->when_gone; });
      lines.push_back({std::string(key), when_gone});
    });
  }
  return lines;
}

}  // namespace dunlin::server
