// Why a camera agrees or does not, asked of a running daemon: over MQTT and by `status`.

#include "tests/integration/fixture.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"

#include <csignal>
#include <future>

namespace firefinder::test::explain_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int healthy = 0;
constexpr int degraded = 1;
constexpr int unreachable = 2;

class explain : public scene {
protected:
  temporary_directory state;

  environment env(environment more = {}) {
    more.try_emplace("STATE_DIR", state.path().string());
    return more;
  }

  /// The answer to a request; null when none comes.
  json ask(const std::string& operation, json request = json::object()) {
    const auto transaction = ++last_transaction_;
    request["transaction"] = transaction;
    cameras().publish(prefix + "firefinder/bridge/request/" + operation, request.dump());
    json found;
    const auto answer = watcher().wait_for(
        [&](const message& m) {
          if (m.topic != prefix + "firefinder/bridge/response/" + operation)
            return false;
          found = json::parse(m.payload, nullptr, false);
          return found.is_object() && found.value("transaction", json{}) == transaction;
        },
        patience);
    if (!answer) {
      ADD_FAILURE() << "no answer to " << request;
      return nullptr;
    }
    EXPECT_FALSE(answer->retained);
    EXPECT_EQ(answer->qos, 1);
    return found;
  }

  /// `firefinder status` with these arguments, for the daemon of the scene.
  outcome status(std::vector<std::string> arguments = {}, environment more = {}) {
    arguments.insert(arguments.begin(), {firefinder_binary, "status"});
    more.try_emplace("MQTT_BROKER", "127.0.0.1");
    more.try_emplace("MQTT_PORT", std::to_string(port()));
    more.try_emplace("HOME", state.path().string());
    return run(std::move(arguments), more, patience);
  }

  static bool says(const outcome& done, const std::string& words) {
    return (done.output + done.error).find(words) != std::string::npos;
  }

private:
  int last_transaction_ = 0;
};

TEST_F(explain, ACameraIsExplainedWhileItsFireGrows) {
  play(env());
  const auto fire = growing_fire("north");
  see({fire.begin(), fire.begin() + 3});
  auto answer = ask("explain", {{"camera", "north"}});
  ASSERT_EQ(answer.value("status", ""), "ok") << answer;
  auto north = answer["data"]["cameras"]["north"];
  EXPECT_EQ(north["agrees"], false);
  EXPECT_EQ(north["reason"], "too_few_samples");
  EXPECT_EQ(north["samples"], 3);
  EXPECT_EQ(north["samples_needed"], 6);
  see({fire.begin() + 3, fire.end()});
  answer = ask("explain", {{"camera", "north"}});
  north = answer["data"]["cameras"]["north"];
  EXPECT_EQ(north["agrees"], true) << answer;
  EXPECT_EQ(north["verified_by"], "growth");
  EXPECT_GT(north["growth"], 1.2);
  EXPECT_EQ(answer["data"]["decision"], "hold");
  EXPECT_EQ(answer["data"]["reason"], "too_few_cameras");
  EXPECT_EQ(answer["data"]["agreeing"], 1);
  EXPECT_EQ(answer["data"]["threshold"], 2);
  EXPECT_TRUE(answer["data"]["text"].get<std::string>().starts_with(
      "1 of 2 needed cameras agree: north (grew "))
      << answer;
  const auto done = status({"--explain", "north"});
  EXPECT_EQ(done.state.code, healthy) << done.error;
  EXPECT_TRUE(says(done, "1 of 2 needed cameras agree: north (grew ")) << done.output;
}

TEST_F(explain, ThePastIsExplainedAlsoAfterAKill) {
  play(env());
  const auto before = unix_now();
  const auto north = growing_fire("north");
  see({north.begin(), north.begin() + 3});
  ASSERT_EQ(ask("explain", {{"camera", "north"}}).value("status", ""), "ok");
  const auto hold = unix_now();
  see({north.begin() + 3, north.end()});
  see(growing_fire("south"));
  const auto fire = trigger();
  const auto decided = fire.value("timestamp", 0.0) + .2;
  const auto expect_explained = [&] {
    const auto then = ask("explain", {{"at", hold}});
    EXPECT_EQ(then["data"]["decision"], "hold") << then;
    EXPECT_EQ(then["data"]["reason"], "too_few_cameras");
    EXPECT_EQ(then["data"]["cameras"]["north"]["reason"], "too_few_samples") << then;
    const auto later = ask("explain", {{"at", decided}});
    EXPECT_EQ(later["data"]["decision"], "trigger") << later;
    EXPECT_EQ(later["data"].value("trigger_id", ""), fire.value("trigger_id", "none"));
    EXPECT_EQ(later["data"]["cameras"]["south"]["verified_by"], "growth") << later;
  };
  ASSERT_TRUE(poll_until(patience, [&] { return unix_now() > decided; }));
  expect_explained();
  (void)subject->terminate(SIGKILL);
  start_daemon();
  expect_explained();
  const auto told = status({"--explain", "south", "--at", std::to_string(decided)});
  EXPECT_EQ(told.state.code, healthy) << told.error;
  EXPECT_TRUE(says(told, "fire: 2 of 2 needed cameras agree")) << told.output;
  const auto too_early = ask("explain", {{"at", before - 1'000}});
  EXPECT_EQ(too_early.value("status", ""), "error") << too_early;
  EXPECT_NE(too_early.value("error", "").find("the journal begins at"), std::string::npos);
}

TEST_F(explain, WhatMakesNoSenseIsAnsweredWithWhatIsAllowed) {
  play(env({{"TOPIC_PREFIX", "farm"}}));
  see({growing_fire("north").front()});
  auto answer = ask("explain", {{"camera", "nort"}});
  EXPECT_EQ(answer.value("status", ""), "error");
  EXPECT_EQ(answer.value("error", ""), "there is no camera 'nort'; there are: north");
  answer = ask("explain", {{"at", "noon"}});
  EXPECT_NE(answer.value("error", "").find("seconds since 1970"), std::string::npos) << answer;
  answer = ask("explode");
  EXPECT_NE(answer.value("error", "").find("explain"), std::string::npos) << answer;
  const auto done = status({"--explain", "nort"}, {{"TOPIC_PREFIX", "farm"}});
  EXPECT_EQ(done.state.code, degraded);
  EXPECT_TRUE(says(done, "there are: north")) << done.error;
  EXPECT_EQ(done.output, "");
}

TEST_F(explain, StatusTellsWhetherAllIsWell) {
  play(env());
  see({growing_fire("north").front()});
  auto done = status();
  EXPECT_EQ(done.state.code, healthy) << done.error;
  EXPECT_TRUE(says(done, "healthy")) << done.output;
  EXPECT_TRUE(says(done, "north: does not agree: 1 of 6 samples needed")) << done.output;
  done = status({"--json"}, {{"MQTT_PROTOCOL", "3.1.1"}});
  EXPECT_EQ(done.state.code, healthy) << done.error;
  const auto data = json::parse(done.output, nullptr, false);
  EXPECT_EQ(data.value("state", ""), "idle") << done.output;
  EXPECT_EQ(data["cameras"]["north"]["online"], true);
  // A Frigate that was there and went away may see what nobody else does.
  cameras().publish("frigate/available", "online");
  cameras().publish("frigate/available", "offline");
  done = status();
  EXPECT_EQ(done.state.code, degraded) << done.output;
  EXPECT_TRUE(says(done, "! frigate_offline frigate since ")) << done.output;
}

TEST_F(explain, StatusSaysWhoIsSilent) {
  play(env());
  (void)subject->terminate(SIGTERM);
  auto done = status({"--timeout", "0.5"});
  EXPECT_EQ(done.state.code, unreachable);
  EXPECT_TRUE(says(done, "no daemon answers on firefinder/bridge/response/status within 0.5 s"))
      << done.error;
  done = status({"--timeout", "2"}, {{"MQTT_PORT", std::to_string(free_port())}});
  EXPECT_EQ(done.state.code, unreachable);
  EXPECT_TRUE(says(done, "cannot be reached")) << done.error;
}

TEST_F(explain, StatusTellsOfADaemonThatDoesNotDecide) {
  play(env());
  (void)subject->terminate(SIGTERM);
  const auto& other = start(port(), env({{"SERVICES", "camera_detection"}}));
  ASSERT_TRUE(poll_until(patience, [&other] { return other.logged("connected to"); }));
  const auto done = status();
  EXPECT_EQ(done.state.code, degraded) << done.error;
  EXPECT_TRUE(says(done, "this daemon does not decide")) << done.output;
}

TEST_F(explain, StatusTellsOfAnAnswerThatIsTooLong) {
  play(env());
  (void)subject->terminate(SIGTERM);
  auto asked = std::async(std::launch::async, [this] { return status(); });
  ASSERT_TRUE(watcher().wait_for("firefinder/bridge/request/status", patience));
  cameras().publish("firefinder/bridge/response/status", std::string(300'000, ' '));
  const auto done = asked.get();
  EXPECT_EQ(done.state.code, degraded);
  EXPECT_TRUE(says(done, "the answer is too long: it has 300000 bytes")) << done.error;
}

TEST_F(explain, StatusLeavesNothingBehindAndPublishesOnlyTheQuestion) {
  play(env());
  watcher().clear();
  ASSERT_EQ(status().state.code, healthy);
  // The daemon goes on telling of itself meanwhile.
  for (const auto& m : watcher().messages())
    EXPECT_TRUE(m.topic.starts_with("firefinder/bridge/") || m.topic.starts_with("system/")
                || m.topic == "fire/consensus_state")
        << m.topic;
  EXPECT_EQ(watcher().count("firefinder/bridge/request/status"), 1U);
  EXPECT_EQ(watcher().count("firefinder/bridge/response/status"), 1U);
  EXPECT_TRUE(retained(port(), "firefinder/bridge/request/#").empty());
  EXPECT_TRUE(retained(port(), "firefinder/bridge/response/#").empty());
}

} // namespace
} // namespace firefinder::test::explain_test
