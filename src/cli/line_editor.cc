#include "cli/line_editor.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/ascii.h"
#include "cli/terminal.h"

namespace dunlin::cli {

enum class LineEditor::Key : uint8_t {
  kNone,
  kText,
  kEnter,
  kEndOfInput,
  kInterrupt,
  kEndOrDelete,  // Ctrl-D
  kBackspace,
  kDelete,
  kLeft,
  kRight,
  kWordLeft,
  kWordRight,
  kHome,
  kEnd,
  kUp,
  kDown,
  kTab,
  kEscape,
  kDeleteLine,
  kDeleteToEnd,
  kDeleteWord,
  kTranspose,
  kClear,
  kSearch,
};

struct LineEditor::KeyPress {
  Key key = Key::kNone;
  std::string text;  // of kText: one character
};

namespace {

constexpr size_t kReadBytes = 4096;
// After this time an escape byte is the key, and not the beginning of a code.
constexpr int kEscapeMs = 50;
constexpr size_t kMinColumns = 2;

bool IsPlainTerminal() {
  const char* terminal = std::getenv("TERM");
  if (terminal == nullptr) return false;
  for (std::string_view plain : {"dumb", "cons25", "emacs"}) {
    if (EqualsIgnoreCase(terminal, plain)) return true;
  }
  return false;
}

constexpr char Control(char letter) { return static_cast<char>(letter & 0x1f); }

}  // namespace

// ---- Input

bool LineEditor::FillInput() {
  char bytes[kReadBytes];
  while (true) {
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    input_.append(bytes, static_cast<size_t>(n));
    return true;
  }
}

std::optional<char> LineEditor::ReadByte() {
  if (input_.empty() && !FillInput()) return std::nullopt;
  char c = input_.front();
  input_.erase(0, 1);
  return c;
}

std::optional<std::string> LineEditor::ReadPlainLine() {
  size_t scanned = 0;
  size_t end = 0;
  while ((end = input_.find('\n', scanned)) == std::string::npos) {
    scanned = input_.size();
    if (FillInput()) continue;
    if (input_.empty()) return std::nullopt;
    return std::exchange(input_, {});
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 1);
  return line;
}

std::string LineEditor::ReadCharacter(char first) {
  std::string text(1, first);
  auto lead = static_cast<unsigned char>(first);
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  while (text.size() < length) {
    std::optional<char> next = ReadByte();
    if (!next) break;
    text.push_back(*next);
  }
  return text;
}

LineEditor::KeyPress LineEditor::ReadKey() {
  std::optional<char> byte = ReadByte();
  if (!byte) return {Key::kEndOfInput, ""};
  switch (*byte) {
    case '\r':
    case '\n': return {Key::kEnter, ""};
    case '\t': return {Key::kTab, ""};
    case 0x7f:
    case Control('H'): return {Key::kBackspace, ""};
    case Control('A'): return {Key::kHome, ""};
    case Control('B'): return {Key::kLeft, ""};
    case Control('C'): return {Key::kInterrupt, ""};
    case Control('D'): return {Key::kEndOrDelete, ""};
    case Control('E'): return {Key::kEnd, ""};
    case Control('F'): return {Key::kRight, ""};
    case Control('K'): return {Key::kDeleteToEnd, ""};
    case Control('L'): return {Key::kClear, ""};
    case Control('N'): return {Key::kDown, ""};
    case Control('P'): return {Key::kUp, ""};
    case Control('R'): return {Key::kSearch, ""};
    case Control('T'): return {Key::kTranspose, ""};
    case Control('U'): return {Key::kDeleteLine, ""};
    case Control('W'): return {Key::kDeleteWord, ""};
    case 0x1b: return {ReadEscape(), ""};
    default: break;
  }
  if (static_cast<unsigned char>(*byte) < 0x20) return {};
  return {Key::kText, ReadCharacter(*byte)};
}

LineEditor::Key LineEditor::ReadEscape() {
  pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (input_.empty() && poll(&waiting, 1, kEscapeMs) <= 0) return Key::kEscape;
  char kind = ReadByte().value_or('\0');
  if (kind == 'b') return Key::kWordLeft;
  if (kind == 'f') return Key::kWordRight;
  if (kind != '[' && kind != 'O') return Key::kNone;
  // Parameters, then one letter or '~'.
  std::string code;
  do {
    std::optional<char> next = ReadByte();
    if (!next) return Key::kNone;
    code.push_back(*next);
  } while ((IsAsciiDigit(code.back()) || code.back() == ';') && code.size() < 16);
  if (code == "A") return Key::kUp;
  if (code == "B") return Key::kDown;
  if (code == "C") return Key::kRight;
  if (code == "D") return Key::kLeft;
  if (code == "H" || code == "1~" || code == "7~") return Key::kHome;
  if (code == "F" || code == "4~" || code == "8~") return Key::kEnd;
  if (code == "3~") return Key::kDelete;
  if (code == "1;5C" || code == "1;3C") return Key::kWordRight;
  if (code == "1;5D" || code == "1;3D") return Key::kWordLeft;
  return Key::kNone;
}

// ---- A line

std::optional<std::string> LineEditor::ReadLine(const std::string& prompt) {
  if (!StdinIsTerminal()) return ReadPlainLine();
  if (IsPlainTerminal()) {
    Emit(prompt);
    std::optional<std::string> line = ReadPlainLine();
    while (line && line->ends_with('\r')) line->pop_back();
    return line;
  }
  KeyMode keys(KeyMode::Signals::kOff);
  return Edit(prompt);
}

std::optional<std::string> LineEditor::Edit(const std::string& prompt) {
  prompt_ = prompt;
  buffer_.Set("");
  history_index_ = history_.size();
  own_line_.clear();
  cursor_at_ = {};
  Refresh(Hints::kShow);
  while (true) {
    KeyPress press = ReadKey();
    if (press.key == Key::kTab && complete_ && !masked_) press = CycleCompletions();
    if (press.key == Key::kSearch && !masked_) press = SearchHistory();
    switch (Handle(press)) {
      case Done::kNo: Refresh(Hints::kShow); break;
      case Done::kNothing: Emit("\n"); return std::nullopt;
      case Done::kLine:
        buffer_.MoveEnd();
        Refresh(Hints::kHide);
        Emit("\n");
        return buffer_.text();
    }
  }
}

LineEditor::Done LineEditor::Handle(const KeyPress& press) {
  switch (press.key) {
    case Key::kEnter: return Done::kLine;
    case Key::kInterrupt: return Done::kNothing;
    case Key::kEndOfInput: return buffer_.empty() ? Done::kNothing : Done::kLine;
    case Key::kEndOrDelete:
      if (buffer_.empty()) return Done::kNothing;
      buffer_.Delete();
      break;
    case Key::kText: buffer_.Insert(press.text); break;
    case Key::kBackspace: buffer_.Backspace(); break;
    case Key::kDelete: buffer_.Delete(); break;
    case Key::kDeleteLine: buffer_.Set(""); break;
    case Key::kDeleteToEnd: buffer_.DeleteToEnd(); break;
    case Key::kDeleteWord: buffer_.DeleteWordBefore(); break;
    case Key::kTranspose: buffer_.Transpose(); break;
    case Key::kClear:
      ClearScreen();
      cursor_at_ = {};
      break;
    default: HandleMovement(press.key);
  }
  return Done::kNo;
}

void LineEditor::HandleMovement(Key key) {
  switch (key) {
    case Key::kLeft: buffer_.MoveLeft(); break;
    case Key::kRight: buffer_.MoveRight(); break;
    case Key::kWordLeft: buffer_.MoveWordLeft(); break;
    case Key::kWordRight: buffer_.MoveWordRight(); break;
    case Key::kHome: buffer_.MoveHome(); break;
    case Key::kEnd: buffer_.MoveEnd(); break;
    case Key::kUp: WalkHistory(-1); break;
    case Key::kDown: WalkHistory(1); break;
    default: break;
  }
}

// ---- History

void LineEditor::WalkHistory(int step) {
  if (masked_ || (step < 0 && history_index_ == 0) || (step > 0 && history_index_ >= history_.size())) return;
  if (history_index_ == history_.size()) own_line_ = buffer_.text();
  history_index_ += static_cast<size_t>(step);
  buffer_.Set(history_index_ == history_.size() ? own_line_ : history_.line(history_index_));
}

// The youngest line below `index` that has `needle` in it; index becomes its own.
const std::string* LineEditor::FindInHistory(std::string_view needle, size_t& index) const {
  if (needle.empty()) return nullptr;
  for (size_t i = std::min(index, history_.size()); i-- > 0;) {
    if (history_.line(i).find(needle) == std::string::npos) continue;
    index = i;
    return &history_.line(i);
  }
  return nullptr;
}

// Returns the key that ended the search, which has its usual meaning for the line that was found.
LineEditor::KeyPress LineEditor::SearchHistory() {
  std::string before = buffer_.text();
  std::string needle;
  std::string found = before;
  size_t index = history_.size();
  while (true) {
    Draw("(reverse-i-search)`" + needle + "': ", found, found.size(), "");
    KeyPress press = ReadKey();
    size_t from = history_.size();
    if (press.key == Key::kText) {
      needle += press.text;
    } else if (press.key == Key::kBackspace) {
      LineBuffer shorter;
      shorter.Set(needle);
      shorter.Backspace();
      needle = shorter.text();
    } else if (press.key == Key::kSearch) {
      from = index;
    } else {
      bool gives_up = press.key == Key::kInterrupt || press.key == Key::kEscape;
      buffer_.Set(gives_up ? before : found);
      return gives_up ? KeyPress() : press;
    }
    if (const std::string* line = FindInHistory(needle, from)) {
      found = *line;
      index = from;
    } else {
      Emit("\a");
    }
  }
}

// ---- Completion

// Returns the key that ended the choice, which has its usual meaning for the line that was chosen.
LineEditor::KeyPress LineEditor::CycleCompletions() {
  std::vector<std::string> lines = complete_(buffer_.text());
  if (lines.empty()) {
    Emit("\a");
    return {};
  }
  size_t chosen = 0;  // lines.size() stands for what was typed
  while (true) {
    std::string_view shown = chosen < lines.size() ? lines[chosen] : buffer_.text();
    Draw(prompt_, shown, shown.size(), "");
    KeyPress press = ReadKey();
    if (press.key == Key::kTab) {
      chosen = (chosen + 1) % (lines.size() + 1);
      if (chosen == lines.size()) Emit("\a");
      continue;
    }
    if (press.key == Key::kEscape) return {};
    if (chosen < lines.size()) buffer_.Set(lines[chosen]);
    return press;
  }
}

// ---- Output

void LineEditor::Emit(std::string_view bytes) {
  std::fflush(stdout);
  while (!bytes.empty()) {
    ssize_t n = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return;
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void LineEditor::ClearScreen() { Emit("\x1b[H\x1b[2J"); }

void LineEditor::Refresh(Hints hints) {
  if (masked_) {
    size_t characters = 0;
    size_t before_cursor = 0;
    for (size_t at = 0; at < buffer_.text().size(); ++characters) {
      if (at < buffer_.cursor()) ++before_cursor;
      at += CharacterLength(std::string_view(buffer_.text()).substr(at));
    }
    return Draw(prompt_, std::string(characters, '*'), before_cursor, "");
  }
  std::string hint = hints == Hints::kShow && hint_ ? hint_(buffer_.text()) : "";
  Draw(prompt_, buffer_.text(), buffer_.cursor(), hint);
}

void LineEditor::Draw(std::string_view prompt, std::string_view text, size_t cursor, std::string_view hint) {
  size_t columns = std::max(TerminalColumns(), kMinColumns);
  std::string out;
  if (cursor_at_.row > 0) out += "\x1b[" + std::to_string(cursor_at_.row) + "A";
  out.append("\r\x1b[0J").append(prompt).append(text);

  ScreenPosition after_prompt = Advance({}, prompt, columns);
  ScreenPosition end = Advance(after_prompt, text, columns);
  // A terminal that has filled a row does not go to the next one by itself.
  if (end.column == 0 && end.row > 0) out.append("\n\r");
  size_t room = columns - end.column - 1;
  if (!hint.empty() && room > 0) {
    while (DisplayWidth(hint) > room) hint.remove_suffix(1);
    out.append("\x1b[0;90;49m").append(hint).append("\x1b[0m");
  }
  cursor_at_ = Advance(after_prompt, text.substr(0, cursor), columns);
  if (end.row > cursor_at_.row) out += "\x1b[" + std::to_string(end.row - cursor_at_.row) + "A";
  out.push_back('\r');
  if (cursor_at_.column > 0) out += "\x1b[" + std::to_string(cursor_at_.column) + "C";
  Emit(out);
}

std::string AskPassword(LineEditor& editor, const std::string& question) {
  editor.set_masked(true);
  std::optional<std::string> answer = editor.ReadLine(question);
  editor.set_masked(false);
  return answer.value_or("");
}

}  // namespace dunlin::cli
