#include "actors/camera_detection/following.hpp"

#include <gtest/gtest.h>

namespace firefinder::following_test {

using namespace std::chrono_literals;
using look = following::look;

namespace {

constexpr auto interval = 60s;

struct follow : testing::Test {
  following uut{interval};
  monotonic now = 1h;

  bool is_due(const std::string& id) { return uut.due(now, 1) == std::vector<std::string>{id}; }
};

} // namespace

TEST_F(follow, looks_once_in_an_interval) {
  uut.add("a", now);
  const auto end = now + 1h;
  int looks = 0;
  for (; now < end; now += 1s)
    for (const auto& id : uut.due(now, 10)) {
      ++looks;
      EXPECT_EQ(uut.seen(id, look::fine, now), camera_condition::online);
    }
  EXPECT_GE(looks, 60);
  EXPECT_LE(looks, 68);
}

TEST_F(follow, takes_one_silence_for_nothing_and_two_for_an_absence) {
  uut.add("a", now);
  ASSERT_TRUE(is_due("a"));
  EXPECT_EQ(uut.seen("a", look::silence, now), std::nullopt);
  now += 4s;
  EXPECT_FALSE(is_due("a"));
  now += 1s;
  ASSERT_TRUE(is_due("a"));
  EXPECT_EQ(uut.seen("a", look::silence, now), camera_condition::offline);
}

TEST_F(follow, forgives_a_silence_after_an_answer) {
  uut.add("a", now);
  (void)uut.due(now, 1);
  (void)uut.seen("a", look::silence, now);
  (void)uut.seen("a", look::fine, now);
  EXPECT_EQ(uut.seen("a", look::silence, now), std::nullopt);
  (void)uut.seen("a", look::fault, now);
  EXPECT_EQ(uut.seen("a", look::silence, now), std::nullopt);
}

TEST_F(follow, tells_a_fault_from_an_absence) {
  uut.add("a", now);
  EXPECT_EQ(uut.seen("a", look::fault, now), std::nullopt);
  EXPECT_EQ(uut.seen("a", look::fault, now), camera_condition::stream_error);
}

TEST_F(follow, gives_each_out_once) {
  uut.add("a", now);
  uut.add("a", now);
  EXPECT_EQ(uut.due(now, 10).size(), 1u);
  EXPECT_TRUE(uut.due(now + 1h, 10).empty());
  EXPECT_EQ(uut.next(), std::nullopt);
  uut.hurry("a", now);
  EXPECT_TRUE(uut.due(now + 1h, 10).empty());
}

TEST_F(follow, spreads_cameras_and_bounds_them) {
  for (int i = 0; i < 200; ++i)
    uut.add("camera " + std::to_string(i), now, 10s);
  EXPECT_LT(uut.due(now + 1s, 1'000).size(), 60u);
  EXPECT_EQ(uut.due(now + 10s, 32).size(), 32u);
}

TEST_F(follow, hurries) {
  uut.add("a", now + 1h);
  EXPECT_FALSE(is_due("a"));
  uut.hurry("a", now);
  EXPECT_TRUE(is_due("a"));
}

TEST_F(follow, knows_whom_frigate_sees) {
  uut.add("a", now);
  EXPECT_FALSE(uut.is_fed("a", now));
  uut.fed("a", now);
  EXPECT_TRUE(uut.is_fed("a", now + 149s));
  EXPECT_FALSE(uut.is_fed("a", now + 150s));
  uut.fed("b", now);
  EXPECT_FALSE(uut.is_fed("b", now));
}

TEST_F(follow, forgets) {
  uut.add("a", now);
  uut.remove("a");
  uut.remove("b");
  EXPECT_TRUE(uut.due(now, 10).empty());
  EXPECT_EQ(uut.seen("a", look::fine, now), std::nullopt);
}

TEST(search_tempo, slows_down_when_nothing_changes) {
  search_tempo uut{300s, true};
  EXPECT_EQ(uut.pause(), 300s);
  uut.finished({"a"});
  uut.finished({"a"});
  EXPECT_FALSE(uut.steady());
  uut.finished({"a"});
  EXPECT_TRUE(uut.steady());
  EXPECT_EQ(uut.pause(), 30min);
  uut.finished({"a", "b"});
  EXPECT_EQ(uut.pause(), 300s);
  uut.finished({"a", "b"});
  uut.finished({"a", "b"});
  EXPECT_TRUE(uut.steady());
  uut.disturb();
  EXPECT_EQ(uut.pause(), 300s);
}

TEST(search_tempo, keeps_its_pace_when_told_to) {
  search_tempo uut{300s, false};
  for (int i = 0; i < 10; ++i)
    uut.finished({"a"});
  EXPECT_EQ(uut.pause(), 300s);
  search_tempo slow{1h, true};
  for (int i = 0; i < 3; ++i)
    slow.finished({"a"});
  EXPECT_EQ(slow.pause(), 1h);
}

} // namespace firefinder::following_test
