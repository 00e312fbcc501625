// Nodes of streams to and from the listpacks that RDB files hold:
//
//   entries | erased | names | name ... | 0 | entry ... | entry
//   entry = flags | milliseconds | sequence | [names] | texts | how many parts these are
//     flags                    bit 0: erased; bit 1: the names are the node's
//     milliseconds, sequence   what to add to the node's id, modulo 2^64
//     texts                    values; without bit 1, names and values
#include <cstring>

#include "values/stream_node.h"

namespace dunlin::values {
namespace {

constexpr int64_t kErasedFlag = 1;
constexpr int64_t kSameNamesFlag = 2;

class ListpackWriter {
 public:
  explicit ListpackWriter(std::string& out) : out_(out), begin_(out.size()) {
    out_.append(listpack::kHeaderBytes, '\0');
  }

  void AddInteger(uint64_t integer) {
    listpack::NewEntry entry(static_cast<int64_t>(integer));
    char bytes[listpack::kMaxIntegerBytes];
    Add({bytes, static_cast<size_t>(entry.Write(bytes) - bytes)});
  }
  // A text of a node.
  void AddText(const char* p) {
    size_t size = listpack::BodyBytes(p);
    char back_length[listpack::kMaxBackLengthBytes];
    auto width = static_cast<size_t>(listpack::WriteBackLength(back_length, size) - back_length);
    out_.append(p, size);
    Add({back_length, width});
  }
  void Finish() {
    out_.push_back(static_cast<char>(listpack::kEnd));
    size_t bytes = out_.size() - begin_;
    DUNLIN_INVARIANT(bytes <= UINT32_MAX, "a listpack is smaller than 4 GB");
    StoreLittle(out_.data() + begin_, static_cast<uint32_t>(bytes));
    StoreLittle(out_.data() + begin_ + 4,
                static_cast<uint16_t>(parts_ < listpack::kCountUnknown ? parts_ : listpack::kCountUnknown));
  }

 private:
  void Add(std::string_view end_of_part) {
    out_.append(end_of_part);
    ++parts_;
  }

  std::string& out_;
  size_t begin_;
  uint64_t parts_ = 0;
};

// The parts of a listpack, one after the other. Fails for good when there are none left, or one is not as it should be.
class PartReader {
 public:
  explicit PartReader(ListpackView view) : view_(view), place_(view.First()) {}

  bool failed() const { return failed_; }
  bool at_end() const { return place_ == nullptr; }
  int64_t Integer() {
    ListpackView::Place place = Take();
    std::optional<int64_t> integer = place == nullptr ? std::nullopt : listpack::ReadInteger(place);
    if (!integer) failed_ = true;
    return integer.value_or(0);
  }
  // An integer that counts parts that follow.
  uint64_t Count() {
    int64_t count = Integer();
    if (count < 0) failed_ = true;
    return failed_ ? 0 : static_cast<uint64_t>(count);
  }
  // `count` texts; how many bytes they take in a node.
  size_t Texts(uint64_t count) {
    size_t bytes = 0;
    for (; count > 0 && !failed_; --count) {
      if (ListpackView::Place place = Take()) bytes += listpack::BodyBytes(place);
    }
    return bytes;
  }
  ListpackView::Place place() const { return place_; }

 private:
  ListpackView::Place Take() {
    ListpackView::Place place = place_;
    if (place == nullptr) {
      failed_ = true;
    } else {
      place_ = view_.Next(place);
    }
    return place;
  }

  ListpackView view_;
  ListpackView::Place place_;
  bool failed_ = false;
};

// `bytes` bytes of texts, the first of which is at `place`.
void CopyTexts(ListpackView view, ListpackView::Place place, char* out, size_t bytes) {
  while (bytes > 0) {
    size_t size = listpack::BodyBytes(place);
    std::memcpy(out, place, size);
    out += size;
    bytes -= size;
    if (bytes > 0) place = view.Next(place);
  }
}

Status Corrupt(std::string_view what) { return Status::Corruption("stream node: " + std::string(what)); }

}  // namespace

void StreamNode::AppendListpack(std::string& out) const {
  ListpackWriter writer(out);
  writer.AddInteger(size());
  writer.AddInteger(0);
  const char* name = block + kHeaderBytes;
  size_t name_count = ReadVarint(name);
  writer.AddInteger(name_count);
  for (size_t i = 0; i < name_count; ++i, name += listpack::BodyBytes(name)) writer.AddText(name);
  writer.AddInteger(0);
  for (Place place = First(); place != nullptr; place = Next(place)) {
    StreamEntry entry = Get(place);
    bool same_names = entry.names_ != nullptr;
    uint64_t texts = same_names ? entry.field_count_ : 2 * entry.field_count_;
    writer.AddInteger(same_names ? kSameNamesFlag : 0);
    writer.AddInteger(entry.id_.ms - id.ms);
    writer.AddInteger(entry.id_.seq - id.seq);
    if (!same_names) writer.AddInteger(entry.field_count_);
    const char* p = entry.values_;
    for (uint64_t i = 0; i < texts; ++i, p += listpack::BodyBytes(p)) writer.AddText(p);
    writer.AddInteger(texts + (same_names ? 3 : 4));
  }
  writer.Finish();
}

Result<StreamNode> StreamNode::FromListpack(StreamId id, std::string_view blob, StreamId after) {
  DUNLIN_TRY_RESULT(Listpack::Validate(blob));
  ListpackView view(blob.data());
  PartReader reader(view);
  uint64_t live = reader.Count();
  uint64_t erased = reader.Count();
  uint64_t name_count = reader.Count();
  ListpackView::Place names_at = reader.place();
  size_t name_bytes = reader.Texts(name_count);
  if (reader.Integer() != 0 || reader.failed()) return Fail(Corrupt("its beginning is wrong"));
  char* names;
  StreamNode node = NewBlock(id, name_count, name_bytes, &names);
  CopyTexts(view, names_at, names, name_bytes);
  auto refuse = [&node](std::string_view what) {
    node.Destroy();
    return Fail(Corrupt(what));
  };
  uint64_t erased_seen = 0;
  while (!reader.at_end()) {
    int64_t flags = reader.Integer();
    NewEntryShape shape{id, (flags & kSameNamesFlag) != 0, name_count, 0};
    shape.id.ms += static_cast<uint64_t>(reader.Integer());
    shape.id.seq += static_cast<uint64_t>(reader.Integer());
    if (!shape.same_names) shape.field_count = reader.Count();
    ListpackView::Place texts_at = reader.place();
    // A count is not believed: every text is there.
    uint64_t texts = shape.field_count;
    if (!shape.same_names) {
      if (texts > blob.size()) return refuse("an entry has more fields than it can");
      texts *= 2;
    }
    shape.text_bytes = reader.Texts(texts);
    if (reader.Count() != texts + (shape.same_names ? 3 : 4) || reader.failed()) return refuse("an entry is wrong");
    if ((flags & kErasedFlag) != 0) {
      ++erased_seen;
      continue;
    }
    if (shape.id <= after || shape.id < id) return refuse("entries are out of order");
    after = shape.id;
    CopyTexts(view, texts_at, node.Add(shape), shape.text_bytes);
  }
  if (node.size() != live || erased_seen != erased) return refuse("its counts are wrong");
  size_t counts =
      listpack::NewEntry(static_cast<int64_t>(live)).size() + listpack::NewEntry(static_cast<int64_t>(erased)).size();
  node.SetHeader(kErased, erased);
  node.SetHeader(kListpackBytes, blob.size() - listpack::kEmptyBytes - counts);
  return node;
}

}  // namespace dunlin::values
