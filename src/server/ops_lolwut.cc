// LOLWUT: something to look at, and the version.
#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"
#include "server/config.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

// Each line of cells grows out of the one above: whether a cell lives is decided by the three over it, and the eight
// possible answers are the eight bits of the rule. Two lines share a row of text.
std::string DrawAutomaton(uint8_t rule, size_t columns, size_t rows) {
  constexpr std::string_view kCells[] = {" ", "▀", "▄", "█"};
  std::vector<bool> above(columns);
  above[columns / 2] = true;
  auto next = [&](const std::vector<bool>& line) {
    std::vector<bool> grown(columns);
    for (size_t i = 0; i < columns; ++i) {
      int seen = line[(i + columns - 1) % columns] << 2 | line[i] << 1 | static_cast<int>(line[(i + 1) % columns]);
      grown[i] = (rule >> seen & 1) != 0;
    }
    return grown;
  };
  std::string picture;
  for (size_t row = 0; row < rows; ++row) {
    std::vector<bool> below = next(above);
    for (size_t i = 0; i < columns; ++i) picture.append(kCells[above[i] | below[i] << 1]);
    picture.push_back('\n');
    above = next(below);
  }
  return picture;
}

}  // namespace

void OpLolwut(Call& call) {
  constexpr uint8_t kHandsomeRules[] = {18, 22, 30, 45, 60, 73, 90, 105, 110, 150};
  constexpr int64_t kMaxSide = 200;
  size_t sizes[] = {66, 16};
  auto numbers = call.args.subspan(1);
  if (numbers.size() >= 2 && EqualsIgnoreCase(numbers[0], "version")) {
    if (!ParseInt64(numbers[1])) return call.reply.Error("ERR value is not an integer or out of range");
    numbers = numbers.subspan(2);
  }
  for (size_t i = 0; i < numbers.size() && i < std::size(sizes); ++i) {
    auto size = ParseInt64(numbers[i]);
    if (!size) return call.reply.Error("ERR value is not an integer or out of range");
    sizes[i] = static_cast<size_t>(std::clamp<int64_t>(*size, 1, kMaxSide));
  }
  uint8_t rule = kHandsomeRules[call.worker.executor().random().Below(std::size(kHandsomeRules))];
  std::string text = DrawAutomaton(rule, sizes[0], sizes[1]);
  text.append("Rule ").append(std::to_string(rule)).append(", from one cell.\n");
  text.append("Redis ver. ").append(kCompatibleRedisVersion).append("\n");
  call.reply.Verbatim("txt", text);
}

}  // namespace dunlin::server
