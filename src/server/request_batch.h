// What a session's input holds, understood some commands ahead of their execution: their rows and keys are looked up
// once, and what they will touch in the store is on its way from memory while the first ones run.
//
// Nothing here depends on what the commands in between do; what does (whether a command may run, for whom) is decided
// when its turn comes. Whoever stops before the last command resets the parser and reads the rest anew.
//
// Thread: one at a time.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "commands/command.h"
#include "commands/table.h"
#include "resp/request.h"
#include "store/store.h"

namespace dunlin::server {

struct Request {
  commands::Args args;
  std::string_view array_bytes;                 // as it came; empty when it came inline
  const commands::CommandSpec* spec = nullptr;  // null: there is no such command, or not with these arguments
  bool has_one_key = false;
  commands::KeyPosition key_position{};  // when there is one
  store::KeyRef key;
};

class RequestBatch {
 public:
  static constexpr size_t kMaxRequests = 16;

  enum class End : uint8_t {
    kFull,        // there may be more
    kIncomplete,  // what is left is not a whole command yet
    kError,       // what comes next is none; the parser says why
  };

  // Reads commands from the front of `bytes`, which stay where they are until the last one has been run; so does the
  // parser.
  End Fill(resp::RequestParser& parser, std::string_view bytes, const resp::RequestLimits& limits,
           const commands::CommandTable& table, const store::Store& store);
  // Brings what the commands will look for into the cache. It is worth it when the data is much larger than that.
  // REQUIRES: inside the gate, holding no slot's lock.
  void Prefetch(store::Store& store, DbIndex db) const;

  size_t size() const { return size_; }
  const Request& operator[](size_t i) const { return requests_[i]; }
  // How many of the bytes the first `count` commands took.
  size_t BytesOf(size_t count) const { return count == 0 ? 0 : ends_[count - 1]; }

 private:
  void Keep(commands::Args args);

  size_t size_ = 0;
  std::array<Request, kMaxRequests> requests_;
  std::array<size_t, kMaxRequests> ends_{};
  // The arguments of all but the last command, which are still in the parser.
  std::vector<std::string_view> kept_;
};

}  // namespace dunlin::server
