// Random elements of a set, hash or sorted set, as SRANDMEMBER, HRANDFIELD, ZRANDMEMBER and SPOP want them.
//
// An element is what ForEach() of the collection passes on: a member; a field and its value; a member and its score.
//
// Thread: as handlers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "base/random.h"
#include "values/hash.h"
#include "values/set.h"
#include "values/sorted_set.h"

namespace dunlin::commands {

// Calls fn(element...) for one element. REQUIRES: the collection is not empty.
template <typename Fn>
void PickOne(const values::Set& set, Random& random, Fn&& fn) {
  fn(set.RandomMember(random).view());
}
template <typename Fn>
void PickOne(const values::Hash& hash, Random& random, Fn&& fn) {
  values::ElementPair pair = hash.RandomPair(random);
  fn(pair.field.view(), pair.value.view());
}
template <typename Fn>
void PickOne(const values::SortedSet& set, Random& random, Fn&& fn) {
  values::ScoredElement element = set.RandomMember(random);
  fn(element.member.view(), element.score);
}

inline bool IsTable(values::Encoding encoding) {
  return encoding == values::Encoding::kHashtable || encoding == values::Encoding::kSkiplist;
}

namespace random_pick {

// An element that does not depend on the collection.
template <typename T>
struct OwnedElement {
  using Type = std::tuple<std::string, std::string>;
};
template <>
struct OwnedElement<values::Set> {
  using Type = std::tuple<std::string>;
};
template <>
struct OwnedElement<values::SortedSet> {
  using Type = std::tuple<std::string, double>;
};

// Of a packed collection, where finding the n-th element is a walk: all elements first, then picking among them.
template <typename T, typename Fn>
void RepeatedlyFromCopy(const T& collection, uint64_t count, Random& random, Fn&& fn) {
  std::vector<typename OwnedElement<T>::Type> all;
  all.reserve(collection.size());
  collection.ForEach([&](auto... element) { all.emplace_back(element...); });
  for (uint64_t i = 0; i < count; ++i) std::apply(fn, all[random.Below(all.size())]);
}

}  // namespace random_pick

// Calls fn(element...) `count` times, each time for any element. REQUIRES: the collection is not empty.
template <typename T, typename Fn>
void PickRepeatedly(const T& collection, uint64_t count, Random& random, Fn&& fn) {
  if (IsTable(collection.encoding()) || count < collection.size() / 4) {
    for (uint64_t i = 0; i < count; ++i) PickOne(collection, random, fn);
  } else {
    random_pick::RepeatedlyFromCopy(collection, count, random, fn);
  }
}

// Calls fn(element...) for `count` different elements, in no particular order. REQUIRES: there are as many.
template <typename T, typename Fn>
void PickDistinct(const T& collection, uint64_t count, Random& random, Fn&& fn) {
  // Below this share of a table, drawing and drawing again beats walking through all of it.
  constexpr uint64_t kDrawShare = 3;
  uint64_t left = collection.size();
  if (!IsTable(collection.encoding()) || count > left / kDrawShare) {
    uint64_t wanted = count;
    collection.ForEach([&](auto... element) {
      if (wanted > 0 && random.Below(left) < wanted) {
        --wanted;
        fn(element...);
      }
      --left;
    });
    return;
  }
  std::unordered_set<std::string_view> picked;  // texts in the table stay where they are
  while (picked.size() < count) {
    PickOne(collection, random, [&](std::string_view text, auto... rest) {
      if (picked.insert(text).second) fn(text, rest...);
    });
  }
}

}  // namespace dunlin::commands
