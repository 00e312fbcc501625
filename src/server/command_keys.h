// The keys of a call, and where they live.
#pragma once

#include <vector>

#include "base/crc.h"
#include "base/ids.h"
#include "commands/command.h"

namespace dunlin::server {

struct CommandKeys {
  std::vector<commands::KeyPosition> positions;
  std::vector<SlotId> slots;  // as the positions

  // False when the arguments make no sense.
  bool Collect(const commands::CommandSpec& spec, commands::Args args) {
    positions.clear();
    slots.clear();
    if (!commands::HasKeys(spec)) return true;
    if (!commands::FindKeys(spec, args, &positions)) return false;
    for (const commands::KeyPosition& at : positions) slots.push_back(SlotOfKey(args[static_cast<size_t>(at.index)]));
    return true;
  }
};

}  // namespace dunlin::server
