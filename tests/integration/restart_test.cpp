// What outlives the end of the process: the daemon is killed and started again with the
// same folder for its state.

#include "actors/store/journal.hpp"
#include "tests/integration/fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

namespace firefinder::test::restart_test {
namespace {

using namespace std::chrono_literals;

class restart : public scene {
protected:
  temporary_directory state;

  environment env(environment more = {}) {
    more.try_emplace("STATE_DIR", state.path().string());
    return more;
  }

  void kill() { (void)subject->terminate(SIGKILL); }

  /// One after the other, so that the last one decides.
  void see_one_by_one(const std::vector<nlohmann::json>& detections) {
    for (const auto& one : detections)
      see({one});
  }

  /// All of a fire but the last detection of each camera, the end of the process by
  /// `signal`, and those last detections to the next one.
  void expect_the_fire_to_go_on_across(int signal) {
    play(env());
    const auto north = growing_fire("north");
    const auto south = growing_fire("south");
    see({north.begin(), north.end() - 1});
    see({south.begin(), south.end() - 1});
    ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("camera south is online"); }));
    quiet(300ms);
    (void)subject->terminate(signal);
    start_daemon();
    see({north.back()});
    see({south.back()});
    EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
  }

  std::size_t all_triggers() const { return watcher().count("fire/trigger"); }
};

TEST_F(restart, ATriggerDecidedWithoutABrokerIsDeliveredByTheNextProcess) {
  play(env(), {.proxied = true});
  proxy().hold_when_upstream_has("fire/trigger", direction::upstream);
  see(growing_fire("north"));
  see(growing_fire("south"));
  ASSERT_TRUE(poll_until(patience, [&] { return proxy().trap_sprung(); }));
  kill();
  proxy().cut();
  proxy().hold(direction::upstream, false);
  start_daemon();
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
  quiet(300ms);
  EXPECT_EQ(triggers().size(), 1U);
}

// The broker has the trigger and has handed it on; the process dies before it hears so.
TEST_F(restart, ATriggerWhoseCompletionNeverCameIsNotRepeated) {
  for (const std::string protocol : {"5", "3.1.1"}) {
    temporary_directory own;
    play({{"STATE_DIR", own.path().string()}, {"MQTT_PROTOCOL", protocol}}, {.proxied = true});
    proxy().hold_when_upstream_has("\x62\x02", direction::downstream);
    see(growing_fire("north"));
    see(growing_fire("south"));
    ASSERT_TRUE(poll_until(patience, [&] { return proxy().trap_sprung(); }));
    EXPECT_TRUE(watcher().wait_for("fire/trigger", patience));
    kill();
    proxy().cut();
    proxy().hold(direction::downstream, false);
    start_daemon();
    ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("is with the broker"); }));
    quiet(300ms);
    EXPECT_EQ(all_triggers(), 0U) << "sent again with MQTT " << protocol;
  }
}

TEST_F(restart, AFireThatGrowsAcrossAKillNeedsOneDetectionPerCamera) {
  expect_the_fire_to_go_on_across(SIGKILL);
}

TEST_F(restart, DetectionsPublishedWhileNobodyRunsCount) {
  play(env());
  kill();
  see(growing_fire("north"));
  see(growing_fire("south"));
  start_daemon();
  auto cameras = cameras_of(trigger());
  std::ranges::sort(cameras);
  EXPECT_EQ(cameras, (names{"north", "south"}));
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(restart, WhatIsTooOldIsDroppedAndCounted) {
  play(env({{"MAX_DETECTION_AGE", "5"}}), {.proxied = true});
  kill();
  auto old = growing_fire("north");
  for (auto& one : old)
    one["timestamp"] = one["timestamp"].get<double>() - 6;
  see(old);
  see(growing_fire("south"));
  start_daemon();
  const auto dropped = health_after_cut().at("dropped");
  EXPECT_EQ(dropped.value("stale", 0), 6);
  EXPECT_TRUE(triggers().empty());
}

TEST_F(restart, TheCooldownAndTheCountGoOn) {
  play(env(), {.proxied = true});
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(trigger().value("trigger_count", 0), 1);
  kill();
  start_daemon();
  see_one_by_one(growing_fire("east"));
  see_one_by_one(growing_fire("west"));
  const auto report = health_after_cut();
  EXPECT_EQ(report.at("consensus_state"), "cooldown");
  EXPECT_EQ(report.at("trigger_count"), 1);
  EXPECT_EQ(all_triggers(), 0U);
}

TEST_F(restart, ADamagedStoreIsSetAsideAndTheAlarmWorks) {
  play(env());
  (void)subject->terminate(SIGTERM);
  std::ofstream{state.path() / "firefinder.db", std::ios::binary} << "this is no database";
  start_daemon();
  EXPECT_TRUE(subject->logged("set aside"));
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(restart, AnEndInOrderLosesNothingToo) { expect_the_fire_to_go_on_across(SIGTERM); }

TEST_F(restart, ASecondDaemonOnTheSameStoreIsTurnedAway) {
  play(env());
  daemon second{firefinder_binary, port(), env({{"MQTT_CLIENT_ID", "second"}})};
  const auto end = second.process().wait(patience);
  ASSERT_TRUE(end) << second.log();
  EXPECT_EQ(*end, (exit_state{75, 0}));
  EXPECT_TRUE(second.logged("store.path: .*" + state.path().string() + ".*STATE_DIR"))
      << second.log();
  // It need not be waited for.
  daemon third{firefinder_binary, port(), env({{"MQTT_CLIENT_ID", "third"}})};
  quiet(300ms);
  EXPECT_EQ(third.terminate(SIGTERM).state, (exit_state{0, 0}));
  // One with a name of its own may use the folder.
  daemon other{firefinder_binary, port(),
               env({{"MQTT_CLIENT_ID", "other"}, {"TOPIC_PREFIX", "other"}})};
  EXPECT_TRUE(poll_until(patience, [&] { return other.logged("connected to"); })) << other.log();
  EXPECT_TRUE(subject->process().running());
}

// The successor is started while the one before it still ends.
TEST_F(restart, ASuccessorWaitsForTheEndOfTheOneBefore) {
  for (const int signal : {SIGKILL, SIGTERM}) {
    play(env());
    const auto before = std::move(subject);
    start(port(), env());
    quiet(500ms);
    EXPECT_FALSE(subject->logged("connected to"));
    (void)before->terminate(signal);
    EXPECT_TRUE(poll_until(patience, [&] { return subject->logged("connected to"); }))
        << subject->log();
    (void)subject->terminate(SIGKILL);
  }
}

// Each detection is one sample, or a repetition of one: what the broker has our
// acknowledgement of is with the one process or the next. paho's own threads can lose one
// that is acknowledged in the very moment of the disconnect (two in 120 stops like these).
TEST_F(restart, DetectionsThatComeDuringAnEndInOrderCount) {
  play(env());
  std::atomic<bool> stop = false;
  int sent = 0;
  std::thread camera{[&] {
    mqtt_peer peer{port()};
    while (!stop) {
      auto one = detection_of("north", 0.01 + 0.00001 * ++sent);
      // Of one object that is seen so often only some samples would be kept.
      one["object_id"] = "object-" + std::to_string(sent);
      peer.publish("fire/detection/north", one.dump());
      std::this_thread::sleep_for(1ms);
    }
  }};
  for (int round = 0; round < 2; ++round) {
    quiet(200ms);
    EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
    start_daemon();
  }
  quiet(200ms);
  stop = true;
  camera.join();
  EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
  std::cout << sent << " detections\n";
  store_settings settings;
  settings.folder = state.path().string();
  journal store{settings};
  const clock_reading now{std::chrono::steady_clock::now().time_since_epoch(), unix_now(), {}};
  store.open(now);
  std::set<long> kept;
  for (const auto& seen : store.load(now).sightings)
    for (const auto& x : seen.detections)
      kept.insert(std::lround((x.area - 0.01) / 0.00001));
  int lost = 0;
  for (int i = 1; i <= sent; ++i)
    if (!kept.contains(i)) {
      std::cout << "detection " << i << " is lost\n";
      ++lost;
    }
  EXPECT_LE(lost, 1);
}

// The first `online` of a process that has a state to take up; the figure is printed, the
// bound is far above it, because the machine may be busy.
TEST_F(restart, IsOnlineSoonAfterAKill) {
  play(env());
  see(growing_fire("north"));
  ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("sees a fire"); }));
  quiet(300ms);
  kill();
  watcher().clear();
  start(port(), env());
  ASSERT_TRUE(watcher().wait_for("system/fire_consensus/lwt", patience));
  ASSERT_TRUE(poll_until(patience, [&] {
    return watcher().messages("system/fire_consensus/lwt").back().payload == "online";
  }));
  const auto took = std::chrono::steady_clock::now() - subject->started();
  std::cout << "online after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
  EXPECT_TRUE(poll_until(patience, [&] { return subject->logged("taken up again"); }));
  EXPECT_LT(took, 3s);
}

} // namespace
} // namespace firefinder::test::restart_test
