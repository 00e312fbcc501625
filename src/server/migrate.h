// MIGRATE: keys leave for another server over a connection that is kept for a while.
//
// The keys' slots are locked from the dump to the deletion, so a key is on exactly one side for everybody who asks.
// The calling worker waits for the target meanwhile, as long as the command's timeout allows.
//
// Thread: the connections belong to one worker.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace dunlin::server {

// A blocking connection with deadlines.
class MigrateConnection {
 public:
  explicit MigrateConnection(int fd) : fd_(fd) {}
  ~MigrateConnection();
  MigrateConnection(const MigrateConnection&) = delete;

  static Result<std::unique_ptr<MigrateConnection>> Open(std::string_view host, int port, std::string_view source,
                                                         int64_t timeout_ms);
  Status Write(std::string_view bytes, int64_t timeout_ms);
  // One reply line, without its end.
  Result<std::string> ReadLine(int64_t timeout_ms);

  int64_t last_db = -1;  // -1: not known
  int64_t last_use_ms = 0;

 private:
  Status WaitFor(short events, int64_t deadline_ms);
  int fd_;
  std::string in_;
};

// By "host:port". Idle ones are closed.
class MigrateConnections {
 public:
  // The kept connection, or a new one; `reused` says which.
  Result<MigrateConnection*> Get(std::string_view host, std::string_view port, std::string_view source, int64_t timeout_ms,
                                 int64_t now_ms, bool* reused);
  void Drop(std::string_view host, std::string_view port);
  void CloseIdle(int64_t now_ms);
  size_t size() const { return connections_.size(); }

 private:
  std::map<std::string, std::unique_ptr<MigrateConnection>> connections_;
};

}  // namespace dunlin::server
