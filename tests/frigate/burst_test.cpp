#include "actors/frigate/burst.hpp"

#include <gtest/gtest.h>

namespace firefinder::burst_test {
namespace {

using namespace std::chrono_literals;

TEST(burst, begins_with_a_candidate_and_ends_when_nothing_more_is_heard_of_it) {
  burst x;
  EXPECT_FALSE(x.asks(1000s));
  EXPECT_TRUE(x.candidate("a", 1030s, 1000s));
  EXPECT_FALSE(x.candidate("a", 1035s, 1005s)) << "they go on";
  EXPECT_TRUE(x.asks(1034s));
  EXPECT_FALSE(x.asks(1035s));
  EXPECT_FALSE(x.runs());
}

TEST(burst, ends_after_two_minutes_at_the_latest) {
  burst x;
  EXPECT_TRUE(x.candidate("a", 9000s, 1000s));
  EXPECT_TRUE(x.asks(1120s - 1ns));
  EXPECT_FALSE(x.asks(1120s));
}

TEST(burst, rests_for_five_minutes) {
  burst x;
  EXPECT_TRUE(x.candidate("a", 9000s, 1000s));
  EXPECT_FALSE(x.asks(1120s));
  EXPECT_FALSE(x.candidate("a", 9000s, 1420s - 1ns));
  EXPECT_FALSE(x.asks(1420s - 1ns));
  EXPECT_TRUE(x.candidate("a", 9000s, 1420s));
  EXPECT_TRUE(x.asks(1420s));
}

TEST(burst, a_new_object_ends_the_rest_once) {
  burst x;
  EXPECT_TRUE(x.candidate("a", 9000s, 1000s));
  EXPECT_FALSE(x.asks(1120s));
  EXPECT_TRUE(x.candidate("b", 9000s, 1130s));
  EXPECT_FALSE(x.candidate("c", 9000s, 1140s)) << "they go on";
  EXPECT_FALSE(x.asks(1250s));
  for (const auto* known : {"a", "b", "c"})
    EXPECT_FALSE(x.candidate(known, 9000s, 1260s)) << known;
}

TEST(burst, there_is_a_limit_to_new_objects) {
  burst x;
  monotonic now = 1000s;
  std::size_t begun = 0;
  for (std::size_t i = 0; i < 2 * burst::max_objects; ++i) {
    begun += x.candidate(std::to_string(i), now + 500ms, now) ? 1 : 0;
    now += 1s;
    EXPECT_FALSE(x.asks(now));
  }
  EXPECT_EQ(begun, burst::max_objects);
}

TEST(burst, what_is_over_begins_nothing) {
  burst x;
  EXPECT_FALSE(x.candidate("a", 1000s, 1000s));
  EXPECT_TRUE(x.candidate("a", 1001s, 1000s));
}

TEST(burst, an_interruption_is_no_reason_to_rest) {
  burst x;
  EXPECT_TRUE(x.candidate("a", 9000s, 1000s));
  x.interrupt();
  EXPECT_FALSE(x.asks(1001s));
  EXPECT_TRUE(x.candidate("a", 9000s, 1002s));
}

} // namespace
} // namespace firefinder::burst_test
