#include "actors/consensus/agreement.hpp"
#include "actors/consensus/log_limiter.hpp"
#include "actors/consensus/trigger.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace firefinder::agreement_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

verdict growing(const std::string& camera, monotonic first_seen, monotonic at) {
  verdict v;
  v.camera = camera;
  v.first_seen = first_seen;
  v.online = true;
  v.standing.agrees = true;
  v.evidence = {{"tree", "growth", 6, .1, .2, .9, 5}};
  v.evidence_until = at + 30s;
  v.by_detection = true;
  v.at = at;
  return v;
}

// A verdict that is heard at once.
std::optional<decision> add(agreement& x, const verdict& v) {
  return x.add(v, v.at, 1'700'000'000 + to_seconds(v.at)).fire;
}

verdict silent(verdict v) {
  v.by_detection = false;
  return v;
}

consensus_settings settings(std::uint32_t threshold = 2) {
  consensus_settings result;
  result.threshold = threshold;
  return result;
}

// -- the decision ------------------------------------------------------------------------

TEST(agreement, is_of_the_moment_in_which_it_is_reached) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  // It waited at the broker for a minute.
  const auto d = x.add(growing("b", 2s, 11s), 71s, 1'700'000'071).fire;
  ASSERT_TRUE(d);
  EXPECT_EQ(d->at, 71s);
  EXPECT_EQ(d->wall, 1'700'000'071);
  EXPECT_TRUE(x.in_cooldown(370s));
}

TEST(agreement, evidence_must_have_held_at_one_moment) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  // What waited at the broker comes in the order in which it was sent.
  EXPECT_FALSE(add(x, growing("b", 2s, 40s)));
  const auto d = add(x, growing("a", 1s, 41s));
  ASSERT_TRUE(d);
  EXPECT_EQ(d->cameras.size(), 2U);
}

TEST(agreement, who_saw_it_long_before_is_not_named) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 50s)));
  const auto d = add(x, growing("c", 3s, 51s));
  ASSERT_TRUE(d);
  ASSERT_EQ(d->cameras.size(), 2U);
  EXPECT_EQ(d->cameras[0].id, "b");
}

TEST(agreement, remembers_a_thousand_triggers_at_the_most) {
  auto quick = settings(1);
  quick.cooldown = 0s;
  agreement x{quick};
  for (int i = 0; i < 1'500; ++i)
    ASSERT_TRUE(add(x, growing("a", 1s, 10s + i * 1ms)));
  EXPECT_EQ(x.recent(12s), 1'000U);
  EXPECT_EQ(x.triggers(), 1'500U);
}

TEST(agreement, disarmed_decides_nothing_and_follows_all) {
  agreement x{settings()};
  x.arm(false);
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 11s)));
  EXPECT_EQ(x.agreeing().size(), 2U);
  EXPECT_EQ(x.triggers(), 0U);
  x.arm(true);
  EXPECT_TRUE(add(x, growing("b", 2s, 12s)));
}

TEST(agreement, goes_on_where_another_process_ended) {
  agreement before{settings()};
  EXPECT_FALSE(add(before, growing("a", 1s, 10s)));
  EXPECT_TRUE(add(before, growing("b", 2s, 11s)));
  before.arm(false);
  agreement after{settings()};
  after.restore(before.memory(), 11s);
  EXPECT_EQ(after.memory(), before.memory());
  EXPECT_EQ(after.triggers(), 1U);
  EXPECT_FALSE(after.armed());
  EXPECT_TRUE(after.in_cooldown(310s));
  EXPECT_FALSE(after.in_cooldown(311s));
  EXPECT_EQ(after.last_trigger_ago(12s), 1);
  after.give_back(1);
  agreement third{settings()};
  third.restore(after.memory(), 11s);
  EXPECT_FALSE(third.in_cooldown(12s));
  EXPECT_EQ(third.last_trigger_ago(12s), 1);
}

TEST(agreement, one_camera_is_not_enough) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("a", 1s, 11s)));
}

TEST(agreement, two_cameras_decide_in_the_order_in_which_they_became_known) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("b", 2s, 10s)));
  const auto d = add(x, growing("a", 3s, 11s));
  ASSERT_TRUE(d);
  ASSERT_EQ(d->cameras.size(), 2U);
  EXPECT_EQ(d->cameras[0].id, "b");
  EXPECT_EQ(d->cameras[1].id, "a");
  EXPECT_EQ(d->number, 1U);
  EXPECT_EQ(d->at, 11s);
}

TEST(agreement, threshold_is_the_owner_s) {
  agreement one{settings(1)};
  EXPECT_TRUE(add(one, growing("a", 1s, 10s)));
  agreement three{settings(3)};
  EXPECT_FALSE(add(three, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(three, growing("b", 2s, 10s)));
  EXPECT_TRUE(add(three, growing("c", 3s, 10s)));
}

TEST(agreement, a_camera_that_went_away_does_not_count) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  auto gone = silent(growing("a", 1s, 11s));
  gone.online = false;
  gone.standing.agrees = false;
  EXPECT_FALSE(add(x, gone));
  EXPECT_FALSE(add(x, growing("b", 2s, 12s)));
  EXPECT_EQ(x.agreeing(), std::vector<std::string>{"b"});
}

TEST(agreement, only_a_detection_decides) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, silent(growing("b", 2s, 11s)))) << "a camera that came back is no detection";
  EXPECT_TRUE(add(x, growing("a", 1s, 12s)));
}

TEST(agreement, is_quiet_during_the_cooldown_and_decides_at_the_first_detection_after_it) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  ASSERT_TRUE(add(x, growing("b", 2s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 309s)));
  EXPECT_TRUE(x.in_cooldown(309s));
  EXPECT_FALSE(x.in_cooldown(310s));
  EXPECT_FALSE(add(x, silent(growing("a", 1s, 309s))));
  const auto second = add(x, growing("b", 2s, 310s));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->number, 2U);
}

TEST(agreement, without_a_cooldown_every_detection_decides) {
  auto s = settings(1);
  s.cooldown = 0s;
  agreement x{s};
  EXPECT_TRUE(add(x, growing("a", 1s, 10s)));
  EXPECT_TRUE(add(x, growing("a", 1s, 10s)));
}

TEST(agreement, cooldown_of_a_missed_trigger_is_given_back) {
  agreement x{settings(1)};
  ASSERT_TRUE(add(x, growing("a", 1s, 10s)));
  x.give_back(1);
  EXPECT_FALSE(x.in_cooldown(11s));
  EXPECT_TRUE(add(x, growing("a", 1s, 11s)));
}

TEST(agreement, only_the_last_trigger_can_give_its_cooldown_back) {
  auto s = settings(1);
  s.cooldown = 10s;
  agreement x{s};
  ASSERT_TRUE(add(x, growing("a", 1s, 10s)));
  ASSERT_TRUE(add(x, growing("a", 1s, 25s)));
  x.give_back(1);
  EXPECT_TRUE(x.in_cooldown(26s));
}

TEST(agreement, decides_nothing_while_held) {
  agreement x{settings(1)};
  x.hold(true);
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  x.hold(false);
  EXPECT_TRUE(add(x, growing("a", 1s, 11s)));
}

TEST(agreement, decides_nothing_while_it_waits_and_then_by_the_last_detection) {
  agreement x{settings()};
  x.wait(true);
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 11s)));
  EXPECT_EQ(x.look(11s).reason, decision_reason::no_detection);
  EXPECT_FALSE(x.catch_up(12s, 0));
  x.wait(false);
  const auto late = x.catch_up(12s, 0);
  ASSERT_TRUE(late);
  ASSERT_TRUE(late->fire);
  EXPECT_EQ(late->fire->cameras.size(), 2U);
  EXPECT_EQ(late->fire->at, 12s);
  EXPECT_FALSE(x.catch_up(13s, 0));
}

TEST(agreement, that_ended_while_it_waited_is_not_caught_up_with) {
  agreement x{settings()};
  x.wait(true);
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 11s)));
  auto gone = silent(growing("a", 1s, 12s));
  gone.standing.agrees = false;
  EXPECT_FALSE(add(x, gone));
  x.wait(false);
  const auto late = x.catch_up(12s, 0);
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->fire);
}

TEST(agreement, both_what_waits_and_what_holds_must_be_over) {
  agreement x{settings()};
  x.wait(true);
  x.hold(true);
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 11s)));
  x.hold(false);
  EXPECT_FALSE(add(x, growing("b", 2s, 12s)));
  x.hold(true);
  x.wait(false);
  EXPECT_FALSE(add(x, growing("b", 2s, 13s)));
  x.hold(false);
  EXPECT_TRUE(add(x, growing("b", 2s, 14s)));
}

TEST(agreement, a_cooldown_whose_length_is_waited_for_is_not_over_before) {
  agreement x{settings()};
  x.wait(true);
  x.restore({1, true, 10s, 10s}, 400s);
  EXPECT_FALSE(x.in_cooldown(400s));
  x.pause(3600s, 401s);
  EXPECT_TRUE(x.in_cooldown(401s));
  x.wait(false);
  x.pause(60s, 402s);
  x.pause(3600s, 403s);
  EXPECT_FALSE(x.in_cooldown(403s));
}

TEST(agreement, who_is_left_out_does_not_count_at_once) {
  agreement x{settings()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  x.leave_out({"a"});
  EXPECT_TRUE(x.agreeing().empty());
  EXPECT_FALSE(add(x, growing("b", 2s, 11s)));
  EXPECT_FALSE(add(x, growing("a", 1s, 12s)));
  EXPECT_EQ(x.agreeing().size(), 1U);
  x.require(1);
  // Nor does what it saw decide for another.
  EXPECT_FALSE(add(x, growing("a", 1s, 13s)));
  x.require(2);
  x.leave_out({});
  EXPECT_FALSE(add(x, silent(growing("a", 1s, 14s))));
  EXPECT_TRUE(add(x, growing("b", 2s, 15s)));
}

TEST(agreement, revision_tells_who_agrees_changed) {
  agreement x{settings(9)};
  static_cast<void>(add(x, growing("a", 1s, 10s)));
  const auto one = x.revision();
  static_cast<void>(add(x, growing("a", 1s, 11s)));
  EXPECT_EQ(x.revision(), one);
  static_cast<void>(add(x, growing("b", 2s, 11s)));
  EXPECT_NE(x.revision(), one);
}

TEST(agreement, figures) {
  agreement x{settings(1)};
  EXPECT_EQ(x.last_trigger_ago(5s), -1);
  ASSERT_TRUE(add(x, growing("a", 1s, 10s)));
  EXPECT_EQ(x.triggers(), 1U);
  EXPECT_DOUBLE_EQ(x.last_trigger_ago(25s), 15);
  EXPECT_EQ(x.recent(25s), 1U);
  EXPECT_EQ(x.recent(2h), 0U);
  EXPECT_EQ(*x.cooldown_end(25s), 310s);
  EXPECT_FALSE(x.cooldown_end(310s));
}

// -- payloads ----------------------------------------------------------------------------

decision two_cameras() {
  agreement x{settings()};
  static_cast<void>(add(x, growing("north", 1s, 10s)));
  return *add(x, growing("south", 2s, 11s));
}

TEST(trigger, payload_has_every_field) {
  auto s = settings();
  s.service_id = "fire_consensus_barn";
  const auto d = two_cameras();
  const auto payload = json::parse(trigger_payload(d, "id-1", s));
  EXPECT_EQ(payload["action"], "trigger");
  EXPECT_EQ(payload["confidence"], "high");
  EXPECT_DOUBLE_EQ(payload["timestamp"], 1'700'000'011);
  EXPECT_EQ(payload["trigger_count"], 1);
  EXPECT_EQ(payload["consensus_cameras"], json({"north", "south"}));
  EXPECT_EQ(payload["fire_locations"], json::parse(R"([["north", "tree"], ["south", "tree"]])"));
  EXPECT_EQ(payload["service_id"], "fire_consensus_barn");
  EXPECT_EQ(payload["trigger_id"], "id-1");
  EXPECT_DOUBLE_EQ(payload["expires_at"], 1'700'000'011 + 120.0);
  const auto& evidence = payload["evidence"]["north"];
  EXPECT_EQ(evidence["samples"], 6);
  EXPECT_DOUBLE_EQ(evidence["first_area"], .1);
  EXPECT_DOUBLE_EQ(evidence["last_area"], .2);
  EXPECT_DOUBLE_EQ(evidence["growth"], 2);
  EXPECT_DOUBLE_EQ(evidence["confidence"], .9);
  EXPECT_DOUBLE_EQ(evidence["span_s"], 5);
  EXPECT_FALSE(payload.contains("zones")) << "absent when zones are disabled";
}

TEST(trigger, zones_are_the_union_of_those_of_the_agreeing_cameras) {
  auto s = settings();
  s.zone_activation = true;
  s.zones = {{"north", {"\"ridge\"", "3"}}, {"south", {"3", "\"barn\""}}, {"west", {"\"pond\""}}};
  const auto payload = json::parse(trigger_payload(two_cameras(), "x", s));
  EXPECT_EQ(payload["zones"], json::parse(R"(["ridge", 3, "barn"])"));
}

TEST(trigger, a_broken_zone_loses_no_trigger) {
  auto s = settings();
  s.zone_activation = true;
  s.zones = {{"north", {"{broken", ""}}};
  const auto payload = json::parse(trigger_payload(two_cameras(), "x", s));
  EXPECT_EQ(payload["zones"], json::array());
  EXPECT_EQ(payload["action"], "trigger");
}

TEST(trigger, names_that_are_no_utf8_lose_no_trigger) {
  auto d = two_cameras();
  d.cameras[0].id = "\xff\xfe";
  d.cameras[1].objects.clear();
  EXPECT_FALSE(trigger_payload(d, "x", settings()).empty());
}

TEST(trigger, growth_beyond_all_numbers_is_told_as_a_number) {
  auto d = two_cameras();
  // The smallest areas that consensus.min_area_ratio 0 lets pass.
  d.cameras[0].objects[0].first_area = 1e-320;
  const auto payload = json::parse(trigger_payload(d, "x", settings()));
  EXPECT_TRUE(payload["evidence"]["north"]["growth"].is_number()) << payload["evidence"];
}

TEST(trigger, identity_comes_from_instance_and_evidence) {
  const auto d = two_cameras();
  const auto id = trigger_id(d, settings());
  EXPECT_EQ(id.size(), 36U);
  EXPECT_EQ(id[14], '5') << "version 5";
  EXPECT_EQ(trigger_id(two_cameras(), settings()), id) << "the same decision, the same identity";
  auto other_instance = settings();
  other_instance.instance = "ridge";
  EXPECT_NE(trigger_id(d, other_instance), id);
  auto later = d;
  later.wall += 1;
  EXPECT_NE(trigger_id(later, settings()), id);
}

TEST(trigger, a_missed_one_cannot_be_taken_for_one) {
  const auto d = two_cameras();
  const auto payload
      = json::parse(missed_payload(trigger_payload(d, "id-1", settings()), "no broker", 5));
  EXPECT_NE(payload["action"], "trigger");
  EXPECT_EQ(payload["trigger_id"], "id-1");
  EXPECT_EQ(payload["reason"], "no broker");
}

TEST(state, says_what_the_panel_reads) {
  const auto payload = json::parse(state_payload({{"a", "b"}, 2, false}, 7));
  EXPECT_EQ(payload["consensus_count"], 2);
  EXPECT_EQ(payload["fire_detected"], true);
  EXPECT_EQ(payload["state"], "idle");
  EXPECT_EQ(payload["threshold"], 2);
  EXPECT_EQ(payload["cameras"], json({"a", "b"}));
  EXPECT_EQ(payload["updated_at"], 7);
}

// -- log lines ---------------------------------------------------------------------------

TEST(log_limiter, lets_one_line_per_key_and_minute_through) {
  log_limiter x{1min};
  EXPECT_EQ(x.admit("a", 0s), 0U);
  EXPECT_FALSE(x.admit("a", 1s));
  EXPECT_FALSE(x.admit("a", 59s));
  EXPECT_EQ(x.admit("b", 59s), 0U);
  EXPECT_EQ(x.admit("a", 60s), 2U) << "and says how many it held back";
}

TEST(log_limiter, foreign_names_fill_neither_the_memory_nor_the_log) {
  log_limiter x{1min};
  for (std::size_t i = 0; i < log_limiter::max_keys; ++i)
    EXPECT_TRUE(x.admit(std::to_string(i), 0s));
  EXPECT_FALSE(x.admit("one more", 1s));
  EXPECT_FALSE(x.admit("0", 1s)) << "nor does one of them speak twice";
  EXPECT_TRUE(x.admit("one more", 60s)) << "room again when the others had their time";
}

// -- witnesses, zones and one fire ---------------------------------------------------------

TEST(agreement, cameras_of_one_witness_count_once) {
  auto mast = settings();
  mast.witnesses = {{"a", "mast"}, {"b", "mast"}};
  agreement x{mast};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  const auto both = x.add(growing("b", 2s, 11s), 11s, 0);
  EXPECT_FALSE(both.fire);
  EXPECT_EQ(both.reason, decision_reason::too_few_cameras);
  EXPECT_EQ(both.agreeing, 1U);
  EXPECT_EQ(x.agreeing(), (std::vector<std::string>{"a", "b"}));
  const auto d = add(x, growing("c", 3s, 12s));
  ASSERT_TRUE(d);
  EXPECT_EQ(d->cameras.size(), 3U);
}

TEST(agreement, a_witness_counts_while_one_of_its_cameras_agrees) {
  auto mast = settings();
  mast.witnesses = {{"a", "mast"}, {"b", "mast"}};
  agreement x{mast};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 10s)));
  auto gone = silent(growing("a", 1s, 11s));
  gone.standing.agrees = false;
  EXPECT_FALSE(add(x, gone));
  EXPECT_TRUE(add(x, growing("c", 3s, 12s)));
}

TEST(agreement, of_zones_is_among_cameras_that_share_one) {
  auto by_zone = settings();
  by_zone.agree_by_zone = true;
  by_zone.zones = {{"a", {"\"barn\""}}, {"b", {"\"yard\"", "1"}}, {"c", {"1"}}};
  agreement x{by_zone};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  const auto apart = x.add(growing("b", 2s, 10s), 10s, 0);
  EXPECT_EQ(apart.reason, decision_reason::too_few_cameras);
  EXPECT_EQ(apart.agreeing, 1U);
  EXPECT_FALSE(add(x, growing("d", 3s, 10s))) << "no zone at all";
  const auto d = add(x, growing("c", 4s, 11s));
  ASSERT_TRUE(d);
  ASSERT_EQ(d->cameras.size(), 2U);
  EXPECT_EQ(d->cameras[0].id, "b");
  EXPECT_EQ(d->cameras[1].id, "c");
}

TEST(agreement, of_zones_is_counted_by_witnesses_as_cameras_come_and_go) {
  auto by_zone = settings();
  by_zone.agree_by_zone = true;
  by_zone.witnesses = {{"a", "mast"}, {"b", "mast"}};
  by_zone.zones = {{"a", {"1", "2"}}, {"b", {"1"}}, {"c", {"2"}}, {"d", {"3"}}};
  agreement x{by_zone};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_FALSE(add(x, growing("b", 2s, 10s))) << "the same mast";
  EXPECT_FALSE(add(x, growing("d", 4s, 10s))) << "another zone";
  auto gone = silent(growing("a", 1s, 11s));
  gone.standing.agrees = false;
  EXPECT_FALSE(add(x, gone));
  EXPECT_FALSE(add(x, growing("c", 3s, 12s))) << "what it shared a zone with is gone";
  EXPECT_EQ(x.look(12s).agreeing, 1U);
  // From now on it is a camera of the third zone that was heard by another name.
  x.identify({{"e", "c"}});
  EXPECT_FALSE(add(x, growing("e", 5s, 13s))) << "one camera by two names";
  EXPECT_EQ(x.look(13s).agreeing, 1U);
  x.identify({{"e", "d"}});
  EXPECT_EQ(x.look(14s).agreeing, 1U) << "one witness until neither agrees";
  EXPECT_TRUE(add(x, growing("a", 6s, 15s))) << "with the other camera of its second zone";
}

TEST(agreement, without_zones_is_among_cameras_without) {
  auto by_zone = settings();
  by_zone.agree_by_zone = true;
  agreement x{by_zone};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  EXPECT_TRUE(add(x, growing("b", 2s, 10s)));
}

// One fire may last for a thousand seconds.
consensus_settings patient() {
  auto result = settings();
  result.cooldown = 100s;
  result.same_fire = 1000s;
  return result;
}

TEST(agreement, that_goes_on_is_the_same_fire) {
  agreement x{patient()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  ASSERT_TRUE(add(x, growing("b", 2s, 10s)));
  // It burns on past the cooldown, which begins anew each time.
  for (int i = 1; i < 16; ++i) {
    const auto now = 10s + i * 60s;
    EXPECT_FALSE(add(x, growing("a", 1s, now)));
    const auto on = x.add(growing("b", 2s, now), now, 0);
    EXPECT_FALSE(on.fire);
    EXPECT_EQ(on.reason, decision_reason::same_fire);
  }
  EXPECT_EQ(x.triggers(), 1U);
  // Nothing is the same fire for ever.
  EXPECT_FALSE(add(x, growing("a", 1s, 1020s)));
  EXPECT_TRUE(add(x, growing("b", 2s, 1020s)));
}

TEST(agreement, after_a_pause_of_the_cooldown_is_another_fire) {
  agreement x{patient()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  ASSERT_TRUE(add(x, growing("b", 2s, 10s)));
  auto out = silent(growing("a", 1s, 60s));
  out.standing.agrees = false;
  EXPECT_FALSE(add(x, out));
  EXPECT_FALSE(add(x, growing("b", 2s, 105s))) << "alone it does not renew the pause";
  EXPECT_FALSE(add(x, growing("a", 1s, 109s))) << "the last moment of it, which renews it";
  EXPECT_FALSE(add(x, growing("a", 1s, 208s)));
  EXPECT_FALSE(add(x, out));
  EXPECT_FALSE(add(x, growing("b", 2s, 320s)));
  EXPECT_TRUE(add(x, growing("a", 1s, 321s)));
}

TEST(agreement, that_never_ended_is_the_same_fire_even_after_the_pause) {
  agreement x{patient()};
  EXPECT_FALSE(add(x, growing("a", 1s, 10s)));
  ASSERT_TRUE(add(x, growing("b", 2s, 10s)));
  // Hidden for five minutes, while what was seen still counts.
  auto hidden = silent(growing("a", 1s, 50s));
  hidden.evidence_until = 900s;
  EXPECT_FALSE(add(x, hidden));
  const auto again = x.add(growing("b", 2s, 310s), 310s, 0);
  EXPECT_FALSE(again.fire);
  EXPECT_EQ(again.reason, decision_reason::same_fire);
  // Its trigger never reached anybody: the next one is due.
  x.give_back(1);
  EXPECT_TRUE(x.add(growing("b", 2s, 320s), 320s, 0).fire);
}

TEST(agreement, of_before_a_restart_is_the_same_fire_while_its_pause_runs) {
  for (const auto& [pause, is_same] : {std::pair{60s, true}, {200s, false}}) {
    agreement x{patient()};
    x.restore({1, true, 10s, 10s}, 10s + pause);
    EXPECT_FALSE(add(x, growing("a", 1s, 10s + pause)));
    EXPECT_EQ(add(x, growing("b", 2s, 10s + pause)).has_value(), !is_same);
  }
}

TEST(agreement, says_why_there_is_no_decision) {
  const auto reason = [](agreement& x, const verdict& v) { return x.add(v, v.at, 0).reason; };
  agreement x{settings()};
  EXPECT_EQ(reason(x, growing("a", 1s, 10s)), decision_reason::too_few_cameras);
  EXPECT_EQ(reason(x, silent(growing("b", 2s, 11s))), decision_reason::no_detection);
  x.arm(false);
  EXPECT_EQ(reason(x, growing("b", 2s, 11s)), decision_reason::disarmed);
  x.arm(true);
  x.hold(true);
  EXPECT_EQ(reason(x, growing("b", 2s, 11s)), decision_reason::trigger_waits);
  x.hold(false);
  EXPECT_EQ(reason(x, growing("b", 2s, 50s)), decision_reason::apart_in_time);
  EXPECT_EQ(reason(x, growing("a", 1s, 50s)), decision_reason::agreement);
  EXPECT_EQ(reason(x, growing("a", 1s, 51s)), decision_reason::cooldown);
  EXPECT_EQ(x.look(52s).reason, decision_reason::cooldown);
  EXPECT_EQ(x.look(52s).agreeing, 2U);
  EXPECT_EQ(x.look(400s).reason, decision_reason::no_detection);
}

} // namespace
} // namespace firefinder::agreement_test
