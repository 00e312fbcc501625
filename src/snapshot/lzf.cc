#include "snapshot/lzf.h"

#include <liblzf/lzf.h>

#include <algorithm>
#include <cstdint>

#include "base/invariant.h"

namespace dunlin::snapshot {
namespace {

constexpr size_t kLongestLiteral = 32;

void AppendLiterals(std::string& out, std::string_view text) {
  while (!text.empty()) {
    size_t n = std::min(text.size(), kLongestLiteral);
    out.push_back(static_cast<char>(n - 1));
    out.append(text.substr(0, n));
    text.remove_prefix(n);
  }
}

}  // namespace

bool AppendCompressed(std::string& out, std::string_view text, size_t max_bytes) {
  DUNLIN_INVARIANT(text.size() <= INT32_MAX, "a text is compressed in parts below 2 GB");
  size_t before = out.size();
  size_t room = std::min<size_t>(max_bytes, UINT32_MAX);
  out.resize(before + room);
  unsigned packed =
      lzf_compress(text.data(), static_cast<unsigned>(text.size()), out.data() + before, static_cast<unsigned>(room));
  out.resize(before + packed);
  return packed > 0;
}

void AppendCompressedAnyway(std::string& out, std::string_view text) {
  if (!AppendCompressed(out, text, text.size())) AppendLiterals(out, text);
}

bool Decompress(std::string_view packed, uint64_t size, std::string* out) {
  if (size > packed.size() * kLzfMaxExpansion || size > UINT32_MAX || packed.size() > UINT32_MAX) return false;
  if (size == 0) return false;
  out->resize(size);
  return lzf_decompress(packed.data(), static_cast<unsigned>(packed.size()), out->data(),
                        static_cast<unsigned>(size)) == size;
}

}  // namespace dunlin::snapshot
