#include "cluster/config_file.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

const std::string kA(40, 'a');
const std::string kB(40, 'b');
const std::string kC(40, 'c');
const std::string kVars = "vars currentEpoch 7 lastVoteEpoch 6\n";

std::string ErrorOf(std::string_view text) {
  Result<SavedCluster> parsed = ParseConfigFile(text, false);
  return parsed ? "" : parsed.error().message();
}

// As a Redis 7.2 server wrote it, but for the ids.
const std::string k72 =
    kA + " 127.0.0.1:7001@17001,,tls-port=0,shard-id=" + std::string(40, '1') +
    " myself,master - 0 0 3 connected 0-99 101 [5->-" + kB + "] [300-<-" + kB + "]\n" +  //
    kB + " 127.0.0.1:7002@17002,host-b.example,tls-port=7443,nodename=seven_b,shard-id=" + std::string(40, '2') +
    " master,fail? - 1700000000123 1700000000456 2 disconnected 200-16383\n" +  //
    kC + " :0@0,,tls-port=0,shard-id=" + std::string(40, '1') + " slave,noaddr " + kA + " 0 0 3 disconnected\n" + kVars;

TEST(ConfigFileTest, AFileOfRedis72ReadsAndWritesTheSameByteForByte) {
  Result<SavedCluster> parsed = ParseConfigFile(k72, false);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
  EXPECT_EQ(FormatConfigFile(*parsed), k72);
  EXPECT_EQ(parsed->current_epoch, Epoch(7));
  EXPECT_EQ(parsed->last_vote_epoch, Epoch(6));
  ASSERT_EQ(parsed->nodes.size(), 3u);
  const NodeRecord& a = parsed->nodes[0];
  EXPECT_EQ(a.flags, node_flag::kMyself | node_flag::kPrimary);
  EXPECT_EQ(a.slots, (std::vector<SlotRange>{{0, 99}, {101, 101}}));
  EXPECT_EQ(a.open, (std::vector<OpenSlotRecord>{{SlotId(5), true, IdOf('b')}, {SlotId(300), false, IdOf('b')}}));
  const NodeRecord& b = parsed->nodes[1];
  EXPECT_EQ(b.hostname, "host-b.example");
  EXPECT_EQ(b.human_name, "seven_b");
  EXPECT_EQ(b.tls_port, 7443);
  EXPECT_EQ(b.tcp_port, 7002);
  EXPECT_EQ(b.ping_sent_ms, 1700000000123);
  EXPECT_EQ(parsed->nodes[2].primary, IdOf('a'));
}

TEST(ConfigFileTest, OlderAndYoungerFormsAreRead) {
  struct Case {
    std::string_view address;
    std::string_view ip;
    int tcp_port;
    int tls_port;
    int bus_port;
    std::string_view hostname;
  };
  const Case kCases[] = {
      {"127.0.0.1:7001", "127.0.0.1", 7001, 0, 17001, ""},                 // before 4.0
      {"127.0.0.1:7001@17009", "127.0.0.1", 7001, 0, 17009, ""},           // 6.0
      {"127.0.0.1:7001@17009,host", "127.0.0.1", 7001, 0, 17009, "host"},  // 7.0
      {"::1:7001@17009", "::1", 7001, 0, 17009, ""},                       // IPv6
      {"1.2.3.4:7443@17009,,tcp-port=7001", "1.2.3.4", 7001, 7443, 17009, ""},
      {"1.2.3.4:1@17009,,tls-port=7443,tcp-port=7001", "1.2.3.4", 7001, 7443, 17009, ""},
      {"1.2.3.4:7001@17009,h,tls-port=0,client-ipv4=9.9.9.9,client-ipv6=::9", "1.2.3.4", 7001, 0, 17009, "h"},
      {"1.2.3.4:7001@17009,,tls-port=0,client-tcp-port=1,client-tls-port=2,availability-zone=z", "1.2.3.4", 7001, 0,
       17009, ""},
  };
  for (const Case& c : kCases) {
    std::string text = kA + " " + std::string(c.address) + " myself,master - 0 0 0 connected\n" + kVars;
    Result<SavedCluster> parsed = ParseConfigFile(text, false);
    ASSERT_TRUE(parsed.has_value()) << c.address << ": " << parsed.error().message();
    const NodeRecord& node = parsed->nodes[0];
    EXPECT_EQ(node.ip, c.ip) << c.address;
    EXPECT_EQ(node.tcp_port, c.tcp_port) << c.address;
    EXPECT_EQ(node.tls_port, c.tls_port) << c.address;
    EXPECT_EQ(node.bus_port, c.bus_port) << c.address;
    EXPECT_EQ(node.hostname, c.hostname) << c.address;
  }
  // An old file of a node whose bus is TLS names the TLS port.
  std::string text = kA + " 1.2.3.4:7443@17009 myself,master - 0 0 0 connected\n" + kVars;
  EXPECT_EQ(ParseConfigFile(text, true)->nodes[0].tls_port, 7443);
}

TEST(ConfigFileTest, BlankLinesAndUnknownVariablesAreSkipped) {
  std::string text = "\n" + kA + " 1.2.3.4:1@2 myself,master - 0 0 0 connected\n\n" +
                     "vars currentEpoch 1 lastVoteEpoch 0 somethingNew 5\n\n\n";
  EXPECT_EQ(ErrorOf(text), "");
}

TEST(ConfigFileTest, WhatIsWrongIsNamedWithItsLine) {
  struct Case {
    std::string text;
    std::string error;
  };
  const std::string me = kA + " 1.2.3.4:1@2 myself,master - 0 0 0 connected";
  const std::string b = kB + " 1.2.3.4:1@2 master - 0 0 0 connected";
  const Case kCases[] = {
      {"", "nodes.conf line 1: the line of variables is missing: the file is torn"},
      {me + "\n", "nodes.conf line 2: the line of variables is missing: the file is torn"},
      {me + "\nvars currentEpoch 1 lastVoteEpoch 2", "nodes.conf line 2: it does not end: the file is torn"},
      {me + "\nvars currentEpoch 1 lastVoteEpoch\n", "nodes.conf line 2: a variable has no value"},
      {me + "\nvars currentEpoch 1\n", "nodes.conf line 2: the line of variables lacks an epoch"},
      {me + "\nvars currentEpoch x lastVoteEpoch 2\n", "nodes.conf line 2: 'x' is no epoch"},
      {b + "\n" + kVars, "nodes.conf line 3: no node is marked as myself"},
      {me + "\n" + kB + " 1.2.3.4:1@2 myself,master - 0 0 0 connected\n" + kVars,
       "nodes.conf line 2: a second node is marked as myself"},
      {me + "\n" + me + "\n" + kVars, "nodes.conf line 2: node " + kA + " was already described"},
      {"xyz 1.2.3.4:1@2 myself,master - 0 0 0 connected\n" + kVars, "nodes.conf line 1: 'xyz' is no node id"},
      {kA + " 1.2.3.4:1@2 myself\n" + kVars, "nodes.conf line 1: a node's line has at least 8 fields, this one 3"},
      {kA + " 1.2.3.4 myself,master - 0 0 0 connected\n" + kVars, "nodes.conf line 1: address '1.2.3.4' has no port"},
      {kA + " 1.2.3.4:70000@2 myself,master - 0 0 0 connected\n" + kVars,
       "nodes.conf line 1: client port '70000' is no port"},
      {kA + " 1.2.3.4:60000 myself,master - 0 0 0 connected\n" + kVars,
       "nodes.conf line 1: '1.2.3.4:60000' leaves no bus port"},
      {kA + " 1.2.3.4:1@2,,zone=x myself,master - 0 0 0 connected\n" + kVars,
       "nodes.conf line 1: unknown aux field 'zone'"},
      {kA + " 1.2.3.4:1@2,,shard-id=x myself,master - 0 0 0 connected\n" + kVars,
       "nodes.conf line 1: 'x' is no shard id"},
      {kA + " 1.2.3.4:1@2,,tls-port myself,master - 0 0 0 connected\n" + kVars,
       "nodes.conf line 1: aux field 'tls-port' has no value"},
      {kA + " 1.2.3.4:1@2 myself,leader - 0 0 0 connected\n" + kVars, "nodes.conf line 1: unknown flag 'leader'"},
      {kA + " 1.2.3.4:1@2 myself,slave x 0 0 0 connected\n" + kVars, "nodes.conf line 1: 'x' is no node id"},
      {kA + " 1.2.3.4:1@2 myself,master - x 0 0 connected\n" + kVars,
       "nodes.conf line 1: a ping or pong time is no number"},
      {kA + " 1.2.3.4:1@2 myself,master - 0 0 -1 connected\n" + kVars, "nodes.conf line 1: '-1' is no epoch"},
      {kA + " 1.2.3.4:1@2 myself,master - 0 0 0 maybe\n" + kVars, "nodes.conf line 1: 'maybe' is no link state"},
      {me + " 16384\n" + kVars, "nodes.conf line 1: '16384' is no slot"},
      {me + " 5-4\n" + kVars, "nodes.conf line 1: slot range '5-4' runs backwards"},
      {me + " 5-6 6\n" + kVars, "nodes.conf line 1: slot 6 has two owners"},
      {me + " 5\n" + b + " 0-9\n" + kVars, "nodes.conf line 2: slot 5 has two owners"},
      {me + " [5->-" + kB + "\n" + kVars, "nodes.conf line 1: '[5->-" + kB + "' is no open slot"},
      {me + " [5->-xyz]\n" + kVars, "nodes.conf line 1: '[5->-xyz]' is no open slot"},
      {me + " [99999-<-" + kB + "]\n" + kVars, "nodes.conf line 1: '99999' is no slot"},
      {me + "\n" + kB + " 1.2.3.4:1@2 slave " + kA + " 0 0 0 connected 7\n" + kVars,
       "nodes.conf line 2: a replica owns slots"},
  };
  for (const Case& c : kCases) EXPECT_EQ(ErrorOf(c.text), c.error) << c.text;
}

TEST(ConfigFileTest, AFileCutAnywhereIsNeverReadAsAWholeOne) {
  for (size_t size = 0; size < k72.size(); ++size) {
    EXPECT_FALSE(ParseConfigFile(k72.substr(0, size), false).has_value()) << "cut after " << size << " bytes";
  }
}

TEST(FlagWordsTest, AreWrittenInTheirOrder) {
  EXPECT_EQ(FlagWords(0), "noflags");
  EXPECT_EQ(FlagWords(node_flag::kMigrateTo), "noflags");
  EXPECT_EQ(FlagWords(0x27f), "myself,master,slave,fail?,fail,handshake,noaddr,nofailover");
}

}  // namespace
}  // namespace dunlin::cluster::testing
