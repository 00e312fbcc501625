#include "cli/arguments.h"

#include "base/ascii.h"

namespace dunlin::cli {
namespace {

int HexDigit(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  char lower = AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char Unescaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return c;
  }
}

// One line, read from front to back.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : rest_(line) {}

  bool AtEnd() {
    while (!rest_.empty() && IsAsciiSpace(rest_.front())) rest_.remove_prefix(1);
    return rest_.empty();
  }

  // False when the argument is malformed. REQUIRES: !AtEnd().
  bool Take(std::string& argument) {
    while (!rest_.empty()) {
      char c = TakeByte();
      // Other blanks than these are part of a word once it has begun.
      if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\0') return true;
      if (c == '"') return TakeDoubleQuoted(argument) && EndsHere();
      if (c == '\'') return TakeSingleQuoted(argument) && EndsHere();
      argument.push_back(c);
    }
    return true;
  }

 private:
  char TakeByte() {
    char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool EndsHere() const { return rest_.empty() || IsAsciiSpace(rest_.front()); }

  bool TakeDoubleQuoted(std::string& argument) {
    while (!rest_.empty()) {
      char c = TakeByte();
      if (c == '"') return true;
      if (c != '\\' || rest_.empty()) {
        argument.push_back(c);
      } else if (rest_.size() >= 3 && rest_[0] == 'x' && HexDigit(rest_[1]) >= 0 && HexDigit(rest_[2]) >= 0) {
        argument.push_back(static_cast<char>(HexDigit(rest_[1]) * 16 + HexDigit(rest_[2])));
        rest_.remove_prefix(3);
      } else {
        argument.push_back(Unescaped(TakeByte()));
      }
    }
    return false;
  }

  bool TakeSingleQuoted(std::string& argument) {
    while (!rest_.empty()) {
      char c = TakeByte();
      if (c == '\'') return true;
      if (c == '\\' && rest_.starts_with('\'')) c = TakeByte();
      argument.push_back(c);
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<std::string>> SplitArguments(std::string_view line) {
  std::vector<std::string> arguments;
  Splitter splitter(line);
  while (!splitter.AtEnd()) {
    if (!splitter.Take(arguments.emplace_back())) return std::nullopt;
  }
  return arguments;
}

std::optional<std::string> UnquoteArgument(std::string_view text) {
  std::optional<std::vector<std::string>> arguments = SplitArguments(text);
  if (!arguments || arguments->size() != 1) return std::nullopt;
  return std::move(arguments->front());
}

void AppendQuoted(std::string& out, std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (char c : bytes) {
    switch (c) {
      case '\\':
      case '"': out.append({'\\', c}); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      case '\a': out.append("\\a"); break;
      case '\b': out.append("\\b"); break;
      default:
        if (IsAsciiPrintable(c)) {
          out.push_back(c);
        } else {
          auto byte = static_cast<unsigned char>(c);
          out.append({'\\', 'x', kHex[byte >> 4], kHex[byte & 15]});
        }
    }
  }
  out.push_back('"');
}

std::string Quoted(std::string_view bytes) {
  std::string out;
  AppendQuoted(out, bytes);
  return out;
}

}  // namespace dunlin::cli
