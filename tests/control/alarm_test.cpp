#include "actors/control/alarm.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder::alarm_test {
namespace {

using namespace std::chrono_literals;

constexpr unix_seconds today = 1'700'000'000;

house_state house(std::uint64_t count, const std::string& id, unix_seconds at = today) {
  house_state result;
  result.trigger_count = count;
  result.last_trigger_id = id;
  result.last_trigger = at;
  if (!id.empty())
    result.last_trigger_cameras = {"North", "South"};
  return result;
}

struct latched_alarm_test : testing::Test {
  latched_alarm alarm{5min};

  std::optional<alarm_step> hear(const house_state& x, monotonic now = 1h) {
    return alarm.hear(x, now, today + 1);
  }
};

TEST_F(latched_alarm_test, a_trigger_raises_it_once) {
  EXPECT_FALSE(hear(house(0, "", 0)));
  EXPECT_EQ(hear(house(1, "a")), alarm_step::raised);
  EXPECT_FALSE(hear(house(1, "a")));
  EXPECT_TRUE(alarm.view().active);
  EXPECT_EQ(alarm.view().since, today);
  EXPECT_EQ(alarm.view().trigger_id, "a");
  EXPECT_EQ(alarm.view().cameras, (std::vector<std::string>{"North", "South"}));
  EXPECT_EQ(alarm.view().triggers, 1u);
}

TEST_F(latched_alarm_test, at_the_first_start_only_a_trigger_with_an_id_is_new) {
  EXPECT_FALSE(hear(house(7, "", today - 3'600)));
  EXPECT_FALSE(alarm.view().active);
  EXPECT_EQ(hear(house(8, "b", today)), alarm_step::raised);
  latched_alarm other{5min};
  EXPECT_EQ(other.hear(house(7, "a"), 1h, today), alarm_step::raised);
  EXPECT_EQ(other.view().triggers, 1u);
}

TEST_F(latched_alarm_test, a_trigger_from_before_the_record_began_is_old) {
  // A decision that has not taken up the time before says that there was none.
  EXPECT_FALSE(hear(house(0, "", 0)));
  EXPECT_FALSE(hear(house(7, "", today - 3'600)));
  EXPECT_EQ(hear(house(8, "", today + 10)), alarm_step::raised);
}

TEST_F(latched_alarm_test, a_trigger_while_nobody_listened_is_found) {
  EXPECT_FALSE(hear(house(3, "")));
  latched_alarm next{5min};
  next.restore(alarm.memory(), 1h, today + 60);
  EXPECT_FALSE(next.has_happened());
  EXPECT_EQ(next.hear(house(5, "", today + 30), 1h, today + 60), alarm_step::raised);
  EXPECT_EQ(next.view().triggers, 2u);
  latched_alarm again{5min};
  again.restore(next.memory(), 1h, today + 90);
  EXPECT_FALSE(again.hear(house(5, "", today + 30), 1h, today + 90));
  EXPECT_TRUE(again.view().active);
}

TEST_F(latched_alarm_test, a_decision_that_lost_its_count_neither_repeats_nor_hides_a_trigger) {
  EXPECT_EQ(hear(house(5, "a")), alarm_step::raised);
  EXPECT_EQ(alarm.reset("Ann", "", today), "");
  EXPECT_FALSE(hear(house(0, "", 0)));
  EXPECT_FALSE(hear(house(5, "")));
  EXPECT_EQ(hear(house(1, "b")), alarm_step::raised);
  EXPECT_EQ(hear(house(2, "c")), alarm_step::repeated);
}

TEST_F(latched_alarm_test, a_further_trigger_takes_the_acknowledgement_back) {
  EXPECT_EQ(hear(house(1, "a")), alarm_step::raised);
  EXPECT_EQ(alarm.acknowledge("Ann", "a candle", today + 2), "");
  EXPECT_TRUE(alarm.view().acknowledged);
  EXPECT_EQ(alarm.view().acknowledged_at, today + 2);
  EXPECT_EQ(hear(house(2, "b", today + 400)), alarm_step::repeated);
  EXPECT_FALSE(alarm.view().acknowledged);
  EXPECT_EQ(alarm.view().acknowledged_by, "");
  EXPECT_EQ(alarm.view().triggers, 2u);
  EXPECT_EQ(alarm.view().since, today);
  EXPECT_EQ(alarm.view().trigger_id, "b");
}

TEST_F(latched_alarm_test, what_there_is_not_cannot_be_acknowledged_or_reset) {
  EXPECT_NE(alarm.acknowledge("Ann", "", today), "");
  EXPECT_NE(alarm.reset("Ann", "", today), "");
  EXPECT_EQ(alarm.view(), alarm_view{});
  EXPECT_FALSE(alarm.has_happened());
  EXPECT_EQ(hear(house(1, "a")), alarm_step::raised);
  EXPECT_EQ(alarm.reset("Bob", "over", today + 9), "");
  EXPECT_FALSE(alarm.view().active);
  EXPECT_EQ(alarm.view().reset_by, "Bob");
  EXPECT_NE(alarm.acknowledge("Ann", "", today), "");
  EXPECT_NE(alarm.reset("Ann", "", today), "");
  EXPECT_EQ(alarm.view().reset_by, "Bob");
}

TEST_F(latched_alarm_test, words_of_operators_are_bounded_and_clean) {
  EXPECT_EQ(hear(house(1, "a")), alarm_step::raised);
  EXPECT_EQ(alarm.acknowledge(std::string(500, 'x'), "a\x01" + std::string(900, 'y'), today), "");
  EXPECT_EQ(alarm.view().acknowledged_by, std::string(120, 'x'));
  EXPECT_EQ(alarm.view().acknowledge_reason, "a" + std::string(499, 'y'));
}

TEST_F(latched_alarm_test, names_of_cameras_are_bounded) {
  auto many = house(1, "a");
  many.last_trigger_cameras.assign(5'000, std::string(1'000, 'x') + "\n");
  EXPECT_EQ(hear(many), alarm_step::raised);
  EXPECT_EQ(alarm.view().cameras.size(), latched_alarm::max_cameras);
  EXPECT_EQ(alarm.view().cameras.front().size(), 120u);
}

TEST_F(latched_alarm_test, reminds_until_it_is_acknowledged_or_reset) {
  EXPECT_FALSE(alarm.next_reminder());
  EXPECT_EQ(hear(house(1, "a"), 1h), alarm_step::raised);
  EXPECT_EQ(alarm.next_reminder(), 1h + 5min);
  EXPECT_FALSE(alarm.remind(1h + 4min));
  EXPECT_TRUE(alarm.remind(1h + 5min));
  EXPECT_FALSE(alarm.remind(1h + 5min));
  EXPECT_EQ(alarm.next_reminder(), 1h + 10min);
  EXPECT_EQ(alarm.acknowledge("", "", today), "");
  EXPECT_FALSE(alarm.next_reminder());
  EXPECT_FALSE(alarm.remind(2h));
  EXPECT_EQ(hear(house(2, "b"), 2h), alarm_step::repeated);
  EXPECT_EQ(alarm.next_reminder(), 2h + 5min);
  EXPECT_EQ(alarm.reset("", "", today), "");
  EXPECT_FALSE(alarm.next_reminder());
}

TEST_F(latched_alarm_test, a_restart_keeps_the_pace_of_reminders) {
  EXPECT_EQ(hear(house(1, "a")), alarm_step::raised);
  latched_alarm next{5min};
  next.restore(alarm.memory(), 10h, today + 7 * 60);
  EXPECT_EQ(next.next_reminder(), 10h + 3min);
  // The wall clock was set back.
  next.restore(alarm.memory(), 10h, today - 1'000);
  EXPECT_EQ(next.next_reminder(), 10h + 5min);
}

TEST_F(latched_alarm_test, a_memory_that_comes_late_is_joined) {
  EXPECT_EQ(hear(house(5, "e", today - 60)), alarm_step::raised);
  const auto active = alarm.memory();
  ASSERT_EQ(alarm.reset("Ann", "", today), "");
  const auto over = alarm.memory();
  const auto fresh = [&](std::uint64_t count, const std::string& id) {
    latched_alarm next{5min};
    EXPECT_EQ(next.hear(house(count, id), 1h, today + 100), alarm_step::raised);
    return next;
  };
  // It was known, and is over.
  auto next = fresh(5, "e");
  next.join(over, 1h);
  EXPECT_EQ(next.memory(), over);
  EXPECT_FALSE(next.next_reminder());
  // It goes on, and what was said of it since holds.
  next = fresh(5, "e");
  ASSERT_EQ(next.acknowledge("Bob", "", today + 101), "");
  next.join(active, 1h);
  EXPECT_TRUE(next.view().active);
  EXPECT_EQ(next.view().acknowledged_by, "Bob");
  EXPECT_EQ(next.view().triggers, 1u);
  next = fresh(5, "e");
  ASSERT_EQ(next.reset("Bob", "", today + 101), "");
  next.join(active, 1h);
  EXPECT_FALSE(next.view().active);
  EXPECT_EQ(next.view().reset_by, "Bob");
  // Another one.
  next = fresh(7, "g");
  next.join(active, 1h);
  EXPECT_EQ(next.view().triggers, 3u);
  EXPECT_EQ(next.view().since, today - 60);
  EXPECT_EQ(next.view().trigger_id, "g");
  next = fresh(7, "g");
  next.join(over, 1h);
  EXPECT_EQ(next.view().triggers, 2u);
  EXPECT_EQ(next.view().since, today);
  EXPECT_EQ(next.view().reset_by, "Ann");
}

TEST_F(latched_alarm_test, a_count_that_falls_and_rises_does_not_repeat_a_known_trigger) {
  EXPECT_EQ(hear(house(5, "e")), alarm_step::raised);
  EXPECT_EQ(hear(house(1, "a")), alarm_step::repeated);
  EXPECT_FALSE(hear(house(6, "a")));
  EXPECT_EQ(alarm.memory().known_triggers, 6u);
  EXPECT_FALSE(hear(house(2, "a")));
  EXPECT_EQ(alarm.memory().known_triggers, 6u);
  EXPECT_EQ(hear(house(7, "b")), alarm_step::repeated);
}

TEST_F(latched_alarm_test, without_a_pause_there_are_no_reminders) {
  latched_alarm quiet{0s};
  EXPECT_EQ(quiet.hear(house(1, "a"), 1h, today), alarm_step::raised);
  EXPECT_FALSE(quiet.next_reminder());
  quiet.restore(quiet.memory(), 1h, today + 5);
  EXPECT_FALSE(quiet.next_reminder());
}

} // namespace
} // namespace firefinder::alarm_test
