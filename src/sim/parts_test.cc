// The parts of the simulation by themselves: time, procedures, the network, values, recipes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/keyspace.h"
#include "sim/network.h"
#include "sim/recipe.h"
#include "sim/scheduler.h"
#include "sim/task.h"

namespace dunlin::sim {
namespace {

using Strings = std::vector<std::string>;

TEST(Scheduler, DoesThingsInOrderAndNothingTooSoon) {
  Scheduler scheduler;
  std::string done;
  scheduler.At(20, [&] { done += 'c'; });
  scheduler.At(10, [&] { done += 'a'; });
  scheduler.At(10, [&] { done += 'b'; });
  while (scheduler.RunNext(15)) {
  }
  EXPECT_EQ(done, "ab");
  EXPECT_EQ(scheduler.now_ms(), 15);
  EXPECT_TRUE(scheduler.RunNext(20));
  EXPECT_FALSE(scheduler.RunNext(20));
  EXPECT_EQ(done, "abc");
}

Task<int> Doubled(Scheduler& scheduler, int n) {
  co_await scheduler.Sleep(10);
  co_return 2 * n;
}

Task<> AskTwice(Scheduler& scheduler, Promise<int> answer, std::string& log) {
  auto first = Doubled(scheduler, 21);
  log += std::to_string(co_await first);
  log += " " + std::to_string(co_await answer);
}

TEST(Task, ProceduresWaitForTimeForEachOtherAndForAnswers) {
  Scheduler scheduler;
  std::string log;
  Promise<int> answer;
  Task<> task = AskTwice(scheduler, answer, log);
  task.Start();
  while (scheduler.RunNext(9)) {
  }
  EXPECT_EQ(log, "");
  while (scheduler.RunNext(10)) {
  }
  EXPECT_EQ(log, "42");
  answer.Set(7);
  answer.Set(8);
  EXPECT_EQ(log, "42 7") << "the first answer counts";
}

// Writes down what it hears.
class Listener final : public NetworkUser {
 public:
  void OnAccepted(ConnectionId end, uint16_t, const std::string& peer_ip) override {
    last = end;
    heard.push_back("accepted " + peer_ip);
  }
  void OnConnected(ConnectionId) override { heard.emplace_back("connected"); }
  void OnReceived(ConnectionId, Payload payload) override { heard.push_back(std::get<std::string>(payload)); }
  void OnClosed(ConnectionId, std::string_view reason) override { heard.push_back("closed: " + std::string(reason)); }

  ConnectionId last;
  Strings heard;
};

class NetworkTest : public ::testing::Test {
 protected:
  NetworkTest() {
    a_ = network_.AddHost("10.0.0.1", &at_a_);
    b_ = network_.AddHost("10.0.0.2", &at_b_);
    network_.SwitchOn(a_);
    network_.SwitchOn(b_);
    network_.Listen(b_, {7000});
  }
  void Pass(int64_t ms) {
    int64_t end_ms = scheduler_.now_ms() + ms;
    while (scheduler_.RunNext(end_ms)) {
    }
  }
  ConnectionId Connected() {
    ConnectionId end = network_.Connect(a_, "10.0.0.2", 7000);
    Pass(10);
    at_a_.heard.clear();
    at_b_.heard.clear();
    return end;
  }

  Scheduler scheduler_;
  Network network_{scheduler_, 1};
  Listener at_a_;
  Listener at_b_;
  HostIndex a_;
  HostIndex b_;
};

TEST_F(NetworkTest, BothEndsHearOfAConnectionAndOfItsEnd) {
  ConnectionId end = network_.Connect(a_, "10.0.0.2", 7000);
  Pass(10);
  EXPECT_EQ(at_a_.heard, Strings{"connected"});
  EXPECT_EQ(at_b_.heard, Strings{"accepted 10.0.0.1"});
  network_.Send(end, "one");
  network_.Send(end, "two");
  network_.Close(end);
  network_.Send(end, "three");
  Pass(20);
  EXPECT_EQ(at_b_.heard, (Strings{"accepted 10.0.0.1", "one", "two", "closed: Connection closed by peer"}));
  EXPECT_EQ(at_a_.heard, Strings{"connected"}) << "who closes is not told";
}

TEST_F(NetworkTest, WhoDoesNotListenRefusesAndWhoIsOffIsSilent) {
  network_.Connect(a_, "10.0.0.2", 7001);
  Pass(10);
  EXPECT_EQ(at_a_.heard, Strings{"closed: Connection refused"});
  network_.SwitchOff(b_);
  network_.Connect(a_, "10.0.0.2", 7000);
  Pass(5000);
  EXPECT_EQ(at_a_.heard.size(), 1u);
  network_.SwitchOn(b_);
  network_.Listen(b_, {7000});
  Pass(10'000);
  EXPECT_EQ(at_a_.heard.back(), "connected") << "the first packet is sent again";
}

TEST_F(NetworkTest, WhatIsUnderWayWaitsForACutPathOneWayAtATime) {
  ConnectionId end = Connected();
  network_.CutPath(a_, b_);
  network_.Send(end, "to b");
  network_.Send(at_b_.last, "to a");
  Pass(1000);
  EXPECT_EQ(at_a_.heard, Strings{"to a"});
  EXPECT_TRUE(at_b_.heard.empty());
  network_.OpenPath(a_, b_);
  Pass(1);
  EXPECT_EQ(at_b_.heard, Strings{"to b"});
}

TEST_F(NetworkTest, AProcessThatEndsIsHeardOfAndAMachineThatDiesIsNot) {
  ConnectionId first = Connected();
  network_.EndProcess(b_);
  Pass(10);
  EXPECT_EQ(at_a_.heard, Strings{"closed: Connection reset by peer"});
  network_.Listen(b_, {7000});
  ConnectionId second = Connected();
  EXPECT_NE(first, second);
  network_.SwitchOff(b_);
  network_.Send(second, "hello?");
  Pass(1000);
  EXPECT_TRUE(at_a_.heard.empty());
  network_.SwitchOn(b_);
  Pass(10);
  EXPECT_EQ(at_a_.heard, Strings{"closed: Connection reset by peer"}) << "it does not know this connection any more";
}

TEST_F(NetworkTest, ASilentConnectionTellsNobody) {
  ConnectionId end = Connected();
  network_.SilenceSome(1);
  network_.Send(end, "hello?");
  network_.Close(at_b_.last);
  Pass(60'000);
  EXPECT_TRUE(at_a_.heard.empty());
  EXPECT_TRUE(at_b_.heard.empty());
}

TEST_F(NetworkTest, ABrokenConnectionIsResetAtBothEnds) {
  Connected();
  network_.BreakSome(1);
  Pass(10);
  EXPECT_EQ(at_a_.heard, Strings{"closed: Connection reset by peer"});
  EXPECT_EQ(at_b_.heard, Strings{"closed: Connection reset by peer"});
}

TEST(Keyspace, SurvivesItsText) {
  Keys keys(3, 2, 5);
  Keyspace keyspace(keys);
  keyspace.Append(KeyIndex(0), WriteId(3));
  keyspace.Append(KeyIndex(0), WriteId(9));
  keyspace.Append(KeyIndex(5), WriteId(4));
  std::string text = keyspace.Serialise();
  auto read = Keyspace::Parse(keys, text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hash(), keyspace.hash());
  EXPECT_EQ(ToText(read->Get(KeyIndex(0))), "3,9");
  EXPECT_FALSE(Keyspace::Parse(keys, text.substr(0, text.size() - 1)));
  EXPECT_EQ(keyspace.KeysInSlot(keys.SlotOf(KeyIndex(5))), std::vector<KeyIndex>{KeyIndex(5)});
}

TEST(Keyspace, ItsHashTellsContentsApartAndNothingElse) {
  Keys keys(2, 2, 5);
  Keyspace one(keys);
  Keyspace other(keys);
  one.Append(KeyIndex(0), WriteId(1));
  one.Append(KeyIndex(1), WriteId(2));
  other.Append(KeyIndex(1), WriteId(2));
  EXPECT_NE(one.hash(), other.hash());
  other.Append(KeyIndex(0), WriteId(1));
  EXPECT_EQ(one.hash(), other.hash());
  one.Erase(KeyIndex(0));
  one.Erase(KeyIndex(1));
  EXPECT_EQ(one.hash(), Keyspace(keys).hash());
  EXPECT_TRUE(one.empty());
}

TEST(Recipe, IsReadFromItsText) {
  auto recipe = ParseRecipe("test",
                            "# What it is for.\n"
                            "primaries 3..5\n"
                            "node-timeout 500ms..2s   # a range\n"
                            "mixed-settings yes\n"
                            "fault partition every 3s..8s for 1s\n"
                            "operator reshard every 250ms\n");
  ASSERT_TRUE(recipe) << recipe.error().message();
  EXPECT_EQ(recipe->primaries, (Range{3, 5}));
  EXPECT_EQ(recipe->node_timeout_ms, (Range{500, 2000}));
  EXPECT_TRUE(recipe->mixed_settings);
  ASSERT_EQ(recipe->faults.size(), 1u);
  EXPECT_EQ(recipe->faults[0].fault, Fault::kPartition);
  EXPECT_EQ(recipe->faults[0].when.lasts_ms, (Range{1000, 1000}));
  EXPECT_TRUE(recipe->Has(Action::kReshard));
  EXPECT_FALSE(recipe->calm());
}

TEST(Recipe, AnErrorNamesItsLine) {
  for (const char* line : {"primaries", "primaries many", "primaries 5..3", "node-timeout 500", "mixed-settings maybe",
                           "fault flood every 1s", "fault kill", "fault kill every 0s",
                           "operator reshard every 1s to 2s", "colour blue"}) {
    auto recipe = ParseRecipe("test", std::string("clients 1\n") + line + "\n");
    ASSERT_FALSE(recipe) << line;
    EXPECT_NE(recipe.error().message().find("line 2"), std::string::npos) << recipe.error().message();
  }
  EXPECT_FALSE(ParseRecipe("test", "primaries 0..1\n"));
}

TEST(Recipe, TheBuiltInOnesCanBeRead) {
  EXPECT_GE(BuiltInRecipes().size(), 9u);
  for (const RecipeText& text : BuiltInRecipes()) {
    auto recipe = ParseRecipe(text.name, text.text);
    EXPECT_TRUE(recipe) << (recipe ? "" : recipe.error().message());
    EXPECT_TRUE(text.text.starts_with("# ")) << text.name << " begins with what it is for";
  }
}

}  // namespace
}  // namespace dunlin::sim
