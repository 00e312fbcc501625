#include "base/glob.h"

#include <cstddef>

#include "base/ascii.h"

namespace dunlin {
namespace {

// Redis gives up where a pattern has more runs of stars than this, and so do its users' tests.
constexpr int kMaxStars = 1000;

// One step of a pattern that stands for exactly one character.
struct Step {
  bool matches;
  size_t length;  // of the pattern, consumed
};

Step MatchSet(std::string_view pattern, char c, bool fold) {
  // pattern[0] is '['. An unfinished set ends with the pattern.
  size_t i = 1;
  bool negated = i < pattern.size() && pattern[i] == '^';
  if (negated) ++i;
  bool found = false;
  if (fold) c = AsciiLower(c);
  auto folded = [fold](char x) { return static_cast<unsigned char>(fold ? AsciiLower(x) : x); };
  while (i < pattern.size() && pattern[i] != ']') {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
      if (folded(pattern[i]) == static_cast<unsigned char>(c)) found = true;
      ++i;
    } else if (i + 2 < pattern.size() && pattern[i + 1] == '-') {
      unsigned char low = folded(pattern[i]);
      unsigned char high = folded(pattern[i + 2]);
      if (low > high) std::swap(low, high);
      auto x = static_cast<unsigned char>(c);
      if (x >= low && x <= high) found = true;
      i += 3;
    } else {
      if (folded(pattern[i]) == static_cast<unsigned char>(c)) found = true;
      ++i;
    }
  }
  return {found != negated, i < pattern.size() ? i + 1 : i};
}

Step MatchOne(std::string_view pattern, char c, bool fold) {
  switch (pattern[0]) {
    case '?': return {true, 1};
    case '[': return MatchSet(pattern, c, fold);
    case '\\':
      if (pattern.size() > 1) {
        return {fold ? AsciiLower(pattern[1]) == AsciiLower(c) : pattern[1] == c, 2};
      }
      return {c == '\\', 1};
    default: return {fold ? AsciiLower(pattern[0]) == AsciiLower(c) : pattern[0] == c, 1};
  }
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text, Case match_case) {
  bool fold = match_case == Case::kInsensitive;
  size_t p = 0;
  size_t t = 0;
  // Where to go back to: the pattern after the last star, and the text it is tried against next.
  size_t star = std::string_view::npos;
  size_t retry = 0;
  int stars = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      while (p < pattern.size() && pattern[p] == '*') ++p;
      if (p == pattern.size()) return true;
      if (++stars > kMaxStars) return false;
      star = p;
      retry = t;
      continue;
    }
    if (p < pattern.size()) {
      Step step = MatchOne(pattern.substr(p), text[t], fold);
      if (step.matches) {
        p += step.length;
        ++t;
        continue;
      }
    }
    if (star == std::string_view::npos) return false;
    p = star;
    t = ++retry;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace dunlin
