#include <gtest/gtest.h>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

constexpr std::string_view kInvalidId = "-ERR Invalid stream ID specified as stream command argument";

TEST(StreamCommands, AddChoosesIds) {
  CommandBench b;
  EXPECT_EQ(b.Run("XADD s * f v"), "1700000000000-0");
  EXPECT_EQ(b.events(), "new s, xadd s");
  EXPECT_EQ(b.told(), "XADD s 1700000000000-0 f v");
  EXPECT_EQ(b.Run("XADD s * f v"), "1700000000000-1");
  b.now_ms -= 50;
  EXPECT_EQ(b.Run("XADD s * f v"), "1700000000000-2");
  EXPECT_EQ(b.Run("XADD s 1700000000000-* f v"), "1700000000000-3");
  EXPECT_EQ(b.told(), "XADD s 1700000000000-3 f v");
  EXPECT_EQ(b.Run("XADD s 1700000000001 f v"), "1700000000001-0");
  EXPECT_EQ(b.told(), "XADD s 1700000000001 f v");
  EXPECT_EQ(b.Run("XADD s 1700000000002-* f v"), "1700000000002-0");
  EXPECT_EQ(b.Run("XADD s 1700000000002-0 f v"),
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("XADD other 0-* f v"), "0-1");
  EXPECT_EQ(b.Run("XADD none 0-0 f v"), "-ERR The ID specified in XADD must be greater than 0-0");
  EXPECT_EQ(b.Run("EXISTS none"), "0");
  EXPECT_EQ(b.Run("XADD s 1700000000003-18446744073709551615 f v"), "1700000000003-18446744073709551615");
  EXPECT_EQ(b.Run("XADD s 1700000000003-* f v"),
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item");
  EXPECT_EQ(b.Run("XADD s * f v"), "1700000000004-0");
  b.Run("XADD s 18446744073709551615-18446744073709551615 f v");
  EXPECT_EQ(b.Run("XADD s * f v"), "-ERR The stream has exhausted the last possible ID, unable to add more items");
}

TEST(StreamCommands, AddRefuses) {
  CommandBench b;
  EXPECT_EQ(b.Run("XADD s * f v x"), "-ERR wrong number of arguments for 'xadd' command");
  EXPECT_EQ(b.Run("XADD s maxlen 5 *"), "-ERR wrong number of arguments for 'xadd' command");
  EXPECT_EQ(b.Run("XADD s x f v"), kInvalidId);
  EXPECT_EQ(b.Run("XADD s - f v"), kInvalidId);
  EXPECT_EQ(b.Run("XADD s 1-x f v"), kInvalidId);
  EXPECT_EQ(b.Run("XADD s 18446744073709551616 f v"), kInvalidId);
  EXPECT_EQ(b.Run("XADD s nomkstream * f v"), "nil");
  EXPECT_EQ(b.Run("XADD s maxlen 1 minid 1 * f v"),
            "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  EXPECT_EQ(b.Run("XADD s maxlen -1 * f v"), "-ERR The MAXLEN argument must be >= 0.");
  EXPECT_EQ(b.Run("XADD s maxlen ~ 1 limit -1 * f v"), "-ERR The LIMIT argument must be >= 0.");
  EXPECT_EQ(b.Run("XADD s maxlen 1 limit 5 * f v"),
            "-ERR syntax error, LIMIT cannot be used without the special ~ option");
  EXPECT_EQ(b.Run("XADD s limit 5 * f v"),
            "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  EXPECT_EQ(b.Run("EXISTS s"), "0");
  b.Run("SET text x");
  EXPECT_EQ(b.Run("XADD text * f v"), "-WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST(StreamCommands, TrimmingIsToldExactly) {
  CommandBench b;
  b.settings.encoding.stream_node_max_entries = 10;
  for (int i = 1; i <= 95; ++i) b.Run("XADD s " + std::to_string(i) + "-0 f v");
  EXPECT_EQ(b.Run("XADD s MAXLEN ~ 52 * f v"), "1700000000000-0");
  EXPECT_EQ(b.told(), "XADD s MAXLEN = 56 1700000000000-0 f v");
  EXPECT_EQ(b.events(), "xadd s, xtrim s");
  EXPECT_EQ(b.Run("XADD s MINID ~ 65 LIMIT 10 1700000000001 f v"), "1700000000001-0");
  EXPECT_EQ(b.told(), "XADD s MINID = 51-0 LIMIT 10 1700000000001 f v");
  EXPECT_EQ(b.Run("XADD s MAXLEN 40 1700000000002-0 f v"), "1700000000002-0");
  EXPECT_EQ(b.told(), "XADD s MAXLEN 40 1700000000002-0 f v");
  EXPECT_EQ(b.Run("XTRIM s MAXLEN ~ 1 LIMIT 15"), "12");
  EXPECT_EQ(b.told(), "XTRIM s MAXLEN = 28 LIMIT 15");
  EXPECT_EQ(b.dirty(), 12);
  EXPECT_EQ(b.Run("XTRIM s MAXLEN 100"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("XTRIM s MINID = 1700000000002"), "27");
  EXPECT_EQ(b.told(), "XTRIM s MINID = 1700000000002");
  EXPECT_EQ(b.Run("XTRIM s MAXLEN 0"), "1");
  EXPECT_EQ(b.Run("EXISTS s"), "1");
  EXPECT_EQ(b.Run("XTRIM s LIMIT 5"), "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  EXPECT_EQ(b.Run("XTRIM s nonsense 5"), "-ERR syntax error");
  EXPECT_EQ(b.Run("XTRIM none MAXLEN 1"), "0");
}

TEST(StreamCommands, Ranges) {
  CommandBench b;
  for (int i = 1; i <= 3; ++i) b.Run("XADD s " + std::to_string(i) + "-1 f v" + std::to_string(i));
  EXPECT_EQ(b.Run("XRANGE s - +"), "[[1-1, [f, v1]], [2-1, [f, v2]], [3-1, [f, v3]]]");
  EXPECT_EQ(b.Run("XREVRANGE s + -"), "[[3-1, [f, v3]], [2-1, [f, v2]], [1-1, [f, v1]]]");
  EXPECT_EQ(b.Run("XRANGE s 2 2"), "[[2-1, [f, v2]]]");
  EXPECT_EQ(b.Run("XRANGE s (1-1 (3-1"), "[[2-1, [f, v2]]]");
  EXPECT_EQ(b.Run("XRANGE s 3 1"), "[]");
  EXPECT_EQ(b.Run("XREVRANGE s (3-1 - COUNT 1"), "[[2-1, [f, v2]]]");
  EXPECT_EQ(b.Run("XRANGE s - + COUNT 0"), "nil-array");
  EXPECT_EQ(b.Run("XRANGE none - + COUNT 0"), "[]");
  EXPECT_EQ(b.Run("XRANGE s - + COUNT"), "-ERR syntax error");
  EXPECT_EQ(b.Run("XRANGE s (- +"), kInvalidId);
  EXPECT_EQ(b.Run("XRANGE s (18446744073709551615-18446744073709551615 +"), "-ERR invalid start ID for the interval");
  EXPECT_EQ(b.Run("XRANGE s - (0-0"), "-ERR invalid end ID for the interval");
  EXPECT_EQ(b.Run("XLEN s"), "3");
  EXPECT_EQ(b.Run("XDEL s 2-1 2-1 9-9"), "1");
  EXPECT_EQ(b.events(), "xdel s");
  EXPECT_EQ(b.Run("XDEL s 1-1 x"), kInvalidId);
  EXPECT_EQ(b.Run("XLEN s"), "2");
}

TEST(StreamCommands, IdsAreReadAsLooselyAsNumbersInC) {
  CommandBench b;
  EXPECT_EQ(b.Run("XADD s 007-+1 f v"), "7-1");
  EXPECT_EQ(b.Run("XADD s ' 8-001' f v"), "8-1");
  EXPECT_EQ(b.Run("XADD s '8 -1' f v"), kInvalidId);
  EXPECT_EQ(b.Run("XADD s -8-1 f v"), kInvalidId);
  EXPECT_EQ(b.Run("XADD s 9- f v"), kInvalidId);
  EXPECT_EQ(b.Run("XADD s " + std::string(120, '0') + "9-000000009 f v"), kInvalidId);
}

TEST(StreamCommands, Setid) {
  CommandBench b;
  EXPECT_EQ(b.Run("XSETID s 5-5"), "-ERR no such key");
  b.Run("XADD s 5-5 f v");
  b.Run("XADD s 6-6 f v");
  b.Run("XDEL s 6-6");
  EXPECT_EQ(b.Run("XSETID s 6-5"), "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  EXPECT_EQ(b.Run("XSETID s 7-0 ENTRIESADDED 0"),
            "-ERR The entries_added specified in XSETID is smaller than the target stream length");
  EXPECT_EQ(b.Run("XSETID s 7-0 MAXDELETEDID 8-0"),
            "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
  EXPECT_EQ(b.Run("XSETID s 7-0 ENTRIESADDED -1"), "-ERR entries_added must be positive");
  EXPECT_EQ(b.Run("XSETID s 9-9 ENTRIESADDED 20 MAXDELETEDID 7-7"), "+OK");
  EXPECT_EQ(b.events(), "xsetid s");
  EXPECT_EQ(b.Run("XINFO STREAM s"),
            "[length, 1, radix-tree-keys, 1, radix-tree-nodes, 2, last-generated-id, 9-9, max-deleted-entry-id, 7-7, "
            "entries-added, 20, recorded-first-entry-id, 5-5, groups, 0, first-entry, [5-5, [f, v]], last-entry, "
            "[5-5, [f, v]]]");
}

TEST(StreamCommands, Groups) {
  CommandBench b;
  EXPECT_EQ(b.Run("XGROUP CREATE s g $"),
            "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the "
            "MKSTREAM option to create an empty stream automatically.");
  EXPECT_EQ(b.Run("XGROUP CREATE s g $ MKSTREAM"), "+OK");
  EXPECT_EQ(b.events(), "new s, xgroup-create s");
  EXPECT_EQ(b.told(), "XGROUP CREATE s g $ MKSTREAM");
  EXPECT_EQ(b.Run("XGROUP CREATE s g $"), "-BUSYGROUP Consumer Group name already exists");
  EXPECT_EQ(b.Run("XGROUP CREATE s h 5 ENTRIESREAD -2"), "-ERR value for ENTRIESREAD must be positive or -1");
  EXPECT_EQ(b.Run("XGROUP CREATE s h 5 NONSENSE"),
            "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.");
  EXPECT_EQ(b.Run("XGROUP CREATE s h 5 ENTRIESREAD 3"), "+OK");
  EXPECT_EQ(b.Run("XGROUP SETID s h 6"), "+OK");
  EXPECT_EQ(b.Run("XGROUP SETID s none 6"), "-NOGROUP No such consumer group 'none' for key name 's'");
  EXPECT_EQ(b.Run("XGROUP CREATECONSUMER s g alice"), "1");
  EXPECT_EQ(b.events(), "xgroup-createconsumer s");
  EXPECT_EQ(b.Run("XGROUP CREATECONSUMER s g alice"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("XGROUP DELCONSUMER s g bob"), "0");
  EXPECT_EQ(b.Run("XGROUP DELCONSUMER s g alice"), "0");
  EXPECT_EQ(b.events(), "xgroup-delconsumer s");
  EXPECT_EQ(b.Run("XINFO GROUPS s"),
            "[[name, g, consumers, 0, pending, 0, last-delivered-id, 0-0, entries-read, nil, lag, 0], "
            "[name, h, consumers, 0, pending, 0, last-delivered-id, 6-0, entries-read, nil, lag, 0]]");
  EXPECT_EQ(b.Run("XGROUP DESTROY s h"), "1");
  EXPECT_EQ(b.ready(), "s");
  EXPECT_EQ(b.Run("XGROUP DESTROY s h"), "0");
}

TEST(StreamCommands, ReadOfAGroup) {
  CommandBench b;
  for (int i = 1; i <= 3; ++i) b.Run("XADD s " + std::to_string(i) + "-0 f v");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g alice STREAMS s >"),
            "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option");
  b.Run("XGROUP CREATE s g 0");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g alice COUNT 2 STREAMS s >"), "[[s, [[1-0, [f, v]], [2-0, [f, v]]]]]");
  EXPECT_EQ(b.events(), "xgroup-createconsumer s");
  EXPECT_EQ(b.told(),
            "XCLAIM s g alice 0 1-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-0; "
            "XCLAIM s g alice 0 2-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 2-0");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g bob NOACK STREAMS s >"), "[[s, [[3-0, [f, v]]]]]");
  EXPECT_EQ(b.told(), "XGROUP CREATECONSUMER s g bob; XGROUP SETID s g 3-0 ENTRIESREAD 3");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g bob STREAMS s >"), "nil-array");
  EXPECT_EQ(b.told(), "");
  b.Run("XDEL s 1-0");
  b.now_ms += 100;
  EXPECT_EQ(b.Run("XREADGROUP GROUP g alice STREAMS s 0"), "[[s, [[1-0, nil-array], [2-0, [f, v]]]]]");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g bob STREAMS s 0"), "[[s, []]]");
  EXPECT_EQ(b.Run("XPENDING s g"), "[2, 1-0, 2-0, [[alice, 2]]]");
  b.now_ms += 50;
  EXPECT_EQ(b.Run("XPENDING s g - + 10"), "[[1-0, alice, 150, 1], [2-0, alice, 50, 2]]");
  EXPECT_EQ(b.Run("XPENDING s g IDLE 100 - + 10"), "[[1-0, alice, 150, 1]]");
  EXPECT_EQ(b.Run("XPENDING s g (1-0 + 10 alice"), "[[2-0, alice, 50, 2]]");
  EXPECT_EQ(b.Run("XPENDING s g - + 10 carl"), "[]");
  EXPECT_EQ(b.Run("XPENDING s g - + 0"), "[]");
  EXPECT_EQ(b.Run("XPENDING s g - +"), "-ERR syntax error");
  EXPECT_EQ(b.Run("XPENDING s none"), "-NOGROUP No such key 's' or consumer group 'none'");
  EXPECT_EQ(b.Run("XINFO CONSUMERS s g"),
            "[[name, alice, pending, 2, idle, 50, inactive, 150], [name, bob, pending, 0, idle, 50, inactive, -1]]");
  EXPECT_EQ(b.Run("XACK s g 1-0 2-0 3-0"), "2");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("XACK s g x"), kInvalidId);
  EXPECT_EQ(b.Run("XACK s none x"), "0");
  EXPECT_EQ(b.Run("XPENDING s g"), "[0, nil, nil, nil-array]");
}

TEST(StreamCommands, ReadRefuses) {
  CommandBench b;
  b.Run("XADD s 1-0 f v");
  b.Run("SET text x");
  EXPECT_EQ(b.Run("XREAD STREAMS s s 1"),
            "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g c STREAMS s s 1"),
            "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.");
  EXPECT_EQ(b.Run("XREAD GROUP g c STREAMS s 1"),
            "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
  EXPECT_EQ(b.Run("XREAD NOACK STREAMS s 1"),
            "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
  EXPECT_EQ(b.Run("XREAD BLOCK x STREAMS s 1"), "-ERR timeout is not an integer or out of range");
  EXPECT_EQ(b.Run("XREAD BLOCK -1 STREAMS s 1"), "-ERR timeout is negative");
  EXPECT_EQ(b.Run("XREAD BLOCK 9223372036854775807 STREAMS s 1"), "-ERR timeout is out of range");
  EXPECT_EQ(b.Run("XREAD COUNT 1 BLOCK 5"), "-ERR syntax error");
  EXPECT_EQ(b.Run("XREADGROUP COUNT 1 NOACK BLOCK 0 STREAMS s 1"), "-ERR Missing GROUP option for XREADGROUP");
  EXPECT_EQ(b.Run("XREAD STREAMS s >"),
            "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.");
  EXPECT_EQ(b.Run("XREAD STREAMS s text 0 0"), "-WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST(StreamCommands, ReadWaits) {
  CommandBench b;
  b.Run("XADD s 1-0 f v");
  EXPECT_EQ(b.Run("XREAD STREAMS s none 0 0"), "[[s, [[1-0, [f, v]]]]]");
  EXPECT_EQ(b.Run("XREAD STREAMS s $"), "nil-array");
  EXPECT_EQ(b.Run("XREAD COUNT 7 BLOCK 1000 STREAMS s none $ $"), "(waits)");
  ASSERT_TRUE(b.wait());
  EXPECT_EQ(b.wait()->type, values::Type::kStream);
  EXPECT_EQ(b.wait()->first_key, 6u);
  EXPECT_EQ(b.wait()->key_count, 2u);
  EXPECT_EQ(b.wait()->deadline_ms, b.now_ms + 1000);
  EXPECT_FALSE(b.wait()->when_gone);
  EXPECT_EQ(b.wait()->args,
            (std::vector<std::string>{"XREAD", "COUNT", "7", "BLOCK", "1000", "STREAMS", "s", "none", "1-0", "0-0"}));
  b.Run("XGROUP CREATE s g $");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g c BLOCK 0 STREAMS s >"), "(waits)");
  EXPECT_TRUE(b.wait()->when_gone);
  EXPECT_TRUE(b.wait()->args.empty());
  EXPECT_EQ(b.wait()->deadline_ms, 0);
  b.may_wait = false;
  EXPECT_EQ(b.Run("XREAD BLOCK 0 STREAMS s $"), "nil-array");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("XREAD STREAMS s 0"), "{s: [[1-0, [f, v]]]}");
}

TEST(StreamCommands, Claim) {
  CommandBench b;
  for (int i = 1; i <= 3; ++i) b.Run("XADD s " + std::to_string(i) + "-0 f v");
  b.Run("XGROUP CREATE s g 0");
  b.Run("XREADGROUP GROUP g alice COUNT 2 STREAMS s >");
  EXPECT_EQ(b.Run("XCLAIM s g bob 10 1-0"), "[]");
  b.now_ms += 20;
  EXPECT_EQ(b.Run("XCLAIM s g bob 10 1-0"), "[[1-0, [f, v]]]");
  EXPECT_EQ(b.told(), "XCLAIM s g bob 0 1-0 TIME 1700000000020 RETRYCOUNT 2 FORCE JUSTID LASTID 2-0");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 1-0 2-0 9-0 JUSTID IDLE 5 RETRYCOUNT 7"), "[1-0, 2-0]");
  EXPECT_EQ(b.Run("XPENDING s g - + 9"), "[[1-0, bob, 5, 7], [2-0, bob, 5, 7]]");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 3-0"), "[]");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 3-0 FORCE TIME 99999999999999"), "[[3-0, [f, v]]]");
  EXPECT_EQ(b.Run("XPENDING s g 3 + 9"), "[[3-0, bob, 0, 2]]");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 8-0 LASTID 4-0"), "[]");
  EXPECT_EQ(b.told(), "XGROUP SETID s g 4-0 ENTRIESREAD 2");
  b.Run("XDEL s 1-0");
  EXPECT_EQ(b.Run("XCLAIM s g carl 0 1-0"), "[]");
  EXPECT_EQ(b.told(), "XCLAIM s g bob 0 1-0 TIME 1700000000015 RETRYCOUNT 7 FORCE JUSTID LASTID 4-0");
  EXPECT_EQ(b.Run("XPENDING s g"), "[2, 2-0, 3-0, [[bob, 2]]]");
  EXPECT_EQ(b.Run("XCLAIM s g bob x 1-0"), "-ERR Invalid min-idle-time argument for XCLAIM");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 1-0 IDLE x"), "-ERR Invalid IDLE option argument for XCLAIM");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 1-0 TIME x"), "-ERR Invalid TIME option argument for XCLAIM");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 1-0 RETRYCOUNT x"), "-ERR Invalid RETRYCOUNT option argument for XCLAIM");
  EXPECT_EQ(b.Run("XCLAIM s g bob 0 1-0 what"), "-ERR Unrecognized XCLAIM option 'what'");
  EXPECT_EQ(b.Run("XCLAIM none g bob x 1-0"), "-NOGROUP No such key 'none' or consumer group 'g'");
}

TEST(StreamCommands, Autoclaim) {
  CommandBench b;
  for (int i = 1; i <= 5; ++i) b.Run("XADD s " + std::to_string(i) + "-0 f v");
  b.Run("XGROUP CREATE s g 0");
  b.Run("XREADGROUP GROUP g alice STREAMS s >");
  b.Run("XDEL s 2-0 4-0");
  EXPECT_EQ(b.Run("XAUTOCLAIM s g bob 0 - COUNT 2"), "[3-0, [[1-0, [f, v]]], [2-0]]");
  EXPECT_EQ(b.told(),
            "XCLAIM s g bob 0 1-0 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 5-0; "
            "XCLAIM s g alice 0 2-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 5-0");
  EXPECT_EQ(b.Run("XAUTOCLAIM s g bob 0 3-0 JUSTID"), "[0-0, [3-0, 5-0], [4-0]]");
  EXPECT_EQ(b.Run("XAUTOCLAIM s g bob 1000 -"), "[0-0, [], []]");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("XAUTOCLAIM s g bob 0 - COUNT 0"), "-ERR COUNT must be > 0");
  EXPECT_EQ(b.Run("XAUTOCLAIM s g bob x -"), "-ERR Invalid min-idle-time argument for XAUTOCLAIM");
  EXPECT_EQ(b.Run("XAUTOCLAIM s none bob 0 -"), "-NOGROUP No such key 's' or consumer group 'none'");
}

// It looks at ten times as many as it may claim, and goes on from there.
TEST(StreamCommands, AutoclaimLooksAtSoManyOnly) {
  CommandBench b;
  for (int i = 1; i <= 30; ++i) b.Run("XADD s " + std::to_string(i) + "-0 f v");
  b.Run("XGROUP CREATE s g 0");
  b.Run("XREADGROUP GROUP g alice STREAMS s >");
  EXPECT_EQ(b.Run("XAUTOCLAIM s g bob 1000 - COUNT 2"), "[21-0, [], []]");
  EXPECT_EQ(b.Run("XAUTOCLAIM s g bob 1000 21-0 COUNT 2"), "[0-0, [], []]");
}

TEST(StreamCommands, InfoFull) {
  CommandBench b;
  b.Run("XADD s 1-0 f v");
  b.Run("XADD s 2-0 f v");
  b.Run("XGROUP CREATE s g 0");
  b.Run("XREADGROUP GROUP g alice STREAMS s >");
  EXPECT_EQ(b.Run("XINFO STREAM s FULL COUNT 1"),
            "[length, 2, radix-tree-keys, 1, radix-tree-nodes, 2, last-generated-id, 2-0, max-deleted-entry-id, 0-0, "
            "entries-added, 2, recorded-first-entry-id, 1-0, entries, [[1-0, [f, v]]], groups, [[name, g, "
            "last-delivered-id, 2-0, entries-read, 2, lag, 0, pel-count, 2, pending, [[1-0, alice, 1700000000000, 1]], "
            "consumers, [[name, alice, seen-time, 1700000000000, active-time, 1700000000000, pel-count, 2, pending, "
            "[[1-0, 1700000000000, 1]]]]]]]");
  EXPECT_EQ(b.Run("XINFO STREAM s FULL COUNT"),
            "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.");
  EXPECT_EQ(b.Run("XINFO STREAM none"), "-ERR no such key");
  EXPECT_EQ(b.Run("XINFO CONSUMERS s none"), "-NOGROUP No such consumer group 'none' for key name 's'");
}

TEST(StreamCommands, GenericOnes) {
  CommandBench b;
  b.Run("XADD s 1-0 f v");
  b.Run("XGROUP CREATE s g 0");
  EXPECT_EQ(b.Run("TYPE s"), "+stream");
  EXPECT_EQ(b.Run("OBJECT ENCODING s"), "stream");
  EXPECT_EQ(b.Run("COPY s t"), "1");
  b.Run("XDEL s 1-0");
  EXPECT_EQ(b.Run("XRANGE t - +"), "[[1-0, [f, v]]]");
  EXPECT_EQ(b.Run("XLEN s"), "0");
  EXPECT_EQ(b.Run("EXISTS s"), "1");
  EXPECT_EQ(b.Run("XREADGROUP GROUP g c STREAMS t >"), "[[t, [[1-0, [f, v]]]]]");
}

// Told to a replica, everything comes out the same there.
TEST(StreamCommands, WhatIsToldHasTheSameEffect) {
  CommandBench primary;
  CommandBench replica;
  replica.expiry = ExpiryRule::kIgnore;
  replica.from_primary = true;
  Random random(5);
  auto run = [&](const std::string& line) {
    primary.Run(line);
    std::string told = primary.told();
    while (!told.empty()) {
      size_t end = std::min(told.find("; "), told.size());
      replica.Run(told.substr(0, end));
      told.erase(0, end + 2);
    }
  };
  primary.settings.encoding.stream_node_max_entries = 5;
  replica.settings = primary.settings;
  for (int i = 1; i <= 2000; ++i) {
    std::string consumer = random.OneIn(2) ? "alice" : "bob";
    std::string id = std::to_string(random.Below(static_cast<uint64_t>(i)) + 1) + "-0";
    ++primary.now_ms;
    replica.now_ms = primary.now_ms;
    switch (random.Below(9)) {
      case 0:
      case 1: run("XADD s " + std::to_string(i) + "-0 f v"); break;
      case 2: run("XADD s MAXLEN ~ 40 " + std::to_string(i) + "-* f v"); break;
      case 3: run("XREADGROUP GROUP g " + consumer + " COUNT 2 STREAMS s >"); break;
      case 4: run("XREADGROUP GROUP g " + consumer + " COUNT 1 NOACK STREAMS s >"); break;
      case 5: run("XDEL s " + id); break;
      case 6: run("XACK s g " + id); break;
      case 7: run("XAUTOCLAIM s g " + consumer + " 3 - COUNT 2"); break;
      default: run(i % 100 == 0 ? "XGROUP CREATE s g 0" : "XCLAIM s g " + consumer + " 0 " + id); break;
    }
    if (i == 1) run("XGROUP CREATE s g $ MKSTREAM");
  }
  EXPECT_EQ(primary.Run("XRANGE s - +"), replica.Run("XRANGE s - +"));
  EXPECT_EQ(primary.Run("XPENDING s g - + 1000"), replica.Run("XPENDING s g - + 1000"));
  EXPECT_EQ(primary.Run("XINFO STREAM s"), replica.Run("XINFO STREAM s"));
  EXPECT_EQ(primary.Run("XINFO GROUPS s"), replica.Run("XINFO GROUPS s"));
}

}  // namespace
}  // namespace dunlin::commands
