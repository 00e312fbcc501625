// Any bytes as nodes.conf: refused with a reason, or read; and what was read reads the same again once written.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/invariant.h"
#include "cluster/config_file.h"
#include "cluster/core.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin;
  using namespace dunlin::cluster;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (bool tls : {false, true}) {
    Result<SavedCluster> first = ParseConfigFile(text, tls);
    if (!first) {
      DUNLIN_INVARIANT(!first.error().message().empty(), "a refusal gives its reason");
      continue;
    }
    Result<SavedCluster> second = ParseConfigFile(FormatConfigFile(*first), tls);
    DUNLIN_INVARIANT(second.has_value(), "what was written can be read");
    DUNLIN_INVARIANT(*second == *first, "and says the same");
  }
  // A sound file must also be one that a node can start from.
  Result<Core> core = Core::Open(Config{}, text, 1, 1'700'000'000'000);
  if (core) core->Start(1'700'000'000'000);
  return 0;
}
