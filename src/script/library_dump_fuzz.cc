// Payloads of FUNCTION RESTORE, and the first lines of libraries and scripts. The checksum is put right first, so that
// what is behind it is reached.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/crc.h"
#include "script/flags.h"
#include "script/function_libraries.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin;
  using namespace dunlin::script;
  std::string payload(reinterpret_cast<const char*>(data), size);
  (void)ParseShebang(payload);
  (void)CheckLibraryHeader(payload);
  (void)ReadLibraryDump(payload);
  payload.append({11, 0});
  uint64_t crc = Crc64(0, payload);
  for (int i = 0; i < 8; ++i) payload.push_back(static_cast<char>(crc >> (8 * i) & 0xff));
  auto codes = ReadLibraryDump(payload);
  if (!codes && codes.error().find("checksum") != std::string::npos) std::abort();
  if (!codes) return 0;
  for (const std::string& code : *codes) (void)CheckLibraryHeader(code);
  return 0;
}
