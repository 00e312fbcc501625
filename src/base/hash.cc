#include "base/hash.h"

#include "base/bytes.h"

namespace dunlin {
namespace {

constexpr uint64_t kMix1 = 0xa0761d6478bd642f;
constexpr uint64_t kMix2 = 0xe7037ed1a0b428db;
constexpr uint64_t kMix3 = 0x8ebc6af09c88c6e3;

// The two halves of the 128-bit product, folded.
uint64_t Fold(uint64_t a, uint64_t b) {
  __uint128_t product = static_cast<__uint128_t>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Up to eight bytes as a number; all of them count.
uint64_t LoadTail(const char* p, size_t n) {
  if (n >= 4) {
    return static_cast<uint64_t>(LoadLittle<uint32_t>(p)) << 32 | LoadLittle<uint32_t>(p + n - 4);
  }
  if (n == 0) return 0;
  auto byte = [p](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(p[i])); };
  return byte(0) << 16 | byte(n >> 1) << 8 | byte(n - 1);
}

}  // namespace

uint64_t Hash64(std::string_view bytes, uint64_t seed) {
  const char* p = bytes.data();
  size_t n = bytes.size();
  uint64_t state = seed ^ Fold(seed ^ kMix1, kMix2 ^ n);
  while (n > 16) {
    state = Fold(LoadLittle<uint64_t>(p) ^ kMix2, LoadLittle<uint64_t>(p + 8) ^ state);
    p += 16;
    n -= 16;
  }
  uint64_t a;
  uint64_t b;
  if (n >= 8) {
    a = LoadLittle<uint64_t>(p);
    b = LoadLittle<uint64_t>(p + n - 8);
  } else {
    a = LoadTail(p, n);
    b = 0;
  }
  return Fold(kMix3 ^ bytes.size(), Fold(a ^ kMix2, b ^ state) ^ seed);
}

}  // namespace dunlin
