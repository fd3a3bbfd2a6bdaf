#include "actors/consensus/camera_keys.hpp"
#include "actors/consensus/roster.hpp"
#include "actors/consensus/sights.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::roster_test {
namespace {

using namespace std::chrono_literals;

// -- keys ----------------------------------------------------------------------------------

TEST(camera_keys, of_two_ids_with_one_key_the_first_has_it_until_it_is_gone) {
  camera_keys x;
  x.add("Barn 1", 10s);
  x.add("barn-1", 20s);
  x.add("barn.1", 30s);
  x.add("barn-1", 40s);
  EXPECT_EQ(x.key_of("Barn 1"), "barn_1");
  EXPECT_EQ(x.key_of("barn-1"), "");
  ASSERT_EQ(x.keyless().size(), 2U);
  EXPECT_EQ(x.keyless().at("barn-1").holder, "Barn 1");
  EXPECT_EQ(x.keyless().at("barn-1").since, 20s);
  EXPECT_EQ(x.remove("Barn 1"), "barn-1");
  EXPECT_EQ(x.key_of("barn-1"), "barn_1");
  EXPECT_EQ(x.keyless().at("barn.1").holder, "barn-1");
  EXPECT_EQ(x.remove("barn.1"), std::nullopt);
  EXPECT_EQ(x.remove("barn-1"), std::nullopt);
  EXPECT_TRUE(x.keyless().empty());
  x.add("barn.1", 50s);
  EXPECT_EQ(x.key_of("barn.1"), "barn_1");
}

TEST(camera_keys, an_id_without_letter_or_digit_has_none) {
  camera_keys x;
  x.add("…", 1s);
  x.add("***", 2s);
  EXPECT_EQ(x.key_of("…"), "");
  EXPECT_EQ(x.keyless().size(), 2U);
  EXPECT_EQ(x.keyless().at("***").holder, "");
  EXPECT_EQ(x.remove("…"), std::nullopt);
  EXPECT_EQ(x.keyless().size(), 1U);
  EXPECT_EQ(x.remove("unknown"), std::nullopt);
}

// -- cameras -------------------------------------------------------------------------------

house_camera camera(const std::string& id, std::uint32_t samples = 0) {
  house_camera result;
  result.id = result.key = result.name = id;
  result.online = true;
  result.standing.samples = samples;
  return result;
}

std::uint32_t samples_in(const roster::message& x) {
  return std::get<house_camera>(x).standing.samples;
}

/// A roster, and the cameras as they are now.
class informed {
public:
  void put(const house_camera& x, monotonic now) {
    cameras_[x.id] = x;
    roster_.put(x, now);
  }
  void remove(const std::string& id, const std::string& successor) {
    cameras_.erase(id);
    roster_.remove(id, successor);
  }
  std::vector<roster::message> take(monotonic now) { return roster_.take(now, look()); }
  [[nodiscard]] std::optional<monotonic> next() const { return roster_.next(); }
  [[nodiscard]] std::vector<house_camera> all() { return roster_.all(look()); }

private:
  [[nodiscard]] roster::lookup look() const {
    return [this](const std::string& id) -> std::optional<house_camera> {
      const auto known = cameras_.find(id);
      return known == cameras_.end() ? std::nullopt : std::optional{known->second};
    };
  }

  std::map<std::string, house_camera> cameras_;
  roster roster_;
};

TEST(roster, figures_alone_are_told_once_a_second_and_the_last_of_them_always) {
  informed x;
  x.put(camera("a", 1), 10s);
  EXPECT_EQ(x.take(10s).size(), 1U);
  for (std::uint32_t i = 2; i < 20; ++i)
    x.put(camera("a", i), 10s + i * 10ms);
  EXPECT_TRUE(x.take(10500ms).empty());
  EXPECT_EQ(x.next(), 11s);
  const auto told = x.take(11s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(samples_in(told[0]), 19U);
  EXPECT_FALSE(x.next());
  EXPECT_TRUE(x.take(20s).empty());
}

TEST(roster, what_people_act_on_is_told_at_once_and_takes_the_figures_with_it) {
  informed x;
  x.put(camera("a", 1), 10s);
  EXPECT_EQ(x.take(10s).size(), 1U);
  x.put(camera("a", 2), 10100ms);
  auto agrees = camera("a", 3);
  agrees.standing.agrees = true;
  agrees.standing.reason = standing_reason::verified;
  x.put(agrees, 10200ms);
  const auto told = x.take(10200ms);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(samples_in(told[0]), 3U);
  EXPECT_FALSE(x.next());
  for (auto* what : {&agrees.online, &agrees.counts, &agrees.expected, &agrees.by_frigate}) {
    *what = !*what;
    x.put(agrees, 10300ms);
    EXPECT_EQ(x.take(10300ms).size(), 1U);
  }
  agrees.key.clear();
  x.put(agrees, 10300ms);
  EXPECT_EQ(x.take(10300ms).size(), 1U);
}

TEST(roster, what_is_the_same_is_not_told_again) {
  informed x;
  auto blind = camera("a");
  blind.online = false;
  blind.blind_since = 1'700'000'000.25;
  x.put(blind, 10s);
  EXPECT_EQ(x.take(10s).size(), 1U);
  // Computed anew from two clocks.
  blind.blind_since += .004;
  x.put(blind, 20s);
  EXPECT_TRUE(x.take(20s).empty());
  // Figures that are again what they were.
  x.put(blind, 30s);
  auto other = blind;
  other.standing.samples = 3;
  x.put(other, 30s);
  EXPECT_EQ(x.take(30s).size(), 1U);
  x.put(blind, 30100ms);
  x.put(other, 30200ms);
  EXPECT_FALSE(x.next());
  EXPECT_TRUE(x.take(40s).empty());
}

TEST(roster, who_came_while_figures_waited_is_told_that_they_are_what_they_were) {
  informed x;
  x.put(camera("a", 3), 10s);
  EXPECT_EQ(x.take(10s).size(), 1U);
  x.put(camera("a", 4), 10200ms);
  ASSERT_EQ(x.all().size(), 1U);
  EXPECT_EQ(x.all()[0].standing.samples, 4U);
  x.put(camera("a", 3), 10400ms);
  const auto told = x.take(11s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(samples_in(told[0]), 3U);
  EXPECT_FALSE(x.next());
}

TEST(roster, whatever_changes_of_a_camera_is_told) {
  informed x;
  auto one = camera("a");
  monotonic at = 10s;
  x.put(one, at);
  EXPECT_EQ(x.take(at).size(), 1U);
  auto& standing = one.standing;
  for (const auto& change : std::vector<std::function<void()>>{
           [&] { one.name = "Barn"; }, [&] { one.collides_with = "b"; },
           [&] { one.blind_since = 1'700'000'000; }, [&] { standing.verified_by = "growth"; },
           [&] { standing.object = "7"; }, [&] { standing.samples_needed = 6; },
           [&] { standing.growth = 1.25; }, [&] { standing.growth_needed = 1.5; },
           [&] { standing.frames = 8; }, [&] { standing.seen = 1; },
           [&] { standing.seen_needed = 3; }, [&] { standing.confidence = .7; },
           [&] { standing.confidence_needed = .8; }, [&] { standing.evidence = 1.4; },
           [&] { standing.evidence_needed = 2.1; }, [&] { standing.area = .01; },
           [&] { standing.cadence_s = 60; }, [&] { standing.window_s = 600; }}) {
    change();
    x.put(one, at += 2s);
    const auto told = x.take(at);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(std::get<house_camera>(told[0]), one);
    x.put(one, at += 2s);
    EXPECT_TRUE(x.take(at).empty());
  }
  EXPECT_EQ(x.all(), std::vector{one});
}

TEST(roster, a_camera_that_is_gone_is_told_once_and_nothing_after_it) {
  informed x;
  x.put(camera("a", 1), 10s);
  x.put(camera("a", 2), 10100ms);
  x.remove("a", "b");
  x.remove("a", "b");
  x.remove("never", "");
  const auto told = x.take(20s);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(std::get<house_camera_gone>(told[1]).id, "a");
  EXPECT_EQ(std::get<house_camera_gone>(told[1]).successor, "b");
  EXPECT_FALSE(x.next());
  EXPECT_TRUE(x.all().empty());
}

TEST(roster, many_cameras_that_burst_are_told_once_a_second_each) {
  informed x;
  std::size_t told = 0;
  for (int ms = 0; ms < 10'000; ms += 20) {
    for (int i = 0; i < 50; ++i)
      x.put(camera("c" + std::to_string(i), static_cast<std::uint32_t>(ms)), ms * 1ms);
    told += x.take(ms * 1ms).size();
  }
  EXPECT_EQ(told, 50U * 10);
}

TEST(house_state, is_the_same_when_only_the_beginning_of_a_problem_was_computed_anew) {
  house_state a;
  a.problems = {{"camera_offline", "north", false, 1'700'000'000, "camera north is offline"}};
  auto b = a;
  b.problems[0].since += .001;
  EXPECT_TRUE(same_house(a, b));
  b.problems[0].text = "otherwise";
  EXPECT_FALSE(same_house(a, b));
  b = a;
  b.problems.clear();
  EXPECT_FALSE(same_house(a, b));
  b = a;
  b.cameras_detecting = 1;
  EXPECT_FALSE(same_house(a, b));
}

// -- what they see --------------------------------------------------------------------------

camera_sight sight(const std::string& camera, fire_sign sign, double confidence,
                   std::uint32_t count = 1) {
  camera_sight result;
  result.camera = camera;
  result.newest.sign = sign;
  result.newest.confidence = confidence;
  result.count = count;
  result.holds = 30s;
  return result;
}

TEST(sights, the_first_is_told_at_once_and_then_one_a_second_with_all_counts) {
  sights x;
  ASSERT_TRUE(x.add(sight("a", fire_sign::fire, .7), 10s));
  std::uint32_t count = 1;
  for (int i = 1; i <= 9; ++i)
    EXPECT_FALSE(x.add(sight("a", fire_sign::fire, .7 + i * .01, 2), 10s + i * 100ms));
  EXPECT_EQ(x.next(), 11s);
  const auto told = x.take(11s);
  ASSERT_EQ(told.size(), 1U);
  count += told[0].count;
  EXPECT_EQ(count, 19U);
  EXPECT_DOUBLE_EQ(told[0].newest.confidence, .79);
  EXPECT_EQ(told[0].holds, 30s - 100ms);
  EXPECT_FALSE(x.next());
  // The pause goes on after the trailing one.
  EXPECT_FALSE(x.add(sight("a", fire_sign::fire, .9), 11500ms));
  EXPECT_EQ(x.take(12s).size(), 1U);
  EXPECT_TRUE(x.take(13s).empty());
  EXPECT_TRUE(x.add(sight("a", fire_sign::fire, .9), 14s));
}

TEST(sights, each_camera_and_each_sign_has_a_pace_of_its_own) {
  sights x;
  EXPECT_TRUE(x.add(sight("a", fire_sign::fire, .7), 10s));
  EXPECT_TRUE(x.add(sight("a", fire_sign::smoke, .7), 10s));
  EXPECT_TRUE(x.add(sight("b", fire_sign::fire, .7), 10s));
  EXPECT_FALSE(x.add(sight("b", fire_sign::fire, .7), 10500ms));
  // That of another one is over, and it is told although the tick of the first is late.
  EXPECT_TRUE(x.add(sight("a", fire_sign::fire, .8), 11s));
  EXPECT_EQ(x.take(11s).size(), 1U);
}

} // namespace
} // namespace firefinder::roster_test
