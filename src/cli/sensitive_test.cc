#include "cli/sensitive.h"

#include <gtest/gtest.h>

#include "base/ascii.h"

namespace dunlin::cli {
namespace {

bool IsSensitive(std::string_view line) {
  std::vector<std::string> words;
  for (std::string_view word : SplitBlanks(line)) words.emplace_back(word);
  return IsSensitiveCommand(words);
}

TEST(SensitiveTest, CommandsWithPasswords) {
  for (const char* line : {"AUTH x", "auth u p", "acl setuser u >pw", "ACL GETUSER u", "config set requirepass x",
                           "CONFIG SET maxmemory 1 masterauth x", "hello 3 auth u p", "HELLO 3 SETNAME n AUTH u p",
                           "migrate h 1 k 0 10 AUTH pw", "migrate h 1 \"\" 0 10 COPY AUTH2 u p KEYS a",
                           "sentinel set m auth-pass x", "SENTINEL CONFIG SET sentinel-pass x"}) {
    EXPECT_TRUE(IsSensitive(line)) << line;
  }
}

TEST(SensitiveTest, OtherCommands) {
  for (const char* line : {"", "get auth", "acl list", "config get requirepass", "config set maxmemory requirepass",
                           "hello 3", "hello 3 setname auth", "migrate h 1 k 0 10 KEYS auth x", "sentinel masters"}) {
    EXPECT_FALSE(IsSensitive(line)) << line;
  }
}

}  // namespace
}  // namespace dunlin::cli
