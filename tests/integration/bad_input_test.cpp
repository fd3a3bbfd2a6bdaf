// What is no detection moves nothing.

#include "tests/integration/fixture.hpp"
#include "tests/integration/malformed_payloads.hpp"

#include <numeric>
#include <regex>

namespace firefinder::test::bad_input_test {
namespace {

using namespace std::chrono_literals;

/// Two detections of any size are a fire: nothing bad may pass for one.
const environment trigger_happy{{"CONSENSUS_THRESHOLD", "1"},
                                {"MOVING_AVERAGE_WINDOW", "1"},
                                {"AREA_INCREASE_RATIO", "1"},
                                {"MIN_AREA_RATIO", "0"},
                                {"COOLDOWN_PERIOD", "0"}};

class bad_input : public scene {
protected:
  /// Publishes it, whole or not, and waits for the broker.
  void say(const malformed& m) { cameras().publish(m.topic, m.payload); }
};

TEST_F(bad_input, TheTemplateItselfIsAFire) {
  play(trigger_happy);
  for (int time = 0; time < 2; ++time)
    say(well_formed(time));
  EXPECT_EQ(cameras_of(trigger()), (names{"bad"}));
}

TEST_F(bad_input, IsNeverADetection) {
  play(trigger_happy, {.proxied = true});
  const auto number = malformed_payloads(0).size();
  EXPECT_GE(number, 60U);
  for (int time = 0; time < 4; ++time)
    for (const auto& one : malformed_payloads(time))
      cameras().post(one.topic, one.payload);
  cameras().flush();
  quiet(500ms);
  EXPECT_TRUE(triggers().empty());
  see({detection_of("sentinel", 0.1), detection_of("sentinel", 0.2)});
  const auto t = trigger();
  EXPECT_EQ(cameras_of(t), (names{"sentinel"})) << t;
  EXPECT_EQ(triggers().size(), 1U);
  EXPECT_TRUE(subject->process().running());
  // The connection has not suffered.
  EXPECT_EQ(watcher().messages("system/fire_consensus/lwt").size(), 1U);
  EXPECT_EQ(proxy().accepted().size(), 3U);

  const auto health = health_after_cut();
  ASSERT_TRUE(health.is_object());
  std::uint64_t dropped = 0;
  for (const char* field : {"dropped", "drops", "dropped_messages"})
    if (health.contains(field) && health[field].is_object())
      for (const auto& [reason, n] : health[field].items())
        dropped += n.get<std::uint64_t>();
  EXPECT_GE(dropped, number) << "dropped messages are counted by reason: " << health;
  // Nobody of bad name got known.
  const auto cameras = health.value("cameras", nlohmann::json::object());
  for (const auto& [camera, figures] : cameras.items())
    EXPECT_NE(camera.substr(0, 7), "unknown") << health["cameras"];
}

TEST_F(bad_input, IsFoundOutOneByOne) {
  // The same as above, but it names the culprit: each one alone, twice.
  play(trigger_happy);
  const auto first = malformed_payloads(0);
  const auto second = malformed_payloads(1);
  ASSERT_EQ(first.size(), second.size());
  std::size_t sentinels = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    watcher().clear();
    say(first[i]);
    say(second[i]);
    const auto camera = "sentinel-" + std::to_string(sentinels++);
    see({detection_of(camera, 0.1), detection_of(camera, 0.2)});
    const auto own = watcher().wait_for(
        [&](const message& m) {
          return m.topic == "fire/trigger" && m.payload.find('"' + camera + '"') != m.payload.npos;
        },
        patience);
    ASSERT_TRUE(own) << first[i].name << ": the daemon does not go on";
    ASSERT_TRUE(subject->process().running()) << first[i].name;
    std::string taken_for;
    for (const auto& t : triggers())
      for (const auto& name : cameras_of(t))
        if (name.rfind("sentinel-", 0) != 0)
          taken_for = name;
    if (!taken_for.empty()) {
      ADD_FAILURE() << first[i].name << " made '" << taken_for
                    << "' agree: " << first[i].payload.substr(0, 200);
      // It would stand in every further trigger.
      EXPECT_EQ(subject->terminate(SIGTERM).state.code, 0);
      start_daemon();
    }
  }
}

TEST_F(bad_input, IsLoggedSparinglyAndWithoutItsContent) {
  play();
  for (int i = 0; i < 500; ++i)
    cameras().post("fire/detection/north", R"({"confidence":"s3cret-pass","bbox":7})");
  cameras().flush();
  expect_nothing_but_sentinels();
  const auto log = subject->log();
  EXPECT_EQ(log.find("s3cret-pass"), std::string::npos);
  const std::regex north{"north"};
  const auto lines = std::distance(std::sregex_iterator{log.begin(), log.end(), north}, {});
  EXPECT_GE(lines, 1) << "not logged at all";
  EXPECT_LE(lines, 5) << "logged again and again";
}

TEST_F(bad_input, ForgesNoLineInTheLog) {
  play();
  cameras().publish("fire/detection",
                    R"({"camera_id":"x\n2026-01-01 critical forged line","confidence":7})");
  expect_nothing_but_sentinels();
  std::istringstream lines{subject->log()};
  for (std::string line; std::getline(lines, line);)
    EXPECT_NE(line.rfind("2026-01-01 critical forged", 0), 0U) << line;
}

TEST_F(bad_input, ThousandsOfObjectsDoNotStopIt) {
  play();
  for (int i = 0; i < 5000; ++i) {
    auto one = detection_of("crowded", 0.05);
    one["object_id"] = "object-" + std::to_string(i);
    cameras().post("fire/detection", one.dump());
  }
  cameras().flush();
  expect_nothing_but_sentinels();
}

TEST_F(bad_input, ThousandsOfCamerasDoNotStopIt) {
  play();
  for (int i = 0; i < 5000; ++i)
    cameras().post("fire/detection", detection_of("camera-" + std::to_string(i), 0.05).dump());
  cameras().flush();
  expect_nothing_but_sentinels();
}

} // namespace
} // namespace firefinder::test::bad_input_test
