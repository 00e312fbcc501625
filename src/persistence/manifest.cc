#include "persistence/manifest.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/numbers.h"
#include "base/quoted.h"

namespace dunlin::persistence {
namespace {

constexpr std::string_view kFormat = "Invalid AOF manifest file format";

// The number at the beginning of a text, 0 when there is none, as C's atoll reads it.
int64_t LeadingNumber(std::string_view text) {
  while (!text.empty() && IsAsciiSpace(text.front())) text.remove_prefix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : 0;
}

bool NeedsQuotes(std::string_view name) {
  for (char c : name) {
    if (!IsAsciiPrintable(c) || c == ' ' || c == '\'' || c == '"' || c == '\\') return true;
  }
  return name.empty();
}

void AppendLine(std::string& out, const ManifestFile& file, char type) {
  out.append("file ");
  if (NeedsQuotes(file.name)) {
    AppendQuoted(out, file.name);
  } else {
    out.append(file.name);
  }
  out.append(" seq ");
  AppendInt64(out, file.sequence);
  out.append(" type ");
  out.push_back(type);
  out.push_back('\n');
}

std::string NumberedName(std::string_view file_name, int64_t sequence, std::string_view suffix) {
  std::string out(file_name);
  out.push_back('.');
  AppendInt64(out, sequence);
  return out.append(suffix);
}

// One line, taken apart.
struct Entry {
  ManifestFile file;
  char type = '\0';
};

// What is wrong with the line, or nothing.
std::string_view ReadEntry(std::string_view line, Entry* entry) {
  std::vector<std::string> words;
  if (!SplitQuoted(line, &words) || words.size() < 6 || words.size() % 2 != 0) return kFormat;
  for (size_t i = 0; i < words.size(); i += 2) {
    const std::string& value = words[i + 1];
    if (EqualsIgnoreCase(words[i], "file")) {
      if (value.find_first_of("/\\") != std::string::npos) return "File can't be a path, just a filename";
      entry->file.name = value;
    } else if (EqualsIgnoreCase(words[i], "seq")) {
      entry->file.sequence = LeadingNumber(value);
    } else if (EqualsIgnoreCase(words[i], "type")) {
      entry->type = value.empty() ? '\0' : value[0];
    }
  }
  bool whole = !entry->file.name.empty() && entry->file.sequence != 0 && entry->type != '\0';
  return whole ? std::string_view() : kFormat;
}

std::string_view AddEntry(Manifest* manifest, Entry entry) {
  switch (entry.type) {
    case 'b':
      if (manifest->base) return "Found duplicate base file information";
      manifest->last_base_sequence = entry.file.sequence;
      manifest->base = std::move(entry.file);
      return {};
    case 'h': manifest->history.push_back(std::move(entry.file)); return {};
    case 'i':
      if (entry.file.sequence <= manifest->last_increment_sequence) return "Found a non-monotonic sequence number";
      manifest->last_increment_sequence = entry.file.sequence;
      manifest->increments.push_back(std::move(entry.file));
      return {};
    default: return "Unknown AOF file type";
  }
}

}  // namespace

std::string Manifest::ToText() const {
  std::string out;
  if (base) AppendLine(out, *base, 'b');
  for (const ManifestFile& file : history) AppendLine(out, file, 'h');
  for (const ManifestFile& file : increments) AppendLine(out, file, 'i');
  return out;
}

bool Manifest::Names(std::string_view name) const {
  auto is_it = [name](const ManifestFile& file) { return file.name == name; };
  return (base && is_it(*base)) || std::ranges::any_of(history, is_it) || std::ranges::any_of(increments, is_it);
}

const std::string& Manifest::AddIncrement(std::string_view file_name) {
  // A name in history may be deleted at any moment, so it must not be used again before it is forgotten.
  std::string name;
  do {
    name = NumberedName(file_name, ++last_increment_sequence, ".incr.aof");
  } while (Names(name));
  return increments.emplace_back(std::move(name), last_increment_sequence).name;
}

const std::string& Manifest::ReplaceBase(std::string_view file_name, bool rdb_format) {
  std::string name;
  do {
    name = NumberedName(file_name, ++last_base_sequence, rdb_format ? ".base.rdb" : ".base.aof");
  } while (Names(name));
  if (base) history.insert(history.begin(), std::move(*base));
  base = {std::move(name), last_base_sequence};
  return base->name;
}

void Manifest::RetireIncrements(size_t keep) {
  if (increments.size() <= keep) return;
  auto end = increments.end() - static_cast<ptrdiff_t>(keep);
  // The newest first.
  for (auto file = increments.begin(); file != end; ++file) history.insert(history.begin(), std::move(*file));
  increments.erase(increments.begin(), end);
}

std::vector<std::string> ManifestError::LogLines() const {
  std::vector<std::string> lines = {"*** FATAL AOF MANIFEST FILE ERROR ***"};
  if (line > 0) {
    lines.push_back("Reading the manifest file, at line " + std::to_string(line));
    lines.push_back(">>> '" + text + "'");
  }
  lines.emplace_back(why);
  return lines;
}

Status ManifestError::ToStatus() const {
  std::string message("AOF manifest");
  if (line > 0) message += ", line " + std::to_string(line);
  return Status::Corruption(message.append(": ").append(why));
}

std::expected<Manifest, ManifestError> ParseManifest(std::string_view text) {
  Manifest manifest;
  if (text.empty()) return std::unexpected(ManifestError{0, "", "Found an empty AOF manifest"});
  for (int number = 1; !text.empty(); ++number) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    bool whole = end != std::string_view::npos && end < limits::kMaxManifestLineBytes;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.starts_with('#')) continue;
    if (!whole) {
      return std::unexpected(ManifestError{0, "", "The AOF manifest file contains too long line"});
    }
    line = TrimBlanks(line);
    Entry entry;
    std::string_view why = ReadEntry(line, &entry);
    if (why.empty()) why = AddEntry(&manifest, std::move(entry));
    if (!why.empty()) return std::unexpected(ManifestError{number, std::string(line), why});
  }
  return manifest;
}

std::string ManifestName(std::string_view file_name) { return std::string(file_name).append(".manifest"); }

std::string TemporaryManifestName(std::string_view file_name) { return "temp-" + ManifestName(file_name); }

std::string TemporaryBaseName(std::string_view file_name) {
  return std::string("temp-").append(file_name).append(".base");
}

std::string TemporaryIncrementName(std::string_view file_name) {
  return std::string("temp-").append(file_name).append(".incr");
}

}  // namespace dunlin::persistence
