#include <fmt/format.h>

#include "base/ascii.h"
#include "server/config.h"
#include "server/help_text.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using commands::CommandSpec;

constexpr std::string_view kHelp[] = {
    "LATENCY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "DOCTOR",
    "    What was noted, in words, with advice.",
    "GRAPH <event>",
    "    The history of an event as a picture.",
    "HISTOGRAM [<command> ...]",
    "    For commands that ran: how many, and how many of them within 1, 2, 4 ... microseconds.",
    "HISTORY <event>",
    "    The noted latencies of an event with their times.",
    "LATEST",
    "    For each event the last latency and the worst.",
    "RESET [<event> ...]",
    "    Forget events, all of them unless some are named.",
};

// What may be done about an event.
struct Advice {
  std::string_view event;
  std::string_view text;
};
constexpr Advice kAdvice[] = {
    {"command", "Look into SLOWLOG for commands that touch many elements at once, and split them up."},
    {"fast-command",
     "Commands that do little took long: the threads did not get the CPU. Look for swapping, for more threads than "
     "CPUs, and for noisy neighbours on the machine."},
    {"expire-cycle", "Many keys or large ones expired together. Spread their times, or set lazyfree-lazy-expire."},
    {"aof-write", "Writing the append-only file took long. Something else keeps the disk busy."},
    {"aof-fsync-always",
     "Every write waits for the disk. A faster disk helps, or appendfsync everysec if a second may be lost."},
};

int64_t NowSeconds(Call& call) { return call.now_ms / 1000; }

void Latest(Call& call) {
  auto histories = call.server.latency().Histories();
  call.reply.Array(histories.size());
  for (const auto& [event, history] : histories) {
    call.reply.Array(4);
    call.reply.Bulk(event);
    call.reply.Integer(history.samples.back().time_s);
    call.reply.Integer(history.samples.back().latency_ms);
    call.reply.Integer(history.highest_ms);
  }
}

void History(Call& call) {
  LatencyMonitor::History history = call.server.latency().HistoryOf(call.args[2]);
  call.reply.Array(history.samples.size());
  for (const LatencyMonitor::Sample& sample : history.samples) {
    call.reply.Array(2);
    call.reply.Integer(sample.time_s);
    call.reply.Integer(sample.latency_ms);
  }
}

void Graph(Call& call) {
  LatencyMonitor::History history = call.server.latency().HistoryOf(call.args[2]);
  if (history.samples.empty()) {
    call.reply.Error("ERR No samples available for event '" + std::string(call.args[2]) + "'");
    return;
  }
  call.reply.Verbatim("txt", DrawLatency(AsciiLowered(call.args[2]), history, NowSeconds(call)));
}

std::string Diagnosis(Call& call) {
  LatencyMonitor& monitor = call.server.latency();
  if (monitor.threshold_ms() == 0) {
    return "Nothing is being noted: latency-monitor-threshold is 0. Set it to the milliseconds from which on an event "
           "is worth knowing about (CONFIG SET latency-monitor-threshold 100), and ask again after a while.\n";
  }
  auto histories = monitor.Histories();
  if (histories.empty()) {
    return fmt::format("Nothing took {} ms or longer since the last LATENCY RESET.\n", monitor.threshold_ms());
  }
  std::string text =
      fmt::format("{} kinds of events took {} ms or longer:\n", histories.size(), monitor.threshold_ms());
  for (const auto& [event, history] : histories) {
    LatencySummary s = Summarize(history, NowSeconds(call));
    text += fmt::format(
        "\n{}: {} times in {} seconds, {:.0f} ms on average (mean deviation {:.0f} ms), at worst {} ms; the worst ever "
        "{} ms.\n",
        event, s.samples, s.period_s, s.average_ms, s.mean_deviation_ms, s.highest_ms, history.highest_ms);
    for (const Advice& advice : kAdvice) {
      if (advice.event == event) text.append("  ").append(advice.text).append("\n");
    }
  }
  return text;
}

void WriteHistogram(Call& call, const CommandSpec& spec, const LatencyHistogram& histogram) {
  call.reply.Bulk(call.server.table().FullName(spec));
  call.reply.Map(2);
  call.reply.Bulk("calls");
  call.reply.Integer(static_cast<int64_t>(histogram.count()));
  call.reply.Bulk("histogram_usec");
  auto steps = histogram.Cumulative(call.server.TicksPerMicrosecond());
  call.reply.Map(steps.size());
  for (const auto& [bound_us, calls] : steps) {
    call.reply.Integer(static_cast<int64_t>(bound_us));
    call.reply.Integer(static_cast<int64_t>(calls));
  }
}

// The rows that a name means: a container stands for its subcommands too.
std::vector<const CommandSpec*> RowsOf(const commands::CommandTable& table, std::string_view name) {
  std::vector<const CommandSpec*> rows;
  size_t bar = name.find('|');
  const CommandSpec* spec = table.Find(name.substr(0, bar));
  if (spec == nullptr) return rows;
  if (bar == std::string_view::npos) rows.push_back(spec);
  for (const CommandSpec& sub : spec->subcommands) {
    if (bar == std::string_view::npos || EqualsIgnoreCase(sub.name, name.substr(bar + 1))) rows.push_back(&sub);
  }
  return rows;
}

void Histogram(Call& call) {
  const commands::CommandTable& table = call.server.table();
  std::vector<const CommandSpec*> rows;
  if (call.args.size() == 2) rows = table.rows_by_id();
  for (std::string_view name : call.args.subspan(2)) {
    std::vector<const CommandSpec*> some = RowsOf(table, name);
    rows.insert(rows.end(), some.begin(), some.end());
  }
  std::vector<std::pair<const CommandSpec*, LatencyHistogram>> found;
  bool done = call.worker.AloneUnlessScriptLingers([&] {
    for (const CommandSpec* spec : rows) {
      LatencyHistogram histogram = call.server.HistogramOf(*spec);
      if (histogram.count() > 0) found.emplace_back(spec, std::move(histogram));
    }
  });
  call.facts_changed = !done;
  if (!done) return;
  call.reply.Map(found.size());
  for (const auto& [spec, histogram] : found) WriteHistogram(call, *spec, histogram);
}

}  // namespace

void OpLatency(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "histogram") return Histogram(call);
  // Whoever has seen what another thread did finds noted here how long that took: who is alone comes after it.
  if (!call.worker.AloneUnlessScriptLingers([] {})) {
    call.facts_changed = true;
    return;
  }
  if (word == "latest") return Latest(call);
  if (word == "history") return History(call);
  if (word == "graph") return Graph(call);
  if (word == "doctor") return call.reply.Verbatim("txt", Diagnosis(call));
  if (word == "reset") return call.reply.Integer(call.server.latency().Forget(call.args.subspan(2)));
  WriteHelp(call.reply, kHelp);
}

}  // namespace dunlin::server
