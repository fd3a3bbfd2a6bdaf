#include "actors/discovery/house.hpp"

#include "messages/camera_key.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>

namespace firefinder::house_test {
namespace {

using namespace std::chrono_literals;
using kind = house_event::kind;
using keys = std::set<std::string>;

constexpr double day = 86'400;
// 2024-11-21 12:00 UTC, a Thursday.
constexpr double noon = 1'732'190'400;

house_camera known(const std::string& id, bool online = true) {
  house_camera x;
  x.id = id;
  x.key = camera_key(id);
  x.online = online;
  return x;
}

camera_sight sight(const std::string& camera, fire_sign sign = fire_sign::fire,
                   std::uint32_t count = 1, timespan holds = 30s) {
  camera_sight x;
  x.camera = camera;
  x.newest.sign = sign;
  x.newest.confidence = 0.9;
  x.count = count;
  x.holds = holds;
  return x;
}

camera_facts facts(const std::string& id, camera_condition condition = camera_condition::online) {
  camera_facts x;
  x.id = id;
  x.condition = condition;
  return x;
}

decision_record decision(decision_reason reason, std::uint32_t agreeing) {
  decision_record x;
  x.t = noon;
  x.reason = reason;
  x.agreeing = agreeing;
  x.threshold = 2;
  return x;
}

std::vector<kind> kinds(const house_news& news) {
  std::vector<kind> result;
  for (const auto& x : news.events)
    result.push_back(x.what);
  return result;
}

bool has(const std::vector<problem>& all, const std::string& code, const std::string& subject) {
  return std::any_of(all.begin(), all.end(), [&](const auto& x) {
    return x.code == code && x.subject == subject && !x.trouble;
  });
}

// A house, and the two clocks.
class shown_house : public testing::Test {
protected:
  static constexpr monotonic start = 1h;

  house::moment now{start, noon};
  house shown{{}, {{"yard", {"north", "south"}}}, now};

  void pass(timespan span) {
    now.now += span;
    now.wall += to_seconds(span);
  }

  template <class T>
  house_news take(T what) {
    if constexpr (std::is_same_v<T, camera_sight>) {
      if (what.at == 0)
        what.at = now.wall;
      return shown.take(camera_sights{{std::move(what)}}, now);
    } else {
      return shown.take(what, now);
    }
  }

  house_news advance(timespan span) {
    pass(span);
    return shown.advance(now);
  }

  // What is found at the start has been found.
  void settle() {
    (void)take(house_state{});
    pass(house::settle_span);
  }

  const camera_view& view(const std::string& key) { return shown.cameras().at(key); }

  keys all() const {
    keys result;
    for (const auto& [key, x] : shown.cameras())
      result.insert(key);
    return result;
  }
};

// -- which cameras are shown ---------------------------------------------------------------

TEST_F(shown_house, shows_the_cameras_of_consensus) {
  auto x = known("Frigate/North Gate");
  x.name = "North Gate";
  x.by_frigate = true;
  const auto news = take(x);
  EXPECT_EQ(news.cameras, keys{"frigate_north_gate"});
  EXPECT_EQ(news.gone, keys{});
  EXPECT_TRUE(news.hub);
  const auto& v = view("frigate_north_gate");
  EXPECT_EQ(v.id, "Frigate/North Gate");
  EXPECT_EQ(v.key, "frigate_north_gate");
  EXPECT_EQ(v.name, "North Gate");
  EXPECT_TRUE(v.online);
  EXPECT_TRUE(v.by_frigate);
  EXPECT_TRUE(v.enabled);
  EXPECT_TRUE(v.announced);
  EXPECT_FALSE(v.device);
  // That it counts as online at the start may be from before.
  EXPECT_EQ(v.last_seen, 0);
}

TEST_F(shown_house, tells_nothing_twice) {
  auto x = known("north");
  (void)take(x);
  const auto same = take(x);
  EXPECT_EQ(same.cameras, keys{});
  EXPECT_FALSE(same.hub);
  // How the decision stands about it is not shown.
  x.standing.samples = 7;
  EXPECT_EQ(take(x).cameras, keys{});
  x.online = false;
  EXPECT_EQ(take(x).cameras, keys{"north"});
}

TEST_F(shown_house, does_not_show_a_camera_whose_key_is_anothers) {
  (void)take(known("north"));
  auto x = known("North");
  x.key.clear();
  x.collides_with = "north";
  const auto news = take(x);
  EXPECT_EQ(news.cameras, keys{});
  EXPECT_EQ(all(), keys{"north"});
  // Consensus tells of it.
  EXPECT_TRUE(shown.hub().notices.empty());
  // It gets the key when the other one is gone.
  (void)take(house_camera_gone{"north", {}});
  EXPECT_EQ(all(), keys{});
  x.key = "north";
  EXPECT_EQ(take(x).cameras, keys{"north"});
  EXPECT_EQ(view("north").id, "North");
}

TEST_F(shown_house, follows_a_key_that_moves_in_any_order) {
  (void)take(known("north"));
  auto x = known("North");
  // It is told to have the key before the other one is told not to.
  EXPECT_EQ(take(x).cameras, keys{});
  EXPECT_EQ(view("north").id, "north");
  const auto news = take(house_camera_gone{"north", {}});
  EXPECT_EQ(news.gone, keys{});
  EXPECT_EQ(news.cameras, keys{"north"});
  EXPECT_EQ(view("north").id, "North");
}

TEST_F(shown_house, shows_what_only_the_network_knows) {
  house_state state;
  state.decides = false;
  (void)take(state);
  auto x = facts("aabbccddeeff");
  x.name = "Hikvision";
  x.last_seen = noon - 60;
  EXPECT_EQ(take(camera_changed{x}).cameras, keys{"aabbccddeeff"});
  const auto& v = view("aabbccddeeff");
  EXPECT_EQ(v.id, "aabbccddeeff");
  EXPECT_EQ(v.name, "Hikvision");
  EXPECT_TRUE(v.online);
  ASSERT_TRUE(v.device);
  EXPECT_EQ(shown.hub().cameras_total, 1U);
  EXPECT_EQ(shown.hub().cameras_online, 1U);
  x.condition = camera_condition::auth_failed;
  x.reason = "401\n Unauthorized";
  EXPECT_EQ(take(camera_changed{x}).cameras, keys{"aabbccddeeff"});
  EXPECT_FALSE(view("aabbccddeeff").online);
  EXPECT_EQ(view("aabbccddeeff").problem, "it refuses the password: 401 Unauthorized");
  EXPECT_EQ(shown.hub().cameras_online, 0U);
  const auto news = take(camera_removed{"aabbccddeeff", {}});
  EXPECT_EQ(news.gone, keys{"aabbccddeeff"});
  EXPECT_TRUE(news.hub);
  EXPECT_EQ(all(), keys{});
}

TEST_F(shown_house, shows_one_camera_that_both_tell_of) {
  auto x = facts("aabbccddeeff");
  x.aliases = {"north"};
  x.name = "IP CAMERA";
  (void)take(camera_changed{x});
  EXPECT_EQ(all(), keys{"aabbccddeeff"});
  const auto news = take(known("north"));
  EXPECT_EQ(news.gone, keys{"aabbccddeeff"});
  EXPECT_EQ(news.cameras, keys{"north"});
  EXPECT_EQ(all(), keys{"north"});
  ASSERT_TRUE(view("north").device);
  EXPECT_EQ(view("north").device->id, "aabbccddeeff");
  // The network no longer knows it; it stays.
  EXPECT_EQ(take(camera_removed{"aabbccddeeff", {}}).cameras, keys{"north"});
  EXPECT_FALSE(view("north").device);
}

TEST_F(shown_house, knows_the_names_of_the_configuration) {
  shown.configure({{"north", {"AA:BB:CC:DD:EE:FF"}}});
  (void)take(camera_changed{facts("aabbccddeeff")});
  EXPECT_EQ(all(), keys{"north"});
  const auto news = take(known("north"));
  EXPECT_EQ(news.gone, keys{});
  EXPECT_EQ(all(), keys{"north"});
  EXPECT_TRUE(view("north").device);
}

TEST_F(shown_house, tells_of_cameras_in_the_network_that_it_cannot_show) {
  (void)take(camera_changed{facts("sn-7")});
  auto news = take(camera_changed{facts("SN 7")});
  EXPECT_EQ(news.cameras, keys{});
  EXPECT_TRUE(news.hub);
  EXPECT_EQ(view("sn_7").id, "sn-7");
  EXPECT_TRUE(has(shown.hub().notices, "camera_key_collision", "SN 7"));
  news = take(camera_changed{facts("\xc3\xa9\xc3\xa9")});
  EXPECT_TRUE(has(shown.hub().notices, "camera_key_collision", "éé"));
  // The same again is no news.
  EXPECT_FALSE(take(camera_changed{facts("SN 7")}).hub);
  // One by which decisions go comes first.
  auto x = known("Sn7");
  x.key = "sn_7";
  news = take(x);
  EXPECT_EQ(news.gone, keys{});
  EXPECT_EQ(news.cameras, keys{"sn_7"});
  EXPECT_EQ(view("sn_7").id, "Sn7");
  EXPECT_TRUE(has(shown.hub().notices, "camera_key_collision", "sn-7"));
  // Then they take turns as they came.
  news = take(house_camera_gone{"Sn7", {}});
  EXPECT_EQ(news.gone, keys{});
  EXPECT_EQ(view("sn_7").id, "sn-7");
  EXPECT_FALSE(has(shown.hub().notices, "camera_key_collision", "sn-7"));
  (void)take(camera_removed{"sn-7", {}});
  EXPECT_EQ(view("sn_7").id, "SN 7");
  EXPECT_TRUE(take(camera_removed{"\xc3\xa9\xc3\xa9", {}}).hub);
  EXPECT_TRUE(shown.hub().notices.empty());
}

TEST_F(shown_house, a_provisional_camera_moves_to_its_successor) {
  settle();
  (void)take(camera_changed{facts("UNKNOWN-10-0-0-5")});
  (void)take(known("UNKNOWN-10-0-0-5"));
  (void)take(sight("UNKNOWN-10-0-0-5", fire_sign::fire, 3));
  auto news = take(camera_removed{"UNKNOWN-10-0-0-5", "aabbccddeeff"});
  EXPECT_EQ(news.gone, keys{});
  auto x = facts("aabbccddeeff");
  x.aliases = {"UNKNOWN-10-0-0-5"};
  (void)take(camera_changed{x});
  EXPECT_EQ(all(), keys{"unknown_10_0_0_5"});
  news = take(house_camera_gone{"UNKNOWN-10-0-0-5", "aabbccddeeff"});
  EXPECT_EQ(news.gone, keys{"unknown_10_0_0_5"});
  EXPECT_EQ(news.cameras, keys{"aabbccddeeff"});
  EXPECT_EQ(kinds(news), std::vector{kind::camera_renamed});
  EXPECT_EQ(news.events[0].camera, "aabbccddeeff");
  EXPECT_EQ(news.events[0].detail, "UNKNOWN-10-0-0-5");
  EXPECT_TRUE(view("aabbccddeeff").fire);
  EXPECT_TRUE(view("aabbccddeeff").active);
  EXPECT_EQ(view("aabbccddeeff").detections_today, 3U);
  news = take(known("aabbccddeeff"));
  EXPECT_EQ(news.events.size(), 0U);
  EXPECT_EQ(all(), keys{"aabbccddeeff"});
  // Who still hears of it by its old name means it.
  (void)take(sight("UNKNOWN-10-0-0-5"));
  EXPECT_EQ(view("aabbccddeeff").detections_today, 4U);
}

TEST_F(shown_house, two_cameras_that_become_one_add_up) {
  settle();
  (void)take(known("north"));
  (void)take(known("south"));
  (void)take(sight("north", fire_sign::fire, 3));
  (void)take(sight("south", fire_sign::smoke, 4));
  const auto news = take(house_camera_gone{"south", "north"});
  EXPECT_EQ(news.gone, keys{"south"});
  EXPECT_EQ(news.cameras, keys{"north"});
  EXPECT_EQ(kinds(news), std::vector{kind::camera_removed});
  EXPECT_EQ(news.events[0].camera, "south");
  EXPECT_EQ(news.events[0].detail, "north");
  EXPECT_EQ(view("north").detections_today, 7U);
  EXPECT_EQ(view("north").events_today_utc, 2U);
  EXPECT_TRUE(view("north").fire);
  EXPECT_TRUE(view("north").smoke);
}

TEST_F(shown_house, shows_no_more_cameras_than_it_may) {
  settle();
  for (std::size_t i = 0; i < max_known_cameras; ++i)
    (void)take(known("c" + std::to_string(i)));
  EXPECT_EQ(shown.cameras().size(), max_known_cameras);
  EXPECT_TRUE(shown.hub().notices.empty());
  auto news = take(known("one more"));
  EXPECT_EQ(news.cameras, keys{});
  EXPECT_TRUE(news.hub);
  EXPECT_TRUE(has(shown.hub().notices, "cameras_not_shown", ""));
  EXPECT_FALSE(take(known("one more")).hub);
  EXPECT_TRUE(take(camera_changed{facts("aabbccddeeff")}).hub);
  EXPECT_EQ(shown.cameras().size(), max_known_cameras);
  // What is in the network was known all the time, and has room now.
  news = take(house_camera_gone{"c7", {}});
  EXPECT_EQ(news.gone, keys{"c7"});
  EXPECT_EQ(news.cameras, keys{"aabbccddeeff"});
  (void)take(house_camera_gone{"c8", {}});
  (void)take(known("one more"));
  EXPECT_EQ(all().count("one_more"), 1U);
  EXPECT_TRUE(shown.hub().notices.empty());
}

TEST_F(shown_house, makes_a_long_list_of_cameras_once_a_second) {
  settle();
  (void)advance(10s);
  std::size_t lists = 0;
  for (int i = 0; i < 500; ++i)
    lists += take(known("camera" + std::to_string(i))).hub ? 1U : 0U;
  EXPECT_LE(lists, house::small_list + 2);
  EXPECT_LT(shown.hub().cameras.size(), 100U);
  ASSERT_TRUE(shown.next_change());
  EXPECT_LE(*shown.next_change() - now.now, house::list_pause);
  EXPECT_TRUE(advance(house::list_pause).hub);
  EXPECT_EQ(shown.hub().cameras.size(), 500U);
  EXPECT_FALSE(advance(house::list_pause).hub);
}

// -- names ---------------------------------------------------------------------------------

TEST_F(shown_house, calls_a_camera_as_people_do) {
  auto device = facts("aabbccddeeff");
  (void)take(camera_changed{device});
  EXPECT_EQ(view("aabbccddeeff").name, "aabbccddeeff");
  device.name = "IP CAMERA";
  (void)take(camera_changed{device});
  EXPECT_EQ(view("aabbccddeeff").name, "IP CAMERA");
  // Its address is what it is called when nobody calls it anything.
  auto x = known("aabbccddeeff");
  x.name = "aabbccddeeff";
  (void)take(x);
  EXPECT_EQ(view("aabbccddeeff").name, "IP CAMERA");
  x.name = "North gate";
  (void)take(x);
  EXPECT_EQ(view("aabbccddeeff").name, "North gate");
  control_state control;
  control.cameras["aabbccddeeff"].name = "Gate of the dog";
  EXPECT_EQ(take(control).cameras, keys{"aabbccddeeff"});
  EXPECT_EQ(view("aabbccddeeff").name, "Gate of the dog");
  (void)take(control_state{});
  EXPECT_EQ(view("aabbccddeeff").name, "North gate");
}

TEST_F(shown_house, an_id_that_people_gave_comes_before_what_the_device_calls_itself) {
  auto x = known("north");
  x.name = "north";
  (void)take(x);
  auto device = facts("aabbccddeeff");
  device.aliases = {"north"};
  device.name = "IP CAMERA";
  (void)take(camera_changed{device});
  EXPECT_EQ(view("north").name, "north");
}

TEST_F(shown_house, cleans_names) {
  auto x = known("north");
  std::string fires;
  for (int i = 0; i < 500; ++i)
    fires += "🔥";
  for (const auto& [told, expected] : std::vector<std::pair<std::string, std::string>>{
           {"\"North\"\x01\x1b[2J\n gate\xff", "\"North\"[2J gate"},
           {fires, fires.substr(0, 480)},
           {"\x01\x02", "north"},
           {"", "north"}}) {
    x.name = told;
    (void)take(x);
    EXPECT_EQ(view("north").name, expected);
  }
  // Not even the id can be shown.
  auto y = known("\x01\xff");
  y.key = "unprintable";
  (void)take(y);
  EXPECT_EQ(view("unprintable").name, "unprintable");
}

// -- what it sees --------------------------------------------------------------------------

TEST_F(shown_house, fire_is_on_while_it_counts) {
  (void)take(known("north"));
  auto news = take(sight("north", fire_sign::fire, 1, 30s));
  EXPECT_EQ(news.cameras, keys{"north"});
  EXPECT_TRUE(view("north").fire);
  EXPECT_FALSE(view("north").smoke);
  ASSERT_TRUE(view("north").newest);
  EXPECT_EQ(view("north").last_detection, noon);
  (void)advance(20s);
  (void)take(sight("north", fire_sign::fire, 1, 30s));
  (void)advance(20s);
  EXPECT_TRUE(view("north").fire);
  // A shorter one takes nothing away.
  (void)take(sight("north", fire_sign::fire, 1, 1s));
  news = advance(10s - 1ns);
  EXPECT_TRUE(view("north").fire);
  EXPECT_EQ(shown.next_change(), now.now + 1ns);
  news = advance(1ns);
  EXPECT_FALSE(view("north").fire);
  EXPECT_EQ(news.cameras, keys{"north"});
  // What was seen stays.
  EXPECT_TRUE(view("north").newest);
  EXPECT_EQ(advance(1s).cameras, keys{});
}

TEST_F(shown_house, fire_goes_out_with_any_message) {
  (void)take(known("north"));
  (void)take(sight("north"));
  pass(30s);
  const auto news = take(alarm_event{});
  EXPECT_FALSE(view("north").fire);
  EXPECT_EQ(news.cameras, keys{"north"});
}

TEST_F(shown_house, smoke_is_another_sign) {
  (void)take(known("north"));
  (void)take(sight("north", fire_sign::smoke, 1, 20s));
  (void)take(sight("north", fire_sign::fire, 1, 10s));
  EXPECT_TRUE(view("north").fire);
  EXPECT_TRUE(view("north").smoke);
  (void)advance(10s);
  EXPECT_FALSE(view("north").fire);
  EXPECT_TRUE(view("north").smoke);
  (void)advance(10s);
  EXPECT_FALSE(view("north").smoke);
}

TEST_F(shown_house, what_holds_for_ever_ends_all_the_same) {
  (void)take(known("north"));
  (void)take(sight("north", fire_sign::fire, 1, timespan::max()));
  EXPECT_TRUE(view("north").fire);
  (void)take(sight("north", fire_sign::smoke, 1, timespan::min()));
  EXPECT_FALSE(view("north").smoke);
  (void)advance(24h);
  EXPECT_FALSE(view("north").fire);
}

// More cameras than are shown at once with what was counted, by the end of which each has a turn.
struct seeing_house : shown_house {
  static constexpr std::size_t cameras = house::counts_burst + 20;

  static std::string name(std::size_t i) { return "cam" + std::to_string(100 + i); }

  seeing_house() {
    for (std::size_t i = 0; i < cameras; ++i)
      (void)take(known(name(i)));
  }

  house_news see_all(timespan holds = 30s) {
    camera_sights all;
    for (std::size_t i = 0; i < cameras; ++i)
      all.all.push_back(sight(name(i), fire_sign::fire, 1, holds));
    return shown.take(all, now);
  }
};

TEST_F(seeing_house, what_was_counted_is_shown_in_turn_and_what_people_act_on_at_once) {
  EXPECT_EQ(see_all().cameras.size(), cameras) << "a fire";
  pass(1s);
  EXPECT_EQ(see_all().cameras.size(), house::counts_burst);
  const auto last = name(cameras - 1);
  EXPECT_EQ(view(last).detections_today, 1U);
  EXPECT_EQ(take(sight(last, fire_sign::smoke)).cameras, keys{last});
  EXPECT_EQ(view(last).detections_today, 3U) << "with all that was counted";
  // Then some at a time.
  const auto since = now.now;
  std::vector<std::size_t> shown_at_once;
  keys told;
  for (auto next = shown.next_change(); next && *next < since + 1s; next = shown.next_change()) {
    pass(std::max(*next - now.now, timespan{1ms}));
    const auto news = shown.advance(now);
    if (!news.cameras.empty())
      shown_at_once.push_back(news.cameras.size());
    told.insert(news.cameras.begin(), news.cameras.end());
  }
  EXPECT_EQ(shown_at_once, (std::vector<std::size_t>{10, 9})) << "one was shown since";
  EXPECT_EQ(told.size(), 19U);
  for (std::size_t i = 0; i + 1 < cameras; ++i)
    EXPECT_EQ(view(name(i)).detections_today, 2U) << name(i);
}

TEST_F(seeing_house, a_sign_that_lasts_longer_than_it_did_gives_no_turn) {
  (void)see_all(2s);
  pass(2s - 1ms);
  EXPECT_EQ(see_all().cameras.size(), house::counts_burst);
  EXPECT_EQ(advance(2ms).cameras, keys{});
  EXPECT_TRUE(view(name(0)).fire);
  EXPECT_EQ(advance(2s).cameras.size(), 20U);
  EXPECT_EQ(advance(30s).cameras.size(), cameras);
  EXPECT_FALSE(view(name(0)).fire);
}

TEST_F(seeing_house, a_camera_that_goes_loses_its_turn) {
  (void)see_all();
  pass(1s);
  (void)see_all();
  const auto last = name(cameras - 1);
  (void)take(house_camera_gone{last, {}});
  EXPECT_EQ(advance(2s).cameras.size(), 19U);
  EXPECT_EQ(shown.cameras().count(last), 0U);
}

TEST_F(shown_house, a_camera_that_does_not_count_shows_no_fire) {
  (void)take(known("north"));
  (void)take(known("garden"));
  (void)take(sight("north"));
  (void)take(sight("garden"));
  control_state control;
  control.cameras["north"].enabled = false;
  control.snoozes = {{"garden", false, noon, noon + 600, "", ""}};
  auto news = take(control);
  EXPECT_EQ(news.cameras, (keys{"garden", "north"}));
  EXPECT_FALSE(view("north").fire);
  EXPECT_FALSE(view("north").enabled);
  EXPECT_EQ(view("north").snoozed_until, 0);
  EXPECT_FALSE(view("garden").fire);
  EXPECT_TRUE(view("garden").enabled);
  EXPECT_EQ(view("garden").snoozed_until, noon + 600);
  // One more was on its way. It has counted, and is shown no more.
  pass(20s);
  news = take(sight("north"));
  EXPECT_FALSE(view("north").fire);
  EXPECT_TRUE(news.events.empty());
  EXPECT_EQ(view("north").detections_today, 2U);
  (void)take(control_state{});
  EXPECT_TRUE(view("north").enabled);
  EXPECT_FALSE(view("north").fire);
  (void)take(sight("north"));
  EXPECT_TRUE(view("north").fire);
  // Consensus may say so first.
  auto x = known("north");
  x.counts = false;
  (void)take(x);
  EXPECT_FALSE(view("north").fire);
}

TEST_F(shown_house, a_zone_sleeps_with_its_cameras) {
  for (const auto* id : {"north", "south", "west"})
    (void)take(known(id));
  control_state control;
  control.snoozes = {{"yard", true, noon, noon + 600, "", ""},
                     {"north", false, noon, noon + 900, "", ""},
                     {"no such zone", true, noon, noon + 900, "", ""}};
  EXPECT_EQ(take(control).cameras, (keys{"north", "south"}));
  EXPECT_EQ(view("north").snoozed_until, noon + 900);
  EXPECT_EQ(view("south").snoozed_until, noon + 600);
  EXPECT_EQ(view("west").snoozed_until, 0);
  // Also a camera that comes later.
  (void)take(house_camera_gone{"south", {}});
  (void)take(known("south"));
  EXPECT_EQ(view("south").snoozed_until, noon + 600);
  control.cameras["west"].announced = false;
  EXPECT_EQ(take(control).cameras, keys{"west"});
  EXPECT_FALSE(view("west").announced);
}

TEST_F(shown_house, how_long_a_snooze_still_lasts_is_shown_every_minute) {
  for (const auto* id : {"north", "south", "west"})
    (void)take(known(id));
  control_state control;
  control.snoozes = {{"yard", true, noon, noon + 600, "", ""}};
  (void)take(control);
  EXPECT_TRUE(advance(50s).cameras.empty());
  EXPECT_EQ(advance(15s).cameras, (keys{"north", "south"}));
  EXPECT_TRUE(advance(40s).cameras.empty());
  EXPECT_EQ(advance(20s).cameras, (keys{"north", "south"}));
  (void)take(control_state{});
  EXPECT_TRUE(advance(2min).cameras.empty());
}

TEST_F(shown_house, of_many_snoozes_so_many_are_shown_anew_in_turn) {
  control_state control;
  const std::size_t all = 2 * house::max_snoozed_a_minute + 1;
  for (std::size_t i = 0; i < all; ++i) {
    const auto id = "cam" + std::to_string(i);
    (void)take(known(id));
    control.snoozes.push_back({id, false, noon, noon + 3'600, "", ""});
  }
  (void)take(control);
  keys told;
  for (int minute = 0; minute < 3; ++minute) {
    const auto some = advance(1min).cameras;
    EXPECT_EQ(some.size(), house::max_snoozed_a_minute);
    told.insert(some.begin(), some.end());
  }
  EXPECT_EQ(told.size(), all);
}

TEST_F(shown_house, a_detection_may_come_before_its_camera) {
  settle();
  EXPECT_EQ(take(sight("north", fire_sign::fire, 2)).cameras, keys{});
  pass(1s);
  (void)take(sight("north", fire_sign::fire, 3));
  pass(1s);
  const auto news = take(known("north"));
  EXPECT_EQ(news.cameras, keys{"north"});
  EXPECT_TRUE(view("north").fire);
  EXPECT_EQ(view("north").detections_today, 5U);
  EXPECT_EQ(kinds(news), (std::vector{kind::camera_added, kind::detection}));
  (void)advance(29s);
  EXPECT_FALSE(view("north").fire);
  // Not if it comes much later; and of many that never come little is kept.
  for (int i = 0; i < 10'000; ++i)
    (void)take(sight("ghost" + std::to_string(i)));
  (void)take(known("ghost0"));
  EXPECT_TRUE(view("ghost0").fire);
  pass(1min);
  (void)take(known("ghost1"));
  EXPECT_EQ(view("ghost1").detections_today, 0U);
}

TEST_F(shown_house, a_number_that_is_none_is_not_shown) {
  (void)take(known("north"));
  auto x = sight("north");
  x.growth = std::nan("");
  (void)take(x);
  EXPECT_EQ(view("north").newest->growth, 0);
}

// -- problems and presence -----------------------------------------------------------------

TEST_F(shown_house, tells_what_keeps_a_camera_from_seeing) {
  auto x = known("north");
  x.expected = true;
  (void)take(x);
  EXPECT_EQ(view("north").problem, "");
  x.online = false;
  (void)take(x);
  // Nobody has waited for it yet.
  EXPECT_EQ(view("north").problem, "");
  x.blind_since = noon;
  (void)take(x);
  EXPECT_EQ(view("north").problem, "nothing is heard of it");
  auto device = facts("north", camera_condition::offline);
  (void)take(camera_changed{device});
  EXPECT_EQ(view("north").problem, "nothing is heard of it; it does not answer");
  // It is off because somebody wants it so.
  x.counts = false;
  (void)take(x);
  EXPECT_EQ(view("north").problem, "it does not answer");
  device.condition = camera_condition::found;
  (void)take(camera_changed{device});
  EXPECT_EQ(view("north").problem, "");
}

TEST_F(shown_house, that_a_camera_was_seen_is_shown_once_a_minute) {
  auto device = facts("aabbccddeeff");
  device.last_seen = noon;
  (void)take(camera_changed{device});
  for (int i = 0; i < 59; ++i) {
    pass(1s);
    device.last_seen = now.wall;
    EXPECT_EQ(take(camera_changed{device}).cameras, keys{}) << i;
  }
  EXPECT_EQ(shown.next_change(), start + 60s);
  EXPECT_EQ(advance(1s).cameras, keys{"aabbccddeeff"});
  EXPECT_EQ(view("aabbccddeeff").last_seen, noon + 59);
  EXPECT_EQ(advance(10min).cameras, keys{});
  device.last_seen = now.wall;
  EXPECT_EQ(take(camera_changed{device}).cameras, keys{"aabbccddeeff"});
  // With anything else at once.
  pass(1s);
  device.last_seen = now.wall;
  device.firmware_version = "2";
  EXPECT_EQ(take(camera_changed{device}).cameras, keys{"aabbccddeeff"});
  EXPECT_EQ(view("aabbccddeeff").last_seen, now.wall);
}

TEST_F(shown_house, last_seen_is_the_newest_of_all_that_tell_it) {
  (void)take(known("north", false));
  EXPECT_EQ(view("north").last_seen, 0);
  pass(5s);
  (void)take(known("north"));
  EXPECT_EQ(view("north").last_seen, noon + 5);
  pass(5s);
  (void)take(sight("north"));
  EXPECT_EQ(view("north").last_seen, noon + 10);
  auto device = facts("north");
  device.last_seen = noon + 7;
  (void)take(camera_changed{device});
  EXPECT_EQ(view("north").last_seen, noon + 10);
  // A clock that was wrong does not make it wrong for ever.
  now.wall = noon - 3'600;
  (void)take(sight("north"));
  EXPECT_EQ(view("north").last_seen, noon - 3'600);
}

// -- counters ------------------------------------------------------------------------------

TEST_F(shown_house, counts_and_begins_anew_each_day) {
  (void)take(known("north"));
  (void)take(sight("north", fire_sign::fire, 5));
  EXPECT_EQ(view("north").detections_today, 5U);
  EXPECT_EQ(view("north").detections_today_utc, 5U);
  EXPECT_EQ(view("north").detections_week_utc, 5U);
  EXPECT_EQ(view("north").events_today_utc, 1U);
  EXPECT_EQ(view("north").events_week_utc, 1U);
  // It is looked for when the minute ends.
  EXPECT_EQ(advance(12h - 1ms).cameras, keys{"north"});
  EXPECT_EQ(view("north").detections_today, 5U);
  ASSERT_TRUE(shown.next_change());
  EXPECT_LE(*shown.next_change() - now.now, 1min);
  const auto news = advance(1ms);
  EXPECT_EQ(news.cameras, keys{"north"});
  EXPECT_EQ(view("north").detections_today, 0U);
  EXPECT_EQ(view("north").detections_today_utc, 0U);
  EXPECT_EQ(view("north").detections_week_utc, 5U);
  EXPECT_EQ(view("north").events_today_utc, 0U);
  EXPECT_EQ(view("north").events_week_utc, 1U);
  (void)advance(72h);
  EXPECT_EQ(view("north").detections_week_utc, 0U);
  EXPECT_EQ(view("north").last_detection, noon);
}

TEST_F(shown_house, looks_for_the_end_of_the_day_once_a_minute) {
  for (int i = 0; i < 100; ++i) {
    const auto next = shown.next_change();
    ASSERT_TRUE(next);
    ASSERT_LE(*next - now.now, 1min);
    if (i > 1) {
      ASSERT_GE(*next - now.now, 59s);
    }
    (void)advance(*next - now.now);
  }
}

TEST_F(shown_house, counters_outlive_the_process) {
  (void)take(known("north"));
  (void)take(sight("north", fire_sign::fire, 5));
  const auto kept = shown.changed_counters();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].key, "north");
  EXPECT_TRUE(shown.changed_counters().empty());

  // The next process; what it was told before it heard of these adds up.
  pass(1min);
  house next{{}, {}, now};
  (void)next.take(known("north"), now);
  (void)next.take(camera_sights{{sight("north", fire_sign::fire, 2)}}, now);
  const auto news = next.restore(kept, now);
  EXPECT_EQ(news.cameras, keys{"north"});
  EXPECT_EQ(next.cameras().at("north").detections_today, 7U);
  EXPECT_EQ(next.cameras().at("north").events_today_utc, 2U);

  // One that hears of them first, and in which nothing happens.
  house quiet{{}, {}, now};
  (void)quiet.restore(kept, now);
  (void)quiet.take(known("north"), now);
  EXPECT_TRUE(quiet.cameras().at("north").active);
  EXPECT_EQ(quiet.cameras().at("north").last_event, noon);
  (void)quiet.advance({now.now + 4min - 1ns, now.wall + 240});
  EXPECT_TRUE(quiet.cameras().at("north").active);
  (void)quiet.advance({now.now + 4min, now.wall + 240});
  EXPECT_FALSE(quiet.cameras().at("north").active);

  // One that starts long after.
  pass(24h);
  house later{{}, {}, now};
  (void)later.take(known("north"), now);
  (void)later.restore(kept, now);
  EXPECT_FALSE(later.cameras().at("north").active);
  EXPECT_EQ(later.cameras().at("north").detections_today, 0U);
  EXPECT_EQ(later.cameras().at("north").detections_week_utc, 5U);
}

TEST_F(shown_house, forgets_the_counters_of_a_camera_that_is_gone) {
  (void)take(known("north"));
  (void)take(sight("north"));
  (void)shown.changed_counters();
  (void)take(house_camera_gone{"north", {}});
  const auto kept = shown.changed_counters();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].value, "");
}

TEST_F(shown_house, is_active_for_a_while_after_an_event) {
  (void)take(known("north"));
  EXPECT_FALSE(view("north").active);
  (void)take(sight("north"));
  EXPECT_TRUE(view("north").active);
  EXPECT_EQ(view("north").last_event, noon);
  (void)advance(4min);
  (void)take(sight("north"));
  (void)advance(5min - 1ns);
  EXPECT_TRUE(view("north").active);
  // Whatever the wall clock does.
  now.wall -= 10 * day;
  EXPECT_EQ(advance(1ns).cameras, keys{"north"});
  EXPECT_FALSE(view("north").active);
}

// -- events --------------------------------------------------------------------------------

TEST_F(shown_house, tells_of_detections_at_most_so_often) {
  (void)take(known("north"));
  (void)take(known("south"));
  auto news = take(sight("north"));
  ASSERT_EQ(kinds(news), std::vector{kind::detection});
  EXPECT_EQ(news.events[0].camera, "north");
  EXPECT_EQ(news.events[0].name, "north");
  EXPECT_EQ(news.events[0].at, noon);
  ASSERT_TRUE(news.events[0].sight);
  EXPECT_EQ(news.events[0].sight->newest.confidence, 0.9);
  std::set<std::string> ids{news.events[0].id};
  // Another sign and another camera are other events.
  ids.insert(take(sight("north", fire_sign::smoke)).events.at(0).id);
  ids.insert(take(sight("south")).events.at(0).id);
  for (int i = 0; i < 9; ++i) {
    pass(1s);
    EXPECT_TRUE(take(sight("north")).events.empty());
  }
  // None is owed: the next detection makes one.
  EXPECT_TRUE(advance(11s).events.empty());
  ids.insert(take(sight("north")).events.at(0).id);
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_EQ(view("north").events_today_utc, 3U);
  EXPECT_EQ(view("north").detections_today, 12U);
}

TEST_F(shown_house, what_is_found_at_the_start_is_no_event) {
  EXPECT_TRUE(take(known("early")).events.empty());
  EXPECT_TRUE(take(house_state{}).events.empty());
  pass(house::settle_span - 1ns);
  EXPECT_TRUE(take(known("north")).events.empty());
  EXPECT_TRUE(take(known("north", false)).events.empty());
  EXPECT_TRUE(take(camera_changed{facts("aabbccddeeff")}).events.empty());
  EXPECT_TRUE(take(house_camera_gone{"early", {}}).events.empty());
  pass(1ns);
  const auto news = take(known("west"));
  ASSERT_EQ(kinds(news), std::vector{kind::camera_added});
  EXPECT_EQ(news.events[0].camera, "west");
  EXPECT_EQ(news.events[0].at, now.wall);
}

TEST_F(shown_house, a_camera_of_an_earlier_process_is_not_new) {
  (void)take(known("north"));
  const auto kept = shown.changed_counters();
  house next{{}, {}, now};
  (void)next.restore(kept, now);
  (void)next.take(house_state{}, now);
  pass(1h);
  EXPECT_TRUE(next.take(known("north"), now).events.empty());
  EXPECT_EQ(kinds(next.take(known("south"), now)), std::vector{kind::camera_added});
}

TEST_F(shown_house, tells_of_cameras_that_come_and_go) {
  settle();
  auto x = known("north", false);
  EXPECT_EQ(kinds(take(x)), std::vector{kind::camera_added});
  // It was not there before because the daemon has just begun to listen.
  x.online = true;
  EXPECT_TRUE(take(x).events.empty());
  x.online = false;
  EXPECT_EQ(kinds(take(x)), std::vector{kind::camera_offline});
  EXPECT_TRUE(take(x).events.empty());
  x.online = true;
  EXPECT_EQ(kinds(take(x)), std::vector{kind::camera_online});
  x.name = "North gate";
  auto news = take(x);
  ASSERT_EQ(kinds(news), std::vector{kind::camera_renamed});
  EXPECT_EQ(news.events[0].name, "North gate");
  EXPECT_EQ(news.events[0].detail, "north");
  news = take(house_camera_gone{"north", {}});
  ASSERT_EQ(kinds(news), std::vector{kind::camera_removed});
  EXPECT_EQ(news.events[0].camera, "north");
  EXPECT_EQ(news.events[0].name, "North gate");
  // One that was waited for.
  auto y = known("south", false);
  y.blind_since = noon;
  (void)take(y);
  y.blind_since = 0;
  y.online = true;
  EXPECT_EQ(kinds(take(y)), std::vector{kind::camera_online});
}

TEST_F(shown_house, an_episode_of_a_fire) {
  using reason = decision_reason;
  auto trigger = decision(reason::agreement, 2);
  trigger.trigger_id = "one";
  EXPECT_TRUE(take(decision(reason::too_few_cameras, 0)).events.empty());
  auto news = take(decision(reason::too_few_cameras, 1));
  ASSERT_EQ(kinds(news), std::vector{kind::suspected});
  EXPECT_EQ(news.events[0].at, noon);
  ASSERT_TRUE(news.events[0].decision);
  EXPECT_EQ(news.events[0].decision->agreeing, 1U);
  EXPECT_TRUE(take(decision(reason::too_few_cameras, 1)).events.empty());
  EXPECT_TRUE(take(decision(reason::apart_in_time, 2)).events.empty());
  EXPECT_EQ(kinds(take(trigger)), std::vector{kind::trigger});
  EXPECT_TRUE(take(trigger).events.empty());
  EXPECT_EQ(kinds(take(decision(reason::same_fire, 2))), std::vector{kind::suppressed});
  EXPECT_TRUE(take(decision(reason::same_fire, 3)).events.empty());
  EXPECT_EQ(kinds(take(decision(reason::cooldown, 2))), std::vector{kind::suppressed});
  EXPECT_TRUE(take(decision(reason::same_fire, 2)).events.empty());
  EXPECT_TRUE(take(decision(reason::too_few_cameras, 1)).events.empty());
  EXPECT_EQ(kinds(take(decision(reason::too_few_cameras, 0))), std::vector{kind::cleared});
  EXPECT_TRUE(take(decision(reason::too_few_cameras, 0)).events.empty());
  // The next one is told again.
  EXPECT_EQ(kinds(take(decision(reason::cooldown, 2))),
            (std::vector{kind::suspected, kind::suppressed}));
  EXPECT_EQ(kinds(take(decision(reason::too_few_cameras, 0))), std::vector{kind::cleared});
  // At once.
  trigger.trigger_id = "two";
  EXPECT_EQ(kinds(take(trigger)), std::vector{kind::trigger});
  EXPECT_EQ(kinds(take(decision(reason::too_few_cameras, 0))), std::vector{kind::cleared});
}

TEST_F(shown_house, tells_what_happens_to_the_alarm) {
  alarm_event told;
  told.what = alarm_step::acknowledged;
  told.alarm.acknowledged_by = "Ann";
  told.at = noon - 1;
  const auto news = take(told);
  ASSERT_EQ(kinds(news), std::vector{kind::alarm});
  EXPECT_EQ(news.events[0].at, noon - 1);
  ASSERT_TRUE(news.events[0].alarm);
  EXPECT_EQ(news.events[0].alarm->alarm.acknowledged_by, "Ann");
}

TEST_F(shown_house, tells_which_settings_were_changed) {
  control_state control;
  control.tuning.threshold = 3;
  auto news = take(control);
  EXPECT_TRUE(news.hub);
  EXPECT_TRUE(news.events.empty());
  EXPECT_FALSE(take(control).hub);
  control.tuning.armed = false;
  control.tuning.cooldown = 60s;
  control.tuning.muted = {"north"};
  news = take(control);
  EXPECT_TRUE(news.hub);
  ASSERT_EQ(kinds(news),
            (std::vector{kind::config_changed, kind::config_changed, kind::config_changed}));
  EXPECT_EQ(news.events[0].detail, "armed");
  EXPECT_EQ(news.events[1].detail, "cooldown_period");
  EXPECT_EQ(news.events[2].detail, "cameras");
  // What is switched off is shown, and no setting.
  control.supervisory = {{"disarmed", {}, false, noon, "triggers are switched off"}};
  news = take(control);
  EXPECT_TRUE(news.hub);
  EXPECT_TRUE(news.events.empty());
}

// -- the hub -------------------------------------------------------------------------------

TEST_F(shown_house, says_in_one_word_how_it_is) {
  using reason = decision_reason;
  house_state x;
  const auto word = [&] {
    (void)take(x);
    return shown.hub().state;
  };
  EXPECT_EQ(word(), "idle");
  x.problems = {{"cameras_below_threshold", {}, false, 0, ""}};
  EXPECT_EQ(word(), "idle");
  x.problems[0].trouble = true;
  EXPECT_EQ(word(), "degraded");
  x.armed = false;
  EXPECT_EQ(word(), "disarmed");
  // A fire that is seen is not hidden.
  x.agreeing = 1;
  EXPECT_EQ(word(), "suspected");
  x.agreeing = 2;
  x.fire = true;
  x.reason = reason::disarmed;
  EXPECT_EQ(word(), "confirmed");
  x.armed = true;
  x.cooldown = true;
  for (const auto& [why, expected] :
       {std::pair{reason::agreement, "confirmed"}, std::pair{reason::same_fire, "confirmed"},
        std::pair{reason::cooldown, "cooldown"}}) {
    x.reason = why;
    EXPECT_EQ(word(), expected);
  }
  x.fire = false;
  x.agreeing = 0;
  x.reason = reason::too_few_cameras;
  EXPECT_EQ(word(), "cooldown");
}

TEST_F(shown_house, began_when_the_daemon_did) {
  const house later{{}, {}, now, noon - 60};
  EXPECT_EQ(later.hub().started_at, noon - 60);
}

TEST_F(shown_house, knows_what_the_link_speaks) {
  EXPECT_EQ(shown.hub().protocol, "");
  EXPECT_TRUE(take(link_up{1, "5", false}).hub);
  EXPECT_EQ(shown.hub().protocol, "5");
  EXPECT_FALSE(take(link_up{2, "5", true}).hub);
  EXPECT_TRUE(take(link_up{3, "3.1.1", false}).hub);
  EXPECT_EQ(shown.hub().protocol, "3.1.1");
}

// Whoever reads it reads it over that link.
TEST_F(shown_house, never_tells_that_the_link_is_down) {
  house_state x;
  x.armed = true;
  x.decides = true;
  static_cast<void>(take(x));
  ASSERT_EQ(shown.hub().state, "idle");
  for (const bool trouble : {true, false}) {
    x.problems = {{"link_down", {}, trouble, noon, "there is no link to the broker"}};
    static_cast<void>(take(x));
    EXPECT_FALSE(take(x.problems).hub);
    EXPECT_TRUE(shown.hub().troubles.empty());
    EXPECT_TRUE(shown.hub().notices.empty());
    EXPECT_EQ(shown.hub().state, "idle");
  }
  x.problems.push_back({"disk_full", {}, true, noon, "the disk is full"});
  EXPECT_TRUE(take(x).hub);
  ASSERT_EQ(shown.hub().troubles.size(), 1U);
  EXPECT_EQ(shown.hub().troubles[0].code, "disk_full");
  EXPECT_EQ(shown.hub().state, "degraded");
}

TEST_F(shown_house, shows_the_house) {
  EXPECT_EQ(shown.hub().started_at, noon);
  house_state x;
  x.cameras_total = 9;
  x.cameras_online = 8;
  x.cameras_detecting = 7;
  x.last_trigger_cameras = {"North"};
  EXPECT_TRUE(take(x).hub);
  EXPECT_FALSE(take(x).hub);
  EXPECT_EQ(shown.hub().cameras_total, 9U);
  EXPECT_EQ(shown.hub().cameras_online, 8U);
  EXPECT_EQ(shown.hub().cameras_detecting, 7U);
  x.last_trigger_cameras = {"South"};
  EXPECT_TRUE(take(x).hub);
  // Cameras say nothing of these, when consensus does; but they are listed.
  EXPECT_TRUE(take(known("north")).hub);
  EXPECT_EQ(shown.hub().cameras_total, 9U);
  x.decides = false;
  EXPECT_TRUE(take(x).hub);
  EXPECT_EQ(shown.hub().cameras_total, 1U);
  EXPECT_EQ(shown.hub().cameras_online, 1U);
  EXPECT_EQ(shown.hub().cameras_detecting, 0U);
  EXPECT_TRUE(take(sight("north")).hub);
  EXPECT_EQ(shown.hub().cameras_detecting, 1U);
  pass(1s);
  EXPECT_FALSE(take(sight("north")).hub);
  EXPECT_TRUE(advance(31s).hub);
  EXPECT_EQ(shown.hub().cameras_detecting, 0U);
}

TEST_F(shown_house, shows_troubles_of_the_announcements_too) {
  house_state x;
  x.problems = {{"one", {}, true, 0, ""}, {"two", {}, false, 0, ""}};
  (void)take(x);
  const std::vector<problem> own{{"three", {}, true, 0, ""}, {"four", {}, false, 0, ""}};
  EXPECT_TRUE(take(own).hub);
  EXPECT_FALSE(take(own).hub);
  ASSERT_EQ(shown.hub().troubles.size(), 2U);
  EXPECT_EQ(shown.hub().troubles[0].code, "one");
  EXPECT_EQ(shown.hub().troubles[1].code, "three");
  ASSERT_EQ(shown.hub().notices.size(), 2U);
  EXPECT_EQ(shown.hub().notices[1].code, "four");
  EXPECT_EQ(shown.hub().state, "degraded");
  (void)take(house_state{});
  EXPECT_TRUE(take(std::vector<problem>{}).hub);
  EXPECT_EQ(shown.hub().state, "idle");
}

// -- at random -----------------------------------------------------------------------------

// A mirror of what a listener knows from the news alone must be what there is to show.
TEST_F(shown_house, forgets_what_another_consensus_does_not_tell_of) {
  settle();
  for (const auto* id : {"north", "south", "west"})
    (void)take(known(id));
  (void)take(camera_changed{facts("lan")});
  shown.begin_anew(now);
  pass(1min);
  (void)take(known("north"));
  (void)take(house_camera_gone{"west", {}});
  EXPECT_EQ(all(), (keys{"lan", "north", "south"}));
  EXPECT_LE(*shown.next_change(), now.now + house::retell_span);
  EXPECT_TRUE(advance(house::retell_span - 1min - 1s).gone.empty());
  const auto news = advance(1s);
  EXPECT_EQ(news.gone, keys{"south"});
  EXPECT_EQ(kinds(news), std::vector{kind::camera_removed});
  EXPECT_EQ(all(), (keys{"lan", "north"})) << "what only the network knows is no matter of its";
  EXPECT_TRUE(advance(1h).gone.empty());
}

TEST_F(shown_house, begins_to_wait_again_with_every_new_consensus) {
  (void)take(known("north"));
  (void)take(known("south"));
  shown.begin_anew(now);
  (void)take(known("north"));
  pass(4min);
  shown.begin_anew(now);
  (void)take(known("south"));
  EXPECT_TRUE(advance(4min).gone.empty());
  EXPECT_EQ(advance(1min).gone, keys{"north"});
}

TEST_F(shown_house, random_histories) {
  const std::vector<std::string> names{"north", "North",        "south",   "sn-7",
                                       "SN 7",  "aabbccddeeff", "\xc3\xa9"};
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&] { return names[random() % names.size()]; };
    now = {start, noon + 12 * 3'600 - 300};
    house x{{}, {{"yard", {"north", "south"}}}, now};
    std::map<std::string, camera_view> mirror;
    std::set<std::string> heard;
    // Those of them that have their key.
    std::set<std::string> told;
    std::set<std::string> events;
    // Until when a detection of each sign holds, whatever the camera is called by now.
    std::array<monotonic, 2> holds{monotonic::min(), monotonic::min()};
    auto today = std::floor(now.wall / day);
    for (int step = 0; step < 300; ++step) {
      const auto id = pick();
      house_news news;
      // Clocks are set back at times, as by NTP.
      if (random() % 20 == 0)
        now.wall -= static_cast<double>(random() % 100);
      bool moves = false;
      switch (random() % 10) {
      case 0: {
        auto camera = known(id, random() % 2 == 0);
        camera.expected = id.size() % 2 == 0;
        camera.counts = random() % 4 != 0;
        // As consensus does it: no two ids have one key.
        for (const auto& other : told)
          if (other != id && camera_key(other) == camera.key)
            camera.key.clear();
        // A camera that was not known may be the device that another one was.
        moves = heard.insert(id).second;
        if (!camera.key.empty())
          moves |= told.insert(id).second;
        news = x.take(camera, now);
        break;
      }
      case 1:
        told.erase(id);
        heard.erase(id);
        moves = true;
        news = x.take(house_camera_gone{id, {}}, now);
        break;
      case 2: {
        auto device = facts(id, random() % 2 == 0 ? camera_condition::online
                                                  : camera_condition::auth_failed);
        device.last_seen = now.wall;
        if (random() % 3 == 0)
          device.aliases = {pick()};
        moves = true;
        news = x.take(camera_changed{device}, now);
        break;
      }
      case 3:
        moves = true;
        news = x.take(camera_removed{id, random() % 2 == 0 ? pick() : std::string{}}, now);
        break;
      case 4: {
        control_state control;
        if (random() % 2 == 0)
          control.cameras[id].enabled = false;
        if (random() % 4 == 0)
          control.snoozes = {{"yard", true, 0, now.wall + 60, "", ""}};
        news = x.take(control, now);
        break;
      }
      case 5: {
        house_state state;
        state.decides = random() % 2 == 0;
        news = x.take(state, now);
        break;
      }
      case 6:
        pass(from_seconds(static_cast<double>(random() % 40'000) / 1'000));
        news = x.advance(now);
        break;
      default: {
        auto seen = sight(id, random() % 2 == 0 ? fire_sign::fire : fire_sign::smoke,
                          1 + static_cast<std::uint32_t>(random() % 5),
                          from_seconds(static_cast<double>(random() % 40)));
        seen.at = now.wall;
        auto& until = holds[seen.newest.sign == fire_sign::fire ? 0 : 1];
        until = std::max(until, now.now + seen.holds);
        news = x.take(camera_sights{{seen}}, now);
      }
      }
      const auto where = std::to_string(seed) + ' ' + std::to_string(step);
      const bool new_day = std::floor(now.wall / day) > today;
      today = std::max(today, std::floor(now.wall / day));
      std::set<std::string> homes;
      std::set<std::string> devices;
      for (const auto& [key, view] : x.cameras()) {
        ASSERT_EQ(key, view.key) << where;
        ASSERT_FALSE(key.empty() || view.name.empty()) << where;
        ASSERT_TRUE(homes.insert(view.id).second) << where;
        if (view.device) {
          ASSERT_TRUE(devices.insert(view.device->id).second) << where;
        }
        if (view.fire) {
          ASSERT_GT(holds[0], now.now) << where;
        }
        if (view.smoke) {
          ASSERT_GT(holds[1], now.now) << where;
        }
        if (!view.enabled || view.snoozed_until > 0) {
          ASSERT_FALSE(view.fire || view.smoke) << where;
        }
        const auto before = mirror.find(key);
        if (before != mirror.end() && !new_day && !moves) {
          ASSERT_GE(view.detections_today, before->second.detections_today) << where;
          ASSERT_GE(view.detections_week_utc, before->second.detections_week_utc) << where;
          ASSERT_GE(view.events_today_utc, before->second.events_today_utc) << where;
        }
        // Nothing is told for nothing, and nothing is left out but that it was seen.
        if (news.cameras.count(key) == 0) {
          ASSERT_NE(before, mirror.end()) << where;
          before->second.last_seen = view.last_seen;
          if (before->second.device && view.device)
            before->second.device.change(
                [&](auto& own) { own.last_seen = view.device->last_seen; });
          ASSERT_TRUE(before->second == view) << where;
        }
      }
      for (const auto& key : news.gone) {
        ASSERT_EQ(mirror.erase(key), 1U) << where;
        ASSERT_EQ(x.cameras().count(key), 0U) << where;
      }
      for (const auto& key : news.cameras)
        mirror.insert_or_assign(key, x.cameras().at(key));
      ASSERT_EQ(mirror.size(), x.cameras().size()) << where;
      for (const auto& event : news.events)
        if (event.what == kind::detection) {
          ASSERT_TRUE(events.insert(event.id).second) << where;
        }
      if (!x.hub().house.decides) {
        ASSERT_EQ(x.hub().cameras_total, x.cameras().size()) << where;
        ASSERT_EQ(x.hub().cameras_online,
                  std::count_if(x.cameras().begin(), x.cameras().end(),
                                [](const auto& y) { return y.second.online; }))
            << where;
      }
    }
    // What is kept of it makes the next process go on.
    house next{{}, {}, now};
    (void)next.restore(x.changed_counters(), now);
    for (const auto& [key, view] : x.cameras()) {
      auto camera = known(view.id);
      camera.key = key;
      (void)next.take(camera, now);
      ASSERT_EQ(next.cameras().at(key).detections_today, view.detections_today);
      ASSERT_EQ(next.cameras().at(key).last_event, view.last_event);
    }
  }
}

} // namespace
} // namespace firefinder::house_test
