// Entries of the store as RDB records and DUMP payloads.
//
// Thread: whoever may read the entry.
#pragma once

#include <string>

#include "snapshot/rdb_writer.h"
#include "store/entry.h"

namespace dunlin::snapshot {

// The value where it stands; good until the entry changes.
ValueRef RefOf(const store::Entry& entry);

// What else of an entry goes into a file, by the kind of eviction policy.
enum class AccessRecord : uint8_t { kNone, kIdleSeconds, kFrequency };

void AppendEntryRecord(std::string& out, const store::Entry& entry, const RdbEncoding& encoding, AccessRecord access,
                       int64_t now_ms);

}  // namespace dunlin::snapshot
