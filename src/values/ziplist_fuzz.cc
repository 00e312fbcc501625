// Bytes from outside as a ziplist and as a zipmap: what is accepted must give a valid listpack.
#include <cstdint>
#include <string_view>

#include "base/invariant.h"
#include "values/ziplist.h"
#include "values/zipmap.h"

namespace dunlin::values {

void FuzzOne(std::string_view bytes) {
  for (auto& blob : {ListpackFromZiplist(bytes), ListpackFromZipmap(bytes)}) {
    if (!blob) continue;
    DUNLIN_INVARIANT(Listpack::Validate(blob->blob()).ok(), "a converted blob is a listpack");
    size_t texts_bytes = 0;
    blob->view().ForEach([&](std::string_view text) { texts_bytes += text.size(); });
    // An integer has at most 20 digits, and takes at least one byte.
    DUNLIN_INVARIANT(texts_bytes <= bytes.size() * kInt64Digits, "texts come from the bytes that were given");
  }
}

}  // namespace dunlin::values

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dunlin::values::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
