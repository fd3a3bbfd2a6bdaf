#include "actors/web/peer_address.hpp"
#include "actors/web/places.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace firefinder::places_test {
namespace {

TEST(web_peers, of_this_machine) {
  for (const auto* x : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_this_machine(x, "192.0.2.7")) << x;
  EXPECT_TRUE(is_this_machine("192.0.2.7", "192.0.2.7"));
  EXPECT_TRUE(is_this_machine("2001:db8::7", "2001:db8::7"));
  EXPECT_FALSE(is_this_machine("192.0.2.8", "192.0.2.7"));
  EXPECT_FALSE(is_this_machine("2001:db8::8", "2001:db8::7"));
  EXPECT_FALSE(is_this_machine("", "192.0.2.7"));
}

TEST(web_peers, are_one_whatever_addresses_they_take) {
  EXPECT_NE(network_of("192.0.2.1"), network_of("192.0.2.2"));
  EXPECT_EQ(network_of("192.0.2.1"), network_of("::ffff:192.0.2.1"));
  EXPECT_NE(network_of("::ffff:192.0.2.1"), network_of("::ffff:192.0.2.2"));
  EXPECT_EQ(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:2:ffff::9"));
  EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
  EXPECT_EQ(network_of("unknown"), "unknown");
}

class web_places : public testing::Test {
protected:
  /// A connection of somebody; none: there was no place for him.
  std::optional<std::uint8_t> seat(const std::string& whose) {
    const auto place = all_.find();
    if (!place || !all_.take(*place, whose))
      return std::nullopt;
    return place;
  }

  places all_;
};

TEST_F(web_places, of_one_machine_leave_some_to_others) {
  for (std::size_t i = 0; i < places::of_one_network; ++i)
    ASSERT_TRUE(seat("192.0.2.1")) << i;
  EXPECT_FALSE(seat("192.0.2.1"));
  EXPECT_TRUE(seat("192.0.2.2"));
}

TEST_F(web_places, of_other_machines_leave_some_to_this_one) {
  for (std::size_t i = 0; i < places::of_other_machines; ++i)
    ASSERT_TRUE(seat("192.0.2." + std::to_string(i + 1))) << i;
  EXPECT_FALSE(seat("192.0.2.99"));
  for (auto i = places::of_other_machines; i < places::count; ++i)
    EXPECT_TRUE(seat("")) << i;
  EXPECT_FALSE(seat(""));
}

TEST_F(web_places, of_this_machine_may_be_all) {
  for (std::size_t i = 0; i < places::count; ++i)
    ASSERT_TRUE(seat("")) << i;
  EXPECT_FALSE(seat(""));
}

TEST_F(web_places, are_found_again_when_they_are_given_back) {
  std::optional<std::uint8_t> last;
  for (std::size_t i = 0; i < places::of_one_network; ++i)
    last = seat("192.0.2.1");
  ASSERT_TRUE(last);
  ASSERT_FALSE(seat("192.0.2.1"));
  all_.give_back(*last);
  EXPECT_EQ(seat("192.0.2.1"), last);
}

} // namespace
} // namespace firefinder::places_test
