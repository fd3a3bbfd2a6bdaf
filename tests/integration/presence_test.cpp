// Being there, going away, and being seen to.

#include "tests/integration/fixture.hpp"
#include "tests/support/net.hpp"
#include "tests/support/scripted_broker.hpp"

#include <csignal>
#include <iostream>
#include <set>

namespace firefinder::test::presence_test {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_stop = 2s;

class presence : public scene {
protected:
  void expect_retained(const std::string& word) {
    for (const std::string topic : presence_topics)
      EXPECT_EQ(retained_payload(port(), topic), word) << topic;
  }

  /// Ends the daemon and expects an orderly end in time.
  void expect_orderly_stop(int signal) {
    const auto end = subject->terminate(signal);
    EXPECT_EQ(end.state, (exit_state{0, 0}));
    EXPECT_LT(end.took, longest_stop);
    RecordProperty("stop_ms", static_cast<int>(end.took / 1ms));
  }
};

TEST_F(presence, OnlineIsRetainedFromTheStart) {
  play();
  expect_retained("online");
  const auto said = watcher().wait_for("system/fire_consensus/lwt", "online", patience);
  ASSERT_TRUE(said);
  const auto took = said->arrived - subject->started();
  std::cout << "exec to online: " << took / 1us << " us\n";
  RecordProperty("exec_to_online_ms", static_cast<int>(took / 1ms));
  for (const std::string topic : presence_topics)
    for (const auto& m : watcher().messages(topic))
      EXPECT_EQ(m.qos, 1) << topic;
}

TEST_F(presence, AKilledDaemonReadsOfflineEverywhere) {
  play();
  watcher().clear();
  subject->process().kill();
  EXPECT_EQ(missing_presence(watcher(), "", "offline", patience), "");
  expect_retained("offline");
}

TEST_F(presence, ADaemonThatComesAgainReadsOnline) {
  play();
  subject->process().kill();
  EXPECT_EQ(missing_presence(watcher(), "", "offline", patience), "");
  start_daemon();
  expect_retained("online");
}

class stop_signals : public presence, public ::testing::WithParamInterface<int> {};

TEST_P(stop_signals, EndInOrder) {
  play();
  ASSERT_TRUE(watcher().wait_for("system/fire_consensus/health", patience));
  expect_orderly_stop(GetParam());
  EXPECT_EQ(missing_presence(watcher(), "", "offline", patience), "");
  expect_retained("offline");
  // Nothing comes after the first word of leaving but the others'.
  bool leaving = false;
  const std::set<std::string> allowed{std::begin(presence_topics), std::end(presence_topics)};
  for (const auto& m : watcher().messages()) {
    leaving = leaving || m.payload == "offline";
    if (leaving) {
      EXPECT_TRUE(allowed.contains(m.topic)) << m.topic << " after offline";
      EXPECT_EQ(m.payload, "offline") << m.topic;
    }
  }
  // Each topic said it once: by the daemon, not by its will as well.
  for (const std::string topic : presence_topics)
    EXPECT_EQ(watcher().count(topic), 2U) << topic << ": online, offline";
  EXPECT_FALSE(subject->logged("(error|critical)"));
}

INSTANTIATE_TEST_SUITE_P(each, stop_signals, ::testing::Values(SIGTERM, SIGINT),
                         [](const auto& p) { return p.param == SIGTERM ? "Term" : "Int"; });

TEST_F(presence, NothingFollowsOfflineHoweverEarlyTheStop) {
  play();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
    watcher().clear();
    start(port());
    // The first health reports are just being made.
    ASSERT_TRUE(watcher().wait_for("system/fire_consensus/lwt", "online", patience));
    expect_orderly_stop(SIGTERM);
    EXPECT_EQ(missing_presence(watcher(), "", "offline", patience), "");
    bool leaving = false;
    for (const auto& m : watcher().messages()) {
      leaving = leaving || m.payload == "offline";
      EXPECT_TRUE(!leaving || m.payload == "offline") << m.topic << " after offline";
    }
  }
}

TEST_F(presence, OfflineIsSaidBeforeTheSocketCloses) {
  scripted_broker b{{}};
  start(b.port(), {{"MQTT_PROTOCOL", "3.1.1"}});
  for (const std::string topic : presence_topics)
    ASSERT_TRUE(poll_until(patience, [&] { return b.heard(topic, "online"); })) << topic;
  const auto before = b.published().size();
  expect_orderly_stop(SIGTERM);
  ASSERT_TRUE(poll_until(patience, [&] {
    const auto all = b.connections();
    return std::all_of(all.begin(), all.end(), [](const auto& c) { return c.closed; });
  }));
  std::set<std::string> offline;
  const auto said = b.published();
  for (std::size_t i = before; i < said.size(); ++i) {
    // The first report of health may be among them, which nobody keeps.
    if (said[i].said.payload == "offline") {
      EXPECT_TRUE(said[i].said.retain) << said[i].said.topic;
      offline.insert(said[i].said.topic);
    } else {
      EXPECT_TRUE(offline.empty()) << said[i].said.topic << " after offline";
    }
  }
  EXPECT_EQ(offline.size(), std::size(presence_topics));
  for (const auto& c : b.connections()) {
    EXPECT_TRUE(c.said_disconnect || c.client_id.empty()) << c.client_id;
    EXPECT_EQ(c.sent_after_disconnect, 0) << c.client_id;
  }
}

TEST_F(presence, EachWillIsRetainedOfflineOnItsTopic) {
  scripted_broker b{{}};
  start(b.port(), {{"TOPIC_PREFIX", "site"}});
  for (const std::string topic : presence_topics)
    ASSERT_TRUE(poll_until(patience, [&] { return b.heard("site/" + topic, "online"); })) << topic;
  std::set<std::string> wills;
  std::set<std::string> clients;
  for (const auto& c : b.connects()) {
    if (c.said.protocol != 4)
      continue;
    ASSERT_TRUE(c.said.will) << c.said.client_id;
    EXPECT_EQ(c.said.will->payload, "offline");
    EXPECT_EQ(c.said.will->qos, 1);
    EXPECT_TRUE(c.said.will->retain);
    wills.insert(c.said.will->topic);
    clients.insert(c.said.client_id);
  }
  std::set<std::string> expected;
  for (const std::string topic : presence_topics)
    expected.insert("site/" + topic);
  EXPECT_EQ(wills, expected);
  EXPECT_EQ(clients.size(), 3U) << "each will has a client id of its own";
}

TEST_F(presence, ASecondSignalDoesNotDisturbTheStop) {
  play();
  subject->process().signal(SIGTERM);
  subject->process().signal(SIGTERM);
  subject->process().signal(SIGINT);
  expect_orderly_stop(SIGTERM);
  expect_retained("offline");
}

TEST_F(presence, TwentyStartsAndStops) {
  play();
  for (int i = 0; i < 20; ++i) {
    expect_orderly_stop(i % 2 == 0 ? SIGTERM : SIGINT);
    expect_retained("offline");
    start_daemon();
  }
}

TEST_F(presence, AStopRightAfterTheStartIsOrderly) {
  play();
  expect_orderly_stop(SIGTERM);
  // At each moment of the start, from before main() on: until signals are blocked,
  // SIGTERM itself may end it.
  for (const auto pause : {20ms, 30ms, 40ms, 50ms, 70ms, 100ms, 150ms}) {
    start(port());
    quiet(pause);
    const auto end = subject->terminate(SIGTERM);
    EXPECT_TRUE(end.state == (exit_state{0, 0}) || end.state == (exit_state{-1, SIGTERM}))
        << end.state << " after " << pause.count() << " ms";
    EXPECT_LT(end.took, longest_stop);
    for (const std::string topic : presence_topics)
      EXPECT_EQ(retained_payload(port(), topic), "offline") << topic;
  }
}

TEST_F(presence, NothingIsLostThatWasDecidedBeforeTheStop) {
  play();
  see(growing_fire("north"));
  see(growing_fire("south"));
  ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("FIRE: "); }));
  expect_orderly_stop(SIGTERM);
  EXPECT_TRUE(watcher().wait_for("fire/trigger", patience));
}

// -- stopping without a broker that helps ---------------------------------------------

TEST_F(presence, StopsWhenThereNeverWasABroker) {
  start(free_port());
  ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("refused|unreachable|connect"); }));
  expect_orderly_stop(SIGTERM);
}

TEST_F(presence, StopsWhenTheBrokerIsDead) {
  play();
  mosquitto().kill();
  ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("lost|down|disconnect|closed"); }));
  expect_orderly_stop(SIGTERM);
}

TEST_F(presence, StopsWhenTheBrokerDiesAtTheSameMoment) {
  play();
  mosquitto().kill();
  expect_orderly_stop(SIGTERM);
}

TEST_F(presence, StopsWhenTheBrokerHangs) {
  play();
  mosquitto().freeze();
  expect_orderly_stop(SIGTERM);
  // Its wills speak for it as soon as the broker is itself again.
  mosquitto().thaw();
  EXPECT_EQ(missing_presence(watcher(), "", "offline", patience), "");
}

TEST_F(presence, StopsWhenTheBrokerHangsWithATriggerOnTheWay) {
  play({}, {.proxied = true});
  proxy().hold(direction::upstream, true);
  see(growing_fire("north"));
  see(growing_fire("south"));
  quiet(300ms);
  expect_orderly_stop(SIGTERM);
}

TEST_F(presence, StopsWhenTheBrokerNeverAnswersConnect) {
  scripted_broker b{{.what = script::silent}};
  start(b.port());
  ASSERT_TRUE(poll_until(patience, [&] { return !b.connects().empty(); }));
  expect_orderly_stop(SIGTERM);
}

TEST_F(presence, StopsWhenTheBrokerClosesEveryConnection) {
  scripted_broker b{{.what = script::close_at_once}};
  start(b.port());
  ASSERT_TRUE(poll_until(patience, [&] { return !b.connections().empty(); }));
  expect_orderly_stop(SIGINT);
}

TEST_F(presence, StopsWhenTheBrokerRefuses) {
  scripted_broker b{{.what = script::refuse, .code = 5}};
  start(b.port());
  ASSERT_TRUE(poll_until(patience, [&] { return !b.connects().empty(); }));
  expect_orderly_stop(SIGINT);
}

} // namespace
} // namespace firefinder::test::presence_test
