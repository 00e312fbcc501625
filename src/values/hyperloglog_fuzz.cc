// Bytes from outside as a HyperLogLog, and then as operations on it: what is refused is refused by all, what is not
// keeps what it was told.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/invariant.h"
#include "values/hyperloglog.h"

namespace dunlin::values::hyperloglog {
namespace {

constexpr size_t kMaxRunBytes = 40;

void FuzzOne(std::string_view bytes) {
  size_t run_bytes = bytes.size() < kMaxRunBytes ? bytes.size() : kMaxRunBytes;
  RawString string(std::string("HYLL\1") + std::string(11, '\0') + std::string(bytes.substr(0, run_bytes)));
  bytes.remove_prefix(run_bytes);
  DUNLIN_INVARIANT(Looks(string.view()), "the head is right");
  SpellRuns(string.view());
  Registers registers{};
  bool whole = MergeInto(registers, string.view());
  DUNLIN_INVARIANT(Estimate(string.view()).has_value() == whole, "all agree on whether it is corrupt");
  for (; bytes.size() >= 3; bytes.remove_prefix(3)) {
    size_t index = (static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1])) % kRegisterCount;
    auto value = static_cast<uint8_t>(static_cast<unsigned char>(bytes[2]) % kMaxRegister + 1);
    Outcome outcome = Raise(string, index, value, 100);
    if (!whole) continue;
    Outcome expected = registers[index] < value ? Outcome::kChanged : Outcome::kUnchanged;
    DUNLIN_INVARIANT(outcome == expected, "a register only rises");
    if (registers[index] < value) registers[index] = value;
  }
  if (!whole) return;
  Registers found{};
  DUNLIN_INVARIANT(MergeInto(found, string.view()) && found == registers, "registers keep what they were told");
  DUNLIN_INVARIANT(Estimate(string.view()) == Estimate(registers), "the form does not change the estimate");
  DUNLIN_INVARIANT(BecomeDense(string), "what is whole can become dense");
  DUNLIN_INVARIANT(Estimate(string.view()) == Estimate(registers), "the form does not change the estimate");
}

}  // namespace
}  // namespace dunlin::values::hyperloglog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dunlin::values::hyperloglog::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
