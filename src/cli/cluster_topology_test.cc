#include "cli/cluster_topology.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace dunlin::cli {
namespace {

constexpr char kA[] = "64ca2b283f305bd9b138c070fc572f4ad82c19de";
constexpr char kB[] = "9cf2854967048e5ee0532c4ccb4ffe44d8d2b207";
constexpr char kC[] = "93f1a7c9c011e08c051db9b80ed1c058c42187ef";

std::string Line(const std::string& id, const std::string& rest) { return id + " " + rest + "\n"; }

std::vector<NodeLine> Parse(const std::string& text) {
  Result<std::vector<NodeLine>> lines = ParseClusterNodes(text);
  EXPECT_TRUE(lines.has_value()) << lines.error().message();
  return lines.value_or(std::vector<NodeLine>());
}

std::string Refusal(const std::string& text) {
  Result<std::vector<NodeLine>> lines = ParseClusterNodes(text);
  return lines ? "accepted" : lines.error().message();
}

TEST(ClusterNodes, WalkthroughLines) {
  std::vector<NodeLine> lines = Parse(
      Line(kA, "192.168.2.242:6381@16381 myself,master - 0 1694077036000 1 connected 0-5460") +
      Line(kC, "192.168.2.242:6384@16384 slave " + std::string(kA) + " 0 1694077035000 3 connected") +
      Line(kB, "192.168.2.242:6382@16382 master,fail - 1694088052195 1694088048000 2 disconnected 5461 5470-5471"));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].id, kA);
  EXPECT_EQ(lines[0].host, "192.168.2.242");
  EXPECT_EQ(lines[0].port, 6381);
  EXPECT_EQ(lines[0].bus_port, 16381);
  EXPECT_EQ(lines[0].epoch, 1u);
  EXPECT_TRUE(lines[0].myself());
  EXPECT_FALSE(lines[0].replica());
  EXPECT_TRUE(lines[0].alive());
  EXPECT_TRUE(lines[0].link_up);
  EXPECT_EQ(lines[0].slots.count(), 5461u);
  EXPECT_EQ(lines[0].ShownFlags(), "master");
  EXPECT_EQ(lines[0].primary_id, "");
  EXPECT_TRUE(lines[1].replica());
  EXPECT_EQ(lines[1].primary_id, kA);
  EXPECT_FALSE(lines[2].alive());
  EXPECT_FALSE(lines[2].link_up);
  EXPECT_EQ(lines[2].ShownFlags(), "master,fail");
  EXPECT_EQ(SlotRanges(lines[2].slots), "[5461],[5470-5471]");
  EXPECT_EQ(FindMyself(lines), &lines[0]);
  EXPECT_EQ(FindNode(lines, kB), &lines[2]);
  EXPECT_EQ(FindNode(lines, "nobody"), nullptr);
}

TEST(ClusterNodes, OpenSlots) {
  std::vector<NodeLine> lines = Parse(Line(
      kA, "h:1@2 myself,master - 0 0 1 connected 0-10 [5->-" + std::string(kB) + "] [77-<-" + std::string(kC) + "]"));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].slots.count(), 11u);
  ASSERT_EQ(lines[0].migrating.size(), 1u);
  EXPECT_EQ(lines[0].migrating[0].slot, 5);
  EXPECT_EQ(lines[0].migrating[0].peer_id, kB);
  ASSERT_EQ(lines[0].importing.size(), 1u);
  EXPECT_EQ(lines[0].importing[0].slot, 77);
  EXPECT_EQ(lines[0].importing[0].peer_id, kC);
}

TEST(ClusterNodes, AddressForms) {
  struct Case {
    const char* address;
    const char* host;
    int port;
    int bus_port;
  } cases[] = {
      {"127.0.0.1:6379@16379", "127.0.0.1", 6379, 16379},
      {"127.0.0.1:6379@16379,node-1.example", "127.0.0.1", 6379, 16379},
      {"127.0.0.1:6379@16379,,tls-port=0,shard-id=x", "127.0.0.1", 6379, 16379},
      {"127.0.0.1:6379", "127.0.0.1", 6379, 0},
      {"2001:db8::1:6379@16379", "2001:db8::1", 6379, 16379},
      {":6379@16379", "", 6379, 16379},
      {":0@0", "", 0, 0},
  };
  for (const Case& c : cases) {
    std::vector<NodeLine> lines = Parse(Line(kA, std::string(c.address) + " master - 0 0 1 connected"));
    ASSERT_EQ(lines.size(), 1u) << c.address;
    EXPECT_EQ(lines[0].host, c.host) << c.address;
    EXPECT_EQ(lines[0].port, c.port) << c.address;
    EXPECT_EQ(lines[0].bus_port, c.bus_port) << c.address;
  }
}

TEST(ClusterNodes, RefusesWhatIsNotTheFormat) {
  const std::string good = "h:1@2 master - 0 0 1 connected";
  EXPECT_EQ(Refusal(Line(kA, good + " 0-16383")), "accepted");
  EXPECT_EQ(Refusal(""), "accepted");
  EXPECT_NE(Refusal("one two three\n"), "accepted");
  EXPECT_NE(Refusal(Line("short", good)), "accepted");
  EXPECT_NE(Refusal(Line(kA, "h master - 0 0 1 connected")), "accepted");
  EXPECT_NE(Refusal(Line(kA, "h:70000@2 master - 0 0 1 connected")), "accepted");
  EXPECT_NE(Refusal(Line(kA, "h:1@2 master - 0 0 x connected")), "accepted");
  for (const char* slots : {"16384", "-1", "5-16384", "9-5", "x", "[5->-nobody]", "[16384->-0]", "[", "[5]", "5-"}) {
    EXPECT_NE(Refusal(Line(kA, good + " " + slots)), "accepted") << slots;
  }
  EXPECT_NE(Refusal(Line(kA, "h\x1b[2J:1@2 master - 0 0 1 connected")), "accepted");
}

TEST(ClusterNodes, ReadsNoMoreNodesThanThereCanBe) {
  std::string line = Line(kA, "h:1@2 master - 0 0 1 connected");
  std::string text;
  for (size_t i = 0; i <= limits::kMaxClusterNodes; ++i) text += line;
  EXPECT_EQ(Refusal(text), "invalid CLUSTER NODES reply: too many nodes");
}

TEST(ConfigSignature, TellsOwnersApartAndNothingElse) {
  std::string a = Line(kA, "h:1@2 myself,master - 0 0 1 connected 0-5 7");
  std::string b = Line(kB, "h:2@3 master - 0 0 2 connected 8-9");
  std::string replica = Line(kC, "h:3@4 slave " + std::string(kB) + " 0 0 2 connected");
  std::string signature = ConfigSignature(Parse(a + b + replica));
  EXPECT_FALSE(signature.empty());
  EXPECT_EQ(ConfigSignature(Parse(b + a)), signature);
  EXPECT_EQ(ConfigSignature(Parse(Line(kA, "h:1@2 master - 9 9 9 connected 0-5 7 [9-<-" + std::string(kB) + "]") + b)),
            signature);
  EXPECT_NE(ConfigSignature(Parse(Line(kA, "h:1@2 master - 0 0 1 connected 0-5") + b)), signature);
  EXPECT_EQ(ConfigSignature(Parse(replica)), "");
}

TEST(SlotRanges, Forms) {
  SlotSet slots;
  EXPECT_EQ(SlotRanges(slots), "");
  slots.set(0);
  EXPECT_EQ(SlotRanges(slots), "[0]");
  slots.set(2).set(3).set(16383);
  EXPECT_EQ(SlotRanges(slots), "[0],[2-3],[16383]");
  EXPECT_EQ(SlotRanges(SlotSet().set()), "[0-16383]");
}

TEST(NodeAddress, Forms) {
  std::optional<NodeAddress> address = ParseNodeAddress("10.0.0.1:7000");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "10.0.0.1");
  EXPECT_EQ(address->port, 7000);
  EXPECT_EQ(address->bus_port, 0);
  address = ParseNodeAddress("localhost:7000@17001");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->bus_port, 17001);
  address = ParseNodeAddress("[::1]:7000");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "::1");
  address = ParseNodeAddress("::1:7000");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "::1");
  for (const char* text : {"", "host", ":7000", "host:", "host:0", "host:x", "host:65536", "host:1@x", "host:-1"}) {
    EXPECT_FALSE(ParseNodeAddress(text)) << text;
  }
}

TEST(HostWords, OneWordOrTwo) {
  ASSERT_TRUE(ParseHostWords({"h:1"}));
  ASSERT_TRUE(ParseHostWords({"h", "1"}));
  EXPECT_EQ(ParseHostWords({"h", "1"})->port, 1);
  EXPECT_FALSE(ParseHostWords({}));
  EXPECT_FALSE(ParseHostWords({"h"}));
  EXPECT_FALSE(ParseHostWords({"h", "x"}));
  EXPECT_FALSE(ParseHostWords({"h", "0"}));
}

TEST(InfoNumber, FindsWholeNames) {
  std::string info = "# Cluster\r\ncluster_enabled:1\r\ncluster_known_nodes:6\r\nbroken:x\r\n";
  EXPECT_EQ(InfoNumber(info, "cluster_enabled"), 1);
  EXPECT_EQ(InfoNumber(info, "cluster_known_nodes"), 6);
  EXPECT_EQ(InfoNumber(info, "cluster"), std::nullopt);
  EXPECT_EQ(InfoNumber(info, "broken"), std::nullopt);
  EXPECT_EQ(InfoNumber(info, "missing"), std::nullopt);
}

}  // namespace
}  // namespace dunlin::cli
