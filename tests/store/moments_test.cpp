#include "actors/store/moments.hpp"

#include <gtest/gtest.h>

namespace firefinder::moments_test {
namespace {

using namespace std::chrono_literals;

constexpr unix_seconds today = 1'700'000'000;

stored_moment stored(monotonic mono) { return to_stored(mono, {1000s, today, "boot"}); }

TEST(moments, keep_both_clocks) {
  const auto x = stored(990s);
  EXPECT_EQ(x.mono, 990s);
  EXPECT_DOUBLE_EQ(x.wall, today - 10);
  EXPECT_EQ(x.boot, "boot");
}

TEST(moments, never_stays_never) {
  EXPECT_EQ(from_stored(stored(never), {5s, today, "boot"}, if_unknown::just_now), never);
}

TEST(moments, within_one_boot_no_step_of_the_wall_clock_matters) {
  for (const unix_seconds wall : {today, today + 1e6, today - 1e6, 0.0})
    EXPECT_EQ(from_stored(stored(990s), {1005s, wall, "boot"}, if_unknown::long_ago), 990s);
}

TEST(moments, after_another_boot_the_wall_clock_tells) {
  // Half a minute after `stored` was called, on a machine that has run for 5 s.
  EXPECT_EQ(from_stored(stored(990s), {5s, today + 30, "next"}, if_unknown::long_ago), 5s - 40s);
}

TEST(moments, a_machine_that_tells_no_boot_is_always_another) {
  const auto x = to_stored(990s, {1000s, today, ""});
  EXPECT_EQ(from_stored(x, {5s, today + 30, ""}, if_unknown::long_ago), 5s - 40s);
}

TEST(moments, where_the_clocks_do_not_tell_the_caller_says_how_to_err) {
  const clock_reading before{5s, today - 3600, "next"};
  EXPECT_EQ(from_stored(stored(990s), before, if_unknown::just_now), 5s);
  EXPECT_LT(from_stored(stored(990s), before, if_unknown::long_ago), 5s - 24h);
}

TEST(moments, what_was_is_never_later_than_now) {
  EXPECT_EQ(from_stored(stored(1120s), {1010s, today, "boot"}, if_unknown::just_now), 1010s);
  EXPECT_LE(from_stored(stored(990s), {5s, today - 10, "next"}, if_unknown::just_now), 5s);
}

TEST(moments, ages_beyond_all_numbers_are_long_ago) {
  const stored_moment odd{990s, -1e300, "boot"};
  const auto x = from_stored(odd, {5s, today, "next"}, if_unknown::just_now);
  EXPECT_EQ(x, 5s - 24h * 365 * 10);
}

TEST(moments, what_lies_ahead_lies_ahead_by_its_span_at_the_most) {
  const auto expiry = stored(1120s);
  EXPECT_EQ(from_stored(expiry, {1010s, today, "boot"}, if_unknown::long_ago, 120s), 1120s);
  EXPECT_EQ(from_stored(expiry, {5s, today + 20, "next"}, if_unknown::long_ago, 120s), 105s);
  EXPECT_EQ(from_stored(expiry, {5s, today + 200, "next"}, if_unknown::long_ago, 120s), -75s);
  // The clock was set back by an hour: of unknown age, so over.
  EXPECT_LT(from_stored(expiry, {5s, today - 3600, "next"}, if_unknown::long_ago, 120s), 5s);
}

} // namespace
} // namespace firefinder::moments_test
