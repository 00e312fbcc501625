// For tests of handlers: a store, the table of commands and a clock that stands still, behind one line of words.
//
//   CommandBench bench;
//   EXPECT_EQ(bench.Run("RPUSH k a 'b c' 3"), "3");
//   EXPECT_EQ(bench.Run("LRANGE k 0 -1"), "[a, b c, 3]");
//   EXPECT_EQ(bench.events(), "rpush k");   // of the last Run
//   EXPECT_EQ(bench.told(), "RPUSH k a b c 3");
//
// Replies are spelled so that their types can be told apart where it matters: integers and bulk strings bare, simple
// strings as "+OK", errors as "-ERR ...", absent values as "nil" (RESP2 array: "nil-array"), arrays as "[a, b]", sets
// as "{a, b}", maps as "{a: b}", doubles as ",1.5". A command that waits gives "(waits)".
//
// Thread: one at a time.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "base/quoted.h"
#include "commands/context.h"
#include "commands/table.h"

namespace dunlin::commands {

class CommandBench {
 public:
  explicit CommandBench(uint64_t seed = 1) : store_(16, 12345), random_(seed) {}

  // --- circumstances of the commands to come ---
  int64_t now_ms = 1'700'000'000'000;
  int resp_version = 2;
  DbIndex db;
  ExpiryRule expiry = ExpiryRule::kDelete;
  bool may_wait = true;
  bool from_primary = false;
  HandlerSettings settings;

  store::Store& store() { return store_; }
  Random& random() { return random_; }
  const CommandTable& table() const { return table_; }

  // Runs words in quotes, as an inline command has them.
  std::string Run(std::string_view line) {
    std::vector<std::string> words;
    if (!SplitQuoted(line, &words)) return "(unbalanced quotes)";
    return Run(words);
  }
  std::string Run(const std::vector<std::string>& words) {
    raw_ = RunRaw(words);
    if (wait_) return "(waits)";
    std::string_view rest = raw_;
    std::string text = Spell(&rest);
    return rest.empty() ? text : text + " (and more)";
  }
  // The bytes of the reply.
  std::string RunRaw(const std::vector<std::string>& words) {
    std::vector<std::string_view> args(words.begin(), words.end());
    bool unknown_subcommand;
    const CommandSpec* spec = table_.Resolve(args, &unknown_subcommand);
    if (spec == nullptr || unknown_subcommand || spec->handler == nullptr) return "-ERR (no such handler)\r\n";
    if (!ArityFits(*spec, args.size())) return "-ERR (arity)\r\n";
    last_ = words;
    changes_.Begin(UINT32_MAX, true, true);
    Buffer out;
    resp::ReplyWriter reply(out, resp_version);
    Context::Frame frame{store_, settings, stats_, random_, changes_, db};
    frame.now_ms = now_ms;
    frame.expiry = expiry;
    frame.deny_blocking = !may_wait;
    frame.from_primary = from_primary;
    Context context(frame, *spec, args, reply);
    spec->handler(context);
    wait_ = context.TakeWait();
    return std::string(out.view());
  }

  // --- what the last command did ---
  const std::string& raw() const { return raw_; }
  const std::optional<WaitFor>& wait() const { return wait_; }
  const HandlerStats& stats() const { return stats_; }
  const Changes& changes() const { return changes_; }
  int64_t dirty() const { return changes_.dirty(); }
  // "rpush k, del k".
  std::string events() const {
    std::string text;
    for (const KeyEvent& event : changes_.events()) {
      if (event.event_class == kEventKeyMiss) continue;
      Separate(&text, ", ");
      text.append(event.event).append(" ").append(event.key);
    }
    return text;
  }
  // What replicas are told, in order: "DEL k; RPUSH k a".
  std::string told() const {
    std::string text;
    for (const Told& told : changes_.before()) AppendTold(&text, told.args);
    for (const Told& told : changes_.told()) AppendTold(&text, told.args);
    std::vector<std::string> as_it_came = last_;
    for (const auto& [index, word] : changes_.replaced()) as_it_came[index] = word;
    if (changes_.verbatim()) AppendTold(&text, as_it_came);
    return text;
  }
  std::string ready() const {
    std::string text;
    for (const Changes::Key& key : changes_.ready()) {
      Separate(&text, ", ");
      text.append(key.key);
    }
    return text;
  }

  // The elements of a reply that is an array or a set, in order of their texts.
  static std::string Sorted(std::string_view reply) {
    if (reply.size() < 2) return std::string(reply);
    std::vector<std::string> elements;
    std::string_view inside = reply.substr(1, reply.size() - 2);
    while (!inside.empty()) {
      size_t end = std::min(inside.find(", "), inside.size());
      elements.emplace_back(inside.substr(0, end));
      inside.remove_prefix(std::min(end + 2, inside.size()));
    }
    std::sort(elements.begin(), elements.end());
    std::string text(1, reply.front());
    for (const std::string& element : elements) {
      if (text.size() > 1) text.append(", ");
      text.append(element);
    }
    return text + reply.back();
  }

 private:
  static void Separate(std::string* text, std::string_view separator) {
    if (!text->empty()) text->append(separator);
  }
  static void AppendTold(std::string* text, const std::vector<std::string>& args) {
    Separate(text, "; ");
    for (size_t i = 0; i < args.size(); ++i) {
      if (i > 0) text->append(" ");
      text->append(args[i]);
    }
  }
  static std::string_view TakeLine(std::string_view* rest) {
    size_t end = std::min(rest->find("\r\n"), rest->size());
    std::string_view line = rest->substr(0, end);
    rest->remove_prefix(std::min(end + 2, rest->size()));
    return line;
  }
  static std::string Spell(std::string_view* rest) {
    std::string_view line = TakeLine(rest);
    if (line.empty()) return "(nothing)";
    std::string_view body = line.substr(1);
    long count = 0;
    std::from_chars(body.data(), body.data() + body.size(), count);
    switch (line[0]) {
      case ':': return std::string(body);
      case '+':
      case '-':
      case ',':
      case '#': return std::string(line);
      case '_': return "nil";
      case '$': {
        if (count < 0) return "nil";
        std::string text(rest->substr(0, static_cast<size_t>(count)));
        rest->remove_prefix(std::min(static_cast<size_t>(count) + 2, rest->size()));
        return text;
      }
      case '*': return count < 0 ? "nil-array" : SpellAll(rest, count, "[]");
      case '~':
      case '>': return SpellAll(rest, count, "{}");
      case '%': return SpellMap(rest, count);
      default: return "(unknown reply)";
    }
  }
  static std::string SpellAll(std::string_view* rest, long count, std::string_view brackets) {
    std::string text(1, brackets[0]);
    for (long i = 0; i < count; ++i) text.append(i == 0 ? "" : ", ").append(Spell(rest));
    return text + brackets[1];
  }
  static std::string SpellMap(std::string_view* rest, long pairs) {
    std::string text = "{";
    for (long i = 0; i < pairs; ++i) {
      text.append(i == 0 ? "" : ", ").append(Spell(rest)).append(": ");
      text.append(Spell(rest));
    }
    return text + "}";
  }

  CommandTable table_;
  store::Store store_;
  Random random_;
  HandlerStats stats_;
  Changes changes_;
  std::optional<WaitFor> wait_;
  std::vector<std::string> last_;
  std::string raw_;
};

}  // namespace dunlin::commands
