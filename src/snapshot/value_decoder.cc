#include "snapshot/value_decoder.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/bytes.h"
#include "base/numbers.h"
#include "values/intset.h"
#include "values/listpack.h"
#include "values/ziplist.h"
#include "values/zipmap.h"

namespace dunlin::snapshot {
namespace {

constexpr size_t kLongestInteger = 20;

bool IsPair(RdbType type) { return type == RdbType::kHash; }

std::unexpected<Status> Corrupt(std::string_view what) { return Fail(Status::Corruption(std::string(what))); }

// `what` is Redis's sentence; `cause` has the details.
Status Broken(std::string_view what, const Status& cause) {
  return Status::Corruption(std::string(what).append(" (").append(cause.message()).append(")"));
}

std::string_view SentenceOf(RdbType type) {
  switch (type) {
    case RdbType::kHashZipmap: return "Zipmap integrity check failed.";
    case RdbType::kListZiplist: return "List ziplist integrity check failed.";
    case RdbType::kSetIntset: return "Intset integrity check failed.";
    case RdbType::kSortedSetZiplist: return "Zset ziplist integrity check failed.";
    case RdbType::kHashZiplist: return "Hash ziplist integrity check failed.";
    case RdbType::kListOfZiplists: return "Ziplist integrity check failed.";
    case RdbType::kHashListpack: return "Hash listpack integrity check failed.";
    case RdbType::kSortedSetListpack: return "Zset listpack integrity check failed.";
    case RdbType::kListOfNodes: return "Listpack integrity check failed.";
    case RdbType::kSetListpack: return "Set listpack integrity check failed.";
    default: return "Integrity check failed.";
  }
}

}  // namespace

Status ValueDecoder::Start(uint8_t type) {
  type_ = static_cast<RdbType>(type);
  value_ = values::Value();
  is_text_ = false;
  count_known_ = false;
  left_ = 0;
  stream_.reset();
  switch (type_) {
    case RdbType::kModulePreview:
    case RdbType::kModule: {
      std::string message("values of RDB type ");
      AppendInt64(message, type);
      return Status::Unsupported(message.append(" (").append(RdbTypeName(type)).append(") cannot be read"));
    }
    default: break;
  }
  if (RdbTypeName(type).empty() || type > static_cast<uint8_t>(RdbType::kStream3)) {
    std::string message("Unknown RDB encoding type ");
    AppendInt64(message, type);
    return Status::Corruption(message);
  }
  return Status::Ok();
}

Result<ValueDecoder::Progress> ValueDecoder::Step(std::string_view& in) {
  switch (type_) {
    case RdbType::kString: return StepString(in);
    case RdbType::kList:
    case RdbType::kSet:
    case RdbType::kSortedSetText:
    case RdbType::kSortedSet:
    case RdbType::kHash: return StepElements(in);
    case RdbType::kListOfZiplists:
    case RdbType::kListOfNodes: return StepNodes(in);
    case RdbType::kStream:
    case RdbType::kStream2:
    case RdbType::kStream3: return StepStream(in);
    default: return StepBlob(in);
  }
}

values::Value ValueDecoder::TakeValue() {
  if (is_text_) return values::Value(values::RawString(text()));
  return std::move(value_);
}

// --- the words ---

Result<ValueDecoder::Progress> ValueDecoder::ReadString(std::string_view& in, RdbString* string) {
  switch (string->Read(in)) {
    case ReadOutcome::kOk: return Progress::kDone;
    case ReadOutcome::kNeedMore: return Progress::kNeedMore;
    case ReadOutcome::kBad: break;
  }
  return Corrupt(string->why());
}

Result<ValueDecoder::Progress> ValueDecoder::ReadCount(std::string_view& in) {
  switch (ReadPlainLength(in, &left_)) {
    case ReadOutcome::kOk: break;
    case ReadOutcome::kNeedMore: return Progress::kNeedMore;
    case ReadOutcome::kBad: return Corrupt("Unknown length encoding");
  }
  count_known_ = true;
  return left_ == 0 ? Progress::kEmpty : Progress::kDone;
}

Result<ValueDecoder::Progress> ValueDecoder::ReadScore(std::string_view& in, double* score) {
  if (type_ == RdbType::kSortedSet) {
    if (in.size() < sizeof *score) return Progress::kNeedMore;
    *score = LoadLittle<double>(in.data());
    in.remove_prefix(sizeof *score);
  } else {
    if (in.empty()) return Progress::kNeedMore;
    auto size = static_cast<uint8_t>(in[0]);
    std::string_view rest = in.substr(1);
    if (size == kScoreNan) {
      *score = NAN;
    } else if (size == kScoreInfinity || size == kScoreMinusInfinity) {
      *score = size == kScoreInfinity ? INFINITY : -INFINITY;
    } else {
      if (rest.size() < size) return Progress::kNeedMore;
      auto parsed = ParseDouble(rest.substr(0, size));
      if (!parsed) return Corrupt("Zset with a score that is no number");
      *score = *parsed;
      rest.remove_prefix(size);
    }
    in = rest;
  }
  if (std::isnan(*score)) return Corrupt("Zset with NAN score detected");
  return Progress::kDone;
}

// --- strings ---

Result<ValueDecoder::Progress> ValueDecoder::StepString(std::string_view& in) {
  auto progress = ReadString(in, &string_);
  if (!progress || *progress != Progress::kDone) return progress;
  std::optional<int64_t> integer;
  if (string_.is_integer()) {
    integer = string_.integer();
  } else if (string_.view().size() <= kLongestInteger) {
    integer = ParseInt64(string_.view());
  }
  if (integer) {
    value_ = values::Value(*integer);
  } else {
    is_text_ = true;
  }
  return Progress::kDone;
}

// --- collections in their plain form ---

void ValueDecoder::Begin(size_t bytes_at_hand) {
  // Each element takes a byte at least, and a count is only a claim.
  uint64_t hint = std::min<uint64_t>(left_, bytes_at_hand);
  switch (type_) {
    case RdbType::kList: value_ = values::Value(values::List()); break;
    case RdbType::kSet: value_ = values::Value(values::Set()); break;
    case RdbType::kHash:
      value_ = values::Value(values::Hash());
      value_.hash().Reserve(hint / 2, options_.limits, options_.hash_seed);
      break;
    default:
      value_ = values::Value(values::SortedSet());
      value_.sorted_set().Reserve(hint, options_.limits, options_.hash_seed);
      break;
  }
  hint_ = hint;
}

Result<ValueDecoder::Progress> ValueDecoder::StepElements(std::string_view& in) {
  if (!count_known_) {
    auto progress = ReadCount(in);
    if (!progress || *progress != Progress::kDone) return progress;
    Begin(in.size());
  }
  for (; left_ > 0; --left_) {
    auto progress = ReadElement(in);
    if (!progress || *progress != Progress::kDone) return progress;
  }
  if (type_ == RdbType::kList) value_.list().Settle(options_.limits);
  return Progress::kDone;
}

Result<ValueDecoder::Progress> ValueDecoder::ReadElement(std::string_view& in) {
  std::string_view rest = in;
  double score = 0;
  auto progress = ReadString(rest, &string_);
  if (!progress || *progress != Progress::kDone) return progress;
  if (IsPair(type_)) {
    progress = ReadString(rest, &second_);
  } else if (type_ == RdbType::kSortedSet || type_ == RdbType::kSortedSetText) {
    progress = ReadScore(rest, &score);
  }
  if (!progress || *progress != Progress::kDone) return progress;
  DUNLIN_TRY_RESULT(AddElement(score));
  in = rest;
  return Progress::kDone;
}

Status ValueDecoder::AddElement(double score) {
  std::string_view text = string_.view();
  switch (type_) {
    case RdbType::kList: value_.list().Push(values::ListEnd::kBack, text, options_.limits); return Status::Ok();
    case RdbType::kSet:
      if (value_.set().empty()) value_.set().PrepareToAdd(text, hint_, options_.limits, options_.hash_seed);
      if (value_.set().Add(text, options_.limits, options_.hash_seed)) return Status::Ok();
      return Status::Corruption("Duplicate set members detected");
    case RdbType::kHash:
      if (value_.hash().Set(text, second_.view(), options_.limits, options_.hash_seed)) return Status::Ok();
      return Status::Corruption("Duplicate hash fields detected");
    default: break;
  }
  auto added = value_.sorted_set().Add(text, score, {}, options_.limits, options_.hash_seed);
  if (added.outcome == values::AddOutcome::kAdded) return Status::Ok();
  return Status::Corruption("Duplicate zset fields detected");
}

// --- lists of nodes ---

Result<ValueDecoder::Progress> ValueDecoder::StepNodes(std::string_view& in) {
  if (!count_known_) {
    auto progress = ReadCount(in);
    if (!progress || *progress != Progress::kDone) return progress;
    value_ = values::Value(values::List());
  }
  for (; left_ > 0; --left_) {
    auto progress = ReadNode(in);
    if (!progress || *progress != Progress::kDone) return progress;
  }
  value_.list().Settle(options_.limits);
  return value_.list().empty() ? Progress::kEmpty : Progress::kDone;
}

Result<ValueDecoder::Progress> ValueDecoder::ReadNode(std::string_view& in) {
  std::string_view rest = in;
  uint64_t container = kNodePacked;
  if (type_ == RdbType::kListOfNodes) {
    ReadOutcome outcome = ReadPlainLength(rest, &container);
    if (outcome == ReadOutcome::kNeedMore) return Progress::kNeedMore;
    if (outcome == ReadOutcome::kBad || (container != kNodePacked && container != kNodePlain)) {
      return Corrupt("Quicklist integrity check failed.");
    }
  }
  auto progress = ReadString(rest, &string_);
  if (!progress || *progress != Progress::kDone) return progress;
  DUNLIN_TRY_RESULT(AddNode(container == kNodePlain, string_.view()));
  in = rest;
  return Progress::kDone;
}

Status ValueDecoder::AddNode(bool plain, std::string_view bytes) {
  if (bytes.empty()) return Status::Corruption("Quicklist with an empty node");
  if (plain) {
    value_.list().AppendPlainNode(bytes);
    return Status::Ok();
  }
  bool old_form = type_ == RdbType::kListOfZiplists;
  auto node = old_form ? values::ListpackFromZiplist(bytes) : values::Listpack::FromBytes(bytes);
  if (!node) return Broken(SentenceOf(type_), node.error());
  value_.list().AppendListpackNode(std::move(*node));
  return Status::Ok();
}

// --- collections in one blob ---

Result<ValueDecoder::Progress> ValueDecoder::StepBlob(std::string_view& in) {
  auto progress = ReadString(in, &string_);
  if (!progress || *progress != Progress::kDone) return progress;
  DUNLIN_TRY_RESULT(AdoptBlob(string_.view()));
  return value_.size() == 0 ? Progress::kEmpty : Progress::kDone;
}

Result<ValueDecoder::Progress> ValueDecoder::StepStream(std::string_view& in) {
  if (stream_ == nullptr) stream_ = std::make_unique<StreamDecoder>(type_);
  auto complete = stream_->Step(in);
  if (!complete) return Fail(complete.error());
  if (!*complete) return Progress::kNeedMore;
  value_ = values::Value(stream_->TakeStream());
  stream_.reset();
  return Progress::kDone;
}

Status ValueDecoder::AdoptBlob(std::string_view bytes) {
  switch (type_) {
    case RdbType::kHashZipmap: return AdoptZipmap(bytes);
    case RdbType::kHashZiplist: return AdoptHash(values::ListpackFromZiplist(bytes));
    case RdbType::kHashListpack: return AdoptHash(values::Listpack::FromBytes(bytes));
    case RdbType::kSortedSetZiplist: return AdoptSortedSet(values::ListpackFromZiplist(bytes));
    case RdbType::kSortedSetListpack: return AdoptSortedSet(values::Listpack::FromBytes(bytes));
    case RdbType::kListZiplist: return AdoptList(values::ListpackFromZiplist(bytes));
    default: return AdoptSet(bytes);
  }
}

// The only packed form that knows no limit for the length of a value.
Status ValueDecoder::AdoptZipmap(std::string_view bytes) {
  DUNLIN_TRY(AdoptHash(values::ListpackFromZipmap(bytes)));
  std::string longest;
  value_.hash().ForEach([&](std::string_view field, std::string_view value) {
    for (std::string_view text : {field, value}) {
      if (text.size() > longest.size()) longest = text;
    }
  });
  std::string_view words[] = {longest, longest};
  if (longest.size() > options_.limits.hash_max_listpack_value_bytes) {
    value_.hash().PrepareToSet(words, options_.limits, options_.hash_seed);
  }
  return Status::Ok();
}

Status ValueDecoder::AdoptHash(Result<values::Listpack> blob) {
  if (!blob) return Broken(SentenceOf(type_), blob.error());
  // Blobs in an old form have been looked at element by element; to look for duplicates too costs little more.
  auto duplicates = type_ == RdbType::kHashListpack ? options_.duplicates : values::Duplicates::kCheck;
  auto hash = values::Hash::FromListpack(std::move(*blob), duplicates, options_.limits, options_.hash_seed);
  if (!hash) return Broken(SentenceOf(type_), hash.error());
  value_ = values::Value(std::move(*hash));
  return Status::Ok();
}

Status ValueDecoder::AdoptSortedSet(Result<values::Listpack> blob) {
  if (!blob) return Broken(SentenceOf(type_), blob.error());
  auto duplicates = type_ == RdbType::kSortedSetListpack ? options_.duplicates : values::Duplicates::kCheck;
  auto sorted_set = values::SortedSet::FromListpack(std::move(*blob), duplicates, options_.limits, options_.hash_seed);
  if (!sorted_set) return Broken(SentenceOf(type_), sorted_set.error());
  value_ = values::Value(std::move(*sorted_set));
  return Status::Ok();
}

Status ValueDecoder::AdoptList(Result<values::Listpack> blob) {
  if (!blob) return Broken(SentenceOf(type_), blob.error());
  values::List list;
  // One by one: a list in one ziplist knew nothing of today's node limit.
  blob->view().ForEach([&](std::string_view element) { list.Push(values::ListEnd::kBack, element, options_.limits); });
  list.Settle(options_.limits);
  value_ = values::Value(std::move(list));
  return Status::Ok();
}

Status ValueDecoder::AdoptSet(std::string_view bytes) {
  if (type_ == RdbType::kSetIntset) {
    auto blob = values::Intset::FromBytes(bytes);
    if (!blob) return Broken(SentenceOf(type_), blob.error());
    value_ = values::Value(values::Set::FromIntset(std::move(*blob), options_.limits, options_.hash_seed));
    return Status::Ok();
  }
  auto blob = values::Listpack::FromBytes(bytes);
  if (!blob) return Broken(SentenceOf(type_), blob.error());
  auto set = values::Set::FromListpack(std::move(*blob), options_.duplicates, options_.limits, options_.hash_seed);
  if (!set) return Broken(SentenceOf(type_), set.error());
  value_ = values::Value(std::move(*set));
  return Status::Ok();
}

}  // namespace dunlin::snapshot
