#include "actors/supervisor/restart_budget.hpp"

#include <gtest/gtest.h>

namespace firefinder::restart_budget_test {
namespace {

using namespace std::chrono_literals;

supervisor_settings three_a_minute() {
  supervisor_settings result;
  result.max_restarts = 3;
  result.restart_span = 60s;
  result.restart_pause = 100ms;
  return result;
}

TEST(restart_budget, pauses_longer_each_time_and_then_gives_up) {
  restart_budget x{three_a_minute()};
  EXPECT_EQ(x.spend(0s), 100ms);
  EXPECT_EQ(x.spend(1s), 200ms);
  EXPECT_EQ(x.spend(2s), 400ms);
  EXPECT_FALSE(x.spend(3s));
}

TEST(restart_budget, forgives_what_is_long_ago) {
  restart_budget x{three_a_minute()};
  for (const auto moment : {0s, 1s, 2s})
    EXPECT_TRUE(x.spend(moment));
  EXPECT_FALSE(x.spend(60s)) << "the first is exactly 60 s ago";
  EXPECT_EQ(x.spend(61s), 400ms);
  EXPECT_EQ(x.spend(200s), 100ms);
}

} // namespace
} // namespace firefinder::restart_budget_test
