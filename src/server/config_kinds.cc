// What the kinds of directives have in common with their likes: how a value is read, shown and written.
#include <fmt/format.h>

#include <string>

#include "base/ascii.h"
#include "base/numbers.h"
#include "server/config_table.h"
#include "server/config_text.h"

namespace dunlin::server {
namespace {

Status Refuse(std::string reason) { return Status::InvalidArgument(std::move(reason)); }

template <typename Value, typename Given>
Status Check(Status (*check)(Value, const CheckContext&), const Given& value, const Settings& settings,
             const SetContext& context) {
  return check == nullptr ? Status::Ok() : check(value, CheckContext{settings, context.at_start});
}

// --- yes and no ---

Status SetValue(const BoolKind& kind, Settings& settings, std::span<const std::string> words, SetContext& context) {
  bool value = EqualsIgnoreCase(words[0], "yes");
  if (!value && !EqualsIgnoreCase(words[0], "no")) return Refuse("argument must be 'yes' or 'no'");
  DUNLIN_TRY(Check(kind.check, value, settings, context));
  kind.field.edit(settings) = value;
  return Status::Ok();
}

std::string Show(const BoolKind& kind, const Settings& settings) { return kind.field.get(settings) ? "yes" : "no"; }

std::vector<RewriteLine> Lines(const BoolKind& kind, const Settings& settings, const Settings& defaults) {
  return {{Show(kind, settings), kind.field.get(settings) != kind.field.get(defaults)}};
}

// --- numbers ---

// What a number is by its form alone; the range is another matter.
Result<int64_t> ParseNumber(NumberForm form, const std::string& word) {
  std::string_view text = word;
  switch (form) {
    case NumberForm::kInteger:
      if (auto value = ParseInt64(text)) return *value;
      return Fail(Refuse("argument couldn't be parsed into an integer"));
    case NumberForm::kOctal:
      if (auto value = ParseOctal(text)) return *value;
      return Fail(Refuse("argument couldn't be parsed as an octal number"));
    case NumberForm::kMemory:
      if (auto value = ParseMemory(text)) return *value;
      return Fail(Refuse("argument must be a memory value"));
    case NumberForm::kMemoryOrPercent:
      if (auto value = ParseMemory(text)) return *value;
      if (text.size() > 1 && text.ends_with('%')) {
        auto percent = ParseInt64(text.substr(0, text.size() - 1));
        if (percent && *percent >= 0) return -*percent;
      }
      return Fail(Refuse("argument must be a memory or percent value"));
  }
  return Fail(Refuse("argument has no form"));
}

Status CheckRange(const NumberKind& kind, int64_t value) {
  if (value >= kind.lowest && value <= kind.highest) return Status::Ok();
  if (kind.form == NumberForm::kMemoryOrPercent && value < 0) {
    return Refuse(fmt::format("percentage argument must be less or equal to {}", -kind.lowest));
  }
  if (kind.form == NumberForm::kOctal) {
    return Refuse(fmt::format("argument must be between {:o} and {:o} inclusive", kind.lowest, kind.highest));
  }
  return Refuse(fmt::format("argument must be between {} and {} inclusive", kind.lowest, kind.highest));
}

Status SetValue(const NumberKind& kind, Settings& settings, std::span<const std::string> words, SetContext& context) {
  Result<int64_t> value = ParseNumber(kind.form, words[0]);
  if (!value) return value.error();
  DUNLIN_TRY(CheckRange(kind, *value));
  DUNLIN_TRY(Check(kind.check, *value, settings, context));
  kind.field.edit(settings) = *value;
  return Status::Ok();
}

std::string Show(const NumberKind& kind, const Settings& settings) {
  int64_t value = kind.field.get(settings);
  if (kind.form == NumberForm::kOctal) return FormatOctal(value);
  if (kind.form == NumberForm::kMemoryOrPercent && value < 0) return fmt::format("{}%", -value);
  return fmt::format("{}", value);
}

std::vector<RewriteLine> Lines(const NumberKind& kind, const Settings& settings, const Settings& defaults) {
  int64_t value = kind.field.get(settings);
  bool is_memory = kind.form == NumberForm::kMemory || (kind.form == NumberForm::kMemoryOrPercent && value >= 0);
  return {{is_memory ? FormatMemory(value) : Show(kind, settings), value != kind.field.get(defaults)}};
}

// --- texts ---

Status SetValue(const TextKind& kind, Settings& settings, std::span<const std::string> words, SetContext& context) {
  const std::string& value = words[0];
  if (!kind.binary && value.find('\0') != std::string::npos) return Refuse("argument must not contain a NUL byte");
  DUNLIN_TRY(Check(kind.check, value, settings, context));
  kind.field.edit(settings) = value;
  return Status::Ok();
}

std::string Show(const TextKind& kind, const Settings& settings) { return kind.field.get(settings); }

std::vector<RewriteLine> Lines(const TextKind& kind, const Settings& settings, const Settings& defaults) {
  const std::string& value = kind.field.get(settings);
  if (value.empty() && kind.empty == EmptyText::kUnset) return {};
  return {{QuoteWord(value), value != kind.field.get(defaults)}};
}

// --- words ---

const EnumWord* FindWord(const EnumKind& kind, std::string_view word) {
  for (const EnumWord& known : kind.words) {
    if (EqualsIgnoreCase(known.word, word)) return &known;
  }
  return nullptr;
}

Status RefuseWords(const EnumKind& kind) {
  std::string reason = "argument(s) must be one of the following: ";
  for (const EnumWord& known : kind.words) {
    if (&known != &kind.words.front()) reason += ", ";
    reason += known.word;
  }
  return Refuse(std::move(reason));
}

Status SetValue(const EnumKind& kind, Settings& settings, std::span<const std::string> words, SetContext& context) {
  int value = 0;
  if (words.empty()) return RefuseWords(kind);
  for (const std::string& word : words) {
    const EnumWord* known = FindWord(kind, word);
    if (known == nullptr) return RefuseWords(kind);
    value |= known->value;
  }
  DUNLIN_TRY(Check(kind.check, value, settings, context));
  kind.field.set(settings, value);
  return Status::Ok();
}

std::string Show(const EnumKind& kind, const Settings& settings) {
  int value = kind.field.get(settings);
  std::string out;
  for (const EnumWord& known : kind.words) {
    if (known.value == value) return std::string(known.word);
    if (!kind.flags || known.value == 0 || (value & known.value) != known.value) continue;
    if (!out.empty()) out.push_back(' ');
    out += known.word;
  }
  return out;
}

std::vector<RewriteLine> Lines(const EnumKind& kind, const Settings& settings, const Settings& defaults) {
  return {{Show(kind, settings), kind.field.get(settings) != kind.field.get(defaults)}};
}

// --- forms of their own ---

Status SetValue(const SpecialKind& kind, Settings& settings, std::span<const std::string> words, SetContext& context) {
  return kind.set(settings, words, context);
}

std::string Show(const SpecialKind& kind, const Settings& settings) { return kind.show(settings); }

std::vector<RewriteLine> Lines(const SpecialKind& kind, const Settings& settings, const Settings& defaults) {
  return kind.rewrite(settings, defaults);
}

}  // namespace

Status SetDirective(const Directive& directive, Settings& settings, std::span<const std::string> words,
                    SetContext& context) {
  if (!directive.has(kMultiArg) && words.size() != 1) return Refuse("wrong number of arguments");
  return std::visit([&](const auto& kind) { return SetValue(kind, settings, words, context); }, directive.kind);
}

std::string ShowDirective(const Directive& directive, const Settings& settings) {
  return std::visit([&](const auto& kind) { return Show(kind, settings); }, directive.kind);
}

std::vector<RewriteLine> RewriteDirective(const Directive& directive, const Settings& settings,
                                          const Settings& defaults) {
  return std::visit([&](const auto& kind) { return Lines(kind, settings, defaults); }, directive.kind);
}

}  // namespace dunlin::server
