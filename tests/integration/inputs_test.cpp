// Every documented form of a detection, and what is not one.

#include "tests/integration/fixture.hpp"

namespace firefinder::test::inputs_test {
namespace {

using namespace std::chrono_literals;

class inputs : public scene {
protected:
  /// Publishes on a topic of the test's choice.
  void say(const std::string& topic, const std::vector<nlohmann::json>& payloads) {
    for (const auto& one : payloads)
      cameras().post(topic, one.dump());
    cameras().flush();
  }
};

TEST_F(inputs, CommonTopicNamesTheCameraInside) {
  play();
  say("fire/detection", growing_fire("north"));
  say("fire/detection", growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, TopicLevelWinsOverCameraId) {
  play();
  say("fire/detection/north", growing_fire("somebody"));
  say("fire/detection/south", growing_fire("somebody"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, TopicLevelIsEnough) {
  play();
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one.erase("camera_id");
    say("fire/detection/" + std::string{camera}, fire);
  }
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, ADetectionNeedsOnlyConfidenceAndBox) {
  play();
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one = {{"confidence", one["confidence"]}, {"bounding_box", one["bbox"]}};
    say("fire/detection/" + std::string{camera}, fire);
  }
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, ConfidenceMayBeANumericText) {
  play();
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["confidence"] = "0.85";
    see(fire);
  }
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, ConfidenceAtTheMinimumCountsAndBelowDoesNot) {
  play();
  for (const char* camera : {"low-1", "low-2"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["confidence"] = 0.699;
    see(fire);
  }
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["confidence"] = 0.7;
    see(fire);
  }
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, BoxesMayBeInPixels) {
  play();
  see(growing_fire_in_pixels("north", 640, 480));
  auto fire = growing_fire_in_pixels("south", 1920, 1080);
  for (auto& one : fire) {
    one.erase("frame_width");
    one.erase("frame_height");
  }
  see(fire);
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, AFrameSizeInTheMessageIsUsed) {
  // Half of a small frame, but a fifteenth of 1920x1080: too large by the one
  // measure only.
  play({{"MAX_AREA_RATIO", "0.3"}});
  for (const char* camera : {"north", "south"})
    see(growing_fire_in_pixels(camera, 640, 480, 8, 0.4, 2.0));
  expect_nothing_but_sentinels();
}

TEST_F(inputs, ObjectIdsMayBeNumbers) {
  play();
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["object_id"] = 42;
    see(fire);
  }
  EXPECT_EQ(trigger().value("fire_locations", nlohmann::json{}),
            nlohmann::json::parse(R"([["north","42"],["south","42"]])"));
}

TEST_F(inputs, SmokeCountsAsFire) {
  play();
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["label"] = "Smoke";
    see(fire);
  }
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, UnknownLabelsDoNotCount) {
  play();
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["label"] = "person";
    see(fire);
  }
  expect_nothing_but_sentinels();
}

TEST_F(inputs, ABatchIsOneFrame) {
  play();
  for (const char* camera : {"north", "south"}) {
    std::vector<nlohmann::json> frames;
    for (const auto& one : growing_fire(camera)) {
      auto glint = one;
      glint["object_id"] = "glint";
      glint["bbox"] = {0.0, 0.0, 0.1, 0.1};
      nlohmann::json frame{{"camera_id", camera}, {"timestamp", one["timestamp"]}};
      for (auto detection : {one, glint}) {
        detection.erase("camera_id");
        detection.erase("timestamp");
        frame["detections"].push_back(detection);
      }
      frames.push_back(frame);
    }
    frames.push_back({{"camera_id", camera}, {"detections", nlohmann::json::array()}});
    say("fire/detection", frames);
  }
  EXPECT_EQ(trigger().value("fire_locations", nlohmann::json{}),
            nlohmann::json::parse(R"([["north","1"],["south","1"]])"));
}

TEST_F(inputs, OneBadDetectionOfABatchSpoilsNoOther) {
  play();
  for (const char* camera : {"north", "south"})
    for (const auto& one : growing_fire(camera)) {
      nlohmann::json frame{{"camera_id", camera}, {"timestamp", one["timestamp"]}};
      frame["detections"] = {nlohmann::json{{"confidence", "very"}, {"bbox", 7}}, one, nullptr};
      say("fire/detection", {frame});
    }
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(inputs, OldDetectionsDoNotCount) {
  play();
  for (const char* camera : {"north", "south"}) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["timestamp"] = one["timestamp"].get<double>() - 3600;
    see(fire);
  }
  expect_nothing_but_sentinels();
}

TEST_F(inputs, RetainedDetectionsAreIgnoredAtTheStart) {
  // Without a session, in which the broker would keep the message as a fresh one.
  play(
      {{"CONSENSUS_THRESHOLD", "1"}, {"MOVING_AVERAGE_WINDOW", "1"}, {"MQTT_SESSION_EXPIRY", "0"}});
  EXPECT_EQ(subject->terminate(SIGTERM).state.code, 0);
  // With W = 1 two detections make a fire: this one and any that is larger.
  cameras().publish("fire/detection/north", detection_of("north", 0.02).dump(), {.retain = true});
  start_daemon();
  see({detection_of("north", 0.04)});
  expect_nothing_but_sentinels(1);
}

TEST_F(inputs, RetainedDetectionsAreIgnoredAfterACut) {
  play({{"CONSENSUS_THRESHOLD", "1"},
        {"MOVING_AVERAGE_WINDOW", "1"},
        {"AREA_INCREASE_RATIO", "1"},
        {"MQTT_SESSION_EXPIRY", "0"}},
       {.proxied = true});
  // This one arrives while we listen, so it is new and counts. At the next
  // subscription the broker sends it again, as retained, and two would be a fire.
  cameras().publish("fire/detection/north", detection_of("north", 0.02).dump(), {.retain = true});
  cut_and_expect_online();
  cut_and_expect_online();
  expect_nothing_but_sentinels(1);
}

TEST_F(inputs, TelemetryMakesACameraKnownButIsNoVote) {
  play({{"CONSENSUS_THRESHOLD", "1"}}, {.proxied = true});
  for (int i = 0; i < 10; ++i)
    cameras().publish("system/camera_telemetry", R"({"camera_id":"north"})");
  expect_nothing_but_sentinels(1);
  const auto health = health_after_cut();
  ASSERT_TRUE(health.is_object());
  ASSERT_TRUE(health.value("cameras", nlohmann::json{}).contains("north")) << health;
  EXPECT_TRUE(health["cameras"]["north"].value("online", false));
  EXPECT_EQ(health["cameras"]["north"].value("total_detections", -1), 0);
}

TEST_F(inputs, WhatIsPublishedTheMomentOnlineIsSaidCounts) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(subject->terminate(SIGTERM).state.code, 0);
    watcher().clear();
    start(port(), {{"CONSENSUS_THRESHOLD", "1"}});
    ASSERT_TRUE(watcher().wait_for("system/fire_consensus/lwt", "online", patience));
    see(growing_fire("north"));
    ASSERT_TRUE(watcher().wait_for("fire/trigger", patience)) << "at start " << i;
  }
}

// -- prefix ------------------------------------------------------------------------

class prefixes : public inputs, public ::testing::WithParamInterface<const char*> {};

TEST_P(prefixes, GoBeforeEveryTopicInAndOut) {
  play({{"TOPIC_PREFIX", GetParam()}});
  EXPECT_EQ(prefix, "site/a/");
  // Bare topics are somebody else's.
  say("fire/detection/bare-1", growing_fire("bare-1"));
  say("fire/detection/bare-2", growing_fire("bare-2"));
  say("other/fire/detection/bare-3", growing_fire("bare-3"));
  see(growing_fire("north"));
  frigate_says(growing_fire_of_frigate("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
  EXPECT_TRUE(watcher().wait_for("site/a/system/fire_consensus/health", patience));
  for (const auto& m : watcher().messages())
    // Home Assistant's topics are its own.
    if (m.topic.rfind("site/a/", 0) != 0 && m.topic.rfind("homeassistant/", 0) != 0) {
      EXPECT_NE(m.topic.find("fire/detection/"), std::string::npos)
          << "published outside of the prefix: " << m.topic;
    }
}

INSTANTIATE_TEST_SUITE_P(spelled, prefixes, ::testing::Values("site/a", "site/a/"),
                         [](const auto& p) {
                           return std::string{p.param}.back() == '/' ? "WithSlash" : "WithoutSlash";
                         });

} // namespace
} // namespace firefinder::test::inputs_test
