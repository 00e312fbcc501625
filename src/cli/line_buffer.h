// A line of text with a cursor in it, as an editor changes it, and how wide text is on a terminal.
//
// Thread: values; any thread.
// Units: positions are bytes; the cursor always stands between characters of UTF-8. Bytes that are no UTF-8 count as
// one character each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dunlin::cli {

class LineBuffer {
 public:
  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }
  bool empty() const { return text_.empty(); }

  // Replaces everything; the cursor goes to the end.
  void Set(std::string text);
  void Insert(std::string_view bytes);
  void Backspace();
  void Delete();
  void MoveLeft() { cursor_ = Before(cursor_); }
  void MoveRight() { cursor_ = After(cursor_); }
  void MoveWordLeft() { cursor_ = WordBefore(); }
  void MoveWordRight();
  void MoveHome() { cursor_ = 0; }
  void MoveEnd() { cursor_ = text_.size(); }
  void DeleteToEnd() { text_.resize(cursor_); }
  void DeleteWordBefore();
  // Exchanges the characters on both sides of the cursor.
  void Transpose();

 private:
  size_t Before(size_t position) const;
  size_t After(size_t position) const;
  size_t WordBefore() const;

  std::string text_;
  size_t cursor_ = 0;
};

// Bytes of the character that `text` begins with; 0 for an empty text.
size_t CharacterLength(std::string_view text);
// Columns that the text takes on one line: 2 for wide characters, 0 for marks that join the one before.
size_t DisplayWidth(std::string_view text);

// Where the cursor of a terminal is.
struct ScreenPosition {
  size_t row = 0;
  size_t column = 0;
};
// Where it is after `text` has been written from `from` on. REQUIRES: columns >= 2.
ScreenPosition Advance(ScreenPosition from, std::string_view text, size_t columns);

}  // namespace dunlin::cli
