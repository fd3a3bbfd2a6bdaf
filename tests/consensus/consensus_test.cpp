#undef CAF_SUITE
#define CAF_SUITE consensus

#include "actors/connection/connection.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/consensus/explain.hpp"
#include "actors/frigate/frigate.hpp"

#include "messages/shard.hpp"
#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fake_broker.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

namespace consensus_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

// What became of a ping.
struct ping_log {
  int answers = 0;
  std::string failure;
};

// Asks once.
caf::behavior pinger(caf::event_based_actor* self, const consensus_actor& whom, ping_log* log) {
  self->request(whom, caf::infinite, ping_atom_v)
      .then([log](done_atom) { ++log->answers; },
            [log, self](const caf::error& e) { log->failure = self->system().render(e); });
  return {[](done_atom) {}};
}

// Writes down every decision that it is told.
decision_listener::behavior_type decision_reader(decision_listener::pointer,
                                                 std::vector<decision_record>* log) {
  return {[log](const decision_record& x) { log->push_back(x); }};
}

struct watcher_log {
  std::vector<frigate_sign> signs;
  std::vector<frigate_candidate> candidates;
};

frigate_watcher::behavior_type watch(frigate_watcher::pointer, watcher_log* log) {
  return {
      [log](const frigate_sign& x) { log->signs.push_back(x); },
      [log](const frigate_candidate& x) { log->candidates.push_back(x); },
  };
}

// An API that takes every change, and wants a restart for it.
frigate_api_actor::behavior_type restartable(frigate_api_actor::pointer, int* restarts) {
  return {
      [](const frigate_query& query) {
        frigate_report result;
        result.cameras.prefix = query.prefix;
        result.cameras.version = "0.16.2";
        return result;
      },
      [](const frigate_change&) {
        return frigate_outcome{"", true, true, {}};
      },
      [restarts](const frigate_restart&) {
        ++*restarts;
        return frigate_outcome{};
      },
      [](const transfer_tick&) {},
  };
}

frigate_writer_actor::behavior_type nothing_to_write(frigate_writer_actor::pointer, int) {
  return {[](const frigate_files&) { return frigate_outcome{}; }};
}

// The whole path in virtual time: broker, connection, trackers, decision.
struct fixture : actor_fixture {
  fake_broker broker;
  connection_settings link;
  consensus_settings settings;
  connection_actor connection_hdl;
  consensus_actor uut;
  store_log stored;
  store_actor store_hdl;
  std::string refused;

  fixture() {
    link.presence_topics = {"system/fire_consensus/lwt"};
    settings.trackers = 3;
  }

  ~fixture() {
    caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
    settle();
  }

  void start(bool open = true) {
    connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
    uut = own(sys.spawn(consensus, settings, wall()));
    caf::anon_send(uut, attach_atom_v, connection_hdl);
    settle();
    if (open)
      caf::anon_send(connection_hdl, open_atom_v);
    settle();
  }

  // With a store, before the link comes up, in the order of the supervisor.
  void start_with_store() {
    connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
    uut = own(sys.spawn(consensus, settings, wall()));
    store_hdl = own(sys.spawn(fake_store, &stored));
    caf::anon_send(uut, attach_atom_v, store_hdl);
    caf::anon_send(uut, attach_atom_v, connection_hdl);
    settle();
    caf::anon_send(connection_hdl, open_atom_v);
    settle();
  }

  // What a store tells after an alarm that was decided `ago` and is not with the broker.
  void leave_pending(timespan ago) {
    alarm_record alarm;
    alarm.what.id = "left";
    alarm.what.topic = "fire/trigger";
    alarm.what.payload = R"({"trigger_id":"left"})";
    alarm.what.qos = 2;
    alarm.what.expires = now() - ago + settings.trigger_ttl;
    alarm.number = 4;
    stored.before.memory = {4, true, now() - ago, now() - ago};
    stored.before.pending.push_back(alarm);
  }

  // Six growing sightings of a camera, the last one `ago`.
  void leave_sightings(const std::string& camera, int count, timespan ago) {
    for (int i = 0; i < count; ++i) {
      auto& next = stored.before.sightings.emplace_back();
      next.camera = camera;
      next.kind = sighting_kind::part_of_frame;
      next.detections
          = {{"tree", fire_sign::fire, .9, {0, 0, i < 3 ? .1 : .2, 1}, i < 3 ? .1 : .2}};
      next.at = now() - ago - (count - i) * 1s;
      next.received_at = wall()() - to_seconds(ago);
    }
  }

  void hear(const std::string& topic, const std::string& payload, bool retained = false) {
    inbound x;
    x.topic = topic;
    x.payload = payload;
    x.size = payload.size();
    x.retained = retained;
    x.arrived = now();
    x.received_at = wall()();
    broker.deliver(std::move(x));
    settle();
  }

  void see(const std::string& camera, double area, const std::string& object = "tree") {
    hear("fire/detection/" + camera,
         json{{"confidence", 0.9}, {"object_id", object}, {"bbox", {0, 0, area, 1}}}.dump());
  }

  // An event of a fire in the middle of the frame, with this area in pixels.
  void frigate_sees(const std::string& camera, const std::string& id, double area) {
    const auto half = std::sqrt(area) / 2;
    hear("frigate/events", json{{"type", "update"},
                                {"after",
                                 {{"id", id},
                                  {"camera", camera},
                                  {"label", "fire"},
                                  {"top_score", .9},
                                  {"score", .9},
                                  {"frame_time", wall()()},
                                  {"box", {640 - half, 360 - half, 640 + half, 360 + half}}}}}
                               .dump());
  }

  // What a watcher hears from now on.
  watcher_log heard;
  std::vector<frigate_candidate>& candidates = heard.candidates;
  void watch_frigate() {
    caf::anon_send(uut, listen_atom_v, own(sys.spawn(watch, &heard)));
    settle();
  }

  // From now on a Frigate waits for a restart, which is counted.
  int restarts = 0;
  void want_restart() {
    frigate_settings with;
    with.instances = {{"frigate", "http://f:5000"}};
    with.configuration.apply = true;
    const auto api = own(sys.spawn(restartable, &restarts));
    const auto actor = own(sys.spawn(frigate, with, api, own(sys.spawn(nothing_to_write, 0))));
    caf::anon_send(actor, attach_atom_v, connection_hdl, uut);
    auto facts = device("02770000000c");
    facts.streams = {{"main", "rtsp://192.0.2.7:554/main", 2560, 1440, 15, "h264", ""}};
    caf::anon_send(actor, camera_changed{facts});
    settle();
  }

  // Six growing sightings by each camera, all in one moment.
  void burn_at_once(const std::vector<std::string>& cameras) {
    for (int i = 0; i < 6; ++i)
      for (const auto& camera : cameras)
        see(camera, i < 3 ? .1 : .2);
  }

  // North alone shows itself until the others count as gone.
  void leave_north_alone() {
    for (int i = 0; i < 3; ++i) {
      greet("north");
      pass(30s, 1s);
    }
  }

  // Six growing sightings by each camera, a second apart.
  void burn(const std::vector<std::string>& cameras) {
    for (int i = 0; i < 6; ++i) {
      for (const auto& camera : cameras)
        see(camera, i < 3 ? .1 : .2);
      pass(1s);
    }
  }

  // How many packets the connection was told to forget.
  long settled() const {
    return std::count_if(broker.log.begin(), broker.log.end(),
                         [](const std::string& x) { return x.rfind("settle", 0) == 0; });
  }

  std::vector<json> triggers() {
    std::vector<json> result;
    for (const auto& x : broker.on("fire/trigger"))
      result.push_back(json::parse(x.what.payload));
    return result;
  }

  static constexpr auto wired = "02770000000a";
  static constexpr auto wireless = "02770000000b";

  // A camera as camera detection knows it.
  static camera_facts device(const std::string& id, std::vector<std::string> aliases = {},
                             camera_condition condition = camera_condition::online) {
    camera_facts result;
    result.id = id;
    result.aliases = std::move(aliases);
    result.condition = condition;
    return result;
  }

  void tell(const camera_facts& camera) {
    caf::anon_send(uut, camera_changed{camera});
    settle();
  }

  // Alive, and no more.
  void greet(const std::string& camera) {
    hear("system/camera_telemetry", json{{"camera_id", camera}}.dump());
  }

  std::vector<std::string> troubles() {
    std::vector<std::string> result;
    const auto told = state();
    for (const auto& x : told["problems"])
      result.push_back(x["code"].get<std::string>());
    return result;
  }

  // What the figures name, each with a blank behind it.
  std::string problem_codes() {
    std::string result;
    const auto all = figures();
    for (const auto& x : all.problems)
      result += x.code + ' ';
    return result;
  }

  json state() { return json::parse(broker.retained["fire/consensus_state"]); }

  // Why it stands so; on a refusal `refused` says why, and the decision is an empty one.
  decision_record explain(const std::string& camera = {}, unix_seconds at = 0) {
    decision_record result;
    refused.clear();
    auto answer = self->request(uut, caf::infinite, explain_atom_v, explain_query{camera, at});
    settle();
    answer.receive([&](const decision_record& x) { result = x; },
                   [&](const caf::error& why) { refused = sys.render(why); });
    return result;
  }

  // The decisions that the store has, as they can be read.
  std::vector<decision_record> kept() {
    std::vector<decision_record> result;
    for (const auto& x : stored.decisions)
      result.push_back(decision_from(x.text).value_or(decision_record{}));
    return result;
  }

  consensus_figures figures() {
    consensus_figures result;
    self->send(uut, figures_atom_v);
    settle();
    self->receive([&result](const consensus_figures& x) { result = x; });
    return result;
  }
};

void drain_then_close(caf::event_based_actor* self, consensus_actor consensus,
                      connection_actor connection) {
  self->request(consensus, caf::infinite, drain_atom_v)
      .then(
          [self, connection](done_atom) {
            self->request(connection, caf::infinite, close_atom_v, timespan{1s})
                .then([](done_atom) {}, [](const caf::error&) {});
          },
          [](const caf::error&) {});
}

void open_when_ready(caf::event_based_actor* self, consensus_actor consensus,
                     connection_actor connection) {
  self->request(consensus, caf::infinite, ready_atom_v)
      .then([self, connection](done_atom) { self->send(connection, open_atom_v); },
            [](const caf::error&) {});
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(consensus_tests, fixture)

CAF_TEST(two cameras that see a growing fire make one trigger) {
  start();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  const auto sent = broker.on("fire/trigger")[0].what;
  CAF_CHECK_EQUAL(static_cast<int>(sent.qos), 2);
  CAF_CHECK(!sent.retain);
  CAF_CHECK(triggers()[0]["consensus_cameras"] == json({"north", "south"}));
  CAF_CHECK_EQUAL(figures().trigger_count, 1u);
  CAF_CHECK_EQUAL(figures().triggers_pending, 0u);
}

// -- with a store ------------------------------------------------------------------------

CAF_TEST(a trigger is on the disk before it is on the wire) {
  stored.answers = false;
  start_with_store();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(stored.alarms.size(), 1u);
  CAF_CHECK_EQUAL(stored.alarms[0].number, 1u);
  CAF_CHECK_EQUAL(stored.alarms[0].after.trigger_count, 1u);
  CAF_CHECK(stored.alarms[0].after.cooldown_start != never);
  // The deciding detection was the last of `burn`, and a second passed since.
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a trigger waits for the disk and not for ever) {
  stored.answers = false;
  start_with_store();
  burn_at_once({"north", "south"});
  CAF_CHECK_EQUAL(stored.alarms.size(), 1u);
  pass(950ms);
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  pass(100ms);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a disk that is full stops no alarm) {
  stored.writes = false;
  start_with_store();
  burn_at_once({"north", "south"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a drain waits for the disk) {
  stored.answers = false;
  start_with_store();
  burn_at_once({"north", "south"});
  own(sys.spawn(drain_then_close, uut, connection_hdl));
  pass(950ms);
  CAF_CHECK_EQUAL(broker.count("disconnect 0"), 0);
  pass(100ms);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(broker.count("disconnect 0"), 1);
}

CAF_TEST(the end of a trigger is written down and then its packet forgotten) {
  start_with_store();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(stored.outcomes.size(), 1u);
  CAF_CHECK(stored.outcomes[0].delivered);
  CAF_CHECK_EQUAL(stored.outcomes[0].id, stored.alarms[0].what.id);
  CAF_CHECK_EQUAL(settled(), 1);
}

CAF_TEST(an end that cannot be written down keeps its packet) {
  start_with_store();
  stored.writes = false;
  burn({"north", "south"});
  CAF_CHECK_EQUAL(settled(), 0);
}

CAF_TEST(an end that could not be written down is written later) {
  start_with_store();
  stored.writes = false;
  burn({"north", "south"});
  CAF_CHECK_EQUAL(stored.outcomes.size(), 1u);
  stored.writes = true;
  pass(31s, 1s);
  CAF_CHECK_EQUAL(stored.outcomes.size(), 2u);
  CAF_CHECK_EQUAL(settled(), 1);
  pass(60s, 1s);
  CAF_CHECK_EQUAL(stored.outcomes.size(), 2u);
}

CAF_TEST(a new store gets the ends that the old one could not write and no others) {
  start_with_store();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(stored.outcomes.size(), 1u);
  stored.writes = false;
  pass(300s, 1s);
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(stored.outcomes.size(), 2u);
  store_log second;
  const auto again = own(sys.spawn(fake_store, &second));
  caf::anon_send(uut, attach_atom_v, again);
  settle();
  CAF_REQUIRE_EQUAL(second.outcomes.size(), 1u);
  CAF_CHECK_EQUAL(second.outcomes[0].id, stored.outcomes[1].id);
  CAF_REQUIRE_EQUAL(second.memories.size(), 1u);
  CAF_CHECK_EQUAL(second.memories[0].trigger_count, 2u);
  caf::anon_send_exit(again, caf::exit_reason::kill);
  settle();
}

CAF_TEST(an end that is told twice is written down once) {
  start_with_store();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(stored.outcomes.size(), 1u);
  caf::anon_send(uut, delivered{stored.outcomes[0].id});
  caf::anon_send(uut, firefinder::expired{stored.outcomes[0].id, "late"});
  settle();
  CAF_CHECK_EQUAL(stored.outcomes.size(), 1u);
  CAF_CHECK_EQUAL(figures().triggers_missed, 0u);
}

CAF_TEST(of a report that nobody takes there is no report) {
  leave_pending(121s);
  broker.acknowledges = false;
  start_with_store();
  CAF_REQUIRE_EQUAL(stored.outcomes.size(), 1u);
  caf::anon_send(uut, firefinder::expired{"left/missed", "after a day"});
  settle();
  CAF_REQUIRE_EQUAL(stored.outcomes.size(), 2u);
  CAF_CHECK_EQUAL(stored.outcomes[1].report.id, "");
  CAF_CHECK_EQUAL(broker.on("fire/trigger_missed").size(), 1u);
  CAF_CHECK_EQUAL(figures().triggers_missed, 1u);
}

CAF_TEST(a trigger is handed to no connection before it is stored) {
  stored.answers = false;
  start_with_store();
  burn_at_once({"north", "south"});
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  settle();
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(every accepted sample is kept) {
  start_with_store();
  see("north", .1);
  see("north", .2);
  hear("fire/detection/north", R"({"confidence": 0.1, "bbox": [0, 0, 0.1, 1]})");
  // Not at once: the store is to be free for the alarm that may come of it.
  CAF_CHECK_EQUAL(stored.sightings.size(), 0u);
  pass(50ms);
  CAF_REQUIRE_EQUAL(stored.sightings.size(), 2u);
  CAF_CHECK_EQUAL(stored.sightings[1].camera, "north");
  CAF_CHECK_EQUAL(stored.sightings[1].detections.at(0).area, .2);
}

CAF_TEST(of an object that is seen very often some samples are kept) {
  start_with_store();
  for (int i = 0; i < 500; ++i) {
    see("north", .1 + i * .0001);
    pass(20ms, 20ms);
  }
  CAF_CHECK_EQUAL(figures().trackers.accepted, 500u);
  // Ten a second, and what is given in advance.
  CAF_CHECK(stored.sightings.size() >= 100u);
  CAF_CHECK(stored.sightings.size() <= 125u);
  const auto before = stored.sightings.size();
  pass(5s);
  for (int i = 0; i < 20; ++i) {
    see("north", .2);
    pass(200ms);
  }
  CAF_CHECK_EQUAL(stored.sightings.size(), before + 20);
}

CAF_TEST(a message is under way until the tracker of its camera has handled it) {
  stored.answers = false;
  start_with_store();
  const auto held = std::make_shared<const under_way>();
  // On a topic without a camera, so that most go to another tracker than their camera's.
  for (int i = 0; i < 20; ++i) {
    inbound x;
    x.topic = "fire/detection";
    x.payload = json{{"camera_id", "camera-" + std::to_string(i)},
                     {"confidence", 0.9},
                     {"bbox", {0, 0, .1, 1}}}
                    .dump();
    x.size = x.payload.size();
    x.held = held;
    broker.deliver(std::move(x));
  }
  CAF_CHECK_EQUAL(held.use_count(), 21);
  settle();
  // Also those whose samples wait for the store.
  CAF_CHECK_EQUAL(held.use_count(), 1);
  CAF_CHECK_EQUAL(figures().trackers.accepted, 20u);
}

CAF_TEST(a store that is slow gets the samples in one bundle and not too many) {
  stored.answers = false;
  start_with_store();
  for (int i = 0; i < 1500; ++i)
    see("north", .1, "object" + std::to_string(i));
  CAF_CHECK_EQUAL(figures().trackers.not_kept, 500u);
  pass(50ms);
  CAF_CHECK_EQUAL(stored.sightings.size(), 1000u);
  see("north", .1, "another");
  pass(1s);
  CAF_CHECK_EQUAL(stored.sightings.size(), 1000u);
  stored.answers = true;
  pass(6s, 1s);
  CAF_CHECK_EQUAL(stored.sightings.size(), 1001u);
}

CAF_TEST(that the question of a dead store is never answered does not make the next one ready) {
  store_log first;
  first.loads = false;
  const auto dying = own(sys.spawn(fake_store, &first));
  connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
  uut = own(sys.spawn(consensus, settings, wall()));
  caf::anon_send(uut, attach_atom_v, dying);
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  own(sys.spawn(open_when_ready, uut, connection_hdl));
  settle();
  caf::anon_send_exit(dying, caf::exit_reason::kill);
  pass(2s);
  stored.loads = false;
  store_hdl = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, store_hdl);
  pass(4900ms);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 0);
  pass(200ms);
  CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
}

CAF_TEST(a store that dies with a bundle is followed by one that gets the next) {
  stored.answers = false;
  start_with_store();
  see("north", .1);
  pass(50ms);
  CAF_CHECK_EQUAL(stored.sightings.size(), 1u);
  caf::anon_send_exit(store_hdl, caf::exit_reason::kill);
  settle();
  store_log second;
  const auto again = own(sys.spawn(fake_store, &second));
  caf::anon_send(uut, attach_atom_v, again);
  settle();
  CAF_CHECK_EQUAL(second.sightings.size(), 0u);
  see("north", .1);
  pass(50ms);
  CAF_CHECK_EQUAL(second.sightings.size(), 1u);
  caf::anon_send_exit(again, caf::exit_reason::kill);
  settle();
}

CAF_TEST(a trigger that an earlier process could not deliver is delivered) {
  leave_pending(10s);
  start_with_store();
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(triggers()[0]["trigger_id"].get<std::string>(), "left");
  CAF_REQUIRE_EQUAL(stored.outcomes.size(), 1u);
  CAF_CHECK(stored.outcomes[0].delivered);
  CAF_CHECK_EQUAL(figures().trigger_count, 4u);
  CAF_CHECK_EQUAL(figures().state, "cooldown");
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  pass(300s, 1s);
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(triggers().size(), 2u);
  CAF_CHECK_EQUAL(triggers()[1]["trigger_count"].get<int>(), 5);
}

CAF_TEST(a trigger that expired between two processes is missed and gives its cooldown back) {
  leave_pending(121s);
  start_with_store();
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_REQUIRE_EQUAL(broker.on("fire/trigger_missed").size(), 1u);
  CAF_REQUIRE(stored.outcomes.size() >= 1u);
  CAF_CHECK(!stored.outcomes[0].delivered);
  CAF_CHECK_EQUAL(stored.outcomes[0].report.id, "left/missed");
  CAF_CHECK(stored.outcomes[0].after.cooldown_start == never);
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a fire that goes on after its trigger expired between two processes is decided next) {
  leave_pending(121s);
  leave_sightings("north", 6, 2s);
  leave_sightings("south", 6, 2s);
  start_with_store();
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  see("north", .2);
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(triggers()[0]["trigger_count"].get<int>(), 5);
}

CAF_TEST(the link is not opened before the time before is taken up) {
  leave_pending(10s);
  broker.session_present = true;
  broker.kept_packets[stored.before.pending[0].what.payload] = false;
  broker.acknowledges = false;
  connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
  uut = own(sys.spawn(consensus, settings, wall()));
  store_hdl = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, store_hdl);
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  const auto opener = own(sys.spawn(open_when_ready, uut, connection_hdl));
  work(opener);
  const auto the_others = [&] {
    for (int i = 0; i < 3; ++i) {
      work(uut);
      work(opener);
      work(connection_hdl);
    }
  };
  // The store is slower than all others, and then the trackers are.
  the_others();
  CAF_CHECK_EQUAL(broker.count("connect 0"), 0);
  work(store_hdl);
  the_others();
  CAF_CHECK_EQUAL(broker.count("connect 0"), 0);
  settle();
  CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
  // The client was made with the trigger at hand, and goes on with it by itself.
  CAF_CHECK_EQUAL(broker.at(0).options().held.size(), 1u);
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(beside a trigger that was left nothing is decided before there is a link) {
  settings.cooldown = 1s;
  leave_pending(10s);
  leave_sightings("north", 6, 2s);
  leave_sightings("south", 6, 2s);
  connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
  uut = own(sys.spawn(consensus, settings, wall()));
  store_hdl = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  // That there is no link is known before there is anything to hold.
  settle();
  caf::anon_send(uut, attach_atom_v, store_hdl);
  settle();
  caf::anon_send(connection_hdl, open_atom_v);
  settle();
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(triggers()[0]["trigger_id"].get<std::string>(), "left");
}

CAF_TEST(a cooldown that goes on across a restart ends at its time) {
  settings.cooldown = 20s;
  stored.before.memory = {4, true, now() - 10s, now() - 10s};
  start_with_store();
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "cooldown");
  pass(11s);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
}

CAF_TEST(a store that dies before it tells what was before is followed by one that is asked) {
  store_log first;
  first.loads = false;
  // With the question or before it: CAF tells only the latter.
  for (const bool with_question : {false, true}) {
    broker.log.clear();
    uut = own(sys.spawn(consensus, settings, wall()));
    connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
    const auto dying = own(sys.spawn(fake_store, &first));
    if (with_question)
      caf::anon_send(uut, attach_atom_v, dying);
    settle();
    caf::anon_send_exit(dying, caf::exit_reason::kill);
    settle();
    if (!with_question)
      caf::anon_send(uut, attach_atom_v, dying);
    caf::anon_send(uut, attach_atom_v, connection_hdl);
    own(sys.spawn(open_when_ready, uut, connection_hdl));
    settle();
    CAF_CHECK_EQUAL(broker.count("connect 0"), 0);
    stored = {};
    leave_pending(10s);
    store_hdl = own(sys.spawn(fake_store, &stored));
    caf::anon_send(uut, attach_atom_v, store_hdl);
    settle();
    CAF_CHECK_EQUAL(broker.count("connect 0"), 1);
    CAF_CHECK_EQUAL(stored.memories.size(), 0u);
    CAF_CHECK_EQUAL(figures().trigger_count, 4u);
    // The deadline of the first question passes without a word.
    pass(6s);
    CAF_CHECK_EQUAL(triggers().size(), with_question ? 2u : 1u);
    caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
    settle();
  }
}

CAF_TEST(a growing fire goes on across a restart with one detection per camera) {
  leave_sightings("north", 5, 2s);
  leave_sightings("south", 5, 2s);
  start_with_store();
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  see("north", .2);
  see("south", .2);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a camera that agreed agrees after a restart) {
  leave_sightings("north", 6, 2s);
  start_with_store();
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 1);
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(what was seen and not yet decided is decided after the restart) {
  leave_sightings("north", 6, 2s);
  leave_sightings("south", 6, 2s);
  start_with_store();
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(what was decided and missed is not decided again by a restart) {
  leave_sightings("north", 6, 2s);
  leave_sightings("south", 6, 2s);
  stored.before.memory = {4, true, now() - 1s, never};
  start_with_store();
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  see("south", .2);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(disarmed stays disarmed across a restart) {
  stored.before.memory.armed = false;
  start_with_store();
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 2);
  caf::anon_send(uut, decision_tuning{});
  settle();
  CAF_REQUIRE(!stored.memories.empty());
  CAF_CHECK(stored.memories.back().armed);
  see("north", .2);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a store that was started anew gets what waits and is not asked again) {
  broker.acknowledges = false;
  start_with_store();
  burn({"north", "south"});
  caf::anon_send_exit(store_hdl, caf::exit_reason::kill);
  settle();
  store_log second;
  second.before.memory.trigger_count = 99;
  auto again = own(sys.spawn(fake_store, &second));
  caf::anon_send(uut, attach_atom_v, again);
  settle();
  CAF_REQUIRE_EQUAL(second.alarms.size(), 1u);
  CAF_CHECK_EQUAL(second.alarms[0].what.id, stored.alarms[0].what.id);
  CAF_CHECK_EQUAL(figures().trigger_count, 1u);
  see("north", .2);
  pass(50ms);
  CAF_CHECK_EQUAL(second.sightings.size(), 1u);
  caf::anon_send_exit(again, caf::exit_reason::kill);
  settle();
}

CAF_TEST(detections that waited at the broker decide by their own time) {
  broker.session_present = true;
  broker.wall = wall()();
  settings.threshold = 2;
  start_with_store();
  // Twenty seconds ago, now all at once; one camera after the other.
  for (const auto* camera : {"north", "south"})
    for (int i = 0; i < 6; ++i) {
      auto x = json{{"confidence", 0.9},
                    {"object_id", "tree"},
                    {"bbox", {0, 0, i < 3 ? .1 : .2, 1}},
                    {"timestamp", wall()() - 20 + i}};
      hear(std::string{"fire/detection/"} + camera, x.dump());
    }
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(what waited without a timestamp counts when nobody was away for long) {
  broker.session_present = true;
  broker.wall = wall()();
  stored.before.away = 5s;
  start_with_store();
  see("north", .1);
  CAF_CHECK_EQUAL(figures().trackers.accepted, 1u);
}

CAF_TEST(what waited for one camera counts until that of the other has come) {
  broker.session_present = true;
  broker.wall = wall()();
  settings.tracking.window = 10s;
  start_with_store();
  // Evidence of thirty seconds ago, which has left its window when it arrives.
  for (const auto* camera : {"north", "south"}) {
    for (int i = 0; i < 6; ++i)
      hear(std::string{"fire/detection/"} + camera, json{{"confidence", 0.9},
                                                         {"object_id", "tree"},
                                                         {"bbox", {0, 0, i < 3 ? .1 : .2, 1}},
                                                         {"timestamp", wall()() - 30 + i}}
                                                        .dump());
    pass(500ms);
  }
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  pass(2s);
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 0);
}

CAF_TEST(what waited too long is dropped and counted) {
  broker.session_present = true;
  broker.wall = wall()();
  start_with_store();
  for (int i = 0; i < 6; ++i)
    see("north", i < 3 ? .1 : .2);
  const auto dropped = figures().trackers.dropped;
  CAF_CHECK_EQUAL(dropped.at("stale"), 6u);
}

CAF_TEST(one camera makes none) {
  start();
  burn({"north"});
  burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 1);
}

CAF_TEST(direct and frigate detections under one id are one camera) {
  start();
  for (int i = 0; i < 6; ++i) {
    see("barn", i < 3 ? .1 : .2);
    hear("frigate/events", json{{"type", i == 0 ? "new" : "update"},
                                {"after",
                                 {{"camera", "barn"},
                                  {"id", "1"},
                                  {"label", "fire"},
                                  {"top_score", 0.9},
                                  {"box", {0, 0, i < 3 ? 300 : 500, 500}}}}}
                               .dump());
    pass(1s);
  }
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 1);
}

CAF_TEST(sixty cameras stand in one trigger in the order in which they became known) {
  settings.threshold = 10;
  start();
  // The threshold is reached by those that are verified first; all 60 agree a
  // cooldown later.
  settings.cooldown = 1s;
  std::vector<std::string> cameras;
  for (int i = 0; i < 60; ++i)
    cameras.push_back("camera-" + std::to_string(i));
  for (const auto& camera : cameras)
    hear("system/camera_telemetry", json{{"camera_id", camera}}.dump());
  burn(cameras);
  pass(301s, 1s);
  burn(cameras);
  CAF_REQUIRE_EQUAL(triggers().size(), 2u);
  const auto named = triggers()[0]["consensus_cameras"].get<std::vector<std::string>>();
  CAF_CHECK_EQUAL(named.size(), 10u);
  CAF_CHECK(std::is_sorted(named.begin(), named.end(), [&](const auto& a, const auto& b) {
    return std::find(cameras.begin(), cameras.end(), a)
           < std::find(cameras.begin(), cameras.end(), b);
  }));
}

CAF_TEST(the cooldown ends without a word and the next detection decides) {
  settings.cooldown = 10s;
  start();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "cooldown");
  pass(12s);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  see("north", .2);
  CAF_REQUIRE_EQUAL(triggers().size(), 2u);
  CAF_CHECK(triggers()[0]["trigger_id"] != triggers()[1]["trigger_id"]);
  CAF_CHECK_EQUAL(triggers()[1]["trigger_count"].get<int>(), 2);
}

CAF_TEST(a dead camera ceases to vote at its time) {
  settings.tracking.camera_timeout = 10s;
  start();
  burn({"north"});
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 1);
  pass(10s);
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 0);
  burn({"south"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(telemetry keeps a camera online and is no vote) {
  start();
  for (int i = 0; i < 5; ++i) {
    hear("system/camera_telemetry", R"({"camera_id": "north"})");
    pass(30s, 1s);
  }
  auto x = figures();
  CAF_CHECK(x.trackers.cameras.at("north").online);
  CAF_CHECK_EQUAL(x.trackers.cameras.at("north").total_detections, 0u);
  pass(60s, 1s);
  CAF_CHECK(!figures().trackers.cameras.at("north").online);
}

CAF_TEST(a camera that falls to another tracker is handed on and followed there) {
  start();
  // The bare topic goes to one tracker whatever the camera is.
  for (int i = 0; i < 6; ++i) {
    for (const auto* camera : {"a", "b", "c", "d", "e"})
      hear("fire/detection", json{{"camera_id", camera},
                                  {"confidence", 0.9},
                                  {"object_id", "x"},
                                  {"bbox", {0, 0, i < 3 ? .1 : .2, 1}}}
                                 .dump());
    // And now and then the camera's own topic.
    see("a", i < 3 ? .1 : .2, "x");
    pass(1s);
  }
  auto x = figures();
  CAF_CHECK_EQUAL(x.trackers.cameras.size(), 5u);
  CAF_CHECK_EQUAL(x.trackers.cameras.at("a").total_detections, 12u);
  CAF_CHECK_EQUAL(x.trackers.cameras.at("a").active_objects, 1u);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(retained detections are ignored and counted) {
  start();
  for (int i = 0; i < 6; ++i)
    for (const auto* camera : {"north", "south"})
      hear(std::string{"fire/detection/"} + camera,
           json{{"confidence", 0.9}, {"bbox", {0, 0, i < 3 ? .1 : .2, 1}}}.dump(), true);
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  auto x = figures();
  CAF_CHECK_EQUAL(x.trackers.dropped["retained"], 12u);
  CAF_CHECK_EQUAL(x.trackers.cameras.size(), 0u);
}

CAF_TEST(rubbish is counted and a fire within it is still found) {
  start();
  for (int i = 0; i < 6; ++i) {
    for (const auto* payload : {"", "{", "[]", "null", "{\"confidence\": 2}", "\xff"})
      for (const auto* topic :
           {"fire/detection/north", "fire/detection", "frigate/events", "system/camera_telemetry"})
        hear(topic, payload);
    see("north", i < 3 ? .1 : .2);
    see("south", i < 3 ? .1 : .2);
    pass(1s);
  }
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  std::uint64_t dropped = 0;
  for (const auto& [reason, count] : figures().trackers.dropped)
    dropped += count;
  CAF_CHECK_EQUAL(dropped, 144u);
}

CAF_TEST(a trigger decided while the link is down is delivered after it) {
  broker.acknowledges = false;
  start();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(figures().triggers_pending, 1u);
  broker.cut();
  broker.acknowledges = true;
  pass(3s);
  CAF_REQUIRE_EQUAL(triggers().size(), 2u);
  CAF_CHECK(triggers()[0]["trigger_id"] == triggers()[1]["trigger_id"]);
  CAF_CHECK_EQUAL(figures().triggers_pending, 0u);
  CAF_CHECK_EQUAL(figures().trigger_count, 1u);
}

CAF_TEST(while a trigger waits for the link no second one is decided) {
  settings.cooldown = 0s;
  settings.threshold = 1;
  broker.acknowledges = false;
  start();
  burn({"north"});
  const auto before = figures().trigger_count;
  CAF_CHECK(before >= 1u);
  broker.connects = fake_broker::mood::silent;
  broker.cut();
  settle();
  // What was heard before the cut and waits in the tracker's mailbox.
  const auto& state = deref<consensus_actor::stateful_base<consensus_state>>(uut).state;
  for (int i = 0; i < 3; ++i) {
    inbound x;
    x.topic = "fire/detection/north";
    x.payload = json{{"confidence", 0.9}, {"object_id", "tree"}, {"bbox", {0, 0, .3, 1}}}.dump();
    x.size = x.payload.size();
    x.arrived = now();
    caf::anon_send(state.trackers()[shard_of("north", state.trackers().size())], std::move(x));
    settle();
  }
  CAF_CHECK_EQUAL(figures().trigger_count, before);
  // With the link that ends, though it waits on.
  broker.connects = fake_broker::mood::accept;
  pass(60s, 1s);
  see("north", .1);
  burn({"north"});
  CAF_CHECK(figures().trigger_count > before);
}

CAF_TEST(a report that waits for the link holds nothing) {
  settings.trigger_ttl = 5s;
  broker.acknowledges = false;
  start();
  burn({"north", "south"});
  broker.connects = fake_broker::mood::silent;
  broker.cut();
  pass(6s);
  CAF_CHECK_EQUAL(figures().triggers_missed, 1u);
  verdict fire;
  fire.camera = "north";
  fire.online = true;
  fire.standing.agrees = true;
  fire.by_detection = true;
  fire.evidence = {{"tree", "growth", 6, .1, .2, .9, 5}};
  fire.evidence_until = now() + 30s;
  fire.at = now();
  for (const auto* camera : {"pond", "barn"}) {
    fire.camera = camera;
    caf::anon_send(uut, fire);
  }
  settle();
  CAF_CHECK_EQUAL(figures().trigger_count, 2u);
}

CAF_TEST(a connection without a link is told no state) {
  start();
  transcript log;
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_connection, child_behaviour{&log})));
  settle();
  const auto told = std::string{"connection publish fire/consensus_state"};
  burn({"north"});
  CAF_CHECK_EQUAL(std::count(log.begin(), log.end(), told), 0);
  caf::anon_send(uut, link_up{1, "5", false});
  settle();
  CAF_CHECK_EQUAL(std::count(log.begin(), log.end(), told), 1);
  // What changes nothing is not told.
  see("north", .2);
  see("north", .2);
  CAF_CHECK_EQUAL(std::count(log.begin(), log.end(), told), 1);
}

CAF_TEST(a trigger that expires is reported and gives its cooldown back) {
  settings.trigger_ttl = 5s;
  broker.acknowledges = false;
  start();
  burn({"north", "south"});
  CAF_CHECK_EQUAL(figures().state, "cooldown");
  pass(6s);
  CAF_CHECK_EQUAL(figures().triggers_missed, 1u);
  CAF_CHECK_EQUAL(figures().state, "idle");
  CAF_REQUIRE_EQUAL(broker.on("fire/trigger_missed").size(), 1u);
  CAF_CHECK(broker.on("fire/trigger_missed")[0].what.payload.find("reason") != std::string::npos);
  broker.acknowledges = true;
  see("north", .3);
  CAF_CHECK_EQUAL(triggers().size(), 2u);
}

CAF_TEST(a connection that is started anew gets the trigger that the old one held) {
  broker.acknowledges = false;
  start();
  burn({"north", "south"});
  caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
  settle();
  broker.acknowledges = true;
  link.generation_base = std::uint64_t{1} << 32;
  connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  settle();
  caf::anon_send(connection_hdl, open_atom_v);
  settle();
  CAF_REQUIRE_EQUAL(triggers().size(), 2u);
  CAF_CHECK(triggers()[0]["trigger_id"] == triggers()[1]["trigger_id"]);
  CAF_CHECK_EQUAL(figures().triggers_pending, 0u);
}

CAF_TEST(a burst in one instant is judged by its arrival) {
  start();
  // All six of each camera wait in the mailboxes and are handled together.
  const auto base = now();
  const auto queue = [&](const std::string& camera, timespan after, double area) {
    inbound x;
    x.topic = "fire/detection/" + camera;
    x.payload = json{{"confidence", 0.9}, {"object_id", "x"}, {"bbox", {0, 0, area, 1}}}.dump();
    x.size = x.payload.size();
    x.arrived = base + after;
    x.received_at = wall()() + to_seconds(after);
    broker.deliver(std::move(x));
  };
  for (int i = 0; i < 6; ++i) {
    queue("north", i * 12s, i < 3 ? .1 : .2);
    queue("south", i * 12s, i < 3 ? .1 : .2);
  }
  settle();
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(what waits behind a late tick is judged by its arrival too) {
  settings.trackers = 1;
  start();
  see("north", .1);
  // A minute passes while the trackers are busy; the tick and all messages wait.
  const auto base = now();
  advance_time(61s);
  for (int i = 0; i < 6; ++i)
    for (const auto* camera : {"north", "south"}) {
      inbound x;
      x.topic = std::string{"fire/detection/"} + camera;
      x.payload
          = json{{"confidence", 0.9}, {"object_id", "x"}, {"bbox", {0, 0, i < 3 ? .1 : .2, 1}}}
                .dump();
      x.size = x.payload.size();
      x.arrived = base + 40s + i * 1s;
      x.received_at = wall()() - 20;
      broker.deliver(std::move(x));
    }
  settle();
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a late tick lets no more time pass than was due) {
  settings.trackers = 1;
  start();
  // Silent, so that something is due in a minute.
  greet("pond");
  const auto base = now();
  pass(50s);
  burn({"north"});
  // Until two minutes later the trackers are busy. Behind the tick waits what the second
  // camera saw while the evidence of the first held.
  advance_time(120s);
  for (int i = 0; i < 6; ++i) {
    inbound x;
    x.topic = "fire/detection/south";
    x.payload = json{{"confidence", 0.9}, {"object_id", "x"}, {"bbox", {0, 0, i < 3 ? .1 : .2, 1}}}
                    .dump();
    x.size = x.payload.size();
    x.arrived = base + 61s + i * 1s;
    x.received_at = wall()();
    broker.deliver(std::move(x));
  }
  settle();
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a tick of a tracker that is over lets no time pass) {
  start();
  greet("north");
  for (const auto& t : deref<consensus_actor::stateful_base<consensus_state>>(uut).state.trackers())
    caf::anon_send(t, tracker_tick{0});
  settle();
  CAF_CHECK(figures().trackers.cameras.at("north").online);
}

CAF_TEST(a step of the wall clock changes no window and no cooldown) {
  start();
  unix_seconds step = 0;
  const auto see_at = [&](const std::string& camera, double area) {
    inbound x;
    x.topic = "fire/detection/" + camera;
    // The publisher's clock is the same, or another one that is wrong.
    x.payload = json{{"confidence", 0.9},
                     {"object_id", "x"},
                     {"timestamp", wall()() + step + (camera == "south" ? -45 : 30)},
                     {"bbox", {0, 0, area, 1}}}
                    .dump();
    x.size = x.payload.size();
    x.arrived = now();
    x.received_at = wall()() + step;
    broker.deliver(std::move(x));
    settle();
  };
  for (int i = 0; i < 6; ++i) {
    step = i % 2 == 0 ? -7200 : 7200;
    see_at("north", i < 3 ? .1 : .2);
    see_at("south", i < 3 ? .1 : .2);
    pass(1s);
  }
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  step = 7200;
  see_at("north", .3);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(figures().state, "cooldown");
}

CAF_TEST(drain answers when everything before it is decided) {
  start();
  const auto queue = [&](const std::string& camera, double area) {
    inbound x;
    x.topic = "fire/detection";
    x.payload = json{{"camera_id", camera},
                     {"confidence", 0.9},
                     {"object_id", "x"},
                     {"bbox", {0, 0, area, 1}}}
                    .dump();
    x.size = x.payload.size();
    x.arrived = now();
    broker.deliver(std::move(x));
  };
  for (int i = 0; i < 6; ++i)
    for (const auto* camera : {"a", "b", "c"})
      queue(camera, i < 3 ? .1 : .2);
  // Behind the messages in the connection's mailbox, as the supervisor asks.
  self->send(connection_hdl, hold_atom_v);
  settle();
  self->receive([](done_atom) {});
  self->send(uut, drain_atom_v);
  settle();
  self->receive([](done_atom) {});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(drain waits for what one tracker hands to another) {
  start();
  const auto& trackers
      = deref<consensus_actor::stateful_base<consensus_state>>(uut).state.trackers();
  // Two cameras of the second tracker, decoded by the first.
  std::vector<std::string> cameras;
  for (int i = 0; cameras.size() < 2; ++i)
    if (const auto name = "camera" + std::to_string(i); shard_of(name, trackers.size()) == 1)
      cameras.push_back(name);
  for (int i = 0; i < 6; ++i)
    for (const auto& camera : cameras) {
      inbound x;
      x.topic = "fire/detection/" + camera;
      x.payload
          = json{{"confidence", 0.9}, {"object_id", "x"}, {"bbox", {0, 0, i < 3 ? .1 : .2, 1}}}
                .dump();
      x.size = x.payload.size();
      x.arrived = now();
      caf::anon_send(trackers[0], std::move(x));
    }
  // As the supervisor does: the farewell follows the answer.
  const auto asker = own(sys.spawn(drain_then_close, uut, connection_hdl));
  work(asker);
  work(uut);
  // The second answers before the first hands anything over, and then does not get to work.
  work(trackers[1]);
  work(trackers[2]);
  work(trackers[0]);
  work(uut);
  work(asker);
  work(connection_hdl);
  settle();
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(a dead tracker ends consensus with an error) {
  start();
  end_log end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(uut), &end));
  settle();
  const auto& state = deref<consensus_actor::stateful_base<consensus_state>>(uut).state;
  caf::anon_send_exit(state.trackers().front(), caf::exit_reason::kill);
  settle();
  CAF_CHECK(end.ended);
  CAF_CHECK(end.failed);
}

CAF_TEST(without the service nothing is subscribed) {
  const log_capture lines;
  settings.enabled = false;
  start();
  pass(120s, 1s);
  CAF_CHECK_EQUAL(lines.count("no_cameras"), 0);
  CAF_CHECK_EQUAL(figures().state, "idle");
  CAF_CHECK_EQUAL(broker.count("subscribe 0 fire/detection"), 0);
  for (const auto& entry : broker.log)
    CAF_CHECK(entry.rfind("subscribe", 0) != 0);
  // Another daemon may decide here.
  CAF_CHECK_EQUAL(broker.on("fire/consensus_state").size(), 0u);
}

// -- what is missing ---------------------------------------------------------------------

CAF_TEST(a house without cameras is idle at first and degraded when its time is over) {
  start();
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  pass(59s, 1s);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  pass(2s, 1s);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "degraded");
  CAF_CHECK(troubles() == std::vector<std::string>{"no_cameras"});
}

CAF_TEST(a camera that goes degrades the state and one that comes back ends it) {
  start();
  const auto published = [this] { return broker.on("fire/consensus_state").size(); };
  for (int i = 0; i < 4; ++i) {
    greet("north");
    greet("south");
    pass(30s, 1s);
  }
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  const auto before = published();
  for (int i = 0; i < 4; ++i) {
    greet("north");
    pass(15s, 1s);
  }
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "degraded");
  CAF_CHECK_EQUAL(state()["degraded"].get<bool>(), true);
  CAF_CHECK(troubles() == std::vector<std::string>{"cameras_below_threshold"});
  CAF_CHECK_EQUAL(published(), before + 1);
  const auto x = figures();
  CAF_CHECK_EQUAL(x.state, "degraded");
  CAF_CHECK(!x.cameras.at("south").online);
  CAF_CHECK(std::abs(x.cameras.at("south").blind_since - (start_of_time + 150)) < 1.5);
  CAF_CHECK_EQUAL(x.cameras.at("north").blind_since, 0);
  greet("south");
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  CAF_CHECK_EQUAL(published(), before + 2);
  const auto again = figures();
  CAF_CHECK_EQUAL(again.cameras.at("south").blind_since, 0);
}

CAF_TEST(what is watched keeps one timer however often it changes) {
  start();
  const auto few = timers() + 10;
  for (int i = 0; i < 100; ++i)
    greet("camera-" + std::to_string(i));
  CAF_CHECK(timers() <= few);
  // Statistics are due in three minutes, what comes with a link in one.
  for (int i = 0; i < 50; ++i) {
    hear("frigate/stats", R"({"cameras": {"north": {"camera_fps": 5}}})");
    broker.cut();
    pass(61s, 1s);
  }
  CAF_CHECK(timers() <= few);
}

CAF_TEST(trouble leaves the threshold alone) {
  start();
  leave_north_alone();
  burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK_EQUAL(state()["threshold"].get<int>(), 2);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "degraded");
}

CAF_TEST(with reduce the camera that is left decides and says so) {
  log_capture log;
  settings.policy = degraded_policy::reduce;
  start();
  leave_north_alone();
  CAF_CHECK_EQUAL(state()["threshold"].get<int>(), 1);
  CAF_CHECK_EQUAL(state()["configured_threshold"].get<int>(), 2);
  CAF_CHECK_EQUAL(figures().threshold, 1u);
  CAF_CHECK_EQUAL(figures().configured_threshold, 2u);
  CAF_CHECK_EQUAL(log.count("1 cameras must agree now"), 1);
  burn({"north"});
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(triggers()[0]["threshold"].get<int>(), 1);
  CAF_CHECK_EQUAL(triggers()[0]["reduced"].get<bool>(), true);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "cooldown");
  CAF_CHECK_EQUAL(state()["degraded"].get<bool>(), true);
}

CAF_TEST(with reduce one camera does not decide before the others had their time) {
  settings.policy = degraded_policy::reduce;
  start();
  for (int i = 0; i < 9; ++i)
    burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  pass(5s, 1s);
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  pass(2s, 1s);
  burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(with reduce a link that is new gives the others their time again) {
  settings.policy = degraded_policy::reduce;
  settings.cooldown = 1s;
  start();
  leave_north_alone();
  CAF_CHECK_EQUAL(figures().threshold, 1u);
  broker.cut();
  pass(3s);
  CAF_CHECK_EQUAL(figures().threshold, 2u);
  burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  for (int i = 0; i < 2; ++i) {
    greet("north");
    pass(30s, 1s);
  }
  burn({"north"});
  CAF_CHECK(!triggers().empty());
}

CAF_TEST(with reduce what was seen before a restart decides nothing alone) {
  settings.policy = degraded_policy::reduce;
  leave_sightings("north", 6, 2s);
  start_with_store();
  for (int i = 0; i < 9; ++i)
    burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(with reduce a camera that returns raises the threshold before it decides) {
  settings.policy = degraded_policy::reduce;
  settings.cooldown = 1s;
  start();
  leave_north_alone();
  CAF_CHECK_EQUAL(figures().threshold, 1u);
  burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  // North agrees and the cooldown is over: the next detection decides, if one is enough.
  pass(2s);
  see("south", .1);
  CAF_CHECK_EQUAL(figures().threshold, 2u);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  see("north", .2);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(one lens that is heard by three ways has one vote and the name that was heard first) {
  settings.zones = {{"aabbccddeeff", {"\"roof\""}}};
  settings.zone_activation = true;
  start();
  const auto frigate = [this](int i) {
    hear("frigate/events", json{{"type", i == 0 ? "new" : "update"},
                                {"after",
                                 {{"id", "1.2-x"},
                                  {"camera", "cam_aabbccddeeff"},
                                  {"label", "fire"},
                                  {"score", .9},
                                  {"frame_time", wall()()},
                                  {"box", {100, 100, 300 + 100 * i, 600}}}}}
                               .dump());
  };
  hear("frigate/stats", R"({"cameras": {"cam_112233445566": {"camera_fps": 5}}})");
  for (int i = 0; i < 6; ++i) {
    see("AA:BB:CC:DD:EE:FF", i < 3 ? .1 : .2);
    see("aa-bb-cc-dd-ee-ff", i < 3 ? .1 : .2, "other");
    frigate(i);
    pass(1s);
  }
  CAF_CHECK(triggers().empty());
  const json alone{"AA:BB:CC:DD:EE:FF"};
  CAF_CHECK(state()["cameras"] == alone);
  const auto told = figures();
  CAF_CHECK(told.cameras.size() == 2U);
  CAF_CHECK(told.cameras.count("AA:BB:CC:DD:EE:FF") == 1U);
  CAF_CHECK(told.cameras.count("cam_112233445566") == 1U);
  CAF_CHECK(told.trackers.cameras.count("AA:BB:CC:DD:EE:FF") == 1U);
  burn({"south"});
  const auto all = triggers();
  CAF_REQUIRE(all.size() == 1U);
  const json names{"AA:BB:CC:DD:EE:FF", "south"};
  CAF_CHECK(all[0]["consensus_cameras"] == names);
  CAF_CHECK(all[0]["fire_locations"][0][0] == "AA:BB:CC:DD:EE:FF");
  CAF_CHECK(all[0]["evidence"].count("AA:BB:CC:DD:EE:FF") == 1U);
  const json zones{"roof"};
  CAF_CHECK(all[0]["zones"] == zones);
}

CAF_TEST(what was seen before a restart belongs to the camera that it is called now) {
  settings.threshold = 1;
  settings.acceptance.cameras["north"].aliases = {"tower"};
  leave_sightings("tower", 5, 1s);
  start_with_store();
  see("north", .2);
  CAF_REQUIRE(triggers().size() == 1U);
  const json names{"north"};
  CAF_CHECK(triggers()[0]["consensus_cameras"] == names);
}

CAF_TEST(what frigate says of a camera reaches its events though they come by other topics) {
  start();
  hear("frigate/stats", R"({"cameras": {"barn": {"camera_fps": 5}}})");
  hear("frigate/barn/detect/state", "OFF", true);
  CAF_CHECK(problem_codes().find("camera_not_detecting") != std::string::npos);
  hear("frigate/barn/detect/state", "ON");
  CAF_CHECK(problem_codes().find("camera_not_detecting") == std::string::npos);
}

CAF_TEST(with reduce cameras that frigate watches are not gone because nothing burns) {
  settings.policy = degraded_policy::reduce;
  start();
  const auto stats = R"({"cameras": {"north": {"camera_fps": 5}, "south": {"camera_fps": 5}}})";
  for (int i = 0; i < 4; ++i) {
    hear("frigate/stats", stats);
    pass(60s, 1s);
  }
  hear("frigate/stats", stats);
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  burn({"north"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(frigate that is offline or silent is told) {
  start();
  for (int i = 0; i < 2; ++i) {
    greet("north");
    greet("south");
    pass(5s, 1s);
  }
  hear("frigate/available", "offline", true);
  CAF_CHECK(troubles() == std::vector<std::string>{"frigate_offline"});
  hear("frigate/available", "online");
  CAF_CHECK(troubles().empty());
  // A sign that has just been told makes its word no old news.
  hear("frigate/events", "{}");
  hear("frigate/available", "offline");
  CAF_CHECK(troubles() == std::vector<std::string>{"frigate_offline"});
  hear("frigate/available", "online");
  CAF_CHECK(troubles().empty());
  for (int i = 0; i < 7; ++i) {
    greet("north");
    greet("south");
    pass(25s, 1s);
  }
  CAF_CHECK(troubles().empty());
  greet("north");
  greet("south");
  pass(6s, 1s);
  CAF_CHECK(troubles() == std::vector<std::string>{"frigate_silent"});
  hear("frigate/events", "{}");
  CAF_CHECK(troubles().empty());
}

CAF_TEST(what frigates api tells against a camera degrades the state) {
  start();
  for (int i = 0; i < 2; ++i) {
    greet("north");
    greet("south");
    pass(5s, 1s);
  }
  caf::anon_send(uut,
                 frigate_cameras{"frigate", "", "", {{"north", 1280, 720, 5, false, true, 0}}});
  settle();
  CAF_CHECK(troubles() == std::vector<std::string>{"camera_cannot_see_fire"});
  caf::anon_send(uut, frigate_cameras{"frigate", "", "", {{"north", 1280, 720, 5, true, true, 0}}});
  settle();
  CAF_CHECK(troubles().empty());
}

CAF_TEST(a frigate that comes online is told and what the broker retained of it is not ) {
  start();
  watch_frigate();
  hear("frigate/available", "online", true);
  hear("frigate/available", "offline");
  hear("frigate/events", "{}");
  CAF_CHECK(heard.signs.empty());
  hear("frigate/available", "online");
  CAF_CHECK_EQUAL(heard.signs.size(), 1u);
  CAF_CHECK(heard.signs.at(0).prefix == "frigate");
}

// -- burst sampling ------------------------------------------------------------------------

CAF_TEST(frigate is not sampled unless that is wanted) {
  start();
  frigate_sees("north", "a", 90'000);
  CAF_CHECK_EQUAL(broker.count("subscribe 0 frigate/camera_activity"), 0);
}

CAF_TEST(frigate is not started anew while something may be a fire) {
  settings.threshold = 9;
  start();
  want_restart();
  // What a detector of its own sees.
  for (int i = 0; i < 60; ++i) {
    see("south", i % 2 == 0 ? .1 : .101);
    pass(10s, 1s);
  }
  CAF_CHECK_EQUAL(restarts, 0);
  // What Frigate sees.
  for (int i = 0; i < 60; ++i) {
    frigate_sees("north", "a", i % 2 == 0 ? 90'000 : 91'000);
    pass(10s, 1s);
  }
  CAF_CHECK_EQUAL(restarts, 0);
  pass(3min, 1s);
  CAF_CHECK_EQUAL(restarts, 1);
}

CAF_TEST(an object of frigates that may become an alarm is told once a second) {
  settings.acceptance.burst_sampling = true;
  start();
  watch_frigate();
  frigate_sees("north", "a", 90'000);
  CAF_CHECK_EQUAL(candidates.size(), 1u);
  CAF_CHECK(candidates.at(0).prefix == "frigate");
  CAF_CHECK(candidates.at(0).object == "a");
  CAF_CHECK(candidates.at(0).until == now() + settings.tracking.window);
  frigate_sees("north", "b", 90'000);
  CAF_CHECK_EQUAL(candidates.size(), 1u);
  pass(1s);
  // What is repeated is none.
  frigate_sees("north", "a", 90'000);
  CAF_CHECK_EQUAL(candidates.size(), 1u);
  pass(1s);
  frigate_sees("north", "a", 95'000);
  CAF_CHECK_EQUAL(candidates.size(), 2u);
}

CAF_TEST(what another detector sees is a candidate of no instance) {
  settings.trackers = 1;
  start();
  watch_frigate();
  see("south", .1);
  see("west", .1);
  CAF_REQUIRE_EQUAL(candidates.size(), 1u);
  CAF_CHECK(candidates.at(0).prefix.empty());
  CAF_CHECK(candidates.at(0).until == now() + settings.tracking.window);
  pass(1s);
  see("south", .1);
  CAF_CHECK_EQUAL(candidates.size(), 2u);
}

CAF_TEST(nothing is sampled when the alarm is raised) {
  settings.acceptance.burst_sampling = true;
  settings.cooldown = 60s;
  start();
  watch_frigate();
  burn({"south", "west"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  candidates.clear();
  frigate_sees("north", "a", 90'000);
  CAF_REQUIRE_EQUAL(candidates.size(), 1u);
  CAF_CHECK(!candidates.at(0).wanted);
  pass(90s, 1s);
  frigate_sees("north", "a", 95'000);
  CAF_REQUIRE_EQUAL(candidates.size(), 2u);
  CAF_CHECK(candidates.at(1).wanted);
}

CAF_TEST(more is wanted of two cameras that are one witness) {
  settings.witnesses = {{"south", "mast"}, {"west", "mast"}};
  start();
  watch_frigate();
  burn({"south", "west"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK(explain("south").cameras.at("south").agrees);
  candidates.clear();
  frigate_sees("north", "a", 90'000);
  CAF_REQUIRE_EQUAL(candidates.size(), 1u);
  CAF_CHECK(candidates.at(0).wanted);
}

CAF_TEST(frigate is not started anew while a camera agrees) {
  settings.tracking.window = 20min;
  settings.tracking.camera_timeout = 20min;
  start();
  burn({"south"});
  // What is a candidate now nobody heard of.
  want_restart();
  pass(15min, 1s);
  CAF_CHECK(explain("south").cameras.at("south").agrees);
  CAF_CHECK_EQUAL(restarts, 0);
  pass(10min, 1s);
  CAF_CHECK_EQUAL(restarts, 1);
}

CAF_TEST(figures tell that a camera agrees that did so by an older id) {
  start();
  tell(device(wired));
  burn({wireless});
  greet(wired);
  CAF_CHECK(figures().trackers.cameras.at(wireless).agrees);
  tell(device(wired, {wireless}));
  const auto told = figures().trackers.cameras;
  CAF_CHECK_EQUAL(told.count(wireless), 0u);
  CAF_CHECK(told.at(wired).agrees);
}

CAF_TEST(two events and what frigate says in between raise the alarm) {
  settings.acceptance.burst_sampling = true;
  settings.acceptance.cameras["north"].frame = {1280, 720};
  settings.acceptance.cameras["south"].frame = {1280, 720};
  start();
  const auto activity = [this](double area) {
    json payload;
    for (const char* camera : {"north", "south"})
      payload[camera] = {{"motion", true},
                         {"objects", json::array({{{"id", std::string{"of "} + camera},
                                                   {"label", "fire"},
                                                   {"area", area},
                                                   {"score", .9}}})}};
    hear("frigate/camera_activity", payload.dump());
  };
  // Alone they say nothing: nobody knows where it is.
  activity(20'000);
  frigate_sees("north", "of north", 20'000);
  frigate_sees("south", "of south", 20'000);
  for (int i = 1; i < 8; ++i) {
    pass(1s);
    activity(20'000 + i * 2'000);
  }
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(an object that frigates api names makes its camera known) {
  settings.acceptance.burst_sampling = true;
  start();
  caf::anon_send(uut,
                 frigate_objects{"frigate", {{"north", "a", fire_sign::fire, {.4, .4, .5, .5}}}});
  settle();
  const auto told = figures();
  CAF_REQUIRE(told.trackers.cameras.count("north") == 1);
  CAF_CHECK(told.trackers.cameras.at("north").online);
  CAF_CHECK_EQUAL(told.trackers.cameras.at("north").total_detections, 0u);
}

CAF_TEST(what others report degrades the state and stops no alarm) {
  start_with_store();
  const auto report = [this](std::vector<problem> all) {
    caf::anon_send(uut, reported_problems{"drill", std::move(all)});
    settle();
  };
  report({{"drill_failed", {}, true, start_of_time - 60, "the drill failed"},
          {"drill_late", {}, false, 0, "none lately"}});
  CAF_CHECK(troubles() == std::vector<std::string>{"drill_failed"});
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "degraded");
  const auto told = figures().problems;
  CAF_REQUIRE_EQUAL(told.size(), 2u);
  CAF_CHECK(std::abs(told[0].since - (start_of_time - 60)) < 0.01);
  CAF_CHECK_EQUAL(figures().threshold, figures().configured_threshold);
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  report({});
  CAF_CHECK(troubles().empty());
  CAF_CHECK_EQUAL(problem_codes(), "");
}

CAF_TEST(a store that cannot write degrades the state and stops no alarm) {
  start_with_store();
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  stored.writes = false;
  stored.figures.problem = "disk full";
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  CAF_CHECK(troubles() == std::vector<std::string>{"store_cannot_write"});
  CAF_CHECK_EQUAL(problem_codes(), "store_cannot_write ");
  stored.writes = true;
  stored.figures.problem.clear();
  CAF_CHECK_EQUAL(problem_codes(), "");
  CAF_CHECK(troubles().empty());
}

CAF_TEST(a store that does not answer is trouble and delays no figures for ever) {
  stored.tells = false;
  start_with_store();
  CAF_CHECK(troubles().empty());
  pass(1100ms);
  CAF_CHECK(troubles() == std::vector<std::string>{"store_silent"});
  self->send(uut, figures_atom_v);
  pass(1100ms);
  consensus_figures x;
  self->receive([&x](const consensus_figures& answer) { x = answer; });
  CAF_REQUIRE_EQUAL(x.problems.size(), 1u);
  CAF_CHECK_EQUAL(x.problems[0].code, "store_silent");
}

CAF_TEST(that a store is silent says nothing of the one in its place) {
  stored.tells = false;
  start_with_store();
  store_log second;
  const auto again = own(sys.spawn(fake_store, &second));
  caf::anon_send(uut, attach_atom_v, again);
  pass(1100ms);
  CAF_CHECK(troubles().empty());
  caf::anon_send_exit(again, caf::exit_reason::kill);
  settle();
}

CAF_TEST(a damaged file is known and no trouble) {
  stored.figures.set_aside = "x.damaged";
  start_with_store();
  CAF_CHECK_EQUAL(state()["state"].get<std::string>(), "idle");
  const auto x = figures();
  CAF_REQUIRE_EQUAL(x.problems.size(), 1u);
  CAF_CHECK_EQUAL(x.problems[0].code, "store_set_aside");
  CAF_CHECK(!x.problems[0].trouble);
}

CAF_TEST(a ping is answered when every tracker has answered) {
  start();
  // A question overtakes what waits.
  for (const auto& t : deref<consensus_actor::stateful_base<consensus_state>>(uut).state.trackers())
    caf::anon_send(t, tracker_tick{99});
  ping_log log;
  const auto asker = own(sys.spawn(pinger, uut, &log));
  sched.prioritize(asker);
  sched.run_once();
  const auto& trackers
      = deref<consensus_actor::stateful_base<consensus_state>>(uut).state.trackers();
  expect((ping_atom), from(asker).to(uut));
  for (const auto& t : trackers) {
    CAF_CHECK_EQUAL(log.answers, 0);
    expect((ping_atom), from(uut).to(t));
    expect((done_atom), from(t).to(uut));
  }
  settle();
  CAF_CHECK_EQUAL(log.answers, 1);
}

CAF_TEST(a tracker that is stuck is named in the answer to a ping) {
  start();
  ping_log log;
  const auto asker = own(sys.spawn(pinger, uut, &log));
  sched.prioritize(asker);
  sched.run_once();
  const auto& trackers
      = deref<consensus_actor::stateful_base<consensus_state>>(uut).state.trackers();
  expect((ping_atom), from(asker).to(uut));
  expect((ping_atom), from(uut).to(trackers[0]));
  expect((done_atom), from(trackers[0]).to(uut));
  // The others do not get to work.
  sched.advance_time(5s);
  expect((caf::error), to(uut));
  expect((caf::error), from(uut).to(asker));
  expect((caf::error), to(uut));
  CAF_CHECK_EQUAL(log.answers, 0);
  CAF_CHECK(log.failure.find("tracker 1 does not answer") != std::string::npos);
}

// -- decisions and their reasons ------------------------------------------------------------

CAF_TEST(every decision is told when its reason changes and not otherwise) {
  std::vector<decision_record> log;
  start();
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  burn({"north"});
  std::vector<standing_reason> reasons;
  for (const auto& x : log)
    reasons.push_back(x.cameras.at("north").reason);
  const std::vector<standing_reason> expected{standing_reason::too_few_samples,
                                              standing_reason::verified};
  CAF_CHECK(reasons == expected);
  CAF_CHECK(log.back().reason == decision_reason::too_few_cameras);
  CAF_CHECK_EQUAL(log.back().agreeing, 1u);
  CAF_CHECK_EQUAL(log.back().threshold, 2u);
  CAF_CHECK_EQUAL(log.back().t, wall()() - 1);
  log.clear();
  burn({"south"});
  CAF_REQUIRE_EQUAL(log.size(), 2u);
  CAF_CHECK(log.back().triggers());
  CAF_CHECK_EQUAL(log.back().trigger_id, triggers().at(0)["trigger_id"].get<std::string>());
  CAF_CHECK(log.back().cameras.at("south").agrees);
  see("south", .21);
  CAF_CHECK(log.back().reason == decision_reason::cooldown);
  const auto count = log.size();
  see("south", .22);
  CAF_CHECK_EQUAL(log.size(), count);
}

CAF_TEST(the end of a cooldown and of being armed are told by themselves) {
  std::vector<decision_record> log;
  settings.tracking.window = 300s;
  settings.cooldown = 60s;
  settings.tracking.camera_timeout = 600s;
  start();
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  burn({"north", "south"});
  see("south", .21);
  CAF_CHECK(log.back().reason == decision_reason::cooldown);
  pass(60s, 1s);
  CAF_CHECK(log.back().reason == decision_reason::no_detection);
  decision_tuning disarmed;
  disarmed.armed = false;
  disarmed.detection_window = settings.tracking.window;
  disarmed.cooldown = settings.cooldown;
  caf::anon_send(uut, disarmed);
  settle();
  CAF_CHECK(log.back().reason == decision_reason::disarmed);
}

CAF_TEST(the second camera of a witness is told as such) {
  std::vector<decision_record> log;
  settings.witnesses = {{"north", "mast"}, {"south", "mast"}};
  start();
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  burn({"north", "south"});
  CAF_CHECK(triggers().empty());
  CAF_CHECK_EQUAL(log.back().agreeing, 1u);
  CAF_CHECK(log.back().cameras.at("north").agrees);
  CAF_CHECK(!log.back().cameras.at("south").agrees);
  CAF_CHECK(log.back().cameras.at("south").reason == standing_reason::same_witness);
}

CAF_TEST(of a large house those that see something are told) {
  std::vector<decision_record> log;
  start();
  for (int i = 0; i < 100; ++i)
    greet("camera" + std::to_string(i));
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  see("camera1", .1);
  see("camera2", .1);
  pass(100ms);
  CAF_REQUIRE_EQUAL(log.size(), 2u);
  CAF_CHECK_EQUAL(log.back().cameras.size(), 2u);
  CAF_CHECK_EQUAL(log.back().untold, 0u);
}

CAF_TEST(of many that see something some are told and the others counted) {
  std::vector<decision_record> log;
  start();
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  for (int i = 0; i < 100; ++i)
    see("camera" + std::to_string(i), .1);
  // Only of a small house each is told; of the others the last, a little later.
  CAF_CHECK_EQUAL(log.size(), 64u);
  pass(100ms);
  CAF_REQUIRE_EQUAL(log.size(), 65u);
  CAF_CHECK_EQUAL(log.back().cameras.size(), 64u);
  CAF_CHECK_EQUAL(log.back().untold, 36u);
  CAF_CHECK_EQUAL(log.back().cameras.count("camera99"), 1u);
}

CAF_TEST(of many that see something those that agree are told first) {
  settings.threshold = 3;
  std::vector<decision_record> log;
  start();
  burn({"x", "y"});
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  for (int i = 0; i < 100; ++i)
    see("camera" + std::to_string(i), .1);
  pass(100ms);
  CAF_REQUIRE(!log.empty());
  CAF_CHECK_EQUAL(log.back().agreeing, 2u);
  CAF_CHECK_EQUAL(log.back().cameras.size(), 64u);
  CAF_CHECK_EQUAL(log.back().cameras.count("x"), 1u);
  CAF_CHECK_EQUAL(log.back().cameras.count("y"), 1u);
  CAF_CHECK_EQUAL(log.back().untold, 38u);
}

CAF_TEST(of a large house what is news is told at once) {
  std::vector<decision_record> log;
  start();
  for (int i = 0; i < 100; ++i)
    greet("camera" + std::to_string(i));
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  for (int i = 0; i < 50; ++i)
    see("camera" + std::to_string(i), .1);
  CAF_CHECK_EQUAL(log.size(), 1u);
  burn_at_once({"x"});
  CAF_CHECK_EQUAL(log.back().agreeing, 1u);
  CAF_CHECK(log.back().cameras.at("x").agrees);
  burn_at_once({"y"});
  CAF_CHECK(log.back().triggers());
}

CAF_TEST(of a large house what stands otherwise behind news is told soon) {
  std::vector<decision_record> log;
  start();
  for (int i = 0; i < 100; ++i)
    greet("camera" + std::to_string(i));
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  see("camera0", .1);
  pass(10ms);
  see("camera1", .1);
  pass(40ms);
  burn_at_once({"x"});
  pass(10ms);
  see("camera2", .1);
  CAF_CHECK_EQUAL(log.back().cameras.count("camera2"), 0u);
  // The pause began anew with the news, and the tick that was pending came before its end.
  pass(200ms);
  CAF_CHECK_EQUAL(log.back().cameras.count("camera2"), 1u);
}

CAF_TEST(the alarm goes before the word of it) {
  std::vector<decision_record> log;
  stored.answers = false;
  start_with_store();
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  burn_at_once({"north", "south"});
  see("south", .21);
  CAF_CHECK_EQUAL(stored.alarms.size(), 1u);
  CAF_CHECK(triggers().empty());
  CAF_CHECK(std::none_of(log.begin(), log.end(), [](const auto& x) { return x.triggers(); }));
  CAF_CHECK(log.back().reason != decision_reason::cooldown);
  // The disk is too slow, and the alarm is sent all the same.
  pass(1s);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  CAF_REQUIRE(log.size() >= 2u);
  CAF_CHECK(log[log.size() - 2].triggers());
  CAF_CHECK(log.back().reason == decision_reason::cooldown);
}

CAF_TEST(a trigger of many cameras tells of all that agree) {
  settings.threshold = 80;
  std::vector<decision_record> log;
  start();
  caf::anon_send(uut, listen_atom_v, decision_listener{own(sys.spawn(decision_reader, &log))});
  std::vector<std::string> cameras;
  for (int i = 0; i < 80; ++i)
    cameras.push_back("camera" + std::to_string(i));
  burn(cameras);
  const auto trigger
      = std::find_if(log.begin(), log.end(), [](const decision_record& x) { return x.triggers(); });
  CAF_REQUIRE(trigger != log.end());
  CAF_CHECK_EQUAL(trigger->cameras.size(), 80u);
  CAF_CHECK_EQUAL(trigger->untold, 0u);
}

CAF_TEST(a fire that burns on is written down now and then) {
  settings.cooldown = 100s;
  settings.same_fire = 1h;
  settings.tracking.window = 300s;
  settings.tracking.camera_timeout = 600s;
  start_with_store();
  burn({"north", "south"});
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  const auto writes = stored.memories.size();
  for (int i = 0; i < 60; ++i) {
    see("north", .3 + i * .005);
    see("south", .3 + i * .005);
    pass(5s, 1s);
  }
  CAF_CHECK_EQUAL(triggers().size(), 1u);
  const auto more = stored.memories.size() - writes;
  CAF_CHECK(more >= 20);
  CAF_CHECK(more <= 31);
  CAF_CHECK(stored.memories.back().cooldown_start > stored.memories.back().last_trigger + 250s);
  // A minute and a half of nothing later it is over.
  pass(400s, 1s);
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers().size(), 2u);
}

CAF_TEST(what a camera of another process saw an hour ago still agrees) {
  settings.tracking.window = 30min;
  settings.tracking.how = verification::persistence;
  settings.tracking.agreement_window = 1h;
  settings.tracking.camera_timeout = 600s;
  for (int i = 0; i < 3; ++i)
    leave_sightings("north", 1, 40min + i * 60s);
  std::reverse(stored.before.sightings.begin(), stored.before.sightings.end());
  start_with_store();
  for (int i = 0; i < 3; ++i) {
    see("south", .1);
    pass(60s, 1s);
  }
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK(triggers().at(0)["consensus_cameras"] == (json{"north", "south"}));
}

CAF_TEST(a Frigate that goes takes its evidence along) {
  start();
  const auto event = [this](double area, int at) {
    hear("frigate/events", json{{"type", "update"},
                                {"before", nullptr},
                                {"after",
                                 {{"id", "1-a"},
                                  {"camera", "north"},
                                  {"label", "fire"},
                                  {"frame_time", wall()() + at * .001},
                                  {"score", .9},
                                  {"top_score", .9},
                                  {"box", {0, 0, area * 1920, 1080}}}}}
                               .dump());
    pass(5s, 1s);
  };
  for (int i = 0; i < 4; ++i)
    event(.1 + i * .03, i);
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 1);
  hear("frigate/available", "online", true);
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 1);
  hear("frigate/available", "offline");
  CAF_CHECK_EQUAL(state()["consensus_count"].get<int>(), 0);
}

// -- why? ------------------------------------------------------------------------------

CAF_TEST(the present is explained by all trackers together) {
  start();
  burn({"north"});
  see("south", .1);
  const auto x = explain();
  CAF_CHECK(!x.triggers());
  CAF_CHECK_EQUAL(x.agreeing, 1u);
  CAF_CHECK_EQUAL(x.threshold, 2u);
  CAF_REQUIRE_EQUAL(x.cameras.size(), 2u);
  CAF_CHECK(x.cameras.at("north").agrees);
  CAF_CHECK_EQUAL(x.cameras.at("north").growth, 2.);
  CAF_CHECK(x.cameras.at("south").reason == standing_reason::too_few_samples);
  CAF_CHECK_EQUAL(x.t, wall()());
  CAF_CHECK_EQUAL(explain("south").cameras.size(), 1u);
}

CAF_TEST(a camera that nobody heard is explained as offline and an unknown one refused) {
  settings.acceptance.cameras["west"] = {};
  start();
  see("north", .1);
  CAF_CHECK(explain("west").cameras.at("west").reason == standing_reason::offline);
  explain("east");
  CAF_CHECK(refused.find("there is no camera 'east'; there are: north, west") != std::string::npos);
}

CAF_TEST(every change of the reason is kept and the trigger with its identity) {
  start_with_store();
  burn({"north", "south"});
  const auto all = kept();
  CAF_REQUIRE(!all.empty());
  const auto fire
      = std::find_if(all.begin(), all.end(), [](const auto& x) { return x.triggers(); });
  CAF_REQUIRE(fire != all.end());
  CAF_CHECK_EQUAL(fire->trigger_id, triggers().at(0)["trigger_id"].get<std::string>());
  CAF_CHECK_EQUAL(fire->agreeing, 2u);
  CAF_CHECK(fire->cameras.at("south").agrees);
  CAF_CHECK(all.front().reason == decision_reason::too_few_cameras);
}

CAF_TEST(how a camera stands otherwise is kept now and then and the latest at the stop) {
  start_with_store();
  see("north", .1);
  CAF_REQUIRE_EQUAL(kept().size(), 1u);
  for (const auto* camera : {"a", "b", "c"})
    see(camera, .1);
  CAF_CHECK_EQUAL(kept().size(), 1u);
  pass(10s, 1s);
  see("d", .1);
  CAF_CHECK_EQUAL(kept().size(), 2u);
  CAF_CHECK_EQUAL(kept().back().cameras.size(), 5u);
  see("e", .1);
  CAF_CHECK_EQUAL(kept().size(), 2u);
  caf::anon_send(uut, drain_atom_v);
  settle();
  CAF_CHECK_EQUAL(kept().size(), 3u);
  CAF_CHECK_EQUAL(kept().back().cameras.size(), 6u);
}

CAF_TEST(the past is explained by what was kept and by what was not yet) {
  start_with_store();
  see("north", .1);
  const auto first = wall()();
  pass(2s);
  see("south", .1);
  const auto second = wall()();
  pass(2s);
  CAF_CHECK_EQUAL(explain({}, first + 1).cameras.size(), 1u);
  CAF_CHECK_EQUAL(explain({}, first + 1).t, first);
  CAF_CHECK_EQUAL(explain({}, second + 1).cameras.size(), 2u);
  CAF_CHECK_EQUAL(explain("south", second).cameras.size(), 1u);
  explain("south", first);
  CAF_CHECK(refused.find("tells nothing of camera 'south', only of: north") != std::string::npos);
  explain({}, first - 1);
  CAF_CHECK(refused.find("the journal begins at") != std::string::npos);
  explain({}, wall()() + 1);
  CAF_CHECK(refused.find("yet to come") != std::string::npos);
}

CAF_TEST(without a store only the present is explained) {
  start();
  see("north", .1);
  pass(1s);
  explain({}, wall()() - .5);
  CAF_CHECK(refused.find("there is no journal") != std::string::npos);
}

// -- what camera detection tells ---------------------------------------------------------

CAF_TEST(one camera under two addresses is one witness in every tracker) {
  start();
  tell(device(wired, {wireless}));
  burn({"02:77:00:00:00:0A", "cam_02770000000b"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK_EQUAL(figures().cameras.size(), 1u);
  burn({"02:77:00:00:00:0A", "cam_02770000000b", "barn"});
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(triggers()[0]["consensus_cameras"].size(), 2u);
}

CAF_TEST(what is seen under two ids of a camera is one history) {
  start();
  tell(device(wired, {wireless, "sn-7"}));
  const std::vector<std::string> ids{wired, wireless, "sn-7"};
  for (std::size_t i = 0; i < 6; ++i) {
    see(ids[i % ids.size()], i < 3 ? .1 : .2);
    see("barn", i < 3 ? .1 : .2);
    pass(1s);
  }
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(an alias that appears in a fire takes nothing away and adds nothing) {
  settings.threshold = 3;
  start();
  burn({wired, wireless});
  CAF_CHECK_EQUAL(explain().agreeing, 2u);
  tell(device(wired, {wireless}));
  CAF_CHECK_EQUAL(explain().agreeing, 1u);
  burn({"barn", wireless});
  CAF_CHECK_EQUAL(explain().agreeing, 2u);
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  burn({"mill"});
  CAF_REQUIRE_EQUAL(triggers().size(), 1u);
  CAF_CHECK_EQUAL(triggers()[0]["consensus_cameras"].size(), 3u);
  // The old id falls silent and is forgotten; the camera is not.
  for (int i = 0; i < 4; ++i) {
    greet(wireless);
    pass(30s, 1s);
  }
  const auto all = figures();
  CAF_CHECK_EQUAL(all.cameras.count(wireless), 0u);
  CAF_CHECK_EQUAL(all.trackers.cameras.count(wireless), 0u);
  CAF_REQUIRE_EQUAL(all.cameras.count(wired), 1u);
  CAF_CHECK(all.cameras.at(wired).online);
  CAF_CHECK(explain(wireless).cameras.count(wired) == 1);
  CAF_CHECK(explain().cameras.count(wireless) == 0);
}

CAF_TEST(an alias of a configured camera makes all ids of its device that camera) {
  settings.acceptance.cameras["north"].aliases = {"sn-7"};
  start();
  tell(device(wired, {"sn-7"}));
  burn({"north", wired, "sn-7"});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK(explain("north").cameras.at("north").agrees);
}

CAF_TEST(a successor is the camera that it was before) {
  start();
  tell(device("UNKNOWN-10-0-0-7"));
  burn({"UNKNOWN-10-0-0-7"});
  caf::anon_send(uut, camera_removed{"UNKNOWN-10-0-0-7", wired});
  tell(device(wired));
  burn({"UNKNOWN-10-0-0-7", wired});
  CAF_CHECK_EQUAL(triggers().size(), 0u);
  CAF_CHECK_EQUAL(explain().agreeing, 1u);
}

CAF_TEST(what was kept under an alias comes back to its camera) {
  leave_sightings(wireless, 5, 2s);
  leave_sightings("barn", 5, 2s);
  connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
  uut = own(sys.spawn(consensus, settings, wall()));
  tell(device(wired, {wireless}));
  store_hdl = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, store_hdl);
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  settle();
  caf::anon_send(connection_hdl, open_atom_v);
  settle();
  see(wired, .2);
  see("barn", .2);
  CAF_CHECK_EQUAL(triggers().size(), 1u);
}

CAF_TEST(boxes in pixels are of the main stream when nothing better is known) {
  start();
  auto seen = [this] { return figures().trackers.accepted; };
  const auto look = [this] {
    hear("fire/detection/north",
         json{{"confidence", .9}, {"object_id", "x"}, {"bbox", {0, 0, 30, 30}}}.dump());
  };
  look();
  CAF_CHECK_EQUAL(seen(), 0u); // 900 of 2,073,600 pixels
  auto camera = device("north");
  camera.streams = {{"main", "rtsp://10.0.0.1/", 640, 360, 10, "h264", {}}};
  tell(camera);
  look();
  CAF_CHECK_EQUAL(seen(), 1u);
}

CAF_TEST(a size that is learned in between raises no alarm) {
  start();
  const auto look = [this](const std::string& camera) {
    hear("fire/detection/" + camera,
         json{{"confidence", .9}, {"object_id", "sun"}, {"bbox", {0, 0, 200, 200}}}.dump());
  };
  for (int i = 0; i < 12; ++i) {
    for (const auto* camera : {"north", "south"}) {
      if (i == 6) {
        auto found = device(camera);
        found.streams = {{"main", "rtsp://10.0.0.1/", 640, 360, 10, "h264", {}}};
        tell(found);
      }
      look(camera);
    }
    pass(1s);
  }
  CAF_CHECK_EQUAL(triggers().size(), 0u);
}

CAF_TEST(a camera that is gone from the network is told before its silence tells it) {
  settings.threshold = 1;
  start();
  const auto frame = [this] { hear("fire/detection/north", R"({"detections": []})"); };
  for (int i = 0; i < 6; ++i) {
    greet("south");
    frame();
    pass(1s);
  }
  auto gone = device("north", {}, camera_condition::offline);
  gone.reason = "no answer from 10.0.0.7";
  tell(gone);
  pass(5s);
  CAF_CHECK(troubles().empty());
  pass(6s);
  CAF_CHECK(troubles() == std::vector<std::string>{"camera_unreachable"});
  CAF_CHECK(figures().problems[0].text.find("no answer from 10.0.0.7") != std::string::npos);
  CAF_CHECK(figures().cameras.at("north").online);
  frame();
  CAF_CHECK(troubles().empty());
}

CAF_TEST(a camera that delivers detections is online whatever its network says) {
  settings.threshold = 1;
  start();
  tell(device("north", {}, camera_condition::offline));
  for (int i = 0; i < 90; ++i) {
    hear("fire/detection/north", R"({"detections": []})");
    pass(1s);
  }
  CAF_CHECK(problem_codes().empty());
  CAF_CHECK(figures().cameras.at("north").online);
}

CAF_TEST(cameras that nobody looks at are told after ten minutes) {
  settings.threshold = 1;
  start();
  tell(device(wired));
  tell(device("north"));
  for (int i = 0; i < 20; ++i) {
    greet("north");
    CAF_CHECK(problem_codes().empty());
    pass(30s, 1s);
  }
  CAF_CHECK_EQUAL(problem_codes(), "camera_without_detector ");
  CAF_CHECK(troubles().empty());
  const auto all = figures();
  CAF_CHECK_EQUAL(all.cameras_found, 2u);
  CAF_CHECK_EQUAL(all.cameras_reachable, 2u);
  tell(device(wired, {}, camera_condition::offline));
  CAF_CHECK_EQUAL(figures().cameras_reachable, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace consensus_test
