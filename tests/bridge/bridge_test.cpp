#undef CAF_SUITE
#define CAF_SUITE bridge

#include "actors/bridge/bridge.hpp"

#include "actors/connection/connection.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/consensus/explain.hpp"

#include "tests/actor_support/fake_broker.hpp"

#include <nlohmann/json.hpp>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fake_cameras.hpp"
#include "tests/actor_support/fake_operators.hpp"
#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

namespace bridge_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

// The real connection and decision around a fake broker and a fake store.
struct fixture : actor_fixture {
  fake_broker broker;
  store_log stored;
  connection_settings link;
  consensus_settings decision;
  bridge_settings settings;
  connection_actor connection_hdl;
  consensus_actor consensus_hdl;
  bridge_actor uut;
  control_script control;
  camera_script cameras;
  std::optional<discovery_figures> announced = discovery_figures{};
  int reports = 0;
  std::string no_restart;

  fixture() {
    link.presence_topics = {"firefinder/bridge/state"};
    settings.version = "1.2.3";
    settings.explained = explained_line;
    settings.told_drill = [](const drill_report& x) {
      return json{{"id", x.id}, {"passed", x.passed}}.dump();
    };
    decision.acceptance.cameras["north"] = {};
    decision.acceptance.cameras["south"] = {};
  }

  ~fixture() {
    caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
    settle();
  }

  void start() {
    connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
    consensus_hdl = own(sys.spawn(consensus, decision, wall()));
    uut = own(sys.spawn(bridge, settings, wall()));
    caf::anon_send(consensus_hdl, attach_atom_v, own(sys.spawn(fake_store, &stored)));
    caf::anon_send(consensus_hdl, attach_atom_v, connection_hdl);
    caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
    settle();
    caf::anon_send(connection_hdl, open_atom_v);
    settle();
  }

  // Makes everyone known whom requests may be about.
  void attach_all() {
    caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_control, &control)));
    caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_discovery, &announced)));
    caf::anon_send(uut, attach_atom_v,
                   camera_detection_actor{own(sys.spawn(fake_camera_detection, &cameras))});
    caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_health, &reports)));
    caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_restarter, &no_restart)));
    settle();
  }

  void ask(const std::string& operation, const std::string& payload, bool retained = false) {
    tell("bridge/request/" + operation, payload, retained);
  }

  void tell(const std::string& topic, const std::string& payload, bool retained = false) {
    inbound message;
    message.topic = link.topic_prefix + "firefinder/" + topic;
    // As the connection does with what nobody looks at.
    message.payload = payload.size() > max_payload_bytes ? std::string{} : payload;
    message.size = payload.size();
    message.qos = 1;
    message.retained = retained;
    message.arrived = now();
    broker.deliver(message);
    settle();
  }

  // As what the connection passes on, whose own bounds are not looked at.
  void hear(const std::string& topic, const std::string& payload) {
    inbound message;
    message.topic = "firefinder/" + topic;
    message.payload = payload;
    message.size = payload.size();
    message.arrived = now();
    caf::anon_send(uut, message);
    settle();
  }

  std::vector<fake_broker::sent> answers(const std::string& operation) {
    return broker.on(link.topic_prefix + "firefinder/bridge/response/" + operation);
  }

  // The last answer.
  json answer(const std::string& operation) {
    const auto all = answers(operation);
    return all.empty() ? json{} : json::parse(all.back().what.payload);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(bridge_tests, fixture)

CAF_TEST(a request is answered once at least once and not retained) {
  start();
  ask("explain", R"({"transaction": "t1"})");
  const auto all = answers("explain");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].what.qos, 1);
  CAF_CHECK(!all[0].what.retain);
  const auto x = answer("explain");
  CAF_CHECK_EQUAL(x["status"].get<std::string>(), "ok");
  CAF_CHECK_EQUAL(x["transaction"].get<std::string>(), "t1");
  CAF_CHECK_EQUAL(x["data"]["decision"].get<std::string>(), "hold");
  CAF_CHECK_EQUAL(x["data"]["cameras"].size(), 2u);
  CAF_CHECK_EQUAL(x["data"]["cameras"]["north"]["reason"].get<std::string>(), "offline");
  CAF_CHECK(x["data"]["text"].get<std::string>().find("north does not: offline")
            != std::string::npos);
}

CAF_TEST(a drill is answered at its end and told in the status) {
  drill_script drills;
  start();
  ask("drill", R"({"transaction": 1})");
  CAF_CHECK_EQUAL(answer("drill")["status"].get<std::string>(), "error");
  ask("status", "{}");
  CAF_CHECK(answer("status")["data"]["drill"].is_null());
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_drill, &drills)));
  drills.report.id = "d1";
  ask("drill", R"({"transaction": 2, "timeout_s": 3})");
  CAF_CHECK_EQUAL(answer("drill")["status"].get<std::string>(), "ok");
  CAF_CHECK_EQUAL(answer("drill")["data"]["id"].get<std::string>(), "d1");
  CAF_REQUIRE_EQUAL(drills.orders.size(), 1u);
  CAF_CHECK(!drills.orders[0].live);
  CAF_CHECK(drills.orders[0].limit == 3s);
  drills.refusal = "not here";
  ask("drill", R"({"live": true, "confirm": "LIVE"})");
  CAF_CHECK_EQUAL(answer("drill")["error"].get<std::string>(), "not here");
  CAF_REQUIRE_EQUAL(drills.orders.size(), 2u);
  CAF_CHECK(drills.orders[1].live);
  CAF_CHECK_EQUAL(drills.orders[1].confirmed, "LIVE");
  CAF_CHECK(drills.orders[1].limit == 0s);
  ask("drill", R"({"timeout_s": 0})");
  ask("drill", R"({"live": 1})");
  CAF_CHECK_EQUAL(drills.orders.size(), 2u);
  drills.figures.known = true;
  drills.figures.last.passed = true;
  pass(1s);
  ask("status", "{}");
  CAF_CHECK(answer("status")["data"]["drill"]["passed"] == true);
}

CAF_TEST(one camera is explained alone) {
  start();
  ask("explain", R"({"camera": "south"})");
  const auto x = answer("explain");
  CAF_CHECK_EQUAL(x["data"]["cameras"].size(), 1u);
  CAF_CHECK(x["data"]["cameras"].contains("south"));
  CAF_CHECK(!x.contains("transaction"));
}

CAF_TEST(an unknown camera is refused with the names of the known ones) {
  start();
  ask("explain", R"({"camera": "sooth", "transaction": 1})");
  const auto x = answer("explain");
  CAF_CHECK_EQUAL(x["status"].get<std::string>(), "error");
  CAF_CHECK_EQUAL(x["error"].get<std::string>(),
                  "there is no camera 'sooth'; there are: north, south");
  CAF_CHECK_EQUAL(x["transaction"].get<int>(), 1);
}

CAF_TEST(the past is told from the journal) {
  start();
  decision_record kept;
  kept.t = start_of_time - 50;
  kept.agreeing = 1;
  kept.threshold = 2;
  kept.cameras["north"].reason = standing_reason::not_growing;
  kept.cameras["south"].reason = standing_reason::verified;
  stored.decisions = {{kept.t, decision_line(kept)}};
  ask("explain", json{{"at", start_of_time - 40}}.dump());
  const auto x = answer("explain");
  CAF_CHECK_EQUAL(x["status"].get<std::string>(), "ok");
  CAF_CHECK_EQUAL(x["data"]["t"].get<double>(), kept.t);
  CAF_CHECK_EQUAL(x["data"]["cameras"]["north"]["reason"].get<std::string>(), "not_growing");
  ask("explain", json{{"at", start_of_time - 40}, {"camera", "south"}}.dump());
  CAF_CHECK_EQUAL(answer("explain")["data"]["cameras"].size(), 1u);
  ask("explain", json{{"at", start_of_time - 40}, {"camera", "west"}}.dump());
  CAF_CHECK(answer("explain")["error"].get<std::string>().find("only of: north, south")
            != std::string::npos);
}

CAF_TEST(what cannot be read in the journal is passed over) {
  start();
  decision_record kept;
  kept.t = start_of_time - 50;
  stored.decisions = {{kept.t, decision_line(kept)}, {start_of_time - 45, "rubbish"}};
  ask("explain", json{{"at", start_of_time - 40}}.dump());
  CAF_CHECK_EQUAL(answer("explain")["data"]["t"].get<double>(), kept.t);
}

CAF_TEST(a moment that the journal does not know is refused) {
  start();
  ask("explain", json{{"at", start_of_time - 40}}.dump());
  CAF_CHECK(answer("explain")["error"].get<std::string>().find("no decision yet")
            != std::string::npos);
  stored.decisions = {{start_of_time - 10, decision_line({})}};
  ask("explain", json{{"at", start_of_time - 40}}.dump());
  CAF_CHECK(answer("explain")["error"].get<std::string>().find("begins at 1699999990.000")
            != std::string::npos);
  ask("explain", json{{"at", start_of_time + 1e6}}.dump());
  CAF_CHECK(answer("explain")["error"].get<std::string>().find("yet to come") != std::string::npos);
}

CAF_TEST(a journal that is silent is told) {
  start();
  stored.answers = false;
  ask("explain", json{{"at", start_of_time - 40}}.dump());
  CAF_CHECK(answers("explain").empty());
  pass(2100ms);
  CAF_CHECK(answer("explain")["error"].get<std::string>().find("does not answer")
            != std::string::npos);
}

CAF_TEST(status tells everything in one answer) {
  start();
  pass(5s);
  ask("status", R"({"transaction": 9})");
  const auto x = answer("status");
  CAF_CHECK_EQUAL(x["status"].get<std::string>(), "ok");
  CAF_CHECK_EQUAL(x["transaction"].get<int>(), 9);
  const auto& data = x["data"];
  CAF_CHECK_EQUAL(data["version"].get<std::string>(), "1.2.3");
  CAF_CHECK_EQUAL(data["protocol"].get<std::string>(), "5");
  CAF_CHECK_EQUAL(data["cameras_total"].get<int>(), 2);
  CAF_CHECK_EQUAL(data["threshold"].get<int>(), 2);
  CAF_CHECK(data["uptime_s"].get<double>() >= 5);
  CAF_CHECK_EQUAL(data["decision"]["decision"].get<std::string>(), "hold");
}

CAF_TEST(what is wrong is answered with what is allowed) {
  start();
  ask("explain", "not json");
  CAF_CHECK(answer("explain")["error"].get<std::string>().find("JSON object") != std::string::npos);
  ask("reboot", "{}");
  CAF_CHECK(answer("reboot")["error"].get<std::string>().find("explain, status")
            != std::string::npos);
  // Where no answer can go, none goes.
  ask("a b", "{}");
  ask(std::string(60'000, 'x'), "{}");
  pass(1s);
  ask("status", "{}");
  CAF_CHECK_EQUAL(answer("status")["data"]["commands_refused"]["unknown"].get<int>(), 3);
  CAF_CHECK_EQUAL(answer("status")["data"]["commands_refused"]["unreadable"].get<int>(), 1);
}

CAF_TEST(a retained request is of unknown age and ignored) {
  start();
  attach_all();
  for (const auto* operation : {"status", "restart", "alarm/reset", "discovery/clear", "options"}) {
    ask(operation, "{}", true);
    CAF_CHECK(answers(operation).empty());
  }
  tell("consensus/armed/set", "OFF", true);
  tell("camera/barn/enabled/set", "OFF", true);
  CAF_CHECK(control.orders.empty());
  ask("status", "{}");
  CAF_CHECK_EQUAL(answer("status")["data"]["commands_refused"]["retained"].get<int>(), 7);
}

CAF_TEST(at most five requests a second are answered and the rest counted) {
  start();
  for (int i = 0; i < 50; ++i)
    ask("explain", "{}");
  // And one answer that says so.
  CAF_CHECK_EQUAL(answers("explain").size(), 6u);
  pass(1s);
  ask("status", "{}");
  CAF_CHECK_EQUAL(answer("status")["data"]["requests_dropped"].get<int>(), 45);
}

CAF_TEST(what changes something does not suffer from who asks too much) {
  start();
  attach_all();
  for (int i = 0; i < 50; ++i)
    ask("status", "{}");
  ask("alarm/acknowledge", R"({"by": "Ada"})");
  CAF_CHECK_EQUAL(answer("alarm/acknowledge")["status"].get<std::string>(), "ok");
  for (int i = 1; i < 20; ++i)
    ask("camera/wake", R"({"camera": "barn"})");
  CAF_CHECK_EQUAL(control.orders.size(), 20u);
  pass(1s);
  for (int i = 0; i < 50; ++i)
    ask("camera/wake", R"({"camera": "barn"})");
  CAF_CHECK_EQUAL(control.orders.size(), 30u);
}

CAF_TEST(too many requests are told once a second for each operation) {
  start();
  attach_all();
  for (int i = 0; i < 20; ++i)
    ask("camera/wake", R"({"camera": "barn"})");
  ask("alarm/reset", R"({"transaction": "t"})");
  const auto x = answer("alarm/reset");
  CAF_REQUIRE_EQUAL(x["status"].get<std::string>(), "error");
  CAF_CHECK_EQUAL(x["error"].get<std::string>(),
                  "too many requests in a second; this one was not done, try again");
  CAF_CHECK_EQUAL(x["transaction"].get<std::string>(), "t");
  ask("alarm/reset", "{}");
  CAF_CHECK_EQUAL(answers("alarm/reset").size(), 1u);
  ask("alarm/acknowledge", "{}");
  CAF_CHECK_EQUAL(answers("alarm/acknowledge").size(), 1u);
  // All that do not exist are one.
  for (int i = 0; i < 20; ++i)
    ask("nothing/n" + std::to_string(i), "{}");
  CAF_CHECK_EQUAL(answers("nothing/n4").size(), 1u);
  CAF_CHECK_EQUAL(answers("nothing/n5").size(), 1u);
  CAF_CHECK_EQUAL(answers("nothing/n6").size(), 0u);
  pass(1s);
  for (int i = 0; i < 11; ++i)
    ask("alarm/reset", "{}");
  CAF_CHECK_EQUAL(answers("alarm/reset").size(), 1u + 10 + 1);
  CAF_CHECK(answer("alarm/reset")["error"].get<std::string>().find("too many requests")
            != std::string::npos);
}

CAF_TEST(too many requests are at most one line a minute) {
  const log_capture lines;
  start();
  for (int second = 0; second < 70; ++second) {
    for (int i = 0; i < 10; ++i)
      ask("nothing", "");
    pass(1s, 1s);
  }
  CAF_CHECK_EQUAL(lines.count("warning: more requests or commands at once"), 2);
  CAF_CHECK_EQUAL(lines.count("what is more is refused, 1 so far"), 1);
  CAF_CHECK_EQUAL(lines.count("was refused (unknown)"), 2);
  CAF_CHECK_EQUAL(lines.count("nothing"), 0);
}

CAF_TEST(a house of a thousand cameras is told within what is read of a message) {
  settings.explained = [](const decision_record& x) {
    auto large = x;
    for (int i = 0; i < 1'000; ++i) {
      auto& one = large.cameras["camera-" + std::to_string(i)];
      one.agrees = i >= 990;
      one.object = std::string(100, 'x');
    }
    return explained_line(large);
  };
  start();
  for (const auto* operation : {"explain", "status"}) {
    ask(operation, "{}");
    const auto all = answers(operation);
    CAF_REQUIRE_EQUAL(all.size(), 1u);
    CAF_CHECK(all[0].what.payload.size() < max_payload_bytes);
    CAF_REQUIRE_EQUAL(answer(operation)["status"].get<std::string>(), "ok");
  }
  const auto x = answer("explain")["data"];
  CAF_CHECK_EQUAL(x["cameras"].size(), 100u);
  CAF_CHECK_EQUAL(x["cameras_more"].get<int>(), 902);
  CAF_CHECK(x["cameras"].contains("camera-999"));
  CAF_CHECK(answer("status")["data"]["decision"] == x);
}

CAF_TEST(a daemon that does not decide says so) {
  decision.enabled = false;
  settings.decides = false;
  start();
  ask("status", "{}");
  CAF_CHECK_EQUAL(answer("status")["data"]["degraded"].get<bool>(), true);
  ask("explain", R"({"transaction": 2})");
  const auto x = answer("explain");
  CAF_REQUIRE_EQUAL(x["status"].get<std::string>(), "error");
  CAF_CHECK(x["error"].get<std::string>().find("does not decide") != std::string::npos);
  CAF_CHECK_EQUAL(x["transaction"].get<int>(), 2);
}

CAF_TEST(a decision that is gone is told and its successor asked) {
  start();
  caf::anon_send_exit(consensus_hdl, caf::exit_reason::kill);
  settle();
  ask("status", "{}");
  pass(4s);
  CAF_CHECK_EQUAL(answer("status")["status"].get<std::string>(), "error");
  consensus_hdl = own(sys.spawn(consensus, decision, wall()));
  caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
  ask("status", "{}");
  CAF_CHECK_EQUAL(answer("status")["status"].get<std::string>(), "ok");
}

CAF_TEST(a bridge that was started anew is asked in place of the old one) {
  start();
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  uut = own(sys.spawn(bridge, settings, wall()));
  caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
  settle();
  ask("status", "{}");
  CAF_CHECK_EQUAL(answers("status").size(), 1u);
}

CAF_TEST(requests and answers have the prefix of all topics) {
  link.topic_prefix = "site/";
  start();
  ask("status", "{}");
  CAF_CHECK_EQUAL(answers("status").size(), 1u);
}

// -- operators ---------------------------------------------------------------------------

CAF_TEST(options are checked before any is applied and the answer tells what holds) {
  control.state.tuning.threshold = 3;
  control.state.tuning.armed = false;
  start();
  attach_all();
  ask("options", R"({"consensus_threshold": 3, "cooldown_period": 9999, "transaction": 4})");
  CAF_CHECK(control.orders.empty());
  CAF_CHECK(answer("options")["error"].get<std::string>().find("0 to 3600") != std::string::npos);
  CAF_CHECK_EQUAL(answer("options")["transaction"].get<int>(), 4);
  ask("options", R"({"consensus_threshold": 3, "armed": false, "by": "Ada", "reason": "test"})");
  CAF_REQUIRE_EQUAL(control.orders.size(), 2u);
  CAF_CHECK(control.orders[0].what == order_kind::arm);
  CAF_CHECK(control.orders[1].what == order_kind::tune);
  CAF_CHECK_EQUAL(control.orders[1].value, 3);
  CAF_CHECK_EQUAL(control.orders[1].by, "Ada");
  CAF_CHECK_EQUAL(control.orders[1].reason, "test");
  const auto x = answer("options");
  CAF_CHECK_EQUAL(x["status"].get<std::string>(), "ok");
  CAF_CHECK(!x.contains("transaction"));
  CAF_CHECK(!x.contains("warning"));
  CAF_CHECK_EQUAL(x["data"].size(), 5u);
  CAF_CHECK_EQUAL(x["data"]["consensus_threshold"].get<int>(), 3);
  CAF_CHECK_EQUAL(x["data"]["armed"].get<bool>(), false);
  // Who asks for nothing is told all the same.
  ask("options", "");
  CAF_CHECK_EQUAL(control.orders.size(), 2u);
  CAF_CHECK_EQUAL(answer("options")["data"].size(), 5u);
}

CAF_TEST(the first refusal of options sets back what was done before) {
  control.refuses = "min_confidence";
  control.state.tuning.armed = false;
  control.state.tuning.threshold = 4;
  start();
  attach_all();
  ask("options", R"({"cooldown_period": 10, "min_confidence": 0.5, "armed": true,
                     "consensus_threshold": 2})");
  CAF_REQUIRE_EQUAL(control.orders.size(), 5u);
  CAF_CHECK_EQUAL(control.orders[3].key, "consensus_threshold");
  CAF_CHECK_EQUAL(control.orders[3].value, 4);
  CAF_CHECK(control.orders[4].what == order_kind::arm);
  CAF_CHECK(!control.orders[4].on);
  const auto x = answer("options");
  CAF_CHECK_EQUAL(x["status"].get<std::string>(), "error");
  CAF_CHECK_EQUAL(x["error"].get<std::string>(),
                  "min_confidence is not possible; nothing was changed");
  CAF_CHECK_EQUAL(answers("options").size(), 1u);
  control.refuses = "arm";
  ask("options", R"({"armed": true})");
  CAF_CHECK_EQUAL(answer("options")["error"].get<std::string>(), "arm is not possible");
}

CAF_TEST(what of options cannot be set back is named) {
  control.refuses_after = 2;
  start();
  attach_all();
  ask("options", R"({"min_confidence": 0.5, "armed": true, "consensus_threshold": 2})");
  CAF_CHECK_EQUAL(control.orders.size(), 5u);
  CAF_CHECK_EQUAL(answer("options")["error"].get<std::string>(),
                  "min_confidence is not possible; this could not be set back: "
                  "consensus_threshold, armed");
}

CAF_TEST(options of which one is not answered are set back as well as they can) {
  control.silent_about = "consensus_threshold";
  control.state.tuning.threshold = 4;
  start();
  attach_all();
  ask("options", R"({"armed": false, "consensus_threshold": 2, "cooldown_period": 10})");
  pass(5100ms);
  // It may be done yet; hence that is set back too.
  CAF_REQUIRE_EQUAL(control.orders.size(), 3u);
  CAF_CHECK_EQUAL(control.orders[2].value, 4);
  pass(5100ms);
  CAF_REQUIRE_EQUAL(control.orders.size(), 4u);
  CAF_CHECK(control.orders[3].on);
  CAF_CHECK_EQUAL(answer("options")["error"].get<std::string>(),
                  "the control does not answer in time; try again; this could not be set back: "
                  "consensus_threshold");
}

CAF_TEST(options are not touched when nobody says what holds) {
  control.answers = false;
  start();
  attach_all();
  ask("options", R"({"armed": false, "consensus_threshold": 2})");
  pass(5100ms);
  CAF_CHECK(control.orders.empty());
  CAF_CHECK_EQUAL(answer("options")["error"].get<std::string>(),
                  "the control does not answer in time; try again; nothing was changed");
}

CAF_TEST(what was done of a request about a camera is named) {
  control.refuses = "announce";
  start();
  attach_all();
  ask("camera/options", R"({"camera": "barn", "enabled": true, "announce": true, "name": "B"})");
  const auto error = answer("camera/options")["error"].get<std::string>();
  CAF_CHECK(error.starts_with("announce is not possible"));
}

CAF_TEST(every order of an operator is answered with its outcome) {
  control.warning = "a restart forgets it";
  start();
  attach_all();
  const std::vector<std::pair<std::string, std::string>> asked{
      {"camera/add", R"({"camera": "barn"})"},
      {"camera/remove", R"({"camera": "barn"})"},
      {"camera/rename", R"({"camera": "barn", "name": "B"})"},
      {"camera/options", R"({"camera": "barn", "announce": false, "enabled": true})"},
      {"camera/snooze", R"({"camera": "barn", "minutes": 5})"},
      {"camera/wake", R"({"camera": "barn"})"},
      {"zone/snooze", R"({"zone": "yard", "minutes": 5})"},
      {"zone/wake", R"({"zone": "yard"})"},
      {"alarm/acknowledge", R"({"by": "Ada"})"},
      {"alarm/reset", R"({"by": "Ada"})"},
      {"alarm/clear", ""}};
  for (const auto& [operation, payload] : asked) {
    ask(operation, payload);
    CAF_REQUIRE_EQUAL(answers(operation).size(), 1u);
    const auto sent = answers(operation)[0].what;
    CAF_CHECK_EQUAL(static_cast<int>(sent.qos), 1);
    CAF_CHECK(!sent.retain);
    CAF_CHECK(sent.outdated_after == 60s);
    const auto x = answer(operation);
    CAF_CHECK_EQUAL(x["status"].get<std::string>(), "ok");
    CAF_CHECK_EQUAL(x["warning"].get<std::string>(), "a restart forgets it");
    pass(1s);
  }
  CAF_CHECK_EQUAL(control.orders.size(), 12u);
  const auto both = answer("camera/options")["data"];
  CAF_CHECK(both.contains("enable") && both.contains("announce"));
  CAF_CHECK(answer("alarm/clear")["data"].contains("reset"));
}

CAF_TEST(a control that is silent is told) {
  control.answers = false;
  start();
  attach_all();
  ask("alarm/reset", "");
  CAF_CHECK(answers("alarm/reset").empty());
  pass(5100ms);
  CAF_CHECK_EQUAL(answer("alarm/reset")["error"].get<std::string>(),
                  "the control does not answer in time; try again");
}

CAF_TEST(whoever is not there is named) {
  start();
  const std::vector<std::pair<std::string, std::string>> asked{
      {"rescan", "camera_detection is not among its services"},
      {"discovery/publish", "discovery is not among its services"},
      {"restart", "nobody here"},
      {"health_check", "does not report"},
      {"options", "takes no orders"}};
  for (const auto& [operation, words] : asked) {
    ask(operation, "");
    CAF_CHECK_EQUAL(answer(operation)["status"].get<std::string>(), "error");
    CAF_CHECK(answer(operation)["error"].get<std::string>().find(words) != std::string::npos);
  }
  tell("consensus/armed/set", "ON");
  CAF_CHECK(answer("consensus/armed")["error"].get<std::string>().find("takes no orders")
            != std::string::npos);
}

CAF_TEST(a rescan is one search for all who ask meanwhile) {
  cameras.result = search_result{};
  cameras.result->cameras.emplace_back().id = "02770000000a";
  cameras.result->took_s = 12.5;
  start();
  attach_all();
  ask("rescan", R"({"transaction": 1})");
  CAF_CHECK_EQUAL(answer("rescan")["data"]["cameras"][0]["id"].get<std::string>(), "02770000000a");
  CAF_CHECK_EQUAL(answer("rescan")["data"]["took_s"].get<double>(), 12.5);
  cameras.result.reset();
  ask("rescan", R"({"transaction": 2})");
  ask("rescan", R"({"transaction": 3})");
  CAF_CHECK_EQUAL(answers("rescan").size(), 1u);
  pass(121s, 1s);
  CAF_REQUIRE_EQUAL(answers("rescan").size(), 3u);
  CAF_CHECK_EQUAL(answer("rescan")["transaction"].get<int>(), 3);
  CAF_CHECK_EQUAL(answer("rescan")["error"].get<std::string>(),
                  "camera detection does not answer in time; try again");
  cameras.fails = true;
  ask("rescan", "");
  CAF_CHECK_EQUAL(answer("rescan")["error"].get<std::string>(), "no network at all");
}

CAF_TEST(a restart is answered before it happens) {
  start();
  attach_all();
  ask("restart", "{}");
  CAF_CHECK_EQUAL(answer("restart")["data"]["restarting"].get<bool>(), true);
  no_restart = "the configuration is broken: mqtt.port";
  ask("restart", "{}");
  CAF_CHECK_EQUAL(answer("restart")["error"].get<std::string>(), no_restart);
}

CAF_TEST(a health check reports at once and tells the status) {
  start();
  attach_all();
  ask("health_check", R"({"transaction": "h"})");
  CAF_CHECK_EQUAL(reports, 1);
  CAF_CHECK_EQUAL(answer("health_check")["data"]["version"].get<std::string>(), "1.2.3");
  CAF_CHECK_EQUAL(answer("health_check")["transaction"].get<std::string>(), "h");
  CAF_CHECK(answers("status").empty());
}

CAF_TEST(announcements are the matter of discovery) {
  start();
  attach_all();
  ask("discovery/publish", "");
  CAF_CHECK_EQUAL(answer("discovery/publish")["data"]["documents"].get<int>(), 21);
  ask("discovery/clear", "");
  CAF_CHECK_EQUAL(answer("discovery/clear")["error"].get<std::string>(), "nothing is announced");
  ask("discovery/forget", R"({"instance": "old"})");
  CAF_CHECK_EQUAL(answer("discovery/forget")["data"]["instance"].get<std::string>(), "old");
  ask("discovery/migrate", "");
  pass(31s, 1s);
  CAF_CHECK_EQUAL(answer("discovery/migrate")["error"].get<std::string>(),
                  "discovery does not answer in time; try again");
}

// -- commands ----------------------------------------------------------------------------

CAF_TEST(a command that is followed is not answered) {
  start();
  attach_all();
  tell("consensus/armed/set", "OFF");
  tell("consensus/cooldown_period/set", "12");
  tell("camera/barn/enabled/set", "ON");
  tell("camera/barn/snooze/set", "2");
  tell("camera/barn/snooze/set", "0");
  CAF_REQUIRE_EQUAL(control.orders.size(), 5u);
  CAF_CHECK(control.orders[0].what == order_kind::arm);
  CAF_CHECK_EQUAL(control.orders[1].value, 12);
  CAF_CHECK_EQUAL(control.orders[2].camera, "barn");
  CAF_CHECK_EQUAL(control.orders[3].value, 120);
  CAF_CHECK(control.orders[4].what == order_kind::wake);
  for (const auto* topic : {"consensus/armed", "consensus/cooldown_period", "camera/barn/enabled",
                            "camera/barn/snooze"})
    CAF_CHECK(answers(topic).empty());
  // Unless there is more to know than the state shows.
  control.warning = "the store cannot write";
  tell("consensus/armed/set", "ON");
  CAF_CHECK_EQUAL(answer("consensus/armed")["warning"].get<std::string>(),
                  "the store cannot write");
}

CAF_TEST(a command that is refused is answered and changes nothing) {
  control.refuses = "enable";
  start();
  attach_all();
  tell("consensus/min_confidence/set", "7");
  CAF_CHECK_EQUAL(answer("consensus/min_confidence")["error"].get<std::string>(),
                  "min_confidence must be a number from 0 to 1, and is '7'");
  tell("consensus/min_confidence/set", std::string(max_payload_bytes + 1, 'x'));
  CAF_CHECK_EQUAL(answers("consensus/min_confidence").size(), 2u);
  tell("consensus/armed/set", "");
  tell("consensus/armed/set", "\xff\x01");
  CAF_CHECK_EQUAL(answers("consensus/armed").size(), 2u);
  CAF_CHECK(control.orders.empty());
  tell("camera/barn/enabled/set", "OFF");
  CAF_CHECK_EQUAL(answer("camera/barn/enabled")["error"].get<std::string>(),
                  "enable is not possible");
  // Nobody is told where no command is.
  const auto before = broker.publications.size();
  tell("consensus/nothing/set", "ON");
  tell("camera/Barn Door/enabled/set", "ON");
  CAF_CHECK_EQUAL(broker.publications.size(), before);
  ask("status", "");
  const auto refused = answer("status")["data"]["commands_refused"];
  CAF_CHECK_EQUAL(refused["out_of_range"].get<int>(), 1);
  CAF_CHECK_EQUAL(refused["too_long"].get<int>(), 1);
  CAF_CHECK_EQUAL(refused["incomplete"].get<int>(), 1);
  CAF_CHECK_EQUAL(refused["wrong_type"].get<int>(), 1);
  CAF_CHECK_EQUAL(refused["declined"].get<int>(), 1);
  CAF_CHECK_EQUAL(refused["unknown"].get<int>(), 2);
}

CAF_TEST(thirty cameras are switched on again at once) {
  start();
  attach_all();
  for (int i = 0; i < 30; ++i)
    tell("camera/c" + std::to_string(i) + "/enabled/set", "ON");
  CAF_CHECK_EQUAL(control.orders.size(), 30u);
  // Questions have a budget of their own.
  ask("status", "");
  CAF_CHECK_EQUAL(answer("status")["data"]["requests_dropped"].get<int>(), 0);
  CAF_CHECK(!answer("status")["data"]["commands_refused"].contains("too_many"));
}

CAF_TEST(of a slider that is faster than the control its last value holds) {
  control.answers = false;
  start();
  attach_all();
  for (int i = 0; i < 100; ++i)
    tell("consensus/cooldown_period/set", std::to_string(i));
  tell("consensus/armed/set", "OFF");
  // Who has not answered yet is not asked for the same again.
  CAF_REQUIRE_EQUAL(control.orders.size(), 2u);
  CAF_CHECK_EQUAL(control.orders[0].value, 0);
  CAF_CHECK(control.orders[1].what == order_kind::arm);
  control.answers = true;
  pass(5100ms);
  CAF_REQUIRE_EQUAL(control.orders.size(), 3u);
  CAF_CHECK_EQUAL(control.orders[2].value, 99);
  tell("consensus/cooldown_period/set", "300");
  CAF_CHECK_EQUAL(control.orders.back().value, 300);
}

CAF_TEST(commands that a silent control cannot take wait and are each answered) {
  control.answers = false;
  start();
  attach_all();
  for (int i = 0; i < 300; ++i)
    hear("camera/c" + std::to_string(i) + "/enabled/set", "ON");
  CAF_CHECK_EQUAL(control.orders.size(), 200u);
  pass(5100ms);
  CAF_CHECK_EQUAL(control.orders.size(), 300u);
  pass(5100ms);
  for (int i = 0; i < 300; ++i)
    CAF_CHECK_EQUAL(answers("camera/c" + std::to_string(i) + "/enabled").size(), 1u);
}

CAF_TEST(commands for which there is no room are refused in words) {
  const log_capture lines;
  control.answers = false;
  start();
  attach_all();
  const int room = 200 + 2'000;
  for (int i = 0; i < room + 5; ++i)
    hear("camera/c" + std::to_string(i) + "/enabled/set", "ON");
  for (int i = room; i < room + 5; ++i)
    CAF_CHECK(answer("camera/c" + std::to_string(i) + "/enabled")["error"].get<std::string>().find(
                  "too many commands")
              != std::string::npos);
  // One that waits may still be changed.
  hear("camera/c" + std::to_string(room - 1) + "/enabled/set", "OFF");
  CAF_CHECK(answers("camera/c" + std::to_string(room - 1) + "/enabled").empty());
  CAF_CHECK_EQUAL(lines.count("warning: more"), 1);
  ask("status", "");
  CAF_CHECK_EQUAL(answer("status")["data"]["commands_refused"]["too_many"].get<int>(), 5);
}

CAF_TEST(a flood of wrong commands is no flood of answers) {
  start();
  attach_all();
  for (int i = 0; i < 1'000; ++i)
    hear("consensus/armed/set", "maybe");
  CAF_CHECK_EQUAL(answers("consensus/armed").size(), 200u);
  pass(1s);
  for (int i = 0; i < 1'000; ++i)
    hear("consensus/armed/set", "maybe");
  CAF_CHECK_EQUAL(answers("consensus/armed").size(), 250u);
  ask("status", "");
  CAF_CHECK_EQUAL(answer("status")["data"]["commands_refused"]["wrong_type"].get<int>(), 2'000);
}

CAF_TEST(hostile payloads are refused without a trace of them) {
  const log_capture lines;
  start();
  attach_all();
  const auto hostile = std::vector<std::string>{"\xff\xfe",
                                                std::string(1, '\0'),
                                                std::string(5'000, 'x'),
                                                std::string(max_payload_bytes + 1, '{'),
                                                R"({"a":)" + std::string(1'000, '[')
                                                    + std::string(1'000, ']') + "}",
                                                std::string(2'000, '['),
                                                R"({"armed": NaN})",
                                                R"({"cooldown_period": 1e400})",
                                                R"({"cooldown_period": "10"})",
                                                R"({"armed": true, "armed": false})",
                                                R"({"secret-of-mine": 1})"};
  for (const auto& payload : hostile) {
    ask("options", payload);
    pass(1s);
  }
  CAF_CHECK_EQUAL(answers("options").size(), hostile.size());
  for (const auto& x : answers("options"))
    CAF_CHECK_EQUAL(json::parse(x.what.payload)["status"].get<std::string>(), "error");
  CAF_CHECK(control.orders.empty());
  CAF_CHECK_EQUAL(lines.count("secret-of-mine"), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace bridge_test
