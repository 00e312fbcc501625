// A server for tests that says what it was told to say.
//
// Thread: made and joined by the test's thread; plays in one of its own.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cli/connection.h"

namespace dunlin::cli {

// Accepts one connection and plays a script: waits for the bytes of each request, then sends the answer; closes at the
// end.
class ScriptedServer {
 public:
  struct Exchange {
    std::string request;
    std::string answer;
  };

  explicit ScriptedServer(std::vector<Exchange> script, std::string unix_path = "")
      : script_(std::move(script)), unix_path_(std::move(unix_path)) {
    if (unix_path_.empty()) {
      listener_ = socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      Listen(reinterpret_cast<sockaddr*>(&address), sizeof address);
      socklen_t size = sizeof address;
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
      port_ = ntohs(address.sin_port);
    } else {
      listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      unix_path_.copy(address.sun_path, sizeof address.sun_path - 1);
      Listen(reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    thread_ = std::thread([this] { Play(); });
  }
  ~ScriptedServer() { Join(); }

  Endpoint endpoint() const {
    Endpoint endpoint;
    endpoint.port = port_;
    endpoint.unix_path = unix_path_;
    return endpoint;
  }
  // All that came, once the script is over.
  std::string Join() {
    if (thread_.joinable()) thread_.join();
    return received_;
  }

 private:
  void Listen(const sockaddr* address, socklen_t size) {
    ASSERT_EQ(bind(listener_, address, size), 0);
    ASSERT_EQ(listen(listener_, 1), 0);
  }
  void Play() {
    int fd = accept(listener_, nullptr, nullptr);
    for (const Exchange& exchange : script_) {
      std::string request(exchange.request.size(), '\0');
      if (!request.empty() && recv(fd, request.data(), request.size(), MSG_WAITALL) <= 0) break;
      received_ += request;
      send(fd, exchange.answer.data(), exchange.answer.size(), MSG_NOSIGNAL);
    }
    close(fd);
    close(listener_);
  }

  std::vector<Exchange> script_;
  std::string unix_path_;
  int listener_ = -1;
  int port_ = 0;
  std::string received_;
  std::thread thread_;
};

inline std::string Wire(std::initializer_list<std::string_view> arguments) {
  std::string out;
  resp::AppendCommand(out, arguments);
  return out;
}

}  // namespace dunlin::cli
