#include "actors/web/picture.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace firefinder::picture_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr unix_seconds wall = 1'700'000'000;

decision_language words() {
  return {[](const decision_record& x) { return "decided: " + std::string{to_string(x.reason)}; },
          [](const camera_standing& x) { return "stands: " + std::string{to_string(x.reason)}; },
          [](std::string_view) { return std::nullopt; }};
}

house_camera camera(const std::string& id, const std::string& name = {}) {
  house_camera result;
  result.id = id;
  result.key = id;
  result.name = name.empty() ? id : name;
  result.online = true;
  return result;
}

camera_sight sight(const std::string& id, unix_seconds at, double area) {
  camera_sight result;
  result.camera = id;
  result.at = at;
  result.newest.area = area;
  result.newest.confidence = 0.9;
  result.newest.sign = fire_sign::smoke;
  result.growth = area * 10;
  return result;
}

struct fixture : ::testing::Test {
  fixture() {
    web_settings settings;
    settings.version = "1.2.3";
    settings.broker = "broker:1883";
    uut.emplace(settings, words());
    uut->hear(link_up{1, "5", false}, wall);
    uut->hear(house_state{});
    control_state free;
    uut->hear(free);
  }

  json state() { return json::parse(uut->state(wall)); }
  json one(const std::string& key, double at = wall) {
    return json::parse(uut->camera(key, at).value());
  }

  /// Lets a moment pass and tells what one who follows hears.
  std::vector<std::string> next(timespan after) {
    now += after;
    uut->publish(now, wall);
    std::vector<std::string> result;
    last = uut->news(told);
    for (const auto& x : last)
      result.push_back(x.name);
    return result;
  }

  void follow() {
    uut->follow(now, wall);
    last = uut->news(told);
  }

  json data(std::size_t i) { return json::parse(last.at(i).data); }

  std::optional<picture> uut;
  monotonic now = 100s;
  std::uint64_t told = 0;
  std::vector<web_event> last;
};

using names = std::vector<std::string>;

class web_picture : public fixture {};

TEST_F(web_picture, says_how_it_stands_in_one_word) {
  EXPECT_EQ(state()["alarm"], "idle");
  house_state house;
  house.problems.push_back({"notice", {}, false, 0, "worth knowing"});
  uut->hear(house);
  EXPECT_EQ(state()["alarm"], "idle");
  house.problems.push_back({"trouble", {}, true, 0, "wrong"});
  uut->hear(house);
  EXPECT_EQ(state()["alarm"], "degraded");
  house.agreeing = 1;
  uut->hear(house);
  EXPECT_EQ(state()["alarm"], "suspected");
  house.armed = false;
  uut->hear(house);
  EXPECT_EQ(state()["alarm"], "disarmed");
  house.fire = true;
  uut->hear(house);
  EXPECT_EQ(state()["alarm"], "fire");
  house.fire = false;
  uut->hear(house);
  alarm_view alarm;
  alarm.active = true;
  uut->hear(alarm);
  EXPECT_EQ(state()["alarm"], "fire");
}

TEST_F(web_picture, a_lost_link_is_trouble) {
  uut->hear(link_down{1, "the broker is gone"}, wall + 5);
  const auto x = state();
  EXPECT_EQ(x["alarm"], "degraded");
  EXPECT_EQ(x["link"]["up"], false);
  EXPECT_EQ(x["link"]["since"], wall + 5);
  EXPECT_TRUE(x["link"]["protocol"].is_null());
  EXPECT_EQ(x["problems"][0]["code"], "link_down");
  EXPECT_EQ(uut->why_not_ready().size(), 1U);
  uut->hear(link_up{2, "3.1.1", false}, wall + 9);
  EXPECT_EQ(state()["link"]["reconnects"], 1);
  // The same link, told again to one who asked anew.
  uut->hear(link_up{2, "3.1.1", false}, wall + 11);
  EXPECT_EQ(state()["link"]["reconnects"], 1);
  EXPECT_EQ(state()["link"]["since"], wall + 9);
  EXPECT_TRUE(uut->why_not_ready().empty());
}

TEST_F(web_picture, problems_name_their_camera_by_its_key) {
  auto x = camera("AA:BB", "Barn");
  x.key = "aa_bb";
  uut->hear(x);
  house_state house;
  for (const auto* subject : {"AA:BB", "aa_bb", "Barn", "elsewhere", ""})
    house.problems.push_back({"p", subject, true, 0, "t"});
  uut->hear(house);
  const auto all = state()["problems"];
  EXPECT_EQ(all[0]["camera"], "aa_bb");
  EXPECT_EQ(all[1]["camera"], "aa_bb");
  EXPECT_EQ(all[2]["camera"], "aa_bb");
  EXPECT_TRUE(all[3]["camera"].is_null());
  EXPECT_TRUE(all[4]["camera"].is_null());
  EXPECT_TRUE(all[0]["since"].is_null());
}

TEST_F(web_picture, tells_cameras_by_name) {
  uut->hear(camera("a", "Stable"));
  uut->hear(camera("b", "Barn"));
  auto hidden = camera("c");
  hidden.key.clear();
  uut->hear(hidden);
  const auto all = json::parse(uut->cameras(false, wall))["cameras"];
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["name"], "Barn");
  EXPECT_EQ(all[1]["name"], "Stable");
  EXPECT_FALSE(all[0].contains("history"));
  EXPECT_FALSE(uut->camera("c", wall));
  EXPECT_FALSE(uut->camera("", wall));
}

TEST_F(web_picture, keeps_points_a_second_apart_and_bounded) {
  uut->hear(camera("a"));
  for (int i = 0; i < 400; ++i)
    uut->hear(sight("a", wall + i * 0.5, 0.01));
  const auto x = one("a", wall + 200);
  EXPECT_EQ(x["history"].size(), max_points);
  EXPECT_EQ(x["history"].back()[0], wall + 199);
  EXPECT_EQ(x["detections"], 400);
  EXPECT_EQ(x["last_detection"], wall + 199.5);
  // Those that are long ago are not told.
  EXPECT_EQ(one("a", wall + 199 + 600)["history"].size(), 1U);
}

TEST_F(web_picture, what_is_seen_before_its_camera_is_known_is_not_lost) {
  follow();
  uut->hear(sight("a", wall, 0.01));
  EXPECT_EQ(json::parse(uut->cameras(true, wall))["cameras"].size(), 0U);
  EXPECT_EQ(next(2s), names{});
  uut->hear(camera("a"));
  EXPECT_EQ(one("a")["detections"], 1);
  EXPECT_EQ(next(2s), names{"camera"});
  EXPECT_TRUE(data(0).contains("point"));
}

TEST_F(web_picture, says_what_a_camera_sees_while_it_does) {
  auto x = camera("a");
  x.standing.reason = standing_reason::too_few_samples;
  uut->hear(x);
  EXPECT_TRUE(one("a")["sees"].is_null());
  uut->hear(sight("a", wall, 0.01));
  EXPECT_EQ(one("a")["sees"], "smoke");
  EXPECT_EQ(one("a")["standing"]["reason_text"], "stands: too_few_samples");
  x.standing.reason = standing_reason::nothing_seen;
  uut->hear(x);
  EXPECT_TRUE(one("a")["sees"].is_null());
}

TEST_F(web_picture, what_operators_decide_shows_at_their_cameras) {
  uut->hear(camera("a"));
  control_state decided;
  decided.snoozes.push_back({"a", false, wall, wall + 60, {}, {}});
  decided.cameras["a"].enabled = false;
  uut->hear(decided);
  EXPECT_EQ(one("a")["snoozed_until"], wall + 60);
  EXPECT_EQ(one("a")["enabled"], false);
  // A zone of the same name is not the camera.
  decided.snoozes.front().zone = true;
  uut->hear(decided);
  EXPECT_TRUE(one("a")["snoozed_until"].is_null());
}

TEST_F(web_picture, hostile_names_become_text) {
  uut->hear(camera("a", std::string{"<b>\xff\n\u202e"} + std::string(2'000, 'x')));
  const auto name = one("a")["name"].get<std::string>();
  EXPECT_TRUE(name.starts_with("<b>"));
  EXPECT_EQ(name.find('\n'), std::string::npos);
  EXPECT_LE(name.size(), 500U);
}

TEST_F(web_picture, a_camera_that_is_known_otherwise_keeps_its_past) {
  uut->hear(camera("old"));
  uut->hear(sight("old", wall, 0.01));
  uut->hear(camera("new"));
  uut->hear(house_camera_gone{"old", "new"});
  EXPECT_FALSE(uut->camera("old", wall));
  EXPECT_EQ(one("new")["history"].size(), 1U);
  EXPECT_EQ(one("new")["detections"], 1);
}

// -- events ------------------------------------------------------------------------------

TEST_F(web_picture, who_comes_is_told_everything_the_state_first) {
  uut->hear(camera("a"));
  uut->hear(camera("b"));
  follow();
  ASSERT_EQ(last.size(), 3U);
  EXPECT_EQ(last[0].name, "state");
  EXPECT_EQ(data(0)["version"], "1.2.3");
  EXPECT_EQ(last[1].name, "camera");
  EXPECT_EQ(data(1)["key"], "a");
  EXPECT_FALSE(data(1).contains("history"));
  EXPECT_FALSE(data(1).contains("point"));
  EXPECT_EQ(next(10s), names{});
}

TEST_F(web_picture, who_comes_later_is_told_what_time_it_is) {
  follow();
  now += 60s;
  uut->follow(now, wall + 60);
  std::uint64_t told_of_second = 0;
  const auto first = uut->news(told_of_second).front();
  EXPECT_EQ(first.name, "state");
  EXPECT_EQ(json::parse(first.data).at("now"), wall + 60);
}

TEST_F(web_picture, the_last_drill_is_in_the_state) {
  EXPECT_TRUE(state().at("drill").is_null());
  follow();
  drill_report drill;
  drill.at = wall - 5;
  drill.passed = true;
  drill.delay_s = 0.25;
  drill.text = "PASSED in 0.25 s";
  uut->hear(drill);
  const json expected{
      {"at", wall - 5}, {"passed", true}, {"delay_s", 0.25}, {"text", "PASSED in 0.25 s"}};
  EXPECT_EQ(state().at("drill"), expected);
  EXPECT_EQ(next(1s), std::vector<std::string>{"state"});
}

TEST_F(web_picture, a_change_is_told_once) {
  uut->hear(camera("a"));
  follow();
  uut->hear(camera("a"));
  EXPECT_EQ(next(2s), names{});
  uut->hear(camera("a", "Barn"));
  EXPECT_EQ(next(2s), names{"camera"});
  EXPECT_EQ(data(0)["name"], "Barn");
  EXPECT_EQ(next(2s), names{});
}

TEST_F(web_picture, cameras_are_told_once_a_second_and_the_state_twice) {
  uut->hear(camera("a"));
  follow();
  names told_names;
  house_state house;
  for (int i = 0; i < 30; ++i) {
    house.trigger_count = static_cast<std::uint64_t>(i) + 1;
    uut->hear(house);
    uut->hear(camera("a", std::to_string(i)));
    for (const auto& x : next(100ms))
      told_names.push_back(x);
  }
  EXPECT_EQ(std::count(told_names.begin(), told_names.end(), "camera"), 3);
  EXPECT_EQ(std::count(told_names.begin(), told_names.end(), "state"), 6);
  uut->hear(camera("a", "last"));
  ASSERT_TRUE(uut->due());
  EXPECT_LE(*uut->due(), now + 1s);
  EXPECT_EQ(next(*uut->due() - now), names{"camera"});
  EXPECT_EQ(data(0)["name"], "last");
  EXPECT_FALSE(uut->due());
}

TEST_F(web_picture, a_new_point_comes_with_its_camera) {
  uut->hear(camera("a"));
  follow();
  uut->hear(sight("a", wall, 0.02));
  EXPECT_EQ(next(2s), names{"camera"});
  EXPECT_EQ(data(0)["point"], json::parse("[1700000000.0, 0.02, 0.2, 0.9]"));
  // The next news are not about it.
  uut->hear(camera("a", "Barn"));
  EXPECT_EQ(next(2s), names{"camera"});
  EXPECT_FALSE(data(0).contains("point"));
}

TEST_F(web_picture, who_reads_slowly_is_told_the_latest) {
  uut->hear(camera("a"));
  uut->hear(camera("b"));
  follow();
  auto slow = told;
  for (int i = 0; i < 100; ++i) {
    uut->hear(camera("a", std::to_string(i)));
    (void)next(1s);
  }
  const auto merged = uut->news(slow);
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(json::parse(merged[0].data)["name"], "99");
}

TEST_F(web_picture, decisions_stand_in_the_order_of_what_led_to_them) {
  uut->hear(camera("a"));
  follow();
  uut->hear(camera("a", "Barn"));
  uut->publish(now += 2s, wall);
  decision_record decided;
  decided.t = wall;
  decided.reason = decision_reason::agreement;
  decided.trigger_id = "id";
  decided.cameras["a"].agrees = true;
  uut->hear(decided);
  EXPECT_EQ(next(0s), (names{"camera", "decision"}));
  EXPECT_EQ(data(1)["trigger_id"], "id");
  EXPECT_EQ(data(1)["reason_text"], "decided: agreement");
  EXPECT_EQ(data(1)["cameras"]["a"]["agrees"], true);
  // Who comes now has not asked for what was.
  std::uint64_t later = 0;
  for (const auto& x : uut->news(later))
    EXPECT_NE(x.name, "decision");
}

TEST_F(web_picture, a_camera_that_is_gone_is_told) {
  uut->hear(camera("a"));
  follow();
  uut->hear(house_camera_gone{"a", {}});
  EXPECT_EQ(next(0s), names{"gone"});
  EXPECT_EQ(data(0)["key"], "a");
  // And that it is back.
  uut->hear(camera("a"));
  EXPECT_EQ(next(2s), names{"camera"});
  // Under another key it is another one.
  auto renamed = camera("a");
  renamed.key = "b";
  uut->hear(renamed);
  EXPECT_EQ(next(2s), (names{"gone", "camera"}));
  EXPECT_EQ(data(0)["key"], "a");
  EXPECT_EQ(data(1)["key"], "b");
}

TEST_F(web_picture, while_nobody_follows_nothing_is_made) {
  uut->hear(camera("a"));
  uut->hear(decision_record{});
  EXPECT_FALSE(uut->due());
  follow();
  EXPECT_EQ(last.size(), 2U);
  uut->rest();
  uut->hear(camera("a", "Barn"));
  EXPECT_FALSE(uut->due());
  told = 0;
  follow();
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(data(1)["name"], "Barn");
}

TEST_F(web_picture, many_cameras_are_told_to_all_in_one_go) {
  for (int i = 0; i < 1'000; ++i)
    uut->hear(camera("camera_" + std::to_string(i)));
  follow();
  EXPECT_EQ(last.size(), 1'001U);
  std::size_t bytes = 0;
  for (const auto& x : last)
    bytes += x.data.size();
  EXPECT_LT(bytes, 1'500'000U);
}

} // namespace
} // namespace firefinder::picture_test
