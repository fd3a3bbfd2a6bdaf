#include "actors/consensus/compact_queue.hpp"
#include "actors/consensus/kept_standing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace firefinder::kept_test {
namespace {

// -- queues --------------------------------------------------------------------------------

constexpr std::size_t most = 100;
using queue = compact_queue<std::uint32_t, most>;

void expect_same(const queue& x, const std::deque<std::uint32_t>& expected) {
  ASSERT_EQ(x.size(), expected.size());
  ASSERT_EQ(x.empty(), expected.empty());
  ASSERT_TRUE(std::equal(x.begin(), x.end(), expected.begin(), expected.end()));
  ASSERT_TRUE(std::equal(x.rbegin(), x.rend(), expected.rbegin(), expected.rend()));
  if (!x.empty()) {
    ASSERT_EQ(x.front(), expected.front());
    ASSERT_EQ(x.back(), expected.back());
    ASSERT_EQ(x[x.size() / 2], expected[x.size() / 2]);
  }
}

TEST(compact_queue, holds_what_a_deque_holds) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 dice{seed};
    queue x;
    std::deque<std::uint32_t> expected;
    std::size_t target = 0;
    for (std::uint32_t i = 0; i < 3'000; ++i) {
      if (i % 150 == 0)
        target = dice() % (most + 1);
      const auto what = dice() % 100;
      if (what == 0) {
        x.clear();
        expected.clear();
      } else if (what == 1) {
        const auto kept = dice() % (x.size() + 1);
        x.truncate(kept);
        expected.resize(kept);
      } else if (expected.size() < most && (expected.size() < target || what % 2 == 0)) {
        x.push_back(i);
        expected.push_back(i);
      } else if (!expected.empty()) {
        x.pop_front();
        expected.pop_front();
      }
      ASSERT_NO_FATAL_FAILURE(expect_same(x, expected)) << "seed " << seed << ", step " << i;
    }
  }
}

TEST(compact_queue, has_room_for_little_more_than_what_is_in_it) {
  EXPECT_LE(sizeof(queue), 16U);
  queue x;
  EXPECT_EQ(x.capacity(), 0U);
  for (std::uint32_t i = 0; i < most; ++i) {
    x.push_back(i);
    EXPECT_LE(x.capacity(), x.size() + x.size() / 2 + 1);
  }
  // Of a row that is as long all the time it does not grow.
  queue row;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    row.push_back(i);
    if (row.size() > 4)
      row.pop_front();
  }
  EXPECT_LE(row.capacity(), 6U);
  // What a long one needed goes back.
  while (x.size() > 2)
    x.pop_front();
  for (std::uint32_t i = 0; i < 20; ++i) {
    x.push_back(i);
    x.pop_front();
  }
  EXPECT_LE(x.capacity(), 12U);
  x.clear();
  EXPECT_EQ(x.capacity(), 0U);
}

// -- standings -----------------------------------------------------------------------------

camera_standing standing(std::uint32_t i) {
  camera_standing result;
  result.agrees = i % 2 == 0;
  result.reason = result.agrees ? standing_reason::verified : standing_reason::not_growing;
  result.verified_by = result.agrees ? "growth" : "";
  result.object = "1732212000.125-object-" + std::to_string(i);
  result.samples = i + 1;
  result.samples_needed = 6;
  result.growth = 1.01 * i;
  result.growth_needed = 1.2;
  result.frames = 12;
  result.seen = i + 2;
  result.seen_needed = 3;
  result.confidence = .1 + i;
  result.confidence_needed = .2 + i;
  result.evidence = .3 + i;
  result.evidence_needed = 2.1;
  result.area = .4 + i;
  result.cadence_s = .5 + i;
  result.window_s = .6 + i;
  return result;
}

TEST(kept_standing, is_given_back_as_it_was) {
  standing_pool pool;
  EXPECT_EQ(kept_standing{}.full(), camera_standing{});
  EXPECT_EQ(kept_standing{}.reason(), standing_reason::nothing_seen);
  EXPECT_FALSE(kept_standing{}.agrees());
  std::vector<kept_standing> kept(1'000);
  // Also such as were others before.
  for (const std::uint32_t later : {0U, 1U})
    for (std::uint32_t i = 0; i < kept.size(); ++i)
      pool.keep(standing(i + later), kept[i]);
  for (std::uint32_t i = 0; i < kept.size(); ++i) {
    ASSERT_EQ(kept[i].full(), standing(i + 1));
    ASSERT_EQ(kept[i].reason(), standing(i + 1).reason);
    ASSERT_EQ(kept[i].agrees(), standing(i + 1).agrees);
  }
  pool.keep({}, kept[0]);
  EXPECT_EQ(kept[0].full(), camera_standing{});
  EXPECT_EQ(kept[1].full(), standing(2));
}

TEST(kept_standing, what_is_alike_in_many_stands_once) {
  standing_pool pool;
  std::vector<kept_standing> kept(1'000);
  for (std::uint32_t i = 0; i < kept.size(); ++i)
    pool.keep(standing(i), kept[i]);
  EXPECT_EQ(pool.size(), 2U);
  EXPECT_LE(sizeof(kept_standing), sizeof(camera_standing) - 64);
}

} // namespace
} // namespace firefinder::kept_test
