#include "server/memory_report.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

constexpr uint64_t kMegabyte = 1024 * 1024;

MemoryReport Calm() {
  MemoryReport report;
  report.used = report.peak = 100 * kMegabyte;
  report.resident = 110 * kMegabyte;
  report.allocator = {100 * kMegabyte, 105 * kMegabyte, 110 * kMegabyte};
  return report;
}

TEST(MemoryDiagnosisTest, NothingToSay) {
  EXPECT_TRUE(MemoryDiagnosis({}, 1, 0).starts_with("There is next to no data"));
  EXPECT_EQ(MemoryDiagnosis(Calm(), 10, 1), "Nothing is unusual about the memory.\n");
}

TEST(MemoryDiagnosisTest, EachFindingIsNamed) {
  MemoryReport report = Calm();
  report.peak = 200 * kMegabyte;
  EXPECT_NE(MemoryDiagnosis(report, 1, 0).find("- Peak: at some time 200 MB were in use, now 100 MB are."),
            std::string::npos);
  report = Calm();
  report.resident = 300 * kMegabyte;
  EXPECT_NE(MemoryDiagnosis(report, 1, 0).find("- Fragmentation: the process occupies 3.0 times"), std::string::npos);
  report = Calm();
  report.allocator.active = 150 * kMegabyte;
  report.allocator.resident = 300 * kMegabyte;
  EXPECT_NE(MemoryDiagnosis(report, 1, 0).find("- Within the allocator: its pages hold 1.5 times"), std::string::npos);
  EXPECT_NE(MemoryDiagnosis(report, 1, 0).find("- Unused pages"), std::string::npos);
  report = Calm();
  report.clients = 30 * kMegabyte;
  report.replicas = 30 * kMegabyte;
  EXPECT_NE(MemoryDiagnosis(report, 10, 1).find("- Clients: on average each holds 3072 kB"), std::string::npos);
  EXPECT_NE(MemoryDiagnosis(report, 10, 1).find("- Replicas: on average 30 MB"), std::string::npos);
  EXPECT_EQ(MemoryDiagnosis(report, 10000, 100), "Nothing is unusual about the memory.\n");
}

}  // namespace
}  // namespace dunlin::server
