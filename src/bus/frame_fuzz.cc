// Any bytes from a peer, in pieces of any size: they make messages, reasons, or nothing; and a message that was read is
// the same once written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/invariant.h"
#include "bus/frame.h"

namespace {

void CheckRoundTrip(const dunlin::cluster::Message& message) {
  using namespace dunlin;
  // What others add is read and not kept.
  cluster::Message kept = message;
  if (auto* ping = std::get_if<cluster::PingBody>(&kept.body)) ping->extensions.unknown_types.clear();
  auto again = bus::DecodeFrame(bus::EncodeFrame(kept));
  const auto* read = std::get_if<cluster::Message>(&again);
  DUNLIN_INVARIANT(read != nullptr, "what was written can be read");
  DUNLIN_INVARIANT(*read == kept, "and says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t piece = static_cast<size_t>(data[0]) * 16 + 1;
  dunlin::bus::FrameReader reader;
  while (!bytes.empty()) {
    reader.Feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (true) {
      auto next = reader.Next();
      if (std::holds_alternative<dunlin::bus::Incomplete>(next)) break;
      if (const auto* message = std::get_if<dunlin::cluster::Message>(&next)) CheckRoundTrip(*message);
    }
  }
  return 0;
}
