#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/crc.h"
#include "snapshot/dump.h"
#include "snapshot/testing.h"

// The input as it is, and as the body of a payload whose footer is in order.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin::snapshot;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)DecodeDump(bytes, {});
  std::string payload(bytes);
  dunlin::AppendLittle(payload, uint16_t{11});
  dunlin::AppendLittle(payload, dunlin::Crc64(0, payload));
  auto value = DecodeDump(payload, {});
  if (!value) return 0;
  std::string again;
  AppendDump(again, ValueRef::Of(*value), {11, true});
  auto back = DecodeDump(again, {});
  if (!back || testing::Describe(*back) != testing::Describe(*value)) __builtin_trap();
  return 0;
}
