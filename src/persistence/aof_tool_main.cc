// A tool for tests: append-only files to and from a real server.
//
//   aof_tool check-aof ARGS...    as redis-check-aof
//   aof_tool check-rdb ARGS...    as redis-check-rdb
//   aof_tool load DIR             a line for each thing in DIR/appendonlydir: "command <hex> ...", "db <n>",
//                                 "key <hex> <expiry> <payload in hex>", "note <text>"
//   aof_tool write DIR PREAMBLE   makes DIR/appendonlydir, through a rewrite; PREAMBLE is yes or no
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "persistence/aof_loader.h"
#include "persistence/aof_writer.h"
#include "persistence/check_tools.h"
#include "persistence/testing.h"
#include "snapshot/command_encoder.h"
#include "snapshot/dump.h"

namespace dunlin::persistence {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::cerr << why << "\n";
  std::exit(1);
}

void Check(const Status& status) {
  if (!status.ok()) Die(status.ToString());
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out.empty() ? "-" : out;
}

struct Print {
  void operator()(const LoadNote& note) { std::cout << "note " << note.text << "\n"; }
  void operator()(const AofCommand& command) {
    std::cout << "command";
    for (std::string_view arg : command.args) std::cout << " " << Hex(arg);
    std::cout << "\n";
  }
  void operator()(const snapshot::RdbSelectDb& select) { std::cout << "db " << select.index << "\n"; }
  void operator()(snapshot::RdbKey& key) {
    std::string name(key.info.key);
    auto value = key.TakeValue();
    std::string payload;
    snapshot::AppendDump(payload, snapshot::ValueRef::Of(value), {10, true});
    std::cout << "key " << Hex(name) << " " << key.info.expire_at_ms << " " << Hex(payload) << "\n";
  }
  template <typename Other>
  void operator()(const Other&) {}
};

int Load(const std::string& folder) {
  auto files = NewPosixFileSystem();
  AofLoader::Options options;
  options.place.server_folder = folder;
  AofLoader loader(*files, options);
  auto opened = loader.Open();
  for (const LoadNote& note : loader.TakeNotes()) Print()(note);
  if (!opened) Die(opened.error().message());
  while (*opened) {
    auto event = loader.Next();
    if (!event) Die(event.error().message());
    std::visit(Print(), *event);
    if (std::holds_alternative<LoadEnd>(*event)) break;
  }
  return 0;
}

// before:<n> and during:<n> come with the base, after:<n> with the increments.
int Write(const std::string& folder, bool preamble) {
  auto files = NewPosixFileSystem();
  AofPlace place;
  place.server_folder = folder;
  AofWriter writer(*files, place, Manifest());
  Check(writer.StartAfterLoad("", /*base_is_rdb=*/false, {}));
  auto set = [&](const std::string& key) { Check(writer.Append(testing::Command({"SET", key, "value of " + key}))); };
  Check(writer.Append(testing::Command({"SELECT", "0"})));
  for (int i = 0; i < 100; ++i) set("before:" + std::to_string(i));
  Check(writer.StartRewrite());
  auto base = writer.CreateBase();
  if (!base) Die(base.error().message());
  Check(writer.Append(testing::Command({"SELECT", "0"})));
  for (int i = 0; i < 10; ++i) set("during:" + std::to_string(i));
  snapshot::RdbWriter rdb({10, true}, true);
  std::string commands;
  if (preamble) rdb.Begin({"7.2.4", 1700000000, 0, {}, true});
  rdb.SelectDb(DbIndex(0));
  snapshot::AppendTimestampAnnotation(commands, 1700000000);
  snapshot::AppendSelectCommand(commands, DbIndex(0));
  for (int i = 0; i < 100; ++i) {
    std::string key = "before:" + std::to_string(i);
    std::string text = "value of " + key;
    rdb.Key({key}, snapshot::ValueRef(text));
    snapshot::CommandEncoder(key, -1, snapshot::ValueRef(text)).Step(commands, SIZE_MAX);
  }
  rdb.End();
  Check((*base)->Append(preamble ? rdb.bytes() : std::string_view(commands)));
  Check(writer.FinishRewrite(preamble));
  Check(writer.RemoveHistory());
  Check(writer.Append(testing::Command({"MULTI"}) + testing::Command({"SET", "after:0", "value of after:0"}) +
                      testing::Command({"EXEC"})));
  Check(writer.Sync());
  Check(writer.Stop());
  return 0;
}

int Run(int argc, char** argv) {
  std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "check-aof") return CheckAofMain(argc - 1, argv + 1);
  if (verb == "check-rdb") return CheckRdbMain(argc - 1, argv + 1);
  if (verb == "load" && argc == 3) return Load(argv[2]);
  if (verb == "write" && argc == 4) return Write(argv[2], std::string_view(argv[3]) == "yes");
  Die("usage: see the head of aof_tool_main.cc");
}

}  // namespace
}  // namespace dunlin::persistence

int main(int argc, char** argv) { return dunlin::persistence::Run(argc, argv); }
