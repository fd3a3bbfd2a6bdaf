// The rig itself: what it says about a daemon is worth as much as this.

#include "tests/support/broker.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/net.hpp"
#include "tests/support/scripted_broker.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <set>

namespace firefinder::test::support_test {
namespace {

using namespace std::chrono_literals;

TEST(FreePort, IsNeverGivenTwice) {
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) {
    const auto port = free_port();
    EXPECT_TRUE(ports.insert(port).second);
    EXPECT_FALSE(accepts_connections(port));
  }
}

TEST(ChildProcess, TellsOutputAndExitCode) {
  const auto done
      = run({"/bin/sh", "-c", "echo out; echo \"$WORD\" >&2; exit 7"}, {{"WORD", "err"}}, patience);
  EXPECT_EQ(done.state, (exit_state{7, 0}));
  EXPECT_EQ(done.output, "out\n");
  EXPECT_EQ(done.error, "err\n");
}

TEST(ChildProcess, InheritsNoEnvironment) {
  ASSERT_EQ(::setenv("MQTT_BROKER", "nowhere.example", 1), 0);
  const auto done = run({"/bin/sh", "-c", "echo \"[$MQTT_BROKER]\""}, {}, patience);
  EXPECT_EQ(done.output, "[]\n");
}

TEST(ChildProcess, IsKilledEvenWhenHalted) {
  const temporary_directory directory;
  pid_t pid = 0;
  {
    child_process child{{"/bin/sleep", "600"}, {}, directory.path() / "log"};
    pid = child.pid();
    EXPECT_TRUE(child.running());
    EXPECT_FALSE(child.wait(10ms));
    child.signal(SIGSTOP);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ChildProcess, TellsTheSignal) {
  const temporary_directory directory;
  child_process child{{"/bin/sleep", "600"}, {}, directory.path() / "log"};
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(patience), (exit_state{-1, SIGTERM}));
}

TEST(Broker, CarriesMessagesOfEachQuality) {
  const broker b;
  mqtt_peer subscriber{b.port(), {.protocol = 4}};
  subscriber.subscribe("a/#");
  mqtt_peer publisher{b.port()};
  for (int qos = 0; qos < 3; ++qos)
    publisher.publish("a/" + std::to_string(qos), "x", {.qos = qos});
  ASSERT_TRUE(subscriber.wait_for_count("a/+", 3, patience));
  const auto all = subscriber.messages();
  for (int qos = 0; qos < 3; ++qos) {
    EXPECT_EQ(all[static_cast<std::size_t>(qos)].qos, qos);
    EXPECT_FALSE(all[static_cast<std::size_t>(qos)].retained);
  }
  publisher.publish("kept/1", "here", {.retain = true});
  EXPECT_EQ(retained_payload(b.port(), "kept/1"), "here");
  EXPECT_EQ(retained_payload(b.port(), "kept/2"), std::nullopt);
  EXPECT_EQ(retained(b.port(), "#").size(), 1U);
}

TEST(Broker, ComesBackOnItsPort) {
  broker b{{.persistence = true}};
  mqtt_peer{b.port()}.publish("kept", "here", {.retain = true});
  b.restart();
  EXPECT_EQ(retained_payload(b.port(), "kept"), "here");
  b.kill();
  EXPECT_FALSE(accepts_connections(b.port()));
  b.start();
  const mqtt_peer again{b.port()};
}

TEST(Broker, AsksForPasswords) {
  broker b{{.users = {{"fire", "right"}}}};
  EXPECT_THROW((mqtt_peer{b.port()}), std::runtime_error);
  EXPECT_THROW((mqtt_peer{b.port(), {.username = "fire", .password = "wrong"}}),
               std::runtime_error);
  const mqtt_peer welcome{b.port(), {.username = "fire", .password = "right"}};
  b.set_users({{"fire", "other"}});
  EXPECT_TRUE(poll_until(patience, [&] {
    try {
      const mqtt_peer other{b.port(), {.username = "fire", .password = "other"}};
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }));
}

TEST(Broker, SpeaksTls) {
  const certificate_authority ours{"ours"};
  const certificate_authority foreign{"foreign"};
  const broker b{{.tls = broker_tls{ours.issue("server", {"DNS:localhost", "IP:127.0.0.1"}), {}}}};
  const mqtt_peer welcome{b.port(), {.authority = ours.file()}};
  EXPECT_THROW((mqtt_peer{b.port(), {.authority = foreign.file()}}), std::runtime_error);
}

TEST(Certificates, ExpireOnDemand) {
  const certificate_authority ours{"ours"};
  const auto old = ours.issue("old", {"DNS:localhost"}, -1);
  const auto fresh = ours.issue("fresh", {"DNS:localhost"});
  const auto verified = [&](const certificate& c) {
    return run({"openssl", "verify", "-CAfile", ours.file(), c.file}, {}, patience).state.code == 0;
  };
  EXPECT_FALSE(verified(old));
  EXPECT_TRUE(verified(fresh));
}

TEST(ScriptedBroker, ServesMqtt311) {
  scripted_broker b{{}};
  mqtt_peer subscriber{b.port(), {.protocol = 4, .client_id = "listener"}};
  subscriber.subscribe("a/+");
  mqtt_peer publisher{b.port(), {.protocol = 4, .client_id = "speaker"}};
  for (int qos = 0; qos < 3; ++qos)
    publisher.publish("a/" + std::to_string(qos), "x", {.qos = qos});
  b.inject("a/injected", "y", 2);
  ASSERT_TRUE(subscriber.wait_for_count("a/+", 4, patience));
  EXPECT_EQ(subscriber.messages().at(2).qos, 2);
  EXPECT_EQ(subscriber.messages().at(3).payload, "y");
  EXPECT_TRUE(b.heard("a/2", "x"));
  EXPECT_EQ(b.published().size(), 3U);
  EXPECT_EQ(b.filters(), std::vector<std::string>{"a/+"});
  ASSERT_EQ(b.connects("speaker").size(), 1U);
  EXPECT_EQ(b.connects("speaker").front().said.protocol, 4);
  EXPECT_EQ(b.most_parallel(), 1);
}

TEST(ScriptedBroker, TurnsMqtt5AwayInEachStyle) {
  for (const auto style :
       {refusal_style::connack_311, refusal_style::connack_5, refusal_style::close}) {
    scripted_broker b{{.style = style}};
    EXPECT_THROW((mqtt_peer{b.port()}), std::runtime_error);
    const mqtt_peer welcome{b.port(), {.protocol = 4}};
  }
}

TEST(ScriptedBroker, RefusesWithACode) {
  scripted_broker b{{.what = script::refuse, .code = 5}};
  EXPECT_THROW((mqtt_peer{b.port(), {.protocol = 4}}), std::runtime_error);
  b.behave({});
  const mqtt_peer welcome{b.port(), {.protocol = 4}};
}

TEST(TcpProxy, FailsOnDemand) {
  const broker b;
  tcp_proxy proxy{b.port()};
  mqtt_peer direct{b.port()};
  direct.subscribe("#");
  {
    mqtt_peer peer{proxy.port()};
    peer.publish("a", "through");
    EXPECT_TRUE(direct.wait_for("a", "through", patience));
    EXPECT_EQ(proxy.open_connections(), 1U);
    proxy.hold(direction::upstream, true);
    peer.post("b", "held");
    peer.post("b", "too");
    // What is held back may not overtake: something that goes round it arrives first.
    direct.publish("marker", "1");
    ASSERT_TRUE(direct.wait_for("marker", patience));
    EXPECT_EQ(direct.count("b"), 0U);
    proxy.hold(direction::upstream, false);
    peer.flush();
    EXPECT_TRUE(direct.wait_for_count("b", 2, patience));
    proxy.hold_when_upstream_has("trap", direction::downstream);
    peer.post("c", "trap");
    EXPECT_TRUE(direct.wait_for("c", patience));
    EXPECT_TRUE(proxy.trap_sprung());
    proxy.hold(direction::downstream, false);
    peer.flush();
  }
  {
    mqtt_peer peer{proxy.port()};
    // PUBACK arrives, and nothing after it.
    proxy.cut_behind_downstream("\x40");
    peer.publish("d", "last");
    EXPECT_TRUE(poll_until(patience, [&] { return !peer.connected(); }));
    EXPECT_TRUE(proxy.trap_sprung());
  }
  proxy.refuse(true);
  EXPECT_FALSE(accepts_connections(proxy.port()));
  proxy.refuse(false);
  const mqtt_peer again{proxy.port()};
  EXPECT_TRUE(again.connected());
  proxy.cut();
  EXPECT_TRUE(poll_until(patience, [&] { return !again.connected(); }));
  EXPECT_EQ(proxy.open_connections(), 0U);
}

TEST(Detections, GrowAsTold) {
  const auto areas = growing_areas(6, 0.02, 3.0);
  EXPECT_DOUBLE_EQ(areas.front(), 0.02);
  EXPECT_DOUBLE_EQ(areas.back(), 0.06);
  const auto fire = growing_fire("north");
  ASSERT_EQ(fire.size(), 6U);
  const auto& box = fire.back().at("bbox");
  const double width = box[2].get<double>() - box[0].get<double>();
  EXPECT_NEAR(width * width, 0.06, 1e-9);
  EXPECT_NEAR(fire.back().at("timestamp").get<double>(), unix_now(), 5.0);
  const auto pixels = centred_box(0.25, 1920, 1080);
  EXPECT_EQ(pixels, (std::array{480, 270, 1440, 810}));
  const auto events = growing_fire_of_frigate("north");
  EXPECT_EQ(events.front().at("type"), "new");
  EXPECT_EQ(events.back().at("after").at("id"), events.front().at("after").at("id"));
}

} // namespace
} // namespace firefinder::test::support_test
