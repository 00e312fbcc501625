#include "cli/redirect.h"

#include "base/ascii.h"
#include "base/ids.h"
#include "base/numbers.h"

namespace dunlin::cli {

std::optional<Redirect> ParseRedirect(std::string_view error) {
  std::vector<std::string_view> words = SplitBlanks(error);
  if (words.size() < 3 || (words[0] != "MOVED" && words[0] != "ASK")) return std::nullopt;
  // An IPv6 address has colons too: the last one stands before the port.
  size_t colon = words[2].rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::optional<int64_t> slot = ParseInt64(words[1]);
  std::optional<int64_t> port = ParseInt64(words[2].substr(colon + 1));
  if (!slot || *slot < 0 || *slot >= kSlotCount || !port || *port < 1 || *port > 65535) return std::nullopt;
  return Redirect{.is_ask = words[0] == "ASK",
                  .slot = static_cast<int>(*slot),
                  .host = std::string(words[2].substr(0, colon)),
                  .port = static_cast<int>(*port)};
}

}  // namespace dunlin::cli
