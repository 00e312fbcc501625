// Strong names for the numbers that must never be mixed up: slots, epochs, offsets, databases, and the 40-character
// names of nodes, shards and replication histories.
//
// Thread: values; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dunlin {

inline constexpr int kSlotCount = 16384;

// An integer that converts to nothing but itself.
template <typename Tag, typename Rep>
struct StrongInt {
  Rep value{};

  constexpr StrongInt() = default;
  constexpr explicit StrongInt(Rep v) : value(v) {}
  constexpr auto operator<=>(const StrongInt&) const = default;
};

using SlotId = StrongInt<struct SlotIdTag, uint16_t>;  // 0 .. kSlotCount - 1
using Epoch = StrongInt<struct EpochTag, uint64_t>;
using DbIndex = StrongInt<struct DbIndexTag, uint16_t>;
// A position in the replication stream, in bytes since its beginning. -1 stands for "none".
using Offset = StrongInt<struct OffsetTag, int64_t>;

// Forty characters of [0-9a-z], as the bus, nodes.conf and PSYNC carry them. All NUL means "none".
template <typename Tag>
class HexId {
 public:
  static constexpr size_t kSize = 40;

  constexpr HexId() = default;

  // The id when `text` is exactly 40 characters of [0-9a-z].
  static std::optional<HexId> Parse(std::string_view text) {
    if (text.size() != kSize) return std::nullopt;
    for (char c : text) {
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) return std::nullopt;
    }
    return FromBytes(text);
  }
  // The first 40 bytes as they are. REQUIRES: text.size() >= kSize.
  static HexId FromBytes(std::string_view text) {
    HexId id;
    std::memcpy(id.text_.data(), text.data(), kSize);
    return id;
  }
  // Forty hexadecimal digits drawn from `next64`, a callable that returns random 64-bit numbers.
  template <typename Next64>
  static HexId Random(Next64&& next64) {
    HexId id;
    for (size_t i = 0; i < kSize;) {
      uint64_t bits = next64();
      for (int k = 0; k < 16 && i < kSize; ++k, bits >>= 4) id.text_[i++] = "0123456789abcdef"[bits & 15];
    }
    return id;
  }

  bool empty() const { return text_[0] == '\0'; }
  std::string_view view() const { return empty() ? std::string_view() : std::string_view(text_.data(), kSize); }
  std::string str() const { return std::string(view()); }
  // All forty bytes, NULs included, as the bus carries them.
  const char* data() const { return text_.data(); }

  auto operator<=>(const HexId&) const = default;

 private:
  std::array<char, kSize> text_{};
};

using NodeId = HexId<struct NodeIdTag>;
using ShardId = HexId<struct ShardIdTag>;
using ReplicationId = HexId<struct ReplicationIdTag>;

}  // namespace dunlin

template <typename Tag, typename Rep>
struct std::hash<dunlin::StrongInt<Tag, Rep>> {
  size_t operator()(const dunlin::StrongInt<Tag, Rep>& x) const { return std::hash<Rep>()(x.value); }
};

template <typename Tag>
struct std::hash<dunlin::HexId<Tag>> {
  size_t operator()(const dunlin::HexId<Tag>& x) const {
    return std::hash<std::string_view>()(std::string_view(x.data(), dunlin::HexId<Tag>::kSize));
  }
};
