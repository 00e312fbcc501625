#include "snapshot/value_encoder.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/invariant.h"

namespace dunlin::snapshot {
namespace {

using values::Encoding;

// Ranks that are looked up together.
constexpr uint64_t kRanksAtOnce = 64;
// What looking for elements counts for, so that a sparse table uses up its budget too.
constexpr size_t kGatherCost = 16;

template <typename... Fns>
struct Overloaded : Fns... {
  using Fns::operator()...;
};
template <typename... Fns>
Overloaded(Fns...) -> Overloaded<Fns...>;

bool IsPackedBlob(RdbType type) {
  return type == RdbType::kSetIntset || type == RdbType::kSetListpack || type == RdbType::kHashListpack ||
         type == RdbType::kSortedSetListpack;
}

RdbType TypeOfStream(int version) {
  if (version < 10) return RdbType::kStream;
  return version < 11 ? RdbType::kStream2 : RdbType::kStream3;
}

RdbType TypeOfSet(const values::Set& set, int version) {
  if (set.encoding() == Encoding::kIntset) return RdbType::kSetIntset;
  bool as_blob = set.encoding() == Encoding::kListpack && version >= 11;
  return as_blob ? RdbType::kSetListpack : RdbType::kSet;
}

}  // namespace

RdbType RdbTypeOf(const ValueRef& value, const RdbEncoding& encoding) {
  bool listpacks = encoding.version >= 10;
  return std::visit(
      Overloaded{
          [](std::string_view) { return RdbType::kString; },
          [](int64_t) { return RdbType::kString; },
          [&](const values::List*) { return listpacks ? RdbType::kListOfNodes : RdbType::kList; },
          [&](const values::Set* set) { return TypeOfSet(*set, encoding.version); },
          [&](const values::Hash* hash) {
            return listpacks && hash->encoding() == Encoding::kListpack ? RdbType::kHashListpack : RdbType::kHash;
          },
          [&](const values::SortedSet* sorted_set) {
            return listpacks && sorted_set->encoding() == Encoding::kListpack ? RdbType::kSortedSetListpack
                                                                              : RdbType::kSortedSet;
          },
          [&](const values::Stream*) { return TypeOfStream(encoding.version); },
      },
      value.parts());
}

ValueEncoder::ValueEncoder(ValueRef value, const RdbEncoding& encoding)
    : value_(value), encoding_(encoding), type_(RdbTypeOf(value, encoding)) {
  DUNLIN_INVARIANT(encoding.version >= kOldestWrittenRdbVersion && encoding.version <= kNewestRdbVersion,
                   "an RDB version that is written");
  if (const auto* stream = std::get_if<const values::Stream*>(&value_.parts())) {
    stream_ = std::make_unique<StreamEncoder>(**stream, type_, encoding_.compress);
  }
}

bool ValueEncoder::Step(std::string& out, size_t budget_bytes) {
  if (stream_ != nullptr) return stream_->Step(out, budget_bytes);
  spent_bytes_ = 0;
  budget_bytes = std::max<size_t>(budget_bytes, 1);
  if (!begun_) {
    Begin(out);
    begun_ = true;
  }
  while (true) {
    if (!WritePieces(out, budget_bytes)) return false;
    pieces_.clear();
    next_piece_ = 0;
    if (complete_ || !Gather(out)) {
      DUNLIN_INVARIANT(gathered_ == expected_, "a value does not change while it is written");
      return true;
    }
    spent_bytes_ += kGatherCost;
  }
}

bool ValueEncoder::WritePieces(std::string& out, size_t budget_bytes) {
  while (next_piece_ < pieces_.size()) {
    const Piece& piece = pieces_[next_piece_];
    if (!string_open_ && piece.text.size() >= StringEncoder::kLongBytes) {
      long_string_.Start(piece.text, encoding_.compress);
      string_open_ = true;
    }
    if (string_open_) {
      bool whole = long_string_.Step(out, budget_bytes - std::min(budget_bytes, spent_bytes_));
      spent_bytes_ += StringEncoder::kLongBytes;
      if (!whole && spent_bytes_ >= budget_bytes) return false;
      if (!whole) continue;
      string_open_ = false;
    } else {
      Write(out, piece.text);
    }
    if (type_ == RdbType::kSortedSet) WriteScore(out, piece.score);
    ++next_piece_;
    if (spent_bytes_ >= budget_bytes && next_piece_ < pieces_.size()) return false;
  }
  return spent_bytes_ < budget_bytes || complete_;
}

void ValueEncoder::Write(std::string& out, std::string_view text) {
  AppendString(out, text, encoding_.compress);
  spent_bytes_ += text.size() + 1;
}

void ValueEncoder::WriteScore(std::string& out, double score) {
  AppendLittle(out, score);
  spent_bytes_ += sizeof score;
}

void ValueEncoder::Begin(std::string& out) {
  std::visit(Overloaded{
                 [&](std::string_view text) {
                   pieces_.push_back({text});
                   complete_ = true;
                 },
                 [&](int64_t integer) {
                   AppendIntegerString(out, integer);
                   complete_ = true;
                 },
                 [&](const values::List* list) { BeginList(out, *list); },
                 [&](const values::Set* set) { BeginSet(out, *set); },
                 [&](const values::Hash* hash) { BeginHash(out, *hash); },
                 [&](const values::SortedSet* sorted_set) { BeginSortedSet(out, *sorted_set); },
                 [](const values::Stream*) {},
             },
             value_.parts());
}

void ValueEncoder::BeginList(std::string& out, const values::List& list) {
  AppendLength(out, type_ == RdbType::kListOfNodes ? list.node_count() : list.size());
}

void ValueEncoder::BeginSet(std::string& out, const values::Set& set) {
  complete_ = set.encoding() != Encoding::kHashtable;
  if (IsPackedBlob(type_)) {
    pieces_.push_back({set.packed()});
    return;
  }
  AppendLength(out, set.size());
  if (complete_) {
    set.ForEach([&](std::string_view member) { Write(out, member); });
  } else {
    expected_ = set.size();
  }
}

void ValueEncoder::BeginHash(std::string& out, const values::Hash& hash) {
  complete_ = hash.encoding() != Encoding::kHashtable;
  if (IsPackedBlob(type_)) {
    pieces_.push_back({hash.packed()});
    return;
  }
  AppendLength(out, hash.size());
  if (complete_) {
    hash.ForEach([&](std::string_view field, std::string_view value) {
      Write(out, field);
      Write(out, value);
    });
  } else {
    expected_ = uint64_t{2} * hash.size();
  }
}

void ValueEncoder::BeginSortedSet(std::string& out, const values::SortedSet& sorted_set) {
  complete_ = sorted_set.encoding() != Encoding::kSkiplist;
  if (IsPackedBlob(type_)) {
    pieces_.push_back({sorted_set.packed()});
    return;
  }
  AppendLength(out, sorted_set.size());
  if (complete_) {
    sorted_set.ForEachBackward({0, sorted_set.size()}, [&](std::string_view member, double score) {
      Write(out, member);
      WriteScore(out, score);
    });
  } else {
    position_ = expected_ = sorted_set.size();
  }
}

bool ValueEncoder::Gather(std::string& out) {
  return std::visit(Overloaded{
                        [](std::string_view) { return false; },
                        [](int64_t) { return false; },
                        [&](const values::List* list) { return GatherNode(out, *list); },
                        [&](const values::Set* set) { return GatherScanned(*set); },
                        [&](const values::Hash* hash) { return GatherScanned(*hash); },
                        [&](const values::SortedSet* sorted_set) { return GatherScores(*sorted_set); },
                        [](const values::Stream*) { return false; },
                    },
                    value_.parts());
}

bool ValueEncoder::GatherNode(std::string& out, const values::List& list) {
  if (position_ == list.node_count()) return false;
  values::ListNodeView node = list.NodeAt(position_++);
  if (type_ == RdbType::kListOfNodes) AppendLength(out, node.plain ? kNodePlain : kNodePacked);
  if (type_ == RdbType::kListOfNodes || node.plain) {
    pieces_.push_back({node.bytes});
  } else {
    GatherElements(out, node);
  }
  return true;
}

void ValueEncoder::GatherElements(std::string& out, const values::ListNodeView& node) {
  const char* listpack = node.bytes.data();
  values::ListpackView(listpack).ForEach([&](std::string_view element) { Write(out, element); });
}

template <typename Table>
bool ValueEncoder::GatherScanned(const Table& table) {
  // The texts of a table stand in its items, so that views of them can wait.
  position_ = table.Scan(position_, [&](auto... texts) { (pieces_.push_back({texts}), ...); });
  gathered_ += pieces_.size();
  complete_ = position_ == 0;
  return !complete_ || !pieces_.empty();
}

bool ValueEncoder::GatherScores(const values::SortedSet& sorted_set) {
  // From the highest score down, which is the order that skiplists are quickest to load in.
  uint64_t count = std::min(position_, kRanksAtOnce);
  position_ -= count;
  sorted_set.ForEachBackward({static_cast<uint32_t>(position_), static_cast<uint32_t>(count)},
                             [&](std::string_view member, double score) { pieces_.push_back({member, score}); });
  gathered_ += pieces_.size();
  complete_ = position_ == 0;
  return !pieces_.empty();
}

void AppendValue(std::string& out, ValueRef value, const RdbEncoding& encoding) {
  ValueEncoder encoder(value, encoding);
  while (!encoder.Step(out, SIZE_MAX)) {
  }
}

}  // namespace dunlin::snapshot
