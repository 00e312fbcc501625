// For tests: values out of few words, and values as text to compare.
//
// Thread: pure functions; any thread.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/random.h"
#include "values/value.h"

namespace dunlin::snapshot::testing {

inline constexpr uint64_t kSeed = 42;

inline values::Value MakeList(const std::vector<std::string>& elements, const values::EncodingLimits& limits = {}) {
  values::List list;
  for (const auto& element : elements) list.Push(values::ListEnd::kBack, element, limits);
  return values::Value(std::move(list));
}

inline values::Value MakeSet(const std::vector<std::string>& members, const values::EncodingLimits& limits = {}) {
  values::Set set;
  for (const auto& member : members) set.Add(member, limits, kSeed);
  return values::Value(std::move(set));
}

inline values::Value MakeHash(const std::vector<std::pair<std::string, std::string>>& fields,
                              const values::EncodingLimits& limits = {}) {
  values::Hash hash;
  for (const auto& [field, value] : fields) hash.Set(field, value, limits, kSeed);
  return values::Value(std::move(hash));
}

inline values::Value MakeSortedSet(const std::vector<std::pair<std::string, double>>& members,
                                   const values::EncodingLimits& limits = {}) {
  values::SortedSet sorted_set;
  for (const auto& [member, score] : members) sorted_set.Add(member, score, {}, limits, kSeed);
  return values::Value(std::move(sorted_set));
}

// `entries` of one to three fields. Nothing in it is lost in an old version, unless it is changed.
inline values::Value MakeStream(uint64_t entries) {
  values::Stream stream;
  for (uint64_t i = 1; i <= entries; ++i) {
    std::string value = "value " + std::to_string(i * i);
    const std::string_view fields[] = {"name", value, i % 5 == 0 ? "other" : "number", "17", "", value};
    stream.Append({1000 + i / 3, i}, std::span(fields).first(2 * (1 + i % 3)), {});
  }
  return values::Value(std::move(stream));
}

// Groups with consumers and pending entries. REQUIRES: a stream.
inline void AddGroups(values::Value& value) {
  values::Stream& stream = value.stream();
  values::StreamGroup* group = stream.AddGroup("some", stream.last_id(), static_cast<int64_t>(stream.size()));
  values::StreamConsumer* alice = group->AddConsumer("alice", 1700000000001);
  values::StreamConsumer* bob = group->AddConsumer("bob", 1700000000002);
  alice->active_at_ms = alice->seen_at_ms;
  bob->active_at_ms = bob->seen_at_ms;
  uint64_t i = 0;
  for (auto at = stream.First(); at.valid(); at.Next(), ++i) {
    if (i % 4 != 0) group->Assign({at.id(), 1700000000000 + static_cast<int64_t>(i), i % 9, i % 4 == 1 ? alice : bob});
  }
  stream.AddGroup("unread", {}, 0);
}

// Entries, then what is known besides, then the groups.
inline std::string Describe(const values::Stream& stream) {
  std::string out("stream[");
  auto id = [&out](std::string_view name, values::StreamId value) {
    out.append(" ").append(name).append(" ").append(values::StreamIdText(value).view());
  };
  auto number = [&out](std::string_view name, int64_t value) {
    out.append(" ").append(name).append(" ").append(std::to_string(value));
  };
  for (auto at = stream.First(); at.valid(); at.Next()) {
    id("entry", at.id());
    at.entry().ForEachField([&out](std::string_view name, std::string_view value) {
      out.append(" ").append(name).append("=").append(value);
    });
  }
  id("last", stream.last_id());
  id("erased", stream.max_erased_id());
  number("added", static_cast<int64_t>(stream.entries_added()));
  for (size_t i = 0; i < stream.group_count(); ++i) {
    const values::StreamGroup& group = stream.group(i);
    out.append(" group ").append(group.name());
    id("last", group.last_id);
    number("read", group.entries_read);
    for (auto at = group.pending().First(); at.valid(); at.Next()) {
      id("pending", at.item().id);
      number("at", at.item().delivered_at_ms);
      number("times", static_cast<int64_t>(at.item().deliveries));
      out.append(" with ").append(at.item().consumer->name());
    }
    for (size_t j = 0; j < group.consumer_count(); ++j) {
      out.append(" consumer ").append(group.consumer(j).name());
      number("seen", group.consumer(j).seen_at_ms);
      number("active", group.consumer(j).active_at_ms);
      for (auto at = group.consumer(j).pending().First(); at.valid(); at.Next()) id("has", at.item().id);
    }
  }
  return out + "]";
}

// Everything that a client can see of the value, but not how it is held: "list[a b]", "hash[f=v]", unordered ones
// sorted.
inline std::string Describe(const values::Value& value) {
  std::vector<std::string> parts;
  switch (value.type()) {
    case values::Type::kList:
      value.list().ForEach(0, UINT64_MAX, [&](std::string_view element) { parts.emplace_back(element); });
      break;
    case values::Type::kSet:
      value.set().ForEach([&](std::string_view member) { parts.emplace_back(member); });
      std::sort(parts.begin(), parts.end());
      break;
    case values::Type::kHash:
      value.hash().ForEach([&](std::string_view field, std::string_view text) {
        parts.push_back(std::string(field).append("=").append(text));
      });
      std::sort(parts.begin(), parts.end());
      break;
    case values::Type::kSortedSet:
      value.sorted_set().ForEach([&](std::string_view member, double score) {
        parts.push_back(std::string(member).append("=").append(FormatDouble(score)));
      });
      break;
    case values::Type::kStream: return Describe(value.stream());
    default: return "string[" + value.text().ToString() + "]";
  }
  std::string out(values::TypeName(value.type()));
  out.push_back('[');
  for (const std::string& part : parts) out.append(part).push_back(' ');
  if (!parts.empty()) out.pop_back();
  out.push_back(']');
  return out;
}

// Bytes that compress about by half.
inline std::string RandomText(Random& random, size_t size) {
  std::string out;
  while (out.size() < size) {
    if (random.OneIn(2) || out.size() < 16) {
      for (int i = 0; i < 12; ++i) out.push_back(static_cast<char>(random.Next()));
    } else {
      out.append(out, random.Below(out.size() - 8), 8 + random.Below(20));
    }
  }
  out.resize(size);
  return out;
}

}  // namespace dunlin::snapshot::testing
