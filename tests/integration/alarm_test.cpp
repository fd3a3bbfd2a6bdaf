// From detections to the alarm.

#include "tests/integration/fixture.hpp"

#include <regex>

namespace firefinder::test::alarm_test {
namespace {

using namespace std::chrono_literals;

class alarm : public scene {};

TEST_F(alarm, TwoCamerasThatSeeAGrowingFireRaiseOneTrigger) {
  play();
  see(growing_fire("north"));
  see(growing_fire("south"));
  const auto t = trigger();
  ASSERT_TRUE(t.is_object());
  EXPECT_EQ(t.value("action", ""), "trigger");
  EXPECT_EQ(t.value("confidence", ""), "high");
  EXPECT_NEAR(t.value("timestamp", 0.0), unix_now(), 10.0);
  EXPECT_TRUE(t.at("timestamp").is_number_float());
  EXPECT_EQ(t.value("trigger_count", 0), 1);
  EXPECT_EQ(cameras_of(t), (names{"north", "south"}));
  EXPECT_EQ(t.value("fire_locations", nlohmann::json{}),
            nlohmann::json::parse(R"([["north","1"],["south","1"]])"));
  EXPECT_EQ(t.value("service_id", "").rfind("fire_consensus_", 0), 0U) << t;
  EXPECT_FALSE(t.contains("zones"));
  const std::regex uuid{"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"};
  EXPECT_TRUE(std::regex_match(t.value("trigger_id", ""), uuid)) << t;
  EXPECT_NEAR(t.value("expires_at", 0.0) - t.value("timestamp", 0.0), 120.0, 1.0);
  // Further detections of the same fire fall into the cooldown.
  see(growing_fire("north"));
  see(growing_fire("south"));
  quiet(300ms);
  EXPECT_EQ(triggers().size(), 1U);
  EXPECT_TRUE(retained(port(), "fire/trigger").empty());
}

TEST_F(alarm, TheTriggerCarriesItsEvidence) {
  play();
  see(growing_fire("north"));
  see(growing_fire("south"));
  const auto t = trigger();
  ASSERT_TRUE(t.is_object());
  ASSERT_TRUE(t.contains("evidence")) << t;
  const auto evidence = t.at("evidence").dump();
  for (const char* word :
       {"north", "south", "samples", "first_area", "last_area", "growth", "confidence", "span"})
    EXPECT_NE(evidence.find(word), std::string::npos) << word << " is missing in " << evidence;
}

TEST_F(alarm, OneCameraAloneRaisesNone) {
  play();
  see(growing_fire("north", 12));
  const auto fire = growing_fire("south");
  see({fire.begin(), fire.end() - 1});
  // The sixth detection of the second camera decides, nothing before it.
  quiet(200ms);
  EXPECT_TRUE(triggers().empty());
  see({fire.back()});
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(alarm, AFireThatDoesNotGrowRaisesNone) {
  play();
  for (const char* camera : {"north", "south"})
    see(growing_fire(camera, 20, 0.05, 1.0));
  expect_nothing_but_sentinels();
}

TEST_F(alarm, AFireThatGrowsTooLittleRaisesNone) {
  play();
  for (const char* camera : {"north", "south"})
    see(growing_fire(camera, 6, 0.05, 1.15));
  expect_nothing_but_sentinels();
}

TEST_F(alarm, AShrinkingFireRaisesNone) {
  play();
  for (const char* camera : {"north", "south"})
    see(growing_fire(camera, 12, 0.2, 0.2));
  expect_nothing_but_sentinels();
}

TEST_F(alarm, FiveDetectionsAreTooFew) {
  play();
  for (const char* camera : {"north", "south"})
    see(growing_fire(camera, 5, 0.02, 10.0));
  expect_nothing_but_sentinels();
}

TEST_F(alarm, AreasMustLieBetweenTheBounds) {
  play();
  for (const char* camera : {"north", "south"}) {
    see(growing_fire(camera, 8, 0.0001, 5.0));
    see(growing_fire(camera, 8, 0.82, 1.2));
  }
  expect_nothing_but_sentinels();
}

TEST_F(alarm, WithThresholdOneOneCameraIsEnough) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  see(growing_fire("north"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north"}));
}

TEST_F(alarm, WithThresholdThreeTwoCamerasAreNotEnough) {
  play({{"CONSENSUS_THRESHOLD", "3"}});
  see(growing_fire("north"));
  see(growing_fire("south"));
  see(growing_fire("east"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south", "east"}));
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(alarm, SeveralObjectsOfOneCameraAreOneVote) {
  play();
  for (const char* object : {"a", "b", "c"}) {
    auto fire = growing_fire("north");
    for (auto& one : fire)
      one["object_id"] = object;
    see(fire);
  }
  // Cameras are judged side by side: what one has said may still be on its way.
  quiet(500ms);
  EXPECT_TRUE(triggers().empty());
  see(growing_fire("south"));
  const auto t = trigger();
  EXPECT_EQ(cameras_of(t), (names{"north", "south"}));
  EXPECT_EQ(t.value("fire_locations", nlohmann::json::array()).size(), 4U) << t;
}

TEST_F(alarm, ObjectsGrowEachByItself) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  // Small at first and large later, but not the same thing.
  auto small = growing_fire("north", 5, 0.01, 1.0);
  auto large = growing_fire("north", 5, 0.3, 1.0);
  for (auto& one : large)
    one["object_id"] = "2";
  see(small);
  see(large);
  expect_nothing_but_sentinels(1);
}

TEST_F(alarm, SixtyCamerasStandInOneTrigger) {
  play({{"COOLDOWN_PERIOD", "0"}});
  names all;
  for (int i = 0; i < 60; ++i)
    all.push_back("camera-" + std::to_string(i));
  // Each becomes known in turn, then each becomes sure.
  for (const auto& camera : all) {
    const auto fire = growing_fire(camera);
    see({fire.begin(), fire.end() - 1});
  }
  for (const auto& camera : all)
    see({growing_fire(camera).back()});
  // Each further detection decides anew, with all who agree by then.
  std::optional<message> complete;
  double area = 0.061;
  EXPECT_TRUE(poll_until(patience, [&] {
    see({detection_of(all.front(), area)});
    area *= 1.01;
    complete = watcher().wait_for(
        [](const message& m) {
          return m.topic == "fire/trigger"
                 && nlohmann::json::parse(m.payload).at("consensus_cameras").size() == 60;
        },
        200ms);
    return complete.has_value();
  }));
  ASSERT_TRUE(complete);
  const auto t = nlohmann::json::parse(complete->payload);
  EXPECT_EQ(cameras_of(t), all) << "in the order in which they became known";
  EXPECT_EQ(t.at("fire_locations").size(), 60U);
}

TEST_F(alarm, ASecondFireInsideTheCooldownRaisesNone) {
  play();
  see(growing_fire("north"));
  see(growing_fire("south"));
  (void)trigger();
  for (const char* camera : {"east", "west", "north", "south"})
    see(growing_fire(camera, 12));
  quiet(300ms);
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(alarm, TheFirstDetectionAfterTheCooldownRaisesTheNext) {
  play({{"COOLDOWN_PERIOD", "3"}});
  see(growing_fire("north"));
  see(growing_fire("south"));
  const auto first = trigger();
  ASSERT_TRUE(first.is_object());
  double area = 0.065;
  const bool again = poll_until(patience, [&] {
    see({detection_of("north", area)});
    area *= 1.02;
    quiet(100ms);
    return triggers().size() > 1;
  });
  ASSERT_TRUE(again);
  const auto second = triggers().at(1);
  EXPECT_EQ(second.value("trigger_count", 0), 2);
  EXPECT_NE(second.value("trigger_id", ""), first.value("trigger_id", ""));
  const double between = second.value("timestamp", 0.0) - first.value("timestamp", 0.0);
  EXPECT_GE(between, 2.9);
  EXPECT_LE(between, 6.0);
  EXPECT_EQ(cameras_of(second), (names{"north", "south"}));
}

TEST_F(alarm, TheEndOfTheCooldownAloneDoesNothing) {
  play({{"COOLDOWN_PERIOD", "1"}});
  see(growing_fire("north"));
  see(growing_fire("south"));
  (void)trigger();
  quiet(1500ms);
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(alarm, ZonesOfTheAgreeingCamerasAreNamed) {
  play({{"ZONE_ACTIVATION", "true"},
        {"ZONE_MAPPING",
         R"({"north":["roof",3],"south":"yard","east":["unused"],"west":["roof"]})"}});
  see(growing_fire("unmapped"));
  see(growing_fire("north"));
  const auto zones = trigger().value("zones", nlohmann::json{});
  EXPECT_EQ(zones, nlohmann::json::parse(R"(["roof",3])"));
}

TEST_F(alarm, ZonesAreJoined) {
  play({{"ZONE_ACTIVATION", "yes"},
        {"ZONE_MAPPING", R"({"north":["roof",3],"south":["yard","roof"]})"}});
  see(growing_fire("north"));
  see(growing_fire("south"));
  const auto zones = trigger().value("zones", nlohmann::json::array());
  ASSERT_TRUE(zones.is_array());
  EXPECT_EQ(zones.size(), 3U) << zones;
  for (const auto& zone : nlohmann::json::parse(R"(["roof",3,"yard"])"))
    EXPECT_NE(std::find(zones.begin(), zones.end(), zone), zones.end()) << zone;
}

TEST_F(alarm, ABrokenZoneMappingLosesNoTrigger) {
  play({{"ZONE_ACTIVATION", "true"},
        {"ZONE_MAPPING",
         R"({"north":null,"south":[["nested"],{},"yard"],"east":7,"west":"gate"})"}});
  see(growing_fire("north"));
  see(growing_fire("south"));
  const auto t = trigger();
  ASSERT_TRUE(t.is_object());
  EXPECT_TRUE(t.contains("zones"));
}

TEST_F(alarm, TheServiceIdIsTheConfiguredOne) {
  play({{"SERVICE_ID", "tower-7; $(not run)"}});
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(trigger().value("service_id", ""), "tower-7; $(not run)");
}

TEST_F(alarm, ASilentCameraDoesNotVote) {
  play({{"CAMERA_TIMEOUT", "10"}});
  see(growing_fire("north"));
  const auto silent_since = std::chrono::steady_clock::now();
  // Others keep talking meanwhile, and time is what is waited for here.
  EXPECT_TRUE(poll_until(30s, [&] {
    cameras().publish("system/camera_telemetry", R"({"camera_id":"south"})");
    return std::chrono::steady_clock::now() - silent_since > 10500ms;
  }));
  see(growing_fire("south"));
  see(growing_fire("east"));
  EXPECT_EQ(cameras_of(trigger()), (names{"south", "east"}));
}

TEST_F(alarm, ConsensusStateIsRetained) {
  play();
  see(growing_fire("north"));
  see(growing_fire("south"));
  (void)trigger();
  nlohmann::json state;
  EXPECT_TRUE(poll_until(patience, [&] {
    const auto text = retained_payload(port(), "fire/consensus_state");
    state = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json{};
    return state.is_object() && state.value("fire_detected", false);
  })) << state;
  EXPECT_EQ(state.value("consensus_count", 0), 2) << state;
  EXPECT_EQ(state.value("threshold", 0), 2) << state;
  for (const char* field : {"state", "cameras", "updated_at"})
    EXPECT_TRUE(state.contains(field)) << field;
}

} // namespace
} // namespace firefinder::test::alarm_test
