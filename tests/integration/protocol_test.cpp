// Versions of MQTT.

#include "tests/integration/fixture.hpp"
#include "tests/support/scripted_broker.hpp"

#include <csignal>

namespace firefinder::test::protocol_test {
namespace {

using namespace std::chrono_literals;

class protocol : public scene {
protected:
  /// Whether the broker greeted clients of this version, in the words of its log.
  bool greeted(const std::string& version) { return mosquitto().logged(" (" + version + ","); }
};

TEST_F(protocol, FiveIsSpokenByDefault) {
  play();
  // Our own peers speak 5 as well; the daemon's clients have a keep-alive of 30.
  EXPECT_TRUE(mosquitto().logged("(p5, c0, k30") || mosquitto().logged("(p5, c1, k30"))
      << mosquitto().log();
  EXPECT_FALSE(greeted("p2"));
}

TEST_F(protocol, V311IsSpokenOnDemand) {
  play({{"MQTT_PROTOCOL", "3.1.1"}});
  EXPECT_TRUE(greeted("p2"));
  EXPECT_FALSE(mosquitto().logged("(p5, c0, k30") || mosquitto().logged("(p5, c1, k30"));
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
  EXPECT_EQ(subject->terminate(SIGTERM).state.code, 0);
  EXPECT_EQ(missing_presence(watcher(), "", "offline", patience), "");
}

TEST_F(protocol, V311IsRestoredAfterACut) {
  play({{"MQTT_PROTOCOL", "3.1.1"}}, {.proxied = true});
  cut_and_expect_online();
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(protocol, FiveAloneIsNeverGivenUp) {
  scripted_broker b{{.style = refusal_style::connack_311}};
  start(b.port(), {{"MQTT_PROTOCOL", "5"}, {"MQTT_RECONNECT_MAX_DELAY", "1"}});
  ASSERT_TRUE(poll_until(40s, [&] { return b.connects().size() >= 6; }));
  for (const auto& c : b.connects())
    EXPECT_EQ(c.said.protocol, 5);
  EXPECT_TRUE(subject->logged("(warn|error).*(version|protocol|MQTT 5)"));
}

TEST_F(protocol, KeepAliveAndSessionExpiryAreTheConfiguredOnes) {
  scripted_broker b{{.what = script::silent}};
  start(b.port(), {{"MQTT_KEEPALIVE", "17"},
                   {"MQTT_SESSION_EXPIRY", "1234"},
                   {"MQTT_CLIENT_ID", "tower"},
                   {"MQTT_USERNAME", "u;`x`"},
                   {"MQTT_PASSWORD", "p$(y)"}});
  ASSERT_TRUE(poll_until(patience, [&] { return !b.connects("tower").empty(); }));
  const auto said = b.connects("tower").front().said;
  EXPECT_EQ(said.keepalive, 17);
  EXPECT_EQ(said.session_expiry, 1234U);
  EXPECT_EQ(said.username, "u;`x`");
  EXPECT_EQ(said.password, "p$(y)");
}

class only_311 : public protocol, public ::testing::WithParamInterface<refusal_style> {};

TEST_P(only_311, IsServed) {
  scripted_broker b{{.style = GetParam()}};
  start(b.port());
  for (const std::string topic : presence_topics)
    EXPECT_TRUE(poll_until(30s, [&] { return b.heard(topic, "online"); })) << topic;
  EXPECT_EQ(b.connects().front().said.protocol, 5) << "5 is tried first";
  for (const char* camera : {"north", "south"})
    for (const auto& one : growing_fire(camera))
      b.inject("fire/detection/" + std::string{camera}, one.dump());
  const auto fired = [&] {
    const auto all = b.published();
    return std::count_if(all.begin(), all.end(),
                         [](const auto& p) { return p.said.topic == "fire/trigger"; });
  };
  EXPECT_TRUE(poll_until(patience, [&] { return fired() == 1; }));
  for (const auto& p : b.published())
    if (p.said.topic == "fire/trigger") {
      EXPECT_EQ(p.said.qos, 2);
      EXPECT_FALSE(p.said.retain);
    }
  EXPECT_EQ(b.most_parallel(), 1);
  const auto end = subject->terminate(SIGTERM);
  EXPECT_EQ(end.state.code, 0);
  EXPECT_LT(end.took, 2s);
  EXPECT_EQ(fired(), 1);
}

TEST_P(only_311, IsFoundAgainAfterACut) {
  scripted_broker b{{.style = GetParam()}};
  start(b.port());
  for (const std::string topic : presence_topics)
    ASSERT_TRUE(poll_until(30s, [&] { return b.heard(topic, "online"); })) << topic;
  const auto online = [&] {
    const auto all = b.published();
    return std::count_if(all.begin(), all.end(), [](const auto& p) {
      return p.said.topic == "system/fire_consensus/lwt" && p.said.payload == "online";
    });
  };
  const auto before = online();
  b.cut();
  EXPECT_TRUE(poll_until(patience, [&] { return online() > before; }));
}

INSTANTIATE_TEST_SUITE_P(in_each_style, only_311,
                         ::testing::Values(refusal_style::connack_311, refusal_style::connack_5,
                                           refusal_style::close),
                         [](const auto& p) -> std::string {
                           switch (p.param) {
                           case refusal_style::connack_311:
                             return "Connack311";
                           case refusal_style::connack_5:
                             return "Connack5";
                           case refusal_style::close:
                             break;
                           }
                           return "Close";
                         });

} // namespace
} // namespace firefinder::test::protocol_test
