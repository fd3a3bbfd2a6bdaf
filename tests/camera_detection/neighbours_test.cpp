#include "actors/camera_detection/neighbours.hpp"

#include <gtest/gtest.h>

namespace firefinder::neighbours_test {
namespace {

using namespace std::chrono_literals;

mac_address mac(std::uint32_t number) {
  return {{2, 0, static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}};
}

constexpr ipv4 first{0x0A4D000B};
constexpr ipv4 second{0x0A4D000C};
constexpr auto speech = heard_by::speech;
constexpr auto answer = heard_by::answer;

TEST(neighbours, tells_a_pair_once) {
  neighbours all;
  EXPECT_TRUE(all.hear(first, mac(1), speech, 1s).fresh);
  EXPECT_FALSE(all.hear(first, mac(1), speech, 2s).fresh);
  EXPECT_FALSE(all.hear(first, mac(1), answer, 2h).fresh);
  EXPECT_EQ(all.mac_of(first), mac(1));
  EXPECT_EQ(all.address_of(mac(1)), first);
  EXPECT_FALSE(all.mac_of(second));
  EXPECT_FALSE(all.address_of(mac(2)));
}

TEST(neighbours, tells_one_that_moves_and_comes_back) {
  neighbours all;
  all.hear(first, mac(1), speech, 1s);
  EXPECT_TRUE(all.hear(second, mac(1), speech, 60s).fresh);
  EXPECT_EQ(all.address_of(mac(1)), second);
  EXPECT_TRUE(all.hear(first, mac(1), speech, 61s).fresh);
  EXPECT_EQ(all.address_of(mac(1)), first);
}

TEST(neighbours, is_quiet_about_one_with_two_addresses) {
  neighbours all;
  int told = 0;
  for (int i = 0; i < 600; ++i)
    told += all.hear(i % 2 == 0 ? first : second, mac(1), speech, i * 100ms).fresh ? 1 : 0;
  // A minute: each every five seconds.
  EXPECT_EQ(told, 24);
}

TEST(neighbours, doubts_an_address_with_a_new_owner) {
  neighbours all;
  EXPECT_FALSE(all.hear(first, mac(1), speech, 1s).doubtful);
  const auto news = all.hear(first, mac(2), speech, 2s);
  EXPECT_TRUE(news.fresh);
  EXPECT_TRUE(news.doubtful);
  EXPECT_FALSE(news.conflict);
  EXPECT_EQ(all.mac_of(first), mac(2));
  EXPECT_FALSE(all.hear(first, mac(2), speech, 3s).doubtful);
}

TEST(neighbours, reports_two_that_answer_once_an_hour) {
  neighbours all;
  EXPECT_FALSE(all.hear(first, mac(1), answer, 1s).conflict);
  EXPECT_EQ(all.hear(first, mac(2), answer, 1s + 1ms).conflict, mac(1));
  EXPECT_FALSE(all.hear(first, mac(1), answer, 2s).conflict);
  EXPECT_FALSE(all.hear(first, mac(2), answer, 2s + 1ms).conflict);
  all.hear(first, mac(1), answer, 62min);
  EXPECT_EQ(all.hear(first, mac(2), answer, 62min + 1ms).conflict, mac(1));
}

TEST(neighbours, takes_a_handover_for_no_conflict) {
  neighbours all;
  all.hear(first, mac(1), answer, 1s);
  all.hear(first, mac(1), speech, 9s);
  EXPECT_FALSE(all.hear(first, mac(2), speech, 9s + 10ms).conflict);
  EXPECT_FALSE(all.hear(first, mac(2), answer, 9s + 20ms).conflict);
}

TEST(neighbours, is_bounded_and_drops_the_oldest) {
  neighbours all;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    all.hear({0x0A000000 + i}, mac(i), speech, i * 1ms);
  EXPECT_EQ(all.size(), neighbours::max_neighbours);
  EXPECT_FALSE(all.mac_of({0x0A000000}));
  EXPECT_FALSE(all.address_of(mac(0)));
  EXPECT_EQ(all.mac_of({0x0A000000 + 9'999}), mac(9'999));
  // So many that claim one address are not kept.
  neighbours one;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    one.hear(first, mac(i), answer, i * 1ms);
  EXPECT_LE(one.size(), 8U);
}

TEST(neighbours, lets_no_forged_claims_shut_out_the_owner) {
  neighbours all;
  for (std::uint32_t i = 0; i < 8; ++i)
    all.hear(first, mac(100 + i), speech, 1s + i * 1ms);
  const auto news = all.hear(first, mac(1), speech, 2s);
  EXPECT_TRUE(news.fresh);
  EXPECT_TRUE(news.doubtful);
  EXPECT_EQ(all.mac_of(first), mac(1));
  EXPECT_EQ(all.address_of(mac(1)), first);
  EXPECT_EQ(all.size(), 8U);
  // The claim that was heard first has gone, those that came later have not.
  EXPECT_FALSE(all.address_of(mac(100)));
  EXPECT_FALSE(all.hear(first, mac(101), speech, 3s).fresh);
  // The owner stays while it is heard, however many others come.
  for (std::uint32_t i = 0; i < 100; ++i) {
    all.hear(first, mac(200 + i), speech, 4s + i * 1s);
    EXPECT_FALSE(all.hear(first, mac(1), speech, 4s + i * 1s + 1ms).fresh) << i;
  }
}

TEST(neighbours, makes_few_conflicts_of_many_forged_answers) {
  neighbours all;
  int conflicts = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    conflicts += all.hear(first, mac(i), answer, i * 1ms).conflict ? 1 : 0;
  EXPECT_GE(conflicts, 1);
  EXPECT_LE(conflicts, 8);
}

TEST(neighbours, knows_who_was_heard_lately) {
  neighbours all;
  all.hear(first, mac(1), speech, 1s);
  all.hear(second, mac(2), speech, 10s);
  EXPECT_EQ(all.heard_since(5s), std::vector<ipv4>{second});
  all.hear(first, mac(1), speech, 11s);
  EXPECT_EQ(all.heard_since(5s), (std::vector<ipv4>{first, second}));
  all.clear();
  EXPECT_EQ(all.size(), 0U);
  EXPECT_TRUE(all.hear(first, mac(1), speech, 12s).fresh);
}

} // namespace
} // namespace firefinder::neighbours_test
