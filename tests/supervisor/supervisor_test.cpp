#define CAF_SUITE supervisor

#include "actors/supervisor/supervisor.hpp"

#include <map>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fixture.hpp"

using namespace firefinder;
using namespace firefinder::test;

namespace {

health_actor::behavior_type fake_health(health_actor::pointer, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor&, const consensus_actor&) {
        how.log->push_back("health attach");
      },
      [](report_atom) {},
      [](const health_tick&) {},
      [](const link_up&) {},
      [](const link_down&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

struct fixture : actor_fixture {
  transcript log;
  child_behaviour how{&log};
  supervisor_settings settings;
  supervisor_actor uut;
  store_log stored;
  int store_starts = 0;
  store_actor store_hdl;
  connection_actor connection_hdl;
  consensus_actor consensus_hdl;
  health_actor health_hdl;
  std::vector<std::uint32_t> connection_starts;
  end_log end;

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
    children.consensus
        = [this](std::uint32_t) { return consensus_hdl = own(sys.spawn(fake_consensus, how)); };
    children.health
        = [this](std::uint32_t) { return health_hdl = own(sys.spawn(fake_health, how)); };
    uut = own(sys.spawn(supervisor, settings, children));
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
  const transcript expected{"connection hold", "consensus drain", "connection close"};
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

CAF_TEST(during a stop nothing is started again) {
  how.answers = false;
  start();
  kill(consensus_hdl);
  caf::anon_send(uut, stop_atom_v);
  pass(1900ms);
  CAF_CHECK(end.ended);
  CAF_CHECK_EQUAL(count("consensus attach"), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
