// cjson, cmsgpack, struct and bit.
#include <gtest/gtest.h>

#include "script/testing.h"

namespace dunlin::script {
namespace {

std::string Hex(std::string_view expression) {
  return "local h = '' for c in (" + std::string(expression) +
         "):gmatch('.') do h = h .. string.format('%02x', "
         "string.byte(c)) end return h";
}

TEST(Json, Encodes) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return cjson.encode({1, 'a', true, false, cjson.null, {x = 1.5}, {}})"),
            "$[1,\"a\",true,false,null,{\"x\":1.5},{}]");
  EXPECT_EQ(bench.Eval("return cjson.encode('/\"\\\\\\b\\f\\n\\r\\t\\0\\127\\200')"),
            "$\"\\/\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u007f\xc8\"");
  EXPECT_EQ(bench.Eval("return cjson.encode({[1] = 1, [3] = 3})"), "$[1,null,3]");
  EXPECT_EQ(bench.Eval("return cjson.encode({['1'] = 1})"), "${\"1\":1}");
  EXPECT_EQ(bench.Eval("return cjson.encode({[1.5] = 1})"), "${\"1.5\":1}");
  EXPECT_EQ(bench.Eval("return cjson.encode({[0] = 1})"), "${\"0\":1}");
  EXPECT_EQ(bench.Eval("return cjson.encode(1e100)"), "$1e+100");
  EXPECT_EQ(bench.Eval("return cjson.encode(3.14159265358979)"), "$3.1415926535898");
  EXPECT_EQ(bench.Eval("cjson.encode_number_precision(3) return cjson.encode(3.14159)"), "$3.14");
  EXPECT_EQ(bench.Eval("return cjson.encode(nil)"), "$null");
}

TEST(Json, RefusesWhatJsonCannotSay) {
  ScriptBench bench;
  EXPECT_TRUE(Contains(bench.Eval("return cjson.encode({[false] = 1})"),
                       "Cannot serialise boolean: table key must be a number or string"));
  EXPECT_TRUE(Contains(bench.Eval("return cjson.encode(print)"), "nonexistent global variable"));
  EXPECT_TRUE(Contains(bench.Eval("return cjson.encode(pcall)"), "Cannot serialise function: type not supported"));
  EXPECT_TRUE(Contains(bench.Eval("return cjson.encode(0/0)"), "Cannot serialise number: must not be NaN or Inf"));
  EXPECT_TRUE(
      Contains(bench.Eval("return cjson.encode({[1000] = 1})"), "Cannot serialise table: excessively sparse array"));
  EXPECT_TRUE(Contains(bench.Eval("local t = {} t.t = t return cjson.encode(t)"),
                       "Cannot serialise, excessive nesting (1001)"));
  EXPECT_TRUE(Contains(bench.Eval("cjson.encode_max_depth(100000) local t = {} t.t = t return cjson.encode(t)"),
                       "Cannot serialise, excessive nesting ("));
  EXPECT_TRUE(Contains(bench.Eval("return cjson.encode()"), "expected 1 argument"));
}

TEST(Json, Settings) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("cjson.encode_invalid_numbers(true) return cjson.encode({0/0, 1/0, -1/0})"), "$[nan,inf,-inf]");
  EXPECT_EQ(bench.Eval("cjson.encode_invalid_numbers('null') return cjson.encode({0/0})"), "$[null]");
  EXPECT_EQ(bench.Eval("cjson.encode_sparse_array(true) return cjson.encode({[1000] = 1})"), "${\"1000\":1}");
  EXPECT_EQ(bench.Eval("local a, b, c = cjson.encode_sparse_array() return {tostring(a), b, c}"), "*3 $false :2 :10");
  EXPECT_EQ(bench.Eval("return {cjson.encode_max_depth(), cjson.decode_max_depth(5), cjson.encode_number_precision()}"),
            "*3 :1000 :5 :14");
  EXPECT_TRUE(Contains(bench.Eval("cjson.encode_number_precision(15)"), "expected integer between 1 and 14"));
  EXPECT_TRUE(Contains(bench.Eval("cjson.decode_max_depth(1, 2)"), "found too many arguments"));
  EXPECT_EQ(bench.Eval("return tostring(cjson.encode_keep_buffer('off'))"), "$false");
  EXPECT_EQ(bench.Eval("return cjson.encode_invalid_numbers('null')"), "$null");
  EXPECT_EQ(bench.Eval("local own = cjson.new() own.decode_max_depth(7) return {own.decode_max_depth(), "
                       "cjson.decode_max_depth(), cjson._VERSION}"),
            "*3 :7 :1000 $2.1.0");
}

TEST(Json, Decodes) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return table.concat(cjson.decode('[0.0, -5e3, -1, 0.3e-3, 1023.2, 0e10]'), ' ')"),
            "$0 -5000 -1 0.0003 1023.2 0");
  EXPECT_EQ(bench.Eval("local d = cjson.decode('{\"a\": \"x\", \"b\": [true, null, {}]}') "
                       "return {d.a, tostring(d.b[1]), tostring(d.b[2] == cjson.null), #d.b[3]}"),
            "*4 $x $true $true :0");
  EXPECT_EQ(bench.Eval(R"(return cjson.decode('"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\/\\n"'))"), "$Aé€😀/\n");
  EXPECT_EQ(bench.Eval("return tostring(cjson.decode('[nan, Infinity, 0x10]')[3])"), "$16");
  EXPECT_EQ(bench.Eval("return cjson.decode(' 42 ')"), ":42");
  EXPECT_EQ(bench.Eval("return #cjson.decode('[ ]') + #cjson.decode('{ }')"), ":0");
}

TEST(Json, SaysWhatIsWrong) {
  ScriptBench bench;
  struct Case {
    const char* json;
    const char* error;
  };
  for (const Case& c : {Case{"", "Expected value but found T_END at character 1"},
                        Case{"[1,]", "Expected value but found T_ARR_END at character 4"},
                        Case{"[1 2]", "Expected comma or array end but found T_NUMBER at character 4"},
                        Case{"{1:2}", "Expected object key string but found T_NUMBER at character 2"},
                        Case{"{\"a\" 1}", "Expected colon but found T_NUMBER at character 6"},
                        Case{"{\"a\":1,}", "Expected object key string but found T_OBJ_END at character 8"},
                        Case{"{\"a\":1 \"b\"}", "Expected comma or object end but found T_STRING at character 8"},
                        Case{"[1", "Expected comma or array end but found T_END at character 3"},
                        Case{"1 1", "Expected the end but found T_NUMBER at character 3"},
                        Case{"\"abc", "Expected value but found unexpected end of string at character 5"},
                        Case{"\"\\x\"", "Expected value but found invalid escape code at character 2"},
                        Case{"\"\\u12\"", "Expected value but found invalid unicode escape code at character 2"},
                        Case{"\"\\udc00\"", "Expected value but found invalid unicode escape code at character 2"},
                        Case{"tru", "Expected value but found invalid token at character 1"},
                        Case{"@", "Expected value but found invalid token at character 1"},
                        Case{"-", "Expected value but found invalid number at character 1"}}) {
    EXPECT_TRUE(Contains(bench.Eval("return cjson.decode(ARGV[1])", {}, {c.json}), c.error)) << c.json;
  }
  EXPECT_TRUE(Contains(bench.Eval("return cjson.decode('a\\0b')"), "does not support UTF-16 or UTF-32"));
  EXPECT_TRUE(Contains(bench.Eval("return cjson.decode(string.rep('[', 2000))"),
                       "Found too many nested data structures (1001) at character 1001"));
  EXPECT_TRUE(Contains(bench.Eval("cjson.decode_invalid_numbers(false) return cjson.decode('0x10')"),
                       "invalid number at character 1"));
  EXPECT_TRUE(Contains(bench.Eval("cjson.decode_max_depth(1000000) return cjson.decode(string.rep('[', 1000000))"),
                       "Found too many nested data structures ("));
}

TEST(MessagePack, Packs) {
  ScriptBench bench;
  struct Case {
    const char* value;
    const char* bytes;
  };
  for (const Case& c : {Case{"0", "00"},
                        Case{"127", "7f"},
                        Case{"128", "cc80"},
                        Case{"256", "cd0100"},
                        Case{"65536", "ce00010000"},
                        Case{"2^40", "cf0000010000000000"},
                        Case{"-1", "ff"},
                        Case{"-32", "e0"},
                        Case{"-33", "d0df"},
                        Case{"-129", "d1ff7f"},
                        Case{"-32769", "d2ffff7fff"},
                        Case{"-1099511627776", "d3ffffff0000000000"},
                        Case{"0.5", "ca3f000000"},
                        Case{"0.1", "cb3fb999999999999a"},
                        Case{"nil", "c0"},
                        Case{"true", "c3"},
                        Case{"false", "c2"},
                        Case{"'a'", "a161"},
                        Case{"{}", "90"},
                        Case{"{1,2}", "920102"},
                        Case{"{a=1}", "81a16101"},
                        Case{"{[2]=1}", "810201"},
                        Case{"1, 'x'", "01a178"},
                        Case{"2^63", "ca5f000000"}}) {
    EXPECT_EQ(bench.Eval(Hex("cmsgpack.pack(" + std::string(c.value) + ")")), "$" + std::string(c.bytes)) << c.value;
  }
  EXPECT_TRUE(Contains(bench.Eval("return cmsgpack.pack()"), "MessagePack pack needs input."));
  EXPECT_EQ(bench.Eval("local s = string.rep('x', 70000) return #cmsgpack.pack(s, string.rep('y', 300), "
                       "string.rep('z', 40))"),
            ":70350");
}

TEST(MessagePack, CircularTablesEndAtSixteenLevels) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("local a = {y = 5} local b = {x = a} a.x = b local re = cmsgpack.unpack(cmsgpack.pack(a)) "
                       "local n = 0 while re do re = re.x n = n + 1 end return n"),
            ":16");
}

TEST(MessagePack, Unpacks) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return {cmsgpack.unpack(cmsgpack.pack(1, 'two', {3, {4}}, {five = 6}))}"),
            "*4 :1 $two *2 :3 *1 :4 *0");
  EXPECT_EQ(bench.Eval("local p = cmsgpack.pack(1, 2, 3) return {cmsgpack.unpack_one(p)}"), "*2 :1 :1");
  EXPECT_EQ(bench.Eval("local p = cmsgpack.pack(1, 2, 3) return {cmsgpack.unpack_one(p, 2)}"), "*2 :-1 :3");
  EXPECT_EQ(bench.Eval("local p = cmsgpack.pack(1, 2, 3) return {cmsgpack.unpack_limit(p, 2, 0)}"), "*3 :2 :1 :2");
  EXPECT_EQ(bench.Eval("return {cmsgpack.unpack('\\217\\003abc')}"), "*1 $abc");
  EXPECT_EQ(bench.Eval("return {cmsgpack.unpack('')}"), "*0");
}

TEST(MessagePack, SaysWhatIsWrong) {
  ScriptBench bench;
  EXPECT_TRUE(Contains(bench.Eval("return cmsgpack.unpack('\\193')"), "Bad data format in input."));
  EXPECT_TRUE(Contains(bench.Eval("return cmsgpack.unpack('\\205')"), "Missing bytes in input."));
  EXPECT_TRUE(Contains(bench.Eval("return cmsgpack.unpack('\\221')"), "Missing bytes in input."));
  EXPECT_TRUE(Contains(bench.Eval("return cmsgpack.unpack('\\219\\255\\255\\255\\255a')"), "Missing bytes in input."));
  EXPECT_TRUE(
      Contains(bench.Eval("return cmsgpack.unpack_one('a', 5)"), "Start offset 5 greater than input length 1."));
  EXPECT_TRUE(
      Contains(bench.Eval("return cmsgpack.unpack_one('a', -1)"), "Invalid request to unpack with offset of -1"));
  EXPECT_TRUE(Contains(bench.Eval("return cmsgpack.unpack(string.rep('\\145', 100000))"), "too many return values"));
  EXPECT_TRUE(Contains(bench.Eval("return cmsgpack.unpack('\\129\\192\\001')"), "index is nil"));
}

TEST(Struct, PacksAndUnpacks) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval(Hex("struct.pack('>bBhHiIlL', -1, 255, -2, 2, -3, 3, -4, 4)")),
            "$fffffffe0002fffffffd00000003fffffffffffffffc0000000000000004");
  EXPECT_EQ(bench.Eval(Hex("struct.pack('<i2>i3x', 1, 1)")), "$010000000100");
  EXPECT_EQ(bench.Eval(Hex("struct.pack('!4bi', 1, 2)")), "$0100000002000000");
  EXPECT_EQ(bench.Eval(Hex("struct.pack('>fd', 0.5, 0.1)")), "$3f0000003fb999999999999a");
  EXPECT_EQ(bench.Eval(Hex("struct.pack('sc3c0', 'ab', 'abcd', 'xy')")), "$6162006162637879");
  EXPECT_EQ(bench.Eval(Hex("struct.pack('>i16', -2)")), "$0000000000000000fffffffffffffffe");
  EXPECT_EQ(bench.Eval("return {struct.unpack('>i2Bsc2', '\\255\\254\\255ab\\0cd')}"), "*5 :-2 :255 $ab $cd :9");
  EXPECT_EQ(bench.Eval("return {struct.unpack('bc0', '\\003abcd')}"), "*2 $abc :5");
  EXPECT_EQ(bench.Eval("return {struct.unpack('b', 'abc', 2)}"), "*2 :98 :3");
  EXPECT_EQ(bench.Eval("return {struct.size('!4bi'), struct.size('>dT c5'), struct.size('i16')}"), "*3 :8 :21 :16");
}

TEST(Struct, SaysWhatIsWrong) {
  ScriptBench bench;
  struct Case {
    const char* call;
    const char* error;
  };
  for (const Case& c :
       {Case{"struct.unpack('i', 'ab')", "data string too short"},
        Case{"struct.unpack('s', 'ab')", "unfinished string"},
        Case{"struct.unpack('c0', 'ab')", "format 'c0' needs a previous size"},
        Case{"struct.unpack('bc0', '\\255ab')", "data string too short"},
        Case{"struct.pack('c5', 'ab')", "string too short"},
        Case{"struct.pack('i33', 1)", "integral size 33 is larger than limit of 32"},
        Case{"struct.pack('i99999999999', 1)", "integral size overflow"}, Case{"struct.pack('!3')", "not a power of 2"},
        Case{"struct.pack('!0')", "not a power of 2"}, Case{"struct.pack('?')", "invalid format option '?'"},
        Case{"struct.size('s')", "option 's' has no fixed size"},
        Case{"struct.size('c0')", "option 'c0' has no fixed size"},
        Case{"struct.unpack('b', 'a', 0)", "offset must be 1 or greater"},
        Case{"struct.unpack('b', 'a', 9007199254740992)", "data string too short"},
        Case{"struct.unpack('c2147483647', 'a', 2)", "data string too short"}}) {
    EXPECT_TRUE(Contains(bench.Eval("return " + std::string(c.call)), c.error)) << c.call;
  }
}

TEST(Bit, Operations) {
  ScriptBench bench;
  EXPECT_EQ(bench.Eval("return {bit.tobit(2^32 + 1), bit.band(12, 10), bit.bor(1, 2, 4), bit.bxor(1, 3), bit.bnot(0)}"),
            "*5 :1 :8 :7 :2 :-1");
  EXPECT_EQ(bench.Eval("return {bit.lshift(1, 33), bit.rshift(-1, 28), bit.arshift(-16, 2), bit.rol(0x80000001, 1), "
                       "bit.ror(1, 1), bit.bswap(0x01020304)}"),
            "*6 :2 :15 :-4 :3 :-2147483648 :67305985");
  EXPECT_EQ(bench.Eval("return {bit.tohex(255), bit.tohex(255, 2), bit.tohex(255, -4), bit.tohex(65535, -2147483648)}"),
            "*4 $000000ff $ff $00FF $0000FFFF");
  EXPECT_TRUE(Contains(bench.Eval("return bit.band('x')"), "number expected, got string"));
}

}  // namespace
}  // namespace dunlin::script
