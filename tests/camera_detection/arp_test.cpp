#include "actors/camera_detection/arp.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder::arp_test {
namespace {

mac_address mac(const char* text) { return parse_mac(text).value(); }
ipv4 at(const char* text) { return parse_ipv4(text).value(); }

std::string bytes_of(const arp_packet& x) {
  const auto bytes = encode(x);
  return {bytes.begin(), bytes.end()};
}

TEST(arp, asks_as_rfc_826_says) {
  const auto bytes
      = bytes_of(arp_request(mac("02:77:00:00:00:02"), at("10.77.0.2"), at("10.77.0.11")));
  const unsigned char expected[] = {0,  1,  8, 0, 6, 4, 0, 1, 2, 0x77, 0,  0,  0, 2,
                                    10, 77, 0, 2, 0, 0, 0, 0, 0, 0,    10, 77, 0, 11};
  EXPECT_EQ(bytes, std::string(std::begin(expected), std::end(expected)));
}

TEST(arp, reads_what_was_written) {
  const arp_packet sent{arp_packet::operation::reply, mac("020000000011"), at("10.77.0.11"),
                        mac("020000000002"), at("10.77.0.2")};
  // Ethernet pads short frames.
  const auto read = parse_arp(bytes_of(sent) + std::string(18, '\0'));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->what, sent.what);
  EXPECT_EQ(read->sender, sent.sender);
  EXPECT_EQ(read->sender_address, sent.sender_address);
  EXPECT_EQ(read->target, sent.target);
  EXPECT_EQ(read->target_address, sent.target_address);
  EXPECT_FALSE(read->is_probe());
  EXPECT_FALSE(read->is_announcement());
}

TEST(arp, tells_probes_and_announcements_apart) {
  auto x = arp_request(mac("020000000011"), {}, at("10.77.0.11"));
  EXPECT_TRUE(x.is_probe());
  EXPECT_FALSE(x.is_announcement());
  x.sender_address = x.target_address;
  EXPECT_FALSE(x.is_probe());
  EXPECT_TRUE(x.is_announcement());
}

TEST(arp, refuses_what_is_too_short) {
  const auto whole = bytes_of(arp_request(mac("020000000011"), at("10.0.0.1"), at("10.0.0.2")));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_arp(whole.substr(0, size))) << size;
  EXPECT_TRUE(parse_arp(whole));
}

TEST(arp, refuses_other_networks_lengths_and_operations) {
  const auto whole = bytes_of(arp_request(mac("020000000011"), at("10.0.0.1"), at("10.0.0.2")));
  for (const std::size_t field : {0U, 1U, 2U, 3U, 4U, 5U, 6U}) {
    auto broken = whole;
    broken[field] = static_cast<char>(broken[field] + 1);
    EXPECT_FALSE(parse_arp(broken)) << field;
  }
  for (const char operation : {'\0', '\3', '\x09', '\xFF'}) {
    auto broken = whole;
    broken[7] = operation;
    EXPECT_FALSE(parse_arp(broken)) << int{operation};
  }
}

TEST(arp, reads_hardware_addresses_in_their_forms) {
  for (const auto* text :
       {"aabbccddeeff", "AABBCCDDEEFF", "aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF"})
    EXPECT_EQ(to_string(mac(text)), "aabbccddeeff");
  for (const auto* text : {"", "aabbccddeef", "aabbccddeefg", "aa:bb:cc:dd:ee:f",
                           "aa.bb.cc.dd.ee.ff", "aa:bb:cc:dd:ee:ff:00", "aabb:ccdd:eeff"})
    EXPECT_FALSE(parse_mac(text)) << text;
}

TEST(arp, knows_addresses_of_devices) {
  EXPECT_TRUE(is_device_address(mac("020000000001")));
  EXPECT_FALSE(is_device_address(mac("000000000000")));
  EXPECT_FALSE(is_device_address(mac("ffffffffffff")));
  EXPECT_FALSE(is_device_address(mac("01005e0000fb")));
}

} // namespace
} // namespace firefinder::arp_test
