// What operators decide at run time: switched off, snoozed, tuned, acknowledged, reset.

#include "tests/integration/home_assistant.hpp"

#include <csignal>

namespace firefinder::test::control_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto house = "firefinder/consensus/state";
constexpr auto alarm_topic = "firefinder/alarm/state";
constexpr auto supervisory = "firefinder/supervisory/state";

class control : public home_assistant {
protected:
  void set(const std::string& what, const std::string& value) {
    cameras().publish("firefinder/" + what + "/set", value);
  }

  void burn() {
    see(growing_fire("north"));
    see(growing_fire("south"));
  }

  json shows(const std::string& topic, const std::string& member, const json& value) {
    return becomes(topic, [&](const json& x) { return x.value(member, json()) == value; });
  }
};

TEST_F(control, DisarmedIsEvaluatedAndNotPublished) {
  play(env());
  set("consensus/armed", "OFF");
  shows(house, "armed", "OFF");
  watcher().clear();
  burn();
  EXPECT_TRUE(watcher().wait_for(
      [](const message& m) {
        return m.topic == "firefinder/consensus/event"
               && json::parse(m.payload, nullptr, false).value("event_type", "") == "suppressed";
      },
      patience));
  // Something is switched off, and that is neither an alarm nor a fault.
  shows(supervisory, "supervisory", "ON");
  // Also to the next process.
  (void)subject->terminate(SIGKILL);
  start_daemon();
  shows(house, "armed", "OFF");
  EXPECT_EQ(watcher().count("fire/trigger"), 0U);
  set("consensus/armed", "ON");
  shows(house, "armed", "ON");
  shows(supervisory, "supervisory", "OFF");
}

TEST_F(control, NumbersAreCheckedKeptAndEchoed) {
  play(env());
  set("consensus/consensus_threshold", "3");
  set("consensus/min_confidence", "0.85");
  set("consensus/detection_window", "60");
  set("consensus/cooldown_period", "120");
  shows(house, "consensus_threshold", 3);
  shows(house, "min_confidence", 0.85);
  shows(house, "detection_window", 60);
  shows(house, "cooldown_period", 120);
  for (const std::string bad : {"11", "0", "", "two", "nan", "1e400", "\xff\xfe", "-1"}) {
    watcher().clear();
    set("consensus/consensus_threshold", bad);
    const auto answer
        = watcher().wait_for("firefinder/bridge/response/consensus/consensus_threshold", patience);
    ASSERT_TRUE(answer) << bad;
    EXPECT_EQ(json::parse(answer->payload)["status"], "error");
  }
  shows(house, "consensus_threshold", 3);
  (void)subject->terminate(SIGKILL);
  start_daemon();
  shows(house, "consensus_threshold", 3);
  shows(house, "min_confidence", 0.85);
  // Two cameras are not enough now, three are.
  for (const std::string camera : {"north", "south"})
    see(growing_fire(camera));
  quiet(300ms);
  EXPECT_EQ(watcher().count("fire/trigger"), 0U);
  for (const std::string camera : {"north", "south", "east"})
    see(growing_fire(camera));
  expected_triggers = 1;
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south", "east"}));
}

TEST_F(control, ACameraThatIsSwitchedOffHasNoVote) {
  play(env());
  alive({"north", "south"});
  ASSERT_TRUE(announced({"north", "south"}));
  set("camera/north/enabled", "OFF");
  shows("firefinder/camera/north/state", "enabled", "OFF");
  shows("firefinder/camera/north/state", "status", "disabled");
  EXPECT_TRUE(poll_until(patience, [&] {
    return retained_payload(port(), "firefinder/camera/north/availability") == "offline";
  }));
  burn();
  quiet(500ms);
  EXPECT_EQ(watcher().count("fire/trigger"), 0U);
  set("camera/north/enabled", "ON");
  shows("firefinder/camera/north/state", "enabled", "ON");
  burn();
  expected_triggers = 1;
  (void)trigger();
}

TEST_F(control, ASnoozeIsSeenAndCanBeEnded) {
  play(env());
  alive({"north", "south"});
  ASSERT_TRUE(announced({"north", "south"}));
  done("camera/snooze",
       {{"camera", "north"}, {"minutes", 10}, {"by", "Ana"}, {"reason", "barbecue"}});
  const auto told = shows(supervisory, "supervisory", "ON");
  EXPECT_NE(told.dump().find("Ana"), std::string::npos) << told;
  burn();
  quiet(500ms);
  EXPECT_EQ(watcher().count("fire/trigger"), 0U);
  (void)subject->terminate(SIGKILL);
  start_daemon();
  shows(supervisory, "supervisory", "ON");
  done("camera/wake", {{"camera", "north"}});
  shows(supervisory, "supervisory", "OFF");
}

TEST_F(control, AnAlarmStaysUntilItIsReset) {
  play(env({{"ALARM_REMINDER", "1"}}));
  burn();
  expected_triggers = 1;
  (void)trigger();
  auto told = shows(alarm_topic, "alarm", "ON");
  EXPECT_EQ(told["acknowledged"], "OFF");
  const auto reminded = [this] {
    return watcher().wait_for(
        [](const message& m) {
          return m.topic == "firefinder/alarm/event"
                 && json::parse(m.payload, nullptr, false).value("event_type", "") == "reminder";
        },
        patience);
  };
  EXPECT_TRUE(reminded());
  done("alarm/acknowledge", {{"by", "Ana"}, {"reason", "on my way"}});
  told = shows(alarm_topic, "acknowledged", "ON");
  EXPECT_EQ(told["alarm"], "ON");
  EXPECT_EQ(told["acknowledged_by"], "Ana");
  // Over the end of the process, too; and it is not reminded of any more.
  (void)subject->terminate(SIGKILL);
  start_daemon();
  shows(alarm_topic, "acknowledged", "ON");
  watcher().clear();
  quiet(1500ms);
  EXPECT_EQ(watcher().count("firefinder/alarm/event"), 0U);
  expected_triggers = 0;
  done("alarm/reset", {{"by", "Ana"}, {"reason", "out"}});
  told = shows(alarm_topic, "alarm", "OFF");
  EXPECT_EQ(told["reset_by"], "Ana");
  EXPECT_EQ(ask("alarm/reset").value("status", ""), "error");
}

TEST_F(control, TheProcessStartsAnew) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  const auto pid = subject->process().pid();
  watcher().clear();
  done("restart");
  EXPECT_TRUE(watcher().wait_for("firefinder/bridge/state", "offline", patience));
  expect_online();
  EXPECT_EQ(subject->process().pid(), pid);
  EXPECT_TRUE(subject->process().running());
  see(growing_fire("north"));
  see(growing_fire("south"));
  expected_triggers = 1;
  (void)trigger();
  EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
}

TEST_F(control, RequestsThatCannotBeMetAreRefusedInWords) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  const std::vector<std::pair<std::string, json>> bad{
      {"options", {{"consensus_threshold", 99}}},
      {"options", {{"armed", "perhaps"}}},
      {"options", {{"no_such_thing", 1}}},
      {"camera/options", {{"camera", "nowhere"}, {"enabled", false}}},
      {"camera/options", json::object()},
      {"camera/rename", {{"camera", "north"}, {"name", 7}}},
      {"camera/snooze", {{"camera", "north"}, {"minutes", -1}}},
      {"zone/snooze", {{"zone", "nowhere"}, {"minutes", 5}}},
      {"alarm/acknowledge", json::object()},
      {"discovery/migrate", {{"what", "ever"}}},
      {"discovery/forget", json::object()},
      {"discovery/forget", {{"instance", "not/a name"}}},
      {"no_such_thing", json::object()},
  };
  for (const auto& [operation, request] : bad) {
    const auto answer = ask(operation, request);
    EXPECT_EQ(answer.value("status", ""), "error") << operation << ' ' << request;
    EXPECT_FALSE(answer.value("error", "").empty()) << operation;
  }
  // All of it, or nothing.
  EXPECT_EQ(ask("options", {{"min_confidence", 0.9}, {"cooldown_period", -5}}).value("status", ""),
            "error");
  EXPECT_EQ(becomes(house, [](const json&) { return true; })["min_confidence"], 0.7);
  const auto met = done("options", {{"min_confidence", 0.9}, {"consensus_threshold", 3}});
  EXPECT_EQ(met["data"]["consensus_threshold"], 3) << met;
}

TEST_F(control, ACameraCanBeRenamedAddedAndLeftOut) {
  play(env());
  alive({"north"});
  ASSERT_TRUE(announced({"north"}));
  const std::string document = "homeassistant/device/ff_main_north/config";
  done("camera/rename", {{"camera", "north"}, {"name", "Barn"}});
  becomes(document, [](const json& x) { return x["device"]["name"] == "Barn"; });
  done("camera/add", {{"camera", "tower"}, {"name", "Tower"}});
  ASSERT_TRUE(announced({"north", "tower"}));
  done("camera/options", {{"camera", "north"}, {"announce", false}});
  ASSERT_TRUE(announced({"tower"}));
  (void)subject->terminate(SIGKILL);
  start_daemon();
  ASSERT_TRUE(announced({"tower"}));
  // Its word without a time counts only when nothing that waited at the broker comes any more.
  EXPECT_TRUE(poll_until(patience, [&] {
    alive({"north"});
    const auto told = retained_payload(port(), house);
    return told && json::parse(*told).value("cameras_online", 0) == 1;
  }));
  done("camera/options", {{"camera", "north"}, {"announce", true}});
  becomes(document, [](const json& x) { return x["device"]["name"] == "Barn"; });
  done("camera/remove", {{"camera", "tower"}});
  ASSERT_TRUE(announced({"north"}));
}

} // namespace
} // namespace firefinder::test::control_test
