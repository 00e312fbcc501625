#include "cli/cluster_console.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/ascii.h"

namespace dunlin::cli {
namespace {

constexpr int64_t kRedrawMs = 50;
constexpr int kBarWidth = 40;
constexpr size_t kMaxAnswerBytes = 64 * 1024;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Write(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

}  // namespace

void Console::Say(std::string_view color, std::string_view text) {
  ClearProgress();
  if (settings_.color && !color.empty()) {
    Write(settings_.out, fmt::format("\033[{}{}\033[0m", color, text));
  } else {
    Write(settings_.out, text);
  }
  if (!text.empty()) mid_line_ = text.back() != '\n';
}

void Console::SayError(std::string_view text) {
  ClearProgress();
  std::fflush(settings_.out);
  Write(settings_.err, text);
  std::fflush(settings_.err);
}

void Console::Flush() { std::fflush(settings_.out); }

std::optional<std::string> Console::Ask(std::string_view prompt) {
  Print("{}", prompt);
  Flush();
  mid_line_ = false;
  // Byte by byte, so that what is piped in for the next question stays in the pipe.
  std::string line;
  while (line.size() < kMaxAnswerBytes) {
    char c = 0;
    ssize_t n = read(settings_.in_fd, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 && line.empty()) return std::nullopt;
    if (n <= 0 || c == '\n') break;
    line += c;
  }
  return std::string(TrimBlanks(line));
}

bool Console::Confirm(std::string_view question, Force force) {
  if (settings_.yes && force == Force::kAllowed) return true;
  return Ask(fmt::format("{} (type 'yes' to accept): ", question)) == "yes";
}

void Console::ShowProgress(int64_t done, int64_t total, std::string_view label) {
  if (!settings_.err_is_terminal || total <= 0) return;
  // A line that is still being written would be torn apart, unless it is somewhere else.
  if (mid_line_ && settings_.out_is_terminal) return;
  int64_t now_ms = NowMs();
  if (now_ms - bar_drawn_ms_ < kRedrawMs && done < total) return;
  bar_drawn_ms_ = now_ms;
  Flush();
  int64_t filled = kBarWidth * std::min(done, total) / total;
  Write(settings_.err, fmt::format("\r[{:#>{}}{:->{}}] {}/{} {} ({}%)\033[K", "", filled, "", kBarWidth - filled, done,
                                   total, label, 100 * done / total));
  std::fflush(settings_.err);
  bar_shown_ = true;
}

void Console::ClearProgress() {
  if (!bar_shown_) return;
  Write(settings_.err, "\r\033[K");
  std::fflush(settings_.err);
  bar_shown_ = false;
}

}  // namespace dunlin::cli
