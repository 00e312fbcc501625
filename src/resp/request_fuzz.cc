#include <cstddef>
#include <cstdint>

#include "resp/request.h"

// Bytes in pieces: the first byte says how large.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  size_t piece = data[0] + 1;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  dunlin::Buffer in;
  dunlin::resp::RequestParser parser;
  dunlin::resp::RequestLimits limits;
  limits.max_bulk_bytes = 4096;
  for (size_t i = 0; i < bytes.size(); i += piece) {
    in.Append(bytes.substr(i, piece));
    while (true) {
      auto outcome = parser.Next(in, limits);
      if (outcome == dunlin::resp::RequestParser::Outcome::kError) return 0;
      if (outcome == dunlin::resp::RequestParser::Outcome::kIncomplete) break;
      size_t total = 0;
      for (std::string_view arg : parser.args()) total += arg.size();
      if (total > bytes.size()) __builtin_trap();
      parser.Release(in);
    }
  }
  return 0;
}
