#undef CAF_SUITE
#define CAF_SUITE drill

#include "actors/drill/drill.hpp"

#include "actors/consensus/consensus.hpp"

#include <nlohmann/json.hpp>

#include <map>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fake_operators.hpp"
#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

namespace drill_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

/// A broker and the connection to it in one: what is published comes back to whoever listens.
struct echo_script {
  std::vector<publication> published;
  std::map<std::string, std::vector<inbound_listener>> routes;
  std::vector<std::string> left;
  /// What is published on a topic that begins with this is refused; empty: nothing is.
  std::string refuses;
  /// ... is acknowledged, and given to nobody.
  std::string swallows;
  /// ... is neither acknowledged nor given to anybody.
  std::string ignores;
  /// Those who wait for what becomes of a durable publication that is ignored.
  std::vector<delivery_listener> waiting;
  link_figures figures{};
};

connection_actor::behavior_type echo_connection(connection_actor::pointer self,
                                                echo_script* script) {
  const auto begins = [](const std::string& topic, const std::string& with) {
    return !with.empty() && topic.starts_with(with);
  };
  return {
      [](listen_atom, const link_listener&) {},
      [script](listen_atom, const std::string& filter, std::uint8_t,
               const std::vector<inbound_listener>& listeners) {
        script->routes[filter] = listeners;
      },
      [script](leave_atom, const std::string& filter) {
        script->routes.erase(filter);
        script->left.push_back(filter);
      },
      [script](const publication& what) { script->published.push_back(what); },
      [=](publish_atom, const publication& what) {
        auto promise = self->make_response_promise<done_atom>();
        script->published.push_back(what);
        if (begins(what.topic, script->refuses)) {
          promise.deliver(caf::make_error(caf::sec::runtime_error, "not authorised"));
          return promise;
        }
        if (begins(what.topic, script->ignores))
          return promise;
        if (!begins(what.topic, script->swallows))
          for (const auto& [filter, listeners] : script->routes)
            if (filter == what.topic
                || (filter.ends_with('+')
                    && what.topic.starts_with(filter.substr(0, filter.size() - 1)))) {
              inbound message;
              message.topic = what.topic;
              message.payload = what.payload;
              message.size = what.payload.size();
              message.arrived = self->clock().now().time_since_epoch();
              message.received_at = start_of_time;
              for (const auto& x : listeners)
                self->send(x, message);
            }
        promise.deliver(done_atom_v);
        return promise;
      },
      [=](const publication& what, const delivery_listener& listener) {
        script->published.push_back(what);
        if (begins(what.topic, script->ignores))
          script->waiting.push_back(listener);
        else
          self->send(listener, delivered{what.id});
      },
      [](settle_atom, const std::string&) {},
      [](open_atom) {},
      [](hold_atom) { return done_atom_v; },
      [](close_atom, timespan) { return done_atom_v; },
      [script](figures_atom) { return script->figures; },
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

struct answers {
  std::vector<drill_report> reports;
  std::vector<std::string> refusals;
};

void give(caf::event_based_actor* self, const drill_actor& whom, const drill_order& order,
          answers* to) {
  self->request(whom, caf::infinite, order)
      .then([to](const drill_report& x) { to->reports.push_back(x); },
            [to](const caf::error& e) {
              to->refusals.push_back(e.context().match_elements<std::string>()
                                         ? e.context().get_as<std::string>(0)
                                         : "");
            });
}

void ask_figures(caf::event_based_actor* self, const drill_actor& whom, drill_figures* to) {
  self->request(whom, caf::infinite, figures_atom_v)
      .then([to](const drill_figures& x) { *to = x; }, [](const caf::error&) {});
}

struct fixture : actor_fixture {
  transcript log;
  echo_script broker;
  store_log stored;
  control_script control;
  std::vector<reported_problems> reports;
  consensus_figures figures;
  bool consensus_answers = true;
  drill_settings settings;
  consensus_settings decision;
  int rehearsals = 0;
  answers got;
  wall_clock clock = wall();
  drill_actor uut;
  connection_actor connection_hdl;
  consensus_actor consensus_hdl;
  std::vector<caf::strong_actor_ptr> played;

  fixture() {
    figures.threshold = 2;
    decision.exercise = true;
    settings.interval = timespan{0};
    connection_hdl = own(sys.spawn(echo_connection, &broker));
  }

  void spawn() {
    const auto decide = [this] {
      ++rehearsals;
      auto hdl = own(sys.spawn(firefinder::consensus, decision, clock));
      played.push_back(caf::actor_cast<caf::strong_actor_ptr>(hdl));
      return hdl;
    };
    const auto id = [this] { return "id-" + std::to_string(rehearsals + 1); };
    uut = own(sys.spawn(firefinder::drill, settings, drill_means{decide, id, clock}));
  }

  void attach_store() { caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_store, &stored))); }

  void attach_house() {
    child_behaviour how{&log, consensus_answers};
    how.figures = figures;
    how.reports = &reports;
    consensus_hdl = own(sys.spawn(fake_consensus, how));
    caf::anon_send(uut, attach_atom_v, connection_hdl, consensus_hdl);
    caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_control, &control)));
  }

  void link_up(std::uint64_t generation = 1) {
    caf::anon_send(uut, firefinder::link_up{generation, "5", false});
    settle();
  }

  void start() {
    spawn();
    attach_store();
    attach_house();
    settle();
    link_up();
  }

  void restart() {
    caf::anon_send_exit(uut, caf::exit_reason::kill);
    settle();
    start();
  }

  void order(const drill_order& what = {}) {
    sys.spawn(give, uut, what, &got);
    settle();
  }

  drill_figures told() {
    drill_figures result;
    sys.spawn(ask_figures, uut, &result);
    settle();
    return result;
  }

  std::vector<publication> on(const std::string& topic) const {
    std::vector<publication> result;
    for (const auto& x : broker.published)
      if (x.topic == topic)
        result.push_back(x);
    return result;
  }

  std::size_t on_fire_topics() const {
    return static_cast<std::size_t>(
        std::count_if(broker.published.begin(), broker.published.end(),
                      [](const publication& x) { return x.topic.starts_with("fire/"); }));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(drill_tests, fixture)

CAF_TEST(an ordered one goes through every step) {
  for (const std::uint32_t threshold : {1U, 2U, 3U}) {
    figures.threshold = threshold;
    got = {};
    broker.published.clear();
    start();
    order();
    CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
    const auto& report = got.reports.front();
    CAF_MESSAGE(report.text);
    CAF_CHECK(report.passed);
    CAF_CHECK_EQUAL(report.cameras, threshold);
    CAF_CHECK_EQUAL(report.steps.size(), 8U);
    CAF_CHECK(report.warnings.empty());
    CAF_CHECK_EQUAL(on_fire_topics(), 0U);
    const auto triggers = on("firefinder/drill/trigger");
    CAF_REQUIRE_EQUAL(triggers.size(), 1U);
    CAF_CHECK_EQUAL(triggers.front().qos, 2);
    CAF_CHECK(!triggers.front().retain);
    const auto payload = json::parse(triggers.front().payload);
    CAF_CHECK(payload["drill"] == true);
    CAF_CHECK(payload["action"] == "drill");
    CAF_CHECK_EQUAL(payload["consensus_cameras"].size(), threshold);
    CAF_CHECK(on("firefinder/drill/detection/drill-1").front().qos == 1);
  }
}

CAF_TEST(nothing of it is left) {
  start();
  order();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  settle();
  CAF_CHECK(broker.routes.empty());
  // The store has neither an alarm nor a memory of it, and no trigger that waits.
  CAF_CHECK(stored.alarms.empty());
  CAF_CHECK(stored.memories.empty());
  CAF_CHECK(stored.sightings.empty());
  CAF_CHECK(stored.decisions.empty());
  CAF_CHECK_EQUAL(stored.records.size(), 2U);
  CAF_CHECK(stored.records.contains({record_kind::drill, "last"}));
  CAF_CHECK(stored.records.contains({record_kind::drill, "topic"}));
  const auto state = on("firefinder/drill/state");
  // Before the first one nothing is known.
  CAF_REQUIRE_EQUAL(state.size(), 2U);
  CAF_CHECK(json::parse(state.front().payload)["passed"].is_null());
  CAF_CHECK(json::parse(state.front().payload)["failed"].is_null());
  CAF_CHECK(state.back().retain);
  CAF_CHECK(json::parse(state.back().payload)["passed"] == true);
  const auto figures_now = told();
  CAF_CHECK(figures_now.known);
  CAF_CHECK(!figures_now.running);
  CAF_CHECK(figures_now.last.passed);
}

// Home Assistant is told that the daemon is there when everything that it shows is.
CAF_TEST(what is known is given to the connection before the next link is there) {
  start();
  order();
  const auto before = on("firefinder/drill/state").size();
  caf::anon_send(uut, firefinder::link_down{1, "gone"});
  settle();
  const auto waiting = on("firefinder/drill/state");
  CAF_REQUIRE_EQUAL(waiting.size(), before + 1);
  CAF_CHECK(waiting.back().how == delivery::latest);
  CAF_CHECK(json::parse(waiting.back().payload)["passed"] == true);
  link_up(2);
  CAF_CHECK_EQUAL(on("firefinder/drill/state").size(), before + 1);
}

CAF_TEST(what stands under an earlier name is cleared once) {
  start();
  order();
  settings.base_topic = "house";
  settings.topic_prefix = "site/";
  broker.ignores = "firefinder/";
  restart();
  CAF_CHECK_EQUAL(on("firefinder/drill/state").size(), 3U);
  // The broker did not take it.
  broker.ignores.clear();
  pass(6s);
  link_up(2);
  auto gone = on("firefinder/drill/state");
  CAF_REQUIRE_EQUAL(gone.size(), 4U);
  CAF_CHECK(gone.back().payload.empty());
  CAF_CHECK(gone.back().retain);
  CAF_CHECK(!gone.back().prefixed);
  CAF_CHECK(!on("house/drill/state").empty());
  link_up(3);
  restart();
  CAF_CHECK_EQUAL(on("firefinder/drill/state").size(), 4U);
}

CAF_TEST(it is verified as the house verifies) {
  decision.tracking.how = verification::persistence;
  decision.tracking.window = 1800s;
  decision.tracking.adapts = true;
  settings.rules.by_persistence = true;
  start();
  order();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK(got.reports.front().passed);
}

CAF_TEST(frames that must not be old are waited for) {
  decision.tracking.how = verification::persistence;
  decision.acceptance.max_age = 1s;
  settings.rules.by_persistence = true;
  settings.rules.max_age = 1s;
  start();
  order();
  CAF_CHECK(got.reports.empty());
  pass(3s);
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK(got.reports.front().passed);
}

CAF_TEST(it goes by what operators have changed) {
  // Such detections count by the configuration, and not by what holds.
  control.state.tuning.detection_window = 40s;
  control.state.tuning.threshold = 7;
  control.state.tuning.armed = false;
  start();
  order();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK(got.reports.front().passed);
  // As many as must agree now, which may be fewer than should.
  CAF_CHECK_EQUAL(got.reports.front().cameras, 2U);
  CAF_REQUIRE_EQUAL(got.reports.front().warnings.size(), 1U);
  CAF_CHECK(got.reports.front().warnings.front().find("switched off") != std::string::npos);
}

CAF_TEST(a step that is not reached is named) {
  const auto fails_at = [this](const char* step) {
    got = {};
    restart();
    order();
    pass(16s);
    CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
    CAF_MESSAGE(got.reports.front().text);
    CAF_CHECK(!got.reports.front().passed);
    CAF_CHECK_EQUAL(got.reports.front().failed_step, step);
    CAF_CHECK(broker.routes.empty());
    CAF_CHECK(!stored.records.contains({record_kind::drill, "trigger"}));
    broker.refuses.clear();
    broker.swallows.clear();
    broker.ignores.clear();
    stored.writes = stored.answers = true;
    stored.figures = {};
    consensus_answers = true;
  };
  spawn();
  broker.refuses = "firefinder/drill/detection/";
  fails_at("published");
  broker.ignores = "firefinder/drill/detection/";
  fails_at("published");
  broker.swallows = "firefinder/drill/detection/";
  fails_at("heard");
  broker.swallows = "firefinder/drill/detection/drill-2";
  fails_at("verified");
  broker.refuses = "firefinder/drill/trigger";
  fails_at("acknowledged");
  broker.ignores = "firefinder/drill/trigger";
  fails_at("acknowledged");
  broker.swallows = "firefinder/drill/trigger";
  fails_at("returned");
  stored.figures.problem = "no space left on device";
  fails_at("stored");
  CAF_CHECK(got.reports.front().reason.find("no space") != std::string::npos);
  stored.writes = false;
  fails_at("stored");
  consensus_answers = false;
  fails_at("asked");
}

CAF_TEST(the disk may be slow) {
  start();
  stored.answers = false;
  order();
  // A real one would be sent all the same, but this is to show that it is written.
  pass(2s);
  CAF_CHECK(got.reports.empty());
  pass(14s);
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK_EQUAL(got.reports.front().failed_step, "stored");
}

CAF_TEST(without a store it passes with a warning) {
  settings.remembers = false;
  start();
  order();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK(got.reports.front().passed);
  CAF_CHECK_EQUAL(got.reports.front().warnings.size(), 1U);
  CAF_CHECK_EQUAL(got.reports.front().steps.size(), 7U);
}

CAF_TEST(what others say on its topics is ignored) {
  start();
  broker.swallows = "firefinder/drill/";
  order();
  inbound foreign;
  foreign.topic = "firefinder/drill/detection/drill-1";
  foreign.payload = R"({"drill":true,"detections":[]})";
  foreign.size = foreign.payload.size();
  caf::anon_send(uut, foreign);
  // Its own words, but of unknown age.
  foreign.payload = on("firefinder/drill/detection/drill-1").front().payload;
  foreign.retained = true;
  caf::anon_send(uut, foreign);
  foreign.topic = "firefinder/drill/trigger";
  caf::anon_send(uut, foreign);
  pass(16s);
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK_EQUAL(got.reports.front().failed_step, "heard");
  // And between two of them.
  foreign.retained = false;
  caf::anon_send(uut, foreign);
  settle();
  CAF_CHECK(!told().running);
}

CAF_TEST(where nothing is decided or connected it says so) {
  settings.decides = false;
  start();
  order();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK_EQUAL(got.reports.front().failed_step, "asked");
  CAF_CHECK(got.reports.front().reason.find("consensus") != std::string::npos);
  CAF_CHECK(!told().known);
  settings.decides = true;
  restart();
  caf::anon_send(uut, firefinder::link_down{1, "gone"});
  order();
  CAF_REQUIRE_EQUAL(got.reports.size(), 2U);
  CAF_CHECK(got.reports.back().reason.find("no connection") != std::string::npos);
  CAF_CHECK_EQUAL(rehearsals, 0);
}

CAF_TEST(one at a time and the loss of the link ends it) {
  broker.ignores = "firefinder/drill/";
  start();
  order();
  order();
  CAF_REQUIRE_EQUAL(got.refusals.size(), 1U);
  CAF_CHECK(got.refusals.front().find("under way") != std::string::npos);
  CAF_CHECK(told().running);
  caf::anon_send(uut, firefinder::link_down{1, "cable"});
  settle();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK_EQUAL(got.reports.front().failed_step, "published");
  CAF_CHECK(got.reports.front().reason.find("cable") != std::string::npos);
}

CAF_TEST(a live one needs the permission and the word and comes last) {
  drill_order live;
  live.live = true;
  live.confirmed = live_confirmation;
  start();
  order(live);
  CAF_CHECK_EQUAL(got.refusals.size(), 1U);
  settings.allow_live = true;
  restart();
  live.confirmed = "yes";
  order(live);
  CAF_CHECK_EQUAL(got.refusals.size(), 2U);
  CAF_CHECK_EQUAL(on_fire_topics(), 0U);
  live.confirmed = live_confirmation;
  // What has failed before starts no pump.
  broker.swallows = "firefinder/drill/trigger";
  order(live);
  pass(16s);
  CAF_CHECK_EQUAL(on_fire_topics(), 0U);
  broker.swallows.clear();
  order(live);
  CAF_REQUIRE_EQUAL(got.reports.size(), 2U);
  CAF_CHECK(got.reports.back().passed);
  CAF_CHECK(got.reports.back().live);
  CAF_REQUIRE_EQUAL(on_fire_topics(), 1U);
  const auto triggers = on("fire/trigger");
  CAF_REQUIRE_EQUAL(triggers.size(), 1U);
  CAF_CHECK_EQUAL(triggers.front().qos, 2);
  CAF_CHECK(!triggers.front().retain);
  const auto payload = json::parse(triggers.front().payload);
  CAF_CHECK(payload["action"] == "trigger");
  CAF_CHECK(payload["drill"] == true);
  CAF_CHECK(payload["drill_id"] == got.reports.back().id);
  // Without the word, none is.
  order();
  CAF_CHECK_EQUAL(on_fire_topics(), 1U);
}

CAF_TEST(a live trigger is given up for good and the loss of the link alone tells nothing of it) {
  drill_order live;
  live.live = true;
  live.confirmed = live_confirmation;
  settings.allow_live = true;
  broker.ignores = "fire/trigger";
  start();
  order(live);
  const auto triggers = on("fire/trigger");
  CAF_REQUIRE_EQUAL(triggers.size(), 1U);
  CAF_REQUIRE_EQUAL(broker.waiting.size(), 1U);
  // Only what is durable is destroyed in the end, wherever it has got to.
  CAF_CHECK(triggers.front().how == delivery::durable);
  CAF_CHECK(!triggers.front().id.empty());
  const auto now = sys.clock().now().time_since_epoch();
  CAF_CHECK(triggers.front().expires > now);
  CAF_CHECK(triggers.front().expires <= now + settings.limit);
  caf::anon_send(uut, firefinder::link_down{1, "cable"});
  settle();
  CAF_CHECK(got.reports.empty());
  caf::anon_send(broker.waiting.front(), expired{triggers.front().id, "the broker was away"});
  settle();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK(!got.reports.front().passed);
  CAF_CHECK_EQUAL(got.reports.front().failed_step, "live");
  CAF_CHECK(got.reports.front().reason.find("the broker was away") != std::string::npos);
}

CAF_TEST(it begins by itself and its failure is trouble until one passes) {
  settings.interval = 24h;
  start();
  pass(settling_time - 1s, 1s);
  CAF_CHECK_EQUAL(rehearsals, 0);
  CAF_CHECK(told().next > 0);
  pass(2s);
  CAF_CHECK_EQUAL(rehearsals, 1);
  auto last = told().last;
  CAF_CHECK(last.passed);
  CAF_CHECK(last.scheduled);
  CAF_CHECK(!last.live);
  CAF_CHECK(reports.back().all.empty());
  pass(24h - 5min, 1min);
  CAF_CHECK_EQUAL(rehearsals, 1);
  broker.swallows = "firefinder/drill/";
  pass(10min, 10s);
  CAF_CHECK_EQUAL(rehearsals, 2);
  CAF_REQUIRE_EQUAL(reports.back().all.size(), 1U);
  CAF_CHECK_EQUAL(reports.back().by, "drill");
  CAF_CHECK_EQUAL(reports.back().all.front().code, "drill_failed");
  // A restart does not forget it, and it is tried again soon.
  reports.clear();
  restart();
  CAF_REQUIRE(!reports.empty());
  CAF_CHECK_EQUAL(reports.back().all.size(), 1U);
  broker.swallows.clear();
  pass(70min, 10s);
  CAF_CHECK_EQUAL(rehearsals, 3);
  CAF_CHECK(reports.back().all.empty());
  CAF_CHECK(told().last.passed);
}

CAF_TEST(a restart and a new link do not bring the next one forward) {
  settings.interval = 24h;
  start();
  pass(6min, 1s);
  CAF_CHECK_EQUAL(rehearsals, 1);
  pass(1h, 1min);
  restart();
  // What the earlier process has found is told anew.
  CAF_CHECK(!on("firefinder/drill/state").empty());
  CAF_CHECK(told().last.passed);
  pass(22h, 1min);
  caf::anon_send(uut, firefinder::link_down{1, "gone"});
  settle();
  CAF_CHECK(told().next == 0);
  pass(3h, 1min);
  CAF_CHECK_EQUAL(rehearsals, 1);
  link_up(2);
  pass(4min, 1s);
  CAF_CHECK_EQUAL(rehearsals, 1);
  pass(2min, 1s);
  CAF_CHECK_EQUAL(rehearsals, 2);
}

CAF_TEST(one by itself is put off while cameras agree and given up when the link goes) {
  settings.interval = 24h;
  figures.trackers.cameras["north"].agrees = true;
  start();
  pass(6min, 1s);
  CAF_CHECK_EQUAL(rehearsals, 0);
  CAF_CHECK(!told().running);
  CAF_CHECK(told().next > 0);
  // One that somebody wants is played.
  order();
  CAF_CHECK_EQUAL(got.reports.size(), 1U);
  figures.trackers.cameras.clear();
  stored.records.clear();
  restart();
  broker.ignores = "firefinder/drill/";
  pass(5min + 1s, 1s);
  CAF_CHECK(told().running);
  caf::anon_send(uut, firefinder::link_down{1, "gone"});
  settle();
  CAF_CHECK(!told().running);
  CAF_CHECK(!told().known);
  CAF_CHECK(reports.back().all.empty());
}

CAF_TEST(the end of its consensus or of itself leaves nothing behind) {
  broker.ignores = "firefinder/drill/";
  start();
  order();
  CAF_REQUIRE_EQUAL(played.size(), 1U);
  caf::anon_send_exit(caf::actor_cast<caf::actor>(played.front()), caf::exit_reason::kill);
  settle();
  CAF_REQUIRE_EQUAL(got.reports.size(), 1U);
  CAF_CHECK(got.reports.front().reason.find("has ended") != std::string::npos);
  order();
  CAF_CHECK(told().running);
  CAF_CHECK(!broker.routes.empty());
  end_log end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(played.back()), &end));
  settle();
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  CAF_CHECK(end.ended);
  CAF_CHECK(broker.routes.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace drill_test
