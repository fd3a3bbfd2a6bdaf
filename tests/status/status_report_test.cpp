#include "src/status_report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace firefinder::status_report_test {
namespace {

using nlohmann::json;

json healthy() {
  return {{"state", "idle"},
          {"degraded", false},
          {"threshold", 2},
          {"configured_threshold", 2},
          {"cameras_total", 2},
          {"cameras_online", 2},
          {"cameras_agreeing", 1},
          {"cameras",
           {{"east", {{"online", true}, {"agrees", false}, {"blind_since", nullptr}}},
            {"north", {{"online", true}, {"agrees", true}, {"blind_since", nullptr}}}}},
          {"zones", {{"wood", {{"cameras", {"north"}}, {"blind_since", nullptr}}}}},
          {"problems", json::array()},
          {"trigger_count", 3},
          {"last_trigger_ago_s", 840},
          {"triggers_pending", 0},
          {"triggers_missed", 0},
          {"last_heard_ago_s", 2.5},
          {"version", "0.1.0"},
          {"uptime_s", 7200},
          {"protocol", "5"},
          {"decision",
           {{"cameras",
             {{"east", {{"agrees", false}, {"text", "does not agree: grew 1.08x"}}},
              {"north", {{"agrees", true}, {"text", "agrees: grew 1.31x"}}}}}}}};
}

std::string answer(const json& data) { return json{{"status", "ok"}, {"data", data}}.dump(); }

TEST(status_report, tells_of_the_last_drill) {
  auto data = healthy();
  data["drill"] = nullptr;
  EXPECT_TRUE(report_status(answer(data), false).text.ends_with("drill: none yet\n"));
  data["drill"] = {{"at", 1'700'000'000}, {"text", "passed: it\nworks"}};
  EXPECT_TRUE(report_status(answer(data), false)
                  .text.ends_with("drill: 2023-11-14 22:13:20 UTC, passed: it?works\n"));
}

TEST(status_report, tells_how_the_daemon_is_and_how_each_camera_stands) {
  const auto x = report_status(answer(healthy()), false);
  EXPECT_EQ(x.text, "firefinder 0.1.0: idle, healthy\n"
                    "up 2 h, MQTT 5, last heard of a camera 2.5 s ago\n"
                    "cameras: 2 of 2 online, 1 agree, 2 must\n"
                    "  north: agrees: grew 1.31x\n"
                    "  east: does not agree: grew 1.08x\n"
                    "triggers: 3, the last 14 min ago\n");
  EXPECT_FALSE(x.degraded);
  EXPECT_EQ(x.refusal, "");
}

TEST(status_report, tells_how_many_cameras_were_found_if_any) {
  auto data = healthy();
  data["cameras_found"] = 5;
  data["cameras_reachable"] = 4;
  const auto x = report_status(answer(data), false);
  EXPECT_NE(x.text.find("2 must\n  in the network: 5 found, 4 of them answer\n  north"),
            std::string::npos)
      << x.text;
}

TEST(status_report, tells_problems_before_cameras_and_trouble_before_notices) {
  auto data = healthy();
  data["degraded"] = true;
  data["threshold"] = 1;
  data["triggers_pending"] = 1;
  data["triggers_missed"] = 2;
  data["cameras"]["east"] = {{"online", false}, {"agrees", false}, {"blind_since", 1732212000}};
  data["zones"]["wood"]["blind_since"] = 1732212000;
  data["problems"] = {{{"code", "camera_unknown"},
                       {"subject", "west"},
                       {"severity", "notice"},
                       {"since", nullptr},
                       {"text", "not in the configuration"}},
                      {{"code", "cameras_below_threshold"},
                       {"subject", nullptr},
                       {"severity", "trouble"},
                       {"since", 1732212000},
                       {"text", "1 of 2 is online"}}};
  const auto x = report_status(answer(data), false);
  EXPECT_TRUE(x.degraded);
  const auto place = [&x](const std::string& what) {
    const auto found = x.text.find(what);
    EXPECT_NE(found, std::string::npos) << what << " is not in:\n" << x.text;
    return found;
  };
  EXPECT_LT(place("an alarm may be lost"), place("problems:"));
  EXPECT_LT(place("! cameras_below_threshold since 2024-11-21 18:00:00 UTC: 1 of 2 is online"),
            place("- camera_unknown west: not in the configuration"));
  EXPECT_LT(place("- camera_unknown"), place("1 must (lowered from 2)"));
  place("east: offline since 2024-11-21 18:00:00 UTC");
  place("wood: no camera online since");
  place("1 waiting for the broker, 2 expired undelivered");
}

TEST(status_report, says_how_many_cameras_are_not_told_of) {
  auto data = healthy();
  data["cameras_total"] = 702;
  EXPECT_NE(report_status(answer(data), false).text.find("grew 1.08x\n  and 700 more\n"),
            std::string::npos);
}

TEST(status_report, json_is_the_data_as_it_is) {
  const auto x = report_status(answer(healthy()), true);
  EXPECT_EQ(json::parse(x.text), healthy());
}

TEST(status_report, what_is_missing_or_of_another_kind_is_no_fault) {
  for (const auto* broken : {"{}", R"({"cameras": 7, "zones": [], "problems": "none"})",
                             R"({"uptime_s": "long", "problems": [1, null, []],
                                 "cameras": {"x": null, "y": {"online": 1}}, "decision": 3,
                                 "last_heard_ago_s": 1e300, "zones": {"z": {"blind_since": -1}}})"})
    EXPECT_NE(report_status(answer(json::parse(broken)), false).text, "") << broken;
  for (const auto* broken : {"", "null", "[]", "{\"status\": \"ok\"}", "\xff"}) {
    EXPECT_NE(report_status(broken, false).refusal, "") << broken;
    EXPECT_NE(report_explanation(broken, false).refusal, "") << broken;
  }
}

TEST(status_report, nothing_in_it_steers_a_terminal) {
  auto data = healthy();
  data["cameras"]["evil\x1b[2J"] = {{"online", true}, {"agrees", false}};
  data["version"] = "\x07\n";
  const auto x = report_status(answer(data), false);
  EXPECT_EQ(x.text.find('\x1b'), std::string::npos);
  EXPECT_NE(x.text.find("evil?[2J"), std::string::npos);
  EXPECT_EQ(x.text.find('\x07'), std::string::npos);
}

TEST(status_report, an_explanation_says_when_and_why) {
  const json data{{"t", 1732212000.5},        {"decision", "trigger"},  {"agreeing", 2},
                  {"threshold", 2},           {"text", "fire: 2 of 2"}, {"trigger_id", "0b5c"},
                  {"cameras", json::object()}};
  EXPECT_EQ(report_explanation(answer(data), false).text,
            "2024-11-21 18:00:00 UTC: trigger (2 cameras agree, 2 must)\n"
            "  fire: 2 of 2\n"
            "  trigger 0b5c\n");
  EXPECT_EQ(json::parse(report_explanation(answer(data), true).text), data);
  const auto refused
      = report_explanation(R"({"status": "error", "error": "there is no camera 'x'"})", false);
  EXPECT_EQ(refused.refusal, "there is no camera 'x'");
  EXPECT_EQ(refused.text, "");
}

} // namespace
} // namespace firefinder::status_report_test
