#include <memory>
#include <new>

#include "base/ascii.h"
#include "commands/context.h"
#include "commands/string_rows.h"

namespace dunlin::commands::string_commands {
namespace {

// The table may take this much and no more: it grows with the product of the lengths.
constexpr uint64_t kMaxTableBytes = uint64_t{1} << 32;

struct LcsOptions {
  bool length_only = false;
  bool ranges = false;
  bool with_lengths = false;
  int64_t min_length = 0;
};

bool Parse(Context& ctx, LcsOptions* o) {
  for (size_t i = 3; i < ctx.arg_count(); ++i) {
    if (EqualsIgnoreCase(ctx.arg(i), "idx")) {
      o->ranges = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "len")) {
      o->length_only = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "withmatchlen")) {
      o->with_lengths = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "minmatchlen") && i + 1 < ctx.arg_count()) {
      auto n = ctx.IntegerArg(++i);
      if (!n) return false;
      o->min_length = std::max<int64_t>(0, *n);
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  if (o->length_only && o->ranges) {
    ctx.reply().Error("ERR If you want both the length and indexes, please just use IDX.");
    return false;
  }
  return true;
}

// length(i, j): of the longest common subsequence of the first i bytes of a and the first j of b.
class Table {
 public:
  static std::unique_ptr<Table> Make(std::string_view a, std::string_view b) {
    uint64_t cells = (static_cast<uint64_t>(a.size()) + 1) * (static_cast<uint64_t>(b.size()) + 1);
    if (cells > kMaxTableBytes / sizeof(uint32_t)) return nullptr;
    std::unique_ptr<uint32_t[]> memory(new (std::nothrow) uint32_t[cells]);
    if (memory == nullptr) return nullptr;
    return std::unique_ptr<Table>(new Table(a, b, std::move(memory)));
  }
  uint32_t length(size_t i, size_t j) const { return cells_[i * width_ + j]; }

 private:
  Table(std::string_view a, std::string_view b, std::unique_ptr<uint32_t[]> cells)
      : width_(b.size() + 1), cells_(std::move(cells)) {
    for (size_t i = 0; i <= a.size(); ++i) {
      for (size_t j = 0; j <= b.size(); ++j) {
        uint32_t& cell = cells_[i * width_ + j];
        if (i == 0 || j == 0) {
          cell = 0;
        } else if (a[i - 1] == b[j - 1]) {
          cell = length(i - 1, j - 1) + 1;
        } else {
          cell = std::max(length(i - 1, j), length(i, j - 1));
        }
      }
    }
  }

  size_t width_;
  std::unique_ptr<uint32_t[]> cells_;
};

struct Match {
  size_t a_first, a_last, b_first, b_last;
  size_t length() const { return a_last - a_first + 1; }
};

// Walks back from the end: the subsequence, and the pieces in which both stand unbroken, from the last to the first.
std::vector<Match> WalkBack(const Table& table, std::string_view a, std::string_view b, std::string* common) {
  std::vector<Match> matches;
  std::optional<Match> open;
  common->resize(table.length(a.size(), b.size()));
  size_t at = common->size();
  size_t i = a.size();
  size_t j = b.size();
  while (i > 0 && j > 0) {
    if (a[i - 1] == b[j - 1]) {
      (*common)[--at] = a[i - 1];
      --i;
      --j;
      if (open && open->a_first == i + 1 && open->b_first == j + 1) {
        open->a_first = i;
        open->b_first = j;
      } else {
        if (open) matches.push_back(*open);
        open = Match{i, i, j, j};
      }
      continue;
    }
    if (table.length(i - 1, j) > table.length(i, j - 1)) {
      --i;
    } else {
      --j;
    }
  }
  if (open) matches.push_back(*open);
  return matches;
}

void WriteRanges(Context& ctx, const std::vector<Match>& matches, const LcsOptions& o, size_t total) {
  resp::ReplyWriter& reply = ctx.reply();
  reply.Map(2);
  reply.Bulk("matches");
  size_t shown = 0;
  auto mark = reply.BeginDeferred();
  for (const Match& match : matches) {
    if (static_cast<int64_t>(match.length()) < o.min_length) continue;
    ++shown;
    reply.Array(o.with_lengths ? 3 : 2);
    reply.Array(2);
    reply.Integer(static_cast<int64_t>(match.a_first));
    reply.Integer(static_cast<int64_t>(match.a_last));
    reply.Array(2);
    reply.Integer(static_cast<int64_t>(match.b_first));
    reply.Integer(static_cast<int64_t>(match.b_last));
    if (o.with_lengths) reply.Integer(static_cast<int64_t>(match.length()));
  }
  reply.EndArray(mark, shown);
  reply.Bulk("len");
  reply.Integer(static_cast<int64_t>(total));
}

}  // namespace

void Lcs(Context& ctx) {
  const store::Entry* first = ctx.Read(ctx.Key(1));
  const store::Entry* second = ctx.Read(ctx.Key(2));
  if ((first != nullptr && !first->is_string()) || (second != nullptr && !second->is_string())) {
    return ctx.reply().Error("ERR The specified keys must contain string values");
  }
  LcsOptions o;
  if (!Parse(ctx, &o)) return;
  store::Entry::Scratch scratch_a;
  store::Entry::Scratch scratch_b;
  std::string_view a = first == nullptr ? std::string_view() : first->StringBytes(scratch_a);
  std::string_view b = second == nullptr ? std::string_view() : second->StringBytes(scratch_b);
  auto table = Table::Make(a, b);
  if (table == nullptr) return ctx.reply().Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  size_t total = table->length(a.size(), b.size());
  if (o.length_only) return ctx.reply().Integer(static_cast<int64_t>(total));
  std::string common;
  std::vector<Match> matches = WalkBack(*table, a, b, &common);
  if (o.ranges) return WriteRanges(ctx, matches, o, total);
  ctx.reply().Bulk(common);
}

}  // namespace dunlin::commands::string_commands
