#undef CAF_SUITE
#define CAF_SUITE supervisor

#include "actors/supervisor/supervisor.hpp"

#include <map>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fake_cameras.hpp"
#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

namespace supervisor_test {

using namespace firefinder;
using namespace firefinder::test;

namespace {

health_actor::behavior_type fake_health(health_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor&, const consensus_actor&) {
        how.log->push_back("health attach");
      },
      [=](attach_atom, const store_actor&) { how.log->push_back("health attach store"); },
      [=](attach_atom, const camera_detection_actor&) {
        how.log->push_back("health attach cameras");
      },
      [=](attach_atom, const frigate_actor&) { how.log->push_back("health attach frigate"); },
      [=](attach_atom, const discovery_actor&) { how.log->push_back("health attach discovery"); },
      [=](attach_atom, const web_actor&) { how.log->push_back("health attach web"); },
      [=](attach_atom, const drill_actor&) { how.log->push_back("health attach drill"); },
      [](report_atom) {},
      [](const health_tick&) {},
      [](const link_up&) {},
      [](const link_down&) {},
      [=](ping_atom) { return answer_ping(self, how, "health"); },
  };
}

frigate_actor::behavior_type fake_frigate(frigate_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor&, const consensus_actor&) {
        how.log->push_back("frigate attach");
      },
      [](const frigate_tick&) {},
      [](const frigate_configuration_tick&) {},
      [](figures_atom) { return frigate_figures{}; },
      [](const camera_changed&) {},
      [](const camera_removed&) {},
      [](const link_up&) {},
      [](const link_down&) {},
      [](const frigate_sign&) {},
      [](const frigate_candidate&) {},
      [=](ping_atom) { return answer_ping(self, how, "frigate"); },
  };
}

bridge_actor::behavior_type fake_bridge(bridge_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor&, const consensus_actor&) {
        how.log->push_back("bridge attach");
      },
      [=](attach_atom, const control_actor&) { how.log->push_back("bridge attach control"); },
      [=](attach_atom, const discovery_actor&) { how.log->push_back("bridge attach discovery"); },
      [=](attach_atom, const camera_detection_actor&) {
        how.log->push_back("bridge attach cameras");
      },
      [=](attach_atom, const health_actor&) { how.log->push_back("bridge attach health"); },
      [=](attach_atom, const drill_actor&) { how.log->push_back("bridge attach drill"); },
      [=](attach_atom, const restarter&) { how.log->push_back("bridge attach restarter"); },
      [](const inbound&) {},
      [](const link_up&) {},
      [](const link_down&) {},
      [=](ping_atom) { return answer_ping(self, how, "bridge"); },
  };
}

control_actor::behavior_type fake_control(control_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const store_actor&) { how.log->push_back("control attach store"); },
      [=](attach_atom, const consensus_actor&) { how.log->push_back("control attach consensus"); },
      [=](attach_atom, const camera_detection_actor&) {
        how.log->push_back("control attach cameras");
      },
      [=](listen_atom, const control_listener&) { how.log->push_back("control listen"); },
      [](const operator_order&) { return operator_outcome{}; },
      [](const control_tick&) {},
      [](figures_atom) { return control_state{}; },
      [](const house_state&) {},
      [](const house_cameras&) {},
      [](const house_camera_gone&) {},
      [=](ping_atom) { return answer_ping(self, how, "control"); },
  };
}

discovery_actor::behavior_type fake_discovery(discovery_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor&) {
        how.log->push_back("discovery attach connection");
      },
      [=](attach_atom, const store_actor&) { how.log->push_back("discovery attach store"); },
      [](announce_order) { return std::string{"{}"}; },
      [](const forget_order&) { return std::string{"{}"}; },
      [](const discovery_tick&) {},
      [](figures_atom) { return discovery_figures{}; },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const inbound&) {},
      [](const house_state&) {},
      [](const house_cameras&) {},
      [](const house_camera_gone&) {},
      [](const camera_sights&) {},
      [](const control_state&) {},
      [](const alarm_event&) {},
      [](const camera_changed&) {},
      [](const camera_removed&) {},
      [](const decision_record&) {},
      [=](ping_atom) { return answer_ping(self, how, "discovery"); },
  };
}

web_actor::behavior_type fake_web(web_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor&) { how.log->push_back("web attach connection"); },
      [=](attach_atom, const consensus_actor&) { how.log->push_back("web attach consensus"); },
      [=](attach_atom, const control_actor&) { how.log->push_back("web attach control"); },
      [=](attach_atom, const store_actor&) { how.log->push_back("web attach store"); },
      [=](attach_atom, const std::string& called, const supervised_actor&) {
        how.log->push_back("web knows " + called);
      },
      [](const web_question&) { return web_answer{}; },
      [](listen_atom, const event_listener&) { return done_atom_v; },
      [](web_credit) {},
      [](const web_serving&) {},
      [](const web_tick&) {},
      [](figures_atom) { return web_figures{}; },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const house_state&) {},
      [](const house_cameras&) {},
      [](const house_camera_gone&) {},
      [](const camera_sights&) {},
      [](const control_state&) {},
      [](const alarm_event&) {},
      [](const decision_record&) {},
      [](const drill_report&) {},
      [=](ping_atom) { return answer_ping(self, how, "web"); },
  };
}

drill_actor::behavior_type fake_drill(drill_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor&, const consensus_actor&) {
        how.log->push_back("drill attach");
      },
      [=](attach_atom, const store_actor&) { how.log->push_back("drill attach store"); },
      [=](attach_atom, const control_actor&) { how.log->push_back("drill attach control"); },
      [=](listen_atom, const drill_listener&) { how.log->push_back("drill listen"); },
      [](const drill_order&) { return drill_report{}; },
      [](const drill_tick&) {},
      [](figures_atom) { return drill_figures{}; },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const inbound&) {},
      [](const decision_record&) {},
      [](const drill_event&) {},
      [=](ping_atom) { return answer_ping(self, how, "drill"); },
  };
}

struct fixture : actor_fixture {
  transcript log;
  std::set<std::string> stuck;
  child_behaviour how{&log, true, &stuck};
  supervisor_settings settings;
  supervisor_actor uut;
  store_log stored;
  int store_starts = 0;
  /// As soon as it is started.
  bool consensus_dies = false;
  store_actor store_hdl;
  connection_actor connection_hdl;
  consensus_actor consensus_hdl;
  health_actor health_hdl;
  frigate_actor frigate_hdl;
  bool with_frigate = false;
  bool with_cameras = false;
  camera_script cameras;
  camera_detection_actor cameras_hdl;
  int camera_starts = 0;
  bool with_operators = false;
  bool with_web = false;
  web_actor web_hdl;
  control_actor control_hdl;
  discovery_actor discovery_hdl;
  bool with_drill = false;
  drill_actor drill_hdl;
  /// Why the process could not start anew; empty: it could.
  std::string cannot_restart;
  bridge_actor bridge_hdl;
  std::vector<std::uint32_t> connection_starts;
  end_log end;
  std::vector<condition> told;

  /// What the supervisor says to the world is in the transcript too.
  outside_world outside() {
    outside_world result;
    result.ready = [this] { log.push_back("ready"); };
    result.alive = [this] { log.push_back("alive"); };
    result.stopping = [this] { log.push_back("stopping"); };
    result.may_restart = [this] {
      return cannot_restart.empty() ? firefinder::status{}
                                    : firefinder::status::failure(cannot_restart);
    };
    result.restarting = [this] { log.push_back("restarting"); };
    result.status = [this](const condition& now) { told.push_back(now); };
    return result;
  }

  /// With a watchdog of 30 s: everybody is asked every 10 s.
  void start_with_watchdog() {
    settings.watchdog = 30s;
    start();
    log.clear();
  }

  void start() {
    spawners children;
    children.store = [this](std::uint32_t) {
      ++store_starts;
      return store_hdl = own(sys.spawn(fake_store, &stored));
    };
    children.connection = [this](std::uint32_t count) {
      connection_starts.push_back(count);
      return connection_hdl = own(sys.spawn(fake_connection, how));
    };
    children.consensus = [this](std::uint32_t) {
      consensus_hdl = own(sys.spawn(fake_consensus, how));
      if (consensus_dies)
        caf::anon_send_exit(consensus_hdl, caf::exit_reason::kill);
      return consensus_hdl;
    };
    children.health
        = [this](std::uint32_t) { return health_hdl = own(sys.spawn(fake_health, how)); };
    if (with_frigate)
      children.frigate
          = [this](std::uint32_t) { return frigate_hdl = own(sys.spawn(fake_frigate, how)); };
    if (with_cameras)
      children.camera_detection = [this](std::uint32_t) {
        ++camera_starts;
        return cameras_hdl = own(sys.spawn(fake_camera_detection, &cameras));
      };
    if (with_operators) {
      children.control
          = [this](std::uint32_t) { return control_hdl = own(sys.spawn(fake_control, how)); };
      children.discovery
          = [this](std::uint32_t) { return discovery_hdl = own(sys.spawn(fake_discovery, how)); };
    }
    if (with_web)
      children.web = [this](std::uint32_t) { return web_hdl = own(sys.spawn(fake_web, how)); };
    if (with_drill)
      children.drill
          = [this](std::uint32_t) { return drill_hdl = own(sys.spawn(fake_drill, how)); };
    children.bridge
        = [this](std::uint32_t) { return bridge_hdl = own(sys.spawn(fake_bridge, how)); };
    uut = own(sys.spawn(supervisor, settings, children, outside()));
    own(sys.spawn(note_end, caf::actor_cast<caf::actor>(uut), &end));
    settle();
  }

  template <class Handle>
  void kill(const Handle& handle) {
    caf::anon_send_exit(handle, caf::exit_reason::kill);
    settle();
  }

  long count(const std::string& entry) { return std::count(log.begin(), log.end(), entry); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_tests, fixture)

CAF_TEST(the connection is opened after consensus listens) {
  start();
  const auto place = [this](const char* entry) {
    return std::find(log.begin(), log.end(), entry) - log.begin();
  };
  CAF_CHECK_EQUAL(count("connection open"), 1);
  CAF_CHECK(place("connection listen") < place("connection open"));
  CAF_CHECK(count("health attach") >= 1);
}

CAF_TEST(the link is opened after consensus has taken up the time before) {
  start();
  const auto place = [this](const char* entry) {
    return std::find(log.begin(), log.end(), entry) - log.begin();
  };
  CAF_CHECK_EQUAL(count("consensus ready"), 1);
  CAF_CHECK(place("consensus attach store") < place("consensus ready"));
  CAF_CHECK(place("consensus ready") < place("connection open"));
}

CAF_TEST(the link is opened all the same when nobody becomes ready) {
  how.answers = false;
  start();
  pass(5900ms);
  CAF_CHECK_EQUAL(count("connection open"), 0);
  pass(200ms);
  CAF_CHECK_EQUAL(count("connection open"), 1);
}

CAF_TEST(a dead store is replaced and made known) {
  start();
  log.clear();
  kill(store_hdl);
  pass(200ms);
  CAF_CHECK_EQUAL(store_starts, 2);
  CAF_CHECK_EQUAL(count("consensus attach store"), 1);
  CAF_CHECK_EQUAL(count("connection open"), 0);
}

CAF_TEST(frigate is a child like the others where something is asked of it) {
  with_frigate = true;
  start_with_watchdog();
  pass(10s);
  CAF_CHECK_EQUAL(count("frigate ping"), 1);
  CAF_CHECK_EQUAL(count("alive"), 1);
  log.clear();
  kill(frigate_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("frigate attach"), 1);
  CAF_CHECK_EQUAL(count("health attach frigate"), 1);
  kill(consensus_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("frigate attach"), 2);
  stuck = {"frigate"};
  log.clear();
  pass(20s);
  CAF_CHECK_EQUAL(count("alive"), 0);
  end_log frigate_end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(frigate_hdl), &frigate_end));
  settle();
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK(end.ended);
  CAF_CHECK(frigate_end.ended);
}

CAF_TEST(the web knows all others also after a restart of either) {
  with_web = true;
  with_operators = true;
  start_with_watchdog();
  kill(web_hdl);
  pass(1s);
  for (const auto* entry :
       {"web attach connection", "web attach consensus", "web attach control", "web attach store",
        "web knows store", "web knows connection", "web knows consensus", "web knows control",
        "web knows health", "web knows bridge", "web knows discovery", "health attach web"})
    CAF_CHECK_EQUAL(count(entry), 1);
  log.clear();
  kill(store_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("web attach store"), 1);
  CAF_CHECK_EQUAL(count("web knows store"), 1);
  CAF_CHECK_EQUAL(count("web knows health"), 0);
  kill(health_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("health attach web"), 1);
  log.clear();
  pass(10s);
  CAF_CHECK_EQUAL(count("web ping"), 1);
  // It ends at once, and nobody waits for it.
  end_log web_end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(web_hdl), &web_end));
  how.answers = false;
  settle();
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK(web_end.ended);
}

CAF_TEST(who plays exercises knows everybody whom it concerns) {
  with_drill = with_operators = true;
  start_with_watchdog();
  pass(10s);
  CAF_CHECK_EQUAL(count("drill ping"), 1);
  CAF_CHECK_EQUAL(count("alive"), 1);
  log.clear();
  kill(drill_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("drill attach"), 1);
  CAF_CHECK_EQUAL(count("drill attach store"), 1);
  CAF_CHECK_EQUAL(count("drill attach control"), 1);
  CAF_CHECK_EQUAL(count("health attach drill"), 1);
  CAF_CHECK_EQUAL(count("bridge attach drill"), 1);
  const auto introduced_anew = [this](const auto& handle, const char* entry) {
    log.clear();
    kill(handle);
    pass(5s);
    CAF_CHECK_GREATER_OR_EQUAL(count(entry), 1);
  };
  introduced_anew(store_hdl, "drill attach store");
  introduced_anew(control_hdl, "drill attach control");
  introduced_anew(health_hdl, "health attach drill");
  introduced_anew(bridge_hdl, "bridge attach drill");
  introduced_anew(consensus_hdl, "drill attach");
  end_log drill_end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(drill_hdl), &drill_end));
  settle();
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK(drill_end.ended);
  CAF_CHECK(end.ended);
}

CAF_TEST(camera detection is made known to whom it concerns) {
  with_cameras = true;
  int watchers = 0;
  how.frigate_watchers = &watchers;
  start();
  CAF_CHECK_EQUAL(cameras.connections, 1);
  CAF_CHECK_EQUAL(cameras.stores, 1);
  CAF_CHECK_EQUAL(cameras.listeners, 1);
  CAF_CHECK_EQUAL(watchers, 1);
  CAF_CHECK_EQUAL(count("health attach cameras"), 1);
  kill(health_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("health attach cameras"), 2);
  cameras.listeners = 0;
  kill(consensus_hdl);
  pass(4s);
  CAF_CHECK_GREATER_OR_EQUAL(cameras.listeners, 1);
  CAF_CHECK_GREATER_OR_EQUAL(watchers, 2);
  cameras.connections = 0;
  kill(connection_hdl);
  pass(8s);
  CAF_CHECK_EQUAL(cameras.connections, 1);
  end_log cameras_end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(cameras_hdl), &cameras_end));
  settle();
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK(cameras_end.ended);
  CAF_CHECK(end.ended);
}

CAF_TEST(a camera detection that always dies does not end the alarm) {
  with_cameras = true;
  start();
  for (int i = 0; i < 60; ++i) {
    kill(cameras_hdl);
    pass(15s, 1s);
  }
  CAF_CHECK(!end.ended);
  // Nor is it given up.
  const auto before = camera_starts;
  for (int i = 0; i < 20; ++i)
    kill(cameras_hdl);
  pass(11min, 10s);
  CAF_CHECK_GREATER(camera_starts, before);
  for (std::uint32_t i = 0; i < settings.max_restarts; ++i) {
    kill(health_hdl);
    pass(4s, 200ms);
  }
  CAF_CHECK(!end.ended);
}

CAF_TEST(who takes orders and who announces are made known to whom it concerns) {
  with_operators = with_cameras = true;
  start();
  const transcript once{
      "control attach store",  "control attach consensus", "control attach cameras",
      "control listen",        "discovery attach store",   "discovery attach connection",
      "bridge attach control", "bridge attach discovery",  "bridge attach cameras",
      "bridge attach health",  "bridge attach restarter",  "health attach discovery"};
  for (const auto& entry : once)
    CAF_CHECK_EQUAL(count(entry) >= 1 ? "told" : entry, "told");
  CAF_CHECK(count("consensus listen house") >= 1);
  CAF_CHECK(count("consensus listen sights") >= 1);
  CAF_CHECK(count("consensus listen decisions") >= 1);
  log.clear();
  kill(consensus_hdl);
  pass(1s);
  CAF_CHECK(count("control attach consensus") >= 1);
  CAF_CHECK(count("consensus listen house") >= 1);
  log.clear();
  kill(control_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("control attach store"), 1);
  CAF_CHECK_EQUAL(count("control attach consensus"), 1);
  CAF_CHECK_EQUAL(count("control listen"), 1);
  CAF_CHECK_EQUAL(count("bridge attach control"), 1);
  log.clear();
  kill(discovery_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("discovery attach store"), 1);
  CAF_CHECK_EQUAL(count("discovery attach connection"), 1);
  CAF_CHECK_EQUAL(count("control listen"), 1);
  CAF_CHECK_EQUAL(count("consensus listen house"), 1);
  CAF_CHECK_EQUAL(count("consensus listen sights"), 1);
  log.clear();
  kill(bridge_hdl);
  pass(1s);
  CAF_CHECK_EQUAL(count("bridge attach control"), 1);
  CAF_CHECK_EQUAL(count("bridge attach restarter"), 1);
  end_log control_end;
  end_log discovery_end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(control_hdl), &control_end));
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(discovery_hdl), &discovery_end));
  settle();
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK(end.ended);
  CAF_CHECK(control_end.ended);
  CAF_CHECK(discovery_end.ended);
}

CAF_TEST(what always fails in an announcement or an order does not end the alarm) {
  with_operators = true;
  start();
  for (int i = 0; i < 20; ++i) {
    kill(control_hdl);
    kill(discovery_hdl);
    kill(bridge_hdl);
    pass(4s, 1s);
  }
  CAF_CHECK(!end.ended);
  log.clear();
  pass(11min, 10s);
  CAF_CHECK(count("control attach store") >= 1);
  CAF_CHECK(count("discovery attach store") >= 1);
}

CAF_TEST(a restart is answered and then a stop in order) {
  start();
  log.clear();
  bool answered = false;
  auto asked = self->request(uut, caf::infinite, restart_atom_v);
  settle();
  asked.receive([&](done_atom) { answered = true; }, [](const caf::error&) {});
  CAF_CHECK(answered);
  CAF_CHECK(!end.ended);
  pass(1s);
  CAF_CHECK(end.ended);
  CAF_CHECK(!end.failed);
  const transcript expected{"restarting", "connection hold", "consensus drain", "connection close",
                            "consensus drain"};
  CAF_CHECK(log == expected);
}

CAF_TEST(who could not start again does not stop) {
  cannot_restart = "mqtt.port: '0' is no port";
  start();
  std::string refusal;
  auto asked = self->request(uut, caf::infinite, restart_atom_v);
  settle();
  asked.receive([](done_atom) {},
                [&](const caf::error& why) { refusal = why.context().get_as<std::string>(0); });
  CAF_CHECK(refusal.find("mqtt.port") != std::string::npos);
  pass(2s);
  CAF_CHECK(!end.ended);
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK_EQUAL(count("restarting"), 0);
  CAF_CHECK_EQUAL(count("stopping"), 1);
}

CAF_TEST(the store ends after the connection) {
  start();
  log.clear();
  end_log store_end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(store_hdl), &store_end));
  settle();
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK(end.ended);
  CAF_CHECK(store_end.ended);
  CAF_CHECK(!store_end.failed);
}

CAF_TEST(a dead connection is replaced and made known) {
  start();
  log.clear();
  kill(connection_hdl);
  CAF_CHECK_EQUAL(connection_starts.size(), 1u);
  pass(200ms);
  CAF_REQUIRE_EQUAL(connection_starts.size(), 2u);
  CAF_CHECK_EQUAL(connection_starts[1], 1u);
  CAF_CHECK_EQUAL(count("consensus attach"), 1);
  CAF_CHECK_EQUAL(count("health attach"), 1);
  CAF_CHECK_EQUAL(count("connection open"), 1);
  CAF_CHECK(!end.ended);
}

CAF_TEST(a dead consensus is replaced and made known) {
  start();
  log.clear();
  kill(consensus_hdl);
  pass(200ms);
  CAF_CHECK_EQUAL(count("consensus attach"), 1);
  CAF_CHECK_EQUAL(count("health attach"), 1);
}

CAF_TEST(a dead health actor is replaced) {
  start();
  log.clear();
  kill(health_hdl);
  pass(200ms);
  CAF_CHECK_EQUAL(count("health attach"), 1);
  CAF_CHECK_EQUAL(count("connection open"), 0);
}

CAF_TEST(a dead bridge is replaced) {
  start();
  CAF_CHECK(count("bridge attach") >= 1);
  log.clear();
  kill(bridge_hdl);
  pass(200ms);
  CAF_CHECK_EQUAL(count("bridge attach"), 1);
  CAF_CHECK_EQUAL(count("connection open"), 0);
}

CAF_TEST(the bridge learns of a new consensus) {
  start();
  log.clear();
  kill(consensus_hdl);
  pass(200ms);
  CAF_CHECK_EQUAL(count("bridge attach"), 1);
}

CAF_TEST(what dies too often ends everything in order and with an error) {
  start();
  for (std::uint32_t i = 0; i < settings.max_restarts; ++i) {
    kill(health_hdl);
    pass(4s, 200ms);
    CAF_CHECK(!end.ended);
  }
  log.clear();
  kill(health_hdl);
  pass(3s);
  CAF_CHECK(end.ended);
  CAF_CHECK(end.failed);
  CAF_CHECK_EQUAL(count("connection close"), 1);
}

CAF_TEST(who ends in a stop does not make it a failure) {
  start();
  for (std::uint32_t i = 0; i < settings.max_restarts; ++i) {
    kill(health_hdl);
    pass(4s, 200ms);
  }
  caf::anon_send(uut, stop_atom_v);
  pass(2s);
  CAF_CHECK(end.ended);
  CAF_CHECK(!end.failed);
}

CAF_TEST(what dies now and then goes on for ever) {
  start();
  for (int i = 0; i < 50; ++i) {
    kill(health_hdl);
    pass(15s, 1s);
  }
  CAF_CHECK(!end.ended);
}

CAF_TEST(a stop is intake then decisions then the broker) {
  start();
  log.clear();
  caf::anon_send(uut, stop_atom_v);
  settle();
  const transcript expected{"stopping", "connection hold", "consensus drain", "connection close",
                            "consensus drain"};
  CAF_CHECK(log == expected);
  CAF_CHECK(end.ended);
  CAF_CHECK(!end.failed);
}

CAF_TEST(a stop takes less than two seconds when nobody answers) {
  how.answers = false;
  start();
  caf::anon_send(uut, stop_atom_v);
  pass(1900ms);
  CAF_CHECK(end.ended);
  CAF_CHECK(!end.failed);
}

CAF_TEST(a stop is done once however often it is asked for) {
  start();
  caf::anon_send(uut, stop_atom_v);
  caf::anon_send(uut, stop_atom_v);
  settle();
  CAF_CHECK_EQUAL(count("connection close"), 1);
}

CAF_TEST(a stop without a connection is one all the same) {
  start();
  kill(connection_hdl);
  log.clear();
  caf::anon_send(uut, stop_atom_v);
  settle();
  const transcript expected{"stopping", "consensus drain", "consensus drain"};
  CAF_CHECK(log == expected);
  CAF_CHECK(end.ended);
}

CAF_TEST(during a stop the link is not opened) {
  how.answers = false;
  settings.drain_deadline = 100s;
  start();
  pass(5s);
  caf::anon_send(uut, stop_atom_v);
  pass(5s);
  CAF_CHECK(!end.ended);
  CAF_CHECK_EQUAL(count("connection open"), 0);
}

CAF_TEST(a consensus that dies before it is asked opens nothing) {
  consensus_dies = true;
  start();
  CAF_CHECK_EQUAL(count("connection open"), 0);
  consensus_dies = false;
  pass(200ms);
  CAF_CHECK_EQUAL(count("connection open"), 1);
}

CAF_TEST(a consensus that dies with the question does not open the link of the next one) {
  settings.restart_pause = 2s;
  stuck = {"consensus"};
  start();
  kill(consensus_hdl);
  pass(7900ms);
  CAF_CHECK_EQUAL(count("connection open"), 0);
  pass(200ms);
  CAF_CHECK_EQUAL(count("connection open"), 1);
}

CAF_TEST(during a stop nothing is started again) {
  how.answers = false;
  start();
  kill(consensus_hdl);
  caf::anon_send(uut, stop_atom_v);
  pass(1900ms);
  CAF_CHECK(end.ended);
  CAF_CHECK_EQUAL(count("consensus attach"), 1);
}

// -- is everybody alive? -------------------------------------------------------------

CAF_TEST(it is ready once and when the connection is opened) {
  start();
  CAF_CHECK_EQUAL(count("ready"), 1);
  kill(connection_hdl);
  pass(200ms);
  CAF_CHECK_EQUAL(count("connection open"), 2);
  CAF_CHECK_EQUAL(count("ready"), 1);
}

CAF_TEST(it is ready without an answer of consensus too) {
  stuck = {"consensus"};
  start();
  pass(5900ms);
  CAF_CHECK_EQUAL(count("ready"), 0);
  pass(200ms);
  CAF_CHECK_EQUAL(count("ready"), 1);
}

CAF_TEST(it is alive three times in the span of the watchdog) {
  start_with_watchdog();
  pass(300s);
  CAF_CHECK_EQUAL(count("alive"), 30);
  for (const auto* child : {"connection ping", "consensus ping", "health ping", "bridge ping"})
    CAF_CHECK_EQUAL(count(child), 30);
}

CAF_TEST(without a watchdog nobody is asked) {
  start();
  log.clear();
  pass(1000s, 1s);
  CAF_CHECK(log.empty());
}

CAF_TEST(one who does not answer makes it silent until it answers again) {
  start_with_watchdog();
  for (const auto* child : {"connection", "consensus", "health"}) {
    stuck = {child};
    log.clear();
    pass(100s);
    CAF_CHECK_EQUAL(count("alive"), 0);
    CAF_CHECK_EQUAL(count(std::string{child} + " ping"), 10);
    stuck.clear();
    pass(20s);
    CAF_CHECK_EQUAL(count("alive"), 2);
  }
  CAF_CHECK(!end.ended);
}

CAF_TEST(who is stuck is said once and so is that it answers again) {
  start_with_watchdog();
  const log_capture lines;
  stuck = {"consensus"};
  pass(100s);
  CAF_CHECK_EQUAL(lines.count("critical: consensus is stuck"), 1);
  stuck.clear();
  pass(30s);
  CAF_CHECK_EQUAL(lines.count("info: consensus answers again"), 1);
  CAF_CHECK_EQUAL(lines.count("is stuck"), 1);
  stuck = {"consensus"};
  pass(100s);
  CAF_CHECK_EQUAL(lines.count("critical: consensus is stuck"), 2);
}

CAF_TEST(a dead one that is being replaced is not stuck) {
  settings.restart_pause = 25s;
  start_with_watchdog();
  const log_capture lines;
  stuck = {"health"};
  pass(10s);
  stuck.clear();
  log.clear();
  kill(health_hdl);
  pass(20s);
  CAF_CHECK_EQUAL(count("alive"), 2);
  CAF_CHECK_EQUAL(count("health ping"), 0);
  pass(20s);
  CAF_CHECK_EQUAL(count("alive"), 4);
  CAF_CHECK_EQUAL(lines.count("is stuck"), 0);
}

CAF_TEST(one who dies while it is asked is not called stuck) {
  start_with_watchdog();
  const log_capture lines;
  stuck = {"health"};
  pass(10s);
  CAF_CHECK_EQUAL(count("health ping"), 1);
  stuck.clear();
  kill(health_hdl);
  pass(20s);
  CAF_CHECK_EQUAL(lines.count("is stuck"), 0);
  CAF_CHECK_EQUAL(count("alive"), 2);
}

CAF_TEST(who takes the place of a stuck one begins anew) {
  start_with_watchdog();
  stuck = {"health"};
  pass(30s);
  kill(health_hdl);
  const log_capture lines;
  pass(30s);
  CAF_CHECK_EQUAL(lines.count("critical: health is stuck"), 1);
}

CAF_TEST(during a stop nobody is asked and nothing is said) {
  how.answers = false;
  settings.drain_deadline = 100s;
  start_with_watchdog();
  pass(9s);
  caf::anon_send(uut, stop_atom_v);
  pass(60s);
  CAF_CHECK(!end.ended);
  for (const auto* entry : {"alive", "connection ping", "consensus ping", "health ping"})
    CAF_CHECK_EQUAL(count(entry), 0);
  CAF_CHECK_EQUAL(count("stopping"), 1);
}

CAF_TEST(answers that come during a stop do not make it alive) {
  how.answers = false;
  settings.drain_deadline = 100s;
  start_with_watchdog();
  sched.advance_time(10s);
  sched.prioritize(uut);
  sched.run_once();
  caf::anon_send(uut, stop_atom_v);
  sched.prioritize(uut);
  sched.run_once();
  settle();
  CAF_CHECK_EQUAL(count("health ping"), 1);
  CAF_CHECK_EQUAL(count("alive"), 0);
}

CAF_TEST(who has much to do is asked first) {
  start_with_watchdog();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(health_hdl, attach_atom_v, connection_hdl, consensus_hdl);
  sched.advance_time(10s);
  sched.prioritize(uut);
  sched.run_once();
  settle();
  CAF_REQUIRE_EQUAL(count("health attach"), 3);
  CAF_CHECK(std::find(log.begin(), log.end(), "health ping")
            < std::find(log.begin(), log.end(), "health attach"));
}

CAF_TEST(nobody is called stuck during a stop) {
  how.answers = false;
  settings.drain_deadline = 100s;
  start_with_watchdog();
  stuck = {"health"};
  pass(10s);
  caf::anon_send(uut, stop_atom_v);
  settle();
  const log_capture lines;
  const auto told_before = told.size();
  caf::anon_send(uut, link_up{1, "5", false});
  pass(30s);
  CAF_CHECK_EQUAL(lines.count("is stuck"), 0);
  CAF_CHECK_EQUAL(count("alive"), 0);
  CAF_CHECK_EQUAL(told.size(), told_before);
}

CAF_TEST(its status is the link and the cameras that are online) {
  how.figures.cameras["north"].online = true;
  how.figures.cameras["south"].online = true;
  how.figures.cameras["pond"].online = false;
  start_with_watchdog();
  caf::anon_send(uut, link_down{0, "refused"});
  settle();
  CAF_REQUIRE(!told.empty());
  CAF_CHECK(!told.back().link_up);
  CAF_CHECK_EQUAL(told.back().down_reason, "refused");
  caf::anon_send(uut, link_up{1, "5", false});
  pass(10s);
  CAF_CHECK(told.back().link_up);
  CAF_CHECK_EQUAL(told.back().cameras_online, 2u);
}

CAF_TEST(it listens to each connection and asks for the present reason again) {
  start_with_watchdog();
  kill(connection_hdl);
  pass(200ms);
  CAF_CHECK_EQUAL(count("connection link"), 1);
  log.clear();
  pass(10s);
  CAF_CHECK_EQUAL(count("connection link"), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace supervisor_test
