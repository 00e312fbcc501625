#include "server/log.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

namespace dunlin::server {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

class LogTest : public testing::Test {
 protected:
  LogTest() {
    char name[] = "/tmp/dunlin_log_test_XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/server.log";
  }
  ~LogTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::string path_;
};

TEST(LogLine, HasTheFormThatLogReadersMatch) {
  std::tm local{};
  local.tm_year = 124;
  local.tm_mon = 1;
  local.tm_mday = 3;
  local.tm_hour = 4;
  local.tm_min = 5;
  local.tm_sec = 6;
  EXPECT_EQ(FormatLogLine(77, LogRole::kPrimary, local, 8, LogLevel::kNotice, "Server initialized"),
            "77:M 03 Feb 2024 04:05:06.008 * Server initialized\n");
  EXPECT_EQ(FormatLogLine(77, LogRole::kReplica, local, 999, LogLevel::kWarning, "x"),
            "77:S 03 Feb 2024 04:05:06.999 # x\n");
  EXPECT_EQ(FormatLogLine(1, LogRole::kChild, local, 0, LogLevel::kDebug, ""), "1:C 03 Feb 2024 04:05:06.000 . \n");
  EXPECT_EQ(FormatLogLine(1, LogRole::kSentinel, local, 0, LogLevel::kVerbose, "-"),
            "1:X 03 Feb 2024 04:05:06.000 - -\n");
}

TEST_F(LogTest, WritesLinesOfItsLevelAndAbove) {
  Log log(path_, LogLevel::kNotice);
  log.Verbose("too quiet {}", 1);
  log.Notice("PID: {}", 42);
  log.set_role(LogRole::kReplica);
  log.Warning("{}", "careful");
  std::regex form(
      "[0-9]+:M [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} \\* PID: 42\n"
      "[0-9]+:S [^\n]* # careful\n");
  std::string text = ReadAll(path_);
  EXPECT_TRUE(std::regex_match(text, form)) << text;
  EXPECT_EQ(text.substr(0, text.find(':')), std::to_string(getpid()));
}

TEST_F(LogTest, LevelNothingIsSilentAndLevelsMayChange) {
  Log log(path_, LogLevel::kNothing);
  log.Warning("lost");
  log.WriteRaw(LogLevel::kWarning, "lost");
  EXPECT_FALSE(log.Enabled(LogLevel::kWarning));
  EXPECT_FALSE(log.Enabled(LogLevel::kNothing));
  EXPECT_FALSE(std::filesystem::exists(path_));
  log.set_level(LogLevel::kDebug);
  log.WriteRaw(LogLevel::kDebug, "raw text\n");
  EXPECT_EQ(ReadAll(path_), "raw text\n");
}

TEST_F(LogTest, GoesOnInANewFileAfterRotation) {
  Log log(path_);
  log.Notice("first");
  std::filesystem::rename(path_, path_ + ".1");
  log.Notice("second");
  EXPECT_NE(ReadAll(path_ + ".1").find("first"), std::string::npos);
  EXPECT_EQ(ReadAll(path_ + ".1").find("second"), std::string::npos);
  EXPECT_NE(ReadAll(path_).find("second"), std::string::npos);
}

TEST_F(LogTest, APathThatCannotBeOpenedLosesTheLineOnly) {
  Log log(directory_ + "/missing/server.log");
  log.Warning("nobody reads this");
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/missing"));
}

TEST_F(LogTest, LinesOfSeveralThreadsStayWhole) {
  Log log(path_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 200; ++i) log.Notice("thread {} line {} end", t, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream lines(ReadAll(path_));
  std::regex form("[0-9]+:M .* \\* thread [0-3] line [0-9]+ end");
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_TRUE(std::regex_match(line, form)) << line;
  EXPECT_EQ(count, 800);
}

}  // namespace
}  // namespace dunlin::server
