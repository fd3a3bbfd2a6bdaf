#define CAF_SUITE supervisor

#include "actors/supervisor/supervisor.hpp"

#include <map>

#include "tests/actor_support/fixture.hpp"

using namespace firefinder;
using namespace firefinder::test;

namespace {

// What the children were told, in order, over all of them.
using transcript = std::vector<std::string>;

struct child_behaviour {
  transcript* log;
  bool answers = true;
};

connection_actor::behavior_type fake_connection(connection_actor::pointer self,
                                                child_behaviour how) {
  const auto answer = [self, how](const char* what) {
    how.log->push_back(std::string{"connection "} + what);
    auto promise = self->make_response_promise<done_atom>();
    if (how.answers)
      promise.deliver(done_atom_v);
    return promise;
  };
  return {
      [](listen_atom, const link_listener&) {},
      [=](listen_atom, const std::string&, std::uint8_t, const std::vector<inbound_listener>&) {
        how.log->push_back("connection listen");
      },
      [](const publication&) {},
      [](const publication&, const delivery_listener&) {},
      [=](open_atom) { how.log->push_back("connection open"); },
      [=](hold_atom) { return answer("hold"); },
      [=](close_atom, timespan) { return answer("close"); },
      [](figures_atom) { return link_figures{}; },
      [](const endpoint_tick&) {},
      [](const expiry_tick&) {},
      [](const closing_tick&) {},
      [](const client_connected&) {},
      [](const client_failed&) {},
      [](const client_lost&) {},
      [](const client_subscribed&) {},
      [](const client_published&) {},
      [](const client_note&) {},
      [](const inbound&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

consensus_actor::behavior_type fake_consensus(consensus_actor::pointer self, child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor& connection) {
        how.log->push_back("consensus attach");
        self->send(connection, listen_atom_v, std::string{"a"}, std::uint8_t{1},
                   std::vector<inbound_listener>{});
      },
      [](const cooldown_tick&) {},
      [](figures_atom) { return consensus_figures{}; },
      [=](drain_atom) {
        how.log->push_back("consensus drain");
        auto promise = self->make_response_promise<done_atom>();
        if (how.answers)
          promise.deliver(done_atom_v);
        return promise;
      },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const delivered&) {},
      [](const firefinder::expired&) {},
      [](const verdict&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

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
  connection_actor connection_hdl;
  consensus_actor consensus_hdl;
  health_actor health_hdl;
  std::vector<std::uint32_t> connection_starts;
  end_log end;

  void start() {
    spawners children;
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
