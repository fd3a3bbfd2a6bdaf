#undef CAF_SUITE
#define CAF_SUITE health

#include "actors/connection/connection.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/health/health.hpp"

#include "tests/actor_support/fake_broker.hpp"

#include <nlohmann/json.hpp>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fake_cameras.hpp"
#include "tests/actor_support/fake_operators.hpp"
#include "tests/actor_support/fixture.hpp"

namespace health_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

resource_probe_actor::behavior_type fixed_usage(resource_probe_actor::pointer, double memory_mb) {
  return {[memory_mb](figures_atom) {
    resource_usage x;
    x.process_memory_mb = memory_mb;
    return x;
  }};
}

// Every actor that publishes, around one fake broker.
struct fixture : actor_fixture {
  static constexpr auto consensus_topic = "system/fire_consensus/health";
  static constexpr auto detector_topic = "system/camera_detector/health";

  fake_broker broker;
  connection_settings link;
  consensus_settings decision;
  health_settings settings;
  connection_actor connection_hdl;
  consensus_actor consensus_hdl;
  health_actor uut;

  fixture() {
    link.presence_topics
        = {"system/fire_consensus/lwt", "system/camera_detector/lwt", "firefinder/bridge/state"};
    settings.reports = {{report_kind::consensus, "fire_consensus", consensus_topic, 30s},
                        {report_kind::camera_detector, "camera_detector", detector_topic, 60s}};
  }

  ~fixture() {
    caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
    settle();
  }

  void start() {
    connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
    consensus_hdl = own(sys.spawn(consensus, decision, wall()));
    uut = own(sys.spawn(health, settings, own(sys.spawn(fixed_usage, 12.5)), wall()));
    caf::anon_send(consensus_hdl, attach_atom_v, connection_hdl);
    caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
    settle();
  }

  void open() {
    caf::anon_send(connection_hdl, open_atom_v);
    settle();
  }

  std::size_t reports(const char* topic = consensus_topic) { return broker.on(topic).size(); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(health_tests, fixture)

CAF_TEST(nothing is reported before the first link) {
  start();
  pass(200s, 1s);
  CAF_CHECK_EQUAL(reports(), 0u);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
  caf::anon_send(uut, report_atom_v);
  settle();
  CAF_CHECK_EQUAL(reports(), 0u);
}

CAF_TEST(a report comes with the link and then in its interval) {
  start();
  open();
  CAF_CHECK_EQUAL(reports(), 1u);
  CAF_CHECK_EQUAL(reports(detector_topic), 1u);
  pass(29s, 1s);
  CAF_CHECK_EQUAL(reports(), 1u);
  pass(1s, 1s);
  CAF_CHECK_EQUAL(reports(), 2u);
  pass(270s, 1s);
  CAF_CHECK_EQUAL(reports(), 11u);
  CAF_CHECK_EQUAL(reports(detector_topic), 6u);
}

CAF_TEST(the camera detector tells of the cameras that are known) {
  camera_script script;
  script.figures->cameras["02770000000a"].condition = camera_condition::online;
  script.figures->problems = {{"ip_conflict", "10.0.0.7", true, 0, "two devices use it"}};
  start();
  const auto cameras = own(sys.spawn(fake_camera_detection, &script));
  caf::anon_send(uut, attach_atom_v, cameras);
  open();
  const auto report = json::parse(broker.on(detector_topic).at(0).what.payload);
  CAF_CHECK_EQUAL(report["online_cameras"].get<int>(), 1);
  CAF_CHECK_EQUAL(report["problem_codes"][0]["code"].get<std::string>(), "ip_conflict");
  CAF_CHECK_EQUAL(report["problem_codes"][0]["since"].get<double>(), wall()());
  // They are no concern of the other report.
  CAF_CHECK(json::parse(broker.on(consensus_topic).at(0).what.payload)["healthy"].get<bool>());
  // One that hangs holds no report up for long.
  script.figures.reset();
  pass(62s, 1s);
  CAF_REQUIRE_EQUAL(reports(detector_topic), 2u);
  const auto silent = json::parse(broker.on(detector_topic).at(1).what.payload);
  CAF_CHECK_EQUAL(silent["problem_codes"][0]["code"].get<std::string>(), "discovery_silent");
  CAF_CHECK_EQUAL(reports(), 3u);
}

CAF_TEST(a report is retained and complete) {
  start();
  open();
  const auto sent = broker.on(consensus_topic).at(0).what;
  CAF_CHECK(sent.retain);
  CAF_CHECK_EQUAL(static_cast<int>(sent.qos), 0);
  const auto payload = json::parse(sent.payload);
  CAF_CHECK_EQUAL(payload["service"].get<std::string>(), "fire_consensus");
  CAF_CHECK_EQUAL(payload["resources"]["memory_mb"].get<double>(), 12.5);
  CAF_CHECK(payload["healthy"].get<bool>());
  CAF_CHECK_EQUAL(payload["timestamp"].get<double>(), wall()());
}

CAF_TEST(the bridge tells how the daemon does and is not retained) {
  settings.reports.push_back({report_kind::bridge, "", "firefinder/bridge/health", 30s});
  // What a fake discovery tells; none: it does not answer.
  std::optional<discovery_figures> announced = discovery_figures{};
  announced->documents = 21;
  camera_script script;
  start();
  const auto discovery_hdl = own(sys.spawn(fake_discovery, &announced));
  caf::anon_send(uut, attach_atom_v, discovery_hdl);
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_camera_detection, &script)));
  settle();
  CAF_CHECK_EQUAL(reports("firefinder/bridge/health"), 0u);
  open();
  CAF_REQUIRE_EQUAL(reports("firefinder/bridge/health"), 1u);
  const auto sent = broker.on("firefinder/bridge/health").at(0).what;
  CAF_CHECK(!sent.retain);
  CAF_CHECK_EQUAL(static_cast<int>(sent.qos), 0);
  const auto report = json::parse(sent.payload);
  CAF_CHECK_EQUAL(report["ok"].get<std::string>(), "ON");
  CAF_CHECK_EQUAL(report["rss_mb"].get<double>(), 12.5);
  CAF_CHECK_EQUAL(report["discovery"]["documents"].get<int>(), 21);
  pass(29s, 1s);
  CAF_CHECK_EQUAL(reports("firefinder/bridge/health"), 1u);
  // Whoever hangs is told, and holds nothing up for long.
  announced.reset();
  pass(4s, 1s);
  CAF_REQUIRE_EQUAL(reports("firefinder/bridge/health"), 2u);
  const auto silent = json::parse(broker.on("firefinder/bridge/health").at(1).what.payload);
  CAF_CHECK_EQUAL(silent["ok"].get<std::string>(), "OFF");
  CAF_CHECK(!silent.contains("discovery"));
  announced.emplace();
  script.figures.reset();
  pass(30s, 1s);
  CAF_REQUIRE_EQUAL(reports("firefinder/bridge/health"), 3u);
  CAF_CHECK_EQUAL(json::parse(broker.on("firefinder/bridge/health").at(2).what.payload)["ok"]
                      .get<std::string>(),
                  "OFF");
  // Those whose matter it is not have not asked.
  CAF_CHECK(json::parse(broker.on(consensus_topic).at(1).what.payload)["healthy"].get<bool>());
}

CAF_TEST(a report is forced on request) {
  start();
  open();
  pass(10s);
  caf::anon_send(uut, report_atom_v);
  settle();
  CAF_CHECK_EQUAL(reports(), 2u);
  pass(20s);
  CAF_CHECK_EQUAL(reports(), 3u);
}

CAF_TEST(between two links nothing is reported) {
  start();
  open();
  broker.connects = fake_broker::mood::silent;
  broker.cut();
  settle();
  caf::anon_send(uut, report_atom_v);
  pass(100s, 1s);
  CAF_CHECK_EQUAL(reports(), 1u);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
  broker.connects = fake_broker::mood::accept;
  pass(61s, 1s);
  CAF_CHECK(reports() >= 2u);
}

CAF_TEST(an old tick dies with its link) {
  start();
  open();
  caf::anon_send(uut, health_tick{0, 0});
  caf::anon_send(uut, health_tick{99, 0});
  caf::anon_send(uut, health_tick{1, 77});
  settle();
  CAF_CHECK_EQUAL(reports(), 1u);
}

CAF_TEST(a hundred reconnects leave one report per interval) {
  start();
  open();
  for (int i = 0; i < 100; ++i) {
    broker.cut();
    pass(2s, 500ms);
  }
  const auto before = reports();
  pass(300s, 1s);
  CAF_CHECK_EQUAL(reports() - before, 10u);
}

CAF_TEST(a new connection actor does not wake the ticks of the old one) {
  start();
  open();
  pass(10s);
  caf::anon_send_exit(connection_hdl, caf::exit_reason::kill);
  settle();
  link.generation_base = std::uint64_t{1} << 32;
  connection_hdl = own(sys.spawn(firefinder::connection, link, broker.factory()));
  caf::anon_send(consensus_hdl, attach_atom_v, connection_hdl);
  caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
  settle();
  open();
  const auto before = reports();
  pass(300s, 1s);
  CAF_CHECK_EQUAL(reports() - before, 10u);
}

CAF_TEST(the same connection made known again is one timer) {
  start();
  open();
  pass(10s);
  caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
  settle();
  const auto before = reports();
  pass(300s, 1s);
  CAF_CHECK_EQUAL(reports() - before, 10u);
}

CAF_TEST(reports that are asked for together tell of the cameras all the same) {
  decision.acceptance.cameras["north"] = {};
  start();
  open();
  const auto before = reports();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(uut, report_atom_v);
  settle();
  CAF_REQUIRE_EQUAL(reports(), before + 3);
  for (auto i = before; i < before + 3; ++i) {
    const auto report = json::parse(broker.on(consensus_topic).at(i).what.payload);
    CAF_CHECK_EQUAL(report["cameras_total"].get<int>(), 1);
    CAF_CHECK(report["cameras"].contains("north"));
  }
}

CAF_TEST(a report tells what the present consensus says and not the one before) {
  start();
  open();
  decision.acceptance.cameras["north"] = {};
  consensus_hdl = own(sys.spawn(consensus, decision, wall()));
  caf::anon_send(consensus_hdl, attach_atom_v, connection_hdl);
  settle();
  const auto before = reports();
  // The one before is asked, and has not answered yet.
  caf::anon_send(uut, report_atom_v);
  caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
  caf::anon_send(uut, report_atom_v);
  settle();
  CAF_REQUIRE_EQUAL(reports(), before + 2);
  const auto last = json::parse(broker.on(consensus_topic).back().what.payload);
  CAF_CHECK_EQUAL(last["cameras_total"].get<int>(), 1);
}

CAF_TEST(consensus that does not answer is a problem and no silence) {
  start();
  open();
  caf::anon_send_exit(consensus_hdl, caf::exit_reason::kill);
  settle();
  pass(33s, 1s);
  CAF_REQUIRE_EQUAL(reports(), 2u);
  const auto payload = json::parse(broker.on(consensus_topic).at(1).what.payload);
  CAF_CHECK(!payload["healthy"].get<bool>());
}

// Everyone publishes while the link goes up and down a thousand times.
CAF_TEST(a thousand flaps leave the right retained state and one timer each) {
  decision.threshold = 1;
  decision.cooldown = 1s;
  start();
  open();
  int alarms = 0;
  for (int i = 0; i < 1000; ++i) {
    broker.session_present = i % 3 == 0;
    broker.acknowledges = i % 5 != 0;
    broker.cut(static_cast<std::uint32_t>(i % 3 == 2 ? 1 : 0));
    if (i % 10 == 0) {
      verdict fire;
      fire.camera = "north";
      fire.online = true;
      fire.standing.agrees = true;
      fire.evidence = {{"tree", "growth", 6, .1, .2, .9, 5}};
      fire.evidence_until = now() + 30s;
      fire.by_detection = true;
      fire.at = now();
      caf::anon_send(consensus_hdl, fire);
      ++alarms;
    }
    caf::anon_send(uut, report_atom_v);
    pass(3s, 1500ms);
  }
  broker.acknowledges = true;
  broker.cut(0);
  pass(5s, 500ms);
  CAF_CHECK_EQUAL(broker.misdirected, 0);
  for (const auto* topic :
       {"system/fire_consensus/lwt", "system/camera_detector/lwt", "firefinder/bridge/state"})
    CAF_CHECK_EQUAL(broker.retained[topic], "online");
  const auto state = json::parse(broker.retained["fire/consensus_state"]);
  CAF_CHECK_EQUAL(state["consensus_count"].get<int>(), 1);
  // Each alarm arrived. (Again, where the broker lost the session.)
  std::set<std::string> ids;
  for (const auto& x : broker.on("fire/trigger"))
    ids.insert(json::parse(x.what.payload)["trigger_id"].get<std::string>());
  CAF_CHECK_EQUAL(ids.size(), static_cast<std::size_t>(alarms));
  const auto before = reports();
  pass(300s, 1s);
  CAF_CHECK_EQUAL(reports() - before, 10u);
}

CAF_TEST(a store that cannot write makes the report unhealthy and its beginning is kept) {
  store_log stored;
  stored.figures.problem = "disk full";
  stored.figures.pending = 3;
  // That nobody watches is another matter.
  decision.tracking.camera_timeout = 600s;
  start();
  auto store_hdl = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, store_hdl);
  pass(10s);
  open();
  const auto first = json::parse(broker.on(consensus_topic).at(0).what.payload);
  CAF_CHECK(!first["healthy"].get<bool>());
  CAF_CHECK_EQUAL(first["problem_codes"].at(0)["code"].get<std::string>(), "store_cannot_write");
  CAF_CHECK_EQUAL(first["store"]["ok"].get<bool>(), false);
  CAF_CHECK_EQUAL(first["store"]["pending"].get<int>(), 3);
  pass(30s, 1s);
  const auto second = json::parse(broker.on(consensus_topic).at(1).what.payload);
  CAF_CHECK_EQUAL(second["problem_codes"].at(0)["since"].get<double>(),
                  first["problem_codes"].at(0)["since"].get<double>());
  CAF_CHECK_EQUAL(first["problem_codes"].at(0)["since"].get<double>(), start_of_time + 10);
  stored.figures.problem.clear();
  pass(30s, 1s);
  const auto third = json::parse(broker.on(consensus_topic).at(2).what.payload);
  CAF_CHECK(third["healthy"].get<bool>());
  CAF_CHECK_EQUAL(third["store"]["ok"].get<bool>(), true);
  caf::anon_send_exit(store_hdl, caf::exit_reason::kill);
  settle();
}

CAF_TEST(a store that does not answer is a problem and no silence) {
  store_log stored;
  stored.tells = false;
  start();
  auto store_hdl = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, store_hdl);
  open();
  pass(3s);
  CAF_REQUIRE_EQUAL(reports(), 1u);
  const auto payload = json::parse(broker.on(consensus_topic).at(0).what.payload);
  CAF_CHECK(!payload["healthy"].get<bool>());
  CAF_CHECK_EQUAL(payload["problem_codes"].at(0)["code"].get<std::string>(), "store_silent");
  caf::anon_send_exit(store_hdl, caf::exit_reason::kill);
  settle();
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

// Health alone: the connection would drop what it must not even send.
struct alone : actor_fixture {
  transcript log;
  child_behaviour how{&log};
  health_settings settings;
  health_actor uut;

  void start() {
    settings.reports = {{report_kind::consensus, "fire_consensus", "health", 30s}};
    uut = own(sys.spawn(health, settings, own(sys.spawn(fixed_usage, 12.5)), wall()));
    caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_connection, how)),
                   own(sys.spawn(fake_consensus, how)));
    settle();
  }

  template <class Message>
  void tell(Message&& x) {
    caf::anon_send(uut, std::forward<Message>(x));
    settle();
  }

  long reports() { return std::count(log.begin(), log.end(), "connection publish health"); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(health_alone_tests, alone)

CAF_TEST(health sends nothing before the first link) {
  start();
  tell(report_atom_v);
  tell(health_tick{0, 0});
  pass(100s, 1s);
  CAF_CHECK_EQUAL(reports(), 0);
}

CAF_TEST(the last exercise is told of) {
  drill_script drills;
  drills.figures.known = true;
  drills.figures.last.passed = true;
  std::vector<publication> published;
  how.published = &published;
  start();
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_drill, &drills)));
  tell(link_up{1, "5", false});
  CAF_REQUIRE_EQUAL(published.size(), 1u);
  CAF_CHECK(published[0].payload.find(R"("drill":{)") != std::string::npos);
}

CAF_TEST(health sends nothing after link_down) {
  start();
  tell(link_up{1, "5", false});
  CAF_CHECK_EQUAL(reports(), 1);
  tell(link_down{1, "cut"});
  tell(report_atom_v);
  pass(100s, 1s);
  CAF_CHECK_EQUAL(reports(), 1);
}

CAF_TEST(health sends nothing to a connection that has no link yet) {
  start();
  tell(link_up{1, "5", false});
  CAF_CHECK_EQUAL(reports(), 1);
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_connection, how)),
                 own(sys.spawn(fake_consensus, how)));
  pass(100s, 1s);
  CAF_CHECK_EQUAL(reports(), 1);
}

CAF_TEST(a report that was begun in one link is not sent in another) {
  how.answers = false;
  start();
  tell(link_up{1, "5", false});
  // It waits for figures until their deadline of 2 s; meanwhile the link flaps.
  pass(1s);
  tell(link_down{1, "cut"});
  pass(1500ms);
  CAF_CHECK_EQUAL(reports(), 0);
  tell(link_up{2, "5", false});
  pass(3s);
  CAF_CHECK_EQUAL(reports(), 1);
}

CAF_TEST(the same link told twice is one timer) {
  start();
  tell(link_up{1, "5", false});
  tell(link_up{1, "5", false});
  pass(300s, 1s);
  CAF_CHECK_EQUAL(reports(), 11);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace health_test
