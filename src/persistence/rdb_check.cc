#include "persistence/rdb_check.h"

#include <fmt/format.h>

#include <vector>

namespace dunlin::persistence {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;

}  // namespace

void RdbCheck::Info(uint64_t offset, std::string_view text) { fmt::print(out_, "[offset {}] {}\n", offset, text); }

void RdbCheck::Counts() {
  fmt::print(out_, "[info] {} keys read\n[info] {} expires\n[info] {} already expired\n", keys_, expires_, expired_);
}

void RdbCheck::Begin(std::string_view path) { Info(0, fmt::format("Checking RDB file {}", path)); }

void RdbCheck::Failure(const snapshot::RdbReader& reader, std::string_view why) {
  fmt::print(out_, "--- RDB ERROR DETECTED ---\n");
  Info(reader.offset(), why);
  snapshot::RdbProgress progress = reader.progress();
  fmt::print(out_, "[additional info] While doing: {}\n", progress.doing);
  if (progress.key) fmt::print(out_, "[additional info] Reading key '{}'\n", *progress.key);
  if (progress.type) {
    fmt::print(out_, "[additional info] Reading type {} ({})\n", *progress.type, snapshot::RdbTypeName(*progress.type));
  }
  Counts();
}

bool RdbCheck::Run(ReadableFile& file) {
  snapshot::RdbReader reader({});
  std::vector<char> chunk(kReadBytes);
  while (true) {
    auto event = reader.Next();
    if (!event) {
      Failure(reader, event.error().message());
      return false;
    }
    if (!std::holds_alternative<snapshot::NeedMore>(*event)) {
      if (!Look(reader, *event)) return well_;
      continue;
    }
    auto read = file.Read(chunk.data(), chunk.size());
    if (!read || *read == 0) {
      Failure(reader, read ? "Unexpected EOF reading RDB file" : read.error().message());
      return false;
    }
    reader.Feed({chunk.data(), *read});
  }
}

bool RdbCheck::Look(snapshot::RdbReader& reader, const snapshot::RdbEvent& event) {
  if (const auto* aux = std::get_if<snapshot::RdbAux>(&event)) {
    Info(reader.offset(), fmt::format("AUX FIELD {} = '{}'", aux->name, aux->value));
  } else if (const auto* select = std::get_if<snapshot::RdbSelectDb>(&event)) {
    Info(reader.offset(), fmt::format("Selecting DB ID {}", select->index));
  } else if (const auto* key = std::get_if<snapshot::RdbKey>(&event)) {
    ++keys_;
    if (key->info.expire_at_ms != snapshot::kNoExpiry) {
      ++expires_;
      if (key->info.expire_at_ms < now_ms_) ++expired_;
    }
  } else if (const auto* empty = std::get_if<snapshot::RdbEmptyKey>(&event)) {
    Failure(reader, fmt::format("The key '{}' is empty", empty->key));
    return false;
  } else if (const auto* end = std::get_if<snapshot::RdbEnd>(&event)) {
    if (end->checksum == snapshot::RdbChecksum::kMatches) Info(reader.offset(), "Checksum OK");
    if (end->checksum == snapshot::RdbChecksum::kNotWritten) {
      Info(reader.offset(), "RDB file was saved with checksum disabled: no check performed.");
    }
    Info(reader.offset(), "\\o/ RDB looks OK! \\o/");
    Counts();
    end_offset_ = reader.offset();
    well_ = true;
    return false;
  }
  return true;
}

}  // namespace dunlin::persistence
