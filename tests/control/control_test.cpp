#undef CAF_SUITE
#define CAF_SUITE control

#include "actors/control/control.hpp"

#include "messages/camera_key.hpp"

#include <nlohmann/json.hpp>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

namespace control_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

struct control_log {
  std::vector<control_state> states;
  std::vector<alarm_event> events;
};

control_listener::behavior_type note_control(control_listener::pointer, control_log* log) {
  return {
      [log](const control_state& x) { log->states.push_back(x); },
      [log](const alarm_event& x) { log->events.push_back(x); },
  };
}

// A camera detection that notes what it is to forget.
camera_detection_actor::behavior_type fake_detection(camera_detection_actor::pointer,
                                                     std::vector<std::string>* forgotten) {
  return {
      [](attach_atom, const connection_actor&) {},
      [](attach_atom, const store_actor&) {},
      [](listen_atom, const camera_listener&) {},
      [](listen_atom, const search_listener&) {},
      [](search_atom) { return search_result{}; },
      [forgotten](forget_atom, const std::string& camera) { forgotten->push_back(camera); },
      [](const camera_tick&) {},
      [](figures_atom) { return camera_detection_figures{}; },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const finding&) {},
      [](const search_progress&) {},
      [](const frigate_sign&) {},
      [](const frigate_candidate&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

// What became of an order.
struct answer_log {
  std::vector<operator_outcome> done;
  std::vector<std::string> refused;
};

void ask(caf::event_based_actor* self, const control_actor& whom, operator_order what,
         answer_log* log) {
  self->request(whom, caf::infinite, std::move(what))
      .then([log](const operator_outcome& x) { log->done.push_back(x); },
            [log](const caf::error& why) {
              log->refused.push_back(why.context().match_elements<std::string>()
                                         ? why.context().get_as<std::string>(0)
                                         : "without words");
            });
}

using names = std::set<std::string>;

struct fixture : actor_fixture {
  control_settings settings;
  store_log stored;
  transcript log;
  std::vector<decision_tuning> tunings;
  std::vector<std::string> forgotten;
  std::string remembers;
  std::set<std::string> stuck;
  std::vector<std::string> undetected;
  control_log heard;
  answer_log answers;
  wall_clock clock = wall();
  control_actor uut;
  store_actor store_hdl;
  consensus_actor consensus_hdl;
  control_listener listener;

  fixture() {
    settings.cameras = {{"north", "North Side"}, {"south", "South Side"}};
    settings.zones = {{"barn", {"north", "south"}}};
    listener = own(sys.spawn(note_control, &heard));
  }

  void spawn() {
    uut = own(sys.spawn(control, settings, clock));
    caf::anon_send(uut, listen_atom_v, listener);
  }

  void attach_store() {
    store_hdl = own(sys.spawn(fake_store, &stored));
    caf::anon_send(uut, attach_atom_v, store_hdl);
  }

  void attach_consensus() {
    child_behaviour how{&log};
    how.tunings = &tunings;
    how.forgotten = &forgotten;
    how.remembers = &remembers;
    how.stuck = &stuck;
    consensus_hdl = own(sys.spawn(fake_consensus, how));
    caf::anon_send(uut, attach_atom_v, consensus_hdl);
  }

  void start() {
    spawn();
    attach_store();
    attach_consensus();
    settle();
  }

  // The process dies, and another one begins.
  void restart() {
    caf::anon_send_exit(uut, caf::exit_reason::kill);
    settle();
    heard = {};
    tunings.clear();
    start();
  }

  void send(operator_order what) {
    what.by = "Ann";
    sys.spawn(ask, uut, std::move(what), &answers);
  }

  // Sends an order and lets it be done.
  void give(operator_order what) {
    send(std::move(what));
    settle();
  }

  static operator_order order(order_kind what, const std::string& camera = {}) {
    operator_order result;
    result.what = what;
    result.camera = camera;
    return result;
  }
  static operator_order arm(bool on) {
    auto result = order(order_kind::arm);
    result.on = on;
    return result;
  }
  static operator_order tune(const std::string& key, double value) {
    auto result = order(order_kind::tune);
    result.key = key;
    result.value = value;
    return result;
  }
  static operator_order quiet(const std::string& camera, double seconds) {
    auto result = order(order_kind::snooze, camera);
    result.value = seconds;
    return result;
  }
  static operator_order named(order_kind what, const std::string& camera, const std::string& name) {
    auto result = order(what, camera);
    result.name = name;
    return result;
  }

  void tell_house(std::uint64_t count, const std::string& id) {
    house_state x;
    x.trigger_count = count;
    x.last_trigger_id = id;
    x.last_trigger = count > 0 ? clock() : 0;
    x.last_trigger_cameras = {"North Side", "South Side"};
    caf::anon_send(uut, x);
    settle();
  }

  void tell_camera(const std::string& id, const std::string& name) {
    house_camera x;
    x.id = id;
    x.key = camera_key(id);
    x.name = name;
    caf::anon_send(uut, house_cameras{{x}});
    settle();
  }

  std::string kept(const std::string& key) {
    const auto x = stored.records.find({record_kind::setting, "control/" + key});
    return x == stored.records.end() ? std::string{} : x->second;
  }

  bool knows(const std::string& id) {
    return stored.records.contains({record_kind::known_camera, id});
  }

  names muted() { return tunings.empty() ? names{"nobody said"} : tunings.back().muted; }

  std::vector<alarm_step> steps() {
    std::vector<alarm_step> result;
    for (const auto& x : heard.events)
      result.push_back(x.what);
    return result;
  }
};

using steps_t = std::vector<alarm_step>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_tests, fixture)

// -- the start ---------------------------------------------------------------------------

CAF_TEST(consensus and listeners are told at once after the store) {
  stored.loads = false;
  start();
  CAF_CHECK(tunings.empty());
  CAF_CHECK(heard.states.empty());
  stored.loads = true;
  attach_store();
  settle();
  CAF_REQUIRE_EQUAL(tunings.size(), 1u);
  CAF_CHECK(tunings[0] == decision_tuning{});
  CAF_REQUIRE_EQUAL(heard.states.size(), 1u);
  CAF_CHECK(heard.states[0] == control_state{});
  CAF_CHECK_EQUAL(std::count(log.begin(), log.end(), "consensus listen house"), 1);
}

CAF_TEST(orders that come before the store are done after it in their order) {
  spawn();
  attach_consensus();
  send(tune("cooldown_period", 60));
  send(tune("cooldown_period", 90));
  send(tune("cooldown_period", 9'999));
  settle();
  CAF_CHECK(answers.done.empty());
  stored.records[{record_kind::setting, "control/armed"}]
      = R"({"armed": false, "since": 1, "by": "Bob"})";
  attach_store();
  settle();
  CAF_CHECK_EQUAL(answers.done.size(), 2u);
  CAF_CHECK_EQUAL(answers.refused.size(), 1u);
  CAF_CHECK(tunings.back().cooldown == 90s);
  CAF_CHECK(!tunings.back().armed);
  CAF_CHECK(kept("tuning/cooldown_period").find("90") != std::string::npos);
}

CAF_TEST(at most a hundred orders wait) {
  spawn();
  for (int i = 0; i < 120; ++i)
    send(tune("cooldown_period", i));
  settle();
  CAF_CHECK_EQUAL(answers.refused.size(), 20u);
  attach_store();
  settle();
  CAF_CHECK_EQUAL(answers.done.size(), 100u);
}

CAF_TEST(without a word of the store the configuration holds after five seconds) {
  log_capture lines;
  stored.loads = false;
  stored.records[{record_kind::setting, "control/armed"}]
      = R"({"armed": false, "since": 1, "by": "Bob"})";
  stored.records[{record_kind::setting, "control/tuning/cooldown_period"}]
      = R"({"value": 60.0, "configured": 300.0})";
  start();
  send(tune("cooldown_period", 90));
  pass(4900ms);
  CAF_CHECK(tunings.empty());
  pass(200ms);
  CAF_REQUIRE(!tunings.empty());
  CAF_CHECK(tunings.back().armed);
  CAF_CHECK(tunings.back().cooldown == 90s);
  CAF_CHECK_EQUAL(answers.done.size(), 1u);
  CAF_CHECK_EQUAL(lines.count("does not tell what operators have decided"), 1);
  // The next one does: what was decided since stays, the rest is taken up.
  stored.loads = true;
  attach_store();
  settle();
  CAF_CHECK(!tunings.back().armed);
  CAF_CHECK(tunings.back().cooldown == 90s);
  CAF_CHECK(!heard.states.back().tuning.armed);
}

CAF_TEST(without any store the configuration holds too) {
  log_capture lines;
  spawn();
  attach_consensus();
  give(arm(false));
  pass(5100ms);
  CAF_REQUIRE(!tunings.empty());
  CAF_CHECK(!tunings.back().armed);
  CAF_REQUIRE_EQUAL(answers.done.size(), 1u);
  CAF_CHECK(answers.done[0].warning.find("a restart may forget it") != std::string::npos);
  CAF_CHECK_EQUAL(lines.count("there is no store"), 1);
  // What could not be written is written then.
  attach_store();
  settle();
  CAF_CHECK(!kept("armed").empty());
  CAF_CHECK(!tunings.back().armed);
}

CAF_TEST(a store that does not know yet is asked until it does) {
  log_capture lines;
  stored.ignorance = "the file cannot be used";
  alarm_memory before;
  before.alarm.active = true;
  before.alarm.since = start_of_time - 10;
  before.alarm.triggers = 1;
  before.known_triggers = 5;
  before.known_trigger = "e";
  before.began = 1;
  stored.records[{record_kind::setting, "control/alarm"}] = stored_text(before);
  stored.records[{record_kind::setting, "control/armed"}]
      = R"({"armed": false, "since": 1, "by": "Bob"})";
  start();
  pass(5100ms);
  CAF_REQUIRE(!heard.states.empty());
  CAF_REQUIRE_EQUAL(heard.states.back().supervisory.size(), 1u);
  CAF_CHECK_EQUAL(heard.states.back().supervisory[0].code, "decisions_unknown");
  CAF_CHECK(heard.states.back().supervisory[0].trouble);
  CAF_CHECK_EQUAL(lines.count("does not tell what operators have decided"), 1);
  tell_house(0, "");
  tell_house(6, "f");
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
  give(tune("cooldown_period", 60));
  // Nothing takes the place of what the file has.
  CAF_CHECK_EQUAL(kept("alarm"), stored_text(before));
  pass(60s);
  // It had another file when it took the order.
  stored.records.erase({record_kind::setting, "control/tuning/cooldown_period"});
  stored.ignorance.clear();
  pass(31s);
  CAF_CHECK(!tunings.back().armed);
  CAF_CHECK(tunings.back().cooldown == 60s);
  CAF_CHECK(!kept("tuning/cooldown_period").empty());
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
  CAF_CHECK(heard.states.back().alarm.active);
  CAF_CHECK_EQUAL(heard.states.back().alarm.triggers, 2u);
  CAF_CHECK(heard.states.back().alarm.since == start_of_time - 10);
  CAF_CHECK_EQUAL(stored_alarm(kept("alarm"))->known_triggers, 6u);
  CAF_REQUIRE_EQUAL(heard.states.back().supervisory.size(), 1u);
  CAF_CHECK_EQUAL(heard.states.back().supervisory[0].code, "disarmed");
}

CAF_TEST(a store that knows within five seconds leaves nobody in doubt) {
  stored.ignorance = "the file cannot be used";
  stored.records[{record_kind::setting, "control/armed"}]
      = R"({"armed": false, "since": 1, "by": "Bob"})";
  start();
  pass(2s);
  CAF_CHECK(tunings.empty());
  stored.ignorance.clear();
  pass(2s);
  CAF_REQUIRE_EQUAL(tunings.size(), 1u);
  CAF_CHECK(!tunings[0].armed);
}

CAF_TEST(without the word of the store a disarmed consensus stays disarmed) {
  stored.ignorance = "the file cannot be used";
  start();
  house_state disarmed;
  disarmed.armed = false;
  caf::anon_send(uut, disarmed);
  pass(5100ms);
  CAF_REQUIRE(!tunings.empty());
  for (const auto& x : tunings)
    CAF_CHECK(!x.armed);
  CAF_CHECK(!heard.states.back().tuning.armed);
  // An operator's word counts, and so does the store's.
  give(arm(true));
  CAF_CHECK(tunings.back().armed);
  caf::anon_send(uut, disarmed);
  settle();
  CAF_CHECK(tunings.back().armed);
}

CAF_TEST(a disarmed consensus is armed when the store knows that it was) {
  stored.ignorance = "the file cannot be used";
  start();
  house_state disarmed;
  disarmed.armed = false;
  caf::anon_send(uut, disarmed);
  pass(5100ms);
  CAF_CHECK(!tunings.back().armed);
  stored.ignorance.clear();
  pass(31s);
  CAF_CHECK(tunings.back().armed);
}

CAF_TEST(rubbish in the store is ignored with one line) {
  log_capture lines;
  stored.records[{record_kind::setting, "control/armed"}] = "{{";
  stored.records[{record_kind::setting, "control/alarm"}] = "[]";
  stored.records[{record_kind::setting, "control/tuning/min_confidence"}] = "7";
  start();
  CAF_CHECK(tunings.back() == decision_tuning{});
  CAF_CHECK_EQUAL(lines.count("cannot be used and is ignored: control/armed"), 1);
  CAF_CHECK_EQUAL(lines.count("of the alarm cannot be used"), 1);
  give(arm(false));
  CAF_CHECK_EQUAL(answers.done.size(), 1u);
}

CAF_TEST(a changed configuration wins with a line that says so) {
  start();
  give(tune("consensus_threshold", 3));
  settings.threshold = 4;
  log_capture lines;
  restart();
  CAF_CHECK_EQUAL(tunings.back().threshold, 4u);
  CAF_CHECK_EQUAL(lines.count("consensus_threshold is 4 by the configuration"), 1);
  CAF_CHECK(kept("tuning/consensus_threshold").empty());
}

// -- orders ------------------------------------------------------------------------------

CAF_TEST(an order is stored then answered and told) {
  start();
  give(arm(false));
  CAF_REQUIRE_EQUAL(answers.done.size(), 1u);
  CAF_CHECK_EQUAL(answers.done[0].data, R"({"armed":false})");
  CAF_CHECK_EQUAL(answers.done[0].warning, "");
  CAF_CHECK(!tunings.back().armed);
  CAF_CHECK(!heard.states.back().tuning.armed);
  CAF_REQUIRE_EQUAL(heard.states.back().supervisory.size(), 1u);
  CAF_CHECK_EQUAL(heard.states.back().supervisory[0].code, "disarmed");
  CAF_CHECK_EQUAL(json::parse(kept("armed"))["by"].get<std::string>(), "Ann");
  restart();
  CAF_CHECK(!tunings.back().armed);
  CAF_CHECK(!heard.states.back().tuning.armed);
  give(arm(true));
  CAF_CHECK(tunings.back().armed);
  CAF_CHECK(heard.states.back().supervisory.empty());
}

CAF_TEST(a refused order changes nothing and tells nobody) {
  start();
  const auto told = heard.states.size();
  const auto tuned = tunings.size();
  give(tune("consensus_threshold", 11));
  give(tune("volume", 1));
  give(quiet("north", 1));
  give(quiet("nobody", 600));
  give(order(order_kind::wake, "north"));
  give(order(order_kind::enable, "nobody"));
  give(named(order_kind::rename_camera, "north", std::string(500, 'x')));
  give(order(order_kind::announce, "nobody"));
  give(order(order_kind::add_camera, "north"));
  give(order(order_kind::remove_camera, "north"));
  give(order(order_kind::remove_camera, "nobody"));
  give(order(order_kind::acknowledge));
  give(order(order_kind::reset));
  give(order(static_cast<order_kind>(99)));
  CAF_CHECK_EQUAL(answers.refused.size(), 14u);
  CAF_CHECK_EQUAL(answers.done.size(), 0u);
  for (const auto& x : answers.refused)
    CAF_CHECK(!x.empty() && x != "without words");
  CAF_CHECK_EQUAL(heard.states.size(), told);
  CAF_CHECK_EQUAL(tunings.size(), tuned);
  CAF_CHECK_EQUAL(stored.records.size(), 0u);
}

CAF_TEST(what the store refuses holds with a warning and is offered again) {
  log_capture lines;
  start();
  stored.writes = false;
  give(arm(false));
  give(tune("cooldown_period", 60));
  CAF_REQUIRE_EQUAL(answers.done.size(), 2u);
  CAF_CHECK(answers.done[1].warning.find("a restart may forget it") != std::string::npos);
  CAF_CHECK(!tunings.back().armed);
  CAF_CHECK(!heard.states.back().tuning.armed);
  CAF_CHECK_EQUAL(lines.count("does not keep what operators decide"), 1);
  pass(25s);
  stored.writes = true;
  CAF_CHECK(kept("armed").empty());
  pass(6s);
  CAF_CHECK(!kept("armed").empty());
  CAF_CHECK(!kept("tuning/cooldown_period").empty());
  CAF_CHECK_EQUAL(lines.count("has again all"), 1);
  pass(2s);
  CAF_CHECK_EQUAL(timers(), 0u);
}

CAF_TEST(a silent store delays an answer by a second) {
  start();
  stored.answers = false;
  give(arm(false));
  CAF_CHECK(!tunings.back().armed);
  pass(950ms);
  CAF_CHECK(answers.done.empty());
  pass(100ms);
  CAF_REQUIRE_EQUAL(answers.done.size(), 1u);
  CAF_CHECK(answers.done[0].warning.find("a restart may forget it") != std::string::npos);
  CAF_CHECK(!heard.states.back().tuning.armed);
}

CAF_TEST(a new store is given what the old one did not take) {
  start();
  stored.writes = false;
  give(arm(false));
  give(arm(true));
  give(arm(false));
  caf::anon_send_exit(store_hdl, caf::exit_reason::kill);
  settle();
  give(tune("cooldown_period", 60));
  CAF_CHECK(!answers.done.back().warning.empty());
  stored.writes = true;
  attach_store();
  settle();
  CAF_CHECK(kept("armed").find("false") != std::string::npos);
  CAF_CHECK(!kept("tuning/cooldown_period").empty());
}

CAF_TEST(what the store did not take is offered once more at the end) {
  start();
  stored.writes = false;
  give(arm(false));
  CAF_CHECK(kept("armed").empty());
  stored.writes = true;
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  settle();
  CAF_CHECK(kept("armed").find("false") != std::string::npos);
}

CAF_TEST(a camera that was heard once is remembered over a restart) {
  start();
  tell_camera("Frigate/Shed", "Shed");
  CAF_CHECK(knows("Frigate/Shed"));
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  // Also an order that comes before the store has told.
  spawn();
  attach_consensus();
  send(order(order_kind::enable, "frigate_shed"));
  settle();
  attach_store();
  settle();
  CAF_CHECK(answers.refused.empty());
  CAF_CHECK(muted() == names{"Frigate/Shed"});
  give(order(order_kind::remove_camera, "frigate_shed"));
  CAF_CHECK(!knows("Frigate/Shed"));
}

CAF_TEST(a burst of new cameras keeps the store free for others) {
  log_capture lines;
  start();
  // The store takes what it is sent, but does not say so yet.
  stored.answers = false;
  for (int i = 0; i < 500; ++i)
    tell_camera("c" + std::to_string(i), "");
  CAF_CHECK_EQUAL(stored.records.size(), 2u);
  // That is no trouble of what operators decide, and holds nothing of it up.
  stored.answers = true;
  give(arm(false));
  CAF_REQUIRE_EQUAL(answers.done.size(), 1u);
  CAF_CHECK_EQUAL(answers.done[0].warning, "");
  pass(36s);
  CAF_CHECK_EQUAL(stored.records.size(), 501u);
  CAF_CHECK_EQUAL(lines.count("does not keep what operators decide"), 0);
  pass(6s);
  CAF_CHECK_EQUAL(timers(), 0u);
}

CAF_TEST(cameras that the store did not take are offered again and at the end) {
  start();
  stored.writes = false;
  tell_camera("gate", "");
  tell_camera("shed", "");
  tell_camera("yard", "");
  stored.writes = true;
  pass(29s);
  CAF_CHECK_EQUAL(stored.records.size(), 0u);
  pass(2s);
  CAF_CHECK(knows("gate") && knows("shed") && knows("yard"));
  stored.writes = false;
  tell_camera("gate", "Gate");
  stored.writes = true;
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  settle();
  const auto gate = stored.records.at({record_kind::known_camera, "gate"});
  CAF_CHECK(gate.find("Gate") != std::string::npos);
}

CAF_TEST(a store that does not tell of cameras yet tells of decisions) {
  stored.records[{record_kind::setting, "control/armed"}]
      = R"({"armed": false, "since": 1, "by": "Bob"})";
  stored.records[{record_kind::known_camera, "gate"}] = stored_text(told_camera{"gate", "Old"});
  stored.records[{record_kind::known_camera, "shed"}] = stored_text(told_camera{"shed", ""});
  stored.mute = {record_kind::known_camera};
  start();
  CAF_CHECK(!tunings.back().armed);
  // What is heard meanwhile is the later word.
  tell_camera("gate", "New");
  give(order(order_kind::enable, "shed"));
  CAF_CHECK_EQUAL(answers.refused.size(), 1u);
  stored.mute.clear();
  pass(36s);
  give(order(order_kind::enable, "shed"));
  CAF_CHECK(muted() == names{"shed"});
  const auto gate = stored.records.at({record_kind::known_camera, "gate"});
  CAF_CHECK(gate.find("New") != std::string::npos);
  pass(6s);
  CAF_CHECK_EQUAL(timers(), 0u);
}

CAF_TEST(a new consensus is told what holds) {
  start();
  give(arm(false));
  const auto before = tunings.size();
  attach_consensus();
  settle();
  CAF_REQUIRE_EQUAL(tunings.size(), before + 1);
  CAF_CHECK(!tunings.back().armed);
  CAF_CHECK_EQUAL(std::count(log.begin(), log.end(), "consensus listen house"), 2);
}

CAF_TEST(dead listeners are forgotten) {
  start();
  control_log other;
  auto second = sys.spawn(note_control, &other);
  caf::anon_send(uut, listen_atom_v, control_listener{second});
  caf::anon_send(uut, listen_atom_v, control_listener{second});
  settle();
  give(arm(false));
  CAF_CHECK_EQUAL(other.states.size(), 3u);
  caf::anon_send_exit(second, caf::exit_reason::kill);
  settle();
  give(arm(true));
  CAF_CHECK_EQUAL(other.states.size(), 3u);
  CAF_CHECK(heard.states.back().tuning.armed);
}

CAF_TEST(it answers pings and figures) {
  start();
  give(arm(false));
  const auto fail = [](const caf::error&) { CAF_ERROR("no answer"); };
  int done = 0;
  auto ping = self->request(uut, 1s, ping_atom_v);
  settle();
  ping.receive([&](done_atom) { ++done; }, fail);
  CAF_CHECK_EQUAL(done, 1);
  auto figures = self->request(uut, 1s, figures_atom_v);
  settle();
  bool armed = true;
  figures.receive([&](const control_state& x) { armed = x.tuning.armed; }, fail);
  CAF_CHECK(!armed);
}

// -- cameras -----------------------------------------------------------------------------

CAF_TEST(cameras are known by the house and renamed with it) {
  start();
  tell_camera("Front/Door", "Porch");
  auto off = order(order_kind::enable, "front_door");
  give(off);
  CAF_CHECK(muted() == names{"Front/Door"});
  CAF_CHECK(heard.states.back().supervisory.at(0).text.find("Porch") != std::string::npos);
  tell_camera("Front/Door", "Entrance");
  CAF_CHECK(heard.states.back().supervisory.at(0).text.find("Entrance") != std::string::npos);
  caf::anon_send(uut, house_camera_gone{"Front/Door", "aabbccddeeff"});
  settle();
  CAF_CHECK(muted() == names{"aabbccddeeff"});
  restart();
  CAF_CHECK(muted() == names{"aabbccddeeff"});
}

CAF_TEST(a removed camera is forgotten by all) {
  start();
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_detection, &undetected)));
  tell_camera("gate", "The Gate");
  give(order(order_kind::enable, "gate"));
  give(quiet("gate", 600));
  CAF_CHECK(muted() == names{"gate"});
  give(order(order_kind::remove_camera, "The Gate"));
  CAF_CHECK_EQUAL(answers.done.size(), 3u);
  CAF_CHECK(forgotten == std::vector<std::string>{"gate"});
  CAF_CHECK(undetected == std::vector<std::string>{"gate"});
  CAF_CHECK(muted().empty());
  CAF_CHECK_EQUAL(stored.records.size(), 0u);
  give(order(order_kind::enable, "gate"));
  CAF_CHECK_EQUAL(answers.refused.size(), 1u);
}

CAF_TEST(an added camera is expected no more before it is forgotten) {
  start();
  give(named(order_kind::add_camera, "shed", "The Shed"));
  CAF_CHECK_EQUAL(tunings.back().added.at("shed"), "The Shed");
  tell_camera("shed", "The Shed");
  remembers = "the camera shed burns";
  give(order(order_kind::remove_camera, "shed"));
  CAF_REQUIRE_EQUAL(answers.refused.size(), 1u);
  CAF_CHECK_EQUAL(answers.refused[0], "the camera shed burns");
  // It is expected as before.
  CAF_CHECK(tunings[tunings.size() - 2].added.empty());
  CAF_CHECK(tunings.back().added.contains("shed"));
  CAF_CHECK(!kept("camera/shed").empty());
  remembers.clear();
  give(order(order_kind::remove_camera, "shed"));
  CAF_CHECK_EQUAL(answers.done.size(), 2u);
  CAF_CHECK(tunings.back().added.empty());
  CAF_CHECK(kept("camera/shed").empty());
}

CAF_TEST(a consensus that is silent keeps a camera) {
  start();
  tell_camera("gate", "The Gate");
  stuck.insert("consensus");
  give(order(order_kind::remove_camera, "gate"));
  CAF_CHECK(answers.refused.empty());
  pass(2100ms);
  CAF_REQUIRE_EQUAL(answers.refused.size(), 1u);
  CAF_CHECK(answers.refused[0].find("in time") != std::string::npos);
}

// -- snoozes -----------------------------------------------------------------------------

CAF_TEST(a snooze ends by itself) {
  start();
  give(quiet("north", 600));
  CAF_CHECK(muted() == names{"north"});
  CAF_REQUIRE_EQUAL(heard.states.back().snoozes.size(), 1u);
  CAF_CHECK_EQUAL(heard.states.back().snoozes[0].until - heard.states.back().snoozes[0].since, 600);
  pass(599s, 1s);
  CAF_CHECK(muted() == names{"north"});
  pass(1s);
  CAF_CHECK(muted().empty());
  CAF_CHECK(heard.states.back().snoozes.empty());
  CAF_CHECK(heard.states.back().supervisory.empty());
  CAF_CHECK_EQUAL(stored.records.size(), 0u);
  pass(1s);
  CAF_CHECK_EQUAL(timers(), 0u);
}

CAF_TEST(a jump of the wall clock does not move the end of a snooze) {
  double jump = 0;
  clock = [this, &jump, real = wall()] { return real() + jump; };
  start();
  give(quiet("north", 60));
  jump = 1e6;
  pass(50s);
  CAF_CHECK(muted() == names{"north"});
  jump = -1e6;
  pass(10s);
  CAF_CHECK(muted().empty());
}

CAF_TEST(a snooze goes on over a restart or is over by then) {
  start();
  give(quiet("north", 600));
  auto barn = quiet("", 60);
  barn.zone = "barn";
  give(barn);
  CAF_CHECK((muted() == names{"north", "south"}));
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  pass(100s, 1s);
  restart();
  CAF_CHECK(muted() == names{"north"});
  CAF_CHECK(kept("snooze/zone/barn").empty());
  pass(499s, 1s);
  CAF_CHECK(muted() == names{"north"});
  pass(2s);
  CAF_CHECK(muted().empty());
}

CAF_TEST(a short rest of a snooze after a restart is not lengthened) {
  start();
  give(quiet("north", 60));
  pass(55s);
  restart();
  CAF_CHECK(muted() == names{"north"});
  pass(5s);
  CAF_CHECK(muted().empty());
}

CAF_TEST(a thousand snoozes and wakes leave no timers behind) {
  start();
  // That of the request for what the store knows is over.
  pass(6s);
  CAF_CHECK_EQUAL(timers(), 0u);
  for (int i = 0; i < 1'000; ++i) {
    // Each ends before the one before.
    give(quiet("north", 3'600 - i));
    CAF_REQUIRE(muted() == names{"north"});
    give(order(order_kind::wake, "north"));
    CAF_REQUIRE(muted().empty());
  }
  CAF_CHECK_EQUAL(answers.done.size(), 2'000u);
  CAF_CHECK_EQUAL(stored.records.size(), 0u);
  // Those of requests to the store end with their deadline.
  pass(1s);
  CAF_CHECK(timers() <= 1u);
  pass(30s);
  CAF_CHECK_EQUAL(timers(), 0u);
}

// -- the alarm ---------------------------------------------------------------------------

CAF_TEST(a trigger raises an alarm that is stored and stays) {
  start();
  tell_house(0, "");
  CAF_CHECK(!kept("alarm").empty());
  tell_house(1, "a");
  tell_house(1, "a");
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
  CAF_CHECK(heard.events[0].alarm.active);
  CAF_CHECK_EQUAL(heard.events[0].alarm.trigger_id, "a");
  CAF_CHECK_EQUAL(heard.events[0].alarm.cameras.size(), 2u);
  CAF_CHECK(heard.states.back().alarm.active);
  CAF_CHECK(tunings.size() == 1);
  restart();
  CAF_CHECK(heard.states.back().alarm.active);
  tell_house(1, "a");
  tell_house(1, "");
  CAF_CHECK(steps().empty());
  tell_house(2, "b");
  CAF_CHECK((steps() == steps_t{alarm_step::repeated}));
  CAF_CHECK_EQUAL(heard.states.back().alarm.triggers, 2u);
}

CAF_TEST(a trigger while the actor was away is not lost) {
  start();
  tell_house(3, "");
  CAF_CHECK(steps().empty());
  restart();
  tell_house(4, "");
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
  restart();
  tell_house(4, "");
  CAF_CHECK(steps().empty());
  CAF_CHECK(heard.states.back().alarm.active);
}

CAF_TEST(a trigger before the store has answered is raised once) {
  stored.loads = false;
  stored.records[{record_kind::setting, "control/alarm"}] = [] {
    alarm_memory x;
    x.known_triggers = 5;
    x.known_trigger = "e";
    x.began = 1;
    return stored_text(x);
  }();
  start();
  tell_house(5, "e");
  CAF_CHECK(steps().empty());
  stored.loads = true;
  attach_store();
  settle();
  CAF_CHECK(steps().empty());
  tell_house(6, "f");
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
}

CAF_TEST(an alarm does not wait for a store that tells nothing) {
  stored.loads = false;
  start();
  tell_house(1, "a");
  pass(5100ms);
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
  // A store that tells an older one later does not take it away, nor does it raise it again.
  stored.records[{record_kind::setting, "control/alarm"}] = stored_text(alarm_memory{});
  stored.loads = true;
  attach_store();
  settle();
  tell_house(1, "a");
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
  CAF_CHECK(heard.states.back().alarm.active);
  restart();
  CAF_CHECK(heard.states.back().alarm.active);
}

CAF_TEST(an alarm in a store that tells late is taken up) {
  stored.loads = false;
  alarm_memory before;
  before.alarm.active = true;
  before.alarm.since = start_of_time - 10;
  before.alarm.triggers = 1;
  before.known_triggers = 5;
  before.began = 1;
  stored.records[{record_kind::setting, "control/alarm"}] = stored_text(before);
  start();
  tell_house(5, "");
  pass(5100ms);
  CAF_CHECK(!heard.states.back().alarm.active);
  CAF_CHECK_EQUAL(kept("alarm"), stored_text(before));
  stored.loads = true;
  attach_store();
  settle();
  CAF_CHECK(heard.states.back().alarm.active);
  CAF_CHECK(steps().empty());
}

CAF_TEST(a store in trouble neither hides an alarm nor lets it repeat) {
  start();
  tell_house(0, "");
  stored.writes = false;
  tell_house(1, "a");
  CAF_CHECK((steps() == steps_t{alarm_step::raised}));
  stored.writes = true;
  pass(31s);
  restart();
  tell_house(1, "a");
  CAF_CHECK(steps().empty());
  CAF_CHECK(heard.states.back().alarm.active);
}

CAF_TEST(people are reminded until somebody acknowledges) {
  start();
  tell_house(1, "a");
  pass(299s, 1s);
  CAF_CHECK_EQUAL(heard.events.size(), 1u);
  pass(2s);
  CAF_CHECK((steps() == steps_t{alarm_step::raised, alarm_step::reminder}));
  pass(300s, 1s);
  CAF_CHECK_EQUAL(heard.events.size(), 3u);
  auto known = order(order_kind::acknowledge);
  known.reason = "a\x01 candle";
  give(known);
  CAF_REQUIRE(steps().back() == alarm_step::acknowledged);
  CAF_CHECK_EQUAL(heard.events.back().alarm.acknowledged_by, "Ann");
  CAF_CHECK_EQUAL(heard.events.back().alarm.acknowledge_reason, "a candle");
  CAF_CHECK(heard.states.back().alarm.acknowledged);
  CAF_CHECK(json::parse(answers.done.back().data)["acknowledged"].get<bool>());
  pass(1'000s, 1s);
  CAF_CHECK_EQUAL(heard.events.size(), 4u);
  // It burns on: that is told, and reminded of.
  tell_house(2, "b");
  CAF_CHECK(steps().back() == alarm_step::repeated);
  CAF_CHECK(!heard.states.back().alarm.acknowledged);
  pass(301s, 1s);
  CAF_CHECK(steps().back() == alarm_step::reminder);
  give(order(order_kind::reset));
  CAF_CHECK(steps().back() == alarm_step::reset);
  CAF_CHECK(!heard.states.back().alarm.active);
  CAF_CHECK_EQUAL(heard.states.back().alarm.reset_by, "Ann");
  const auto events = heard.events.size();
  pass(1'000s, 1s);
  CAF_CHECK_EQUAL(heard.events.size(), events);
  CAF_CHECK_EQUAL(timers(), 0u);
  tell_house(3, "c");
  CAF_CHECK(steps().back() == alarm_step::raised);
  // All that has changed nothing about decisions.
  CAF_CHECK_EQUAL(tunings.size(), 1u);
}

CAF_TEST(a restart goes on with reminders and keeps what was acknowledged and reset) {
  start();
  tell_house(1, "a");
  pass(200s, 1s);
  restart();
  pass(99s, 1s);
  CAF_CHECK(steps().empty());
  pass(2s);
  CAF_CHECK((steps() == steps_t{alarm_step::reminder}));
  give(order(order_kind::acknowledge));
  restart();
  CAF_CHECK(heard.states.back().alarm.acknowledged);
  pass(700s, 1s);
  CAF_CHECK(steps().empty());
  give(order(order_kind::reset));
  restart();
  CAF_CHECK(!heard.states.back().alarm.active);
  CAF_CHECK_EQUAL(heard.states.back().alarm.reset_by, "Ann");
  give(order(order_kind::reset));
  CAF_CHECK_EQUAL(answers.refused.size(), 1u);
}

CAF_TEST(a listener that comes later is told the alarm by the state) {
  start();
  tell_house(1, "a");
  control_log late;
  caf::anon_send(uut, listen_atom_v, control_listener{own(sys.spawn(note_control, &late))});
  settle();
  CAF_REQUIRE_EQUAL(late.states.size(), 1u);
  CAF_CHECK(late.states[0].alarm.active);
  CAF_CHECK(late.events.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_test
