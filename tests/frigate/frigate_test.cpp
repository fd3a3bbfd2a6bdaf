#undef CAF_SUITE
#define CAF_SUITE frigate

#include "actors/frigate/frigate.hpp"

#include "actors/frigate/frigate_writer.hpp"
#include "tests/actor_support/fake_actors.hpp"
#include "tests/frigate/cameras.hpp"
#include "tests/support/temporary_directory.hpp"

#include "tests/actor_support/fixture.hpp"

namespace frigate_test {

using namespace firefinder;
using namespace firefinder::test;

namespace {

/// What a fake worker was asked, and what it answers.
struct api_log {
  std::vector<frigate_query> queries;
  std::string failure;
  std::vector<frigate_object> objects;
  bool answers = true;
  /// Whether it can tell of objects.
  bool tells_objects = true;
  /// What it says of cameras, and of itself.
  std::vector<frigate_camera> cameras;
  std::string version = "0.16.2";
  std::vector<frigate_change> changes;
  int restarts = 0;
  /// What becomes of changes.
  frigate_outcome outcome{"", true, false, {}};
};

frigate_api_actor::behavior_type fake_api(frigate_api_actor::pointer self, api_log* log) {
  return {
      [=](const frigate_query& query) {
        log->queries.push_back(query);
        auto promise = self->make_response_promise<frigate_report>();
        frigate_report report;
        report.cameras = {query.prefix, log->failure, log->version, log->cameras};
        report.told_objects = query.objects && log->tells_objects;
        report.objects
            = {query.prefix, report.told_objects ? log->objects : decltype(log->objects){}};
        if (log->answers)
          promise.deliver(std::move(report));
        return promise;
      },
      [=](const frigate_change& change) {
        log->changes.push_back(change);
        return log->outcome;
      },
      [=](const frigate_restart&) {
        ++log->restarts;
        return frigate_outcome{};
      },
      [](const transfer_tick&) {},
  };
}

/// A worker that notes what it is to write.
frigate_writer_actor::behavior_type fake_writer(frigate_writer_actor::pointer,
                                                std::vector<frigate_files>* log) {
  return {[=](const frigate_files& what) {
    log->push_back(what);
    return frigate_outcome{"", true, false, {}};
  }};
}

/// What a fake consensus actor heard.
struct consensus_log {
  std::vector<frigate_cameras> cameras;
  std::vector<frigate_objects> objects;
  int watchers = 0;
};

struct fixture : actor_fixture {
  transcript log;
  api_log api;
  consensus_log told;
  frigate_settings settings;
  connection_actor connection_hdl;
  consensus_actor consensus_hdl;
  frigate_api_actor api_hdl;
  std::vector<frigate_files> files;
  frigate_writer_actor writer_hdl;
  double last_alarm_ago_s = -1;
  bool agrees = false;
  frigate_actor uut;
  std::uint64_t generation = 0;

  fixture() { settings.instances = {{"frigate", "http://f:5000"}}; }

  consensus_actor spawn_consensus() {
    child_behaviour how{&log};
    how.cameras = &told.cameras;
    how.objects = &told.objects;
    how.frigate_watchers = &told.watchers;
    how.figures.last_trigger_ago_s = last_alarm_ago_s;
    how.figures.trackers.cameras["barn"].agrees = agrees;
    return own(sys.spawn(fake_consensus, how));
  }

  void start(bool up = true) {
    connection_hdl = own(sys.spawn(fake_connection, child_behaviour{&log}));
    consensus_hdl = spawn_consensus();
    api_hdl = own(sys.spawn(fake_api, &api));
    writer_hdl = own(sys.spawn(fake_writer, &files));
    uut = own(sys.spawn(frigate, settings, api_hdl, writer_hdl));
    caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
    settle();
    if (up)
      link();
  }

  void link() {
    caf::anon_send(uut, link_up{++generation, "5", false});
    settle();
  }

  void cut() {
    caf::anon_send(uut, link_down{generation, "cut"});
    settle();
  }

  void comes_online(const std::string& prefix = "frigate") {
    frigate_sign sign;
    sign.prefix = prefix;
    sign.announced = true;
    caf::anon_send(uut, std::move(sign));
    settle();
  }

  void candidate(const std::string& object, timespan span = 30s) {
    caf::anon_send(uut, frigate_candidate{"frigate", object, now() + span});
    settle();
  }

  long count(const std::string& entry) { return std::count(log.begin(), log.end(), entry); }
  long samples() { return count("connection publish frigate/onConnect"); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(frigate_tests, fixture)

CAF_TEST(nothing is asked before the link is up) {
  start(false);
  pass(30min, 30s);
  CAF_CHECK_EQUAL(api.queries.size(), 0u);
  CAF_CHECK_EQUAL(timers(), 0u);
  link();
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  CAF_CHECK(api.queries[0].url == "http://f:5000");
  CAF_CHECK_EQUAL(told.cameras.size(), 1u);
  CAF_CHECK(told.cameras.at(0).version == "0.16.2");
}

CAF_TEST(the api is asked every ten minutes and only once for a link) {
  start();
  caf::anon_send(uut, link_up{generation, "5", false});
  settle();
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  pass(10min - 1s, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  pass(1s);
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  pass(10min, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 3u);
}

CAF_TEST(the questions end with the link and a new link begins them anew) {
  start();
  cut();
  pass(30min, 30s);
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  link();
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  // Ticks of the old link would make it two questions in ten minutes.
  cut();
  link();
  pass(10min, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 4u);
}

CAF_TEST(a frigate that comes online is asked) {
  start();
  comes_online("another");
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  pass(5min, 1s);
  comes_online();
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  // From there on it is ten minutes again.
  pass(10min - 1s, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  pass(1s);
  CAF_CHECK_EQUAL(api.queries.size(), 3u);
  cut();
  comes_online();
  CAF_CHECK_EQUAL(api.queries.size(), 3u);
}

CAF_TEST(a question that comes while one is under way is asked afterwards) {
  api.answers = false;
  start();
  comes_online();
  comes_online();
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  api.answers = true;
  // The worker is given up after its time.
  pass(61s, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  CAF_CHECK_EQUAL(told.cameras.size(), 1u);
}

CAF_TEST(failures are told from the third in a row on and asked sooner) {
  api.failure = "why";
  start();
  pass(31s, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  CAF_CHECK_EQUAL(told.cameras.size(), 0u);
  pass(30s, 1s);
  CAF_CHECK_EQUAL(told.cameras.size(), 1u);
  CAF_CHECK(told.cameras.at(0).failure == "why");
  api.failure.clear();
  pass(30s, 1s);
  CAF_CHECK_EQUAL(told.cameras.size(), 2u);
  CAF_CHECK(told.cameras.at(1).failure.empty());
  api.failure = "again";
  pass(10min + 31s, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 6u);
  CAF_CHECK_EQUAL(told.cameras.size(), 2u);
}

CAF_TEST(an instance without an address is not asked) {
  settings.instances = {{"frigate", ""}, {"barn", "http://b"}};
  start();
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  CAF_CHECK(api.queries[0].prefix == "barn");
  comes_online();
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
}

CAF_TEST(a new consensus actor is told what the old one knew) {
  start();
  caf::anon_send(uut, attach_atom_v, connection_hdl, spawn_consensus());
  settle();
  CAF_CHECK_EQUAL(told.cameras.size(), 2u);
  CAF_CHECK_EQUAL(count("connection link"), 1);
}

CAF_TEST(a new connection is listened to and nothing is asked before its link) {
  start();
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_connection, child_behaviour{&log})),
                 consensus_hdl);
  settle();
  CAF_CHECK_EQUAL(count("connection link"), 2);
  pass(11min, 30s);
  CAF_CHECK_EQUAL(api.queries.size(), 1u);
  link();
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
}

CAF_TEST(it ends with its worker and its worker with it) {
  start();
  end_log end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(uut), &end));
  settle();
  caf::anon_send_exit(api_hdl, caf::exit_reason::kill);
  settle();
  CAF_CHECK(end.ended);
  CAF_CHECK(end.failed);

  end_log worker_end;
  end_log writer_end;
  auto worker = own(sys.spawn(fake_api, &api));
  auto writer = own(sys.spawn(fake_writer, &files));
  auto other = own(sys.spawn(frigate, settings, worker, writer));
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(worker), &worker_end));
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(writer), &writer_end));
  settle();
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  settle();
  CAF_CHECK(worker_end.ended);
  CAF_CHECK(writer_end.ended);
}

// -- burst sampling --------------------------------------------------------------------------

CAF_TEST(burst sampling is off by default) {
  start();
  candidate("a");
  pass(10s);
  CAF_CHECK_EQUAL(samples(), 0);
  CAF_CHECK(!api.queries.at(0).objects);
}

CAF_TEST(a candidate is sampled every second while it counts) {
  settings.burst_sampling = true;
  start();
  CAF_CHECK_EQUAL(told.watchers, 1);
  // What began while nobody listened.
  CAF_CHECK_EQUAL(samples(), 1);
  pass(10s);
  CAF_CHECK_EQUAL(samples(), 1);
  candidate("a", 5s);
  CAF_CHECK_EQUAL(samples(), 2);
  pass(2500ms);
  CAF_CHECK_EQUAL(samples(), 4);
  candidate("a", 5s);
  CAF_CHECK_EQUAL(samples(), 4);
  pass(1min);
  CAF_CHECK_EQUAL(samples(), 9);
}

CAF_TEST(a candidate of which no more is wanted is not sampled) {
  settings.burst_sampling = true;
  start();
  caf::anon_send(uut, frigate_candidate{"frigate", "a", now() + 30s, false});
  pass(3s);
  CAF_CHECK_EQUAL(samples(), 1);
}

CAF_TEST(sampling lasts two minutes and then rests) {
  settings.burst_sampling = true;
  start();
  for (int i = 0; i < 400; ++i) {
    candidate("a");
    pass(1s);
  }
  CAF_CHECK_EQUAL(samples(), 1 + 120);
  for (int i = 0; i < 60; ++i) {
    candidate("a");
    pass(1s);
  }
  CAF_CHECK(samples() > 1 + 120 + 30);
}

CAF_TEST(sampling ends with the link) {
  settings.burst_sampling = true;
  start();
  candidate("a");
  cut();
  const auto before = samples();
  candidate("b");
  pass(5s);
  CAF_CHECK_EQUAL(samples(), before);
  link();
  pass(5s);
  // One question with the link, and none of the ticks of the old one.
  CAF_CHECK_EQUAL(samples(), before + 1);
}

CAF_TEST(a candidate of an unknown instance is nobodys) {
  settings.burst_sampling = true;
  start();
  caf::anon_send(uut, frigate_candidate{"other", "a", now() + 30s});
  pass(3s);
  CAF_CHECK_EQUAL(samples(), 1);
}

CAF_TEST(what is in sight when the link comes up is told once and sampled) {
  settings.burst_sampling = true;
  api.objects = {{"north", "a", fire_sign::fire, {.1, .1, .2, .2}}};
  start();
  CAF_CHECK(api.queries.at(0).objects);
  CAF_CHECK_EQUAL(told.objects.size(), 1u);
  CAF_CHECK(told.objects.at(0).objects.at(0).id == "a");
  pass(5500ms);
  CAF_CHECK_EQUAL(samples(), 1 + 6);
  pass(10min, 1s);
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  CAF_CHECK(!api.queries.at(1).objects);
  CAF_CHECK_EQUAL(told.objects.size(), 1u);
  cut();
  link();
  CAF_CHECK(api.queries.at(2).objects);
  CAF_CHECK_EQUAL(told.objects.size(), 2u);
}

CAF_TEST(what is in sight is asked again until the api tells it) {
  settings.burst_sampling = true;
  api.tells_objects = false;
  api.objects = {{"north", "a", fire_sign::fire, {.1, .1, .2, .2}}};
  start();
  CAF_CHECK(api.queries.at(0).objects);
  CAF_CHECK_EQUAL(told.objects.size(), 0u);
  api.tells_objects = true;
  pass(10min, 1s);
  CAF_REQUIRE_EQUAL(api.queries.size(), 2u);
  CAF_CHECK(api.queries.at(1).objects);
  CAF_CHECK_EQUAL(told.objects.size(), 1u);
  pass(10min, 1s);
  CAF_REQUIRE_EQUAL(api.queries.size(), 3u);
  CAF_CHECK(!api.queries.at(2).objects);
}

CAF_TEST(it answers a ping) {
  start();
  bool answered = false;
  auto pinger = [&answered](caf::event_based_actor* asker, const frigate_actor& whom) {
    asker->request(whom, caf::infinite, ping_atom_v)
        .then([&answered](done_atom) { answered = true; }, [](const caf::error&) {});
    return caf::behavior{[](done_atom) {}};
  };
  own(sys.spawn(pinger, uut));
  settle();
  CAF_CHECK(answered);
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- its configuration ---------------------------------------------------------------------

namespace {

struct configured : fixture {
  configured() {
    settings.configuration.path = "/config/config.yml";
    settings.configuration.secrets_path = "/secrets";
    settings.configuration.credentials = {{"1", "admin", "hunter2"}};
  }

  void tell(const camera_facts& facts) {
    caf::anon_send(uut, camera_changed{facts});
    settle();
  }

  frigate_figures figures() {
    frigate_figures result;
    auto asker = [&result](caf::event_based_actor* client, const frigate_actor& whom) {
      client->request(whom, caf::infinite, figures_atom_v)
          .then([&result](frigate_figures& x) { result = std::move(x); }, [](const caf::error&) {});
      return caf::behavior{[](done_atom) {}};
    };
    own(sys.spawn(asker, uut));
    settle();
    return result;
  }

  long published() { return count("connection publish frigate/config/cameras"); }
};

constexpr auto north = "aabbccddeeff";
constexpr auto south = "001122334455";

} // namespace
CAF_TEST_FIXTURE_SCOPE(frigate_configuration_tests, configured)

CAF_TEST(nothing is written for cameras without being asked to) {
  settings.configuration = {};
  start();
  tell(camera(north));
  pass(10min, 1s);
  CAF_CHECK_EQUAL(files.size(), 0u);
  CAF_CHECK_EQUAL(api.changes.size(), 0u);
  CAF_CHECK_EQUAL(published(), 0);
  CAF_CHECK_EQUAL(figures().cameras, 0u);
}

CAF_TEST(cameras are written when no more come and at most every five minutes) {
  settings.instances = {{"frigate", ""}};
  start();
  pass(15s, 1s);
  files.clear();
  tell(camera(north));
  pass(7s, 1s);
  tell(camera(south));
  CAF_CHECK_EQUAL(files.size(), 0u);
  pass(5min, 1s);
  CAF_REQUIRE_EQUAL(files.size(), 1u);
  CAF_CHECK(files[0].path == "/config/config.yml");
  CAF_CHECK(files[0].blocks.cameras.find("cam_aabbccddeeff") != std::string::npos);
  CAF_CHECK(files[0].blocks.cameras.find("cam_001122334455") != std::string::npos);
  for (int i = 0; i < 60; ++i) {
    tell(camera(north, "192.0.2." + std::to_string(i)));
    pass(10s, 1s);
  }
  CAF_CHECK_EQUAL(files.size(), 3u);
  CAF_CHECK_EQUAL(api.changes.size(), 0u);
}

CAF_TEST(a camera that flaps changes nothing) {
  start();
  tell(camera(north));
  pass(6min, 1s);
  const auto before = files.size();
  for (int i = 0; i < 100; ++i) {
    auto off = camera(north);
    off.condition = i % 2 == 0 ? camera_condition::offline : camera_condition::online;
    off.failures = static_cast<std::uint32_t>(i);
    tell(off);
    pass(10s, 1s);
  }
  CAF_CHECK_EQUAL(files.size(), before);
}

CAF_TEST(cameras are written without a link and without an api) {
  settings.instances.clear();
  start(false);
  auto facts = camera(north);
  facts.credential = "1";
  tell(facts);
  pass(11s, 1s);
  CAF_REQUIRE_EQUAL(files.size(), 1u);
  CAF_CHECK_EQUAL(files[0].secrets.size(), 2u);
  CAF_CHECK(files[0].secrets.at(1).value == "hunter2");
  caf::anon_send(uut, camera_removed{north, ""});
  pass(6min, 1s);
  CAF_REQUIRE_EQUAL(files.size(), 2u);
  CAF_CHECK(files[1].blocks.removed.at(0) == "cam_aabbccddeeff");
}

CAF_TEST(the api changes the configuration and is asked what became of it) {
  settings.configuration.apply = true;
  api.version = "0.17.1";
  start();
  auto facts = camera(north);
  facts.credential = "1";
  tell(facts);
  pass(30s, 1s);
  CAF_REQUIRE_EQUAL(api.changes.size(), 1u);
  CAF_CHECK(api.changes[0].url == "http://f:5000");
  CAF_CHECK(api.changes[0].version == "0.17.1");
  CAF_REQUIRE_EQUAL(files.size(), 1u);
  CAF_CHECK(files[0].path.empty());
  CAF_CHECK_EQUAL(files[0].secrets.size(), 2u);
  CAF_CHECK_EQUAL(api.queries.size(), 2u);
  auto problems = figures().problems;
  CAF_REQUIRE_EQUAL(problems.size(), 1u);
  CAF_CHECK(problems[0].code == "frigate_configuration_not_applied");
  CAF_CHECK(problems[0].subject == "cam_aabbccddeeff");
  api.cameras = {{"cam_aabbccddeeff", 640, 360, 5, true, true, 0.7}};
  pass(10min, 1s);
  CAF_CHECK_EQUAL(figures().problems.size(), 0u);
  CAF_CHECK_EQUAL(api.restarts, 0);
}

CAF_TEST(a camera of a running frigate does not change while there may be a fire) {
  settings.configuration.apply = true;
  api.version = "0.17.1";
  api.cameras = {{"cam_aabbccddeeff", 640, 360, 5, true, true, 0.7}};
  start();
  tell(camera(north, "192.0.2.99"));
  for (int i = 0; i < 10; ++i) {
    candidate("a", 60s);
    pass(50s, 1s);
  }
  CAF_CHECK_EQUAL(api.changes.size(), 0u);
  tell(camera(south));
  candidate("a", 60s);
  pass(15s, 1s);
  CAF_REQUIRE_EQUAL(api.changes.size(), 1u);
  CAF_CHECK(api.changes[0].blocks.cameras.find("cam_aabbccddeeff") == std::string::npos);
  last_alarm_ago_s = 60;
  caf::anon_send(uut, attach_atom_v, connection_hdl, spawn_consensus());
  pass(10min, 1s);
  CAF_CHECK_EQUAL(api.changes.size(), 1u);
  last_alarm_ago_s = 2'000;
  caf::anon_send(uut, attach_atom_v, connection_hdl, spawn_consensus());
  pass(2min, 1s);
  CAF_REQUIRE_EQUAL(api.changes.size(), 2u);
  CAF_CHECK(api.changes[1].blocks.cameras.find("cam_aabbccddeeff") != std::string::npos);
}

CAF_TEST(frigate is not started anew while there may be a fire) {
  settings.configuration.apply = true;
  api.outcome.wants_restart = true;
  start();
  tell(camera(north));
  for (int i = 0; i < 30; ++i) {
    candidate("a", 60s);
    pass(50s, 1s);
  }
  CAF_CHECK_EQUAL(api.changes.size(), 1u);
  CAF_CHECK_EQUAL(api.restarts, 0);
  pass(84s, 1s);
  CAF_CHECK_EQUAL(api.restarts, 0);
  pass(5s, 1s);
  CAF_CHECK_EQUAL(api.restarts, 1);
  // It is in the file now, whatever Frigate makes of it.
  api.outcome = {};
  pass(2h, 10s);
  CAF_CHECK_EQUAL(api.restarts, 1);
}

CAF_TEST(frigate is not started anew after an alarm) {
  settings.configuration.apply = true;
  api.outcome.wants_restart = true;
  last_alarm_ago_s = 60;
  start();
  tell(camera(north));
  pass(20min, 1s);
  CAF_CHECK_EQUAL(api.changes.size(), 1u);
  CAF_CHECK_EQUAL(api.restarts, 0);
  last_alarm_ago_s = 2'000;
  caf::anon_send(uut, attach_atom_v, connection_hdl, spawn_consensus());
  pass(2min, 1s);
  CAF_CHECK_EQUAL(api.restarts, 1);
}

CAF_TEST(frigate is not started anew while a camera agrees) {
  settings.configuration.apply = true;
  api.outcome.wants_restart = true;
  agrees = true;
  start();
  tell(camera(north));
  pass(20min, 1s);
  CAF_CHECK_EQUAL(api.changes.size(), 1u);
  CAF_CHECK_EQUAL(api.restarts, 0);
  agrees = false;
  caf::anon_send(uut, attach_atom_v, connection_hdl, spawn_consensus());
  pass(2min, 1s);
  CAF_CHECK_EQUAL(api.restarts, 1);
}

CAF_TEST(frigate is not started anew without a link) {
  settings.configuration.apply = true;
  api.outcome.wants_restart = true;
  start();
  tell(camera(north));
  pass(30s, 1s);
  CAF_CHECK_EQUAL(api.changes.size(), 1u);
  cut();
  pass(1h, 10s);
  CAF_CHECK_EQUAL(api.restarts, 0);
  link();
  pass(60s, 1s);
  CAF_CHECK_EQUAL(api.restarts, 0);
  pass(20s, 1s);
  CAF_CHECK_EQUAL(api.restarts, 1);
}

CAF_TEST(the cameras are published when they change and to a new connection) {
  settings.configuration = {};
  settings.configuration.publish = true;
  start();
  CAF_CHECK_EQUAL(published(), 0);
  tell(camera(north));
  pass(11s, 1s);
  CAF_CHECK_EQUAL(published(), 1);
  tell(camera(north));
  pass(6min, 1s);
  CAF_CHECK_EQUAL(published(), 1);
  cut();
  link();
  CAF_CHECK_EQUAL(published(), 2);
  pass(6min, 1s);
  CAF_CHECK_EQUAL(published(), 2);
  tell(camera(south));
  pass(6min, 1s);
  CAF_CHECK_EQUAL(published(), 3);
  CAF_CHECK_EQUAL(files.size(), 0u);
}

CAF_TEST(the real worker writes the file) {
  temporary_directory folder;
  const auto path = folder.write("config.yml", "mqtt: {host: a}\n");
  settings.configuration.path = path;
  settings.configuration.secrets_path = folder.path() / "secrets";
  start(false);
  auto writer = own(sys.spawn(frigate_writer, new_configuration{"broker", 1883, "frigate"}));
  auto other = own(sys.spawn(frigate, settings, own(sys.spawn(fake_api, &api)), writer));
  caf::anon_send(other, attach_atom_v, connection_hdl, consensus_hdl);
  caf::anon_send(other, link_up{7, "5", false});
  auto facts = camera(north);
  facts.credential = "1";
  caf::anon_send(other, camera_changed{facts});
  pass(11s, 1s);
  const auto text = read_file(path);
  CAF_CHECK(text.find("mqtt: {host: a}\n# firefinder: begin") == 0);
  CAF_CHECK(text.find("{FRIGATE_CAM_AABBCCDDEEFF_USER}") != std::string::npos);
  CAF_CHECK(read_file(folder.path() / "secrets/FRIGATE_CAM_AABBCCDDEEFF_PASSWORD") == "hunter2");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace frigate_test
