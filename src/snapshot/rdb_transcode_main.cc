// A tool for tests: reads RDB files and DUMP payloads with our reader and writes them again with our writer.
//
//   rdb_transcode file IN OUT VERSION COMPRESS    every record of IN, written to OUT; COMPRESS is yes or no
//   rdb_transcode dumps IN VERSION COMPRESS       a line "<db> <key> <payload>", key and payload in hex, for each key
//   rdb_transcode again VERSION COMPRESS          payloads in hex from stdin, a line each, decoded and encoded again
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "snapshot/dump.h"
#include "snapshot/rdb_reader.h"
#include "snapshot/rdb_writer.h"

namespace dunlin::snapshot {
namespace {

constexpr size_t kPiece = 100;  // small, so that every seam is crossed
constexpr size_t kBudget = 300;

[[noreturn]] void Die(const std::string& why) {
  std::cerr << why << "\n";
  std::exit(1);
}

std::string ReadAll(const char* path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) Die(std::string("cannot read ") + path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string ToHex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    out.push_back("0123456789abcdef"[c >> 4]);
    out.push_back("0123456789abcdef"[c & 15]);
  }
  return out;
}

std::string FromHex(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return out;
}

// Calls visit(event) for every event of the file.
template <typename Visit>
void ReadFile(const char* path, Visit&& visit) {
  std::string bytes = ReadAll(path);
  std::string_view rest = bytes;
  RdbReader reader({});
  while (true) {
    auto event = reader.Next();
    if (!event) Die(event.error().message());
    if (std::holds_alternative<RdbEnd>(*event)) {
      if (std::get<RdbEnd>(*event).checksum == RdbChecksum::kNotWritten) Die("no checksum");
      return;
    }
    if (!std::holds_alternative<NeedMore>(*event)) {
      std::visit(visit, *event);
      continue;
    }
    if (rest.empty()) Die(reader.EndOfInput().message());
    reader.Feed(rest.substr(0, kPiece));
    rest.remove_prefix(std::min(kPiece, rest.size()));
  }
}

// Writes what it is shown, the keys in steps and out of line, as a server does.
struct Copy {
  RdbWriter& writer;
  DbIndex db;

  void operator()(RdbAux& aux) { writer.Aux(aux.name, aux.value); }
  void operator()(RdbSelectDb& select) {
    db = DbIndex(static_cast<uint16_t>(select.index));
    writer.SelectDb(db);
  }
  void operator()(RdbResizeDb& sizes) { writer.ResizeDb(sizes.keys, sizes.expires); }
  void operator()(RdbFunction& function) { writer.Function(function.code); }
  void operator()(RdbKey& key) {
    std::string info_key(key.info.key);
    KeyInfo info = key.info;
    info.key = info_key;
    values::Value value = key.TakeValue();
    KeyEncoder encoder(info, ValueRef::Of(value), writer.encoding());
    std::string record;
    while (!encoder.Step(record, kBudget)) {
    }
    writer.Records(db, record);
  }
  template <typename Other>
  void operator()(Other&) {}
};

int CopyFile(const char* from, const char* to, const RdbEncoding& encoding) {
  RdbWriter writer(encoding, true);
  std::ofstream out(to, std::ios::binary);
  writer.Begin({"7.2.4", 1700000000, 0, {}, false});
  ReadFile(from, Copy{writer, DbIndex(0)});
  writer.End();
  out << writer.bytes();
  return out.good() ? 0 : 1;
}

struct PrintDumps {
  RdbEncoding encoding;
  uint64_t db = 0;

  void operator()(RdbSelectDb& select) { db = select.index; }
  void operator()(RdbKey& key) {
    std::string name(key.info.key);
    values::Value value = key.TakeValue();
    DumpEncoder encoder(ValueRef::Of(value), encoding);
    std::string payload;
    while (!encoder.Step(payload, kBudget)) {
    }
    std::cout << db << " " << ToHex(name) << " " << ToHex(payload) << "\n";
  }
  template <typename Other>
  void operator()(Other&) {}
};

int Again(const RdbEncoding& encoding) {
  for (std::string line; std::getline(std::cin, line);) {
    auto value = DecodeDump(FromHex(line), {});
    if (!value) Die(value.error().message());
    std::string payload;
    AppendDump(payload, ValueRef::Of(*value), encoding);
    std::cout << ToHex(payload) << "\n";
  }
  return 0;
}

RdbEncoding EncodingOf(const char* version, std::string_view compress) {
  return {std::atoi(version), compress == "yes"};
}

int Run(int argc, char** argv) {
  std::string_view verb = argc > 1 ? argv[1] : "";
  if (verb == "file" && argc == 6) return CopyFile(argv[2], argv[3], EncodingOf(argv[4], argv[5]));
  if (verb == "dumps" && argc == 5) {
    ReadFile(argv[2], PrintDumps{EncodingOf(argv[3], argv[4])});
    return 0;
  }
  if (verb == "again" && argc == 4) return Again(EncodingOf(argv[2], argv[3]));
  Die("usage: see the head of rdb_transcode_main.cc");
}

}  // namespace
}  // namespace dunlin::snapshot

int main(int argc, char** argv) { return dunlin::snapshot::Run(argc, argv); }
