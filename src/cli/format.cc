#include "cli/format.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/invariant.h"
#include "base/numbers.h"
#include "base/quoted.h"
#include "cli/arguments.h"

namespace dunlin::cli {
namespace {

using resp::Reply;
using resp::ReplyKind;

// ---- Standard: types, quotes and numbered elements.

std::string_view EmptyAggregate(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kMap: return "(empty hash)\n";
    case ReplyKind::kSet: return "(empty set)\n";
    case ReplyKind::kPush: return "(empty push)\n";
    default: return "(empty array)\n";
  }
}

char IndexSign(ReplyKind kind) {
  if (kind == ReplyKind::kSet) return '~';
  return kind == ReplyKind::kMap ? '#' : ')';
}

// Whether the value takes more than one line.
bool IsTall(const Reply& reply) {
  if (!reply.IsAggregate() || reply.elements.empty()) return false;
  size_t parts = reply.kind == ReplyKind::kMap ? 2 : 1;
  return reply.elements.size() > parts || IsTall(reply.elements.back());
}

class StandardForm {
 public:
  explicit StandardForm(std::string& out) : out_(out) {}

  // `indent` stands before every line but the first.
  void Add(const Reply& reply, const std::string& indent) {
    switch (reply.kind) {
      case ReplyKind::kError: fmt::format_to(std::back_inserter(out_), "(error) {}\n", reply.text); break;
      case ReplyKind::kInteger: fmt::format_to(std::back_inserter(out_), "(integer) {}\n", reply.integer); break;
      case ReplyKind::kDouble: fmt::format_to(std::back_inserter(out_), "(double) {}\n", reply.text); break;
      case ReplyKind::kString:
        AppendQuoted(out_, reply.text);
        out_.push_back('\n');
        break;
      case ReplyKind::kNull: out_.append("(nil)\n"); break;
      case ReplyKind::kBool: out_.append(reply.integer != 0 ? "(true)\n" : "(false)\n"); break;
      case ReplyKind::kStatus:
      case ReplyKind::kVerbatim:
      case ReplyKind::kBigNumber: out_.append(reply.text).push_back('\n'); break;
      case ReplyKind::kArray:
      case ReplyKind::kSet:
      case ReplyKind::kPush:
      case ReplyKind::kMap: AddElements(reply, indent); break;
    }
  }

 private:
  void AddElements(const Reply& reply, const std::string& indent) {
    if (reply.elements.empty()) {
      out_.append(EmptyAggregate(reply.kind));
      return;
    }
    bool is_map = reply.kind == ReplyKind::kMap;
    size_t step = is_map ? 2 : 1;
    size_t width = fmt::formatted_size("{}", reply.elements.size() / step);
    std::string deeper = indent + std::string(width + 2, ' ');
    for (size_t i = 0; i + step <= reply.elements.size(); i += step) {
      if (i > 0) out_.append(indent);
      fmt::format_to(std::back_inserter(out_), "{:>{}}{} ", i / step + 1, width, IndexSign(reply.kind));
      Add(reply.elements[i], deeper);
      if (is_map) AddMapValue(reply.elements[i + 1], deeper);
    }
  }

  void AddMapValue(const Reply& value, const std::string& indent) {
    out_.pop_back();
    out_.append(" => ");
    if (IsTall(value)) out_.append("\n").append(indent);
    Add(value, indent);
  }

  std::string& out_;
};

// ---- Raw: the bytes and nothing else.

void AddRaw(std::string& out, const Reply& reply, std::string_view delimiter) {
  switch (reply.kind) {
    case ReplyKind::kNull: break;
    case ReplyKind::kError: out.append(reply.text).push_back('\n'); break;
    case ReplyKind::kBool: out.append(reply.integer != 0 ? "(true)" : "(false)"); break;
    case ReplyKind::kInteger: AppendInt64(out, reply.integer); break;
    case ReplyKind::kStatus:
    case ReplyKind::kString:
    case ReplyKind::kVerbatim:
    case ReplyKind::kBigNumber:
    case ReplyKind::kDouble: out.append(reply.text); break;
    case ReplyKind::kArray:
    case ReplyKind::kSet:
    case ReplyKind::kPush:
    case ReplyKind::kMap:
      for (size_t i = 0; i < reply.elements.size(); ++i) {
        bool is_value = reply.kind == ReplyKind::kMap && i % 2 == 1;
        if (i > 0) out.append(is_value ? " " : delimiter);
        AddRaw(out, reply.elements[i], delimiter);
      }
  }
}

// ---- CSV: one flat line.

void AddCsv(std::string& out, const Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::kNull: out.append("NULL"); break;
    case ReplyKind::kError:
      out.append("ERROR,");
      AppendQuoted(out, reply.text);
      break;
    case ReplyKind::kBool: out.append(reply.integer != 0 ? "true" : "false"); break;
    case ReplyKind::kInteger: AppendInt64(out, reply.integer); break;
    case ReplyKind::kDouble:
    case ReplyKind::kBigNumber: out.append(reply.text); break;
    case ReplyKind::kStatus:
    case ReplyKind::kString:
    case ReplyKind::kVerbatim: AppendQuoted(out, reply.text); break;
    case ReplyKind::kArray:
    case ReplyKind::kSet:
    case ReplyKind::kPush:
    case ReplyKind::kMap:
      for (size_t i = 0; i < reply.elements.size(); ++i) {
        if (i > 0) out.push_back(',');
        AddCsv(out, reply.elements[i]);
      }
  }
}

// ---- JSON.

void AddJsonText(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    switch (c) {
      case '\\':
      case '"': out.append({'\\', c}); break;
      case '\n': out.append("\\n"); break;
      case '\f': out.append("\\f"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      case '\b': out.append("\\b"); break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

// The quoted string of the standard form as a JSON string: each backslash is one more text character, so it is doubled.
void AddQuotedJsonText(std::string& out, std::string_view text) {
  for (char c : Quoted(text)) {
    if (c == '\\') out.push_back('\\');
    out.push_back(c);
  }
}

class JsonForm {
 public:
  JsonForm(std::string& out, OutputForm form) : out_(out), form_(form) {}

  void Add(const Reply& reply) {
    switch (reply.kind) {
      case ReplyKind::kNull: out_.append("null"); break;
      case ReplyKind::kError:
        out_.append("error:");
        AddText(reply.text);
        break;
      case ReplyKind::kBool: out_.append(reply.integer != 0 ? "true" : "false"); break;
      case ReplyKind::kInteger: AppendInt64(out_, reply.integer); break;
      case ReplyKind::kDouble:
      case ReplyKind::kBigNumber: out_.append(reply.text); break;
      case ReplyKind::kStatus:
      case ReplyKind::kString:
      case ReplyKind::kVerbatim: AddText(reply.text); break;
      case ReplyKind::kArray:
      case ReplyKind::kSet:
      case ReplyKind::kPush:
        out_.push_back('[');
        for (size_t i = 0; i < reply.elements.size(); ++i) {
          if (i > 0) out_.push_back(',');
          Add(reply.elements[i]);
        }
        out_.push_back(']');
        break;
      case ReplyKind::kMap: AddMap(reply); break;
    }
  }

 private:
  void AddText(std::string_view text) {
    form_ == OutputForm::kJson ? AddJsonText(out_, text) : AddQuotedJsonText(out_, text);
  }

  void AddMap(const Reply& map) {
    out_.push_back('{');
    for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
      if (i > 0) out_.push_back(',');
      AddKey(map.elements[i]);
      out_.push_back(':');
      Add(map.elements[i + 1]);
    }
    out_.push_back('}');
  }

  // JSON has no other keys than strings.
  void AddKey(const Reply& key) {
    bool is_text = key.kind == ReplyKind::kError || key.kind == ReplyKind::kStatus || key.kind == ReplyKind::kString ||
                   key.kind == ReplyKind::kVerbatim;
    if (!is_text) out_.push_back('"');
    Add(key);
    if (!is_text) out_.push_back('"');
  }

  std::string& out_;
  OutputForm form_;
};

bool IsInvalidation(const Reply& reply) {
  return reply.kind == ReplyKind::kPush && reply.elements.size() == 2 && reply.elements[0].kind == ReplyKind::kString &&
         reply.elements[0].text.starts_with("invalidate") && reply.elements[1].kind == ReplyKind::kArray;
}

std::string FormatInvalidation(const Reply& reply) {
  std::string out("-> invalidate: ");
  const char* separator = "";
  for (const Reply& key : reply.elements[1].elements) {
    out.append(separator).append("'").append(key.text).append("'");
    separator = ", ";
  }
  return out.append("\n");
}

}  // namespace

std::string FormatReply(const resp::Reply& reply, const FormatOptions& options) {
  std::string out;
  switch (options.form) {
    case OutputForm::kStandard: StandardForm(out).Add(reply, ""); break;
    case OutputForm::kRaw:
      AddRaw(out, reply, options.bulk_delimiter);
      out.append(options.command_delimiter);
      break;
    case OutputForm::kCsv:
      AddCsv(out, reply);
      out.push_back('\n');
      break;
    case OutputForm::kJson:
    case OutputForm::kQuotedJson:
      JsonForm(out, options.form).Add(reply);
      out.push_back('\n');
      break;
  }
  return out;
}

std::string FormatVerbatim(const resp::Reply& reply, std::string_view bulk_delimiter) {
  std::string out;
  AddRaw(out, reply, bulk_delimiter);
  return out;
}

std::string FormatPush(const resp::Reply& reply, const FormatOptions& options) {
  if (options.form == OutputForm::kStandard && IsInvalidation(reply)) return FormatInvalidation(reply);
  return FormatReply(reply, options);
}

bool HasVerbatimReply(std::span<const std::string> arguments) {
  size_t count = arguments.size();
  if (count == 0) return false;
  auto is = [&](size_t index, std::string_view word) {
    return index < count && EqualsIgnoreCase(arguments[index], word);
  };
  if (is(0, "info") || is(0, "lolwut")) return true;
  if (is(0, "debug")) return is(1, "htstats") || is(1, "htstats-key") || is(1, "client-eviction");
  if (is(0, "memory")) return is(1, "malloc-stats") || is(1, "doctor");
  if (is(0, "cluster")) return count == 2 && (is(1, "nodes") || is(1, "info"));
  if (is(0, "client")) return is(1, "list") || is(1, "info");
  if (is(0, "latency")) return (count == 3 && is(1, "graph")) || (count == 2 && is(1, "doctor"));
  return is(0, "proxy") && is(1, "info");
}

}  // namespace dunlin::cli
