#include <cmath>
#include <cstdio>

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/context.h"
#include "commands/geo_rows.h"
#include "commands/sorted_set_rows.h"

namespace dunlin::commands::geo_commands {
namespace {

using values::SortedSet;
using values::geo::Point;

// The set at argument 1; null when there is none. Otherwise replies the error.
const SortedSet* SetArg(Context& ctx, bool* failed) {
  const SortedSet* set = ctx.ReadAs<SortedSet>(ctx.Key(1), failed);
  if (*failed) ctx.WrongType();
  return set;
}

std::optional<double> ScoreOf(const SortedSet* set, std::string_view member) {
  return set == nullptr ? std::nullopt : set->Score(member);
}

void ReplyDegrees(Context& ctx, double degrees) {
  std::string text = FormatLongDouble(degrees);
  if (!ctx.reply().resp3()) return ctx.reply().Bulk(text);
  ctx.reply().Raw("," + text + "\r\n");
}

// How many arguments from 2 on are options: NX, XX and CH.
size_t CountOptions(Context& ctx, bool* only_new, bool* only_existing) {
  size_t i = 2;
  for (; i < ctx.arg_count(); ++i) {
    if (EqualsIgnoreCase(ctx.arg(i), "nx")) {
      *only_new = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "xx")) {
      *only_existing = true;
    } else if (!EqualsIgnoreCase(ctx.arg(i), "ch")) {
      break;
    }
  }
  return i - 2;
}

}  // namespace

std::optional<Point> PointArg(Context& ctx, size_t i) {
  auto longitude = ctx.DoubleArg(i);
  if (!longitude) return std::nullopt;
  auto latitude = ctx.DoubleArg(i + 1);
  if (!latitude) return std::nullopt;
  Point point{*longitude, *latitude};
  if (point.is_valid()) return point;
  std::string text(1000, '\0');
  int size =
      std::snprintf(text.data(), text.size(), "ERR invalid longitude,latitude pair %f,%f", *longitude, *latitude);
  text.resize(static_cast<size_t>(size));
  ctx.reply().Error(text);
  return std::nullopt;
}

std::optional<double> UnitArg(Context& ctx, size_t i) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}};
  for (const auto& [name, meters] : kUnits) {
    if (EqualsIgnoreCase(ctx.arg(i), name)) return meters;
  }
  ctx.reply().Error("ERR unsupported unit provided. please use M, KM, FT, MI");
  return std::nullopt;
}

void ReplyDistance(Context& ctx, double distance) {
  char text[64];
  long long rounded = std::llrint(distance * 10000);
  int size = std::snprintf(text, sizeof text, "%lld.%04lld", rounded / 10000, rounded % 10000);
  ctx.reply().Bulk({text, static_cast<size_t>(size)});
}

void ReplyPoint(Context& ctx, const Point& point) {
  ctx.reply().Array(2);
  ReplyDegrees(ctx, point.longitude);
  ReplyDegrees(ctx, point.latitude);
}

// A ZADD of scores, and told as that.
void Geoadd(Context& ctx) {
  bool only_new = false;
  bool only_existing = false;
  size_t first = 2 + CountOptions(ctx, &only_new, &only_existing);
  if ((ctx.arg_count() - first) % 3 != 0 || (only_new && only_existing)) return ctx.SyntaxError();
  std::vector<std::string> words{"ZADD"};
  for (size_t i = 1; i < first; ++i) words.emplace_back(ctx.arg(i));
  for (size_t i = first; i < ctx.arg_count(); i += 3) {
    auto point = PointArg(ctx, i);
    if (!point) return;
    words.push_back(std::to_string(values::geo::ScoreOf(*point)));
    words.emplace_back(ctx.arg(i + 2));
  }
  std::vector<std::string_view> views(words.begin(), words.end());
  Context add(ctx.frame(), ctx.spec(), views, ctx.reply());
  sorted_set_commands::Zadd(add);
  if (ctx.changes().dirty() > 0) ctx.changes().TellInstead(ctx.db(), std::move(words));
}

void Geodist(Context& ctx) {
  if (ctx.arg_count() > 5) return ctx.SyntaxError();
  std::optional<double> unit = 1;
  if (ctx.arg_count() == 5) unit = UnitArg(ctx, 4);
  if (!unit) return;
  bool failed;
  const SortedSet* set = SetArg(ctx, &failed);
  if (failed) return;
  auto from = ScoreOf(set, ctx.arg(2));
  auto to = ScoreOf(set, ctx.arg(3));
  if (!from || !to) return ctx.reply().Null();
  double meters = values::geo::DistanceMeters(values::geo::PointOf(*from), values::geo::PointOf(*to));
  ReplyDistance(ctx, meters / *unit);
}

void Geohash(Context& ctx) {
  bool failed;
  const SortedSet* set = SetArg(ctx, &failed);
  if (failed) return;
  ctx.reply().Array(ctx.arg_count() - 2);
  for (size_t i = 2; i < ctx.arg_count(); ++i) {
    auto score = ScoreOf(set, ctx.arg(i));
    score ? ctx.reply().Bulk(values::geo::StandardHash(values::geo::PointOf(*score))) : ctx.reply().Null();
  }
}

void Geopos(Context& ctx) {
  bool failed;
  const SortedSet* set = SetArg(ctx, &failed);
  if (failed) return;
  ctx.reply().Array(ctx.arg_count() - 2);
  for (size_t i = 2; i < ctx.arg_count(); ++i) {
    auto score = ScoreOf(set, ctx.arg(i));
    score ? ReplyPoint(ctx, values::geo::PointOf(*score)) : ctx.reply().NullArray();
  }
}

}  // namespace dunlin::commands::geo_commands
