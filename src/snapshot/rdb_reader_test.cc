// Whole files: what RdbWriter writes, RdbReader reads, and what it says of files that are not in order.
#include "snapshot/rdb_reader.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "snapshot/testing.h"

namespace dunlin::snapshot {
namespace {

using namespace std::string_literals;

// Every event as a line.
class Transcript {
 public:
  explicit Transcript(const RdbReadOptions& options = {}) : reader_(options) {}

  void Feed(std::string_view bytes, size_t piece = SIZE_MAX) {
    while (true) {
      std::string_view part = bytes.substr(0, piece);
      reader_.Feed(part);
      while (TakeEvent()) {
      }
      if (part.size() == bytes.size()) return;
      bytes.remove_prefix(part.size());
    }
  }
  const std::vector<std::string>& lines() const { return lines_; }
  std::string last() const { return lines_.empty() ? "" : lines_.back(); }
  RdbReader& reader() { return reader_; }

 private:
  bool TakeEvent() {
    auto event = reader_.Next();
    if (!event) {
      if (last() != "error: " + event.error().message()) lines_.push_back("error: " + event.error().message());
      return false;
    }
    return std::visit([this](auto& e) { return Note(e); }, *event);
  }
  static bool Note(NeedMore&) { return false; }
  bool Note(RdbAux& e) { return Line(std::string("aux ").append(e.name).append("=").append(e.value)); }
  bool Note(RdbSelectDb& e) { return Line("db " + std::to_string(e.index)); }
  bool Note(RdbResizeDb& e) { return Line("resize " + std::to_string(e.keys) + " " + std::to_string(e.expires)); }
  bool Note(RdbFunction& e) { return Line(std::string("function ").append(e.code)); }
  bool Note(RdbEmptyKey& e) { return Line(std::string("empty ").append(e.key)); }
  bool Note(RdbEnd& e) {
    const char* names[] = {"matches", "not written", "not looked at"};
    return Line(std::string("end, checksum ") + names[static_cast<int>(e.checksum)]);
  }
  bool Note(RdbKey& e) {
    std::string line(e.info.key);
    if (e.info.expire_at_ms != kNoExpiry) line += " expires " + std::to_string(e.info.expire_at_ms);
    if (e.info.idle_seconds) line += " idle " + std::to_string(*e.info.idle_seconds);
    if (e.info.frequency) line += " frequency " + std::to_string(*e.info.frequency);
    return Line(line.append(" ").append(testing::Describe(e.TakeValue())));
  }
  bool Line(std::string line) {
    lines_.push_back(std::move(line));
    return true;
  }

  RdbReader reader_;
  std::vector<std::string> lines_;
};

const RdbInfo kInfo{"7.2.4", 1700000000, 1000000, {}, false};

std::string SampleFile(const RdbEncoding& encoding, bool checksum = true) {
  RdbWriter writer(encoding, checksum);
  std::string out;
  auto take = [&] {
    out.append(writer.bytes());
    writer.Clear();
  };
  writer.Begin(kInfo);
  take();
  writer.Function("#!lua name=lib\n...");
  writer.SelectDb(DbIndex(0));
  writer.ResizeDb(3, 1);
  writer.Key({"text"}, ValueRef("some text"));
  writer.Key({"number", 1700000012345}, ValueRef(int64_t{77}));
  take();
  values::Value hash = testing::MakeHash({{"f", "v"}});
  writer.Key({"hash", kNoExpiry, 600}, ValueRef::Of(hash));
  std::string record;
  AppendKeyRecord(record, {"elsewhere", kNoExpiry, std::nullopt, uint8_t{200}}, ValueRef("x"), encoding);
  writer.Records(DbIndex(9), record);
  writer.SelectDb(DbIndex(9));
  writer.Key({"again"}, ValueRef("y"));
  writer.End();
  take();
  EXPECT_EQ(writer.total_bytes(), out.size());
  return out;
}

const std::vector<std::string> kSampleLines = {"aux redis-ver=7.2.4",
                                               "aux redis-bits=64",
                                               "aux ctime=1700000000",
                                               "aux used-mem=1000000",
                                               "aux aof-base=0",
                                               "function #!lua name=lib\n...",
                                               "db 0",
                                               "resize 3 1",
                                               "text string[some text]",
                                               "number expires 1700000012345 string[77]",
                                               "hash idle 600 hash[f=v]",
                                               "db 9",
                                               "elsewhere frequency 200 string[x]",
                                               "again string[y]",
                                               "end, checksum matches"};

TEST(RdbFile, ReadsWhatIsWritten) {
  for (int version : {10, 11}) {
    std::string file = SampleFile({version, true});
    EXPECT_EQ(file.substr(0, 9), "REDIS00" + std::to_string(version));
    for (size_t piece : {size_t{1}, size_t{2}, size_t{13}, SIZE_MAX}) {
      Transcript transcript;
      transcript.Feed(file, piece);
      EXPECT_EQ(transcript.lines(), kSampleLines) << piece;
      EXPECT_TRUE(transcript.reader().at_end());
      EXPECT_EQ(transcript.reader().offset(), file.size());
      EXPECT_EQ(transcript.reader().version(), version);
      EXPECT_TRUE(transcript.reader().EndOfInput().ok());
    }
  }
}

TEST(RdbFile, Version9HasNoFunctions) {
  std::string file = SampleFile({9, true});
  EXPECT_EQ(file.substr(0, 9), "REDIS0009");
  Transcript transcript;
  transcript.Feed(file);
  std::vector<std::string> expected = kSampleLines;
  expected.erase(expected.begin() + 5);
  EXPECT_EQ(transcript.lines(), expected);
}

TEST(RdbFile, ReplicationFieldsAndAofBase) {
  RdbWriter writer({}, true);
  RdbInfo info = kInfo;
  info.replication = {3, *ReplicationId::Parse(std::string(40, 'a')), Offset(123456)};
  info.aof_base = true;
  writer.Begin(info);
  Transcript transcript;
  transcript.Feed(writer.bytes());
  EXPECT_EQ(transcript.lines()[4], "aux repl-stream-db=3");
  EXPECT_EQ(transcript.lines()[5], "aux repl-id=" + std::string(40, 'a'));
  EXPECT_EQ(transcript.lines()[6], "aux repl-offset=123456");
  EXPECT_EQ(transcript.lines()[7], "aux aof-base=1");
}

TEST(RdbFile, WithoutChecksum) {
  std::string file = SampleFile({10, true}, /*checksum=*/false);
  EXPECT_EQ(file.substr(file.size() - 8), std::string(8, '\0'));
  Transcript transcript;
  transcript.Feed(file);
  EXPECT_EQ(transcript.last(), "end, checksum not written");
}

TEST(RdbFile, AWrongChecksumIsFound) {
  std::string file = SampleFile({10, false});
  file[file.find("some text")] = 'S';
  Transcript transcript;
  transcript.Feed(file);
  EXPECT_NE(transcript.last().find("RDB CRC error. Wrong RDB checksum expected: ("), std::string::npos)
      << transcript.last();
  Transcript careless({.decode = {}, .verify_checksum = false});
  careless.Feed(file);
  EXPECT_EQ(careless.last(), "end, checksum not looked at");
}

TEST(RdbFile, WhatFollowsTheEndIsLeft) {
  std::string file = SampleFile({10, true});
  Transcript transcript;
  transcript.Feed(file + "*1\r\n$4\r\nPING\r\n", 1 << 20);
  EXPECT_EQ(transcript.last(), "end, checksum matches");
  EXPECT_EQ(transcript.reader().rest(), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(transcript.reader().offset(), file.size());
}

TEST(RdbFile, EveryCutIsNoticed) {
  std::string file = SampleFile({11, true});
  for (size_t size = 0; size < file.size(); ++size) {
    Transcript transcript;
    transcript.Feed(std::string_view(file).substr(0, size));
    Status status = transcript.reader().EndOfInput();
    ASSERT_EQ(status.code(), StatusCode::kCorruption) << size;
    ASSERT_NE(status.message().find("Unexpected EOF reading RDB file"), std::string::npos);
    ASSERT_LE(transcript.reader().offset(), size);
  }
}

std::string FileOf(std::string_view version, std::string_view body) {
  std::string file = std::string("REDIS").append(version).append(body).append("\xff");
  AppendLittle(file, Crc64(0, file));
  return file;
}

std::vector<std::string> LinesOf(std::string_view file) {
  Transcript transcript;
  transcript.Feed(file);
  return transcript.lines();
}

TEST(RdbFile, OldVersions) {
  std::string body = "\xfe\0\xfd\x80\x96\x98\0\0\x01k\x01v"s;
  EXPECT_EQ(LinesOf("REDIS0003" + body + "\xff"),
            (std::vector<std::string>{"db 0", "k expires 10000000000 string[v]", "end, checksum not looked at"}));
  EXPECT_EQ(LinesOf(FileOf("0006", body)).back(), "end, checksum matches");
}

TEST(RdbFile, KeyAttributesAreOfOneKeyOnly) {
  std::string body =
      "\xfa\x03"
      "lua\x01x\xfc\x01\0\0\0\0\0\0\0\xf8\x05\0\x01"
      "a\x01"
      "b\xf9\x09\0\x01"
      "c\x01"
      "d\0\x01"
      "e\x01"
      "f"s;
  EXPECT_EQ(LinesOf(FileOf("0009", body)),
            (std::vector<std::string>{"aux lua=x", "a expires 1 idle 5 string[b]", "c frequency 9 string[d]",
                                      "e string[f]", "end, checksum matches"}));
}

TEST(RdbFile, EmptyKeysAreToldApartAndSlotInfoIsSkipped) {
  std::string body =
      "\xf4\x05\x02\x01\x02\x01k\0\0\x01"
      "a\x01"
      "b"s;
  EXPECT_EQ(LinesOf(FileOf("0011", body)),
            (std::vector<std::string>{"empty k", "a string[b]", "end, checksum matches"}));
}

TEST(RdbFile, RefusesWhatItDoesNotRead) {
  EXPECT_EQ(LinesOf("REDIS0012 and more"), std::vector<std::string>{"error: Can't handle RDB format version 12"});
  EXPECT_EQ(LinesOf("VALKEY080 and more"), std::vector<std::string>{"error: Can't handle RDB format version 80"});
  EXPECT_EQ(LinesOf("REDIS0000 and more"), std::vector<std::string>{"error: Can't handle RDB format version 0"});
  EXPECT_EQ(LinesOf("*1\r\n$4\r\nPING\r\n"),
            std::vector<std::string>{"error: Wrong signature trying to load DB from file"});
  EXPECT_EQ(LinesOf("REDIS0011\x07\x01k").back(),
            "error: Internal error in RDB reading offset 9 -> values of RDB type 7 (module-value) cannot be read");
  EXPECT_EQ(LinesOf("REDIS0011\xf7\x01k").back(),
            "error: Internal error in RDB reading offset 9 -> The RDB file contains AUX module data I can't load");
  EXPECT_EQ(LinesOf("REDIS0011\xf6").back(),
            "error: Internal error in RDB reading offset 9 -> Pre-release function format not supported.");
  EXPECT_EQ(LinesOf("REDIS0011\xf3\x01k").back(),
            "error: Internal error in RDB reading offset 9 -> Unknown RDB encoding type 243");
}

TEST(RdbFile, ErrorsAreFinalAndNameTheOffset) {
  std::string bytes = "REDIS0011\x10\x03key\x07\x07\0\0\0\0\0\0"s;
  Transcript transcript;
  transcript.Feed(bytes);
  std::string error = transcript.last();
  EXPECT_EQ(error.find("error: Internal error in RDB reading offset 22 -> Hash listpack integrity check failed."), 0u)
      << error;
  transcript.Feed("more");
  EXPECT_EQ(transcript.lines().size(), 1u);
  EXPECT_FALSE(transcript.reader().EndOfInput().ok());
  auto progress = transcript.reader().progress();
  EXPECT_EQ(progress.doing, "read-object-value");
  EXPECT_EQ(progress.key, "key");
  EXPECT_EQ(progress.type, 16);
}

TEST(RdbFile, AnyChangedByteIsSurvived) {
  Random random(8);
  std::string file = SampleFile({11, true});
  for (int i = 0; i < 3000; ++i) {
    std::string changed = file;
    for (uint64_t k = 0; k <= random.Below(3); ++k)
      changed[random.Below(changed.size())] = static_cast<char>(random.Next());
    Transcript transcript;
    transcript.Feed(changed, 1 + random.Below(50));
    // Nothing but the checksum itself, set to zero, may change without being found.
    if (transcript.last() == "end, checksum matches") {
      EXPECT_EQ(changed, file);
    }
  }
}

}  // namespace
}  // namespace dunlin::snapshot
