#include "cluster/core.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"
#include "cluster/render.h"

namespace dunlin::cluster::testing {
namespace {

using Strings = std::vector<std::string>;

TEST(CoreTest, ANewNodeIsSavedBeforeAnythingElse) {
  auto core = Core::Open(ConfigOf('a'), "", 42, kStartMs);
  ASSERT_TRUE(core.has_value());
  EXPECT_EQ(core->map(), nullptr);
  Effects effects = core->Start(kStartMs);
  EXPECT_TRUE(LogHas(effects.log, "No cluster configuration found, I'm " + core->my_id().str()));
  ASSERT_TRUE(effects.persist.has_value());
  EXPECT_TRUE(effects.persist->fsync);
  EXPECT_EQ(effects.persist->nodes_conf, core->NodesConf());
  ASSERT_NE(effects.publish, nullptr);
  EXPECT_EQ(effects.publish->Myself().id, core->my_id());
  EXPECT_TRUE(effects.publish->Myself().IsPrimary());
  EXPECT_EQ(effects.publish->Myself().bus_port, 17001);
}

TEST(CoreTest, ANodeComesBackAsItWas) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Admin('a', SetSlotCommand{SlotId(5), SetSlotCommand::Action::kMigrating, IdOf('b').str()});
  std::string before = c['a'].core->NodesConf();
  auto again = Core::Open(c['a'].config, before, 99, c.now());
  ASSERT_TRUE(again.has_value());
  Effects effects = again->Start(c.now());
  EXPECT_TRUE(LogHas(effects.log, "Node configuration loaded, I'm " + IdOf('a').str()));
  EXPECT_FALSE(effects.persist.has_value());
  EXPECT_EQ(again->map()->Migrating(SlotId(5)), again->map()->Find(IdOf('b')));
  EXPECT_EQ(again->map()->slots().owner, c.MapOf('a').slots().owner);
  EXPECT_EQ(again->map()->summary().current_epoch, c.MapOf('a').summary().current_epoch);
}

TEST(CoreTest, AFileThatIsNoneIsRefused) {
  auto core = Core::Open(ConfigOf('a'), "hello\n", 1, kStartMs);
  ASSERT_FALSE(core.has_value());
  EXPECT_EQ(core.error().code(), StatusCode::kCorruption);
}

TEST(CoreTest, AFileThatNobodyWroteStillMakesASoundNode) {
  const std::string x(40, 'x');
  for (std::string line :
       {x + " 1.2.3.4:1@2 myself,master,slave,handshake,fail,noaddr " + IdOf('y').str() + " 0 0 9 connected [1->-" +
            IdOf('w').str() + "]\n",
        x + " :0@0 myself - 0 0 9 connected 0-16383\n", x + " :0@0 myself,slave " + x + " 0 0 9 connected\n"}) {
    auto core = Core::Open(ConfigOf('x'), line + "vars currentEpoch 0 lastVoteEpoch 12\n", 1, kStartMs);
    ASSERT_TRUE(core.has_value()) << line << core.error().message();
    core->Start(kStartMs);
    EXPECT_GE(core->map()->summary().current_epoch, Epoch(12)) << "no vote is of the future";
    for (int i = 1; i < 30; ++i) core->Tick(kStartMs + i * 100);
    EXPECT_FALSE(core->map()->Myself().Has(node_flag::kHandshake | node_flag::kFail | node_flag::kNoAddress));
  }
}

// Everything that a core asked for, as text.
std::string TraceOf(uint64_t seed) {
  TestCluster c(ThreeShards());
  Core a = *Core::Open(ConfigOf('x'), NodesConf('x', {{'x'}, {'a', {{0, 5}}, 0, 1}, {'b', {}, 'a'}}), seed, kStartMs);
  std::string trace;
  auto add = [&](const Effects& effects) {
    for (const LogLine& line : effects.log) trace += line.text + "\n";
    if (effects.persist) trace += effects.persist->nodes_conf;
    for (const WireEffect& effect : effects.wire) {
      trace += std::to_string(effect.index());
      const Send* send = std::get_if<Send>(&effect);
      if (send == nullptr) continue;
      if (const auto* ping = std::get_if<PingBody>(&send->message->body)) {
        for (const GossipEntry& entry : ping->gossip) trace += entry.id.str();
      }
    }
  };
  add(a.Start(kStartMs));
  for (char name = 'c'; name < 'p'; ++name) {
    add(a.Step(MeetCommand{IpOf(name), std::to_string(PortOf(name)), PortOf(name), PortOf(name) + 10000}, kStartMs));
  }
  for (int i = 1; i < 50; ++i) {
    Effects effects = a.Tick(kStartMs + i * 100);
    add(effects);
    for (const WireEffect& effect : effects.wire) {
      if (const auto* open = std::get_if<OpenLink>(&effect)) {
        add(a.Step(LinkConnected{open->link, open->ip, "10.0.0.24"}, kStartMs + i * 100));
      }
    }
  }
  return trace;
}

TEST(CoreTest, TheSameSeedGivesTheSameEffectsAndAnotherGivesOthers) {
  EXPECT_EQ(TraceOf(7), TraceOf(7));
  EXPECT_NE(TraceOf(7), TraceOf(8));
}

TEST(CoreTest, ACopyLivesALifeOfItsOwn) {
  Solo n('a');
  Core copy = n.core();
  copy.Step(AdminCommand(FlushSlotsCommand{}), n.now());
  EXPECT_EQ(copy.map()->Myself().slot_count, 0);
  EXPECT_EQ(n.core().map()->Myself().slot_count, 5461);
}

TEST(CoreTest, TimeDoesNotRunBackwards) {
  Solo n('a');
  n.Pass(3000, [&] { n.EverybodyAnswers(); });
  ASSERT_TRUE(n.map().ok());
  Core core = n.core();
  core.Tick(n.now() - 1'000'000);
  core.Tick(n.now() + 50);
  EXPECT_TRUE(core.map()->ok());
  EXPECT_FALSE(core.map()->Node(core.map()->Find(IdOf('b'))).Has(node_flag::kPfail));
}

TEST(CoreTest, TicksThatComeTooOftenDoNothing) {
  Solo n('a');
  n.Pass(100);
  Core core = n.core();
  for (int ms : {1, 20, 50, 80}) {
    Effects effects = core.Tick(n.now() + ms);
    EXPECT_EQ(effects.publish, nullptr);
    EXPECT_TRUE(effects.wire.empty());
  }
}

TEST(CoreTest, UnknownLinksAreIgnored) {
  Solo n('a');
  n.Step(MessageReceived{LinkId(999), n.PingFrom('b')});
  EXPECT_TRUE(n.Transcript().empty());
  n.Step(LinkClosed{LinkId(999), "gone"});
  n.Step(LinkConnected{LinkId(999), "1.2.3.4", "4.3.2.1"});
  n.Step(LinkQueued{LinkId(999), 1u << 30});
  EXPECT_TRUE(n.Transcript().empty());
}

TEST(CoreTest, ALinkWithTooMuchQueuedIsClosedAndCounted) {
  Config config = ConfigOf('a');
  config.link_sendbuf_limit_bytes = 1000;
  Solo n('a', NodesConf('a', ThreeShards(), 3), config);
  LinkId link = n.OutboundOf('b');
  n.Step(LinkQueued{link, 1000});
  EXPECT_TRUE(n.Transcript().empty());
  n.Step(LinkQueued{link, 1001});
  EXPECT_EQ(n.Transcript(), (Strings{"publish", "close b"}));
  EXPECT_TRUE(LogHas(n.last().log, "Freeing cluster link(to node " + IdOf('b').str() +
                                       ", used memory: 1001) due to exceeding send buffer memory limit."));
  EXPECT_EQ(n.map().summary().link_buffer_limit_exceeded, 1u);
}

TEST(ConfigChangedTest, WhatIsAnnouncedChangesAtOnce) {
  Solo n('a');
  Config config = ConfigOf('a');
  config.announce_port = 1234;
  config.announce_bus_port = 4321;
  config.announce_hostname = "me.example";
  config.replica_no_failover = true;
  n.Step(ConfigChanged{config});
  EXPECT_NE(NodesText(n.map(), false).find("10.0.0.1:1234@4321,me.example myself,master,nofailover"),
            std::string::npos);
  EXPECT_TRUE(n.last().persist.has_value());
  n.Step(ConfigChanged{config});
  EXPECT_FALSE(n.last().persist.has_value()) << "nothing new";
  n.Step(ConfigChanged{ConfigOf('a')});
  EXPECT_NE(NodesText(n.map(), false).find("10.0.0.1:7001@17001 myself,master "), std::string::npos);
}

TEST(CoreTest, AStateOfAThousandNodesIsHandled) {
  SavedCluster saved{.current_epoch = Epoch(2000)};
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    NodeRecord record{.id = NodeId::Random([&] { return random.Next(); }),
                      .ip = fmt::format("10.1.{}.{}", i / 250, i % 250 + 1),
                      .tcp_port = 7000,
                      .bus_port = 17000,
                      .flags = node_flag::kPrimary,
                      .config_epoch = Epoch(static_cast<uint64_t>(i + 1))};
    if (i == 0) record.flags |= node_flag::kMyself;
    for (int slot = i; slot < kSlotCount; slot += 1000) {
      record.slots.push_back({static_cast<uint16_t>(slot), static_cast<uint16_t>(slot)});
    }
    saved.nodes.push_back(record);
  }
  auto core = Core::Open(ConfigOf('a'), FormatConfigFile(saved), 1, kStartMs);
  ASSERT_TRUE(core.has_value()) << core.error().message();
  core->Start(kStartMs);
  Effects effects = core->Tick(kStartMs + 100);
  EXPECT_EQ(core->map()->summary().known_nodes, 1000);
  EXPECT_EQ(core->map()->summary().slots_assigned, kSlotCount);
  size_t opened = 0;
  for (const WireEffect& effect : effects.wire) opened += std::holds_alternative<OpenLink>(effect) ? 1 : 0;
  EXPECT_EQ(opened, 999u);
  EXPECT_EQ(ParseConfigFile(core->NodesConf(), false)->nodes.size(), 1000u);
}

}  // namespace
}  // namespace dunlin::cluster::testing
