// An exercise, over a real broker, from the detection to the trigger and back.

#include "tests/integration/fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <csignal>
#include <future>

namespace firefinder::test::drill_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class drill : public scene {
protected:
  temporary_directory state;

  environment env(environment more = {}) {
    more.try_emplace("STATE_DIR", state.path().string());
    return more;
  }

  /// A broker with these further lines of configuration, and a daemon that decides or has the
  /// services that `more` names, and that answers.
  void play_alone(environment more, const std::string& further = {}) {
    subject.reset();
    broker_options options;
    options.further = further;
    lone_broker = std::make_unique<broker>(options);
    more.try_emplace("SERVICES", "consensus");
    start(lone_broker->port(), env(std::move(more)));
    const auto answers = [this] {
      return run({firefinder_binary, "status", "--timeout", "1"},
                 {{"MQTT_BROKER", "127.0.0.1"},
                  {"MQTT_PORT", std::to_string(lone_broker->port())},
                  {"HOME", state.path().string()}},
                 patience)
                 .state.code
             != 2;
    };
    ASSERT_TRUE(poll_until(patience, answers)) << subject->log();
  }

  std::unique_ptr<broker> lone_broker;

  /// `firefinder drill` with these arguments, for the daemon of the scene.
  outcome order(std::vector<std::string> arguments = {}, environment more = {}) {
    arguments.insert(arguments.begin(), {firefinder_binary, "drill"});
    more.try_emplace("MQTT_BROKER", "127.0.0.1");
    more.try_emplace("MQTT_PORT", std::to_string(lone_broker ? lone_broker->port() : port()));
    more.try_emplace("HOME", state.path().string());
    return run(std::move(arguments), more, patience);
  }

  /// The same, as JSON.
  json report(std::vector<std::string> arguments = {}, environment more = {}) {
    arguments.emplace_back("--json");
    const auto done = order(std::move(arguments), std::move(more));
    auto result = json::parse(done.output, nullptr, false);
    EXPECT_TRUE(result.is_object()) << done.output << done.error;
    EXPECT_EQ(done.state.code, result.is_object() && result["passed"] == true ? 0 : 1);
    return result.is_object() ? result : json::object();
  }

  /// What everybody heard on the topics that alarms go over.
  std::vector<message> on_fire_topics() const {
    std::vector<message> result;
    for (auto& x : watcher().messages(prefix + "fire/#"))
      if (x.topic != prefix + "fire/consensus_state")
        result.push_back(std::move(x));
    return result;
  }

  /// What the house says of itself at this moment.
  json house() {
    const auto done = run({firefinder_binary, "status", "--json"},
                          {{"MQTT_BROKER", "127.0.0.1"},
                           {"MQTT_PORT", std::to_string(port())},
                           {"HOME", state.path().string()}},
                          patience);
    auto result = json::parse(done.output, nullptr, false);
    return result.is_object() ? result : json::object();
  }

  static bool has(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
  }
};

TEST_F(drill, PassesAndNobodyHearsOfAFire) {
  for (const char* threshold : {"1", "2", "3"}) {
    play(env({{"CONSENSUS_THRESHOLD", threshold}}));
    watcher().clear();
    const auto done = report();
    EXPECT_EQ(done["passed"], true) << done << subject->log();
    EXPECT_EQ(done["cameras"], std::stoi(threshold));
    EXPECT_EQ(done["steps"].size(), 8U) << done;
    EXPECT_EQ(done["warnings"], json::array());
    EXPECT_LT(done.value("delay_s", 99.0), 5);
    EXPECT_TRUE(on_fire_topics().empty());
    EXPECT_EQ(watcher().count("firefinder/drill/trigger"), 1U);
    const auto trigger
        = json::parse(watcher().messages("firefinder/drill/trigger").front().payload);
    EXPECT_EQ(trigger["drill"], true);
    EXPECT_EQ(trigger["action"], "drill");
    EXPECT_EQ(trigger["drill_id"], done["id"]);
    EXPECT_EQ(watcher().messages("firefinder/drill/trigger").front().qos, 2);
    EXPECT_FALSE(subject->logged("critical"));
    TearDown();
  }
}

TEST_F(drill, ChangesNothingOfTheHouse) {
  play(env());
  const auto north = growing_fire("north");
  see({north.begin(), north.begin() + 3});
  const auto before = house();
  ASSERT_EQ(before.value("trigger_count", -1), 0);
  ASSERT_EQ(before["drill"], nullptr);
  const auto announced = retained(port(), "homeassistant/#").size();
  EXPECT_EQ(report()["passed"], true);
  const auto after = house();
  EXPECT_EQ(after["trigger_count"], 0);
  EXPECT_EQ(after["state"], before["state"]);
  EXPECT_EQ(after["cameras_total"], before["cameras_total"]);
  EXPECT_EQ(after["last_trigger_ago_s"], nullptr);
  EXPECT_EQ(after["drill"]["passed"], true) << after["drill"];
  EXPECT_EQ(retained(port(), "homeassistant/#").size(), announced);
  // The samples of before count on, and no cooldown runs.
  see({north.begin() + 3, north.end()});
  see(growing_fire("south"));
  const auto fire = trigger();
  ASSERT_TRUE(fire.is_object());
  EXPECT_EQ(cameras_of(fire), (names{"north", "south"}));
  EXPECT_EQ(fire["trigger_count"], 1);
  EXPECT_FALSE(fire.contains("drill"));
  // Nor does that of a fire keep an exercise from passing.
  EXPECT_EQ(report()["passed"], true);
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(drill, AFireMeanwhileIsDecidedAsAlways) {
  // So slow that a fire fits in.
  play(env({{"VERIFICATION", "persistence"}, {"MAX_DETECTION_AGE", "1"}}));
  auto done = std::async(std::launch::async, [this] { return report(); });
  ASSERT_TRUE(watcher().wait_for("firefinder/drill/detection/drill-1", patience));
  const auto began = unix_now();
  for (int i = 0; i < 3; ++i) {
    for (const std::string camera : {"north", "south"}) {
      auto seen = detection_of(camera, 0.1 + 0.01 * i);
      seen["timestamp"] = unix_now();
      seen["confidence"] = 0.99;
      cameras().publish("fire/detection/" + camera, seen.dump());
    }
    ASSERT_TRUE(poll_until(patience, [&] { return unix_now() > began + 1.1 * (i + 1); }));
  }
  const auto fire = trigger();
  ASSERT_TRUE(fire.is_object()) << subject->log();
  EXPECT_EQ(cameras_of(fire), (names{"north", "south"}));
  EXPECT_EQ(done.get()["passed"], true);
  EXPECT_EQ(on_fire_topics().size(), 2U * 3U + 1U);
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(drill, PassesWithMqtt311APrefixAndInALandscape) {
  prefix = "site/";
  play(env(
      {{"MQTT_PROTOCOL", "3.1.1"}, {"TOPIC_PREFIX", "site"}, {"CONSENSUS_PROFILE", "landscape"}}));
  const auto done = report({}, {{"MQTT_PROTOCOL", "3.1.1"}, {"TOPIC_PREFIX", "site"}});
  EXPECT_EQ(done["passed"], true) << done;
  EXPECT_LT(done.value("delay_s", 99.0), 5);
  EXPECT_EQ(watcher().count("site/firefinder/drill/trigger"), 1U);
  EXPECT_TRUE(on_fire_topics().empty());
}

TEST_F(drill, AnotherLivesOnlyWithPermissionAndTheWord) {
  play(env());
  auto done = order({"--live"});
  EXPECT_EQ(done.state.code, 64);
  EXPECT_TRUE(has(done.error, "--yes")) << done.error;
  done = order({"--live", "--yes"});
  EXPECT_EQ(done.state.code, 1);
  EXPECT_TRUE(has(done.error, "drill.allow_live")) << done.error;
  EXPECT_TRUE(on_fire_topics().empty());
  start_daemon(env({{"DRILL_ALLOW_LIVE", "true"}}));
  // Not without the word, whoever asks.
  cameras().publish("firefinder/bridge/request/drill", R"({"live":true,"transaction":"x"})");
  const auto refused = watcher().wait_for("firefinder/bridge/response/drill", patience);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(has(refused->payload, "LIVE")) << refused->payload;
  EXPECT_EQ(report()["live"], false);
  EXPECT_TRUE(on_fire_topics().empty());
  const auto live = report({"--live", "--yes"});
  EXPECT_EQ(live["passed"], true) << live;
  EXPECT_EQ(live["live"], true);
  const auto heard = on_fire_topics();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard.front().topic, "fire/trigger");
  EXPECT_EQ(heard.front().qos, 2);
  EXPECT_FALSE(heard.front().retained);
  const auto trigger = json::parse(heard.front().payload);
  EXPECT_EQ(trigger["action"], "trigger");
  EXPECT_EQ(trigger["drill"], true);
  EXPECT_EQ(trigger["drill_id"], live["id"]);
  EXPECT_EQ(house()["trigger_count"], 0);
}

// What a broker's access rules let the daemon do with its drill topics, and where that ends.
struct forbidden {
  const char* rules;
  const char* protocol;
  const char* step;
};

TEST_F(drill, ABrokerThatForbidsItIsNamed) {
  for (const auto& [rules, protocol, step] :
       // MQTT 3.1.1 does not tell that a publication is refused.
       {forbidden{"", "5", "published"}, forbidden{"", "3.1.1", "heard"},
        forbidden{"topic write firefinder/drill/detection/+\n", "5", "heard"},
        forbidden{"topic readwrite firefinder/drill/detection/+\n", "5", "acknowledged"},
        forbidden{"topic readwrite firefinder/drill/detection/+\n"
                  "topic write firefinder/drill/trigger\n",
                  "5", "returned"}}) {
    const auto acl = state.write("acl", std::string{"topic readwrite fire/#\n"
                                                    "topic readwrite system/#\n"
                                                    "topic readwrite firefinder/bridge/#\n"
                                                    "topic write firefinder/drill/state\n"}
                                            + rules);
    play_alone({{"MQTT_PROTOCOL", protocol}}, "acl_file " + acl.string());
    mqtt_peer pump{lone_broker->port()};
    pump.subscribe("fire/#");
    const auto done = order({"--timeout", "2"});
    EXPECT_EQ(done.state.code, 1);
    EXPECT_TRUE(has(done.output, "FAILED")) << done.output << done.error;
    EXPECT_TRUE(has(done.output, std::string{"!    "} + step)) << done.output << protocol;
    EXPECT_TRUE(has(done.output, "firefinder/drill/")) << done.output;
    EXPECT_EQ(pump.count("fire/trigger"), 0U);
  }
}

TEST_F(drill, WhatIsRememberedOutlivesTheProcess) {
  play(env());
  EXPECT_EQ(report()["passed"], true);
  const auto before = retained_payload(port(), "firefinder/drill/state");
  ASSERT_TRUE(before);
  (void)subject->terminate(SIGKILL);
  start_daemon();
  const auto after = house();
  EXPECT_EQ(after["drill"], json::parse(*before)) << after;
  EXPECT_EQ(retained_payload(port(), "firefinder/drill/state"), before);
  const auto health = watcher().wait_for(
      [](const message& m) {
        return m.topic == "system/fire_consensus/health"
               && json::parse(m.payload, nullptr, false)["drill"].is_object();
      },
      patience);
  ASSERT_TRUE(health);
  EXPECT_EQ(json::parse(health->payload)["drill"]["passed"], true);
}

TEST_F(drill, WithoutADecisionADaemonOrABrokerItFails) {
  play_alone({{"SERVICES", "discovery"}});
  auto done = order();
  EXPECT_EQ(done.state.code, 1);
  EXPECT_TRUE(has(done.output, "consensus is not among its services")) << done.output;
  (void)subject->terminate(SIGTERM);
  done = order({"--timeout", "1"});
  EXPECT_EQ(done.state.code, 1);
  EXPECT_TRUE(has(done.error, "no daemon answers")) << done.error;
  EXPECT_TRUE(has(done.error, "`firefinder status` tells of the last one")) << done.error;
  lone_broker->stop();
  done = order({"--timeout", "1"});
  EXPECT_EQ(done.state.code, 1);
  EXPECT_TRUE(has(done.error, "cannot be reached")) << done.error;
  EXPECT_EQ(order({"--yes"}).state.code, 64);
  EXPECT_EQ(order({"--timeout", "0"}).state.code, 64);
}

TEST_F(drill, AStoreThatCannotWriteFailsIt) {
  const auto file = state.write("no-folder", "");
  play({{"STATE_DIR", file.string() + "/below"}});
  const auto done = report();
  EXPECT_EQ(done["passed"], false);
  EXPECT_EQ(done["failed_step"], "stored") << done;
}

TEST_F(drill, ForeignAndRetainedMessagesOnItsTopicsAreNothing) {
  play(env());
  for (const char* topic : {"firefinder/drill/trigger", "firefinder/drill/detection/drill-1"}) {
    cameras().publish(topic, R"({"action":"trigger","drill":true})", {1, true});
    for (const auto& x : growing_fire("drill-1"))
      cameras().publish(topic, x.dump());
    for (const auto& x : growing_fire("drill-2"))
      cameras().publish("firefinder/drill/detection/drill-2", x.dump());
  }
  EXPECT_EQ(report()["passed"], true);
  EXPECT_TRUE(on_fire_topics().empty());
  EXPECT_EQ(house()["cameras_total"], 0);
}

} // namespace
} // namespace firefinder::test::drill_test
