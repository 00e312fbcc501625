#include "snapshot/stream_encoder.h"

#include <algorithm>

#include "base/bytes.h"

namespace dunlin::snapshot {
namespace {

// Pending ids that are written together.
constexpr int kPendingAtOnce = 64;

void AppendIdLengths(std::string& out, values::StreamId id) {
  AppendLength(out, id.ms);
  AppendLength(out, id.seq);
}

void AppendRawId(std::string& out, values::StreamId id) {
  AppendBig(out, id.ms);
  AppendBig(out, id.seq);
}

}  // namespace

bool StreamEncoder::Step(std::string& out, size_t budget_bytes) {
  spent_bytes_ = 0;
  while (part_ != Part::kDone) {
    size_t before = out.size();
    WriteSome(out, budget_bytes - std::min(budget_bytes, spent_bytes_));
    spent_bytes_ += out.size() - before;
    if (spent_bytes_ >= budget_bytes && part_ != Part::kDone) return false;
  }
  return true;
}

void StreamEncoder::WriteSome(std::string& out, size_t budget_bytes) {
  switch (part_) {
    case Part::kCount:
      AppendLength(out, stream_.nodes().size());
      node_ = stream_.nodes().First();
      part_ = node_->valid() ? Part::kNodes : Part::kHead;
      return;
    case Part::kNodes: return WriteNode(out, budget_bytes);
    case Part::kHead: return WriteHead(out);
    case Part::kGroup: return WriteGroup(out);
    case Part::kPending: return WritePending(out);
    case Part::kConsumer: return WriteConsumer(out);
    case Part::kConsumerPending: return WriteConsumerPending(out);
    case Part::kDone: return;
  }
}

void StreamEncoder::WriteNode(std::string& out, size_t budget_bytes) {
  if (!blob_open_) {
    std::string key;
    AppendRawId(key, node_->item().id);
    AppendString(out, key, compress_);
    blob_.clear();
    node_->item().AppendListpack(blob_);
    // What packing leaves out is work too.
    spent_bytes_ += blob_.size();
    if (blob_.size() < StringEncoder::kLongBytes) {
      AppendString(out, blob_, compress_);
    } else {
      long_blob_.Start(blob_, compress_);
      blob_open_ = true;
    }
  }
  if (blob_open_ && !long_blob_.Step(out, budget_bytes)) {
    spent_bytes_ += StringEncoder::kLongBytes;
    return;
  }
  blob_open_ = false;
  node_->Next();
  if (!node_->valid()) part_ = Part::kHead;
}

void StreamEncoder::WriteHead(std::string& out) {
  AppendLength(out, stream_.size());
  AppendIdLengths(out, stream_.last_id());
  if (type_ != RdbType::kStream) {
    AppendIdLengths(out, stream_.first_entry_id());
    AppendIdLengths(out, stream_.max_erased_id());
    AppendLength(out, stream_.entries_added());
  }
  AppendLength(out, stream_.group_count());
  part_ = stream_.group_count() > 0 ? Part::kGroup : Part::kDone;
}

void StreamEncoder::WriteGroup(std::string& out) {
  const values::StreamGroup& group = stream_.group(group_);
  AppendString(out, group.name(), compress_);
  AppendIdLengths(out, group.last_id);
  if (type_ != RdbType::kStream) AppendLength(out, static_cast<uint64_t>(group.entries_read));
  AppendLength(out, group.pending().size());
  next_pending_ = {};
  part_ = Part::kPending;
}

void StreamEncoder::WritePending(std::string& out) {
  const values::StreamGroup& group = stream_.group(group_);
  auto cursor = group.pending().AtOrAfter(next_pending_);
  for (int i = 0; i < kPendingAtOnce && cursor.valid(); ++i, cursor.Next()) {
    AppendRawId(out, cursor.item().id);
    AppendLittle(out, cursor.item().delivered_at_ms);
    AppendLength(out, cursor.item().deliveries);
  }
  if (cursor.valid()) {
    next_pending_ = cursor.item().id;
    return;
  }
  AppendLength(out, group.consumer_count());
  consumer_ = 0;
  group.consumer_count() > 0 ? void(part_ = Part::kConsumer) : NextGroup();
}

void StreamEncoder::WriteConsumer(std::string& out) {
  const values::StreamConsumer& consumer = stream_.group(group_).consumer(consumer_);
  AppendString(out, consumer.name(), compress_);
  AppendLittle(out, consumer.seen_at_ms);
  if (type_ == RdbType::kStream3) AppendLittle(out, consumer.active_at_ms);
  AppendLength(out, consumer.pending_count());
  next_pending_ = {};
  part_ = Part::kConsumerPending;
}

void StreamEncoder::WriteConsumerPending(std::string& out) {
  auto cursor = stream_.group(group_).consumer(consumer_).pending().AtOrAfter(next_pending_);
  for (int i = 0; i < kPendingAtOnce && cursor.valid(); ++i, cursor.Next()) AppendRawId(out, cursor.item().id);
  if (!cursor.valid()) return NextConsumer();
  next_pending_ = cursor.item().id;
}

void StreamEncoder::NextConsumer() {
  if (++consumer_ == stream_.group(group_).consumer_count()) return NextGroup();
  part_ = Part::kConsumer;
}

void StreamEncoder::NextGroup() { part_ = ++group_ == stream_.group_count() ? Part::kDone : Part::kGroup; }

}  // namespace dunlin::snapshot
