// GEOSEARCH and the older GEORADIUS: whatever the words, it is a walk over the cells of an area.
#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/collection.h"
#include "commands/geo_rows.h"

namespace dunlin::commands::geo_commands {
namespace {

using values::SortedSet;
using values::geo::Area;
using values::geo::Point;

enum class Order : uint8_t { kNone, kNearestFirst, kFarthestFirst };

// What a command's name decides.
struct Form {
  bool search = false;      // GEOSEARCH and GEOSEARCHSTORE: middle and shape are options
  bool by_member = false;   // of the others: the middle is a member
  bool may_store = false;   // STORE and STOREDIST are options
  bool must_store = false;  // GEOSEARCHSTORE
};

struct SearchArguments {
  Area area;
  double unit_meters = 1;
  bool has_middle = false;
  bool middle_of_member = false;
  bool has_shape = false;
  bool with_distance = false;
  bool with_hash = false;
  bool with_coordinates = false;
  Order order = Order::kNone;
  int64_t count = 0;  // 0: all
  bool any = false;   // the first that are found, not the nearest
  std::optional<size_t> store_at;
  bool store_distance = false;
};

struct Found {
  std::string member;
  Point point;
  double distance_meters;
  double score;
};

std::optional<double> NumberArg(Context& ctx, size_t i, std::string_view error) {
  auto number = ParseDouble(ctx.arg(i));
  if (!number) ctx.reply().Error(error);
  return number;
}

// A radius and its unit. False when an error was replied.
bool RadiusArgs(Context& ctx, size_t i, SearchArguments* a) {
  auto radius = NumberArg(ctx, i, "ERR need numeric radius");
  if (!radius) return false;
  if (*radius < 0) {
    ctx.reply().Error("ERR radius cannot be negative");
    return false;
  }
  auto unit = UnitArg(ctx, i + 1);
  if (!unit) return false;
  a->unit_meters = *unit;
  a->area.radius_meters = *radius * *unit;
  a->has_shape = true;
  return true;
}

// A width, a height and their unit. False when an error was replied.
bool BoxArgs(Context& ctx, size_t i, SearchArguments* a) {
  auto width = NumberArg(ctx, i, "ERR need numeric width");
  if (!width) return false;
  auto height = NumberArg(ctx, i + 1, "ERR need numeric height");
  if (!height) return false;
  if (*width < 0 || *height < 0) {
    ctx.reply().Error("ERR height or width cannot be negative");
    return false;
  }
  auto unit = UnitArg(ctx, i + 2);
  if (!unit) return false;
  a->unit_meters = *unit;
  a->area.is_box = true;
  a->area.width_meters = *width * *unit;
  a->area.height_meters = *height * *unit;
  a->has_shape = true;
  return true;
}

// The middle is the member at argument i. False when an error was replied. Without a set there is nothing to be found
// anyway.
bool MemberArg(Context& ctx, size_t i, const SortedSet* set, SearchArguments* a) {
  a->has_middle = a->middle_of_member = true;
  if (set == nullptr) return true;
  auto score = set->Score(ctx.arg(i));
  if (score) {
    a->area.middle = values::geo::PointOf(*score);
  } else {
    ctx.reply().Error("ERR could not decode requested zset member");
  }
  return score.has_value();
}

bool MiddleArgs(Context& ctx, size_t i, SearchArguments* a) {
  auto point = PointArg(ctx, i);
  if (!point) return false;
  a->area.middle = *point;
  a->has_middle = true;
  return true;
}

bool CountArg(Context& ctx, size_t i, SearchArguments* a) {
  auto count = ctx.IntegerArg(i);
  if (!count) return false;
  if (*count <= 0) {
    ctx.reply().Error("ERR COUNT must be > 0");
    return false;
  }
  a->count = *count;
  return true;
}

enum class Parsed : uint8_t { kYes, kNotMine, kFailed };

// The options that say what is replied, and in which order.
Parsed ParseOutputOption(Context& ctx, size_t* i, SearchArguments* a) {
  std::string_view word = ctx.arg(*i);
  if (EqualsIgnoreCase(word, "withdist")) {
    a->with_distance = true;
  } else if (EqualsIgnoreCase(word, "withhash")) {
    a->with_hash = true;
  } else if (EqualsIgnoreCase(word, "withcoord")) {
    a->with_coordinates = true;
  } else if (EqualsIgnoreCase(word, "any")) {
    a->any = true;
  } else if (EqualsIgnoreCase(word, "asc")) {
    a->order = Order::kNearestFirst;
  } else if (EqualsIgnoreCase(word, "desc")) {
    a->order = Order::kFarthestFirst;
  } else if (EqualsIgnoreCase(word, "count") && *i + 1 < ctx.arg_count()) {
    return CountArg(ctx, ++*i, a) ? Parsed::kYes : Parsed::kFailed;
  } else {
    return Parsed::kNotMine;
  }
  return Parsed::kYes;
}

Parsed ParseStoreOption(Context& ctx, size_t* i, const Form& form, SearchArguments* a) {
  bool distance = EqualsIgnoreCase(ctx.arg(*i), "storedist");
  if (form.must_store && distance) {
    a->store_distance = true;
    return Parsed::kYes;
  }
  bool fits = form.may_store && (distance || EqualsIgnoreCase(ctx.arg(*i), "store")) && *i + 1 < ctx.arg_count();
  if (!fits) return Parsed::kNotMine;
  a->store_at = ++*i;
  a->store_distance = distance;
  return Parsed::kYes;
}

// The options of GEOSEARCH that say where.
Parsed ParseAreaOption(Context& ctx, size_t* i, const SortedSet* set, SearchArguments* a) {
  std::string_view word = ctx.arg(*i);
  size_t more = ctx.arg_count() - *i - 1;
  size_t first = *i + 1;
  bool parsed;
  if (EqualsIgnoreCase(word, "frommember") && more >= 1 && (!a->has_middle || a->middle_of_member)) {
    parsed = MemberArg(ctx, first, set, a);
    *i += 1;
  } else if (EqualsIgnoreCase(word, "fromlonlat") && more >= 2 && !a->middle_of_member) {
    parsed = MiddleArgs(ctx, first, a);
    *i += 2;
  } else if (EqualsIgnoreCase(word, "byradius") && more >= 2 && !a->area.is_box) {
    parsed = RadiusArgs(ctx, first, a);
    *i += 2;
  } else if (EqualsIgnoreCase(word, "bybox") && more >= 3 && (!a->has_shape || a->area.is_box)) {
    parsed = BoxArgs(ctx, first, a);
    *i += 3;
  } else {
    return Parsed::kNotMine;
  }
  return parsed ? Parsed::kYes : Parsed::kFailed;
}

// All options from argument i on. False when an error was replied.
bool ParseOptions(Context& ctx, size_t i, const Form& form, const SortedSet* set, SearchArguments* a) {
  for (; i < ctx.arg_count(); ++i) {
    Parsed parsed = ParseOutputOption(ctx, &i, a);
    if (parsed == Parsed::kNotMine) parsed = ParseStoreOption(ctx, &i, form, a);
    if (parsed == Parsed::kNotMine && form.search) parsed = ParseAreaOption(ctx, &i, set, a);
    if (parsed == Parsed::kNotMine) ctx.SyntaxError();
    if (parsed != Parsed::kYes) return false;
  }
  return true;
}

// Whether the options go together. False when an error was replied.
bool Check(Context& ctx, const Form& form, const SearchArguments& a) {
  std::string error;
  std::string name(ctx.arg(0));
  if (a.store_at && (a.with_distance || a.with_hash || a.with_coordinates)) {
    error = form.must_store ? "ERR GEOSEARCHSTORE" : "ERR STORE option in GEORADIUS";
    error += " is not compatible with WITHDIST, WITHHASH and WITHCOORD options";
  } else if (form.search && !a.has_middle) {
    error = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + name;
  } else if (form.search && !a.has_shape) {
    error = "ERR exactly one of BYRADIUS and BYBOX can be specified for " + name;
  } else if (a.any && a.count == 0) {
    error = "ERR the ANY argument requires COUNT argument";
  }
  if (!error.empty()) ctx.reply().Error(error);
  return error.empty();
}

// What stands before the options. False when an error was replied.
bool ParseHead(Context& ctx, const Form& form, const SortedSet* set, SearchArguments* a) {
  if (form.search) return true;
  if (!form.by_member) return MiddleArgs(ctx, 2, a) && RadiusArgs(ctx, 4, a);
  return set == nullptr || (MemberArg(ctx, 2, set, a) && RadiusArgs(ctx, 3, a));
}

// What lies in the area, by cells; `most` of it, or all for 0.
std::vector<Found> Search(const SortedSet& set, const Area& area, size_t most) {
  std::vector<Found> found;
  for (const values::geo::Cell& cell : values::geo::CellsOf(area)) {
    if (most > 0 && found.size() == most) break;
    values::ScoreRange scores{cell.first, cell.end, false, true};
    set.ForEach(set.RanksOf(scores), [&](std::string_view member, double score) {
      if (most > 0 && found.size() == most) return;
      Point point = values::geo::PointOf(score);
      auto distance = values::geo::DistanceInside(area, point);
      if (distance) found.push_back({std::string(member), point, *distance, score});
    });
  }
  return found;
}

// Puts the first `count` in order, and keeps no others.
void Sort(std::vector<Found>* found, Order order, size_t count) {
  if (order == Order::kNone) {
    found->resize(count);
    return;
  }
  auto before = [order](const Found& a, const Found& b) {
    return order == Order::kNearestFirst ? a.distance_meters < b.distance_meters
                                         : a.distance_meters > b.distance_meters;
  };
  if (count == found->size()) {
    std::stable_sort(found->begin(), found->end(), before);
    return;
  }
  std::partial_sort(found->begin(), found->begin() + static_cast<ptrdiff_t>(count), found->end(), before);
  found->resize(count);
}

void Reply(Context& ctx, const std::vector<Found>& found, const SearchArguments& a) {
  size_t parts = 1u + (a.with_distance ? 1 : 0) + (a.with_hash ? 1 : 0) + (a.with_coordinates ? 1 : 0);
  ctx.reply().Array(found.size());
  for (const Found& one : found) {
    if (parts > 1) ctx.reply().Array(parts);
    ctx.reply().Bulk(one.member);
    if (a.with_distance) ReplyDistance(ctx, one.distance_meters / a.unit_meters);
    if (a.with_hash) ctx.reply().Integer(static_cast<int64_t>(one.score));
    if (a.with_coordinates) ReplyPoint(ctx, one.point);
  }
}

void Store(Context& ctx, const std::vector<Found>& found, const SearchArguments& a, std::string_view event) {
  SortedSet result;
  const values::EncodingLimits& limits = ctx.settings().encoding;
  for (const Found& one : found) {
    double score = a.store_distance ? one.distance_meters / a.unit_meters : one.score;
    result.Add(one.member, score, {}, limits, ctx.slot_context().hash_seed);
  }
  StoreResult(ctx, ctx.Ref(ctx.arg(*a.store_at)), std::move(result), kEventSortedSet, event);
}

void Run(Context& ctx, const Form& form) {
  size_t source_at = form.must_store ? 2 : 1;
  bool wrong_type;
  const SortedSet* set = ctx.ReadAs<SortedSet>(ctx.Ref(ctx.arg(source_at)), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  SearchArguments a;
  if (form.must_store) a.store_at = 1;
  if (!ParseHead(ctx, form, set, &a)) return;
  size_t options_at = form.search ? source_at + 1 : form.by_member ? 5 : 6;
  if (!ParseOptions(ctx, options_at, form, set, &a) || !Check(ctx, form, a)) return;
  std::vector<Found> found;
  if (set != nullptr) {
    // The nearest are wanted when only some are, and not just any.
    if (a.count > 0 && a.order == Order::kNone && !a.any) a.order = Order::kNearestFirst;
    found = Search(*set, a.area, a.any ? static_cast<size_t>(a.count) : 0);
    size_t count = a.count == 0 ? found.size() : std::min(found.size(), static_cast<size_t>(a.count));
    Sort(&found, a.order, count);
  }
  if (a.store_at) return Store(ctx, found, a, form.search ? "geosearchstore" : "georadiusstore");
  Reply(ctx, found, a);
}

}  // namespace

void Georadius(Context& ctx) { Run(ctx, {.may_store = true}); }
void GeoradiusRo(Context& ctx) { Run(ctx, {}); }
void Georadiusbymember(Context& ctx) { Run(ctx, {.by_member = true, .may_store = true}); }
void GeoradiusbymemberRo(Context& ctx) { Run(ctx, {.by_member = true}); }
void Geosearch(Context& ctx) { Run(ctx, {.search = true}); }
void Geosearchstore(Context& ctx) { Run(ctx, {.search = true, .must_store = true}); }

}  // namespace dunlin::commands::geo_commands
