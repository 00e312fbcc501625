#include "cli/redirect.h"

#include <gtest/gtest.h>

namespace dunlin::cli {
namespace {

TEST(RedirectTest, Moved) {
  std::optional<Redirect> redirect = ParseRedirect("MOVED 3999 127.0.0.1:6381");
  ASSERT_TRUE(redirect);
  EXPECT_FALSE(redirect->is_ask);
  EXPECT_EQ(redirect->slot, 3999);
  EXPECT_EQ(redirect->host, "127.0.0.1");
  EXPECT_EQ(redirect->port, 6381);
}

TEST(RedirectTest, AskAndOtherAddresses) {
  EXPECT_TRUE(ParseRedirect("ASK 0 host.example:1")->is_ask);
  EXPECT_EQ(ParseRedirect("MOVED 1 ::1:7000")->host, "::1");
  EXPECT_EQ(ParseRedirect("MOVED 1 :7000")->host, "");
}

TEST(RedirectTest, AnythingElse) {
  for (const char* text : {"", "MOVED", "MOVED 1", "MOVED x 127.0.0.1:1", "MOVED 16384 h:1", "MOVED -1 h:1",
                           "MOVED 1 h", "MOVED 1 h:", "MOVED 1 h:0", "MOVED 1 h:65536", "MOVED 1 h:x",
                           "ERR MOVED 1 h:1", "MOVEDX 1 h:1", "ASKING 1 h:1"}) {
    EXPECT_FALSE(ParseRedirect(text)) << text;
  }
}

}  // namespace
}  // namespace dunlin::cli
