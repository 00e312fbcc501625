#include "base/crc.h"

#include <array>

#include "base/bytes.h"

namespace dunlin {
namespace {

constexpr uint16_t kCrc16Polynomial = 0x1021;
constexpr uint64_t kCrc64Reflected = 0x95ac9329ac4bc9b5;  // 0xad93d23594c935a9 with its bits in reverse

// table[k][b]: the effect of byte b followed by k zero bytes.
constexpr std::array<std::array<uint16_t, 256>, 8> MakeCrc16Tables() {
  std::array<std::array<uint16_t, 256>, 8> t{};
  for (int b = 0; b < 256; ++b) {
    uint16_t crc = static_cast<uint16_t>(b << 8);
    for (int bit = 0; bit < 8; ++bit) {
      crc = static_cast<uint16_t>((crc & 0x8000) ? (crc << 1) ^ kCrc16Polynomial : crc << 1);
    }
    t[0][static_cast<size_t>(b)] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t b = 0; b < 256; ++b) {
      uint16_t prior = t[k - 1][b];
      t[k][b] = static_cast<uint16_t>((prior << 8) ^ t[0][prior >> 8]);
    }
  }
  return t;
}

constexpr std::array<std::array<uint64_t, 256>, 8> MakeCrc64Tables() {
  std::array<std::array<uint64_t, 256>, 8> t{};
  for (size_t b = 0; b < 256; ++b) {
    uint64_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) ? (crc >> 1) ^ kCrc64Reflected : crc >> 1;
    t[0][b] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t b = 0; b < 256; ++b) t[k][b] = (t[k - 1][b] >> 8) ^ t[0][t[k - 1][b] & 0xff];
  }
  return t;
}

constexpr auto kCrc16Tables = MakeCrc16Tables();
constexpr auto kCrc64Tables = MakeCrc64Tables();

}  // namespace

uint16_t Crc16(std::string_view bytes) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t n = bytes.size();
  uint16_t crc = 0;
  while (n >= 8) {
    crc = static_cast<uint16_t>(kCrc16Tables[7][p[0] ^ (crc >> 8)] ^ kCrc16Tables[6][p[1] ^ (crc & 0xff)] ^
                                kCrc16Tables[5][p[2]] ^ kCrc16Tables[4][p[3]] ^ kCrc16Tables[3][p[4]] ^
                                kCrc16Tables[2][p[5]] ^ kCrc16Tables[1][p[6]] ^ kCrc16Tables[0][p[7]]);
    p += 8;
    n -= 8;
  }
  while (n-- > 0) crc = static_cast<uint16_t>((crc << 8) ^ kCrc16Tables[0][(crc >> 8) ^ *p++]);
  return crc;
}

uint64_t Crc64(uint64_t crc, std::string_view bytes) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t n = bytes.size();
  while (n >= 8) {
    uint64_t x = crc ^ LoadLittle<uint64_t>(p);
    crc = kCrc64Tables[7][x & 0xff] ^ kCrc64Tables[6][(x >> 8) & 0xff] ^ kCrc64Tables[5][(x >> 16) & 0xff] ^
          kCrc64Tables[4][(x >> 24) & 0xff] ^ kCrc64Tables[3][(x >> 32) & 0xff] ^ kCrc64Tables[2][(x >> 40) & 0xff] ^
          kCrc64Tables[1][(x >> 48) & 0xff] ^ kCrc64Tables[0][x >> 56];
    p += 8;
    n -= 8;
  }
  while (n-- > 0) crc = (crc >> 8) ^ kCrc64Tables[0][(crc ^ *p++) & 0xff];
  return crc;
}

std::string_view HashTag(std::string_view key) {
  size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

}  // namespace dunlin
