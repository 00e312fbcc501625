#include "script/eval_state.h"

#include <gtest/gtest.h>

#include "script/testing.h"

namespace dunlin::script {
namespace {

TEST(Eval, RepliesWithWhatTheScriptReturns) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return 'hello'"), "$hello");
  EXPECT_EQ(bench.Eval("return 100.9"), ":100");
  EXPECT_EQ(bench.Eval("return -3.9"), ":-3");
  EXPECT_EQ(bench.Eval("return 2^63"), ":-9223372036854775808");
  EXPECT_EQ(bench.Eval("return 0/0"), ":-9223372036854775808");
  EXPECT_EQ(bench.Eval("return true"), ":1");
  EXPECT_EQ(bench.Eval("return false"), "$-1");
  EXPECT_EQ(bench.Eval("return nil"), "$-1");
  EXPECT_EQ(bench.Eval("return"), "$-1");
  EXPECT_EQ(bench.Eval("return print == nil"),
            "-ERR user_script:1: Script attempted to access nonexistent global "
            "variable 'print' script: " +
                Sha1Hex("return print == nil") + ", on @user_script:1.");
  EXPECT_EQ(bench.Eval("return {1, 2, {'a', 'b'}, nil, 5}"), "*3 :1 :2 *2 $a $b");
  EXPECT_EQ(bench.Eval("return {}"), "*0");
  EXPECT_EQ(bench.Eval("return {ok = 'fine'}"), "+fine");
  EXPECT_EQ(bench.Eval("return {err = 'MY word'}"), "-MY word");
  EXPECT_EQ(bench.Eval("return {err = 'two\\r\\nlines'}"), "-two  lines");
  EXPECT_EQ(bench.Eval("return _G"), "*0");
  EXPECT_EQ(bench.Eval("return function() end"), "$-1");
}

TEST(Eval, RepliesInTheClientsProtocol) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return {double = 3.5}"), "$3.5");
  EXPECT_EQ(bench.Eval("return {map = {a = 1}}"), "*2 $a :1");
  EXPECT_EQ(bench.Eval("return {set = {a = true}}"), "*1 $a");
  EXPECT_EQ(bench.Eval("return {big_number = '12\\r\\n3'}"), "$12  3");
  EXPECT_EQ(bench.Eval("return {verbatim_string = {format = 'txt', string = 'x y'}}"), "$x y");
  bench.client_resp = 3;
  EXPECT_EQ(bench.Eval("return {double = 3.5}"), ",3.5");
  EXPECT_EQ(bench.Eval("return {map = {a = {1}}}"), "%1 $a *1 :1");
  EXPECT_EQ(bench.Eval("return {set = {a = true}}"), "~1 $a");
  EXPECT_EQ(bench.Eval("return {big_number = '123'}"), "(123");
  EXPECT_EQ(bench.Eval("return {verbatim_string = {format = 'txt', string = 'x y'}}"), "=txt:x y");
  EXPECT_EQ(bench.Eval("return nil"), "_");
  EXPECT_EQ(bench.Eval("return false"), "_");
  EXPECT_EQ(bench.Eval("redis.setresp(3); return {true, false}"), "*2 #t #f");
}

TEST(Eval, GivesKeysAndArguments) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return {KEYS[1], KEYS[2], KEYS[3], ARGV[1]}", {"a", "b"}, {"c"}), "*2 $a $b");
  EXPECT_EQ(bench.Eval("return {#KEYS, #ARGV, ARGV[1]}", {"a", "b"}, {"c"}), "*3 :2 :1 $c");
  EXPECT_EQ(bench.Eval("return #KEYS"), ":0") << "those of the run before are gone";
}

TEST(Eval, CallsCommands) {
  ScriptBench bench;
  bench.host.answers = {{"get k", "$3\r\nabc\r\n"},    {"get none", "$-1\r\n"},
                        {"incr k", ":7\r\n"},          {"list", "*3\r\n$1\r\na\r\n:2\r\n*-1\r\n"},
                        {"fail", "-WRONGTYPE no\r\n"}, {"refused", "!ERR not from here"}};
  EXPECT_EQ(bench.Eval("return redis.call('get', 'k')"), "$abc");
  EXPECT_EQ(bench.Eval("return redis.call('get', 'none') == false and 'yes'"), "$yes");
  EXPECT_EQ(bench.Eval("return redis.call('incr', 'k') + 1"), ":8");
  EXPECT_EQ(bench.Eval("local l = redis.call('list'); return {l[1], l[2], tostring(l[3]), #l}"), "*4 $a :2 $false :3");
  EXPECT_EQ(bench.Eval("return redis.call('set', 'k', 1)['ok']"), "$OK");
  EXPECT_EQ(bench.Eval("return redis.pcall('fail')"), "-WRONGTYPE no");
  EXPECT_TRUE(bench.outcome.failed && bench.outcome.counted);
  EXPECT_EQ(bench.Eval("return redis.pcall('fail').err"), "$WRONGTYPE no");
  EXPECT_FALSE(bench.outcome.failed);
  EXPECT_EQ(bench.Eval("\nreturn redis.call('fail')"),
            "-WRONGTYPE no script: " + Sha1Hex("\nreturn redis.call('fail')") + ", on @user_script:2.");
  EXPECT_TRUE(bench.outcome.failed && bench.outcome.counted);
  EXPECT_TRUE(Contains(bench.Eval("return redis.call('refused')"), "-ERR not from here script: "));
  EXPECT_EQ(bench.Eval("local ok, e = pcall(redis.call, 'fail'); return {tostring(ok), e}"), "*2 $false $WRONGTYPE no");
}

TEST(Eval, SpellsNumbersInArguments) {
  ScriptBench bench;
  bench.Eval("redis.call('x', 9007199254740991, 1e9, 0.1, -0, 1e100, 3)");
  EXPECT_EQ(bench.host.called.back(), "x 9007199254740991 1000000000 0.1 0 1e+100 3");
  EXPECT_TRUE(Contains(bench.Eval("redis.call()"),
                       "-ERR Please specify at least one argument for this redis lib call script: "));
  EXPECT_TRUE(Contains(bench.Eval("redis.call('x', {})"),
                       "-ERR Lua redis lib command arguments must be strings or integers script: "));
}

TEST(Eval, ConvertsRepliesOfTheThirdProtocol) {
  ScriptBench bench;
  bench.host.answers = {{"map", "%1\r\n$1\r\nf\r\n:1\r\n"},
                        {"set", "~1\r\n$1\r\nm\r\n"},
                        {"double", ",3.25\r\n"},
                        {"null", "_\r\n"},
                        {"true", "#t\r\n"},
                        {"big", "(123456789012345678901234567890\r\n"},
                        {"verbatim", "=7\r\ntxt:abc\r\n"},
                        {"attribute", "|1\r\n+a\r\n:1\r\n$1\r\nx\r\n"},
                        {"push", ">1\r\n:1\r\n"}};
  EXPECT_EQ(bench.Eval("redis.setresp(3) return redis.call('map').map.f"), ":1");
  EXPECT_EQ(bench.host.last_resp_version, 3);
  EXPECT_EQ(bench.Eval("return redis.call('set').set.m"), ":1");
  EXPECT_EQ(bench.host.last_resp_version, 2) << "each run begins with the second protocol";
  EXPECT_EQ(bench.Eval("return tostring(redis.call('double').double)"), "$3.25");
  EXPECT_EQ(bench.Eval("return type(redis.call('null'))"), "$nil");
  EXPECT_EQ(bench.Eval("return tostring(redis.call('true'))"), "$true");
  EXPECT_EQ(bench.Eval("return redis.call('big').big_number"), "$123456789012345678901234567890");
  EXPECT_EQ(bench.Eval("local v = redis.call('verbatim').verbatim_string return v.format .. v.string"), "$txtabc");
  EXPECT_EQ(bench.Eval("return redis.call('attribute')"), "$x");
  EXPECT_TRUE(Contains(bench.Eval("redis.setresp(4)"), "RESP version must be 2 or 3."));
}

TEST(Eval, SaysWhereItFailed) {
  ScriptBench bench;
  std::string code = "local a = 1\n\nerror('mine')";
  EXPECT_EQ(bench.Eval(code), "-ERR user_script:3: mine script: " + Sha1Hex(code) + ", on @user_script:3.");
  EXPECT_FALSE(bench.outcome.counted);
  EXPECT_EQ(bench.outcome.error.substr(0, 4), "ERR ");
  EXPECT_TRUE(Contains(bench.Eval("error({err = 'CODE words'})"), "-CODE words script: "));
  EXPECT_TRUE(Contains(bench.Eval("error()"), "-ERR nil script: "));
  EXPECT_TRUE(Contains(bench.Eval("error(redis)"), "-ERR unknown error"));
  EXPECT_TRUE(Contains(bench.Eval("error({})"), "-ERR unknown error"));
  EXPECT_EQ(bench.Eval("return +"),
            "(Error compiling script (new function): user_script:1: unexpected symbol near '+')");
}

TEST(Eval, KeepsLineNumbersBehindAShebang) {
  ScriptBench bench;
  EXPECT_TRUE(Contains(bench.Eval("#!lua\nerror('x')"), "user_script:2: x"));
}

TEST(Eval, ErrorAndStatusReplies) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return redis.error_reply('MY_ERR custom msg')"), "-MY_ERR custom msg");
  EXPECT_EQ(bench.Eval("return redis.error_reply('-MY_ERR custom msg')"), "-MY_ERR custom msg");
  EXPECT_EQ(bench.Eval("return redis.error_reply('oneword')"), "-ERR oneword");
  EXPECT_EQ(bench.Eval("return redis.error_reply('')"), "-ERR ");
  EXPECT_EQ(bench.Eval("return redis.error_reply(1)"), "-ERR wrong number or type of arguments");
  EXPECT_EQ(bench.Eval("return redis.status_reply('FINE')"), "+FINE");
  EXPECT_EQ(bench.Eval("return redis.status_reply({})"), "-ERR wrong number or type of arguments");
}

TEST(Eval, OtherFunctionsOfTheApi) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return redis.sha1hex('')"), "$da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(bench.Eval("return redis.sha1hex('Pizza & Mandolino')"), "$74822d82031af7493c20eefa13bd07ec4fada82f");
  EXPECT_TRUE(Contains(bench.Eval("redis.sha1hex()"), "wrong number of arguments"));
  EXPECT_EQ(bench.Eval("redis.log(redis.LOG_WARNING, 'a', 1, {}, 'b') redis.log(redis.LOG_DEBUG, 'unheard')"), "$-1");
  EXPECT_EQ(bench.host.logged, std::vector<std::string>{"a 1 b"});
  EXPECT_TRUE(Contains(bench.Eval("redis.log(4, 'x')"), "Invalid debug level."));
  EXPECT_EQ(bench.Eval("redis.set_repl(redis.REPL_AOF) redis.set_repl(redis.REPL_ALL) redis.set_repl(0)"), "$-1");
  EXPECT_EQ(bench.host.replication, (std::vector<std::string>{"aof ", "aof replicas", ""}));
  EXPECT_TRUE(Contains(bench.Eval("redis.set_repl(12345)"), "Invalid replication flags."));
  EXPECT_EQ(
      bench.Eval("return {tostring(redis.acl_check_cmd('get', 'k')), tostring(redis.acl_check_cmd('forbidden'))}"),
      "*2 $true $false");
  EXPECT_TRUE(
      Contains(bench.Eval("redis.acl_check_cmd('unknown')"), "ERR Invalid command passed to redis.acl_check_cmd()"));
  EXPECT_EQ(bench.Eval("return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM, redis.replicate_commands(), "
                       "tostring(redis.breakpoint()), tostring((redis.debug('x')))}"),
            "*5 $7.2.4 :459268 :1 $false $nil");
}

TEST(Eval, AnEndlessScriptCanBeKilled) {
  for (std::string_view code :
       {"while true do end", "while true do pcall(function() while true do end end) end",
        "local function f() return f() end return f()", "coroutine.wrap(function() while true do end end)()",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "while true do xpcall(error, function() while true do end end) end"}) {
    ScriptBench bench;
    bench.host.verdict = Verdict::kKilled;
    bench.host.patience = 3;
    EXPECT_TRUE(Contains(bench.Eval(code), "-ERR Script killed by user with SCRIPT KILL..."));
    EXPECT_EQ(bench.outcome.verdict, Verdict::kKilled);
    EXPECT_EQ(bench.Eval("return 1"), ":1");
  }
}

TEST(Eval, AnAbandonedScriptRepliesNothing) {
  ScriptBench bench;
  bench.host.verdict = Verdict::kAbandoned;
  EXPECT_EQ(bench.Eval("while true do pcall(redis.call, 'x') end"), "");
  EXPECT_EQ(bench.outcome.verdict, Verdict::kAbandoned);
}

TEST(Eval, StackLimits) {
  ScriptBench bench;
  EXPECT_TRUE(Contains(bench.Eval("local a = {} local b = {a} a[1] = b return a"), "-ERR reached lua stack limit"));
  EXPECT_EQ(bench.Eval("local a = {} for i = 1, 7999 do a[i] = 1 end return redis.call('x', unpack(a)).ok"), "$OK");
  EXPECT_TRUE(Contains(bench.Eval("local a = {} for i = 1, 8001 do a[i] = 1 end return {unpack(a)}"),
                       "too many results to unpack"));
  EXPECT_TRUE(Contains(bench.Eval("return {unpack({}, 0, 2147483647)}"), "too many results to unpack"));
  EXPECT_TRUE(Contains(bench.Eval("return {unpack({}, -2147483648, 2147483647)}"), "too many results to unpack"));
  EXPECT_TRUE(Contains(bench.Eval("local function f() f() return 1 end f()"), "stack overflow"));
}

TEST(Eval, MemoryIsCounted) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return 1"), ":1");
  size_t before = bench.engine().eval_bytes();
  EXPECT_GT(before, 10000u);
  EXPECT_LT(before, 100000u);
  for (int i = 0; i < 10000; ++i) EXPECT_EQ(bench.Eval("return redis.call('incr', KEYS[1]).ok", {"x"}), "$OK");
  EXPECT_LT(bench.engine().eval_bytes(), 100000u);
}

TEST(Eval, RandomNumbers) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("math.randomseed(10) return tostring(math.random())"),
            bench.Eval("math.randomseed(10) return tostring(math.random())"));
  EXPECT_NE(bench.Eval("return tostring(math.random())"), bench.Eval("return tostring(math.random())"));
  // The numbers of lrand48 after srand48(0) and srand48(-1).
  EXPECT_EQ(bench.Eval("math.randomseed(0) return {math.random(1000000), math.random(1000000), math.random(5, 6)}"),
            "*3 :170829 :749902 :5");
  EXPECT_TRUE(Contains(bench.Eval("return math.random(0)"), "interval is empty"));
  EXPECT_EQ(bench.Eval("local n = math.random(-2147483648, 2147483647) return n >= -2147483648 and n < 2147483648"),
            ":1");
}

}  // namespace
}  // namespace dunlin::script
