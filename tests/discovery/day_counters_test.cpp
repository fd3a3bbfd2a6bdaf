#include "actors/discovery/day_counters.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <string>

namespace firefinder::day_counters_test {
namespace {

constexpr double day = 86'400;
// 2024-11-21 00:00 UTC, a Thursday.
constexpr double thursday = 1'732'147'200;
constexpr double monday = thursday + 4 * day;

// A time zone an hour east of Greenwich.
std::int64_t east(unix_seconds wall) {
  return static_cast<std::int64_t>(std::floor((wall + 3'600) / day));
}

store_record only(day_counters& x) {
  const auto records = x.changed();
  return records.size() == 1 ? records.front() : store_record{};
}

TEST(day_counters, count) {
  day_counters x{east, thursday};
  x.add_detections("north", 3, thursday + 5);
  x.add_detections("north", 1, thursday + 6);
  x.add_event("north", thursday + 6);
  const auto& counts = x.of("north");
  EXPECT_EQ(counts.detections_today, 4U);
  EXPECT_EQ(counts.detections_today_utc, 4U);
  EXPECT_EQ(counts.detections_week_utc, 4U);
  EXPECT_EQ(counts.events_today_utc, 1U);
  EXPECT_EQ(counts.events_week_utc, 1U);
  EXPECT_EQ(counts.last_detection, thursday + 6);
  EXPECT_EQ(counts.last_event, thursday + 6);
  EXPECT_EQ(x.of("south").detections_today, 0U);
}

TEST(day_counters, days_end_exactly_where_they_do) {
  day_counters x{east, thursday};
  x.add_detections("north", 2, thursday);
  x.add_event("north", thursday);
  EXPECT_TRUE(x.pass(thursday + 23 * 3'600 - 0.001).empty());
  EXPECT_EQ(x.of("north").detections_today, 2U);
  EXPECT_EQ(x.pass(thursday + 23 * 3'600), std::set<std::string>{"north"});
  EXPECT_EQ(x.of("north").detections_today, 0U);
  EXPECT_EQ(x.of("north").detections_today_utc, 2U);
  EXPECT_TRUE(x.pass(thursday + day - 0.001).empty());
  EXPECT_FALSE(x.pass(thursday + day).empty());
  EXPECT_EQ(x.of("north").detections_today_utc, 0U);
  EXPECT_EQ(x.of("north").events_today_utc, 0U);
  EXPECT_EQ(x.of("north").detections_week_utc, 2U);
  EXPECT_EQ(x.of("north").events_week_utc, 1U);
}

TEST(day_counters, weeks_begin_on_monday) {
  day_counters x{east, thursday};
  x.add_detections("north", 2, thursday);
  x.add_event("north", thursday);
  (void)x.pass(monday - 1);
  EXPECT_EQ(x.of("north").detections_week_utc, 2U);
  (void)x.pass(monday);
  EXPECT_EQ(x.of("north").detections_week_utc, 0U);
  EXPECT_EQ(x.of("north").events_week_utc, 0U);
  // Also before 1970.
  day_counters y{{}, -4 * day};
  y.add_detections("north", 1, 0);
  (void)y.pass(-3 * day);
  EXPECT_EQ(y.of("north").detections_week_utc, 0U);
  y.add_detections("north", 1, 0);
  (void)y.pass(3 * day);
  EXPECT_EQ(y.of("north").detections_week_utc, 1U);
  (void)y.pass(4 * day);
  EXPECT_EQ(y.of("north").detections_week_utc, 0U);
}

TEST(day_counters, a_clock_set_back_over_midnight_ends_no_day) {
  day_counters x{{}, thursday};
  x.add_detections("north", 2, thursday);
  (void)x.pass(thursday - 60);
  EXPECT_EQ(x.of("north").detections_today, 2U);
  (void)x.pass(thursday - day);
  EXPECT_EQ(x.of("north").detections_today, 2U);
  (void)x.pass(thursday + 60);
  EXPECT_EQ(x.of("north").detections_today, 2U);
  (void)x.pass(thursday + day);
  EXPECT_EQ(x.of("north").detections_today, 0U);
}

TEST(day_counters, a_clock_set_back_further_does) {
  day_counters x{{}, thursday};
  x.add_detections("north", 2, thursday);
  (void)x.pass(thursday - day - 1);
  EXPECT_EQ(x.of("north").detections_today, 0U);
  EXPECT_EQ(x.of("north").detections_week_utc, 2U);
  x.add_detections("north", 1, 0);
  // And the day after it ends as any does.
  (void)x.pass(thursday - day);
  EXPECT_EQ(x.of("north").detections_today, 0U);
}

TEST(day_counters, outlive_the_process) {
  day_counters x{east, thursday};
  x.add_detections("north", 5, thursday + 7);
  x.add_event("north", thursday + 7);
  const auto kept = x.changed();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].kind, record_kind::counter);
  EXPECT_EQ(kept[0].key, "north");
  EXPECT_TRUE(x.changed().empty());

  day_counters same_day{east, thursday + 100};
  same_day.add_detections("north", 1, thursday + 100);
  EXPECT_EQ(same_day.restore(kept, thursday + 100, 10), std::set<std::string>{"north"});
  EXPECT_EQ(same_day.of("north").detections_today, 6U);
  EXPECT_EQ(same_day.of("north").events_week_utc, 1U);
  EXPECT_EQ(same_day.of("north").last_detection, thursday + 100);
  EXPECT_EQ(same_day.of("north").last_event, thursday + 7);

  day_counters late_evening{east, thursday + 23.5 * 3'600};
  (void)late_evening.restore(kept, thursday + 23.5 * 3'600, 10);
  EXPECT_EQ(late_evening.of("north").detections_today, 0U);
  EXPECT_EQ(late_evening.of("north").detections_today_utc, 5U);

  day_counters next_day{east, thursday + day};
  (void)next_day.restore(kept, thursday + day, 10);
  EXPECT_EQ(next_day.of("north").detections_today_utc, 0U);
  EXPECT_EQ(next_day.of("north").detections_week_utc, 5U);

  day_counters next_week{east, monday};
  (void)next_week.restore(kept, monday, 10);
  EXPECT_EQ(next_week.of("north").detections_week_utc, 0U);
  EXPECT_EQ(next_week.of("north").last_event, thursday + 7);
}

TEST(day_counters, a_clock_that_was_set_back_between_two_processes_ends_no_day) {
  day_counters x{{}, thursday + 60};
  x.add_detections("north", 5, thursday + 60);
  const auto kept = x.changed();
  day_counters y{{}, thursday - 60};
  (void)y.restore(kept, thursday - 60, 10);
  EXPECT_EQ(y.of("north").detections_today, 5U);
  (void)y.pass(thursday + 120);
  EXPECT_EQ(y.of("north").detections_today, 5U);
  (void)y.pass(thursday + day);
  EXPECT_EQ(y.of("north").detections_today, 0U);
}

TEST(day_counters, what_a_wrong_clock_told_is_not_taken) {
  day_counters x{{}, thursday + 1'000 * day};
  x.add_detections("north", 5, thursday + 1'000 * day);
  x.add_event("north", thursday + 1'000 * day);
  const auto kept = x.changed();
  day_counters y{{}, thursday};
  (void)y.restore(kept, thursday, 10);
  EXPECT_TRUE(y.knows("north"));
  EXPECT_EQ(y.of("north").detections_today, 0U);
  EXPECT_EQ(y.of("north").last_event, 0);
}

TEST(day_counters, records_that_make_no_sense_are_left_out) {
  day_counters x{{}, thursday};
  const auto today = std::to_string(static_cast<std::int64_t>(thursday / day));
  const auto with = [&](const std::string& more) {
    return "{\"local_day\":" + today + ",\"utc_day\":" + today + more + "}";
  };
  const std::vector<store_record> records{
      {record_kind::counter, "a", ""},
      {record_kind::counter, "b", "[1]"},
      {record_kind::counter, "c", "{\"local_day\":1e300,\"utc_day\":1}"},
      {record_kind::counter, "d", "{\"local_day\":9223372036854775807,\"utc_day\":1}"},
      {record_kind::counter, "e", std::string(10'000, '[')},
      {record_kind::counter, "NORTH GATE", with("")},
      {record_kind::counter, "", with("")},
      {record_kind::setting, "f", with("")},
      {record_kind::counter, "g",
       with(",\"detections_today\":-5,\"detections_today_utc\":\"7\",\"last_event\":-1")},
      {record_kind::counter, "h", with(",\"detections_today\":18446744073709551615")},
  };
  EXPECT_EQ(x.restore(records, thursday, 10), (std::set<std::string>{"g", "h"}));
  EXPECT_EQ(x.of("g").detections_today, 0U);
  EXPECT_EQ(x.of("g").detections_today_utc, 0U);
  EXPECT_EQ(x.of("g").last_event, 0);
  const auto many = x.of("h").detections_today;
  x.add_detections("h", 1, thursday);
  EXPECT_GE(x.of("h").detections_today, many);
}

TEST(day_counters, take_up_no_more_cameras_than_they_may) {
  std::vector<store_record> records;
  for (int i = 0; i < 20; ++i)
    records.push_back(
        {record_kind::counter, "c" + std::to_string(i), "{\"local_day\":0,\"utc_day\":0}"});
  day_counters x{{}, 0};
  EXPECT_EQ(x.restore(records, 0, 10).size(), 10U);
  EXPECT_EQ(x.size(), 10U);
}

TEST(day_counters, tell_the_store_what_is_over) {
  day_counters x{{}, thursday};
  x.know("north");
  x.add_detections("south", 1, thursday);
  EXPECT_EQ(x.changed().size(), 2U);
  (void)x.pass(thursday + day);
  x.prune([](const std::string&) { return false; });
  // It has counted something this week.
  EXPECT_TRUE(x.knows("south"));
  EXPECT_FALSE(x.knows("north"));
  for (const auto& record : x.changed())
    EXPECT_EQ(record.value.empty(), record.key == "north");
  (void)x.pass(monday);
  x.prune([](const std::string& key) { return key == "south"; });
  EXPECT_TRUE(x.knows("south"));
  (void)x.changed();
  EXPECT_EQ(x.extract("south").detections_week_utc, 0U);
  EXPECT_EQ(only(x).key, "south");
  EXPECT_TRUE(x.changed().empty());
}

TEST(day_counters, add_up) {
  day_counters x{{}, thursday};
  x.add_detections("old", 2, thursday + 1);
  x.add_event("old", thursday + 1);
  x.add_detections("new", 3, thursday + 2);
  x.add("new", x.extract("old"));
  EXPECT_EQ(x.of("new").detections_today, 5U);
  EXPECT_EQ(x.of("new").events_today_utc, 1U);
  EXPECT_EQ(x.of("new").last_detection, thursday + 2);
  EXPECT_FALSE(x.knows("old"));
}

} // namespace
} // namespace firefinder::day_counters_test
