#include "actors/web/places.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/eventfd.h>

#include <chrono>
#include <cstring>

namespace firefinder::places_test {
namespace {

sockaddr_storage address_of(const char* text) {
  sockaddr_storage result{};
  auto* in = reinterpret_cast<sockaddr_in*>(&result);
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&result);
  if (::inet_pton(AF_INET, text, &in->sin_addr) == 1)
    result.ss_family = AF_INET;
  else if (::inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
    result.ss_family = AF_INET6;
  return result;
}

std::string guest(const char* text) { return guest_of(address_of(text)); }

TEST(web_guests, of_this_machine_have_no_name) {
  for (const auto* x : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_EQ(guest(x), "") << x;
}

TEST(web_guests, are_machines_whatever_their_addresses) {
  EXPECT_NE(guest("192.0.2.1"), "");
  EXPECT_NE(guest("192.0.2.1"), guest("192.0.2.2"));
  EXPECT_EQ(guest("192.0.2.1"), guest("::ffff:192.0.2.1"));
  EXPECT_EQ(guest("2001:db8:1:2::1"), guest("2001:db8:1:2:ffff::9"));
  EXPECT_NE(guest("2001:db8:1:2::1"), guest("2001:db8:1:3::1"));
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
  for (std::size_t i = 0; i < places::of_one_address; ++i)
    ASSERT_TRUE(seat(guest("192.0.2.1"))) << i;
  EXPECT_FALSE(seat(guest("192.0.2.1")));
  EXPECT_TRUE(seat(guest("192.0.2.2")));
}

TEST_F(web_places, of_other_machines_leave_some_to_this_one) {
  for (std::size_t i = 0; i < places::of_other_machines; ++i)
    ASSERT_TRUE(seat(guest(("192.0.2." + std::to_string(i + 1)).c_str()))) << i;
  EXPECT_FALSE(seat(guest("192.0.2.99")));
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
  for (std::size_t i = 0; i < places::of_one_address; ++i)
    last = seat(guest("192.0.2.1"));
  ASSERT_TRUE(last);
  ASSERT_FALSE(seat(guest("192.0.2.1")));
  all_.give_back(*last);
  EXPECT_EQ(seat(guest("192.0.2.1")), last);
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
