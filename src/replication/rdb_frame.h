// The frame around the RDB bytes on a replication link: "$<length>" and that many bytes, or "$EOF:<40 bytes>" and bytes
// until those forty come again.
//
// Thread: values; one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dunlin::replication {

class RdbFrame {
 public:
  static constexpr size_t kMarkSize = 40;

  // From the header line, without its line end; nothing when it is not one.
  static std::optional<RdbFrame> Parse(std::string_view line);

  // Nothing in the form with a mark.
  std::optional<int64_t> size_bytes() const;
  int64_t read_bytes() const { return read_; }

  struct Piece {
    std::string_view rdb;  // may be empty
    // What is done with, mark included. Bytes beyond it are to be offered again: they may begin the mark (then they
    // are fewer than forty), or come after the end.
    size_t consumed = 0;
    bool end = false;
  };
  // REQUIRES: no piece has said `end` yet.
  Piece Next(std::string_view bytes);

 private:
  RdbFrame() = default;

  bool marked_ = false;
  std::array<char, kMarkSize> mark_{};
  int64_t size_ = 0;
  int64_t read_ = 0;
};

}  // namespace dunlin::replication
