#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "resp/request.h"

// Bytes in pieces: the first byte says how large.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  size_t piece = data[0] + 1;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  dunlin::resp::RequestParser parser;
  dunlin::resp::RequestLimits limits;
  limits.max_bulk_bytes = 4096;
  size_t done = 0;
  for (size_t i = 0; i < bytes.size(); i += piece) {
    while (true) {
      std::string_view seen = bytes.substr(done, std::min(i + piece, bytes.size()) - done);
      auto outcome = parser.Next(seen, limits);
      if (outcome == dunlin::resp::RequestParser::Outcome::kError) return 0;
      if (outcome == dunlin::resp::RequestParser::Outcome::kIncomplete) break;
      if (parser.command_bytes() == 0 || parser.command_bytes() > seen.size()) __builtin_trap();
      done += parser.command_bytes();
    }
  }
  return 0;
}
