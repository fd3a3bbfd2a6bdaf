#include "tests/quality/peers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace firefinder::quality::peers_test {

namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

box square(double x, double side, double confidence) {
  return {x, 0.4, x + side, 0.4 + side, confidence};
}

/// A frame each 30 s: of each confidence a box at the same place, none where it is 0.
std::vector<frame> one_place(const std::vector<double>& confidences) {
  std::vector<frame> result;
  for (const double c : confidences) {
    result.push_back({30.0 * static_cast<double>(result.size()), {}});
    if (c > 0)
      result.back().boxes.push_back(square(0.4, 0.1, c));
  }
  return result;
}

/// A sure box whose area grows by this factor a frame, `interval` seconds apart.
std::vector<frame> growing(std::size_t n, double factor, double interval) {
  std::vector<frame> result;
  double side = 0.05;
  for (std::size_t i = 0; i < n; ++i, side *= std::sqrt(factor))
    result.push_back({interval * static_cast<double>(i), {square(0.4, side, 0.9)}});
  return result;
}

using indices = std::vector<std::size_t>;

} // namespace

TEST(overlap, IsIntersectionOverUnion) {
  EXPECT_DOUBLE_EQ(overlap({0, 0, 0.2, 0.2, 1}, {0.1, 0, 0.3, 0.2, 1}), 1.0 / 3);
  EXPECT_EQ(overlap({0, 0, 0.2, 0.2, 1}, {0.2, 0, 0.3, 0.2, 1}), 0);
}

TEST(any_box, IsAnAlarmUntilThereIsNone) {
  EXPECT_EQ(any_box(one_place({0, 0.1, 0.1, 0, 0.2})).onsets, (indices{1, 4}));
}

TEST(pyro_engine, NeedsFourBoxesThatOverlap) {
  EXPECT_EQ(pyro_engine(one_place({0.5, 0.5, 0, 0.5, 0.5})).onsets, (indices{4}));
  EXPECT_EQ(pyro_engine(one_place({0.9, 0.9, 0.9})).onsets, indices{});
  std::vector<frame> elsewhere;
  for (int i = 0; i < 8; ++i)
    elsewhere.push_back({30.0 * i, {square(0.1 * i, 0.05, 0.9)}});
  EXPECT_EQ(pyro_engine(elsewhere).onsets, indices{});
}

TEST(pyro_engine, NeedsConfidenceOverItsWholeRing) {
  // 8 * 0.15 = 1.2 must be exceeded.
  EXPECT_EQ(pyro_engine(one_place({0.29, 0.29, 0.29, 0.29})).onsets, indices{});
  EXPECT_EQ(pyro_engine(one_place({0.31, 0.31, 0.31, 0.31})).onsets, (indices{3}));
}

TEST(pyro_engine, KeepsAnAlarmAtFourFifths) {
  // The sum falls from 1.24 to 1.0 when the first leaves the ring: above 0.96, below 1.2.
  const auto x = pyro_engine(one_place({0.34, 0.3, 0.3, 0.3, 0.1, 0, 0, 0, 0}));
  EXPECT_EQ(x.onsets, (indices{3}));
  EXPECT_TRUE(x.holds.back());
}

TEST(pyro_engine, DropsWideBoxes) {
  const std::vector<frame> wide(8, frame{0, {{0.1, 0.1, 0.6, 0.3, 0.9}}});
  EXPECT_EQ(pyro_engine(wide).onsets, indices{});
}

TEST(five_frame_tracker, NeedsFiveInARow) {
  EXPECT_EQ(five_frame_tracker(one_place({0.3, 0.3, 0.3, 0.3, 0.3, 0.3})).onsets, (indices{4}));
  EXPECT_EQ(five_frame_tracker(one_place({0.9, 0.9, 0, 0.9, 0.9, 0.9, 0.9})).onsets, indices{});
  EXPECT_EQ(five_frame_tracker(one_place({0.9, 0.9, 0.29, 0.9, 0.9, 0.9, 0.9})).onsets, indices{});
}

TEST(five_frame_tracker, FollowsABoxThatMovesSlowly) {
  std::vector<frame> slow;
  std::vector<frame> fast;
  for (int i = 0; i < 5; ++i) {
    slow.push_back({30.0 * i, {square(0.1 + 0.05 * i, 0.1, 0.9)}});
    fast.push_back({30.0 * i, {square(0.1 + 0.09 * i, 0.1, 0.9)}});
  }
  EXPECT_EQ(five_frame_tracker(slow).onsets, (indices{4}));
  EXPECT_EQ(five_frame_tracker(fast).onsets, indices{});
}

TEST(five_frame_tracker, RaisesAnAlarmForEachTrack) {
  std::vector<frame> two(5, frame{0, {square(0.1, 0.1, 0.9), square(0.6, 0.1, 0.9)}});
  EXPECT_EQ(five_frame_tracker(two).onsets, (indices{4, 4}));
}

TEST(wildfire_watch, NeedsSixSamplesThatGrow) {
  // From the second to the fifth of six: 1.1 to the power of 3 is 1.33.
  EXPECT_EQ(wildfire_watch(growing(7, 1.1, 1), 30).onsets, (indices{5}));
  EXPECT_EQ(wildfire_watch(growing(7, 1.05, 1), 30).onsets, (indices{6}));
  EXPECT_EQ(wildfire_watch(growing(20, 1, 1), 30).onsets, indices{});
}

TEST(wildfire_watch, SeesNothingInAFrameAMinute) {
  EXPECT_EQ(wildfire_watch(growing(15, 1.1, 60), 30).onsets, indices{});
  EXPECT_EQ(wildfire_watch(growing(15, 1.1, 60), forever).onsets, (indices{5}));
}

TEST(wildfire_watch, LeavesOutWhatIsUnsureOrSmall) {
  auto unsure = growing(10, 1.1, 1);
  for (auto& f : unsure)
    f.boxes[0].confidence = 0.69;
  EXPECT_EQ(wildfire_watch(unsure, forever).onsets, indices{});
  std::vector<frame> small;
  for (int i = 0; i < 10; ++i)
    small.push_back({1.0 * i, {square(0.4, 0.02 + 0.001 * i, 0.9)}});
  EXPECT_EQ(wildfire_watch(small, forever).onsets, indices{});
}

TEST(alarms, OfTwoCamerasNeedBothWithinTheTimeOfAgreement) {
  const peer p{"", any_box, 100};
  const auto at = [](double t) { return frame{t, {square(0.4, 0.1, 0.9)}}; };
  const scene soon{"", truth::fire, 0, {{"a", {at(0), {10, {}}}}, {"b", {{50, {}}, at(100)}}}};
  const scene late{"", truth::fire, 0, {{"a", {at(0), {10, {}}}}, {"b", {{50, {}}, at(101)}}}};
  EXPECT_EQ(alarms(p, soon, 2), std::vector<double>{100});
  EXPECT_EQ(alarms(p, late, 2), std::vector<double>{});
  EXPECT_EQ(alarms(p, late, 1), (std::vector<double>{0, 101}));
}

TEST(alarms, BeginAnewOnceTheAgreementIsOver) {
  const peer p{"", any_box, 10};
  const auto at = [](double t) { return frame{t, {square(0.4, 0.1, 0.9)}}; };
  const scene twice{
      "", truth::fire, 0, {{"a", {at(0), {50, {}}, at(100)}}, {"b", {at(1), {51, {}}, at(101)}}}};
  EXPECT_EQ(alarms(p, twice, 2), (std::vector<double>{1, 101}));
}

} // namespace firefinder::quality::peers_test
