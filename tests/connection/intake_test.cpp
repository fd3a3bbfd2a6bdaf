#include "actors/connection/intake.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firefinder::intake_test {
namespace {

using namespace std::chrono_literals;

constexpr monotonic start = 100s;

class gate : public ::testing::Test {
protected:
  // Lets `n` messages of a source ask; keeps the receipts of those that are let in, and
  // returns their number.
  std::size_t ask(const std::string& topic, std::size_t n, std::size_t payload = 0) {
    std::size_t admitted = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (auto held = uut.admit(topic, std::string(payload, 'x'), now)) {
        kept.push_back(std::move(held));
        ++admitted;
      }
    return admitted;
  }

  // Enough time for the gate to look again.
  void wait() { now += 1s; }

  intake uut{{1'000, 100'000}};
  monotonic now = start;
  std::vector<receipt> kept;
};

TEST_F(gate, lets_in_what_is_handled_as_fast_as_it_comes) {
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(uut.admit("a", "payload", now));
    ASSERT_LE(uut.messages(), 1'000U);
    now += 5ms;
  }
  EXPECT_FALSE(uut.report(now));
}

TEST_F(gate, one_source_alone_gets_half_of_the_room) { EXPECT_EQ(ask("a", 5'000), 500U); }

TEST_F(gate, sources_that_flood_leave_room_for_the_next_one) {
  for (int round = 0; round < 500; ++round)
    for (const char* flooding : {"a", "b", "c", "d"})
      ask(flooding, 10);
  EXPECT_LE(uut.messages(), 800U);
  EXPECT_EQ(ask("quiet", 50), 50U);
}

TEST_F(gate, never_holds_more_than_its_limits) {
  for (int i = 0; i < 3'000; ++i)
    ask("source-" + std::to_string(i), 1);
  EXPECT_EQ(uut.messages(), 1'000U);
}

TEST_F(gate, bounds_bytes_of_topics_and_payloads) {
  EXPECT_EQ(ask("a", 100, 10'000), 5U);
  EXPECT_EQ(uut.bytes(), 50'005U);
  EXPECT_EQ(ask("b", 100, 10'000), 3U) << "half of what was free, and the one that passes it";
  EXPECT_EQ(ask(std::string(60'000, 't'), 1), 0U);
  EXPECT_EQ(ask("quiet", 1, 5'000), 1U);
  EXPECT_LE(uut.bytes(), 100'000U);
}

TEST_F(gate, room_comes_back_with_the_last_copy_of_a_receipt) {
  ask("a", 5'000);
  const auto copy = kept.front();
  kept.clear();
  wait();
  EXPECT_EQ(ask("a", 1), 1U);
  EXPECT_EQ(uut.messages(), 2U);
}

TEST_F(gate, looks_for_room_again_only_after_a_pause) {
  ask("a", 5'000);
  kept.clear();
  EXPECT_EQ(ask("a", 1), 0U);
  now += 5ms;
  EXPECT_EQ(ask("a", 1), 1U);
}

TEST_F(gate, forgets_everything_when_all_is_handled) {
  for (int i = 0; i < 500; ++i)
    ask("source-" + std::to_string(i), 2, 10);
  ask("a", 5'000);
  kept.clear();
  wait();
  EXPECT_EQ(ask("a", 5'000), 500U);
  EXPECT_EQ(uut.messages(), 500U);
  EXPECT_EQ(uut.bytes(), 500U);
  EXPECT_EQ(uut.sources(), 1U);
}

TEST_F(gate, a_source_may_be_ahead_of_its_rate_and_not_by_more) {
  intake fast{{.source_rate = 10, .ahead = 2s}};
  const auto burst = [&](const std::string& topic, std::size_t size) {
    int admitted = 0;
    for (int i = 0; i < 100; ++i)
      admitted += fast.admit(topic, std::string(size, 'x'), now) ? 1 : 0;
    return admitted;
  };
  EXPECT_EQ(burst("a", 10), 21);
  EXPECT_EQ(burst("b", 10), 21) << "the rate is that of each source";
  now += 1s;
  EXPECT_EQ(burst("a", 10), 10);
  now += 1h;
  EXPECT_EQ(burst("a", 10), 21) << "what was not used up is not saved";
  EXPECT_EQ(burst("large", 5 * bytes_of_one), 4) << "a large one counts as several";
}

TEST_F(gate, what_the_broker_has_kept_uses_up_no_rate) {
  intake slow{{.source_rate = 10, .ahead = 1s}};
  slow.resumed(now);
  for (int i = 0; i < 10'000; ++i)
    ASSERT_TRUE(slow.admit("a", "", now)) << i;
  now += backlog_span;
  int admitted = 0;
  for (int i = 0; i < 100; ++i)
    admitted += slow.admit("a", "", now) ? 1 : 0;
  EXPECT_EQ(admitted, 11);
}

TEST_F(gate, what_is_shed_for_want_of_room_does_not_use_up_a_rate) {
  intake small{{.messages = 4, .source_rate = 10, .ahead = 1s}};
  for (int i = 0; i < 100; ++i)
    if (auto held = small.admit("a", "", now))
      kept.push_back(std::move(held));
  EXPECT_EQ(kept.size(), 2U);
  kept.clear();
  now += 5ms;
  for (int i = 0; i < 8; ++i)
    EXPECT_TRUE(small.admit("a", "", now += 5ms)) << i;
}

TEST_F(gate, receipts_may_outlive_it) {
  receipt held;
  {
    intake other;
    held = other.admit("a", "b", now);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(gate, sheds_signs_of_life_first) {
  EXPECT_EQ(ask("system/camera_telemetry", 1), 1U);
  ask("a", 5'000);
  for (const char* topic : {"system/camera_telemetry", "site/system/telemetry", "frigate/stats"})
    EXPECT_EQ(ask(topic, 10), 0U) << topic;
  EXPECT_EQ(ask("fire/detection/stats", 10), 10U);
  EXPECT_EQ(ask("frigate/events", 10), 10U);
}

TEST_F(gate, cameras_on_one_topic_have_a_share_each) {
  const auto event = [](const std::string& camera) {
    return R"({"type":"new","before":{"id":"1","camera": ")" + camera + R"("}})";
  };
  std::size_t admitted = 0;
  for (int i = 0; i < 5'000; ++i)
    if (auto held = uut.admit("frigate/events", event("flooding"), now)) {
      kept.push_back(std::move(held));
      ++admitted;
    }
  EXPECT_EQ(admitted, 500U);
  for (int i = 0; i < 50; ++i) {
    kept.push_back(uut.admit("frigate/events", event("quiet"), now));
    EXPECT_TRUE(kept.back()) << i;
  }
}

TEST_F(gate, a_topic_of_one_camera_is_one_source_whatever_it_says) {
  std::size_t admitted = 0;
  for (int i = 0; i < 5'000; ++i)
    if (auto held = uut.admit("fire/detection/north",
                              R"({"camera_id":"c)" + std::to_string(i) + R"("})", now)) {
      kept.push_back(std::move(held));
      ++admitted;
    }
  EXPECT_LE(admitted, 500U);
}

TEST_F(gate, tells_all_that_it_shed_once_a_second) {
  ask("a", 600, 0);
  const auto first = uut.report(now);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->messages, 100U);
  EXPECT_EQ(first->bytes, 100U);
  EXPECT_FALSE(uut.report(now + 5s)) << "nothing since";
  ask("a", 10);
  EXPECT_FALSE(uut.report(now + 999ms));
  const auto second = uut.report(now + 1s);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->messages, 10U);
}

TEST(camera_near_the_beginning, is_found_as_publishers_write_it) {
  EXPECT_EQ(camera_near_the_beginning(R"({"camera_id":"north","bbox":[]})"), "north");
  EXPECT_EQ(camera_near_the_beginning("{ \"camera\" :\n \"north\" }"), "north");
  EXPECT_EQ(camera_near_the_beginning(R"({"type":"new","before":{"camera":"a"}})"), "a");
  EXPECT_EQ(camera_near_the_beginning(R"({"camera":{},"camera_id":"b"})"), "b");
  EXPECT_EQ(camera_near_the_beginning(R"({"camera_name":"c"})"), "");
  EXPECT_EQ(camera_near_the_beginning(R"({"camera":7})"), "");
}

TEST(camera_near_the_beginning, survives_what_ends_early) {
  const std::string whole = R"({"camera_id" : "north"})";
  for (std::size_t n = 0; n < whole.size() - 1; ++n)
    EXPECT_EQ(camera_near_the_beginning(whole.substr(0, n)), "") << n;
  EXPECT_EQ(camera_near_the_beginning(""), "");
  EXPECT_EQ(camera_near_the_beginning(std::string(600, ' ') + whole), "") << "not near";
}

} // namespace
} // namespace firefinder::intake_test
