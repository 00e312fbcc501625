// Feeds the bytes whole and cut in two, and holds both readings against each other.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/invariant.h"
#include "resp/reply.h"

namespace {

// Spells the tree out, so that two readings can be compared.
void Spell(const dunlin::resp::Reply& reply, std::string& out) {
  out += std::to_string(static_cast<int>(reply.kind)) + "(" + std::to_string(reply.integer) + reply.format + reply.text;
  for (const auto& part : reply.attributes) Spell(part, out);
  out += "/";
  for (const auto& part : reply.elements) Spell(part, out);
  out += ")";
}

bool Drain(dunlin::resp::ReplyParser& parser, std::string& out) {
  while (auto next = parser.Next()) {
    if (!next->has_value()) {
      out += next->error().message();
      return false;
    }
    Spell(**next, out);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  size_t cut = data[0] % size;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  dunlin::resp::ReplyParser whole;
  std::string from_whole;
  whole.Feed(bytes);
  Drain(whole, from_whole);

  dunlin::resp::ReplyParser pieces;
  std::string from_pieces;
  pieces.Feed(bytes.substr(0, cut));
  if (Drain(pieces, from_pieces)) {
    pieces.Feed(bytes.substr(std::min(cut, bytes.size())));
    Drain(pieces, from_pieces);
  }
  DUNLIN_INVARIANT(from_whole == from_pieces, "how the bytes are cut does not change the replies");
  return 0;
}
