// Walking through the keys of a server with SCAN.
//
// Thread: main.
#pragma once

#include <string>
#include <vector>

#include "cli/connection.h"
#include "cli/options.h"

namespace dunlin::cli {

class KeyScan {
 public:
  KeyScan(Connection& connection, const Options& options) : connection_(connection), options_(options) {}

  // Nothing is left, or Ctrl-C was pressed and is remembered.
  bool AtEnd() const;
  // The next keys; may be none. Fails with the line for the user.
  Result<std::vector<std::string>> Next();

 private:
  Connection& connection_;
  const Options& options_;
  std::string cursor_ = "0";
  bool begun_ = false;
};

// DBSIZE. Fails with the line for the user.
Result<int64_t> CountKeys(Connection& connection);

}  // namespace dunlin::cli
