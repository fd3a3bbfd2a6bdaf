#define CAF_SUITE bridge

#include "actors/bridge/bridge.hpp"

#include "actors/connection/connection.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/consensus/explain.hpp"

#include "tests/actor_support/fake_broker.hpp"

#include <nlohmann/json.hpp>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fixture.hpp"
#include "tests/actor_support/log_capture.hpp"

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

  fixture() {
    link.presence_topics = {"firefinder/bridge/state"};
    settings.version = "1.2.3";
    settings.explained = explained_line;
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

  void ask(const std::string& operation, const std::string& payload, bool retained = false) {
    inbound message;
    message.topic = link.topic_prefix + "firefinder/bridge/request/" + operation;
    message.payload = payload;
    message.size = payload.size();
    message.qos = 1;
    message.retained = retained;
    message.arrived = now();
    broker.deliver(message);
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
  ask("restart", "{}");
  CAF_CHECK(answer("restart")["error"].get<std::string>().find("explain and status")
            != std::string::npos);
}

CAF_TEST(a retained request is of unknown age and ignored) {
  start();
  ask("status", "{}", true);
  CAF_CHECK(answers("status").empty());
}

CAF_TEST(at most five requests a second are answered and the rest counted) {
  start();
  for (int i = 0; i < 50; ++i)
    ask("explain", "{}");
  CAF_CHECK_EQUAL(answers("explain").size(), 5u);
  pass(1s);
  ask("status", "{}");
  CAF_CHECK_EQUAL(answer("status")["data"]["requests_dropped"].get<int>(), 45);
}

CAF_TEST(too many requests are at most one line a minute) {
  const log_capture lines;
  start();
  for (int second = 0; second < 70; ++second) {
    for (int i = 0; i < 10; ++i)
      ask("nothing", "");
    pass(1s, 1s);
  }
  CAF_CHECK_EQUAL(lines.count("warning: more than 5 requests a second"), 2);
  CAF_CHECK_EQUAL(lines.count("is not answered, 1 so far"), 1);
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

CAF_TEST_FIXTURE_SCOPE_END()
