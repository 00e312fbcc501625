#include "cluster/failure.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

using Strings = std::vector<std::string>;

// ---- The cluster's state
// ---------------------------------------------------------------------------------------------

TEST(ClusterStateTest, SixNodesAgreeThatAllIsWell) {
  TestCluster c(ThreeShards());
  c.Run(5000);
  EXPECT_TRUE(c.AllOk());
  for (char name : {'a', 'b', 'c', 'd', 'e', 'f'}) {
    EXPECT_EQ(c.MapOf(name).summary().size, 3) << name;
    EXPECT_EQ(c.MapOf(name).summary().known_nodes, 6) << name;
    EXPECT_TRUE(c.Logged(name, "Cluster state changed: ok")) << name;
  }
}

TEST(ClusterStateTest, APrimaryWaitsTwoSecondsAfterItsStartAndAReplicaDoesNot) {
  TestCluster c(ThreeShards());
  c.Run(1900);
  EXPECT_FALSE(c.MapOf('a').ok());
  EXPECT_EQ(c.MapOf('a').summary().reason, FailReason::kStarting);
  EXPECT_TRUE(c.MapOf('d').ok());
  c.Run(300);
  EXPECT_TRUE(c.MapOf('a').ok());
}

TEST(ClusterStateTest, ASlotWithoutOwnerFailsTheClusterOnlyWhenFullCoverageIsRequired) {
  Solo n('a', {{'a', {{0, 16382}}, 0, 1}});
  n.Pass(3000);
  EXPECT_FALSE(n.map().ok());
  EXPECT_EQ(n.map().summary().reason, FailReason::kSlotUnassigned);
  EXPECT_EQ(n.map().summary().slots_assigned, 16383);
  Config config = ConfigOf('a');
  config.require_full_coverage = false;
  n.Step(ConfigChanged{config});
  EXPECT_TRUE(n.map().ok());
  EXPECT_TRUE(LogHas(n.log(), "Cluster state changed: ok"));
}

TEST(ClusterStateTest, PfailDoesNotFailTheClusterAndFailDoes) {
  Solo n('a', {{'a', {{0, 5000}}, 0, 1}, {'b', {{5001, 10000}}, 0, 2}, {'c', {{10001, 16383}}, 0, 3}});
  n.Pass(2500, [&] { n.EverybodyAnswers(); });
  ASSERT_TRUE(n.map().ok());
  n.Pass(2000, [&] { n.EverybodyAnswers("c"); });
  EXPECT_TRUE(n.map().Node(n.map().Find(IdOf('c'))).Has(node_flag::kPfail));
  EXPECT_EQ(n.map().summary().slots_pfail, 6383);
  EXPECT_TRUE(n.map().ok());
  Message fail = n.From('b', MessageType::kFail);
  fail.body = FailBody{IdOf('c')};
  n.Hear('b', fail);
  EXPECT_FALSE(n.map().ok());
  EXPECT_EQ(n.map().summary().reason, FailReason::kSlotOwnerFailed);
  EXPECT_EQ(n.map().summary().slots_fail, 6383);
  EXPECT_TRUE(LogHas(n.last().log, "Cluster state changed: fail"));
}

TEST(ClusterStateTest, APrimaryInAMinorityStopsAndWaitsBeforeItComesBack) {
  TestCluster c({{'a', {{0, 5000}}, 0, 1}, {'b', {{5001, 10000}}, 0, 2}, {'c', {{10001, 16383}}, 0, 3}});
  c.Run(3000);
  ASSERT_TRUE(c.AllOk());
  c.Partition("a", "bc");
  ASSERT_TRUE(c.RunUntil([&] { return !c.MapOf('a').ok(); }, 3000));
  EXPECT_EQ(c.MapOf('a').summary().reason, FailReason::kMinority);
  c.Heal();
  ASSERT_TRUE(c.RunUntil([&] { return !c.View('a', 'b')->Has(12) && !c.View('a', 'c')->Has(12); }, 3000));
  TimeMs reachable_ms = c.now();
  EXPECT_FALSE(c.MapOf('a').ok());
  ASSERT_TRUE(c.RunUntil([&] { return c.MapOf('a').ok(); }, 8000));
  // The node timeout, 1000 ms here, counted from the last moment in the minority.
  EXPECT_GE(c.now() - reachable_ms, 700);
}

// ---- Who is down
// -----------------------------------------------------------------------------------------------------

TEST(FailureTest, ASilentNodeIsPfailAfterTheNodeTimeoutAndFailWhenAMajorityAgrees) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('d');
  c.Run(900);
  EXPECT_FALSE(c.View('a', 'd')->Has(node_flag::kPfail | node_flag::kFail));
  ASSERT_TRUE(c.RunUntil([&] { return c.View('a', 'd')->Has(node_flag::kFail); }, 3000));
  c.Run(100);
  int marked = 0;
  for (char name : {'a', 'b', 'c', 'e', 'f'}) {
    EXPECT_TRUE(c.View(name, 'd')->Has(node_flag::kFail)) << name;
    EXPECT_FALSE(c.View(name, 'd')->Has(node_flag::kPfail)) << name;
    marked += c.Logged(name, "as failing (quorum reached)") ? 1 : 0;
  }
  EXPECT_GE(marked, 1);
  EXPECT_TRUE(c.AllOk()) << "a replica covers no slots";
}

TEST(FailureTest, AReplicaThatComesBackIsClearedAtOnce) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('d');
  c.Run(3000);
  ASSERT_TRUE(c.View('b', 'd')->Has(node_flag::kFail));
  c.Start('d');
  ASSERT_TRUE(c.RunUntil([&] { return !c.View('b', 'd')->Has(node_flag::kFail); }, 2000));
  EXPECT_TRUE(c.Logged('b', "is reachable again."));
}

TEST(FailureTest, APrimaryThatNobodyReplacedIsClearedAfterTwoNodeTimeouts) {
  TestCluster c({{'a', {{0, 5000}}, 0, 1}, {'b', {{5001, 10000}}, 0, 2}, {'c', {{10001, 16383}}, 0, 3}});
  c.Run(3000);
  c.Kill('c');
  ASSERT_TRUE(c.RunUntil([&] { return c.View('a', 'c')->Has(node_flag::kFail); }, 3000));
  TimeMs failed_ms = c.now();
  c.Start('c');
  ASSERT_TRUE(c.RunUntil([&] { return !c.View('a', 'c')->Has(node_flag::kFail); }, 6000));
  EXPECT_GT(c.now() - failed_ms, 2000);
  EXPECT_TRUE(c.Logged('a', "is reachable again and nobody is serving its slots after some time."));
  ASSERT_TRUE(c.RunUntil([&] { return c.AllOk(); }, 6000));
}

TEST(FailureTest, AloneAmongVotersOnesOwnViewIsAMajority) {
  TestCluster c({{'a', {{0, 16383}}, 0, 1}, {'b', {}, 'a'}});
  c.Run(3000);
  c.Kill('b');
  ASSERT_TRUE(c.RunUntil([&] { return c.View('a', 'b')->Has(node_flag::kFail); }, 3000));
  EXPECT_TRUE(c.MapOf('a').ok());
}

TEST(FailureTest, ReportsCountOnlyFromPrimariesWithSlots) {
  Solo n('a', {{'a', {{0, 5000}}, 0, 1},
               {'b', {{5001, 10000}}, 0, 2},
               {'c', {{10001, 16383}}, 0, 3},
               {'d', {}, 0, 4},
               {'e', {}, 'b'}});
  auto report = [&](char from, uint16_t flags) {
    Message ping = n.PingFrom(from);
    std::get<PingBody>(ping.body).gossip.push_back(Solo::Entry('c', flags));
    n.Hear(from, ping);
  };
  auto count = [&] { return n.Admin(CountFailureReportsCommand{IdOf('c').str()}).integer; };
  EXPECT_EQ(count(), 0);
  report('d', node_flag::kPrimary | node_flag::kPfail);
  report('e', node_flag::kPrimary | node_flag::kPfail);
  EXPECT_EQ(count(), 0) << "neither a primary without slots nor a replica has a say";
  report('b', node_flag::kPrimary | node_flag::kPfail);
  EXPECT_EQ(count(), 1);
  report('b', node_flag::kPrimary);
  EXPECT_EQ(count(), 0) << "it takes its report back";
}

TEST(FailureTest, AReportIsForgottenAfterTwoNodeTimeouts) {
  Solo n('a', {{'a', {{0, 5000}}, 0, 1}, {'b', {{5001, 10000}}, 0, 2}, {'c', {{10001, 16383}}, 0, 3}});
  Message ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).gossip.push_back(Solo::Entry('c', node_flag::kPrimary | node_flag::kFail));
  n.Hear('b', ping);
  auto count = [&] { return n.Admin(CountFailureReportsCommand{IdOf('c').str()}).integer; };
  n.Pass(2000, [&] { n.EverybodyAnswers(); });
  EXPECT_EQ(count(), 1);
  n.Pass(100, [&] { n.EverybodyAnswers(); });
  EXPECT_EQ(count(), 0);
}

TEST(FailureTest, TheReportThatMakesTheMajorityIsFollowedByFailToEverybody) {
  Solo n('a', {{'a', {{0, 5000}}, 0, 1}, {'b', {{5001, 10000}}, 0, 2}, {'c', {{10001, 16383}}, 0, 3}});
  n.Pass(1500, [&] { n.EverybodyAnswers("c"); });
  ASSERT_TRUE(n.map().Node(n.map().Find(IdOf('c'))).Has(node_flag::kPfail));
  Message ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).gossip.push_back(Solo::Entry('c', node_flag::kPrimary | node_flag::kPfail));
  n.Hear('b', ping);
  EXPECT_EQ(n.Transcript(), (Strings{"persist", "publish", "send pong to b", "send fail to bc"}));
  EXPECT_EQ(std::get<FailBody>(n.SentMessage(MessageType::kFail)->body).failing, IdOf('c'));
  EXPECT_TRUE(LogHas(n.last().log, "Marking node " + IdOf('c').str() + " () as failing (quorum reached)."));
  EXPECT_TRUE(LogHas(n.last().log,
                     "Node " + IdOf('b').str() + " () reported node " + IdOf('c').str() + " () as not reachable."));
}

TEST(FailureTest, AFailMessageIsBelievedFromKnownNodesOnlyAndNeverAboutMyself) {
  Solo n('a');
  Message fail = n.From('b', MessageType::kFail);
  fail.body = FailBody{IdOf('a')};
  n.Hear('b', fail);
  EXPECT_FALSE(n.map().Myself().Has(node_flag::kFail));
  fail = n.From('z', MessageType::kFail);
  fail.body = FailBody{IdOf('c')};
  n.Hear('z', fail);
  EXPECT_FALSE(n.map().Node(n.map().Find(IdOf('c'))).Has(node_flag::kFail));
  EXPECT_TRUE(LogHas(n.last().log, "Ignoring FAIL message from unknown node " + IdOf('z').str()));
}

TEST(FailureTest, DataOfAnyKindKeepsANodeAlive) {
  Solo n('a', {{'a', {{0, 5000}}, 0, 1}, {'b', {{5001, 10000}}, 0, 2}, {'c', {{10001, 16383}}, 0, 3}});
  n.Pass(3000, [&] {
    n.EverybodyAnswers("c");
    Message publish = n.From('c', MessageType::kPublish);
    publish.body = PublishBody{"news", "x"};
    n.Hear('c', publish);
  });
  EXPECT_FALSE(n.map().Node(n.map().Find(IdOf('c'))).Has(node_flag::kPfail));
}

TEST(FailureTest, ALinkThatIsSilentForHalfTheTimeoutIsMadeAnew) {
  Solo n('a', {{'a', {{0, 8000}}, 0, 1}, {'b', {{8001, 16383}}, 0, 2}});
  LinkId first = n.OutboundOf('b');
  bool closed = false;
  n.Pass(1800, [&] { closed = closed || std::ranges::any_of(n.Transcript(), [](auto& l) { return l == "close b"; }); });
  EXPECT_TRUE(closed);
  EXPECT_NE(n.OutboundOf('b'), first);
}

TEST(FailureTest, ALinkOnWhichNoPongComesIsMadeAnewThoughItsNodeIsHeard) {
  Solo n('a', {{'a', {{0, 8000}}, 0, 1}, {'b', {{8001, 16383}}, 0, 2}});
  LinkId first = n.OutboundOf('b');
  // It pings me on its own connection; on mine nothing comes back, and nobody says that it is dead.
  n.Pass(2000, [&] { n.Hear('b', n.PingFrom('b')); });
  EXPECT_EQ(n.OutboundOf('b'), first) << "a pong may be late";
  n.Pass(1500, [&] { n.Hear('b', n.PingFrom('b')); });
  EXPECT_NE(n.OutboundOf('b'), first);
  EXPECT_FALSE(n.map().Node(n.map().Find(IdOf('b'))).Has(node_flag::kPfail));
}

TEST(FailureTest, APingThatCannotBeSentCountsAsUnanswered) {
  Solo n('a', {{'a', {{0, 8000}}, 0, 1}, {'b', {{8001, 16383}}, 0, 2}});
  n.EverybodyAnswers();
  n.refuse_links = true;
  n.Step(LinkClosed{n.OutboundOf('b'), "Connection reset by peer"});
  EXPECT_FALSE(n.map().Pulse(n.map().Find(IdOf('b'))).connected);
  n.Pass(1300, [&] {
    if (n.OutboundOf('b') != kNoLink) n.Step(LinkClosed{n.OutboundOf('b'), "Connection refused"});
  });
  EXPECT_TRUE(n.map().Node(n.map().Find(IdOf('b'))).Has(node_flag::kPfail));
}

}  // namespace
}  // namespace dunlin::cluster::testing
