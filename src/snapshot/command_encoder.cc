#include "snapshot/command_encoder.h"

#include <algorithm>

#include "base/numbers.h"
#include "snapshot/resp_commands.h"

namespace dunlin::snapshot {
namespace {

constexpr int kElementsPerCommand = 64;
constexpr uint64_t kRanksAtOnce = kElementsPerCommand;
constexpr size_t kTextPiece = size_t{64} * 1024;

template <typename... Fns>
struct Overloaded : Fns... {
  using Fns::operator()...;
};

}  // namespace

void AppendSelectCommand(std::string& out, DbIndex db) {
  AppendHeader(out, '*', 2);
  AppendBulk(out, "SELECT");
  AppendBulk(out, Digits(db.value));
}

void AppendTimestampAnnotation(std::string& out, int64_t seconds) {
  out.append("#TS:");
  AppendInt64(out, seconds);
  out.append("\r\n");
}

CommandEncoder::CommandEncoder(std::string_view key, int64_t expire_at_ms, ValueRef value)
    : key_(key), expire_at_ms_(expire_at_ms), value_(value) {
  if (const auto* stream = std::get_if<const values::Stream*>(&value_.parts())) {
    stream_ = std::make_unique<StreamCommands>(key_, **stream);
  }
}

bool CommandEncoder::Step(std::string& out, size_t budget_bytes) {
  size_t begin = out.size();
  while (!value_complete_) {
    value_complete_ = WriteValue(out, budget_bytes);
    if (!value_complete_ && out.size() - begin >= budget_bytes) return false;
  }
  WriteExpiry(out);
  return true;
}

bool CommandEncoder::WriteValue(std::string& out, size_t budget_bytes) {
  return std::visit(Overloaded{
                        [&](std::string_view text) { return WriteText(out, budget_bytes, text); },
                        [&](int64_t integer) { return WriteText(out, SIZE_MAX, Digits(integer)); },
                        [&](const values::List* list) { return WriteNode(out, *list); },
                        [&](const values::Stream*) { return stream_->Step(out, budget_bytes); },
                        [&](const auto* collection) { return WriteSome(out, *collection); },
                    },
                    value_.parts());
}

void CommandEncoder::WriteExpiry(std::string& out) {
  if (expire_at_ms_ < 0) return;
  AppendHeader(out, '*', 3);
  AppendBulk(out, "PEXPIREAT");
  AppendBulk(out, key_);
  AppendBulk(out, Digits(expire_at_ms_));
}

bool CommandEncoder::WriteText(std::string& out, size_t budget_bytes, std::string_view text) {
  if (!begun_) {
    begun_ = true;
    AppendHeader(out, '*', 3);
    AppendBulk(out, "SET");
    AppendBulk(out, key_);
    AppendHeader(out, '$', text.size());
  }
  std::string_view piece = text.substr(position_, std::max(budget_bytes, kTextPiece));
  out.append(piece);
  position_ += piece.size();
  if (position_ < text.size()) return false;
  out.append("\r\n");
  return true;
}

template <typename... Texts>
void CommandEncoder::AddElement(std::string& out, std::string_view verb, Texts... texts) {
  (AppendBulk(body_, texts), ...);
  arguments_ += sizeof...(texts);
  if (++elements_ == kElementsPerCommand) Flush(out, verb);
}

void CommandEncoder::Flush(std::string& out, std::string_view verb) {
  if (elements_ == 0) return;
  AppendHeader(out, '*', 2 + arguments_);
  AppendBulk(out, verb);
  AppendBulk(out, key_);
  out.append(body_);
  body_.clear();
  elements_ = 0;
  arguments_ = 0;
}

bool CommandEncoder::WriteNode(std::string& out, const values::List& list) {
  constexpr std::string_view kVerb = "RPUSH";
  if (position_ < list.node_count()) {
    values::ListNodeView node = list.NodeAt(position_++);
    if (node.plain) {
      AddElement(out, kVerb, node.bytes);
    } else {
      const char* listpack = node.bytes.data();
      values::ListpackView(listpack).ForEach([&](std::string_view text) { AddElement(out, kVerb, text); });
    }
  }
  if (position_ < list.node_count()) return false;
  Flush(out, kVerb);
  return true;
}

bool CommandEncoder::WriteSome(std::string& out, const values::Set& set) {
  constexpr std::string_view kVerb = "SADD";
  position_ = set.Scan(position_, [&](std::string_view member) { AddElement(out, kVerb, member); });
  if (position_ != 0) return false;
  Flush(out, kVerb);
  return true;
}

bool CommandEncoder::WriteSome(std::string& out, const values::Hash& hash) {
  constexpr std::string_view kVerb = "HMSET";
  position_ = hash.Scan(position_,
                        [&](std::string_view field, std::string_view value) { AddElement(out, kVerb, field, value); });
  if (position_ != 0) return false;
  Flush(out, kVerb);
  return true;
}

bool CommandEncoder::WriteSome(std::string& out, const values::SortedSet& sorted_set) {
  constexpr std::string_view kVerb = "ZADD";
  uint64_t count = std::min(sorted_set.size() - position_, kRanksAtOnce);
  sorted_set.ForEach({static_cast<uint32_t>(position_), static_cast<uint32_t>(count)},
                     [&](std::string_view member, double score) {
                       AddElement(out, kVerb, std::string_view(FormatDouble(score)), member);
                     });
  position_ += count;
  if (position_ < sorted_set.size()) return false;
  Flush(out, kVerb);
  return true;
}

}  // namespace dunlin::snapshot
