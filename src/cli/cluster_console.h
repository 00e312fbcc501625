// What the cluster manager says and asks: redis-cli's lines with their colours, prompts, and a progress bar.
//
// Thread: main.
// Lines go to standard output, as redis-cli's do; Complain goes to standard error. The bar stands on the last line of a
// terminal on standard error, below what has been said, and leaves nothing behind.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace dunlin::cli {

class Console {
 public:
  struct Settings {
    std::FILE* out = stdout;
    std::FILE* err = stderr;
    int in_fd = 0;
    bool color = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool yes = false;  // --cluster-yes
  };

  explicit Console(const Settings& settings) : settings_(settings) {}

  template <typename... Args>
  void Info(fmt::format_string<Args...> format, Args&&... args) {
    Say(kBold, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void Warn(fmt::format_string<Args...> format, Args&&... args) {
    Say(kYellow, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void Error(fmt::format_string<Args...> format, Args&&... args) {
    Say(kRed, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void Ok(fmt::format_string<Args...> format, Args&&... args) {
    Say(kGreen, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void Print(fmt::format_string<Args...> format, Args&&... args) {
    Say("", fmt::format(format, std::forward<Args>(args)...));
  }
  // To standard error, after everything that was said before.
  template <typename... Args>
  void Complain(fmt::format_string<Args...> format, Args&&... args) {
    SayError(fmt::format(format, std::forward<Args>(args)...));
  }
  void Flush();

  // Prints the prompt and reads a line; nothing at the end of the input.
  std::optional<std::string> Ask(std::string_view prompt);
  // "<question> (type 'yes' to accept): ". --cluster-yes answers unless the question is about data that may be lost.
  enum class Force : uint8_t { kAllowed, kIgnored };
  bool Confirm(std::string_view question, Force force);
  bool yes() const { return settings_.yes; }
  // Everything goes to a terminal, and ShowProgress draws.
  bool has_bar() const { return settings_.out_is_terminal && settings_.err_is_terminal; }

  // Draws the bar anew when there is a terminal and something to see has changed; `label` says what is counted.
  void ShowProgress(int64_t done, int64_t total, std::string_view label);
  void ClearProgress();

 private:
  static constexpr std::string_view kBold = "29;1m";
  static constexpr std::string_view kRed = "31;1m";
  static constexpr std::string_view kGreen = "32;1m";
  static constexpr std::string_view kYellow = "33;1m";

  void Say(std::string_view color, std::string_view text);
  void SayError(std::string_view text);

  Settings settings_;
  bool bar_shown_ = false;
  bool mid_line_ = false;  // the last text on standard output did not end its line
  int64_t bar_drawn_ms_ = 0;
};

}  // namespace dunlin::cli
