#include "commands/command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::commands {
namespace {

constexpr std::array<std::pair<Flag, std::string_view>, 18> kFlagNames{{{kWrite, "write"},
                                                                        {kReadonly, "readonly"},
                                                                        {kDenyOom, "denyoom"},
                                                                        {kAdmin, "admin"},
                                                                        {kPubsub, "pubsub"},
                                                                        {kNoscript, "noscript"},
                                                                        {kBlocking, "blocking"},
                                                                        {kLoading, "loading"},
                                                                        {kStale, "stale"},
                                                                        {kSkipMonitor, "skip_monitor"},
                                                                        {kSkipSlowlog, "skip_slowlog"},
                                                                        {kAsking, "asking"},
                                                                        {kFast, "fast"},
                                                                        {kNoAuth, "no_auth"},
                                                                        {kNoMandatoryKeys, "no_mandatory_keys"},
                                                                        {kNoAsyncLoading, "no_async_loading"},
                                                                        {kNoMulti, "no_multi"},
                                                                        {kAllowBusy, "allow_busy"}}};

constexpr std::array<std::pair<Category, std::string_view>, 21> kCategoryNames{{{kAclKeyspace, "keyspace"},
                                                                                {kAclRead, "read"},
                                                                                {kAclWrite, "write"},
                                                                                {kAclSet, "set"},
                                                                                {kAclSortedSet, "sortedset"},
                                                                                {kAclList, "list"},
                                                                                {kAclHash, "hash"},
                                                                                {kAclString, "string"},
                                                                                {kAclBitmap, "bitmap"},
                                                                                {kAclHyperloglog, "hyperloglog"},
                                                                                {kAclGeo, "geo"},
                                                                                {kAclStream, "stream"},
                                                                                {kAclPubsub, "pubsub"},
                                                                                {kAclAdmin, "admin"},
                                                                                {kAclFast, "fast"},
                                                                                {kAclSlow, "slow"},
                                                                                {kAclBlocking, "blocking"},
                                                                                {kAclDangerous, "dangerous"},
                                                                                {kAclConnection, "connection"},
                                                                                {kAclTransaction, "transaction"},
                                                                                {kAclScripting, "scripting"}}};

// Where the first argument of the spec stands, or 0 when the spec does not apply to this call.
int BeginOf(const KeySpec& spec, Args args) {
  auto count = static_cast<int>(args.size());
  if (spec.begin == KeySpec::Begin::kIndex) return spec.index < count ? spec.index : 0;
  if (spec.begin != KeySpec::Begin::kKeyword) return 0;
  int step = spec.index > 0 ? 1 : -1;
  int end = step > 0 ? count : 0;
  for (int i = step > 0 ? spec.index : count + spec.index; i != end && i > 0 && i < count; i += step) {
    if (EqualsIgnoreCase(args[static_cast<size_t>(i)], spec.keyword)) return i + 1 < count ? i + 1 : 0;
  }
  return 0;
}

bool Collect(const KeySpec& spec, Args args, std::vector<KeyPosition>* out) {
  auto count = static_cast<int>(args.size());
  int first = BeginOf(spec, args);
  if (first == 0) return true;
  int last = first;
  int step = spec.step;
  if (spec.find == KeySpec::Find::kRange) {
    if (spec.last >= 0) {
      last = first + spec.last;
    } else if (spec.limit <= 1) {
      last = count + spec.last;
    } else {
      last = first + (count - first) / spec.limit + spec.last;
    }
  } else if (spec.find == KeySpec::Find::kKeyNum) {
    int at = first + spec.keynum;
    if (at >= count) return false;
    auto keys = ParseInt64(args[static_cast<size_t>(at)]);
    if (!keys || *keys < 0 || *keys > count) return false;
    first += spec.first_key;
    last = first + (static_cast<int>(*keys) - 1) * step;
  } else {
    return true;
  }
  if (last >= count) return false;
  for (int i = first; i <= last; i += step) out->push_back({i, spec.flags});
  return true;
}

}  // namespace

uint32_t Categories(const CommandSpec& spec) {
  uint32_t c = spec.categories;
  if (spec.flags & kWrite) c |= kAclWrite;
  if ((spec.flags & kReadonly) && !(c & kAclScripting)) c |= kAclRead;
  if (spec.flags & kAdmin) c |= kAclAdmin | kAclDangerous;
  if (spec.flags & kPubsub) c |= kAclPubsub;
  if (spec.flags & kBlocking) c |= kAclBlocking;
  return c | ((spec.flags & kFast) ? kAclFast : kAclSlow);
}

std::span<const std::pair<Flag, std::string_view>> FlagNames() { return kFlagNames; }
std::span<const std::pair<Category, std::string_view>> CategoryNames() { return kCategoryNames; }

std::string_view GroupName(Group group) {
  constexpr std::string_view kNames[] = {
      "string", "list",        "hash",   "set",          "sorted-set", "generic",    "stream", "geo",
      "bitmap", "hyperloglog", "pubsub", "transactions", "scripting",  "connection", "server", "cluster"};
  return kNames[static_cast<size_t>(group)];
}

bool FindKeys(const CommandSpec& spec, Args args, std::vector<KeyPosition>* out) {
  if (spec.key_finder != nullptr) return spec.key_finder(args, out);
  for (const KeySpec& keys : spec.keys) {
    if (!Collect(keys, args, out)) return false;
  }
  if (spec.key_flags != nullptr) {
    for (KeyPosition& key : *out) key.flags = spec.key_flags(args);
  }
  return true;
}

}  // namespace dunlin::commands
