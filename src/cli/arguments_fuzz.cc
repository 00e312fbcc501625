// Splits any line; what comes out can be quoted and read back.
#include <cstddef>
#include <cstdint>

#include "base/invariant.h"
#include "cli/arguments.h"
#include "cli/command_docs.h"
#include "cli/redirect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin::cli;
  std::string_view line(reinterpret_cast<const char*>(data), size);
  if (std::optional<std::vector<std::string>> words = SplitArguments(line)) {
    std::string again;
    for (const std::string& word : *words) again += Quoted(word) + " ";
    DUNLIN_INVARIANT(SplitArguments(again) == words, "what was quoted reads as it was");
  }
  static_cast<void>(ParseRedirect(line));
  static const CommandDocs docs = CommandDocs::Builtin();
  static_cast<void>(docs.HintFor(line));
  static_cast<void>(docs.Complete(line));
  return 0;
}
