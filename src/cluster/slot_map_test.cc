#include "cluster/slot_map.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cluster/core_test_support.h"
#include "cluster/render.h"

namespace dunlin::cluster::testing {
namespace {

TEST(SlotSetTest, BitsStandWhereTheBusHasThem) {
  SlotSet set;
  EXPECT_TRUE(set.empty());
  for (int slot : {0, 7, 8, 63, 64, 16383}) set.Set(SlotId(static_cast<uint16_t>(slot)));
  EXPECT_EQ(set.Count(), 6);
  EXPECT_EQ(set.bytes()[0], '\x81');
  EXPECT_EQ(set.bytes()[1], '\x01');
  EXPECT_EQ(set.bytes()[7], '\x80');
  EXPECT_EQ(set.bytes()[8], '\x01');
  EXPECT_EQ(set.bytes()[2047], '\x80');
  EXPECT_EQ(SlotSet::FromBytes(set.bytes()), set);
  EXPECT_EQ(set.Ranges(), (std::vector<SlotRange>{{0, 0}, {7, 8}, {63, 64}, {16383, 16383}}));
  set.Clear(SlotId(8));
  EXPECT_FALSE(set.Test(SlotId(8)));
  set -= SlotSet::OfRange({0, 100});
  EXPECT_EQ(set.Ranges(), (std::vector<SlotRange>{{16383, 16383}}));
  set |= SlotSet::All();
  EXPECT_EQ(set.Count(), kSlotCount);
}

TEST(SlotMapTest, AnswersWhatACommandAsks) {
  Solo n('a');
  n.Admin(SetSlotCommand{SlotId(5), SetSlotCommand::Action::kMigrating, IdOf('b').str()});
  n.Admin(SetSlotCommand{SlotId(6000), SetSlotCommand::Action::kImporting, IdOf('b').str()});
  const SlotMap& map = n.map();
  EXPECT_TRUE(map.IsMine(SlotId(0)));
  EXPECT_FALSE(map.IsMine(SlotId(6000)));
  EXPECT_EQ(map.Node(map.Owner(SlotId(6000))).id, IdOf('b'));
  EXPECT_EQ(map.Node(map.Owner(SlotId(6000))).ClientPort(false), PortOf('b'));
  EXPECT_EQ(map.Migrating(SlotId(5)), map.Find(IdOf('b')));
  EXPECT_EQ(map.Migrating(SlotId(6)), kNoNode);
  EXPECT_EQ(map.Importing(SlotId(6000)), map.Find(IdOf('b')));
  EXPECT_EQ(map.Importing(SlotId(5)), kNoNode);
  EXPECT_EQ(map.Find(IdOf('z')), kNoNode);

  Solo d('d');
  EXPECT_FALSE(d.map().IsMine(SlotId(0)));
  EXPECT_TRUE(d.map().IsMyShards(SlotId(0)));
  EXPECT_FALSE(d.map().IsMyShards(SlotId(6000)));
}

TEST(SlotMapTest, AMapSharesWhatDidNotChangeWithTheOneBefore) {
  Solo n('a');
  n.Pass(100, [&] { n.EverybodyAnswers(); });
  std::shared_ptr<const SlotMap> before = n.core().map();
  n.Pass(1000, [&] { n.EverybodyAnswers(); });
  std::shared_ptr<const SlotMap> after = n.core().map();
  EXPECT_GT(after->version(), before->version());
  EXPECT_EQ(after->parts().slots, before->parts().slots) << "only times changed";
  EXPECT_EQ(after->parts().nodes, before->parts().nodes);
  EXPECT_NE(after->parts().pulses, before->parts().pulses);
  n.Admin(SetSlotCommand{SlotId(5), SetSlotCommand::Action::kMigrating, IdOf('b').str()});
  EXPECT_NE(n.core().map()->parts().slots, after->parts().slots);
  EXPECT_EQ(n.core().map()->parts().nodes, after->parts().nodes);
  EXPECT_EQ(after->Migrating(SlotId(5)), kNoNode) << "the old photograph does not change";
}

TEST(SlotMapTest, HealthAndAvailability) {
  Solo n('a');
  NodeIndex e = n.map().Find(IdOf('e'));
  EXPECT_EQ(n.map().HealthOf(e), Health::kLoading);
  EXPECT_FALSE(n.map().IsReplicaAvailable(e));
  Message ping = n.PingFrom('e');
  ping.header.offset = Offset(5);
  n.Hear('e', ping);
  EXPECT_EQ(n.map().HealthOf(e), Health::kOnline) << "told without waiting for a tick";
  EXPECT_TRUE(n.map().IsReplicaAvailable(e));
  Message fail = n.From('b', MessageType::kFail);
  fail.body = FailBody{IdOf('e')};
  n.Hear('b', fail);
  EXPECT_EQ(n.map().HealthOf(e), Health::kFail);
  EXPECT_EQ(HealthName(Health::kFail), "fail");
  EXPECT_FALSE(n.map().IsReplicaAvailable(e));
}

TEST(SlotMapTest, ShardsAreWhoBelongsTogether) {
  Solo n('a');
  n.Admin(MeetCommand{"10.0.0.99", "7000", 7000, 17000});
  std::vector<SlotMap::Shard> shards = n.map().Shards();
  ASSERT_EQ(shards.size(), 3u) << "who is being greeted is in no shard";
  for (const SlotMap::Shard& shard : shards) {
    EXPECT_EQ(shard.nodes.size(), 2u);
    EXPECT_TRUE(n.map().Node(shard.primary).IsPrimary());
    EXPECT_EQ(shard.slots.size(), 1u);
  }
  EXPECT_EQ(n.map().OwnedRanges().size(), 3u);
}

TEST(RenderTest, NodesShowsOneLineForEachNode) {
  Solo n('a', {{'a', {{0, 0}, {3, 5}}, 0, 1}, {'b', {{6, 9}}, 0, 2}, {'d', {}, 'a', 0}});
  n.Admin(SetSlotCommand{SlotId(3), SetSlotCommand::Action::kMigrating, IdOf('b').str()});
  Message ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).extensions.hostname = "host-b";
  ping.header.secondary_port = 7443;
  n.Hear('b', ping);
  n.refuse_links = true;
  n.Pass(100);
  const std::string now = std::to_string(kStartMs);
  std::string text = NodesText(n.map(), false);
  EXPECT_NE(text.find(IdOf('a').str() + " 10.0.0.1:7001@17001 myself,master - 0 " + now + " 1 connected 0 3-5 [3->-" +
                      IdOf('b').str() + "]\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(IdOf('b').str() + " 10.0.0.2:7002@17002,host-b master - "), std::string::npos) << text;
  EXPECT_NE(text.find(IdOf('d').str() + " 10.0.0.4:7004@17004 slave " + IdOf('a').str() + " "), std::string::npos)
      << text;
  EXPECT_EQ(text.find("shard-id"), std::string::npos) << "that is for the file";
  EXPECT_NE(NodesText(n.map(), true).find("10.0.0.2:7443@17002"), std::string::npos) << "the TLS port for TLS clients";
}

TEST(RenderTest, ReplicasShowsTheReplicasOfAPrimary) {
  Solo n('a');
  Result<std::vector<std::string>> lines = ReplicaLines(n.map(), IdOf('b').str(), false);
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 1u);
  EXPECT_TRUE((*lines)[0].starts_with(IdOf('e').str() + " 10.0.0.5:7005@17005 slave " + IdOf('b').str()));
  EXPECT_EQ(ReplicaLines(n.map(), IdOf('e').str(), false).error().message(), "The specified node is not a master");
  EXPECT_EQ(ReplicaLines(n.map(), "nobody", false).error().message(), "Unknown node nobody");
}

TEST(RenderTest, InfoShowsTheNumbersAndOnlyTheMessagesThatThereWere) {
  Solo n('a');
  n.Pass(3000, [&] { n.EverybodyAnswers(); });
  Summary s = n.map().summary();
  EXPECT_EQ(InfoText(n.map()),
            fmt::format("cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\n"
                        "cluster_slots_pfail:0\r\ncluster_slots_fail:0\r\ncluster_known_nodes:6\r\ncluster_size:3\r\n"
                        "cluster_current_epoch:3\r\ncluster_my_epoch:1\r\n"
                        "cluster_stats_messages_ping_sent:{0}\r\ncluster_stats_messages_sent:{0}\r\n"
                        "cluster_stats_messages_pong_received:{1}\r\ncluster_stats_messages_received:{1}\r\n"
                        "total_cluster_links_buffer_limit_exceeded:0\r\n",
                        s.messages_sent[0], s.messages_received[1]));
  EXPECT_GT(s.messages_sent[0], 0u);
}

}  // namespace
}  // namespace dunlin::cluster::testing
