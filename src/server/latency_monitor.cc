#include "server/latency_monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/ascii.h"

namespace dunlin::server {
namespace {

constexpr size_t kMaxSamples = 160;
constexpr size_t kColumns = 80;
constexpr int kRows = 4;
// A row is drawn empty, half or full.
constexpr std::string_view kBars = " _|";

std::string Age(int64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 24 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / (24 * 3600));
}

// Columns of characters, printed as lines without blanks at their ends.
class Canvas {
 public:
  void Put(size_t row, size_t column, char c) {
    if (rows_.size() <= row) rows_.resize(row + 1);
    if (rows_[row].size() <= column) rows_[row].resize(column + 1, ' ');
    rows_[row][column] = c;
  }
  std::string Text() const {
    std::string text;
    for (const std::string& row : rows_) text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
    return text;
  }

 private:
  std::vector<std::string> rows_;
};

}  // namespace

void LatencyMonitor::Note(std::string_view event, int64_t latency_ms, int64_t now_s) {
  int64_t threshold = threshold_ms();
  if (threshold == 0 || latency_ms < threshold) return;
  MutexLock lock(mutex_);
  History& history = histories_[std::string(event)];
  history.highest_ms = std::max(history.highest_ms, latency_ms);
  if (!history.samples.empty() && history.samples.back().time_s == now_s) {
    history.samples.back().latency_ms = std::max(history.samples.back().latency_ms, latency_ms);
    return;
  }
  if (history.samples.size() == kMaxSamples) history.samples.pop_front();
  history.samples.push_back({now_s, latency_ms});
}

std::map<std::string, LatencyMonitor::History> LatencyMonitor::Histories() const {
  MutexLock lock(mutex_);
  return {histories_.begin(), histories_.end()};
}

LatencyMonitor::History LatencyMonitor::HistoryOf(std::string_view event) const {
  MutexLock lock(mutex_);
  for (const auto& [name, history] : histories_) {
    if (EqualsIgnoreCase(name, event)) return history;
  }
  return {};
}

int64_t LatencyMonitor::Forget(std::span<const std::string_view> events) {
  MutexLock lock(mutex_);
  auto is_meant = [events](const auto& entry) {
    return events.empty() ||
           std::ranges::any_of(events, [&](std::string_view event) { return EqualsIgnoreCase(entry.first, event); });
  };
  return static_cast<int64_t>(std::erase_if(histories_, is_meant));
}

LatencySummary Summarize(const LatencyMonitor::History& history, int64_t now_s) {
  LatencySummary summary;
  if (history.samples.empty()) return summary;
  summary.samples = history.samples.size();
  auto count = static_cast<double>(summary.samples);
  auto [lowest, highest] = std::ranges::minmax(history.samples, {}, &LatencyMonitor::Sample::latency_ms);
  summary.lowest_ms = lowest.latency_ms;
  summary.highest_ms = highest.latency_ms;
  for (const auto& sample : history.samples) summary.average_ms += static_cast<double>(sample.latency_ms) / count;
  for (const auto& sample : history.samples) {
    summary.mean_deviation_ms += std::abs(static_cast<double>(sample.latency_ms) - summary.average_ms) / count;
  }
  summary.period_s = std::max<int64_t>(now_s - history.samples.front().time_s, 1);
  return summary;
}

std::string DrawLatency(std::string_view event, const LatencyMonitor::History& history, int64_t now_s) {
  LatencySummary summary = Summarize(history, now_s);
  std::string text = fmt::format("{} - high {} ms, low {} ms (all time high {} ms)\n{:->{}}\n", event,
                                 summary.highest_ms, summary.lowest_ms, history.highest_ms, "", kColumns);
  constexpr int64_t kSteps = kRows * (static_cast<int64_t>(kBars.size()) - 1);
  int64_t spread = std::max<int64_t>(summary.highest_ms - summary.lowest_ms, 1);
  for (size_t first = 0; first < history.samples.size(); first += kColumns) {
    Canvas canvas;
    size_t end = std::min(first + kColumns, history.samples.size());
    for (size_t i = first; i < end; ++i) {
      const LatencyMonitor::Sample& sample = history.samples[i];
      // The lowest is seen too.
      int64_t height = 1 + (sample.latency_ms - summary.lowest_ms) * (kSteps - 1) / spread;
      for (int row = kRows - 1; row >= 0; --row) {
        auto bar = static_cast<size_t>(std::clamp<int64_t>(height, 0, static_cast<int64_t>(kBars.size()) - 1));
        canvas.Put(static_cast<size_t>(row), i - first, kBars[bar]);
        height -= static_cast<int64_t>(kBars.size()) - 1;
      }
      std::string age = Age(now_s - sample.time_s);
      for (size_t c = 0; c < age.size(); ++c) canvas.Put(kRows + 1 + c, i - first, age[c]);
    }
    text += canvas.Text();
  }
  return text;
}

}  // namespace dunlin::server
