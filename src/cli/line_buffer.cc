#include "cli/line_buffer.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace dunlin::cli {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

size_t ExpectedLength(char first) {
  auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  if (byte >= 0xf0 && byte < 0xf5) return 4;
  return 1;
}

uint32_t CodePoint(std::string_view character) {
  auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  uint32_t value = first & (0xffu >> (character.size() + 1));
  for (char c : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3fu);
  return value;
}

struct Range {
  uint32_t first;
  uint32_t last;
};

// The blocks people type; not the whole of Unicode's tables.
constexpr Range kJoining[] = {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff},
                              {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}};
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},  {0x3400, 0x4dbf},
                           {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3},  {0xf900, 0xfaff},
                           {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                           {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

template <size_t N>
bool IsIn(const Range (&ranges)[N], uint32_t code) {
  return std::ranges::any_of(ranges, [code](const Range& r) { return code >= r.first && code <= r.last; });
}

size_t CharacterWidth(std::string_view character) {
  uint32_t code = CodePoint(character);
  if (IsIn(kJoining, code)) return 0;
  return IsIn(kWide, code) ? 2 : 1;
}

}  // namespace

size_t CharacterLength(std::string_view text) {
  if (text.empty()) return 0;
  size_t length = ExpectedLength(text[0]);
  if (length > text.size()) return 1;
  return std::ranges::all_of(text.substr(1, length - 1), IsContinuation) ? length : 1;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    size_t length = CharacterLength(text);
    width += CharacterWidth(text.substr(0, length));
    text.remove_prefix(length);
  }
  return width;
}

ScreenPosition Advance(ScreenPosition from, std::string_view text, size_t columns) {
  while (!text.empty()) {
    size_t length = CharacterLength(text);
    size_t width = CharacterWidth(text.substr(0, length));
    if (from.column + width > columns) from = {from.row + 1, 0};
    from.column += width;
    text.remove_prefix(length);
  }
  if (from.column == columns) from = {from.row + 1, 0};
  return from;
}

void LineBuffer::Set(std::string text) {
  text_ = std::move(text);
  cursor_ = text_.size();
}

void LineBuffer::Insert(std::string_view bytes) {
  text_.insert(cursor_, bytes);
  cursor_ += bytes.size();
}

void LineBuffer::Backspace() {
  size_t from = Before(cursor_);
  text_.erase(from, cursor_ - from);
  cursor_ = from;
}

void LineBuffer::Delete() { text_.erase(cursor_, After(cursor_) - cursor_); }

void LineBuffer::MoveWordRight() {
  while (cursor_ < text_.size() && text_[cursor_] == ' ') ++cursor_;
  while (cursor_ < text_.size() && text_[cursor_] != ' ') ++cursor_;
}

void LineBuffer::DeleteWordBefore() {
  size_t from = WordBefore();
  text_.erase(from, cursor_ - from);
  cursor_ = from;
}

void LineBuffer::Transpose() {
  if (cursor_ == 0 || text_.size() < 2) return;
  // At the end the last two are meant.
  if (cursor_ == text_.size()) MoveLeft();
  if (cursor_ == 0) return;
  size_t before = Before(cursor_);
  size_t after = After(cursor_);
  auto begin = text_.begin();
  std::rotate(begin + static_cast<std::ptrdiff_t>(before), begin + static_cast<std::ptrdiff_t>(cursor_),
              begin + static_cast<std::ptrdiff_t>(after));
  cursor_ = after;
}

size_t LineBuffer::Before(size_t position) const {
  if (position == 0) return 0;
  size_t start = position - 1;
  while (start > 0 && position - start < 4 && IsContinuation(text_[start])) --start;
  return start + CharacterLength(std::string_view(text_).substr(start)) == position ? start : position - 1;
}

size_t LineBuffer::After(size_t position) const {
  return position + CharacterLength(std::string_view(text_).substr(position));
}

size_t LineBuffer::WordBefore() const {
  size_t position = cursor_;
  while (position > 0 && text_[position - 1] == ' ') --position;
  while (position > 0 && text_[position - 1] != ' ') --position;
  return position;
}

}  // namespace dunlin::cli
