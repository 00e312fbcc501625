#include "persistence/aof_check.h"

#include <fmt/format.h>

#include <vector>

#include "base/ascii.h"
#include "persistence/aof_reader.h"
#include "persistence/rdb_check.h"

namespace dunlin::persistence {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;
constexpr size_t kMaxManifestBytes = size_t{64} * 1024 * 1024;
constexpr std::string_view kRdbMagic = "REDIS";
constexpr std::string_view kManifestWord = "file";

std::string ProblemLine(const AofProblem& problem, std::string_view name) {
  std::string line = fmt::format("0x{:16x}: {}", problem.offset, problem.why);
  return line.ends_with("in AOF") ? line.append(" ").append(name) : line;
}

// Whether a text looks like a manifest: its first line that is no comment begins with "file".
bool LooksLikeManifest(std::string_view text) {
  while (text.starts_with('#')) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return text.starts_with(kManifestWord);
}

}  // namespace

void AofCheck::Print(const std::string& line) { fmt::print(around_.out, "{}\n", line); }

AofCheck::Verdict AofCheck::Broken(const std::string& line) {
  Print(line);
  return Verdict::kBroken;
}

std::optional<AofCheck::Format> AofCheck::FormatOf(const std::string& path) {
  auto file = around_.files->OpenToRead(path);
  if (!file) {
    Print(fmt::format("Cannot open file {}: {}", path, ReasonOf(file.error())));
    return std::nullopt;
  }
  std::string begin(kReadBytes, '\0');
  auto read = (*file)->Read(begin.data(), begin.size());
  if (!read) {
    Print(fmt::format("Cannot read file: {}", path));
    return std::nullopt;
  }
  begin.resize(*read);
  if (LooksLikeManifest(begin)) return Format::kManifest;
  return begin.starts_with(kRdbMagic) ? Format::kRdb : Format::kResp;
}

bool AofCheck::Run(const std::string& path) {
  auto format = FormatOf(path);
  if (!format) return false;
  if (*format == Format::kManifest) return RunMultiPart(path);
  return RunOldStyle(path, *format == Format::kRdb);
}

bool AofCheck::RunOldStyle(const std::string& path, bool preamble) {
  Print("Start checking Old-Style AOF");
  return RunFile({path, path, /*last=*/true, preamble}, "AOF");
}

bool AofCheck::RunMultiPart(const std::string& path) {
  Print("Start checking Multi Part AOF");
  auto text = ReadWhole(*around_.files, path, kMaxManifestBytes);
  if (!text) return Broken(text.error().message()) != Verdict::kBroken;
  auto manifest = ParseManifest(*text);
  if (!manifest) {
    for (const std::string& line : manifest.error().LogLines()) Print(line);
    return false;
  }
  std::string folder = FolderOf(path);
  size_t left = manifest->increments.size();
  if (manifest->base) {
    File file{manifest->base->name, JoinPath(folder, manifest->base->name), left == 0, false};
    auto format = FormatOf(file.path);
    if (!format) return false;
    file.preamble = *format == Format::kRdb;
    Print(fmt::format("Start to check BASE AOF ({} format).", file.preamble ? "RDB" : "RESP"));
    if (!RunFile(file, "BASE AOF")) return false;
  }
  if (left > 0) Print("Start to check INCR files.");
  for (const ManifestFile& increment : manifest->increments) {
    File file{increment.name, JoinPath(folder, increment.name), --left == 0, false};
    if (!RunFile(file, "INCR AOF")) return false;
  }
  Print("All AOF files and manifest are valid");
  return true;
}

bool AofCheck::RunFile(const File& file, const char* kind) {
  switch (Check(file)) {
    case Verdict::kValid: Print(fmt::format("{} {} is valid", kind, file.name)); return true;
    case Verdict::kEmpty: Print(fmt::format("{} {} is empty", kind, file.name)); return true;
    case Verdict::kTruncated: Print(fmt::format("Successfully truncated AOF {}", file.name)); return true;
    case Verdict::kTimestampTruncated:
      Print(fmt::format("Successfully truncated AOF {} to timestamp {}", file.name, *options_.truncate_to_seconds));
      return true;
    case Verdict::kBroken: break;
  }
  return false;
}

AofCheck::Verdict AofCheck::Check(const File& file) {
  auto size = around_.files->SizeOf(file.path);
  if (!size) {
    return Broken(fmt::format("Cannot open file {}: {}, aborting...", file.path, ReasonOf(size.error())));
  }
  if (*size == 0) return Verdict::kEmpty;
  if (file.preamble && CheckPreamble(file) == Verdict::kBroken) return Verdict::kBroken;
  Findings found = Read(file);
  if (found.failed) return Verdict::kBroken;
  if (found.cut_at) return CutAtTimestamp(file, *found.cut_at);
  found.size = *size;
  uint64_t difference = found.size - found.valid_up_to;
  if (difference == 0 && options_.truncate_to_seconds) {
    Print(fmt::format("Truncate nothing in AOF {} to timestamp {}", file.name, *options_.truncate_to_seconds));
    return Verdict::kValid;
  }
  Print(fmt::format("AOF analyzed: filename={}, size={}, ok_up_to={}, ok_up_to_line={}, diff={}", file.name, found.size,
                    found.valid_up_to, found.line, difference));
  return difference == 0 ? Verdict::kValid : CutTail(file, found);
}

AofCheck::Verdict AofCheck::CheckPreamble(const File& file) {
  auto opened = around_.files->OpenToRead(file.path);
  if (!opened) return Broken(opened.error().message());
  RdbCheck check(around_.out, around_.now_ms);
  check.Begin(file.path);
  if (!check.Run(**opened)) return Broken("RDB preamble of AOF file is not sane, aborting.");
  Print("RDB preamble is OK, proceeding with AOF tail...");
  return Verdict::kValid;
}

AofCheck::Findings AofCheck::Read(const File& file) {
  Findings found;
  auto failed = [&](const std::string& line) {
    Print(line);
    found.failed = true;
    return found;
  };
  auto opened = around_.files->OpenToRead(file.path);
  if (!opened) return failed(opened.error().message());
  AofReader reader({});
  std::vector<char> chunk(kReadBytes);
  std::optional<AofProblem> problem;
  while (true) {
    auto event = reader.Next();
    if (!event) {
      problem = reader.problem();
      if (!problem) return failed(event.error().message());
      break;
    }
    if (const auto* time = std::get_if<AofTimestamp>(&*event)) {
      if (options_.truncate_to_seconds && time->seconds > *options_.truncate_to_seconds) {
        found.cut_at = time->offset;
        return found;
      }
    }
    if (!std::holds_alternative<snapshot::NeedMore>(*event)) continue;
    auto read = (*opened)->Read(chunk.data(), chunk.size());
    if (!read) return failed(fmt::format("Failed to read from AOF {}, aborting...", file.name));
    if (*read == 0) {
      problem = reader.EndOfInput();
      break;
    }
    reader.Feed({chunk.data(), *read});
  }
  if (problem) {
    Print(problem->at_record_start ? fmt::format("AOF {} format error", file.name) : ProblemLine(*problem, file.path));
  }
  found.valid_up_to = reader.valid_up_to();
  found.line = reader.line();
  return found;
}

AofCheck::Verdict AofCheck::CutAtTimestamp(const File& file, uint64_t offset) {
  int64_t seconds = *options_.truncate_to_seconds;
  if (offset == 0) {
    return Broken(fmt::format("AOF {} has nothing before timestamp {}, aborting...", file.path, seconds));
  }
  if (!file.last) {
    Print(fmt::format("Failed to truncate AOF {} to timestamp {} to offset {} because it is not the last file.",
                      file.path, seconds, offset));
    return Broken(
        "If you insist, please delete all files after this file according to the manifest file and delete the "
        "corresponding records in manifest file manually. Then re-run redis-check-aof.");
  }
  if (!around_.files->Truncate(file.path, offset).ok()) {
    return Broken(fmt::format("Failed to truncate AOF {} to timestamp {}", file.path, seconds));
  }
  return Verdict::kTimestampTruncated;
}

AofCheck::Verdict AofCheck::CutTail(const File& file, const Findings& found) {
  if (!options_.fix) {
    return Broken(fmt::format("AOF {} is not valid. Use the --fix option to try fixing it.", file.name));
  }
  if (!file.last) return Broken(fmt::format("Failed to truncate AOF {} because it is not the last file", file.name));
  Print(fmt::format("This will shrink the AOF {} from {} bytes, with {} bytes, to {} bytes", file.name, found.size,
                    found.size - found.valid_up_to, found.valid_up_to));
  fmt::print(around_.out, "Continue? [y/N]: ");
  std::fflush(around_.out);
  int answer = std::fgetc(around_.in);
  if (answer == EOF || AsciiLower(static_cast<char>(answer)) != 'y') return Broken("Aborting...");
  if (!around_.files->Truncate(file.path, found.valid_up_to).ok()) {
    return Broken(fmt::format("Failed to truncate AOF {}", file.name));
  }
  return Verdict::kTruncated;
}

}  // namespace dunlin::persistence
