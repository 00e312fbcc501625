// For tests: a host that answers commands from a table, and a bench that runs scripts and spells their replies.
//
//   ScriptBench bench;
//   EXPECT_EQ(bench.Eval("return {1, 'a', false}"), "*3 :1 $a $-1");
//
// Replies are RESP with blanks for line breaks, and strings without their lengths.
//
// Thread: one at a time.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "script/engine.h"
#include "script/flags.h"
#include "script/sha1.h"

namespace dunlin::script {

// For EXPECT_TRUE.
inline testing::AssertionResult Contains(std::string_view text, std::string_view part) {
  if (text.find(part) != std::string_view::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << text << "\" does not contain \"" << part << "\"";
}

class FakeHost : public Host {
 public:
  // What redis.call answers, by the words joined with blanks; "-..." as a whole reply, "!..." as a refusal.
  std::map<std::string, std::string> answers;
  std::vector<std::string> called;
  std::vector<std::string> logged;
  std::vector<std::string> replication;
  int last_resp_version = 0;
  // What MayGoOn says, after having said kGoOn that many times.
  Verdict verdict = Verdict::kGoOn;
  int patience = 0;

  Answer RunCommand(Args args, int resp_version) override {
    std::string line;
    for (std::string_view arg : args) line.append(line.empty() ? "" : " ").append(arg);
    called.push_back(line);
    last_resp_version = resp_version;
    auto found = answers.find(line);
    std::string answer = found == answers.end() ? "+OK\r\n" : found->second;
    if (answer.starts_with('!')) return {.refusal = answer.substr(1)};
    reply_ = std::move(answer);
    return {.reply = reply_};
  }
  std::optional<bool> MayCall(Args args) override {
    if (args[0] == "unknown") return std::nullopt;
    return args[0] != "forbidden";
  }
  void SetReplication(bool to_aof, bool to_replicas) override {
    replication.push_back(std::string(to_aof ? "aof " : "") + (to_replicas ? "replicas" : ""));
  }
  bool WantsLog(LogLevel level) override { return level >= LogLevel::kNotice; }
  void Log(LogLevel, std::string_view text) override { logged.emplace_back(text); }
  Verdict MayGoOn() override { return patience-- > 0 ? Verdict::kGoOn : verdict; }

 private:
  std::string reply_;
};

class ScriptBench {
 public:
  FakeHost host;
  int client_resp = 2;

  std::string Eval(std::string_view code, const std::vector<std::string>& keys = {},
                   const std::vector<std::string>& args = {}) {
    Script script;
    script.sha = Sha1Hex(code);
    script.body = code;
    if (auto shebang = ParseShebang(code)) script.code_offset = shebang->code_offset;
    EvalState& state = engine_.ForEval(1);
    if (auto error = state.Compile(script)) return "(" + *error + ")";
    Buffer out;
    resp::ReplyWriter reply(out, client_resp);
    std::vector<std::string_view> key_views(keys.begin(), keys.end());
    std::vector<std::string_view> arg_views(args.begin(), args.end());
    outcome = state.Call(script, key_views, arg_views, host, reply);
    return Spell(out.view());
  }

  // Loads a library into the set; "" or the error.
  std::string Load(std::string_view code, bool replace = false) {
    auto libraries = std::make_shared<FunctionLibraries>(*libraries_);
    FunctionState& state = engine_.ForFunctions(libraries_);
    auto library = state.Load(code, host);
    std::string error;
    if (!library) {
      error = library.error();
    } else if (auto added = libraries->Add(*library, replace); !added) {
      error = added.error();
    } else {
      libraries_ = libraries;
    }
    state.KeepOnly(*libraries_);
    return error;
  }
  std::string Call(std::string_view function, const std::vector<std::string>& keys = {},
                   const std::vector<std::string>& args = {}) {
    FunctionLibraries::Found found = libraries_->Find(function);
    if (!found.library) return "(no such function)";
    Buffer out;
    resp::ReplyWriter reply(out, client_resp);
    std::vector<std::string_view> key_views(keys.begin(), keys.end());
    std::vector<std::string_view> arg_views(args.begin(), args.end());
    outcome = engine_.ForFunctions(libraries_).Call(found, key_views, arg_views, host, reply);
    return Spell(out.view());
  }

  Engine& engine() { return engine_; }
  const FunctionLibraries& libraries() const { return *libraries_; }
  Outcome outcome;

 private:
  static std::string Spell(std::string_view reply) {
    std::string text;
    while (!reply.empty()) {
      size_t end = reply.find("\r\n");
      std::string_view line = reply.substr(0, end);
      reply.remove_prefix(end + 2);
      if (!text.empty()) text.push_back(' ');
      if ((line[0] == '$' || line[0] == '=') && line != "$-1") {
        auto size = static_cast<size_t>(*ParseInt64(line.substr(1)));
        text.push_back(line[0]);
        text.append(reply.substr(0, size));
        reply.remove_prefix(size + 2);
      } else {
        text.append(line);
      }
    }
    return text;
  }

  Engine engine_{1};
  std::shared_ptr<const FunctionLibraries> libraries_ = std::make_shared<FunctionLibraries>();
};

}  // namespace dunlin::script
