// Verification by persistence, windows that fit the camera, and what was verified before.

#include "actors/consensus/cadence.hpp"
#include "actors/consensus/tracking.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::persistence_test {
namespace {

using namespace std::chrono_literals;

tracking_settings landscape() {
  tracking_settings result;
  result.window = 30min;
  result.adapts = true;
  result.how = verification::persistence;
  result.hysteresis = .8;
  result.agreement_window = 1h;
  result.camera_timeout = 10min;
  return result;
}

detection smoke(double confidence = .9, double x = .5, double size = .02) {
  return {"", fire_sign::smoke, confidence, {x, .5, x + size, .5 + size}, size * size};
}

sighting frame(monotonic at, std::vector<detection> what = {},
               sighting_kind kind = sighting_kind::frame) {
  sighting result;
  result.camera = "ridge";
  result.kind = kind;
  result.detections = std::move(what);
  result.at = at;
  return result;
}

bool agrees(const tracking::outcome& x) { return x.change && x.change->agrees(); }

standing_reason reason(const tracking& cameras, monotonic at) {
  return cameras.standings("ridge", at).at("ridge").reason;
}

// -- persistence ----------------------------------------------------------------------------

TEST(persistence, three_sure_frames_of_eight_are_enough) {
  tracking cameras{landscape()};
  EXPECT_FALSE(agrees(cameras.add(frame(60s, {smoke()}))));
  EXPECT_FALSE(agrees(cameras.add(frame(120s))));
  EXPECT_FALSE(agrees(cameras.add(frame(180s, {smoke()}))));
  EXPECT_FALSE(agrees(cameras.add(frame(240s))));
  const auto third = cameras.add(frame(300s, {smoke()}));
  ASSERT_TRUE(agrees(third));
  EXPECT_EQ(third.change->evidence.at(0).verified_by, "persistence");
  EXPECT_EQ(third.change->evidence.at(0).samples, 3U);
  const auto& how = third.change->standing;
  EXPECT_EQ(how.reason, standing_reason::verified);
  EXPECT_EQ(how.seen, 3U);
  EXPECT_EQ(how.seen_needed, 3U);
  EXPECT_EQ(how.frames, 8U);
  EXPECT_NEAR(how.confidence, .9, 1e-9);
  EXPECT_NEAR(how.confidence_needed, .5, 1e-9) << "to stay verified";
  EXPECT_EQ(how.cadence_s, 60);
}

TEST(persistence, three_frames_in_nine_are_too_few) {
  tracking cameras{landscape()};
  static_cast<void>(cameras.add(frame(0s, {smoke()})));
  for (int i = 1; i < 7; ++i)
    static_cast<void>(cameras.add(frame(i * 60s)));
  static_cast<void>(cameras.add(frame(7 * 60s, {smoke()})));
  EXPECT_FALSE(agrees(cameras.add(frame(8 * 60s, {smoke()}))));
  EXPECT_EQ(reason(cameras, 8 * 60s), standing_reason::not_persistent);
}

TEST(persistence, what_is_doubtful_must_stay_longer) {
  // The mean confidence that so many frames need: 0.45 in four, 0.3 in five, 0.2 in six.
  for (const auto& [confidence, frames] :
       std::vector<std::pair<double, int>>{{.7, 3}, {.45, 4}, {.3, 5}, {.2, 6}, {.13, 7}}) {
    tracking cameras{landscape()};
    for (int i = 1; i < frames; ++i)
      ASSERT_FALSE(agrees(cameras.add(frame(i * 30s, {smoke(confidence)}))))
          << confidence << " in " << i;
    if (frames > 3) {
      EXPECT_EQ(reason(cameras, (frames - 1) * 30s), standing_reason::not_confident);
    }
    EXPECT_TRUE(agrees(cameras.add(frame(frames * 30s, {smoke(confidence)})))) << confidence;
  }
}

TEST(persistence, boxes_that_do_not_overlap_are_different_things) {
  tracking cameras{landscape()};
  for (int i = 0; i < 8; ++i)
    EXPECT_FALSE(agrees(cameras.add(frame(i * 60s, {smoke(.9, .1 * i)}))));
}

TEST(persistence, two_boxes_of_one_frame_are_one_sight) {
  tracking cameras{landscape()};
  for (int i = 0; i < 2; ++i)
    EXPECT_FALSE(agrees(cameras.add(frame(i * 60s, {smoke(), smoke(.9, .501), smoke(.9, .502)}))));
}

TEST(persistence, a_fast_detector_does_not_prove_anything_by_repeating_itself) {
  auto settings = landscape();
  settings.adapts = false;
  settings.window = 30s;
  tracking cameras{settings};
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(agrees(cameras.add(frame(100s + i * 50ms, {smoke()})))) << i;
  EXPECT_FALSE(agrees(cameras.add(frame(101s, {smoke()}))));
  EXPECT_TRUE(agrees(cameras.add(frame(102s, {smoke()}))));
}

TEST(persistence, messages_of_one_frame_are_one_frame) {
  // Two objects in messages of their own, with the time of their frame.
  tracking cameras{landscape()};
  tracking::outcome last;
  for (int i = 0; i < 3; ++i)
    for (const double x : {.1, .8}) {
      auto part = frame(i * 60s + from_seconds(x), {smoke(.9, x)}, sighting_kind::part_of_frame);
      part.captured = 1000 + i * 60;
      last = cameras.add(part);
    }
  ASSERT_TRUE(agrees(last));
  EXPECT_EQ(last.change->evidence.size(), 2U);
  EXPECT_EQ(last.change->standing.seen, 3U);
}

TEST(persistence, of_a_source_that_never_says_nothing_is_judged_by_its_cadence) {
  // It speaks only when it sees something: the frames between are told by the time.
  tracking cameras{landscape()};
  const auto part = [](monotonic at, double x) {
    return frame(at, {smoke(.9, x)}, sighting_kind::part_of_frame);
  };
  // A frame a minute elsewhere in the picture, so that the cadence is known.
  for (int i = 0; i < 6; ++i)
    static_cast<void>(cameras.add(part(i * 60s, .1)));
  static_cast<void>(cameras.add(part(6 * 60s, .8)));
  static_cast<void>(cameras.add(part(7 * 60s, .8)));
  // Half an hour later it is the third in a row, and not the third of eight frames.
  EXPECT_EQ(cameras.add(part(36 * 60s, .8)).change.has_value(), true);
  EXPECT_EQ(cameras.standings("ridge", 36 * 60s).at("ridge").seen, 1U);
}

TEST(persistence, either_takes_what_grows_as_well) {
  auto settings = landscape();
  settings.how = verification::either;
  settings.moving_average = 1;
  tracking cameras{settings};
  static_cast<void>(cameras.add(frame(60s, {smoke(.1, .5, .02)})));
  const auto grown = cameras.add(frame(120s, {smoke(.1, .5, .03)}));
  ASSERT_TRUE(agrees(grown));
  EXPECT_EQ(grown.change->evidence.at(0).verified_by, "growth");
  tracking steady{settings};
  tracking::outcome last;
  for (int i = 0; i < 3; ++i)
    last = steady.add(frame(i * 60s, {smoke()}));
  ASSERT_TRUE(agrees(last));
  EXPECT_EQ(last.change->evidence.at(0).verified_by, "persistence");
}

TEST(persistence, alone_does_not_ask_for_growth_and_growth_alone_not_for_persistence) {
  auto settings = landscape();
  settings.how = verification::growth;
  tracking cameras{settings};
  for (int i = 0; i < 20; ++i)
    EXPECT_FALSE(agrees(cameras.add(frame(i * 60s, {smoke()}))));
  EXPECT_EQ(reason(cameras, 20 * 60s), standing_reason::not_growing);
}

TEST(persistence, what_is_delivered_twice_is_seen_once) {
  tracking cameras{landscape()};
  tracking::outcome last;
  monotonic at = 100s;
  for (int round = 0; round < 4; ++round)
    for (int i = 0; i < 2; ++i) {
      auto twice = frame(at += 5s, {smoke()});
      twice.captured = 1000 + i * 60;
      last = cameras.add(twice);
      EXPECT_FALSE(agrees(last)) << round << ' ' << i;
    }
  EXPECT_EQ(cameras.standings("ridge", at).at("ridge").seen, 2U);
}

TEST(persistence, messages_of_two_frames_may_come_mixed) {
  tracking cameras{landscape()};
  for (int i = 0; i < 8; ++i) {
    auto part = frame(100s + i * 1s, {smoke(.9, .1 * i)}, sighting_kind::part_of_frame);
    part.captured = 1000 + (i % 2) * 30;
    static_cast<void>(cameras.add(part));
  }
  EXPECT_EQ(cameras.standings("ridge", 107s).at("ridge").seen, 1U);
  EXPECT_FALSE(cameras.standings("ridge", 107s).at("ridge").cadence_s > 0) << "one interval";
}

TEST(persistence, of_boxes_far_apart_in_time_is_none) {
  // A source that never says that it sees nothing: half an hour between three boxes.
  tracking cameras{landscape()};
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(agrees(cameras.add(frame(i * 14min, {smoke()}, sighting_kind::part_of_frame))));
  // And so for as long as that goes on.
  for (int i = 3; i < 30; ++i)
    EXPECT_FALSE(agrees(cameras.add(frame(i * 14min, {smoke()}, sighting_kind::part_of_frame))))
        << i;
}

TEST(persistence, is_not_hidden_by_what_frigate_says_of_the_same_camera) {
  // A detector with a frame a minute; Frigate repeats a still object every 10 s.
  tracking cameras{landscape()};
  tracking::outcome last;
  for (int i = 0; i < 3; ++i) {
    last = cameras.add(frame(i * 60s, {smoke()}));
    for (int k = 1; k < 6; ++k) {
      auto beat = frame(i * 60s + k * 10s, {smoke(.8, .1)}, sighting_kind::part_of_frame);
      beat.source = "frigate";
      beat.detections[0].object = "1-a";
      beat.detections[0].may_repeat = true;
      static_cast<void>(cameras.add(beat));
    }
  }
  EXPECT_TRUE(agrees(last));
}

TEST(persistence, of_an_object_of_frigate_is_judged_by_its_own_updates) {
  tracking cameras{landscape()};
  tracking::outcome last;
  const auto event = [](monotonic at, const std::string& id, double x, double confidence) {
    auto result = frame(at, {smoke(confidence, x)}, sighting_kind::part_of_frame);
    result.source = "frigate";
    result.detections[0].object = id;
    result.detections[0].may_repeat = true;
    return result;
  };
  for (int i = 0; i < 3; ++i) {
    last = cameras.add(event(i * 40s, "1-a", .5 + .001 * i, .8));
    for (int k = 1; k < 8; ++k)
      static_cast<void>(cameras.add(event(i * 40s + k * 5s, "1-b", .1, .8)));
  }
  EXPECT_TRUE(agrees(last));
}

TEST(detection, of_something_else_is_no_reason_to_decide) {
  // What was verified long ago agrees; a stray box elsewhere does not raise the alarm by it.
  tracking cameras{landscape()};
  tracking::outcome last;
  for (int i = 0; i < 3; ++i)
    last = cameras.add(frame(i * 60s, {smoke()}));
  ASSERT_TRUE(last.change && last.change->by_detection);
  for (int i = 3; i < 20; ++i)
    static_cast<void>(cameras.add(frame(i * 60s)));
  last = cameras.add(frame(20min, {smoke(.9, .1)}));
  EXPECT_EQ(last.accepted, 1U);
  EXPECT_TRUE(cameras.standings("ridge", 20min).at("ridge").agrees);
  EXPECT_FALSE(last.change && last.change->by_detection);
  // Without a window for agreement all that agrees holds now, and any detection decides.
  tracking close{{}};
  const auto tree = [](double area) {
    return detection{"tree", fire_sign::fire, .9, {0, 0, area, 1}, area};
  };
  for (int i = 0; i < 6; ++i)
    static_cast<void>(close.add(frame(i * 1s, {tree(i < 3 ? .1 : .2)})));
  last = close.add(frame(6s, {smoke(.9, .5)}));
  EXPECT_TRUE(last.change && last.change->by_detection);
}

TEST(boxes, beyond_those_that_are_followed_are_counted_and_the_surest_kept) {
  tracking cameras{landscape()};
  std::vector<detection> many;
  for (int i = 0; i < 40; ++i)
    many.push_back(smoke(.2, .02 * i, .01));
  tracking::outcome last;
  for (int i = 0; i < 3; ++i) {
    many.push_back(smoke(.99, .9));
    last = cameras.add(frame(i * 60s, many));
    many.pop_back();
    EXPECT_EQ(last.surplus, 41U - tracking::max_unnamed);
  }
  EXPECT_TRUE(agrees(last));
}

TEST(sample, that_is_delivered_twice_counts_once) {
  tracking cameras{{}};
  const auto tree = [](double area, double captured) {
    auto result = frame(100s, {{"tree", fire_sign::fire, .9, {0, 0, area, 1}, area}});
    result.captured = captured;
    return result;
  };
  tracking::outcome last;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 3; ++i)
      last = cameras.add(tree(.1 * (1 + i), 1000.25 + i));
  EXPECT_EQ(last.repeated, 1U);
  EXPECT_EQ(cameras.figures(100s).at("ridge").total_detections, 3U);
  // Whole seconds do not tell two frames apart.
  tracking coarse{{}};
  for (int i = 0; i < 3; ++i)
    last = coarse.add(tree(.1, 1000));
  EXPECT_EQ(coarse.figures(100s).at("ridge").total_detections, 3U);
}

// -- hysteresis -----------------------------------------------------------------------------

TEST(hysteresis, keeps_what_was_verified_a_little_longer) {
  for (const double share : {1., .8}) {
    auto settings = landscape();
    settings.hysteresis = share;
    settings.agreement_window = 0s;
    tracking cameras{settings};
    for (int i = 0; i < 3; ++i)
      static_cast<void>(cameras.add(frame(i * 60s, {smoke(.7)})));
    ASSERT_TRUE(cameras.standings("ridge", 2min).at("ridge").agrees);
    // Four frames at 0.4 and one at 0.7 have left: 4 x (0.3 + 0.4) = 2.8.
    for (int i = 3; i < 10; ++i)
      static_cast<void>(
          cameras.add(frame(i * 60s, i < 7 ? std::vector{smoke(.4)} : std::vector<detection>{})));
    static_cast<void>(cameras.add(frame(10 * 60s)));
    EXPECT_EQ(cameras.standings("ridge", 10min).at("ridge").agrees, share < 1) << share;
  }
}

// -- what was verified before -----------------------------------------------------------------

TEST(latch, holds_for_the_agreement_window_and_no_longer) {
  tracking cameras{landscape()};
  for (int i = 0; i < 3; ++i)
    static_cast<void>(cameras.add(frame(i * 60s, {smoke()})));
  // Smoke that hides for nine minutes.
  tracking::outcome last;
  for (int i = 3; i < 12; ++i)
    last = cameras.add(frame(i * 60s));
  EXPECT_EQ(reason(cameras, 11min), standing_reason::latched);
  EXPECT_TRUE(cameras.standings("ridge", 11min).at("ridge").agrees);
  EXPECT_EQ(cameras.standings("ridge", 11min).at("ridge").verified_by, "persistence");
  // Its evidence held last when the eighth frame had been seen.
  for (int i = 12; i < 80; ++i)
    last = cameras.add(frame(i * 60s));
  EXPECT_EQ(reason(cameras, 80min), standing_reason::nothing_seen);
  EXPECT_FALSE(cameras.standings("ridge", 80min).at("ridge").agrees);
}

TEST(latch, outlives_the_silence_of_its_camera) {
  tracking cameras{landscape()};
  for (int i = 0; i < 3; ++i)
    static_cast<void>(cameras.add(frame(i * 60s, {smoke()})));
  auto changes = cameras.advance(30min);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].online);
  EXPECT_TRUE(changes[0].agrees());
  EXPECT_FALSE(changes[0].evidence.empty());
  EXPECT_EQ(changes[0].standing.reason, standing_reason::latched);
  changes = cameras.advance(3h);
  ASSERT_FALSE(changes.empty());
  EXPECT_FALSE(changes.back().agrees());
  EXPECT_EQ(changes.back().standing.reason, standing_reason::offline);
}

TEST(latch, is_no_part_of_the_close_range) {
  tracking_settings settings;
  settings.how = verification::persistence;
  tracking cameras{settings};
  for (int i = 0; i < 3; ++i)
    static_cast<void>(cameras.add(frame(i * 1s, {smoke()})));
  ASSERT_TRUE(cameras.standings("ridge", 2s).at("ridge").agrees);
  for (int i = 3; i < 12; ++i)
    static_cast<void>(cameras.add(frame(i * 1s)));
  EXPECT_FALSE(cameras.standings("ridge", 11s).at("ridge").agrees);
}

TEST(latch, and_frames_outlive_a_restart) {
  std::vector<sighting> kept;
  tracking before{landscape()};
  for (int i = 0; i < 9; ++i) {
    const auto seen = frame(i * 60s, i < 3 ? std::vector{smoke()} : std::vector<detection>{});
    if (before.add(seen).worth_keeping)
      kept.push_back(seen);
  }
  tracking after{landscape()};
  static_cast<void>(after.restore(kept, 9min, 0s));
  for (const auto moment : {9min, 40min, 90min})
    EXPECT_EQ(after.standings("ridge", moment), before.standings("ridge", moment));
}

// -- cadence --------------------------------------------------------------------------------

TEST(cadence, is_the_median_of_the_last_intervals) {
  cadence x;
  EXPECT_FALSE(x.interval());
  monotonic at = 100s;
  for (const auto pause : {0s, 30s, 30s, 300s, 31s, 29s})
    x.add(frame(at += pause), at);
  EXPECT_EQ(x.interval(), timespan{30s});
  EXPECT_EQ(x.latest(), 6U);
  // The camera was set to another rhythm.
  for (int i = 0; i < 15; ++i)
    x.add(frame(at += 10s), at);
  EXPECT_EQ(x.interval(), timespan{10s});
}

// What is exactly as old as the window still belongs to it.
TEST(cadence, is_never_shorter_than_the_pauses) {
  for (const auto pause : {33'333'333'333ns, 33'333'333'331ns, 1'000'000'001ns}) {
    cadence x;
    monotonic at = 100s;
    for (int i = 0; i < 5; ++i)
      x.add(frame(at += pause), at);
    EXPECT_GE(x.interval(), pause);
    EXPECT_LE(x.interval(), pause + 2us);
  }
}

std::uint64_t add(cadence& x, monotonic at, unix_seconds captured) {
  auto seen = frame(at);
  seen.captured = captured;
  return x.add(seen, at);
}

TEST(cadence, knows_the_frame_of_what_comes_late) {
  cadence x;
  EXPECT_EQ(add(x, 100s, 10.0), 1U);
  EXPECT_EQ(add(x, 101s, 11.2), 2U);
  EXPECT_EQ(add(x, 102s, 11.9), 2U);
  EXPECT_EQ(add(x, 103s, 10.3), 1U) << "it is nearer to the first";
  EXPECT_EQ(add(x, 104s, 12.2), 3U);
}

// A source whose clock was wrong tells of the same moment again, long after.
TEST(cadence, takes_no_frame_for_one_that_it_has_forgotten) {
  cadence x;
  monotonic at = 100s;
  std::uint64_t latest = 0;
  for (int i = 0; i < 40; ++i)
    latest = add(x, at += 1s, 1'000.5 + i);
  EXPECT_EQ(latest, 40U);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(add(x, at += 1s, 940.5 + i), ++latest);
}

TEST(cadence, makes_the_window_of_the_growth_test) {
  auto settings = landscape();
  settings.how = verification::growth;
  for (const auto& [pause, window] : std::vector<std::pair<timespan, double>>{
           {1s, 30}, {10s, 100}, {60s, 600}, {120s, 1200}, {400s, 1800}}) {
    tracking cameras{settings};
    for (int i = 0; i < 5; ++i)
      static_cast<void>(cameras.add(frame(i * pause)));
    EXPECT_EQ(cameras.standings("ridge", 4 * pause).at("ridge").window_s, window);
  }
}

// -- votes ----------------------------------------------------------------------------------

TEST(registered, cameras_alone_have_a_vote_if_so_set) {
  auto settings = landscape();
  settings.registered.emplace();
  tracking cameras{settings};
  tracking::outcome last;
  for (int i = 0; i < 3; ++i)
    last = cameras.add(frame(i * 60s, {smoke()}));
  ASSERT_TRUE(last.change);
  EXPECT_FALSE(last.change->agrees());
  EXPECT_EQ(last.change->standing.reason, standing_reason::not_registered);
  settings.registered->insert("ridge");
  tracking known{settings};
  for (int i = 0; i < 3; ++i)
    last = known.add(frame(i * 60s, {smoke()}));
  EXPECT_TRUE(agrees(last));
}

// -- how a camera stands ----------------------------------------------------------------------

TEST(standing, is_told_when_its_reason_changes_and_not_otherwise) {
  tracking cameras{{}};
  const auto area = [](double x) {
    return detection{"tree", fire_sign::fire, .9, {0, 0, x, 1}, x};
  };
  std::vector<standing_reason> told;
  for (int i = 0; i < 9; ++i)
    if (const auto x = cameras.add(frame(i * 1s, {area(i < 6 ? .1 : .2)})); x.change)
      told.push_back(x.change->standing.reason);
  // Too few; six that do not grow; then each detection of the camera that agrees.
  EXPECT_EQ(told, (std::vector{standing_reason::too_few_samples, standing_reason::not_growing,
                               standing_reason::verified, standing_reason::verified}));
}

TEST(standing, tells_what_is_missing) {
  tracking cameras{{}};
  const auto area = [](double x) {
    return detection{"tree", fire_sign::fire, .9, {0, 0, x, 1}, x};
  };
  EXPECT_TRUE(cameras.standings("ridge", 0s).empty());
  for (int i = 0; i < 6; ++i)
    static_cast<void>(cameras.add(frame(i * 1s, {area(i < 3 ? .1 : .11)})));
  const auto how = cameras.standings("ridge", 5s).at("ridge");
  EXPECT_EQ(how.reason, standing_reason::not_growing);
  EXPECT_EQ(how.object, "tree");
  EXPECT_EQ(how.samples, 6U);
  EXPECT_EQ(how.samples_needed, 6U);
  EXPECT_NEAR(how.growth, 1.1, 1e-9);
  EXPECT_EQ(how.growth_needed, 1.2);
  EXPECT_EQ(how.area, .11);
  EXPECT_EQ(how.window_s, 30);
  EXPECT_EQ(how.frames, 0U);
  // A minute later all of it has left the window.
  EXPECT_EQ(cameras.standings("", 64s).at("ridge").reason, standing_reason::nothing_seen);
}

} // namespace
} // namespace firefinder::persistence_test
