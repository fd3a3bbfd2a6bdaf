#include "actors/bridge/request.hpp"

#include "messages/link.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace firefinder {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using operation = bridge_request::operation;

parsed_request parse(const std::string& what, const std::string& payload) {
  return parse_request(what, payload, payload.size());
}

// -- what is asked -----------------------------------------------------------------------

TEST(bridge_request, asks_for_a_camera_and_a_moment) {
  const auto x = parse("explain", R"({"camera": "north", "at": 1732212000.5, "transaction": 7})");
  ASSERT_TRUE(x.request);
  EXPECT_EQ(x.request->what, operation::explain);
  EXPECT_EQ(x.request->query.camera, "north");
  EXPECT_EQ(x.request->query.at, 1732212000.5);
  EXPECT_EQ(x.transaction, "7");
}

TEST(bridge_request, asks_for_everything_now_when_it_says_nothing) {
  for (const auto* payload : {"", "{}", R"({"camera": null, "at": null})"}) {
    const auto x = parse("explain", payload);
    ASSERT_TRUE(x.request) << payload << x.error;
    EXPECT_EQ(x.request->query.camera, "");
    EXPECT_EQ(x.request->query.at, 0);
    EXPECT_EQ(x.transaction, "");
  }
  ASSERT_TRUE(parse("status", "").request);
  EXPECT_EQ(parse("status", "{}").request->what, operation::status);
}

TEST(bridge_request, any_json_is_a_transaction) {
  EXPECT_EQ(parse("status", R"({"transaction": {"a": [1, null]}})").transaction,
            R"({"a":[1,null]})");
  EXPECT_EQ(parse("status", R"({"transaction": "x"})").transaction, R"("x")");
  EXPECT_EQ(parse("status", R"({"transaction": null})").transaction, "null");
}

TEST(bridge_request, a_refusal_says_what_is_allowed_and_keeps_the_transaction) {
  const auto expect
      = [](const std::string& what, const std::string& payload, const std::string& hint) {
          const auto x = parse(what, payload);
          EXPECT_FALSE(x.request) << payload;
          EXPECT_NE(x.error.find(hint), std::string::npos) << payload << ": " << x.error;
        };
  expect("restart", "{}", "there are explain and status");
  expect("explain", "north", "a JSON object");
  expect("explain", "[1]", "a JSON object");
  expect("explain", "\xff\xfe", "a JSON object");
  expect("explain", R"({"at": 1e999})", "a JSON object");
  expect("explain", R"({"camera": 7})", "as text");
  expect("explain", R"({"at": "noon"})", "in seconds since 1970");
  expect("explain", R"({"at": 0})", "in seconds since 1970");
  expect("explain", R"({"at": -5})", "in seconds since 1970");
  expect("explain", R"({"at": 1732212000000})", "in seconds since 1970");
  expect("explain", R"({"cameras": ["north"]})", "takes camera, at and transaction");
  expect("status", R"({"camera": "north"})", "only transaction");
  EXPECT_EQ(parse("explain", R"({"transaction": 3, "at": "noon"})").transaction, "3");
  EXPECT_EQ(parse("restart", R"({"transaction": 3})").transaction, "3");
}

TEST(bridge_request, what_is_too_long_or_too_deep_is_refused) {
  const auto too_long = std::string(max_request_bytes + 1, ' ');
  EXPECT_NE(parse("explain", too_long).error.find("4096 are allowed"), std::string::npos);
  // Beyond the limit of the house nothing is kept of a payload but its size.
  EXPECT_NE(parse_request("explain", "", 1'000'000).error.find("1000000 bytes"), std::string::npos);
  const auto deep = R"({"transaction": )" + std::string(2'000, '[') + std::string(2'000, ']') + "}";
  EXPECT_NE(parse("explain", deep).error.find("less nested"), std::string::npos);
  EXPECT_TRUE(parse("explain", R"({"transaction": [[[[1]]]]})").request);
}

TEST(bridge_request, a_refusal_repeats_no_more_than_a_glimpse_of_what_was_asked) {
  const auto x = parse("explain", json{{std::string(1'000, 'x') + "\n", 1}}.dump());
  EXPECT_LT(x.error.size(), 150U);
  const auto y = parse("\x01\xff" + std::string(1'000, 'y'), "{}");
  EXPECT_LT(y.error.size(), 150U);
  EXPECT_EQ(y.error.find('\x01'), std::string::npos);
}

// -- what is answered --------------------------------------------------------------------

TEST(bridge_response, carries_data_or_an_error_and_the_transaction) {
  EXPECT_EQ(json::parse(ok_response(R"({"a":1})", R"("t")")),
            json::parse(R"({"status": "ok", "data": {"a": 1}, "transaction": "t"})"));
  EXPECT_EQ(json::parse(ok_response("{}", "")), json::parse(R"({"status": "ok", "data": {}})"));
  EXPECT_EQ(json::parse(error_response("a \"b\"\n", "[1]")),
            json::parse(R"({"status": "error", "error": "a \"b\"\n", "transaction": [1]})"));
  EXPECT_FALSE(json::parse(error_response("\xff", ""), nullptr, false).is_discarded());
}

TEST(bridge_response, status_tells_the_figures_and_the_decision) {
  consensus_figures figures;
  figures.state = "degraded";
  figures.threshold = 1;
  figures.configured_threshold = 2;
  figures.trigger_count = 3;
  figures.last_trigger_ago_s = 12.5;
  figures.triggers_pending = 1;
  figures.triggers_missed = 2;
  figures.cameras_found = 7;
  figures.cameras_reachable = 6;
  figures.trackers.cameras["north"] = {true, true, 5, 1, 1, 1};
  figures.cameras["north"] = {true, 0};
  figures.cameras["south"] = {false, 1'700'000'000};
  figures.zones["wood"] = {{"south"}, 1'700'000'000};
  figures.problems = {{"camera_offline", "south", true, 1'700'000'000, "south is silent"}};
  const auto x = json::parse(
      status_data(figures, {"0.1.0", 1'700'000'100, 60.25, "5", 4}, R"({"reason":"cooldown"})"));
  EXPECT_EQ(x["state"], "degraded");
  EXPECT_EQ(x["degraded"], true);
  EXPECT_EQ(x["threshold"], 1);
  EXPECT_EQ(x["configured_threshold"], 2);
  EXPECT_EQ(x["cameras_total"], 2);
  EXPECT_EQ(x["cameras_online"], 1);
  EXPECT_EQ(x["cameras_agreeing"], 1);
  EXPECT_EQ(x["cameras"]["south"],
            (json{{"online", false}, {"agrees", false}, {"blind_since", 1'700'000'000.0}}));
  EXPECT_EQ(x["zones"]["wood"]["cameras"], json{"south"});
  EXPECT_EQ(x["problems"][0]["severity"], "trouble");
  EXPECT_EQ(x["problems"][0]["text"], "south is silent");
  EXPECT_EQ(x["trigger_count"], 3);
  EXPECT_EQ(x["last_trigger_ago_s"], 12.5);
  EXPECT_EQ(x["triggers_pending"], 1);
  EXPECT_EQ(x["triggers_missed"], 2);
  EXPECT_EQ(x["cameras_found"], 7);
  EXPECT_EQ(x["cameras_reachable"], 6);
  EXPECT_EQ(x["version"], "0.1.0");
  EXPECT_EQ(x["uptime_s"], 60.25);
  EXPECT_EQ(x["protocol"], "5");
  EXPECT_EQ(x["requests_dropped"], 4);
  EXPECT_EQ(x["decision"]["reason"], "cooldown");
}

TEST(bridge_response, a_notice_does_not_degrade_and_what_never_was_is_null) {
  consensus_figures figures;
  figures.problems = {{"camera_unknown", "x", false, 0, "worth knowing"}};
  const auto x = json::parse(status_data(figures, {}, ""));
  EXPECT_EQ(x["degraded"], false);
  EXPECT_EQ(x["problems"][0]["severity"], "notice");
  EXPECT_TRUE(x["problems"][0]["since"].is_null());
  EXPECT_TRUE(x["last_trigger_ago_s"].is_null());
  EXPECT_TRUE(x["last_heard_ago_s"].is_null());
  EXPECT_TRUE(x["decision"].is_null());
}

TEST(bridge_response, who_does_not_decide_is_not_well) {
  consensus_figures figures;
  figures.state = "idle";
  bridge_facts facts;
  facts.decides = false;
  const auto x = json::parse(status_data(figures, facts, ""));
  EXPECT_EQ(x["state"], "off");
  EXPECT_EQ(x["degraded"], true);
  ASSERT_EQ(x["problems"].size(), 1U);
  EXPECT_EQ(x["problems"][0]["code"], "consensus_off");
  EXPECT_EQ(x["problems"][0]["severity"], "trouble");
}

// A house of 700 cameras; `agrees` tells by their number which agree.
template <class Predicate>
json large_house(Predicate agrees) {
  auto cameras = json::object();
  for (int i = 100; i < 800; ++i)
    cameras["camera-" + std::to_string(i)] = {{"agrees", agrees(i)}, {"text", "why"}};
  return {{"reason", "too_few_cameras"}, {"cameras", cameras}};
}

TEST(bridge_response, of_a_large_house_those_that_agree_are_told_first_and_the_others_counted) {
  const auto some
      = json::parse(shortened(large_house([](int i) { return i % 10 == 9 && i > 750; }).dump()));
  EXPECT_EQ(some["reason"], "too_few_cameras");
  EXPECT_EQ(some["cameras"].size(), max_told_cameras);
  EXPECT_EQ(some["cameras_more"], 700 - max_told_cameras);
  for (const auto* id : {"camera-759", "camera-799", "camera-100"})
    EXPECT_TRUE(some["cameras"].contains(id)) << id;
  const auto all = json::parse(shortened(large_house([](int) { return true; }).dump()));
  EXPECT_EQ(all["cameras"].size(), max_told_cameras);
  const std::string small = R"({"cameras": {"north": {"agrees": false}}})";
  EXPECT_EQ(shortened(small), small);
  EXPECT_EQ(shortened("rubbish"), "rubbish");
}

TEST(bridge_response, status_of_a_large_house_counts_all_and_names_those_that_matter) {
  consensus_figures figures;
  for (int i = 100; i < 800; ++i) {
    auto& one = figures.trackers.cameras["camera-" + std::to_string(i)];
    one.online = i != 100;
    one.agrees = i == 700;
  }
  const json decision{{"cameras", {{"camera-650", {{"agrees", false}, {"text", "why"}}}}}};
  const auto x = json::parse(status_data(figures, {}, decision.dump()));
  EXPECT_EQ(x["cameras_total"], 700);
  EXPECT_EQ(x["cameras_online"], 699);
  EXPECT_EQ(x["cameras_agreeing"], 1);
  EXPECT_EQ(x["cameras"].size(), max_told_cameras);
  EXPECT_TRUE(x["cameras"].contains("camera-700")) << "it agrees";
  EXPECT_TRUE(x["cameras"].contains("camera-650")) << "the decision tells of it";
}

TEST(bridge_response, what_nobody_would_read_is_refused) {
  const auto x = json::parse(ok_response('"' + std::string(max_payload_bytes, 'x') + '"', "7"));
  EXPECT_EQ(x["status"], "error");
  EXPECT_EQ(x["transaction"], 7);
  EXPECT_NE(x["error"].get<std::string>().find("nobody reads more than 262144"), std::string::npos);
}

// -- how much ----------------------------------------------------------------------------

TEST(answer_budget, gives_a_burst_and_then_its_rate) {
  answer_budget x;
  for (std::uint32_t i = 0; i < max_answers_per_second; ++i)
    EXPECT_TRUE(x.spend(100s));
  EXPECT_FALSE(x.spend(100s));
  EXPECT_FALSE(x.spend(100s + 199ms));
  EXPECT_TRUE(x.spend(100s + 201ms));
  EXPECT_FALSE(x.spend(100s + 202ms));
  // A long silence earns no more than a burst.
  int given = 0;
  for (int i = 0; i < 100; ++i)
    given += x.spend(1'000s) ? 1 : 0;
  EXPECT_EQ(given, static_cast<int>(max_answers_per_second));
}

} // namespace
} // namespace firefinder
