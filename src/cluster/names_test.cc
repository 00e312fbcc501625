#include "cluster/names.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace dunlin::cluster {
namespace {

TEST(NormalizedIpTest, EveryAddressHasOneSpelling) {
  struct Case {
    std::string_view given;
    std::string_view normal;
  };
  const Case kCases[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8::00FF", "2001:db8::ff"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
      {"::ffff:0102:0304", "::ffff:1.2.3.4"},
      {"::1.2.3.4", "::1.2.3.4"},
      {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
      {"1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"},
  };
  for (const Case& c : kCases) EXPECT_EQ(NormalizedIp(c.given), c.normal) << c.given;
}

TEST(NormalizedIpTest, WhatIsNoAddressIsRefused) {
  for (std::string_view text : {"",
                                "localhost",
                                "1.2.3",
                                "1.2.3.4.5",
                                "1.2.3.256",
                                "1.2.3.04",
                                "1.2.3.4 ",
                                "+1.2.3.4",
                                ":",
                                ":::",
                                "1::2::3",
                                "1:2:3:4:5:6:7",
                                "1:2:3:4:5:6:7:8:9",
                                "1:2:3:4:5:6:7:8::",
                                "12345::",
                                "g::",
                                "::1.2.3",
                                "1.2.3.4::",
                                "1.2.3.4::1",
                                "::1.2.3.4:5",
                                "1:2:3:4:5:6:7:1.2.3.4",
                                "fe80::1%eth0"}) {
    EXPECT_EQ(NormalizedIp(text), std::nullopt) << text;
  }
  EXPECT_EQ(NormalizedIp(std::string_view("1.2.3.4\0", 8)), std::nullopt);
}

TEST(NamesTest, NothingPassesThatWouldSpoilNodesConf) {
  EXPECT_TRUE(IsPlausibleAddress("10.0.0.1"));
  EXPECT_TRUE(IsPlausibleAddress("fe80::1%eth0"));
  EXPECT_TRUE(IsPlausibleAddress("redis-1.example"));
  for (std::string_view text : {"", "1.2.3.4 x", "a,b", "a@b", "a\n"}) EXPECT_FALSE(IsPlausibleAddress(text)) << text;
  EXPECT_FALSE(IsPlausibleAddress(std::string(46, '1')));
  EXPECT_TRUE(IsHostname(""));
  EXPECT_TRUE(IsHostname("Host-7.example"));
  EXPECT_FALSE(IsHostname("host_7"));
  EXPECT_FALSE(IsHostname(std::string(256, 'h')));
  EXPECT_TRUE(IsHumanName("shard_7/blue"));
  for (std::string_view text : {"a b", "a,b", "a=b", "a\"b", "a[b]", "\x7f"}) EXPECT_FALSE(IsHumanName(text)) << text;
}

}  // namespace
}  // namespace dunlin::cluster
