// A HyperLogLog: how many different elements were added, roughly, in at most 12 kB. It is a string that clients can
// read and that goes over to other servers as it is:
//
//   "HYLL" | u8 form: 0 dense, 1 sparse | 3 bytes 0 | u64 LE the count, highest bit: not known | registers
//   dense:  16384 registers of 6 bits, the lowest bits first
//   sparse: runs of registers that have the same value
//     00llllll           l + 1 registers are 0
//     01llllll llllllll  l + 1 registers are 0, high bits first
//     1vvvvvll           l + 1 registers are v + 1
//
// An element's hash names a register and the value that it must have at least: how many zeros the rest of the hash ends
// with, and one. A string begins sparse and becomes dense when a register is above 32 or when it would grow beyond a
// limit.
//
// Bytes that say they are one may be anything: functions find out what makes no sense.
//
// Thread: pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "values/raw_string.h"

namespace dunlin::values::hyperloglog {

inline constexpr int kRegisterBits = 14;
inline constexpr size_t kRegisterCount = size_t{1} << kRegisterBits;
inline constexpr uint8_t kMaxRegister = 63;
inline constexpr uint8_t kMaxSparseRegister = 32;
inline constexpr size_t kHeaderBytes = 16;
inline constexpr size_t kDenseBytes = kHeaderBytes + kRegisterCount * 6 / 8;

using Registers = std::array<uint8_t, kRegisterCount>;

enum class Outcome : uint8_t { kUnchanged, kChanged, kCorrupt };

// Whether the string has the head of one, and the length that goes with it.
bool Looks(std::string_view bytes);
// REQUIRES, here and below: the string looks like one.
bool IsDense(std::string_view bytes);

// Without an element, sparse.
RawString New();
// Adds an element. `sparse_max_bytes`: how large a sparse string may become.
Outcome Add(RawString& string, std::string_view element, size_t sparse_max_bytes);
// Makes the register that value at least. REQUIRES: index and value are in range.
Outcome Raise(RawString& string, size_t index, uint8_t value, size_t sparse_max_bytes);
// False when the string is corrupt.
bool BecomeDense(RawString& string);
// Makes registers at least what the string has. False when the string is corrupt.
bool MergeInto(Registers& registers, std::string_view bytes);

// How many elements these registers have seen.
uint64_t Estimate(const Registers& registers);
// The same of a string; nothing when it is corrupt.
std::optional<uint64_t> Estimate(std::string_view bytes);
// The count that the string keeps, if it is known.
std::optional<uint64_t> KnownCount(std::string_view bytes);
void KeepCount(RawString& string, uint64_t count);
void ForgetCount(RawString& string);

// The runs of a sparse string: "Z:100 v:3,1 z:5". Up to what makes no sense. REQUIRES: not dense.
std::string SpellRuns(std::string_view bytes);

}  // namespace dunlin::values::hyperloglog
