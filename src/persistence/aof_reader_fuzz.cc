#include <cstddef>
#include <cstdint>
#include <string>

#include "persistence/aof_reader.h"

namespace {

// Everything that comes out, in one text.
std::string Read(std::string_view bytes, size_t piece) {
  using namespace dunlin::persistence;
  dunlin::snapshot::RdbReadOptions options;
  options.verify_checksum = false;
  AofReader reader(options);
  std::string out;
  uint64_t valid_up_to = 0;
  size_t size = bytes.size();
  while (true) {
    auto event = reader.Next();
    if (reader.valid_up_to() < valid_up_to || reader.valid_up_to() > size) __builtin_trap();
    valid_up_to = reader.valid_up_to();
    if (!event) return out.append("error");
    if (auto* command = std::get_if<AofCommand>(&*event)) {
      out.append(command->in_transaction ? "t" : "c");
      for (std::string_view arg : command->args) out.append(std::to_string(arg.size())).append(arg);
    } else if (std::holds_alternative<dunlin::snapshot::NeedMore>(*event)) {
      if (bytes.empty()) return out.append(reader.EndOfInput() ? "cut" : "end") + std::to_string(valid_up_to);
      reader.Feed(bytes.substr(0, piece));
      bytes.remove_prefix(piece < bytes.size() ? piece : bytes.size());
    }
  }
}

}  // namespace

// However the bytes come, they say the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (Read(bytes, data[0] + 1u) != Read(bytes, SIZE_MAX)) __builtin_trap();
  return 0;
}
