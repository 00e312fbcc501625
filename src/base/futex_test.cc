#include "base/futex.h"

#include <gtest/gtest.h>

#include <thread>

namespace dunlin {
namespace {

TEST(Futex, DoesNotSleepOnAnotherValue) {
  std::atomic<uint32_t> word{1};
  FutexWait(word, 0);
  EXPECT_EQ(word.load(), 1u);
}

TEST(Futex, WakesThoseThatSleep) {
  std::atomic<uint32_t> word{0};
  std::atomic<int> awake{0};
  auto sleep = [&] {
    while (word.load() == 0) FutexWait(word, 0);
    ++awake;
  };
  std::thread one(sleep);
  std::thread other(sleep);
  word.store(1);
  FutexWakeAll(word);
  one.join();
  other.join();
  EXPECT_EQ(awake.load(), 2);
}

// Two threads hand a number to each other; a lost wake-up would leave both asleep.
TEST(Futex, WakesOneThatSleepsInTurn) {
  constexpr uint32_t kTurns = 2000;
  std::atomic<uint32_t> turn{0};
  auto play = [&](uint32_t mine) {
    for (uint32_t t = mine; t < kTurns; t += 2) {
      for (uint32_t now; (now = turn.load()) != t;) FutexWait(turn, now);
      turn.store(t + 1);
      FutexWakeOne(turn);
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  EXPECT_EQ(turn.load(), kTurns);
}

}  // namespace
}  // namespace dunlin
