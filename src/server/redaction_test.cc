#include "server/redaction.h"

#include <gtest/gtest.h>

#include "commands/table.h"
#include "server/config.h"
#include "server/config_fake_files.h"

namespace dunlin::server {
namespace {

using Words = std::vector<std::string_view>;

class RedactionTest : public testing::Test {
 protected:
  Words Shown(const Words& args) {
    bool unknown = false;
    const commands::CommandSpec* spec = table_.Resolve(args, &unknown);
    EXPECT_NE(spec, nullptr) << args[0];
    return spec == nullptr ? Words() : ShownArguments(*spec, args, config_);
  }

  FakeConfigFiles files_;
  Config config_{files_, 1};
  commands::CommandTable table_;
};

TEST_F(RedactionTest, MostCommandsAreShownAsTheyAre) {
  EXPECT_EQ(Shown({"SET", "auth", "secret"}), (Words{"SET", "auth", "secret"}));
  EXPECT_EQ(Shown({"CONFIG", "GET", "masterauth"}), (Words{"CONFIG", "GET", "masterauth"}));
}

TEST_F(RedactionTest, Auth) {
  EXPECT_EQ(Shown({"auth", "joe", "secret"}), (Words{"auth", "(redacted)", "(redacted)"}));
}

TEST_F(RedactionTest, HelloHidesWhatFollowsAuth) {
  EXPECT_EQ(Shown({"HELLO", "3", "SETNAME", "x", "AUTH", "joe", "secret"}),
            (Words{"HELLO", "3", "SETNAME", "x", "AUTH", "(redacted)", "(redacted)"}));
  EXPECT_EQ(Shown({"HELLO", "3", "AUTH", "auth", "auth", "SETNAME", "x"}),
            (Words{"HELLO", "3", "AUTH", "(redacted)", "(redacted)", "SETNAME", "x"}));
  EXPECT_EQ(Shown({"HELLO", "3", "AUTH", "joe"}), (Words{"HELLO", "3", "AUTH", "(redacted)"}));
}

TEST_F(RedactionTest, ConfigSetHidesSensitiveValues) {
  EXPECT_EQ(Shown({"CONFIG", "SET", "timeout", "1", "MasterAuth", "secret", "requirepass", "secret"}),
            (Words{"CONFIG", "SET", "timeout", "1", "MasterAuth", "(redacted)", "requirepass", "(redacted)"}));
}

TEST_F(RedactionTest, MigrateHidesItsPasswordAndNoKeys) {
  EXPECT_EQ(Shown({"MIGRATE", "h", "1", "k", "0", "5", "COPY", "AUTH", "secret"}),
            (Words{"MIGRATE", "h", "1", "k", "0", "5", "COPY", "AUTH", "(redacted)"}));
  EXPECT_EQ(Shown({"MIGRATE", "h", "1", "", "0", "5", "AUTH2", "joe", "secret", "KEYS", "auth", "b"}),
            (Words{"MIGRATE", "h", "1", "", "0", "5", "AUTH2", "(redacted)", "(redacted)", "KEYS", "auth", "b"}));
}

}  // namespace
}  // namespace dunlin::server
