#include "values/bits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace dunlin::values {
namespace {

// Bit by bit.
std::vector<bool> BitsOf(std::string_view bytes) {
  std::vector<bool> bits;
  for (char byte : bytes) {
    for (int i = 7; i >= 0; --i) bits.push_back((byte >> i & 1) != 0);
  }
  return bits;
}

std::string RandomBytes(Random& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = random.OneIn(4) ? static_cast<char>(random.Next()) : (random.OneIn(2) ? '\xff' : '\0');
  return bytes;
}

TEST(Bits, TheFirstIsTheHighest) {
  EXPECT_TRUE(GetBit("\x80", 0));
  EXPECT_FALSE(GetBit("\x80", 1));
  EXPECT_FALSE(GetBit("\x80", 8));
  std::string bytes(2, '\0');
  SetBit(bytes.data(), 9, true);
  EXPECT_EQ(bytes, std::string("\0\x40", 2));
  SetBit(bytes.data(), 9, false);
  EXPECT_EQ(bytes, std::string("\0\0", 2));
}

TEST(Bits, CountAndFindAsBitByBit) {
  Random random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = RandomBytes(random, random.Below(70));
    std::vector<bool> bits = BitsOf(bytes);
    uint64_t first = random.Below(bits.size() + 1);
    uint64_t end = first + random.Below(bits.size() - first + 1);
    uint64_t count = 0;
    std::optional<uint64_t> found[2];
    for (uint64_t i = first; i < end; ++i) {
      count += bits[i] ? 1 : 0;
      if (!found[bits[i] ? 1 : 0]) found[bits[i] ? 1 : 0] = i;
    }
    ASSERT_EQ(CountBits(bytes, first, end), count);
    ASSERT_EQ(FindBit(bytes, first, end, false), found[0]);
    ASSERT_EQ(FindBit(bytes, first, end, true), found[1]);
    ASSERT_EQ(CountBits(bytes), static_cast<uint64_t>(std::count(bits.begin(), bits.end(), true)));
  }
}

TEST(Bits, NumbersOfAnyWidthAnywhere) {
  Random random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = RandomBytes(random, 9 + random.Below(9));
    std::vector<bool> bits = BitsOf(bytes);
    auto width = static_cast<int>(1 + random.Below(64));
    uint64_t at = random.Below(bits.size() - static_cast<size_t>(width) + 1);
    uint64_t expected = 0;
    for (uint64_t i = at; i < at + static_cast<uint64_t>(width); ++i) expected = expected << 1 | (bits[i] ? 1 : 0);
    ASSERT_EQ(ReadBits(bytes, at, width), expected) << at << " " << width;
    uint64_t value = random.Next();
    WriteBits(bytes.data(), at, width, value);
    for (int i = 0; i < width; ++i) bits[at + static_cast<uint64_t>(i)] = (value >> (width - 1 - i) & 1) != 0;
    ASSERT_EQ(BitsOf(bytes), bits) << at << " " << width;
  }
  EXPECT_EQ(ReadBits("\xff", 4, 8), 0xf0u);
  EXPECT_EQ(ReadBits("\xff", 100, 64), 0u);
}

TEST(Bits, CombineByteByByte) {
  Random random(3);
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::string> sources;
    for (uint64_t i = 0, count = 1 + random.Below(4); i < count; ++i) {
      sources.push_back(RandomBytes(random, random.Below(40)));
    }
    std::vector<std::string_view> views(sources.begin(), sources.end());
    size_t size = 0;
    for (const std::string& source : sources) size = std::max(size, source.size());
    std::string all_and;
    std::string all_or;
    std::string all_xor;
    for (size_t i = 0; i < size; ++i) {
      auto byte = [i](const std::string& source) { return i < source.size() ? source[i] : '\0'; };
      char a = byte(sources[0]);
      char o = a;
      char x = a;
      for (size_t j = 1; j < sources.size(); ++j) {
        a = static_cast<char>(a & byte(sources[j]));
        o = static_cast<char>(o | byte(sources[j]));
        x = static_cast<char>(x ^ byte(sources[j]));
      }
      all_and.push_back(a);
      all_or.push_back(o);
      all_xor.push_back(x);
    }
    ASSERT_EQ(CombineBits(BitOperation::kAnd, views).view(), all_and);
    ASSERT_EQ(CombineBits(BitOperation::kOr, views).view(), all_or);
    ASSERT_EQ(CombineBits(BitOperation::kXor, views).view(), all_xor);
    RawString inverse = CombineBits(BitOperation::kNot, std::span(views).first(1));
    ASSERT_EQ(CountBits(inverse.view()) + CountBits(views[0]), 8 * views[0].size());
  }
}

}  // namespace
}  // namespace dunlin::values
