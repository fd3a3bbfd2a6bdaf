// Many daemons at one broker, told apart by their prefixes.

#include "tests/integration/fixture.hpp"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <numeric>
#include <random>
#include <set>

namespace firefinder::test::many_daemons_test {
namespace {

using namespace std::chrono_literals;

class many_daemons : public ::testing::Test {};

TEST_F(many_daemons, DoNotCrossAndLeaveNothing) {
  constexpr std::size_t number = 16;
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random{seed};

  const broker b;
  mqtt_peer watcher{b.port()};
  watcher.subscribe("#");
  mqtt_peer cameras{b.port()};
  const auto prefix = [](std::size_t i) { return "site-" + std::to_string(i) + '/'; };
  std::vector<std::unique_ptr<daemon>> daemons(number);
  const auto boot = [&](std::size_t i) {
    daemons[i]
        = std::make_unique<daemon>(firefinder_binary, b.port(),
                                   environment{{"TOPIC_PREFIX", prefix(i)},
                                               {"MQTT_CLIENT_ID", "tower-" + std::to_string(i)},
                                               {"COOLDOWN_PERIOD", "300"}});
  };
  std::vector<std::size_t> order(number);
  std::iota(order.begin(), order.end(), 0U);
  const auto shuffled = [&] {
    std::shuffle(order.begin(), order.end(), random);
    return order;
  };

  // All at once; then some of them again, while the others are just coming up.
  for (const auto i : shuffled())
    boot(i);
  for (const auto i : shuffled())
    if (i % 4 == 0) {
      EXPECT_EQ(missing_presence(watcher, prefix(i), "online", patience), "");
      EXPECT_EQ(daemons[i]->terminate(SIGTERM).state, (exit_state{0, 0})) << daemons[i]->log();
      EXPECT_EQ(missing_presence(watcher, prefix(i), "offline", patience), "");
      boot(i);
    }
  const auto said = [&](const std::string& topic, const std::string& word) {
    const auto all = watcher.messages(topic);
    return std::count_if(all.begin(), all.end(),
                         [&](const message& m) { return m.payload == word; });
  };
  for (std::size_t i = 0; i < number; ++i)
    for (const std::string topic : presence_topics)
      EXPECT_TRUE(poll_until(
          patience, [&] { return said(prefix(i) + topic, "online") == (i % 4 == 0 ? 2 : 1); }))
          << prefix(i) << topic << '\n'
          << daemons[i]->log();

  // A fire at every second site.
  for (const auto i : shuffled())
    if (i % 2 == 0)
      for (const std::string camera : {"north", "south"})
        for (const auto& one : growing_fire(camera + "-" + std::to_string(i)))
          cameras.post(prefix(i) + "fire/detection", one.dump());
  cameras.flush();
  for (std::size_t i = 0; i < number; i += 2)
    EXPECT_TRUE(watcher.wait_for(prefix(i) + "fire/trigger", patience)) << prefix(i);

  // Stopped in another order, by either signal, one in four while the last still stops.
  for (const auto i : shuffled()) {
    const int signal = random() % 2 == 0 ? SIGTERM : SIGINT;
    if (random() % 4 == 0) {
      daemons[i]->process().signal(signal);
      continue;
    }
    EXPECT_EQ(daemons[i]->terminate(signal).state, (exit_state{0, 0})) << daemons[i]->log();
  }
  for (const auto& d : daemons)
    EXPECT_EQ(d->process().wait(patience), (exit_state{0, 0})) << d->log();

  for (std::size_t i = 0; i < number; ++i) {
    const auto fires = watcher.messages(prefix(i) + "fire/trigger");
    ASSERT_EQ(fires.size(), i % 2 == 0 ? 1U : 0U) << prefix(i);
    if (!fires.empty()) {
      EXPECT_EQ(cameras_of(nlohmann::json::parse(fires.front().payload)),
                (names{"north-" + std::to_string(i), "south-" + std::to_string(i)}));
    }
  }
  // What is left: each one's last words, and what is retained by contract.
  const std::set<std::string> kept{"system/fire_consensus/health", "system/camera_detector/health",
                                   "fire/consensus_state"};
  const auto announced = [](const std::string& topic) {
    return topic.rfind("firefinder/", 0) == 0
           && (topic_matches("firefinder/+/state", topic)
               || topic_matches("firefinder/bridge/info", topic)
               || topic_matches("firefinder/camera/+/+", topic));
  };
  std::size_t offline = 0;
  std::size_t documents = 0;
  for (const auto& m : retained(b.port(), "#")) {
    const auto slash = m.topic.find('/');
    // Each under a name of its own, though none was told one.
    if (topic_matches("homeassistant/device/+/config", m.topic)) {
      ++documents;
      continue;
    }
    ASSERT_EQ(m.topic.rfind("site-", 0), 0U) << m.topic;
    const auto topic = m.topic.substr(slash + 1);
    if (std::find(std::begin(presence_topics), std::end(presence_topics), topic)
        != std::end(presence_topics)) {
      EXPECT_EQ(m.payload, "offline") << m.topic;
      ++offline;
    } else {
      EXPECT_TRUE(kept.contains(topic) || announced(topic)) << "left behind: " << m.topic;
    }
  }
  EXPECT_EQ(offline, number * std::size(presence_topics));
  EXPECT_GE(documents, number);
  // No session is left in the broker that collects messages for nobody.
  EXPECT_FALSE(b.logged("Error")) << b.log();
}

} // namespace
} // namespace firefinder::test::many_daemons_test
