#include "actors/bridge/request.hpp"

#include "messages/link.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace firefinder::request_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

parsed_request parse(const std::string& what, const std::string& payload) {
  return parse_request(what, payload, payload.size());
}

// -- what is asked -----------------------------------------------------------------------

TEST(bridge_request, asks_for_a_camera_and_a_moment) {
  const auto x = parse("explain", R"({"camera": "north", "at": 1732212000.5, "transaction": 7})");
  ASSERT_TRUE(x.request);
  EXPECT_EQ(x.request->what, request_kind::explain);
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
  EXPECT_EQ(parse("status", "{}").request->what, request_kind::status);
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
  expect("reboot", "{}", "there are explain, status, options");
  expect("alarm", "{}", "alarm/reset and alarm/clear");
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
  EXPECT_EQ(parse("reboot", R"({"transaction": 3})").transaction, "3");
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
  EXPECT_LT(y.error.size(), 500U);
  EXPECT_EQ(y.error.find('\x01'), std::string::npos);
}

// -- what is to be done --------------------------------------------------------------------

// The orders of a request, for comparison.
std::string orders(const parsed_request& x) {
  std::string result;
  if (!x.request)
    return "refused: " + x.error;
  for (const auto& [name, order] : x.request->orders)
    result += to_string(order.what) + " [" + name + "] camera=" + order.camera
              + " zone=" + order.zone + " key=" + order.key + " value=" + json(order.value).dump()
              + " on=" + (order.on ? "1" : "0") + " name=" + order.name + " by=" + order.by
              + " reason=" + order.reason + "\n";
  return result;
}

TEST(bridge_request, becomes_orders) {
  const auto expect
      = [](const std::string& what, const std::string& payload, const std::string& expected) {
          EXPECT_EQ(orders(parse(what, payload)), expected) << what << ' ' << payload;
        };
  expect("options",
         R"({"cooldown_period": 0, "armed": "OFF", "consensus_threshold": 3.0, "by": "Ada",
             "min_confidence": 1, "detection_window": 10.5, "reason": "test"})",
         "arm [armed] camera= zone= key= value=0.0 on=0 name= by=Ada reason=test\n"
         "tune [consensus_threshold] camera= zone= key=consensus_threshold value=3.0 on=0 name= "
         "by=Ada reason=test\n"
         "tune [min_confidence] camera= zone= key=min_confidence value=1.0 on=0 name= by=Ada "
         "reason=test\n"
         "tune [detection_window] camera= zone= key=detection_window value=10.5 on=0 name= by=Ada "
         "reason=test\n"
         "tune [cooldown_period] camera= zone= key=cooldown_period value=0.0 on=0 name= by=Ada "
         "reason=test\n");
  expect("options", "", "");
  expect("options", R"({"armed": true})",
         "arm [armed] camera= zone= key= value=0.0 on=1 name= by= reason=\n");
  expect("camera/add", R"({"camera": "barn", "name": "The barn"})",
         "add_camera [] camera=barn zone= key= value=0.0 on=0 name=The barn by= reason=\n");
  expect("camera/remove", R"({"camera": "barn"})",
         "remove_camera [] camera=barn zone= key= value=0.0 on=0 name= by= reason=\n");
  expect("camera/rename", R"({"camera": "barn", "name": ""})",
         "rename_camera [] camera=barn zone= key= value=0.0 on=0 name= by= reason=\n");
  expect("camera/options", R"({"name": "B", "enabled": false, "announce": "ON", "camera": "barn"})",
         "announce [announce] camera=barn zone= key= value=0.0 on=1 name= by= reason=\n"
         "enable [enabled] camera=barn zone= key= value=0.0 on=0 name= by= reason=\n"
         "rename_camera [name] camera=barn zone= key= value=0.0 on=0 name=B by= reason=\n");
  expect("camera/snooze", R"({"camera": "barn", "minutes": 1.5, "by": "Ada"})",
         "snooze [] camera=barn zone= key= value=90.0 on=0 name= by=Ada reason=\n");
  expect("camera/wake", R"({"camera": "barn"})",
         "wake [] camera=barn zone= key= value=0.0 on=0 name= by= reason=\n");
  expect("zone/snooze", R"({"zone": "yard", "minutes": 1440})",
         "snooze [] camera= zone=yard key= value=86400.0 on=0 name= by= reason=\n");
  expect("zone/wake", R"({"zone": "yard"})",
         "wake [] camera= zone=yard key= value=0.0 on=0 name= by= reason=\n");
  expect("alarm/acknowledge", R"({"by": "Ada"})",
         "acknowledge [] camera= zone= key= value=0.0 on=0 name= by=Ada reason=\n");
  expect("alarm/reset", "", "reset [] camera= zone= key= value=0.0 on=0 name= by= reason=\n");
  expect("alarm/clear", R"({"reason": "out"})",
         "reset [] camera= zone= key= value=0.0 on=0 name= by= reason=out\n");
}

TEST(bridge_request, is_refused_as_a_whole) {
  const auto expect = [](const std::string& what, const std::string& payload, rejection why,
                         const std::string& hint) {
    const auto x = parse(what, payload);
    EXPECT_FALSE(x.request) << what << ' ' << payload;
    EXPECT_EQ(to_string(x.why), to_string(why)) << payload << x.error;
    EXPECT_NE(x.error.find(hint), std::string::npos) << payload << ": " << x.error;
    EXPECT_LT(x.error.size(), 600U);
  };
  using enum rejection;
  expect("options", R"({"armed": false, "min_confidence": 1.01})", out_of_range, "from 0 to 1");
  expect("options", R"({"consensus_threshold": 11})", out_of_range, "from 1 to 10 (cameras)");
  expect("options", R"({"consensus_threshold": 2.5})", wrong_type, "a whole number");
  expect("options", R"({"consensus_threshold": "2"})", wrong_type, "a whole number");
  expect("options", R"({"consensus_threshold": true})", wrong_type, "a whole number");
  expect("options", R"({"consensus_threshold": null})", wrong_type, "a whole number");
  expect("options", R"({"detection_window": 301})", out_of_range, "from 10 to 300 (s)");
  expect("options", R"({"cooldown_period": -1})", out_of_range, "from 0 to 3600");
  expect("options", R"({"cooldown_period": 1e400})", unreadable, "JSON object");
  expect("options", R"({"cooldown_period": NaN})", unreadable, "JSON object");
  expect("options", R"({"armed": 1})", wrong_type, "ON, OFF, true or false");
  expect("options", R"({"armed": "maybe"})", wrong_type, "ON, OFF, true or false");
  expect("options", R"({"armed": true, "armed": false})", unreadable, "'armed' is there twice");
  expect("options", R"({"password": "hunter2"})", unknown, "options takes armed");
  expect("camera/add", "{}", incomplete, "'camera' is missing");
  expect("camera/add", R"({"camera": " \u0000\u0085\t"})", incomplete, "not empty");
  expect("camera/add", R"({"camera": ["a"]})", wrong_type, "as text");
  expect("camera/rename", R"({"camera": "a"})", incomplete, "'name' is missing");
  expect("camera/rename", json{{"camera", "a"}, {"name", std::string(201, 'x')}}.dump(), too_long,
         "at most 200 characters");
  expect("camera/options", R"({"camera": "a", "by": "Ada"})", incomplete, "nothing is to change");
  expect("camera/snooze", R"({"camera": "a"})", incomplete, "'minutes' is missing");
  expect("camera/snooze", R"({"camera": "a", "minutes": 0})", out_of_range, "above 0");
  expect("zone/snooze", R"({"zone": "a", "minutes": 1441})", out_of_range, "at most 1440 (min)");
  expect("zone/snooze", R"({"camera": "a", "minutes": 1})", unknown, "zone/snooze takes zone");
  expect("alarm/reset", json{{"by", std::string(65, 'x')}}.dump(), too_long, "at most 64");
  expect("rescan", R"({"deep": true})", unknown, "only transaction");
  expect("", "", unknown, "there is no request ''");
  expect("alarm/reset/now", "", unknown, "there is no request");
  expect("restart", "[]", unreadable, "JSON object");
  expect("restart", "PRESS", unreadable, "JSON object");
  // Its keys twice within the transaction are the asker's own matter.
  EXPECT_TRUE(parse("restart", R"({"transaction": {"a": 1, "a": 2}})").request);
}

TEST(bridge_request, the_longest_window_is_that_of_the_configuration) {
  const std::string payload = R"({"detection_window": 7200})";
  EXPECT_TRUE(parse_request("options", payload, payload.size(), {7200}).request);
  EXPECT_FALSE(parse("options", payload).request);
}

TEST(bridge_request, names_lose_control_characters_and_keep_the_rest) {
  const auto x = parse("camera/rename",
                       R"({"camera": "barn", "name": "\n Tür \"1\" 🔥\u001b[31m\u0085x\u007f "})");
  ASSERT_TRUE(x.request) << x.error;
  EXPECT_EQ(x.request->orders.at(0).order.name, "Tür \"1\" 🔥 [31m x");
  // Counted in characters, not in bytes.
  std::string name;
  for (int i = 0; i < 200; ++i)
    name += "🔥";
  EXPECT_TRUE(parse("camera/rename", json{{"camera", "a"}, {"name", name}}.dump()).request);
}

TEST(bridge_request, tells_where_it_can_be_answered) {
  for (const auto* good : {"explain", "alarm/reset", "no_such-thing", "a/b"})
    EXPECT_TRUE(is_answerable(good)) << good;
  for (const std::string& bad :
       {std::string{}, std::string{"/"}, std::string{"a/"}, std::string{"/a"}, std::string{"a/b/c"},
        std::string{"a b"}, std::string{"\xff"}, std::string{"a\x01"}, std::string(65, 'a')})
    EXPECT_FALSE(is_answerable(bad)) << bad;
}

// -- commands ----------------------------------------------------------------------------

parsed_command command(const std::string& name, const std::string& payload) {
  return parse_command(name, payload, payload.size());
}

TEST(bridge_command, becomes_an_order) {
  for (const auto* text : {"ON", "on", "On", " ON\n", "true", "TRUE"}) {
    const auto x = command("consensus/armed", text);
    ASSERT_TRUE(x.order) << text << x.error;
    EXPECT_EQ(x.order->order.what, order_kind::arm);
    EXPECT_TRUE(x.order->order.on);
  }
  for (const auto* text : {"OFF", "off", "false"}) {
    const auto x = command("camera/barn_2/enabled", text);
    ASSERT_TRUE(x.order) << text << x.error;
    EXPECT_EQ(x.order->order.what, order_kind::enable);
    EXPECT_EQ(x.order->order.camera, "barn_2");
    EXPECT_FALSE(x.order->order.on);
  }
  const auto threshold = command("consensus/consensus_threshold", "3.0");
  ASSERT_TRUE(threshold.order) << threshold.error;
  EXPECT_EQ(threshold.order->order.what, order_kind::tune);
  EXPECT_EQ(threshold.order->order.key, "consensus_threshold");
  EXPECT_EQ(threshold.order->order.value, 3);
  EXPECT_EQ(command("consensus/min_confidence", "0.65").order->order.value, 0.65);
  EXPECT_EQ(command("consensus/detection_window", "45").order->order.value, 45);
  EXPECT_EQ(command("consensus/cooldown_period", "1e2").order->order.value, 100);
  const auto snooze = command("camera/barn/snooze", "30");
  ASSERT_TRUE(snooze.order) << snooze.error;
  EXPECT_EQ(snooze.order->order.what, order_kind::snooze);
  EXPECT_EQ(snooze.order->order.value, 1800);
  EXPECT_EQ(command("camera/barn/snooze", "0").order->order.what, order_kind::wake);
}

TEST(bridge_command, is_refused_with_what_is_allowed_and_a_glimpse_of_what_came) {
  const auto expect = [](const std::string& name, const std::string& payload, rejection why) {
    const auto x = command(name, payload);
    EXPECT_FALSE(x.order) << name << ' ' << payload;
    EXPECT_EQ(to_string(x.why), to_string(why)) << name << ' ' << payload;
    EXPECT_EQ(x.known, why != rejection::unknown) << name;
    EXPECT_FALSE(x.error.empty());
    EXPECT_LT(x.error.size(), 200U);
    for (const char c : x.error)
      EXPECT_TRUE(c >= ' ' && c <= '~') << x.error;
  };
  using enum rejection;
  expect("consensus/armed", "", incomplete);
  expect("consensus/armed", " \n", incomplete);
  expect("consensus/armed", "1", wrong_type);
  expect("consensus/armed", "ONN", wrong_type);
  expect("consensus/armed", std::string("ON\0", 3), wrong_type);
  expect("consensus/armed", R"("ON")", wrong_type);
  expect("consensus/min_confidence", "\xff\xfe", wrong_type);
  expect("consensus/min_confidence", "0,5", wrong_type);
  expect("consensus/min_confidence", "0.5x", wrong_type);
  expect("consensus/min_confidence", "nan", out_of_range);
  expect("consensus/min_confidence", "inf", out_of_range);
  expect("consensus/min_confidence", "1e400", out_of_range);
  expect("consensus/min_confidence", "-0.1", out_of_range);
  expect("consensus/consensus_threshold", "2.5", wrong_type);
  expect("consensus/consensus_threshold", "0", out_of_range);
  expect("consensus/consensus_threshold", "{}", wrong_type);
  expect("consensus/consensus_threshold", std::string(65, ' '), too_long);
  expect("consensus/detection_window", "301", out_of_range);
  expect("camera/barn/snooze", "1441", out_of_range);
  expect("camera/barn/snooze", "-1", out_of_range);
  expect("consensus/zone_activation", "ON", unknown);
  expect("camera/BARN/enabled", "ON", unknown);
  expect("camera//enabled", "ON", unknown);
  expect("camera/enabled", "ON", unknown);
  expect("camera/a/b/enabled", "ON", unknown);
  expect("camera/" + std::string(49, 'a') + "/enabled", "ON", unknown);
  expect(std::string(60'000, 'x'), "ON", unknown);
  // Too long to be kept.
  EXPECT_EQ(to_string(parse_command("consensus/armed", "", 1'000'000).why), "too_long");
  EXPECT_NE(command("consensus/min_confidence", "2").error.find("from 0 to 1, and is '2'"),
            std::string::npos);
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

TEST(bridge_response, a_warning_stands_beside_the_data) {
  EXPECT_EQ(json::parse(ok_response("{}", "1", "a \"b\"")),
            json::parse(R"({"status": "ok", "data": {}, "warning": "a \"b\"", "transaction": 1})"));
}

TEST(bridge_response, options_tell_what_holds_now) {
  decision_tuning tuning;
  tuning.armed = false;
  tuning.threshold = 3;
  tuning.cooldown = 90s;
  EXPECT_EQ(json::parse(options_data(tuning)),
            json::parse(R"({"armed": false, "consensus_threshold": 3, "min_confidence": 0.7,
                            "detection_window": 30, "cooldown_period": 90})"));
  // As in the retained state: 30 and not 30.0.
  EXPECT_NE(options_data(tuning).find(R"("detection_window":30,)"), std::string::npos);
  tuning.detection_window = 12'500ms;
  tuning.min_confidence = 1;
  EXPECT_NE(options_data(tuning).find(R"("min_confidence":1,"detection_window":12.5,)"),
            std::string::npos);
}

TEST(bridge_request, what_was_set_is_set_back_to_what_held) {
  decision_tuning before;
  before.armed = false;
  before.threshold = 3;
  before.min_confidence = 0.55;
  before.detection_window = from_seconds(12.7);
  before.cooldown = 90s;
  operator_order done;
  done.what = order_kind::arm;
  done.on = true;
  done.by = "Ada";
  EXPECT_FALSE(set_back(done, before).on);
  EXPECT_EQ(set_back(done, before).by, "Ada");
  done.what = order_kind::tune;
  for (const auto& [key, value] : std::map<std::string, double>{{"consensus_threshold", 3},
                                                                {"min_confidence", 0.55},
                                                                {"detection_window", 12.7},
                                                                {"cooldown_period", 90}}) {
    done.key = key;
    EXPECT_EQ(set_back(done, before).value, value) << key;
    EXPECT_EQ(set_back(done, before).key, key);
  }
}

TEST(bridge_request, asking_and_changing_are_told_apart) {
  for (const auto* x : {"explain", "status", "health_check", "rescan", "nothing", ""})
    EXPECT_FALSE(is_change(x)) << x;
  for (const auto* x : {"options", "restart", "alarm/acknowledge", "alarm/reset", "alarm/clear",
                        "camera/wake", "zone/snooze", "discovery/publish"})
    EXPECT_TRUE(is_change(x)) << x;
}

TEST(bridge_response, a_search_is_told_without_streams) {
  search_result found;
  found.methods = {{"onvif", "on"}};
  found.took_s = 2.5;
  found.problems = {{"code", "", true, 0, "no network"}};
  for (int i = 0; i < 130; ++i) {
    auto& x = found.cameras.emplace_back();
    x.id = std::to_string(i);
    x.name = "\xff";
    x.streams.emplace_back().url = "rtsp://u:hunter2@10.0.0.1/";
  }
  const auto text = search_data(found);
  const auto x = json::parse(text);
  EXPECT_EQ(x["cameras"].size(), max_told_cameras);
  EXPECT_EQ(x["cameras_more"], 30);
  EXPECT_EQ(x["cameras"][0]["condition"], "found");
  EXPECT_EQ(x["methods"]["onvif"], "on");
  EXPECT_EQ(x["problems"], json{"no network"});
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
}

TEST(bridge_response, two_objects_are_merged) {
  EXPECT_EQ(json::parse(merged(R"({"a":1,"b":2})", R"({"b":3})")), (json{{"a", 1}, {"b", 3}}));
  EXPECT_EQ(merged("rubbish", ""), "{}");
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
      status_data(figures, {"0.1.0", 1'700'000'100, 60.25, "5", 4, {{rejection::retained, 3}}},
                  R"({"reason":"cooldown"})"));
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
  EXPECT_EQ(x["commands_refused"], (json{{"retained", 3}}));
  EXPECT_EQ(x["decision"]["reason"], "cooldown");
  EXPECT_EQ(x["drill"], nullptr);
  bridge_facts facts;
  facts.last_drill = R"({"passed":true})";
  EXPECT_EQ(json::parse(status_data(figures, facts, ""))["drill"], (json{{"passed", true}}));
}

TEST(bridge_request, a_drill_is_live_only_when_it_says_so) {
  const auto drill = [](const std::string& payload) {
    const auto x = parse_request("drill", payload, payload.size());
    return x.request ? std::optional{x.request->drill} : std::nullopt;
  };
  ASSERT_TRUE(drill(""));
  EXPECT_FALSE(drill("")->live);
  EXPECT_EQ(drill("")->limit, timespan{0});
  EXPECT_FALSE(drill(R"({"live": false, "confirm": "LIVE"})")->live);
  const auto live = drill(R"({"live": true, "confirm": "LIVE", "timeout_s": 120})");
  ASSERT_TRUE(live);
  EXPECT_TRUE(live->live);
  EXPECT_EQ(live->confirmed, "LIVE");
  EXPECT_EQ(live->limit, std::chrono::seconds{120});
  for (const char* wrong : {R"({"live": "yes"})", R"({"live": 1})", R"({"timeout_s": 121})",
                            R"({"timeout_s": 0})", R"({"scheduled": true})", R"({"confirm": 1})"})
    EXPECT_FALSE(drill(wrong)) << wrong;
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

TEST(request, a_decision_that_does_not_tell_of_all_says_of_how_many) {
  const auto told = nlohmann::json::parse(
      shortened(R"({"t":1,"cameras":{"a":{"agrees":true},"b":{"agrees":false}},"untold":436})"));
  EXPECT_EQ(told["cameras"].size(), 2U);
  EXPECT_EQ(told["cameras_more"], 436);
  EXPECT_FALSE(told.contains("untold"));
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

TEST(answer_budget, may_give_a_larger_burst) {
  answer_budget x{10, 20};
  int given = 0;
  for (int i = 0; i < 100; ++i)
    given += x.spend(1s) ? 1 : 0;
  EXPECT_EQ(given, 20);
  given = 0;
  for (int i = 0; i < 100; ++i)
    given += x.spend(2s) ? 1 : 0;
  EXPECT_EQ(given, 10);
}

named_order value(double x) {
  named_order result;
  result.order.value = x;
  return result;
}

TEST(command_queue, has_one_order_of_a_command_under_way_and_keeps_the_latest_value) {
  command_queue x;
  EXPECT_EQ(x.add("a", value(1)), command_queue::turn::now);
  EXPECT_EQ(x.add("b", value(1)), command_queue::turn::now);
  EXPECT_EQ(x.add("a", value(2)), command_queue::turn::later);
  EXPECT_EQ(x.add("a", value(3)), command_queue::turn::later);
  const auto next = x.ended("a");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->command, "a");
  EXPECT_EQ(next->order.order.value, 3);
  EXPECT_FALSE(x.ended("b"));
  EXPECT_FALSE(x.ended("a"));
  EXPECT_EQ(x.add("a", value(4)), command_queue::turn::now);
}

TEST(command_queue, is_bounded_and_loses_nothing) {
  command_queue x;
  const auto key = [](std::size_t i) { return std::to_string(i); };
  const auto room = max_commands_under_way + max_commands_waiting;
  for (std::size_t i = 0; i < max_commands_under_way; ++i)
    EXPECT_EQ(x.add(key(i), value(0)), command_queue::turn::now);
  // Those that come first go first, whether the same is under way or not.
  EXPECT_EQ(x.add(key(1), value(1)), command_queue::turn::later);
  for (auto i = max_commands_under_way; i < room - 1; ++i)
    EXPECT_EQ(x.add(key(i), value(0)), command_queue::turn::later);
  EXPECT_EQ(x.add(key(room), value(0)), command_queue::turn::never);
  EXPECT_EQ(x.add(key(2), value(0)), command_queue::turn::never);
  EXPECT_EQ(x.add(key(1), value(2)), command_queue::turn::later);
  std::size_t done = 0;
  std::vector<std::string> going;
  for (std::size_t i = 0; i < max_commands_under_way; ++i)
    going.push_back(key(i));
  while (!going.empty()) {
    const auto ended = going.back();
    going.pop_back();
    if (const auto next = x.ended(ended)) {
      ++done;
      going.push_back(next->command);
    }
    EXPECT_LE(going.size(), max_commands_under_way);
  }
  EXPECT_EQ(done, max_commands_waiting);
}

} // namespace
} // namespace firefinder::request_test
