// Losing the broker, and finding it again.

#include "tests/integration/fixture.hpp"
#include "tests/support/scripted_broker.hpp"

#include <csignal>
#include <map>

namespace firefinder::test::reconnect_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

class reconnect : public scene {
protected:
  /// Times between the CONNECTs of one connection, the one that is tried most often.
  static std::vector<std::chrono::duration<double>> pauses(const scripted_broker& b) {
    std::map<std::string, std::vector<steady_clock::time_point>> times;
    for (const auto& c : b.connects())
      times[c.said.client_id].push_back(c.at);
    std::vector<steady_clock::time_point> longest;
    for (const auto& [id, list] : times)
      if (list.size() > longest.size())
        longest = list;
    std::vector<std::chrono::duration<double>> result;
    for (std::size_t i = 1; i < longest.size(); ++i)
      result.emplace_back(longest[i] - longest[i - 1]);
    return result;
  }
};

TEST_F(reconnect, ABrokerThatComesLaterIsFound) {
  // The proxy stands for a host whose broker is not up yet.
  play({{"MQTT_RECONNECT_MAX_DELAY", "2"}}, {.proxied = true});
  EXPECT_EQ(subject->terminate(SIGTERM).state.code, 0);
  proxy().refuse(true);
  watcher().clear();
  start(proxy().port(), {{"MQTT_RECONNECT_MAX_DELAY", "2"}});
  ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("refused|unreachable|connect"); }));
  quiet(2500ms);
  EXPECT_EQ(watcher().count(), 0U);
  proxy().refuse(false);
  expect_online();
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(reconnect, ARestartedBrokerIsFoundAgain) {
  play();
  mosquitto().restart();
  connect_peers();
  EXPECT_TRUE(poll_until(patience, [&] {
    return retained_payload(port(), "system/fire_consensus/lwt") == "online"
           && retained_payload(port(), "system/camera_detector/lwt") == "online"
           && retained_payload(port(), "firefinder/bridge/state") == "online";
  }));
  // The broker has forgotten the subscriptions; the daemon must have renewed them.
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(reconnect, ABrokerWithAMemoryIsFoundAgain) {
  play({}, {.broker = {.persistence = true}});
  mosquitto().restart();
  connect_peers();
  expect_online();
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
  quiet(300ms);
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(reconnect, ACutLinkIsBackWithinTheFirstStep) {
  play({}, {.proxied = true});
  for (int i = 0; i < 3; ++i) {
    const auto begin = steady_clock::now();
    cut_and_expect_online();
    const auto took = steady_clock::now() - begin;
    EXPECT_LT(took, 4s);
    RecordProperty("back_after_ms_" + std::to_string(i), static_cast<int>(took / 1ms));
  }
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(reconnect, TwoCutsWithinOneStepDoNoHarm) {
  play({}, {.proxied = true});
  for (int round = 0; round < 3; ++round) {
    watcher().clear();
    const auto before = proxy().accepted().size();
    proxy().cut();
    // Again as soon as it is on its way back.
    ASSERT_TRUE(poll_until(patience, [&] { return proxy().accepted().size() > before; }));
    proxy().cut();
    watcher().clear();
    expect_online();
  }
  // The connections of the other two wills come back after pauses of their own.
  EXPECT_TRUE(poll_until(patience, [&] { return proxy().open_connections() == 3; }));
  quiet(1500ms);
  EXPECT_EQ(proxy().open_connections(), 3U) << "one connection per will";
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(reconnect, CutsBehindTheSubscriptionDoNoLastingHarm) {
  // The daemon reads that it is subscribed, and has things to say; each of them
  // fails while it is being sent.
  play({{"MQTT_RECONNECT_MAX_DELAY", "2"}}, {.proxied = true});
  for (int i = 0; i < 5; ++i) {
    // SUBACK
    proxy().cut_behind_downstream("\x90");
    proxy().cut();
    ASSERT_TRUE(poll_until(patience, [&] { return proxy().trap_sprung(); })) << "at cut " << i;
    watcher().clear();
    const auto begin = steady_clock::now();
    ASSERT_TRUE(watcher().wait_for("system/fire_consensus/lwt", "online", patience));
    EXPECT_LT(steady_clock::now() - begin, 6s) << "at cut " << i;
  }
  expect_online();
  EXPECT_FALSE(subject->logged("malformed packet")) << "it sends what is no MQTT";
  for (const auto& m : watcher().messages())
    EXPECT_TRUE(m.topic.rfind("system/", 0) == 0 || m.topic == "fire/consensus_state"
                || m.topic.rfind("firefinder/", 0) == 0 || m.topic.rfind("homeassistant/", 0) == 0)
        << m.topic;
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(reconnect, AStalledLinkIsNoticedByItsKeepAlive) {
  play({{"MQTT_KEEPALIVE", "5"}}, {.proxied = true});
  watcher().clear();
  proxy().hold(direction::upstream, true);
  proxy().hold(direction::downstream, true);
  // The broker notices after one and a half times the keep-alive, and says so.
  EXPECT_EQ(missing_presence(watcher(), "", "offline", 30s), "");
  watcher().clear();
  proxy().cut();
  proxy().hold(direction::upstream, false);
  proxy().hold(direction::downstream, false);
  expect_online();
}

TEST_F(reconnect, AFrozenBrokerIsUsedAgainWhenItThaws) {
  play({{"MQTT_KEEPALIVE", "5"}});
  mosquitto().freeze();
  quiet(3s);
  mosquitto().thaw();
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

// -- back-off ------------------------------------------------------------------------------

TEST_F(reconnect, ARefusedConnectIsTriedAgainAfterGrowingPauses) {
  // 3 of MQTT 3.1.1: server unavailable.
  scripted_broker b{{.what = script::refuse, .code = 3}};
  start(b.port(), {{"MQTT_PROTOCOL", "3.1.1"}});
  ASSERT_TRUE(poll_until(40s, [&] { return pauses(b).size() >= 3; }));
  const auto p = pauses(b);
  EXPECT_GT(p[0], 0.95s);
  EXPECT_LT(p[0], 2.6s);
  EXPECT_GT(p[1], p[0] * 1.2);
  EXPECT_GT(p[2], p[1] * 1.2);
  EXPECT_EQ(b.most_parallel(), 1) << "two connections with one client id";
  EXPECT_TRUE(subject->logged("unavailable|refused|return code|reason"));
  b.behave({});
  EXPECT_TRUE(poll_until(40s, [&] { return b.heard("system/fire_consensus/lwt", "online"); }));
}

TEST_F(reconnect, PausesEndAtTheLongest) {
  scripted_broker b{{.what = script::close_at_once}};
  start(b.port(), {{"MQTT_PROTOCOL", "3.1.1"}, {"MQTT_RECONNECT_MAX_DELAY", "2"}});
  // Three connections, each every two seconds at the most.
  ASSERT_TRUE(poll_until(40s, [&] { return b.connections().size() >= 12; }));
  const auto all = b.connections();
  const std::chrono::duration<double> span = all[11].opened - all[0].opened;
  EXPECT_LT(span, 14s);
  EXPECT_GT(span, 2s) << "hammered";
}

TEST_F(reconnect, ACutRightAfterTheGreetingIsNotHammered) {
  scripted_broker b{{.what = script::cut_after_connack}};
  // Without a session: in 3.1.1 the first connection of a process that keeps one only
  // wipes the old session away, and the second follows at once.
  start(b.port(), {{"MQTT_PROTOCOL", "3.1.1"}, {"MQTT_SESSION_EXPIRY", "0"}});
  ASSERT_TRUE(poll_until(40s, [&] { return pauses(b).size() >= 2; }));
  for (const auto pause : pauses(b))
    EXPECT_GT(pause, 0.9s);
  EXPECT_EQ(b.most_parallel(), 1);
  b.behave({});
  EXPECT_TRUE(poll_until(40s, [&] { return b.heard("system/fire_consensus/lwt", "online"); }));
}

TEST_F(reconnect, ASilentBrokerIsGivenUpAndTriedAgain) {
  scripted_broker b{{.what = script::silent}};
  start(b.port(), {{"MQTT_PROTOCOL", "3.1.1"}});
  ASSERT_TRUE(poll_until(60s, [&] { return !pauses(b).empty(); }));
  EXPECT_EQ(b.most_parallel(), 1);
  b.behave({});
  EXPECT_TRUE(poll_until(60s, [&] { return b.heard("system/fire_consensus/lwt", "online"); }));
}

// -- credentials ---------------------------------------------------------------------------------

TEST_F(reconnect, AWrongPasswordIsSaidAndTriedAgain) {
  broker b{{.users = {{"fire", "right"}}}};
  start(b.port(), {{"MQTT_USERNAME", "fire"},
                   {"MQTT_PASSWORD", "wr0ng; `secret`"},
                   {"MQTT_RECONNECT_MAX_DELAY", "2"}});
  EXPECT_TRUE(poll_until(
      patience, [&] { return subject->logged("(warn|error).*(password|credential|authori)"); }));
  EXPECT_EQ(subject->log().find("wr0ng"), std::string::npos) << "the password is logged";
  // It was right all along, the broker did not know it.
  b.set_users({{"fire", "wr0ng; `secret`"}});
  const auto known = [&] {
    return retained_payload(b.port(), "system/fire_consensus/lwt",
                            {.username = "fire", .password = "wr0ng; `secret`"});
  };
  ASSERT_TRUE(poll_until(patience, [&] {
    try {
      return known() == "online";
    } catch (const std::runtime_error&) {
      return false;
    }
  }));
}

} // namespace
} // namespace firefinder::test::reconnect_test
