#include "actors/control/memory.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>

namespace firefinder::memory_test {
namespace {

using nlohmann::json;

TEST(control_memory, an_alarm_is_read_as_it_was_written) {
  alarm_memory x;
  x.alarm = {
      true,  1'700'000'000.25, "id-1", {"North \"1\"", "south"}, 3, true, 1.5e9, "Ann", "a candle",
      1.6e9, "Bob \n",         "over"};
  x.known_triggers = 18'446'744'073'709'551'615U;
  x.known_trigger = "id-1";
  x.began = 1'600'000'000;
  const auto read = stored_alarm(stored_text(x));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, x);
}

TEST(control_memory, decisions_are_read_as_they_were_written) {
  camera_decision x;
  x.name = "Küche";
  x.announced = false;
  x.counts = camera_switch{false, true, 1.5e9, "Ann"};
  x.added = "Kitchen";
  const auto read = stored_decision(stored_text(x));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "Küche");
  EXPECT_FALSE(read->announced);
  ASSERT_TRUE(read->counts);
  EXPECT_FALSE(read->counts->enabled);
  EXPECT_TRUE(read->counts->configured);
  EXPECT_EQ(read->counts->since, 1.5e9);
  EXPECT_EQ(read->counts->by, "Ann");
  EXPECT_EQ(read->added, "Kitchen");

  const auto nothing = stored_decision(stored_text(camera_decision{}));
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->is_nothing());

  const auto value = stored_value(stored_text(tuned_value{0.1, 0.7}));
  ASSERT_TRUE(value);
  EXPECT_EQ(value->value, 0.1);
  EXPECT_EQ(value->configured, 0.7);

  const auto armed = stored_arming(stored_text(arming{false, 1.5e9, "Ann"}));
  ASSERT_TRUE(armed);
  EXPECT_FALSE(armed->armed);
  EXPECT_EQ(armed->since, 1.5e9);
  EXPECT_EQ(armed->by, "Ann");

  const auto quiet
      = stored_snooze(stored_text(snooze{"north", false, 1e9, 1.1e9, "Ann", "welding"}));
  ASSERT_TRUE(quiet);
  EXPECT_EQ(*quiet, (snooze{"", false, 1e9, 1.1e9, "Ann", "welding"}));
}

TEST(control_memory, rubbish_is_nothing) {
  for (const std::string text :
       {"", "x", "[]", "null", "{}", R"({"armed": 1})", R"({"value": "2", "configured": 1})",
        R"({"value": 1e999, "configured": 1})", R"({"name": 1, "announced": true})",
        R"({"name": "", "announced": true, "counts": 7})",
        R"({"since": -1, "until": 2, "by": "", "reason": ""})",
        R"({"since": 1, "until": 1e300, "by": "", "reason": ""})", "{\"armed\": true, \xff"}) {
    EXPECT_FALSE(stored_arming(text)) << text;
    EXPECT_FALSE(stored_value(text)) << text;
    EXPECT_FALSE(stored_decision(text)) << text;
    EXPECT_FALSE(stored_snooze(text)) << text;
    EXPECT_FALSE(stored_alarm(text)) << text;
  }
  EXPECT_FALSE(stored_arming(std::string(300'000, '[')));
  auto wrong = json::parse(stored_text(alarm_memory{}));
  ASSERT_TRUE(stored_alarm(wrong.dump()));
  wrong["triggers"] = -1;
  EXPECT_FALSE(stored_alarm(wrong.dump()));
  wrong["triggers"] = 1;
  wrong["cameras"] = {1, 2};
  EXPECT_FALSE(stored_alarm(wrong.dump()));
}

TEST(control_memory, what_never_was_is_null_to_operators) {
  const auto x = json::parse(alarm_text({}));
  EXPECT_FALSE(x["active"].get<bool>());
  for (const auto* key : {"since", "trigger_id", "acknowledged_at", "acknowledged_by",
                          "acknowledge_reason", "reset_at", "reset_by", "reset_reason"})
    EXPECT_TRUE(x[key].is_null()) << key;
}

} // namespace
} // namespace firefinder::memory_test
