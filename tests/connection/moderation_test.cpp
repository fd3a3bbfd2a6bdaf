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
  EXPECT_EQ(busy_messages(x, now, 1100us, 10s), 0);
  EXPECT_EQ(busy_messages(x, now, 30s, 10min), 0);
  EXPECT_EQ(x.pause(), 0s);
}

TEST(moderation, begins_soon_above_it_and_ends_soon_below) {
  moderation x;
  monotonic now = 1h;
  // All but those of the first span.
  EXPECT_GT(busy_messages(x, now, 100us, 1s), 9'700);
  EXPECT_LT(busy_messages(x, now, 1100us, 10s), 30);
}

TEST(moderation, of_a_burst_nothing_waits_however_often_it_comes) {
  moderation x;
  monotonic now = 1h;
  for (int i = 0; i < 100; ++i, now += 4ms)
    EXPECT_EQ(busy_messages(x, now, 10us, 5ms), 0);
  now += 1s;
  EXPECT_EQ(busy_messages(x, now, 500us, 20ms), 0);
  EXPECT_GT(busy_messages(x, now, 500us, 1ms), 0) << "that is no short one any more";
}

TEST(moderation, a_gap_ends_it) {
  moderation x;
  monotonic now = 1h;
  static_cast<void>(busy_messages(x, now, 100us, 1s));
  EXPECT_TRUE(x.busy());
  x.note(now += 3200us);
  EXPECT_FALSE(x.busy());
  EXPECT_EQ(busy_messages(x, now, 100us, 19ms), 0);
}

TEST(moderation, what_was_held_up_is_no_gap) {
  for (const bool told : {true, false}) {
    moderation x;
    monotonic now = 1h;
    static_cast<void>(busy_messages(x, now, 250us, 1s));
    for (int i = 0; i < 100; ++i) {
      now += 4ms;
      if (told)
        x.released(now);
      for (int n = 0; n < 16; ++n)
        x.note(now += 5us);
      EXPECT_EQ(x.busy(), told) << i;
    }
  }
}

TEST(moderation, nothing_for_a_while_after_a_release_ends_it) {
  moderation x;
  monotonic now = 1h;
  static_cast<void>(busy_messages(x, now, 250us, 1s));
  x.released(now += 4ms);
  x.note(now += 3200us);
  EXPECT_FALSE(x.busy());
}

TEST(moderation, pauses_until_some_have_gathered_but_never_long) {
  moderation x;
  monotonic now = 1h;
  static_cast<void>(busy_messages(x, now, 25us, 1s));
  EXPECT_GT(x.pause(), 380us);
  EXPECT_LT(x.pause(), 420us);
  static_cast<void>(busy_messages(x, now, 800us, 1s));
  EXPECT_EQ(x.pause(), moderation::longest_pause);
}

} // namespace
} // namespace firefinder::moderation_test
