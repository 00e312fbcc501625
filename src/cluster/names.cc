#include "cluster/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::cluster {
namespace {

bool IsAlphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Four numbers up to 255, without leading zeros.
std::optional<std::array<uint8_t, 4>> ParseIpv4(std::string_view text) {
  std::vector<std::string_view> parts = Split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  std::array<uint8_t, 4> bytes{};
  for (size_t i = 0; i < 4; ++i) {
    std::optional<uint64_t> number = ParseUint64(parts[i]);
    if (!number || *number > 255) return std::nullopt;
    bytes[i] = static_cast<uint8_t>(*number);
  }
  return bytes;
}

std::string FormatIpv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) { return fmt::format("{}.{}.{}.{}", a, b, c, d); }

using Words = std::vector<uint16_t>;

// One to four hexadecimal digits.
std::optional<uint16_t> ParseHexWord(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  int word = 0;
  for (char c : text) {
    char lower = AsciiLower(c);
    if (!IsAsciiDigit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
    word = word * 16 + (IsAsciiDigit(c) ? c - '0' : lower - 'a' + 10);
  }
  return static_cast<uint16_t>(word);
}

// Words between colons; the last two may stand as an IPv4 address. Empty text has none.
std::optional<Words> ParseWords(std::string_view text) {
  Words words;
  if (text.empty()) return words;
  std::vector<std::string_view> parts = Split(text, ':');
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 == parts.size() && parts[i].find('.') != std::string_view::npos) {
      std::optional<std::array<uint8_t, 4>> tail = ParseIpv4(parts[i]);
      if (!tail) return std::nullopt;
      words.push_back(static_cast<uint16_t>((*tail)[0] << 8 | (*tail)[1]));
      words.push_back(static_cast<uint16_t>((*tail)[2] << 8 | (*tail)[3]));
      continue;
    }
    std::optional<uint16_t> word = ParseHexWord(parts[i]);
    if (!word) return std::nullopt;
    words.push_back(*word);
  }
  return words;
}

std::optional<Words> ParseIpv6(std::string_view text) {
  size_t gap = text.find("::");
  std::optional<Words> head = ParseWords(text.substr(0, gap));
  if (!head) return std::nullopt;
  if (gap == std::string_view::npos) return head->size() == 8 ? head : std::nullopt;
  std::optional<Words> tail = ParseWords(text.substr(gap + 2));
  if (!tail || head->size() + tail->size() > 7) return std::nullopt;
  // An IPv4 address ends the whole; it cannot stand before the gap.
  if (text.substr(0, gap).find('.') != std::string_view::npos) return std::nullopt;
  head->resize(8 - tail->size());
  head->insert(head->end(), tail->begin(), tail->end());
  return head;
}

struct Run {
  size_t first = 8;
  size_t size = 0;
};

// The first longest run of at least two zero words; it is written as "::".
Run LongestZeros(const Words& words) {
  Run best;
  for (size_t i = 0; i < 8;) {
    size_t end = i;
    while (end < 8 && words[end] == 0) ++end;
    if (end - i >= 2 && end - i > best.size) best = {i, end - i};
    i = std::max(end, i + 1);
  }
  return best;
}

std::string FormatIpv6(const Words& words) {
  Run zeros = LongestZeros(words);
  bool has_ipv4 = zeros.first == 0 && (zeros.size == 6 || (zeros.size == 5 && words[5] == 0xffff));
  std::string out;
  for (size_t i = 0; i < 8; ++i) {
    if (i == zeros.first) {
      out += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    if (has_ipv4 && i == 6) {
      auto high = [&](size_t at) { return static_cast<uint8_t>(words[at] >> 8); };
      auto low = [&](size_t at) { return static_cast<uint8_t>(words[at] & 0xff); };
      return out + FormatIpv4(high(6), low(6), high(7), low(7));
    }
    out += fmt::format("{:x}", words[i]);
  }
  return out;
}

}  // namespace

bool IsPlausibleAddress(std::string_view address) {
  if (address.empty() || address.size() > kMaxAddressBytes) return false;
  return std::ranges::all_of(
      address, [](char c) { return IsAlphanumeric(c) || std::string_view(".:-_%").find(c) != std::string_view::npos; });
}

bool IsHostname(std::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  return std::ranges::all_of(name, [](char c) { return IsAlphanumeric(c) || c == '-' || c == '.'; });
}

bool IsHumanName(std::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  return std::ranges::all_of(name, [](char c) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) return false;
    return std::string_view("\"'\\,=!#$%&()*+:;<>?@[]^{|}~").find(c) == std::string_view::npos;
  });
}

std::optional<std::string> NormalizedIp(std::string_view ip) {
  if (std::optional<std::array<uint8_t, 4>> v4 = ParseIpv4(ip)) {
    return FormatIpv4((*v4)[0], (*v4)[1], (*v4)[2], (*v4)[3]);
  }
  std::optional<Words> v6 = ParseIpv6(ip);
  if (!v6) return std::nullopt;
  return FormatIpv6(*v6);
}

}  // namespace dunlin::cluster
