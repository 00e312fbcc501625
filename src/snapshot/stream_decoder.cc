#include "snapshot/stream_decoder.h"

#include "base/bytes.h"

namespace dunlin::snapshot {
namespace {

constexpr size_t kRawIdBytes = 16;

values::StreamId IdFromBytes(std::string_view bytes) {
  return {LoadBig<uint64_t>(bytes.data()), LoadBig<uint64_t>(bytes.data() + 8)};
}

}  // namespace

// Several words from the front of a view. Whether all of them were there is asked afterwards.
class StreamDecoder::Words {
 public:
  explicit Words(std::string_view in) : rest_(in) {}

  std::string_view rest() const { return rest_; }
  ReadOutcome outcome() const { return outcome_; }

  uint64_t Length() {
    uint64_t length = 0;
    if (outcome_ == ReadOutcome::kOk) outcome_ = ReadPlainLength(rest_, &length);
    return outcome_ == ReadOutcome::kOk ? length : 0;
  }
  values::StreamId Id() {
    uint64_t ms = Length();
    return {ms, Length()};
  }
  std::string_view Bytes(size_t size) {
    if (outcome_ == ReadOutcome::kOk && rest_.size() < size) outcome_ = ReadOutcome::kNeedMore;
    if (outcome_ != ReadOutcome::kOk) return {};
    std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  values::StreamId RawId() {
    std::string_view bytes = Bytes(kRawIdBytes);
    return bytes.empty() ? values::StreamId() : IdFromBytes(bytes);
  }
  int64_t Moment() {
    std::string_view bytes = Bytes(sizeof(int64_t));
    return bytes.empty() ? 0 : LoadLittle<int64_t>(bytes.data());
  }
  // Good as long as `string` and the bytes are.
  std::string_view String(RdbString& string) {
    if (outcome_ == ReadOutcome::kOk) outcome_ = string.Read(rest_);
    return outcome_ == ReadOutcome::kOk ? string.view() : std::string_view();
  }
  bool ok() const { return outcome_ == ReadOutcome::kOk; }

 private:
  std::string_view rest_;
  ReadOutcome outcome_ = ReadOutcome::kOk;
};

Result<bool> StreamDecoder::Step(std::string_view& in) {
  while (part_ != Part::kDone) {
    Words words(in);
    DUNLIN_TRY_RESULT(ReadSome(words));
    switch (words.outcome()) {
      case ReadOutcome::kOk: in = words.rest(); break;
      case ReadOutcome::kNeedMore: return false;
      case ReadOutcome::kBad: return Fail(Status::Corruption("Stream: a length or string that is none"));
    }
  }
  return true;
}

// What a part does to the stream it does only when all its words were there.
Status StreamDecoder::ReadSome(Words& words) {
  switch (part_) {
    case Part::kCount:
      nodes_left_ = words.Length();
      if (words.ok()) part_ = Either(nodes_left_, Part::kNode, Part::kHead);
      return Status::Ok();
    case Part::kNode: return ReadNode(words);
    case Part::kHead: return ReadHead(words);
    case Part::kGroup: return ReadGroup(words);
    case Part::kPending: return ReadPending(words);
    case Part::kConsumers:
      consumers_left_ = words.Length();
      if (!words.ok()) return Status::Ok();
      if (consumers_left_ == 0) return EndGroup();
      part_ = Part::kConsumer;
      return Status::Ok();
    case Part::kConsumer: return ReadConsumer(words);
    case Part::kConsumerPending: return ReadConsumerPending(words);
    case Part::kDone: break;
  }
  return Status::Ok();
}

Status StreamDecoder::ReadNode(Words& words) {
  RdbString key;
  RdbString blob;
  std::string_view key_bytes = words.String(key);
  std::string_view blob_bytes = words.String(blob);
  if (!words.ok()) return Status::Ok();
  if (key_bytes.size() != kRawIdBytes)
    return Status::Corruption("Stream node key entry is not the size of a stream ID");
  values::StreamId id = IdFromBytes(key_bytes);
  values::StreamId after = stream_.last_entry_id();
  if (!stream_.empty() && id <= after) return Status::Corruption("Stream nodes are out of order");
  auto node = values::StreamNode::FromListpack(id, blob_bytes, after);
  if (!node)
    return Status::Corruption("Stream listpack integrity check failed (" + std::string(node.error().message()) + ")");
  if (node->size() == 0) {
    node->Destroy();
  } else {
    stream_.AppendNode(*node);
  }
  part_ = Either(--nodes_left_, Part::kNode, Part::kHead);
  return Status::Ok();
}

Status StreamDecoder::ReadHead(Words& words) {
  uint64_t size = words.Length();
  values::StreamId last_id = words.Id();
  values::StreamId max_erased_id;
  uint64_t entries_added = size;
  if (type_ != RdbType::kStream) {
    (void)words.Id();  // of the first entry, which is known
    max_erased_id = words.Id();
    entries_added = words.Length();
  }
  uint64_t groups = words.Length();
  if (!words.ok()) return Status::Ok();
  if (size != stream_.size()) return Status::Corruption("Stream length inconsistent with its nodes");
  if (last_id < stream_.last_entry_id()) return Status::Corruption("Stream entries above its last ID");
  if (entries_added > INT64_MAX) return Status::Corruption("Stream with an impossible count of added entries");
  stream_.SetLastId(last_id);
  stream_.SetMaxErasedId(max_erased_id);
  stream_.SetEntriesAdded(entries_added);
  groups_left_ = groups;
  part_ = Either(groups_left_, Part::kGroup, Part::kDone);
  return Status::Ok();
}

Status StreamDecoder::ReadGroup(Words& words) {
  RdbString string;
  std::string_view name = words.String(string);
  values::StreamId last_id = words.Id();
  auto entries_read = static_cast<int64_t>(type_ == RdbType::kStream ? 0 : words.Length());
  uint64_t pending = words.Length();
  if (!words.ok()) return Status::Ok();
  if (type_ == RdbType::kStream) entries_read = stream_.EntriesReadAt(last_id);
  if (entries_read < values::StreamGroup::kUnknown) {
    return Status::Corruption("Stream consumer group with an impossible count of read entries");
  }
  group_ = stream_.AddGroup(name, last_id, entries_read);
  if (group_ == nullptr) return Status::Corruption("Duplicated consumer group name");
  deliveries_.Clear();
  pending_left_ = pending;
  part_ = Either(pending_left_, Part::kPending, Part::kConsumers);
  return Status::Ok();
}

Status StreamDecoder::ReadPending(Words& words) {
  values::StreamId id = words.RawId();
  int64_t at_ms = words.Moment();
  uint64_t count = words.Length();
  if (!words.ok()) return Status::Ok();
  if (!deliveries_.Insert({id, at_ms, count})) {
    return Status::Corruption("Duplicated global PEL entry loading stream consumer group");
  }
  part_ = Either(--pending_left_, Part::kPending, Part::kConsumers);
  return Status::Ok();
}

Status StreamDecoder::ReadConsumer(Words& words) {
  RdbString string;
  std::string_view name = words.String(string);
  int64_t seen_at_ms = words.Moment();
  int64_t active_at_ms = type_ == RdbType::kStream3 ? words.Moment() : seen_at_ms;
  uint64_t pending = words.Length();
  if (!words.ok()) return Status::Ok();
  consumer_ = group_->AddConsumer(name, seen_at_ms);
  if (consumer_ == nullptr) return Status::Corruption("Duplicate stream consumer detected.");
  consumer_->active_at_ms = active_at_ms;
  --consumers_left_;
  pending_left_ = pending;
  part_ = Part::kConsumerPending;
  return pending_left_ == 0 ? EndConsumer() : Status::Ok();
}

Status StreamDecoder::ReadConsumerPending(Words& words) {
  values::StreamId id = words.RawId();
  if (!words.ok()) return Status::Ok();
  const Delivery* delivery = deliveries_.Find(id);
  if (delivery == nullptr) return Status::Corruption("Consumer entry not found in group global PEL");
  if (group_->FindPending(id) != nullptr) {
    return Status::Corruption("Duplicated consumer PEL entry loading a stream consumer group");
  }
  group_->Assign({id, delivery->at_ms, delivery->count, consumer_});
  return --pending_left_ == 0 ? EndConsumer() : Status::Ok();
}

Status StreamDecoder::EndConsumer() {
  if (consumers_left_ == 0) return EndGroup();
  part_ = Part::kConsumer;
  return Status::Ok();
}

Status StreamDecoder::EndGroup() {
  if (group_->pending().size() != deliveries_.size()) {
    return Status::Corruption("Stream CG PEL entry without consumer");
  }
  deliveries_.Clear();
  part_ = Either(--groups_left_, Part::kGroup, Part::kDone);
  return Status::Ok();
}

}  // namespace dunlin::snapshot
