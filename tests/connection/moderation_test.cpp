#include "actors/connection/moderation.hpp"

#include <gtest/gtest.h>

namespace firefinder::moderation_test {
namespace {

using namespace std::chrono_literals;

// Messages at this distance, for this long; how many of them came while it was busy.
int busy_messages(moderation& x, monotonic& now, timespan distance, timespan length) {
  int result = 0;
  for (const auto end = now + length; now < end; now += distance) {
    x.note(now);
    result += x.busy() ? 1 : 0;
  }
  return result;
}

TEST(moderation, does_not_begin_below_its_rate) {
  moderation x;
  monotonic now = 1h;
  EXPECT_EQ(busy_messages(x, now, 1ms, 10s), 0);
  EXPECT_EQ(busy_messages(x, now, 30s, 10min), 0);
}

TEST(moderation, begins_soon_above_it_and_ends_soon_below) {
  moderation x;
  monotonic now = 1h;
  // All but those of the first span.
  EXPECT_GT(busy_messages(x, now, 100us, 1s), 9'700);
  EXPECT_LT(busy_messages(x, now, 1ms, 10s), 30);
}

TEST(moderation, does_not_hold_for_what_comes_after_a_pause) {
  moderation x;
  monotonic now = 1h;
  static_cast<void>(busy_messages(x, now, 100us, 1s));
  EXPECT_TRUE(x.busy());
  now += 1s;
  x.note(now);
  EXPECT_FALSE(x.busy());
}

TEST(moderation, of_a_short_burst_nothing_waits) {
  moderation x;
  monotonic now = 1h;
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(busy_messages(x, now += 1s, 10us, 5ms), 0);
}

} // namespace
} // namespace firefinder::moderation_test
