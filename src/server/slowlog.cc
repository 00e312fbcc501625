#include "server/slowlog.h"

#include <fmt/format.h>

#include <algorithm>

namespace dunlin::server {
namespace {

constexpr size_t kMaxArguments = 32;
constexpr size_t kMaxArgumentBytes = 128;

std::string Shortened(std::string_view argument) {
  if (argument.size() <= kMaxArgumentBytes) return std::string(argument);
  return fmt::format("{}... ({} more bytes)", argument.substr(0, kMaxArgumentBytes),
                     argument.size() - kMaxArgumentBytes);
}

std::vector<std::string> ShortenedAll(std::span<const std::string_view> args) {
  std::vector<std::string> kept;
  // The last place says how many there were.
  size_t count = args.size() > kMaxArguments ? kMaxArguments - 1 : args.size();
  kept.reserve(std::min(args.size(), kMaxArguments));
  for (std::string_view argument : args.first(count)) kept.push_back(Shortened(argument));
  if (count < args.size()) kept.push_back(fmt::format("... ({} more arguments)", args.size() - count));
  return kept;
}

}  // namespace

void Slowlog::Add(Entry entry, std::span<const std::string_view> args, size_t max_entries) {
  entry.args = ShortenedAll(args);
  MutexLock lock(mutex_);
  entry.id = next_id_++;
  entries_.push_front(std::move(entry));
  if (entries_.size() > max_entries) entries_.resize(max_entries);
}

std::vector<Slowlog::Entry> Slowlog::Newest(size_t count) const {
  MutexLock lock(mutex_);
  auto end = entries_.begin() + static_cast<std::ptrdiff_t>(std::min(count, entries_.size()));
  return {entries_.begin(), end};
}

size_t Slowlog::size() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

void Slowlog::Clear() {
  MutexLock lock(mutex_);
  entries_.clear();
}

}  // namespace dunlin::server
