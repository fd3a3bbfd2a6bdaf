// Detections by Frigate.

#include "tests/integration/fixture.hpp"

namespace firefinder::test::frigate_test {
namespace {

class frigate : public scene {};

TEST_F(frigate, EventsOfTwoCamerasRaiseATrigger) {
  play();
  frigate_says(growing_fire_of_frigate("north"));
  frigate_says(growing_fire_of_frigate("south", 6, 0.02, 3.0, "smoke"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(frigate, LabelsAreTakenInAnyCase) {
  play();
  frigate_says(growing_fire_of_frigate("north", 6, 0.02, 3.0, "Fire"));
  frigate_says(growing_fire_of_frigate("south", 6, 0.02, 3.0, "SMOKE"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(frigate, OtherLabelsAreIgnored) {
  play();
  for (const char* camera : {"north", "south"})
    frigate_says(growing_fire_of_frigate(camera, 8, 0.02, 3.0, "person"));
  expect_nothing_but_sentinels();
}

TEST_F(frigate, TheEndIsNoFurtherSighting) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  auto events = growing_fire_of_frigate("north", 5);
  auto end = events.back();
  end["type"] = "end";
  end["after"]["end_time"] = unix_now();
  events.push_back(end);
  frigate_says(events);
  expect_nothing_but_sentinels(1);
}

TEST_F(frigate, AnEndAloneIsNothing) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  std::vector<nlohmann::json> ends = growing_fire_of_frigate("north", 8);
  for (auto& one : ends)
    one["type"] = "end";
  frigate_says(ends);
  expect_nothing_but_sentinels(1);
}

TEST_F(frigate, AnUpdateIsEnoughToBegin) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  auto events = growing_fire_of_frigate("north");
  events.front()["type"] = "update";
  frigate_says(events);
  EXPECT_EQ(cameras_of(trigger()), (names{"north"}));
}

TEST_F(frigate, FalsePositivesAreIgnored) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  auto events = growing_fire_of_frigate("north", 8);
  for (auto& one : events)
    one["after"]["false_positive"] = true;
  frigate_says(events);
  expect_nothing_but_sentinels(1);
}

TEST_F(frigate, AHeartbeatOfAStationaryObjectIsNoSample) {
  play({{"CONSENSUS_THRESHOLD", "1"}, {"AREA_INCREASE_RATIO", "1.0"}});
  const auto id = std::to_string(unix_now()) + "-st1ll0";
  std::vector<nlohmann::json> events;
  for (int i = 0; i < 8; ++i)
    events.push_back(
        frigate_event(i == 0 ? "new" : "update", "north", "fire", id, 0.05, unix_now() - 8 + i));
  frigate_says(events);
  expect_nothing_but_sentinels(1);
}

TEST_F(frigate, ACameraThatIsAlsoSeenDirectlyIsOneVote) {
  play();
  frigate_says(growing_fire_of_frigate("north"));
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(frigate, AnEventWithoutABoxOrCameraIsNoSighting) {
  play({{"CONSENSUS_THRESHOLD", "1"}});
  for (const char* field : {"box", "camera"})
    for (const bool null : {true, false}) {
      auto events = growing_fire_of_frigate("north", 8);
      for (auto& one : events) {
        if (null)
          one["after"][field] = nullptr;
        else
          one["after"].erase(field);
      }
      frigate_says(events);
    }
  expect_nothing_but_sentinels(1);
}

TEST_F(frigate, OtherInstancesAreHeardWhenNamed) {
  play({{"FRIGATE_PREFIXES", "frigate,nvr/two"}});
  frigate_says(growing_fire_of_frigate("north"));
  for (const auto& one : growing_fire_of_frigate("south"))
    cameras().publish("nvr/two/events", one.dump());
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

} // namespace
} // namespace firefinder::test::frigate_test
