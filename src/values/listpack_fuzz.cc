// Bytes from outside as a listpack, and as every value that keeps one: what is accepted must be walkable in both
// directions, survive changes, and never lose an element.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "values/hash.h"
#include "values/list.h"
#include "values/listpack.h"
#include "values/set.h"
#include "values/sorted_set.h"

namespace dunlin::values {
namespace {

constexpr uint64_t kSeed = 3;

std::vector<std::string> Walk(ListpackView view) {
  std::vector<std::string> texts;
  view.ForEach([&](std::string_view text) { texts.emplace_back(text); });
  size_t backward = texts.size();
  for (auto place = view.Last(); place != nullptr; place = view.Previous(place)) {
    DUNLIN_INVARIANT(backward > 0, "both directions see the same");
    DUNLIN_INVARIANT(ListpackView::Get(place).view() == texts[--backward], "both directions see the same");
  }
  DUNLIN_INVARIANT(backward == 0 && view.size() == texts.size(), "both directions see the same");
  return texts;
}

void TryAsHash(Listpack blob, const EncodingLimits& limits) {
  auto hash = Hash::FromListpack(std::move(blob), Duplicates::kCheck, limits, kSeed);
  if (!hash) return;
  std::vector<std::pair<std::string, std::string>> pairs;
  hash->ForEach([&](std::string_view field, std::string_view value) { pairs.emplace_back(field, value); });
  DUNLIN_INVARIANT(pairs.size() == hash->size(), "a hash has as many pairs as it says");
  for (auto& [field, value] : pairs) {
    DUNLIN_INVARIANT(hash->Get(field)->view() == value, "a field is found");
    hash->Set(field, value + "x", limits, kSeed);
  }
  for (auto& [field, value] : pairs) DUNLIN_INVARIANT(hash->Erase(field), "a field is erased once");
  DUNLIN_INVARIANT(hash->empty(), "nothing is left");
}

void TryAsSet(Listpack blob, const EncodingLimits& limits) {
  auto set = Set::FromListpack(std::move(blob), Duplicates::kCheck, limits, kSeed);
  if (!set) return;
  std::vector<std::string> members;
  set->ForEach([&](std::string_view member) { members.emplace_back(member); });
  set->BecomeIntsetIfPossible(limits);
  for (const std::string& member : members) {
    DUNLIN_INVARIANT(!set->Add(member, limits, kSeed), "a member is there already");
    DUNLIN_INVARIANT(set->Remove(member), "a member is removed once");
  }
  DUNLIN_INVARIANT(set->empty(), "nothing is left");
}

void TryAsSortedSet(Listpack blob, const EncodingLimits& limits) {
  auto set = SortedSet::FromListpack(std::move(blob), Duplicates::kCheck, limits, kSeed);
  if (!set) return;
  std::vector<std::pair<std::string, double>> elements;
  set->ForEach([&](std::string_view member, double score) { elements.emplace_back(member, score); });
  DUNLIN_INVARIANT(elements.size() == set->size(), "a sorted set has as many members as it says");
  for (uint32_t i = 0; i < elements.size(); ++i) {
    DUNLIN_INVARIANT(set->Rank(elements[i].first) == i, "a member has the rank of its place");
    DUNLIN_INVARIANT(i == 0 || elements[i - 1].second <= elements[i].second, "scores do not fall");
  }
  for (auto& [member, score] : elements) set->Add(member, -score, {}, limits, kSeed);
  while (!set->empty()) set->RemoveRanks({0, 3});
}

void TryAsList(Listpack blob, const EncodingLimits& limits) {
  std::vector<std::string> texts = Walk(blob.view());
  List list;
  list.AppendListpackNode(std::move(blob));
  list.Settle(limits);
  list.Push(ListEnd::kFront, "front", limits);
  list.Push(ListEnd::kBack, "back", limits);
  DUNLIN_INVARIANT(list.size() == texts.size() + 2, "a list keeps all elements");
  for (size_t i = 0; i < texts.size(); ++i) {
    DUNLIN_INVARIANT(list.At(static_cast<int64_t>(i) + 1)->view() == texts[i], "an element keeps its place");
  }
  for (const std::string& text : texts) list.Remove(1, text, limits);
  list.Pop(ListEnd::kBack, list.size(), limits);
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  Result<Listpack> blob = Listpack::FromBytes(bytes);
  if (!blob) return;
  std::vector<std::string> texts = Walk(blob->view());
  Listpack rewritten;
  for (const std::string& text : texts) rewritten.Append(text);
  DUNLIN_INVARIANT(Walk(rewritten.view()) == texts, "texts survive being written anew");
  EncodingLimits small_limits{.hash_max_listpack_entries = 2,
                              .set_max_intset_entries = 2,
                              .set_max_listpack_entries = 2,
                              .zset_max_listpack_entries = 2,
                              .list_max_listpack_size = 2,
                              .list_plain_node_bytes = 8};
  for (const EncodingLimits& limits : {EncodingLimits(), small_limits}) {
    TryAsHash(blob->Clone(), limits);
    TryAsSet(blob->Clone(), limits);
    TryAsSortedSet(blob->Clone(), limits);
    TryAsList(blob->Clone(), limits);
  }
  while (!blob->empty()) {
    blob->Replace(blob->view().Last(), "replaced");
    blob->Erase(blob->view().First());
    DUNLIN_INVARIANT(Listpack::Validate(blob->blob()).ok(), "a changed listpack is a listpack");
  }
}

}  // namespace dunlin::values

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dunlin::values::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
