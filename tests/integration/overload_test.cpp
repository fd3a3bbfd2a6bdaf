// More than can be decoded: memory stays bounded, a fire within the flood is heard.

#include "tests/integration/fixture.hpp"
#include "tests/support/flood.hpp"

#include <algorithm>
#include <csignal>
#include <iostream>

namespace firefinder::test::overload_test {
namespace {

using namespace std::chrono_literals;

class overload : public integration {
protected:
  // Whether the daemon's last report says that it has shed messages, as a figure and as a
  // problem.
  static bool complains(const mqtt_peer& watcher) {
    const auto reports = watcher.messages("system/fire_consensus/health");
    if (reports.empty())
      return false;
    const auto report = nlohmann::json::parse(reports.back().payload, nullptr, false);
    return report.is_object() && report.value("messages_shed", 0) > 0
           && report.dump().find("some were shed") != std::string::npos;
  }

  void expect_fire(const std::string& first, const std::string& second) {
    mqtt_peer cameras{mosquitto.port()};
    for (const auto& camera : {first, second})
      for (const auto& one : growing_fire(camera))
        cameras.publish("fire/detection/" + camera, one.dump());
    const auto decided = std::chrono::steady_clock::now();
    const auto alarm = watcher.wait_for("fire/trigger", patience);
    ASSERT_TRUE(alarm) << "the flood has swallowed the fire";
    const std::chrono::duration<double> waited = alarm->arrived - decided;
    std::cout << "trigger " << waited.count() << " s after the deciding detection\n";
    EXPECT_LT(waited.count(), 2);
    EXPECT_EQ(cameras_of(nlohmann::json::parse(alarm->payload)), (names{first, second}));
  }

  // A broker that queues as much as it has to: see docs/operations.md.
  broker mosquitto{{.logs_packets = false}};
  mqtt_peer watcher{mosquitto.port()};
};

TEST_F(overload, IsShedAndAFireWithinItIsHeard) {
  watcher.subscribe("system/+/lwt");
  watcher.subscribe("system/fire_consensus/health");
  watcher.subscribe("fire/trigger");
  subject = std::make_unique<daemon>(
      firefinder_binary, mosquitto.port(), environment{{"HEALTH_INTERVAL", "10"}},
      std::vector<std::string>{"--set", "caf.scheduler.max-threads=1"});
  ASSERT_TRUE(watcher.wait_for("system/fire_consensus/health", patience));
  const auto before = subject->resident_bytes();
  std::uint64_t most = 0;
  const auto look = [&] { most = std::max(most, subject->resident_bytes()); };

  const flood everybody{mosquitto.port(), flood_of_every_kind()};
  // It stands still for a moment, so that all it misses comes at once.
  subject->process().signal(SIGSTOP);
  const auto enough = everybody.bytes() + 40'000'000;
  EXPECT_TRUE(poll_until(patience, [&] { return everybody.bytes() > enough; }));
  subject->process().signal(SIGCONT);
  EXPECT_TRUE(poll_until(patience, [&] {
    look();
    return subject->logged("messages, .* were shed");
  })) << "what comes is not more than can be decoded";
  expect_fire("north", "south");
  EXPECT_TRUE(poll_until(patience, [&] {
    look();
    return complains(watcher);
  })) << "the health report does not tell of it";
  EXPECT_EQ(everybody.failure(), "");
  std::cout << everybody.messages() << " messages, " << everybody.bytes() / 1024 / 1024
            << " MiB offered; resident " << before / 1024 / 1024 << " MiB before, "
            << most / 1024 / 1024 << " MiB at the most\n";
#ifndef FIREFINDER_SANITIZED
  EXPECT_LT(most, before + std::uint64_t{96} * 1024 * 1024);
#endif
  EXPECT_EQ(watcher.count("fire/trigger"), 1U);
}

} // namespace
} // namespace firefinder::test::overload_test
