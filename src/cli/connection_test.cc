#include "cli/connection.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/scripted_server_for_test.h"

namespace dunlin::cli {
namespace {

int ClosedPort() {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

TEST(ConnectionTest, RefusedConnectionIsWordedAsUsersKnowIt) {
  Endpoint endpoint;
  endpoint.port = ClosedPort();
  Result<Connection> connection = Connection::Dial(endpoint, {});
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().message(),
            "Could not connect to Redis at 127.0.0.1:" + std::to_string(endpoint.port) + ": Connection refused");
  endpoint.unix_path = "/nowhere/at/all.sock";
  EXPECT_EQ(Connection::Dial(endpoint, {}).error().message(),
            "Could not connect to Redis at /nowhere/at/all.sock: No such file or directory");
}

TEST(ConnectionTest, CommandsAreAnsweredInOrder) {
  std::string requests = Wire({"PING"}) + Wire({"ECHO", "x"});
  ScriptedServer server({{requests, "+PONG\r\n$1\r\nx\r\n"}, {Wire({"BAD"}), "-ERR unknown\r\n"}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection) << connection.error().message();
  connection->Queue({"PING"});
  connection->Queue(std::vector<std::string>{"ECHO", "x"});
  EXPECT_EQ(connection->Receive()->text, "PONG");
  EXPECT_TRUE(connection->HasBufferedBytes());
  EXPECT_EQ(connection->Receive()->text, "x");
  Result<resp::Reply> error = connection->Command({"BAD"});
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->IsError());
  EXPECT_FALSE(connection->broken());
  Result<resp::Reply> closed = connection->Receive();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().message(), "Server closed the connection");
  EXPECT_TRUE(connection->broken());
}

TEST(ConnectionTest, UnixSocket) {
  std::string path = std::filesystem::temp_directory_path() / ("dunlin-cli-test-" + std::to_string(getpid()) + ".sock");
  ScriptedServer server({{Wire({"PING"}), "+PONG\r\n"}}, path);
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection) << connection.error().message();
  EXPECT_EQ(connection->Command({"PING"})->text, "PONG");
  server.Join();
  std::filesystem::remove(path);
}

TEST(ConnectionTest, LoginSaysWhoWhereAndHow) {
  ScriptedServer server(
      {{Wire({"AUTH", "ann", "secret"}), "+OK\r\n"},
       {Wire({"SELECT", "3"}), "+OK\r\n"},
       {Wire({"HELLO", "3"}), "%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n"}});
  LoginOptions login{.user = "ann", .password = "secret", .database = 3, .resp3 = true};
  Result<Connection> connection = Connection::Open(server.endpoint(), {}, login);
  ASSERT_TRUE(connection) << connection.error().message();
  EXPECT_TRUE(connection->resp3());
  EXPECT_EQ(connection->server_version(), "7.2.4");
}

TEST(ConnectionTest, RefusedLoginLeavesTheConnectionUsable) {
  ScriptedServer server({{Wire({"AUTH", "no"}), "-WRONGPASS invalid\r\n"}, {Wire({"PING"}), "-NOAUTH first\r\n"}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->Login({.password = "no"}).message(), "AUTH failed: WRONGPASS invalid");
  EXPECT_FALSE(connection->broken());
  EXPECT_EQ(connection->Command({"PING"})->text, "NOAUTH first");
}

TEST(ConnectionTest, PushesGoToTheirHandlerOrAreDropped) {
  std::string push = ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n";
  ScriptedServer server({{Wire({"PING"}), push + "+1\r\n"}, {Wire({"PING"}), push + "+2\r\n"}, {Wire({"PING"}), push}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->Command({"PING"})->text, "1");
  int pushes = 0;
  connection->set_push_handler([&](const resp::Reply& reply) {
    ++pushes;
    EXPECT_EQ(reply.elements[0].text, "invalidate");
  });
  EXPECT_EQ(connection->Command({"PING"})->text, "2");
  EXPECT_EQ(pushes, 1);
  connection->DeliverPushes();
  EXPECT_EQ(connection->Command({"PING"})->kind, resp::ReplyKind::kPush);
}

TEST(ConnectionTest, RawBytesBeginWithWhatWasReadAhead) {
  ScriptedServer server({{Wire({"PSYNC", "?", "-1"}), "+FULLRESYNC\r\n$4\r\nABCD"}, {"", "EF"}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->Command({"PSYNC", "?", "-1"})->text, "FULLRESYNC");
  std::string all;
  char buffer[3];
  while (true) {
    Result<size_t> n = connection->ReadRaw(buffer, sizeof buffer);
    ASSERT_TRUE(n);
    if (*n == 0) break;
    all.append(buffer, *n);
  }
  EXPECT_EQ(all, "$4\r\nABCDEF");
}

TEST(ConnectionTest, NonsenseIsNamed) {
  ScriptedServer server({{Wire({"PING"}), "HTTP/1.1 400 Bad Request\r\n"}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->Command({"PING"}).error().message(), "Protocol error, got \"H\" as reply type byte");
}

TEST(EndpointTest, Display) {
  EXPECT_EQ((Endpoint{.host = "h", .port = 1}.Display()), "h:1");
  EXPECT_EQ((Endpoint{.host = "::1", .port = 1}.Display()), "[::1]:1");
  EXPECT_EQ((Endpoint{.unix_path = "/a"}.Display()), "/a");
}

}  // namespace
}  // namespace dunlin::cli
