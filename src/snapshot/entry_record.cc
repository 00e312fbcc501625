#include "snapshot/entry_record.h"

namespace dunlin::snapshot {
namespace {

constexpr uint32_t kAccessMask = (1u << 24) - 1;

}  // namespace

ValueRef RefOf(const store::Entry& entry) {
  switch (entry.form()) {
    case store::Entry::Form::kInteger: return ValueRef(entry.integer());
    case store::Entry::Form::kEmbedded: {
      store::Entry::Scratch unused;
      return ValueRef(entry.StringBytes(unused));
    }
    case store::Entry::Form::kHandle: break;
  }
  return entry.VisitHandle([]<typename T>(const T& handle) {
    if constexpr (std::is_same_v<T, values::RawString>) {
      return ValueRef(handle.view());
    } else {
      return ValueRef(handle);
    }
  });
}

void AppendEntryRecord(std::string& out, const store::Entry& entry, const RdbEncoding& encoding, AccessRecord access,
                       int64_t now_ms) {
  KeyInfo info;
  info.key = entry.key();
  info.expire_at_ms = entry.expire_at_ms();
  if (access == AccessRecord::kIdleSeconds) {
    info.idle_seconds = (static_cast<uint32_t>(now_ms / 1000) - entry.access()) & kAccessMask;
  } else if (access == AccessRecord::kFrequency) {
    info.frequency = static_cast<uint8_t>(entry.access() & 0xff);
  }
  AppendKeyRecord(out, info, RefOf(entry), encoding);
}

}  // namespace dunlin::snapshot
