#include "catalog/syntax.h"

#include <gtest/gtest.h>

#include <string>

#include "base/ascii.h"
#include "catalog/catalog.h"

namespace dunlin::catalog {
namespace {

using Type = Argument::Type;

// The notation of a tree. What the reader left out or misread is missing here.
std::string Write(const Argument& argument);

std::string WriteParts(const Argument& argument) {
  std::string text;
  for (const Argument& part : argument.parts) {
    if (!text.empty()) text += argument.type == Type::kOneOf ? "|" : " ";
    text += Write(part);
  }
  return text;
}

std::string WriteToken(const std::string& token) {
  bool is_word = !token.empty() && token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == token.npos;
  return is_word ? token : "'" + token + "'";
}

std::string WriteValue(const Argument& argument) {
  constexpr std::string_view kLetters[] = {"", "i", "d", "k", "p", "t"};
  std::string text = argument.has_token ? WriteToken(argument.token) + " " : "";
  text += argument.name;
  if (argument.shown != argument.name) text += "{" + argument.shown + "}";
  std::string letter(kLetters[static_cast<size_t>(argument.type)]);
  if (argument.key_spec > 0 || (argument.key_spec == 0 && argument.type != Type::kKey)) {
    letter += std::to_string(argument.key_spec);
  }
  return letter.empty() ? text : text + ":" + letter;
}

std::string WriteBare(const Argument& argument, bool brackets) {
  bool named_by_token = argument.has_token && AsciiLowered(argument.token) == argument.name;
  std::string name = named_by_token || argument.name.empty() ? "" : argument.name + "=";
  switch (argument.type) {
    case Type::kOneOf:
    case Type::kBlock:
      if (argument.has_token) return name + WriteToken(argument.token) + "(" + WriteParts(argument) + ")";
      return name + (brackets ? "[" : "(") + WriteParts(argument) + (brackets ? "]" : ")");
    case Type::kPureToken: return name + WriteToken(argument.token);
    default: return WriteValue(argument);
  }
}

std::string Write(const Argument& argument) {
  bool group = argument.type == Type::kOneOf || argument.type == Type::kBlock;
  bool own_brackets = argument.optional && group && !argument.has_token;
  std::string text = WriteBare(argument, own_brackets);
  if (argument.multiple) text += "...";
  if (argument.multiple_token) text += "*";
  if (!argument.since.empty()) text += "@" + argument.since;
  return argument.optional && !own_brackets ? "[" + text + "]" : text;
}

std::string Write(const std::vector<Argument>& arguments) {
  Argument whole;
  whole.type = Type::kBlock;
  whole.parts = arguments;
  return WriteParts(whole);
}

TEST(SyntaxTest, EveryEntryIsReadWhole) {
  for (const Group& group : Groups()) {
    for (const CommandEntry& entry : group.entries) {
      EXPECT_EQ(Write(ParseSyntax(entry.syntax)), entry.syntax) << entry.name;
    }
  }
}

TEST(SyntaxTest, Values) {
  auto arguments = ParseSyntax("key:k count:i [by{pattern}:p1] STORE to:k2...@7.0.0");
  ASSERT_EQ(arguments.size(), 4u);
  EXPECT_EQ(arguments[0].type, Type::kKey);
  EXPECT_EQ(arguments[0].key_spec, 0);
  EXPECT_EQ(arguments[1].type, Type::kInteger);
  EXPECT_EQ(arguments[1].key_spec, -1);
  EXPECT_TRUE(arguments[2].optional);
  EXPECT_EQ(arguments[2].shown, "pattern");
  EXPECT_EQ(arguments[2].key_spec, 1);
  EXPECT_EQ(arguments[3].token, "STORE");
  EXPECT_EQ(arguments[3].name, "to");
  EXPECT_TRUE(arguments[3].multiple);
  EXPECT_EQ(arguments[3].since, "7.0.0");
}

TEST(SyntaxTest, Groups) {
  auto arguments = ParseSyntax("how=[NX|EX seconds:i] LIMIT(offset:i count:i) data=(field value)... [GET p...*]");
  ASSERT_EQ(arguments.size(), 4u);
  EXPECT_EQ(arguments[0].type, Type::kOneOf);
  EXPECT_TRUE(arguments[0].optional);
  EXPECT_EQ(arguments[0].parts[0].type, Type::kPureToken);
  EXPECT_EQ(arguments[0].parts[0].name, "nx");
  EXPECT_EQ(arguments[0].parts[1].token, "EX");
  EXPECT_EQ(arguments[1].type, Type::kBlock);
  EXPECT_EQ(arguments[1].name, "limit");
  EXPECT_EQ(arguments[1].parts.size(), 2u);
  EXPECT_TRUE(arguments[2].multiple);
  EXPECT_EQ(arguments[2].name, "data");
  EXPECT_TRUE(arguments[3].multiple_token);
}

TEST(SyntaxTest, TokensThatAreNoWords) {
  auto arguments = ParseSyntax("id=(auto-id='*'|id) none=''");
  EXPECT_EQ(arguments[0].parts[0].token, "*");
  EXPECT_EQ(arguments[0].parts[1].type, Type::kString);
  EXPECT_TRUE(arguments[1].has_token);
  EXPECT_EQ(arguments[1].token, "");
}

TEST(SyntaxTest, NonsenseEnds) {
  for (std::string_view text : {"(", "[a", "]", "a=", "?", "a|b", "''", "{", "...", "A("}) (void)ParseSyntax(text);
}

}  // namespace
}  // namespace dunlin::catalog
