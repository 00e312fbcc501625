// A sorted set: members with scores, in the order of score, then of the member's bytes.
//
// Small: a listpack of member, score, member, score, in order ("listpack"). Large: each member one block with its
// score; an index by member, and a counting B+tree for the order ("skiplist", which is the word that clients know). It
// grows from small to large when `limits` say so, and never back, but for BecomePackedIfPossible.
//
// Ranges are all answered as an interval of ranks, found in O(log n): by score, by member, from the back, with an
// offset.
//
// One pointer; may be moved with memmove. An empty sorted set needs no memory. `seed` is for the index's hash; it is
// kept when the set becomes large.
//
// Elements that are handed out are good until the next change. Texts passed in must not stand in this set.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "base/status.h"
#include "values/element.h"
#include "values/encoding_limits.h"
#include "values/listpack.h"
#include "values/member_table.h"
#include "values/score_tree.h"
#include "values/type.h"

namespace dunlin::values {

// ZADD's conditions. REQUIRES of whoever sets them: they do not contradict each other.
struct AddOptions {
  bool only_new = false;       // NX
  bool only_existing = false;  // XX
  bool only_greater = false;   // GT: an existing score only grows
  bool only_less = false;      // LT
  bool increment = false;      // INCR: the score is added to the existing one, or to 0
};

enum class AddOutcome : uint8_t {
  kAdded,
  kUpdated,
  kUnchanged,   // it had this score already
  kRefused,     // by a condition
  kNotANumber,  // infinities of both signs were added; nothing has changed
};

struct AddResult {
  AddOutcome outcome;
  double score;  // the member's score now, unless kRefused or kNotANumber
};

struct ScoreRange {
  double min;
  double max;
  bool min_exclusive = false;
  bool max_exclusive = false;
};

// One end of a range of members.
struct LexBound {
  enum Kind : uint8_t { kLowest, kInclusive, kExclusive, kHighest };  // "-", "[...", "(...", "+"
  Kind kind;
  std::string_view member;  // for kInclusive and kExclusive
};

struct LexRange {
  LexBound min;
  LexBound max;
};

// The members from rank `first` on, `count` of them; rank 0 has the lowest score.
struct RankRange {
  uint32_t first = 0;
  uint32_t count = 0;
};

class SortedSet {
 public:
  SortedSet() = default;
  SortedSet(SortedSet&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  SortedSet& operator=(SortedSet&& other) noexcept {
    if (this != &other) {
      Clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~SortedSet() { Clear(); }

  // A sorted set from a blob that is a valid listpack. Errors: kCorruption for a member without a score, a score that
  // is no number, and a member that stands twice (always looked for when the set has to become large). A blob that is
  // out of order is put in order. An empty blob makes an empty set.
  static Result<SortedSet> FromListpack(Listpack blob, Duplicates duplicates, const EncodingLimits& limits,
                                        uint64_t seed);

  uint32_t size() const;
  bool empty() const { return size() == 0; }
  Encoding encoding() const { return is_large() ? Encoding::kSkiplist : Encoding::kListpack; }
  size_t memory_bytes() const;
  SortedSet Clone() const;
  // The blob that RDB files hold. REQUIRES: encoding() is kListpack.
  std::string_view packed() const { return packed_view().blob(); }

  std::optional<double> Score(std::string_view member) const;
  // How many members come before it.
  std::optional<uint32_t> Rank(std::string_view member) const;
  // REQUIRES: rank < size().
  ScoredElement At(uint32_t rank) const;
  void Prefetch(std::string_view member) const {
    if (is_large()) large()->index.Prefetch(member);
  }

  RankRange RanksOf(const ScoreRange& range) const;
  // REQUIRES, for the answer to mean something: all members have the same score.
  RankRange RanksOf(const LexRange& range) const;

  // To be called before the members of one command are added one by one: makes a small set large at once when many
  // come, or an empty one when its first member is long.
  void PrepareToAdd(std::string_view first, size_t count, const EncodingLimits& limits, uint64_t seed);
  // Room for this many, when that makes the set large anyway. A hint that may come from outside.
  void Reserve(uint64_t members, const EncodingLimits& limits, uint64_t seed);
  // REQUIRES: the score is not NaN.
  AddResult Add(std::string_view member, double score, AddOptions options, const EncodingLimits& limits, uint64_t seed);
  // False when it is not there.
  bool Remove(std::string_view member);
  // As many as there are of that range. The lowest member is At(0), the highest At(size() - 1): popping them is this.
  uint32_t RemoveRanks(RankRange range);
  void Clear();
  // Packed, when there are few enough members and none is long: what a command does that built a set out of others.
  void BecomePackedIfPossible(const EncodingLimits& limits);

  // REQUIRES: not empty.
  ScoredElement RandomMember(Random& random) const;

  // Calls fn(std::string_view member, double score) for the members of these ranks, as many as there are, in order.
  // fn must not change the set.
  template <typename Fn>
  void ForEach(RankRange range, Fn&& fn) const;
  // The same from the highest rank of the range to the lowest.
  template <typename Fn>
  void ForEachBackward(RankRange range, Fn&& fn) const;
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    ForEach(RankRange{0, size()}, fn);
  }
  // The same for some members, in no order; returns the cursor to go on with, or 0 at the end. Begins with 0. A small
  // set is seen at once, whatever the cursor. The set may change between calls: what is there throughout is seen at
  // least once.
  template <typename Fn>
  uint64_t Scan(uint64_t cursor, Fn&& fn) const;

 private:
  using Table = MemberTable<sizeof(double)>;
  struct Large {
    explicit Large(uint64_t seed) : index(seed) {}
    ~Large();
    Large(const Large&) = delete;
    Large& operator=(const Large&) = delete;

    Table index;  // owns the items
    ScoreTree order;
  };

  struct Found {
    ListpackView::Place place;  // none when it is not there
    uint32_t rank;
  };

  static constexpr uintptr_t kLargeTag = 1;  // in the word's lowest bits; 0: a listpack, or nothing

  static double ReadScore(ListpackView::Place place);

  bool is_large() const { return (word_ & kLargeTag) != 0; }
  Large* large() const { return reinterpret_cast<Large*>(word_ & ~kLargeTag); }
  ListpackView packed_view() const {
    return ListpackView(word_ == 0 ? listpack::kEmpty : reinterpret_cast<const char*>(word_));
  }
  Listpack TakePacked() { return Listpack::Adopt(reinterpret_cast<char*>(std::exchange(word_, 0))); }
  void PutPacked(Listpack blob) { word_ = reinterpret_cast<uintptr_t>(blob.Release()); }
  void PutLarge(Large* large) { word_ = reinterpret_cast<uintptr_t>(large) | kLargeTag; }

  static void InsertScoreAfter(Listpack& blob, ListpackView::Place member, double score);
  Found FindPacked(std::string_view member) const;
  void InsertPacked(std::string_view member, double score);
  void ErasePacked(ListpackView::Place first, uint32_t count);
  AddResult AddPacked(std::string_view member, double score, AddOptions options, Found found);
  static AddResult AddLarge(Large& large, std::string_view member, double score, AddOptions options);
  static bool IsOrdered(ListpackView blob);
  // Keeps the first of members that stand twice, which only bytes from outside can bring; false when there were any.
  bool BecomeLarge(uint64_t reserve, uint64_t seed);

  uintptr_t word_ = 0;
};

static_assert(sizeof(SortedSet) == 8);

template <typename Fn>
void SortedSet::ForEach(RankRange range, Fn&& fn) const {
  if (is_large()) {
    auto cursor = large()->order.At(range.first);
    for (uint32_t i = 0; i < range.count && cursor.valid(); ++i, cursor.Next()) {
      fn(ScoreTree::MemberOf(cursor.item()), ScoreTree::ScoreOf(cursor.item()));
    }
    return;
  }
  ListpackView blob = packed_view();
  auto place = blob.Seek(int64_t{2} * range.first);
  for (uint32_t i = 0; i < range.count && place != nullptr; ++i) {
    auto score_place = blob.Next(place);
    fn(ListpackView::Get(place).view(), ReadScore(score_place));
    place = blob.Next(score_place);
  }
}

template <typename Fn>
void SortedSet::ForEachBackward(RankRange range, Fn&& fn) const {
  uint32_t total = size();
  if (range.first >= total) return;
  uint32_t count = range.count < total - range.first ? range.count : total - range.first;
  if (count == 0) return;
  uint32_t last = range.first + count - 1;
  if (is_large()) {
    auto cursor = large()->order.At(last);
    for (uint32_t i = 0; i < count; ++i, cursor.Previous()) {
      fn(ScoreTree::MemberOf(cursor.item()), ScoreTree::ScoreOf(cursor.item()));
    }
    return;
  }
  ListpackView blob = packed_view();
  auto place = blob.Seek(int64_t{2} * last);
  for (uint32_t i = 0; i < count; ++i) {
    fn(ListpackView::Get(place).view(), ReadScore(blob.Next(place)));
    place = blob.Previous(place);
    if (place != nullptr) place = blob.Previous(place);
  }
}

template <typename Fn>
uint64_t SortedSet::Scan(uint64_t cursor, Fn&& fn) const {
  if (is_large()) {
    return large()->index.Scan(cursor,
                               [&](const char* item) { fn(ScoreTree::MemberOf(item), ScoreTree::ScoreOf(item)); });
  }
  ForEach(fn);
  return 0;
}

}  // namespace dunlin::values
