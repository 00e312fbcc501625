#include "values/sorted_set.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/numbers.h"

namespace dunlin::values {
namespace {

size_t ItemBytes(std::string_view member) { return sizeof(double) + SizedBytes(member.size()); }

char* NewItem(std::string_view member, double score) {
  char* item = Allocate(ItemBytes(member));
  ScoreTree::SetScore(item, score);
  WriteSized(item + sizeof(double), member);
  return item;
}

bool ComesBefore(double score_a, std::string_view member_a, double score_b, std::string_view member_b) {
  return score_a != score_b ? score_a < score_b : member_a < member_b;
}

// What a packed score says; nothing when it is no number.
std::optional<double> ParseScore(ListpackView::Place place) {
  if (auto integer = listpack::ReadInteger(place)) return static_cast<double>(*integer);
  Element element = ListpackView::Get(place);
  std::string_view text = element.view();
  double score;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error == std::errc() && end == text.data() + text.size() && !std::isnan(score)) return score;
  return ParseDouble(text);
}

// The score that conditions let a member have, which had `old_score`; the outcome says whether it changes.
AddResult Decide(double old_score, double score, AddOptions options) {
  if (options.only_new) return {AddOutcome::kRefused, old_score};
  if (options.increment) score += old_score;
  if (std::isnan(score)) return {AddOutcome::kNotANumber, old_score};
  bool refused = (options.only_less && score >= old_score) || (options.only_greater && score <= old_score);
  if (refused) return {AddOutcome::kRefused, old_score};
  return {score == old_score ? AddOutcome::kUnchanged : AddOutcome::kUpdated, score};
}

bool BeforeMin(const LexBound& min, std::string_view member) {
  switch (min.kind) {
    case LexBound::kLowest: return false;
    case LexBound::kInclusive: return member < min.member;
    case LexBound::kExclusive: return member <= min.member;
    case LexBound::kHighest: return true;
  }
  return true;
}

bool UpToMax(const LexBound& max, std::string_view member) {
  switch (max.kind) {
    case LexBound::kLowest: return false;
    case LexBound::kInclusive: return member <= max.member;
    case LexBound::kExclusive: return member < max.member;
    case LexBound::kHighest: return true;
  }
  return false;
}

RankRange Between(uint32_t first, uint32_t end) { return {first, end > first ? end - first : 0}; }

}  // namespace

SortedSet::Large::~Large() {
  index.ForEach([](char* item) { Free(item); });
}

double SortedSet::ReadScore(ListpackView::Place place) { return ParseScore(place).value_or(0); }

// As the field writes it: an integer where nothing is lost.
void SortedSet::InsertScoreAfter(Listpack& blob, ListpackView::Place member, double score) {
  constexpr double kSafe = static_cast<double>(INT64_MAX / 2);
  if (score >= -kSafe && score <= kSafe && static_cast<double>(static_cast<int64_t>(score)) == score) {
    blob.InsertIntegerAfter(member, static_cast<int64_t>(score));
  } else {
    blob.InsertAfter(member, FormatDouble(score));
  }
}

Result<SortedSet> SortedSet::FromListpack(Listpack blob, Duplicates duplicates, const EncodingLimits& limits,
                                          uint64_t seed) {
  uint32_t entries = blob.size();
  if (entries % 2 != 0) return Fail(Status::Corruption("sorted set: a member without a score"));
  ListpackView view = blob.view();
  for (auto place = view.First(); place != nullptr;) {
    place = view.Next(place);
    if (!ParseScore(place)) {
      return Fail(Status::Corruption("sorted set: a score that is no number"));
    }
    place = view.Next(place);
  }
  Status repeats = Status::Corruption("sorted set: a member stands twice");
  bool small = entries / 2 <= limits.zset_max_listpack_entries;
  if (small && duplicates == Duplicates::kCheck && HasRepeats(view, 2, seed)) return Fail(repeats);
  bool ordered = IsOrdered(view);
  SortedSet set;
  set.PutPacked(std::move(blob));
  if (small && ordered) return set;
  if (!set.BecomeLarge(entries / 2, seed)) return Fail(repeats);
  if (small) set.BecomePackedIfPossible(limits);
  return set;
}

bool SortedSet::IsOrdered(ListpackView blob) {
  std::optional<ScoredElement> last;
  for (auto place = blob.First(); place != nullptr;) {
    auto score_place = blob.Next(place);
    ScoredElement element{ListpackView::Get(place), ReadScore(score_place)};
    bool in_order = !last || ComesBefore(last->score, last->member.view(), element.score, element.member.view());
    if (!in_order) return false;
    last = element;
    place = blob.Next(score_place);
  }
  return true;
}

uint32_t SortedSet::size() const { return is_large() ? large()->index.size() : packed_view().size() / 2; }

size_t SortedSet::memory_bytes() const {
  if (is_large()) {
    return AllocationSize(sizeof(Large)) + large()->index.memory_bytes() + large()->order.memory_bytes();
  }
  return word_ == 0 ? 0 : AllocationSize(packed_view().bytes());
}

SortedSet SortedSet::Clone() const {
  SortedSet copy;
  if (!is_large()) {
    copy.PutPacked(Listpack::Copy(packed()));
    return copy;
  }
  auto* copied = new Large(large()->index.seed());
  copied->index.Reserve(size());
  ForEach([&](std::string_view member, double score) {
    char* item = NewItem(member, score);
    copied->index.Insert(copied->index.Hash(member), item, ItemBytes(member));
    copied->order.Insert(item);
  });
  copy.PutLarge(copied);
  return copy;
}

SortedSet::Found SortedSet::FindPacked(std::string_view member) const {
  ListpackView blob = packed_view();
  listpack::Needle needle(member);
  uint32_t rank = 0;
  for (auto place = blob.First(); place != nullptr; ++rank) {
    if (needle.Equals(place)) return {place, rank};
    place = blob.Next(blob.Next(place));
  }
  return {nullptr, 0};
}

std::optional<double> SortedSet::Score(std::string_view member) const {
  if (is_large()) {
    auto place = large()->index.Find(member);
    if (!place) return std::nullopt;
    return ScoreTree::ScoreOf(place.get());
  }
  Found found = FindPacked(member);
  if (found.place == nullptr) return std::nullopt;
  return ReadScore(packed_view().Next(found.place));
}

std::optional<uint32_t> SortedSet::Rank(std::string_view member) const {
  if (is_large()) {
    auto place = large()->index.Find(member);
    if (!place) return std::nullopt;
    return large()->order.RankOf(place.get());
  }
  Found found = FindPacked(member);
  if (found.place == nullptr) return std::nullopt;
  return found.rank;
}

ScoredElement SortedSet::At(uint32_t rank) const {
  if (is_large()) {
    const char* item = large()->order.At(rank).item();
    return {Element(ScoreTree::MemberOf(item)), ScoreTree::ScoreOf(item)};
  }
  auto place = packed_view().Seek(int64_t{2} * rank);
  return {ListpackView::Get(place), ReadScore(packed_view().Next(place))};
}

RankRange SortedSet::RanksOf(const ScoreRange& range) const {
  if (is_large()) {
    const ScoreTree& order = large()->order;
    return Between(order.CountBelow(range.min, range.min_exclusive), order.CountBelow(range.max, !range.max_exclusive));
  }
  uint32_t first = 0;
  uint32_t end = 0;
  ForEach([&](std::string_view, double score) {
    first += score < range.min || (range.min_exclusive && score == range.min) ? 1 : 0;
    end += score < range.max || (!range.max_exclusive && score == range.max) ? 1 : 0;
  });
  return Between(first, end);
}

RankRange SortedSet::RanksOf(const LexRange& range) const {
  if (is_large()) {
    const ScoreTree& order = large()->order;
    return Between(order.CountWhile([&](const char* item) { return BeforeMin(range.min, ScoreTree::MemberOf(item)); }),
                   order.CountWhile([&](const char* item) { return UpToMax(range.max, ScoreTree::MemberOf(item)); }));
  }
  uint32_t first = 0;
  uint32_t end = 0;
  ForEach([&](std::string_view member, double) {
    first += BeforeMin(range.min, member) ? 1 : 0;
    end += UpToMax(range.max, member) ? 1 : 0;
  });
  return Between(first, end);
}

void SortedSet::PrepareToAdd(std::string_view first, size_t count, const EncodingLimits& limits, uint64_t seed) {
  if (is_large()) return;
  bool long_first = empty() && first.size() > limits.zset_max_listpack_value_bytes;
  if (count > limits.zset_max_listpack_entries || long_first) BecomeLarge(size() + count, seed);
}

void SortedSet::Reserve(uint64_t members, const EncodingLimits& limits, uint64_t seed) {
  if (!is_large() && members > limits.zset_max_listpack_entries) BecomeLarge(size() + members, seed);
}

AddResult SortedSet::Add(std::string_view member, double score, AddOptions options, const EncodingLimits& limits,
                         uint64_t seed) {
  if (!is_large()) {
    Found found = FindPacked(member);
    if (found.place != nullptr) return AddPacked(member, score, options, found);
    if (options.only_existing) return {AddOutcome::kRefused, 0};
    bool fits = uint64_t{size()} + 1 <= limits.zset_max_listpack_entries &&
                member.size() <= limits.zset_max_listpack_value_bytes &&
                packed_view().bytes() + member.size() <= kMaxListpackBytes;
    if (fits) {
      InsertPacked(member, score);
      return {AddOutcome::kAdded, score};
    }
    BecomeLarge(size() + 1, seed);
  }
  return AddLarge(*large(), member, score, options);
}

AddResult SortedSet::AddPacked(std::string_view member, double score, AddOptions options, Found found) {
  AddResult result = Decide(ReadScore(packed_view().Next(found.place)), score, options);
  if (result.outcome == AddOutcome::kUpdated) {
    ErasePacked(found.place, 1);
    InsertPacked(member, result.score);
  }
  return result;
}

void SortedSet::InsertPacked(std::string_view member, double score) {
  Listpack blob = TakePacked();
  ListpackView view = blob.view();
  auto place = view.First();
  while (place != nullptr) {
    auto score_place = view.Next(place);
    double its_score = ReadScore(score_place);
    if (its_score > score) break;
    if (its_score == score && ListpackView::Get(place).view() > member) break;
    place = view.Next(score_place);
  }
  auto new_place = place == nullptr ? blob.Append(member) : blob.InsertBefore(place, member);
  InsertScoreAfter(blob, new_place, score);
  PutPacked(std::move(blob));
}

void SortedSet::ErasePacked(ListpackView::Place first, uint32_t count) {
  Listpack blob = TakePacked();
  blob.Erase(first, 2 * count);
  PutPacked(std::move(blob));
}

AddResult SortedSet::AddLarge(Large& large, std::string_view member, double score, AddOptions options) {
  uint64_t hash = large.index.Hash(member);
  auto place = large.index.Find(member, hash);
  if (!place) {
    if (options.only_existing) return {AddOutcome::kRefused, 0};
    char* item = NewItem(member, score);
    large.order.Insert(item);
    large.index.Insert(hash, item, ItemBytes(member));
    return {AddOutcome::kAdded, score};
  }
  char* item = place.get();
  AddResult result = Decide(ScoreTree::ScoreOf(item), score, options);
  if (result.outcome == AddOutcome::kUpdated) large.order.Rescore(item, result.score);
  return result;
}

bool SortedSet::BecomeLarge(uint64_t reserve, uint64_t seed) {
  auto* large = new Large(seed);
  large->index.Reserve(reserve);
  bool distinct = true;
  ForEach([&](std::string_view member, double score) {
    AddResult result = AddLarge(*large, member, score, {.only_new = true});
    distinct = distinct && result.outcome == AddOutcome::kAdded;
  });
  Clear();
  PutLarge(large);
  return distinct;
}

void SortedSet::BecomePackedIfPossible(const EncodingLimits& limits) {
  if (!is_large() || size() > limits.zset_max_listpack_entries) return;
  size_t longest = 0;
  size_t total = 0;
  ForEach([&](std::string_view member, double) {
    longest = std::max(longest, member.size());
    total += member.size();
  });
  if (longest > limits.zset_max_listpack_value_bytes || total > kMaxListpackBytes) return;
  Listpack blob;
  ForEach([&](std::string_view member, double score) { InsertScoreAfter(blob, blob.Append(member), score); });
  Clear();
  PutPacked(std::move(blob));
}

bool SortedSet::Remove(std::string_view member) {
  if (is_large()) {
    uint64_t hash = large()->index.Hash(member);
    auto place = large()->index.Find(member, hash);
    if (!place) return false;
    large()->order.Erase(place.get());
    Free(large()->index.Erase(hash, place, ItemBytes(member)));
    return true;
  }
  Found found = FindPacked(member);
  if (found.place == nullptr) return false;
  ErasePacked(found.place, 1);
  return true;
}

uint32_t SortedSet::RemoveRanks(RankRange range) {
  uint32_t total = size();
  if (range.first >= total) return 0;
  uint32_t count = std::min(range.count, total - range.first);
  if (!is_large()) {
    if (count > 0) ErasePacked(packed_view().Seek(int64_t{2} * range.first), count);
    return count;
  }
  for (uint32_t i = 0; i < count; ++i) {
    char* item = large()->order.At(range.first).item();
    std::string_view member = ScoreTree::MemberOf(item);
    uint64_t hash = large()->index.Hash(member);
    large()->order.Erase(item);
    Free(large()->index.Erase(hash, large()->index.Find(member, hash), ItemBytes(member)));
  }
  return count;
}

void SortedSet::Clear() {
  if (is_large()) {
    delete large();
    word_ = 0;
  } else {
    TakePacked();
  }
}

ScoredElement SortedSet::RandomMember(Random& random) const {
  if (is_large()) {
    const char* item = large()->index.RandomItem(random);
    return {Element(ScoreTree::MemberOf(item)), ScoreTree::ScoreOf(item)};
  }
  return At(static_cast<uint32_t>(random.Below(size())));
}

}  // namespace dunlin::values
