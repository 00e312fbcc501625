#include "catalog/syntax.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace dunlin::catalog {
namespace {

using Type = Argument::Type;

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  // Items up to the end, a closing bracket or a bar.
  std::vector<Argument> Sequence() {
    std::vector<Argument> items;
    for (SkipBlanks(); !rest_.empty() && std::string_view(")]|").find(rest_[0]) == std::string_view::npos;
         SkipBlanks()) {
      size_t before = rest_.size();
      items.push_back(Item());
      if (rest_.size() == before) break;
    }
    return items;
  }

 private:
  static bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
  static bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

  void SkipBlanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }
  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  // The characters up to one that does not fit.
  template <typename Fits>
  std::string_view TakeWhile(Fits fits) {
    auto end = std::ranges::find_if_not(rest_, fits);
    std::string_view taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view TakeUntil(char end) {
    std::string_view taken = TakeWhile([end](char c) { return c != end; });
    Take(std::string_view(&end, 1));
    return taken;
  }
  std::string_view TakeName() {
    return TakeWhile([](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
  }
  bool AtToken() const { return !rest_.empty() && (IsUpper(rest_[0]) || rest_[0] == '\''); }
  std::string_view TakeToken() {
    if (Take("'")) return TakeUntil('\'');
    return TakeWhile([](char c) { return IsUpper(c) || IsDigit(c) || c == '-'; });
  }

  Argument Item() {
    Argument item;
    std::string name;
    if (!rest_.empty() && IsLower(rest_[0])) {
      name = TakeName();
      if (!Take("=")) return Suffixes(Value(std::move(name)));
    }
    if (AtToken()) {
      item = AfterToken(name, std::string(TakeToken()));
    } else if (Take("[")) {
      item = Inside(name, ']');
      item.optional = true;
    } else if (Take("(")) {
      item = Inside(name, ')');
    }
    return Suffixes(std::move(item));
  }

  Argument AfterToken(const std::string& name, std::string token) {
    Argument item;
    if (Take("(")) {
      item = Inside(name.empty() ? AsciiLowered(token) : name, ')');
    } else if (NextIsValue()) {
      SkipBlanks();
      item = Value(std::string(TakeName()));
    } else {
      item.type = Type::kPureToken;
      item.name = name.empty() ? AsciiLowered(token) : name;
      item.shown = item.name;
    }
    item.token = std::move(token);
    item.has_token = true;
    return item;
  }

  // A blank and a value's name, which is not the name of a group.
  bool NextIsValue() const {
    if (rest_.size() < 2 || rest_[0] != ' ' || !IsLower(rest_[1])) return false;
    size_t end = rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", 1);
    return end == std::string_view::npos || rest_[end] != '=';
  }

  Argument Value(std::string name) {
    Argument item;
    item.shown = Take("{") ? std::string(TakeUntil('}')) : name;
    item.name = std::move(name);
    if (!Take(":")) return item;
    if (Take("i")) item.type = Type::kInteger;
    if (Take("d")) item.type = Type::kDouble;
    if (Take("p")) item.type = Type::kPattern;
    if (Take("t")) item.type = Type::kUnixTime;
    if (Take("k")) {
      item.type = Type::kKey;
      item.key_spec = 0;
    }
    if (std::string_view digits = TakeWhile(IsDigit); !digits.empty()) item.key_spec = digits[0] - '0';
    return item;
  }

  // What stands in brackets: one item stays itself, several become a block, several with bars a choice.
  Argument Inside(std::string_view name, char end) {
    std::vector<std::vector<Argument>> choices;
    do {
      choices.push_back(Sequence());
    } while (Take("|"));
    Take(std::string_view(&end, 1));
    if (choices.size() == 1) return Block(name, std::move(choices[0]));
    Argument item;
    item.type = Type::kOneOf;
    item.name = name;
    for (std::vector<Argument>& choice : choices) item.parts.push_back(Block({}, std::move(choice)));
    return item;
  }

  static Argument Block(std::string_view name, std::vector<Argument> items) {
    if (items.size() == 1) return std::move(items[0]);
    Argument item;
    item.type = Type::kBlock;
    item.name = name;
    item.parts = std::move(items);
    return item;
  }

  Argument Suffixes(Argument item) {
    if (Take("...")) item.multiple = true;
    if (Take("*")) item.multiple_token = true;
    if (Take("@")) item.since = TakeWhile([](char c) { return IsDigit(c) || c == '.'; });
    return item;
  }

  std::string_view rest_;
};

}  // namespace

std::vector<Argument> ParseSyntax(std::string_view syntax) { return Parser(syntax).Sequence(); }

std::string_view TypeName(Type type) {
  constexpr std::string_view kNames[] = {"string",    "integer",    "double", "key",  "pattern",
                                         "unix-time", "pure-token", "oneof",  "block"};
  return kNames[static_cast<size_t>(type)];
}

}  // namespace dunlin::catalog
