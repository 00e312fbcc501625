#include "base/quoted.h"

#include "base/ascii.h"

namespace dunlin {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (AsciiLower(c) >= 'a' && AsciiLower(c) <= 'f') return AsciiLower(c) - 'a' + 10;
  return -1;
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

// Reads a quoted part; `i` stands behind the opening quote and is left behind the closing one.
bool ReadQuoted(std::string_view line, size_t* i, std::string* out) {
  char quote = line[*i - 1];
  while (*i < line.size()) {
    char c = line[(*i)++];
    if (c == quote) return *i == line.size() || IsAsciiSpace(line[*i]);
    if (c != '\\' || *i == line.size()) {
      out->push_back(c);
    } else if (quote == '\'') {
      if (line[*i] == '\'') c = line[(*i)++];
      out->push_back(c);
    } else if (line[*i] == 'x' && *i + 2 < line.size() && HexDigit(line[*i + 1]) >= 0 && HexDigit(line[*i + 2]) >= 0) {
      out->push_back(static_cast<char>(HexDigit(line[*i + 1]) * 16 + HexDigit(line[*i + 2])));
      *i += 3;
    } else {
      out->push_back(Unescaped(line[(*i)++]));
    }
  }
  return false;
}

}  // namespace

bool SplitQuoted(std::string_view line, std::vector<std::string>* out) {
  size_t i = 0;
  while (true) {
    while (i < line.size() && IsAsciiSpace(line[i])) ++i;
    if (i == line.size() || line[i] == '\0') return true;
    std::string& argument = out->emplace_back();
    while (i < line.size() && !IsAsciiSpace(line[i]) && line[i] != '\0') {
      char c = line[i++];
      if (c == '"' || c == '\'') {
        if (!ReadQuoted(line, &i, &argument)) return false;
      } else {
        argument.push_back(c);
      }
    }
  }
}

void AppendQuoted(std::string& out, std::string_view word) {
  out.push_back('"');
  for (char c : word) {
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
          out.append({'\\', 'x', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]});
        }
    }
  }
  out.push_back('"');
}

}  // namespace dunlin
