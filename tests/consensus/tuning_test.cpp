#include "actors/consensus/agreement.hpp"
#include "actors/consensus/tracking.hpp"
#include "actors/consensus/tuning.hpp"
#include "actors/consensus/vigilance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace firefinder::tuning_test {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

detection object(const std::string& called, double area) {
  return {called, fire_sign::fire, .9, {0, 0, area, 1}, area};
}

sighting seen(const std::string& camera, monotonic at, std::vector<detection> what) {
  sighting result;
  result.camera = camera;
  result.kind = sighting_kind::frame;
  result.detections = std::move(what);
  result.at = at;
  return result;
}

// Six growing samples, a second apart, the last one five seconds after `start`.
tracking::outcome burn(tracking& cameras, const std::string& camera, monotonic start = 100s) {
  tracking::outcome last;
  for (int i = 0; i < 6; ++i)
    last = cameras.add(seen(camera, start + i * 1s, {object("x", i < 3 ? .1 : .2)}));
  return last;
}

std::vector<verdict> tune(tracking& x, timespan window, std::set<std::string> off, monotonic now) {
  return x.tune(window, std::nullopt, std::move(off), now);
}

// -- cameras that do not count ----------------------------------------------------------------

TEST(switched_off, a_camera_agrees_no_more_and_what_it_sees_is_a_sign_of_life) {
  tracking x{{}};
  ASSERT_TRUE(burn(x, "a").change->agrees());
  ASSERT_TRUE(burn(x, "b").change->agrees());
  const auto told = tune(x, 30s, {"a"}, 106s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].camera, "a");
  EXPECT_FALSE(told[0].agrees());
  EXPECT_FALSE(told[0].by_detection);
  EXPECT_TRUE(told[0].online);
  EXPECT_TRUE(told[0].evidence.empty());
  const auto after = burn(x, "a", 107s);
  EXPECT_EQ(after.accepted, 0U);
  EXPECT_EQ(after.switched_off, 1U);
  EXPECT_FALSE(after.worth_keeping);
  EXPECT_FALSE(after.change);
  EXPECT_TRUE(x.figures(112s).at("a").online);
  EXPECT_EQ(x.figures(112s).at("a").active_objects, 0U);
  EXPECT_TRUE(x.figures(112s).at("b").agrees);
}

TEST(switched_off, on_again_it_begins_anew) {
  tracking x{{}};
  burn(x, "a");
  static_cast<void>(tune(x, 30s, {"a"}, 106s));
  EXPECT_TRUE(tune(x, 30s, {}, 107s).empty());
  EXPECT_FALSE(x.figures(107s).at("a").agrees);
  const auto one = x.add(seen("a", 108s, {object("x", .3)}));
  EXPECT_EQ(one.accepted, 1U);
  EXPECT_FALSE(one.change && one.change->agrees());
  EXPECT_TRUE(burn(x, "a", 109s).change->agrees());
}

TEST(switched_off, evidence_that_is_latched_is_forgotten_too) {
  tracking_settings rules;
  rules.agreement_window = 600s;
  tracking x{rules};
  burn(x, "a");
  const auto told = tune(x, 30s, {"a"}, 106s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].agrees());
  EXPECT_FALSE(x.figures(107s).at("a").agrees);
}

TEST(switched_off, what_was_seen_before_a_restart_does_not_count_either) {
  tracking x{{}};
  static_cast<void>(tune(x, 30s, {"a"}, 90s));
  std::vector<sighting> before;
  for (int i = 0; i < 6; ++i)
    before.push_back(seen("a", 100s + i * 1s, {object("x", i < 3 ? .1 : .2)}));
  const auto told = x.restore(before, 106s, 50s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].agrees());
  EXPECT_FALSE(told[0].by_detection);
}

TEST(switched_off, the_same_twice_changes_nothing) {
  tracking x{{}};
  burn(x, "a");
  burn(x, "b");
  EXPECT_EQ(tune(x, 30s, {"a"}, 106s).size(), 1U);
  EXPECT_TRUE(tune(x, 30s, {"a"}, 106s).empty());
}

TEST(switched_off, is_told_by_every_name_of_the_camera) {
  std::map<std::string, camera_settings> cameras;
  cameras["barn"] = {"", false, {0, 0}, {"old"}};
  cameras["mast"] = {"", false, {0, 0}, {}};
  camera_identity identity{cameras};
  camera_facts found;
  found.id = "02770000000a";
  found.aliases = {"02770000000b"};
  ASSERT_TRUE(identity.learn(found));
  decision_tuning x;
  x.unmuted = {"mast", "unknown"};
  x.muted = {"02:77:00:00:00:0B", "loft"};
  EXPECT_EQ(switched_off(cameras, x, identity),
            (std::set<std::string>{"02770000000a", "02770000000b", "barn", "loft"}));
  EXPECT_TRUE(switched_on(cameras, x).at("mast").enabled);
  EXPECT_FALSE(switched_on(cameras, x).at("barn").enabled);
  EXPECT_EQ(switched_on(cameras, x).size(), 2U);
  EXPECT_EQ(registered_with(std::set<std::string>{"gate"}, cameras, x),
            (std::set<std::string>{"gate", "mast"}));
  EXPECT_FALSE(registered_with(std::nullopt, cameras, x));
}

// -- the window -------------------------------------------------------------------------------

TEST(window, a_shorter_one_takes_evidence_away_at_once) {
  tracking x{{}};
  burn(x, "a");
  const auto told = tune(x, 10s, {}, 112s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].agrees());
}

TEST(window, a_shorter_one_moves_the_end_of_what_still_holds) {
  tracking x{{}};
  burn(x, "a");
  const auto told = tune(x, 20s, {}, 106s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].agrees());
  EXPECT_FALSE(told[0].by_detection);
  EXPECT_EQ(told[0].evidence_until, 125s);
  ASSERT_TRUE(x.next_deadline());
  EXPECT_EQ(*x.next_deadline(), 120s + 1ns);
  const auto gone = x.advance(120s + 1ns);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_FALSE(gone[0].agrees());
}

TEST(window, a_longer_one_lets_it_hold_for_longer) {
  tracking x{{}};
  burn(x, "a");
  static_cast<void>(tune(x, 50s, {}, 106s));
  EXPECT_TRUE(x.advance(149s).empty());
  EXPECT_TRUE(x.figures(149s).at("a").agrees);
  const auto gone = x.advance(151s);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_FALSE(gone[0].agrees());
}

// -- forgetting -------------------------------------------------------------------------------

TEST(forgotten, a_camera_is_silent_and_agrees_no_more_until_it_is_heard_again) {
  tracking x{{}};
  burn(x, "a");
  const auto last = x.forget_camera("a", 106s);
  ASSERT_TRUE(last);
  EXPECT_FALSE(last->online);
  EXPECT_FALSE(last->agrees());
  // The agreement knows it by this.
  EXPECT_EQ(last->first_seen, 100s);
  EXPECT_TRUE(x.figures(106s).empty());
  EXPECT_FALSE(x.next_deadline());
  EXPECT_FALSE(x.forget_camera("a", 106s));
  const auto again = x.add(seen("a", 107s, {object("x", .3)}));
  ASSERT_TRUE(again.change);
  EXPECT_TRUE(again.change->online);
  EXPECT_FALSE(again.change->agrees());
}

// -- what is told of detections -------------------------------------------------------------

TEST(watched, detections_that_are_evidence_are_told_with_their_growth_and_end) {
  tracking x{{}};
  EXPECT_TRUE(burn(x, "a").evidence.empty());
  x.watch(true);
  const auto grown = x.add(seen("a", 106s, {object("x", .2)}));
  ASSERT_EQ(grown.evidence.size(), 1U);
  EXPECT_DOUBLE_EQ(grown.evidence[0].growth, 2);
  EXPECT_EQ(grown.evidence[0].until, 136s);
  // Frigate says the same once more.
  auto repeated = object("y", .1);
  repeated.may_repeat = true;
  EXPECT_EQ(x.add(seen("a", 107s, {repeated})).evidence.size(), 1U);
  EXPECT_TRUE(x.add(seen("a", 108s, {repeated})).evidence.empty());
}

// -- the pause after a trigger ------------------------------------------------------------------

verdict agreeing(const std::string& camera, monotonic at, bool by_detection = true) {
  verdict result;
  result.camera = camera;
  result.first_seen = camera == "a" ? 1s : 2s;
  result.online = true;
  result.at = at;
  result.evidence = {{}};
  result.evidence_until = at + 1000s;
  result.by_detection = by_detection;
  result.standing.agrees = true;
  return result;
}

agreement burning(consensus_settings with = {}) {
  agreement x{with};
  static_cast<void>(x.add(agreeing("a", 100s), 100s, 0));
  EXPECT_TRUE(x.add(agreeing("b", 100s), 100s, 0).fire);
  return x;
}

TEST(cooldown, that_runs_is_measured_by_the_new_length) {
  auto x = burning();
  x.pause(60s, 150s);
  EXPECT_EQ(x.cooldown_end(150s), 160s);
  EXPECT_FALSE(x.add(agreeing("a", 159s), 159s, 0).fire);
  EXPECT_TRUE(x.add(agreeing("a", 160s), 160s, 0).fire);
  x.pause(3600s, 200s);
  EXPECT_EQ(x.cooldown_end(200s), 3760s);
}

TEST(cooldown, that_is_over_stays_so_also_across_a_restart) {
  auto x = burning();
  x.pause(3600s, 500s);
  EXPECT_FALSE(x.in_cooldown(500s));
  EXPECT_EQ(x.memory().cooldown_start, never);
  consensus_settings with;
  with.cooldown = 3600s;
  agreement after{with};
  after.restore(x.memory(), 501s);
  EXPECT_FALSE(after.in_cooldown(501s));
  // The next one is as long as it is set.
  EXPECT_TRUE(x.add(agreeing("a", 502s), 502s, 0).fire);
  EXPECT_EQ(x.cooldown_end(502s), 4102s);
}

TEST(cooldown, of_another_length_makes_no_second_fire_of_one) {
  consensus_settings with;
  with.same_fire = 7200s;
  auto x = burning(with);
  x.pause(10s, 200s);
  x.pause(300s, 220s);
  EXPECT_FALSE(x.in_cooldown(220s));
  const auto on = x.add(agreeing("a", 230s), 230s, 0);
  EXPECT_FALSE(on.fire);
  EXPECT_EQ(on.reason, decision_reason::same_fire);
}

// -- what is missing ----------------------------------------------------------------------------

names codes(const std::vector<vigilance::finding>& all) {
  names result;
  for (const auto& x : all)
    result.push_back(x.what.code + (x.what.subject.empty() ? "" : ' ' + x.what.subject));
  return result;
}

consensus_settings house() {
  consensus_settings result;
  result.acceptance.cameras = {{"north", {}}, {"south", {}}, {"west", {"", false, {0, 0}, {}}}};
  result.zones = {{"north", {R"("hill")"}}, {"south", {R"("yard")"}}, {"west", {R"("wood")"}}};
  return result;
}

decision_tuning muting(std::set<std::string> cameras) {
  decision_tuning result;
  result.muted = std::move(cameras);
  return result;
}

TEST(watched_cameras, one_that_does_not_count_is_not_missed_and_still_shown) {
  vigilance x{house(), 0s};
  x.link_up(0s);
  x.advance(100s);
  x.tune(muting({"north"}), 100s);
  EXPECT_TRUE(x.camera("south", true, 101s));
  EXPECT_EQ(codes(x.findings()), names{"cameras_below_threshold"});
  EXPECT_EQ(x.zones().count("hill"), 0U);
  EXPECT_EQ(x.watched_cameras(), 2U);
  EXPECT_FALSE(x.look_at("north")->counts);
  // It is there, and has no vote all the same.
  EXPECT_TRUE(x.camera("north", true, 102s));
  EXPECT_TRUE(x.look_at("north")->online);
  EXPECT_EQ(x.online(), 1U);
  EXPECT_EQ(x.present(), 2U);
  EXPECT_EQ(codes(x.findings()), names{"cameras_below_threshold"});
  x.tune({}, 103s);
  EXPECT_EQ(codes(x.findings()), names{});
  EXPECT_EQ(x.online(), 2U);
  EXPECT_EQ(x.zones().at("hill").online, 1U);
  x.tune(muting({"north"}), 104s);
  EXPECT_TRUE(x.camera("north", false, 105s));
  EXPECT_EQ(x.online(), 1U);
  EXPECT_EQ(x.present(), 1U);
  x.tune({}, 106s);
  EXPECT_EQ(codes(x.findings()),
            (names{"cameras_below_threshold", "zone_blind hill", "camera_offline north"}));
}

TEST(watched_cameras, a_camera_that_is_switched_off_lowers_a_threshold_that_may_be_reduced) {
  auto s = house();
  s.policy = degraded_policy::reduce;
  vigilance x{s, 0s};
  x.link_up(0s);
  static_cast<void>(x.camera("north", true, 1s));
  static_cast<void>(x.camera("south", true, 1s));
  x.advance(100s);
  EXPECT_EQ(x.threshold(), 2U);
  x.tune(muting({"north"}), 100s);
  EXPECT_EQ(x.threshold(), 1U);
}

TEST(watched_cameras, one_that_operators_switch_on_is_expected_and_one_they_add) {
  vigilance x{house(), 0s};
  x.link_up(0s);
  static_cast<void>(x.camera("north", true, 1s));
  static_cast<void>(x.camera("south", true, 1s));
  x.advance(100s);
  EXPECT_EQ(codes(x.findings()), names{});
  EXPECT_FALSE(x.look_at("west")->counts);
  decision_tuning with;
  with.unmuted = {"west"};
  with.added = {{"gate", "Gate"}};
  x.tune(with, 101s);
  EXPECT_TRUE(x.look_at("west")->counts);
  EXPECT_EQ(codes(x.findings()),
            (names{"zone_blind wood", "camera_offline gate", "camera_offline west"}));
  EXPECT_TRUE(x.camera("west", true, 102s));
  EXPECT_EQ(x.online(), 3U);
  x.tune({}, 103s);
  EXPECT_EQ(codes(x.findings()), names{});
  EXPECT_EQ(x.online(), 2U);
  EXPECT_FALSE(x.look_at("gate"));
  EXPECT_EQ(x.zones().count("wood"), 0U);
  // Once heard, it is known.
  x.tune(with, 104s);
  EXPECT_TRUE(x.camera("gate", true, 105s));
  EXPECT_TRUE(x.camera("gate", false, 106s));
  x.tune({}, 107s);
  EXPECT_EQ(codes(x.findings()), names{"camera_offline gate"});
}

TEST(watched_cameras, a_vote_that_came_by_being_switched_on_goes_with_it) {
  auto s = house();
  s.tracking.registered = std::set<std::string>{"north", "south"};
  vigilance x{s, 0s};
  x.link_up(0s);
  static_cast<void>(x.camera("north", true, 1s));
  static_cast<void>(x.camera("west", true, 1s));
  x.advance(100s);
  EXPECT_EQ(codes(x.troubles()), (names{"cameras_below_threshold", "zone_blind yard"}));
  decision_tuning with;
  with.unmuted = {"west"};
  x.tune(with, 101s);
  EXPECT_EQ(codes(x.troubles()), names{"zone_blind yard"});
  x.tune({}, 102s);
  EXPECT_EQ(codes(x.troubles()), (names{"cameras_below_threshold", "zone_blind yard"}));
}

TEST(watched_cameras, another_threshold_is_another_trouble) {
  vigilance x{house(), 0s};
  x.link_up(0s);
  static_cast<void>(x.camera("north", true, 1s));
  static_cast<void>(x.camera("south", true, 1s));
  x.advance(100s);
  decision_tuning three;
  three.threshold = 3;
  x.tune(three, 101s);
  ASSERT_EQ(codes(x.troubles()), names{"cameras_below_threshold"});
  EXPECT_EQ(x.troubles()[0].since, 101s);
  EXPECT_EQ(x.threshold(), 3U);
  x.tune({}, 102s);
  EXPECT_TRUE(x.troubles().empty());
}

TEST(watched_cameras, what_frigate_lacks_is_judged_by_what_operators_have_changed) {
  vigilance x{house(), 0s};
  x.link_up(0s);
  frigate_cameras told;
  told.prefix = "frigate";
  told.cameras = {{"north", 0, 0, 0, true, true, .75}, {"south", 0, 0, 0, false, false, 0}};
  x.frigate_api(told, 1s);
  EXPECT_EQ(codes(x.findings()),
            (names{"camera_cannot_see_fire south", "frigate_threshold_above_ours north"}));
  auto with = muting({"south"});
  with.min_confidence = .8;
  x.tune(with, 2s);
  EXPECT_EQ(codes(x.findings()), names{});
}

TEST(watched_cameras, a_forgotten_one_is_known_again_when_it_is_heard) {
  vigilance x{house(), 0s};
  x.link_up(0s);
  x.advance(100s);
  static_cast<void>(x.camera("gate", true, 101s));
  x.frigate({"frigate", true, true, true, {"gate"}}, 101s);
  EXPECT_TRUE(x.look_at("gate")->by_frigate);
  // A tracker hears it: it is not gone.
  x.forget("gate", 102s);
  EXPECT_TRUE(x.look_at("gate"));
  static_cast<void>(x.camera("gate", false, 103s));
  static_cast<void>(x.take_changed());
  x.forget("gate", 104s);
  EXPECT_FALSE(x.look_at("gate"));
  EXPECT_EQ(x.present(), 0U);
  EXPECT_EQ(x.online(), 0U);
  EXPECT_EQ(x.take_changed(), std::set<std::string>{"gate"});
  x.frigate({"frigate", true, true, true, {"gate"}}, 160s);
  EXPECT_TRUE(x.look_at("gate")->online);
}

TEST(watched_cameras, one_that_was_added_is_expected_by_what_its_name_means_now) {
  vigilance x{house(), 0s};
  decision_tuning with;
  with.added = {{"02770000000b", "Gate"}};
  x.tune(with, 1s);
  camera_facts found;
  found.id = "02770000000a";
  found.aliases = {"02770000000b"};
  static_cast<void>(x.found(found, 2s));
  EXPECT_EQ(x.cameras().count("02770000000a"), 1U);
  EXPECT_EQ(x.cameras().count("02770000000b"), 0U);
  found.aliases.clear();
  static_cast<void>(x.found(found, 3s));
  EXPECT_EQ(x.cameras().count("02770000000b"), 1U);
}

TEST(watched_cameras, changes_name_the_cameras_that_they_are_of) {
  vigilance x{house(), 0s};
  static_cast<void>(x.camera("north", true, 1s));
  EXPECT_EQ(x.take_changed(), std::set<std::string>{"north"});
  static_cast<void>(x.camera("north", true, 2s));
  EXPECT_EQ(x.take_changed(), std::set<std::string>{});
  x.tune(muting({"south"}), 3s);
  EXPECT_EQ(x.take_changed(), std::set<std::string>{"south"});
  camera_facts found;
  found.id = "02770000000a";
  static_cast<void>(x.found(found, 4s));
  EXPECT_EQ(x.take_changed(), std::set<std::string>{"02770000000a"});
  EXPECT_FALSE(x.look_at("02770000000a")->online);
  EXPECT_FALSE(x.look_at("02770000000a")->blind_since);
  static_cast<void>(x.lost({"02770000000a", "02770000000b"}, 5s));
  EXPECT_EQ(x.take_changed(), std::set<std::string>{"02770000000a"});
  EXPECT_EQ(x.known(), (std::set<std::string>{"north", "south", "west"}));
}

TEST(watched_cameras, frigate_is_there_when_all_that_were_heard_are) {
  auto s = house();
  s.acceptance.frigate_prefixes = {"frigate", "second"};
  vigilance x{s, 0s};
  x.link_up(0s);
  EXPECT_FALSE(x.frigate_known());
  EXPECT_FALSE(x.frigate_online());
  x.frigate({"frigate", true, true, true, {"north"}}, 1s);
  EXPECT_TRUE(x.frigate_known());
  EXPECT_TRUE(x.frigate_online());
  x.frigate({"second", false, false, false, {}}, 2s);
  EXPECT_FALSE(x.frigate_online());
}

} // namespace
} // namespace firefinder::tuning_test
