#include "actors/camera_detection/subnet.hpp"

#include <gtest/gtest.h>

namespace firefinder::subnet_test {
namespace {

ipv4 at(const char* text) { return parse_ipv4(text).value(); }

TEST(subnet, reads_addresses_and_writes_them) {
  for (const auto* text : {"0.0.0.0", "10.77.0.2", "192.168.1.255", "255.255.255.255"})
    EXPECT_EQ(to_string(at(text)), text);
}

TEST(subnet, refuses_what_is_no_address) {
  for (const auto* text :
       {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1.2.3.+4", " 1.2.3.4", "1.2.3.4 ",
        "1..3.4", "1.2.3.", "a.b.c.d", "1.2.3.0004", "::1", "1.2.3.4/24"})
    EXPECT_FALSE(parse_ipv4(text)) << text;
}

TEST(subnet, reads_networks_with_bits_of_hosts) {
  const auto x = parse_subnet("192.168.1.77/24");
  ASSERT_TRUE(x.net) << x.error;
  EXPECT_EQ(to_string(*x.net), "192.168.1.0/24");
  EXPECT_EQ(host_count(*x.net), 254U);
  EXPECT_EQ(to_string(host_at(*x.net, 0)), "192.168.1.1");
  EXPECT_EQ(to_string(host_at(*x.net, 253)), "192.168.1.254");
}

TEST(subnet, knows_networks_without_first_and_last) {
  EXPECT_EQ(host_count(parse_subnet("10.0.0.4/31").net.value()), 2U);
  const auto one = parse_subnet("10.0.0.4").net.value();
  EXPECT_EQ(host_count(one), 1U);
  EXPECT_EQ(to_string(host_at(one, 0)), "10.0.0.4");
}

TEST(subnet, says_what_is_contained) {
  const auto net = parse_subnet("10.77.0.0/20").net.value();
  EXPECT_TRUE(contains(net, at("10.77.15.255")));
  EXPECT_FALSE(contains(net, at("10.77.16.0")));
  EXPECT_TRUE(contains(net, parse_subnet("10.77.3.0/24").net.value()));
  EXPECT_FALSE(contains(parse_subnet("10.77.3.0/24").net.value(), net));
  EXPECT_TRUE(contains(subnet{}, ipv4{}));
  EXPECT_TRUE(contains(subnet{{}, 0}, at("8.8.8.8")));
}

TEST(subnet, refuses_large_networks_in_words) {
  EXPECT_TRUE(parse_subnet("10.0.0.0/20").net);
  const auto x = parse_subnet("10.0.0.0/19");
  EXPECT_FALSE(x.net);
  EXPECT_NE(x.error.find("10.0.0.0/19 has 8190 addresses"), std::string::npos) << x.error;
  EXPECT_FALSE(parse_subnet("0.0.0.0/0").net);
  EXPECT_FALSE(parse_subnet("10.0.0.0/0").net);
}

TEST(subnet, refuses_what_is_no_network) {
  for (const auto* text :
       {"", "/", "/24", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/24/24",
        "10.0.0.0/99999999999", "fe80::/64", "127.0.0.0/24", "224.0.0.0/24", "0.0.0.0/24"}) {
    const auto x = parse_subnet(text);
    EXPECT_FALSE(x.net) << text;
    EXPECT_FALSE(x.error.empty()) << text;
  }
}

TEST(subnet, knows_private_addresses) {
  for (const auto* text :
       {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1"})
    EXPECT_TRUE(is_private(at(text))) << text;
  for (const auto* text : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0",
                           "192.167.255.255", "192.169.0.0", "169.253.0.0", "8.8.8.8"})
    EXPECT_FALSE(is_private(at(text))) << text;
  for (const auto* text : {"100.64.0.0", "100.127.255.255"})
    EXPECT_TRUE(is_shared(at(text)) && !is_private(at(text))) << text;
  for (const auto* text : {"100.63.255.255", "100.128.0.0", "10.64.0.1"})
    EXPECT_FALSE(is_shared(at(text))) << text;
}

} // namespace
} // namespace firefinder::subnet_test
