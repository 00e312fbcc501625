#include <cstddef>
#include <cstdint>

#include "snapshot/rdb_reader.h"
#include "snapshot/testing.h"

// A file in pieces: the first byte says how large. The checksum is not looked at, or nothing would get far.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin::snapshot;
  if (size < 1) return 0;
  size_t piece = data[0] + 1u;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  RdbReadOptions options;
  options.verify_checksum = false;
  options.decode.duplicates = (data[0] & 1) ? dunlin::values::Duplicates::kCheck : dunlin::values::Duplicates::kTrust;
  RdbReader reader(options);
  uint64_t offset = 0;
  for (size_t i = 0; i < bytes.size(); i += piece) {
    reader.Feed(bytes.substr(i, piece));
    while (true) {
      auto event = reader.Next();
      if (reader.offset() < offset || reader.offset() > bytes.size()) __builtin_trap();
      offset = reader.offset();
      if (!event) {
        if (reader.EndOfInput().ok()) __builtin_trap();
        return 0;
      }
      if (std::holds_alternative<NeedMore>(*event)) break;
      if (auto* key = std::get_if<RdbKey>(&*event)) {
        std::string name(key->info.key);
        dunlin::values::Value value = key->TakeValue();
        // What was read can be looked at, written, and read again.
        if (options.decode.duplicates == dunlin::values::Duplicates::kTrust) continue;
        std::string text = testing::Describe(value);
        for (int version : {9, 11}) {
          RdbEncoding encoding{version, true};
          std::string out;
          AppendValue(out, ValueRef::Of(value), encoding);
          ValueDecoder decoder(options.decode);
          if (!decoder.Start(static_cast<uint8_t>(RdbTypeOf(ValueRef::Of(value), encoding))).ok()) __builtin_trap();
          std::string_view in = out;
          auto progress = decoder.Step(in);
          if (!progress || *progress != ValueDecoder::Progress::kDone || !in.empty()) __builtin_trap();
          if (testing::Describe(decoder.TakeValue()) != text) __builtin_trap();
        }
      }
    }
  }
  return 0;
}
