// Objects of Frigate: seldom updates, changing names, edges, silence.

#include "actors/consensus/tracking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>
#include <vector>

namespace firefinder::frigate_tracking_test {
namespace {

using namespace std::chrono_literals;

detection object(const std::string& id, double area, double x = .5) {
  detection result;
  result.object = id;
  result.confidence = .8;
  const auto side = std::sqrt(area);
  result.box = {x, .5, x + side, .5 + side};
  result.area = area;
  result.may_repeat = true;
  return result;
}

sighting event(monotonic at, detection what) {
  sighting result;
  result.camera = "ridge";
  result.kind = sighting_kind::part_of_frame;
  result.source = "frigate";
  result.detections = {std::move(what)};
  result.at = at;
  result.captured = 1'750'000'000 + to_seconds(at);
  return result;
}

sighting end(monotonic at, const std::string& id) {
  auto result = event(at, {});
  result.kind = sighting_kind::end_of_objects;
  result.detections.clear();
  result.ended = {id};
  return result;
}

bool agrees(const tracking& cameras, monotonic at) {
  return cameras.standings("ridge", at).at("ridge").agrees;
}

// Feeds samples of one object, `pause` apart, each `factor` larger than the one before.
void grow(tracking& cameras, const std::string& id, int count, monotonic from, timespan pause,
          double factor, double area = .004) {
  for (int i = 0; i < count; ++i, area *= factor)
    static_cast<void>(cameras.add(event(from + i * pause, object(id, area))));
}

TEST(trend, of_three_updates_is_enough) {
  tracking cameras{{}};
  grow(cameras, "a", 3, 100s, 8s, 1.12);
  ASSERT_TRUE(agrees(cameras, 116s));
  const auto how = cameras.standings("ridge", 116s).at("ridge");
  EXPECT_EQ(how.samples, 3U);
  EXPECT_EQ(how.samples_needed, 3U);
  EXPECT_NEAR(how.growth, 1.12 * 1.12, 1e-6);
}

TEST(trend, reaches_back_further_than_the_window_of_a_detector) {
  // +20 % a minute, an update every 12 s: no thirty seconds hold enough of them.
  tracking cameras{{}};
  grow(cameras, "a", 7, 100s, 12s, std::pow(1.2, .2));
  EXPECT_TRUE(agrees(cameras, 172s));
}

TEST(trend, of_what_does_not_grow_is_none) {
  tracking cameras{{}};
  for (int i = 0; i < 10; ++i)
    static_cast<void>(
        cameras.add(event(100s + i * 11s, object("a", .004 * (i % 3 == 0 ? 1.08 : 1)))));
  EXPECT_FALSE(agrees(cameras, 199s));
  EXPECT_EQ(cameras.standings("ridge", 199s).at("ridge").reason, standing_reason::not_growing);
}

TEST(trend, is_not_made_by_one_wrong_box) {
  tracking cameras{{}};
  for (int i = 0; i < 7; ++i)
    static_cast<void>(cameras.add(event(100s + i * 8s, object("a", i == 3 ? .02 : .004))));
  EXPECT_FALSE(agrees(cameras, 148s));
}

TEST(trend, needs_ten_seconds) {
  tracking cameras{{}};
  grow(cameras, "a", 4, 100s, 3s, 1.2);
  EXPECT_FALSE(agrees(cameras, 109s));
  EXPECT_EQ(cameras.standings("ridge", 109s).at("ridge").reason, standing_reason::too_short);
  static_cast<void>(cameras.add(event(111s, object("a", .009))));
  EXPECT_TRUE(agrees(cameras, 111s));
}

TEST(trend, goes_by_the_time_of_the_frames_and_not_of_the_messages) {
  // All come at once: what they were taken at tells that they are half a minute apart.
  tracking cameras{{}};
  for (int i = 0; i < 4; ++i) {
    auto late = event(100s + i * 10s, object("a", .004 * std::pow(1.1, i)));
    late.at = 140s;
    static_cast<void>(cameras.add(late));
  }
  EXPECT_TRUE(agrees(cameras, 140s));
}

// One of a long row of samples: it grows, now and then lies at the edge and shrinks, and for a
// while has no moment by the clock of its source, which runs slower than ours.
struct long_row {
  static monotonic at(int i) { return 100s + i * 300ms; }
  static double captured(int i) { return i > 900 && i < 920 ? 0 : 1e9 + .25 * i; }
  static detection seen(int i) {
    auto result = object("a", .004 * std::pow(1.0005, i) * (1 + .01 * std::sin(i)));
    result.at_edge = i % 11 == 0 || (i > 400 && i < 500);
    return result;
  }
  static void add(track& to, int i, timespan memory) {
    to.add(seen(i), at(i), static_cast<std::uint64_t>(i), captured(i));
    to.forget_before(at(i) - memory);
  }
};

// What is known of a slope is used again while nothing has changed in it.
TEST(trend, of_many_samples_is_what_it_is_without_having_been_asked_before) {
  // The last is more than a track keeps.
  for (const auto memory : {15s, 90s, 400s}) {
    const auto go_on = [memory](track& x, int i) {
      long_row::add(x, i, memory);
      // Soon again as many as there were.
      if (i == 1'000 || i == 1'010 || i == 1'020)
        x.restart();
    };
    track asked;
    int compared = 0;
    for (int i = 0; i < 3'000; ++i) {
      go_on(asked, i);
      const auto told = asked.trend(long_row::at(i) - memory);
      if (i % 29 != 0 && (i < 990 || i > 1'050))
        continue;
      track silent;
      for (int j = 0; j <= i; ++j)
        go_on(silent, j);
      const auto fresh = silent.trend(long_row::at(i) - memory);
      ASSERT_EQ(told.samples, fresh.samples) << i;
      ASSERT_EQ(told.first_area, fresh.first_area) << i;
      ASSERT_EQ(told.last_area, fresh.last_area) << i;
      ASSERT_EQ(told.span, fresh.span) << i;
      ++compared;
    }
    EXPECT_GT(compared, 150);
  }
}

TEST(trend, of_an_object_that_is_there_for_ever_is_that_of_the_last_minutes) {
  constexpr auto memory = 10s;
  constexpr int last = track::last_before_anew;
  track x;
  // None of it is at the edge, so each is counted.
  const auto seen = [](int i) { return object("a", .004 * (1 + .001 * (i % 1'000))); };
  const auto add = [&](track& to, int i) {
    to.add(seen(i), long_row::at(i), static_cast<std::uint64_t>(i), 1e9 + .25 * i);
    to.forget_before(long_row::at(i) - memory);
  };
  for (int i = 0; i < last + 100; ++i) {
    add(x, i);
    if (i < last - 40)
      continue;
    track recent;
    for (int j = i - 40; j <= i; ++j)
      add(recent, j);
    const auto told = x.trend(long_row::at(i) - memory);
    const auto expected = recent.trend(long_row::at(i) - memory);
    ASSERT_EQ(told.samples, expected.samples) << i;
    ASSERT_EQ(told.first_area, expected.first_area) << i;
    ASSERT_EQ(told.last_area, expected.last_area) << i;
  }
}

// The median of the slopes of all pairs, by the book.
TEST(trend, of_many_samples_is_nearly_that_of_all) {
  struct sample {
    double captured = 0;
    double arrived = 0;
    double area = 0;
  };
  constexpr auto memory = 90s;
  track x;
  std::deque<sample> all;
  double last_area = 0;
  int compared = 0;
  for (int i = 0; i < 2'500; ++i) {
    // In the midst of those without a moment.
    if (i == 910) {
      x.restart();
      all.clear();
      last_area = 0;
    }
    long_row::add(x, i, memory);
    const auto seen = long_row::seen(i);
    if (!seen.at_edge || seen.area > last_area) {
      last_area = seen.area;
      all.push_back({long_row::captured(i), to_seconds(long_row::at(i)), seen.area});
    }
    while (all.front().arrived < to_seconds(long_row::at(i) - memory))
      all.pop_front();
    if (all.size() < 100 || i % 50 != 0)
      continue;
    const bool dated = std::ranges::all_of(all, [](const sample& y) { return y.captured > 0; });
    const auto time_of = [dated](const sample& y) { return dated ? y.captured : y.arrived; };
    std::vector<double> slopes;
    for (std::size_t a = 0; a < all.size(); ++a)
      for (auto b = a + 1; b < all.size(); ++b)
        slopes.push_back(std::log(all[b].area / all[a].area) / (time_of(all[b]) - time_of(all[a])));
    std::ranges::nth_element(slopes, slopes.begin() + static_cast<long>(slopes.size() / 2));
    const auto span = time_of(all.back()) - time_of(all.front());
    const auto told = x.trend(long_row::at(i) - memory);
    EXPECT_EQ(told.samples, all.size()) << i;
    EXPECT_NEAR(to_seconds(told.span), span, 1e-5) << i;
    EXPECT_EQ(told.last_area, all.back().area) << i;
    EXPECT_NEAR(told.ratio(), std::exp(slopes[slopes.size() / 2] * span), .03) << i;
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST(trend, of_many_samples_follows_the_growth_through_wrong_boxes) {
  track x;
  for (int i = 0; i < 600; ++i)
    x.add(object("a", .004 * std::pow(1.01, i * .2) * (i % 5 == 0 ? 3 : 1)), 100s + i * 200ms,
          static_cast<std::uint64_t>(i), 0);
  const auto told = x.trend(0s);
  EXPECT_GT(told.samples, 200u);
  EXPECT_LE(told.samples, track::capacity);
  EXPECT_NEAR(told.ratio(), std::pow(1.01, to_seconds(told.span)), .1);
}

// Samples that were cut off take no place of those that were not.
TEST(trend, of_an_object_that_was_long_at_the_edge_is_that_of_the_rest) {
  track x;
  auto at_edge = object("a", .004);
  at_edge.at_edge = true;
  for (int i = 0; i < 390; ++i)
    x.add(at_edge, 100s + i * 500ms, static_cast<std::uint64_t>(i), 0);
  for (int i = 0; i < 10; ++i)
    x.add(object("a", .004 * std::pow(1.1, i)), 300s + i * 2s, static_cast<std::uint64_t>(400 + i),
          0);
  const auto told = x.trend(290s);
  EXPECT_EQ(told.samples, 10u);
  EXPECT_NEAR(told.ratio(), std::pow(1.1, 9), 1e-9);
}

TEST(trend, is_for_sources_that_report_seldom_only) {
  tracking cameras{{}};
  for (int i = 0; i < 4; ++i) {
    auto direct = event(100s + i * 8s, object("a", .004 * std::pow(1.2, i)));
    direct.source.clear();
    direct.detections[0].may_repeat = false;
    static_cast<void>(cameras.add(direct));
  }
  EXPECT_FALSE(agrees(cameras, 124s));
}

TEST(heartbeat, is_life_and_no_sample) {
  tracking cameras{{}};
  static_cast<void>(cameras.add(event(100s, object("a", .004))));
  for (int i = 1; i < 6; ++i) {
    const auto beat = cameras.add(event(100s + i * 60s, object("a", .004)));
    EXPECT_EQ(beat.repeated, 1U);
    EXPECT_EQ(beat.accepted, 0U);
  }
  const auto figures = cameras.figures(400s).at("ridge");
  EXPECT_TRUE(figures.online);
  EXPECT_EQ(figures.total_detections, 1U);
}

TEST(silence, of_75_seconds_ends_the_evidence) {
  tracking cameras{{}};
  grow(cameras, "a", 4, 100s, 10s, 1.2);
  ASSERT_TRUE(agrees(cameras, 130s));
  // Its camera says other things meanwhile.
  auto alive = event(190s, {});
  alive.kind = sighting_kind::sign_of_life;
  alive.detections.clear();
  static_cast<void>(cameras.add(alive));
  const auto changes = cameras.advance(206s);
  ASSERT_FALSE(changes.empty());
  EXPECT_TRUE(changes.back().online);
  EXPECT_FALSE(changes.back().agrees());
}

TEST(silence, a_heartbeat_ends_it) {
  tracking cameras{{}};
  grow(cameras, "a", 4, 100s, 10s, 1.2);
  static_cast<void>(cameras.add(event(190s, object("a", .004 * std::pow(1.2, 3)))));
  static_cast<void>(cameras.advance(206s));
  EXPECT_TRUE(agrees(cameras, 206s));
}

TEST(names, of_one_thing_are_one_object) {
  tracking cameras{{}};
  grow(cameras, "a", 2, 100s, 6s, 1.1);
  static_cast<void>(cameras.add(end(111s, "a")));
  grow(cameras, "b", 2, 116s, 6s, 1.1, .005);
  EXPECT_TRUE(agrees(cameras, 122s));
  EXPECT_EQ(cameras.standings("ridge", 122s).at("ridge").samples, 4U);
  EXPECT_EQ(cameras.standings("ridge", 122s).at("ridge").object, "b");
  EXPECT_EQ(cameras.figures(122s).at("ridge").active_objects, 1U);
}

TEST(names, of_things_apart_are_objects_apart) {
  tracking cameras{{}};
  static_cast<void>(cameras.add(event(100s, object("a", .004, .1))));
  static_cast<void>(cameras.add(end(106s, "a")));
  static_cast<void>(cameras.add(event(110s, object("b", .005, .7))));
  static_cast<void>(cameras.add(event(118s, object("b", .006, .7))));
  EXPECT_EQ(cameras.figures(118s).at("ridge").active_objects, 2U);
  EXPECT_FALSE(agrees(cameras, 118s));
}

TEST(names, of_smoke_and_of_fire_are_objects_apart) {
  tracking cameras{{}};
  auto smoke = object("b", .006);
  smoke.sign = fire_sign::smoke;
  static_cast<void>(cameras.add(event(100s, object("a", .004))));
  static_cast<void>(cameras.add(end(105s, "a")));
  static_cast<void>(cameras.add(event(108s, smoke)));
  EXPECT_EQ(cameras.figures(108s).at("ridge").active_objects, 2U);
}

TEST(names, that_come_too_late_are_new_objects) {
  tracking cameras{{}};
  static_cast<void>(cameras.add(event(100s, object("a", .004))));
  static_cast<void>(cameras.add(end(105s, "a")));
  static_cast<void>(cameras.add(event(180s, object("b", .006))));
  EXPECT_EQ(cameras.standings("ridge", 180s).at("ridge").samples, 1U);
}

TEST(names, without_end_are_bounded) {
  tracking cameras{{}};
  for (int i = 0; i < 5'000; ++i)
    static_cast<void>(
        cameras.add(event(100s + i * 1s, object("n" + std::to_string(i), .004 + 1e-7 * i))));
  EXPECT_EQ(cameras.figures(5'099s).at("ridge").active_objects, 1U);
}

TEST(names, of_long_ago_mean_it_still_and_the_oldest_no_more) {
  tracking cameras{{}};
  monotonic at = 100s;
  for (int i = 0; i < 70; ++i)
    static_cast<void>(cameras.add(event(at += 1s, object("name " + std::to_string(i), .01))));
  const auto objects_when_seen_elsewhere_as = [&](const std::string& name, double x) {
    static_cast<void>(cameras.add(event(at += 1s, object(name, .01, x))));
    return cameras.figures(at).at("ridge").active_objects;
  };
  EXPECT_EQ(objects_when_seen_elsewhere_as("name 10", .1), 1U);
  EXPECT_EQ(objects_when_seen_elsewhere_as("name 69", .8), 1U);
  EXPECT_EQ(objects_when_seen_elsewhere_as("name 1", .4), 2U);
}

TEST(edge, is_no_shrinking) {
  tracking cameras{{}};
  grow(cameras, "a", 3, 100s, 8s, 1.15);
  ASSERT_TRUE(agrees(cameras, 116s));
  // The plume leaves the picture at the top: of its box only a part is left.
  for (int i = 0; i < 5; ++i) {
    auto cut = object("a", .003 + 1e-4 * i);
    cut.at_edge = true;
    static_cast<void>(cameras.add(event(124s + i * 8s, cut)));
  }
  EXPECT_TRUE(agrees(cameras, 156s));
}

TEST(size, of_the_frames_that_changes_is_no_growth) {
  tracking cameras{{}};
  for (int i = 0; i < 8; ++i) {
    // The same fire in a frame of half the width and height, after a restart of Frigate.
    auto x = event(100s + i * 8s, object("a", (i < 4 ? .004 : .008) + 1e-6 * i));
    x.frame_width = i < 4 ? 1280 : 640;
    x.frame_height = i < 4 ? 720 : 360;
    static_cast<void>(cameras.add(x));
  }
  EXPECT_FALSE(agrees(cameras, 156s));
}

TEST(turning, camera_is_followed_no_further_than_its_life) {
  tracking cameras{{}};
  for (int i = 0; i < 6; ++i) {
    auto x = event(100s + i * 8s, object("a", .004 * std::pow(1.2, i)));
    x.turning = true;
    EXPECT_EQ(cameras.add(x).accepted, 0U);
  }
  EXPECT_TRUE(cameras.figures(140s).at("ridge").online);
}

TEST(turning, that_nobody_tells_of_shows_in_the_box) {
  tracking cameras{{}};
  static_cast<void>(cameras.add(event(100s, object("a", .004))));
  static_cast<void>(cameras.add(event(108s, object("a", .0044))));
  static_cast<void>(cameras.add(event(116s, object("a", .006, .8))));
  EXPECT_FALSE(agrees(cameras, 116s));
  EXPECT_EQ(cameras.standings("ridge", 116s).at("ridge").samples, 1U);
}

TEST(source, that_went_takes_its_objects_along) {
  tracking cameras{{}};
  grow(cameras, "a", 4, 100s, 8s, 1.2);
  ASSERT_TRUE(agrees(cameras, 124s));
  EXPECT_TRUE(cameras.forget_source("frigate2", 125s).empty());
  const auto changes = cameras.forget_source("frigate", 125s);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].agrees());
  EXPECT_TRUE(changes[0].online);
  // What it says of the same thing afterwards begins anew.
  grow(cameras, "a", 3, 130s, 8s, 1.0, .0081);
  EXPECT_FALSE(agrees(cameras, 146s));
}

} // namespace
} // namespace firefinder::frigate_tracking_test
