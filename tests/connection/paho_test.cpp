// The connection actor over paho and a real mosquitto: what the fake broker of the
// virtual-time tests takes for granted.

#include "actors/connection/connection.hpp"
#include "actors/connection/packets.hpp"
#include "actors/connection/paho_client.hpp"
#include "actors/discovery/device_documents.hpp"
#include "actors/discovery/discovery.hpp"
#include "messages/types.hpp"
#include "tests/actor_support/fake_actors.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/mqtt_wire.hpp"
#include "tests/support/scripted_broker.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <caf/actor_companion.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>
#include <MQTTAsync.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace firefinder::paho_test {
namespace {

using namespace std::chrono_literals;
using test::broker;
using test::mqtt_peer;

struct config : caf::actor_system_config {
  config() {
    register_types(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
    set("logger.file-name", std::string{});
  }
};

// Tells the connection to close at the first message that it routes.
inbound_listener::behavior_type close_at_first(inbound_listener::pointer self,
                                               connection_actor* connection) {
  return {[=](const inbound&) {
    self->request(*connection, caf::infinite, close_atom_v, timespan{1s})
        .then([](done_atom) {}, [](const caf::error&) {});
  }};
}

struct paho : testing::Test {
  config cfg;
  std::optional<caf::actor_system> system;
  connection_settings settings;
  std::vector<connection_actor> spawned;

  paho() {
    system.emplace(cfg);
    settings.host = "127.0.0.1";
    settings.client_id = "firefinder-paho-test";
    settings.reconnect_min = 100ms;
    settings.presence_topics = {"lwt"};
  }

  // One that a failed test leaves would keep the actor system from ending.
  ~paho() override {
    for (const auto& x : spawned)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  connection_actor spawn() {
    return spawned.emplace_back(
        system->spawn<caf::detached>(connection, settings, client_factory{make_paho_client}));
  }

  // A connection that dials, and tells `self` of its link.
  connection_actor spawn_open(caf::scoped_actor& self) {
    auto uut = spawn();
    self->send(uut, listen_atom_v, caf::actor_cast<link_listener>(self));
    self->send(uut, open_atom_v);
    return uut;
  }

  // The link events that `self` hears, with a deadline each.
  static std::optional<link_up> next_up(caf::scoped_actor& self, timespan limit = 20s) {
    std::optional<link_up> result;
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!result && std::chrono::steady_clock::now() < until)
      self->receive([&](const link_up& x) { result = x; }, [](const link_down&) {},
                    caf::after(100ms) >> [] {});
    return result;
  }

  static publication alarm(const std::string& id, timespan ttl) {
    publication result;
    result.topic = "fire/trigger";
    result.payload = "alarm " + id;
    result.qos = 2;
    result.id = id;
    result.expires = std::chrono::steady_clock::now().time_since_epoch() + ttl;
    return result;
  }

  bool no_packet_under_way() const {
    const auto all = packet_folder{settings.packets}.read();
    return std::ranges::all_of(all, &kept_packet::done);
  }

  // What became of an alarm, such as "delivered 1".
  static std::string next_outcome(caf::scoped_actor& self, timespan limit = 20s) {
    std::string result;
    const auto until = std::chrono::steady_clock::now() + limit;
    while (result.empty() && std::chrono::steady_clock::now() < until)
      self->receive([&](const delivered& x) { result = "delivered " + x.id; },
                    [&](const expired& x) { result = "expired " + x.id + ": " + x.reason; },
                    [](const link_up&) {}, [](const link_down&) {}, caf::after(100ms) >> [] {});
    return result;
  }

  static std::chrono::milliseconds close(caf::scoped_actor& self, const connection_actor& uut,
                                         timespan deadline = 1s) {
    const auto start = std::chrono::steady_clock::now();
    self->request(uut, 5s, close_atom_v, deadline)
        .receive([](done_atom) {}, [](const caf::error&) { ADD_FAILURE() << "close failed"; });
    self->wait_for(uut);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now()
                                                                 - start);
  }
};

TEST_F(paho, resumes_the_session_of_an_earlier_process_and_after_a_loss) {
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  for (int process = 0; process < 2; ++process) {
    test::tcp_proxy proxy{mosquitto.port()};
    settings.port = proxy.port();
    auto uut = spawn();
    self->send(uut, listen_atom_v, caf::actor_cast<link_listener>(self));
    self->send(uut, open_atom_v);
    const auto first = next_up(self);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->protocol, "5");
    EXPECT_EQ(first->session_present, process != 0);
    proxy.cut();
    const auto second = next_up(self);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->session_present) << "the broker keeps it for session_expiry";
    close(self, uut);
  }
}

TEST_F(paho, speaks_3_1_1_when_told) {
  broker mosquitto;
  settings.port = mosquitto.port();
  settings.protocol = protocol_choice::v311;
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  const auto up = next_up(self);
  ASSERT_TRUE(up);
  EXPECT_EQ(up->protocol, "3.1.1");
  close(self, uut);
}

TEST_F(paho, comes_back_after_a_broker_restart_and_counts_the_links) {
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  mosquitto.restart();
  const auto again = next_up(self);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->generation, 2U);
  close(self, uut);
}

TEST_F(paho, an_alarm_is_delivered_once_and_reported) {
  broker mosquitto;
  settings.port = mosquitto.port();
  mqtt_peer pump{mosquitto.port()};
  pump.subscribe("fire/trigger");
  caf::scoped_actor self{*system};
  auto uut = spawn();
  self->send(uut, alarm("1", 60s), caf::actor_cast<delivery_listener>(self));
  self->send(uut, open_atom_v);
  EXPECT_EQ(next_outcome(self), "delivered 1");
  ASSERT_TRUE(pump.wait_for("fire/trigger", 5s));
  EXPECT_EQ(pump.messages("fire/trigger")[0].qos, 2);
  close(self, uut);
  EXPECT_EQ(pump.count("fire/trigger"), 1U);
}

// paho sends no more at a time than the broker takes, and is not woken when it takes more.
struct paho_in_a_rush : paho, testing::WithParamInterface<protocol_choice> {};

INSTANTIATE_TEST_SUITE_P(spoken, paho_in_a_rush,
                         testing::Values(protocol_choice::automatic, protocol_choice::v311));

TEST_P(paho_in_a_rush, an_alarm_does_not_wait_for_what_many_cameras_tell) {
  broker mosquitto;
  settings.port = mosquitto.port();
  settings.protocol = GetParam();
  mqtt_peer pump{mosquitto.port()};
  pump.subscribe("fire/trigger");
  mqtt_peer page{mosquitto.port()};
  page.subscribe("camera/#");
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 400; ++i) {
    publication event;
    event.topic = "camera/" + std::to_string(i);
    event.payload = "fire";
    event.qos = 1;
    self->send(uut, event);
  }
  self->send(uut, alarm("1", 60s), caf::actor_cast<delivery_listener>(self));
  EXPECT_EQ(next_outcome(self), "delivered 1");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
  EXPECT_TRUE(page.wait_for("camera/399", 2s));
  close(self, uut);
}

std::atomic<int> traced_steps = 0;

// At its default level it would write down some 20 steps of each packet.
TEST_F(paho, keeps_no_trace_that_nobody_asked_for) {
  unsetenv("MQTT_C_CLIENT_TRACE");
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  MQTTAsync_setTraceCallback([](MQTTASYNC_TRACE_LEVELS, char*) { ++traced_steps; });
  self->send(uut, alarm("1", 60s), caf::actor_cast<delivery_listener>(self));
  EXPECT_EQ(next_outcome(self), "delivered 1");
  MQTTAsync_setTraceCallback(nullptr);
  EXPECT_EQ(traced_steps, 0);
  close(self, uut);
}

// With the reason codes that name a passing trouble and a lasting one.
TEST_F(paho, what_the_broker_refuses_is_tried_again_within_its_time) {
  test::scripted_broker b{{.what = test::script::serve_5}};
  b.refuse("fire/trigger", 0x97);
  test::temporary_directory folder;
  settings.packets = folder.path() / "packets";
  settings.port = b.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  self->send(uut, alarm("1", 60s), caf::actor_cast<delivery_listener>(self));
  ASSERT_TRUE(test::poll_until(10s, [&] { return b.refused("fire/trigger").size() >= 3; }));
  const auto tries = b.refused("fire/trigger");
  EXPECT_GE(tries[2] - tries[0], 2500ms) << "a hot loop";
  b.refuse("fire/trigger", 0);
  EXPECT_EQ(next_outcome(self), "delivered 1");
  EXPECT_EQ(std::ranges::count_if(b.published(),
                                  [](const auto& p) { return p.said.topic == "fire/trigger"; }),
            1);
  // The link stood all the time.
  EXPECT_EQ(b.connects(settings.client_id).size(), 1U);
  // One that is refused until its end is missed, and is not sent after it.
  b.refuse("fire/trigger", 0x87);
  const auto before = b.refused("fire/trigger").size();
  self->send(uut, alarm("2", 2s), caf::actor_cast<delivery_listener>(self));
  const auto outcome = next_outcome(self);
  EXPECT_EQ(outcome.rfind("expired 2: the broker did not accept it: ", 0), 0U) << outcome;
  EXPECT_TRUE(test::poll_until(10s, [&] { return no_packet_under_way(); }));
  EXPECT_GT(b.refused("fire/trigger").size(), before + 1);
  EXPECT_EQ(b.connects(settings.client_id).size(), 1U) << "nothing is under way that must end";
  close(self, uut);
}

// The broker has forgotten the packet identifier because it has completed the handshake.
TEST_F(paho, a_completion_that_knows_no_such_packet_is_one) {
  test::temporary_directory folder;
  settings.packets = folder.path() / "packets";
  test::scripted_broker b{{.what = test::script::serve_5, .completion = {}}};
  settings.port = b.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  self->send(uut, alarm("1", 60s), caf::actor_cast<delivery_listener>(self));
  // The PUBREL is on its way when there are two files: of the PUBLISH and of the PUBREL.
  ASSERT_TRUE(
      test::poll_until(10s, [&] { return packet_folder{settings.packets}.read().size() == 2; }));
  b.behave({.what = test::script::serve_5, .session_present = true, .completion = 0x92});
  b.cut();
  EXPECT_EQ(next_outcome(self), "delivered 1");
  EXPECT_EQ(std::ranges::count_if(b.published(),
                                  [](const auto& p) { return p.said.topic == "fire/trigger"; }),
            1);
  self->send(uut, settle_atom_v, std::string{"1"});
  EXPECT_TRUE(
      test::poll_until(10s, [&] { return packet_folder{settings.packets}.read().empty(); }));
  close(self, uut);
}

// More than the kernel holds for a reader that does not read, and less than it holds for us.
publication filler() {
  publication result;
  result.topic = "filler";
  result.payload = std::string(test::stalled_bytes, 'x');
  result.how = delivery::live;
  return result;
}

// What waits in the kernel behind a reader that does not read must not come when the alarm
// is over, or may be before anybody reads: expired on a standing link, within a stop, and
// outliving a stop.
TEST_F(paho, what_a_stalled_connection_has_of_an_alarm_goes_with_it) {
  for (const bool stop : {false, true})
    for (const timespan ttl : {timespan{400ms}, timespan{60s}}) {
      if (!stop && ttl == timespan{60s})
        continue;
      test::scripted_broker b{{.what = test::script::serve_5}};
      settings.port = b.port();
      caf::scoped_actor self{*system};
      auto uut = spawn_open(self);
      ASSERT_TRUE(next_up(self));
      b.stall(true);
      self->send(uut, filler());
      self->send(uut, alarm("1", ttl), caf::actor_cast<delivery_listener>(self));
      if (stop)
        EXPECT_LT(close(self, uut), 1500ms);
      else
        EXPECT_EQ(next_outcome(self).substr(0, 9), "expired 1");
      b.stall(false);
      ASSERT_TRUE(
          test::poll_until(10s, [&] { return b.connections().front().closed.has_value(); }));
      EXPECT_FALSE(b.heard("fire/trigger", "alarm 1")) << (stop ? "stop" : "") << ttl.count();
      if (!stop)
        close(self, uut);
    }
}

TEST_F(paho, a_connection_that_ends_in_order_says_so) {
  test::scripted_broker b{{.what = test::script::serve_5}};
  settings.port = b.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  close(self, uut);
  ASSERT_TRUE(test::poll_until(10s, [&] { return b.connections().front().closed.has_value(); }));
  EXPECT_TRUE(b.connections().front().said_disconnect);
  EXPECT_TRUE(b.heard("lwt", "offline"));
}

// A packet as an earlier process has left it behind.
void leave_packet(const std::string& folder, int protocol, const publication& what) {
  const packet_folder packets{folder};
  packets.prepare();
  ASSERT_TRUE(packets.write(
      protocol == 5 ? "s5-1" : "s-1",
      encode(test::wire::publish_packet(what.topic, what.payload, what.qos, false, 1, protocol))));
}

// In 3.1.1 the connection that begins clean only wipes away, and a second one stays.
std::vector<bool> clean_connects(int protocol) {
  return protocol == 5 ? std::vector<bool>{true} : std::vector<bool>{true, false};
}

struct paho_versions : paho, testing::WithParamInterface<int> {
  test::temporary_directory folder;
  test::scripted_broker b{
      {.what = GetParam() == 5 ? test::script::serve_5 : test::script::serve_311}};

  paho_versions() {
    settings.packets = folder.path() / "packets";
    settings.port = b.port();
  }

  // Whether each CONNECT of the version that the broker speaks began clean.
  std::vector<bool> connects() const {
    std::vector<bool> result;
    for (const auto& c : b.connects(settings.client_id))
      if (c.said.protocol == (GetParam() == 5 ? 5 : 4))
        result.push_back(c.said.clean);
    return result;
  }
};

INSTANTIATE_TEST_SUITE_P(spoken, paho_versions, testing::Values(5, 311));

TEST_P(paho_versions, a_handshake_that_nobody_waits_for_ends_with_its_session) {
  leave_packet(settings.packets, GetParam(), alarm("long ago", 0s));
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  EXPECT_EQ(connects(), clean_connects(GetParam()));
  EXPECT_TRUE(no_packet_under_way());
  b.cut();
  ASSERT_TRUE(next_up(self));
  EXPECT_FALSE(connects().back()) << "once is enough";
  close(self, uut);
  EXPECT_FALSE(b.heard("fire/trigger", "alarm long ago"));
}

// The handshake cannot go on in another version of MQTT: the session that has half of it
// ends, and the alarm is sent anew.
TEST_P(paho_versions, a_handshake_of_the_other_version_begins_anew) {
  leave_packet(settings.packets, GetParam() == 5 ? 311 : 5, alarm("1", 0s));
  caf::scoped_actor self{*system};
  auto uut = spawn();
  self->send(uut, alarm("1", 60s), caf::actor_cast<delivery_listener>(self));
  self->send(uut, open_atom_v);
  EXPECT_EQ(next_outcome(self), "delivered 1");
  EXPECT_EQ(connects(), clean_connects(GetParam()));
  EXPECT_TRUE(b.heard("fire/trigger", "alarm 1")) << "in the encoding of the broker's version";
  EXPECT_EQ(std::ranges::count_if(b.published(),
                                  [](const auto& p) { return p.said.topic == "fire/trigger"; }),
            1);
  EXPECT_TRUE(no_packet_under_way());
  close(self, uut);
}

// Callbacks keep coming from paho's thread while the actor stops, and the stop is
// asked for by what one of them delivered.
TEST_F(paho, stops_within_a_flood_that_asks_for_the_stop_itself) {
  broker mosquitto;
  settings.port = mosquitto.port();
  // Otherwise the rest of one round's flood ends the next before its link is up.
  settings.session_expiry = 0s;
  mqtt_peer flood{mosquitto.port()};
  for (int round = 0; round < 20; ++round) {
    caf::scoped_actor self{*system};
    auto uut = spawn();
    self->monitor(uut);
    auto closer = system->spawn(close_at_first, &uut);
    self->send(uut, listen_atom_v, caf::actor_cast<link_listener>(self));
    self->send(uut, listen_atom_v, std::string{"flood"}, std::uint8_t{0},
               std::vector<inbound_listener>{closer});
    self->send(uut, open_atom_v);
    ASSERT_TRUE(next_up(self));
    bool ended = false;
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!ended && std::chrono::steady_clock::now() < until) {
      for (int i = 0; i < 50; ++i)
        flood.post("flood", "x", {.qos = 0});
      self->receive([&](const caf::down_msg&) { ended = true; }, [](const link_up&) {},
                    [](const link_down&) {}, caf::after(1ms) >> [] {});
    }
    EXPECT_TRUE(ended) << "round " << round;
    EXPECT_EQ(test::retained_payload(mosquitto.port(), "lwt"), "offline");
    caf::anon_send_exit(closer, caf::exit_reason::kill);
    self->wait_for(closer);
  }
}

TEST_F(paho, stops_while_a_listener_accepts_and_says_nothing) {
  test::scripted_broker mute{{.what = test::script::silent}};
  settings.port = mute.port();
  caf::scoped_actor self{*system};
  auto uut = spawn();
  self->send(uut, open_atom_v);
  ASSERT_TRUE(test::poll_until(5s, [&] { return !mute.connections().empty(); }));
  EXPECT_LT(close(self, uut), 1500ms);
}

TEST_F(paho, stops_beside_a_broker_that_froze) {
  broker mosquitto;
  settings.port = mosquitto.port();
  settings.presence_topics = {"a", "b", "c"};
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  mosquitto.freeze();
  const auto took = close(self, uut, 800ms);
  mosquitto.thaw();
  EXPECT_LT(took, 1700ms);
}

TEST_F(paho, a_killed_connection_actor_says_offline) {
  broker mosquitto;
  settings.port = mosquitto.port();
  settings.presence_topics = {"a", "b"};
  caf::scoped_actor self{*system};
  auto uut = spawn();
  self->send(uut, open_atom_v);
  const auto says = [&](const char* word) {
    return test::poll_until(10s, [&] {
      return test::retained_payload(mosquitto.port(), "a") == word
             && test::retained_payload(mosquitto.port(), "b") == word;
    });
  };
  ASSERT_TRUE(says("online"));
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  self->wait_for(uut);
  EXPECT_TRUE(says("offline"));
}

TEST_F(paho, a_late_subscription_is_made_at_once) {
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  self->send(uut, listen_atom_v, std::string{"late"}, std::uint8_t{1},
             std::vector<inbound_listener>{caf::actor_cast<inbound_listener>(self)});
  mqtt_peer peer{mosquitto.port()};
  ASSERT_TRUE(test::poll_until(10s, [&] { return mosquitto.logged("late (QoS 1)"); }));
  peer.publish("late", "hello");
  std::string heard;
  self->receive([&](const inbound& x) { heard = x.payload; },
                caf::after(10s) >> [] { ADD_FAILURE() << "not heard"; });
  EXPECT_EQ(heard, "hello");
  close(self, uut);
}

TEST_F(paho, what_is_left_is_heard_no_more_until_it_is_listened_to_again) {
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  const auto listen = [&](const connection_actor& uut, const std::string& filter) {
    self->send(uut, listen_atom_v, filter, std::uint8_t{1},
               std::vector<inbound_listener>{caf::actor_cast<inbound_listener>(self)});
  };
  const auto next = [&] {
    std::string heard;
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (heard.empty() && std::chrono::steady_clock::now() < until)
      self->receive([&](const inbound& x) { heard = x.payload; }, [](const link_up&) {},
                    [](const link_down&) {}, caf::after(100ms) >> [] {});
    return heard;
  };
  auto uut = spawn();
  listen(uut, "a");
  listen(uut, "b");
  self->send(uut, listen_atom_v, caf::actor_cast<link_listener>(self));
  self->send(uut, open_atom_v);
  ASSERT_TRUE(next_up(self));
  mqtt_peer peer{mosquitto.port()};
  peer.publish("a", "1");
  EXPECT_EQ(next(), "1");
  self->send(uut, leave_atom_v, std::string{"a"});
  ASSERT_TRUE(test::poll_until(10s, [&] { return mosquitto.logged("Sending UNSUBACK"); }));
  peer.publish("a", "2");
  peer.publish("b", "3");
  EXPECT_EQ(next(), "3");
  EXPECT_FALSE(mosquitto.logged("Sending PUBLISH to firefinder-paho-test (d0, q1, r0, m2, 'a'"));
  listen(uut, "a");
  ASSERT_TRUE(test::poll_until(10s, [&] {
    const auto log = mosquitto.log();
    const auto left = log.find("Sending UNSUBACK");
    return log.find("Sending SUBACK to firefinder-paho-test", left) != std::string::npos;
  }));
  peer.publish("a", "4");
  EXPECT_EQ(next(), "4");
  close(self, uut);
}

// Outcome of a publication that somebody waits for: empty when it was acknowledged.
std::string publish_awaited(caf::scoped_actor& self, const connection_actor& uut,
                            const publication& what) {
  std::string result;
  self->request(uut, 10s, publish_atom_v, what)
      .receive([](done_atom) {}, [&](const caf::error& e) { result = to_string(e); });
  return result;
}

TEST_F(paho, who_waits_hears_what_the_broker_says) {
  test::scripted_broker b{{.what = test::script::serve_5}};
  b.refuse("refused", 0x87);
  settings.port = b.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  for (std::uint8_t qos = 0; qos < 3; ++qos) {
    publication what;
    what.topic = "a";
    what.payload = std::to_string(qos);
    what.qos = qos;
    EXPECT_EQ(publish_awaited(self, uut, what), "") << what.payload;
    // Without an acknowledgement it may still be on its way.
    EXPECT_TRUE(test::poll_until(10s, [&] { return b.heard("a", what.payload); })) << what.payload;
  }
  for (std::uint8_t qos = 1; qos < 3; ++qos) {
    publication what;
    what.topic = "refused";
    what.qos = qos;
    EXPECT_NE(publish_awaited(self, uut, what), "") << int{qos};
  }
  EXPECT_EQ(b.refused("refused").size(), 2U);
  close(self, uut);
}

TEST_F(paho, an_empty_value_clears_what_is_retained) {
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  publication what;
  what.topic = "a";
  what.qos = 1;
  what.retain = true;
  what.payload = "x";
  EXPECT_EQ(publish_awaited(self, uut, what), "");
  EXPECT_EQ(test::retained_payload(mosquitto.port(), "a"), "x");
  what.payload.clear();
  EXPECT_EQ(publish_awaited(self, uut, what), "");
  EXPECT_EQ(test::retained_payload(mosquitto.port(), "a"), std::nullopt);
  close(self, uut);
}

TEST_F(paho, who_waits_hears_that_the_connection_is_lost) {
  test::scripted_broker b{{.what = test::script::serve_5}};
  settings.port = b.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  b.stall(true);
  publication what;
  what.topic = "a";
  what.qos = 1;
  auto waiting = self->request(uut, 10s, publish_atom_v, what);
  // It is with paho when what was asked for behind it is answered.
  self->request(uut, 10s, figures_atom_v)
      .receive([](const link_figures& x) { EXPECT_EQ(x.published, 1U); },
               [](const caf::error& e) { ADD_FAILURE() << to_string(e); });
  b.cut();
  std::string outcome;
  waiting.receive([&](done_atom) { outcome = "done"; },
                  [&](const caf::error& e) { outcome = to_string(e); });
  // Or paho tells of its failure first, in words of its own.
  EXPECT_EQ(outcome.rfind("system_error(runtime_error", 0), 0U) << outcome;
  close(self, uut);
}

// From here on whatever this process writes to the port fails, and its reading goes on: so
// the client learns of the end of its connection by a write.
void end_writing_to(std::uint16_t port) {
  int ended = 0;
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0
        && peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
      ended += ::shutdown(fd, SHUT_WR) == 0 ? 1 : 0;
  }
  EXPECT_EQ(ended, 1);
}

// paho 1.3.12 frees what it could not write and keeps it among what it sends again: every
// later connection of this client would begin with bytes of anything. Whether or not anybody
// waits for it.
TEST_F(paho, what_could_not_be_written_is_not_sent_from_freed_memory) {
  for (const auto how : {delivery::live, delivery::latest})
    for (std::uint8_t qos = 1; qos < 3; ++qos) {
      SCOPED_TRACE(testing::Message()
                   << "delivery " << static_cast<int>(how) << ", QoS " << int{qos});
      test::scripted_broker b{{.what = test::script::serve_5}};
      settings.port = b.port();
      caf::scoped_actor self{*system};
      auto uut = spawn_open(self);
      ASSERT_TRUE(next_up(self));
      b.behave({.what = test::script::serve_5, .session_present = true});
      b.stall(true);
      end_writing_to(b.port());
      publication what;
      what.topic = "event/" + std::string(60, 'e');
      what.payload = std::string(200, 'p');
      what.qos = qos;
      what.how = how;
      self->send(uut, what);
      ASSERT_TRUE(next_up(self));
      publication next;
      next.topic = "next";
      next.qos = 1;
      EXPECT_EQ(publish_awaited(self, uut, next), "");
      close(self, uut);
      for (const auto& p : b.published())
        if (p.said.topic != "lwt" && p.said.topic != "next") {
          // Kept by us for the next link, unlike what is live.
          EXPECT_EQ(how, delivery::latest);
          EXPECT_EQ(p.said.topic, what.topic);
          EXPECT_EQ(p.said.payload, what.payload);
          EXPECT_FALSE(p.said.duplicate);
        }
    }
}

// paho completes by itself what it had begun to send. Whoever announces everything anew has
// the last word.
TEST_F(paho, what_was_under_way_comes_before_what_the_next_link_says) {
  for (const bool session_present : {true, false}) {
    test::scripted_broker b{{.what = test::script::serve_5}};
    settings.port = b.port();
    caf::scoped_actor self{*system};
    auto uut = spawn_open(self);
    ASSERT_TRUE(next_up(self));
    b.stall(true);
    publication what;
    what.topic = "a";
    what.qos = 1;
    what.payload = "old";
    auto waiting = self->request(uut, 10s, publish_atom_v, what);
    b.behave({.what = test::script::serve_5, .session_present = session_present});
    b.cut();
    waiting.receive([](done_atom) { ADD_FAILURE() << "it was never read"; },
                    [](const caf::error&) {});
    ASSERT_TRUE(next_up(self));
    what.payload = "new";
    EXPECT_EQ(publish_awaited(self, uut, what), "");
    close(self, uut);
    auto said = b.published();
    std::erase_if(said, [](const auto& p) { return p.said.topic != "a"; });
    EXPECT_EQ(std::ranges::count_if(said, [](const auto& p) { return p.said.payload == "new"; }),
              1);
    ASSERT_FALSE(said.empty());
    EXPECT_EQ(said.back().said.payload, "new");
    EXPECT_LE(said.size(), 2U);
  }
}

// Runs mosquitto_sub as a client whose session waits for it; returns what it prints.
std::string waiting_client(std::uint16_t port, const std::vector<std::string>& further) {
  std::vector<std::string> command{"mosquitto_sub",
                                   "-h",
                                   "127.0.0.1",
                                   "-p",
                                   std::to_string(port),
                                   "-V",
                                   "5",
                                   "-i",
                                   "waiting",
                                   "-c",
                                   "-x",
                                   "600",
                                   "-q",
                                   "1",
                                   "-t",
                                   "event",
                                   "-t",
                                   "answer",
                                   "-W",
                                   "20"};
  command.insert(command.end(), further.begin(), further.end());
  const auto ended = test::run(command, {}, 30s);
  EXPECT_EQ(ended.state, test::exit_state{0}) << ended.error;
  return ended.output;
}

TEST_F(paho, what_is_outdated_is_not_kept_for_those_who_are_away) {
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  EXPECT_EQ(waiting_client(mosquitto.port(), {"-E"}), "");
  publication what;
  what.qos = 1;
  what.payload = "x";
  what.topic = "event";
  what.outdated_after = 1s;
  EXPECT_EQ(publish_awaited(self, uut, what), "");
  what.topic = "state";
  what.retain = true;
  what.outdated_after = 0s;
  EXPECT_EQ(publish_awaited(self, uut, what), "");
  what.topic = "answer";
  what.retain = false;
  what.outdated_after = 600s;
  EXPECT_EQ(publish_awaited(self, uut, what), "");
  // mosquitto counts whole seconds.
  const auto outdated = std::chrono::steady_clock::now() + 2100ms;
  ASSERT_TRUE(test::poll_until(10s, [&] { return std::chrono::steady_clock::now() > outdated; }));
  const auto heard = waiting_client(mosquitto.port(), {"-C", "1", "-F", "%t %E"});
  ASSERT_EQ(heard.rfind("answer ", 0), 0U) << heard;
  const auto left = std::stoi(heard.substr(7));
  EXPECT_LT(left, 600);
  EXPECT_GT(left, 500);
  EXPECT_EQ(test::retained_payload(mosquitto.port(), "state"), "x");
  close(self, uut);
}

TEST_P(paho_versions, how_long_something_counts_is_said_where_it_is_known) {
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  publication what;
  what.qos = 1;
  what.topic = "event";
  what.outdated_after = 60s;
  EXPECT_EQ(publish_awaited(self, uut, what), "");
  what.topic = "for ever";
  what.outdated_after = 0s;
  EXPECT_EQ(publish_awaited(self, uut, what), "");
  close(self, uut);
  std::map<std::string, std::optional<std::uint32_t>> expiry;
  for (const auto& p : b.published())
    expiry[p.said.topic] = p.said.expiry;
  EXPECT_EQ(expiry.at("event"), GetParam() == 5 ? std::optional{60U} : std::nullopt);
  EXPECT_EQ(expiry.at("for ever"), std::nullopt);
}

TEST_P(paho_versions, the_will_of_a_quiet_service_is_held_back) {
  settings.presence_topics = {"lwt", "state"};
  settings.quiet_presence = {"state"};
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  // Those that the broker refused for their version left out.
  const auto accepted = [&] {
    auto result = b.connects(settings.client_id + "-presence1");
    std::erase_if(result,
                  [](const auto& c) { return c.said.protocol != (GetParam() == 5 ? 5 : 4); });
    return result;
  };
  ASSERT_TRUE(test::poll_until(10s, [&] { return !accepted().empty(); }));
  b.cut();
  ASSERT_TRUE(test::poll_until(10s, [&] { return accepted().size() == 2; }));
  for (const auto& c : accepted()) {
    ASSERT_TRUE(c.said.will);
    EXPECT_EQ(c.said.will->topic, "state");
    EXPECT_EQ(c.said.will->payload, "offline");
    EXPECT_TRUE(c.said.will->retain);
    EXPECT_EQ(c.said.will->qos, 1);
    EXPECT_EQ(c.said.will->delay, GetParam() == 5 ? std::optional{5U} : std::nullopt);
    EXPECT_EQ(c.said.session_expiry, GetParam() == 5 ? std::optional{5U} : std::nullopt);
    EXPECT_EQ(c.said.clean, GetParam() != 5);
  }
  for (const auto& c : b.connects(settings.client_id))
    EXPECT_EQ(c.said.will->delay, std::nullopt) << "a killed daemon reads offline there at once";
  close(self, uut);
  EXPECT_TRUE(b.heard("state", "offline"));
  EXPECT_FALSE(b.heard("state", "online"));
}

TEST_F(paho, a_quiet_service_that_is_back_in_time_was_never_away) {
  broker mosquitto;
  test::tcp_proxy proxy{mosquitto.port()};
  settings.port = proxy.port();
  settings.presence_topics = {"lwt", "state"};
  settings.quiet_presence = {"state"};
  mqtt_peer watcher{mosquitto.port()};
  watcher.subscribe("#");
  caf::scoped_actor self{*system};
  auto uut = spawn_open(self);
  ASSERT_TRUE(next_up(self));
  ASSERT_TRUE(
      test::poll_until(10s, [&] { return mosquitto.logged("CONNACK to firefinder-paho-test-p"); }));
  proxy.cut();
  ASSERT_TRUE(watcher.wait_for("lwt", "offline", 10s)) << "of the others it is said at once";
  EXPECT_FALSE(watcher.wait_for("state", settings.will_delay + 2s));
  proxy.refuse(true);
  const auto gone = std::chrono::steady_clock::now();
  proxy.cut();
  const auto said = watcher.wait_for("state", "offline", 20s);
  ASSERT_TRUE(said);
  EXPECT_TRUE(test::retained_payload(mosquitto.port(), "state"));
  EXPECT_GE(said->arrived - gone, settings.will_delay - 2s) << "mosquitto counts whole seconds";
  close(self, uut);
}

TEST_F(paho, what_is_too_large_is_not_copied) {
  broker mosquitto;
  settings.port = mosquitto.port();
  caf::scoped_actor self{*system};
  auto uut = spawn();
  self->send(uut, listen_atom_v, std::string{"big"}, std::uint8_t{1},
             std::vector<inbound_listener>{caf::actor_cast<inbound_listener>(self)});
  self->send(uut, listen_atom_v, caf::actor_cast<link_listener>(self));
  self->send(uut, open_atom_v);
  ASSERT_TRUE(next_up(self));
  mqtt_peer peer{mosquitto.port()};
  peer.publish("big", std::string(max_payload_bytes + 1, 'x'));
  peer.publish("big", std::string(max_payload_bytes, 'x'));
  std::vector<inbound> heard;
  for (int i = 0; i < 2; ++i)
    self->receive([&](const inbound& x) { heard.push_back(x); },
                  caf::after(10s) >> [] { ADD_FAILURE() << "not heard"; });
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].size, max_payload_bytes + 1);
  EXPECT_TRUE(heard[0].payload.empty());
  EXPECT_EQ(heard[1].payload.size(), max_payload_bytes);
  close(self, uut);
}

TEST_F(paho, what_arrives_gathers_with_the_kernel_and_none_of_it_is_lost) {
  broker mosquitto;
  settings.port = mosquitto.port();
  mqtt_client* client = nullptr;
  auto uut = spawned.emplace_back(system->spawn<caf::detached>(
      connection, settings,
      client_factory{[&client](const client_options& options, const client_listener& events) {
        auto result = make_paho_client(options, events);
        if (options.id.endpoint == 0)
          client = result.get();
        return result;
      }}));
  caf::scoped_actor self{*system};
  self->send(uut, listen_atom_v, std::string{"many"}, std::uint8_t{1},
             std::vector<inbound_listener>{caf::actor_cast<inbound_listener>(self)});
  self->send(uut, listen_atom_v, caf::actor_cast<link_listener>(self));
  self->send(uut, open_atom_v);
  ASSERT_TRUE(next_up(self));
  constexpr timespan span = 500ms;
  const auto nobody_is_wanted = [] { return false; };
  std::atomic<bool> over{false};
  std::size_t sent = 0;
  std::thread cameras{[&] {
    mqtt_peer peer{mosquitto.port()};
    for (; !over; ++sent) {
      peer.post("many", "x");
      std::this_thread::sleep_for(1ms);
    }
    peer.flush();
  }};
  std::vector<inbound> heard;
  const auto hear = [&] {
    self->receive([&](const inbound& x) { heard.push_back(x); },
                  caf::after(10s) >> [] { ADD_FAILURE() << "not heard"; });
  };
  hear();
  // One that was read just before may come in the middle: then another time.
  const auto heard_of_nothing_for_most_of_it = [&] {
    if (!client->gather(span, nobody_is_wanted))
      return false;
    const auto seen = heard.size();
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    while (heard.back().arrived < now && !HasFailure())
      hear();
    timespan longest{};
    for (std::size_t i = seen; i < heard.size(); ++i)
      longest = std::max(longest, heard[i].arrived - heard[i - 1].arrived);
    return longest >= span * 3 / 4;
  };
  EXPECT_TRUE(test::poll_until(test::patience, heard_of_nothing_for_most_of_it));
  over = true;
  cameras.join();
  while (heard.size() < sent && !HasFailure())
    hear();
  close(self, uut);
}

// -- announcements -------------------------------------------------------------------------------

// A discovery over a real connection, whose every word of a new connection is answered in the
// thread of paho's callback: by asking for an announcement.
struct announcing : paho {
  static constexpr auto presence_topic = "firefinder/bridge/state";

  broker mosquitto{{.logs_packets = false}};
  test::tcp_proxy proxy{mosquitto.port()};
  test::store_log stored;
  store_actor store;
  discovery_actor uut;
  connection_actor link;
  std::vector<caf::strong_actor_ptr> relays;
  std::atomic<int> asked_in_callbacks{0};

  announcing() {
    settings.port = proxy.port();
    settings.presence_topics.clear();
    settings.unprefixed = "homeassistant";
    discovery_settings what;
    what.local_day = [](unix_seconds t) { return static_cast<std::int64_t>(t / 86'400); };
    presentations forms;
    forms.make = [what](discovery_mode) { return make_device_presentation(what); };
    uut = system->spawn(discovery, what, forms, wall_clock{system_wall_clock});
    link = spawned.emplace_back(system->spawn<caf::detached>(
        connection, settings,
        client_factory{[this](const client_options& options, const client_listener& events) {
          return make_paho_client(options, relay_to(events));
        }}));
    store = system->spawn(test::fake_store, &stored);
    caf::anon_send(uut, attach_atom_v, store);
    caf::anon_send(uut, attach_atom_v, link);
    caf::anon_send(uut, house_state{});
    for (const auto& key : cameras()) {
      house_camera x;
      x.id = x.key = x.name = key;
      x.expected = x.online = true;
      caf::anon_send(uut, house_cameras{{x}});
    }
  }

  ~announcing() override {
    // What is on its way to the store is written down in a member.
    caf::anon_send_exit(uut, caf::exit_reason::kill);
    caf::anon_send_exit(store, caf::exit_reason::kill);
    caf::scoped_actor self{*system};
    self->wait_for(uut, store);
    for (const auto& x : relays)
      companion(x)->on_enqueue({});
  }

  static caf::actor_companion* companion(const caf::strong_actor_ptr& x) {
    return static_cast<caf::actor_companion*>(caf::actor_cast<caf::abstract_actor*>(x));
  }

  // What it is sent it looks at in the thread of the sender.
  client_listener relay_to(const client_listener& events) {
    auto relay = system->spawn<caf::actor_companion, caf::hidden>();
    relays.push_back(caf::actor_cast<caf::strong_actor_ptr>(relay));
    companion(relays.back())
        ->on_enqueue([this, to = caf::actor_cast<caf::strong_actor_ptr>(events)](
                         caf::mailbox_element_ptr what) {
          const bool connected = what->content().match_elements<client_connected>();
          if (connected)
            ask();
          to->enqueue(std::move(what), nullptr);
          if (connected) {
            ask();
            ++asked_in_callbacks;
          }
        });
    return caf::actor_cast<client_listener>(relay);
  }

  void ask() const { caf::anon_send(uut, announce_order::publish); }

  static std::vector<std::string> cameras() {
    std::vector<std::string> result;
    for (int i = 0; i < 10; ++i)
      result.push_back("cam" + std::to_string(i));
    return result;
  }

  std::optional<discovery_figures> figures(caf::scoped_actor& self) const {
    std::optional<discovery_figures> result;
    self->request(uut, 5s, figures_atom_v)
        .receive([&](const discovery_figures& x) { result = x; }, [](const caf::error&) {});
    return result;
  }

  // Nothing is under way, and nothing was begun for a while.
  bool comes_to_rest(caf::scoped_actor& self) const {
    std::uint64_t seen = 0;
    int quiet = 0;
    return test::poll_until(60s, [&] {
      const auto x = figures(self);
      const bool rests = x && x->complete && x->pending == 0 && x->announcements == seen;
      seen = x ? x->announcements : 0;
      quiet = rests ? quiet + 1 : 0;
      return quiet > 40;
    });
  }

  static std::set<std::string> wanted() {
    std::set<std::string> result{"homeassistant/device/ff_main/config",
                                 presence_topic,
                                 "firefinder/consensus/state",
                                 "firefinder/alarm/state",
                                 "firefinder/supervisory/state",
                                 "firefinder/trouble/state",
                                 "firefinder/bridge/info"};
    for (const auto& key : cameras()) {
      result.insert("homeassistant/device/ff_main_" + key + "/config");
      result.insert("firefinder/camera/" + key + "/state");
      result.insert("firefinder/camera/" + key + "/availability");
    }
    return result;
  }

  std::set<std::string> standing() const {
    std::set<std::string> result;
    for (const auto* filter : {"homeassistant/#", "firefinder/#"})
      for (const auto& x : test::retained(mosquitto.port(), filter))
        result.insert(x.topic);
    return result;
  }
};

// Another thread that asks while it lives.
class asking_thread {
public:
  explicit asking_thread(const announcing& whom)
    : thread_([this, &whom] {
        while (!ended_) {
          whom.ask();
          std::this_thread::sleep_for(1ms);
        }
      }) {}
  ~asking_thread() {
    ended_ = true;
    thread_.join();
  }
  asking_thread(const asking_thread&) = delete;
  asking_thread& operator=(const asking_thread&) = delete;

private:
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

TEST_F(announcing, comes_one_after_another_whoever_asks_in_whatever_thread) {
  mqtt_peer watcher{mosquitto.port()};
  watcher.subscribe("#", 1);
  caf::scoped_actor self{*system};
  {
    const asking_thread other{*this};
    self->send(link, open_atom_v);
    ASSERT_TRUE(watcher.wait_for(presence_topic, "online", 20s));
    ASSERT_TRUE(watcher.wait_for_count(presence_topic, 3, 20s));
  }
  EXPECT_GT(asked_in_callbacks, 0);
  ASSERT_TRUE(comes_to_rest(self));
  const auto told = figures(self);
  ASSERT_TRUE(told);
  // Each has every document once, and ends with that word before the next one begins.
  ASSERT_TRUE(watcher.wait_for_count(presence_topic, told->announcements, 20s));
  std::map<std::string, int> documents;
  std::uint64_t complete = 0;
  for (const auto& x : watcher.messages()) {
    if (test::topic_matches("homeassistant/device/+/config", x.topic))
      ++documents[x.topic];
    if (x.topic != presence_topic)
      continue;
    ++complete;
    EXPECT_EQ(documents.size(), 11U);
    for (const auto& [topic, n] : documents)
      EXPECT_EQ(n, 1) << topic << " in announcement " << complete;
    documents.clear();
  }
  EXPECT_TRUE(documents.empty());
  EXPECT_EQ(complete, told->announcements);
  EXPECT_EQ(standing(), wanted());
  close(self, link);
}

TEST_F(announcing, is_right_in_the_end_however_often_the_link_ends_in_it) {
  caf::scoped_actor self{*system};
  self->send(link, listen_atom_v, caf::actor_cast<link_listener>(self));
  {
    const asking_thread other{*this};
    self->send(link, open_atom_v);
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(next_up(self));
      proxy.cut();
    }
    ASSERT_TRUE(next_up(self));
  }
  ASSERT_TRUE(comes_to_rest(self));
  EXPECT_EQ(standing(), wanted());
  EXPECT_EQ(test::retained_payload(mosquitto.port(), presence_topic), "online");
  close(self, link);
}

} // namespace
} // namespace firefinder::paho_test
