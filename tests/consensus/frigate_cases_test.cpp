// The cases in which Frigate's messages mean something else than they seem to, one test each.

#include "actors/consensus/vigilance.hpp"
#include "tests/consensus/frigate_house.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace firefinder::frigate_cases_test {
namespace {

using namespace std::chrono_literals;
using frigate_test::event;
using frigate_test::house;
using frigate_test::json;
using frigate_test::state;

const std::string events = "frigate/events";

consensus_settings settings_with(acceptance_settings acceptance) {
  consensus_settings result;
  result.acceptance = std::move(acceptance);
  return result;
}

std::string reason(const decoded& x) {
  if (x.dropped.size() != 1)
    return std::to_string(x.dropped.size()) + " reasons";
  return to_string(x.dropped.front().reason);
}

std::size_t accepted(const decoded& x) { return x.seen ? x.seen->detections.size() : 0; }

const detection& only(const decoded& x) { return x.seen->detections.at(0); }

std::string direct(double area, unix_seconds timestamp = 0) {
  json result{{"confidence", 0.9}, {"object_id", "1"}, {"bbox", {0, 0, area, 1}}};
  if (timestamp != 0)
    result["timestamp"] = timestamp;
  return result.dump();
}

// -- 1: the frame ----------------------------------------------------------------------------

TEST(frigate_case, c01_pixel_box_at_the_detect_size) {
  house home;
  home.decoding().frame_told("frigate", "barn", {640, 360});
  const auto x = home.hear(events, event("new", state(home.wall(), {300, 200, 340, 240})));
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_DOUBLE_EQ(only(x).area, 40.0 * 40 / (640 * 360));
  EXPECT_EQ(only(x).box, (box{300.0 / 640, 200.0 / 360, 340.0 / 640, 240.0 / 360}));
  EXPECT_EQ(x.seen->frame_width, 640U);
  EXPECT_EQ(x.seen->frame_height, 360U);
  EXPECT_FALSE(x.guessed_frame);
}

TEST(frigate_case, c01_an_unknown_size_keeps_the_detection_and_is_told_once) {
  house home;
  // 900 pixels of 1920x1080 would be too small.
  auto x = home.hear(events, event("new", state(home.wall(), {300, 200, 330, 230})));
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_TRUE(x.guessed_frame);
  EXPECT_EQ(x.seen->frame_width, 1920U);
  home.pass(1s);
  x = home.hear(events, event("update", state(home.wall(), {300, 200, 331, 230})));
  EXPECT_EQ(accepted(x), 1U);
  EXPECT_FALSE(x.guessed_frame);
  // A box that does not fit the guess is no share above 1.
  home.pass(1s);
  x = home.hear(events, event("update", state(home.wall(), {0, 0, 3839, 2159})));
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_EQ(x.seen->frame_width, 3840U);
  EXPECT_LE(only(x).area, 1);
}

TEST(frigate_case, c01_the_better_source_of_the_size_wins) {
  acceptance_settings s;
  s.default_frame = {1000, 500};
  s.default_frame_given = true;
  s.cameras["north"].aliases = {"barn"};
  house home{settings_with(s)};
  const auto width = [&] {
    home.pass(1s);
    return home.hear(events, event("update", state(home.wall(), {0, 0, 300, 200})))
        .seen->frame_width;
  };
  EXPECT_EQ(width(), 1000U) << "what the user said of all cameras";
  home.decoding().frame_told("frigate", "barn", {800, 450});
  EXPECT_EQ(width(), 800U) << "what Frigate says of this one";
  home.decoding().frame_told("other", "barn", {1280, 720});
  EXPECT_EQ(width(), 800U) << "what another Frigate says";
  home.decoding().frame_told("frigate", "barn", {0, 0});
  EXPECT_EQ(width(), 1000U);

  s.cameras["north"].frame = {1280, 720};
  house configured{settings_with(s)};
  configured.decoding().frame_told("frigate", "barn", {800, 450});
  const auto x = configured.hear(events, event("new", state(home.wall(), {0, 0, 300, 200})));
  EXPECT_EQ(x.seen->frame_width, 1280U) << "what the user said of this one";
}

TEST(frigate_case, c01_a_box_beyond_the_frame_disproves_its_size) {
  house home;
  home.decoding().frame_told("frigate", "barn", {640, 360});
  auto x = home.hear(events, event("new", state(home.wall(), {600, 200, 640, 360})));
  EXPECT_EQ(x.seen->frame_width, 640U);
  home.pass(1s);
  x = home.hear(events, event("update", state(home.wall(), {600, 200, 641, 360})));
  EXPECT_EQ(x.seen->frame_width, 1920U);
  EXPECT_TRUE(x.guessed_frame);
  home.pass(1s);
  x = home.hear(events, event("update", state(home.wall(), {600, 200, 639, 350})));
  EXPECT_EQ(x.seen->frame_width, 1920U) << "it stays disproved";
  home.decoding().frame_told("frigate", "barn", {1280, 720});
  home.pass(1s);
  x = home.hear(events, event("update", state(home.wall(), {600, 200, 638, 350})));
  EXPECT_EQ(x.seen->frame_width, 1280U) << "until another one is told";
}

// What Frigate from 0.16 on makes of a box.
json with_path(json of, double width, double height) {
  const auto round = [](double x) { return std::round(x * 1e4) / 1e4; };
  const auto& b = of.at("box");
  const auto x = std::floor((b[0].get<double>() + b[2].get<double>()) / 2);
  of["path_data"] = {{{0.5, 0.5}, 1750000000.1},
                     {{round(x / width), round(b[3].get<double>() / height)}, of.at("frame_time")}};
  return of;
}

TEST(frigate_case, c01_the_size_is_inferred_from_the_path_of_several_events) {
  for (const auto& [w, h] : {std::pair{1280U, 720U}, {640U, 360U}, {704U, 576U}, {2560U, 1440U}}) {
    house home;
    const auto see = [&](json box) {
      home.pass(1s);
      return home.hear(events, event("update", with_path(state(home.wall(), std::move(box)), w, h)))
          .seen->frame_width;
    };
    EXPECT_EQ(see({211, 150, 271, 251}), 1920U) << "one may be a slip";
    EXPECT_EQ(see({210, 150, 271, 251}), w);
  }
}

TEST(frigate_case, c01_the_inferred_size_changes_with_the_camera) {
  house home;
  const auto see = [&](double width, double height) {
    home.pass(1s);
    const auto x = home.hear(
        events,
        event("update", with_path(state(home.wall(), {211, 150, 271, 251}), width, height)));
    return x.seen->frame_width;
  };
  see(1280, 720);
  EXPECT_EQ(see(1280, 720), 1280U);
  EXPECT_EQ(see(640, 480), 1280U) << "one may be a slip";
  EXPECT_EQ(see(640, 480), 640U);
  // 3 % is no size of a frame that anybody uses.
  see(1977, 1113);
  EXPECT_EQ(see(1977, 1113), 1920U);
}

TEST(frigate_case, c01_the_size_is_inferred_from_recorded_events) {
  const auto folder = frigate_test::payload_folder();
  if (!folder)
    GTEST_SKIP() << "the recorded payloads are not there";
  for (const auto* version : {"0.16.4", "0.17.2", "0.18.0-dev"}) {
    house home;
    const auto start = home.now();
    std::vector<std::uint32_t> widths;
    for (const auto& [after, payload] : frigate_test::payloads(
             *folder / ("gen_events_fire_growth_" + std::string(version) + ".json"))) {
      home.pass_to(start + from_seconds(after));
      auto message = home.message(events, payload.dump());
      message.received_at = payload.at("after").at("frame_time").get<double>();
      if (const auto x = home.hear(message); accepted(x) != 0)
        widths.push_back(x.seen->frame_width);
    }
    ASSERT_EQ(widths.size(), 9U) << version;
    EXPECT_EQ(widths.front(), 1920U) << version;
    EXPECT_EQ(std::count(widths.begin() + 1, widths.end(), 1280U), 8) << version;
  }
}

// -- what is a sample, and what is not ---------------------------------------------------------

TEST(frigate_case, c02_a_box_below_one_is_in_pixels_all_the_same) {
  house home;
  home.decoding().frame_told("frigate", "barn", {1280, 720});
  EXPECT_EQ(reason(home.hear(events, event("new", state(home.wall(), {0, 0, 1, 1})))),
            "small_area");
}

TEST(frigate_case, c03_a_malformed_box_is_no_detection) {
  house home;
  const auto box = [&](json value) {
    return reason(home.hear(events, event("new", state(home.wall(), std::move(value)))));
  };
  EXPECT_EQ(box(nullptr), "missing_box");
  EXPECT_EQ(box({1, 2, 3}), "bad_box");
  EXPECT_EQ(box({1, 2, "3", 4}), "bad_box");
  EXPECT_EQ(box({30, 20, 10, 40}), "bad_box");
  EXPECT_EQ(box({0, 0, 1e300, 1e300}), "bad_box");
  EXPECT_EQ(reason(home.hear(events, R"({"type":"new","after":null})")), "malformed");
  EXPECT_EQ(reason(home.hear(events, R"({"type":"new","after":[{"label":"fire"}]})")), "malformed");
  EXPECT_TRUE(home.cameras().empty());
  // It has left nothing behind.
  EXPECT_EQ(home.hear(events, event("new", state(home.wall(), {0, 0, 9, 9}))).seen->frame_width,
            1920U);
}

TEST(frigate_case, c04_end_is_no_sample_and_tells_what_ended) {
  house home;
  home.hear(events, event("new", state(home.wall(), {300, 200, 400, 300})));
  home.pass(5s);
  auto last = state(home.wall() - 5, {300, 200, 400, 300});
  last["end_time"] = home.wall();
  const auto x
      = home.hear(events, event("end", last, state(home.wall() - 5, {300, 200, 400, 300})));
  ASSERT_TRUE(x.seen);
  EXPECT_EQ(x.seen->kind, sighting_kind::end_of_objects);
  EXPECT_EQ(x.seen->ended, std::vector<std::string>{"1750000000.1-abcdef"});
  EXPECT_FALSE(x.missed);
  EXPECT_EQ(home.samples, 1U);
  EXPECT_TRUE(home.cameras().at("barn").online);
}

TEST(frigate_case, c05_a_heartbeat_with_the_same_box_and_score_is_no_sample) {
  house home;
  home.hear(events, event("new", state(home.wall(), {300, 200, 400, 300}, 0.9)));
  home.pass(5s);
  home.hear(events, event("update", state(home.wall(), {300, 200, 420, 300}, 0.8)));
  for (int i = 0; i < 3; ++i) {
    home.pass(55s);
    const auto before = home.repeated;
    home.hear(events, event("update", state(home.wall(), {300, 200, 420, 300}, 0.8)));
    EXPECT_EQ(home.repeated, before + 1) << "nor does the median of the scores change by it";
    EXPECT_TRUE(home.cameras().at("barn").online);
  }
  EXPECT_EQ(home.samples, 2U);
}

TEST(frigate_case, c06_update_first_is_understood_and_before_fills_a_gap) {
  house home;
  const auto first = home.wall();
  auto x = home.hear(events, event("update", state(first, {300, 200, 410, 300}),
                                   state(first - 5, {300, 200, 400, 300})));
  EXPECT_EQ(accepted(x), 1U);
  ASSERT_TRUE(x.missed) << "what was said before we came";
  EXPECT_EQ(x.missed->captured, first - 5);
  EXPECT_EQ(x.missed->at, home.now() - 5s);
  EXPECT_DOUBLE_EQ(x.missed->detections.at(0).box.x2, 400.0 / 1920);
  EXPECT_EQ(home.samples, 2U);

  home.pass(5s);
  x = home.hear(events, event("update", state(first + 5, {300, 200, 420, 300}),
                              state(first, {300, 200, 410, 300})));
  EXPECT_FALSE(x.missed) << "that is known";

  home.pass(10s);
  x = home.hear(events, event("update", state(first + 15, {300, 200, 440, 300}),
                              state(first + 10, {300, 200, 430, 300})));
  ASSERT_TRUE(x.missed) << "one was lost";
  EXPECT_EQ(x.missed->captured, first + 10);
  EXPECT_EQ(home.samples, 5U);

  home.pass(10s);
  auto unsure = state(first + 20, {300, 200, 450, 300});
  unsure["false_positive"] = true;
  x = home.hear(events, event("update", state(first + 25, {300, 200, 460, 300}), unsure));
  EXPECT_FALSE(x.missed);

  home.pass(100s);
  x = home.hear(events, event("update", state(first + 125, {300, 200, 470, 300}),
                              state(first + 60, {300, 200, 465, 300})));
  EXPECT_FALSE(x.missed) << "it is too old";
}

TEST(frigate_case, c06_an_end_too_tells_of_a_lost_update) {
  house home;
  const auto first = home.wall();
  home.hear(events, event("new", state(first, {300, 200, 400, 300})));
  home.pass(12s);
  auto last = state(first + 7, {300, 200, 430, 300});
  last["end_time"] = first + 12;
  const auto x = home.hear(events, event("end", last, state(first + 5, {300, 200, 420, 300})));
  ASSERT_TRUE(x.missed);
  EXPECT_EQ(x.missed->captured, first + 5);
  EXPECT_EQ(home.samples, 2U);
}

TEST(frigate_case, c07_the_end_of_an_unknown_object_is_ignored_and_counted) {
  house home;
  EXPECT_EQ(reason(home.hear(events, event("end", state(home.wall(), {300, 200, 400, 300}),
                                           state(home.wall() - 3, {300, 200, 390, 300})))),
            "unknown_object");
  EXPECT_TRUE(home.cameras().empty());
}

TEST(frigate_case, c08_what_frigate_itself_doubts_is_discarded) {
  house home;
  auto unsure = state(home.wall(), {300, 200, 400, 300});
  unsure["false_positive"] = true;
  EXPECT_EQ(reason(home.hear(events, event("new", unsure))), "false_positive");
  EXPECT_TRUE(home.cameras().empty());
}

TEST(frigate_case, c09_the_greatest_score_does_not_keep_a_decaying_object) {
  house home;
  int width = 400;
  const auto see = [&](double score) {
    home.pass(5s);
    return home.hear(events, event("update", state(home.wall(), {300, 200, ++width, 300}, score)));
  };
  EXPECT_EQ(reason(see(0.69)), "low_confidence");
  auto x = see(0.75);
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_DOUBLE_EQ(only(x).confidence, 0.72) << "the median of both";
  x = see(0.56);
  ASSERT_EQ(accepted(x), 1U) << "what counted goes on to";
  EXPECT_DOUBLE_EQ(only(x).confidence, 0.69);
  see(0.4);
  x = see(0.4);
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_DOUBLE_EQ(only(x).confidence, 0.56) << "0.8 of 0.7, and no less";
  EXPECT_EQ(reason(see(0.4)), "low_confidence");
  see(0.69);
  EXPECT_EQ(reason(see(0.69)), "low_confidence") << "it must become as sure as at first";
  for (int i = 0; i < 6; ++i)
    x = see(0.9);
  EXPECT_EQ(accepted(x), 1U) << "only the last ten tell";
}

TEST(frigate_case, c09_frigate_s_own_median_is_better) {
  house home;
  auto now = state(home.wall(), {300, 200, 400, 300}, 0.5);
  now["computed_score"] = 0.71;
  auto x = home.hear(events, event("new", now));
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_DOUBLE_EQ(only(x).confidence, 0.71);
  house other;
  now["score"] = 0.9;
  now["computed_score"] = 0.69;
  EXPECT_EQ(reason(other.hear(events, event("new", now))), "low_confidence");
  // Without anything else.
  house third;
  now.erase("score");
  now.erase("computed_score");
  EXPECT_DOUBLE_EQ(only(third.hear(events, event("new", now))).confidence, 0.9);
}

// -- edges ---------------------------------------------------------------------------------------

TEST(frigate_case, c14_a_plume_at_the_edge_is_told_and_never_too_large) {
  for (const auto& [corners, at_edge] :
       std::vector<std::pair<json, bool>>{{{0, 200, 400, 300}, true},
                                          {{300, 0, 400, 300}, true},
                                          {{300, 200, 1279, 300}, true},
                                          {{300, 200, 400, 719}, true},
                                          {{1, 1, 1278, 718}, false}}) {
    house home;
    home.decoding().frame_told("frigate", "barn", {1280, 720});
    const auto x = home.hear(events, event("new", state(home.wall(), corners)));
    ASSERT_EQ(accepted(x), 1U) << corners;
    EXPECT_EQ(only(x).at_edge, at_edge) << corners;
  }
  // The right edge of a frame of unknown size is unknown.
  house home;
  EXPECT_FALSE(
      only(home.hear(events, event("new", state(home.wall(), {300, 200, 1919, 1079})))).at_edge);
}

// -- instances and cameras -----------------------------------------------------------------------

using codes = std::vector<std::string>;

codes told(const std::vector<vigilance::finding>& all) {
  codes result;
  for (const auto& x : all)
    result.push_back(x.what.code + ' ' + x.what.subject);
  return result;
}

TEST(frigate_case, c16_a_camera_in_which_nothing_is_looked_for_is_not_online) {
  consensus_settings s;
  s.threshold = 1;
  house home{s};
  vigilance watch{s, 0s};
  const auto hear
      = [&](const std::string& topic, const std::string& payload, bool retained = false) {
          const auto x = home.hear(topic, payload, retained);
          ASSERT_TRUE(x.frigate) << topic;
          watch.frigate(*x.frigate, home.now());
        };
  const auto online = [&] { return watch.cameras().at("barn").first; };
  const auto* statistics = R"({"cameras": {"barn": {"camera_fps": 5}, "yard": {"camera_fps": 5}}})";
  watch.link_up(0s);
  hear("frigate/available", "online", true);
  hear("frigate/stats", statistics);
  EXPECT_TRUE(online());

  hear("frigate/barn/detect/state", "OFF", true);
  EXPECT_FALSE(online());
  hear("frigate/stats", statistics);
  EXPECT_FALSE(online()) << "it delivers frames, and nobody looks";
  EXPECT_EQ(told(watch.findings()), (codes{"camera_not_detecting barn", "camera_offline barn"}));
  hear("frigate/barn/detect/state", "ON");
  hear("frigate/stats", statistics);
  EXPECT_TRUE(online());
  EXPECT_EQ(told(watch.findings()), codes{});

  for (const auto* how : {"offline", "disabled"}) {
    hear("frigate/barn/status/detect", how);
    EXPECT_FALSE(online()) << how;
    hear("frigate/barn/detect/state", "ON", true);
    EXPECT_FALSE(online()) << "the switch alone does not make it work";
    hear("frigate/barn/status/detect", "online");
    hear("frigate/stats", statistics);
    EXPECT_TRUE(online()) << how;
  }
  // A Frigate that begins anew says so of its cameras again.
  hear("frigate/barn/status/detect", "offline");
  hear("frigate/available", "online");
  EXPECT_EQ(told(watch.findings()), codes{"camera_offline barn"});
  // Cameras that were never heard of are nobody's trouble, and neither are foreign words.
  hear("frigate/doorbell/detect/state", "OFF", true);
  EXPECT_EQ(told(watch.findings()), codes{"camera_offline barn"});
  EXPECT_EQ(reason(home.hear("frigate/barn/detect/state", "on")), "malformed");
  EXPECT_EQ(reason(home.hear("frigate/barn/status/detect", "?")), "malformed");
  EXPECT_EQ(reason(home.hear("frigate/barn/status/detect", "online", true)), "retained");
  EXPECT_EQ(reason(home.hear("frigate/_replay_barn/detect/state", "OFF")), "replayed_camera");
}

TEST(frigate_case, c16_a_retained_switch_does_not_bring_frigate_back) {
  consensus_settings s;
  house home{s};
  vigilance watch{s, 0s};
  watch.link_up(0s);
  for (const auto& [topic, payload] :
       {std::pair{"frigate/available", "offline"}, {"frigate/barn/detect/state", "ON"}})
    watch.frigate(*home.hear(topic, payload, true).frigate, 1s);
  EXPECT_EQ(told(watch.troubles()), codes{"frigate_offline frigate"});
}

TEST(frigate_case, c17_retained_events_are_dropped) {
  house home;
  EXPECT_EQ(reason(home.hear(events, event("new", state(home.wall(), {300, 200, 400, 300})), true)),
            "retained");
  EXPECT_EQ(reason(home.hear("fire/detection/barn", direct(0.1), true)), "retained");
  EXPECT_TRUE(home.cameras().empty());
}

// -- time
// -------------------------------------------------------------------------------------------

TEST(frigate_case, c18_age_is_told_by_the_frame_and_kept_with_the_sighting) {
  house home;
  EXPECT_EQ(reason(home.hear(events, event("new", state(home.wall() - 61, {0, 0, 400, 300})))),
            "stale");
  auto x = home.hear(events, event("new", state(home.wall() - 59, {0, 0, 400, 300})));
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_EQ(x.seen->captured, home.wall() - 59);
  x = home.hear("fire/detection/south", direct(0.1, home.wall() - 3));
  EXPECT_EQ(x.seen->captured, home.wall() - 3);
  EXPECT_EQ(home.hear("fire/detection/south", direct(0.1)).seen->captured, 0);
}

// What the house says of a Frigate whose events are `lag` seconds old, and how grave it is.
std::string skew_of(double lag) {
  consensus_settings s;
  house home{s};
  vigilance watch{s, 0s};
  watch.link_up(0s);
  for (int i = 0; i < 5; ++i) {
    home.pass(5s);
    // One that was long on the way says nothing of the clock.
    const auto frame_time = home.wall() - lag - (i == 2 ? 30 : 0.4);
    const auto x = home.hear(events, event("update", state(frame_time, {0, 0, 400 + i, 300})));
    watch.frigate(*x.frigate, home.now());
  }
  for (const auto& x : watch.findings())
    if (x.what.code == "clock_skew")
      return (x.what.trouble ? "trouble: " : "notice: ") + x.what.text;
  return {};
}

TEST(frigate_case, c18_a_skewed_clock_is_told_with_its_cure) {
  EXPECT_EQ(skew_of(0), "");
  EXPECT_EQ(skew_of(4), "");
  EXPECT_EQ(skew_of(12), "notice: the clock of Frigate (frigate) is 12 s behind ours: synchronise "
                         "both by NTP");
  EXPECT_EQ(
      skew_of(-20.4),
      "notice: the clock of Frigate (frigate) is 20 s ahead of ours: synchronise both by NTP");
  EXPECT_EQ(skew_of(3600), "trouble: the clock of Frigate (frigate) is 3600 s behind ours, so that "
                           "its events are too old to count: synchronise both by NTP");
}

TEST(frigate_case, c18_statistics_tell_of_the_clock_before_there_is_a_fire) {
  house home;
  frigate_sign last;
  for (int i = 0; i < 3; ++i) {
    home.pass(60s);
    last = *home.hear("frigate/stats",
                      json{{"cameras", json::object()},
                           {"service", {{"last_updated", std::floor(home.wall() - 100)}}}}
                          .dump())
                .frigate;
  }
  EXPECT_NEAR(last.clock_lag_s, 100, 1);
}

TEST(frigate_case, c19_a_second_delivery_is_no_second_sample) {
  house home;
  const auto once = event("new", state(home.wall(), {300, 200, 400, 300}));
  home.hear(events, once);
  EXPECT_EQ(reason(home.hear(events, once)), "duplicate");
  auto last = state(home.wall(), {300, 200, 400, 300});
  last["end_time"] = home.wall() + 5;
  EXPECT_EQ(home.hear(events, event("end", last)).seen->kind, sighting_kind::end_of_objects);
  EXPECT_EQ(reason(home.hear(events, event("end", last))), "duplicate");
  EXPECT_EQ(home.samples, 1U);
  EXPECT_EQ(home.repeated, 0U);
  // Another instance, or another object, is another matter.
  auto other = state(home.wall(), {300, 200, 400, 300});
  other["id"] = "1750000000.1-ghijkl";
  EXPECT_EQ(accepted(home.hear(events, event("new", other))), 1U);
}

TEST(frigate_case, c20_what_comes_late_is_dropped) {
  house home;
  home.hear(events, event("new", state(home.wall(), {300, 200, 400, 300})));
  home.pass(5s);
  home.hear(events, event("update", state(home.wall(), {300, 200, 440, 300})));
  EXPECT_EQ(
      reason(home.hear(events, event("update", state(home.wall() - 2, {300, 200, 420, 300})))),
      "out_of_order");
  EXPECT_EQ(home.samples, 2U);
}

TEST(frigate_case, c20_a_clock_that_is_set_back_does_not_silence_an_object) {
  for (const auto wrong : {600.0, 1e300}) {
    house home;
    home.hear(events, event("new", state(home.wall() + wrong, {300, 200, 400, 300})));
    home.pass(5s);
    const auto x = home.hear(events, event("update", state(home.wall(), {300, 200, 420, 300}),
                                           state(home.wall() + wrong, {300, 200, 400, 300})));
    EXPECT_EQ(accepted(x), 1U) << wrong;
    home.pass(5s);
    EXPECT_EQ(
        reason(home.hear(events, event("update", state(home.wall() - 8, {300, 200, 430, 300})))),
        "out_of_order")
        << "the order holds again";
  }
}

// -- identity ------------------------------------------------------------------------------------

TEST(frigate_case, c21_one_lens_by_frigate_and_direct_has_one_vote) {
  house home;
  for (int i = 0; i < 8; ++i) {
    const auto area = i < 4 ? 0.1 : 0.3;
    home.hear("fire/detection/AA:BB:CC:DD:EE:FF", direct(area));
    auto now = state(home.wall(), {0, 0, 1900 * area, 1000 + i});
    now["camera"] = "cam_aabbccddeeff";
    home.hear(events, event("update", now));
    home.hear("fire/detection/aa-bb-cc-dd-ee-ff", direct(area));
    home.pass(1s);
  }
  EXPECT_EQ(home.agreeing(), codes{"aabbccddeeff"});
  EXPECT_TRUE(home.triggers.empty());
  EXPECT_EQ(home.hear("fire/detection/AA:BB:CC:DD:EE:FF", direct(0.1)).seen->name,
            "AA:BB:CC:DD:EE:FF");
}

TEST(frigate_case, c22_one_camera_at_two_frigates_has_one_vote) {
  acceptance_settings s;
  s.frigate_prefixes = {"frigate", "site/nvr"};
  s.cameras["north"].aliases = {"frigate/barn", "site/nvr/cam1"};
  s.cameras["north"].frame = {1280, 720};
  s.cameras["off"].aliases = {"site/nvr/barn"};
  s.cameras["off"].enabled = false;
  house home{settings_with(s)};
  const auto see = [&](const std::string& prefix, const std::string& camera, int width) {
    auto now = state(home.wall(), {0, 100, width, 300});
    now["camera"] = camera;
    return home.hear(prefix + "/events", event("update", now));
  };
  for (int i = 0; i < 8; ++i) {
    const auto x = see("frigate", "barn", 200 + 30 * i);
    EXPECT_EQ(x.seen->source, "frigate");
    EXPECT_EQ(x.seen->frame_width, 1280U);
    EXPECT_EQ(x.seen->name, "") << "the owner's name for it is known";
    EXPECT_EQ(see("site/nvr", "cam1", 200 + 30 * i).seen->source, "site/nvr");
    home.pass(1s);
  }
  EXPECT_EQ(home.agreeing(), codes{"north"});
  EXPECT_TRUE(home.triggers.empty());
  // A name that two instances give to different cameras.
  EXPECT_EQ(reason(see("site/nvr", "barn", 300)), "camera_disabled");
  EXPECT_EQ(see("frigate", "cam1", 300).seen->camera, "cam1");
}

// -- labels
// ----------------------------------------------------------------------------------------

TEST(frigate_case, c23_labels_in_any_case_and_confirmed_ones_count) {
  acceptance_settings s;
  s.labels = {{"fire", label_class::fire},
              {"rauch", label_class::smoke},
              {"steam", label_class::ignore},
              {"kiln-verified", label_class::ignore}};
  house home{settings_with(s)};
  const auto hear = [&](const std::string& label) {
    home.pass(1s);
    auto now = state(home.wall(), {0, 100, 300, 300});
    now["label"] = label;
    return home.hear(events, event("update", now));
  };
  for (const auto* label : {"fire", "Fire", "FIRE", "fire-verified", "Fire-Verified"})
    EXPECT_EQ(only(hear(label)).sign, fire_sign::fire) << label;
  for (const auto* label : {"rauch", "Rauch-verified"})
    EXPECT_EQ(only(hear(label)).sign, fire_sign::smoke) << label;
  EXPECT_EQ(reason(hear("Steam")), "ignored_label");
  EXPECT_EQ(reason(hear("steam-verified")), "ignored_label");
  EXPECT_EQ(reason(hear("kiln-verified")), "ignored_label");
  EXPECT_EQ(reason(hear("smoke")), "unknown_label");
  EXPECT_EQ(reason(hear("fire-hydrant")), "unknown_label");
  EXPECT_EQ(reason(hear("-verified")), "unknown_label");
}

TEST(frigate_case, c24_members_of_any_form_are_borne) {
  for (const auto& patch : std::vector<json>{
           {{"sub_label", {"campfire", 0.8}}},
           {{"sub_label", "campfire"}},
           {{"sub_label", nullptr}},
           {{"top_score", 0}},
           {{"top_score", nullptr}},
           {{"path_data", {1, "x", nullptr}}},
           {{"path_data", {{{0.5}, 1}, {{"x", 1}, 2}}}},
           {{"path_data", "none"}},
           {{"current_attributes", {{{"label", "face"}, {"box", {1, 2, 3, 4}}}}}},
           {{"snapshot", nullptr}, {"whatever", {{"a", json::array()}}}},
           {{"end_time", "never"}},
       }) {
    house home;
    auto now = state(home.wall(), {300, 200, 400, 300});
    now.update(patch);
    EXPECT_EQ(accepted(home.hear(events, event("new", now))), 1U) << patch;
  }
  for (const auto& before : {json(nullptr), json(7), json::array(), json{{"frame_time", "x"}},
                             json{{"frame_time", 1750000000}}, json{{"box", 3}}}) {
    house home;
    const auto x
        = home.hear(events, event("update", state(home.wall(), {300, 200, 400, 300}), before));
    EXPECT_EQ(accepted(x), 1U) << before;
    EXPECT_FALSE(x.missed) << before;
  }
}

TEST(frigate_case, c24_recorded_payloads_of_every_version_are_understood) {
  const auto folder = frigate_test::payload_folder();
  if (!folder)
    GTEST_SKIP() << "the recorded payloads are not there";
  acceptance_settings s;
  s.labels
      = {{"person", label_class::fire}, {"car", label_class::fire}, {"fire", label_class::fire}};
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{*folder}) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("real_events_") && !name.starts_with("gen_events_"))
      continue;
    ++files;
    house home{settings_with(s)};
    for (const auto& [when, payload] : frigate_test::payloads(entry.path())) {
      auto message = home.message(events, payload.dump());
      message.received_at = payload.at("after").at("frame_time").get<double>() + 0.2;
      const auto x = home.hear(message);
      EXPECT_TRUE(x.dropped.empty())
          << name << ' ' << when << ' ' << to_string(x.dropped[0].reason);
      EXPECT_TRUE(x.seen) << name;
      home.pass(5s);
    }
  }
  EXPECT_GE(files, 10);
}

TEST(frigate_case, c25_replayed_recordings_are_no_cameras) {
  acceptance_settings s;
  s.cameras["north"].aliases = {"_replay_barn"};
  house home{settings_with(s)};
  auto now = state(home.wall(), {300, 200, 400, 300});
  now["camera"] = "_replay_barn";
  EXPECT_EQ(reason(home.hear(events, event("new", now))), "replayed_camera");
  EXPECT_TRUE(home.cameras().empty());
}

TEST(frigate_case, c27_prefixes_are_those_of_the_configuration) {
  acceptance_settings s;
  s.frigate_prefixes = {"site/nvr", "two"};
  house home{settings_with(s)};
  const auto now = event("new", state(home.wall(), {300, 200, 400, 300}));
  EXPECT_EQ(accepted(home.hear("site/nvr/events", now)), 1U);
  EXPECT_EQ(accepted(home.hear("two/events", now)), 1U)
      << "the same id elsewhere is another object";
  EXPECT_EQ(reason(home.hear("frigate/events", now)), "bad_topic");
  EXPECT_EQ(reason(home.hear("nvr/events", now)), "bad_topic");
  EXPECT_EQ(reason(home.hear("frigate/barn/detect/state", "OFF")), "bad_topic");
  EXPECT_TRUE(home.hear("site/nvr/barn/detect/state", "OFF").frigate);
}

TEST(frigate_case, c28_what_is_no_json_disturbs_nothing) {
  const auto folder = frigate_test::payload_folder();
  if (!folder)
    GTEST_SKIP() << "the recorded payloads are not there";
  std::ifstream in{*folder / "nonjson_and_retained_topics.json"};
  const auto table = json::parse(in);
  ASSERT_FALSE(table.at("topics").empty());
  for (const auto& entry : table.at("topics")) {
    auto topic = entry.at("topic").get<std::string>();
    if (const auto at = topic.find("<camera>"); at != std::string::npos)
      topic.replace(at, 8, "barn");
    for (const auto* payload : {"ON", "online", "30", "", "\xff\xd8\xff\xe0\0JFIF", "{", "[]"})
      for (const bool retained : {false, true}) {
        house home;
        const auto x = home.hear(topic, payload, retained);
        EXPECT_TRUE(x.frigate || !x.dropped.empty()) << topic << ' ' << payload;
        EXPECT_FALSE(x.seen) << topic << ' ' << payload;
      }
  }
  house home;
  EXPECT_EQ(reason(home.hear(events, "\xff\xd8\xff\xe0")), "not_utf8");
}

// -- load ----------------------------------------------------------------------------------------

TEST(frigate_case, c29_foreign_labels_are_dropped_before_they_are_parsed) {
  house home;
  const auto hear = [&](const std::string& payload) { return home.hear(events, payload); };
  // Nothing after the label is looked at.
  const auto x = hear(R"({"type": "new", "after": {"camera": "a", "label" : "person", "box": )");
  EXPECT_EQ(reason(x), "unknown_label");
  EXPECT_TRUE(x.frigate) << "somebody spoke";
  // What only looks foreign is understood all the same.
  home.pass(1s);
  auto text = event("update", state(home.wall(), {300, 200, 400, 300}));
  const auto replaced = [&text](const std::string& from, const std::string& to) {
    auto result = text;
    result.replace(result.find(from), from.size(), to);
    return result;
  };
  EXPECT_EQ(accepted(hear(replaced(R"("label":"fire")", R"("label" :  "f\u0069re")"))), 1U);
  home.pass(1s);
  text = event("update", state(home.wall(), {300, 200, 401, 300}));
  EXPECT_EQ(accepted(hear(replaced(R"("label")", R"("l\u0061bel")"))), 1U);
  home.pass(1s);
  text = event("update", state(home.wall(), {300, 200, 402, 300}), {{"label", "person"}});
  EXPECT_EQ(accepted(hear(text)), 1U) << "one of the labels is ours";
  home.pass(1s);
  text = event("update", state(home.wall(), {300, 200, 403, 300}));
  EXPECT_EQ(accepted(hear(replaced(R"("label":"fire")", R"("label":"person","label":"fire")"))),
            1U);
  home.pass(1s);
  text = event("update", state(home.wall(), {300, 200, 404, 300}));
  EXPECT_EQ(reason(hear(replaced(R"("label":"fire")", R"("x":"fire","label":"a\"b")"))),
            "unknown_label");
}

TEST(frigate_case, c29_long_payloads_are_read_and_endless_ones_dropped) {
  house home;
  auto now = state(home.wall(), {300, 200, 400, 300});
  auto path = json::array();
  for (int i = 0; i < 5'000; ++i)
    path.push_back({{0.5, 0.5}, 1750000000.0 + i * 0.2});
  now["path_data"] = path;
  auto text = event("new", now);
  ASSERT_GT(text.size(), 100'000U);
  EXPECT_EQ(accepted(home.hear(events, text)), 1U);
  text.append(max_payload_bytes, ' ');
  EXPECT_EQ(reason(home.hear(events, text)), "too_large");
}

TEST(frigate_case, c29_foreign_names_do_not_fill_the_memory) {
  frigate_memory memory;
  for (std::size_t i = 0; i < 3 * frigate_memory::max_objects; ++i) {
    memory.object("frigate", std::to_string(i)).confidence = 0.5;
    memory.object("frigate", "fire").confidence = 0.9;
    memory.camera("frigate", std::to_string(i)).told = {640, 360};
  }
  EXPECT_EQ(memory.find_object("frigate", "0"), nullptr);
  ASSERT_NE(memory.find_object("frigate", "fire"), nullptr) << "what is used stays";
  EXPECT_EQ(memory.find_object("other", "fire"), nullptr);
  EXPECT_EQ(memory.camera("frigate", "0").told, (frame_size{0, 0}));
}

// -- 35: cameras that turn
// -------------------------------------------------------------------------

TEST(frigate_case, c35_what_a_turning_camera_sees_is_marked) {
  house home;
  int width = 400;
  const auto turning = [&] {
    home.pass(1s);
    return home.hear(events, event("update", state(home.wall(), {300, 200, ++width, 300})))
        .seen->turning;
  };
  EXPECT_FALSE(turning());
  home.hear("frigate/barn/ptz_autotracker/active", "ON");
  EXPECT_TRUE(turning());
  home.hear("frigate/yard/ptz_autotracker/active", "OFF");
  EXPECT_TRUE(turning());
  home.hear("frigate/barn/ptz_autotracker/active", "OFF");
  EXPECT_FALSE(turning());
  EXPECT_EQ(reason(home.hear("frigate/barn/ptz_autotracker/active", "ON", true)), "retained");
  EXPECT_FALSE(turning());
  home.hear("frigate/barn/ptz_autotracker/active", "ON");
  home.pass(longest_turn);
  EXPECT_FALSE(turning()) << "a lost OFF does not make it blind";
  EXPECT_EQ(reason(home.hear("frigate/barn/ptz_autotracker/active", "1")), "malformed");
}

// -- what tracking makes of it
// ---------------------------------------------------------------------

// Two cameras see the generated fire of a version; only events of these types are published.
std::size_t triggers_of(const std::filesystem::path& file, const std::vector<std::string>& types) {
  house home;
  // Their clock and ours.
  home.step_wall(-to_seconds(home.now()));
  const auto start = home.now();
  const auto all = frigate_test::payloads(file);
  for (const auto& [after, payload] : all) {
    home.pass_to(start + from_seconds(after));
    const auto type = payload.at("type").get<std::string>();
    if (std::find(types.begin(), types.end(), type) == types.end())
      continue;
    for (const auto* camera : {"one", "two"}) {
      auto own = payload;
      for (const auto* side : {"before", "after"}) {
        own[side]["camera"] = camera;
        own[side]["id"] = own[side]["id"].get<std::string>() + camera;
      }
      home.hear(events, own.dump());
    }
  }
  return home.triggers.size();
}

TEST(frigate_case, c10_a_threshold_above_ours_is_told) {
  consensus_settings ours;
  ours.acceptance.min_confidence = .7;
  vigilance x{ours, 0s};
  const auto told_of = [&x](double threshold) {
    x.frigate_api({"frigate", "", "0.16", {{"north", 1280, 720, 5, true, true, threshold}}}, 1s);
    const auto all = x.findings();
    return std::any_of(all.begin(), all.end(), [](const vigilance::finding& f) {
      return f.what.code == "frigate_threshold_above_ours" && f.what.subject == "north";
    });
  };
  EXPECT_TRUE(told_of(.8));
  EXPECT_FALSE(told_of(.7));
}

TEST(frigate_case, c26_a_camera_that_is_not_registered_is_followed_and_has_no_vote) {
  const auto burn = [](bool registered_only) {
    consensus_settings s;
    s.threshold = 1;
    if (registered_only)
      s.tracking.registered.emplace();
    house home{s};
    for (int i = 0; i < 6; ++i) {
      home.hear("fire/detection/stranger", direct(i < 3 ? .1 : .2));
      home.pass(1s);
    }
    EXPECT_EQ(home.samples, 6U);
    return home.triggers.size();
  };
  EXPECT_EQ(burn(true), 0U);
  EXPECT_EQ(burn(false), 1U);
}

TEST(frigate_case, c32_a_camera_that_cannot_see_fire_is_trouble) {
  vigilance x{{}, 0s};
  x.frigate_api({"frigate", "", "0.16", {{"north", 1280, 720, 5, true, false, .7}}}, 1s);
  const auto all = x.troubles();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const vigilance::finding& f) {
    return f.what.code == "camera_cannot_see_fire" && f.what.subject == "north";
  }));
}

TEST(frigate_case, c11_a_fire_that_is_told_seldom_is_verified) {
  const auto folder = frigate_test::payload_folder();
  if (!folder)
    GTEST_SKIP() << "the recorded payloads are not there";
  const auto files = frigate_test::generated_fires(*folder);
  ASSERT_GE(files.size(), 7U);
  for (const auto& file : files)
    EXPECT_EQ(triggers_of(file, {"new", "update", "end"}), 1U) << file;
}

TEST(frigate_case, c11_ends_alone_verify_nothing) {
  const auto folder = frigate_test::payload_folder();
  if (!folder)
    GTEST_SKIP() << "the recorded payloads are not there";
  for (const auto& file : frigate_test::generated_fires(*folder)) {
    EXPECT_EQ(triggers_of(file, {"end"}), 0U) << file;
    EXPECT_EQ(triggers_of(file, {"new", "end"}), 0U) << file;
  }
}

TEST(frigate_case, c12_a_fast_detector_is_looked_at_over_the_whole_window) {
  house home;
  for (int i = 0; i < 300; ++i) {
    home.hear("fire/detection/south", direct(0.1 * (1 + 0.5 * i / 300)));
    home.pass(100ms);
  }
  EXPECT_EQ(home.agreeing(), codes{"south"}) << "1.5 times in 30 s, 1.14 times in the last ten";
}

TEST(frigate_case, c13_an_object_whose_id_changes_is_one_fire) {
  house home;
  for (int i = 0; i < 12; ++i) {
    auto now = state(home.wall(), {300, 300, 400 + 20 * i, 400 + 10 * i});
    now["id"] = "1750000000.1-" + std::to_string(i / 2);
    now["label"] = i % 4 == 0 ? "smoke" : "fire";
    home.hear(events, event(i % 2 == 0 ? "new" : "update", now));
    home.pass(3s);
  }
  EXPECT_EQ(home.agreeing(), codes{"barn"});
}

void grow(house& home, int count) {
  for (int i = 0; i < count; ++i) {
    home.hear(events, event("update", state(home.wall(), {300, 300, 400 + 30 * i, 400 + 10 * i})));
    home.pass(3s);
  }
}

TEST(frigate_case, c15_an_object_that_nobody_speaks_of_is_gone) {
  house home;
  grow(home, 9);
  EXPECT_EQ(home.agreeing(), codes{"barn"});
  home.pass(76s);
  EXPECT_TRUE(home.agreeing().empty());
  for (const auto& [id, camera] : home.cameras())
    EXPECT_EQ(camera.active_objects, 0U) << id;
}

TEST(frigate_case, c34_another_frame_size_is_no_growth) {
  house home;
  const auto see = [&](int i) {
    home.pass(2s);
    // It stands still; only its edges flicker.
    home.hear(events, event("update", state(home.wall(), {300, 200, 400 + i % 2, 260})));
  };
  for (int i = 0; i < 5; ++i)
    see(i);
  home.decoding().frame_told("frigate", "barn", {640, 360});
  for (int i = 0; i < 8; ++i) {
    see(i);
    EXPECT_TRUE(home.agreeing().empty()) << i;
  }
}

TEST(frigate_case, c35_a_camera_that_turns_sees_nothing_grow) {
  house home;
  home.hear("frigate/barn/ptz_autotracker/active", "ON");
  grow(home, 9);
  EXPECT_TRUE(home.agreeing().empty());
}

TEST(frigate_case, c36_a_step_of_our_wall_clock_changes_nothing) {
  for (const auto step : {3600.0, -3600.0}) {
    house home;
    const auto burn = [&](const std::vector<std::string>& cameras) {
      for (int i = 0; i < 6; ++i) {
        for (const auto& camera : cameras)
          home.hear("fire/detection/" + camera, direct(i < 3 ? 0.1 : 0.2));
        home.pass(1s);
        if (i == 3)
          home.step_wall(step);
      }
    };
    burn({"north", "south"});
    EXPECT_EQ(home.triggers.size(), 1U) << step;
    home.pass(250s);
    burn({"north", "south"});
    EXPECT_EQ(home.triggers.size(), 1U) << "the pause still runs";
    home.pass(60s);
    burn({"north", "south"});
    EXPECT_EQ(home.triggers.size(), 2U);
  }
}

} // namespace
} // namespace firefinder::frigate_cases_test
