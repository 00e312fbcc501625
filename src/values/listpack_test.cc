#include "values/listpack.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "values/test_text.h"

namespace dunlin::values {
namespace {

using namespace std::string_literals;

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::vector<std::string> Texts(ListpackView view) {
  std::vector<std::string> texts;
  view.ForEach([&](std::string_view text) { texts.emplace_back(text); });
  return texts;
}

std::vector<std::string> TextsBackward(ListpackView view) {
  std::vector<std::string> texts;
  for (auto place = view.Last(); place != nullptr; place = view.Previous(place)) {
    texts.push_back(ListpackView::Get(place).ToString());
  }
  return {texts.rbegin(), texts.rend()};
}

Listpack Of(const std::vector<std::string>& texts) {
  Listpack listpack;
  for (const std::string& text : texts) listpack.Append(text);
  return listpack;
}

TEST(Listpack, AnEmptyOneIsSevenBytesAndNeedsNoMemory) {
  Listpack listpack;
  EXPECT_EQ(listpack.blob(), "\x07\0\0\0\0\0\xff"s);
  EXPECT_EQ(listpack.size(), 0u);
  EXPECT_EQ(listpack.memory_bytes(), 0u);
  EXPECT_EQ(listpack.view().First(), nullptr);
  EXPECT_EQ(listpack.view().Last(), nullptr);
  EXPECT_EQ(listpack.view().Seek(0), nullptr);
}

TEST(Listpack, EncodingsAreTheFormats) {
  auto entry = [](std::string_view text) {
    Listpack listpack;
    listpack.Append(text);
    return std::string(listpack.blob().substr(6, listpack.bytes() - 7));
  };
  EXPECT_EQ(entry("0"), "\x00\x01"s);
  EXPECT_EQ(entry("127"), "\x7f\x01"s);
  EXPECT_EQ(entry("128"), "\xc0\x80\x02"s);
  EXPECT_EQ(entry("4095"), "\xcf\xff\x02"s);
  EXPECT_EQ(entry("-1"), "\xdf\xff\x02"s);
  EXPECT_EQ(entry("-4096"), "\xd0\x00\x02"s);
  EXPECT_EQ(entry("4096"), "\xf1\x00\x10\x03"s);
  EXPECT_EQ(entry("-32768"), "\xf1\x00\x80\x03"s);
  EXPECT_EQ(entry("32768"), "\xf2\x00\x80\x00\x04"s);
  EXPECT_EQ(entry("-8388608"), "\xf2\x00\x00\x80\x04"s);
  EXPECT_EQ(entry("8388608"), "\xf3\x00\x00\x80\x00\x05"s);
  EXPECT_EQ(entry("2147483648"), "\xf4\x00\x00\x00\x80\x00\x00\x00\x00\x09"s);
  EXPECT_EQ(entry("-9223372036854775808"), "\xf4\x00\x00\x00\x00\x00\x00\x00\x80\x09"s);
  EXPECT_EQ(entry(""), "\x80\x01"s);
  EXPECT_EQ(entry("01"), "\x82\x30\x31\x03"s);
  EXPECT_EQ(entry("-0"), "\x82-0\x03"s);
  EXPECT_EQ(entry(std::string(63, 'a')), "\xbf"s + std::string(63, 'a') + "\x40"s);
  EXPECT_EQ(entry(std::string(64, 'a')), "\xe0\x40"s + std::string(64, 'a') + "\x42"s);
  EXPECT_EQ(entry(std::string(4095, 'a')), "\xef\xff"s + std::string(4095, 'a') + "\x20\x81"s);
  EXPECT_EQ(entry(std::string(4096, 'a')), "\xf0\x00\x10\x00\x00"s + std::string(4096, 'a') + "\x20\x85"s);
}

TEST(Listpack, BackLengthsTakeTheWidthTheFormatSays) {
  auto width = [](size_t text_bytes) {
    Listpack listpack;
    listpack.Append(std::string(text_bytes, 'x'));
    return listpack.bytes() - 7 - 5 - text_bytes;
  };
  EXPECT_EQ(width(16382 - 5), 2u);
  EXPECT_EQ(width(16383 - 5), 3u);
  EXPECT_EQ(width(2097150 - 5), 3u);
  EXPECT_EQ(width(2097151 - 5), 4u);
}

// These blobs are what a Redis server dumps.
TEST(Listpack, WritesWhatRedisWrites) {
  EXPECT_EQ(Of({"f1", "v1", "n", "12", "neg", "-5", "big", "1234567", "huge", "123456789012", "t", "-4097", "s",
                "40000", "e", ""})
                .blob(),
            FromHex("4a00000010008266310382763103816e020c01836e656704dffb028362696704f287d61204846875676505f4141a99be1c"
                    "00000009817402f1ffef03817302f2409c00048165028001ff"));
  Listpack list = Of({std::string(200, 'x'), "a", "127", "128", "4095", "4096", "-4096", "32767", "32768", "8388607",
                      "8388608", "2147483647", "2147483648"});
  EXPECT_EQ(list.blob(),
            FromHex("090100000d00e0c8") + std::string(200, 'x') +
                FromHex("01ca8161027f01c08002cfff02f1001003d00002f1ff7f03f200800004f2ffff7f04f30000800005f3"
                        "ffffff7f05f4000000800000000009ff"));
}

TEST(Listpack, RefusesWhatIsNoListpack) {
  EXPECT_TRUE(Listpack::Validate("\x07\0\0\0\0\0\xff"s).ok());
  EXPECT_FALSE(Listpack::Validate("").ok());
  EXPECT_FALSE(Listpack::Validate("\x06\0\0\0\0\0"s).ok());
  EXPECT_FALSE(Listpack::Validate("\x07\0\0\0\0\0\xfe"s).ok());
  EXPECT_FALSE(Listpack::Validate("\x07\0\0\0\x01\0\xff"s).ok()) << "a wrong count";
  EXPECT_FALSE(Listpack::Validate("\x08\0\0\0\0\0\xff"s).ok()) << "a wrong total";
  EXPECT_FALSE(Listpack::Validate("\x08\0\0\0\0\0\xff\xff"s).ok()) << "an end before the end";
  EXPECT_FALSE(Listpack::Validate("\x09\0\0\0\x01\0\x05\x02\xff"s).ok()) << "a wrong back-length";
  EXPECT_FALSE(Listpack::Validate("\x09\0\0\0\x01\0\x8a\x01\xff"s).ok()) << "a text beyond the end";
  EXPECT_FALSE(Listpack::Validate("\x0d\0\0\0\x01\0\xf0\xff\xff\xff\xff\x01\xff"s).ok()) << "4 GB of text";
  EXPECT_FALSE(Listpack::Validate("\x09\0\0\0\x01\0\xf5\x01\xff"s).ok()) << "an encoding that is none";
  EXPECT_TRUE(Listpack::Validate("\x09\0\0\0\x01\0\x05\x01\xff"s).ok());
  EXPECT_TRUE(Listpack::Validate("\x09\0\0\0\xff\xff\x05\x01\xff"s).ok()) << "a count that is not known";
  EXPECT_EQ(Listpack::FromBytes("nonsense").error().code(), StatusCode::kCorruption);
}

TEST(Listpack, EveryTornCopyIsRefused) {
  std::string blob(Of({"abc", "12345", std::string(100, 'z'), "-7"}).blob());
  for (size_t size = 0; size < blob.size(); ++size) EXPECT_FALSE(Listpack::Validate(blob.substr(0, size)).ok()) << size;
}

TEST(Listpack, FindComparesTextsWhateverTheirEncoding) {
  // "12" as a text, which no writer makes but a valid blob may have.
  Result<Listpack> listpack = Listpack::FromBytes("\x0d\0\0\0\x02\0\x82\x31\x32\x03\x0c\x01\xff"s);
  ASSERT_TRUE(listpack.has_value());
  ListpackView view = listpack->view();
  EXPECT_EQ(view.Find(view.First(), "12"), view.First());
  EXPECT_EQ(view.Find(view.Next(view.First()), "12"), view.Last());
  EXPECT_EQ(view.Find(view.First(), "012"), nullptr);
  EXPECT_EQ(view.Find(nullptr, "12"), nullptr);
  EXPECT_TRUE(HasRepeats(view, 1, 7));
  EXPECT_FALSE(HasRepeats(view, 2, 7));
}

TEST(Listpack, StrideLooksAtFieldsOnly) {
  Listpack listpack = Of({"a", "b", "b", "a"});
  ListpackView view = listpack.view();
  EXPECT_EQ(view.Find(view.First(), "b", 2), view.Seek(2));
  EXPECT_EQ(view.Find(view.First(), "a", 2), view.Seek(0));
  EXPECT_EQ(view.Find(view.Seek(1), "b", 2), view.Seek(1));
}

TEST(Listpack, CountsBeyondItsHeader) {
  Listpack listpack;
  for (int i = 0; i < 65534; ++i) listpack.AppendInteger(i & 63);
  EXPECT_EQ(LoadLittle<uint16_t>(listpack.blob().data() + 4), 65534);
  listpack.AppendInteger(1);
  listpack.AppendInteger(2);
  EXPECT_EQ(LoadLittle<uint16_t>(listpack.blob().data() + 4), 65535);
  EXPECT_EQ(listpack.size(), 65536u);
  EXPECT_EQ(ListpackView::Get(listpack.view().Seek(-1)).view(), "2");
  EXPECT_TRUE(Listpack::Validate(listpack.blob()).ok());
  listpack.EraseRange(0, 3);
  EXPECT_EQ(listpack.size(), 65533u);
  EXPECT_EQ(LoadLittle<uint16_t>(listpack.blob().data() + 4), 65533);
}

class ListpackModel {
 public:
  explicit ListpackModel(uint64_t seed) : random_(seed) {}

  void Step() {
    std::string text = RandomText(random_, random_.OneIn(20) ? 20000 : 80);
    size_t index = model_.empty() ? 0 : random_.Below(model_.size());
    auto at = model_.begin() + static_cast<std::ptrdiff_t>(index);
    auto place = listpack_.view().Seek(static_cast<int64_t>(index));
    ASSERT_EQ(place == nullptr, model_.empty());
    switch (random_.Below(model_.empty() ? 2 : 9)) {
      case 0:
        listpack_.Append(text);
        model_.push_back(text);
        break;
      case 1:
        listpack_.Prepend(text);
        model_.insert(model_.begin(), text);
        break;
      case 2:
        EXPECT_EQ(ListpackView::Get(listpack_.InsertBefore(place, text)).view(), text);
        model_.insert(at, text);
        break;
      case 3:
        EXPECT_EQ(ListpackView::Get(listpack_.InsertAfter(place, text)).view(), text);
        model_.insert(at + 1, text);
        break;
      case 4:
        EXPECT_EQ(ListpackView::Get(listpack_.Replace(place, text)).view(), text);
        *at = text;
        break;
      case 5: EraseSome(index); break;
      case 6: SplitAndJoin(place, index); break;
      case 7: {
        auto found = listpack_.view().Find(listpack_.view().First(), model_[index]);
        auto first = std::find(model_.begin(), model_.end(), model_[index]) - model_.begin();
        EXPECT_EQ(found, listpack_.view().Seek(first));
        break;
      }
      case 8:
        listpack_.EraseRange(-2, 2);
        model_.resize(model_.size() < 2 ? model_.size() : model_.size() - 2);
        break;
    }
    ASSERT_TRUE(Listpack::Validate(listpack_.blob()).ok());
    ASSERT_EQ(Texts(listpack_.view()), model_);
    ASSERT_EQ(TextsBackward(listpack_.view()), model_);
    ASSERT_EQ(listpack_.size(), model_.size());
  }

 private:
  void EraseSome(size_t index) {
    auto count = static_cast<uint32_t>(random_.Between(1, 12));
    auto next = listpack_.Erase(listpack_.view().Seek(static_cast<int64_t>(index)), count);
    size_t end = std::min(model_.size(), index + count);
    model_.erase(model_.begin() + static_cast<std::ptrdiff_t>(index),
                 model_.begin() + static_cast<std::ptrdiff_t>(end));
    EXPECT_EQ(next, index < model_.size() ? listpack_.view().Seek(static_cast<int64_t>(index)) : nullptr);
  }
  void SplitAndJoin(Listpack::Place place, size_t index) {
    Listpack tail = listpack_.SplitAt(place);
    EXPECT_TRUE(Listpack::Validate(tail.blob()).ok());
    EXPECT_EQ(tail.size(), model_.size() - index);
    EXPECT_EQ(listpack_.size(), index);
    listpack_.AppendAll(tail.view());
  }

  Random random_;
  Listpack listpack_;
  std::vector<std::string> model_;
};

TEST(Listpack, DoesWhatAVectorDoes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ListpackModel model(seed);
    for (int i = 0; i < 150; ++i) {
      model.Step();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
    }
  }
}

TEST(Allocation, SizesAreJemallocs) {
  const size_t kClasses[] = {8,   16,  32,  48,  64,  80,  96,   112,  128,  160,  192,  224,  256,   320,
                             384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048, 8192, 10240, 12288};
  for (size_t size : kClasses) {
    EXPECT_EQ(AllocationSize(size), size);
    EXPECT_EQ(AllocationSize(size - 1), size);
    EXPECT_GT(AllocationSize(size + 1), size);
  }
  EXPECT_EQ(AllocationSize(0), 8u);
}

}  // namespace
}  // namespace dunlin::values
