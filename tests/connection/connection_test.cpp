#undef CAF_SUITE
#define CAF_SUITE connection

#include "actors/connection/connection.hpp"

#include "actors/connection/packets.hpp"
#include "tests/actor_support/fake_broker.hpp"
#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"
#include "tests/support/mqtt_wire.hpp"
#include "tests/support/temporary_directory.hpp"

namespace connection_test {

using namespace firefinder;
using namespace firefinder::test;

namespace {

void await_acknowledgement(caf::event_based_actor* self, const connection_actor& whom,
                           const publication& what, std::vector<std::string>* log) {
  self->request(whom, caf::infinite, publish_atom_v, what)
      .then([log, payload = what.payload](done_atom) { log->push_back(payload + " done"); },
            [log, payload = what.payload](const caf::error& e) {
              log->push_back(payload + (e == caf::sec::runtime_error ? " failed: " : " broken: ")
                             + (e.context().match_elements<std::string>()
                                    ? e.context().get_as<std::string>(0)
                                    : ""));
            });
}

using texts = std::vector<std::string>;

struct fixture : actor_fixture {
  fake_broker broker;
  connection_settings settings;
  connection_actor uut;
  link_log links;
  delivery_log deliveries;
  std::vector<inbound> heard;
  /// Payload and outcome of what was published and waited for, in the order of their ends.
  std::vector<std::string> outcomes;
  link_listener listener;

  fixture() {
    settings.presence_topics = {"system/fire_consensus/lwt", "system/camera_detector/lwt"};
    listener = own(sys.spawn(note_link, &links));
  }

  ~fixture() {
    // The clients refer to the broker, which dies before the base class does.
    caf::anon_send_exit(uut, caf::exit_reason::kill);
    settle();
  }

  void start() {
    uut = own(sys.spawn(firefinder::connection, settings, broker.factory()));
    caf::anon_send(uut, listen_atom_v, listener);
    settle();
  }

  void open() {
    caf::anon_send(uut, open_atom_v);
    settle();
  }

  void listen(const std::string& filter) {
    caf::anon_send(uut, listen_atom_v, filter, std::uint8_t{1},
                   std::vector<inbound_listener>{own(sys.spawn(note_inbound, &heard))});
    settle();
  }

  void publish(delivery how, const std::string& topic, const std::string& payload,
               std::uint8_t qos = 0) {
    publication x;
    x.qos = qos;
    x.how = how;
    x.topic = topic;
    x.payload = payload;
    x.retain = how == delivery::latest;
    caf::anon_send(uut, std::move(x));
    settle();
  }

  // Publishes and notes how the request ended.
  void publish_awaited(const std::string& topic, const std::string& payload, std::uint8_t qos = 1) {
    publication x;
    x.topic = topic;
    x.payload = payload;
    x.qos = qos;
    x.retain = true;
    own(sys.spawn(await_acknowledgement, uut, x, &outcomes));
    settle();
  }

  void leave(const std::string& filter) {
    caf::anon_send(uut, leave_atom_v, filter);
    settle();
  }

  void alarm(const std::string& id, timespan ttl) {
    publication x;
    x.id = id;
    x.topic = "fire/trigger";
    x.payload = id;
    x.qos = 2;
    x.expires = now() + ttl;
    caf::anon_send(uut, std::move(x), own(sys.spawn(note_delivery, &deliveries)));
    settle();
  }

  // As paho tells that a write to the socket failed.
  void break_client() {
    caf::anon_send(uut, client_published{broker.at(0).options().id, greeting_ticket, false, true,
                                         "socket error"});
    settle();
  }

  // As if the broker answered a subscription so.
  void answer_subscription(std::uint64_t ticket, std::vector<std::uint32_t> refused = {},
                           const std::string& failure = {}) {
    caf::anon_send(
        uut, client_subscribed{broker.at(0).options().id, ticket, std::move(refused), failure});
    settle();
  }

  void begin_close(timespan deadline) { own(sys.spawn(request_close, uut, deadline)); }

  link_figures figures() {
    link_figures result;
    self->send(uut, figures_atom_v);
    settle();
    self->receive([&result](const link_figures& x) { result = x; });
    return result;
  }

  bool alive() {
    return caf::actor_cast<caf::abstract_actor*>(uut)->getf(caf::abstract_actor::is_terminated_flag)
           == false;
  }

  inbound message(const std::string& topic, const std::string& payload = "x") {
    inbound x;
    x.topic = topic;
    x.payload = payload;
    x.size = payload.size();
    return x;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(connection_tests, fixture)

CAF_TEST(nothing is dialled before it is opened) {
  start();
  publish(delivery::latest, "a", "1");
  pass(5s);
  CAF_CHECK_EQUAL(broker.log.size(), 0u);
  CAF_REQUIRE_EQUAL(links.downs.size(), 1u);
  CAF_CHECK_EQUAL(links.downs[0].generation, 0u);
}

CAF_TEST(it subscribes and says online before anyone hears of the link) {
  start();
  listen("fire/detection/+");
  open();
  std::vector<std::string> first;
  for (const auto& entry : broker.log)
    if (entry.find(" 0") != std::string::npos)
      first.push_back(entry);
  const std::vector<std::string> expected{"connect 0", "subscribe 0 fire/detection/+",
                                          "publish 0 system/fire_consensus/lwt online"};
  CAF_CHECK(first == expected);
  CAF_REQUIRE_EQUAL(links.ups.size(), 1u);
  CAF_CHECK_EQUAL(links.ups[0].generation, 1u);
  CAF_CHECK_EQUAL(links.ups[0].protocol, "5");
}

CAF_TEST(the link is not up before the broker has answered the subscription) {
  broker.answers_subscriptions = false;
  start();
  listen("a");
  open();
  CAF_CHECK_EQUAL(links.ups.size(), 0u);
  CAF_CHECK_EQUAL(broker.retained.count("system/fire_consensus/lwt"), 0u);
}

CAF_TEST(each service has a will and says online by a connection of its own) {
  start();
  open();
  CAF_CHECK_EQUAL(broker.at(0).options().will_topic, "system/fire_consensus/lwt");
  CAF_CHECK_EQUAL(broker.at(1).options().will_topic, "system/camera_detector/lwt");
  CAF_CHECK(broker.at(0).options().name != broker.at(1).options().name);
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "online");
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "online");
  broker.cut(1);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "offline");
  CAF_CHECK_EQUAL(links.downs.size(), 1u);
  pass(2s);
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "online");
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
}

CAF_TEST(a late listener hears the present state at once) {
  start();
  open();
  link_log late;
  caf::anon_send(uut, listen_atom_v, own(sys.spawn(note_link, &late)));
  settle();
  CAF_REQUIRE_EQUAL(late.ups.size(), 1u);
  CAF_CHECK_EQUAL(late.ups[0].generation, 1u);
  CAF_CHECK_EQUAL(late.downs.size(), 0u);
}

CAF_TEST(a listener that asks twice hears each change once) {
  start();
  caf::anon_send(uut, listen_atom_v, listener);
  open();
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
}

CAF_TEST(dead listeners are forgotten) {
  start();
  std::vector<inbound> nobody;
  auto dying = sys.spawn(note_inbound, &nobody);
  caf::anon_send(uut, listen_atom_v, std::string{"a"}, std::uint8_t{1},
                 std::vector<inbound_listener>{dying});
  settle();
  caf::anon_send_exit(dying, caf::exit_reason::kill);
  caf::anon_send_exit(listener, caf::exit_reason::kill);
  settle();
  open();
  CAF_CHECK_EQUAL(links.ups.size(), 0u);
  CAF_CHECK_EQUAL(broker.count("subscribe 0 a"), 0);
  CAF_CHECK_EQUAL(figures().link_listeners, 0u);
}

CAF_TEST(a lost connection is told and dialled again within its step) {
  start();
  listen("a");
  open();
  broker.session_present = true;
  broker.cut();
  settle();
  CAF_REQUIRE_EQUAL(links.downs.size(), 2u);
  CAF_CHECK_EQUAL(links.downs[1].generation, 1u);
  pass(950ms);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
  pass(400ms);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 2);
  CAF_REQUIRE_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(links.ups[1].generation, 2u);
  CAF_CHECK(links.ups[1].session_present);
  CAF_CHECK_EQUAL(broker.count("subscribe 0 a"), 2);
}

CAF_TEST(two losses within one step are one attempt) {
  start();
  open();
  broker.cut();
  broker.cut();
  settle();
  CAF_CHECK_EQUAL(links.downs.size(), 2u);
  pass(3s);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 2);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
}

CAF_TEST(a connection that is opened twice is dialled once) {
  start();
  open();
  open();
  CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
}

CAF_TEST(a failure that is reported behind a success ends no link) {
  start();
  open();
  caf::anon_send(uut, client_failed{broker.at(0).options().id, refusal::refused, "late"});
  pass(3s);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
  CAF_CHECK_EQUAL(links.downs.size(), 1u);
}

// What no client of ours has said; the sanitizers see what it would touch.
CAF_TEST(words of no endpoint are ignored) {
  start();
  open();
  caf::anon_send(uut, endpoint_tick{99, 1});
  caf::anon_send(uut, client_lost{{99, 1}, "nobody"});
  pass(3s);
  CAF_CHECK_EQUAL(links.downs.size(), 1u);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
}

CAF_TEST(a success that is reported twice is one link) {
  start();
  open();
  caf::anon_send(uut, client_connected{broker.at(0).options().id, false});
  settle();
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
  CAF_CHECK_EQUAL(broker.on("system/fire_consensus/lwt").size(), 1u);
}

CAF_TEST(words of a replaced client are ignored) {
  broker.connects = fake_broker::mood::refuse;
  broker.reason = refusal::protocol;
  start();
  caf::anon_send(uut, open_atom_v);
  sched.run_once();
  const auto old = client_id{0, 1};
  broker.connects = fake_broker::mood::accept;
  settle();
  pass(5s);
  CAF_REQUIRE_EQUAL(links.ups.size(), 1u);
  caf::anon_send(uut, client_lost{old, "long ago"});
  caf::anon_send(uut, client_failed{old, refusal::refused, "long ago"});
  settle();
  CAF_CHECK_EQUAL(links.downs.size(), 1u);
}

CAF_TEST(pauses grow while the broker is away and shrink when it is back) {
  broker.connects = fake_broker::mood::refuse;
  settings.presence_topics = {"system/fire_consensus/lwt"};
  start();
  open();
  pass(200s);
  // At most 1, 2, 4 … 48 s apart: 8 attempts in 1+2+4+8+16+32+48 s and their jitter.
  CAF_CHECK(broker.count("connect 0") >= 7);
  CAF_CHECK(broker.count("connect 0") <= 9);
  broker.connects = fake_broker::mood::accept;
  pass(61s);
  CAF_REQUIRE_EQUAL(links.ups.size(), 1u);
  broker.cut();
  pass(1300ms);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
}

CAF_TEST(a broker that refuses MQTT 5 is asked with 3.1.1 at once) {
  broker.connects = fake_broker::mood::refuse;
  broker.reason = refusal::protocol;
  settings.presence_topics = {"system/fire_consensus/lwt"};
  start();
  caf::anon_send(uut, open_atom_v);
  sched.run_once();
  sched.run_once();
  broker.connects = fake_broker::mood::accept;
  advance_time(1ms);
  settle();
  CAF_REQUIRE_EQUAL(broker.versions.size(), 2u);
  CAF_CHECK(broker.versions[1] == mqtt_version::v311);
}

CAF_TEST(a connect that hangs is given up with its client) {
  broker.connects = fake_broker::mood::silent;
  settings.presence_topics = {"system/fire_consensus/lwt"};
  start();
  open();
  pass(14s);
  CAF_CHECK_EQUAL(broker.versions.size(), 1u);
  pass(5s);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 1);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 2);
}

CAF_TEST(a broker that never answers a subscription is left) {
  broker.answers_subscriptions = false;
  start();
  listen("a");
  open();
  pass(13s);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 2);
  broker.answers_subscriptions = true;
  pass(15s);
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
}

CAF_TEST(only the answer to the present subscription makes the link) {
  broker.answers_subscriptions = false;
  start();
  listen("a");
  open();
  answer_subscription(99);
  CAF_CHECK_EQUAL(links.ups.size(), 0u);
  // It refuses a filter that was not asked for, too.
  answer_subscription(1, {0, 7});
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
  CAF_CHECK(figures().refused_filters == std::vector<std::string>{"a"});
}

CAF_TEST(a subscription that fails ends its connection before the next one) {
  broker.answers_subscriptions = false;
  start();
  listen("a");
  open();
  answer_subscription(1, {}, "no");
  CAF_CHECK_EQUAL(broker.count("disconnect 0"), 1);
  broker.answers_subscriptions = true;
  pass(2s);
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
}

CAF_TEST(what becomes of a late subscription leaves the link as it is) {
  start();
  open();
  listen("a");
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
  broker.answers_subscriptions = false;
  listen("b");
  answer_subscription(2, {}, "no");
  pass(3s);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
  CAF_CHECK_EQUAL(links.downs.size(), 1u);
}

CAF_TEST(a topic that nobody listens to is not subscribed) {
  start();
  caf::anon_send(uut, listen_atom_v, std::string{"a"}, std::uint8_t{1},
                 std::vector<inbound_listener>{});
  open();
  CAF_CHECK_EQUAL(broker.count("subscribe 0 a"), 0);
  broker.deliver(message("a"));
  settle();
  CAF_CHECK(alive());
}

CAF_TEST(who listens to a filter last has it) {
  start();
  std::vector<inbound> before;
  caf::anon_send(uut, listen_atom_v, std::string{"a"}, std::uint8_t{1},
                 std::vector<inbound_listener>{own(sys.spawn(note_inbound, &before))});
  listen("a");
  open();
  CAF_CHECK_EQUAL(broker.count("subscribe 0 a"), 1);
  broker.deliver(message("a"));
  settle();
  CAF_CHECK_EQUAL(before.size(), 0u);
  CAF_CHECK_EQUAL(heard.size(), 1u);
}

CAF_TEST(refused subscriptions are figures and keep nothing else from working) {
  broker.refused_filters = {"b"};
  start();
  listen("a");
  listen("b");
  open();
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
  self->send(uut, figures_atom_v);
  settle();
  self->receive([](const link_figures& x) {
    CAF_CHECK(x.up);
    CAF_REQUIRE_EQUAL(x.refused_filters.size(), 1u);
    CAF_CHECK_EQUAL(x.refused_filters[0], "b");
  });
}

CAF_TEST(messages go to whoever asked for their topic) {
  start();
  listen("fire/detection/+");
  open();
  broker.deliver(message("fire/detection/north"));
  broker.deliver(message("fire/detection"));
  broker.deliver(message("other"));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK_EQUAL(heard[0].topic, "fire/detection/north");
}

CAF_TEST(what arrives gathers only while very much arrives and no alarm is under way) {
  settings.gather = true;
  start();
  listen("fire/detection/+");
  open();
  monotonic arrives = sys.clock().now().time_since_epoch();
  const auto hears = [&](int messages, timespan distance) {
    const int before = broker.gatherings;
    for (int i = 0; i < messages; ++i) {
      auto x = message("fire/detection/north");
      x.arrived = arrives += distance;
      broker.deliver(x);
      settle();
    }
    return broker.gatherings - before;
  };
  CAF_CHECK_EQUAL(hears(50, std::chrono::milliseconds{2}), 0);
  CAF_CHECK_GREATER(hears(200, std::chrono::microseconds{250}), 100);
  broker.acknowledges = false;
  alarm("1", std::chrono::seconds{60});
  CAF_CHECK_EQUAL(hears(100, std::chrono::microseconds{250}), 0);
  const auto sent = broker.on("fire/trigger");
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  caf::anon_send(uut,
                 client_published{broker.at(0).options().id, sent.front().ticket, true, false, {}});
  settle();
  CAF_CHECK_EQUAL(hears(10, std::chrono::microseconds{250}), 10);
  CAF_CHECK_EQUAL(heard.size(), 360u);
}

CAF_TEST(what has come is acknowledged by the kernel at once and of many the last) {
  start();
  listen("fire/detection/+");
  open();
  const auto acknowledged_of = [&](int messages) {
    const int before = broker.acknowledgements_of_tcp;
    for (int i = 0; i < messages; ++i)
      broker.deliver(message("fire/detection/north"));
    settle();
    return broker.acknowledgements_of_tcp - before;
  };
  CAF_CHECK_EQUAL(acknowledged_of(1), 1);
  CAF_CHECK_EQUAL(acknowledged_of(100), 1);
  const int before = broker.acknowledgements_of_tcp;
  alarm("1", std::chrono::seconds{60});
  CAF_CHECK_EQUAL(broker.acknowledgements_of_tcp - before, 1);
  // Nobody waits for the end of this one.
  caf::anon_send(uut, client_published{broker.at(0).options().id, no_ticket, true, false, {}});
  settle();
  CAF_CHECK_EQUAL(broker.acknowledgements_of_tcp - before, 2);
}

CAF_TEST(a topic goes to the same of several listeners always) {
  start();
  std::vector<inbound> logs[3];
  std::vector<inbound_listener> listeners;
  for (auto& log : logs)
    listeners.push_back(own(sys.spawn(note_inbound, &log)));
  caf::anon_send(uut, listen_atom_v, std::string{"fire/detection/+"}, std::uint8_t{1}, listeners);
  open();
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 20; ++i)
      broker.deliver(message("fire/detection/camera" + std::to_string(i)));
  settle();
  std::size_t all = 0;
  for (auto& log : logs) {
    CAF_CHECK(!log.empty());
    std::map<std::string, int> counts;
    for (const auto& x : log)
      ++counts[x.topic];
    for (const auto& [topic, count] : counts)
      CAF_CHECK_EQUAL(count, 3);
    all += log.size();
  }
  CAF_CHECK_EQUAL(all, 60u);
}

CAF_TEST(the prefix is put before every topic and taken off again) {
  settings.topic_prefix = "site/";
  start();
  listen("fire/detection");
  open();
  CAF_CHECK_EQUAL(broker.count("subscribe 0 site/fire/detection"), 1);
  CAF_CHECK_EQUAL(broker.retained["site/system/fire_consensus/lwt"], "online");
  publish(delivery::live, "a", "1");
  CAF_CHECK_EQUAL(broker.on("site/a").size(), 1u);
  broker.deliver(message("site/fire/detection"));
  broker.deliver(message("fire/detection"));
  broker.deliver(message("else/fire/detection"));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK_EQUAL(heard[0].topic, "fire/detection");
}

CAF_TEST(the prefix is not put before what belongs to others) {
  settings.topic_prefix = "site/";
  settings.unprefixed = "homeassistant";
  settings.presence_topics = {"homeassistant/lwt"};
  start();
  listen("homeassistant/status");
  listen("homeassistant");
  listen("homeassistants/+");
  open();
  CAF_CHECK_EQUAL(
      broker.count("subscribe 0 homeassistant/status,homeassistant,site/homeassistants/+"), 1);
  CAF_CHECK_EQUAL(broker.at(0).options().will_topic, "homeassistant/lwt");
  CAF_CHECK_EQUAL(broker.retained["homeassistant/lwt"], "online");
  publish(delivery::live, "homeassistant/device/x/config", "1");
  publish(delivery::live, "fire/x", "1");
  CAF_CHECK_EQUAL(broker.on("homeassistant/device/x/config").size(), 1u);
  CAF_CHECK_EQUAL(broker.on("site/fire/x").size(), 1u);
  for (const auto* topic : {"homeassistant/status", "homeassistant", "site/homeassistants/a",
                            "site/homeassistant/status", "homeassistants/a", "site/homeassistant"})
    broker.deliver(message(topic));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK_EQUAL(heard[0].topic, "homeassistant/status");
  CAF_CHECK_EQUAL(heard[1].topic, "homeassistant");
  CAF_CHECK_EQUAL(heard[2].topic, "homeassistants/a");
}

CAF_TEST(the prefix is not put before a topic that is whole) {
  settings.topic_prefix = "site/";
  start();
  open();
  publication what;
  what.topic = "former/a";
  what.payload = "1";
  what.prefixed = false;
  caf::anon_send(uut, what);
  settle();
  CAF_CHECK_EQUAL(broker.on("former/a").size(), 1u);
  CAF_CHECK_EQUAL(broker.on("site/former/a").size(), 0u);
}

CAF_TEST(a whole topic takes the place of none that the prefix goes before) {
  settings.topic_prefix = "site/";
  start();
  open();
  broker.acknowledges = false;
  publication left;
  left.topic = "a";
  left.payload = "1";
  left.qos = 1;
  left.prefixed = false;
  own(sys.spawn(await_acknowledgement, uut, left, &outcomes));
  settle();
  publish_awaited("a", "2");
  CAF_REQUIRE_EQUAL(broker.on("a").size(), 1u);
  CAF_REQUIRE_EQUAL(broker.on("site/a").size(), 1u);
  CAF_CHECK(outcomes.empty());
  broker.at(0).acknowledge(broker.on("a")[0].ticket);
  broker.at(0).acknowledge(broker.on("site/a")[0].ticket);
  settle();
  CAF_CHECK((outcomes == texts{"1 done", "2 done"}));
}

CAF_TEST(a prefix below the level that has none is told from it) {
  settings.topic_prefix = "homeassistant/site/";
  settings.unprefixed = "homeassistant";
  start();
  listen("fire/#");
  listen("homeassistant/#");
  open();
  broker.deliver(message("homeassistant/site/fire/x"));
  broker.deliver(message("homeassistant/status"));
  broker.deliver(message("homeassistant/site"));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK_EQUAL(heard[0].topic, "fire/x");
  CAF_CHECK_EQUAL(heard[1].topic, "homeassistant/status");
  CAF_CHECK_EQUAL(heard[2].topic, "homeassistant/site");
}

CAF_TEST(the level of the prefix itself is not below it) {
  settings.topic_prefix = "site/";
  start();
  listen("#");
  open();
  broker.deliver(message("site"));
  broker.deliver(message("site/a"));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK_EQUAL(heard[0].topic, "a");
}

CAF_TEST(what comes for a filter that was left goes to nobody) {
  settings.topic_prefix = "site/";
  start();
  listen("a/+");
  listen("b");
  open();
  leave("a/+");
  leave("never heard of");
  CAF_CHECK_EQUAL(broker.count("unsubscribe 0 site/a/+"), 1);
  CAF_CHECK_EQUAL(broker.count("unsubscribe 0 site/never heard of"), 0);
  broker.deliver(message("site/a/x"));
  broker.deliver(message("site/b"));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK_EQUAL(heard[0].topic, "b");
  CAF_CHECK_EQUAL(figures().received, 2u);
  listen("a/+");
  CAF_CHECK_EQUAL(broker.count("subscribe 0 site/a/+"), 1);
  broker.deliver(message("site/a/x"));
  settle();
  CAF_CHECK_EQUAL(heard.size(), 2u);
}

CAF_TEST(a filter that was left is not subscribed again and its session forgets it) {
  start();
  listen("a");
  listen("b");
  leave("a");
  CAF_CHECK(broker.log.empty());
  broker.session_present = true;
  open();
  CAF_CHECK_EQUAL(broker.count("subscribe 0 b"), 1);
  CAF_CHECK_EQUAL(broker.count("unsubscribe 0 a"), 1);
  // The answer may have been lost with the connection.
  broker.cut();
  pass(2s);
  CAF_CHECK_EQUAL(broker.count("unsubscribe 0 a"), 2);
  listen("a");
  broker.cut();
  pass(2s);
  CAF_CHECK_EQUAL(broker.count("unsubscribe 0 a"), 2);
  CAF_CHECK_EQUAL(broker.count("subscribe 0 b,a"), 1);
  leave("a");
  broker.session_present = false;
  broker.cut();
  pass(2s);
  CAF_CHECK_EQUAL(broker.count("unsubscribe 0 a"), 3);
  CAF_CHECK_EQUAL(links.ups.size(), 4u);
}

CAF_TEST(a filter that was left is no trouble when it was refused) {
  broker.refused_filters = {"a"};
  start();
  listen("a");
  open();
  CAF_CHECK_EQUAL(figures().refused_filters.size(), 1u);
  leave("a");
  CAF_CHECK_EQUAL(figures().refused_filters.size(), 0u);
  broker.answers_subscriptions = false;
  listen("b");
  leave("b");
  answer_subscription(2, {0});
  CAF_CHECK_EQUAL(figures().refused_filters.size(), 0u);
}

// -- what somebody waits for ------------------------------------------------------------

CAF_TEST(who waits for an acknowledgement hears of it when it comes) {
  broker.acknowledges = false;
  start();
  open();
  publish_awaited("a", "1");
  publish_awaited("b", "2");
  CAF_REQUIRE_EQUAL(broker.on("a").size(), 1u);
  CAF_CHECK(broker.on("a")[0].what.retain);
  CAF_CHECK(outcomes.empty());
  broker.at(0).acknowledge(broker.on("b")[0].ticket);
  settle();
  CAF_CHECK(outcomes == texts{"2 done"});
  broker.at(0).acknowledge(broker.on("a")[0].ticket);
  // An outcome that is told twice.
  broker.at(0).acknowledge(broker.on("a")[0].ticket);
  settle();
  CAF_CHECK((outcomes == texts{"2 done", "1 done"}));
}

CAF_TEST(what somebody has waited for leaves no packet behind) {
  start();
  open();
  publish_awaited("a", "1");
  CAF_CHECK_EQUAL(broker.count("settle 0 1"), 0);
  publish_awaited("b", "2", 2);
  CAF_CHECK((outcomes == texts{"1 done", "2 done"}));
  CAF_CHECK_EQUAL(broker.count("settle 0 2"), 1);
}

CAF_TEST(who waits without a link is told so and nothing is kept) {
  start();
  publish_awaited("a", "1");
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK(outcomes[0].rfind("1 failed: ", 0) == 0);
  broker.answers_subscriptions = false;
  listen("x");
  open();
  publish_awaited("a", "2");
  CAF_CHECK_EQUAL(outcomes.size(), 2u);
  answer_subscription(1);
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
  CAF_CHECK(broker.on("a").empty());
}

CAF_TEST(what was waited for is over with its link and not sent again) {
  broker.acknowledges = false;
  start();
  open();
  publish(delivery::latest, "old", "before");
  publish_awaited("old", "1");
  publish_awaited("a", "2");
  publish(delivery::latest, "kept", "3");
  const auto void_ticket = broker.on("a")[0].ticket;
  broker.session_present = true;
  broker.cut();
  settle();
  CAF_REQUIRE_EQUAL(outcomes.size(), 2u);
  CAF_CHECK(outcomes[0].rfind("1 failed: ", 0) == 0);
  CAF_CHECK(outcomes[1].rfind("2 failed: ", 0) == 0);
  pass(2s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.on("old").size(), 2u);
  CAF_CHECK_EQUAL(broker.on("a").size(), 1u);
  CAF_CHECK_EQUAL(broker.on("kept").size(), 2u);
  // paho completes by itself what it had in flight.
  publish_awaited("a", "4");
  broker.at(0).acknowledge(void_ticket);
  settle();
  CAF_CHECK_EQUAL(outcomes.size(), 2u);
  broker.at(0).acknowledge(broker.on("a").back().ticket);
  settle();
  CAF_CHECK_EQUAL(outcomes.back(), "4 done");
}

CAF_TEST(who waits hears of the end of the link after everybody else) {
  broker.acknowledges = false;
  start();
  open();
  texts order;
  own(sys.spawn(
      [](link_listener::pointer me, connection_actor whom,
         texts* log) -> link_listener::behavior_type {
        publication x;
        x.topic = "a";
        me->request(whom, caf::infinite, publish_atom_v, x)
            .then([](done_atom) {}, [log](const caf::error&) { log->push_back("error"); });
        me->send(whom, listen_atom_v, link_listener{me});
        return {
            [](const link_up&) {},
            [log](const link_down&) { log->push_back("down"); },
        };
      },
      uut, &order));
  settle();
  broker.cut();
  settle();
  CAF_CHECK((order == texts{"down", "error"}));
}

CAF_TEST(a later value for the topic ends the wait for the earlier one) {
  broker.acknowledges = false;
  start();
  open();
  publish_awaited("a", "1");
  const auto first = broker.on("a")[0].ticket;
  publish_awaited("a", "2");
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK(outcomes[0].rfind("1 failed: ", 0) == 0);
  broker.at(0).acknowledge(first);
  settle();
  CAF_CHECK_EQUAL(outcomes.size(), 1u);
  // What passes by is no later value of what stays.
  publish(delivery::live, "a", "live");
  CAF_CHECK_EQUAL(outcomes.size(), 1u);
  publish(delivery::latest, "a", "3");
  CAF_REQUIRE_EQUAL(outcomes.size(), 2u);
  CAF_CHECK(outcomes[1].rfind("2 failed: ", 0) == 0);
}

CAF_TEST(who waits for what the broker or the client refuses is told why) {
  const log_capture logged;
  broker.acknowledges = false;
  start();
  open();
  publish_awaited("a", "1");
  broker.at(0).acknowledge(broker.on("a")[0].ticket, false);
  settle();
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK(outcomes[0].find("refused") != std::string::npos);
  CAF_CHECK_EQUAL(logged.count("not accepted"), 0);
  // The client knows already that its connection is lost.
  broker.at(0).connected = false;
  publish_awaited("a", "2");
  CAF_REQUIRE_EQUAL(outcomes.size(), 2u);
  CAF_CHECK(outcomes[1].rfind("2 failed: not connected", 0) == 0);
  broker.cut();
  pass(2s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.on("a").size(), 1u);
  CAF_CHECK_EQUAL(outcomes.size(), 2u);
}

CAF_TEST(who waits hears of a client that is given up) {
  broker.acknowledges = false;
  start();
  open();
  publish_awaited("a", "1");
  alarm("fire-1", 1s);
  pass(1100ms);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 1u);
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK(outcomes[0].rfind("1 failed: ", 0) == 0);
}

CAF_TEST(who waits hears of a stop) {
  broker.acknowledges = false;
  start();
  open();
  publish_awaited("a", "1");
  publish_awaited("b", "2");
  begin_close(1s);
  settle();
  publish_awaited("c", "3");
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK(outcomes[0].rfind("3 failed: ", 0) == 0);
  CAF_CHECK(broker.on("c").empty());
  // What is acknowledged before the end is so.
  broker.at(0).acknowledge(broker.on("a")[0].ticket);
  settle();
  CAF_CHECK_EQUAL(outcomes.back(), "1 done");
  pass(2s);
  CAF_CHECK(!alive());
  CAF_REQUIRE_EQUAL(outcomes.size(), 3u);
  CAF_CHECK(outcomes[2].rfind("2 failed: ", 0) == 0);
}

CAF_TEST(who waits hears of the end of a connection actor that is killed) {
  broker.acknowledges = false;
  start();
  open();
  publish_awaited("a", "1");
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK(outcomes[0].rfind("1 failed: ", 0) == 0);
}

CAF_TEST(through a thousand links nothing piles up) {
  settings.quiet_presence = {"system/camera_detector/lwt"};
  start();
  listen("fire/detection/+");
  open();
  for (int i = 0; i < 1'000; ++i) {
    // Some are acknowledged, some lost with their link, some outlive it.
    broker.acknowledges = i % 3 == 0;
    broker.session_present = i % 2 == 0;
    publish_awaited("a", std::to_string(i));
    publish_awaited("b" + std::to_string(i % 7), std::to_string(i));
    publish(delivery::latest, "c", std::to_string(i));
    listen("d");
    leave("d");
    broker.acknowledges = true;
    broker.cut(0);
    if (i % 5 == 0)
      broker.cut(1);
    settle();
    // Within the back-off too.
    publish_awaited("a", std::to_string(i));
    pass(1300ms, 100ms);
  }
  CAF_CHECK_EQUAL(outcomes.size(), 3'000u);
  CAF_CHECK_EQUAL(std::count_if(outcomes.begin(), outcomes.end(),
                                [](const auto& x) { return x.find(" done") != x.npos; }),
                  2 * 334);
  CAF_REQUIRE_EQUAL(links.ups.size(), 1'001u);
  // The first is the answer to the question before there was a link.
  CAF_REQUIRE_EQUAL(links.downs.size(), 1'001u);
  for (std::size_t i = 0; i < 1'000; ++i)
    CAF_CHECK(links.ups[i].generation == links.downs[i + 1].generation);
  CAF_CHECK_EQUAL(broker.retained["c"], "999");
  CAF_CHECK_EQUAL(broker.misdirected, 0);
  // What is still due belongs to steps that are over.
  pass(30s, 1s);
  CAF_CHECK_EQUAL(timers(), 0u);
}

// -- quiet presence ------------------------------------------------------------------------

CAF_TEST(of a quiet service nobody here says online) {
  settings.presence_topics = {"a/lwt", "bridge/state", "c/lwt"};
  settings.quiet_presence = {"bridge/state"};
  start();
  open();
  CAF_CHECK(broker.on("bridge/state").empty());
  CAF_CHECK_EQUAL(broker.retained["a/lwt"], "online");
  CAF_CHECK_EQUAL(broker.retained["c/lwt"], "online");
  CAF_CHECK_EQUAL(broker.at(1).options().will_topic, "bridge/state");
  publish(delivery::latest, "bridge/state", "online");
  begin_close(1s);
  settle();
  CAF_CHECK(!alive());
  const auto said = broker.on("bridge/state");
  CAF_REQUIRE_EQUAL(said.size(), 2u);
  CAF_CHECK_EQUAL(said[1].what.payload, "offline");
  CAF_CHECK_EQUAL(said[1].endpoint, 1u);
  CAF_CHECK(said[1].what.retain);
  CAF_CHECK_EQUAL(static_cast<int>(said[1].what.qos), 1);
}

CAF_TEST(the will of a quiet service is held back and its session kept as long) {
  settings.presence_topics = {"a/lwt", "bridge/state", "c/lwt"};
  settings.quiet_presence = {"bridge/state"};
  settings.packets = "somewhere";
  settings.will_delay = 7s;
  start();
  open();
  const auto& quiet = broker.at(1).options();
  CAF_CHECK(quiet.will_delay == 7s);
  CAF_CHECK(quiet.session_expiry == 7s);
  CAF_CHECK(quiet.keep_session);
  CAF_CHECK(!quiet.clean_start);
  // The packets of alarms are another's.
  CAF_CHECK(quiet.settings.packets.empty());
  CAF_CHECK_EQUAL(broker.at(0).options().settings.packets, "somewhere");
  for (const std::uint32_t i : {0u, 2u})
    CAF_CHECK(broker.at(i).options().will_delay == 0s);
  CAF_CHECK(broker.at(0).options().session_expiry == 300s);
  CAF_CHECK(!broker.at(2).options().keep_session);
  CAF_CHECK(broker.at(2).options().clean_start);
}

CAF_TEST(with 3_1_1 no will is held back) {
  settings.protocol = protocol_choice::v311;
  settings.presence_topics = {"bridge/state", "c/lwt"};
  settings.quiet_presence = {"bridge/state", "c/lwt"};
  start();
  open();
  CAF_CHECK(broker.at(0).options().keep_session);
  CAF_CHECK(broker.at(0).options().will_delay == 0s);
  CAF_CHECK(broker.at(1).options().will_delay == 0s);
  CAF_CHECK(!broker.at(1).options().keep_session);
  CAF_CHECK(broker.at(1).options().clean_start);
}

CAF_TEST(a quiet service may be that of the traffic) {
  settings.presence_topics = {"bridge/state"};
  settings.quiet_presence = {"bridge/state"};
  start();
  open();
  CAF_CHECK(broker.at(0).options().will_delay == 5s);
  CAF_CHECK(broker.at(0).options().session_expiry == 300s);
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
  CAF_CHECK(broker.on("bridge/state").empty());
  begin_close(1s);
  settle();
  CAF_CHECK_EQUAL(broker.retained["bridge/state"], "offline");
}

CAF_TEST(offline of a quiet service whose connection is away goes where the traffic goes) {
  settings.presence_topics = {"a/lwt", "bridge/state", "c/lwt"};
  settings.quiet_presence = {"bridge/state"};
  start();
  open();
  publish(delivery::latest, "bridge/state", "online");
  broker.connects = fake_broker::mood::refuse;
  broker.cut(1);
  broker.cut(2);
  settle();
  begin_close(1s);
  settle();
  CAF_CHECK(!alive());
  const auto said = broker.on("bridge/state");
  CAF_REQUIRE_EQUAL(said.size(), 2u);
  CAF_CHECK_EQUAL(said[1].what.payload, "offline");
  CAF_CHECK_EQUAL(said[1].endpoint, 0u);
  // Of the others only their own connections speak.
  CAF_CHECK_EQUAL(broker.on("c/lwt").size(), 1u);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
}

CAF_TEST(of a quiet service nobody says online before its will is with the broker) {
  settings.presence_topics = {"a/lwt", "bridge/state", "c/lwt"};
  settings.quiet_presence = {"bridge/state"};
  start();
  open();
  publish_awaited("bridge/state", "online");
  CAF_CHECK_EQUAL(broker.on("bridge/state").size(), 1u);
  // While it waits for its next attempt, and while that is under way.
  broker.connects = fake_broker::mood::silent;
  broker.cut(1);
  settle();
  publish_awaited("bridge/state", "online");
  pass(2s);
  CAF_CHECK_EQUAL(broker.count("connect 1"), 2);
  publish_awaited("bridge/state", "online");
  CAF_CHECK_EQUAL(broker.on("bridge/state").size(), 1u);
  broker.at(1).accept();
  settle();
  const auto said = broker.on("bridge/state");
  CAF_REQUIRE_EQUAL(said.size(), 2u);
  CAF_CHECK_EQUAL(said[1].what.payload, "online");
  CAF_CHECK_EQUAL(said[1].endpoint, 0u);
  CAF_REQUIRE_EQUAL(outcomes.size(), 3u);
  CAF_CHECK(outcomes[0].find("done") != std::string::npos);
  CAF_CHECK(outcomes[1].find("a later value") != std::string::npos);
  CAF_CHECK(outcomes[2].find("done") != std::string::npos);
}

CAF_TEST(of a quiet service whose will is not to be had online is said all the same) {
  settings.presence_topics = {"a/lwt", "bridge/state"};
  settings.quiet_presence = {"bridge/state"};
  start();
  open();
  broker.connects = fake_broker::mood::refuse;
  broker.cut(1);
  settle();
  publish(delivery::latest, "bridge/state", "online");
  CAF_CHECK(broker.on("bridge/state").empty());
  pass(2s);
  CAF_CHECK_EQUAL(broker.on("bridge/state").size(), 1u);
  publish(delivery::latest, "bridge/state", "online");
  CAF_CHECK_EQUAL(broker.on("bridge/state").size(), 2u);
}

CAF_TEST(an online that waits for its will ends with its link) {
  settings.presence_topics = {"a/lwt", "bridge/state"};
  settings.quiet_presence = {"bridge/state"};
  start();
  open();
  broker.connects = fake_broker::mood::silent;
  broker.cut(1);
  settle();
  publish_awaited("bridge/state", "online");
  broker.cut(0);
  settle();
  CAF_REQUIRE_EQUAL(outcomes.size(), 1u);
  CAF_CHECK(outcomes[0].find("failed") != std::string::npos);
  pass(2s);
  broker.at(1).accept();
  broker.at(0).accept();
  settle();
  CAF_CHECK(broker.on("bridge/state").empty());
  CAF_CHECK_EQUAL(broker.misdirected, 0);
}

CAF_TEST(after the farewell no online comes that waited for its will) {
  settings.presence_topics = {"a/lwt", "bridge/state"};
  settings.quiet_presence = {"bridge/state"};
  start();
  open();
  broker.connects = fake_broker::mood::silent;
  broker.cut(1);
  pass(2s);
  publish(delivery::latest, "bridge/state", "online");
  begin_close(1s);
  pass(2s);
  CAF_CHECK(!alive());
  CAF_CHECK(!broker.on("bridge/state").empty());
  for (const auto& x : broker.on("bridge/state"))
    CAF_CHECK_EQUAL(x.what.payload, "offline");
}

CAF_TEST(a broker that is back for one connection is back for all) {
  start();
  open();
  broker.connects = fake_broker::mood::refuse;
  broker.cut(0);
  broker.cut(1);
  // Their pauses are long now, and differ.
  pass(40s, 100ms);
  broker.connects = fake_broker::mood::accept;
  for (int i = 0; i < 600 && !broker.at(0).connected && !broker.at(1).connected; ++i)
    pass(100ms, 100ms);
  pass(1s, 100ms);
  CAF_CHECK(broker.at(0).connected);
  CAF_CHECK(broker.at(1).connected);
}

CAF_TEST(a broker that accepts and hangs up is not dialled more often for it) {
  start();
  open();
  const auto before = broker.log.size();
  for (int i = 0; i < 100; ++i) {
    for (const std::uint32_t e : {0u, 1u})
      if (broker.at(e).connected)
        broker.cut(e);
    pass(100ms, 100ms);
  }
  CAF_CHECK(broker.log.size() > before);
  CAF_CHECK_LESS_OR_EQUAL(broker.count("connect 0"), 11);
  CAF_CHECK_LESS_OR_EQUAL(broker.count("connect 1"), 11);
}

CAF_TEST(a receipt comes back when its message has been handled) {
  start();
  auto log = std::make_shared<std::vector<receipt>>();
  // Keeps what it hears until it is told.
  const auto handler = own(sys.spawn(
      [](inbound_listener::pointer,
         std::shared_ptr<std::vector<receipt>> kept) -> inbound_listener::behavior_type {
        return {[kept](inbound& x) { kept->push_back(std::move(x.held)); }};
      },
      log));
  caf::anon_send(uut, listen_atom_v, std::string{"a"}, std::uint8_t{1},
                 std::vector<inbound_listener>{handler});
  open();
  const auto held = std::make_shared<const under_way>();
  auto x = message("a");
  x.held = held;
  broker.deliver(std::move(x));
  settle();
  CAF_CHECK_EQUAL(held.use_count(), 2);
  CAF_CHECK_EQUAL(log->size(), 1u);
  log->clear();
  CAF_CHECK_EQUAL(held.use_count(), 1);
}

CAF_TEST(a receipt comes back when nobody handles its message) {
  start();
  const auto handler = own(sys.spawn(note_inbound, &heard));
  caf::anon_send(uut, listen_atom_v, std::string{"a"}, std::uint8_t{1},
                 std::vector<inbound_listener>{handler});
  open();
  const auto held = std::make_shared<const under_way>();
  const auto deliver = [&](const char* topic) {
    auto x = message(topic);
    x.held = held;
    broker.deliver(std::move(x));
  };
  deliver("nobody/listens");
  settle();
  CAF_CHECK_EQUAL(held.use_count(), 1);
  // The listener dies with it in its mailbox, and is dead when the next one is sent.
  caf::anon_send_exit(handler, caf::exit_reason::kill);
  deliver("a");
  sched.run_once();
  deliver("a");
  settle();
  CAF_CHECK_EQUAL(held.use_count(), 1);
  CAF_CHECK(heard.empty());
  // The connection itself dies with it in its mailbox.
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  deliver("a");
  settle();
  CAF_CHECK_EQUAL(held.use_count(), 1);
}

CAF_TEST(what was shed is a figure and at most one line a minute) {
  const log_capture lines;
  start();
  open();
  CAF_CHECK_EQUAL(figures().shed_ago_s, -1);
  for (int second = 0; second < 70; ++second) {
    caf::anon_send(uut, client_shed{{0, 1}, 10, 10'240});
    pass(1s, 1s);
  }
  CAF_CHECK_EQUAL(figures().shed, 700u);
  CAF_CHECK_EQUAL(figures().shed_ago_s, 1);
  CAF_CHECK_EQUAL(lines.count("10 messages, 10 KiB, were shed"), 1);
  CAF_CHECK_EQUAL(lines.count("600 messages, 600 KiB, were shed"), 1);
  CAF_CHECK_EQUAL(lines.count("were shed"), 2);
}

CAF_TEST(after hold nothing comes in) {
  start();
  listen("a");
  open();
  self->send(uut, hold_atom_v);
  settle();
  self->receive([](done_atom) {});
  broker.deliver(message("a"));
  settle();
  CAF_CHECK_EQUAL(heard.size(), 0u);
}

CAF_TEST(what comes during a stop is handed on after the disconnect) {
  settings.presence_topics = {"system/fire_consensus/lwt"};
  start();
  listen("a");
  open();
  caf::anon_send(uut, hold_atom_v);
  broker.deliver(message("a", "1"));
  settle();
  broker.acknowledges = false;
  begin_close(1s);
  settle();
  broker.deliver(message("a", "2"));
  settle();
  CAF_CHECK_EQUAL(heard.size(), 0u);
  broker.at(0).acknowledge(farewell_ticket);
  // paho's thread is behind the disconnect with one.
  broker.deliver(message("a", "3"));
  settle();
  CAF_CHECK(!alive());
  CAF_CHECK_EQUAL(broker.count("disconnect 0"), 1);
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK_EQUAL(heard[0].payload + heard[1].payload + heard[2].payload, "123");
}

CAF_TEST(no more is under way than the broker takes and an alarm does not wait for that) {
  broker.receive_maximum = 10;
  start();
  open();
  broker.acknowledges = false;
  for (int i = 0; i < 8; ++i)
    publish(delivery::latest, "state/" + std::to_string(i), "1", 1);
  const auto states = [&] {
    return std::count_if(broker.publications.begin(), broker.publications.end(),
                         [](const auto& x) { return x.what.topic.rfind("state/", 0) == 0; });
  };
  CAF_CHECK_EQUAL(states(), 6);
  alarm("1", 60s);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
  // What waits is sent as it is by then.
  publish(delivery::latest, "state/7", "2", 1);
  broker.answer_all();
  settle();
  CAF_REQUIRE_EQUAL(broker.on("state/7").size(), 1u);
  CAF_CHECK_EQUAL(broker.on("state/7").front().what.payload, "2");
  CAF_CHECK_EQUAL(states(), 8);
  CAF_REQUIRE_EQUAL(deliveries.delivered.size(), 1u);
  CAF_CHECK_EQUAL(figures().dropped_live, 0u);
}

CAF_TEST(what waits for its turn ends with the link and its last values come with the next) {
  broker.receive_maximum = 1;
  start();
  open();
  broker.acknowledges = false;
  publish(delivery::latest, "a", "1", 1);
  publish(delivery::latest, "b", "1", 1);
  publish(delivery::live, "event", "1", 1);
  CAF_CHECK_EQUAL(broker.on("b").size(), 0u);
  broker.acknowledges = true;
  broker.cut();
  settle();
  CAF_CHECK_EQUAL(figures().dropped_live, 1u);
  pass(2s);
  CAF_CHECK_EQUAL(broker.on("a").size(), 2u);
  CAF_CHECK_EQUAL(broker.on("b").size(), 1u);
  CAF_CHECK_EQUAL(broker.on("event").size(), 0u);
}

CAF_TEST(what waits is not thrown at a client that has lost its connection) {
  broker.receive_maximum = 5;
  start();
  open();
  broker.acknowledges = false;
  for (int i = 0; i < 10; ++i)
    publish(delivery::live, "event/" + std::to_string(i), "1", 1);
  // The client knows it, the actor does not yet.
  broker.at(0).connected = false;
  const auto [endpoint, ticket] = broker.unanswered.front();
  broker.at(endpoint).acknowledge(ticket);
  settle();
  CAF_CHECK_EQUAL(broker.misdirected, 1);
  broker.cut();
  settle();
  CAF_CHECK_EQUAL(figures().dropped_live, 7u);
}

CAF_TEST(nothing that waits comes after the farewell) {
  broker.receive_maximum = 1;
  start();
  open();
  broker.acknowledges = false;
  publish(delivery::latest, "a", "1", 1);
  publish(delivery::latest, "b", "1", 1);
  begin_close(1s);
  pass(600ms);
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  broker.acknowledges = true;
  broker.answer_all();
  settle();
  CAF_CHECK_EQUAL(broker.on("b").size(), 0u);
  CAF_CHECK(!alive());
}

CAF_TEST(a stop waits a while for what has no turn yet) {
  broker.receive_maximum = 1;
  start();
  open();
  broker.acknowledges = false;
  publish(delivery::latest, "a", "1", 1);
  publish(delivery::latest, "b", "1", 1);
  begin_close(1s);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "online");
  broker.answer_all();
  settle();
  broker.acknowledges = true;
  broker.answer_all();
  settle();
  CAF_CHECK_EQUAL(broker.on("b").size(), 1u);
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  CAF_CHECK(!alive());
}

CAF_TEST(an alarm decided while the link is down is delivered after it) {
  start();
  alarm("fire-1", 120s);
  pass(10s);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 0u);
  open();
  CAF_REQUIRE_EQUAL(broker.on("fire/trigger").size(), 1u);
  CAF_CHECK_EQUAL(static_cast<int>(broker.on("fire/trigger")[0].what.qos), 2);
  CAF_CHECK(!broker.on("fire/trigger")[0].what.retain);
  CAF_REQUIRE_EQUAL(deliveries.delivered.size(), 1u);
  CAF_CHECK_EQUAL(deliveries.delivered[0], "fire-1");
}

CAF_TEST(an alarm that expires is reported once and never sent) {
  start();
  alarm("fire-1", 120s);
  pass(119s, 1s);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 0u);
  pass(2s);
  CAF_REQUIRE_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(deliveries.expired[0].id, "fire-1");
  open();
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 0u);
}

CAF_TEST(an alarm that is too late when it comes is not sent) {
  start();
  open();
  alarm("fire-1", 0s);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 0u);
  CAF_REQUIRE_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 0u);
}

CAF_TEST(an alarm that the client does not take is sent in the next link) {
  start();
  open();
  // The client knows already that its connection is lost.
  broker.at(0).connected = false;
  alarm("fire-1", 60s);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 0u);
  broker.session_present = true;
  broker.cut();
  pass(2s);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 1u);
}

CAF_TEST(an alarm that the broker refuses is tried again after growing pauses) {
  const log_capture lines;
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 60s);
  const auto tries = [this] { return broker.on("fire/trigger").size(); };
  const auto refuse
      = [this] { broker.at(0).acknowledge(broker.on("fire/trigger").back().ticket, false); };
  refuse();
  pass(950ms);
  CAF_CHECK_EQUAL(tries(), 1u);
  pass(350ms);
  CAF_CHECK_EQUAL(tries(), 2u);
  auto seen = tries();
  for (int step = 0; step < 1'000 && deliveries.expired.empty(); ++step) {
    if (seen != 0) {
      refuse();
      seen = 0;
    }
    const auto before = tries();
    pass(50ms);
    seen = tries() - before;
    CAF_CHECK(seen <= 1);
  }
  // 1, 2, 4, 8 and 10 s: seven attempts in 50 s.
  CAF_CHECK(tries() >= 6);
  CAF_CHECK(tries() <= 9);
  CAF_CHECK_EQUAL(lines.count("not accepted: refused"), 1);
  CAF_CHECK_EQUAL(links.downs.size(), 1u);
  broker.acknowledges = true;
  pass(11s);
  CAF_CHECK_EQUAL(deliveries.delivered.size() + deliveries.expired.size(), 1u);
  const auto last = tries();
  pass(30s);
  CAF_CHECK_EQUAL(tries(), last);
}

CAF_TEST(an alarm that is refused to its end is missed for this reason) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 800ms);
  broker.at(0).acknowledge(broker.on("fire/trigger").back().ticket, false);
  pass(900ms);
  CAF_REQUIRE_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(deliveries.expired[0].reason, "the broker did not accept it: refused");
  // Nothing of it is under way, so its link may stay.
  CAF_CHECK_EQUAL(links.downs.size(), 1u);
}

CAF_TEST(a link that comes back sends what was refused once) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 60s);
  broker.at(0).acknowledge(broker.on("fire/trigger").back().ticket, false);
  broker.session_present = true;
  broker.cut();
  pass(5s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 2u);
}

CAF_TEST(an alarm that expired while nobody ran is delivered if the broker had completed it) {
  const temporary_directory folder;
  settings.packets = folder.path() / "packets";
  settings.topic_prefix = "site/";
  const packet_folder packets{settings.packets};
  packets.prepare();
  const auto leave = [&packets](const char* key, const char* payload) {
    return packets.write(key, encode(wire::publish_packet("site/fire/trigger", payload, 2, false, 1,
                                                          key[1] == '5' ? 5 : 4)));
  };
  CAF_REQUIRE(leave("s5-1", "done"));
  CAF_REQUIRE(packets.finish("s5-1"));
  CAF_REQUIRE(leave("s5-2", "half"));
  start();
  alarm("done", -1s);
  alarm("half", -1s);
  alarm("never sent", -1s);
  CAF_REQUIRE_EQUAL(deliveries.delivered.size(), 1u);
  CAF_CHECK_EQUAL(deliveries.delivered[0], "done");
  CAF_REQUIRE_EQUAL(deliveries.expired.size(), 2u);
  CAF_CHECK_EQUAL(deliveries.expired[0].id, "half");
  open();
  CAF_CHECK_EQUAL(broker.on("site/fire/trigger").size(), 0u);
}

CAF_TEST(what is durable and has no owner is the latest of its topic) {
  start();
  publish(delivery::durable, "a", "1");
  publish(delivery::durable, "a", "2");
  open();
  CAF_REQUIRE_EQUAL(broker.on("a").size(), 1u);
  CAF_CHECK(broker.on("a")[0].what.payload == "2");
}

CAF_TEST(of the ticks of many alarms one goes on) {
  start();
  for (int i = 0; i < 50; ++i)
    alarm("fire-" + std::to_string(i), 5s);
  alarm("last", 100s);
  pass(6s);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 50u);
  CAF_CHECK_EQUAL(timers(), 1u);
}

CAF_TEST(an alarm in flight is left to the client if its session was kept) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 120s);
  CAF_REQUIRE_EQUAL(broker.on("fire/trigger").size(), 1u);
  const auto ticket = broker.on("fire/trigger")[0].ticket;
  broker.session_present = true;
  broker.cut();
  pass(2s);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
  broker.at(0).acknowledge(ticket);
  settle();
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 1u);
}

CAF_TEST(an alarm in flight is sent again by a new client if the session is gone) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 120s);
  broker.cut();
  broker.acknowledges = true;
  pass(2s);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 1);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 2u);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 1u);
}

CAF_TEST(an alarm that expires in flight is taken from the client) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 5s);
  broker.session_present = true;
  broker.connects = fake_broker::mood::refuse;
  broker.cut();
  pass(6s);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 1);
  broker.connects = fake_broker::mood::accept;
  pass(60s, 1s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK(broker.at(0).options().clean_start);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
}

CAF_TEST(an alarm that nobody acknowledges on a standing link ends the link) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 5s);
  pass(6s);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(links.downs.size(), 2u);
  pass(2s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
}

CAF_TEST(an alarm that expires during a pause does not make it longer) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 500ms);
  broker.cut();
  pass(1300ms);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 2);
}

CAF_TEST(only the first session after an alarm was given up begins clean) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 5s);
  pass(8s);
  CAF_CHECK(broker.at(0).options().clean_start);
  CAF_CHECK(!broker.at(0).options().ignore_orphans);
  CAF_REQUIRE_EQUAL(links.ups.size(), 2u);
  // The next client is made because this one hangs.
  broker.connects = fake_broker::mood::silent;
  broker.cut();
  pass(30s);
  CAF_CHECK(!broker.at(0).options().clean_start);
  CAF_CHECK(broker.at(0).options().ignore_orphans);
}

CAF_TEST(with 3_1_1 a clean session only wipes and a kept one follows at once) {
  settings.protocol = protocol_choice::v311;
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 5s);
  pass(8s);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 3);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK(!broker.at(0).options().clean_start);
}

CAF_TEST(an alarm that expires in a client that failed while writing ends its session too) {
  settings.packets = "somewhere";
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 5s);
  break_client();
  pass(8s);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK(broker.at(0).options().clean_start);
  broker.free_abandoned();
}

CAF_TEST(a client with an alarm in flight is kept through refusals) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 120s);
  broker.session_present = true;
  broker.connects = fake_broker::mood::refuse;
  broker.reason = refusal::no_answer;
  broker.cut();
  pass(10s);
  broker.connects = fake_broker::mood::accept;
  pass(60s, 1s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
}

CAF_TEST(a loss at the moment of the subscription does not repeat an alarm) {
  broker.acknowledges = false;
  start();
  listen("a");
  open();
  alarm("fire-1", 120s);
  broker.session_present = true;
  broker.cut_before_subscribe = true;
  broker.cut();
  pass(10s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
}

CAF_TEST(a client that failed while writing is left behind and not its session) {
  start();
  open();
  const auto id = broker.at(0).options().id;
  caf::anon_send(uut, client_published{id, greeting_ticket, false, true, "socket error"});
  broker.cut();
  pass(3s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK(broker.at(0).options().id.instance != id.instance);
  CAF_CHECK(!broker.at(0).options().clean_start);
  // The test frees what the actor must not.
  broker.free_abandoned();
}

CAF_TEST(a client that failed while writing does not become whole by a success) {
  start();
  open();
  const auto id = broker.at(0).options().id;
  break_client();
  broker.at(0).acknowledge(greeting_ticket);
  broker.cut();
  pass(3s);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK(broker.at(0).options().id.instance != id.instance);
  // The one in its place is whole.
  const auto next = broker.at(0).options().id;
  broker.cut();
  pass(3s);
  CAF_CHECK_EQUAL(links.ups.size(), 3u);
  CAF_CHECK_EQUAL(broker.at(0).options().id.instance, next.instance);
  broker.free_abandoned();
}

CAF_TEST(a client that failed while writing is left behind during a subscription too) {
  // Another version would need another client anyway.
  settings.protocol = protocol_choice::v5;
  broker.answers_subscriptions = false;
  start();
  listen("a");
  open();
  const auto first = broker.at(0).options().id;
  break_client();
  broker.cut();
  pass(3s);
  const auto second = broker.at(0).options().id;
  CAF_CHECK(second.instance != first.instance);
  break_client();
  answer_subscription(2, {}, "no");
  pass(4s);
  CAF_CHECK(broker.at(0).options().id.instance != second.instance);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  broker.free_abandoned();
}

CAF_TEST(a client that failed with an alarm under way is left behind with its session) {
  broker.acknowledges = false;
  start();
  open();
  alarm("1", 60s);
  const auto id = broker.at(0).options().id;
  caf::anon_send(uut, client_published{id, greeting_ticket, false, true, "socket error"});
  broker.cut();
  pass(3s);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK(broker.at(0).options().clean_start);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 2u);
  // The test frees what the actor must not.
  broker.free_abandoned();
}

CAF_TEST(a client that failed while writing what nobody waits for is left behind too) {
  start();
  open();
  const auto id = broker.at(0).options().id;
  caf::anon_send(uut, client_published{id, no_ticket, false, true, "socket error"});
  broker.cut();
  pass(3s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK(broker.at(0).options().id.instance != id.instance);
  broker.free_abandoned();
}

CAF_TEST(a client that tells of its failure behind its loss is left behind too) {
  start();
  open();
  const auto id = broker.at(0).options().id;
  broker.cut();
  settle();
  break_client();
  pass(3s);
  CAF_CHECK_EQUAL(links.ups.size(), 2u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK(broker.at(0).options().id.instance != id.instance);
  broker.free_abandoned();
}

CAF_TEST(a client whose connections are lost at once time and again is replaced) {
  start();
  open();
  broker.session_present = true;
  const auto first = broker.at(0).options().id.instance;
  for (int i = 0; i < 4; ++i) {
    broker.cut();
    pass(2s);
  }
  CAF_CHECK_EQUAL(broker.at(0).options().id.instance, first);
  broker.cut();
  pass(2s);
  CAF_CHECK_EQUAL(links.ups.size(), 6u);
  CAF_CHECK_EQUAL(broker.at(0).options().id.instance, first + 1);
  CAF_CHECK(!broker.at(0).options().clean_start);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 1);
  // The new one is given as many.
  for (int i = 0; i < 4; ++i) {
    broker.cut();
    pass(2s);
  }
  CAF_CHECK_EQUAL(broker.at(0).options().id.instance, first + 1);
}

CAF_TEST(a client whose connections are lost during the subscription is replaced) {
  settings.protocol = protocol_choice::v5;
  settings.reconnect_max = 1s;
  broker.answers_subscriptions = false;
  start();
  listen("a");
  open();
  const auto first = broker.at(0).options().id.instance;
  for (int step = 0; step < 200 && broker.at(0).options().id.instance == first; ++step) {
    // By turns in its two forms: found by the next operation, and told by the client.
    broker.cut_before_subscribe = broker.count("connect 0") % 2 == 1;
    if (broker.at(0).connected)
      broker.cut();
    pass(100ms);
  }
  CAF_CHECK_EQUAL(broker.count("connect 0"), 6);
  CAF_CHECK_EQUAL(broker.at(0).options().id.instance, first + 1);
  broker.answers_subscriptions = true;
  broker.cut_before_subscribe = false;
  pass(10s);
  CAF_CHECK_EQUAL(links.ups.size(), 1u);
}

CAF_TEST(a client whose connection stood for a while in between is kept) {
  start();
  open();
  broker.session_present = true;
  const auto first = broker.at(0).options().id.instance;
  for (int i = 0; i < 8; ++i) {
    if (i == 4)
      pass(11s);
    broker.cut();
    pass(2s);
  }
  CAF_CHECK_EQUAL(links.ups.size(), 9u);
  CAF_CHECK_EQUAL(broker.at(0).options().id.instance, first);
}

CAF_TEST(a client is not replaced where that would repeat an alarm) {
  broker.acknowledges = false;
  start();
  open();
  broker.session_present = true;
  alarm("fire-1", 120s);
  for (int i = 0; i < 8; ++i) {
    broker.cut();
    pass(2s);
  }
  CAF_CHECK_EQUAL(links.ups.size(), 9u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
}

CAF_TEST(with a folder for its packets a client is replaced and its alarm not repeated) {
  settings.packets = "somewhere";
  broker.acknowledges = false;
  start();
  open();
  broker.session_present = true;
  alarm("fire-1", 120s);
  broker.kept_packets["fire-1"] = false;
  for (int i = 0; i < 5; ++i) {
    broker.cut();
    pass(2s);
  }
  CAF_CHECK_EQUAL(links.ups.size(), 6u);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 1);
  CAF_CHECK(!broker.at(0).options().clean_start);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
}

CAF_TEST(the session of an earlier process is resumed) {
  start();
  open();
  CAF_CHECK(broker.at(0).options().keep_session);
  CAF_CHECK(!broker.at(0).options().clean_start);
  CAF_CHECK(broker.at(1).options().clean_start);
}

CAF_TEST(what comes with a resumed session is marked for a while) {
  broker.session_present = true;
  broker.wall = 1234.5;
  start();
  listen("a");
  open();
  broker.deliver(message("a"));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK_EQUAL(heard[0].waited_before, 1234.5);
  CAF_CHECK(heard[0].away == timespan::max());
  broker.cut();
  pass(2s);
  auto late = message("a");
  late.arrived = now();
  broker.deliver(late);
  pass(6s);
  late.arrived = now();
  broker.deliver(late);
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK(heard[1].away > 0s);
  CAF_CHECK(heard[1].away <= 2s);
  CAF_CHECK_EQUAL(heard[2].waited_before, 0.0);
}

CAF_TEST(what comes with a new session has not waited) {
  broker.wall = 1234.5;
  start();
  listen("a");
  open();
  broker.deliver(message("a"));
  settle();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK_EQUAL(heard[0].waited_before, 0.0);
}

CAF_TEST(an alarm that an earlier process had begun to send is left to the client) {
  broker.session_present = true;
  broker.acknowledges = false;
  broker.kept_packets["1"] = false;
  start();
  alarm("1", 60s);
  open();
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 0u);
  CAF_REQUIRE_EQUAL(broker.at(0).options().held.size(), 1u);
  broker.at(0).acknowledge(broker.at(0).options().held[0].ticket);
  settle();
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 1u);
}

CAF_TEST(without its session an alarm is sent anew) {
  broker.kept_packets["1"] = false;
  start();
  alarm("1", 60s);
  open();
  pass(100ms);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 1u);
}

CAF_TEST(an alarm that the broker had taken from an earlier process is not sent) {
  broker.session_present = true;
  broker.kept_packets["1"] = true;
  start();
  alarm("1", 60s);
  open();
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 0u);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 1u);
}

CAF_TEST(nothing is acknowledged before the connection stands) {
  broker.acknowledges = false;
  start();
  open();
  alarm("1", 60s);
  const auto ticket = broker.on("fire/trigger").at(0).ticket;
  broker.connects = fake_broker::mood::silent;
  broker.cut();
  pass(2s);
  // As paho reports when it clears away a session that the broker has lost.
  broker.at(0).acknowledge(ticket);
  settle();
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 0u);
}

CAF_TEST(after offline no durable publication is sent) {
  broker.acknowledges = false;
  start();
  open();
  begin_close(10s);
  settle();
  alarm("late", 60s);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 0u);
}

CAF_TEST(a packet is kept until the end of its alarm is written down) {
  start();
  open();
  alarm("1", 60s);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 1u);
  CAF_CHECK_EQUAL(broker.count("settle 0 1"), 0);
  // An owner that was started anew asks again: nothing is sent.
  alarm("1", 60s);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
  CAF_CHECK_EQUAL(deliveries.delivered.size(), 2u);
  caf::anon_send(uut, settle_atom_v, std::string{"1"});
  caf::anon_send(uut, settle_atom_v, std::string{"2"});
  settle();
  CAF_CHECK_EQUAL(broker.count("settle 0 1"), 1);
}

CAF_TEST(with a folder for its packets the session outlives a client that is left behind) {
  settings.packets = "somewhere";
  broker.acknowledges = false;
  start();
  open();
  alarm("1", 60s);
  broker.kept_packets["1"] = false;
  broker.session_present = true;
  caf::anon_send(uut, client_published{broker.at(0).options().id, greeting_ticket, false, true,
                                       "socket error"});
  broker.cut();
  pass(3s);
  CAF_CHECK(!broker.at(0).options().clean_start);
  CAF_CHECK_EQUAL(broker.on("fire/trigger").size(), 1u);
  broker.free_abandoned();
}

CAF_TEST(a filter that comes during the subscription is not forgotten) {
  broker.answers_subscriptions = false;
  start();
  listen("a");
  open();
  listen("b");
  CAF_CHECK_EQUAL(broker.count("subscribe 0 b"), 1);
}

CAF_TEST(live is dropped and latest kept while the link is down) {
  start();
  publish(delivery::live, "rate", "1");
  publish(delivery::latest, "state", "1");
  publish(delivery::latest, "state", "2");
  open();
  CAF_CHECK_EQUAL(broker.on("rate").size(), 0u);
  CAF_REQUIRE_EQUAL(broker.on("state").size(), 1u);
  CAF_CHECK_EQUAL(broker.retained["state"], "2");
}

// -- the end -------------------------------------------------------------------------

CAF_TEST(a presence topic may have a word of its own for offline) {
  settings.farewells["system/camera_detector/lwt"] = "gone";
  start();
  open();
  CAF_CHECK_EQUAL(broker.at(1).options().will_payload, "gone");
  CAF_CHECK_EQUAL(broker.at(0).options().will_payload, "offline");
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "online");
  begin_close(1s);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "gone");
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
}

CAF_TEST(close delivers alarms first and says offline last) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 120s);
  const auto ticket = broker.on("fire/trigger")[0].ticket;
  begin_close(1s);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "online");
  broker.acknowledges = true;
  broker.at(0).acknowledge(ticket);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "offline");
  CAF_CHECK_EQUAL(broker.count("disconnect 0"), 1);
  CAF_CHECK_EQUAL(broker.count("disconnect 1"), 1);
  CAF_CHECK(!alive());
}

CAF_TEST(close waits for nobody longer than its deadline) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 120s);
  begin_close(1s);
  pass(550ms);
  CAF_CHECK(alive());
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "online");
  pass(100ms);
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  CAF_CHECK(alive());
  pass(400ms);
  CAF_CHECK(!alive());
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "offline");
}

CAF_TEST(an alarm that expires during the flush leaves the farewell to be said) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 300ms);
  begin_close(10s);
  pass(400ms);
  CAF_CHECK_EQUAL(deliveries.expired.size(), 1u);
  CAF_CHECK_EQUAL(broker.count("publish 0 system/fire_consensus/lwt offline"), 1);
}

CAF_TEST(a service that is lost during the flush does not begin the farewell) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 60s);
  begin_close(10s);
  settle();
  broker.cut(1);
  pass(1s);
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "online");
  // Nor is it dialled again.
  open();
  pass(2s);
  CAF_CHECK_EQUAL(broker.count("connect 1"), 1);
}

CAF_TEST(close is answered however often it is asked for) {
  broker.acknowledges = false;
  start();
  open();
  int answers = 0;
  const auto asker = [](caf::event_based_actor* me, const connection_actor& whom, int* log) {
    me->request(whom, caf::infinite, close_atom_v, timespan{1s})
        .then([log](done_atom) { ++*log; }, [](const caf::error&) {});
  };
  own(sys.spawn(asker, uut, &answers));
  settle();
  own(sys.spawn(asker, uut, &answers));
  pass(2s);
  CAF_CHECK_EQUAL(answers, 2);
}

CAF_TEST(an alarm that expires during the farewell ends its connection) {
  broker.acknowledges = false;
  start();
  open();
  alarm("fire-1", 300ms);
  begin_close(1s);
  pass(250ms);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 0);
  pass(100ms);
  CAF_CHECK_EQUAL(broker.count("destroy 0"), 1);
  CAF_CHECK_EQUAL(broker.count("disconnect 0"), 0);
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  CAF_CHECK_EQUAL(deliveries.expired.size(), 1u);
  pass(1s);
  CAF_CHECK(!alive());
  CAF_CHECK_EQUAL(broker.misdirected, 0);
}

CAF_TEST(close while connecting ends at once and nothing is said) {
  broker.connects = fake_broker::mood::silent;
  start();
  open();
  // It has nowhere to go in this process.
  alarm("fire-1", 60s);
  begin_close(1s);
  settle();
  CAF_CHECK(!alive());
  CAF_CHECK_EQUAL(broker.publications.size(), 0u);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
}

// Its client may have repeated the `online` of an earlier link before the broker answered.
CAF_TEST(a stop during the subscription says offline) {
  start();
  listen("a");
  open();
  broker.session_present = true;
  broker.answers_subscriptions = false;
  broker.cut();
  pass(2s);
  CAF_REQUIRE_EQUAL(broker.count("connect 0"), 2);
  broker.retained["system/fire_consensus/lwt"] = "online";
  begin_close(1s);
  pass(2s);
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  CAF_CHECK_EQUAL(broker.count("disconnect 0"), 1);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
  CAF_CHECK(!alive());
}

CAF_TEST(an actor that is killed during the subscription says offline) {
  start();
  listen("a");
  open();
  broker.session_present = true;
  broker.answers_subscriptions = false;
  broker.cut();
  pass(2s);
  broker.retained["system/fire_consensus/lwt"] = "online";
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
}

CAF_TEST(nothing is published or dialled after the disconnect) {
  start();
  open();
  const auto events = broker.at(0).events();
  const auto id = broker.at(0).options().id;
  begin_close(1s);
  publish(delivery::latest, "late", "1");
  settle();
  const auto size = broker.log.size();
  // Callbacks that were under way while the actor stopped.
  caf::anon_send(events, client_lost{id, "too late"});
  caf::anon_send(events, client_connected{id, false});
  caf::anon_send(events, client_published{id, 7, true, false, {}});
  caf::anon_send(events, message("a"));
  pass(5s);
  CAF_CHECK_EQUAL(broker.log.size(), size);
  CAF_CHECK(broker.log.back().rfind("destroy", 0) == 0);
}

CAF_TEST(a link lost during the farewell ends the farewell) {
  broker.acknowledges = false;
  start();
  open();
  begin_close(10s);
  settle();
  CAF_CHECK(alive());
  // The one with the traffic goes first.
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "online");
  publish(delivery::latest, "state", "after offline");
  CAF_CHECK_EQUAL(broker.on("state").size(), 0u);
  broker.cut(0);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "offline");
  CAF_CHECK(alive());
  broker.cut(1);
  settle();
  CAF_CHECK(!alive());
}

CAF_TEST(an actor that is killed says offline all the same) {
  start();
  open();
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  CAF_CHECK_EQUAL(broker.retained["system/fire_consensus/lwt"], "offline");
  CAF_CHECK_EQUAL(broker.retained["system/camera_detector/lwt"], "offline");
}

CAF_TEST(an actor that is killed says offline of a quiet service too) {
  settings.presence_topics = {"a/lwt", "bridge/state", "c/lwt"};
  settings.quiet_presence = {"bridge/state", "c/lwt"};
  start();
  open();
  broker.connects = fake_broker::mood::silent;
  broker.cut(1);
  settle();
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  CAF_REQUIRE_EQUAL(broker.on("bridge/state").size(), 1u);
  CAF_CHECK(broker.on("bridge/state")[0].endpoint == 0u);
  CAF_REQUIRE_EQUAL(broker.on("c/lwt").size(), 1u);
  CAF_CHECK(broker.on("c/lwt")[0].endpoint == 2u);
}

CAF_TEST(generations of a second connection actor do not repeat those of the first) {
  settings.generation_base = std::uint64_t{1} << 32;
  start();
  open();
  CAF_REQUIRE_EQUAL(links.ups.size(), 1u);
  CAF_CHECK(links.ups[0].generation > settings.generation_base);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace connection_test
