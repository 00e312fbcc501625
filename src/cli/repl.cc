// The session: lines in, commands out.
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <vector>

#include "base/ascii.h"
#include "cli/arguments.h"
#include "cli/client.h"
#include "cli/docs_loader.h"
#include "cli/help.h"
#include "cli/line_editor.h"
#include "cli/sensitive.h"
#include "cli/session.h"
#include "cli/terminal.h"

namespace dunlin::cli {
namespace {

constexpr int64_t kWorthTellingMs = 500;

int64_t NowMs() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// The variable's value, or the name in the home directory; empty when there is neither, and for /dev/null.
std::string DotFile(std::initializer_list<const char*> variables, const char* name) {
  for (const char* variable : variables) {
    const char* path = std::getenv(variable);
    if (path == nullptr || *path == '\0') continue;
    return std::string_view(path) == "/dev/null" ? "" : path;
  }
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : std::string(home) + "/" + name;
}

// A number in front of a command.
struct Repetition {
  int64_t times = 1;
  bool given = false;
  bool valid = true;
};

Repetition RepetitionOf(std::span<const std::string> words) {
  if (words.size() < 2) return {};
  char* end = nullptr;
  errno = 0;
  int64_t times = std::strtoll(words[0].c_str(), &end, 10);
  if (*end != '\0') return {};
  return {.times = times, .given = true, .valid = errno == 0 && times > 0};
}

class Session {
 public:
  explicit Session(const Options& options)
      : client_(options, Client::Style::kInteractive), has_terminal_(StdinIsTerminal()) {}

  int Run() {
    SetOnInterrupt(OnInterrupt::kExit);
    client_.Connect(Client::Announce::kAloud);
    if (has_terminal_) Prepare();
    std::optional<int> exit_code;
    while (!exit_code) {
      std::optional<std::string> line = editor_.ReadLine(client_.connected() ? client_.Prompt() : "not connected> ");
      if (line) {
        exit_code = Handle(*line);
      } else if (!client_.subscribed() || !client_.LeaveSubscribedMode()) {
        exit_code = 0;
      }
      std::fflush(stdout);
    }
    return *exit_code;
  }

 private:
  void Prepare() {
    docs_ = LoadCommandDocs(client_);
    docs_loaded_ = true;
    editor_.set_complete([this](std::string_view line) { return docs_.Complete(line); });
    editor_.set_hint([this](std::string_view line) { return Hint(line); });
    history_file_ = DotFile({"REDISCLI_HISTFILE", "VALKEYCLI_HISTFILE"}, ".rediscli_history");
    // A history that cannot be read is no reason to refuse the session.
    if (!history_file_.empty()) static_cast<void>(editor_.history().Load(history_file_));
    LoadPreferences();
  }

  std::string Hint(std::string_view line) const {
    if (!hints_on_) return "";
    std::string hint = docs_.HintFor(line);
    bool needs_blank = !hint.empty() && !line.empty() && !IsAsciiSpace(line.back());
    return needs_blank ? " " + hint : hint;
  }

  void LoadPreferences() {
    std::string path = DotFile({"REDISCLI_RCFILE", "VALKEYCLI_RCFILE"}, ".redisclirc");
    if (path.empty()) return;
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
      std::optional<std::vector<std::string>> words = SplitArguments(line);
      if (words && !words->empty()) SetPreference(*words, ".redisclirc: ");
    }
  }

  void SetPreference(std::span<const std::string> words, std::string_view where) {
    if (!EqualsIgnoreCase(words[0], ":set") || words.size() < 2) {
      fmt::print("{}unknown redis-cli internal command '{}'\n", where, words[0]);
    } else if (EqualsIgnoreCase(words[1], "hints")) {
      hints_on_ = true;
    } else if (EqualsIgnoreCase(words[1], "nohints")) {
      hints_on_ = false;
    } else {
      fmt::print("{}unknown redis-cli preference '{}'\n", where, words[1]);
    }
  }

  void Remember(std::string_view line, History::Keep keep) {
    if (!has_terminal_) return;
    editor_.history().Add(line, keep);
    // The session goes on without a history file, as it would without a home.
    if (!history_file_.empty()) static_cast<void>(editor_.history().Save(history_file_));
  }

  // The exit status when the session ends with this line.
  std::optional<int> Handle(const std::string& line) {
    std::optional<std::vector<std::string>> words = SplitArguments(line);
    if (!words) {
      fmt::print("Invalid argument(s)\n");
      Remember(line, History::Keep::kInFile);
      return std::nullopt;
    }
    if (words->empty()) return WatchIfSubscribed();
    Repetition repetition = RepetitionOf(*words);
    if (!repetition.valid) {
      fmt::print("Invalid redis-cli repeat command option value.\n");
      return std::nullopt;
    }
    std::span<const std::string> command = std::span<const std::string>(*words).subspan(repetition.given ? 1 : 0);
    Remember(line, IsSensitiveCommand(command) ? History::Keep::kInMemoryOnly : History::Keep::kInFile);
    if (words->front().starts_with(':')) {
      SetPreference(*words, "");
      return std::nullopt;
    }
    if (EqualsIgnoreCase(words->front(), "quit") || EqualsIgnoreCase(words->front(), "exit")) return 0;
    if (!HandleOwnWord(*words) && Send(command, repetition.times) == Outcome::kFatal) return 1;
    return WatchIfSubscribed();
  }

  // Words that are for the client itself.
  bool HandleOwnWord(std::span<const std::string> words) {
    if (EqualsIgnoreCase(words[0], "restart")) {
      fmt::print("Use 'restart' only in Lua debugging mode.\n");
    } else if (words.size() == 3 && EqualsIgnoreCase(words[0], "connect")) {
      client_.SetAddress(words[1], std::atoi(words[2].c_str()));
      client_.Connect(Client::Announce::kAloud);
    } else if (words.size() == 1 && EqualsIgnoreCase(words[0], "clear")) {
      LineEditor::ClearScreen();
    } else {
      return false;
    }
    return true;
  }

  Outcome Send(std::span<const std::string> command, int64_t times) {
    int64_t begin = NowMs();
    Outcome outcome = Outcome::kOk;
    if (IsHelp(command)) {
      ShowHelp(command.subspan(1));
    } else {
      outcome = client_.Run(command, times);
    }
    int64_t elapsed = NowMs() - begin;
    if (elapsed >= kWorthTellingMs && client_.options().output == OutputForm::kStandard) {
      fmt::print("({:.2f}s)\n", static_cast<double>(elapsed) / 1000);
    }
    return outcome;
  }

  void ShowHelp(std::span<const std::string> topic) {
    if (!docs_loaded_ && !topic.empty()) {
      docs_ = LoadCommandDocs(client_);
      docs_loaded_ = true;
    }
    std::string text = HelpText(topic, docs_);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }

  std::optional<int> WatchIfSubscribed() {
    if (!client_.subscribed() || editor_.HasBufferedInput()) return std::nullopt;
    return client_.WatchUntilKey() == Outcome::kFatal ? std::optional<int>(1) : std::nullopt;
  }

  Client client_;
  LineEditor editor_;
  const bool has_terminal_;
  std::string history_file_;
  CommandDocs docs_;
  bool docs_loaded_ = false;
  bool hints_on_ = true;
};

}  // namespace

int RunSession(const Options& options) { return Session(options).Run(); }

}  // namespace dunlin::cli
