// Bytes from outside as an intset: what is accepted must be in order, findable, and survive changes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "values/intset.h"
#include "values/set.h"

namespace dunlin::values {

void FuzzOne(std::string_view bytes) {
  Result<Intset> blob = Intset::FromBytes(bytes);
  if (!blob) return;
  std::vector<int64_t> members;
  blob->view().ForEach([&](int64_t member) { members.push_back(member); });
  Set set = Set::FromIntset(blob->Clone(), {.set_max_intset_entries = 4}, 3);
  for (int64_t member : members) {
    DUNLIN_INVARIANT(blob->Contains(member), "a member is found");
    DUNLIN_INVARIANT(!blob->Add(member), "a member is there already");
    DUNLIN_INVARIANT(set.Contains(std::to_string(member)), "a member is found");
  }
  blob->Add(INT64_MIN);
  blob->Add(INT64_MAX);
  for (int64_t member : members) blob->Remove(member);
  blob->Remove(INT64_MIN);
  blob->Remove(INT64_MAX);
  DUNLIN_INVARIANT(blob->empty(), "nothing is left");
}

}  // namespace dunlin::values

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dunlin::values::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
