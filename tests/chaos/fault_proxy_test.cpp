// The fault proxy: each of its faults does what it says, and without one it is not there.

#include "tests/chaos/fault_proxy.hpp"
#include "tests/chaos/lasting_peer.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <thread>

namespace firefinder::chaos::fault_proxy_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::mqtt_peer;
using test::patience;
using test::poll_until;

constexpr auto trigger = R"({"trigger_id":"one","expires_at":4000000000})";

class FaultProxy : public ::testing::Test {
protected:
  FaultProxy() : proxy(broker.port()), direct(broker.port()) { direct.subscribe("#"); }

  /// Something that goes round the proxy has arrived: what came before has, too.
  void settle() {
    std::this_thread::sleep_for(50ms);
    direct.publish("marker", "1");
    ASSERT_TRUE(direct.wait_for("marker", patience));
  }

  test::broker broker;
  fault_proxy proxy;
  mqtt_peer direct;
};

TEST_F(FaultProxy, ForwardsAndTakesNotes) {
  for (const int protocol : {5, 4}) {
    mqtt_peer peer{proxy.port(), {.protocol = protocol}};
    peer.publish("a", "through");
    peer.publish("fire/trigger", trigger, {.qos = 2});
  }
  EXPECT_TRUE(direct.wait_for_count("fire/trigger", 2, patience));
  const auto events = proxy.events();
  ASSERT_EQ(events.size(), 8U);
  const packet_type order[]
      = {packet_type::publish, packet_type::pubrec, packet_type::pubrel, packet_type::pubcomp};
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].type, order[i % 4]);
    EXPECT_EQ(events[i].trigger_id, "one");
    EXPECT_EQ(events[i].connection, i < 4 ? 0 : 1);
    EXPECT_TRUE(events[i].passed);
  }
  EXPECT_DOUBLE_EQ(events.front().expires_at, 4e9);
  EXPECT_EQ(proxy.malformed(), "");
}

TEST_F(FaultProxy, CutsAndRefuses) {
  mqtt_peer peer{proxy.port()};
  EXPECT_EQ(proxy.open_connections(), 1U);
  proxy.cut();
  EXPECT_TRUE(poll_until(patience, [&] { return !peer.connected(); }));
  EXPECT_EQ(proxy.open_connections(), 0U);
  proxy.refuse(true);
  EXPECT_FALSE(test::accepts_connections(proxy.port()));
  proxy.refuse(false);
  const mqtt_peer again{proxy.port()};
  EXPECT_TRUE(again.connected());
}

TEST_F(FaultProxy, StallsEachWay) {
  mqtt_peer peer{proxy.port()};
  peer.subscribe("to/peer");
  proxy.stall(direction::upstream, true);
  peer.post("from/peer", "held");
  direct.publish("to/peer", "free");
  EXPECT_TRUE(peer.wait_for("to/peer", patience));
  settle();
  EXPECT_EQ(direct.count("from/peer"), 0U);
  proxy.stall(direction::upstream, false);
  EXPECT_TRUE(direct.wait_for("from/peer", patience));
  proxy.stall(direction::downstream, true);
  peer.clear();
  direct.publish("to/peer", "held");
  peer.post("from/peer", "free");
  EXPECT_TRUE(direct.wait_for_count("from/peer", 2, patience));
  EXPECT_EQ(peer.count(), 0U);
  proxy.stall(direction::downstream, false);
  EXPECT_TRUE(peer.wait_for("to/peer", patience));
}

TEST_F(FaultProxy, TellsTheEndOfAConnectionOnlyBehindWhatIsHeld) {
  lasting_peer peer{proxy.port(), {"stalled", {}, "will"}};
  ASSERT_TRUE(peer.ready(patience));
  proxy.stall(direction::upstream, true);
  peer.post("last", "words", 0);
  peer.leave(0s);
  settle();
  EXPECT_EQ(direct.count("last"), 0U);
  proxy.stall(direction::upstream, false);
  EXPECT_TRUE(direct.wait_for("last", patience));
}

TEST_F(FaultProxy, GoesDeadWithoutAWord) {
  mqtt_peer peer{proxy.port()};
  proxy.half_open(true);
  peer.post("a", "lost");
  const lasting_peer unheard{proxy.port(), {"unheard"}};
  EXPECT_FALSE(unheard.ready(200ms));
  settle();
  EXPECT_TRUE(peer.connected());
  proxy.half_open(false);
  EXPECT_TRUE(unheard.ready(patience)) << "reset, and connected again";
  const mqtt_peer again{proxy.port()};
  settle();
  EXPECT_TRUE(peer.connected());
  EXPECT_EQ(direct.count("a"), 0U);
  proxy.cut_dead();
  EXPECT_TRUE(poll_until(patience, [&] { return !peer.connected(); }));
  EXPECT_TRUE(again.connected());
}

TEST_F(FaultProxy, SendsByteByByte) {
  proxy.set_pace({.bytes = 1, .interval = 100us});
  mqtt_peer peer{proxy.port()};
  const std::string payload(500, 'x');
  const auto begin = steady_clock::now();
  peer.publish("a", payload);
  EXPECT_GE(steady_clock::now() - begin, 50ms);
  EXPECT_TRUE(direct.wait_for("a", payload, patience));
}

TEST_F(FaultProxy, Delays) {
  mqtt_peer peer{proxy.port()};
  proxy.set_pace({.delay = 150ms});
  const auto begin = steady_clock::now();
  peer.publish("a", "x");
  EXPECT_GE(steady_clock::now() - begin, 300ms) << "there and back";
  EXPECT_TRUE(direct.wait_for("a", patience));
}

TEST_F(FaultProxy, RepeatsDeliveriesBehindTheBrokersBack) {
  mqtt_peer peer{proxy.port()};
  peer.subscribe("a");
  proxy.duplicate(true);
  for (int i = 0; i < 30; ++i)
    direct.publish("a", "at least once");
  EXPECT_TRUE(peer.wait_for_count("a", 60, patience));
  EXPECT_EQ(proxy.duplicates(), 30U);
  direct.publish("a", "exactly once", {.qos = 2});
  EXPECT_TRUE(peer.wait_for("a", std::string{"exactly once"}, patience));
  proxy.duplicate(false);
  peer.clear();
  direct.publish("a", "x");
  EXPECT_TRUE(peer.wait_for("a", patience));
  settle();
  EXPECT_EQ(peer.count("a"), 1U);
  EXPECT_EQ(proxy.malformed(), "");
  EXPECT_FALSE(broker.logged("error"));
}

struct trap_case {
  packet_type type;
  point where;
  /// The broker has the whole trigger when the trap has sprung.
  bool delivered;
  friend std::ostream& operator<<(std::ostream& out, const trap_case& x) {
    return out << "packet type " << static_cast<int>(x.type) << ", point "
               << static_cast<int>(x.where);
  }
};

class FaultProxyTrap : public FaultProxy, public ::testing::WithParamInterface<trap_case> {};

TEST_P(FaultProxyTrap, HoldsTheHandshakeWhereItIsTold) {
  lasting_peer peer{proxy.port(), {"speaker"}};
  ASSERT_TRUE(peer.ready(patience));
  proxy.arm({GetParam().type, GetParam().where});
  peer.post("other", "does not matter", 2);
  EXPECT_TRUE(direct.wait_for("other", patience));
  EXPECT_FALSE(proxy.sprung());
  peer.post("fire/trigger", trigger, 2);
  ASSERT_TRUE(poll_until(patience, [&] { return proxy.sprung(); }));
  settle();
  EXPECT_EQ(direct.count("fire/trigger"), GetParam().delivered ? 1U : 0U);
  const auto events = proxy.events();
  ASSERT_FALSE(events.empty());
  const auto& caught = *std::find_if(events.begin(), events.end(),
                                     [](const wire_event& e) { return e.type == GetParam().type; });
  EXPECT_EQ(caught.passed.has_value(), GetParam().where == point::after);
  // Whatever was lost, the session puts it right.
  proxy.cut();
  ASSERT_TRUE(poll_until(patience, [&] { return peer.unacknowledged() == 0; }));
  EXPECT_TRUE(direct.wait_for("fire/trigger", patience));
  settle();
  EXPECT_EQ(direct.count("fire/trigger"), 1U);
}

INSTANTIATE_TEST_SUITE_P(Each, FaultProxyTrap,
                         ::testing::Values(trap_case{packet_type::publish, point::before, false},
                                           trap_case{packet_type::publish, point::inside, false},
                                           trap_case{packet_type::publish, point::after, false},
                                           trap_case{packet_type::pubrec, point::before, false},
                                           trap_case{packet_type::pubrec, point::inside, false},
                                           trap_case{packet_type::pubrec, point::after, false},
                                           trap_case{packet_type::pubrel, point::before, false},
                                           trap_case{packet_type::pubrel, point::inside, false},
                                           trap_case{packet_type::pubrel, point::after, true},
                                           trap_case{packet_type::pubcomp, point::before, true},
                                           trap_case{packet_type::pubcomp, point::inside, true},
                                           trap_case{packet_type::pubcomp, point::after, true}));

} // namespace
} // namespace firefinder::chaos::fault_proxy_test
