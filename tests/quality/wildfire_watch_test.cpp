#include "tests/quality/wildfire_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace firefinder::quality::wildfire_watch_test {

namespace {

/// Two cameras, `b` half a second after `a`, whose boxes have these areas, a second apart.
close_fire two_see(const std::vector<double>& areas, const std::string& object = "1") {
  close_fire result{"", {}};
  double t = 1000;
  for (const double area : areas) {
    const double side = std::sqrt(area);
    const box where{0.2, 0.2, 0.2 + side, 0.2 + side, 0.9};
    result.sightings.push_back({t, "a", object, where});
    result.sightings.push_back({t + 0.5, "b", object, where});
    t += 1;
  }
  return result;
}

const std::set<std::string> both{"a", "b"};

} // namespace

TEST(reference, TriggersAtTheSixthSampleOfTheSecondCamera) {
  const auto x = wildfire_watch_triggers(two_see({0.01, 0.01, 0.01, 0.0121, 0.0121, 0.0121}), {});
  ASSERT_EQ(x.size(), 1u);
  EXPECT_EQ(x[0], (trigger{1005.5, both}));
}

TEST(reference, NeedsGrowthByAFifth) {
  EXPECT_TRUE(
      wildfire_watch_triggers(two_see({0.01, 0.01, 0.01, 0.0119, 0.0119, 0.0119}), {}).empty());
  EXPECT_TRUE(wildfire_watch_triggers(two_see({0.01, 0.01, 0.0121, 0.0121, 0.0121}), {}).empty());
}

TEST(reference, TriggersAgainAfterItsCooldown) {
  std::vector<double> areas;
  for (int i = 0; i < 400; ++i)
    areas.push_back(0.01 * std::pow(1.01, i));
  auto fire = two_see(areas);
  const auto x = wildfire_watch_triggers(fire, {});
  ASSERT_EQ(x.size(), 2u);
  EXPECT_EQ(x[1].t, x[0].t + 300);
}

TEST(reference, RemembersAHundredSamples) {
  // When the second camera sees growth, the first has seen a hundred large boxes since its own.
  const auto sees = [](const char* camera, double t, double side) {
    return sighting{t, camera, "1", {0.2, 0.2, 0.2 + side, 0.2 + side, 0.9}};
  };
  close_fire fire{"", {}};
  for (int i = 0; i < 150; ++i)
    fire.sightings.push_back(sees("a", 1000 + i * 0.1, i < 10 ? 0.1 : 0.2));
  for (int i = 0; i < 6; ++i)
    fire.sightings.push_back(sees("b", 1020 + i * 0.1, i < 3 ? 0.1 : 0.2));
  EXPECT_TRUE(wildfire_watch_triggers(fire, {}).empty());
  EXPECT_EQ(wildfire_watch_triggers(fire, {.short_memory = false}).size(), 1u);
}

TEST(reference, JudgesEveryObjectWithEveryDetection) {
  // The first camera's object begins to grow when its large samples are 30 s old, and is not seen
  // again; by then the second camera's still grows.
  const auto sees = [](const char* camera, double t, double side) {
    return sighting{t, camera, "1", {0.2, 0.2, 0.2 + side, 0.2 + side, 0.9}};
  };
  close_fire fire{"", {}};
  for (const double side : {0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.12, 0.12, 0.12})
    fire.sightings.push_back(sees("a", 1000 + static_cast<double>(fire.sightings.size()), side));
  for (const double side : {0.1, 0.1, 0.1, 0.12, 0.12, 0.12, 0.12})
    fire.sightings.push_back(
        sees("b", 1018 + 2 * static_cast<double>(fire.sightings.size() - 9), side));
  ASSERT_EQ(fire.sightings.back().t, 1030);
  EXPECT_TRUE(wildfire_watch_triggers(fire, {}).empty());
  fire.sightings.push_back(sees("b", 1032.5, 0.12));
  EXPECT_EQ(wildfire_watch_triggers(fire, {}), (std::vector<trigger>{{1032.5, both}}));
  EXPECT_TRUE(wildfire_watch_triggers(fire, {.judged_at_any_time = false}).empty());
}

TEST(reference, TakesNamelessBoxesForOneObject) {
  auto fire = two_see({0.01, 0.01, 0.01, 0.0121, 0.0121, 0.0121}, "");
  for (auto& s : fire.sightings)
    if (s.t >= 1003) {
      s.where.x1 += 0.5;
      s.where.x2 += 0.5;
    }
  EXPECT_EQ(wildfire_watch_triggers(fire, {}).size(), 1u);
  EXPECT_TRUE(wildfire_watch_triggers(fire, {.one_nameless_object = false}).empty());
}

TEST(close_fires, AreTheSameForTheSameSeedAndInOrder) {
  const auto fires = close_fires(3, 2);
  const auto again = close_fires(3, 2);
  ASSERT_EQ(fires.size(), again.size());
  EXPECT_EQ(recording(fires[4]), recording(again[4]));
  EXPECT_NE(recording(fires[4]), recording(close_fires(4, 2)[4]));
  for (const auto& f : fires)
    EXPECT_TRUE(std::is_sorted(f.sightings.begin(), f.sightings.end(),
                               [](const sighting& a, const sighting& b) { return a.t < b.t; }));
}

TEST(close_fires, HoldFiresThatTriggerAndOthersThatDoNot) {
  std::size_t triggering = 0;
  const auto fires = close_fires(1, 10);
  for (const auto& f : fires)
    triggering += wildfire_watch_triggers(f, {}).empty() ? 0 : 1;
  EXPECT_GT(triggering, fires.size() / 4);
  EXPECT_LT(triggering, fires.size() * 3 / 4);
}

} // namespace firefinder::quality::wildfire_watch_test
