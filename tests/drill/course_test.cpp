#include "actors/drill/course.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace firefinder::course_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

course begun(bool scheduled = false, bool live = false) {
  drill_order order;
  order.live = live;
  return {"id", order, scheduled, "house", 10s, 1'700'000'000};
}

void pass_to(course& x, drill_step last) {
  for (int step = 0; step <= static_cast<int>(last); ++step)
    x.mark(static_cast<drill_step>(step), 10s + (step + 1) * 1s);
}

TEST(course, tells_each_step_with_its_time_once) {
  auto x = begun();
  x.take_part(2);
  pass_to(x, drill_step::returned);
  x.mark(drill_step::heard, 99s);
  EXPECT_TRUE(x.is_complete());
  const auto report = x.passed(18s);
  EXPECT_TRUE(report.passed);
  ASSERT_EQ(report.steps.size(), 8U);
  EXPECT_EQ(report.steps[2], (drill_mark{drill_step::heard, 3}));
  // From the first detection on.
  EXPECT_EQ(report.delay_s, 7);
  EXPECT_EQ(report.cameras, 2U);
  EXPECT_EQ(report.failed_step, "");
}

TEST(course, is_complete_only_when_a_live_one_is_live) {
  auto x = begun(false, true);
  pass_to(x, drill_step::returned);
  EXPECT_FALSE(x.is_complete());
  EXPECT_EQ(x.next(), drill_step::live);
  x.mark(drill_step::live, 20s);
  EXPECT_TRUE(x.is_complete());
}

TEST(course, does_without_what_it_skips) {
  auto x = begun();
  x.skip(drill_step::stored);
  pass_to(x, drill_step::decided);
  EXPECT_EQ(x.next(), drill_step::acknowledged);
}

TEST(course, names_the_step_that_it_waits_for_when_its_time_is_over) {
  for (int step = 0; step <= static_cast<int>(drill_step::returned); ++step) {
    auto x = begun();
    x.note("1 of 2 agree");
    if (step > 0)
      pass_to(x, static_cast<drill_step>(step - 1));
    const auto report = x.overdue(15s, 30s);
    EXPECT_FALSE(report.passed);
    EXPECT_EQ(report.failed_step, to_string(static_cast<drill_step>(step)));
    EXPECT_NE(report.reason.find("within 15 s"), std::string::npos) << report.reason;
    EXPECT_EQ(report.steps.size(), static_cast<std::size_t>(step));
    EXPECT_NE(report.text.find(report.failed_step), std::string::npos);
    if (static_cast<drill_step>(step) == drill_step::heard) {
      EXPECT_NE(report.reason.find("house/drill/#"), std::string::npos) << report.reason;
    }
    if (static_cast<drill_step>(step) == drill_step::verified) {
      EXPECT_NE(report.reason.find("1 of 2 agree"), std::string::npos) << report.reason;
    }
  }
}

TEST(memory, comes_back_from_the_store_as_it_was) {
  auto x = begun(true);
  x.take_part(3);
  x.warn("a \"warning\"");
  pass_to(x, drill_step::heard);
  drill_memory memory;
  memory.add(x.overdue(15s, 30s));
  EXPECT_EQ(memory_from(stored_text(memory)), memory);
  EXPECT_EQ(memory_from(stored_text({})), drill_memory{});
  EXPECT_FALSE(memory_from("[]"));
  EXPECT_FALSE(memory_from("{"));
  // Other kinds of values are as if they were not there.
  EXPECT_EQ(memory_from(R"({"last":{"at":"x","passed":1,"steps":[1,{"step":2}],"cameras":-1}})")
                .value()
                .last,
            drill_report{});
}

TEST(memory, a_scheduled_failure_is_trouble_until_one_passes) {
  const auto failed = [](bool scheduled, unix_seconds at) {
    auto result = begun(scheduled).overdue(15s, 30s);
    result.at = at;
    return result;
  };
  drill_memory memory;
  memory.add(failed(false, 100));
  EXPECT_TRUE(memory.problems().empty());
  memory.add(failed(true, 200));
  memory.add(failed(true, 300));
  memory.add(failed(false, 400));
  const auto problems = memory.problems();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().code, "drill_failed");
  EXPECT_TRUE(problems.front().trouble);
  EXPECT_EQ(problems.front().since, 200);
  EXPECT_NE(problems.front().text.find("firefinder drill"), std::string::npos);
  auto x = begun();
  pass_to(x, drill_step::returned);
  memory.add(x.passed(20s));
  EXPECT_TRUE(memory.problems().empty());
}

TEST(report, is_an_object_in_a_line) {
  auto x = begun();
  pass_to(x, drill_step::returned);
  const auto line = report_line(x.passed(20s));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto told = json::parse(line);
  EXPECT_EQ(told["passed"], true);
  EXPECT_EQ(told["failed"], "OFF");
  EXPECT_EQ(told["began"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(told["reason"], nullptr);
  EXPECT_EQ(told["steps"][0]["step"], "asked");
}

} // namespace
} // namespace firefinder::course_test
