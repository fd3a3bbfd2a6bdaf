#include "actors/drill/exercise.hpp"

#include "actors/consensus/decode.hpp"
#include "actors/consensus/tracking.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace firefinder::exercise_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr unix_seconds begun = 1'700'000'000;
constexpr monotonic beginning = 1000s;

// The settings of the decision that these rules are taken from.
struct decision_settings {
  acceptance_settings acceptance;
  tracking_settings tracking;
};

exercise_rules rules_of(const decision_settings& x) {
  exercise_rules result;
  result.by_persistence = x.tracking.how == verification::persistence;
  result.moving_average = x.tracking.moving_average;
  result.growth_ratio = x.tracking.growth_ratio;
  result.frames_needed = x.tracking.persistence.needed;
  result.evidence = x.tracking.persistence.evidence;
  result.per_frame = persistence_rule::per_frame;
  result.min_area = x.acceptance.min_area_ratio;
  result.max_area = x.acceptance.max_area_ratio;
  result.max_age = x.acceptance.max_age;
  return result;
}

// Whether the decision's own code verifies what is played; each message arrives a millisecond after
// the one before, or when its frame is due.
bool is_verified(const decision_settings& x, const exercise_plan& plan) {
  decoder reader{x.acceptance};
  tracking cameras{x.tracking};
  const auto rules = rules_of(x);
  auto at = beginning;
  bool verified = false;
  for (std::size_t k = 0; k < plan.areas.size(); ++k) {
    at = std::max(at + 1ms, beginning + plan.due(k));
    inbound message;
    message.topic = "fire/detection/" + camera_name(1);
    message.payload = detection_payload(plan, k, rules, "id", begun);
    message.size = message.payload.size();
    message.arrived = at;
    message.received_at = begun + to_seconds(at - beginning);
    const auto read = reader.decode(message);
    EXPECT_TRUE(read.dropped.empty())
        << to_string(read.dropped.front().reason) << " of " << message.payload;
    if (!read.seen)
      return false;
    const auto outcome = cameras.add(*read.seen);
    EXPECT_EQ(outcome.accepted, 1U) << message.payload;
    verified = verified || (outcome.change && outcome.change->agrees());
  }
  return verified;
}

TEST(exercise, is_verified_by_every_rule_of_the_decision) {
  for (const auto how : {verification::growth, verification::persistence, verification::either})
    for (const std::uint32_t w : {1U, 3U, 10U})
      for (const double growth : {1.0, 1.2, 5.0})
        for (const auto& [least, most] : {std::pair{0.001, 0.8}, {0.0, 1.0}, {0.1, 0.6}})
          for (const timespan age : {1s, 60s, 3600s})
            for (const bool adapts : {false, true}) {
              decision_settings x;
              x.tracking.how = how;
              x.tracking.moving_average = w;
              x.tracking.growth_ratio = growth;
              x.tracking.adapts = adapts;
              x.acceptance.min_area_ratio = least;
              x.acceptance.max_area_ratio = most;
              x.acceptance.max_age = age;
              const auto plan = plan_of(rules_of(x));
              ASSERT_EQ(plan.impossible, "");
              EXPECT_TRUE(is_verified(x, plan))
                  << static_cast<int>(how) << " W " << w << " growth " << growth << " area "
                  << least << ".." << most << " age " << to_seconds(age);
            }
}

TEST(exercise, shows_as_many_frames_as_persistence_needs) {
  decision_settings x;
  x.tracking.how = verification::persistence;
  x.tracking.window = 1800s;
  for (const auto& [frames, needed, evidence] :
       {std::tuple{8U, 3U, 3.0}, {50U, 50U, 65.0}, {8U, 1U, 9.0}, {2U, 1U, 0.0}}) {
    x.tracking.persistence = {frames, needed, evidence};
    const auto plan = plan_of(rules_of(x));
    EXPECT_TRUE(is_verified(x, plan)) << frames << ' ' << needed << ' ' << evidence;
  }
}

// As long as a camera of a landscape needs to look as often, nobody has to wait.
TEST(exercise, takes_no_time_where_detections_may_be_as_old_as_it_lasts) {
  exercise_rules rules;
  rules.by_persistence = true;
  rules.max_age = 300s;
  const auto plan = plan_of(rules);
  EXPECT_EQ(plan.due(plan.areas.size() - 1), 0s);
  rules.max_age = 1s;
  const auto slow = plan_of(rules);
  EXPECT_EQ(slow.due(0), 0s);
  EXPECT_GT(slow.due(slow.areas.size() - 1), 1s);
  EXPECT_LT(slow.due(slow.areas.size() - 1), 3s);
}

TEST(exercise, says_when_the_settings_leave_no_room_for_a_fire) {
  exercise_rules rules;
  rules.min_area = 0.3;
  rules.max_area = 0.8;
  rules.growth_ratio = 5;
  EXPECT_NE(plan_of(rules).impossible.find("min_area_ratio"), std::string::npos);
  rules.by_persistence = true;
  EXPECT_EQ(plan_of(rules).impossible, "");
  rules.label.clear();
  EXPECT_NE(plan_of(rules).impossible.find("consensus.labels"), std::string::npos);
}

TEST(exercise, marks_what_it_publishes) {
  const auto plan = plan_of({});
  const auto seen = json::parse(detection_payload(plan, 0, {}, "id-1", begun));
  EXPECT_EQ(seen["drill"], true);
  EXPECT_EQ(seen["drill_id"], "id-1");
  const std::string trigger = R"({"action":"trigger","trigger_id":"t"})";
  const auto marked = json::parse(marked_trigger(trigger, "id-1", false));
  EXPECT_EQ(marked["action"], "drill");
  EXPECT_EQ(marked["drill"], true);
  EXPECT_EQ(marked["drill_id"], "id-1");
  EXPECT_EQ(marked["trigger_id"], "t");
  const auto live = json::parse(marked_trigger(trigger, "id-1", true));
  EXPECT_EQ(live["action"], "trigger");
  EXPECT_EQ(live["drill"], true);
}

TEST(echoes, are_only_what_was_published_and_only_once) {
  echoes heard;
  heard.expect("a", "1");
  const auto message = [](std::string topic, std::string payload, bool retained = false) {
    inbound result;
    result.topic = std::move(topic);
    result.payload = std::move(payload);
    result.retained = retained;
    return result;
  };
  EXPECT_FALSE(heard.recognise(message("a", "2")));
  EXPECT_FALSE(heard.recognise(message("b", "1")));
  EXPECT_FALSE(heard.recognise(message("a", "1", true)));
  EXPECT_TRUE(heard.recognise(message("a", "1")));
  EXPECT_FALSE(heard.recognise(message("a", "1")));
}

TEST(schedule, waits_for_the_interval_and_for_the_house_to_settle) {
  constexpr unix_seconds now = begun;
  EXPECT_EQ(until_next(0, false, 24h, now), settling_time);
  EXPECT_EQ(until_next(now - 3600, false, 24h, now), 23h);
  EXPECT_EQ(until_next(now - 23.99 * 3600, false, 24h, now), settling_time);
  EXPECT_EQ(until_next(now - 100 * 3600, false, 24h, now), settling_time);
  // What failed is tried again soon, and never later than by the interval.
  EXPECT_EQ(until_next(now - 600, true, 24h, now), 50min);
  EXPECT_EQ(until_next(now - 600, true, 30min, now), 20min);
  // A clock that was set back.
  EXPECT_EQ(until_next(now + 86'400, false, 24h, now), settling_time);
}

} // namespace
} // namespace firefinder::exercise_test
