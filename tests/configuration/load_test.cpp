#include "src/configuration/load.hpp"

#include "src/configuration/raw_value.hpp"
#include "src/configuration/text.hpp"
#include "tests/configuration/support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace firefinder::configuration::load_test {

using namespace std::chrono_literals;
using namespace test;

// -- what comes out ----------------------------------------------------------------

TEST(load, gives_the_defaults_of_the_settings) {
  const auto r = load(on_host());
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.warnings.empty()) << everything(r);
  EXPECT_TRUE(r.notices.empty()) << everything(r);
  for (const auto& value : r.effective) {
    EXPECT_TRUE(value.is_default) << value.key;
    EXPECT_EQ(value.source, "default") << value.key;
  }

  const connection_settings connection;
  const auto& c = r.values.connection;
  EXPECT_EQ(c.host, connection.host);
  EXPECT_EQ(c.port, connection.port);
  EXPECT_EQ(c.username, "");
  EXPECT_EQ(c.password, "");
  EXPECT_EQ(c.tls.enabled, false);
  EXPECT_EQ(c.tls.insecure, false);
  EXPECT_EQ(c.client_id, "firefinder-tower");
  EXPECT_EQ(c.protocol, connection.protocol);
  EXPECT_EQ(c.keepalive, connection.keepalive);
  EXPECT_EQ(c.session_expiry, connection.session_expiry);
  EXPECT_EQ(c.max_source_rate, connection.max_source_rate);
  EXPECT_EQ(c.reconnect_min, connection.reconnect_min);
  EXPECT_EQ(c.reconnect_max, connection.reconnect_max);
  EXPECT_EQ(c.topic_prefix, "");
  EXPECT_EQ(c.presence_topics,
            (std::vector<std::string>{"system/fire_consensus/lwt", "system/camera_detector/lwt",
                                      "firefinder/bridge/state"}));

  const consensus_settings standard;
  const auto& s = r.values.consensus;
  EXPECT_EQ(s.acceptance.min_confidence, standard.acceptance.min_confidence);
  EXPECT_EQ(s.acceptance.min_area_ratio, standard.acceptance.min_area_ratio);
  EXPECT_EQ(s.acceptance.max_area_ratio, standard.acceptance.max_area_ratio);
  EXPECT_EQ(s.acceptance.max_age, standard.acceptance.max_age);
  EXPECT_EQ(s.acceptance.default_frame, standard.acceptance.default_frame);
  EXPECT_EQ(s.acceptance.labels, standard.acceptance.labels);
  EXPECT_EQ(s.acceptance.frigate_prefixes, standard.acceptance.frigate_prefixes);
  EXPECT_TRUE(s.acceptance.cameras.empty());
  EXPECT_EQ(s.tracking.window, standard.tracking.window);
  EXPECT_EQ(s.tracking.moving_average, standard.tracking.moving_average);
  EXPECT_EQ(s.tracking.growth_ratio, standard.tracking.growth_ratio);
  EXPECT_EQ(s.tracking.camera_timeout, standard.tracking.camera_timeout);
  EXPECT_EQ(s.tracking.cleanup_interval, standard.tracking.cleanup_interval);
  EXPECT_EQ(s.threshold, standard.threshold);
  EXPECT_EQ(s.cooldown, standard.cooldown);
  EXPECT_EQ(s.trigger_ttl, standard.trigger_ttl);
  EXPECT_EQ(s.zone_activation, standard.zone_activation);
  EXPECT_TRUE(s.zones.empty());
  EXPECT_EQ(s.service_id, "fire_consensus_tower");
  EXPECT_EQ(s.instance, standard.instance);

  ASSERT_EQ(r.values.health.reports.size(), 3U);
  const auto& bridge = r.values.health.reports[2];
  EXPECT_EQ(bridge.kind, report_kind::bridge);
  EXPECT_EQ(bridge.topic, "firefinder/bridge/health");
  EXPECT_EQ(bridge.interval, 30s);
  const auto& consensus = r.values.health.reports[0];
  EXPECT_EQ(consensus.kind, report_kind::consensus);
  EXPECT_EQ(consensus.service, "fire_consensus");
  EXPECT_EQ(consensus.topic, "system/fire_consensus/health");
  EXPECT_EQ(consensus.interval, 30s);
  const auto& detector = r.values.health.reports[1];
  EXPECT_EQ(detector.kind, report_kind::camera_detector);
  EXPECT_EQ(detector.service, "camera_detector");
  EXPECT_EQ(detector.topic, "system/camera_detector/health");
  EXPECT_EQ(detector.interval, 60s);
  EXPECT_EQ(r.values.health.hostname, "tower");
  EXPECT_TRUE(r.values.health.config_warnings.empty());

  EXPECT_EQ(r.values.log.level, "info");
  EXPECT_EQ(r.values.log.format, "text");
  EXPECT_TRUE(r.values.caf.empty());
}

TEST(load, fills_every_setting) {
  const auto r = load_yaml(R"(
mqtt:
  broker: broker.example
  port: 1884
  username: user
  password: pass
  client_id: mine
  protocol: 3.1.1
  keepalive_s: 20
  session_expiry_s: 90
  max_source_rate: 12.5
  reconnect_min_s: 0.5
  reconnect_max_s: 8
  topic_prefix: site/a/
services: [consensus, discovery]
consensus:
  service_id: 17
  threshold: 3
  detection_window_s: 12.5
  cooldown_s: 0
  min_confidence: 0.5
  min_area_ratio: 0.01
  max_area_ratio: 0.5
  area_increase_ratio: 1.5
  moving_average_window: 4
  camera_timeout_s: 90
  cleanup_interval_s: 120
  max_detection_age_s: 10
  zone_activation: yes
  zone_mapping:
    north: [1, roof, "2"]
    south: cellar
    east: 3
  labels:
    Fire: fire
    Rauch: smoke
  frame_size: 1280x720
  trigger_ttl_s: 60
health:
  interval_s: 15
frigate:
  prefixes: [frigate, barn]
home_assistant:
  base_topic: fires
  instance: second
log:
  level: DEBUG
  format: json
cameras:
  north:
    name: North tower
    frame_size: 2560x1440
    zones: [1, 9]
  "001122334455":
  east.1:
    enabled: false
caf:
  scheduler:
    max-threads: 2
  logger.verbosity: debug
)");
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.warnings.empty()) << everything(r);

  const auto& c = r.values.connection;
  EXPECT_EQ(c.host, "broker.example");
  EXPECT_EQ(c.port, 1884);
  EXPECT_EQ(c.username, "user");
  EXPECT_EQ(c.password, "pass");
  EXPECT_EQ(c.client_id, "mine");
  EXPECT_EQ(c.protocol, protocol_choice::v311);
  EXPECT_EQ(c.keepalive, 20s);
  EXPECT_EQ(c.session_expiry, 90s);
  EXPECT_EQ(c.max_source_rate, 12.5);
  EXPECT_EQ(c.reconnect_min, 500ms);
  EXPECT_EQ(c.reconnect_max, 8s);
  EXPECT_EQ(c.topic_prefix, "site/a/");
  EXPECT_EQ(c.presence_topics,
            (std::vector<std::string>{"system/fire_consensus/lwt", "fires/bridge/state"}));

  const auto& s = r.values.consensus;
  EXPECT_EQ(s.service_id, "17");
  EXPECT_EQ(s.instance, "second");
  EXPECT_EQ(s.threshold, 3U);
  EXPECT_EQ(s.tracking.window, 12500ms);
  EXPECT_EQ(s.cooldown, 0s);
  EXPECT_EQ(s.acceptance.min_confidence, 0.5);
  EXPECT_EQ(s.acceptance.min_area_ratio, 0.01);
  EXPECT_EQ(s.acceptance.max_area_ratio, 0.5);
  EXPECT_EQ(s.tracking.growth_ratio, 1.5);
  EXPECT_EQ(s.tracking.moving_average, 4U);
  EXPECT_EQ(s.tracking.camera_timeout, 90s);
  EXPECT_EQ(s.tracking.cleanup_interval, 120s);
  EXPECT_EQ(s.acceptance.max_age, 10s);
  EXPECT_TRUE(s.zone_activation);
  EXPECT_EQ(s.trigger_ttl, 60s);
  const std::map<std::string, std::vector<std::string>> zones{
      {"north", {"1", "\"roof\"", "\"2\"", "9"}}, {"south", {"\"cellar\""}}, {"east", {"3"}}};
  EXPECT_EQ(s.zones, zones);
  const std::map<std::string, label_class> labels{{"fire", label_class::fire},
                                                  {"rauch", label_class::smoke}};
  EXPECT_EQ(s.acceptance.labels, labels);
  EXPECT_EQ(s.acceptance.default_frame, (frame_size{1280, 720}));
  EXPECT_EQ(s.acceptance.frigate_prefixes, (std::vector<std::string>{"frigate", "barn"}));
  ASSERT_EQ(s.acceptance.cameras.size(), 3U);
  EXPECT_EQ(s.acceptance.cameras.at("north").name, "North tower");
  EXPECT_EQ(s.acceptance.cameras.at("north").frame, (frame_size{2560, 1440}));
  EXPECT_TRUE(s.acceptance.cameras.at("north").enabled);
  EXPECT_EQ(s.acceptance.cameras.at("001122334455").frame, (frame_size{0, 0}));
  EXPECT_FALSE(s.acceptance.cameras.at("east.1").enabled);

  ASSERT_EQ(r.values.health.reports.size(), 2U);
  EXPECT_EQ(r.values.health.reports[0].interval, 15s);
  EXPECT_EQ(r.values.health.reports[1].topic, "fires/bridge/health");
  EXPECT_EQ(r.values.log.level, "debug");
  EXPECT_EQ(r.values.log.format, "json");
  const std::vector<std::pair<std::string, std::string>> caf{{"logger.verbosity", "debug"},
                                                             {"scheduler.max-threads", "2"}};
  EXPECT_EQ(r.values.caf, caf);
}

TEST(load, chooses_the_mqtt_version) {
  EXPECT_EQ(load_sets({"mqtt.protocol=5"}).values.connection.protocol, protocol_choice::v5);
  EXPECT_EQ(load_sets({"mqtt.protocol=AUTO"}).values.connection.protocol,
            protocol_choice::automatic);
}

TEST(load, names_two_daemons_on_one_host_differently) {
  const auto id = [](std::vector<std::string> sets) {
    return load_sets(std::move(sets)).values.connection.client_id;
  };
  EXPECT_EQ(id({}), "firefinder-tower");
  EXPECT_EQ(id({"mqtt.topic_prefix=site/a/"}), "firefinder-tower-site--a");
  EXPECT_EQ(id({"mqtt.topic_prefix=site-a"}), "firefinder-tower-site-a");
  EXPECT_EQ(id({"services=consensus"}), "firefinder-tower-consensus");
  EXPECT_EQ(id({"home_assistant.instance=two"}), "firefinder-tower-two");
  EXPECT_EQ(id({"home_assistant.instance=two", "mqtt.topic_prefix=x"}), "firefinder-tower-x-two");
  EXPECT_EQ(id({"home_assistant.instance=two", "mqtt.client_id=mine"}), "mine");
  EXPECT_EQ(id({"mqtt.client_id="}), "firefinder-tower");
  auto nowhere = sources{};
  EXPECT_EQ(load(nowhere).values.connection.client_id, "firefinder-localhost");
}

// -- order of sources --------------------------------------------------------------

TEST(load, takes_the_strongest_source_and_remembers_it) {
  const scratch_folder folder;
  auto from = on_host();
  from.file = folder.file("f.yaml", "consensus:\n  threshold: 3\n  cooldown_s: 30\n"
                                    "  min_confidence: 0.3\n");
  from.environment = {{"COOLDOWN_PERIOD", "40"}, {"MIN_CONFIDENCE", "0.4"}};
  from.sets = {"consensus.min_confidence=0.5", "consensus.min_confidence=0.6"};
  const auto r = load(from);
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.consensus.threshold, 3U);
  EXPECT_EQ(entry(r, "consensus.threshold").source, *from.file + ":2");
  EXPECT_EQ(r.values.consensus.cooldown, 40s);
  EXPECT_EQ(entry(r, "consensus.cooldown_s").source, "environment COOLDOWN_PERIOD");
  EXPECT_EQ(r.values.consensus.acceptance.min_confidence, 0.6);
  EXPECT_EQ(entry(r, "consensus.min_confidence").source, "--set");
  EXPECT_EQ(entry(r, "consensus.trigger_ttl_s").source, "default");
  EXPECT_FALSE(entry(r, "consensus.threshold").is_default);
}

TEST(load, does_not_mind_a_bad_value_that_a_stronger_source_replaces) {
  auto from = on_host();
  from.environment = {{"CONSENSUS_THRESHOLD", "many"}};
  EXPECT_FALSE(load(from).ok());
  from.sets = {"consensus.threshold=4"};
  EXPECT_TRUE(load(from).ok());
}

TEST(load, takes_caf_options_and_cameras_from_the_command_line) {
  const auto r = load_sets({"caf.scheduler.max-threads=3", "cameras.a.b.enabled=no",
                            "cameras.c.zones=[1,\"x\"]", "cameras.c.zones=5"});
  ASSERT_TRUE(r.ok()) << everything(r);
  ASSERT_EQ(r.values.caf.size(), 1U);
  EXPECT_EQ(r.values.caf[0], (std::pair<std::string, std::string>{"scheduler.max-threads", "3"}));
  EXPECT_FALSE(r.values.consensus.acceptance.cameras.at("a.b").enabled);
  EXPECT_EQ(r.values.consensus.zones.at("c"), (std::vector<std::string>{"5"}));
  EXPECT_EQ(entry(r, "caf.scheduler.max-threads").source, "--set");
  EXPECT_EQ(entry(r, "cameras.a.b.enabled").value, "false");
}

TEST(load, keeps_equals_signs_in_values) {
  EXPECT_EQ(load_sets({"mqtt.password=a=b"}).values.connection.password, "a=b");
}

// -- older names -------------------------------------------------------------------

struct older_name {
  std::string_view older;
  std::string_view canonical;
  std::string_view path;
  std::string_view value;
};

TEST(load, accepts_older_names_with_a_notice) {
  for (const auto& c :
       {older_name{"MQTT_TOPIC_PREFIX", "TOPIC_PREFIX", "mqtt.topic_prefix", "site"},
        older_name{"NODE_ID", "SERVICE_ID", "consensus.service_id", "node-7"},
        older_name{"CAMERA_WINDOW", "DETECTION_WINDOW", "consensus.detection_window_s", "40"},
        older_name{"DETECTION_COOLDOWN", "COOLDOWN_PERIOD", "consensus.cooldown_s", "40"},
        older_name{"CLEANUP_INTERVAL", "MEMORY_CLEANUP_INTERVAL", "consensus.cleanup_interval_s",
                   "90"},
        older_name{"TELEMETRY_INTERVAL", "HEALTH_INTERVAL", "health.interval_s", "90"}}) {
    SCOPED_TRACE(c.older);
    const std::string older{c.older};
    const auto r = load_environment({{older, std::string{c.value}}});
    ASSERT_TRUE(r.ok()) << everything(r);
    EXPECT_EQ(entry(r, c.path).value, c.value);
    EXPECT_EQ(entry(r, c.path).source, "environment " + older);
    ASSERT_EQ(r.notices.size(), 1U) << everything(r);
    EXPECT_TRUE(says(r.notices, {c.older, c.canonical, c.path}));
    EXPECT_TRUE(r.warnings.empty()) << everything(r);
  }
}

TEST(load, prefers_the_canonical_name) {
  const auto r = load_environment({{"DETECTION_WINDOW", "50"}, {"CAMERA_WINDOW", "40"}});
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r.values.consensus.tracking.window, 50s);
  EXPECT_TRUE(says(r.notices, {"CAMERA_WINDOW", "ignored", "DETECTION_WINDOW"})) << everything(r);
}

// -- empty texts -------------------------------------------------------------------

TEST(load, takes_an_empty_variable_for_an_empty_text) {
  const scratch_folder folder;
  auto from = on_host();
  from.file = folder.file("f.yaml", "mqtt:\n  username: someone\n  topic_prefix: site\n");
  from.environment = {{"MQTT_USERNAME", ""}, {"TOPIC_PREFIX", ""}};
  const auto r = load(from);
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.connection.username, "");
  EXPECT_EQ(r.values.connection.topic_prefix, "");
}

TEST(load, refuses_an_empty_variable_where_something_else_belongs) {
  for (const auto* name : {"MQTT_PORT", "DETECTION_WINDOW", "LOG_LEVEL", "SERVICES", "LABELS",
                           "ZONE_MAPPING", "FRAME_SIZE", "MQTT_BROKER", "BASE_TOPIC", "INSTANCE"}) {
    const auto r = load_environment({{name, ""}});
    EXPECT_TRUE(says(r.errors, {name})) << name << everything(r);
  }
}

// -- ranges and relations ----------------------------------------------------------

TEST(load, clamps_with_a_warning_that_health_repeats) {
  const auto r = load_environment({{"CONSENSUS_THRESHOLD", "50"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.consensus.threshold, 10U);
  EXPECT_EQ(entry(r, "consensus.threshold").value, "10");
  ASSERT_EQ(r.warnings.size(), 1U);
  EXPECT_TRUE(says(r.warnings,
                   {"consensus.threshold", "50", "1 to 10", "environment CONSENSUS_THRESHOLD"}));
  EXPECT_EQ(r.values.health.config_warnings, r.warnings);
}

TEST(load, lets_landscapes_have_long_windows) {
  const auto close = load_sets({"consensus.detection_window_s=3600"});
  EXPECT_EQ(close.values.consensus.tracking.window, 300s);
  EXPECT_EQ(close.warnings.size(), 1U);
  const auto wide = load_sets({"consensus.detection_window_s=3600", "consensus.profile=Landscape"});
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(wide.values.consensus.tracking.window, 1h);
  EXPECT_TRUE(wide.warnings.empty()) << everything(wide);
  const auto too_wide
      = load_sets({"consensus.detection_window_s=8000", "consensus.profile=landscape"});
  EXPECT_EQ(too_wide.values.consensus.tracking.window, 2h);
  EXPECT_TRUE(says(too_wide.warnings, {"10 to 7200"})) << everything(too_wide);
}

TEST(load, gives_landscapes_defaults_of_their_own) {
  const auto close = load_sets({});
  ASSERT_TRUE(close.ok()) << everything(close);
  EXPECT_FALSE(close.values.consensus.tracking.adapts);
  EXPECT_EQ(close.values.consensus.tracking.how, verification::growth);
  EXPECT_EQ(close.values.consensus.tracking.hysteresis, 1);
  EXPECT_EQ(close.values.consensus.tracking.agreement_window, 0s);
  EXPECT_EQ(close.values.consensus.same_fire, 0s);
  const auto wide = load_sets({"consensus.profile=landscape"});
  ASSERT_TRUE(wide.ok()) << everything(wide);
  EXPECT_TRUE(wide.notices.empty()) << everything(wide);
  const auto& to = wide.values.consensus;
  EXPECT_TRUE(to.tracking.adapts);
  EXPECT_EQ(to.tracking.window, 30min);
  EXPECT_EQ(to.tracking.how, verification::persistence);
  EXPECT_EQ(to.tracking.persistence.frames, 8U);
  EXPECT_EQ(to.tracking.persistence.needed, 3U);
  EXPECT_EQ(to.tracking.persistence.evidence, 3);
  EXPECT_EQ(to.tracking.hysteresis, .8);
  EXPECT_EQ(to.tracking.agreement_window, 1h);
  EXPECT_EQ(to.tracking.camera_timeout, 10min);
  EXPECT_EQ(to.cooldown, 30min);
  EXPECT_EQ(to.same_fire, 2h);
  EXPECT_EQ(to.acceptance.min_confidence, .05);
  EXPECT_EQ(to.acceptance.min_area_ratio, 0);
  EXPECT_EQ(to.acceptance.max_area_ratio, 1);
  EXPECT_EQ(to.acceptance.max_age, 5min);
  EXPECT_EQ(entry(wide, "consensus.verification").value, "persistence");
  EXPECT_EQ(entry(wide, "consensus.verification").source, "default of landscape");
  // What is latched must outlive a restart too.
  EXPECT_GE(wide.values.store.sighting_span, 90min);
}

TEST(load, lets_a_word_of_the_user_win_over_the_profile) {
  const auto r = load_sets({"consensus.profile=landscape", "consensus.verification=either",
                            "consensus.min_confidence=0.3"});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.consensus.tracking.how, verification::either);
  EXPECT_EQ(r.values.consensus.acceptance.min_confidence, .3);
}

TEST(load, wants_no_more_frames_than_there_are) {
  const auto r = load_environment({{"PERSISTENCE_NEEDED", "5"}, {"PERSISTENCE_FRAMES", "4"}});
  EXPECT_TRUE(says(r.errors, {"consensus.persistence_needed", "5", "environment PERSISTENCE_NEEDED",
                              "environment PERSISTENCE_FRAMES"}))
      << everything(r);
  EXPECT_TRUE(load_environment({{"PERSISTENCE_NEEDED", "4"}, {"PERSISTENCE_FRAMES", "4"}}).ok());
}

TEST(load, wants_no_more_evidence_than_there_can_be) {
  const auto r = load_environment({{"PERSISTENCE_EVIDENCE", "10.5"}});
  EXPECT_TRUE(says(r.errors, {"consensus.persistence_evidence", "10.5", "10.4"})) << everything(r);
  EXPECT_TRUE(load_environment({{"PERSISTENCE_EVIDENCE", "10.4"}}).ok());
}

TEST(load, knows_witnesses_and_registered_cameras) {
  const auto r = load_sets({"consensus.registered_only=true", "consensus.zone_agreement=true",
                            "cameras.north.witness=mast", "cameras.south.enabled=false"});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.consensus.witnesses, (std::map<std::string, std::string>{{"north", "mast"}}));
  EXPECT_EQ(r.values.consensus.tracking.registered, std::set<std::string>{"north"});
  EXPECT_TRUE(r.values.consensus.agree_by_zone);
  EXPECT_FALSE(load_sets({}).values.consensus.tracking.registered);
}

TEST(load, wants_the_smallest_area_below_the_greatest) {
  for (const auto* min : {"0.5", "0.4"}) {
    const auto r = load_environment({{"MIN_AREA_RATIO", min}, {"MAX_AREA_RATIO", "0.4"}});
    EXPECT_TRUE(says(r.errors, {"consensus.min_area_ratio", min, "environment MIN_AREA_RATIO",
                                "environment MAX_AREA_RATIO"}))
        << everything(r);
  }
  EXPECT_FALSE(load_environment({{"MIN_AREA_RATIO", "0.9"}}).ok());
  EXPECT_TRUE(load_environment({{"MIN_AREA_RATIO", "0.79"}}).ok());
}

TEST(load, refuses_endless_topics) {
  EXPECT_TRUE(says(load_sets({"mqtt.topic_prefix=" + std::string(2000, 'x')}).errors, {"longer"}));
}

TEST(load, puts_the_pauses_in_order) {
  const auto r = load_sets({"mqtt.reconnect_min_s=10", "mqtt.reconnect_max_s=5"});
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r.values.connection.reconnect_min, 5s);
  EXPECT_EQ(r.values.connection.reconnect_max, 5s);
  EXPECT_EQ(entry(r, "mqtt.reconnect_min_s").value, "5");
  EXPECT_TRUE(says(r.warnings, {"mqtt.reconnect_min_s", "10", "5", "--set"})) << everything(r);
}

TEST(load, a_session_that_ends_before_a_trigger_does_is_a_warning) {
  const auto warns = [](std::vector<std::string> sets) {
    const auto r = load_sets(std::move(sets));
    EXPECT_TRUE(r.ok());
    return std::ranges::count_if(r.warnings, [](const auto& text) {
      return text.find("mqtt.session_expiry_s: ") == 0
             && text.find("is below consensus.trigger_ttl_s, ") != std::string::npos;
    });
  };
  EXPECT_EQ(warns({}), 0);
  EXPECT_EQ(warns({"mqtt.session_expiry_s=120"}), 0);
  EXPECT_EQ(warns({"mqtt.session_expiry_s=119"}), 1);
  EXPECT_EQ(warns({"mqtt.session_expiry_s=0"}), 1);
  EXPECT_EQ(warns({"consensus.trigger_ttl_s=300.5"}), 1);
}

TEST(load, leaves_out_zones_of_the_wrong_kind) {
  const auto r = load_yaml("consensus:\n  zone_mapping:\n    a: ~\n    b: true\n    c: {x: 1}\n"
                           "    d: 03\n    e: \"true\"\n    f: [1, ~, -2.5]\n");
  ASSERT_TRUE(r.ok()) << everything(r);
  const std::map<std::string, std::vector<std::string>> zones{
      {"d", {"\"03\""}}, {"e", {"\"true\""}}, {"f", {"1", "-2.5"}}};
  EXPECT_EQ(r.values.consensus.zones, zones);
  EXPECT_EQ(r.warnings.size(), 4U) << everything(r);
}

TEST(load, takes_json_in_the_file_as_well) {
  const auto r = load_yaml("consensus:\n  zone_mapping: '{\"a\": 1}'\n");
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.consensus.zones.at("a"), (std::vector<std::string>{"1"}));
}

// -- Frigate's API ----------------------------------------------------------------------

TEST(load, an_address_of_frigates_api_is_that_of_the_first_prefix) {
  const auto r
      = load_environment({{"FRIGATE_PREFIXES", "frigate,barn"},
                          {"FRIGATE_API_URL", "http://u:hunter2@frigate:5000/"},
                          {"LABELS", R"({"Fire": "fire", "rauch": "smoke", "x": "ignore"})"},
                          {"FRIGATE_BURST_SAMPLING", "yes"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.notices.empty()) << everything(r);
  const auto& x = r.values.frigate;
  ASSERT_EQ(x.instances.size(), 2U);
  EXPECT_EQ(x.instances[0].prefix, "frigate");
  EXPECT_EQ(x.instances[0].api_url, "http://u:hunter2@frigate:5000/");
  EXPECT_EQ(x.instances[1].prefix, "barn");
  EXPECT_EQ(x.instances[1].api_url, "");
  EXPECT_TRUE(x.burst_sampling);
  EXPECT_TRUE(r.values.consensus.acceptance.burst_sampling);
  EXPECT_EQ(x.labels, (frigate_labels{{"fire", fire_sign::fire}, {"rauch", fire_sign::smoke}}));
  EXPECT_EQ(everything(r).find("hunter2"), std::string::npos);
}

TEST(load, every_prefix_may_have_an_address_of_its_own) {
  const auto r = load_environment({{"FRIGATE_PREFIXES", "frigate,site/barn"},
                                   {"FRIGATE_API_URL", " site/barn = https://b/?a=b , http://a "}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.frigate.instances.at(0).api_url, "http://a");
  EXPECT_EQ(r.values.frigate.instances.at(1).api_url, "https://b/?a=b");
  EXPECT_FALSE(load_environment({}).values.frigate.burst_sampling);
}

TEST(load, an_address_of_frigates_api_that_cannot_be_used_is_an_error) {
  for (const auto& [urls, problem] : std::vector<std::pair<std::string, std::string>>{
           {"ftp://u:hunter2@frigate", "http://"},
           {"frigate:5000", "http://"},
           {"http://u:hunter2,x@frigate", "http://"},
           {"barn=http://u:hunter2@barn", "not in frigate.prefixes"},
           {"http://a,frigate=http://u:hunter2@b", "two addresses"}}) {
    const auto r = load_environment({{"FRIGATE_API_URL", urls}});
    EXPECT_FALSE(r.ok()) << urls;
    EXPECT_TRUE(says(r.errors, {"frigate.api_url", "FRIGATE_API_URL", problem})) << everything(r);
    EXPECT_EQ(everything(r).find("hunter2"), std::string::npos) << everything(r);
  }
  EXPECT_FALSE(load_environment({{"FRIGATE_PREFIXES", ""}, {"FRIGATE_API_URL", "http://a"}}).ok());
}

// -- Home Assistant and operators ----------------------------------------------------

TEST(load, gives_the_defaults_of_what_is_announced) {
  const auto r = load(on_host());
  ASSERT_TRUE(r.ok()) << everything(r);
  const auto& d = r.values.discovery;
  const discovery_settings standard;
  EXPECT_EQ(d.mode, standard.mode);
  EXPECT_EQ(d.discovery_prefix, standard.discovery_prefix);
  EXPECT_EQ(d.base_topic, standard.base_topic);
  EXPECT_EQ(d.topic_prefix, "");
  EXPECT_EQ(d.instance, standard.instance);
  EXPECT_EQ(d.status_topic, standard.status_topic);
  EXPECT_EQ(d.birth_payload, standard.birth_payload);
  EXPECT_EQ(d.birth_delay_min, standard.birth_delay_min);
  EXPECT_EQ(d.birth_delay_max, standard.birth_delay_max);
  EXPECT_EQ(d.connections, standard.connections);
  EXPECT_EQ(d.longest_window, standard.longest_window);
  EXPECT_EQ(d.argusai.topic_prefix, standard.argusai.topic_prefix);
  EXPECT_EQ(d.argusai.availability_topic, "liveobject/status");
  EXPECT_EQ(d.argusai.birth_message, standard.argusai.birth_message);
  EXPECT_EQ(d.argusai.will_message, standard.argusai.will_message);
  EXPECT_EQ(d.argusai.qos, standard.argusai.qos);
  EXPECT_EQ(d.argusai.retain_messages, standard.argusai.retain_messages);
  EXPECT_EQ(d.argusai.message_expiry, standard.argusai.message_expiry);
  EXPECT_EQ(d.argusai.api_base_url, standard.argusai.api_base_url);
  EXPECT_EQ(d.argusai.strict, standard.argusai.strict);
  EXPECT_EQ(d.broker, "localhost:1883");
  EXPECT_TRUE(d.zones.empty());
  EXPECT_EQ(r.values.time_zone, "");
  EXPECT_EQ(entry(r, "home_assistant.status_topic").value, "homeassistant/status");

  const auto& c = r.values.control;
  const control_settings usual;
  EXPECT_EQ(c.threshold, usual.threshold);
  EXPECT_EQ(c.min_confidence, usual.min_confidence);
  EXPECT_EQ(c.detection_window, usual.detection_window);
  EXPECT_EQ(c.longest_window, usual.longest_window);
  EXPECT_EQ(c.cooldown, usual.cooldown);
  EXPECT_EQ(c.reminder, usual.reminder);
  EXPECT_TRUE(c.cameras.empty());
  EXPECT_EQ(r.values.bridge.limits.longest_window_s, 300);

  const auto& link = r.values.connection;
  EXPECT_EQ(link.unprefixed, "homeassistant");
  EXPECT_EQ(link.presence_topics.back(), "firefinder/bridge/state");
  EXPECT_EQ(link.quiet_presence, std::set<std::string>{"firefinder/bridge/state"});
  EXPECT_TRUE(r.values.consensus.tuned);
}

TEST(load, fills_what_is_announced_and_what_operators_may_change) {
  const auto r = load_yaml(R"(
mqtt:
  broker: broker.example
  topic_prefix: site
consensus:
  profile: landscape
  threshold: 3
  cooldown_s: 60
  zone_mapping: {north: [1, roof], pole: roof}
home_assistant:
  mode: argusai
  discovery_prefix: ha/found
  base_topic: fires
  instance: north_2
  status_topic: ha/alive
  birth_payload: up
  birth_delay_min_s: 2
  birth_delay_max_s: 3
  connections: true
  time_zone: UTC
argusai:
  topic_prefix: seen
  availability_topic: seen/there
  birth_message: up
  will_message: down
  qos: 2
  retain_messages: false
  message_expiry_s: 60
  api_base_url: https://argus.example
  strict: true
alarm:
  reminder_s: 0
cameras:
  north:
    name: North tower
    enabled: false
    zones: [1]
)");
  ASSERT_TRUE(r.ok()) << everything(r);
  const auto& d = r.values.discovery;
  EXPECT_EQ(d.mode, discovery_mode::argusai);
  EXPECT_EQ(d.discovery_prefix, "ha/found");
  EXPECT_EQ(d.base_topic, "fires");
  EXPECT_EQ(d.topic_prefix, "site/");
  EXPECT_EQ(d.instance, "north_2");
  EXPECT_EQ(d.status_topic, "ha/alive");
  EXPECT_EQ(d.birth_payload, "up");
  EXPECT_EQ(d.birth_delay_min, 2s);
  EXPECT_EQ(d.birth_delay_max, 3s);
  EXPECT_TRUE(d.connections);
  EXPECT_EQ(d.longest_window, 7200s);
  EXPECT_EQ(d.argusai.topic_prefix, "seen");
  EXPECT_EQ(d.argusai.availability_topic, "seen/there");
  EXPECT_EQ(d.argusai.birth_message, "up");
  EXPECT_EQ(d.argusai.will_message, "down");
  EXPECT_EQ(d.argusai.qos, 2);
  EXPECT_FALSE(d.argusai.retain_messages);
  EXPECT_EQ(d.argusai.message_expiry, 60s);
  EXPECT_EQ(d.argusai.api_base_url, "https://argus.example");
  EXPECT_TRUE(d.argusai.strict);
  EXPECT_EQ(d.broker, "broker.example:1883");
  const std::map<std::string, std::set<std::string>> zones{{"1", {"north"}},
                                                           {"roof", {"north", "pole"}}};
  EXPECT_EQ(d.zones, zones);
  EXPECT_EQ(r.values.time_zone, "UTC");

  const auto& c = r.values.control;
  EXPECT_EQ(c.threshold, 3U);
  EXPECT_EQ(c.min_confidence, 0.05);
  EXPECT_EQ(c.detection_window, 1800s);
  EXPECT_EQ(c.longest_window, 7200s);
  EXPECT_EQ(c.cooldown, 60s);
  EXPECT_EQ(c.reminder, 0s);
  EXPECT_EQ(c.cameras, (std::map<std::string, std::string>{{"north", "North tower"}}));
  EXPECT_EQ(c.switched_off, std::set<std::string>{"north"});
  EXPECT_EQ(c.zones, zones);
  EXPECT_EQ(r.values.bridge.limits.longest_window_s, 7200);

  const auto& link = r.values.connection;
  EXPECT_EQ(link.unprefixed, "ha/found");
  EXPECT_EQ(link.quiet_presence, (std::set<std::string>{"fires/bridge/state", "seen/there"}));
  EXPECT_EQ(link.farewells.at("seen/there"), "down");
  for (const auto& topic : link.quiet_presence)
    EXPECT_NE(std::ranges::find(link.presence_topics, topic), link.presence_topics.end()) << topic;
}

TEST(load, announces_nothing_without_the_service) {
  const auto r = load_sets({"services=camera_detection", "home_assistant.mode=argusai"});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.values.connection.quiet_presence.empty());
  EXPECT_EQ(r.values.connection.presence_topics,
            std::vector<std::string>{"system/camera_detector/lwt"});
  EXPECT_FALSE(r.values.consensus.tuned);
}

TEST(load, off_announces_nothing_and_keeps_our_own_topics) {
  const auto r = load_sets({"home_assistant.mode=off"});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.discovery.mode, discovery_mode::off);
  EXPECT_EQ(r.values.connection.presence_topics.back(), "firefinder/bridge/state");
}

TEST(load, tells_the_configuration_to_everybody_without_secrets) {
  const scratch_folder folder;
  auto from = on_host();
  from.sets = {"mqtt.password=hunter1",
               "web.token=hunter2",
               "camera_detection.credentials=a:hunter3",
               "camera_detection.default_password=hunter4",
               "camera_detection.default_username=u",
               "frigate.api_url=http://u:hunter5@frigate:5000",
               "cameras.north.name=North \"1\"",
               "cameras.north.zones=[1, roof]",
               "cameras.south.enabled=false",
               "caf.logger.verbosity=hunter6",
               "consensus.threshold=3",
               "home_assistant.birth_payload=x\xff"};
  const auto r = load(from);
  // The last one is no text, and an error; without it everything is told.
  ASSERT_FALSE(r.ok());
  from.sets.pop_back();
  const auto good = load(from);
  ASSERT_TRUE(good.ok()) << everything(good);
  const auto& text = good.values.discovery.configuration;
  EXPECT_EQ(text.find("hunter"), std::string::npos) << text;
  const auto x = nlohmann::json::parse(text);
  EXPECT_EQ(x["mqtt"]["broker"], "localhost");
  EXPECT_EQ(x["mqtt"]["port"], 1883);
  EXPECT_FALSE(x["mqtt"].contains("password"));
  EXPECT_FALSE(x["web"].contains("token"));
  EXPECT_FALSE(x["camera_detection"].contains("credentials"));
  EXPECT_EQ(x["consensus"]["threshold"], 3);
  EXPECT_EQ(x["consensus"]["zone_activation"], false);
  EXPECT_EQ(x["services"], (nlohmann::json{"consensus", "camera_detection", "discovery"}));
  EXPECT_EQ(x["mqtt"]["topic_prefix"], "");
  EXPECT_EQ(x["frigate"]["api_url"], "http://********@frigate:5000");
  EXPECT_EQ(x["cameras"]["north"]["name"], "North \"1\"");
  EXPECT_EQ(x["cameras"]["south"], (nlohmann::json{{"enabled", false}}));
  EXPECT_FALSE(x.contains("caf"));
}

TEST(load, accepts_the_names_that_home_assistants_keys_may_have_too) {
  const auto r = load_environment({{"HA_BASE_TOPIC", "fires"}, {"HA_INSTANCE", "two"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.discovery.base_topic, "fires");
  EXPECT_EQ(r.values.discovery.instance, "two");
  EXPECT_TRUE(says(r.notices, {"HA_BASE_TOPIC", "the name now is BASE_TOPIC"}));
  EXPECT_TRUE(says(r.notices, {"HA_INSTANCE", "the name now is INSTANCE"}));
}

TEST(load, refuses_topics_that_run_into_each_other) {
  struct bad_topics {
    std::vector<std::string> sets;
    std::vector<std::string_view> said;
  };
  for (const auto& c : {
           bad_topics{{"home_assistant.base_topic=homeassistant"},
                      {"home_assistant.base_topic", "\"homeassistant\"", "--set",
                       "home_assistant.discovery_prefix"}},
           bad_topics{{"home_assistant.base_topic=homeassistant/fire"},
                      {"lie one below the other"}},
           bad_topics{{"home_assistant.discovery_prefix=firefinder/ha"},
                      {"lie one below the other"}},
           bad_topics{{"argusai.topic_prefix=firefinder"},
                      {"argusai.topic_prefix", "home_assistant.base_topic"}},
           bad_topics{{"argusai.topic_prefix=homeassistant/x"},
                      {"home_assistant.discovery_prefix"}},
           bad_topics{{"argusai.availability_topic=firefinder/bridge/state"},
                      {"argusai.availability_topic", "home_assistant.base_topic"}},
           bad_topics{{"home_assistant.base_topic=a//b"}, {"\"a//b\"", "empty level"}},
           bad_topics{{"home_assistant.discovery_prefix=a//b"}, {"empty level"}},
           bad_topics{{"argusai.topic_prefix=a//b"}, {"empty level"}},
           bad_topics{{"home_assistant.base_topic=a/+"}, {"wildcard"}},
           bad_topics{{"home_assistant.status_topic=a/#"}, {"wildcard"}},
           bad_topics{{"argusai.topic_prefix="}, {"is empty"}},
       }) {
    const auto r = load_sets(c.sets);
    EXPECT_TRUE(says(r.errors, c.said)) << c.sets.front() << '\n' << everything(r);
  }
  // The same beginning is not the same level.
  EXPECT_TRUE(load_sets({"home_assistant.base_topic=homeassistant2"}).ok());
}

TEST(load, refuses_an_instance_that_is_no_id) {
  for (const auto* bad : {"North", "a-b", "a b", "a23456789012345678", "\u00e4"})
    EXPECT_TRUE(says(load_environment({{"INSTANCE", bad}}).errors,
                     {"home_assistant.instance", "INSTANCE", "1 to 16 of a to z, 0 to 9 and _"}))
        << bad;
  EXPECT_TRUE(load_environment({{"INSTANCE", "a_23456789012345"}}).ok());
}

TEST(load, refuses_two_cameras_of_one_key) {
  const auto r = load_sets({"cameras.north-yard.name=A", "cameras.North Yard.name=B"});
  EXPECT_TRUE(says(r.errors, {"cameras.north-yard", "cameras.North Yard", "\"north_yard\""}))
      << everything(r);
  EXPECT_TRUE(load_sets({"cameras.north1.name=A", "cameras.north2.name=B"}).ok());
}

TEST(load, keeps_the_delay_of_an_announcement_in_order) {
  const auto r = load_environment({{"HA_BIRTH_DELAY_MIN", "20"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(says(r.warnings, {"home_assistant.birth_delay_min_s", "10 is used"}));
  EXPECT_EQ(r.values.discovery.birth_delay_min, 10s);
}

TEST(load, refuses_a_time_zone_that_is_none) {
  for (const auto* bad : {"../../../etc/passwd", "/etc/localtime", "Europe/Berlin;x", "Euro pe"})
    EXPECT_TRUE(says(load_environment({{"HA_TIME_ZONE", bad}}).errors,
                     {"home_assistant.time_zone", "HA_TIME_ZONE", "Europe/Berlin"}))
        << bad;
  if (std::filesystem::is_directory("/usr/share/zoneinfo")) {
    EXPECT_FALSE(load_environment({{"HA_TIME_ZONE", "Europe/Nowhere"}}).ok());
    EXPECT_FALSE(load_environment({{"HA_TIME_ZONE", "Europe"}}).ok());
  }
}

TEST(load, refuses_an_address_of_pictures_that_is_none) {
  EXPECT_TRUE(says(load_environment({{"ARGUSAI_API_BASE_URL", "localhost"}}).errors,
                   {"argusai.api_base_url", "http://"}));
  EXPECT_TRUE(says(load_environment({{"ARGUSAI_MESSAGE_EXPIRY", "10"}}).warnings,
                   {"argusai.message_expiry_s", "60 to 3600"}));
}

// -- keys without effect yet ---------------------------------------------------------

TEST(load, says_what_has_no_effect_yet) {
  const auto r = load_sets({"cameras.north.azimuth_deg=90"});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(says(r.notices, {"azimuth_deg", "in this version"})) << everything(r);
  EXPECT_TRUE(entry(r, "cameras.north.azimuth_deg").without_effect);

  const auto same = load_environment({{"HA_MODE", "off"}, {"VERIFICATION", "growth"}});
  EXPECT_TRUE(same.notices.empty()) << everything(same);
}

TEST(load, says_what_has_no_effect_yet_for_cameras) {
  const auto r = load_yaml("cameras:\n  a:\n"
                           "    latitude: 48.1\n    longitude: 200\n");
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.notices.size(), 2U) << everything(r);
  EXPECT_TRUE(says(r.warnings, {"cameras.a.longitude", "-180 to 180"}));
  EXPECT_EQ(entry(r, "cameras.a.longitude").value, "180");
}

TEST(load, knows_a_camera_by_all_its_names) {
  const auto r
      = load_yaml("cameras:\n  AA:BB:CC:DD:EE:FF:\n    aliases: [barn, nvr/yard]\n"
                  "    zones: [1]\n"
                  "consensus:\n  zone_mapping: {barn: 2, cam_aabbccddeeff: 1, other: 3}\n");
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.notices.empty()) << everything(r);
  const auto& s = r.values.consensus;
  EXPECT_EQ(s.acceptance.cameras.at("AA:BB:CC:DD:EE:FF").aliases,
            (std::vector<std::string>{"barn", "nvr/yard"}));
  const std::map<std::string, std::vector<std::string>> zones{{"AA:BB:CC:DD:EE:FF", {"2", "1"}},
                                                              {"other", {"3"}}};
  EXPECT_EQ(s.zones, zones);
  EXPECT_FALSE(s.acceptance.default_frame_given);
  EXPECT_TRUE(load_sets({"consensus.frame_size=1920x1080"})
                  .values.consensus.acceptance.default_frame_given);
}

TEST(load, refuses_a_name_of_two_cameras) {
  EXPECT_TRUE(says(load_sets({"cameras.a.aliases=x", "cameras.b.aliases=x"}).errors,
                   {"cameras.b.aliases", "\"x\"", "cameras.a.aliases"}));
  EXPECT_TRUE(says(load_sets({"cameras.a.aliases=b", "cameras.b.name=B"}).errors,
                   {"cameras.a.aliases", "\"b\"", "cameras.b"}));
  EXPECT_TRUE(
      says(load_sets({"cameras.AABBCCDDEEFF.name=A", "cameras.cam_aabbccddeeff.name=B"}).errors,
           {"cameras.cam_aabbccddeeff", "cameras.AABBCCDDEEFF"}));
  EXPECT_TRUE(load_sets({"cameras.a.aliases=x,x,a", "cameras.b.aliases=X,nvr/x"}).ok());
}

TEST(load, takes_the_settings_of_the_camera_detection) {
  const auto r = load_environment({{"DISCOVERY_INTERVAL", "120"},
                                   {"DISCOVERY_TIMEOUT", "9"},
                                   {"SMART_DISCOVERY_ENABLED", "false"},
                                   {"MAC_TRACKING_ENABLED", "false"},
                                   {"CAMERA_CREDENTIALS", "u:p:q, v:%2C%25, :x, w, x:"},
                                   {"DEFAULT_USERNAME", "root"},
                                   {"DEFAULT_PASSWORD", "toor"},
                                   {"RTSP_TIMEOUT", "7"},
                                   {"RTSP_VALIDATION_ENABLED", "false"},
                                   {"HEALTH_CHECK_INTERVAL", "20"},
                                   {"ONVIF_ENABLED", "false"},
                                   {"MDNS_ENABLED", "false"},
                                   {"NETWORK_SCAN_ENABLED", "true"},
                                   {"RTSP_PORT_SCAN_ENABLED", "false"},
                                   {"NETWORK_SUBNET", "10.0.0.0/24, 10.9.0.7"},
                                   {"CAMERA_ALLOW_BASIC", "true"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  const auto& c = r.values.cameras;
  EXPECT_EQ(c.search_interval, 120s);
  EXPECT_EQ(c.search_limit, 9s);
  EXPECT_FALSE(c.smart);
  EXPECT_FALSE(c.mac_tracking);
  EXPECT_EQ(c.credentials,
            (std::vector<camera_credential>{
                {"default", "root", "toor"}, {"1", "u", "p:q"}, {"2", "v", ",%"}, {"5", "x", ""}}));
  EXPECT_TRUE(c.allow_basic);
  EXPECT_EQ(c.rtsp_timeout, 7s);
  EXPECT_FALSE(c.rtsp_validation);
  EXPECT_EQ(c.check_interval, 20s);
  EXPECT_FALSE(c.onvif || c.mdns || c.port_scan);
  EXPECT_TRUE(c.network_scan);
  EXPECT_EQ(c.networks, (std::vector<std::string>{"10.0.0.0/24", "10.9.0.7"}));
  EXPECT_EQ(c.node_id, "tower");
  // What is wrong is named by its place, never by what it is.
  EXPECT_TRUE(says(r.warnings, {"camera_detection.credentials", "part 3"}));
  EXPECT_TRUE(says(r.warnings, {"camera_detection.credentials", "part 4"}));
  EXPECT_EQ(everything(r).find("toor"), std::string::npos);
}

TEST(load, searches_no_network_and_tries_no_log_in_by_itself) {
  const auto c = load(on_host()).values.cameras;
  EXPECT_FALSE(c.network_scan);
  EXPECT_FALSE(c.allow_basic);
  EXPECT_TRUE(c.credentials.empty());
  EXPECT_TRUE(c.onvif && c.mdns && c.port_scan && c.smart && c.mac_tracking && c.rtsp_validation);
}

TEST(load, gives_camera_detection_the_names_of_cameras) {
  const auto c = load_sets({"cameras.north.name=North mast",
                            "cameras.north.aliases=02:77:00:00:00:0A,nvr/n"})
                     .values.cameras;
  EXPECT_EQ(c.canonical("02770000000a", ""), "north");
  EXPECT_EQ(c.canonical("n", "nvr"), "north");
  EXPECT_EQ(c.canonical("n", ""), "n");
  EXPECT_EQ(c.names.at("north"), "North mast");
}

TEST(load, refuses_networks_that_are_none) {
  for (const auto* x :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0/24", "cameras", "10.0.0.0/2x", "::1/64"})
    EXPECT_TRUE(says(load_sets({std::string{"camera_detection.network_subnet="} + x}).errors,
                     {"camera_detection.network_subnet", x, "192.168.1.0/24"}))
        << x;
}

TEST(load, tells_of_a_password_without_a_user) {
  EXPECT_TRUE(says(load_sets({"camera_detection.default_password=secret"}).warnings,
                   {"camera_detection.default_username"}));
}

TEST(load, still_checks_what_has_no_effect_yet) {
  EXPECT_TRUE(says(load_environment({{"DISCOVERY_INTERVAL", "soon"}}).errors,
                   {"camera_detection.interval_s"}));
  EXPECT_TRUE(says(load_environment({{"WEB_LISTEN", "0.0.0.0:8088"}}).warnings, {"web.token"}));
  EXPECT_TRUE(load_environment({{"WEB_LISTEN", "0.0.0.0:8088"}, {"WEB_TOKEN", "0123456789abcdef"}})
                  .warnings.empty());
  EXPECT_TRUE(says(
      load_environment({{"WEB_LISTEN", "0.0.0.0:8088"}, {"WEB_TOKEN", "0123456789abcde"}}).warnings,
      {"web.token", "16 characters"}));
  EXPECT_TRUE(load_environment({{"WEB_TOKEN", "t"}}).warnings.empty());
  // A name that looks like a part of this machine is none.
  EXPECT_TRUE(
      says(load_environment({{"WEB_LISTEN", "127.example.org:8088"}}).warnings, {"web.token"}));
  EXPECT_TRUE(load_environment({{"WEB_LISTEN", "[::1]:1"}}).warnings.empty());
}

TEST(load, says_where_the_page_is_served) {
  const auto usual = load_environment({{"MQTT_BROKER", "broker.lan"}}).values.web;
  EXPECT_EQ(usual.host, "127.0.0.1");
  EXPECT_EQ(usual.port, 8088);
  EXPECT_EQ(usual.broker, "broker.lan:1883");
  EXPECT_TRUE(usual.is_served());

  const auto six = load_environment({{"WEB_LISTEN", "[::1]:0"}}).values.web;
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.port, 0);
  EXPECT_TRUE(six.is_loopback());

  EXPECT_FALSE(load_environment({{"WEB_LISTEN", "off"}}).values.web.is_served());
  EXPECT_FALSE(load_environment({{"WEB_LISTEN", "0.0.0.0:1"}}).values.web.is_served());
  const auto open = load_environment({{"WEB_LISTEN", "0.0.0.0:1"}, {"WEB_TOKEN", "t"}}).values.web;
  EXPECT_TRUE(open.is_served());
  EXPECT_EQ(open.token, "t");
}

TEST(load, finds_the_folder_for_state) {
  const auto path = [](const variables& environment) {
    return entry(load_environment(environment), "store.path").value;
  };
  EXPECT_EQ(path({{"STATE_DIRECTORY", "/a:/b"}, {"XDG_STATE_HOME", "/x"}}), "/a");
  EXPECT_EQ(path({{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}), "/x/firefinder");
  EXPECT_EQ(path({{"HOME", "/h"}}), "/h/.local/state/firefinder");
  EXPECT_EQ(path({{"STATE_DIR", "/s"}, {"HOME", "/h"}}), "/s");
}

// -- unknown keys and broken files -----------------------------------------------------

struct broken_file {
  std::string_view text;
  std::vector<std::string_view> said;
};

TEST(load, names_the_place_in_a_broken_file) {
  for (const auto& c :
       {broken_file{"mqtt:\n  brokr: x\n", {"mqtt.brokr", ".yaml:2", "did you mean mqtt.broker?"}},
        broken_file{"\nmqqt:\n  port: 1\n", {"mqqt", ".yaml:2", "did you mean mqtt?"}},
        broken_file{"threshold: 2\n", {"did you mean consensus.threshold?"}},
        broken_file{"MQTT_BROKER: x\n", {"did you mean mqtt.broker?"}},
        broken_file{"consensus:\n  cooldown_period: 1\n", {"did you mean consensus.cooldown_s?"}},
        broken_file{"mqtt.broker: x\n", {"`mqtt:`", "`broker:`"}},
        broken_file{"mqtt.brokr: x\n", {"did you mean mqtt.broker?"}},
        broken_file{"mqtt:\n  a.b: x\n", {"mqtt.a.b", "is not a known key"}},
        broken_file{"cameras:\n  north:\n    zone: 1\n",
                    {"cameras.north.zone", ".yaml:3", "did you mean cameras.north.zones?"}},
        broken_file{"mqtt:\n  port: 1\n  port: 2\n", {".yaml:3", "`port` twice", "line 2"}},
        broken_file{"mqtt:\n  port: 1\nmqtt:\n  tls: no\n", {".yaml:3", "`mqtt` twice"}},
        broken_file{"cameras:\n  a:\n  a:\n", {".yaml:3", "`a` twice"}},
        broken_file{"consensus:\n  zone_mapping: {a: 1, a: 2}\n", {"`a` twice"}},
        broken_file{"mqtt:\n  port: [1\n", {".yaml", "is not YAML"}},
        broken_file{"mqtt:\n port: 1\n  tls: no\n", {".yaml:3", "is not YAML"}},
        broken_file{"mqtt:\n\tport: 1\n", {".yaml:2", "is not YAML"}},
        broken_file{"a: 1\n---\nb: 2\n", {"more than one document"}},
        broken_file{"- a\n", {"is a list", "key: value"}},
        broken_file{"text\n", {"is a text"}},
        broken_file{"mqtt: localhost\n", {"mqtt", ".yaml:1", "is a text"}},
        broken_file{"mqtt: [1]\n", {"mqtt", "is a list"}},
        broken_file{"cameras: [north]\n", {"cameras", "is a list"}},
        broken_file{"cameras:\n  north: yes\n", {"cameras.north", ".yaml:2", "is a text"}},
        broken_file{"cameras:\n  a/b:\n", {"cameras", "a/b", "slash"}},
        broken_file{"cameras:\n  'a#':\n", {"cameras", "wildcard"}},
        broken_file{"cameras:\n  '':\n", {"cameras", "is empty"}},
        broken_file{"mqtt:\n  port: [1]\n", {"mqtt.port", ".yaml:2", "is a list", "1 to 65535"}},
        broken_file{"mqtt:\n  port:\n", {"mqtt.port", ".yaml:2", "has no value"}},
        broken_file{"mqtt:\n  port: {a: 1}\n", {"mqtt.port", "is a map"}},
        broken_file{"mqtt:\n  broker: [a]\n", {"mqtt.broker", "is a list"}},
        broken_file{"mqtt:\n  tls: maybe\n", {"mqtt.tls", "\"maybe\"", ".yaml:2"}},
        broken_file{"services:\n", {"services", "has no value"}},
        broken_file{"services: []\n", {"services", "is empty"}},
        broken_file{"services: [[consensus]]\n", {"services", "contains a list"}},
        broken_file{"services: {a: b}\n", {"services", "is a map"}},
        broken_file{"consensus:\n  labels: [fire]\n", {"consensus.labels", "is a list"}},
        broken_file{"consensus:\n  zone_mapping: 3\n", {"is not a JSON object"}},
        broken_file{"cameras:\n  a:\n    zones: {b: 1}\n", {"cameras.a.zones", "is a map"}},
        broken_file{"cameras:\n  a:\n    frame_size: big\n", {"cameras.a.frame_size", "\"big\""}},
        broken_file{"mqtt:\n  password: !secret hunter2\n", {".yaml:2", "tag !secret"}},
        broken_file{"? [a, b]\n: 1\n", {"not a text"}},
        broken_file{"mqtt: &m\n  port: 1\n<<: *m\n", {"is not a known key"}},
        broken_file{"caf: &c\n  a: *c\n", {"nested too deeply"}},
        broken_file{"caf:\n  scheduler: [1]\n", {"caf.scheduler", "is a list"}},
        broken_file{"caf:\n  'a b': 1\n", {"not the name of an option"}},
        broken_file{"caf:\n  a.b: 1\n  a:\n    b: 2\n", {"caf.a.b", "twice"}}}) {
    const auto r = load_yaml(c.text);
    EXPECT_TRUE(says(r.errors, c.said)) << c.text << everything(r);
  }
}

TEST(load, takes_empty_files_and_sections) {
  for (const auto* text : {"", "# nothing\n", "mqtt:\n", "cameras:\ncaf:\nmqtt: ~\n", "---\n"}) {
    const auto r = load_yaml(text);
    EXPECT_TRUE(r.ok()) << text << everything(r);
  }
}

TEST(load, survives_hostile_yaml) {
  // Each anchor repeats the one before ten times.
  std::string text = "caf:\n  a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto last = "*a" + std::to_string(i - 1);
    text += "  a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j)
      text += (j > 0 ? "," : "") + last;
    text += "]\n";
  }
  EXPECT_TRUE(says(load_yaml(text).errors, {"too many values"}));
  EXPECT_FALSE(load_yaml(std::string(100000, '[')).ok());
  EXPECT_FALSE(load_yaml(std::string(2UL * 1024 * 1024, '#')).ok());
}

TEST(load, ends_where_yaml_cpp_would_make_documents_for_ever) {
  EXPECT_TRUE(says(load_yaml("'a'b\n?\n").errors, {"more than one document"}));
}

TEST(load, does_not_multiply_a_long_text_by_an_anchor) {
  // 100,000 bytes a thousand times.
  auto text = "caf:\n  a: &a " + std::string(100'000, 'x') + "\n";
  for (int i = 0; i < 1000; ++i)
    text += "  b" + std::to_string(i) + ": *a\n";
  EXPECT_TRUE(says(load_yaml(text).errors, {"too much text"}));
}

TEST(load, takes_time_by_the_size_of_a_text_not_its_square) {
  const auto numbered = [](const std::string& before, const std::string& after, int n) {
    std::string text;
    for (int i = 0; i < n; ++i)
      text += concat(before, std::to_string(i), after);
    return text;
  };
  const auto seconds = [](const auto& work, const std::string& text) {
    const auto start = std::clock();
    work(text);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  const auto check = [&](const auto& work, const std::string& start, const std::string& before,
                         const std::string& after, const std::string& end) {
    SCOPED_TRACE(start + before);
    const auto few = seconds(work, start + numbered(before, after, 5'000) + end);
    const auto many = seconds(work, start + numbered(before, after, 40'000) + end);
    // Eight times as many take eight times as long; by the square it is 64.
    EXPECT_LT(many, 24 * few) << few;
  };
  const auto parse = [](const std::string& text) { static_cast<void>(parse_yaml(text)); };
  const auto load = [](const std::string& text) { static_cast<void>(load_yaml(text)); };
  check(parse, "", "k", ": 1\n", "");
  check(load, "consensus: {zone_mapping: {north: [", "z", ",", "]}}");
  check(load, "frigate: {prefixes: \"", "p", ",", "\"}");
  check(load, "mqtt: {broker: \"", "://", "", "\"}");
}

TEST(load, prints_foreign_text_on_one_line) {
  const std::string odd = "\n\x1b[31m\xFF";
  for (const auto& r :
       {load_sets({"cameras." + odd + ".zone=1"}), load_sets({odd + "=1"}),
        load_sets({"cameras." + odd + ".name=1"}), load_sets({"log.level=" + odd}),
        load_sets({"caf." + odd + "=1"}), load_sets({"consensus.labels={\"\\u001b\":1}"}),
        load_environment({{"CONSENSUS_THRESHOLD", odd}}), load_yaml("\"a\\n\\e\": 1\n"),
        load_yaml("caf: {\"\\e\": 1}\n"), load_yaml("cameras: {\"\\e\": }\n")}) {
    ASSERT_EQ(r.errors.size(), 1U) << everything(r);
    EXPECT_EQ(r.errors.front().find_first_of("\n\x1b\xFF"), std::string::npos) << r.errors.front();
  }
}

TEST(load, needs_the_file_that_is_named) {
  auto from = on_host();
  from.file = "/nowhere/firefinder.yaml";
  EXPECT_TRUE(says(load(from).errors, {"/nowhere/firefinder.yaml", "No such file"}));
  const scratch_folder folder;
  from.file = folder.path();
  EXPECT_TRUE(says(load(from).errors, {folder.path(), "directory"})) << everything(load(from));
}

TEST(load, refuses_unknown_and_malformed_sets) {
  EXPECT_TRUE(says(load_sets({"mqtt.brokr=x"}).errors,
                   {"mqtt.brokr", "--set", "did you mean mqtt.broker?"}));
  EXPECT_TRUE(says(load_sets({"mqtt=x"}).errors, {"mqtt (--set)", "is not a known key"}));
  EXPECT_TRUE(says(load_sets({"=x"}).errors, {"is not a known key"}));
  EXPECT_TRUE(says(load_sets({"cameras.a.zone=1"}).errors, {"did you mean cameras.a.zones?"}));
  EXPECT_TRUE(says(load_sets({"cameras.north=1"}).errors, {"is not a known key"}));
  EXPECT_TRUE(says(load_sets({"cameras.a#.name=1"}).errors, {"wildcard"}));
  EXPECT_TRUE(says(load_sets({"caf.=1"}).errors, {"is not a known key"}));
  EXPECT_TRUE(says(load_sets({"caf.a b=1"}).errors, {"is not a known key"}));
  const auto r = load_sets({"mqtt.tls=no", "hunter2"});
  EXPECT_TRUE(says(r.errors, {"--set number 2", "key=value"}));
  EXPECT_FALSE(says(r.errors, {"hunter2"}));
  EXPECT_FALSE(says(load_sets({"mqtt.pasword=hunter2"}).errors, {"hunter2"}));
}

// -- secrets -------------------------------------------------------------------------

TEST(load, reads_secrets_from_files) {
  const scratch_folder folder;
  const auto file = folder.file("secret", "hunter2\n");
  for (const auto& r :
       {load_environment({{"MQTT_PASSWORD_FILE", file}}), load_sets({"mqtt.password_file=" + file}),
        load_yaml("mqtt:\n  password_file: " + file + "\n")}) {
    ASSERT_TRUE(r.ok()) << everything(r);
    EXPECT_EQ(r.values.connection.password, "hunter2");
    EXPECT_EQ(entry(r, "mqtt.password").value, "********");
    EXPECT_TRUE(entry(r, "mqtt.password").source.starts_with("file " + file));
  }
}

TEST(load, strips_one_line_end_of_a_secret) {
  const scratch_folder folder;
  const auto read = [&](std::string_view contents) {
    return load_sets({"mqtt.password_file=" + folder.file("secret", contents)})
        .values.connection.password;
  };
  EXPECT_EQ(read("a b"), "a b");
  EXPECT_EQ(read("a\n"), "a");
  EXPECT_EQ(read("a\r\n"), "a");
  EXPECT_EQ(read("a\n\n"), "a\n");
  EXPECT_EQ(read(" a \n"), " a ");
}

TEST(load, refuses_secret_files_that_say_nothing) {
  const scratch_folder folder;
  EXPECT_TRUE(says(
      load_environment({{"MQTT_PASSWORD_FILE", "/nowhere/secret"}}).errors,
      {"mqtt.password_file", "/nowhere/secret", "environment MQTT_PASSWORD_FILE", "No such file"}));
  EXPECT_TRUE(says(load_sets({"mqtt.password_file=" + folder.file("empty", "")}).errors,
                   {"mqtt.password_file", "empty"}));
  EXPECT_FALSE(load_sets({"mqtt.password_file=" + folder.path()}).ok());
}

TEST(load, prefers_the_stronger_source_of_a_secret) {
  const scratch_folder folder;
  const auto file = folder.file("secret", "from-file\n");
  const auto yaml = folder.file("f.yaml", "mqtt:\n  password: from-yaml\n");
  auto from = on_host();
  from.file = yaml;
  EXPECT_EQ(load(from).values.connection.password, "from-yaml");
  from.environment = {{"MQTT_PASSWORD_FILE", file}};
  EXPECT_EQ(load(from).values.connection.password, "from-file");
  from.sets = {"mqtt.password=from-set"};
  EXPECT_EQ(load(from).values.connection.password, "from-set");
  // The file is not even opened.
  from.environment = {{"MQTT_PASSWORD_FILE", "/nowhere"}};
  EXPECT_TRUE(load(from).ok());
}

TEST(load, refuses_a_secret_given_twice) {
  const scratch_folder folder;
  const auto file = folder.file("secret", "hunter2");
  const auto r = load_environment({{"MQTT_PASSWORD", "hunter1"}, {"MQTT_PASSWORD_FILE", file}});
  EXPECT_TRUE(says(r.errors, {"MQTT_PASSWORD)", "MQTT_PASSWORD_FILE"})) << everything(r);
  EXPECT_FALSE(says(r.errors, {"hunter"}));
  const auto empty = load_environment({{"MQTT_PASSWORD", ""}, {"MQTT_PASSWORD_FILE", file}});
  EXPECT_EQ(empty.values.connection.password, "hunter2");
}

TEST(load, takes_systemd_credentials) {
  const scratch_folder folder;
  static_cast<void>(folder.file("mqtt.password", "from-systemd\n"));
  auto from = on_host();
  from.environment = {{"CREDENTIALS_DIRECTORY", folder.path()}};
  auto r = load(from);
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_EQ(r.values.connection.password, "from-systemd");
  EXPECT_EQ(entry(r, "mqtt.password").source, "credential mqtt.password");
  EXPECT_EQ(entry(r, "mqtt.password").value, "********");
  // Above the file, below the environment.
  const scratch_folder other;
  from.file = other.file("f.yaml", "mqtt:\n  password: from-yaml\n");
  EXPECT_EQ(load(from).values.connection.password, "from-systemd");
  from.environment.emplace("MQTT_PASSWORD", "from-environment");
  EXPECT_EQ(load(from).values.connection.password, "from-environment");
  // A folder without ours is nothing special.
  from = on_host();
  from.environment = {{"CREDENTIALS_DIRECTORY", other.path()}};
  EXPECT_TRUE(load(from).ok());
}

TEST(load, refuses_credentials_that_cannot_be_read) {
  const scratch_folder folder;
  ASSERT_EQ(::mkdir((folder.path() + "/mqtt.password").c_str(), 0700), 0);
  const auto r = load_environment({{"CREDENTIALS_DIRECTORY", folder.path()}});
  EXPECT_TRUE(says(r.errors, {"mqtt.password", "credential"})) << everything(r);
}

TEST(load, keeps_passwords_as_they_are) {
  const std::string password = "  a;b|c&d$(e)`f`\"os.'\xFF#+ ";
  EXPECT_EQ(load_environment({{"MQTT_PASSWORD", password}}).values.connection.password, password);
  EXPECT_EQ(load_sets({"mqtt.password=" + password}).values.connection.password, password);
}

// -- TLS -----------------------------------------------------------------------------

TEST(load, moves_to_the_port_of_tls) {
  const auto tls = load_environment({{"MQTT_TLS", "true"}});
  ASSERT_TRUE(tls.ok()) << everything(tls);
  EXPECT_TRUE(tls.values.connection.tls.enabled);
  EXPECT_EQ(tls.values.connection.port, 8883);
  EXPECT_EQ(entry(tls, "mqtt.port").value, "8883");
  EXPECT_EQ(entry(tls, "mqtt.port").source, "default with TLS");
  EXPECT_EQ(load_environment({{"MQTT_TLS", "1"}, {"MQTT_PORT", "1883"}}).values.connection.port,
            1883);
}

TEST(load, checks_the_files_of_tls) {
  const scratch_folder folder;
  const auto pem = folder.file("a.pem", "-----BEGIN");
  const auto good = load_environment({{"MQTT_TLS", "true"},
                                      {"TLS_CA_PATH", pem},
                                      {"TLS_CERT_PATH", pem},
                                      {"TLS_KEY_PATH", pem},
                                      {"TLS_INSECURE", "true"}});
  ASSERT_TRUE(good.ok()) << everything(good);
  EXPECT_EQ(good.values.connection.tls.ca, pem);
  EXPECT_EQ(good.values.connection.tls.certificate, pem);
  EXPECT_EQ(good.values.connection.tls.key, pem);
  EXPECT_TRUE(good.values.connection.tls.insecure);
  EXPECT_TRUE(says(good.notices, {"mqtt.insecure", "not checked"}));

  for (const auto* name : {"TLS_CA_PATH", "TLS_CERT_PATH", "TLS_KEY_PATH"}) {
    auto from = on_host();
    from.environment = {{"MQTT_TLS", "true"}, {"TLS_CERT_PATH", pem}, {"TLS_KEY_PATH", pem}};
    from.environment[name] = "/nowhere/x.pem";
    EXPECT_TRUE(says(load(from).errors,
                     {"mqtt.", "/nowhere/x.pem", name, "No such file", "name a PEM file"}))
        << everything(load(from));
  }
}

TEST(load, wants_certificate_and_key_together) {
  const scratch_folder folder;
  const auto pem = folder.file("a.pem", "x");
  EXPECT_TRUE(says(load_sets({"mqtt.tls=on", "mqtt.cert=" + pem}).errors,
                   {"mqtt.cert (--set) is given without mqtt.key"}));
  EXPECT_TRUE(says(load_sets({"mqtt.tls=on", "mqtt.key=" + pem}).errors,
                   {"mqtt.key (--set) is given without mqtt.cert"}));
}

TEST(load, does_not_mind_missing_files_without_tls) {
  const auto r = load_environment({{"TLS_CA_PATH", "/nowhere/ca.crt"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(says(r.notices, {"mqtt.ca", "TLS_CA_PATH", "mqtt.tls is false"}));
}

// -- Frigate's configuration -----------------------------------------------------------------

TEST(load, frigates_configuration_is_left_alone_by_default) {
  EXPECT_FALSE(load_environment({}).values.frigate.configuration.wanted());
}

TEST(load, takes_what_frigates_configuration_needs) {
  const auto r = load_environment({{"MQTT_BROKER", "broker.lan"},
                                   {"MIN_CONFIDENCE", "0.6"},
                                   {"FRIGATE_CONFIG_PATH", "/config/config.yml"},
                                   {"FRIGATE_SECRETS_PATH", "/secrets"},
                                   {"FRIGATE_API_URL", "http://f:5000"},
                                   {"FRIGATE_APPLY", "API"},
                                   {"FRIGATE_PUBLISH_CONFIGURATION", "yes"},
                                   {"FRIGATE_VERSION", "0.16"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.notices.empty()) << everything(r);
  const auto& x = r.values.frigate.configuration;
  EXPECT_TRUE(x.wanted());
  EXPECT_EQ(x.path, "/config/config.yml");
  EXPECT_EQ(x.secrets_path, "/secrets");
  EXPECT_TRUE(x.apply);
  EXPECT_TRUE(x.may_restart);
  EXPECT_TRUE(x.publish);
  EXPECT_EQ(x.version, "0.16");
  EXPECT_EQ(x.min_confidence, 0.6);
  EXPECT_EQ(x.broker_host, "broker.lan");
  EXPECT_EQ(x.broker_port, 1883);
  // Who hears of no fires restarts nothing.
  const auto finder = load_environment({{"FRIGATE_API_URL", "http://f:5000"},
                                        {"FRIGATE_APPLY", "api"},
                                        {"SERVICES", "camera_detection"}});
  EXPECT_FALSE(finder.values.frigate.configuration.may_restart);
}

TEST(load, frigates_api_changes_nothing_without_an_address) {
  for (const auto& urls : {"", "barn=http://b"}) {
    const auto r = load_environment({{"FRIGATE_PREFIXES", "frigate,barn"},
                                     {"FRIGATE_API_URL", urls},
                                     {"FRIGATE_APPLY", "api"}});
    EXPECT_TRUE(says(r.errors, {"frigate.apply", "FRIGATE_APPLY", "frigate.api_url"}))
        << everything(r);
  }
}

// -- a real environment -----------------------------------------------------------------

TEST(load, takes_the_environment_of_wildfire_watch) {
  const auto r = load_environment({{"MQTT_BROKER", "mqtt_broker"},
                                   {"MQTT_PORT", "1883"},
                                   {"MQTT_TLS", "false"},
                                   {"TLS_CA_PATH", "/mnt/data/certs/ca.crt"},
                                   {"CONSENSUS_THRESHOLD", "2"},
                                   {"DETECTION_COOLDOWN", "300"},
                                   {"CAMERA_WINDOW", "30"},
                                   {"MIN_CONFIDENCE", "0.7"},
                                   {"ZONE_ACTIVATION", "false"},
                                   {"ZONE_MAPPING", "{}"},
                                   {"CAMERA_CREDENTIALS", "admin:password,user:pass"},
                                   {"DISCOVERY_INTERVAL", "300"},
                                   {"NETWORK_SCAN_ENABLED", "true"},
                                   {"LOG_LEVEL", "INFO"},
                                   {"UNRELATED", "value"}});
  ASSERT_TRUE(r.ok()) << everything(r);
  EXPECT_TRUE(r.warnings.empty()) << everything(r);
}

TEST(load, knows_the_process) {
  ASSERT_EQ(::setenv("FIREFINDER_TEST_VARIABLE", "a=b", 1), 0);
  const auto from = sources_of_process();
  EXPECT_EQ(from.environment.at("FIREFINDER_TEST_VARIABLE"), "a=b");
  EXPECT_FALSE(from.hostname.empty());
  EXPECT_FALSE(from.file.has_value());
}

} // namespace firefinder::configuration::load_test
