// Reads lines from standard input: with editing, history, search, completion and hints on a terminal; plainly from
// anything else, and from a terminal that knows no escape codes (TERM=dumb).
//
// Keys: arrows, Home, End, Delete; Ctrl-A E B F (move), H D K U W T (change), P N (history), R (search), L (clear);
// Alt-B F (words); Tab goes through the completions.
//
// Thread: main. Standard input belongs to it: what it has read ahead of a line waits here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/history.h"
#include "cli/line_buffer.h"

namespace dunlin::cli {

class LineEditor {
 public:
  // Whole lines that may stand for what is typed so far.
  using Complete = std::function<std::vector<std::string>(std::string_view line)>;
  // What to show in grey behind what is typed; empty for nothing.
  using Hint = std::function<std::string(std::string_view line)>;

  void set_complete(Complete complete) { complete_ = std::move(complete); }
  void set_hint(Hint hint) { hint_ = std::move(hint); }
  // Every character is shown as '*', nothing is completed or searched: for passwords.
  void set_masked(bool masked) { masked_ = masked; }
  History& history() { return history_; }

  // A line without its end; nothing at the end of the input, or after Ctrl-C.
  std::optional<std::string> ReadLine(const std::string& prompt);

  // Input that has been read, but is not part of a line yet: poll would not tell of it.
  bool HasBufferedInput() const { return !input_.empty(); }

  static void ClearScreen();

 private:
  enum class Key : uint8_t;
  struct KeyPress;
  enum class Done : uint8_t { kNo, kLine, kNothing };

  std::optional<std::string> ReadPlainLine();
  std::optional<std::string> Edit(const std::string& prompt);

  bool FillInput();
  std::optional<char> ReadByte();
  KeyPress ReadKey();
  Key ReadEscape();
  std::string ReadCharacter(char first);

  Done Handle(const KeyPress& press);
  void HandleMovement(Key key);
  KeyPress CycleCompletions();
  KeyPress SearchHistory();
  const std::string* FindInHistory(std::string_view needle, size_t& index) const;
  void WalkHistory(int step);

  enum class Hints : bool { kHide, kShow };
  void Refresh(Hints hints);
  void Draw(std::string_view prompt, std::string_view text, size_t cursor, std::string_view hint);
  static void Emit(std::string_view bytes);

  Complete complete_;
  Hint hint_;
  bool masked_ = false;
  History history_;
  std::string input_;

  // Of the line that is being edited.
  std::string prompt_;
  LineBuffer buffer_;
  size_t history_index_ = 0;  // history().size() stands for the line itself
  std::string own_line_;      // what was typed before the walk through the history began
  ScreenPosition cursor_at_;  // relative to the beginning of the prompt
};

// Asks on the terminal without showing the answer.
std::string AskPassword(LineEditor& editor, const std::string& question);

}  // namespace dunlin::cli
