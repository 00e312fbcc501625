// The least RDB that tells two servers' data apart: plain string keys of database 0.
//
// Thread: pure functions; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/status.h"

namespace dunlin {

using StringDataset = std::map<std::string, std::string>;

// A whole file, with its checksum and the stream's database in `repl-stream-db`.
std::string WriteTinyRdb(const StringDataset& data);

// Reads what a Redis without compression writes for string keys without expiry. Anything else is an error.
Result<StringDataset> ReadTinyRdb(std::string_view rdb);

}  // namespace dunlin
