// How many files the process may have open, which bounds how many clients it can serve.
//
// Thread: any.
#pragma once

#include <cstdint>

namespace dunlin::server {

// What raising the limit came to.
struct OpenFilesLimit {
  int64_t clients;      // as many can be served; at most those asked for
  int64_t files;        // the limit now
  int64_t files_asked;  // what so many clients need
  int error;            // errno of the refusal, 0 when all went well
};

// Raises the soft limit of the process so that `clients` fit beside the server's own files.
OpenFilesLimit RaiseOpenFilesLimit(int64_t clients);

}  // namespace dunlin::server
