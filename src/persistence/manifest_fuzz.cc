#include <cstddef>
#include <cstdint>

#include "persistence/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dunlin::persistence;
  auto manifest = ParseManifest({reinterpret_cast<const char*>(data), size});
  if (!manifest) {
    if (manifest.error().why.empty() || manifest.error().LogLines().empty()) __builtin_trap();
    return 0;
  }
  // What was understood can be written, and is understood the same again.
  std::string text = manifest->ToText();
  if (text.empty()) return 0;  // nothing but comments
  auto again = ParseManifest(text);
  if (!again) {
    // Quoting may make a line longer than a line may be.
    if (again.error().why != "The AOF manifest file contains too long line") __builtin_trap();
    return 0;
  }
  if (again->base != manifest->base || again->history != manifest->history ||
      again->increments != manifest->increments) {
    __builtin_trap();
  }
  manifest->AddIncrement("a");
  manifest->ReplaceBase("a", true);
  manifest->RetireIncrements(1);
  return 0;
}
