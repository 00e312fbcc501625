#include "snapshot/stream_commands.h"

#include "snapshot/resp_commands.h"

namespace dunlin::snapshot {
namespace {

using values::StreamIdText;

}  // namespace

bool StreamCommands::Step(std::string& out, size_t budget_bytes) {
  size_t begin = out.size();
  while (part_ != Part::kDone) {
    WriteOne(out);
    if (out.size() - begin >= budget_bytes && part_ != Part::kDone) return false;
  }
  return true;
}

void StreamCommands::WriteOne(std::string& out) {
  switch (part_) {
    case Part::kEntries: return WriteEntry(out);
    case Part::kLastId: return WriteLastId(out);
    case Part::kGroup: return WriteGroup(out);
    case Part::kConsumer: return WriteConsumer(out);
    case Part::kPending: return WritePending(out);
    case Part::kDone: return;
  }
}

void StreamCommands::WriteEntry(std::string& out) {
  if (!entry_) entry_ = stream_.First();
  if (!entry_->valid()) {
    // No command makes an empty stream; this one leaves one behind.
    AppendWords(out, {"XADD", key_, "MAXLEN", "0", "0-1", "x", "y"});
    part_ = Part::kLastId;
    return;
  }
  AppendHeader(out, '*', 3 + 2 * entry_->entry().field_count());
  AppendBulk(out, "XADD");
  AppendBulk(out, key_);
  AppendBulk(out, StreamIdText(entry_->id()).view());
  entry_->entry().ForEachField([&](std::string_view name, std::string_view value) {
    AppendBulk(out, name);
    AppendBulk(out, value);
  });
  entry_->Next();
  if (!entry_->valid()) part_ = Part::kLastId;
}

void StreamCommands::WriteLastId(std::string& out) {
  AppendWords(out, {"XSETID", key_, StreamIdText(stream_.last_id()).view(), "ENTRIESADDED",
                    Digits(static_cast<int64_t>(stream_.entries_added())), "MAXDELETEDID",
                    StreamIdText(stream_.max_erased_id()).view()});
  part_ = stream_.group_count() > 0 ? Part::kGroup : Part::kDone;
}

void StreamCommands::WriteGroup(std::string& out) {
  const values::StreamGroup& group = stream_.group(group_);
  AppendWords(out, {"XGROUP", "CREATE", key_, group.name(), StreamIdText(group.last_id).view(), "ENTRIESREAD",
                    Digits(group.entries_read)});
  consumer_ = 0;
  group.consumer_count() > 0 ? void(part_ = Part::kConsumer) : NextGroup();
}

void StreamCommands::WriteConsumer(std::string& out) {
  const values::StreamGroup& group = stream_.group(group_);
  const values::StreamConsumer& consumer = group.consumer(consumer_);
  if (consumer.pending_count() > 0) {
    next_pending_ = {};
    part_ = Part::kPending;
    return;
  }
  AppendWords(out, {"XGROUP", "CREATECONSUMER", key_, group.name(), consumer.name()});
  NextConsumer();
}

void StreamCommands::WritePending(std::string& out) {
  const values::StreamGroup& group = stream_.group(group_);
  const values::StreamConsumer& consumer = group.consumer(consumer_);
  auto cursor = consumer.pending().AtOrAfter(next_pending_);
  const values::StreamGroup::Pending* pending = group.FindPending(cursor.item().id);
  AppendWords(out, {"XCLAIM", key_, group.name(), consumer.name(), "0", StreamIdText(pending->id).view(), "TIME",
                    Digits(pending->delivered_at_ms), "RETRYCOUNT", Digits(static_cast<int64_t>(pending->deliveries)),
                    "JUSTID", "FORCE"});
  cursor.Next();
  if (!cursor.valid()) return NextConsumer();
  next_pending_ = cursor.item().id;
}

void StreamCommands::NextConsumer() {
  if (++consumer_ == stream_.group(group_).consumer_count()) return NextGroup();
  part_ = Part::kConsumer;
}

void StreamCommands::NextGroup() { part_ = ++group_ == stream_.group_count() ? Part::kDone : Part::kGroup; }

}  // namespace dunlin::snapshot
