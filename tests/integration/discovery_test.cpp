// What Home Assistant is told: complete, in order, again whenever it is needed, and taken back.

#include "tests/home_assistant/checker.hpp"
#include "tests/integration/home_assistant.hpp"
#include "tests/support/scripted_broker.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>

namespace firefinder::test::discovery_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto hub_document = "homeassistant/device/ff_main/config";
constexpr auto bridge_state = "firefinder/bridge/state";
constexpr auto hub_state = "firefinder/consensus/state";

std::string document_of(const std::string& camera) {
  return "homeassistant/device/ff_main_" + camera + "/config";
}

class discovery : public home_assistant {
protected:
  /// Documents that came since the watcher was cleared, in order, without those removed.
  [[nodiscard]] std::vector<message> documents() const {
    auto all = watcher().messages("homeassistant/+/+/config");
    std::erase_if(all, [](const message& m) { return m.retained || m.payload.empty(); });
    return all;
  }

  /// Waits for the `online` that ends the present announcement.
  void expect_complete() {
    EXPECT_TRUE(watcher().wait_for(
        [this](const message& m) {
          return m.topic == prefix + bridge_state && m.payload == "online" && !m.retained;
        },
        patience));
  }
};

TEST_F(discovery, TheHouseAndEachCameraAreADocument) {
  play(env());
  alive({"north", "South Gate"});
  ASSERT_TRUE(announced({"north", "south_gate"}));
  const auto hub = json::parse(at_broker(hub_document).at(hub_document));
  EXPECT_EQ(hub["origin"]["name"], "Firefinder");
  EXPECT_EQ(hub["device"]["identifiers"], json({"ff_main"}));
  for (const std::string key : {"connection",
                                "fire",
                                "trigger_active",
                                "problem",
                                "frigate",
                                "watchdog",
                                "state",
                                "last_trigger",
                                "trigger_count",
                                "cameras_online",
                                "cameras_detecting",
                                "cameras_total",
                                "started_at",
                                "event",
                                "armed",
                                "consensus_threshold",
                                "min_confidence",
                                "detection_window",
                                "cooldown_period",
                                "rescan",
                                "restart"})
    EXPECT_TRUE(hub["components"].contains(key)) << key;
  const auto camera = json::parse(at_broker("homeassistant/#").at(document_of("south_gate")));
  EXPECT_EQ(camera["device"]["name"], "South Gate");
  EXPECT_EQ(camera["device"]["via_device"], "ff_main");
  for (const std::string key :
       {"fire", "smoke", "connectivity", "problem", "status", "confidence", "last_detection",
        "detections_today", "growth_ratio", "detection", "enabled"})
    EXPECT_TRUE(camera["components"].contains(key)) << key;
  EXPECT_EQ(at_broker("firefinder/camera/+/availability").size(), 2U);
  becomes(hub_state, [](const json& x) { return x.value("cameras_online", 0) == 2; });
}

TEST_F(discovery, OnlineComesLast) {
  play(env());
  alive({"north", "south"});
  ASSERT_TRUE(announced({"north", "south"}));
  for (int i = 0; i < 2; ++i) {
    watcher().clear();
    (void)subject->terminate(i == 0 ? SIGTERM : SIGKILL);
    if (i == 1) {
      // The broker holds the will back for a while.
      EXPECT_TRUE(watcher().wait_for(bridge_state, "offline", patience));
    }
    watcher().clear();
    start(port(), env());
    expect_complete();
    const auto all = watcher().messages();
    const auto online = std::find_if(all.begin(), all.end(), [](const message& m) {
      return m.topic == bridge_state && m.payload == "online";
    });
    EXPECT_EQ(std::count_if(all.begin(), online,
                            [](const message& m) { return m.topic == hub_document; }),
              1);
    EXPECT_EQ(
        std::count_if(all.begin(), online, [](const message& m) { return m.topic == hub_state; }),
        1);
  }
}

TEST_F(discovery, TheFirstWordAfterARestartIsTrue) {
  play(env());
  see(growing_fire("north"));
  see(growing_fire("south"));
  (void)trigger();
  becomes(hub_state, [](const json& x) { return x.value("trigger_count", 0) == 1; });
  becomes("firefinder/alarm/state", [](const json& x) { return x.value("alarm", "") == "ON"; });
  (void)subject->terminate(SIGKILL);
  // That of before is what was asked for, and no other may come.
  expected_triggers = 0;
  watcher().clear();
  start(port(), env());
  expect_complete();
  for (const auto& m : watcher().messages()) {
    const auto told = json::parse(m.payload, nullptr, false);
    if (m.topic == hub_state && !m.retained) {
      EXPECT_EQ(told.value("trigger_count", 0), 1) << told;
      EXPECT_EQ(told.value("trigger_active", ""), "ON") << told;
    }
    if (m.topic == "firefinder/alarm/state" && !m.retained) {
      EXPECT_EQ(told.value("alarm", ""), "ON") << told;
    }
    if (m.topic == "firefinder/trouble/state" && !m.retained) {
      EXPECT_EQ(m.payload.find("link_down"), std::string::npos) << told;
    }
  }
}

TEST_F(discovery, ABrokerThatForgetsIsToldEverythingAgain) {
  play(env());
  alive({"north", "south"});
  ASSERT_TRUE(announced({"north", "south"}));
  mosquitto().restart();
  connect_peers();
  ASSERT_TRUE(announced({"north", "south"}));
  ASSERT_TRUE(
      poll_until(patience, [&] { return retained_payload(port(), bridge_state) == "online"; }));
  EXPECT_EQ(at_broker("firefinder/camera/+/state").size(), 2U);
  EXPECT_EQ(at_broker("firefinder/camera/+/availability").size(), 2U);
  EXPECT_TRUE(at_broker(hub_state).contains(hub_state));
}

TEST_F(discovery, SeveralBirthsAreOneAnnouncement) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  const auto before = at_broker("homeassistant/device/#");
  watcher().clear();
  for (int i = 0; i < 3; ++i)
    birth();
  expect_complete();
  const auto again = documents();
  EXPECT_EQ(again.size(), 2U);
  for (const auto& m : again)
    EXPECT_EQ(m.payload, before.at(m.topic)) << m.topic;
  // What follows would have begun within a second.
  quiet(1500ms);
  EXPECT_EQ(documents().size(), 2U);
}

TEST_F(discovery, WhatIsRetainedOrdersNothing) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  watcher().clear();
  const publish_options kept{.qos = 1, .retain = true};
  (void)subject->terminate(SIGTERM);
  cameras().publish("homeassistant/status", "online", kept);
  cameras().publish("firefinder/consensus/armed/set", "OFF", kept);
  cameras().publish("firefinder/consensus/consensus_threshold/set", "1", kept);
  cameras().publish("firefinder/bridge/request/discovery/clear", "{}", kept);
  cameras().publish("firefinder/bridge/request/restart", "{}", kept);
  for (const auto& one : growing_fire("east"))
    cameras().publish("fire/detection/east", one.dump(), kept);
  start_daemon();
  quiet(1500ms);
  const auto now = becomes(hub_state, [](const json&) { return true; });
  EXPECT_EQ(now["armed"], "ON");
  EXPECT_EQ(now["consensus_threshold"], 2);
  std::set<std::string> told;
  for (const auto& m : documents())
    EXPECT_TRUE(told.insert(m.topic).second) << m.topic << " was announced twice";
  // Detections that waited are told by their own time, and are no orders.
  EXPECT_TRUE(announced({"east", "north"}));
  EXPECT_EQ(watcher().count("firefinder/bridge/response/#"), 0U);
}

TEST_F(discovery, ARemovedCameraLeavesNothing) {
  play(env(), {.proxied = true});
  const auto leaves_nothing = [this](const std::string& camera) {
    return poll_until(patience, [&] {
      return at_broker("firefinder/camera/" + camera + "/#").empty()
             && !retained_payload(port(), document_of(camera));
    });
  };
  alive({"north", "south", "east"});
  ASSERT_TRUE(announced({"east", "north", "south"}));
  done("camera/remove", {{"camera", "north"}});
  EXPECT_TRUE(leaves_nothing("north"));
  // The answer may be given before the broker has heard of it, and the process may die then.
  proxy().hold(direction::upstream, true);
  cameras().publish("firefinder/bridge/request/camera/remove", R"({"camera":"south"})");
  quiet(500ms);
  (void)subject->terminate(SIGKILL);
  proxy().cut();
  proxy().hold(direction::upstream, false);
  start_daemon();
  EXPECT_TRUE(leaves_nothing("south"));
  EXPECT_TRUE(announced({"east"}));
}

TEST_F(discovery, OnlyOwnOrphansAreCleared) {
  // Made by the daemon itself, so that nothing of them tells that it was not.
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  const auto all = at_broker("homeassistant/device/#");
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    return text;
  };
  const auto north = all.at(document_of("north"));
  const publish_options kept{.qos = 1, .retain = true};
  (void)subject->terminate(SIGTERM);
  const auto ours = document_of("ghost");
  cameras().publish(ours, replaced(north, "north", "ghost"), kept);
  // Another instance whose name begins as ours.
  const std::string other = "homeassistant/device/ff_main_2_north/config";
  cameras().publish(
      other, replaced(replaced(north, "ff_main", "ff_main_2"), "firefinder/", "second/"), kept);
  const std::string foreign = "homeassistant/device/ff_main_like/config";
  cameras().publish(foreign, replaced(north, "Firefinder", "Somebody"), kept);
  const std::string rubbish = "homeassistant/device/ff_main_rubbish/config";
  cameras().publish(rubbish, "{", kept);
  start_daemon();
  EXPECT_TRUE(poll_until(patience, [&] { return !retained_payload(port(), ours); }));
  quiet(500ms);
  for (const auto& topic : {other, foreign, rubbish})
    EXPECT_TRUE(retained_payload(port(), topic)) << topic;
}

TEST_F(discovery, AnnouncementsCanBeTakenBackAndGivenAgain) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  const auto none = [this] {
    return poll_until(patience, [this] { return at_broker("homeassistant/#").empty(); });
  };
  done("discovery/clear");
  EXPECT_TRUE(none());
  // Our own topics go on, and a restart keeps to it.
  (void)subject->terminate(SIGTERM);
  start_daemon();
  quiet(300ms);
  EXPECT_TRUE(none());
  EXPECT_TRUE(at_broker(hub_state).contains(hub_state));
  done("discovery/publish");
  EXPECT_TRUE(retained_payload(port(), hub_document) || poll_until(patience, [&] {
                return retained_payload(port(), hub_document).has_value();
              }));
}

TEST_F(discovery, OtherNamesLeaveNothingUnderTheOldOnes) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  (void)subject->terminate(SIGTERM);
  start_daemon(env({{"HA_DISCOVERY_PREFIX", "ha"}}));
  alive({"north"});
  EXPECT_TRUE(poll_until(patience, [&] { return at_broker("ha/device/+/config").size() == 2; }));
  EXPECT_TRUE(poll_until(patience, [&] { return at_broker("homeassistant/#").empty(); }));
  (void)subject->terminate(SIGTERM);
  start_daemon(env({{"HA_MODE", "argusai"}}));
  alive({"north"});
  EXPECT_TRUE(
      poll_until(patience, [&] { return at_broker("homeassistant/+/+/config").size() == 6; }));
  EXPECT_TRUE(poll_until(patience, [&] { return at_broker("ha/#").empty(); }));
  (void)subject->terminate(SIGTERM);
  start_daemon(env({{"HA_MODE", "off"}}));
  EXPECT_TRUE(poll_until(patience, [&] { return at_broker("homeassistant/#").empty(); }));
  EXPECT_TRUE(at_broker(hub_state).contains(hub_state));
}

TEST_F(discovery, AnotherNameLeavesNothingUnderTheOldOne) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  EXPECT_FALSE(subject->logged("this is the first start with"));
  (void)subject->terminate(SIGTERM);
  prefix = "site/";
  const auto renamed = env({{"TOPIC_PREFIX", "site"}});
  start_daemon(renamed);
  EXPECT_TRUE(subject->logged("firefinder\\.db to .*firefinder-site\\.db"));
  (void)subject->terminate(SIGTERM);
  std::filesystem::rename(state.path() / "firefinder.db", state.path() / "firefinder-site.db");
  start_daemon(renamed);
  EXPECT_FALSE(subject->logged("this is the first start with"));
  EXPECT_TRUE(poll_until(patience, [&] {
    const auto left = at_broker("firefinder/#");
    // That it is not there is true.
    return left.empty() || (left.size() == 1 && left.begin()->second == "offline");
  }));
  EXPECT_TRUE(
      poll_until(patience, [&] { return at_broker("homeassistant/#").count(hub_document) == 0; }));
  EXPECT_FALSE(at_broker("site/firefinder/#").empty());
}

TEST_F(discovery, SomebodyElsesOfflineIsPutRight) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  watcher().clear();
  cameras().publish(bridge_state, "offline", {.qos = 1, .retain = true});
  const auto said = watcher().wait_for(bridge_state, "offline", patience);
  ASSERT_TRUE(said);
  const auto again = watcher().wait_for(bridge_state, "online", patience);
  ASSERT_TRUE(again);
  EXPECT_LT(again->arrived - said->arrived, 1s);
  EXPECT_EQ(retained_payload(port(), bridge_state), "online");
}

class discovery_alone : public integration {};

TEST_F(discovery_alone, WhatIsKeptNeverExpires) {
  for (const auto what : {script::serve_5, script::serve_311}) {
    scripted_broker b{{.what = what}};
    start(b.port(), {{"MQTT_PROTOCOL", what == script::serve_5 ? "5" : "3.1.1"}});
    ASSERT_TRUE(poll_until(patience, [&] { return b.heard(bridge_state, "online"); }));
    const auto all = b.published();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                            [](const auto& x) { return x.said.topic == hub_document; }));
    for (const auto& x : all)
      if (x.said.retain || what == script::serve_311) {
        EXPECT_FALSE(x.said.expiry) << x.said.topic;
      }
    EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
  }
}

// A whole run: start, cameras, a fire, orders, Home Assistant's start, the end.
class whole_run : public integration, public ::testing::WithParamInterface<const char*> {};

TEST_P(whole_run, BreaksNoRuleOfHomeAssistant) {
  const std::string mode = GetParam();
  scripted_broker b{{.what = script::serve_311}};
  start(b.port(), {{"MQTT_PROTOCOL", "3.1.1"},
                   {"HA_MODE", mode},
                   {"HA_BIRTH_DELAY_MIN", "0"},
                   {"HA_BIRTH_DELAY_MAX", "0"},
                   {"HEALTH_INTERVAL", "10"}});
  ASSERT_TRUE(poll_until(patience, [&] { return b.heard(bridge_state, "online"); }));
  const auto count = [&b](const std::string& filter) {
    const auto all = b.published();
    return std::count_if(all.begin(), all.end(), [&](const publish_record& x) {
      return topic_matches(filter, x.said.topic);
    });
  };
  for (const std::string camera : {"north", "south"})
    for (const auto& one : growing_fire(camera))
      b.inject("fire/detection/" + camera, one.dump());
  ASSERT_TRUE(poll_until(patience, [&] { return count("fire/trigger") == 1; }));
  ASSERT_TRUE(poll_until(patience, [&] { return count("firefinder/alarm/event") == 1; }));
  b.inject("firefinder/camera/north/enabled/set", "OFF");
  b.inject("firefinder/camera/north/enabled/set", "ON");
  b.inject("firefinder/camera/north/snooze/set", "5");
  b.inject("firefinder/consensus/min_confidence/set", "0.8");
  b.inject("firefinder/consensus/min_confidence/set", "8");
  b.inject("firefinder/bridge/request/alarm/acknowledge", "{}");
  b.inject("firefinder/bridge/request/alarm/reset", "{}");
  b.inject("firefinder/bridge/request/status", "{}");
  ASSERT_TRUE(poll_until(patience, [&] { return count("firefinder/alarm/event") >= 3; }));
  const auto before = count("homeassistant/#");
  b.inject("homeassistant/status", "online", 0);
  ASSERT_TRUE(poll_until(patience, [&] {
    return count("homeassistant/#") >= 2 * (mode == "argusai" ? 12 : 3)
           && count("homeassistant/#") > before;
  }));
  ASSERT_TRUE(poll_until(patience, [&] { return count("firefinder/bridge/health") >= 1; }));
  EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
  checker_settings expected;
  expected.compat = mode == "argusai";
  if (expected.compat) {
    expected.base_topic = "liveobject";
    expected.presence_topic = "liveobject/status";
  }
  checker judge{expected};
  for (const auto& filter : b.filters())
    judge.subscribed(filter);
  for (const auto& x : b.connects())
    if (const auto& will = x.said.will;
        will && will->topic == (expected.compat ? expected.presence_topic : bridge_state))
      judge.connected(published_message{will->topic, will->payload, will->qos, will->retain});
  const auto all = b.published();
  for (const auto& x : all)
    judge.published(
        {x.said.topic, x.said.payload, x.said.qos, x.said.retain, x.said.expiry,
         std::chrono::duration_cast<std::chrono::milliseconds>(x.at.time_since_epoch())});
  EXPECT_EQ(to_string(judge.findings()), "");
  // It would have told.
  judge.published({"fire/trigger", "", 1, true});
  EXPECT_NE(to_string(judge.findings()), "");
}

INSTANTIATE_TEST_SUITE_P(mode, whole_run, ::testing::Values("device", "argusai"),
                         [](const auto& p) { return std::string{p.param}; });

// A whole run over a real broker: what the daemon says to it is read along on the way.
class whole_run_on_mosquitto : public discovery, public ::testing::WithParamInterface<const char*> {
protected:
  [[nodiscard]] bool argusai() const { return std::string{GetParam()} == "argusai"; }

  // Waits until the broker has so many documents.
  [[nodiscard]] bool has_documents(std::size_t n) const {
    return poll_until(patience, [&] { return at_broker("homeassistant/+/+/config").size() == n; });
  }

  [[nodiscard]] std::set<std::string> unique_ids() const {
    std::set<std::string> result;
    for (const auto& [topic, payload] : at_broker("homeassistant/+/+/config")) {
      const auto document = json::parse(payload, nullptr, false);
      if (document.contains("unique_id"))
        result.insert(document["unique_id"].get<std::string>());
      for (const auto& x : document.value("components", json::object()))
        result.insert(x.value("unique_id", ""));
    }
    return result;
  }
};

TEST_P(whole_run_on_mosquitto, BreaksNoRuleOfHomeAssistant) {
  const auto documents_of_two = argusai() ? 12U : 3U;
  play(env({{"MQTT_PROTOCOL", "5"}, {"HA_MODE", GetParam()}, {"HEALTH_INTERVAL", "10"}}),
       {.recorded = true});
  alive({"east"});
  see(growing_fire("north"));
  see(growing_fire("south"));
  (void)trigger();
  expected_triggers = 1;
  ASSERT_TRUE(has_documents(argusai() ? 18 : 4));
  ASSERT_TRUE(watcher().wait_for_count("firefinder/alarm/event", 1, patience));
  ASSERT_TRUE(watcher().wait_for("firefinder/bridge/health", patience));
  for (const std::string word : {"OFF", "ON"}) {
    cameras().publish("firefinder/camera/north/enabled/set", word);
    becomes("firefinder/camera/north/state",
            [&word](const json& x) { return x.value("enabled", "") == word; });
  }
  cameras().publish("firefinder/camera/north/snooze/set", "5");
  cameras().publish("firefinder/consensus/min_confidence/set", "0.8");
  cameras().publish("firefinder/consensus/min_confidence/set", "8");
  done("alarm/acknowledge");
  done("alarm/reset");
  done("status");
  done("camera/rename", {{"camera", "south"}, {"name", "South gate"}});
  EXPECT_TRUE(poll_until(patience, [this] {
    const auto all = at_broker("homeassistant/+/+/config");
    return std::any_of(all.begin(), all.end(), [](const auto& x) {
      return x.second.find("South gate") != std::string::npos;
    });
  }));
  done("camera/remove", {{"camera", "east"}});
  ASSERT_TRUE(has_documents(documents_of_two));
  done("discovery/clear");
  ASSERT_TRUE(has_documents(0));
  becomes("firefinder/bridge/info",
          [](const json& x) { return x["discovery"]["enabled"] == false; });
  done("discovery/publish");
  ASSERT_TRUE(has_documents(documents_of_two));
  watcher().clear();
  expected_triggers = 0;
  birth();
  expect_complete();
  const auto before = unique_ids();
  EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
  start_daemon();
  alive({"north", "south"});
  expect_complete();
  ASSERT_TRUE(has_documents(documents_of_two));
  EXPECT_EQ(unique_ids(), before);
  EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));

  checker_settings expected;
  expected.compat = argusai();
  expected.presence_topic = bridge_state;
  if (argusai()) {
    expected.base_topic = "liveobject";
    expected.presence_topic = "liveobject/status";
  }
  checker judge{expected};
  const auto all = record().entries();
  for (const auto& x : all)
    if (const auto* said = std::get_if<wire::subscribe>(&x))
      for (const auto& [filter, qos] : said->filters)
        judge.subscribed(filter);
  int processes = 0;
  std::size_t that_expire = 0;
  for (const auto& x : all) {
    if (const auto* said = std::get_if<wire::connect>(&x)) {
      EXPECT_EQ(said->protocol, 5);
      if (said->will && said->will->topic == expected.presence_topic) {
        ++processes;
        judge.connected(published_message{said->will->topic, said->will->payload, said->will->qos,
                                          said->will->retain});
      }
    }
    if (const auto* said = std::get_if<wire::publish>(&x)) {
      that_expire += said->expiry ? 1 : 0;
      judge.published({said->topic, said->payload, said->qos, said->retain, said->expiry});
    }
  }
  EXPECT_EQ(processes, 2);
  EXPECT_GT(that_expire, 0U) << "the properties were read";
  EXPECT_EQ(to_string(judge.findings()), "");
}

INSTANTIATE_TEST_SUITE_P(mode, whole_run_on_mosquitto, ::testing::Values("device", "argusai"),
                         [](const auto& p) { return std::string{p.param}; });

TEST_F(discovery, AnAnnouncementIsOneDocumentForEachDeviceAndNothingTwice) {
  play(env(), {.proxied = true});
  std::vector<std::string> many;
  for (int i = 0; i < 20; ++i)
    many.push_back("cam" + std::to_string(10 + i));
  alive(many);
  ASSERT_TRUE(announced(many));
  cut_and_expect_online();
  expect_complete();
  // All that came until that word.
  std::map<std::string, int> told;
  for (const auto& m : watcher().messages()) {
    if (m.retained)
      continue;
    if (m.topic == bridge_state && m.payload == "online")
      break;
    ++told[m.topic];
  }
  const auto of = [&told](const std::string& filter) {
    int result = 0;
    for (const auto& [topic, n] : told) {
      if (!topic_matches(filter, topic))
        continue;
      EXPECT_EQ(n, 1) << topic;
      ++result;
    }
    return result;
  };
  EXPECT_EQ(of("homeassistant/#"), 21);
  EXPECT_EQ(of("firefinder/camera/+/state"), 20);
  EXPECT_EQ(of("firefinder/camera/+/availability"), 20);
}

// mosquitto drops what a reader does not take in time: by default what is more than 1000 messages.
TEST_F(discovery, FiveHundredCamerasReachASubscriberWithoutLoss) {
  constexpr auto dropped = "$SYS/broker/publish/messages/dropped";
  play(env(),
       {.broker = {.logs_packets = false, .default_limits = true, .further = "sys_interval 1"}});
  // As Home Assistant does by default.
  mqtt_peer reader{port(), {.protocol = 4}};
  reader.subscribe("homeassistant/#", 1);
  reader.subscribe("firefinder/#", 1);
  reader.subscribe(dropped, 1);
  std::vector<std::string> many;
  for (int i = 0; i < 500; ++i)
    many.push_back("cam" + std::to_string(1000 + i));
  alive(many);
  ASSERT_TRUE(reader.wait_for_count("homeassistant/device/+/config", 501, 3 * patience));
  ASSERT_TRUE(announced(many));
  reader.clear();
  watcher().clear();
  birth();
  ASSERT_TRUE(watcher().wait_for(bridge_state, "online", 3 * patience));
  ASSERT_TRUE(reader.wait_for_count("homeassistant/device/+/config", 501, patience));
  EXPECT_TRUE(reader.wait_for_count("firefinder/camera/+/availability", 500, patience));
  std::set<std::string> topics;
  for (const auto& m : reader.messages("homeassistant/device/+/config"))
    EXPECT_TRUE(topics.insert(m.topic).second) << m.topic << " was announced twice";
  // The broker tells how it stands every second, when that has changed.
  EXPECT_EQ(retained_payload(port(), dropped).value_or("0"), "0");
  EXPECT_FALSE(mosquitto().logged("dropped"));
  // It would have told: of one who takes nothing and is sent more than that.
  tcp_proxy way{port()};
  mqtt_peer slow{way.port(), {.protocol = 4}};
  slow.subscribe("flood/#", 1);
  way.hold(direction::upstream, true);
  for (int i = 0; i < 1'500; ++i)
    cameras().post("flood/" + std::to_string(i), "x");
  cameras().flush();
  EXPECT_TRUE(poll_until(patience, [&] { return mosquitto().logged("dropped"); }));
  EXPECT_TRUE(
      poll_until(patience, [&] { return retained_payload(port(), dropped).value_or("0") != "0"; }));
}

TEST_F(discovery, WhatAnotherInstanceHasLeftIsClearedOnlyWhenSomebodyAsksForIt) {
  instance = "old";
  play(env({{"INSTANCE", "old"}}));
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  (void)subject->terminate(SIGTERM);
  const auto left = at_broker("homeassistant/#");
  ASSERT_EQ(left.size(), 2U);
  // One whose name begins so, and somebody else's.
  const publish_options kept{.qos = 1, .retain = true};
  std::map<std::string, std::string> others;
  const std::string ghost = "homeassistant/device/ff_main_ghost/config";
  for (const auto& [of, document] : left) {
    auto topic = of;
    auto payload = document;
    const auto replace = [](std::string& in, const std::string& from, const std::string& to) {
      for (std::size_t at = 0; (at = in.find(from, at)) != std::string::npos; at += to.size())
        in.replace(at, from.size(), to);
    };
    auto foreign = payload;
    replace(foreign, "Firefinder", "Somebody");
    others["homeassistant/device/ff_old_like" + std::to_string(others.size()) + "/config"]
        = foreign;
    if (of == "homeassistant/device/ff_old_north/config") {
      auto orphan = payload;
      replace(orphan, "ff_old", "ff_main");
      replace(orphan, "north", "ghost");
      cameras().publish(ghost, orphan, kept);
    }
    replace(topic, "ff_old", "ff_old_2");
    replace(payload, "ff_old", "ff_old_2");
    others[topic] = payload;
  }
  for (const auto& [topic, payload] : others)
    cameras().publish(topic, payload, kept);
  instance = "main";
  start_daemon(env());
  alive({"north"});
  const auto stand = [this](std::map<std::string, std::string> wanted) {
    const auto all = at_broker("homeassistant/#");
    return std::all_of(wanted.begin(), wanted.end(), [&all](const auto& x) {
      const auto found = all.find(x.first);
      return found != all.end() && found->second == x.second;
    });
  };
  ASSERT_TRUE(poll_until(
      patience, [this] { return retained_payload(port(), document_of("north")).has_value(); }));
  // Orphans are looked for until one of this instance is gone.
  ASSERT_TRUE(poll_until(patience, [&] { return !at_broker(ghost).contains(ghost); }));
  EXPECT_TRUE(stand(left)) << "nobody has asked for it";
  const auto asked = [this](const std::string& name) {
    watcher().clear();
    cameras().publish("firefinder/bridge/request/discovery/forget",
                      json{{"instance", name}}.dump());
    const auto answer
        = watcher().wait_for("firefinder/bridge/response/discovery/forget", 2 * patience);
    return answer ? json::parse(answer->payload, nullptr, false) : json();
  };
  for (const std::string name : {"main", "Old", "old/#", ""})
    EXPECT_EQ(asked(name).value("status", ""), "error") << name;
  EXPECT_TRUE(stand(left));
  const auto answer = asked("old");
  EXPECT_EQ(answer.value("status", ""), "ok") << answer;
  EXPECT_EQ(answer["data"], (json{{"instance", "old"}, {"documents", 2}}));
  EXPECT_TRUE(poll_until(patience, [&] {
    const auto all = at_broker("homeassistant/#");
    return std::none_of(left.begin(), left.end(),
                        [&all](const auto& x) { return all.contains(x.first); });
  }));
  EXPECT_TRUE(stand(others));
  EXPECT_EQ(at_broker("homeassistant/#").size(), others.size() + 2);
}

// The form argusai from its first day to its last.
TEST_F(discovery, ALifeInTheFormOfArgusai) {
  const environment words{{"HA_MODE", "argusai"},
                          {"ARGUSAI_AVAILABILITY_TOPIC", "argus/there"},
                          {"ARGUSAI_BIRTH_MESSAGE", "up"},
                          {"ARGUSAI_WILL_MESSAGE", "down"}};
  play(env(words));
  const auto singles = [this](std::size_t n) {
    return poll_until(patience, [&] {
      const auto sensors = at_broker("homeassistant/sensor/+/config").size();
      return sensors + at_broker("homeassistant/binary_sensor/+/config").size() == n;
    });
  };
  const auto says = [this](const std::string& word) {
    return poll_until(patience, [&] { return retained_payload(port(), "argus/there") == word; });
  };
  const auto statuses = [this] {
    return poll_until(patience,
                      [this] { return at_broker("liveobject/camera/+/status").size() == 2; });
  };
  // What they say counts only when nothing that waited at the broker comes any more.
  const auto both_are_there = [this] {
    return poll_until(patience, [this] {
      alive({"north", "south"});
      const auto told = retained_payload(port(), hub_state);
      return told && json::parse(*told).value("cameras_online", 0) == 2;
    });
  };
  EXPECT_TRUE(both_are_there());
  EXPECT_TRUE(singles(12));
  EXPECT_TRUE(statuses());
  EXPECT_TRUE(says("up"));
  for (const auto& [topic, payload] : at_broker("homeassistant/+/+/config")) {
    const auto document = json::parse(payload, nullptr, false);
    EXPECT_EQ(document.value("availability_topic", ""), "argus/there") << topic;
    EXPECT_EQ(document.value("payload_available", ""), "up") << topic;
    EXPECT_EQ(document.value("payload_not_available", ""), "down") << topic;
  }
  // The broker forgets everything.
  mosquitto().restart();
  connect_peers();
  EXPECT_TRUE(singles(12));
  EXPECT_TRUE(statuses());
  EXPECT_TRUE(says("up"));
  cameras().publish("firefinder/camera/north/enabled/set", "OFF");
  EXPECT_TRUE(singles(6));
  EXPECT_TRUE(at_broker("homeassistant/sensor/liveobject_north_status/config").empty());
  cameras().publish("firefinder/camera/north/enabled/set", "ON");
  EXPECT_TRUE(singles(12));
  // Its will is told by the broker.
  (void)subject->terminate(SIGKILL);
  EXPECT_TRUE(says("down"));
  start_daemon();
  EXPECT_TRUE(both_are_there());
  EXPECT_TRUE(says("up"));
  EXPECT_TRUE(singles(12));
  done("discovery/migrate");
  EXPECT_TRUE(announced({"north", "south"}));
  EXPECT_TRUE(singles(0));
  EXPECT_TRUE(
      retained_payload(port(), document_of("north")).value_or("").find("liveobject_north_event")
      != std::string::npos);
  (void)subject->terminate(SIGTERM);
  start_daemon(env({{"HA_MODE", "device"}}));
  EXPECT_TRUE(both_are_there());
  EXPECT_TRUE(announced({"north", "south"}));
  EXPECT_TRUE(singles(0));
  EXPECT_TRUE(poll_until(patience, [this] { return at_broker("argus/#").empty(); }));
  // The entities that were taken over show their topics until they are given up.
  EXPECT_TRUE(statuses());
  done("discovery/clear");
  done("discovery/publish");
  EXPECT_TRUE(announced({"north", "south"}));
  EXPECT_TRUE(poll_until(patience, [this] { return at_broker("liveobject/#").empty(); }));
  EXPECT_TRUE(poll_until(patience, [this] {
    const auto document = retained_payload(port(), document_of("north"));
    return document && document->find("liveobject") == std::string::npos;
  }));
}

TEST_F(discovery, OddNamesAreCamerasLikeOthers) {
  play(env());
  const std::string quoted = "Barn \"west\" \xF0\x9F\x94\xA5";
  const std::string longest(500, 'x');
  for (const auto& name : {quoted, longest})
    cameras().publish("system/camera_telemetry", json{{"camera_id", name}}.dump());
  cameras().publish("system/camera_telemetry", R"({"camera_id":"tab\there"})");
  EXPECT_TRUE(poll_until(
      patience, [&] { return retained_payload(port(), document_of("barn_west")).has_value(); }));
  for (const auto& [topic, payload] : at_broker("homeassistant/#")) {
    const auto document = json::parse(payload, nullptr, false);
    ASSERT_TRUE(document.is_object()) << topic;
    EXPECT_LE(payload.size(), 16'384U);
  }
  EXPECT_EQ(json::parse(*retained_payload(port(), document_of("barn_west")))["device"]["name"],
            quoted);
}

TEST_F(discovery, CamerasWithOneKeyAreNotMerged) {
  play(env());
  alive({"cam-a"});
  ASSERT_TRUE(announced({"cam_a"}));
  alive({"cam_a"});
  becomes("firefinder/consensus/state",
          [](const json& x) { return x.value("cameras_total", 0) == 2; });
  EXPECT_TRUE(announced({"cam_a"}));
  EXPECT_EQ(json::parse(*retained_payload(port(), document_of("cam_a")))["device"]["name"],
            "cam-a");
  const auto told = done("status");
  EXPECT_NE(told["data"]["problems"].dump().find("camera_key_collision"), std::string::npos)
      << told;
}

TEST_F(discovery, AQuickReturnIsNoAbsence) {
  play(env({{"MQTT_PROTOCOL", "5"}}), {.proxied = true});
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  cut_and_expect_online();
  quiet(500ms);
  const auto said = watcher().messages(bridge_state);
  EXPECT_TRUE(std::none_of(said.begin(), said.end(),
                           [](const message& m) { return m.payload == "offline"; }));
}

TEST_F(discovery, AStateReachesTheBrokerSoonAndNotMoreThanOnceASecond) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  quiet(1100ms);
  watcher().clear();
  const auto begin = std::chrono::steady_clock::now();
  see({detection_of("north", .02)});
  const auto on = watcher().wait_for(
      [](const message& m) {
        return m.topic == "firefinder/camera/north/state"
               && json::parse(m.payload, nullptr, false).value("fire", "") == "ON";
      },
      patience);
  ASSERT_TRUE(on);
  for (int i = 0; i < 100; ++i)
    see({detection_of("north", .02 + i * 0.0001)});
  quiet(2500ms);
  // One at once, and one for each second since; the last second may be one that has just begun.
  const auto took = std::chrono::steady_clock::now() - begin;
  const auto told = watcher().count("firefinder/camera/north/state");
  EXPECT_GE(told, 2U);
  EXPECT_LE(told, static_cast<std::size_t>(took / 1s) + 2);
  const auto last = becomes("firefinder/camera/north/state",
                            [](const json& x) { return x.value("detections_today", 0) == 101; });
  EXPECT_EQ(last["label"], "fire");
  EXPECT_EQ(watcher().count("firefinder/camera/north/event"), 1U);
}

} // namespace
} // namespace firefinder::test::discovery_test
