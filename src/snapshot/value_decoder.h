// One value out of the bytes of an RDB record, fed in pieces of any size: all types of all versions up to 11 but
// modules. Old forms (ziplists, zipmaps, linked lists) become what the values are made of today.
//
// The bytes may be hostile. No length is believed before its bytes are there; blobs are validated; members and fields
// that stand twice, scores that are no numbers and empty collections are found.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "snapshot/rdb_format.h"
#include "snapshot/rdb_strings.h"
#include "snapshot/stream_decoder.h"
#include "values/encoding_limits.h"
#include "values/member_table.h"
#include "values/value.h"

namespace dunlin::snapshot {

struct DecodeOptions {
  values::EncodingLimits limits;
  uint64_t hash_seed = 0;
  // Whether packed blobs are searched for members that stand twice (sanitize-dump-payload).
  values::Duplicates duplicates = values::Duplicates::kCheck;
};

class ValueDecoder {
 public:
  enum class Progress : uint8_t {
    kNeedMore,
    kDone,
    kEmpty,  // a collection without elements, which no key can hold
  };

  explicit ValueDecoder(const DecodeOptions& options) : options_(options) {}

  // Begins a value of this type, whatever was under way before. Errors: kUnsupported for modules,
  // kCorruption for a number that is no type.
  Status Start(uint8_t type);
  // Takes what it can from the front of `in`; what it leaves must be given again, with more behind it, after
  // kNeedMore. Errors: kCorruption.
  Result<Progress> Step(std::string_view& in);

  // After kDone. A string that is no integer stands in the bytes that Step() was given, or in here: text() is good
  // until these change or the next Start().
  bool is_text() const { return is_text_; }
  std::string_view text() const { return string_.view(); }
  values::Value TakeValue();

 private:
  // An empty collection, with room for what is likely to come.
  void Begin(size_t bytes_at_hand);
  // These return kNeedMore, or kDone (kEmpty) when their part is complete.
  Result<Progress> StepString(std::string_view& in);
  Result<Progress> StepElements(std::string_view& in);
  Result<Progress> StepNodes(std::string_view& in);
  Result<Progress> StepBlob(std::string_view& in);
  Result<Progress> StepStream(std::string_view& in);
  Result<Progress> ReadCount(std::string_view& in);
  Result<Progress> ReadString(std::string_view& in, RdbString* string);
  // One element of a collection in its plain form.
  Result<Progress> ReadElement(std::string_view& in);
  Result<Progress> ReadScore(std::string_view& in, double* score);
  Status AddElement(double score);
  Result<Progress> ReadNode(std::string_view& in);
  Status AddNode(bool plain, std::string_view bytes);
  Status AdoptBlob(std::string_view bytes);
  Status AdoptSet(std::string_view bytes);
  Status AdoptZipmap(std::string_view bytes);
  Status AdoptHash(Result<values::Listpack> blob);
  Status AdoptSortedSet(Result<values::Listpack> blob);
  Status AdoptList(Result<values::Listpack> blob);

  const DecodeOptions options_;
  RdbType type_ = RdbType::kString;
  values::Value value_;
  RdbString string_;
  RdbString second_;
  bool is_text_ = false;
  bool count_known_ = false;
  uint64_t left_ = 0;  // elements or nodes
  uint64_t hint_ = 0;  // how many are likely to come
  std::unique_ptr<StreamDecoder> stream_;
};

}  // namespace dunlin::snapshot
