#include "snapshot/rdb_writer.h"

#include "base/bytes.h"
#include "base/crc.h"

namespace dunlin::snapshot {
namespace {

void AppendOpcode(std::string& out, RdbOpcode opcode) { out.push_back(static_cast<char>(opcode)); }

void AppendKeyHead(std::string& out, const KeyInfo& info, RdbType type, const RdbEncoding& encoding) {
  if (info.expire_at_ms != kNoExpiry) {
    AppendOpcode(out, RdbOpcode::kExpireMs);
    AppendLittle(out, info.expire_at_ms);
  }
  if (info.idle_seconds) {
    AppendOpcode(out, RdbOpcode::kIdle);
    AppendLength(out, *info.idle_seconds);
  }
  if (info.frequency) {
    AppendOpcode(out, RdbOpcode::kFrequency);
    out.push_back(static_cast<char>(*info.frequency));
  }
  out.push_back(static_cast<char>(type));
  AppendString(out, info.key, encoding.compress);
}

}  // namespace

void AppendKeyRecord(std::string& out, const KeyInfo& info, ValueRef value, const RdbEncoding& encoding) {
  KeyEncoder encoder(info, value, encoding);
  while (!encoder.Step(out, SIZE_MAX)) {
  }
}

bool KeyEncoder::Step(std::string& out, size_t budget_bytes) {
  if (!head_written_) {
    AppendKeyHead(out, info_, value_.type(), encoding_);
    head_written_ = true;
  }
  return value_.Step(out, budget_bytes);
}

void RdbWriter::Begin(const RdbInfo& info) {
  out_.append("REDIS00").append(encoding_.version < 10 ? "0" : "");
  AppendInt64(out_, encoding_.version);
  Aux("redis-ver", info.redis_version);
  Aux("redis-bits", 64);
  Aux("ctime", info.created_at_seconds);
  Aux("used-mem", static_cast<int64_t>(info.used_memory_bytes));
  if (info.replication) {
    Aux("repl-stream-db", info.replication->stream_db);
    Aux("repl-id", info.replication->id.view());
    Aux("repl-offset", info.replication->offset.value);
  }
  Aux("aof-base", info.aof_base ? 1 : 0);
}

void RdbWriter::Aux(std::string_view name, std::string_view value) {
  AppendOpcode(out_, RdbOpcode::kAux);
  AppendString(out_, name, encoding_.compress);
  AppendString(out_, value, encoding_.compress);
}

void RdbWriter::Aux(std::string_view name, int64_t value) {
  AppendOpcode(out_, RdbOpcode::kAux);
  AppendString(out_, name, encoding_.compress);
  AppendIntegerString(out_, value);
}

void RdbWriter::Function(std::string_view code) {
  if (encoding_.version < 10) return;
  AppendOpcode(out_, RdbOpcode::kFunction);
  AppendString(out_, code, encoding_.compress);
}

void RdbWriter::SelectDb(DbIndex db) {
  if (db_ == db) return;
  db_ = db;
  AppendOpcode(out_, RdbOpcode::kSelectDb);
  AppendLength(out_, db.value);
}

void RdbWriter::ResizeDb(uint64_t keys, uint64_t expires) {
  AppendOpcode(out_, RdbOpcode::kResizeDb);
  AppendLength(out_, keys);
  AppendLength(out_, expires);
}

void RdbWriter::Key(const KeyInfo& info, ValueRef value) { AppendKeyRecord(out_, info, value, encoding_); }

void RdbWriter::Records(DbIndex db, std::string_view records) {
  SelectDb(db);
  out_.append(records);
}

void RdbWriter::End() {
  AppendOpcode(out_, RdbOpcode::kEnd);
  AppendLittle(out_, checksum_ ? Crc64(crc_, out_) : uint64_t{0});
}

void RdbWriter::Clear() {
  if (checksum_) crc_ = Crc64(crc_, out_);
  cleared_bytes_ += out_.size();
  out_.clear();
}

}  // namespace dunlin::snapshot
