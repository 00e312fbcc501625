#include "cli/history.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace dunlin::cli {
namespace {

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() : path_(std::filesystem::temp_directory_path() / ("dunlin-cli-history-" + std::to_string(getpid()))) {}
  ~HistoryTest() override { std::filesystem::remove(path_); }

  std::string path_;
};

TEST_F(HistoryTest, SurvivesInItsFileWithoutSecrets) {
  History history;
  history.Add("one", History::Keep::kInFile);
  history.Add("AUTH secret", History::Keep::kInMemoryOnly);
  history.Add("two", History::Keep::kInFile);
  EXPECT_EQ(history.size(), 3u);
  ASSERT_TRUE(history.Save(path_).ok());
  struct stat file{};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  History again;
  ASSERT_TRUE(again.Load(path_).ok());
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again.line(0), "one");
  EXPECT_EQ(again.line(1), "two");
}

TEST_F(HistoryTest, KeepsNothingTwiceAndNotForEver) {
  History history;
  for (size_t i = 0; i < History::kMaxLines + 10; ++i) {
    history.Add(std::to_string(i), History::Keep::kInFile);
    history.Add(std::to_string(i), History::Keep::kInFile);
  }
  history.Add("", History::Keep::kInFile);
  EXPECT_EQ(history.size(), History::kMaxLines);
  EXPECT_EQ(history.line(0), "10");
}

TEST_F(HistoryTest, AMissingFileIsNoErrorAndAnUnwritableOneIs) {
  History history;
  EXPECT_TRUE(history.Load("/nonexistent/file").ok());
  EXPECT_FALSE(history.Save("/nonexistent/file").ok());
}

}  // namespace
}  // namespace dunlin::cli
