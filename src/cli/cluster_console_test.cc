#include "cli/cluster_console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace dunlin::cli {
namespace {

// A console whose output is kept, with `input` typed ahead.
class Desk {
 public:
  explicit Desk(std::string_view input = "", Console::Settings settings = {}) {
    EXPECT_EQ(pipe(input_), 0);
    EXPECT_EQ(write(input_[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
    close(input_[1]);
    settings.out = open_memstream(&out_text_, &out_size_);
    settings.err = open_memstream(&err_text_, &err_size_);
    settings.in_fd = input_[0];
    out_ = settings.out;
    err_ = settings.err;
    console_.emplace(settings);
  }
  ~Desk() {
    std::fclose(out_);
    std::fclose(err_);
    std::free(out_text_);
    std::free(err_text_);
    close(input_[0]);
  }

  Console& console() { return *console_; }
  std::string Out() {
    std::fflush(out_);
    return {out_text_, out_size_};
  }
  std::string Err() {
    std::fflush(err_);
    return {err_text_, err_size_};
  }

 private:
  int input_[2] = {-1, -1};
  char* out_text_ = nullptr;
  char* err_text_ = nullptr;
  size_t out_size_ = 0;
  size_t err_size_ = 0;
  std::FILE* out_ = nullptr;
  std::FILE* err_ = nullptr;
  std::optional<Console> console_;
};

TEST(Console, PlainAndColored) {
  Desk plain;
  plain.console().Info(">>> {}\n", 1);
  plain.console().Complain("oops\n");
  EXPECT_EQ(plain.Out(), ">>> 1\n");
  EXPECT_EQ(plain.Err(), "oops\n");
  Desk colored("", {.color = true});
  colored.console().Info("i\n");
  colored.console().Warn("w");
  colored.console().Error("e");
  colored.console().Ok("o");
  colored.console().Print("p");
  EXPECT_EQ(colored.Out(), "\033[29;1mi\n\033[0m\033[33;1mw\033[0m\033[31;1me\033[0m\033[32;1mo\033[0mp");
}

TEST(Console, AsksLineByLineAndLeavesTheRest) {
  Desk desk("4096\nan id \r\n\nlast");
  EXPECT_EQ(desk.console().Ask("a? "), "4096");
  EXPECT_EQ(desk.console().Ask("b? "), "an id");
  EXPECT_EQ(desk.console().Ask("c? "), "");
  EXPECT_EQ(desk.console().Ask("d? "), "last");
  EXPECT_EQ(desk.console().Ask("e? "), std::nullopt);
  EXPECT_EQ(desk.Out(), "a? b? c? d? e? ");
}

TEST(Console, ConfirmTakesYesAndNothingElse) {
  for (const char* answer : {"no\n", "y\n", "\n", "", "yess\n", "YES\n"}) {
    Desk desk(answer);
    EXPECT_FALSE(desk.console().Confirm("Sure?", Console::Force::kAllowed)) << answer;
    EXPECT_EQ(desk.Out(), "Sure? (type 'yes' to accept): ");
  }
  EXPECT_TRUE(Desk("yes\n").console().Confirm("Sure?", Console::Force::kAllowed));
  EXPECT_TRUE(Desk("yes").console().Confirm("Sure?", Console::Force::kAllowed));
}

TEST(Console, YesOptionAnswersWhatItMay) {
  Desk desk("", {.yes = true});
  EXPECT_TRUE(desk.console().Confirm("Sure?", Console::Force::kAllowed));
  EXPECT_EQ(desk.Out(), "");
  EXPECT_FALSE(desk.console().Confirm("Really?", Console::Force::kIgnored));
}

TEST(Console, BarOnTerminalsOnly) {
  Desk pipe;
  pipe.console().ShowProgress(1, 2, "slots");
  EXPECT_EQ(pipe.Err(), "");
  Desk terminal("", {.out_is_terminal = true, .err_is_terminal = true});
  terminal.console().ShowProgress(1, 2, "slots");
  EXPECT_EQ(terminal.Err(), "\r[####################--------------------] 1/2 slots (50%)\033[K");
  terminal.console().Print("line\n");
  EXPECT_TRUE(terminal.Err().ends_with("\r\033[K"));
}

TEST(Console, BarDoesNotTearALine) {
  Desk desk("", {.out_is_terminal = true, .err_is_terminal = true});
  desk.console().Print("Moving slot 1: ");
  desk.console().ShowProgress(1, 2, "slots");
  EXPECT_EQ(desk.Err(), "");
  desk.console().Print("\n");
  desk.console().ShowProgress(2, 2, "slots");
  EXPECT_NE(desk.Err(), "");
}

}  // namespace
}  // namespace dunlin::cli
