// Bits of strings.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"bitcount", "2.6.0", "Counts the bits that are set.", "O(N), N being the bytes looked at",
     "key:k range=[start:i end:i unit=[BYTE|BIT]@7.0.0]"},
    {"bitfield", "3.2.0", "Reads and writes integers of any width within a string.", "O(1) for each operation",
     "key:k operation=[get-block=GET(encoding offset:i)|write=([overflow-block=OVERFLOW(WRAP|SAT|FAIL)] "
     "write-operation=(set-block=SET(encoding offset:i value:i)|incrby-block=INCRBY(encoding offset:i "
     "increment:i)))]..."},
    {"bitfield_ro", "6.0.0", "Reads integers of any width within a string.", "O(1) for each operation",
     "key:k [get-block=GET(encoding offset:i)...*]"},
    {"bitop", "2.6.0", "Combines strings bit by bit and stores the result.",
     "O(N), N being the bytes of the longest string", "operation=(AND|OR|XOR|NOT) destkey:k key:k1..."},
    {"bitpos", "2.8.7", "Finds the first bit that is set, or that is not.", "O(N), N being the bytes looked at",
     "key:k bit:i range=[start:i end-unit-block=[end:i unit=[BYTE|BIT]@7.0.0]]"},
    {"getbit", "2.2.0", "One bit of a string.", "O(1)", "key:k offset:i"},
    {"setbit", "2.2.0", "Sets one bit of a string, or clears it.", "O(1)", "key:k offset:i value:i"},
};

}  // namespace

std::span<const CommandEntry> BitmapEntries() { return kEntries; }

}  // namespace dunlin::catalog
