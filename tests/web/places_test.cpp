#include "actors/web/peer_address.hpp"
#include "actors/web/places.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

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
    const auto place = all_.find(stop_.get(), {});
    if (!place || !all_.take(*place, whose))
      return std::nullopt;
    return place;
  }

  file_descriptor stop_{::eventfd(0, EFD_CLOEXEC)};
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

// The server looks for a place before it waits for who is to have it, which may take hours.
TEST_F(web_places, of_those_who_have_left_since_are_free) {
  std::vector<std::uint8_t> taken;
  for (std::size_t i = 0; i < places::of_one_network; ++i)
    taken.push_back(seat("192.0.2.1").value());
  const auto next = all_.find(stop_.get(), {});
  ASSERT_TRUE(next);
  for (const auto x : taken)
    all_.give_back(x);
  EXPECT_TRUE(all_.take(*next, "192.0.2.1"));
}

TEST_F(web_places, are_not_waited_for_when_the_server_ends) {
  while (seat(""))
    continue;
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(stop_.get(), &one, sizeof one), ssize_t{sizeof one});
  EXPECT_FALSE(all_.find(stop_.get(), std::chrono::steady_clock::now() + std::chrono::hours{1}));
}

} // namespace
} // namespace firefinder::places_test
