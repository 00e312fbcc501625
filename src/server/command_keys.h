// The keys of a call, and where they live.
#pragma once

#include <vector>

#include "commands/command.h"
#include "commands/context.h"
#include "store/store.h"

namespace dunlin::server {

// The only key of such a call stands at a place that the row alone says; most commands are like that.
inline bool HasOneFixedKey(const commands::CommandSpec& spec) {
  if (spec.keys.size() != 1 || spec.key_finder != nullptr) return false;
  const commands::KeySpec& key = spec.keys.front();
  return key.begin == commands::KeySpec::Begin::kIndex && key.find == commands::KeySpec::Find::kRange && key.last == 0;
}

// Three vectors of one length.
struct CommandKeys {
  std::vector<commands::KeyPosition> positions;
  std::vector<SlotId> slots;
  std::vector<store::KeyRef> refs;  // views into the arguments

  void Clear() {
    positions.clear();
    slots.clear();
    refs.clear();
  }

  void Add(const commands::KeyPosition& position, const store::KeyRef& ref) {
    positions.push_back(position);
    slots.push_back(ref.slot);
    refs.push_back(ref);
  }

  // False when the arguments make no sense. REQUIRES: arity fits.
  bool Collect(const commands::CommandSpec& spec, commands::Args args, const store::Store& store) {
    Clear();
    if (!commands::HasKeys(spec)) return true;
    bool make_sense = commands::FindKeys(spec, args, &positions);
    for (const commands::KeyPosition& at : positions) {
      refs.push_back(store.Ref(args[static_cast<size_t>(at.index)]));
      slots.push_back(refs.back().slot);
    }
    return make_sense;
  }

  commands::KnownKeys Known() const { return {positions, refs}; }
};

}  // namespace dunlin::server
