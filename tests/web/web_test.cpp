#undef CAF_SUITE
#define CAF_SUITE web

#include "actors/web/web.hpp"

#include <nlohmann/json.hpp>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fixture.hpp"

namespace web_test {

using namespace firefinder;
using namespace firefinder::test;
using nlohmann::json;

namespace {

// A server that serves nobody, and how often it was opened.
web_server_actor::behavior_type fake_server(web_server_actor::pointer, int* opened) {
  return {
      [opened](open_atom, const web_actor&) { ++*opened; },
      [](const web_server_tick&) {},
  };
}

struct control_script {
  std::vector<operator_order> orders;
  std::string refusal;
  bool answers = true;
  int listeners = 0;
};

control_actor::behavior_type scripted_control(control_actor::pointer self, control_script* script) {
  return {
      [](attach_atom, const store_actor&) {},
      [](attach_atom, const consensus_actor&) {},
      [](attach_atom, const camera_detection_actor&) {},
      [script](listen_atom, const control_listener&) { ++script->listeners; },
      [self, script](const operator_order& order) {
        script->orders.push_back(order);
        auto promise = self->make_response_promise<operator_outcome>();
        if (!script->refusal.empty())
          promise.deliver(caf::make_error(caf::sec::invalid_argument, script->refusal));
        else if (script->answers)
          promise.deliver(operator_outcome{R"({"armed":true})", "not kept"});
        return promise;
      },
      [](const control_tick&) {},
      [](figures_atom) { return control_state{}; },
      [](const house_state&) {},
      [](const house_cameras&) {},
      [](const house_camera_gone&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

// One who follows, and confirms only when told to.
struct reader_log {
  std::vector<web_events> batches;
  bool confirms = true;

  [[nodiscard]] std::vector<std::string> heard() const {
    std::vector<std::string> result;
    for (const auto& batch : batches)
      for (const auto& x : batch.all)
        result.push_back(x.name);
    return result;
  }
};

event_listener::behavior_type reader(event_listener::pointer self, web_actor whom,
                                     reader_log* log) {
  return {[=](const web_events& news) {
    log->batches.push_back(news);
    if (log->confirms)
      self->send(whom, web_credit{});
  }};
}

void ask(caf::event_based_actor* self, const web_actor& whom, web_question what,
         std::vector<web_answer>* answers) {
  self->request(whom, caf::infinite, std::move(what))
      .then([answers](const web_answer& x) { answers->push_back(x); }, [](const caf::error&) {});
}

void ask_to_follow(caf::event_based_actor* self, const web_actor& whom,
                   const event_listener& listener, std::vector<bool>* admitted) {
  self->request(whom, caf::infinite, listen_atom_v, listener)
      .then([admitted](done_atom) { admitted->push_back(true); },
            [admitted](const caf::error&) { admitted->push_back(false); });
}

struct fixture : actor_fixture {
  fixture() {
    how.published = nullptr;
    settings.version = "1";
  }

  void start(const std::string& token = {}) {
    settings.token = token;
    decision_language language{
        [](const decision_record& x) { return std::string{to_string(x.reason)}; },
        [](const camera_standing&) { return std::string{"why"}; },
        [](std::string_view text) -> std::optional<decision_record> {
          if (text == "none")
            return std::nullopt;
          decision_record result;
          result.trigger_id = std::string{text};
          return result;
        }};
    server = own(sys.spawn(fake_server, &opened));
    uut = own(sys.spawn(web, settings, server, language, wall()));
    settle();
  }

  void attach_all() {
    connection = own(sys.spawn(fake_connection, how));
    consensus = own(sys.spawn(fake_consensus, how));
    store = own(sys.spawn(fake_store, &stored));
    control = own(sys.spawn(scripted_control, &operators));
    caf::anon_send(uut, attach_atom_v, connection);
    caf::anon_send(uut, attach_atom_v, consensus);
    caf::anon_send(uut, attach_atom_v, store);
    caf::anon_send(uut, attach_atom_v, control);
    caf::anon_send(uut, attach_atom_v, std::string{"connection"}, supervised_actor{connection});
    caf::anon_send(uut, attach_atom_v, std::string{"store"}, supervised_actor{store});
    settle();
  }

  void put(web_question x) {
    own(sys.spawn(ask, uut, std::move(x), &answers));
    settle();
  }

  void get(const std::string& path, shown_token token = shown_token::none) {
    web_question x;
    x.method = "GET";
    x.path = path;
    x.token = token;
    x.address = "192.0.2.1";
    put(std::move(x));
  }

  void post(const std::string& body, shown_token token = shown_token::right) {
    web_question x;
    x.method = "POST";
    x.path = "/api/command";
    x.content_type = "application/json";
    x.body = body;
    x.token = token;
    put(std::move(x));
  }

  event_listener listen(reader_log& to) {
    auto result = own(sys.spawn(reader, uut, &to));
    own(sys.spawn(ask_to_follow, uut, result, &admitted));
    settle();
    return result;
  }

  template <class T>
  void tell(const T& x) {
    caf::anon_send(uut, x);
    settle();
  }

  static house_cameras camera(const std::string& id, const std::string& called) {
    house_camera result;
    result.id = result.key = id;
    result.name = called;
    return {{result}};
  }

  web_figures figures() {
    web_figures result;
    auto question = self->request(uut, caf::infinite, figures_atom_v);
    settle();
    question.receive([&](const web_figures& x) { result = x; }, [](const caf::error&) {});
    return result;
  }

  json body() { return json::parse(answers.back().body, nullptr, false); }
  int status() { return answers.back().status; }

  transcript log;
  child_behaviour how{&log};
  web_settings settings;
  int opened = 0;
  web_server_actor server;
  web_actor uut;
  connection_actor connection;
  consensus_actor consensus;
  store_log stored;
  store_actor store;
  control_script operators;
  control_actor control;
  std::vector<web_answer> answers;
  std::vector<bool> admitted;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_tests, fixture)

CAF_TEST(it opens its server and listens to those whom it is told of) {
  start();
  CAF_CHECK_EQUAL(opened, 1);
  attach_all();
  CAF_CHECK_EQUAL(operators.listeners, 1);
  CAF_CHECK(std::find(log.begin(), log.end(), "consensus listen house") != log.end());
  CAF_CHECK(std::find(log.begin(), log.end(), "consensus listen sights") != log.end());
  CAF_CHECK(std::find(log.begin(), log.end(), "consensus listen decisions") != log.end());
  CAF_CHECK(std::find(log.begin(), log.end(), "connection link") != log.end());
}

CAF_TEST(it answers from what it has heard) {
  start();
  get("/api/state");
  CAF_CHECK_EQUAL(status(), 200);
  CAF_CHECK(body()["alarm"] == "degraded");
  CAF_CHECK(body()["now"] == start_of_time);
  tell(link_up{1, "5", false});
  tell(house_state{});
  tell(camera("north", "Barn"));
  get("/api/state");
  CAF_CHECK(body()["alarm"] == "idle");
  get("/api/cameras");
  CAF_CHECK(body()["cameras"][0]["name"] == "Barn");
  camera_sight seen;
  seen.camera = "north";
  seen.at = start_of_time;
  seen.count = 3;
  tell(camera_sights{{seen, seen}});
  get("/api/cameras/north");
  CAF_CHECK(body()["key"] == "north");
  CAF_CHECK(body()["detections"] == 6);
  get("/api/cameras/south");
  CAF_CHECK_EQUAL(status(), 404);
  get("/api/nothing");
  CAF_CHECK_EQUAL(status(), 404);
}

CAF_TEST(it is ready when it is linked and decides) {
  start();
  get("/readyz");
  CAF_CHECK_EQUAL(status(), 503);
  CAF_CHECK(body()["reasons"].size() == 2u);
  tell(link_up{1, "5", false});
  tell(house_state{});
  get("/readyz");
  CAF_CHECK_EQUAL(status(), 200);
  CAF_CHECK(body()["ready"] == true);
}

CAF_TEST(it tells decisions the newest first and leaves out what is none) {
  start();
  get("/api/decisions");
  CAF_CHECK_EQUAL(status(), 503);
  attach_all();
  stored.decisions = {{1, "first"}, {2, "none"}, {3, "last"}};
  get("/api/decisions");
  CAF_CHECK_EQUAL(status(), 200);
  CAF_CHECK(body()["decisions"].size() == 2u);
  CAF_CHECK(body()["decisions"][0]["trigger_id"] == "last");
}

CAF_TEST(it explains by asking consensus) {
  start();
  attach_all();
  get("/api/explain");
  CAF_CHECK_EQUAL(status(), 200);
  CAF_CHECK(body()["reason"] == "too_few_cameras");
}

CAF_TEST(orders need a token and are done by the control) {
  start();
  attach_all();
  post(R"({"op": "reset"})");
  CAF_CHECK_EQUAL(status(), 403);
  CAF_CHECK(operators.orders.empty());
}

CAF_TEST(orders are answered with what holds and what should be known) {
  start("secret");
  attach_all();
  post(R"({"op": "arm", "armed": true})", shown_token::none);
  CAF_CHECK_EQUAL(status(), 401);
  post(R"({"op": "arm", "armed": true})");
  CAF_CHECK_EQUAL(status(), 200);
  CAF_CHECK(body()["data"]["armed"] == true);
  CAF_CHECK(body()["warning"] == "not kept");
  CAF_CHECK_EQUAL(operators.orders.size(), 1u);
  CAF_CHECK_EQUAL(operators.orders.back().by, "web");
  operators.refusal = "there is no alarm";
  post(R"({"op": "acknowledge"})");
  CAF_CHECK_EQUAL(status(), 400);
  CAF_CHECK(body()["error"] == "there is no alarm");
  operators.refusal.clear();
  operators.answers = false;
  post(R"({"op": "acknowledge"})");
  pass(2s);
  CAF_CHECK_EQUAL(status(), 503);
}

CAF_TEST(the process is alive while everybody answers) {
  start();
  attach_all();
  get("/healthz");
  CAF_CHECK_EQUAL(status(), 200);
  caf::anon_send_exit(store, caf::exit_reason::kill);
  settle();
  get("/healthz");
  CAF_CHECK_EQUAL(status(), 503);
  CAF_CHECK(body()["silent"][0] == "store");
  // One that takes its place.
  store = own(sys.spawn(fake_store, &stored));
  caf::anon_send(uut, attach_atom_v, std::string{"store"}, supervised_actor{store});
  settle();
  get("/healthz");
  CAF_CHECK_EQUAL(status(), 200);
}

CAF_TEST(one that is stuck is named after five seconds) {
  std::set<std::string> stuck{"connection"};
  how.stuck = &stuck;
  start();
  attach_all();
  get("/healthz");
  pass(4900ms);
  CAF_CHECK(answers.empty());
  pass(200ms);
  CAF_CHECK_EQUAL(status(), 503);
  CAF_CHECK(body()["silent"][0] == "connection");
}

CAF_TEST(a scrape waits two seconds for those who are late and counts them) {
  how.answers = false;
  start();
  attach_all();
  get("/metrics");
  pass(1900ms);
  CAF_CHECK(answers.empty());
  pass(200ms);
  CAF_CHECK_EQUAL(status(), 200);
  CAF_CHECK(answers.back().body.find("firefinder_scrape_unanswered 1\n") != std::string::npos);
  CAF_CHECK(answers.back().body.find("firefinder_store_up 1\n") != std::string::npos);
}

CAF_TEST(what is wrong with the server is told with its beginning) {
  start();
  tell(web_serving{{}, "the port is taken"});
  pass(1s);
  tell(web_serving{{}, "the port is taken"});
  auto told = figures();
  CAF_CHECK_EQUAL(told.problem, "the port is taken");
  CAF_CHECK_EQUAL(told.since, start_of_time);
  tell(web_serving{"http://127.0.0.1:1/", {}});
  CAF_CHECK(figures().problem.empty());
}

CAF_TEST(when its server ends it ends and the other way round) {
  start();
  end_log end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(uut), &end));
  settle();
  caf::anon_send_exit(server, caf::exit_reason::kill);
  settle();
  CAF_CHECK(end.failed);
}

CAF_TEST(it ends its server with itself) {
  start();
  end_log end;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(server), &end));
  settle();
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  settle();
  CAF_CHECK(end.ended);
}

CAF_TEST(who waits for others is answered when it ends) {
  std::set<std::string> stuck{"connection"};
  how.stuck = &stuck;
  how.answers = false;
  operators.answers = false;
  start("secret");
  attach_all();
  get("/metrics", shown_token::right);
  get("/healthz");
  post(R"({"op": "reset"})");
  CAF_REQUIRE(answers.empty());
  caf::anon_send_exit(uut, caf::exit_reason::user_shutdown);
  settle();
  CAF_REQUIRE_EQUAL(answers.size(), 3u);
  for (const auto& x : answers)
    CAF_CHECK_EQUAL(x.status, 503);
}

CAF_TEST(of a consensus that ended nothing is told) {
  start();
  attach_all();
  tell(camera("north", "Barn"));
  get("/api/cameras");
  CAF_CHECK_EQUAL(body()["cameras"].size(), 1u);
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_consensus, how)));
  settle();
  get("/api/cameras");
  CAF_CHECK(body()["cameras"].empty());
}

// -- those who follow --------------------------------------------------------------------

CAF_TEST(who follows is told everything at once and then what changes) {
  start();
  tell(camera("north", "Barn"));
  reader_log one;
  listen(one);
  CAF_CHECK(one.heard() == (std::vector<std::string>{"state", "camera"}));
  pass(2s);
  CAF_CHECK_EQUAL(one.batches.size(), 1u);
  tell(camera("north", "Stable"));
  CAF_CHECK(one.heard() == (std::vector<std::string>{"state", "camera", "camera"}));
}

CAF_TEST(without confirmation nothing more is told and changes are merged) {
  start();
  tell(camera("north", "Barn"));
  reader_log one;
  one.confirms = false;
  const auto listener = listen(one);
  for (int i = 0; i < 20; ++i) {
    tell(camera("north", std::to_string(i)));
    pass(1100ms);
  }
  CAF_CHECK_EQUAL(one.batches.size(), 1u);
  // As if it came from the listener.
  caf::send_as(listener, uut, web_credit{});
  settle();
  CAF_CHECK_EQUAL(one.batches.size(), 2u);
  CAF_CHECK_EQUAL(one.batches.back().all.size(), 1u);
  CAF_CHECK(json::parse(one.batches.back().all.front().data)["name"] == "19");
}

CAF_TEST(sixteen may follow and another one when one has gone) {
  start();
  std::vector<reader_log> logs(18);
  std::vector<event_listener> listeners;
  for (std::size_t i = 0; i < 16; ++i)
    listeners.push_back(listen(logs[i]));
  CAF_CHECK_EQUAL(std::count(admitted.begin(), admitted.end(), true), 16);
  get("/api/events");
  CAF_CHECK_EQUAL(status(), 503);
  listen(logs[16]);
  CAF_CHECK_EQUAL(admitted.back(), false);
  caf::anon_send_exit(listeners.front(), caf::exit_reason::kill);
  settle();
  get("/api/events");
  CAF_CHECK_EQUAL(status(), 200);
  CAF_CHECK_EQUAL(answers.back().stream, true);
  listen(logs[17]);
  CAF_CHECK_EQUAL(admitted.back(), true);
}

CAF_TEST(while nobody follows and nothing changes there is no timer) {
  start();
  attach_all();
  tell(camera("north", "Barn"));
  CAF_CHECK_EQUAL(timers(), 0u);
  reader_log one;
  const auto listener = listen(one);
  tell(camera("north", "Stable"));
  pass(3s);
  CAF_CHECK_EQUAL(timers(), 0u);
  caf::anon_send_exit(listener, caf::exit_reason::kill);
  settle();
  for (int i = 0; i < 10; ++i)
    tell(camera("north", std::to_string(i)));
  CAF_CHECK_EQUAL(timers(), 0u);
}

CAF_TEST(a decision is told within a tenth of a second whatever else waits) {
  start();
  tell(camera("north", "Barn"));
  reader_log one;
  listen(one);
  tell(camera("north", "Stable"));
  tell(camera("north", "Shed"));
  tell(decision_record{});
  pass(100ms);
  const auto heard = one.heard();
  CAF_CHECK_EQUAL(std::count(heard.begin(), heard.end(), "decision"), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace web_test
