#include "actors/consensus/tracking.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace firefinder::tracking_test {
namespace {

using namespace std::chrono_literals;

detection object(const std::string& name, double area, double confidence = 0.9) {
  // A box from the lower left corner with that area.
  return {name, fire_sign::fire, confidence, {0, 0, area, 1}, area};
}

sighting seen(const std::string& camera, monotonic at, std::vector<detection> what) {
  sighting result;
  result.camera = camera;
  result.kind = sighting_kind::frame;
  result.detections = std::move(what);
  result.at = at;
  return result;
}

// Feeds areas to one object, one per second, and returns the last outcome.
tracking::outcome feed(tracking& cameras, const std::string& camera, const std::string& name,
                       const std::vector<double>& areas, monotonic start = 100s,
                       timespan step = 1s) {
  tracking::outcome last;
  for (std::size_t i = 0; i < areas.size(); ++i)
    last = cameras.add(seen(camera, start + static_cast<int>(i) * step, {object(name, areas[i])}));
  return last;
}

bool agrees(const tracking::outcome& x) { return x.change && x.change->agrees(); }

// -- what an earlier process saw, and what waited ---------------------------------------------

TEST(restored, cameras_agree_as_before_and_one_more_sample_goes_on) {
  tracking cameras{{}};
  std::vector<sighting> before;
  for (int i = 0; i < 6; ++i)
    before.push_back(seen("a", 100s + i * 1s, {object("x", i < 3 ? .1 : .2)}));
  for (int i = 0; i < 5; ++i)
    before.push_back(seen("b", 100s + i * 1s, {object("x", i < 3 ? .1 : .2)}));
  const auto verdicts = cameras.restore(before, 110s, 50s);
  ASSERT_EQ(verdicts.size(), 2U);
  for (const auto& v : verdicts) {
    EXPECT_EQ(v.agrees(), v.camera == "a");
    EXPECT_TRUE(v.by_detection);
    EXPECT_EQ(v.at, 110s);
    EXPECT_TRUE(v.online);
  }
  EXPECT_TRUE(agrees(cameras.add(seen("b", 111s, {object("x", .2)}))));
}

TEST(restored, what_is_not_fresh_decides_nothing) {
  tracking cameras{{}};
  const auto verdicts = cameras.restore({seen("a", 100s, {object("x", .1)})}, 110s, 100s);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_FALSE(verdicts[0].by_detection);
}

TEST(restored, what_is_too_old_is_no_evidence_and_a_silent_camera_offline) {
  tracking cameras{{}};
  std::vector<sighting> before;
  for (int i = 0; i < 6; ++i)
    before.push_back(seen("a", 100s + i * 1s, {object("x", i < 3 ? .1 : .2)}));
  const auto verdicts = cameras.restore(before, 170s, 50s);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_FALSE(verdicts[0].online);
  EXPECT_TRUE(verdicts[0].evidence.empty());
}

TEST(waiting, samples_are_judged_as_of_their_own_moment) {
  tracking cameras{{}};
  // Time has passed while nothing was heard.
  static_cast<void>(cameras.advance(200s));
  EXPECT_TRUE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2}, 150s)));
  const auto late = feed(cameras, "b", "x", {.1, .1, .1, .2, .2, .2}, 150s);
  ASSERT_TRUE(late.change);
  EXPECT_EQ(late.change->at, 155s);
  EXPECT_EQ(late.change->evidence_until, 155s + 30s);
}

TEST(waiting, the_time_of_one_camera_never_runs_backwards) {
  tracking cameras{{}};
  static_cast<void>(feed(cameras, "a", "x", {.1, .1, .1, .2, .2}, 100s));
  const auto older = cameras.add(seen("a", 50s, {object("x", .2)}));
  ASSERT_TRUE(agrees(older));
  EXPECT_EQ(older.change->at, 104s);
}

// -- names -----------------------------------------------------------------------------

// Of few objects each is asked for its name, of many an index; one becomes the other.
TEST(names, mean_the_same_objects_when_few_become_many) {
  tracking cameras{{}};
  const auto name_of = [](int i) { return "object " + std::to_string(i); };
  // What has no name is numbered, and is not what is called so.
  static_cast<void>(cameras.add(seen("a", 99s, {object("", .3)})));
  for (int second = 0; second < 5; ++second) {
    std::vector<detection> all;
    for (int i = 0; i < 1 + 5 * second; ++i)
      all.push_back(object(i == 0 ? "0" : name_of(i), .01));
    const auto accepted = all.size();
    EXPECT_EQ(cameras.add(seen("a", 100s + second * 1s, std::move(all))).accepted, accepted);
  }
  EXPECT_EQ(cameras.figures(104s).at("a").active_objects, 22U);
  // They have been followed all the time: the first has five samples, the last one.
  for (int i = 0; i < 30; ++i) {
    cameras.watch(true);
    const auto told = cameras.add(seen("a", 105s, {object(i == 0 ? "0" : name_of(i), .02)}));
    ASSERT_EQ(told.evidence.size(), 1U);
    EXPECT_EQ(told.evidence[0].growth > 0, i < 1) << i;
  }
  EXPECT_EQ(cameras.figures(105s).at("a").active_objects, 31U);
}

// -- growth ----------------------------------------------------------------------------

TEST(growth, needs_twice_the_average_in_samples) {
  tracking cameras{{}};
  EXPECT_FALSE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .2, .2})));
  EXPECT_TRUE(agrees(feed(cameras, "a", "x", {.2}, 105s)));
}

TEST(growth, exactly_the_ratio_counts) {
  tracking_settings settings;
  settings.growth_ratio = 1.5;
  tracking exact{settings};
  EXPECT_TRUE(agrees(feed(exact, "a", "x", {.25, .25, .25, .375, .375, .375})));
  tracking below{settings};
  EXPECT_FALSE(agrees(feed(below, "a", "x", {.25, .25, .25, .374, .374, .374})));
}

TEST(growth, compares_medians_not_single_samples) {
  tracking cameras{{}};
  EXPECT_FALSE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .1, .1, .7})));
  tracking outlier{{}};
  // A single shrinking step says nothing: the medians decide.
  EXPECT_TRUE(agrees(feed(outlier, "b", "x", {.1, .1, .1, .2, .05, .2})));
}

TEST(growth, median_of_an_even_number_is_the_mean_of_the_middle_two) {
  tracking_settings settings;
  settings.moving_average = 2;
  settings.growth_ratio = 2;
  tracking cameras{settings};
  // (0.1 + 0.3) / 2 = 0.2 and (0.3 + 0.5) / 2 = 0.4
  const auto x = feed(cameras, "a", "x", {.1, .3, .3, .5});
  ASSERT_TRUE(agrees(x));
  EXPECT_DOUBLE_EQ(x.change->evidence[0].first_area, .2);
  EXPECT_DOUBLE_EQ(x.change->evidence[0].last_area, .4);
}

TEST(growth, average_of_one_compares_first_and_last) {
  tracking_settings settings;
  settings.moving_average = 1;
  tracking cameras{settings};
  EXPECT_TRUE(agrees(feed(cameras, "a", "x", {.1, .2})));
}

TEST(growth, evidence_says_what_was_seen) {
  tracking cameras{{}};
  const auto x = feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .3});
  ASSERT_TRUE(agrees(x));
  const auto& evidence = x.change->evidence.at(0);
  EXPECT_EQ(evidence.object, "x");
  EXPECT_EQ(evidence.samples, 6U);
  EXPECT_DOUBLE_EQ(evidence.first_area, .1);
  EXPECT_DOUBLE_EQ(evidence.last_area, .2);
  EXPECT_DOUBLE_EQ(evidence.growth(), 2);
  EXPECT_DOUBLE_EQ(evidence.confidence, .9);
  EXPECT_DOUBLE_EQ(evidence.span_s, 5);
}

TEST(growth, looks_no_further_back_than_the_window) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1, .1, .1});
  EXPECT_FALSE(agrees(feed(cameras, "a", "x", {.2, .2, .2}, 100s + 31s, 1s)));
}

TEST(growth, a_sample_of_exactly_the_window_s_age_counts) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1, .1, .1}, 100s, 0s);
  EXPECT_TRUE(agrees(feed(cameras, "a", "x", {.2, .2, .2}, 130s, 0s)));
}

TEST(growth, of_a_fast_source_is_that_of_the_whole_window) {
  tracking cameras{{}};
  // Ten a second for half a minute, growing by a third: no hundred of them grow by a fifth.
  std::vector<double> areas;
  for (int i = 0; i < 300; ++i)
    areas.push_back(.1 * std::pow(4. / 3, i / 300.));
  const auto x = feed(cameras, "a", "x", areas, 100s, 100ms);
  ASSERT_TRUE(agrees(x));
  EXPECT_NEAR(x.change->evidence[0].growth(), 4. / 3, .01);
  EXPECT_NEAR(x.change->evidence[0].span_s, 30, .5);
  EXPECT_LE(x.change->evidence[0].samples, track::capacity);
}

// -- time --------------------------------------------------------------------------------

TEST(time, a_backlog_does_not_shift_the_window) {
  // Samples of one minute that are handled in the same instant keep their distance.
  tracking cameras{{}};
  EXPECT_FALSE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2}, 100s, 12s)));
}

TEST(time, evidence_ends_when_its_samples_leave_the_window) {
  tracking cameras{{}};
  ASSERT_TRUE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2})));
  EXPECT_TRUE(cameras.advance(130s).empty()) << "the oldest is exactly 30 s old";
  const auto changes = cameras.advance(130s + 1ns);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].agrees());
  EXPECT_TRUE(changes[0].online);
  EXPECT_FALSE(changes[0].by_detection);
}

TEST(time, evidence_ends_with_whatever_comes_after_its_time) {
  for (const timespan later : {40s, 200s}) {
    tracking cameras{{}};
    ASSERT_TRUE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2})));
    // A sign of life, before any tick. After two windows the object is forgotten, too.
    const auto last = cameras.add(seen("a", 105s + later, {}));
    ASSERT_TRUE(last.change);
    EXPECT_FALSE(last.change->agrees());
    EXPECT_FALSE(cameras.figures(105s + later).at("a").agrees);
  }
}

TEST(time, an_object_that_gives_way_to_others_is_no_evidence) {
  tracking cameras{{}};
  ASSERT_TRUE(agrees(feed(cameras, "a", "", {.5, .5, .5, .7, .7, .7})));
  // Small ones, each apart from all others, drive it out.
  for (int i = 0; i < 100; ++i)
    static_cast<void>(cameras.add(
        seen("a", 106s + i * 1ms,
             {{"", fire_sign::fire, .9, {.9 + .001 * i, .9, .9005 + .001 * i, 1}, .00005}})));
  EXPECT_FALSE(cameras.figures(107s).at("a").agrees);
}

TEST(time, the_deadline_is_when_the_next_change_is_due) {
  tracking cameras{{}};
  EXPECT_FALSE(cameras.next_deadline());
  feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2});
  ASSERT_TRUE(cameras.next_deadline());
  EXPECT_EQ(*cameras.next_deadline(), 130s + 1ns);
}

TEST(time, a_message_from_the_past_tells_of_the_past) {
  tracking cameras{{}};
  static_cast<void>(cameras.advance(500s));
  EXPECT_TRUE(cameras.add(seen("a", 100s, {})).change->online);
  const auto changes = cameras.advance(500s);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].online);
}

// -- cameras -----------------------------------------------------------------------------

TEST(camera, is_offline_when_its_time_is_over_and_not_at_a_clean_up) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1});
  EXPECT_TRUE(cameras.advance(160s).empty());
  const auto changes = cameras.advance(160s + 1ns);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].online);
}

TEST(camera, that_is_offline_does_not_agree) {
  tracking_settings settings;
  settings.camera_timeout = 10s;
  tracking cameras{settings};
  ASSERT_TRUE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2})));
  const auto changes = cameras.advance(115s + 1ns);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].agrees());
  EXPECT_FALSE(changes[0].evidence.empty());
  // It comes back with its next message, and with what it still knows.
  const auto back = cameras.add(seen("a", 116s, {}));
  ASSERT_TRUE(back.change);
  EXPECT_TRUE(back.change->agrees());
  EXPECT_FALSE(back.change->by_detection);
}

TEST(camera, news_is_told_once_and_evidence_with_every_detection) {
  tracking cameras{{}};
  EXPECT_TRUE(cameras.add(seen("a", 100s, {object("x", .1)})).news);
  for (int i = 1; i < 5; ++i)
    EXPECT_FALSE(cameras.add(seen("a", 100s + i * 1s, {object("x", i < 3 ? .1 : .2)})).change);
  const auto verified = cameras.add(seen("a", 105s, {object("x", .2)}));
  EXPECT_TRUE(verified.news);
  const auto again = cameras.add(seen("a", 106s, {object("x", .2)}));
  EXPECT_FALSE(again.news);
  EXPECT_TRUE(agrees(again));
  EXPECT_TRUE(again.change->by_detection);
  EXPECT_FALSE(cameras.add(seen("a", 107s, {})).change) << "a frame with nothing in it is no news";
}

TEST(camera, has_one_vote_however_many_objects) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2});
  const auto x = feed(cameras, "a", "y", {.1, .1, .1, .2, .2, .2}, 106s);
  ASSERT_TRUE(agrees(x));
  ASSERT_EQ(x.change->evidence.size(), 2U);
  EXPECT_EQ(x.change->evidence[0].object, "x");
  EXPECT_EQ(x.change->evidence[1].object, "y");
}

TEST(camera, keeps_the_moment_at_which_it_became_known) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1, .1, .1, .2, .2});
  EXPECT_EQ(feed(cameras, "a", "x", {.2}, 105s).change->first_seen, 100s);
}

TEST(camera, figures_are_true) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2});
  static_cast<void>(cameras.add(seen("b", 105s, {})));
  const auto figures = cameras.figures(110s);
  EXPECT_TRUE(figures.at("a").online);
  EXPECT_TRUE(figures.at("a").agrees);
  EXPECT_EQ(figures.at("a").total_detections, 6U);
  EXPECT_EQ(figures.at("a").active_objects, 1U);
  EXPECT_DOUBLE_EQ(figures.at("a").last_seen_ago_s, 5);
  EXPECT_DOUBLE_EQ(figures.at("a").last_detection_ago_s, 5);
  EXPECT_EQ(figures.at("b").total_detections, 0U);
  EXPECT_DOUBLE_EQ(figures.at("b").last_detection_ago_s, -1);
}

// -- objects -----------------------------------------------------------------------------

TEST(object, without_a_name_continues_what_it_overlaps) {
  tracking cameras{{}};
  const auto at = [](double x, double size) {
    return detection{"", fire_sign::fire, 0.9, {x, 0, x + size, size}, size * size};
  };
  tracking::outcome last;
  for (int i = 0; i < 6; ++i)
    last = cameras.add(seen("a", 100s + i * 1s, {at(0, .2 + .02 * i), at(.6, .2)}));
  ASSERT_TRUE(agrees(last));
  ASSERT_EQ(last.change->evidence.size(), 1U) << "only the growing one of the two";
  EXPECT_EQ(last.change->evidence[0].object, "0");
}

TEST(object, that_jumps_about_is_not_one_object) {
  tracking cameras{{}};
  tracking::outcome last;
  for (int i = 0; i < 6; ++i) {
    const double x = .15 * i;
    const double size = .05 + .01 * i;
    last = cameras.add(seen("a", 100s + i * 1s,
                            {{"", fire_sign::fire, 0.9, {x, 0, x + size, size}, size * size}}));
  }
  EXPECT_FALSE(agrees(last));
}

detection nameless(double size) {
  return {"", fire_sign::fire, 0.9, {0, 0, size, size}, size * size};
}

// Two boxes around one still thing are no history of it.
TEST(object, takes_one_box_of_a_frame_at_the_most) {
  tracking cameras{{}};
  tracking::outcome last;
  for (int i = 0; i < 12; ++i)
    last = cameras.add(seen("a", 100s + i * 1s, {nameless(.2), nameless(.4)}));
  EXPECT_FALSE(agrees(last));
  EXPECT_EQ(cameras.figures(112s).at("a").active_objects, 2U);
}

TEST(object, of_a_single_frame_does_not_grow) {
  tracking cameras{{}};
  EXPECT_FALSE(agrees(cameras.add(seen(
      "a", 100s,
      {nameless(.1), nameless(.12), nameless(.14), nameless(.3), nameless(.32), nameless(.34)}))));
  std::vector<detection> same_name;
  for (const double area : {.1, .1, .1, .2, .2, .2})
    same_name.push_back(object("x", area));
  EXPECT_FALSE(agrees(cameras.add(seen("b", 100s, same_name))));
}

TEST(object, repeated_without_anything_new_is_alive_and_no_evidence) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1, .1, .1});
  for (int i = 0; i < 5; ++i) {
    auto again = object("x", .2);
    again.may_repeat = true;
    const auto x = cameras.add(seen("a", 103s + i * 1s, {again}));
    EXPECT_EQ(x.accepted, i == 0 ? 1U : 0U);
    EXPECT_EQ(x.repeated, i == 0 ? 0U : 1U);
    EXPECT_FALSE(agrees(x));
  }
  EXPECT_TRUE(cameras.figures(110s).at("a").online);
}

TEST(object, of_a_detector_that_never_repeats_counts_each_time) {
  tracking cameras{{}};
  EXPECT_TRUE(agrees(feed(cameras, "a", "x", {.1, .1, .1, .2, .2, .2})));
}

TEST(object, is_forgotten_after_two_windows) {
  tracking cameras{{}};
  feed(cameras, "a", "x", {.1});
  EXPECT_EQ(cameras.figures(160s).at("a").active_objects, 1U);
  EXPECT_EQ(cameras.figures(160s + 1ns).at("a").active_objects, 0U);
}

TEST(object, of_a_camera_that_was_quiet_is_judged_and_numbered_as_the_first_was) {
  tracking cameras{{}};
  const auto one_of_each = [&](monotonic from) {
    tracking::outcome last;
    for (int i = 0; i < 6; ++i)
      last = cameras.add(
          seen("a", from + i * 1s, {object("", i < 3 ? .1 : .2), object("x", i < 3 ? .3 : .6)}));
    return last;
  };
  const auto before = one_of_each(100s);
  ASSERT_TRUE(agrees(before));
  // What has no name comes after what has one.
  EXPECT_EQ(before.change->evidence.at(0).object, "x");
  EXPECT_EQ(before.change->evidence.at(1).object, "0");
  static_cast<void>(cameras.advance(1'000s));
  EXPECT_EQ(cameras.figures(1'000s).at("a").active_objects, 0U);
  EXPECT_EQ(cameras.standings("a", 1'000s).at("a").object, "");
  // A frame in which nothing is seen, objects that are no more, an instance that went.
  static_cast<void>(cameras.add(seen("a", 1'001s, {})));
  auto ended = seen("a", 1'002s, {});
  ended.kind = sighting_kind::end_of_objects;
  ended.ended = {"x"};
  static_cast<void>(cameras.add(ended));
  static_cast<void>(cameras.forget_source("", 1'003s));
  const auto after = one_of_each(1'010s);
  ASSERT_TRUE(agrees(after));
  EXPECT_EQ(after.change->evidence, before.change->evidence);
}

TEST(object, overlap_is_intersection_over_union) {
  const box a{0, 0, .2, .2};
  EXPECT_DOUBLE_EQ(overlap(a, a), 1);
  EXPECT_NEAR(overlap(a, {.1, 0, .3, .2}), 1.0 / 3, 1e-12);
  EXPECT_EQ(overlap(a, {.2, 0, .4, .2}), 0) << "touching is not overlapping";
}

// 3,000 objects on one camera took the reference 23 s.
TEST(bounds, thousands_of_objects_are_bounded) {
  tracking cameras{{}};
  for (int i = 0; i < 3000; ++i)
    static_cast<void>(
        cameras.add(seen("a", 100s + i * 1ms, {object("object " + std::to_string(i), .1)})));
  EXPECT_EQ(cameras.figures(104s).at("a").active_objects, tracking::max_tracks);
  EXPECT_EQ(cameras.figures(104s).at("a").total_detections, 3000U);
}

TEST(bounds, thousands_of_nameless_boxes_are_bounded) {
  tracking cameras{{}};
  for (int i = 0; i < 1000; ++i) {
    const double x = .0005 * (i % 1000) * 2;
    static_cast<void>(cameras.add(
        seen("a", 100s + i * 1ms, {{"", fire_sign::fire, .9, {x, 0, x + .0001, .1}, .00001}})));
  }
  EXPECT_EQ(cameras.figures(102s).at("a").active_objects, tracking::max_unnamed);
}

TEST(bounds, nameless_boxes_of_one_frame_are_bounded) {
  tracking cameras{{}};
  std::vector<detection> boxes;
  for (int i = 0; i < 1000; ++i)
    boxes.push_back({"", fire_sign::fire, .9, {.001 * i, 0, .001 * i + .0001, .1}, .00001});
  EXPECT_EQ(cameras.add(seen("a", 100s, boxes)).accepted, tracking::max_unnamed);
}

TEST(bounds, cameras_are_bounded) {
  tracking cameras{{}};
  for (std::size_t i = 0; i < tracking::max_cameras; ++i)
    ASSERT_FALSE(cameras.add(seen(std::to_string(i), 100s, {})).refused);
  EXPECT_TRUE(cameras.add(seen("one more", 100s, {})).refused);
  EXPECT_FALSE(cameras.add(seen("0", 100s, {})).refused);
}

TEST(bounds, all_cameras_together_are_bounded) {
  tracking cameras{{}};
  std::vector<detection> many;
  for (std::size_t k = 0; k < tracking::max_tracks; ++k)
    many.push_back(object("o" + std::to_string(k), .1));
  for (int i = 0; i < 300; ++i)
    static_cast<void>(cameras.add(seen("camera " + std::to_string(i), 100s, many)));
  std::size_t all = 0;
  for (const auto& [id, figures] : cameras.figures(101s)) {
    EXPECT_GE(figures.active_objects, tracking::min_tracks) << id;
    all += figures.active_objects;
  }
  EXPECT_LE(all, tracking::track_budget + tracking::max_tracks + 300 * tracking::min_tracks);
}

// At 20 frames a second, for 20 s.
int kept_of_each(int cameras) {
  tracking all{{}};
  int kept = 0;
  for (int frame = 0; frame < 400; ++frame)
    for (int camera = 0; camera < cameras; ++camera)
      kept += all.add(seen(std::to_string(camera), 100s + frame * 50ms,
                           {object("x", .1 + .0001 * (frame % 7))}))
                      .worth_keeping
                  ? 1
                  : 0;
  return kept / cameras;
}

TEST(bounds, samples_that_are_kept_are_bounded_for_all_cameras_together) {
  // 10 a second of each, and 20 at once; then 4, then 1.
  EXPECT_NEAR(kept_of_each(2), 20 * 10 + 20, 3);
  EXPECT_NEAR(kept_of_each(125), 20 * 4 + 20, 3);
  EXPECT_NEAR(kept_of_each(500), 20 + 20, 3);
}

TEST(bounds, of_each_object_as_many_samples_are_kept_as_its_growth_needs) {
  tracking_settings settings;
  settings.window = 10s;
  settings.moving_average = 10;
  tracking before{settings};
  std::vector<sighting> kept;
  for (int frame = 0; frame < 400; ++frame)
    for (int camera = 0; camera < 600; ++camera) {
      auto one
          = seen(std::to_string(camera), 100s + frame * 50ms, {object("x", frame < 300 ? .1 : .2)});
      if (before.add(one).worth_keeping)
        kept.push_back(std::move(one));
    }
  // What it may have in advance is of the first seconds.
  std::erase_if(kept, [](const sighting& x) { return x.at < 110s; });
  tracking after{settings};
  for (const auto& v : after.restore(kept, 120s, 120s))
    EXPECT_TRUE(v.agrees()) << v.camera;
}

TEST(bounds, samples_are_kept_as_before_when_the_others_have_gone) {
  tracking all{{}};
  for (int camera = 0; camera < 4'000; ++camera)
    static_cast<void>(all.add(seen(std::to_string(camera), 100s, {object("x", .1)})));
  const auto keep = [&all](monotonic from, int frames) {
    int kept = 0;
    for (int frame = 0; frame < frames; ++frame)
      kept += all.add(seen("one", from + frame * 50ms, {object("x", .1 + .001 * (frame % 7))}))
                      .worth_keeping
                  ? 1
                  : 0;
    return kept;
  };
  // All that it may have in advance.
  EXPECT_NEAR(keep(100s, 40), 22, 2);
  for (int camera = 0; camera < 4'000; ++camera)
    static_cast<void>(all.forget_camera(std::to_string(camera), 102s));
  EXPECT_NEAR(keep(102s, 40), 20, 2);
}

TEST(bounds, evidence_of_one_camera_is_bounded_and_it_still_agrees) {
  tracking cameras{{}};
  tracking::outcome last;
  for (int i = 0; i < 6; ++i) {
    std::vector<detection> many;
    for (int k = 0; k < 40; ++k)
      many.push_back(object("o" + std::to_string(k), i < 3 ? .1 : .2));
    last = cameras.add(seen("a", 100s + i * 1s, many));
  }
  ASSERT_TRUE(agrees(last));
  EXPECT_EQ(last.change->evidence.size(), max_evidence);
  const auto ended = cameras.advance(200s);
  ASSERT_FALSE(ended.empty());
  EXPECT_FALSE(ended.back().agrees());
}

TEST(bounds, time_needs_no_step_for_each_message) {
  // However many messages come, a camera stands in the schedule once.
  tracking cameras{{}};
  for (int i = 0; i < 10'000; ++i)
    static_cast<void>(cameras.add(seen("a", 100s + i * 1ms, {})));
  EXPECT_EQ(cameras.advance(1000s).size(), 1U);
  EXPECT_FALSE(cameras.next_deadline());
}

} // namespace
} // namespace firefinder::tracking_test
