// The strings that HyperLogLogs are, as handlers look at them.
//
// Thread: as handlers.
#pragma once

#include <string_view>

#include "commands/context.h"
#include "values/hyperloglog.h"

namespace dunlin::commands {

inline void CorruptHyperloglog(Context& ctx) { ctx.reply().Error("INVALIDOBJ Corrupted HLL object detected"); }

// False, with the reply, when the entry's value is none.
inline bool HoldsHyperloglog(Context& ctx, const store::Entry& entry) {
  if (!entry.is_string()) {
    ctx.WrongType();
    return false;
  }
  store::Entry::Scratch scratch;
  if (!entry.is_integer() && values::hyperloglog::Looks(entry.StringBytes(scratch))) return true;
  ctx.reply().Error("WRONGTYPE Key is not a valid HyperLogLog string value.");
  return false;
}

// The bytes of an entry that holds one: good until it changes.
inline std::string_view HyperloglogBytes(const store::Entry& entry) {
  store::Entry::Scratch unused;
  return entry.StringBytes(unused);
}

// The string at the key, to be changed. REQUIRES: the key holds one.
inline values::RawString& HyperloglogForWrite(Context& ctx, const store::KeyRef& key) {
  return *ctx.SlotOf(key).RawStringForWrite(ctx.slot_context(), ctx.db(), key);
}

}  // namespace dunlin::commands
