#include "tests/home_assistant/checker.hpp"

#include "tests/home_assistant/template.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

namespace firefinder::test::checker_test {
namespace {

using nlohmann::json;

/// A run of a small daemon without a fault: a hub, a camera, their states.
struct run {
  json hub = json::parse(R"({
    "device": {"identifiers": ["ff_main"], "name": "Firefinder", "sw_version": "1"},
    "origin": {"name": "Firefinder"},
    "availability": [{"topic": "firefinder/bridge/state"}],
    "availability_mode": "all",
    "qos": 1,
    "components": {
      "armed": {"platform": "switch", "unique_id": "ff_main_armed", "name": "Armed", "qos": 1,
                "command_topic": "firefinder/consensus/armed/set",
                "state_topic": "firefinder/consensus/state",
                "value_template": "{{ value_json.armed }}", "entity_category": "config"},
      "window": {"platform": "number", "unique_id": "ff_main_window", "name": "Window", "qos": 1,
                 "command_topic": "firefinder/consensus/window/set",
                 "state_topic": "firefinder/consensus/state",
                 "value_template": "{{ value_json.window }}", "min": 10, "max": 300, "step": 1,
                 "mode": "box", "device_class": "duration", "unit_of_measurement": "s"},
      "event": {"platform": "event", "unique_id": "ff_main_event", "name": "Event", "qos": 1,
                "state_topic": "firefinder/consensus/event", "event_types": ["trigger"]},
      "watchdog": {"platform": "binary_sensor", "unique_id": "ff_main_watchdog", "qos": 1,
                   "name": "Watchdog", "state_topic": "firefinder/bridge/health",
                   "value_template": "{{ value_json.ok }}", "expire_after": 100,
                   "device_class": "running", "entity_category": "diagnostic"},
      "restart": {"platform": "button", "unique_id": "ff_main_restart", "name": "Restart",
                  "command_topic": "firefinder/bridge/request/restart", "payload_press": "{}",
                  "device_class": "restart", "entity_category": "config", "qos": 1}
    }})");
  json camera = json::parse(R"({
    "device": {"identifiers": ["ff_main_north"], "name": "North", "via_device": "ff_main"},
    "origin": {"name": "Firefinder", "sw_version": "1"},
    "availability": [{"topic": "firefinder/bridge/state"},
                     {"topic": "firefinder/camera/north/availability"}],
    "availability_mode": "all",
    "components": {
      "fire": {"platform": "binary_sensor", "unique_id": "ff_main_north_fire", "name": "Fire",
               "state_topic": "firefinder/camera/north/state", "device_class": "smoke",
               "value_template": "{{ value_json.fire }}", "icon": "mdi:fire", "qos": 1,
               "default_entity_id": "binary_sensor.ff_main_north_fire"},
      "status": {"platform": "sensor", "unique_id": "ff_main_north_status", "name": "Status",
                 "state_topic": "firefinder/camera/north/state", "device_class": "enum",
                 "options": ["online", "offline"], "value_template": "{{ value_json.status }}",
                 "entity_category": "diagnostic", "qos": 1},
      "confidence": {"platform": "sensor", "unique_id": "ff_main_north_confidence", "qos": 1,
                     "name": "Confidence", "state_topic": "firefinder/camera/north/state",
                     "unit_of_measurement": "%", "state_class": "measurement",
                     "suggested_display_precision": 0, "enabled_by_default": false,
                     "value_template": "{{ value_json.confidence }}"},
      "last": {"platform": "sensor", "unique_id": "ff_main_north_last", "name": "Last", "qos": 1,
               "state_topic": "firefinder/camera/north/state", "device_class": "timestamp",
               "value_template": "{{ value_json.last }}",
               "json_attributes_topic": "firefinder/camera/north/state"},
      "today": {"platform": "sensor", "unique_id": "ff_main_north_today", "name": "Today",
                "state_topic": "firefinder/camera/north/state", "qos": 1,
                "state_class": "total_increasing", "value_template": "{{ value_json.today }}"}
    }})");
  json state = json::parse(R"({"fire": "OFF", "status": "online", "confidence": 93.5,
                               "last": "2026-01-02T03:04:05Z", "today": 3})");
  json consensus = json::parse(R"({"armed": "ON", "window": 30})");
  published_message will{"firefinder/bridge/state", "offline", 1, true};
  /// What else is published, after all that.
  std::vector<published_message> more;
  /// Changes what is published, in its order.
  std::function<void(std::vector<published_message>&)> edit;
  checker_settings settings{};
  bool compat = false;

  [[nodiscard]] std::vector<published_message> messages() const {
    std::vector<published_message> all{
        {"firefinder/consensus/state", consensus.dump(), 1, true},
        {"firefinder/camera/north/state", state.dump(), 1, true},
        {"firefinder/camera/north/availability", "online", 1, true},
        {"homeassistant/device/ff_main/config", hub.dump(), 1, true},
        {"homeassistant/device/ff_main_north/config", camera.dump(), 1, true},
        {"firefinder/bridge/state", "online", 1, true},
        {"firefinder/bridge/health", R"({"ok": "ON"})", 0, false},
        {"firefinder/consensus/event", R"({"event_type": "trigger"})", 1, false},
        {"fire/trigger", "{}", 2, false}};
    all.insert(all.end(), more.begin(), more.end());
    if (edit)
      edit(all);
    return all;
  }

  [[nodiscard]] std::vector<finding> findings() const {
    auto with = settings;
    with.compat = compat;
    checker judge{with};
    judge.subscribed("firefinder/bridge/request/+");
    judge.subscribed("firefinder/consensus/+/set");
    judge.connected(will);
    for (const auto& x : messages())
      judge.published(x);
    return judge.findings();
  }
};

json& hub_part(run& x, const char* key) { return x.hub["components"][key]; }
json& part(run& x, const char* key) { return x.camera["components"][key]; }

/// A breach of a rule: how, and the finding that there must be.
struct breach {
  std::string name;
  std::function<void(run&)> commit;
  std::string rule;
  severity how = severity::error;
};

std::ostream& operator<<(std::ostream& out, const breach& x) { return out << x.name; }

// Changes each message on this topic.
std::function<void(std::vector<published_message>&)>
on(const std::string& topic, const std::function<void(published_message&)>& change) {
  return [=](std::vector<published_message>& all) {
    for (auto& x : all)
      if (x.topic == topic)
        change(x);
  };
}

constexpr auto camera_document = "homeassistant/device/ff_main_north/config";
constexpr auto camera_state = "firefinder/camera/north/state";

std::vector<breach> breaches() {
  const auto warning = severity::warning;
  return {
      // messages
      {"odd_document_topic",
       [](run& x) {
         x.more.push_back({"homeassistant/device/ff main/config", "{}", 1, true});
       },
       "a document has its topic"},
      {"unknown_platform_topic",
       [](run& x) {
         x.more.push_back({"homeassistant/toaster/a/config", "{}", 1, true});
       },
       "a document has its topic"},
      {"document_no_json",
       [](run& x) { x.edit = on(camera_document, [](auto& m) { m.payload = "{"; }); },
       "a document is an object of JSON"},
      {"document_list",
       [](run& x) { x.edit = on(camera_document, [](auto& m) { m.payload = "[]"; }); },
       "a document is an object of JSON"},
      {"document_no_utf8",
       [](run& x) {
         x.edit = on(camera_document, [](auto& m) { m.payload = "{\"device\": \"\xff\"}"; });
       },
       "a document is an object of JSON"},
      {"document_nan",
       [](run& x) {
         x.edit = on(camera_document, [](auto& m) { m.payload = R"({"device": NaN})"; });
       },
       "a document is an object of JSON"},
      {"document_twice_a_key",
       [](run& x) {
         x.edit = on(camera_document,
                     [](auto& m) { m.payload.insert(1, R"("origin": {"name": "Firefinder"},)"); });
       },
       "a document is an object of JSON"},
      {"document_deep",
       [](run& x) {
         x.edit = on(camera_document, [](auto& m) {
           m.payload = "{\"device\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
         });
       },
       "a document is an object of JSON"},
      {"document_not_retained",
       [](run& x) { x.edit = on(camera_document, [](auto& m) { m.retain = false; }); },
       "a document stands for ever"},
      {"document_qos_0", [](run& x) { x.edit = on(camera_document, [](auto& m) { m.qos = 0; }); },
       "a document stands for ever"},
      {"document_expires",
       [](run& x) { x.edit = on(camera_document, [](auto& m) { m.expiry = 300; }); },
       "a document stands for ever"},
      {"removal_not_retained",
       [](run& x) {
         x.more.push_back({camera_document, "", 1, false});
       },
       "a removal is retained"},
      {"availability_other_word",
       [](run& x) {
         x.edit = on("firefinder/camera/north/availability", [](auto& m) { m.payload = "on"; });
       },
       "availability is a word, retained, QoS 1"},
      {"availability_json",
       [](run& x) {
         x.more.push_back({"firefinder/bridge/state", R"({"state":"online"})", 1, true});
       },
       "availability is a word, retained, QoS 1"},
      {"availability_not_retained",
       [](run& x) {
         x.edit = on("firefinder/camera/north/availability", [](auto& m) { m.retain = false; });
       },
       "availability is a word, retained, QoS 1"},
      {"availability_qos_0",
       [](run& x) { x.edit = on("firefinder/bridge/state", [](auto& m) { m.qos = 0; }); },
       "availability is a word, retained, QoS 1"},
      {"presence_removed",
       [](run& x) {
         x.more.push_back({"firefinder/bridge/state", "", 1, true});
       },
       "availability is a word, retained, QoS 1"},
      {"will_elsewhere", [](run& x) { x.will.topic = "firefinder/status"; },
       "the will is the offline message"},
      {"will_other_word", [](run& x) { x.will.payload = "gone"; },
       "the will is the offline message"},
      {"will_qos_0", [](run& x) { x.will.qos = 0; }, "the will is the offline message"},
      {"will_not_retained", [](run& x) { x.will.retain = false; },
       "the will is the offline message"},
      {"trigger_retained",
       [](run& x) { x.edit = on("fire/trigger", [](auto& m) { m.retain = true; }); },
       "a trigger passes, QoS 2"},
      {"trigger_qos_1", [](run& x) { x.edit = on("fire/trigger", [](auto& m) { m.qos = 1; }); },
       "a trigger passes, QoS 2"},
      {"event_retained",
       [](run& x) { x.edit = on("firefinder/consensus/event", [](auto& m) { m.retain = true; }); },
       "what passes is not retained"},
      {"response_retained",
       [](run& x) {
         x.more.push_back({"firefinder/bridge/response/rescan", "{}", 1, true});
       },
       "what passes is not retained"},
      {"health_retained",
       [](run& x) { x.edit = on("firefinder/bridge/health", [](auto& m) { m.retain = true; }); },
       "what passes is not retained"},
      {"command_retained",
       [](run& x) {
         x.more.push_back({"firefinder/consensus/armed/set", "ON", 1, true});
       },
       "what passes is not retained"},
      {"topic_with_wildcard",
       [](run& x) {
         x.more.push_back({"firefinder/+/state", "", 1});
       },
       "a topic to publish on"},
      {"topic_with_empty_level",
       [](run& x) {
         x.more.push_back({"firefinder//state", "", 1});
       },
       "a topic to publish on"},
      {"topic_with_nul",
       [](run& x) {
         x.more.push_back({std::string{"firefinder/\0", 12}, "", 1});
       },
       "a topic to publish on"},
      {"topic_too_long",
       [](run& x) {
         x.more.push_back({std::string(70'000, 'a'), "", 1});
       },
       "a topic to publish on"},
      {"online_before_all",
       [](run& x) {
         x.edit = [](auto& all) { std::rotate(all.begin(), all.begin() + 5, all.begin() + 6); };
       },
       "online comes after all states and documents"},
      {"online_before_a_state",
       [](run& x) {
         x.edit = [](auto& all) { std::rotate(all.begin(), all.begin() + 1, all.begin() + 6); };
       },
       "online comes after all states and documents"},
      {"large_document", [](run& x) { x.camera["device"]["model"] = std::string(17'000, 'x'); },
       "a document is small", warning},
      {"documents_in_a_burst",
       [](run& x) {
         for (int i = 0; i < 51; ++i)
           x.more.push_back({camera_document, x.camera.dump(), 1, true, std::nullopt,
                             std::chrono::milliseconds{i * 19}});
       },
       "documents are paced", warning},
      // the root
      {"no_origin", [](run& x) { x.camera.erase("origin"); }, "the root of a device document"},
      {"no_components", [](run& x) { x.camera.erase("components"); },
       "the root of a device document"},
      {"root_key_refused", [](run& x) { x.camera["icon"] = "mdi:fire"; },
       "the root of a device document"},
      {"topic_base_at_the_root", [](run& x) { x.camera["~"] = "firefinder"; },
       "the root of a device document"},
      {"full_and_abbreviated", [](run& x) { x.camera["o"] = x.camera["origin"]; },
       "a key in full or abbreviated"},
      {"device_without_identifiers", [](run& x) { x.camera["device"].erase("identifiers"); },
       "the device"},
      {"device_identifier_empty", [](run& x) { x.camera["device"]["identifiers"] = {""}; },
       "the device"},
      {"device_without_name", [](run& x) { x.camera["device"].erase("name"); }, "the device"},
      {"device_key_refused", [](run& x) { x.camera["device"]["firmware"] = "1"; }, "the device"},
      {"device_connection_no_pair",
       [](run& x) { x.camera["device"]["connections"] = json::parse(R"([["mac"]])"); },
       "the device"},
      {"device_url", [](run& x) { x.camera["device"]["configuration_url"] = "rtsp://x"; },
       "the device"},
      {"device_version_is_a_number", [](run& x) { x.camera["device"]["sw_version"] = 1; },
       "the device"},
      {"origin_without_name", [](run& x) { x.camera["origin"]["name"] = ""; }, "the origin"},
      {"origin_key_refused", [](run& x) { x.camera["origin"]["model"] = "x"; }, "the origin"},
      {"availability_key_refused", [](run& x) { x.camera["availability"][0]["qos"] = 1; },
       "the availability of an entity"},
      {"availability_without_topic", [](run& x) { x.camera["availability"][0].erase("topic"); },
       "the availability of an entity"},
      {"availability_twice",
       [](run& x) { x.camera["availability"][1]["topic"] = "firefinder/bridge/state"; },
       "the availability of an entity"},
      {"availability_in_two_forms",
       [](run& x) { x.camera["availability_topic"] = "firefinder/bridge/state"; },
       "the availability of an entity"},
      {"availability_mode", [](run& x) { x.camera["availability_mode"] = "most"; },
       "the availability of an entity"},
      {"components_empty", [](run& x) { x.camera["components"] = json::object(); }, "components"},
      {"component_key", [](run& x) { x.camera["components"]["a b"] = part(x, "fire"); },
       "components"},
      {"component_no_object", [](run& x) { x.camera["components"]["a"] = 1; }, "components"},
      {"platform_unknown", [](run& x) { part(x, "fire")["platform"] = "fire"; },
       "the platform of an entity"},
      {"platform_alone",
       [](run& x) {
         part(x, "new") = {{"platform", "sensor"}};
       },
       "a removal of a component"},
      {"no_unique_id", [](run& x) { part(x, "fire").erase("unique_id"); }, "a unique id"},
      {"unique_id_twice",
       [](run& x) { part(x, "status")["unique_id"] = "ff_main_north_confidence"; }, "a unique id"},
      {"unique_id_of_another_device",
       [](run& x) { part(x, "fire")["unique_id"] = "ff_main_watchdog"; }, "a unique id"},
      {"unique_id_changes",
       [](run& x) {
         auto other = x.camera;
         other["components"]["fire"]["unique_id"] = "ff_main_north_flames";
         x.more.push_back({camera_document, other.dump(), 1, true});
       },
       "a unique id"},
      {"topic_base_in_a_component", [](run& x) { part(x, "fire")["~"] = "firefinder"; },
       "a component is no device"},
      {"device_in_a_component", [](run& x) { part(x, "fire")["device"] = x.camera["device"]; },
       "a component is no device"},
      {"identifier_is_not_in_the_topic",
       [](run& x) { x.camera["device"]["identifiers"] = {"ff_main_south"}; },
       "the topic names the device"},
      {"hub_is_unknown", [](run& x) { x.camera["device"]["via_device"] = "ff_other"; },
       "a device hangs on a hub", warning},
      {"two_forms",
       [](run& x) {
         auto single = part(x, "fire");
         single["unique_id"] = "ff_other";
         x.more.push_back(
             {"homeassistant/binary_sensor/ff_main_north/fire/config", single.dump(), 1, true});
       },
       "an entity has one form"},
      // components
      {"no_state_topic", [](run& x) { part(x, "fire").erase("state_topic"); },
       "what an entity must have"},
      {"no_event_types", [](run& x) { hub_part(x, "event").erase("event_types"); },
       "what an entity must have"},
      {"no_command_topic", [](run& x) { hub_part(x, "restart").erase("command_topic"); },
       "what an entity must have"},
      {"key_unknown", [](run& x) { part(x, "fire")["colour"] = "red"; }, "what an entity may have",
       warning},
      {"object_id", [](run& x) { part(x, "fire")["object_id"] = "fire"; },
       "what an entity may have", warning},
      {"class_unknown", [](run& x) { part(x, "fire")["device_class"] = "fire"; },
       "the class of an entity"},
      {"class_of_another_platform", [](run& x) { part(x, "fire")["device_class"] = "duration"; },
       "the class of an entity"},
      {"category_unknown", [](run& x) { part(x, "fire")["entity_category"] = "system"; },
       "the category of an entity"},
      {"category_config_on_a_sensor",
       [](run& x) { part(x, "status")["entity_category"] = "config"; },
       "the category of an entity"},
      {"options_empty", [](run& x) { part(x, "status")["options"] = json::array(); },
       "the options of a sensor"},
      {"options_without_enum", [](run& x) { part(x, "status").erase("device_class"); },
       "the options of a sensor"},
      {"options_with_state_class", [](run& x) { part(x, "status")["state_class"] = "measurement"; },
       "the options of a sensor"},
      {"unit_of_a_timestamp", [](run& x) { part(x, "last")["unit_of_measurement"] = "s"; },
       "a class without unit"},
      {"state_class_of_a_timestamp", [](run& x) { part(x, "last")["state_class"] = "measurement"; },
       "the state class of a sensor", warning},
      {"state_class_unknown", [](run& x) { part(x, "today")["state_class"] = "growing"; },
       "the state class of a sensor"},
      {"angle_without_degree",
       [](run& x) { part(x, "confidence")["state_class"] = "measurement_angle"; },
       "the unit of an entity"},
      {"unit_of_another_class",
       [](run& x) { hub_part(x, "window")["unit_of_measurement"] = "seconds"; },
       "the unit of an entity"},
      {"unit_is_missing",
       [](run& x) {
         part(x, "confidence")["device_class"] = "battery";
         part(x, "confidence").erase("unit_of_measurement");
       },
       "the unit of an entity"},
      {"last_reset", [](run& x) { part(x, "today")["last_reset_value_template"] = "x"; },
       "the last reset of a sensor"},
      {"precision_negative",
       [](run& x) { part(x, "confidence")["suggested_display_precision"] = -1; },
       "the precision of a sensor"},
      {"precision_of_a_number",
       [](run& x) { hub_part(x, "window")["suggested_display_precision"] = 1; },
       "the precision of a sensor"},
      {"range_empty", [](run& x) { hub_part(x, "window")["min"] = 400; }, "the range of a number"},
      {"range_by_default",
       [](run& x) {
         hub_part(x, "window")["min"] = 101;
         hub_part(x, "window").erase("max");
       },
       "the range of a number"},
      {"step_too_small", [](run& x) { hub_part(x, "window")["step"] = 0.0001; },
       "the range of a number"},
      {"range_is_text", [](run& x) { hub_part(x, "window")["max"] = "300"; },
       "the range of a number"},
      {"number_mode", [](run& x) { hub_part(x, "window")["mode"] = "knob"; },
       "the mode of a number"},
      {"expiry_no_integer", [](run& x) { hub_part(x, "watchdog")["expire_after"] = 1.5; },
       "the expiry of a state"},
      {"expiry_zero", [](run& x) { hub_part(x, "watchdog")["expire_after"] = 0; },
       "the expiry of a state"},
      {"expiry_of_a_retained_state", [](run& x) { part(x, "fire")["expire_after"] = 60; },
       "the expiry of a state"},
      {"expiry_of_a_switch", [](run& x) { hub_part(x, "armed")["expire_after"] = 60; },
       "what an entity may have", warning},
      {"event_types_empty", [](run& x) { hub_part(x, "event")["event_types"] = json::array(); },
       "the types of an event"},
      {"event_types_twice",
       [](run& x) {
         hub_part(x, "event")["event_types"] = {"a", "a"};
       },
       "the types of an event"},
      {"event_class", [](run& x) { hub_part(x, "event")["device_class"] = "smoke"; },
       "the class of an entity"},
      {"state_topic_with_wildcard",
       [](run& x) { part(x, "fire")["state_topic"] = "firefinder/cam#/state"; },
       "the topics of an entity"},
      {"command_topic_with_wildcard",
       [](run& x) { hub_part(x, "armed")["command_topic"] = "firefinder/consensus/+/set"; },
       "the topics of an entity"},
      {"command_nobody_hears",
       [](run& x) { hub_part(x, "armed")["command_topic"] = "firefinder/armed/set"; },
       "somebody hears a command"},
      {"entity_id_of_another_platform",
       [](run& x) { part(x, "fire")["default_entity_id"] = "sensor.ff_main_north_fire"; },
       "the default entity id"},
      {"entity_id_in_capitals",
       [](run& x) { part(x, "fire")["default_entity_id"] = "binary_sensor.FF"; },
       "the default entity id"},
      {"name_repeats_the_device", [](run& x) { part(x, "fire")["name"] = "North Fire"; },
       "the name of an entity", warning},
      {"icon", [](run& x) { part(x, "fire")["icon"] = "fire"; }, "the icon of an entity", warning},
      {"enabled_is_text", [](run& x) { part(x, "fire")["enabled_by_default"] = "no"; },
       "whether an entity is enabled", warning},
      {"qos_3", [](run& x) { part(x, "fire")["qos"] = 3; }, "the QoS of an entity"},
      // states
      {"template_other_form",
       [](run& x) { part(x, "fire")["value_template"] = "{{ value_json.fire | upper }}"; },
       "a template finds what it asks for"},
      {"template_of_the_other_mode",
       [](run& x) { part(x, "fire")["value_template"] = "{{ value_json.fire[:255] }}"; },
       "a template finds what it asks for"},
      {"template_finds_nothing", [](run& x) { x.state.erase("confidence"); },
       "a template finds what it asks for"},
      {"state_no_json",
       [](run& x) {
         x.more.push_back({camera_state, "{", 1, true});
       },
       "a template finds what it asks for"},
      {"binary_sensor_true", [](run& x) { x.state["fire"] = true; }, "a state suits its entity"},
      {"switch_other_word", [](run& x) { x.consensus["armed"] = "on"; },
       "a state suits its entity"},
      {"enum_other_word", [](run& x) { x.state["status"] = "asleep"; }, "a state suits its entity"},
      {"timestamp_without_zone", [](run& x) { x.state["last"] = "2026-01-02T03:04:05"; },
       "a state suits its entity"},
      {"timestamp_in_seconds", [](run& x) { x.state["last"] = 1767323045; },
       "a state suits its entity"},
      {"timestamp_of_month_13", [](run& x) { x.state["last"] = "2026-13-02T03:04:05Z"; },
       "a state suits its entity"},
      {"sensor_no_number", [](run& x) { x.state["confidence"] = "high"; },
       "a state suits its entity"},
      {"number_out_of_range", [](run& x) { x.consensus["window"] = 5; },
       "a state suits its entity"},
      {"state_too_long",
       [](run& x) {
         part(x, "confidence") = {{"platform", "sensor"},
                                  {"unique_id", "ff_long"},
                                  {"state_topic", camera_state},
                                  {"value_template", "{{ value_json.confidence }}"}};
         x.state["confidence"] = std::string(256, 'x');
       },
       "a state suits its entity"},
      {"state_never_published",
       [](run& x) { part(x, "fire")["state_topic"] = "firefinder/camera/north/other"; },
       "what an entity shows was published"},
      {"state_not_retained",
       [](run& x) { x.edit = on(camera_state, [](auto& m) { m.retain = false; }); },
       "what an entity shows was published"},
      {"availability_never_published",
       [](run& x) { x.camera["availability"][1]["topic"] = "firefinder/camera/north/there"; },
       "what an entity shows was published"},
      {"event_without_type",
       [](run& x) {
         x.more.push_back({"firefinder/consensus/event", "{}", 1, false});
       },
       "an event has a type that was announced"},
      {"event_of_another_type",
       [](run& x) {
         x.more.push_back({"firefinder/consensus/event", R"({"event_type": "rain"})", 1, false});
       },
       "an event has a type that was announced"},
      {"attribute_blocked", [](run& x) { x.state["icon"] = "mdi:fire"; },
       "attributes are an object", warning},
      {"attributes_are_a_list",
       [](run& x) {
         part(x, "last")["json_attributes_topic"] = "firefinder/list";
         x.more.push_back({"firefinder/list", "[]", 1, true});
       },
       "attributes are an object", warning},
      {"counter_decreases",
       [](run& x) {
         auto later = x.state;
         later["today"] = 2;
         x.more.push_back({camera_state, later.dump(), 1, true});
       },
       "a counter does not decrease"},
  };
}

class home_assistant_checker : public testing::TestWithParam<breach> {};

TEST_P(home_assistant_checker, finds) {
  run x;
  GetParam().commit(x);
  const auto all = x.findings();
  const auto found = std::any_of(all.begin(), all.end(), [](const finding& f) {
    return f.rule == GetParam().rule && f.how == GetParam().how;
  });
  EXPECT_TRUE(found) << "wanted: " << GetParam().rule << "\nfound:\n" << to_string(all);
}

INSTANTIATE_TEST_SUITE_P(breach, home_assistant_checker, testing::ValuesIn(breaches()),
                         [](const auto& x) { return x.param.name; });

TEST(home_assistant_check, a_good_run_has_no_finding) {
  EXPECT_EQ(to_string(run{}.findings()), "");
}

TEST(home_assistant_check, an_abbreviated_document_is_understood) {
  run x;
  x.camera = json::parse(R"({
    "dev": {"ids": "ff_main_north", "name": "North", "via_device": "ff_main", "mf": "A"},
    "o": {"name": "Firefinder", "sw": "1"},
    "avty": [{"t": "firefinder/bridge/state", "pl_avail": "online"}],
    "cmps": {"fire": {"p": "binary_sensor", "uniq_id": "u", "stat_t": "firefinder/camera/north/state",
                      "val_tpl": "{{ value_json.fire }}", "dev_cla": "smoke"}}})");
  EXPECT_EQ(to_string(x.findings()), "");
  x.camera["cmps"]["fire"]["dev_cla"] = "fire";
  EXPECT_NE(to_string(x.findings()), "");
}

TEST(home_assistant_check, a_component_is_removed_in_two_steps) {
  run x;
  auto removing = x.camera;
  removing["components"]["today"] = {{"platform", "sensor"}};
  x.more.push_back({camera_document, removing.dump(), 1, true});
  removing["components"].erase("today");
  x.more.push_back({camera_document, removing.dump(), 1, true});
  EXPECT_EQ(to_string(x.findings()), "");
}

TEST(home_assistant_check, a_device_is_removed_and_comes_again) {
  run x;
  x.more.push_back({camera_document, "", 1, true});
  x.more.push_back({camera_state, "", 1, true});
  x.more.push_back({"firefinder/camera/north/availability", "", 1, true});
  x.more.push_back({camera_document, x.camera.dump(), 1, true});
  EXPECT_EQ(to_string(x.findings()), "");
}

TEST(home_assistant_check, migration_hands_an_entity_over) {
  run x;
  auto single = part(x, "fire");
  single["device"] = x.camera["device"];
  single["availability_topic"] = "firefinder/bridge/state";
  const std::string topic = "homeassistant/binary_sensor/ff_main_north/fire/config";
  x.edit = [&](auto& all) {
    all.insert(all.begin() + 4, {{topic, single.dump(), 1, true},
                                 {topic, R"({"migrate_discovery": true})", 1, true}});
    all.push_back({topic, "", 1, true});
  };
  EXPECT_EQ(to_string(x.findings()), "");
}

TEST(home_assistant_check, every_connection_announces_before_it_says_online) {
  const run x;
  const auto messages = x.messages();
  const auto told = [&](bool late) {
    checker judge{x.settings};
    judge.connected(x.will);
    for (const auto& m : messages)
      judge.published(m);
    judge.connected(x.will);
    for (const auto& m : messages)
      if (!late || m.topic != camera_document)
        judge.published(m);
    judge.published({camera_document, x.camera.dump(), 1, true});
    return judge.findings();
  };
  EXPECT_EQ(to_string(told(false)), "");
  const auto all = told(true);
  ASSERT_EQ(all.size(), 1U) << to_string(all);
  EXPECT_EQ(all.front().rule, "online comes after all states and documents");
  EXPECT_EQ(all.front().topic, camera_document);
}

TEST(home_assistant_check, a_camera_that_is_added_later_needs_no_second_online) {
  run x;
  auto south = json::parse([&] {
    auto text = x.camera.dump();
    for (auto at = text.find("north"); at != std::string::npos; at = text.find("north"))
      text.replace(at, 5, "south");
    return text;
  }());
  x.more = {{"firefinder/camera/south/state", x.state.dump(), 1, true},
            {"firefinder/camera/south/availability", "online", 1, true},
            {"homeassistant/device/ff_main_south/config", south.dump(), 1, true}};
  EXPECT_EQ(to_string(x.findings()), "");
}

TEST(home_assistant_check, counters_may_restart_at_midnight) {
  run x;
  checker judge;
  for (const auto& m : x.messages())
    judge.published(m);
  judge.counters_may_restart();
  x.state["today"] = 0;
  judge.published({camera_state, x.state.dump(), 1, true});
  EXPECT_EQ(to_string(judge.findings()), "");
  x.state["today"] = 5;
  judge.published({camera_state, x.state.dump(), 1, true});
  x.state["today"] = 4;
  judge.published({camera_state, x.state.dump(), 1, true});
  EXPECT_NE(to_string(judge.findings()), "");
}

TEST(home_assistant_check, unknown_is_a_state_of_everything) {
  run x;
  x.state = {{"fire", nullptr},
             {"status", nullptr},
             {"confidence", nullptr},
             {"last", nullptr},
             {"today", nullptr}};
  x.consensus = {{"armed", nullptr}, {"window", nullptr}};
  EXPECT_EQ(to_string(x.findings()), "");
}

TEST(home_assistant_check, the_other_form_may_repeat_names_and_use_its_templates) {
  run x;
  x.camera = {};
  x.edit = [](auto& all) {
    all.erase(all.begin() + 4);
    auto single = json::parse(R"({
      "name": "North AI Events", "unique_id": "a", "object_id": "a",
      "state_topic": "firefinder/camera/north/state",
      "value_template": "{{ value_json.status[:255] if value_json.status else 'No event' }}",
      "json_attributes_topic": "firefinder/camera/north/state",
      "json_attributes_template": "{{ {'a': value_json.today, 'b': value_json.last} | tojson }}",
      "availability_topic": "firefinder/bridge/state",
      "device": {"identifiers": ["north"], "name": "North"}})");
    all.insert(all.begin() + 4,
               {"homeassistant/sensor/north_event/config", single.dump(), 1, true});
  };
  x.compat = true;
  EXPECT_EQ(to_string(x.findings()), "");
  x.compat = false;
  const auto strict = to_string(x.findings());
  EXPECT_NE(strict.find("'object_id' is ignored"), std::string::npos) << strict;
  EXPECT_NE(strict.find("repeats that of the device"), std::string::npos) << strict;
  EXPECT_NE(strict.find("a template finds"), std::string::npos) << strict;
}

TEST(home_assistant_check, what_passes_of_ours_is_not_retained_beside_the_other_form_either) {
  checker_settings with;
  with.compat = true;
  with.base_topic = "liveobject";
  const auto findings = [&with](const std::string& topic) {
    checker judge{with};
    judge.published({topic, "{}", 1, true});
    return to_string(judge.findings());
  };
  EXPECT_EQ(findings("liveobject/camera/north/event").find("what passes"), std::string::npos)
      << "the form wants it so";
  for (const auto* topic :
       {"firefinder/consensus/event", "firefinder/camera/north/event", "firefinder/bridge/health",
        "firefinder/bridge/response/status", "firefinder/consensus/armed/set"})
    EXPECT_NE(findings(topic).find("what passes is not retained"), std::string::npos) << topic;
}

// Puts `value` in the place of each member, one after the other.
void everywhere(json& at, const json& value, const std::function<void()>& then) {
  for (auto& x : at) {
    const auto before = std::exchange(x, value);
    then();
    x = before;
    if (x.is_structured())
      everywhere(x, value, then);
  }
}

TEST(home_assistant_check, what_is_of_another_type_is_a_finding_or_nothing) {
  run x;
  for (const auto& other :
       {json(), json(true), json(-1), json("x"), json::array({1, "a"}), json::object({{"a", 1}})})
    everywhere(x.camera, other, [&] { EXPECT_NO_THROW((void)x.findings()); });
  for (const auto& other : {json(), json("x"), json::array({1})})
    everywhere(x.hub, other, [&] { EXPECT_NO_THROW((void)x.findings()); });
}

TEST(home_assistant_template, gives_what_home_assistant_would) {
  const auto body = json::parse(R"({"a": {"b": "x"}, "n": 1.5, "i": 3, "no": null, "yes": true,
                                    "long": "äöüß", "empty": ""})");
  const auto text = [&](const char* x, bool compat = false) {
    const auto result = render(x, body, compat);
    return result.text ? *result.text : "!" + result.fault;
  };
  EXPECT_EQ(text("{{ value_json.a.b }}"), "x");
  EXPECT_EQ(text("{{value_json.n}}"), "1.5");
  EXPECT_EQ(text("{{ value_json.i }}"), "3");
  EXPECT_EQ(text("{{ value_json.no }}"), "None");
  EXPECT_EQ(text("{{ value_json.yes }}"), "True");
  EXPECT_EQ(text("{{ value_json.c }}"), "!asks for value_json.c, which is not there");
  EXPECT_EQ(text("{{ value_json.a.b.c }}"), "!asks for value_json.a.b.c, which is not there");
  for (const auto* other : {"value_json.a", "{{ value }}", "{{ value_json.a", "{{}}", "{{ }}", "",
                            "{{ value_json }}", "{{ value_json. }}", "{{ value_json.a b }}"})
    EXPECT_EQ(text(other), "!is of none of the forms that we use") << other;
  EXPECT_EQ(text("{{ value_json.long[:2] }}"), "!is of none of the forms that we use");
  EXPECT_EQ(text("{{ value_json.long[:2] }}", true), "äö");
  EXPECT_EQ(text("{{ value_json.long[:9] }}", true), "äöüß");
  EXPECT_EQ(text("{{ value_json.long[:3] if value_json.long else 'none' }}", true), "äöü");
  EXPECT_EQ(text("{{ value_json.long if value_json.empty else \"none\" }}", true), "none");
  EXPECT_EQ(text("{{ value_json.q if value_json.q else 'none' }}", true), "none");
  EXPECT_EQ(text("{{ value_json.q | default('none') }}", true), "none");
  EXPECT_EQ(text("{{ value_json.i | default('none') }}", true), "3");
  EXPECT_EQ(text("{{ {'k': value_json.i, 'l': value_json.a.b} | tojson }}", true),
            R"({"k":3,"l":"x"})");
  EXPECT_EQ(text("{{ value_json.a | upper }}", true), "!is of none of the forms that we use");
}

} // namespace
} // namespace firefinder::test::checker_test
