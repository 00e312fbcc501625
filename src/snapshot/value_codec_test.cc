// Values to bytes and back, in every version and in steps of every size.
#include <gtest/gtest.h>

#include <cmath>

#include "snapshot/testing.h"
#include "snapshot/value_decoder.h"
#include "snapshot/value_encoder.h"

namespace dunlin::snapshot {
namespace {

using namespace std::string_literals;

using testing::Describe;
using testing::MakeHash;
using testing::MakeList;
using testing::MakeSet;
using testing::MakeSortedSet;

std::string Encode(const values::Value& value, const RdbEncoding& encoding) {
  std::string out;
  AppendValue(out, ValueRef::Of(value), encoding);
  return out;
}

Result<values::Value> Decode(RdbType type, std::string_view bytes, const DecodeOptions& options = {}) {
  ValueDecoder decoder(options);
  DUNLIN_TRY_RESULT(decoder.Start(static_cast<uint8_t>(type)));
  auto progress = decoder.Step(bytes);
  if (!progress) return Fail(progress.error());
  if (*progress == ValueDecoder::Progress::kNeedMore) return Fail(Status::Unavailable("more"));
  if (*progress == ValueDecoder::Progress::kEmpty) return Fail(Status::NotFound("empty"));
  EXPECT_TRUE(bytes.empty());
  return decoder.TakeValue();
}

std::string ErrorOf(RdbType type, std::string_view bytes, const DecodeOptions& options = {}) {
  auto value = Decode(type, bytes, options);
  return value ? "none" : value.error().message();
}

// One of each form, and some at the borders between forms.
std::vector<values::Value> SomeValues() {
  Random random(5);
  std::vector<values::Value> out;
  out.emplace_back(int64_t{12});
  out.emplace_back(int64_t{1} << 40);
  out.emplace_back(values::RawString(""));
  out.emplace_back(values::RawString("hello"));
  out.emplace_back(values::RawString(testing::RandomText(random, 300000)));
  out.push_back(MakeList({"a", "17", "", std::string(100, 'x')}));
  std::vector<std::string> many;
  for (int i = 0; i < 5000; ++i) many.push_back("element " + std::to_string(i));
  many.push_back(std::string(200000, 'y'));
  out.push_back(MakeList(many));
  values::EncodingLimits plain_nodes;
  plain_nodes.list_plain_node_bytes = 4000;
  out.push_back(MakeList({"a", std::string(5000, 'p'), "b", std::string(70000, 'q')}, plain_nodes));
  out.push_back(MakeSet({"3", "1", "-70000", "5000000000"}));
  out.push_back(MakeSet({"3", "one", "two"}));
  out.push_back(MakeSet(many));
  out.push_back(MakeHash({{"f", "v"}, {"1", "2"}, {"", ""}}));
  out.push_back(MakeHash({{"long", std::string(100000, 'z')}, {"f", std::string(70, 'a')}}));
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, double>> scores;
  for (int i = 0; i < 3000; ++i) {
    fields.emplace_back("field " + std::to_string(i), "value " + std::to_string(i * i));
    scores.emplace_back("member " + std::to_string(i), i % 7 == 0 ? -INFINITY : i * 0.37);
  }
  out.push_back(MakeHash(fields));
  out.push_back(MakeSortedSet({{"b", 2.5}, {"a", -INFINITY}, {"c", 1e300}, {"17", 3}}));
  out.push_back(MakeSortedSet(scores));
  out.push_back(testing::MakeStream(0));
  out.push_back(testing::MakeStream(3));
  testing::AddGroups(out.back());
  out.push_back(testing::MakeStream(5000));
  testing::AddGroups(out.back());
  return out;
}

TEST(ValueCodec, EveryValueSurvivesInEveryVersion) {
  for (const values::Value& value : SomeValues()) {
    for (int version : {9, 10, 11}) {
      for (bool compress : {false, true}) {
        RdbEncoding encoding{version, compress};
        auto back = Decode(RdbTypeOf(ValueRef::Of(value), encoding), Encode(value, encoding));
        ASSERT_TRUE(back) << back.error().message();
        ASSERT_EQ(Describe(*back), Describe(value)) << version;
        ASSERT_EQ(back->encoding(), value.encoding()) << version << " " << Describe(value).substr(0, 50);
      }
    }
  }
}

// What older versions cannot say, they do not keep.
TEST(ValueCodec, EverythingOfAStream) {
  values::Value value = testing::MakeStream(300);
  testing::AddGroups(value);
  values::Stream& stream = value.stream();
  stream.Erase(stream.AtOrAfter({1050, 0}).id());
  stream.SetMaxErasedId({1050, 150});
  stream.SetLastId({5000, 0});
  stream.FindGroup("unread")->entries_read = 5;
  stream.FindGroup("unread")->AddConsumer("carl", 123);
  auto described = [&value](int version) {
    RdbEncoding encoding{version, true};
    auto back = Decode(RdbTypeOf(ValueRef::Of(value), encoding), Encode(value, encoding));
    EXPECT_TRUE(back) << back.error().message();
    return back ? Describe(*back) : "";
  };
  EXPECT_EQ(described(11), Describe(value));
  stream.FindGroup("unread")->FindConsumer("carl")->active_at_ms = 123;
  EXPECT_EQ(described(10), Describe(value));
  stream.SetEntriesAdded(299);
  stream.SetMaxErasedId({});
  stream.FindGroup("some")->entries_read = values::StreamGroup::kUnknown;
  stream.FindGroup("unread")->entries_read = 0;
  EXPECT_EQ(described(9), Describe(value));
}

TEST(ValueCodec, StepsGiveTheSameBytesAsOneShot) {
  for (const values::Value& value : SomeValues()) {
    for (int version : {9, 10, 11}) {
      RdbEncoding encoding{version, true};
      std::string whole = Encode(value, encoding);
      for (size_t budget : {size_t{0}, size_t{1}, size_t{700}, size_t{30000}}) {
        ValueEncoder encoder(ValueRef::Of(value), encoding);
        std::string out;
        while (!encoder.Step(out, budget)) {
        }
        ASSERT_EQ(out, whole) << version << " " << Describe(value).substr(0, 50);
      }
    }
  }
}

TEST(ValueCodec, AStepKeepsNearItsBudget) {
  for (const values::Value& value : SomeValues()) {
    for (int version : {10, 11}) {
      ValueEncoder encoder(ValueRef::Of(value), {version, false});
      size_t before = 0;
      for (std::string out; !encoder.Step(out, 10000); before = out.size()) {
        // One piece of a long string, or one packed node, beyond.
        ASSERT_LE(out.size() - before, 10000u + 66000u) << Describe(value).substr(0, 50);
      }
    }
  }
}

TEST(ValueCodec, DecodesInPiecesOfEverySize) {
  for (const values::Value& value : SomeValues()) {
    RdbEncoding encoding{11, true};
    std::string bytes = Encode(value, encoding);
    for (size_t piece : {size_t{1}, size_t{7}, size_t{1000}}) {
      if (piece * 100000 < bytes.size()) continue;
      ValueDecoder decoder({});
      ASSERT_TRUE(decoder.Start(static_cast<uint8_t>(RdbTypeOf(ValueRef::Of(value), encoding))).ok());
      std::string held;
      auto progress = ValueDecoder::Progress::kNeedMore;
      for (size_t i = 0; i < bytes.size(); i += piece) {
        ASSERT_EQ(progress, ValueDecoder::Progress::kNeedMore);
        held.append(bytes, i, piece);
        std::string_view in = held;
        auto step = decoder.Step(in);
        ASSERT_TRUE(step) << step.error().message();
        progress = *step;
        if (progress == ValueDecoder::Progress::kNeedMore) held.erase(0, held.size() - in.size());
      }
      ASSERT_EQ(progress, ValueDecoder::Progress::kDone);
      ASSERT_EQ(Describe(decoder.TakeValue()), Describe(value));
    }
  }
}

TEST(ValueCodec, TypesAreThoseThatTheVersionKnows) {
  auto type = [](const values::Value& value, int version) { return RdbTypeOf(ValueRef::Of(value), {version, true}); };
  values::Value list = MakeList({"a"});
  values::Value intset = MakeSet({"1"});
  values::Value set = MakeSet({"a"});
  values::Value hash = MakeHash({{"a", "b"}});
  values::Value sorted_set = MakeSortedSet({{"a", 1}});
  EXPECT_EQ(type(list, 9), RdbType::kList);
  EXPECT_EQ(type(list, 10), RdbType::kListOfNodes);
  for (int version : {9, 10, 11}) EXPECT_EQ(type(intset, version), RdbType::kSetIntset);
  EXPECT_EQ(type(set, 9), RdbType::kSet);
  EXPECT_EQ(type(set, 10), RdbType::kSet);
  EXPECT_EQ(type(set, 11), RdbType::kSetListpack);
  EXPECT_EQ(type(hash, 9), RdbType::kHash);
  EXPECT_EQ(type(hash, 10), RdbType::kHashListpack);
  EXPECT_EQ(type(sorted_set, 9), RdbType::kSortedSet);
  EXPECT_EQ(type(sorted_set, 10), RdbType::kSortedSetListpack);
}

TEST(ValueCodec, PackedValuesAreTheirBlobs) {
  values::Value hash = MakeHash({{"field", "value"}});
  std::string out = Encode(hash, {10, false});
  EXPECT_EQ(out, std::string(1, static_cast<char>(hash.hash().packed().size())) + std::string(hash.hash().packed()));
}

TEST(ValueCodec, SortedSetsGoFromTheHighestScoreDown) {
  std::string out = Encode(MakeSortedSet({{"a", 1}, {"b", 2}}), {9, false});
  EXPECT_EQ(out,
            "\x02\x01"
            "b\0\0\0\0\0\0\0\x40\x01"
            "a\0\0\0\0\0\0\xf0\x3f"s);
}

// --- old forms, byte by byte ---

std::string Blob(std::string_view bytes) {
  std::string out;
  AppendString(out, bytes, false);
  return out;
}

// Two entries: "ab" and the integer 5.
const std::string kZiplist(
    "\x11\0\0\0\x0e\0\0\0\x02\0\0\x02"
    "ab\x04\xf6\xff",
    17);

TEST(OldForms, Ziplists) {
  auto list = Decode(RdbType::kListZiplist, Blob(kZiplist));
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_EQ(Describe(*list), "list[ab 5]");
  EXPECT_EQ(list->encoding(), values::Encoding::kListpack);
  auto hash = Decode(RdbType::kHashZiplist, Blob(kZiplist));
  ASSERT_TRUE(hash) << hash.error().message();
  EXPECT_EQ(Describe(*hash), "hash[ab=5]");
  auto sorted_set = Decode(RdbType::kSortedSetZiplist, Blob(kZiplist));
  ASSERT_TRUE(sorted_set) << sorted_set.error().message();
  EXPECT_EQ(Describe(*sorted_set), "zset[ab=5]");
  auto nodes = Decode(RdbType::kListOfZiplists, "\x02" + Blob(kZiplist) + Blob(kZiplist));
  ASSERT_TRUE(nodes) << nodes.error().message();
  EXPECT_EQ(Describe(*nodes), "list[ab 5 ab 5]");
}

TEST(OldForms, LimitsOfTodayApply) {
  DecodeOptions options;
  options.limits.hash_max_listpack_entries = 0;
  options.limits.zset_max_listpack_entries = 0;
  EXPECT_EQ(Decode(RdbType::kHashZiplist, Blob(kZiplist), options)->encoding(), values::Encoding::kHashtable);
  EXPECT_EQ(Decode(RdbType::kSortedSetZiplist, Blob(kZiplist), options)->encoding(), values::Encoding::kSkiplist);
}

TEST(OldForms, Zipmap) {
  auto hash = Decode(RdbType::kHashZipmap, Blob("\x02\x02"
                                                "f1\x02\0v1\x02"
                                                "f2\x02\x01v2_\xff"s));
  ASSERT_TRUE(hash) << hash.error().message();
  EXPECT_EQ(Describe(*hash), "hash[f1=v1 f2=v2]");
}

TEST(OldForms, ZipmapWithALongValueBecomesATable) {
  std::string blob =
      "\x01\x01"
      "f\x46\0"s +
      std::string(70, 'v') + "\xff";
  DecodeOptions options;
  EXPECT_EQ(Decode(RdbType::kHashZipmap, Blob(blob), options)->encoding(), values::Encoding::kHashtable);
  options.limits.hash_max_listpack_value_bytes = 70;
  EXPECT_EQ(Decode(RdbType::kHashZipmap, Blob(blob), options)->encoding(), values::Encoding::kListpack);
}

TEST(OldForms, SortedSetWithScoresAsText) {
  auto value = Decode(RdbType::kSortedSetText,
                      "\x04\x01"
                      "a\x03"
                      "1.5\x01"
                      "b\xfe\x01"
                      "c\xff\x01"
                      "d\x04"
                      "-1e3"s);
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(Describe(*value), "zset[c=-inf d=-1000 a=1.5 b=inf]");
  EXPECT_EQ(ErrorOf(RdbType::kSortedSetText,
                    "\x01\x01"
                    "a\xfd"),
            "Zset with NAN score detected");
  EXPECT_EQ(ErrorOf(RdbType::kSortedSetText,
                    "\x01\x01"
                    "a\x03"
                    "1x5"),
            "Zset with a score that is no number");
}

// --- bytes that are not in order ---

TEST(Hostile, Duplicates) {
  EXPECT_EQ(ErrorOf(RdbType::kSet,
                    "\x02\x01"
                    "a\x01"
                    "a"),
            "Duplicate set members detected");
  EXPECT_EQ(ErrorOf(RdbType::kSet, "\x02\xc0\x01\xc0\x01"), "Duplicate set members detected");
  EXPECT_EQ(ErrorOf(RdbType::kHash,
                    "\x02\x01"
                    "a\x01"
                    "b\x01"
                    "a\x01"
                    "c"),
            "Duplicate hash fields detected");
  std::string scored(
      "\x02\x01"
      "a\0\0\0\0\0\0\0\x40\x01"
      "a\0\0\0\0\0\0\xf0\x3f",
      21);
  EXPECT_EQ(ErrorOf(RdbType::kSortedSet, scored), "Duplicate zset fields detected");
}

TEST(Hostile, DuplicatesInBlobs) {
  values::Listpack blob;
  for (const char* text : {"a", "1", "a", "2"}) blob.Append(text);
  std::string bytes = Blob(blob.blob());
  EXPECT_NE(ErrorOf(RdbType::kHashListpack, bytes).find("Hash listpack integrity check failed."), std::string::npos);
  EXPECT_NE(ErrorOf(RdbType::kSortedSetListpack, bytes).find("Zset listpack integrity check failed."),
            std::string::npos);
  EXPECT_NE(ErrorOf(RdbType::kSetListpack, bytes).find("Set listpack integrity check failed."), std::string::npos);
  DecodeOptions trusting;
  trusting.duplicates = values::Duplicates::kTrust;
  EXPECT_EQ(ErrorOf(RdbType::kHashListpack, bytes, trusting), "none");
}

TEST(Hostile, NotANumber) {
  std::string nan(
      "\x01\x01"
      "a\0\0\0\0\0\0\xf8\x7f",
      11);
  EXPECT_EQ(ErrorOf(RdbType::kSortedSet, nan), "Zset with NAN score detected");
}

TEST(Hostile, EmptyCollectionsAreToldApart) {
  for (auto type : {RdbType::kList, RdbType::kSet, RdbType::kHash, RdbType::kSortedSet, RdbType::kSortedSetText,
                    RdbType::kListOfNodes, RdbType::kListOfZiplists}) {
    auto value = Decode(type, "\0"s);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code(), StatusCode::kNotFound) << RdbTypeName(static_cast<uint8_t>(type));
  }
  std::string empty_listpack = Blob("\x07\0\0\0\0\0\xff"s);
  for (auto type : {RdbType::kHashListpack, RdbType::kSetListpack, RdbType::kSortedSetListpack}) {
    EXPECT_EQ(Decode(type, empty_listpack).error().code(), StatusCode::kNotFound);
  }
  EXPECT_EQ(Decode(RdbType::kListOfNodes, "\x01\x02" + empty_listpack).error().code(), StatusCode::kNotFound);
}

TEST(Hostile, Nodes) {
  EXPECT_EQ(ErrorOf(RdbType::kListOfNodes,
                    "\x01\x03\x01"
                    "a"),
            "Quicklist integrity check failed.");
  EXPECT_EQ(ErrorOf(RdbType::kListOfNodes, "\x01\x01\0"s), "Quicklist with an empty node");
  EXPECT_NE(ErrorOf(RdbType::kListOfNodes,
                    "\x01\x02\x01"
                    "a")
                .find("Listpack integrity check failed."),
            std::string::npos);
}

// A stream without entries whose last id is 5-0, up to its groups.
std::string StreamHead(std::string_view groups) { return "\0\0\x05\0\0\0\0\0\0"s.append(groups); }

TEST(Hostile, Streams) {
  auto error = [](std::string_view bytes) { return ErrorOf(RdbType::kStream3, bytes); };
  const std::string id = "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0"s;
  const std::string moment(8, '\1');
  const std::string group = "\1g\0\0\0"s;                  // read nothing
  const std::string pending = "\1"s + id + moment + "\1";  // one, delivered once
  const std::string consumer = "\1c" + moment + moment;
  EXPECT_EQ(error(StreamHead("\0"s)), "none");
  EXPECT_EQ(error(StreamHead("\1"s + group + "\0\0"s)), "none");
  EXPECT_EQ(error(StreamHead("\1"s + group + pending + "\1" + consumer + "\1" + id)), "none");
  EXPECT_EQ(error("\0\1\5\0\0\0\0\0\0\0"s), "Stream length inconsistent with its nodes");
  EXPECT_EQ(error("\0\0\5\0\0\0\0\0\x81\xff\xff\xff\xff\xff\xff\xff\xff\0"s),
            "Stream with an impossible count of added entries");
  EXPECT_EQ(error(StreamHead("\2"s + group + "\0\0"s + group + "\0\0"s)), "Duplicated consumer group name");
  EXPECT_EQ(error(StreamHead("\1\1g\0\0\x81\x80\0\0\0\0\0\0\0\0\0"s)),
            "Stream consumer group with an impossible count of read entries");
  EXPECT_EQ(error(StreamHead("\1"s + group + pending + "\0"s)), "Stream CG PEL entry without consumer");
  EXPECT_EQ(error(StreamHead("\1"s + group + "\2" + pending.substr(1) + pending.substr(1))),
            "Duplicated global PEL entry loading stream consumer group");
  EXPECT_EQ(error(StreamHead("\1"s + group + "\0\1"s + consumer + "\1" + id)),
            "Consumer entry not found in group global PEL");
  EXPECT_EQ(error(StreamHead("\1"s + group + pending + "\1" + consumer + "\2" + id + id)),
            "Duplicated consumer PEL entry loading a stream consumer group");
  EXPECT_EQ(error(StreamHead("\1"s + group + "\0\2"s + consumer + "\0"s + consumer + "\0"s)),
            "Duplicate stream consumer detected.");
  EXPECT_EQ(error("\1\1k\1v"), "Stream node key entry is not the size of a stream ID");
  EXPECT_EQ(error("\1\x10" + id + "\1v"), "Stream listpack integrity check failed (listpack: shorter than its header)");
}

TEST(Hostile, AStreamsLastIdIsNotBelowItsEntries) {
  values::Value value = testing::MakeStream(10);
  value.stream().SetLastId({1000, 0});
  EXPECT_EQ(ErrorOf(RdbType::kStream3, Encode(value, {11, true})), "Stream entries above its last ID");
}

TEST(Hostile, AHugeCountAllocatesNothing) {
  for (auto type : {RdbType::kList, RdbType::kSet, RdbType::kHash, RdbType::kSortedSet, RdbType::kListOfNodes,
                    RdbType::kStream, RdbType::kStream2, RdbType::kStream3}) {
    auto value = Decode(type, "\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code(), StatusCode::kUnavailable);
  }
}

TEST(Hostile, TypesThatAreNotRead) {
  for (uint8_t type : {6, 7}) {
    ValueDecoder decoder({});
    Status status = decoder.Start(type);
    EXPECT_EQ(status.code(), StatusCode::kUnsupported);
    EXPECT_NE(status.message().find(std::string("(").append(RdbTypeName(type)).append(")")), std::string::npos);
  }
  for (uint8_t type : {8, 22, 25, 127}) {
    ValueDecoder decoder({});
    EXPECT_EQ(decoder.Start(type).message(), "Unknown RDB encoding type " + std::to_string(type));
  }
}

TEST(Hostile, AnyChangedByteIsSurvived) {
  Random random(6);
  for (const values::Value& value : SomeValues()) {
    std::string bytes = Encode(value, {11, true});
    if (bytes.size() > 50000) continue;
    for (int i = 0; i < 300; ++i) {
      std::string changed = bytes;
      changed[random.Below(changed.size())] = static_cast<char>(random.Next());
      if (random.OneIn(3)) changed.resize(random.Below(changed.size() + 1));
      ValueDecoder decoder({});
      ASSERT_TRUE(decoder.Start(static_cast<uint8_t>(RdbTypeOf(ValueRef::Of(value), {11, true}))).ok());
      std::string_view in = changed;
      auto progress = decoder.Step(in);
      if (progress && *progress == ValueDecoder::Progress::kDone) Describe(decoder.TakeValue());
    }
  }
}

}  // namespace
}  // namespace dunlin::snapshot
