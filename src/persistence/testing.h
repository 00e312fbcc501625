// For tests: commands in RESP, and what a folder of append-only files loads to.
//
// Thread: pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oplog/log.h"
#include "persistence/aof_loader.h"

namespace dunlin::persistence::testing {

inline std::string Command(const std::vector<std::string>& args) {
  std::string out;
  oplog::AppendCommand(out, args);
  return out;
}

// One line for each event; the last is "end" or "error: ...".
class LoadTranscript {
 public:
  LoadTranscript(FileSystem& files, const AofLoader::Options& options) : loader_(files, options) {
    auto opened = loader_.Open();
    if (!opened || !*opened) {
      for (LoadNote& note : loader_.TakeNotes()) Take(note);
      lines.push_back(opened ? "nothing" : "error: " + opened.error().message());
      return;
    }
    while (true) {
      auto event = loader_.Next();
      if (!event) {
        lines.push_back("error: " + event.error().message());
        return;
      }
      std::visit([this](auto& e) { Take(e); }, *event);
      if (std::holds_alternative<LoadEnd>(*event)) return;
    }
  }

  bool ok() const { return lines.back() == "end" || lines.back() == "nothing"; }
  AofLoader& loader() { return loader_; }

  std::vector<std::string> lines;     // all
  std::vector<std::string> notes;     // what is logged
  std::vector<std::string> commands;  // "set k v", keys of an RDB part as "k = v"
  LoadEnd end;

 private:
  void Take(LoadNote& note) {
    notes.push_back(note.text);
    lines.push_back((note.warning ? "warning: " : "notice: ") + note.text);
  }
  void Take(LoadFileBegin& e) { lines.push_back("file " + e.name + " " + std::to_string(e.bytes)); }
  void Take(LoadFileEnd& e) { lines.push_back(std::string("end of ") + (e.base ? "base " : "incr ") + e.name); }
  void Take(LoadEnd& e) {
    end = e;
    lines.push_back("end");
  }
  void Take(AofCommand& e) {
    std::string line;
    for (std::string_view arg : e.args) line.append(line.empty() ? "" : " ").append(arg);
    commands.push_back(line);
    lines.push_back((e.in_transaction ? "in transaction: " : "command: ") + line);
  }
  void Take(AofTimestamp& e) { lines.push_back("timestamp " + std::to_string(e.seconds)); }
  void Take(snapshot::RdbKey& e) {
    std::string line(e.info.key);
    line += " = " + (e.text ? std::string(*e.text) : std::string("(other)"));
    commands.push_back(line);
    lines.push_back("key: " + line);
  }
  void Take(AofPreambleEnd&) { lines.push_back("end of preamble"); }
  template <typename Other>
  void Take(Other&) {}

  AofLoader loader_;
};

}  // namespace dunlin::persistence::testing
