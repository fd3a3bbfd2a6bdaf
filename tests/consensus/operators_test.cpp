#undef CAF_SUITE
#define CAF_SUITE operators

// What operators change at run time, and what those who show the house are told.

#include "actors/connection/connection.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/consensus/tracker.hpp"

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fake_broker.hpp"

#include <nlohmann/json.hpp>

#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

namespace operators_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

struct house_log {
  std::vector<house_state> states;
  std::vector<house_camera> cameras;
  std::vector<house_camera_gone> gone;
  std::vector<camera_sight> sights;
  int sight_messages = 0;
  int camera_messages = 0;
};

using house_reader = house_listener::extend_with<sight_listener>;

house_reader::behavior_type read_house(house_reader::pointer, house_log* log) {
  return {
      [log](const house_state& x) { log->states.push_back(x); },
      [log](const house_cameras& x) {
        ++log->camera_messages;
        log->cameras.insert(log->cameras.end(), x.all.begin(), x.all.end());
      },
      [log](const house_camera_gone& x) { log->gone.push_back(x); },
      [log](const camera_sights& x) {
        ++log->sight_messages;
        log->sights.insert(log->sights.end(), x.all.begin(), x.all.end());
      },
  };
}

using tracker_reader = verdict_listener::extend_with<sight_listener>;

// Who says what in which order.
tracker_reader::behavior_type read_tracker(tracker_reader::pointer, std::vector<std::string>* log) {
  return {
      [log](const verdict& x) { log->push_back(x.standing.agrees ? "agrees" : "does not agree"); },
      [log](const frigate_sign&) { log->push_back("Frigate"); },
      [log](const frigate_candidate&) { log->push_back("candidate"); },
      [log](const camera_sights&) { log->push_back("sights"); },
  };
}

decision_listener::behavior_type count_decisions(decision_listener::pointer, int* count) {
  return {[count](const decision_record&) { ++*count; }};
}

struct fixture : actor_fixture {
  fake_broker broker;
  consensus_settings settings;
  decision_tuning tuning;
  connection_actor connection_hdl;
  consensus_actor uut;
  store_log stored;
  house_log house;
  std::string refused;

  fixture() {
    settings.trackers = 3;
    settings.acceptance.cameras = {{"north", {"North gate"}}, {"south", {}}};
  }

  ~fixture() {
    caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
    settle();
  }

  void start(bool with_store = false) {
    connection_hdl = own(sys.spawn(connection, connection_settings{}, broker.factory()));
    uut = own(sys.spawn(consensus, settings, wall()));
    if (with_store)
      caf::anon_send(uut, attach_atom_v, store_actor{own(sys.spawn(fake_store, &stored))});
    caf::anon_send(uut, attach_atom_v, connection_hdl);
    caf::anon_send(connection_hdl, open_atom_v);
    settle();
  }

  void tune() {
    caf::anon_send(uut, tuning);
    settle();
  }

  house_reader listen(house_log& log) {
    auto listener = own(sys.spawn(read_house, &log));
    caf::anon_send(uut, listen_atom_v, house_listener{listener});
    caf::anon_send(uut, listen_atom_v, sight_listener{listener});
    settle();
    return listener;
  }

  house_reader listen() { return listen(house); }

  void forget_house() { house = {}; }

  // The last word on this camera.
  const house_camera& camera(const std::string& id) {
    static const house_camera none;
    for (auto x = house.cameras.rbegin(); x != house.cameras.rend(); ++x)
      if (x->id == id)
        return *x;
    return none;
  }

  void hear(const std::string& topic, const std::string& payload) {
    inbound x;
    x.topic = topic;
    x.payload = payload;
    x.size = payload.size();
    x.arrived = now();
    x.received_at = wall()();
    broker.deliver(std::move(x));
    settle();
  }

  void see(const std::string& camera, double area, double confidence = .9) {
    hear("fire/detection/" + camera,
         json{{"confidence", confidence}, {"object_id", "tree"}, {"bbox", {0, 0, area, 1}}}.dump());
  }

  void greet(const std::string& camera) {
    hear("system/camera_telemetry", json{{"camera_id", camera}}.dump());
  }

  void burn(const std::vector<std::string>& cameras) {
    for (int i = 0; i < 6; ++i) {
      for (const auto& camera : cameras)
        see(camera, i < 3 ? .1 : .2);
      pass(1s);
    }
  }

  // As long as operators, or the store, may be waited for.
  void burn_fast(const std::vector<std::string>& cameras) {
    for (int i = 0; i < 6; ++i) {
      for (const auto& camera : cameras)
        see(camera, i < 3 ? .1 : .2);
      pass(500ms);
    }
  }

  std::size_t triggers() { return broker.on("fire/trigger").size(); }

  // Whether it was done; else `refused` says why not.
  bool forget(const std::string& camera) {
    bool done = false;
    refused.clear();
    auto answer = self->request(uut, caf::infinite, forget_atom_v, camera);
    settle();
    answer.receive([&](done_atom) { done = true; },
                   [&](const caf::error& why) { refused = sys.render(why); });
    return done;
  }

  consensus_figures figures() {
    consensus_figures result;
    auto answer = self->request(uut, caf::infinite, figures_atom_v);
    settle();
    answer.receive([&](const consensus_figures& x) { result = x; },
                   [&](const caf::error&) { CAF_FAIL("no figures"); });
    return result;
  }

  static camera_facts device(const std::string& id, std::vector<std::string> aliases = {}) {
    camera_facts result;
    result.id = id;
    result.aliases = std::move(aliases);
    result.condition = camera_condition::online;
    return result;
  }

  void tell(const camera_facts& what) {
    caf::anon_send(uut, camera_changed{what});
    settle();
  }

  // What a store has of six growing samples of this camera.
  void leave_sightings(const std::string& camera) {
    for (int i = 0; i < 6; ++i) {
      auto& next = stored.before.sightings.emplace_back();
      next.camera = camera;
      next.kind = sighting_kind::part_of_frame;
      next.detections
          = {{"tree", fire_sign::fire, .9, {0, 0, i < 3 ? .1 : .2, 1}, i < 3 ? .1 : .2}};
      next.at = now() - (6 - i) * 1s;
      next.received_at = wall()();
    }
  }
};

constexpr auto wired = "02770000000a";
constexpr auto wireless = "02770000000b";

} // namespace

CAF_TEST_FIXTURE_SCOPE(operators_tests, fixture)

// -- what operators change ------------------------------------------------------------------

CAF_TEST(a camera that is muted in the middle of a fire takes no part in it) {
  start();
  burn({"north"});
  tuning.muted = {"north"};
  tune();
  burn({"south"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  for (int i = 0; i < 12; ++i) {
    see("north", .2 + i * .02);
    see("south", .2 + i * .02);
  }
  CAF_CHECK_EQUAL(triggers(), 0u);
  const auto all = figures();
  CAF_CHECK_EQUAL(all.trackers.dropped.at("camera_disabled"), 12u);
  CAF_CHECK(all.cameras.at("north").online);
  // Counting again it has to show what it sees anew.
  tuning.muted.clear();
  tune();
  see("north", .2);
  CAF_CHECK_EQUAL(triggers(), 0u);
  burn({"north"});
  CAF_CHECK_EQUAL(triggers(), 1u);
}

CAF_TEST(a camera that the configuration switches off counts when an operator says so) {
  settings.acceptance.cameras["south"].enabled = false;
  start();
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  tuning.unmuted = {"south"};
  tune();
  CAF_CHECK_EQUAL(triggers(), 0u);
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 1u);
  CAF_CHECK_EQUAL(figures().cameras.count("south"), 1u);
}

CAF_TEST(a shorter window ends agreement and a tuning alone raises no alarm) {
  start();
  burn({"north"});
  pass(15s, 1s);
  tuning.detection_window = 10s;
  tune();
  burn({"south"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  tuning.detection_window = 30s;
  tuning.threshold = 1;
  tune();
  CAF_CHECK_EQUAL(triggers(), 0u);
  see("south", .3);
  CAF_CHECK_EQUAL(triggers(), 1u);
}

CAF_TEST(disarmed in the middle and armed again a fire that burns triggers by the next detection) {
  start();
  burn({"north"});
  tuning.armed = false;
  tune();
  burn({"south"});
  see("north", .25);
  CAF_CHECK_EQUAL(triggers(), 0u);
  tuning.armed = true;
  tune();
  CAF_CHECK_EQUAL(triggers(), 0u);
  see("south", .25);
  CAF_CHECK_EQUAL(triggers(), 1u);
}

CAF_TEST(a threshold and a confidence hold from now on) {
  start();
  tuning.threshold = 3;
  tuning.min_confidence = .95;
  tune();
  burn({"north", "south"});
  CAF_CHECK_EQUAL(figures().trackers.accepted, 0u);
  CAF_CHECK_EQUAL(figures().configured_threshold, 3u);
  tuning.min_confidence = .5;
  tune();
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  burn({"east"});
  CAF_CHECK_EQUAL(triggers(), 1u);
}

CAF_TEST(a cooldown that runs is measured by its new length) {
  settings.tracking.window = tuning.detection_window = 300s;
  settings.tracking.camera_timeout = 600s;
  start();
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 1u);
  pass(60s, 1s);
  tuning.cooldown = 90s;
  tune();
  see("north", .3);
  CAF_CHECK_EQUAL(triggers(), 1u);
  pass(30s, 1s);
  CAF_CHECK(json::parse(broker.retained["fire/consensus_state"])["state"] != "cooldown");
  tuning.cooldown = 3600s;
  tune();
  see("north", .31);
  CAF_CHECK_EQUAL(triggers(), 2u);
}

CAF_TEST(the same tuning twice changes nothing) {
  start(true);
  tuning.muted = {"north"};
  tuning.armed = false;
  tune();
  const auto memories = stored.memories.size();
  const auto states = broker.on("fire/consensus_state").size();
  tune();
  CAF_CHECK_EQUAL(stored.memories.size(), memories);
  CAF_CHECK_EQUAL(broker.on("fire/consensus_state").size(), states);
}

CAF_TEST(what a camera saw does not count from the moment in which it is muted) {
  start();
  tuning.threshold = 3;
  tune();
  burn({"north", "east"});
  tuning.threshold = 2;
  tuning.muted = {"north"};
  verdict next;
  next.camera = "west";
  next.first_seen = next.at = now();
  next.online = next.by_detection = next.standing.agrees = true;
  next.evidence_until = now() + 30s;
  auto late = next;
  late.camera = "north";
  auto other = next;
  other.camera = "east";
  // Before its tracker has said that it does not agree, and then something from before that.
  tuning.muted = {"north", "east"};
  caf::anon_send(uut, tuning);
  for (const auto& x : {next, late, other, next})
    caf::anon_send(uut, x);
  settle();
  CAF_CHECK_EQUAL(triggers(), 0u);
  CAF_CHECK_EQUAL(figures().trigger_count, 0u);
}

CAF_TEST(a camera that is muted by an older name counts by none) {
  start();
  tell(device(wired, {wireless}));
  burn({wired});
  tuning.muted = {wireless};
  verdict next;
  next.camera = "north";
  next.first_seen = next.at = now();
  next.online = next.by_detection = next.standing.agrees = true;
  next.evidence_until = now() + 30s;
  caf::anon_send(uut, tuning);
  caf::anon_send(uut, next);
  settle();
  CAF_CHECK_EQUAL(triggers(), 0u);
}

CAF_TEST(muted and counting again in a fire with another window it triggers once) {
  start();
  burn({"north"});
  tuning.muted = {"north"};
  tuning.detection_window = 20s;
  tune();
  burn({"south"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  tuning.muted.clear();
  tuning.detection_window = 30s;
  tune();
  CAF_CHECK_EQUAL(triggers(), 0u);
  see("south", .2);
  CAF_CHECK_EQUAL(triggers(), 0u);
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 1u);
  burn({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 1u);
  CAF_CHECK_EQUAL(figures().trigger_count, 1u);
}

// -- the start --------------------------------------------------------------------------------

CAF_TEST(what operators changed comes before what was before) {
  settings.tuned = true;
  stored.before.memory = {7, true, never, never};
  leave_sightings("north");
  leave_sightings("south");
  uut = own(sys.spawn(consensus, settings, wall()));
  caf::anon_send(uut, attach_atom_v, store_actor{own(sys.spawn(fake_store, &stored))});
  settle();
  bool ready = false;
  auto answer = self->request(uut, caf::infinite, ready_atom_v);
  settle();
  CAF_CHECK_EQUAL(figures().trigger_count, 7u);
  CAF_CHECK_EQUAL(figures().trackers.cameras.size(), 0u);
  tuning.muted = {"north"};
  tuning.armed = false;
  tune();
  answer.receive([&](done_atom) { ready = true; }, [&](const caf::error&) {});
  CAF_CHECK(ready);
  CAF_CHECK(stored.alarms.empty());
  CAF_CHECK_EQUAL(figures().trigger_count, 7u);
  // Nothing was written over before it was known.
  CAF_REQUIRE(!stored.memories.empty());
  CAF_CHECK_EQUAL(stored.memories.front().trigger_count, 7u);
  CAF_CHECK(!stored.memories.back().armed);
}

CAF_TEST(a start does not wait for operators for ever) {
  settings.tuned = true;
  log_capture log;
  leave_sightings("north");
  leave_sightings("south");
  uut = own(sys.spawn(consensus, settings, wall()));
  caf::anon_send(uut, attach_atom_v, store_actor{own(sys.spawn(fake_store, &stored))});
  settle();
  bool ready = false;
  auto answer = self->request(uut, caf::infinite, ready_atom_v);
  pass(4900ms);
  CAF_CHECK(stored.alarms.empty());
  pass(100ms);
  answer.receive([&](done_atom) { ready = true; }, [&](const caf::error&) {});
  CAF_CHECK(ready);
  CAF_CHECK_EQUAL(stored.alarms.size(), 1u);
  CAF_CHECK_EQUAL(log.count("what operators have changed"), 1);
}

CAF_TEST(a cooldown of before holds while operators are waited for) {
  settings.tuned = true;
  stored.before.memory = {7, true, now() - 10s, now() - 10s};
  start(true);
  CAF_CHECK_EQUAL(figures().trigger_count, 7u);
  burn_fast({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  tune();
  see("north", .3);
  CAF_CHECK_EQUAL(triggers(), 0u);
  CAF_CHECK_EQUAL(figures().trigger_count, 7u);
}

CAF_TEST(the cooldown of before is measured by the length that operators gave it) {
  settings.tuned = true;
  stored.before.memory = {7, true, now() - 600s, now() - 600s};
  start(true);
  burn_fast({"north", "south"});
  tuning.cooldown = 3600s;
  tune();
  see("north", .3);
  CAF_CHECK_EQUAL(triggers(), 0u);
}

CAF_TEST(disarmed before stays disarmed when operators are silent) {
  settings.tuned = true;
  stored.before.memory = {7, false, never, never};
  start(true);
  burn_fast({"north", "south"});
  pass(3s);
  see("north", .3);
  see("south", .3);
  CAF_CHECK_EQUAL(triggers(), 0u);
  listen();
  CAF_CHECK(!house.states.back().armed);
  for (const auto& x : stored.memories)
    CAF_CHECK(!x.armed);
}

CAF_TEST(a fire that burns while operators are waited for is not lost) {
  settings.tuned = true;
  start(true);
  burn_fast({"north", "south"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  tune();
  CAF_CHECK_EQUAL(triggers(), 1u);
  see("north", .3);
  CAF_CHECK_EQUAL(triggers(), 1u);
}

CAF_TEST(a fire that burns while the store is silent is not lost) {
  for (const bool dies : {false, true}) {
    broker.log.clear();
    stored.loads = false;
    const auto store = own(sys.spawn(fake_store, &stored));
    connection_hdl = own(sys.spawn(connection, connection_settings{}, broker.factory()));
    uut = own(sys.spawn(consensus, settings, wall()));
    caf::anon_send(uut, attach_atom_v, store_actor{store});
    caf::anon_send(uut, attach_atom_v, connection_hdl);
    caf::anon_send(connection_hdl, open_atom_v);
    settle();
    if (dies)
      caf::anon_send_exit(store, caf::exit_reason::kill);
    const auto before = triggers();
    burn_fast({"north", "south"});
    CAF_CHECK_EQUAL(triggers(), before);
    pass(3s);
    CAF_CHECK_EQUAL(figures().trigger_count, 1u);
    CAF_CHECK_EQUAL(triggers(), before + 1);
    caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
    settle();
  }
}

CAF_TEST(a store that answers late brings the cooldown before anything is decided) {
  store_log first;
  first.loads = false;
  const auto dying = own(sys.spawn(fake_store, &first));
  connection_hdl = own(sys.spawn(connection, connection_settings{}, broker.factory()));
  uut = own(sys.spawn(consensus, settings, wall()));
  caf::anon_send(uut, attach_atom_v, store_actor{dying});
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  caf::anon_send(connection_hdl, open_atom_v);
  settle();
  caf::anon_send_exit(dying, caf::exit_reason::kill);
  burn_fast({"north", "south"});
  stored.before.memory = {7, true, now() - 10s, now() - 10s};
  caf::anon_send(uut, attach_atom_v, store_actor{own(sys.spawn(fake_store, &stored))});
  settle();
  see("north", .3);
  pass(6s);
  CAF_CHECK_EQUAL(triggers(), 0u);
  CAF_CHECK_EQUAL(figures().trigger_count, 7u);
}

// -- forgetting -------------------------------------------------------------------------------

CAF_TEST(a camera that is forgotten is gone until it is heard again) {
  start();
  listen();
  burn({"east"});
  CAF_CHECK(camera("east").standing.agrees);
  CAF_CHECK(forget("east"));
  CAF_REQUIRE_EQUAL(house.gone.size(), 1u);
  CAF_CHECK_EQUAL(house.gone[0].id, "east");
  CAF_CHECK(house.gone[0].successor.empty());
  CAF_CHECK_EQUAL(figures().cameras.count("east"), 0u);
  CAF_CHECK_EQUAL(figures().trackers.cameras.count("east"), 0u);
  burn({"north"});
  CAF_CHECK_EQUAL(triggers(), 0u);
  greet("east");
  CAF_CHECK(camera("east").online);
  CAF_CHECK(!camera("east").standing.agrees);
  CAF_CHECK(forget("east"));
}

CAF_TEST(a camera of the configuration is not forgotten and an unknown one need not be) {
  start();
  CAF_CHECK(!forget("north"));
  CAF_CHECK(refused.find("out of the file or switch it off") != std::string::npos);
  CAF_CHECK(forget("east"));
  CAF_CHECK_EQUAL(figures().cameras.size(), 2u);
}

// -- what those are told who show the house --------------------------------------------------

CAF_TEST(a listener is told everything at once and then what changes) {
  settings.acceptance.cameras["west"].enabled = false;
  start();
  greet("north");
  greet("east");
  tell(device(wired));
  listen();
  CAF_REQUIRE_EQUAL(house.states.size(), 1u);
  CAF_CHECK_EQUAL(house.cameras.size(), 5u);
  CAF_CHECK_EQUAL(house.states[0].cameras_total, 3u);
  CAF_CHECK_EQUAL(house.states[0].cameras_online, 2u);
  CAF_CHECK(house.states[0].decides);
  CAF_CHECK_EQUAL(camera("north").name, "North gate");
  CAF_CHECK(camera("north").online);
  CAF_CHECK(camera("north").expected);
  CAF_CHECK(!camera("south").online);
  CAF_CHECK(camera("south").standing.reason == standing_reason::offline);
  CAF_CHECK_EQUAL(camera("south").name, "south");
  CAF_CHECK(!camera("west").counts);
  CAF_CHECK(camera("west").expected);
  CAF_CHECK(!camera("east").expected);
  CAF_CHECK_EQUAL(camera(wired).key, wired);
  CAF_CHECK_EQUAL(camera(wired).blind_since, 0.);
  forget_house();
  pass(10s);
  greet("north");
  pass(10s);
  CAF_CHECK(house.states.empty());
  CAF_CHECK(house.cameras.empty());
  greet("south");
  CAF_CHECK_EQUAL(house.cameras.size(), 1u);
  CAF_REQUIRE_EQUAL(house.states.size(), 1u);
  CAF_CHECK_EQUAL(house.states[0].cameras_online, 3u);
}

CAF_TEST(a second listener is told everything and the first nothing anew) {
  start();
  greet("north");
  listen();
  house_log second;
  listen(second);
  CAF_CHECK_EQUAL(house.states.size(), 1u);
  CAF_CHECK_EQUAL(house.cameras.size(), 2u);
  CAF_CHECK_EQUAL(second.states.size(), 1u);
  CAF_CHECK_EQUAL(second.cameras.size(), 2u);
  see("south", .1);
  CAF_CHECK_EQUAL(house.sights.size(), 1u);
  CAF_CHECK_EQUAL(second.sights.size(), 1u);
}

CAF_TEST(listeners that end are forgotten and nothing is computed without any) {
  int decisions = 0;
  start();
  const auto listener = listen();
  const auto decider = own(sys.spawn(count_decisions, &decisions));
  caf::anon_send(uut, listen_atom_v, decision_listener{decider});
  see("north", .1);
  CAF_CHECK_EQUAL(house.sights.size(), 1u);
  CAF_CHECK(decisions > 0);
  pass(3s);
  caf::anon_send_exit(listener, caf::exit_reason::kill);
  caf::anon_send_exit(decider, caf::exit_reason::kill);
  settle();
  const auto before = timers();
  greet("south");
  burn({"north", "south"});
  // Only what the decision itself waits for.
  CAF_CHECK_EQUAL(triggers(), 1u);
  CAF_CHECK(timers() <= before + 3);
  CAF_CHECK(figures().cameras.at("south").online);
}

CAF_TEST(how a fire goes is told as it goes) {
  start();
  greet("north");
  greet("south");
  listen();
  burn({"north", "south"});
  pass(1s);
  const auto& last = house.states.back();
  CAF_CHECK(last.fire);
  CAF_CHECK_EQUAL(last.agreeing, 2u);
  CAF_CHECK_EQUAL(last.threshold, 2u);
  CAF_CHECK(last.cooldown);
  CAF_CHECK_EQUAL(last.trigger_count, 1u);
  CAF_CHECK_EQUAL(last.cameras_detecting, 2u);
  CAF_CHECK(last.last_trigger > start_of_time);
  CAF_CHECK(last.last_trigger_cameras == (std::vector<std::string>{"north", "south"}));
  CAF_CHECK_EQUAL(
      last.last_trigger_id,
      json::parse(broker.on("fire/trigger").at(0).what.payload)["trigger_id"].get<std::string>());
  CAF_CHECK(camera("south").standing.agrees);
  CAF_CHECK(camera("south").standing.growth > 1.9);
  pass(60s, 1s);
  CAF_CHECK(!house.states.back().fire);
  CAF_CHECK_EQUAL(house.states.back().cameras_detecting, 0u);
  CAF_CHECK(!camera("south").standing.agrees);
  tuning.armed = false;
  tuning.muted = {"north"};
  tune();
  pass(100ms);
  CAF_CHECK(!house.states.back().armed);
  CAF_CHECK(!camera("north").counts);
}

CAF_TEST(the last trigger is told after a restart) {
  stored.before.memory = {4, true, now() - 100s, now() - 100s};
  alarm_record alarm;
  alarm.what.id = "left";
  alarm.what.topic = "fire/trigger";
  alarm.what.payload = "{}";
  alarm.what.expires = now() + 20s;
  alarm.number = 4;
  stored.before.pending.push_back(alarm);
  start(true);
  listen();
  CAF_CHECK_EQUAL(house.states.back().trigger_count, 4u);
  CAF_CHECK(std::abs(house.states.back().last_trigger - (wall()() - 100)) < .01);
  CAF_CHECK_EQUAL(house.states.back().last_trigger_id, "left");
}

CAF_TEST(detections that count are told at once and then once a second) {
  start();
  listen();
  see("north", .1);
  CAF_REQUIRE_EQUAL(house.sights.size(), 1u);
  CAF_CHECK_EQUAL(house.sights[0].camera, "north");
  CAF_CHECK_EQUAL(house.sights[0].newest.object, "tree");
  CAF_CHECK(house.sights[0].holds == 30s);
  CAF_CHECK_EQUAL(house.sights[0].at, wall()());
  see("north", .1, .3);
  for (int i = 0; i < 9; ++i) {
    pass(100ms);
    see("north", .2 + i * .01);
  }
  CAF_CHECK_EQUAL(house.sights.size(), 1u);
  pass(200ms);
  CAF_REQUIRE_EQUAL(house.sights.size(), 2u);
  CAF_CHECK_EQUAL(house.sights[1].count, 9u);
  CAF_CHECK(house.sights[1].growth > 1);
  CAF_CHECK(house.sights[1].holds < 30s);
  pass(10s);
  CAF_CHECK_EQUAL(house.sights.size(), 2u);
}

CAF_TEST(many cameras that burst cost a bounded number of messages) {
  settings.trackers = 2;
  start();
  listen();
  constexpr int cameras = 500;
  const auto began = now();
  for (int i = 0; i < 8; ++i) {
    for (int c = 0; c < cameras; ++c)
      see("camera" + std::to_string(c), .1 + i * .02);
    pass(50ms);
  }
  pass(2s);
  CAF_CHECK(now() - began < 3s);
  // At once, each reason, and the figures once a second.
  CAF_CHECK(house.cameras.size() <= cameras * 6);
  CAF_CHECK(house.sights.size() <= cameras * 3);
  CAF_CHECK(house.states.size() <= 30);
  std::uint32_t count = 0;
  for (const auto& x : house.sights)
    count += x.count;
  CAF_CHECK_EQUAL(count, 8u * cameras);
  CAF_CHECK_EQUAL(house.states.back().cameras_detecting, 500u);
  CAF_CHECK(camera("camera499").standing.agrees);
  const auto told = house.cameras.size() + house.states.size() + house.sights.size();
  pass(5s);
  CAF_CHECK_EQUAL(house.cameras.size() + house.states.size() + house.sights.size(), told);
}

CAF_TEST(a large house that is taken up again while somebody listens is told) {
  settings.tuned = true;
  for (int i = 0; i < 100; ++i) {
    auto& seen = stored.before.sightings.emplace_back();
    seen.camera = "camera" + std::to_string(i);
    seen.kind = sighting_kind::part_of_frame;
    seen.detections = {{"tree", fire_sign::fire, .9, {0, 0, .1, 1}, .1}};
    seen.at = now() - 3s;
    seen.received_at = wall()() - 3;
  }
  connection_hdl = own(sys.spawn(connection, connection_settings{}, broker.factory()));
  uut = own(sys.spawn(consensus, settings, wall()));
  auto listener = own(sys.spawn(read_house, &house));
  caf::anon_send(uut, listen_atom_v, house_listener{listener});
  caf::anon_send(uut, attach_atom_v, store_actor{own(sys.spawn(fake_store, &stored))});
  caf::anon_send(uut, attach_atom_v, connection_hdl);
  caf::anon_send(connection_hdl, open_atom_v);
  settle();
  CAF_CHECK(house.cameras.empty());
  tune();
  pass(200ms);
  CAF_CHECK(camera("camera99").online);
  CAF_CHECK_EQUAL(house.states.back().cameras_detecting, 100u);
  // And it goes on.
  pass(5s);
  forget_house();
  see("another", .1);
  pass(200ms);
  CAF_CHECK(camera("another").online);
}

CAF_TEST(what many cameras see at once is told in few messages) {
  settings.trackers = 2;
  start();
  listen();
  constexpr std::size_t cameras = 500;
  for (std::size_t c = 0; c < cameras; ++c)
    see("camera" + std::to_string(c), .1);
  // Nobody waits for the first ones.
  CAF_CHECK_EQUAL(house.sights.size(), 2u * 64);
  pass(50ms);
  CAF_CHECK_EQUAL(house.sights.size(), cameras);
  CAF_CHECK_EQUAL(camera("camera499").standing.samples, 1u);
  CAF_CHECK_EQUAL(house.sight_messages, 2 * 65);
  CAF_CHECK(house.camera_messages <= 10);
}

CAF_TEST(of two cameras with one key the second is shown when the first is gone) {
  start();
  greet("Barn 1");
  listen();
  greet("barn-1");
  CAF_CHECK_EQUAL(camera("Barn 1").key, "barn_1");
  CAF_CHECK_EQUAL(camera("barn-1").key, "");
  CAF_CHECK_EQUAL(camera("barn-1").collides_with, "Barn 1");
  const auto told = figures().problems;
  const auto found = std::find_if(
      told.begin(), told.end(), [](const problem& x) { return x.code == "camera_key_collision"; });
  CAF_REQUIRE(found != told.end());
  CAF_CHECK_EQUAL(found->subject, "barn-1");
  CAF_CHECK(!found->trouble);
  CAF_CHECK(found->text.find("'Barn 1'") != std::string::npos);
  pass(200ms);
  CAF_CHECK(std::any_of(house.states.back().problems.begin(), house.states.back().problems.end(),
                        [](const problem& x) { return x.code == "camera_key_collision"; }));
  CAF_CHECK(forget("Barn 1"));
  CAF_CHECK_EQUAL(camera("barn-1").key, "barn_1");
  CAF_CHECK_EQUAL(camera("barn-1").collides_with, "");
  pass(200ms);
  CAF_CHECK(std::none_of(house.states.back().problems.begin(), house.states.back().problems.end(),
                         [](const problem& x) { return x.code == "camera_key_collision"; }));
  // One of the configuration has its key before all that are found.
  greet("NORTH");
  CAF_CHECK_EQUAL(camera("NORTH").collides_with, "north");
}

CAF_TEST(two ids that become one camera are told as one) {
  start();
  tell(device(wired));
  greet(wireless);
  listen();
  burn({wireless});
  forget_house();
  tell(device(wired, {wireless}));
  CAF_REQUIRE_EQUAL(house.gone.size(), 1u);
  CAF_CHECK_EQUAL(house.gone[0].id, wireless);
  CAF_CHECK_EQUAL(house.gone[0].successor, wired);
  CAF_CHECK(camera(wired).online);
  CAF_CHECK(camera(wired).standing.agrees);
  CAF_CHECK_EQUAL(house.cameras.size(), 1u);
  // Muted by its old name, it is muted.
  tuning.muted = {wireless};
  tune();
  CAF_CHECK(!camera(wired).counts);
  CAF_CHECK(!camera(wired).standing.agrees);
}

CAF_TEST(a camera that an operator adds is expected by its name) {
  start();
  listen();
  tuning.added = {{"gate", "The gate"}};
  tune();
  CAF_CHECK(camera("gate").expected);
  CAF_CHECK_EQUAL(camera("gate").name, "The gate");
  CAF_CHECK_EQUAL(figures().cameras.count("gate"), 1u);
  tuning.added.clear();
  tune();
  CAF_REQUIRE_EQUAL(house.gone.size(), 1u);
  CAF_CHECK_EQUAL(house.gone[0].id, "gate");
}

CAF_TEST(frigate is told as it comes and goes) {
  start();
  listen();
  CAF_CHECK(!house.states.back().frigate_known);
  hear("frigate/available", "online");
  hear("frigate/stats", json{{"cameras", {{"north", {{"camera_fps", 5}}}}}}.dump());
  pass(200ms);
  CAF_CHECK(house.states.back().frigate_known);
  CAF_CHECK(house.states.back().frigate_online);
  CAF_CHECK(camera("north").by_frigate);
  CAF_CHECK(camera("north").online);
  hear("frigate/available", "offline");
  pass(200ms);
  CAF_CHECK(!house.states.back().frigate_online);
  CAF_CHECK(!camera("north").online);
}

CAF_TEST(what may be an alarm is told before it is shown) {
  std::vector<std::string> told;
  const auto reader = own(sys.spawn(read_tracker, &told));
  const auto subject = own(sys.spawn(tracker, acceptance_settings{}, tracking_settings{},
                                     std::size_t{0}, verdict_listener{reader}));
  caf::anon_send(subject, attach_atom_v, std::vector<sighting_listener>{subject});
  caf::anon_send(subject, listen_atom_v, sight_listener{reader});
  for (int i = 1; i <= 12 && std::count(told.begin(), told.end(), "agrees") == 0; ++i) {
    told.clear();
    inbound x;
    x.topic = "fire/detection/north";
    x.payload
        = json{{"confidence", .9}, {"object_id", "tree"}, {"bbox", {0, 0, .02 * i, 1}}}.dump();
    x.size = x.payload.size();
    x.arrived = now();
    caf::anon_send(subject, x);
    pass(2s);
  }
  CAF_REQUIRE(!told.empty());
  CAF_CHECK_EQUAL(told.front(), "agrees");
  CAF_CHECK_EQUAL(std::count(told.begin(), told.end(), "sights"), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace operators_test
