#include "src/configuration/key_table.hpp"

#include "src/configuration/value.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace firefinder::configuration::key_table_test {

TEST(key_table, names_every_key_and_variable_once) {
  std::set<std::string_view> paths;
  std::set<std::string_view> variables;
  for (const auto& k : keys()) {
    EXPECT_TRUE(paths.insert(k.path).second) << k.path;
    for (const auto name : k.environment)
      if (!name.empty()) {
        EXPECT_TRUE(variables.insert(name).second) << name;
      }
  }
}

TEST(key_table, is_complete_for_every_key) {
  for (const auto& k : keys()) {
    EXPECT_FALSE(k.help.empty()) << k.path;
    EXPECT_TRUE(k.help.ends_with('.')) << k.path;
    EXPECT_EQ(k.canonical_environment().empty(), k.path.starts_with(camera_prefix)) << k.path;
    EXPECT_TRUE(std::ranges::any_of(sections(), [&](const section& s) {
      return s.name == section_of(k.path);
    })) << k.path;
    const bool numeric = k.type == value_type::integer || k.type == value_type::number
                         || k.type == value_type::frame_size;
    EXPECT_EQ(numeric, k.min < k.max) << k.path;
    const bool worded = k.type == value_type::word || k.type == value_type::word_list;
    EXPECT_EQ(worded, !k.allowed_words().empty()) << k.path;
    if (k.secret) {
      EXPECT_NE(find_key(std::string{k.path} + "_file"), nullptr) << k.path;
    }
  }
}

TEST(key_table, has_defaults_that_can_be_read) {
  for (const auto& k : keys()) {
    if (k.default_text.empty())
      continue;
    findings found;
    const auto v = read(k, raw_value::of(std::string{k.default_text}),
                        {std::string{k.path}, origin{}, k.max}, found);
    EXPECT_TRUE(found.errors.empty() && found.warnings.empty()) << k.path;
    EXPECT_FALSE(std::holds_alternative<std::monostate>(v)) << k.path;
  }
}

TEST(key_table, finds_keys) {
  ASSERT_NE(find_key("mqtt.port"), nullptr);
  EXPECT_EQ(find_key("mqtt.port")->canonical_environment(), "MQTT_PORT");
  EXPECT_EQ(find_key("mqtt"), nullptr);
  EXPECT_EQ(section_of("services"), "");
  EXPECT_EQ(section_of("mqtt.port"), "mqtt");
  EXPECT_EQ(name_of("cameras.north.zones"), "zones");
}

// What users know, by its environment name: key, default and bounds.
struct documented {
  std::string_view variable;
  std::string_view path;
  std::string_view standard;
  double min;
  double max;
};

TEST(key_table, is_what_users_know) {
  for (const auto& expected :
       {documented{"MQTT_BROKER", "mqtt.broker", "localhost", 0, 0},
        documented{"MQTT_PORT", "mqtt.port", "1883", 1, 65535},
        documented{"MQTT_USERNAME", "mqtt.username", "", 0, 0},
        documented{"MQTT_PASSWORD", "mqtt.password", "", 0, 0},
        documented{"MQTT_TLS", "mqtt.tls", "false", 0, 0},
        documented{"TLS_CA_PATH", "mqtt.ca", "", 0, 0},
        documented{"TLS_CERT_PATH", "mqtt.cert", "", 0, 0},
        documented{"TLS_KEY_PATH", "mqtt.key", "", 0, 0},
        documented{"TLS_INSECURE", "mqtt.insecure", "false", 0, 0},
        documented{"MQTT_CLIENT_ID", "mqtt.client_id", "", 0, 0},
        documented{"MQTT_PROTOCOL", "mqtt.protocol", "auto", 0, 0},
        documented{"MQTT_KEEPALIVE", "mqtt.keepalive_s", "30", 5, 600},
        documented{"MQTT_SESSION_EXPIRY", "mqtt.session_expiry_s", "300", 0, 86400},
        documented{"MQTT_MAX_SOURCE_RATE", "mqtt.max_source_rate", "200", 1, 1e6},
        documented{"MQTT_RECONNECT_MIN_DELAY", "mqtt.reconnect_min_s", "1", 0.1, 3600},
        documented{"MQTT_RECONNECT_MAX_DELAY", "mqtt.reconnect_max_s", "60", 0.1, 3600},
        documented{"TOPIC_PREFIX", "mqtt.topic_prefix", "", 0, 0},
        documented{"MQTT_TOPIC_PREFIX", "mqtt.topic_prefix", "", 0, 0},
        documented{"SERVICE_ID", "consensus.service_id", "", 0, 0},
        documented{"NODE_ID", "consensus.service_id", "", 0, 0},
        documented{"CONSENSUS_THRESHOLD", "consensus.threshold", "2", 1, 10},
        documented{"DETECTION_WINDOW", "consensus.detection_window_s", "30", 10, 300},
        documented{"CAMERA_WINDOW", "consensus.detection_window_s", "30", 10, 300},
        documented{"COOLDOWN_PERIOD", "consensus.cooldown_s", "300", 0, 3600},
        documented{"DETECTION_COOLDOWN", "consensus.cooldown_s", "300", 0, 3600},
        documented{"MIN_CONFIDENCE", "consensus.min_confidence", "0.7", 0, 1},
        documented{"MIN_AREA_RATIO", "consensus.min_area_ratio", "0.001", 0, 1},
        documented{"MAX_AREA_RATIO", "consensus.max_area_ratio", "0.8", 0, 1},
        documented{"AREA_INCREASE_RATIO", "consensus.area_increase_ratio", "1.2", 1, 5},
        documented{"MOVING_AVERAGE_WINDOW", "consensus.moving_average_window", "3", 1, 10},
        documented{"CAMERA_TIMEOUT", "consensus.camera_timeout_s", "60", 10, 600},
        documented{"MEMORY_CLEANUP_INTERVAL", "consensus.cleanup_interval_s", "300", 60, 3600},
        documented{"CLEANUP_INTERVAL", "consensus.cleanup_interval_s", "300", 60, 3600},
        documented{"MAX_DETECTION_AGE", "consensus.max_detection_age_s", "60", 1, 3600},
        documented{"ZONE_ACTIVATION", "consensus.zone_activation", "false", 0, 0},
        documented{"ZONE_MAPPING", "consensus.zone_mapping", "{}", 0, 0},
        documented{"FRAME_SIZE", "consensus.frame_size", "1920x1080", 1, 65535},
        documented{"AGREEMENT_WINDOW", "consensus.agreement_window_s", "0", 0, 7200},
        documented{"VERIFICATION", "consensus.verification", "growth", 0, 0},
        documented{"PERSISTENCE_FRAMES", "consensus.persistence_frames", "8", 2, 50},
        documented{"PERSISTENCE_NEEDED", "consensus.persistence_needed", "3", 1, 50},
        documented{"PERSISTENCE_EVIDENCE", "consensus.persistence_evidence", "3", 0, 65},
        documented{"HYSTERESIS", "consensus.hysteresis", "1", 0.5, 1},
        documented{"SAME_FIRE", "consensus.same_fire_s", "0", 0, 86400},
        documented{"REGISTERED_ONLY", "consensus.registered_only", "false", 0, 0},
        documented{"ZONE_AGREEMENT", "consensus.zone_agreement", "false", 0, 0},
        documented{"TRIGGER_TTL", "consensus.trigger_ttl_s", "120", 1, 3600},
        documented{"HEALTH_INTERVAL", "health.interval_s", "30", 10, 300},
        documented{"TELEMETRY_INTERVAL", "health.interval_s", "30", 10, 300},
        documented{"HEALTH_REPORT_INTERVAL", "health.camera_detector_interval_s", "60", 10, 600},
        documented{"DISCOVERY_INTERVAL", "camera_detection.interval_s", "300", 60, 3600},
        documented{"DISCOVERY_TIMEOUT", "camera_detection.timeout_s", "30", 5, 300},
        documented{"RTSP_TIMEOUT", "camera_detection.rtsp_timeout_s", "10", 1, 60},
        documented{"HEALTH_CHECK_INTERVAL", "camera_detection.health_check_interval_s", "60", 10,
                   600},
        documented{"NETWORK_SCAN_ENABLED", "camera_detection.network_scan", "false", 0, 0},
        documented{"FRIGATE_PREFIXES", "frigate.prefixes", "frigate", 0, 0},
        documented{"HA_MODE", "home_assistant.mode", "device", 0, 0},
        documented{"HA_DISCOVERY_PREFIX", "home_assistant.discovery_prefix", "homeassistant", 0, 0},
        documented{"BASE_TOPIC", "home_assistant.base_topic", "firefinder", 0, 0},
        documented{"INSTANCE", "home_assistant.instance", "main", 0, 0},
        documented{"HA_BIRTH_PAYLOAD", "home_assistant.birth_payload", "online", 0, 0},
        documented{"HA_BIRTH_DELAY_MIN", "home_assistant.birth_delay_min_s", "1", 0, 300},
        documented{"HA_BIRTH_DELAY_MAX", "home_assistant.birth_delay_max_s", "10", 0, 300},
        documented{"HA_CONNECTIONS", "home_assistant.connections", "false", 0, 0},
        documented{"HA_TIME_ZONE", "home_assistant.time_zone", "", 0, 0},
        documented{"ARGUSAI_TOPIC_PREFIX", "argusai.topic_prefix", "liveobject", 0, 0},
        documented{"ARGUSAI_QOS", "argusai.qos", "1", 0, 2},
        documented{"ARGUSAI_MESSAGE_EXPIRY", "argusai.message_expiry_s", "300", 60, 3600},
        documented{"ARGUSAI_STRICT", "argusai.strict", "false", 0, 0},
        documented{"ALARM_REMINDER", "alarm.reminder_s", "300", 0, 86400},
        documented{"WEB_LISTEN", "web.listen", "127.0.0.1:8088", 0, 0},
        documented{"LOG_LEVEL", "log.level", "info", 0, 0},
        documented{"LOG_FORMAT", "log.format", "text", 0, 0}}) {
    SCOPED_TRACE(expected.variable);
    const auto* k = find_key(expected.path);
    ASSERT_NE(k, nullptr);
    EXPECT_NE(std::ranges::find(k->environment, expected.variable), k->environment.end());
    EXPECT_EQ(k->default_text, expected.standard);
    EXPECT_EQ(k->min, expected.min);
    EXPECT_EQ(k->max, expected.max);
  }
}

} // namespace firefinder::configuration::key_table_test
