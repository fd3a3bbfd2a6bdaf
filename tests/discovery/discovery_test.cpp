#undef CAF_SUITE
#define CAF_SUITE discovery

#include "actors/discovery/discovery.hpp"

#include "actors/connection/topic_filter.hpp"
#include "actors/discovery/argusai.hpp"
#include "actors/discovery/device_documents.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"
#include "tests/home_assistant/checker.hpp"

namespace discovery_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

// A connection and its broker as far as retained messages go: it tells everybody who listens what
// is published, and what it retains to those who begin to.
struct retaining_broker {
  struct sent {
    monotonic at{};
    publication what;
  };

  bool up = false;
  std::uint64_t generation = 0;
  bool acknowledges = true;
  std::map<std::string, std::string> retained;
  std::vector<sent> log;
  std::vector<link_listener> links;
  std::map<std::string, inbound_listener> routes;
  std::vector<caf::typed_response_promise<done_atom>> open;
  // Something was published without a link.
  int misdirected = 0;
  // What was published on topics that no prefix goes before, and those of them that are forbidden.
  std::vector<publication> beyond_prefix;
  std::set<std::string> forbidden;
  connection_actor self;

  void deliver(const std::string& topic, const std::string& payload, bool flag) const {
    for (const auto& [filter, listener] : routes)
      if (matches(filter, topic)) {
        inbound message;
        message.topic = topic;
        message.payload = payload;
        message.size = payload.size();
        message.qos = 1;
        message.retained = flag;
        caf::anon_send(listener, message);
      }
  }

  void deliver_retained(const std::string& filter) const {
    for (const auto& [topic, payload] : retained)
      if (matches(filter, topic))
        deliver(topic, payload, true);
  }

  void publish(const std::string& topic, const std::string& payload, bool retain) {
    if (retain && payload.empty())
      retained.erase(topic);
    else if (retain)
      retained[topic] = payload;
    deliver(topic, payload, false);
  }

  void connect() {
    up = true;
    ++generation;
    for (const auto& [filter, listener] : routes)
      deliver_retained(filter);
    for (const auto& x : links)
      caf::anon_send(x, link_up{generation, "5", false});
  }

  void cut() {
    up = false;
    caf::anon_send(self, settle_atom_v, std::string{"cut"});
    for (const auto& x : links)
      caf::anon_send(x, link_down{generation, "cut by the test"});
  }

  void acknowledge() { caf::anon_send(self, settle_atom_v, std::string{"acknowledge"}); }

  // In the actor that was asked.
  void answer(bool acknowledged) {
    for (auto& x : std::exchange(open, {})) {
      if (acknowledged)
        x.deliver(done_atom_v);
      else
        x.deliver(caf::make_error(caf::sec::runtime_error, "the link has ended"));
    }
  }
};

connection_actor::behavior_type retaining_connection(connection_actor::pointer self,
                                                     retaining_broker* broker) {
  return {
      [=](listen_atom, const link_listener& who) {
        broker->links.push_back(who);
        if (broker->up)
          self->send(who, link_up{broker->generation, "5", false});
        else
          self->send(who, link_down{broker->generation, "not yet"});
      },
      [=](listen_atom, const std::string& filter, std::uint8_t,
          const std::vector<inbound_listener>& who) {
        broker->routes[filter] = who.front();
        if (broker->up)
          broker->deliver_retained(filter);
      },
      [=](leave_atom, const std::string& filter) { broker->routes.erase(filter); },
      [=](publish_atom, const publication& what) {
        auto promise = self->make_response_promise<done_atom>();
        if (!broker->up) {
          promise.deliver(caf::make_error(caf::sec::runtime_error, "there is no link"));
          return promise;
        }
        if (!what.prefixed) {
          broker->beyond_prefix.push_back(what);
          if (broker->forbidden.count(what.topic) != 0)
            promise.deliver(caf::make_error(caf::sec::runtime_error, "not authorized"));
          else if (broker->acknowledges)
            promise.deliver(done_atom_v);
          else
            broker->open.push_back(promise);
          return promise;
        }
        broker->log.push_back({self->clock().now().time_since_epoch(), what});
        broker->publish(what.topic, what.payload, what.retain);
        if (broker->acknowledges)
          promise.deliver(done_atom_v);
        else
          broker->open.push_back(promise);
        return promise;
      },
      [=](const publication& what) {
        if (!broker->up) {
          ++broker->misdirected;
          return;
        }
        broker->log.push_back({self->clock().now().time_since_epoch(), what});
        broker->publish(what.topic, what.payload, what.retain);
      },
      [](const publication&, const delivery_listener&) {},
      [=](settle_atom, const std::string& what) { broker->answer(what == "acknowledge"); },
      [](open_atom) {},
      [](hold_atom) { return done_atom_v; },
      [](close_atom, timespan) { return done_atom_v; },
      [](figures_atom) { return link_figures{}; },
      [](const endpoint_tick&) {},
      [](const expiry_tick&) {},
      [](const resend_tick&) {},
      [](const closing_tick&) {},
      [](const client_connected&) {},
      [](const client_failed&) {},
      [](const client_lost&) {},
      [](const client_subscribed&) {},
      [](const client_published&) {},
      [](const client_note&) {},
      [](const client_shed&) {},
      [](const inbound&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

// A form with a document and a state for the house, and those and an availability for a camera.
class plain_form : public presentation {
public:
  explicit plain_form(discovery_settings settings) : settings_(std::move(settings)) {}

  std::vector<retained_message> of_hub(const hub_view& hub) const override {
    return {{document_topic(""), document("", "house"), message_class::document},
            {settings_.base_topic + "/consensus/state",
             json{{"state", hub.state}, {"notices", hub.notices.size()}}.dump(),
             message_class::state}};
  }

  std::vector<retained_message> states_of(const camera_view& camera,
                                          unix_seconds now) const override {
    const auto base = settings_.base_topic + "/camera/" + camera.key;
    return {
        {base + "/availability", camera.online ? "online" : "offline", message_class::availability},
        {base + "/state",
         R"({"seen":)" + std::to_string(camera.detections_today) + R"(,"updated_at":)"
             + std::to_string(now) + "}",
         message_class::state}};
  }

  std::vector<retained_message> documents_of(const document_facts& camera) const override {
    if (!camera.announced)
      return {};
    ++documents_made;
    return {{document_topic("_" + camera.key), document(camera.key, camera.name),
             message_class::document}};
  }

  static inline int documents_made = 0;

  std::vector<passing_message> of_event(const house_event& event) const override {
    if (event.what != house_event::kind::detection)
      return {};
    return {{settings_.base_topic + "/camera/" + event.camera + "/event", event.id, 1, false,
             std::chrono::seconds{60}}};
  }

  presence daemon_presence() const override {
    if (settings_.mode == discovery_mode::argusai)
      return {settings_.argusai.topic_prefix + "/status", "here", "away"};
    return {settings_.base_topic + "/bridge/state"};
  }

  std::vector<std::string> document_filters() const override {
    return {settings_.discovery_prefix + "/device/+/config"};
  }

  bool is_ours(std::string_view, std::string_view payload) const override {
    const auto x = json::parse(payload, nullptr, false);
    return x.is_object() && x.value("origin", "") == "Firefinder"
           && x.value("instance", "") == settings_.instance;
  }

private:
  std::string document_topic(const std::string& what) const {
    return settings_.discovery_prefix + "/device/ff_" + settings_.instance + what + "/config";
  }
  std::string document(const std::string& key, const std::string& name) const {
    return json{{"origin", "Firefinder"},
                {"instance", settings_.instance},
                {"key", key},
                {"name", name},
                {"base", settings_.base_topic}}
        .dump();
  }

  discovery_settings settings_;
};

struct answer_log {
  std::vector<std::string> answers;
  std::vector<std::string> refusals;
};

// Asks, and notes what it hears.
template <class Order>
void ask(caf::event_based_actor* self, discovery_actor whom, Order order, answer_log* log) {
  self->request(whom, caf::infinite, order)
      .then([log](const std::string& x) { log->answers.push_back(x); },
            [log](const caf::error& why) {
              log->refusals.push_back(why.context().match_elements<std::string>()
                                          ? why.context().get_as<std::string>(0)
                                          : "");
            });
}

constexpr auto presence_topic = "firefinder/bridge/state";
constexpr auto birth_topic = "homeassistant/status";
constexpr auto hub_document = "homeassistant/device/ff_main/config";

struct fixture : actor_fixture {
  retaining_broker broker;
  store_log stored;
  discovery_settings settings;
  answer_log asked;
  connection_actor connection_hdl;
  store_actor store_hdl;
  discovery_actor uut;
  discovery_figures shown;
  /// The forms of the daemon, not plain ones.
  bool real_forms = false;
  /// The decision tells how the house stands as soon as it is asked.
  bool house_is_told = true;

  fixture() {
    settings.local_day = [](unix_seconds t) { return static_cast<std::int64_t>(t / 86'400); };
    settings.birth_delay_min = 1s;
    settings.birth_delay_max = 3s;
  }

  ~fixture() { caf::anon_send_exit(uut, caf::exit_reason::kill); }

  void start(bool with_store = true) {
    connection_hdl = own(sys.spawn(retaining_connection, &broker));
    broker.self = connection_hdl;
    store_hdl = own(sys.spawn(fake_store, &stored));
    presentations forms;
    forms.make = [x = settings](discovery_mode) -> std::unique_ptr<presentation> {
      return std::make_unique<plain_form>(x);
    };
    forms.make_of_instance = [x = settings](const std::string& instance) {
      auto other = x;
      other.instance = instance;
      return make_argusai_presentation(other, make_device_presentation(other));
    };
    if (real_forms) {
      forms.make = [x = settings](discovery_mode mode) {
        auto device = make_device_presentation(x);
        return mode == discovery_mode::argusai ? make_argusai_presentation(x, std::move(device))
                                               : std::move(device);
      };
      forms.make_migrated = [x = settings](const std::set<std::string>& keys) {
        auto migrated = x;
        migrated.mode = discovery_mode::device;
        return make_migrated_presentation(migrated, make_device_presentation(migrated), keys);
      };
    }
    uut = own(sys.spawn(discovery, settings, forms, wall()));
    if (with_store)
      caf::anon_send(uut, attach_atom_v, store_hdl);
    caf::anon_send(uut, attach_atom_v, connection_hdl);
    if (house_is_told)
      caf::anon_send(uut, house_state{});
    settle();
  }

  void end_process() {
    caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
    settle();
    broker.cut();
    broker.links.clear();
    broker.routes.clear();
    settle();
  }

  // The process ends, and another one begins.
  void restart() {
    end_process();
    start();
  }

  // The other one is of another instance, with a store of its own.
  void restart_as(const std::string& instance) {
    end_process();
    stored.records.clear();
    settings.instance = instance;
    start();
  }

  void connect() {
    broker.connect();
    settle();
  }
  void cut() {
    broker.cut();
    settle();
  }

  void camera(const std::string& key, bool online = true, const std::string& name = {}) {
    house_camera x;
    x.id = x.key = key;
    x.name = name.empty() ? key : name;
    x.expected = true;
    x.online = online;
    caf::anon_send(uut, house_cameras{{x}});
  }
  void cameras(int count) {
    for (int i = 0; i < count; ++i)
      camera("cam" + std::to_string(i));
    settle();
  }
  void gone(const std::string& key) {
    caf::anon_send(uut, house_camera_gone{key, {}});
    settle();
  }
  void sees(const std::string& key) {
    camera_sight x;
    x.camera = key;
    x.at = wall()();
    x.holds = 10s;
    caf::anon_send(uut, camera_sights{{x}});
    settle();
  }
  void order(announce_order what) { sys.spawn(ask<announce_order>, uut, what, &asked); }
  void forget(const std::string& instance) {
    sys.spawn(ask<forget_order>, uut, forget_order{instance}, &asked);
  }

  void hear(const std::string& topic, const std::string& payload, bool retained = false) {
    broker.deliver(topic, payload, retained);
    settle();
  }

  const discovery_figures& figures() {
    caf::scoped_actor asker{sys};
    asker->send(uut, figures_atom_v);
    settle();
    asker->receive([this](const discovery_figures& x) { shown = x; });
    return shown;
  }

  // What stands at the broker under this.
  std::set<std::string> standing(const std::string& under = {}) const {
    std::set<std::string> result;
    for (const auto& [topic, payload] : broker.retained)
      if (topic.compare(0, under.size(), under) == 0)
        result.insert(topic);
    return result;
  }

  static std::set<std::string> all_of(const std::vector<std::string>& keys,
                                      const std::string& disc = "homeassistant",
                                      const std::string& base = "firefinder") {
    std::set<std::string> result{base + "/bridge/state", base + "/consensus/state",
                                 disc + "/device/ff_main/config"};
    for (const auto& key : keys) {
      result.insert(base + "/camera/" + key + "/state");
      result.insert(base + "/camera/" + key + "/availability");
      result.insert(disc + "/device/ff_main_" + key + "/config");
    }
    return result;
  }

  long sent(const std::string& topic) const {
    return std::ranges::count_if(broker.log, [&](const auto& x) { return x.what.topic == topic; });
  }

  std::vector<std::string> records() const {
    std::vector<std::string> result;
    for (const auto& [key, value] : stored.records)
      if (key.first == record_kind::announcement)
        result.push_back(key.second + " " + value.substr(0, value.find(' ')));
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(discovery_tests, fixture)

CAF_TEST(nothing is announced before the decision has told how the house stands) {
  house_is_told = false;
  start();
  camera("north");
  connect();
  pass(3s);
  CAF_CHECK(broker.retained.empty());
  house_state told;
  told.trigger_count = 17;
  caf::anon_send(uut, told);
  pass(1s);
  CAF_CHECK(!broker.retained.empty());
}

CAF_TEST(a decision that says nothing does not keep everything from being announced) {
  house_is_told = false;
  start();
  connect();
  pass(5900ms);
  CAF_CHECK(broker.retained.empty());
  pass(1s);
  CAF_CHECK(!broker.retained.empty());
}

CAF_TEST(everything is announced when there is a link and not before) {
  start();
  cameras(2);
  pass(10s);
  CAF_CHECK(broker.log.empty());
  connect();
  CAF_CHECK(standing() == all_of({"cam0", "cam1"}));
  CAF_CHECK_EQUAL(broker.log.back().what.topic, presence_topic);
  CAF_CHECK_EQUAL(sent(presence_topic), 1);
  for (const auto& x : broker.log) {
    CAF_CHECK(x.what.retain);
    CAF_CHECK_EQUAL(x.what.qos, 1);
    CAF_CHECK(x.what.outdated_after == 0s);
  }
  CAF_CHECK(figures().complete);
  CAF_CHECK_EQUAL(figures().documents, 3u);
  CAF_CHECK_EQUAL(figures().cameras, 2u);
  CAF_CHECK_EQUAL(figures().pending, 0u);
  CAF_CHECK_EQUAL(figures().mode, "device");
  CAF_CHECK_EQUAL(broker.misdirected, 0);
}

CAF_TEST(twenty cameras take a second at most and five hundred ten) {
  // The last of 501 documents cannot be sooner, at 50 a second.
  const std::map<int, timespan> limits{{20, 1s}, {500, 10s + 100ms}};
  for (const auto& [count, limit] : limits) {
    stored = {};
    broker = {};
    if (uut)
      caf::anon_send_exit(uut, caf::exit_reason::kill);
    start();
    cameras(count);
    connect();
    pass(limit, 10ms);
    CAF_CHECK(figures().complete);
    CAF_CHECK_EQUAL(standing("homeassistant/").size(), static_cast<std::size_t>(count + 1));
    CAF_CHECK_EQUAL(broker.log.size(), static_cast<std::size_t>(3 * count + 3));
    CAF_CHECK_EQUAL(broker.log.back().what.topic, presence_topic);
  }
}

CAF_TEST(a large house is announced at the pace of its documents) {
  real_forms = true;
  for (const auto mode : {discovery_mode::device, discovery_mode::argusai}) {
    stored = {};
    broker = {};
    if (uut)
      caf::anon_send_exit(uut, caf::exit_reason::kill);
    settings.mode = mode;
    start();
    cameras(mode == discovery_mode::device ? 500 : 84);
    connect();
    pass(15s, 10ms);
    hear(birth_topic, "online");
    pass(20s, 10ms);
    CAF_CHECK_EQUAL(figures().announcements, 2u);
    CAF_CHECK(figures().complete);
    checker_settings expected;
    if (mode == discovery_mode::argusai) {
      expected.compat = true;
      expected.base_topic = "liveobject";
      expected.presence_topic = "liveobject/status";
    }
    checker judge{expected};
    std::size_t documents = 0;
    for (const auto& x : broker.log) {
      documents += x.what.topic.starts_with("homeassistant/") ? 1 : 0;
      judge.published({x.what.topic, x.what.payload, x.what.qos, x.what.retain,
                       x.what.outdated_after > 0s ? std::optional{static_cast<std::uint32_t>(
                           x.what.outdated_after.count())}
                                                  : std::nullopt,
                       std::chrono::duration_cast<std::chrono::milliseconds>(x.at)});
    }
    CAF_CHECK_EQUAL(documents, 2u * (mode == discovery_mode::device ? 501 : 504));
    std::string pace;
    for (const auto& x : judge.findings())
      if (x.rule == "documents are paced")
        pace += to_string(x) + '\n';
    CAF_CHECK_EQUAL(pace, "");
  }
}

CAF_TEST(an announcement that is asked for before any connection waits for one) {
  start();
  camera("north");
  order(announce_order::publish);
  order(announce_order::publish);
  pass(3s);
  CAF_CHECK_EQUAL(asked.answers.size(), 2u);
  CAF_CHECK_EQUAL(json::parse(asked.answers.at(0))["link"].get<bool>(), false);
  CAF_CHECK(broker.log.empty());
  connect();
  pass(5s);
  CAF_CHECK_EQUAL(sent(hub_document), 1);
  CAF_CHECK_EQUAL(figures().announcements, 1u);
}

CAF_TEST(two that are asked for at once by two actors are two in a row) {
  start();
  camera("north");
  connect();
  pass(5s);
  order(announce_order::publish);
  order(announce_order::publish);
  pass(5s);
  CAF_CHECK_EQUAL(asked.answers.size(), 2u);
  CAF_CHECK(asked.refusals.empty());
  CAF_CHECK_EQUAL(sent(hub_document), 3);
  CAF_CHECK(figures().complete);
}

CAF_TEST(the end may come in the middle of an announcement) {
  start();
  cameras(100);
  broker.acknowledges = false;
  connect();
  order(announce_order::publish);
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  settle();
  const auto before = broker.log.size();
  broker.acknowledge();
  pass(30s);
  CAF_CHECK_EQUAL(broker.log.size(), before);
  CAF_CHECK_EQUAL(sent(presence_topic), 0);
}

CAF_TEST(a link that comes back in the middle begins anew) {
  start();
  cameras(30);
  broker.acknowledges = false;
  connect();
  pass(100ms);
  CAF_CHECK_EQUAL(broker.log.size(), announcer::window);
  cut();
  pass(20s);
  CAF_CHECK_EQUAL(broker.log.size(), announcer::window);
  broker.acknowledges = true;
  broker.log.clear();
  connect();
  // The same again, and a late word of the link before.
  caf::anon_send(uut, link_up{broker.generation, "5", false});
  caf::anon_send(uut, link_down{broker.generation - 1, "late"});
  pass(2s);
  CAF_CHECK(figures().complete);
  CAF_CHECK_EQUAL(broker.log.size(), 93u);
  CAF_CHECK_EQUAL(sent(presence_topic), 1);
  caf::anon_send(uut, link_down{broker.generation, "twice"});
  caf::anon_send(uut, link_down{broker.generation, "twice"});
  pass(2s);
  CAF_CHECK(!figures().complete);
}

CAF_TEST(a thousand flaps leave exactly what is to be there) {
  start();
  // What is to be there, kept apart from those who bring it about.
  std::map<std::string, std::string> names;
  const auto tell = [&](const std::string& key, bool online, const std::string& name) {
    camera(key, online, name);
    names[key] = name;
  };
  for (int i = 0; i < 5; ++i)
    tell("cam" + std::to_string(i), true, "Camera " + std::to_string(i));
  settle();
  connect();
  pass(1s);
  const auto timers_before = timers();
  std::map<std::string, bool> there;
  for (const auto& [key, name] : names)
    there[key] = true;
  for (int i = 0; i < 1'000; ++i) {
    cut();
    const auto key = "cam" + std::to_string(i % 7);
    if (i % 3 == 0) {
      gone(key);
      names.erase(key);
    } else {
      tell(key, i % 2 == 0, "Name " + std::to_string(i));
      there[key] = i % 2 == 0;
    }
    broker.acknowledges = i % 4 != 0;
    connect();
    if (i % 5 == 0)
      hear(birth_topic, "online");
    if (i % 10 == 0)
      pass(100ms);
  }
  broker.acknowledges = true;
  cut();
  connect();
  pass(60s);
  CAF_CHECK(timers() <= timers_before + 2);
  CAF_CHECK(figures().complete);
  CAF_CHECK_EQUAL(figures().removals_pending, 0u);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
  CAF_CHECK_EQUAL(figures().cameras, names.size());
  CAF_CHECK(names.size() >= 3 && names.size() < 7);
  std::vector<std::string> keys;
  for (const auto& [key, name] : names)
    keys.push_back(key);
  CAF_CHECK(standing() == all_of(keys));
  CAF_CHECK_EQUAL(records().size(), all_of(keys).size());
  for (const auto& [key, name] : names) {
    const auto document
        = json::parse(broker.retained["homeassistant/device/ff_main_" + key + "/config"]);
    CAF_CHECK_EQUAL(document["key"], key);
    CAF_CHECK_EQUAL(document["name"], name);
    CAF_CHECK_EQUAL(broker.retained["firefinder/camera/" + key + "/availability"],
                    there[key] ? "online" : "offline");
    CAF_CHECK_EQUAL(
        json::parse(broker.retained["firefinder/camera/" + key + "/state"]).value("seen", -1), 0);
  }
  CAF_CHECK_EQUAL(broker.retained[presence_topic], "online");
  // Once more, and there is nothing to be found that was forgotten.
  const auto before = broker.retained;
  broker.retained.clear();
  cut();
  connect();
  pass(60s);
  CAF_CHECK(broker.retained == before);
}

// -- Home Assistant -----------------------------------------------------------------------------

CAF_TEST(three births in a second are met by one announcement of the same bytes) {
  start();
  cameras(3);
  connect();
  pass(5s);
  const auto first = broker.log;
  broker.log.clear();
  const auto start_of_birth = now();
  for (int i = 0; i < 3; ++i) {
    hear(birth_topic, "online");
    pass(300ms);
  }
  pass(20s);
  CAF_REQUIRE_EQUAL(broker.log.size(), first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CAF_CHECK_EQUAL(broker.log[i].what.topic, first[i].what.topic);
    CAF_CHECK_EQUAL(broker.log[i].what.payload, first[i].what.payload);
  }
  CAF_CHECK(broker.log.front().at - start_of_birth >= settings.birth_delay_min);
  CAF_CHECK(broker.log.front().at - start_of_birth <= settings.birth_delay_max + 50ms);
  CAF_CHECK_EQUAL(figures().births, 1u);
}

CAF_TEST(a birth of unknown age and a word that is none mean nothing) {
  start();
  camera("north");
  connect();
  pass(5s);
  broker.log.clear();
  hear(birth_topic, "online", true);
  hear(birth_topic, "offline", true);
  hear(birth_topic, "");
  hear(birth_topic, std::string(max_payload_bytes + 1, 'x'));
  pass(60s);
  CAF_CHECK(broker.log.empty());
}

CAF_TEST(that home assistant goes is counted and nothing else) {
  start();
  camera("north");
  connect();
  pass(5s);
  broker.log.clear();
  hear(birth_topic, "offline");
  hear(birth_topic, "offline");
  hear(birth_topic, "offline", true);
  pass(60s);
  CAF_CHECK(broker.log.empty());
  CAF_CHECK_EQUAL(figures().departures, 2u);
  CAF_CHECK_EQUAL(figures().births, 0u);
}

CAF_TEST(offline said over us is contradicted within a second) {
  start();
  connect();
  pass(5s);
  broker.log.clear();
  broker.publish(presence_topic, "offline", true);
  settle();
  pass(1s);
  CAF_CHECK_EQUAL(sent(presence_topic), 1);
  CAF_CHECK_EQUAL(broker.retained[presence_topic], "online");
  for (int i = 0; i < 100; ++i) {
    broker.publish(presence_topic, "offline", true);
    pass(50ms);
  }
  pass(2s);
  CAF_CHECK(sent(presence_topic) <= 8);
  CAF_CHECK_EQUAL(broker.retained[presence_topic], "online");
}

CAF_TEST(a device that a person deletes comes back with the next announcement) {
  start();
  camera("north");
  connect();
  pass(6s);
  broker.log.clear();
  const std::string topic = "homeassistant/device/ff_main_north/config";
  for (int i = 0; i < 3; ++i) {
    broker.publish(topic, "", true);
    settle();
  }
  pass(20s);
  CAF_CHECK_EQUAL(sent(topic), 0);
  CAF_REQUIRE_EQUAL(sent("firefinder/bridge/event"), 1);
  CAF_CHECK(!broker.log.front().what.retain);
  CAF_CHECK_EQUAL(json::parse(broker.log.front().what.payload)["data"]["topic"].get<std::string>(),
                  topic);
  hear(birth_topic, "online");
  pass(10s);
  CAF_CHECK_EQUAL(standing().count(topic), 1u);
  // What we take away ourselves is no such thing.
  gone("north");
  pass(2s);
  CAF_CHECK_EQUAL(sent("firefinder/bridge/event"), 1);
}

// -- what comes and goes ------------------------------------------------------------------

CAF_TEST(a camera that comes is announced at once and one that goes leaves nothing) {
  start();
  camera("north");
  connect();
  pass(6s);
  camera("south");
  settle();
  CAF_CHECK(standing() == all_of({"north", "south"}));
  gone("north");
  pass(100ms);
  CAF_CHECK(standing() == all_of({"south"}));
  CAF_CHECK_EQUAL(records().size(), 6u);
}

CAF_TEST(a removal without a link is made up for after a restart) {
  start();
  cameras(2);
  connect();
  pass(6s);
  cut();
  gone("cam0");
  pass(1s);
  restart();
  camera("cam1");
  settle();
  connect();
  pass(1s);
  CAF_CHECK(standing() == all_of({"cam1"}));
  CAF_CHECK_EQUAL(records().size(), 6u);
}

CAF_TEST(a camera of the time before may take minutes to be heard of) {
  start();
  cameras(2);
  connect();
  pass(6s);
  restart();
  connect();
  pass(20s);
  CAF_CHECK(standing() == all_of({"cam0", "cam1"}));
  camera("cam1");
  pass(6min, 1s);
  CAF_CHECK(standing() == all_of({"cam1"}));
  CAF_CHECK_EQUAL(records().size(), 6u);
}

CAF_TEST(orphans of ours are cleared and nothing else) {
  const auto foreign = json{{"origin", "zigbee2mqtt"}, {"instance", "main"}}.dump();
  const auto another = json{{"origin", "Firefinder"}, {"instance", "other"}}.dump();
  const auto ours = json{{"origin", "Firefinder"}, {"instance", "main"}}.dump();
  broker.retained = {{"homeassistant/device/ff_main_old/config", ours},
                     {"homeassistant/device/ff_main_north/config", ours},
                     {"homeassistant/device/ff_other_old/config", another},
                     {"homeassistant/device/ff_main_strange/config", foreign},
                     {"homeassistant/device/ff_main_broken/config", "{"}};
  start();
  camera("north");
  connect();
  pass(4s);
  CAF_CHECK_EQUAL(standing().count("homeassistant/device/ff_main_old/config"), 1u);
  pass(2s);
  auto expected = all_of({"north"});
  expected.insert("homeassistant/device/ff_other_old/config");
  expected.insert("homeassistant/device/ff_main_strange/config");
  expected.insert("homeassistant/device/ff_main_broken/config");
  CAF_CHECK(standing() == expected);
  // Later ones are not looked for.
  broker.retained["homeassistant/device/ff_main_late/config"] = ours;
  cut();
  connect();
  pass(20s);
  CAF_CHECK_EQUAL(standing().count("homeassistant/device/ff_main_late/config"), 1u);
}

CAF_TEST(announcements are taken back until they are asked for again) {
  start();
  camera("north");
  connect();
  pass(6s);
  order(announce_order::clear);
  pass(1s);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK_EQUAL(standing("firefinder/").size(), 4u);
  CAF_REQUIRE_EQUAL(asked.answers.size(), 1u);
  CAF_CHECK_EQUAL(json::parse(asked.answers[0])["enabled"].get<bool>(), false);
  CAF_CHECK(!json::parse(asked.answers[0]).contains("warning"));
  CAF_CHECK(!figures().enabled);

  restart();
  camera("north");
  connect();
  pass(10s);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK(figures().complete);
  // Our own topics go on.
  broker.log.clear();
  sees("north");
  pass(2s);
  CAF_CHECK_EQUAL(sent("firefinder/camera/north/state"), 1);

  order(announce_order::publish);
  pass(2s);
  CAF_CHECK(standing() == all_of({"north"}));
  restart();
  connect();
  pass(1s);
  CAF_CHECK(figures().enabled);
}

CAF_TEST(that announcements were taken back is told) {
  real_forms = true;
  start();
  camera("north");
  connect();
  pass(5s);
  const auto told = [this] {
    return json::parse(broker.retained["firefinder/bridge/info"])["discovery"]["enabled"];
  };
  CAF_CHECK_EQUAL(told(), true);
  order(announce_order::clear);
  pass(2s);
  CAF_CHECK_EQUAL(told(), false);
  restart();
  camera("north");
  connect();
  pass(5s);
  CAF_CHECK_EQUAL(told(), false);
  order(announce_order::publish);
  pass(2s);
  CAF_CHECK_EQUAL(told(), true);
}

CAF_TEST(what another instance has left is cleared when somebody wants it) {
  real_forms = true;
  settings.instance = "old";
  start();
  camera("north");
  connect();
  pass(5s);
  broker.cut();
  settle();
  const auto of_old = standing("homeassistant/device/ff_old");
  CAF_REQUIRE_EQUAL(of_old.size(), 2u);
  // Those of one whose name begins so, and of somebody else.
  auto kept = broker.retained;
  for (const auto& topic : of_old) {
    auto other = topic;
    auto payload = broker.retained[topic];
    for (auto* text : {&other, &payload})
      for (std::size_t at = 0; (at = text->find("ff_old", at)) != std::string::npos; at += 8)
        text->replace(at, 6, "ff_old_2");
    kept[other] = broker.retained[other] = payload;
  }
  const std::string foreign = "homeassistant/device/ff_old_x/config";
  kept[foreign] = broker.retained[foreign] = R"({"origin":{"name":"Somebody"}})";
  const std::string single = "homeassistant/sensor/liveobject_north_event/config";
  broker.retained[single] = R"({"origin":{"name":"Firefinder old"}})";
  for (const auto& topic : of_old)
    kept.erase(topic);
  restart_as("main");
  forget("old");
  settle();
  CAF_REQUIRE_EQUAL(asked.refusals.size(), 1u);
  CAF_CHECK(asked.refusals[0].find("no link") != std::string::npos);
  camera("north");
  connect();
  pass(10min);
  CAF_CHECK(standing("homeassistant/device/ff_old").size() == 5);
  for (const auto* name : {"main", "", "Old", "a/b", "a b"}) {
    const auto before = asked.refusals.size();
    forget(name);
    settle();
    CAF_CHECK_EQUAL(asked.refusals.size(), before + 1);
  }
  forget("old");
  settle();
  forget("older");
  pass(1s);
  CAF_CHECK(asked.refusals.back().find("wait for its end") != std::string::npos);
  CAF_CHECK(asked.answers.empty());
  pass(10s);
  CAF_REQUIRE_EQUAL(asked.answers.size(), 1u);
  CAF_CHECK_EQUAL(json::parse(asked.answers[0]).value("documents", 0), 3);
  for (const auto& topic : of_old)
    CAF_CHECK_EQUAL(broker.retained.count(topic), 0u);
  CAF_CHECK_EQUAL(broker.retained.count(single), 0u);
  for (const auto& [topic, payload] : kept)
    if (topic.starts_with("homeassistant/"))
      CAF_CHECK_EQUAL(broker.retained[topic], payload);
  CAF_CHECK_EQUAL(standing("homeassistant/device/ff_main").size(), 2u);
  // What is still listened to is what the own form wants.
  CAF_CHECK_EQUAL(broker.routes.count("homeassistant/sensor/+/config"), 0u);
  CAF_CHECK_EQUAL(broker.routes.count("homeassistant/device/+/config"), 1u);
  CAF_CHECK_EQUAL(figures().removals_pending, 0u);
}

CAF_TEST(what another instance announces meanwhile is not forgotten) {
  real_forms = true;
  settings.instance = "old";
  start();
  connect();
  pass(5s);
  broker.cut();
  settle();
  restart_as("main");
  connect();
  pass(10s);
  const std::string topic = "homeassistant/device/ff_old/config";
  forget("old");
  pass(1s);
  broker.publish(topic, std::string{broker.retained[topic]}, true);
  pass(10s);
  CAF_CHECK_EQUAL(broker.retained.count(topic), 1u);
  CAF_REQUIRE_EQUAL(asked.answers.size(), 1u);
  // A link that ends ends the search.
  forget("old");
  pass(1s);
  cut();
  CAF_REQUIRE_EQUAL(asked.refusals.size(), 1u);
  CAF_CHECK(asked.refusals[0].find("has ended") != std::string::npos);
  connect();
  pass(10s);
  CAF_CHECK_EQUAL(broker.retained.count(topic), 1u);
}

CAF_TEST(mode off clears what was announced and says the rest) {
  start();
  camera("north");
  connect();
  pass(6s);
  settings.mode = discovery_mode::off;
  restart();
  camera("north");
  connect();
  pass(6s);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK_EQUAL(standing("firefinder/").size(), 4u);
  CAF_CHECK_EQUAL(broker.routes.count("homeassistant/device/+/config"), 0u);
  order(announce_order::publish);
  pass(1s);
  CAF_REQUIRE_EQUAL(asked.refusals.size(), 1u);
  CAF_CHECK(asked.refusals[0].find("home_assistant.mode") != std::string::npos);
}

CAF_TEST(other names leave nothing under the old ones) {
  start();
  cameras(2);
  connect();
  pass(6s);
  settings.discovery_prefix = "ha";
  settings.status_topic = "ha/status";
  restart();
  cameras(2);
  connect();
  // The old ones go first.
  CAF_CHECK_EQUAL(broker.retained.count(hub_document), 0u);
  pass(2s);
  CAF_CHECK(standing() == all_of({"cam0", "cam1"}, "ha"));
  settings.base_topic = "fires";
  restart();
  // The cameras are told of late.
  connect();
  pass(1s);
  cameras(2);
  pass(2s);
  CAF_CHECK(standing() == all_of({"cam0", "cam1"}, "ha", "fires"));
  CAF_CHECK_EQUAL(records().size(), 9u);
}

CAF_TEST(what stands under an earlier prefix is cleared) {
  settings.topic_prefix = "a/";
  start();
  camera("north");
  connect();
  pass(6s);
  std::set<std::string> before;
  for (const auto& x : records())
    if (x.starts_with("a/"))
      before.insert(x.substr(0, x.find(' ')));
  CAF_REQUIRE(before.size() > 2);
  settings.topic_prefix = "b/";
  restart();
  camera("north");
  connect();
  pass(6s);
  std::set<std::string> cleared;
  for (const auto& x : broker.beyond_prefix) {
    CAF_CHECK(x.retain);
    CAF_CHECK(x.payload.empty());
    cleared.insert(x.topic);
  }
  CAF_CHECK(cleared == before);
  CAF_CHECK_EQUAL(broker.beyond_prefix.size(), before.size());
  CAF_CHECK(figures().problems.empty());
  for (const auto& x : records())
    CAF_CHECK(!x.starts_with("a/"));
  // And not again.
  restart();
  camera("north");
  connect();
  pass(6s);
  CAF_CHECK_EQUAL(broker.beyond_prefix.size(), before.size());
}

CAF_TEST(what the broker does not let us clear is told and tried again) {
  settings.topic_prefix = "a/";
  start();
  camera("north");
  connect();
  pass(6s);
  const std::string kept = "a/firefinder/consensus/state";
  const auto is_of_before = [](const std::string& x) { return x.starts_with("a/"); };
  const auto all = std::ranges::count_if(records(), is_of_before);
  settings.topic_prefix = "b/";
  restart();
  broker.forbidden = {kept};
  camera("north");
  connect();
  pass(6s);
  // It does not hold up the others.
  CAF_CHECK_EQUAL(std::ssize(broker.beyond_prefix), all);
  CAF_CHECK_EQUAL(std::ranges::count_if(records(), is_of_before), 1);
  CAF_REQUIRE_EQUAL(figures().problems.size(), 1u);
  CAF_CHECK_EQUAL(shown.problems[0].code, "announcement_left");
  CAF_CHECK_EQUAL(shown.problems[0].subject, kept);
  CAF_CHECK(!shown.problems[0].trouble);
  broker.forbidden.clear();
  cut();
  connect();
  pass(6s);
  CAF_CHECK(figures().problems.empty());
  CAF_CHECK_EQUAL(std::ranges::count_if(records(), is_of_before), 0);
}

CAF_TEST(a link that ends while something of an earlier prefix is cleared is no refusal) {
  log_capture lines;
  settings.topic_prefix = "a/";
  start();
  cameras(5);
  connect();
  pass(6s);
  settings.topic_prefix = "b/";
  restart();
  broker.acknowledges = false;
  cameras(5);
  connect();
  pass(1s);
  cut();
  CAF_CHECK(figures().problems.empty());
  broker.acknowledges = true;
  connect();
  pass(6s);
  CAF_CHECK(figures().problems.empty());
  for (const auto& x : records())
    CAF_CHECK(!x.starts_with("a/"));
  CAF_CHECK_EQUAL(lines.count("does not let us clear"), 0);
}

// -- the pace and the store -----------------------------------------------------------------

CAF_TEST(every form has a word of its own that the daemon is there) {
  settings.mode = discovery_mode::argusai;
  start();
  camera("north");
  connect();
  pass(6s);
  auto expected = all_of({"north"});
  expected.insert("liveobject/status");
  CAF_CHECK(standing() == expected);
  CAF_CHECK_EQUAL(broker.retained["liveobject/status"], "here");
  CAF_CHECK_EQUAL(broker.retained[presence_topic], "online");
  broker.publish("liveobject/status", "away", true);
  pass(1s);
  CAF_CHECK_EQUAL(broker.retained["liveobject/status"], "here");
  settings.mode = discovery_mode::device;
  restart();
  camera("north");
  connect();
  pass(1s);
  CAF_CHECK(standing() == all_of({"north"}));
}

CAF_TEST(another connection takes over) {
  start();
  camera("north");
  connect();
  pass(6s);
  caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
  settle();
  broker = {};
  connection_hdl = own(sys.spawn(retaining_connection, &broker));
  broker.self = connection_hdl;
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  pass(20s);
  CAF_CHECK(!figures().complete);
  CAF_CHECK_EQUAL(broker.links.size(), 1u);
  connect();
  pass(1s);
  CAF_CHECK(standing() == all_of({"north"}));
}

CAF_TEST(a state goes out once a second at most and the last one always) {
  start();
  camera("north");
  connect();
  pass(5s);
  broker.log.clear();
  const std::string topic = "firefinder/camera/north/state";
  sees("north");
  CAF_CHECK_EQUAL(sent(topic), 1);
  for (int i = 0; i < 49; ++i) {
    pass(60ms);
    sees("north");
  }
  pass(2s);
  std::vector<monotonic> times;
  for (const auto& x : broker.log)
    if (x.what.topic == topic)
      times.push_back(x.at);
  CAF_CHECK_EQUAL(times.size(), 4u);
  for (std::size_t i = 1; i < times.size(); ++i)
    CAF_CHECK(times[i] - times[i - 1] >= 1s);
  CAF_CHECK_EQUAL(json::parse(broker.retained[topic])["seen"].get<int>(), 50);
  // Events are told once and end by themselves.
  CAF_CHECK_EQUAL(sent("firefinder/camera/north/event"), 1);
  for (const auto& x : broker.log)
    if (x.what.topic == "firefinder/camera/north/event") {
      CAF_CHECK(!x.what.retain);
      CAF_CHECK(x.what.outdated_after == 60s);
    }
}

CAF_TEST(without a store everything is announced after a while) {
  start(false);
  camera("north");
  connect();
  pass(4s);
  CAF_CHECK(broker.log.empty());
  pass(1s);
  CAF_CHECK(standing() == all_of({"north"}));
  order(announce_order::clear);
  pass(3s);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK(json::parse(asked.answers.at(0)).contains("warning"));
}

CAF_TEST(a silent store delays nothing for long) {
  stored.loads = false;
  stored.answers = false;
  start();
  camera("north");
  connect();
  pass(6s);
  CAF_CHECK(standing() == all_of({"north"}));
  gone("north");
  pass(3s);
  CAF_CHECK(standing() == all_of({}));
}

CAF_TEST(a store that fails gets everything when it is mended) {
  stored.writes = false;
  start();
  camera("north");
  connect();
  pass(10s);
  CAF_CHECK(standing() == all_of({"north"}));
  CAF_CHECK(records().empty());
  order(announce_order::clear);
  pass(1s);
  CAF_CHECK(json::parse(asked.answers.at(0)).contains("warning"));
  order(announce_order::publish);
  pass(5s);
  stored.writes = true;
  pass(10s);
  CAF_CHECK_EQUAL(records().size(), 6u);
}

CAF_TEST(while the store does not tell nothing of the time before is cleared) {
  start();
  cameras(2);
  connect();
  pass(6s);
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  settle();
  const auto before = stored.records;
  broker.cut();
  broker.links.clear();
  broker.routes.clear();
  settle();
  broker.retained["homeassistant/device/ff_main_lost/config"]
      = json{{"origin", "Firefinder"}, {"instance", "main"}}.dump();
  stored.loads = false;
  start();
  camera("cam0", true, "another name");
  connect();
  pass(6s);
  // What is known is announced all the same.
  CAF_CHECK_EQUAL(sent(presence_topic), 2);
  CAF_CHECK(broker.retained["homeassistant/device/ff_main_cam0/config"].find("another name")
            != std::string::npos);
  pass(10min, 1s);
  auto expected = all_of({"cam0", "cam1"});
  expected.insert("homeassistant/device/ff_main_lost/config");
  CAF_CHECK(standing() == expected);
  CAF_CHECK(stored.records == before);
  // What somebody removes goes nevertheless.
  camera("new");
  pass(3s);
  gone("new");
  pass(5s);
  CAF_CHECK(standing() == expected);
  CAF_CHECK(stored.records == before);
  stored.loads = true;
  pass(36s, 1s);
  CAF_CHECK(standing() == all_of({"cam0", "cam1"}));
  pass(5min, 1s);
  CAF_CHECK(standing() == all_of({"cam0"}));
  CAF_CHECK_EQUAL(records().size(), 6u);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
}

CAF_TEST(a store that fails is asked again and one that takes its place at once) {
  start(false);
  caf::anon_send_exit(store_hdl, caf::exit_reason::kill);
  settle();
  stored.records[{record_kind::announcement, "homeassistant/device/ff_main_old/config"}]
      = "announced old";
  const auto before = stored.records;
  broker.retained["homeassistant/device/ff_main_old/config"]
      = json{{"origin", "Firefinder"}, {"instance", "main"}}.dump();
  caf::anon_send(uut, attach_atom_v, store_hdl);
  camera("north");
  connect();
  auto expected = all_of({"north"});
  expected.insert("homeassistant/device/ff_main_old/config");
  CAF_CHECK(standing() == expected);
  pass(10min, 1s);
  CAF_CHECK(standing() == expected);
  CAF_CHECK(stored.records == before);
  store_hdl = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, store_hdl);
  pass(10s);
  CAF_CHECK(standing() == expected);
  CAF_CHECK_EQUAL(records().size(), 7u);
  pass(5min, 1s);
  CAF_CHECK(standing() == all_of({"north"}));
  CAF_CHECK_EQUAL(records().size(), 6u);
}

CAF_TEST(that announcements were taken back is found out late) {
  stored.records[{record_kind::setting, "discovery/enabled"}] = "off";
  stored.loads = false;
  start();
  camera("north");
  connect();
  pass(1min, 1s);
  CAF_CHECK(figures().enabled);
  CAF_CHECK_EQUAL(stored.records.size(), 1u);
  stored.loads = true;
  pass(31s, 1s);
  CAF_CHECK(!figures().enabled);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK_EQUAL(standing("firefinder/").size(), 4u);
  const auto kept = stored.records.find({record_kind::setting, "discovery/enabled"});
  CAF_REQUIRE(kept != stored.records.end());
  CAF_CHECK_EQUAL(kept->second, "off");
}

CAF_TEST(what an operator says counts before what the store tells late) {
  stored.loads = false;
  broker.retained["homeassistant/device/ff_main_lost/config"]
      = json{{"origin", "Firefinder"}, {"instance", "main"}}.dump();
  stored.records[{record_kind::setting, "discovery/migrated"}] = "north:done";
  start();
  camera("north");
  connect();
  pass(10s);
  CAF_CHECK_EQUAL(standing("homeassistant/").size(), 3u);
  order(announce_order::migrate);
  pass(1s);
  CAF_CHECK_EQUAL(asked.refusals.size(), 1u);
  order(announce_order::clear);
  pass(5s);
  // Those of cameras that are not known yet too.
  CAF_CHECK(standing("homeassistant/").empty());
  stored.records.erase({record_kind::setting, "discovery/enabled"});
  stored.loads = true;
  pass(31s, 1s);
  CAF_CHECK(!figures().enabled);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK_EQUAL(stored.records.count({record_kind::setting, "discovery/migrated"}), 0u);
}

CAF_TEST(the daemon tells since when it is there and what its link speaks) {
  real_forms = true;
  settings.started_at = 1'767'319'445;
  start();
  connect();
  pass(1s);
  CAF_CHECK_EQUAL(sent("firefinder/bridge/info"), 1);
  const auto info = json::parse(broker.retained["firefinder/bridge/info"]);
  CAF_CHECK_EQUAL(info["started_at"].get<std::string>(), "2026-01-02T02:04:05Z");
  CAF_CHECK_EQUAL(info["mqtt"]["version"].get<std::string>(), "5");
}

CAF_TEST(trouble with a link that has come back holds nothing up) {
  real_forms = true;
  start();
  camera("north");
  house_state x;
  x.armed = x.decides = true;
  x.problems = {{"link_down", {}, true, 0, "there is no link to the broker"}};
  caf::anon_send(uut, x);
  connect();
  pass(1s);
  CAF_CHECK(figures().complete);
  CAF_CHECK_EQUAL(figures().announcements, 1u);
  const auto state = json::parse(broker.retained["firefinder/consensus/state"]);
  CAF_CHECK_EQUAL(state["state"].get<std::string>(), "idle");
  CAF_CHECK_EQUAL(state["problem"].get<std::string>(), "OFF");
  broker.log.clear();
  x.problems.clear();
  caf::anon_send(uut, x);
  pass(2s);
  CAF_CHECK(broker.log.empty());
}

CAF_TEST(what was counted is not lost by a store that tells late) {
  start();
  camera("north");
  connect();
  pass(5s);
  sees("north");
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  settle();
  broker.cut();
  broker.links.clear();
  broker.routes.clear();
  settle();
  stored.loads = false;
  start();
  camera("north");
  connect();
  pass(5s);
  sees("north");
  pass(2min, 1s);
  stored.loads = true;
  pass(31s, 1s);
  sees("north");
  pass(2s);
  CAF_CHECK_EQUAL(json::parse(broker.retained["firefinder/camera/north/state"])["seen"].get<int>(),
                  3);
}

CAF_TEST(counters are kept every minute and at the end) {
  const auto counters = [this] {
    return std::ranges::count_if(
        stored.records, [](const auto& x) { return x.first.first == record_kind::counter; });
  };
  start();
  camera("north");
  camera("south");
  connect();
  pass(5s);
  sees("north");
  pass(30s, 1s);
  CAF_CHECK_EQUAL(counters(), 0);
  pass(30s, 1s);
  CAF_CHECK(counters() > 0);
  sees("south");
  restart();
  camera("south");
  connect();
  pass(1s);
  CAF_CHECK_EQUAL(json::parse(broker.retained["firefinder/camera/south/state"])["seen"].get<int>(),
                  1);
}

CAF_TEST(without a link no time passes) {
  start();
  cameras(3);
  connect();
  pass(10s);
  cut();
  pass(10min, 1s);
  CAF_CHECK_EQUAL(timers(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(telling_tests, fixture)

CAF_TEST(a detection makes no document anew) {
  start();
  camera("north");
  connect();
  pass(5s);
  const auto made = plain_form::documents_made;
  for (int i = 0; i < 10; ++i) {
    sees("north");
    pass(1s);
  }
  CAF_CHECK_EQUAL(plain_form::documents_made, made);
  CAF_CHECK(standing() == all_of({"north"}));
  camera("north", true, "Gate");
  pass(2s);
  CAF_CHECK_EQUAL(plain_form::documents_made, made + 1);
  CAF_CHECK_EQUAL(json::parse(broker.retained["homeassistant/device/ff_main_north/config"])["name"]
                      .get<std::string>(),
                  "Gate");
}

CAF_TEST(another consensus has minutes to tell of its cameras) {
  const auto tell = [this](const caf::actor& who, const std::string& key) {
    house_camera x;
    x.id = x.key = x.name = key;
    x.online = true;
    caf::send_as(who, uut, house_state{});
    caf::send_as(who, uut, house_cameras{{x}});
    settle();
  };
  const auto nobody = [this] {
    return own(sys.spawn(
        [](caf::event_based_actor*, int) -> caf::behavior { return {[](done_atom) {}}; }, 0));
  };
  start();
  connect();
  const auto first = nobody();
  tell(first, "north");
  tell(first, "south");
  pass(10min, 1s);
  CAF_CHECK(standing() == all_of({"north", "south"}));
  const auto second = nobody();
  tell(second, "north");
  pass(4min, 1s);
  CAF_CHECK(standing() == all_of({"north", "south"}));
  tell(second, "west");
  pass(2min, 1s);
  CAF_CHECK(standing() == all_of({"north", "west"}));
  // The same one has no such end.
  tell(second, "west");
  pass(10min, 1s);
  CAF_CHECK(standing() == all_of({"north", "west"}));
}

CAF_TEST(other names of the configuration mean one camera) {
  settings.aliases = {{"north", {"aabbccddeeff"}}};
  start();
  camera("north");
  connect();
  camera_changed found;
  found.camera.id = "aabbccddeeff";
  caf::anon_send(uut, found);
  pass(2s);
  CAF_CHECK(standing() == all_of({"north"}));
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- from the form argusai to the form device -------------------------------------------------

namespace {

// What Home Assistant would know of the six entities: loaded by their own documents, or by that of
// the device, let go with all that is known of them, or forgotten.
struct home_assistant {
  std::map<std::string, std::string> loaded;
  std::set<std::string> known;
  std::vector<std::string> lost;
  std::vector<std::string> refused;

  static std::set<std::string> ids_of(const std::string& payload) {
    std::set<std::string> result;
    const auto document = json::parse(payload, nullptr, false);
    if (!document.is_object())
      return result;
    if (document.contains("unique_id"))
      result.insert(document["unique_id"].get<std::string>());
    if (document.contains("components"))
      for (const auto& x : document["components"])
        if (x.contains("unique_id"))
          result.insert(x["unique_id"].get<std::string>());
    return result;
  }

  void hear(const publication& what) {
    if (what.topic.compare(0, 14, "homeassistant/") != 0)
      return;
    const auto ids = ids_of(what.payload);
    const bool mark = what.payload == R"({"migrate_discovery":true})";
    for (auto at = loaded.begin(); at != loaded.end();) {
      if (at->second != what.topic || ids.count(at->first) != 0) {
        ++at;
        continue;
      }
      if (!mark) {
        lost.push_back(at->first);
        known.erase(at->first);
      }
      at = loaded.erase(at);
    }
    for (const auto& id : ids) {
      const auto at = loaded.emplace(id, what.topic).first;
      if (at->second != what.topic)
        refused.push_back(id);
      known.insert(id);
    }
  }
};

struct migration_fixture : fixture {
  home_assistant ha;
  std::size_t heard = 0;

  migration_fixture() {
    settings.mode = discovery_mode::argusai;
    real_forms = true;
    // That it was in vain for a second is no part of it.
    settings.birth_delay_max = 1s;
  }

  void begin(const std::vector<std::string>& keys) {
    start();
    for (const auto& key : keys)
      camera(key);
    connect();
    pass(10s);
    listen();
    CAF_REQUIRE_EQUAL(old_documents().size(), 6 * keys.size());
    CAF_REQUIRE_EQUAL(ha.known.size(), 6 * keys.size());
  }

  // Home Assistant hears what was published since.
  void listen() {
    for (; heard < broker.log.size(); ++heard)
      ha.hear(broker.log[heard].what);
  }

  std::set<std::string> old_documents() const {
    auto result = standing("homeassistant/sensor/");
    result.merge(standing("homeassistant/binary_sensor/"));
    return result;
  }
  std::set<std::string> devices() const { return standing("homeassistant/device/"); }
  std::string setting() const {
    const auto x = stored.records.find({record_kind::setting, "discovery/migrated"});
    return x == stored.records.end() ? "" : x->second;
  }
  json device_document(const std::string& key) const {
    const auto x = broker.retained.find("homeassistant/device/ff_main_" + key + "/config");
    return x == broker.retained.end() ? json() : json::parse(x->second, nullptr, false);
  }

  // The entities of these cameras were never lost, and the device has them.
  void check_taken_over(const std::vector<std::string>& keys) {
    listen();
    CAF_CHECK(old_documents().empty());
    CAF_CHECK_EQUAL(devices().size(), keys.size() + 1);
    CAF_CHECK(ha.lost.empty());
    CAF_CHECK(ha.refused.empty());
    for (const auto& key : keys) {
      const auto id = "liveobject_" + key + "_event";
      CAF_CHECK(device_document(key)["components"].contains(id));
      CAF_CHECK_EQUAL(ha.loaded[id], "homeassistant/device/ff_main_" + key + "/config");
      CAF_CHECK_EQUAL(broker.retained.count("liveobject/camera/" + key + "/status"), 1u);
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(takeover_tests, migration_fixture)

CAF_TEST(entities are let go and brought back and then their documents go) {
  begin({"north", "south"});
  broker.log.clear();
  heard = 0;
  order(announce_order::migrate);
  settle();
  CAF_REQUIRE_EQUAL(asked.answers.size(), 1u);
  const auto answer = json::parse(asked.answers[0]);
  CAF_CHECK_EQUAL(answer["cameras"].get<int>(), 2);
  CAF_CHECK(answer["warning"].get<std::string>().find("home_assistant.mode") != std::string::npos);
  CAF_CHECK_EQUAL(setting(), "north:bring_back south:bring_back");
  // The house alone is a device by now.
  CAF_CHECK_EQUAL(devices().size(), 1u);
  for (const auto& topic : old_documents())
    CAF_CHECK_EQUAL(broker.retained[topic], R"({"migrate_discovery":true})");
  pass(1900ms);
  CAF_CHECK_EQUAL(devices().size(), 1u);
  pass(200ms);
  CAF_CHECK_EQUAL(devices().size(), 3u);
  CAF_CHECK_EQUAL(old_documents().size(), 12u);
  pass(4800ms);
  CAF_CHECK_EQUAL(old_documents().size(), 12u);
  pass(400ms);
  check_taken_over({"north", "south"});
  CAF_CHECK_EQUAL(setting(), "north:done south:done");
  CAF_CHECK_EQUAL(figures().mode, "device");
  CAF_REQUIRE_EQUAL(shown.problems.size(), 1u);
  CAF_CHECK_EQUAL(shown.problems[0].code, "mode_migrated");
  CAF_CHECK(!shown.problems[0].trouble);
  CAF_CHECK_EQUAL(broker.retained["liveobject/status"], "online");
  CAF_CHECK_EQUAL(sent("firefinder/bridge/event"), 0);
  // What they show goes on.
  sees("north");
  pass(2s);
  CAF_CHECK_EQUAL(
      json::parse(broker.retained["liveobject/camera/north/activity"])["state"].get<std::string>(),
      "ON");
  CAF_CHECK_EQUAL(sent("liveobject/camera/north/event"), 1);
}

CAF_TEST(it holds after a restart in either mode) {
  begin({"north"});
  order(announce_order::migrate);
  pass(10s);
  for (const auto mode : {discovery_mode::argusai, discovery_mode::device}) {
    settings.mode = mode;
    restart();
    camera("north");
    connect();
    pass(10s);
    check_taken_over({"north"});
    CAF_CHECK_EQUAL(figures().problems.size(), mode == discovery_mode::argusai ? 1u : 0u);
  }
  // Nothing names it any more.
  CAF_CHECK_EQUAL(broker.retained.count("liveobject/status"), 0u);
}

CAF_TEST(a restart in the middle goes on where it was) {
  for (const int after : {0, 500, 1900, 2100, 4000, 6900, 7200}) {
    const std::chrono::milliseconds span{after};
    CAF_MESSAGE("after " << after << " ms");
    stored = {};
    broker = {};
    ha = {};
    heard = 0;
    settings.mode = discovery_mode::argusai;
    if (uut)
      caf::anon_send_exit(uut, caf::exit_reason::kill);
    begin({"north", "south"});
    order(announce_order::migrate);
    pass(span);
    listen();
    restart();
    camera("north");
    connect();
    // It may be heard of late.
    pass(60s);
    camera("south");
    pass(20s);
    check_taken_over({"north", "south"});
    CAF_CHECK_EQUAL(setting(), "north:done south:done");
  }
}

CAF_TEST(a link that ends in the middle begins the step again) {
  begin({"north"});
  order(announce_order::migrate);
  pass(1s);
  cut();
  pass(60s);
  CAF_CHECK_EQUAL(devices().size(), 1u);
  connect();
  pass(1900ms);
  CAF_CHECK_EQUAL(devices().size(), 1u);
  pass(1s);
  CAF_CHECK_EQUAL(devices().size(), 2u);
  cut();
  pass(60s);
  connect();
  pass(4800ms);
  CAF_CHECK_EQUAL(old_documents().size(), 6u);
  pass(1s);
  check_taken_over({"north"});
}

CAF_TEST(a step waits for its acknowledgements) {
  begin({"north"});
  broker.acknowledges = false;
  order(announce_order::migrate);
  pass(5s);
  CAF_CHECK_EQUAL(devices().size(), 1u);
  broker.acknowledges = true;
  broker.acknowledge();
  pass(1900ms);
  CAF_CHECK_EQUAL(devices().size(), 1u);
  pass(10s);
  check_taken_over({"north"});
}

CAF_TEST(it is refused with a reason) {
  const auto refusal = [this] {
    const auto count = asked.refusals.size();
    order(announce_order::migrate);
    settle();
    return asked.refusals.size() == count + 1 ? asked.refusals.back() : std::string{};
  };
  start();
  settle();
  CAF_CHECK(refusal().find("no link") != std::string::npos);
  connect();
  pass(1s);
  CAF_CHECK(refusal().find("no camera") != std::string::npos);
  camera("north");
  pass(1s);
  stored.writes = false;
  CAF_CHECK(refusal().find("store") != std::string::npos);
  pass(5s);
  CAF_CHECK_EQUAL(old_documents().size(), 6u);
  stored.writes = true;
  order(announce_order::clear);
  pass(1s);
  CAF_CHECK(refusal().find("taken back") != std::string::npos);
  order(announce_order::publish);
  pass(1s);
  order(announce_order::migrate);
  settle();
  CAF_CHECK(refusal().find("under way") != std::string::npos);
  pass(10s);
  CAF_CHECK(refusal().find("already") != std::string::npos);
  order(announce_order::publish);
  pass(1s);
  CAF_CHECK_EQUAL(devices().size(), 2u);
  settings.mode = discovery_mode::device;
  restart();
  connect();
  pass(1s);
  CAF_CHECK(refusal().find("home_assistant.mode") != std::string::npos);
}

CAF_TEST(taking everything back is the way to the configured form) {
  begin({"north"});
  order(announce_order::migrate);
  pass(10s);
  order(announce_order::clear);
  pass(1s);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK_EQUAL(setting(), "");
  CAF_CHECK_EQUAL(figures().mode, "argusai");
  CAF_CHECK(shown.problems.empty());
  order(announce_order::publish);
  pass(1s);
  CAF_CHECK_EQUAL(old_documents().size(), 6u);
  CAF_CHECK(devices().empty());
  restart();
  camera("north");
  connect();
  pass(10s);
  CAF_CHECK_EQUAL(old_documents().size(), 6u);
  CAF_CHECK(devices().empty());
}

CAF_TEST(taking everything back ends it in the middle) {
  begin({"north"});
  order(announce_order::migrate);
  pass(3s);
  order(announce_order::clear);
  pass(20s);
  CAF_CHECK(standing("homeassistant/").empty());
  CAF_CHECK_EQUAL(setting(), "");
  CAF_CHECK_EQUAL(timers() > 0, true);
}

CAF_TEST(a camera that goes in the middle is waited for by nobody) {
  begin({"north", "south"});
  order(announce_order::migrate);
  pass(1s);
  gone("south");
  pass(10s);
  CAF_CHECK(old_documents().empty());
  CAF_CHECK_EQUAL(devices().size(), 2u);
  CAF_CHECK_EQUAL(setting(), "north:done south:done");
}

CAF_TEST(one that comes in the middle is a device from the start) {
  begin({"north"});
  order(announce_order::migrate);
  pass(1s);
  camera("west");
  pass(100ms);
  CAF_CHECK(!device_document("west").is_null());
  CAF_CHECK(!device_document("west")["components"].contains("liveobject_west_event"));
  CAF_CHECK_EQUAL(old_documents().size(), 6u);
  pass(10s);
  CAF_CHECK_EQUAL(devices().size(), 3u);
}

CAF_TEST(words of its own for presence are kept up) {
  settings.argusai.availability_topic = "argus/there";
  settings.argusai.birth_message = "alive";
  settings.argusai.will_message = "dead";
  begin({"north"});
  CAF_CHECK_EQUAL(broker.retained["argus/there"], "alive");
  CAF_CHECK_EQUAL(broker.log.back().what.topic.find("firefinder/bridge") == 0
                      || broker.log.back().what.topic == "argus/there",
                  true);
  CAF_CHECK_EQUAL(sent("argus/there"), 1);
  // None of its words.
  broker.publish("argus/there", "offline", true);
  pass(3s);
  CAF_CHECK_EQUAL(sent("argus/there"), 1);
  for (const auto* word : {"dead", ""}) {
    broker.publish("argus/there", word, true);
    pass(2s);
    CAF_CHECK_EQUAL(broker.retained["argus/there"], "alive");
  }
  CAF_CHECK_EQUAL(sent("argus/there"), 3);
  broker.publish(presence_topic, "offline", true);
  pass(2s);
  CAF_CHECK_EQUAL(broker.retained[presence_topic], "online");
}

CAF_TEST(one word for both is not answered for ever) {
  settings.argusai.birth_message = settings.argusai.will_message = "here";
  begin({"north"});
  pass(30s);
  CAF_CHECK_EQUAL(sent("liveobject/status"), 1);
}

CAF_TEST(to the letter counters are told again before they expire and nothing else is) {
  settings.argusai.strict = true;
  begin({"north"});
  broker.log.clear();
  const std::string topic = "liveobject/camera/north/counts";
  for (int i = 1; i <= 5; ++i) {
    pass(241s);
    CAF_CHECK_EQUAL(sent(topic), i);
  }
  CAF_CHECK_EQUAL(broker.log.size(), 5u);
  for (std::size_t i = 1; i < broker.log.size(); ++i)
    CAF_CHECK(broker.log[i].at - broker.log[i - 1].at < 300s);
  for (const auto& x : broker.log)
    CAF_CHECK_EQUAL(x.what.outdated_after.count(), 300);
}

CAF_TEST(to the letter everything expires but presence and removals) {
  settings.argusai.strict = true;
  begin({"north"});
  for (const auto& x : broker.log) {
    const bool argus = x.what.topic.find("liveobject") != std::string::npos
                       && x.what.topic != "liveobject/status";
    CAF_CHECK_EQUAL(x.what.outdated_after.count(), argus ? 300 : 0);
  }
  broker.log.clear();
  heard = 0;
  order(announce_order::migrate);
  pass(10s);
  // What goes on lasts from now on.
  CAF_CHECK(sent("liveobject/camera/north/status") > 0);
  for (const auto& x : broker.log)
    CAF_CHECK_EQUAL(x.what.outdated_after.count(), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace discovery_test
