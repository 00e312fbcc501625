#include "script/function_state.h"

#include <gtest/gtest.h>

#include "script/testing.h"

namespace dunlin::script {
namespace {

constexpr char kLibrary[] =
    "#!lua name=lib\n"
    "local function add(a) return a + 1 end\n"
    "redis.register_function('f1', function(keys, args) return {keys[1], args[1], add(1)} end)\n"
    "redis.register_function{function_name = 'f2', callback = function() return redis.call('ping').ok end,\n"
    "  description = 'second', flags = {'no-writes', 'ALLOW-OOM'}}";

TEST(Functions, AreRegisteredAndCalled) {
  ScriptBench bench;
  EXPECT_EQ(bench.Load(kLibrary), "");
  EXPECT_EQ(bench.Call("f1", {"k"}, {"a"}), "*3 $k $a :2");
  EXPECT_EQ(bench.Call("F2"), "$OK") << "names in any case";
  EXPECT_EQ(bench.host.called.back(), "ping");
  auto library = bench.libraries().FindLibrary("lib");
  ASSERT_TRUE(library);
  ASSERT_EQ(library->functions.size(), 2u);
  EXPECT_EQ(library->functions[1].description, "second");
  EXPECT_EQ(library->functions[1].flags, kNoWrites | kAllowOom);
  EXPECT_FALSE(library->functions[0].description);
}

TEST(Functions, AreLoadedWhereTheyAreFirstCalled) {
  ScriptBench bench;
  EXPECT_EQ(bench.Load(kLibrary), "");
  Engine other(2);
  auto set = std::make_shared<const FunctionLibraries>(bench.libraries());
  Buffer out;
  resp::ReplyWriter reply(out, 2);
  std::vector<std::string_view> none;
  auto outcome = other.ForFunctions(set).Call(set->Find("f1"), none, none, bench.host, reply);
  EXPECT_FALSE(outcome.failed);
  EXPECT_EQ(out.view(), "*0\r\n");
  // Without the set, nothing keeps the library.
  std::weak_ptr<const Library> library = set->FindLibrary("lib");
  auto empty = std::make_shared<const FunctionLibraries>();
  other.ForFunctions(empty);
  set.reset();
  EXPECT_FALSE(library.expired()) << "the bench has it";
}

TEST(Functions, FailedLoadsLeaveEverythingAsItWas) {
  ScriptBench bench;
  EXPECT_EQ(bench.Load(kLibrary), "");
  EXPECT_EQ(bench.Load(kLibrary), "Library 'lib' already exists");
  EXPECT_EQ(bench.Load("#!lua name=other\nredis.register_function('F1', function() end)"),
            "Function F1 already exists");
  EXPECT_EQ(
      bench.Load("#!lua name=lib\nredis.register_function('new', function() return 1 end) local x = 1 + {}", true),
      "Error registering functions: ERR user_function:2: attempt to perform arithmetic on a table value");
  EXPECT_EQ(bench.Call("f1", {"k"}, {"a"}), "*3 $k $a :2");
  EXPECT_EQ(bench.Call("new"), "(no such function)");
  EXPECT_EQ(bench.Load("#!lua name=lib\nredis.register_function('new', function() return 1 end)", true), "");
  EXPECT_EQ(bench.Call("new"), ":1");
  EXPECT_EQ(bench.Call("f1"), "(no such function)");
}

TEST(Functions, WhatRegisteringRefuses) {
  ScriptBench bench;
  struct Case {
    const char* code;
    const char* error;
  };
  for (const Case& c :
       {Case{"redis.register_function()", "wrong number of arguments to redis.register_function"},
        Case{"redis.register_function('f')",
             "calling redis.register_function with a single argument is only applicable"},
        Case{"redis.register_function('f', function() end, {}, 1)", "wrong number of arguments"},
        Case{"redis.register_function(nil, function() end)",
             "first argument to redis.register_function must be a string"},
        Case{"redis.register_function('f', 'g')", "second argument to redis.register_function must be a function"},
        Case{"redis.register_function('a\\0b', function() end)", "Library names can only contain letters"},
        Case{"redis.register_function('', function() end)", "Library names can only contain letters"},
        Case{"redis.register_function{callback = function() end}", "must get a function name argument"},
        Case{"redis.register_function{function_name = 'f'}", "must get a callback argument"},
        Case{"redis.register_function{function_name = {}}", "function_name argument given to"},
        Case{"redis.register_function{function_name = 'f', description = {}}", "description argument given to"},
        Case{"redis.register_function{function_name = 'f', callback = 1}", "callback argument given to"},
        Case{"redis.register_function{function_name = 'f', flags = 1}",
             "flags argument to redis.register_function must be"},
        Case{"redis.register_function{function_name = 'f', flags = {'x'}}", "unknown flag given"},
        Case{"redis.register_function{function_name = 'f', flags = {print}}", "nonexistent global variable 'print'"},
        Case{"redis.register_function{function_name = 'f', more = 1}", "unknown argument given to"},
        Case{"redis.register_function{[1] = 2}", "named argument key given to redis.register_function is not a string"},
        Case{"redis.register_function('f', function() end) redis.register_function('f', function() end)",
             "Function already exists in the library"},
        Case{"return 1", "No functions registered"},
        Case{"bad script", "Error compiling function: user_function:2:"}}) {
    EXPECT_TRUE(Contains(bench.Load("#!lua name=lib\n" + std::string(c.code)), c.error));
  }
  EXPECT_TRUE(bench.libraries().all().empty());
}

TEST(Functions, WhatTheFirstLineRefuses) {
  ScriptBench bench;
  EXPECT_EQ(bench.Load("return 1"), "Missing library metadata");
  EXPECT_EQ(bench.Load("#!lua name=x"), "Invalid library metadata");
  EXPECT_EQ(bench.Load("#!bad name=x\n"), "Engine 'bad' not found");
  EXPECT_EQ(bench.Load("#! name=x\n"), "Engine '' not found");
  EXPECT_EQ(bench.Load("#!lua\n"), "Library name was not given");
  EXPECT_EQ(bench.Load("#!lua name=x name=y\n"), "Invalid metadata value, name argument was given multiple times");
  EXPECT_EQ(bench.Load("#!lua name=x foo=bar\n"), "Invalid metadata value given: foo=bar");
  EXPECT_EQ(bench.Load("#!lua name=a-b\n"), std::string(kBadName));
  EXPECT_EQ(bench.Load("#!LUA name=\"foo\"\nredis.register_function('f', function() return 1 end)"), "");
  EXPECT_TRUE(bench.libraries().FindLibrary("foo"));
}

TEST(Functions, WhatALibrarySeesWhileItIsLoaded) {
  ScriptBench bench;
  for (const char* name : {"math", "getmetatable", "pairs", "string", "cjson"}) {
    EXPECT_TRUE(Contains(bench.Load("#!lua name=lib\nreturn " + std::string(name)),
                         "Script attempted to access nonexistent global variable '" + std::string(name) + "'"));
  }
  for (const char* name : {"call", "setresp", "set_repl", "acl_check_cmd", "redis", "math"}) {
    EXPECT_TRUE(Contains(bench.Load("#!lua name=lib\nreturn redis." + std::string(name) + "()"),
                         "Script attempted to access nonexistent global variable '" + std::string(name) + "'"));
  }
  EXPECT_TRUE(Contains(bench.Load("#!lua name=lib\na = 1"), "Attempt to modify a readonly table"));
  EXPECT_EQ(bench.Load("#!lua name=lib\nredis.log(redis.LOG_WARNING, redis.REDIS_VERSION) "
                       "redis.register_function('f', function() return type(math) end)"),
            "");
  EXPECT_EQ(bench.host.logged.back(), "7.2.4");
  EXPECT_EQ(bench.Call("f"), "$table");
}

TEST(Functions, CannotReachBackIntoLoading) {
  ScriptBench bench;
  EXPECT_EQ(
      bench.Load("#!lua name=lib\nlocal lib = redis\n"
                 "lib.register_function('f1', function() lib.redis = redis end)\n"
                 "lib.register_function('f2', function() lib.register_function('f3', function() end) end)\n"
                 "lib.register_function('f4', function() redis.register_function('f3', function() end) end)\n"
                 "lib.register_function('f5', function() local mt = getmetatable(_G) mt.__index.redis = 1 end)\n"),
      "");
  EXPECT_TRUE(Contains(bench.Call("f1"), "Attempt to modify a readonly table"));
  EXPECT_TRUE(Contains(bench.Call("f2"), "can only be called on FUNCTION LOAD command"));
  EXPECT_TRUE(Contains(bench.Call("f4"), "attempt to call field 'register_function' (a nil value)"));
  EXPECT_EQ(bench.Call("f5").substr(0, 1), "-");
}

TEST(Functions, LoadingThatTakesTooLong) {
  ScriptBench bench;
  bench.host.verdict = Verdict::kTooSlow;
  EXPECT_EQ(bench.Load("#!lua name=lib\nlocal a = 1 while true do a = a + 1 end"),
            "Error registering functions: ERR FUNCTION LOAD timeout");
}

TEST(Functions, SayWhereTheyFailed) {
  ScriptBench bench;
  EXPECT_EQ(bench.Load("#!lua name=lib\nredis.register_function('f', function()\nerror('x') end)"), "");
  EXPECT_EQ(bench.Call("f"), "-ERR user_function:3: x script: f, on @user_function:3.");
}

TEST(Functions, ShareWhatTheirLibraryKeeps) {
  ScriptBench bench;
  EXPECT_EQ(bench.Load("#!lua name=lib\nlocal n = 0\n"
                       "redis.register_function('f', function() n = n + 1 return n end)"),
            "");
  EXPECT_EQ(bench.Call("f"), ":1");
  EXPECT_EQ(bench.Call("f"), ":2");
}

TEST(LibrarySets, DumpAndRead) {
  ScriptBench bench;
  EXPECT_EQ(bench.Load(kLibrary), "");
  EXPECT_EQ(bench.Load("#!lua name=a\nredis.register_function('x', function() end)"), "");
  std::string payload = DumpLibraries(bench.libraries(), 10);
  auto codes = ReadLibraryDump(payload);
  ASSERT_TRUE(codes);
  EXPECT_EQ(*codes, (std::vector<std::string>{"#!lua name=a\nredis.register_function('x', function() end)", kLibrary}));
  EXPECT_TRUE(ReadLibraryDump(DumpLibraries(FunctionLibraries(), 11))->empty());
}

TEST(LibrarySets, RefusesOtherPayloads) {
  constexpr char kWrong[] = "DUMP payload version or checksum are wrong";
  std::string payload = DumpLibraries(FunctionLibraries(), 10);
  EXPECT_EQ(ReadLibraryDump("").error(), kWrong);
  EXPECT_EQ(ReadLibraryDump(payload.substr(1)).error(), kWrong);
  payload[0] ^= 1;
  EXPECT_EQ(ReadLibraryDump(payload).error(), kWrong);
  EXPECT_EQ(ReadLibraryDump(DumpLibraries(FunctionLibraries(), 12)).error(), kWrong);
}

}  // namespace
}  // namespace dunlin::script
