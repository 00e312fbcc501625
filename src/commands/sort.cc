// SORT and SORT_RO.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/collection.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using values::Hash;
using values::List;
using values::Set;
using values::SortedSet;

struct SortArguments {
  bool descending = false;
  bool alphabetic = false;
  bool keep_order = false;  // BY something without a place for the element
  int64_t skipped = 0;      // LIMIT
  int64_t limit = -1;
  std::optional<std::string_view> by;
  std::vector<std::string_view> get;
  std::optional<size_t> store_at;
};

// False, with the error, when keys may not be found by patterns.
bool MayUsePattern(Context& ctx, std::string_view option) {
  std::string_view reason;
  if (ctx.frame().cluster_enabled) {
    reason = " option of SORT denied in Cluster mode.";
  } else if (!ctx.frame().reads_any_key) {
    reason = " option of SORT denied due to insufficient ACL permissions.";
  } else {
    return true;
  }
  ctx.reply().Error(std::string("ERR ").append(option).append(reason));
  return false;
}

bool ParseLimit(Context& ctx, size_t i, SortArguments* a) {
  auto skipped = ctx.IntegerArg(i);
  if (!skipped) return false;
  auto limit = ctx.IntegerArg(i + 1);
  if (!limit) return false;
  a->skipped = *skipped;
  a->limit = *limit;
  return true;
}

// The option at argument *i, which becomes its last one. False when an error was replied.
bool ParseOption(Context& ctx, bool may_store, size_t* i, SortArguments* a) {
  std::string_view word = ctx.arg(*i);
  size_t more = ctx.arg_count() - *i - 1;
  if (EqualsIgnoreCase(word, "asc") || EqualsIgnoreCase(word, "desc")) {
    a->descending = EqualsIgnoreCase(word, "desc");
  } else if (EqualsIgnoreCase(word, "alpha")) {
    a->alphabetic = true;
  } else if (EqualsIgnoreCase(word, "limit") && more >= 2) {
    *i += 2;
    return ParseLimit(ctx, *i - 1, a);
  } else if (may_store && EqualsIgnoreCase(word, "store") && more >= 1) {
    a->store_at = ++*i;
  } else if (EqualsIgnoreCase(word, "by") && more >= 1) {
    a->by = ctx.arg(++*i);
    if (a->by->find('*') != std::string_view::npos) return MayUsePattern(ctx, "BY");
    a->keep_order = true;
  } else if (EqualsIgnoreCase(word, "get") && more >= 1) {
    if (!MayUsePattern(ctx, "GET")) return false;
    a->get.push_back(ctx.arg(++*i));
  } else {
    ctx.SyntaxError();
    return false;
  }
  return true;
}

bool Parse(Context& ctx, bool may_store, SortArguments* a) {
  for (size_t i = 2; i < ctx.arg_count(); ++i) {
    if (!ParseOption(ctx, may_store, &i, a)) return false;
  }
  return true;
}

// What a pattern means for an element: "#" is the element; else the first "*" becomes the element, and that names a
// string, or, with "->field" behind it, a field of a hash. Nothing when there is none.
std::optional<std::string> LookUp(Context& ctx, std::string_view pattern, std::string_view element) {
  if (pattern == "#") return std::string(element);
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return std::nullopt;
  size_t arrow = pattern.find("->", star + 1);
  bool has_field = arrow != std::string_view::npos && arrow + 2 < pattern.size();
  std::string_view name = has_field ? pattern.substr(0, arrow) : pattern;
  std::string key(name.substr(0, star));
  key.append(element).append(name.substr(star + 1));
  const store::Entry* entry = ctx.Read(ctx.Ref(key));
  if (entry == nullptr) return std::nullopt;
  if (!has_field) {
    if (!entry->is_string()) return std::nullopt;
    store::Entry::Scratch scratch;
    return std::string(entry->StringBytes(scratch));
  }
  if (entry->type() != values::Type::kHash) return std::nullopt;
  auto value = entry->As<Hash>().Get(pattern.substr(arrow + 2));
  return value ? std::optional(value->ToString()) : std::nullopt;
}

// As strtod reads a whole text.
std::optional<double> ParseWeight(const std::string& text) {
  errno = 0;
  char* end;
  double weight = std::strtod(text.c_str(), &end);
  if (*end != '\0' || errno == ERANGE || std::isnan(weight)) return std::nullopt;
  return weight;
}

struct Item {
  std::string element;
  double weight = 0;
  std::optional<std::string> text = {};  // to be sorted by, with BY
};

// The elements of what is sorted; nothing of an absent key.
std::vector<Item> ElementsOf(const store::Entry* entry, bool descending) {
  std::vector<Item> items;
  if (entry == nullptr) return items;
  auto add = [&items](std::string_view element) { items.push_back({std::string(element)}); };
  if (entry->type() == values::Type::kSet) {
    entry->As<Set>().ForEach(add);
  } else if (entry->type() == values::Type::kList) {
    entry->As<List>().ForEach(0, UINT64_MAX, add);
  } else {
    entry->As<SortedSet>().ForEach([&add](std::string_view member, double) { add(member); });
  }
  // The order of lists and sorted sets is kept when there is nothing to sort by; of sets there is none.
  if (descending && entry->type() != values::Type::kSet) std::reverse(items.begin(), items.end());
  return items;
}

// False when some weight is not a number.
bool Weigh(Context& ctx, const SortArguments& a, std::vector<Item>* items) {
  bool all_numbers = true;
  for (Item& item : *items) {
    std::optional<std::string> value = a.by ? LookUp(ctx, *a.by, item.element) : std::nullopt;
    if (a.alphabetic) {
      item.text = std::move(value);
      continue;
    }
    if (a.by && !value) continue;
    auto weight = ParseWeight(a.by ? *value : item.element);
    all_numbers = all_numbers && weight.has_value();
    item.weight = weight.value_or(0);
  }
  return all_numbers;
}

// Below, at or above 0.
int Compare(const Item& a, const Item& b, bool alphabetic, bool by_text) {
  if (alphabetic && by_text) {
    if (a.text && b.text) return a.text->compare(*b.text);
    return (a.text ? 1 : 0) - (b.text ? 1 : 0);
  }
  if (!alphabetic && a.weight != b.weight) return a.weight < b.weight ? -1 : 1;
  return a.element.compare(b.element);
}

void SortItems(const SortArguments& a, std::vector<Item>* items) {
  std::stable_sort(items->begin(), items->end(), [&a](const Item& left, const Item& right) {
    int compared = Compare(left, right, a.alphabetic, a.by.has_value());
    return a.descending ? compared > 0 : compared < 0;
  });
}

void ApplyLimit(const SortArguments& a, std::vector<Item>* items) {
  auto size = static_cast<int64_t>(items->size());
  int64_t first = std::clamp<int64_t>(a.skipped, 0, size);
  int64_t count = a.limit < 0 ? size : std::min(a.limit, size);
  count = std::min(count, size - first);
  items->erase(items->begin() + first + count, items->end());
  items->erase(items->begin(), items->begin() + first);
}

void ReplyItems(Context& ctx, const SortArguments& a, const std::vector<Item>& items) {
  ctx.reply().Array(items.size() * std::max<size_t>(a.get.size(), 1));
  for (const Item& item : items) {
    if (a.get.empty()) ctx.reply().Bulk(item.element);
    for (std::string_view pattern : a.get) {
      auto value = LookUp(ctx, pattern, item.element);
      value ? ctx.reply().Bulk(*value) : ctx.reply().Null();
    }
  }
}

void StoreItems(Context& ctx, const SortArguments& a, const std::vector<Item>& items) {
  List result;
  const values::EncodingLimits& limits = ctx.settings().encoding;
  for (const Item& item : items) {
    if (a.get.empty()) result.Push(values::ListEnd::kBack, item.element, limits);
    for (std::string_view pattern : a.get) {
      result.Push(values::ListEnd::kBack, LookUp(ctx, pattern, item.element).value_or(""), limits);
    }
  }
  StoreResult(ctx, ctx.Ref(ctx.arg(*a.store_at)), std::move(result), kEventList, "sortstore");
}

void Run(Context& ctx, bool may_store) {
  SortArguments a;
  if (!Parse(ctx, may_store, &a)) return;
  const store::Entry* entry = ctx.Read(ctx.Key(1));
  bool is_set = entry != nullptr && entry->type() == values::Type::kSet;
  bool can_be_sorted =
      entry == nullptr || is_set || entry->type() == values::Type::kList || entry->type() == values::Type::kSortedSet;
  if (!can_be_sorted) return ctx.WrongType();
  // A set has no order that replicas and scripts could rely on.
  if (a.keep_order && is_set && (a.store_at || ctx.frame().in_script)) {
    a.keep_order = false;
    a.alphabetic = true;
    a.by.reset();
  }
  std::vector<Item> items = ElementsOf(entry, a.keep_order && a.descending);
  if (!a.keep_order) {
    if (!Weigh(ctx, a, &items)) return ctx.reply().Error("ERR One or more scores can't be converted into double");
    SortItems(a, &items);
  }
  ApplyLimit(a, &items);
  a.store_at ? StoreItems(ctx, a, items) : ReplyItems(ctx, a, items);
}

void Sort(Context& ctx) { Run(ctx, true); }
void SortRo(Context& ctx) { Run(ctx, false); }

// Calls fn(std::string_view option, size_t value_at) for all options that have a value.
template <typename Fn>
void ForEachOption(Args args, Fn&& fn) {
  for (size_t i = 2; i < args.size(); ++i) {
    if (EqualsIgnoreCase(args[i], "limit")) {
      i += 2;
    } else if (EqualsIgnoreCase(args[i], "get") || EqualsIgnoreCase(args[i], "by") ||
               EqualsIgnoreCase(args[i], "store")) {
      if (i + 1 < args.size()) fn(args[i], i + 1);
      ++i;
    }
  }
}

// What is sorted and where it goes. Keys that patterns name cannot be known beforehand.
bool FindSortKeys(Args args, std::vector<KeyPosition>* out) {
  out->push_back({1, kKeyRO | kKeyAccess});
  std::optional<size_t> store_at;
  ForEachOption(args, [&store_at](std::string_view option, size_t value_at) {
    if (EqualsIgnoreCase(option, "store")) store_at = value_at;
  });
  if (store_at) out->push_back({static_cast<int>(*store_at), kKeyOW | kKeyUpdate});
  return true;
}

bool UsesPatterns(Args args) {
  bool uses = false;
  ForEachOption(args, [&](std::string_view option, size_t value_at) {
    bool pattern = args[value_at].find('*') != std::string_view::npos;
    uses = uses || (pattern && !EqualsIgnoreCase(option, "store"));
  });
  return uses;
}

constexpr KeySpec UnknownKeys(uint16_t flags) {
  return {.flags = flags, .begin = KeySpec::Begin::kUnknown, .find = KeySpec::Find::kUnknown};
}

constexpr KeySpec kSortKeys[] = {Key(kKeyRO | kKeyAccess), UnknownKeys(kKeyRO | kKeyAccess),
                                 UnknownKeys(kKeyOW | kKeyUpdate)};
constexpr KeySpec kSortRoKeys[] = {Key(kKeyRO | kKeyAccess), UnknownKeys(kKeyRO | kKeyAccess)};

constexpr uint32_t kCategories = kAclSet | kAclSortedSet | kAclList | kAclDangerous;

constexpr CommandSpec kRows[] = {
    {.name = "sort",
     .arity = -2,
     .flags = kWrite | kDenyOom,
     .categories = kCategories,
     .group = Group::kGeneric,
     .keys = kSortKeys,
     .key_finder = FindSortKeys,
     .handler = Sort,
     .needs_all_slots = UsesPatterns,
     .since = "1.0.0",
     .summary = "Sorts a list, a set or a sorted set, and gives or stores the result."},
    {.name = "sort_ro",
     .arity = -2,
     .flags = kReadonly,
     .categories = kCategories,
     .group = Group::kGeneric,
     .keys = kSortRoKeys,
     .handler = SortRo,
     .needs_all_slots = UsesPatterns,
     .since = "7.0.0",
     .summary = "Sorts a list, a set or a sorted set."},
};

}  // namespace

std::span<const CommandSpec> SortCommands() { return kRows; }

}  // namespace dunlin::commands
