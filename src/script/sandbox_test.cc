#include "script/sandbox.h"

#include <gtest/gtest.h>

#include "script/testing.h"

namespace dunlin::script {
namespace {

constexpr char kReadonly[] = "Attempt to modify a readonly table";

TEST(Sandbox, GlobalsCannotBeChanged) {
  ScriptBench bench;
  for (const char* code : {"a = 10",
                           "redis = 1",
                           "_G = {}",
                           "_G.x = 1",
                           "setmetatable(_G, {})",
                           "rawset(_G, 'x', 1)",
                           "getmetatable(_G).__index = {}",
                           "redis.call = 1",
                           "cjson.encode = 1",
                           "cmsgpack.pack = 1",
                           "bit.lshift = 1",
                           "struct.pack = 1",
                           "string.format = 1",
                           "table.insert = 1",
                           "math.pi = 3",
                           "coroutine.wrap = 1",
                           "table.insert(redis, 1)",
                           "table.remove(redis)",
                           "table.sort(redis)",
                           "getmetatable('').__index = {}",
                           "setmetatable(getmetatable(_G), {})",
                           "rawset(getmetatable(''), '__index', {})",
                           "function f() end",
                           "getfenv(1).x = 1",
                           "getfenv(0).x = 1",
                           "getfenv(redis.call).x = 1",
                           "redis['new'] = 1"}) {
    EXPECT_TRUE(Contains(bench.Eval(code), kReadonly)) << code;
  }
  EXPECT_EQ(bench.Eval("return {type(redis.call), type(cjson.encode), ('x'):upper()}"), "*3 $function $function $X");
}

TEST(Sandbox, UnknownNamesAreErrors) {
  ScriptBench bench;
  for (const char* name :
       {"a", "print", "loadfile", "dofile", "os", "io", "package", "require", "module", "debug", "newproxy", "os"}) {
    EXPECT_TRUE(Contains(bench.Eval("return " + std::string(name) + ".x"),
                         "Script attempted to access nonexistent global variable '" + std::string(name) + "'"));
  }
  EXPECT_TRUE(Contains(bench.Eval("return _G[{}]"), "must be a string or a number"));
  EXPECT_EQ(bench.Eval("return redis.nothing"), "$-1");
}

TEST(Sandbox, NothingOutlivesAScript) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("setfenv(0, {}) setfenv(1, {}) return 1"), ":1");
  EXPECT_EQ(bench.Eval("return type(redis)"), "$table");
  EXPECT_EQ(bench.Eval("setfenv(0, {}) setfenv(1, {}) return 1"), ":1") << "the same script still has its globals";
  EXPECT_EQ(bench.Eval("cjson.encode_max_depth(1) return 1"), ":1");
  EXPECT_EQ(bench.Eval("return cjson.encode({{{}}})"), "$[[{}]]");
  EXPECT_EQ(bench.Eval("collectgarbage('stop') return collectgarbage('setpause', 1000000)"), ":0");
  EXPECT_EQ(bench.Eval("return collectgarbage('count') > 0 and collectgarbage()"), ":0");
}

TEST(Sandbox, FrozenTablesCanBeLookedThrough) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("local n = 0 for name, value in pairs(bit) do n = n + 1 end return n"), ":12");
  EXPECT_EQ(bench.Eval("local n = 0 table.foreach(bit, function() n = n + 1 end) return n"), ":12");
  EXPECT_EQ(bench.Eval("return {type(next(redis)), type(rawget(_G, 'redis')), type(_G._G.redis)}"),
            "*3 $string $table $table");
  EXPECT_EQ(bench.Eval("for name, value in pairs(_G) do if name == 'bit' then return type(value) end end"), "$table");
  EXPECT_EQ(
      bench.Eval("for name, value in pairs(_G) do if type(value) == 'table' then pcall(rawset, value, 'x', 1) end "
                 "end return tostring(rawget(redis, 'x'))"),
      "$nil");
  EXPECT_EQ(bench.Eval("return type(getmetatable(_G).__index)"), "$function");
  EXPECT_EQ(bench.Eval("return type(getmetatable(redis))"), "$nil");
}

TEST(Sandbox, OrdinaryTablesAreAsInLua) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("local t = setmetatable({}, {__index = function(t, k) return k .. '!' end}) return t.a"), "$a!");
  EXPECT_EQ(bench.Eval("local t = {3, 1, 2} table.sort(t) table.insert(t, 4) table.remove(t, 1) return t"),
            "*3 :2 :3 :4");
  EXPECT_EQ(bench.Eval("return getmetatable(setmetatable({}, {__metatable = 'mine'}))"), "$mine");
  EXPECT_TRUE(Contains(bench.Eval("setmetatable(setmetatable({}, {__metatable = 1}), {})"),
                       "cannot change a protected metatable"));
  EXPECT_EQ(
      bench.Eval("local t = {a = 1} rawset(t, 'b', 2) local n = 0 for _, v in pairs(t) do n = n + v end return n"),
      ":3");
  EXPECT_EQ(bench.Eval("return {select('#', unpack({1, 2, nil, 4}, 1, 4)), unpack({7, 8}, 2)}"), "*2 :4 :8");
  EXPECT_EQ(bench.Eval("return {select(2, xpcall(function() error('x', 0) end, function(e) return e .. '!' end))}"),
            "*1 $x!");
  EXPECT_EQ(bench.Eval("return {select(2, xpcall(function() return 1, 2 end, error))}"), "*2 :1 :2");
  EXPECT_EQ(bench.Eval("return {select(2, xpcall(error, error))}"), "*1 $error in error handling");
  EXPECT_EQ(bench.Eval("local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) "
                       "return {co(1), co(21)}"),
            "*2 :2 :42");
}

TEST(Sandbox, CaughtErrorsAreTexts) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("local ok, e = pcall(function() return foo end) return e"),
            "$user_script:1: Script attempted to access nonexistent global variable 'foo'");
  EXPECT_EQ(bench.Eval("local ok, a, b = pcall(function(x) return x, 2 end, 1) return {tostring(ok), a, b}"),
            "*3 $true :1 :2");
  EXPECT_EQ(bench.Eval("local ok, e = pcall(error, {1}) return e"), "*1 :1");
}

TEST(Sandbox, CompilingInsideAScript) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return loadstring('return 1 + 1')()"), ":2");
  EXPECT_EQ(bench.Eval("local f, e = loadstring('return +', '=mine') return e"), "$mine:1: unexpected symbol near '+'");
  EXPECT_EQ(bench.Eval("local pieces = {'return ', '4', '2'} local i = 0 "
                       "return load(function() i = i + 1 return pieces[i] end)()"),
            ":42");
  EXPECT_TRUE(
      Contains(bench.Eval("return loadstring(string.dump(function() return 1 end))()"), "attempt to call a nil value"));
  EXPECT_TRUE(Contains(bench.Eval("local done = false return load(function() if done then return nil end done = true "
                                  "return string.dump(function() return 1 end) end)()"),
                       "attempt to call a nil value"));
  EXPECT_TRUE(Contains(bench.Eval("\x1bLua"), "Error compiling script"));
  EXPECT_TRUE(Contains(bench.Eval("loadstring('a = 1')()"), kReadonly));
  EXPECT_EQ(bench.Eval("return loadstring('error(1)', string.rep('n', 100) .. '\\0' .. string.rep('m', 100)) ~= nil"),
            ":1");
}

TEST(Sandbox, PatternsAreBounded) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return ('hello'):gsub('l', 'L')"), "$heLLo");
  EXPECT_EQ(bench.Eval("for word in ('a b'):gmatch('%a') do return word end"), "$a");
  for (const char* call : {"('x'):find(p)", "('x'):match(p)", "('x'):gmatch(p)", "('x'):gsub(p, '')"}) {
    EXPECT_TRUE(
        Contains(bench.Eval("local p = string.rep('a*', 1000000) return " + std::string(call)), "pattern too complex"));
  }
}

}  // namespace
}  // namespace dunlin::script
