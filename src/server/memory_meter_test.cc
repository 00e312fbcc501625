#include "server/memory_meter.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace dunlin::server {
namespace {

constexpr size_t kBlock = 1024 * 1024;
// For what the threads and the test itself allocate besides.
constexpr double kSlack = 128 * 1024;

using Block = std::unique_ptr<char[]>;

double Used(const MemoryMeter& meter) { return static_cast<double>(meter.used_bytes()); }

TEST(MemoryMeterTest, SeesWhatItsMakerAllocates) {
  MemoryMeter meter;
  double before = Used(meter);
  Block block(new char[kBlock]);
  EXPECT_NEAR(Used(meter) - before, kBlock, kSlack);
  block.reset();
  EXPECT_NEAR(Used(meter), before, kSlack);
}

TEST(MemoryMeterTest, WhatOneThreadAllocatesAnotherMayFree) {
  MemoryMeter meter;
  double before = Used(meter);
  Block block;
  int64_t net = 0;
  std::thread([&] {
    MemoryMeter::Thread counted(meter);
    block.reset(new char[kBlock]);
    net = counted.net_bytes();
  }).join();
  EXPECT_GE(net, static_cast<int64_t>(kBlock));
  // The thread is gone, what it has allocated is not.
  EXPECT_NEAR(Used(meter) - before, kBlock, kSlack);
  std::thread([&] {
    MemoryMeter::Thread counted(meter);
    block.reset();
    net = counted.net_bytes();
  }).join();
  EXPECT_LT(net, 0);
  EXPECT_NEAR(Used(meter), before, kSlack);
}

}  // namespace
}  // namespace dunlin::server
