#include "actors/health/report.hpp"
#include "actors/health/usage.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace firefinder::report_test {
namespace {

using nlohmann::json;

// -- usage -------------------------------------------------------------------------------

constexpr auto self_stat = "42 (fire (find) er) S 1 42 42 0 -1 4194304 900 0 0 0 150 50 0 0 20 0 9";
constexpr auto stat = "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 50 0\ncpu1 50 0\nintr 5\n";
constexpr auto statm = "30000 3200 2000 1 0 1 0";
constexpr auto meminfo = "MemTotal:       1024000 kB\nMemFree: 1 kB\nMemAvailable:    256000 kB\n";

TEST(usage, counters_are_read_from_proc) {
  const auto x = parse_counters(self_stat, stat, statm, meminfo, 4096);
  EXPECT_EQ(x.process_ticks, 200U) << "a name with blanks and parentheses";
  EXPECT_EQ(x.total_ticks, 1000U);
  EXPECT_EQ(x.idle_ticks, 800U);
  EXPECT_EQ(x.cores, 2U);
  EXPECT_EQ(x.resident_bytes, 3200U * 4096);
  EXPECT_EQ(x.memory_bytes, 1024000ULL * 1024);
  EXPECT_EQ(x.available_bytes, 256000ULL * 1024);
}

TEST(usage, what_cannot_be_read_is_zero) {
  const auto x = parse_counters("", "", "", "", 4096);
  EXPECT_EQ(x.total_ticks, 0U);
  EXPECT_EQ(x.cores, 1U);
  const auto usage = usage_between(x, x, 0);
  EXPECT_EQ(usage.process_cpu_percent, 0);
  EXPECT_EQ(usage.process_memory_percent, 0);
}

TEST(usage, is_the_share_between_two_moments) {
  const auto before = parse_counters(self_stat, stat, statm, meminfo, 4096);
  auto after = before;
  after.total_ticks += 400;
  after.idle_ticks += 100;
  after.process_ticks += 100;
  const auto x = usage_between(before, after, 12.5);
  EXPECT_DOUBLE_EQ(x.system_cpu_percent, 75);
  EXPECT_DOUBLE_EQ(x.process_cpu_percent, 50) << "half of one of two cores";
  EXPECT_DOUBLE_EQ(x.process_memory_mb, 12.5);
  EXPECT_DOUBLE_EQ(x.process_memory_percent, 1.25);
  EXPECT_DOUBLE_EQ(x.system_memory_percent, 75);
  EXPECT_DOUBLE_EQ(x.disk_percent, 12.5);
}

// -- the report --------------------------------------------------------------------------

report_facts some_facts() {
  report_facts facts;
  facts.now = 1'700'000'000.5;
  facts.uptime_s = 7200;
  facts.pid = 42;
  facts.connected = true;
  facts.link.emplace();
  facts.resources.emplace();
  auto& x = facts.consensus.emplace();
  x.state = "cooldown";
  x.trigger_count = 3;
  x.last_trigger_ago_s = 12;
  x.threshold = 2;
  x.recent_events = 1;
  x.trackers.accepted = 20;
  x.trackers.dropped["low_confidence"] = 4;
  x.trackers.cameras["north"] = {true, true, 20, 2, 1.5, 1.5};
  x.trackers.cameras["south"] = {false, false, 0, 0, 90, -1};
  x.trackers.cameras["west"] = {true, false, 5, 0, 2, 61};
  return facts;
}

json consensus_report(const report_facts& facts, const health_settings& settings = {}) {
  return json::parse(
      report_payload({report_kind::consensus, "fire_consensus", "t", {}}, settings, facts));
}

TEST(report, has_the_base_fields) {
  health_settings settings;
  settings.version = "1.2.3";
  settings.hostname = "barn";
  settings.config_warnings = {"mind the gap"};
  const auto x = consensus_report(some_facts(), settings);
  EXPECT_DOUBLE_EQ(x["timestamp"], 1'700'000'000.5);
  EXPECT_EQ(x["uptime"], 7200);
  EXPECT_EQ(x["uptime_hours"], 2);
  EXPECT_EQ(x["service"], "fire_consensus");
  EXPECT_EQ(x["version"], "1.2.3");
  EXPECT_EQ(x["hostname"], "barn");
  EXPECT_EQ(x["pid"], 42);
  EXPECT_EQ(x["mqtt_connected"], true);
  for (const auto* key : {"cpu_percent", "memory_percent", "memory_mb"})
    EXPECT_TRUE(x["resources"].contains(key)) << key;
  for (const auto* key : {"cpu_percent", "memory_percent", "disk_percent"})
    EXPECT_TRUE(x["system"].contains(key)) << key;
  EXPECT_EQ(x["config_warnings"], json({"mind the gap"}));
}

TEST(report, has_the_fields_of_consensus) {
  const auto x = consensus_report(some_facts());
  EXPECT_EQ(x["healthy"], true);
  EXPECT_EQ(x["consensus_state"], "cooldown");
  EXPECT_EQ(x["trigger_count"], 3);
  EXPECT_EQ(x["last_trigger_ago"], 12);
  EXPECT_EQ(x["cameras_total"], 3);
  EXPECT_EQ(x["cameras_online"], 2);
  EXPECT_EQ(x["cameras_detecting"], 1) << "a detection in the last 60 s";
  EXPECT_EQ(x["consensus_threshold"], 2);
  EXPECT_EQ(x["recent_consensus_events"], 1);
  EXPECT_EQ(x["dropped"]["low_confidence"], 4);
  const auto& north = x["cameras"]["north"];
  EXPECT_EQ(north["online"], true);
  EXPECT_EQ(north["total_detections"], 20);
  EXPECT_EQ(north["active_objects"], 2);
  EXPECT_EQ(north["last_seen_ago"], 1.5);
}

TEST(report, says_so_when_consensus_does_not_answer) {
  auto facts = some_facts();
  facts.consensus.reset();
  const auto x = consensus_report(facts);
  EXPECT_EQ(x["healthy"], false);
  EXPECT_FALSE(x["problems"].empty());
}

TEST(report, says_so_when_the_broker_refuses_a_subscription) {
  auto facts = some_facts();
  facts.link->refused_filters = {"frigate/events"};
  EXPECT_EQ(consensus_report(facts)["healthy"], false);
}

TEST(report, a_refused_subscription_to_questions_is_only_worth_knowing) {
  for (const auto* filter : {"firefinder/bridge/request/+", "firefinder/bridge/request/+/+",
                             "firefinder/camera/+/+/set", "homeassistant/status"}) {
    auto facts = some_facts();
    facts.link->refused_filters = {filter};
    const auto x = consensus_report(facts);
    EXPECT_EQ(x["healthy"], true) << filter;
    ASSERT_EQ(x["problem_codes"].size(), 1U);
    EXPECT_EQ(x["problem_codes"][0]["severity"], "notice");
  }
}

json bridge_report(const report_facts& facts) {
  return json::parse(report_payload({report_kind::bridge, "", "t", {}}, {}, facts));
}

TEST(report, tells_of_the_last_exercise) {
  auto facts = some_facts();
  const auto of_consensus = [&facts] {
    return json::parse(
        report_payload({report_kind::consensus, "fire_consensus", "t", {}}, {}, facts));
  };
  EXPECT_EQ(of_consensus()["drill"], nullptr);
  facts.drill.emplace();
  EXPECT_EQ(bridge_report(facts)["drill"], nullptr);
  facts.drill->known = true;
  facts.drill->next = 1'700'003'600;
  auto& last = facts.drill->last;
  last.at = 1'699'999'000;
  last.delay_s = 0.25;
  last.failed_step = "heard";
  last.scheduled = true;
  last.text = "failed at 'heard'";
  const json told{{"passed", false},        {"at", 1'699'999'000.0},  {"delay_s", 0.25},
                  {"scheduled", true},      {"failed_step", "heard"}, {"text", "failed at 'heard'"},
                  {"next", 1'700'003'600.0}};
  EXPECT_EQ(of_consensus()["drill"], told);
  EXPECT_EQ(bridge_report(facts)["drill"], told);
}

TEST(report, of_the_bridge_tells_how_the_daemon_does) {
  auto facts = some_facts();
  facts.resources->process_memory_mb = 12.5;
  facts.link->published = 10;
  facts.link->received = 20;
  facts.link->durable_pending = 1;
  facts.link->connects = 3;
  facts.link->shed = 4;
  facts.link->dropped_live = 5;
  facts.consensus->triggers_pending = 2;
  facts.store.emplace().pending = 6;
  auto& announced = facts.discovery.emplace();
  announced.enabled = true;
  announced.mode = "device";
  announced.pending = 7;
  announced.documents = 21;
  const auto x = bridge_report(facts);
  EXPECT_EQ(x["ok"], "ON");
  EXPECT_EQ(x["ts"], 1'700'000'000.5);
  EXPECT_EQ(x["uptime_s"], 7200);
  EXPECT_EQ(x["rss_mb"], 12.5);
  EXPECT_EQ(x["mqtt"],
            (json{{"published", 10}, {"received", 20}, {"queued", 1}, {"reconnects", 2}}));
  EXPECT_EQ(x["feeds"], (json{{"frigate", "ON"}, {"direct", "ON"}}));
  EXPECT_EQ(x["queue_depths"],
            (json{{"triggers", 2}, {"connection", 1}, {"store", 6}, {"discovery", 7}}));
  EXPECT_EQ(x["dropped"], (json{{"low_confidence", 4}, {"shed", 4}, {"link_down", 5}}));
  EXPECT_EQ(x["discovery"]["documents"], 21);
  EXPECT_EQ(x["discovery"]["mode"], "device");
}

TEST(report, of_the_bridge_says_which_feed_is_off_and_who_is_silent) {
  report_facts facts;
  facts.all_answered = false;
  const auto silent = bridge_report(facts);
  EXPECT_EQ(silent["ok"], "OFF");
  EXPECT_TRUE(silent["rss_mb"].is_null());
  EXPECT_TRUE(silent["queue_depths"]["store"].is_null());
  EXPECT_EQ(silent["mqtt"]["reconnects"], 0);
  EXPECT_FALSE(silent.contains("discovery"));
  facts = some_facts();
  facts.consensus->problems = {{"frigate_silent", "frigate", true, 0, "no word"}};
  EXPECT_EQ(bridge_report(facts)["feeds"]["frigate"], "OFF");
  facts = some_facts();
  facts.link->refused_filters = {"fire/detection/+"};
  EXPECT_EQ(bridge_report(facts)["feeds"], (json{{"frigate", "ON"}, {"direct", "OFF"}}));
}

TEST(report, says_how_much_was_shed_and_complains_until_the_next_report) {
  auto facts = some_facts();
  const auto report = [&facts] {
    return json::parse(report_payload(
        {report_kind::consensus, "fire_consensus", "t", std::chrono::seconds{30}}, {}, facts));
  };
  EXPECT_EQ(report()["messages_shed"], 0);
  facts.link->shed = 7;
  facts.link->shed_ago_s = 31;
  EXPECT_EQ(report()["messages_shed"], 7);
  EXPECT_EQ(report()["healthy"], true);
  facts.link->shed_ago_s = 29;
  EXPECT_EQ(report()["healthy"], false);
}

TEST(report, names_problems_for_people_and_for_programs) {
  auto facts = some_facts();
  facts.uptime_s = 100;
  facts.link->refused_filters = {"frigate/events"};
  facts.noticed[{"subscription_refused", "frigate/events"}] = 40;
  facts.consensus->problems = {{"link_down", "", true, 5, "stale"},
                               {"zone_blind", "barn", true, 1'600'000'000.25, "barn is blind"},
                               {"camera_offline", "south", false, 7, "south is offline"}};
  facts.consensus->trackers.not_kept = 4;
  const auto x = consensus_report(facts);
  EXPECT_EQ(x["healthy"], false);
  EXPECT_EQ(x["problems"].size(), 2U) << x["problems"];
  EXPECT_EQ(x["problems"][1], "barn is blind");
  ASSERT_EQ(x["problem_codes"].size(), 4U) << x["problem_codes"];
  EXPECT_EQ(x["problem_codes"][0]["code"], "subscription_refused");
  EXPECT_EQ(x["problem_codes"][0]["subject"], "frigate/events");
  EXPECT_DOUBLE_EQ(x["problem_codes"][0]["since"], facts.now - 60);
  EXPECT_EQ(x["problem_codes"][1], (json{{"code", "zone_blind"},
                                         {"severity", "trouble"},
                                         {"since", 1'600'000'000.25},
                                         {"subject", "barn"},
                                         {"text", "barn is blind"}}));
  EXPECT_EQ(x["problem_codes"][2]["severity"], "notice");
  EXPECT_EQ(x["problem_codes"][3]["code"], "samples_not_kept");
  EXPECT_FALSE(x["problem_codes"][3].contains("subject"));
}

TEST(report, what_is_only_worth_knowing_is_healthy) {
  auto facts = some_facts();
  facts.consensus->problems = {{"camera_offline", "south", false, 7, "south is offline"}};
  EXPECT_EQ(consensus_report(facts)["healthy"], true);
}

TEST(report, tells_since_when_cameras_and_zones_are_blind) {
  auto facts = some_facts();
  facts.consensus->cameras = {{"north", {true, 0}}, {"south", {false, 9.5}}, {"pond", {false, 3}}};
  facts.consensus->zones = {{"barn", {{"south"}, 9.5}}, {"yard", {{"north"}, 0}}};
  const auto x = consensus_report(facts);
  EXPECT_TRUE(x["cameras"]["north"]["blind_since"].is_null());
  EXPECT_EQ(x["cameras"]["south"]["blind_since"], 9.5);
  EXPECT_EQ(x["cameras"]["pond"]["blind_since"], 3) << "expected, and never heard";
  EXPECT_EQ(x["cameras"]["pond"]["last_seen_ago"], -1);
  EXPECT_EQ(x["cameras_total"], 4);
  EXPECT_EQ(x["zones"]["barn"], (json{{"cameras", {"south"}}, {"blind_since", 9.5}}));
  EXPECT_TRUE(x["zones"]["yard"]["blind_since"].is_null());
}

TEST(report, tells_of_the_store_when_there_is_one) {
  auto facts = some_facts();
  EXPECT_FALSE(consensus_report(facts).contains("store"));
  facts.has_store = true;
  auto x = consensus_report(facts);
  EXPECT_EQ(x["healthy"], false) << "it does not answer";
  EXPECT_EQ(x["store"]["ok"], false);
  facts.store.emplace().problem = "disk full";
  facts.consensus->problems = {{"store_cannot_write", "", true, 5, "no room"}};
  x = consensus_report(facts);
  EXPECT_EQ(x["problem_codes"].size(), 1U) << "consensus has told it already";
  EXPECT_EQ(x["store"]["problem"], "disk full");
}

TEST(report, camera_detector_claims_nothing_that_it_does_not_do) {
  const auto x = json::parse(
      report_payload({report_kind::camera_detector, "camera_detector", "t", {}}, {}, some_facts()));
  EXPECT_EQ(x["service"], "camera_detector");
  EXPECT_EQ(x["healthy"], false);
  for (const auto* key :
       {"total_cameras", "online_cameras", "offline_cameras", "discovery_count", "is_steady_state",
        "active_discovery_tasks", "cameras", "discovery_methods"})
    EXPECT_TRUE(x.contains(key)) << key;
  EXPECT_EQ(x["problem_codes"][0]["code"], "discovery_missing");
}

TEST(report, camera_detector_tells_what_both_of_its_predecessors_told) {
  auto facts = some_facts();
  facts.has_camera_detection = true;
  auto& figures = facts.cameras.emplace();
  auto& front = figures.cameras["02770000000a"];
  front.id = "02770000000a";
  front.mac = "02:77:00:00:00:0A";
  front.address = "10.0.0.7";
  front.name = "Front \"door\"\n";
  front.streams = {{"main", "rtsp://10.0.0.7/1", 1280, 720, 10, "h264", {}}};
  front.condition = camera_condition::online;
  front.video_seen = true;
  front.last_seen = facts.now - 12.5;
  front.former_addresses = {"10.0.0.6"};
  auto& locked = figures.cameras["onvif-1"];
  locked.id = "onvif-1";
  locked.condition = camera_condition::auth_locked;
  locked.failures = 3;
  figures.searches = 4;
  figures.interviews = 2;
  figures.searching = true;
  figures.steady = true;
  figures.logins = 5;
  figures.methods = {{"onvif", "on"}, {"mdns", "no multicast"}, {"network_scan", "off"}};
  figures.problems = {{"ip_conflict", "10.0.0.7", false, 99, "two devices use 10.0.0.7"}};
  report_settings report{report_kind::camera_detector, "camera_detector", "t", {}};
  report.discovery_interval = std::chrono::seconds{120};
  const auto x = json::parse(report_payload(report, {}, facts));
  EXPECT_EQ(x["healthy"], true);
  EXPECT_EQ(x["total_cameras"], 2);
  EXPECT_EQ(x["online_cameras"], 1);
  EXPECT_EQ(x["offline_cameras"], 1);
  EXPECT_EQ(x["discovery_count"], 4);
  EXPECT_EQ(x["is_steady_state"], true);
  EXPECT_EQ(x["active_discovery_tasks"], 3);
  const auto& told = x["cameras"]["02:77:00:00:00:0A"];
  EXPECT_EQ(told["ip"], "10.0.0.7");
  EXPECT_EQ(told["name"], "Front \"door\"\n");
  EXPECT_EQ(told["online"], true);
  EXPECT_EQ(told["streaming"], true);
  EXPECT_EQ(told["error_count"], 0);
  EXPECT_EQ(told["last_seen"], 12.5) << "seconds ago";
  EXPECT_EQ(told["ip_history"], json({"10.0.0.6"}));
  EXPECT_EQ(x["cameras"]["onvif-1"]["condition"], "auth_locked");
  EXPECT_EQ(x["cameras"]["onvif-1"]["online"], false);
  EXPECT_EQ(x["cameras"]["onvif-1"]["error_count"], 3);
  EXPECT_TRUE(x["cameras"]["onvif-1"]["last_seen"].is_null()) << "it never answered";
  EXPECT_EQ(x["discovery_methods"]["onvif"], true);
  EXPECT_EQ(x["discovery_methods"]["mdns"], false);
  EXPECT_EQ(x["discovery_methods"]["network_scan"], false);
  EXPECT_EQ(x["discovery_method_states"]["mdns"], "no multicast");
  EXPECT_EQ(x["stats"], json({{"total_cameras", 2},
                              {"online_cameras", 1},
                              {"streaming_cameras", 1},
                              {"discovery_interval", 120.0},
                              {"mac_tracking_enabled", true}}));
  ASSERT_EQ(x["problem_codes"].size(), 1U);
  EXPECT_EQ(x["problem_codes"][0]["code"], "ip_conflict");
  EXPECT_EQ(x["problem_codes"][0]["severity"], "notice");
  EXPECT_EQ(x["problem_codes"][0]["since"], 99);
}

TEST(report, camera_detector_says_when_it_is_silent) {
  auto facts = some_facts();
  facts.has_camera_detection = true;
  const auto x = json::parse(
      report_payload({report_kind::camera_detector, "camera_detector", "t", {}}, {}, facts));
  EXPECT_EQ(x["healthy"], false);
  EXPECT_EQ(x["problem_codes"][0]["code"], "discovery_silent");
  EXPECT_EQ(x["total_cameras"], 0);
}

TEST(report, foreign_names_do_not_break_it) {
  auto facts = some_facts();
  facts.consensus->trackers.cameras["\xff"] = {};
  EXPECT_NO_THROW(consensus_report(facts));
}

} // namespace
} // namespace firefinder::report_test
