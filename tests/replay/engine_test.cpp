// The decision over a recording, in virtual time.

#include "src/replay/engine.hpp"

#include "actors/consensus/explain.hpp"
#include "tests/replay/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace firefinder::replay::engine_test {
namespace {

using test::detection_at;
using test::growing_fire;
using test::recording_start;

struct outcome {
  std::vector<decision_record> decisions;
  std::vector<sample_trace> samples;
  tracker_figures figures;
  std::size_t unheard = 0;

  [[nodiscard]] std::vector<decision_record> triggers() const {
    std::vector<decision_record> result;
    std::copy_if(decisions.begin(), decisions.end(), std::back_inserter(result),
                 [](const auto& x) { return x.triggers(); });
    return result;
  }

  [[nodiscard]] std::string text() const {
    std::string result;
    for (const auto& x : decisions)
      result += decision_line(x) + '\n';
    return result;
  }
};

outcome replayed(std::vector<recording::message> messages, const consensus_settings& settings = {},
                 const std::string& prefix = {}) {
  outcome result;
  engine subject{settings,
                 prefix,
                 {[&](const decision_record& x) { result.decisions.push_back(x); },
                  [&](const sample_trace& x) { result.samples.push_back(x); }}};
  for (auto& one : messages)
    result.unheard += subject.feed(one) ? 0 : 1;
  result.figures = subject.figures();
  return result;
}

TEST(engine, RaisesOneTriggerForOneFire) {
  const auto done = replayed(growing_fire(0));
  const auto triggers = done.triggers();
  ASSERT_EQ(triggers.size(), 1U) << done.text();
  const auto& trigger = triggers.front();
  EXPECT_FALSE(trigger.trigger_id.empty());
  // Six samples of the second camera are the first moment at which both can agree.
  EXPECT_EQ(trigger.t, recording_start + 5.25);
  EXPECT_TRUE(trigger.cameras.at("north").agrees);
  EXPECT_TRUE(trigger.cameras.at("south").agrees);
  EXPECT_EQ(done.figures.messages, 20U);
  EXPECT_EQ(done.figures.accepted, 20U);
  EXPECT_EQ(done.figures.cameras.size(), 2U);
}

TEST(engine, SaysTheSameTwice) {
  const auto first = replayed(growing_fire(0));
  const auto second = replayed(growing_fire(0));
  EXPECT_FALSE(first.decisions.empty());
  EXPECT_EQ(first.decisions, second.decisions);
  EXPECT_EQ(first.text(), second.text());
}

TEST(engine, LetsTheCooldownPassBetweenTwoFires) {
  auto messages = growing_fire(0);
  // Within the cooldown of 300 s, then behind it.
  for (const double from : {100.0, 400.0})
    for (auto& one : growing_fire(from))
      messages.push_back(std::move(one));
  const auto triggers = replayed(messages).triggers();
  ASSERT_EQ(triggers.size(), 2U);
  EXPECT_EQ(triggers[1].t, recording_start + 405.25);
  EXPECT_NE(triggers[0].trigger_id, triggers[1].trigger_id);
}

// What a timer does is told at its own moment, not at the next message's.
TEST(engine, RunsTimersAtTheirOwnMoment) {
  auto messages = growing_fire(0);
  messages.push_back(detection_at(10'000, "east", 0.01));
  const auto done = replayed(messages);
  const auto ended = std::find_if(done.decisions.begin(), done.decisions.end(), [](const auto& x) {
    return !x.triggers() && x.t > recording_start + 20;
  });
  ASSERT_NE(ended, done.decisions.end()) << done.text();
  // The samples leave the window of 30 s, or the cameras are silent for 60 s.
  EXPECT_LT(ended->t, recording_start + 75) << done.text();
}

TEST(engine, TellsOfTopicsToWhichNobodyListens) {
  auto messages = growing_fire(0, 1);
  messages[0].topic = "some/thing";
  messages[1].topic = "fire/detection/a/b";
  EXPECT_EQ(replayed(messages).unheard, 2U);
}

TEST(engine, TakesThePrefixOffTheTopics) {
  auto messages = growing_fire(0);
  EXPECT_EQ(replayed(messages, {}, "site/").unheard, messages.size());
  for (auto& one : messages)
    one.topic = "site/" + one.topic;
  const auto done = replayed(messages, {}, "site/");
  EXPECT_EQ(done.unheard, 0U);
  EXPECT_EQ(done.triggers().size(), 1U);
}

TEST(engine, CountsWhatIsDropped) {
  auto messages = growing_fire(0);
  for (auto& one : messages)
    one.retain = true;
  auto stale = detection_at(30, "north", 0.01);
  stale.t += 1'000;
  messages.push_back(stale);
  recording::message long_one;
  long_one.t = stale.t;
  long_one.topic = "fire/detection/north";
  long_one.size = 300'000;
  messages.push_back(long_one);
  const auto done = replayed(messages);
  EXPECT_TRUE(done.triggers().empty());
  EXPECT_EQ(done.figures.dropped.at("retained"), 20U);
  EXPECT_EQ(done.figures.dropped.at("stale"), 1U);
  EXPECT_EQ(done.figures.dropped.at("too_large"), 1U);
}

TEST(engine, TellsWhatEachDetectionWas) {
  auto messages = growing_fire(0, 2);
  messages.push_back(detection_at(3, "north", 0.02, 0.5));
  messages.push_back(detection_at(4, "north", 0.0004));
  auto broken = detection_at(5, "north", 0.02);
  broken.payload = "{";
  messages.push_back(broken);
  const auto samples = replayed(messages).samples;
  ASSERT_EQ(samples.size(), 7U);
  EXPECT_TRUE(samples[0].counts());
  EXPECT_EQ(samples[0].camera, "north");
  EXPECT_EQ(samples[0].object, "o");
  EXPECT_EQ(samples[0].t, recording_start);
  EXPECT_NEAR(samples[0].area, 0.01, 1e-6);
  EXPECT_EQ(samples[2].standing.samples, 2U);
  EXPECT_EQ(samples[4].dropped, "low_confidence");
  EXPECT_NEAR(samples[4].area, 0.02, 1e-6);
  EXPECT_EQ(samples[5].dropped, "small_area");
  EXPECT_NEAR(samples[5].area, 0.0004, 1e-6);
  EXPECT_EQ(samples[6].dropped, "malformed");
  EXPECT_FALSE(samples[6].counts());
}

TEST(engine, NamesTheTopicsOfTheDecision) {
  consensus_settings settings;
  settings.acceptance.frigate_prefixes = {"one", "two"};
  const auto filters = engine{settings, {}, {}}.filters();
  for (const auto* expected : {"fire/detection", "fire/detection/+", "system/camera_telemetry",
                               "one/events", "two/available", "two/stats"})
    EXPECT_EQ(std::count(filters.begin(), filters.end(), expected), 1) << expected;
}

} // namespace
} // namespace firefinder::replay::engine_test
