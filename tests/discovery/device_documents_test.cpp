#include "actors/discovery/device_documents.hpp"

#include "tests/home_assistant/checker.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace firefinder::device_documents_test {
namespace {

using nlohmann::json;
using test::checker;
using test::published_message;

// 2026-01-02T03:04:05Z
constexpr unix_seconds now = 1'767'323'045;

discovery_settings settings_of(const std::string& instance = "main") {
  discovery_settings result;
  result.instance = instance;
  result.version = "1.2.3";
  result.broker = "localhost:1883";
  result.configuration = R"({"mqtt": {"broker": "localhost"}})";
  result.request_schema = R"({"type": "object"})";
  return result;
}

std::unique_ptr<presentation> form(const discovery_settings& settings = settings_of()) {
  return make_device_presentation(settings);
}

camera_view camera(const std::string& key = "north") {
  camera_view result;
  result.id = key;
  result.key = key;
  result.name = "North gate";
  result.online = true;
  result.last_seen = now - 2;
  return result;
}

camera_sight sight(fire_sign sign = fire_sign::fire) {
  camera_sight result;
  result.camera = "north";
  result.newest.object = "1732.5-abc";
  result.newest.sign = sign;
  result.newest.confidence = 0.87654;
  result.newest.box = {0.1, 0.2, 0.3, 0.45};
  result.newest.area = 0.05;
  result.source = "frigate";
  result.growth = 1.456789;
  result.at = now - 3;
  return result;
}

camera_view burning() {
  auto result = camera();
  result.fire = true;
  result.smoke = true;
  result.newest = sight();
  result.last_detection = now - 3;
  result.detections_today = 12;
  result.by_frigate = true;
  result.device.emplace();
  result.device.change([&](auto& own) {
    own.manufacturer = "Axis";
    own.model = "P1455";
    own.firmware_version = "11.1";
    own.condition = camera_condition::online;
  });
  return result;
}

hub_view hub() {
  hub_view result;
  result.started_at = now - 3'600;
  result.cameras_total = 3;
  result.cameras_online = 2;
  return result;
}

hub_view alarmed() {
  auto result = hub();
  result.state = "cooldown";
  result.house.fire = true;
  result.house.cooldown = true;
  result.house.trigger_count = 7;
  result.house.last_trigger = now - 60;
  result.house.frigate_known = true;
  result.house.frigate_online = true;
  result.cameras_detecting = 2;
  auto& alarm = result.control.alarm;
  alarm.active = true;
  alarm.since = now - 60;
  alarm.trigger_id = "8d6c";
  alarm.cameras = {"North gate", "South"};
  alarm.triggers = 2;
  alarm.acknowledged = true;
  alarm.acknowledged_at = now - 30;
  alarm.acknowledged_by = "Ann";
  alarm.acknowledge_reason = "on my way";
  return result;
}

json payload(const std::vector<retained_message>& all, const std::string& topic) {
  const auto found
      = std::find_if(all.begin(), all.end(), [&topic](const auto& x) { return x.topic == topic; });
  if (found == all.end()) {
    ADD_FAILURE() << "nothing on " << topic;
    return json::object();
  }
  const auto result = json::parse(found->payload, nullptr, false);
  return result.is_discarded() ? json(found->payload) : result;
}

json hub_state(const hub_view& view) {
  return payload(form()->of_hub(view), "firefinder/consensus/state");
}

json camera_state(const camera_view& view) {
  return payload(form()->of_camera(view, now), "firefinder/camera/" + view.key + "/state");
}

json hub_document(const hub_view& view = hub(), const discovery_settings& with = settings_of()) {
  return payload(form(with)->of_hub(view), "homeassistant/device/ff_" + with.instance + "/config");
}

json camera_document(const camera_view& view, const discovery_settings& with = settings_of()) {
  return payload(form(with)->of_camera(view, now),
                 "homeassistant/device/ff_" + with.instance + "_" + view.key + "/config");
}

bool has_document(const std::vector<retained_message>& all) {
  return std::any_of(all.begin(), all.end(),
                     [](const auto& x) { return x.what == message_class::document; });
}

// -- as Home Assistant takes it -------------------------------------------------

/// A run that announces all that, and in which everything happens once.
class announcement {
public:
  explicit announcement(const discovery_settings& with = settings_of())
    : settings_(with), form_(make_device_presentation(with)), checker_(known_to_checker(with)) {
    for (const auto* filter :
         {"bridge/request/+", "bridge/request/+/+", "consensus/+/set", "camera/+/+/set"})
      checker_.subscribed(wire(with.base_topic + "/" + filter));
    const auto presence = form_->daemon_presence();
    checker_.connected(published_message{wire(presence.topic), presence.offline, 1, true});
  }

  void shows(const hub_view& view) { take(form_->of_hub(view)); }
  void shows(const camera_view& view) { take(form_->of_camera(view, now)); }

  void tells(const house_event& event) {
    for (const auto& x : form_->of_event(event)) {
      EXPECT_EQ(x.outdated_after, std::chrono::seconds{60});
      checker_.published({wire(x.topic), x.payload, x.qos, x.retain, 60});
    }
  }

  /// What is wrong, a line for each; empty: nothing.
  std::string findings() {
    for (const auto what :
         {message_class::state, message_class::availability, message_class::document})
      for (const auto& x : messages_)
        if (x.what == what)
          checker_.published(
              {what == message_class::document ? x.topic : wire(x.topic), x.payload, 1, true});
    // That of exercises is told by others.
    checker_.published({wire(settings_.base_topic + "/drill/state"),
                        R"({"failed": "OFF", "began": "2026-01-02T03:04:05Z"})", 1, true});
    const auto presence = form_->daemon_presence();
    checker_.published({wire(presence.topic), presence.online, 1, true});
    checker_.published({wire(settings_.base_topic + "/bridge/health"), R"({"ok": "ON"})", 0});
    return test::to_string(checker_.findings());
  }

private:
  static test::checker_settings known_to_checker(const discovery_settings& with) {
    test::checker_settings result;
    result.discovery_prefix = with.discovery_prefix;
    result.base_topic = with.topic_prefix + with.base_topic;
    result.trigger_topic = with.topic_prefix + "fire/trigger";
    return result;
  }

  [[nodiscard]] std::string wire(const std::string& topic) const {
    return settings_.topic_prefix + topic;
  }

  void take(std::vector<retained_message> all) {
    messages_.insert(messages_.end(), all.begin(), all.end());
  }

  discovery_settings settings_;
  std::unique_ptr<presentation> form_;
  checker checker_;
  std::vector<retained_message> messages_;
};

std::string findings_of(const hub_view& house, const std::vector<camera_view>& cameras,
                        const discovery_settings& with = settings_of()) {
  announcement run{with};
  run.shows(house);
  for (const auto& x : cameras)
    run.shows(x);
  return run.findings();
}

TEST(device_documents, home_assistant_takes_an_idle_house) {
  EXPECT_EQ(findings_of(hub(), {camera("north"), camera("south")}), "");
}

TEST(device_documents, home_assistant_takes_a_fire) {
  EXPECT_EQ(findings_of(alarmed(), {burning()}), "");
}

TEST(device_documents, home_assistant_takes_what_is_unknown) {
  auto view = camera();
  view.online = false;
  view.last_seen = 0;
  view.newest = sight();
  view.newest.change([&](auto& own) {
    own.growth = 0;
    own.newest.confidence = std::nan("");
    own.newest.area = std::numeric_limits<double>::infinity();
    own.newest.object.clear();
  });
  auto house = hub();
  house.started_at = 0;
  house.house.decides = false;
  EXPECT_EQ(findings_of(house, {view}), "");
  const auto state = camera_state(view);
  for (const auto* key : {"confidence_pct", "growth_ratio", "area_ratio", "object_id",
                          "last_detection", "last_seen", "snoozed_until"})
    EXPECT_TRUE(state[key].is_null()) << key << state;
  for (const auto* key : {"fire", "trigger_active", "frigate", "last_trigger", "updated_at"})
    EXPECT_TRUE(hub_state(house)[key].is_null()) << key;
}

TEST(device_documents, home_assistant_takes_all_that_is_switched_off) {
  auto disabled = camera("disabled");
  disabled.enabled = false;
  auto snoozed = camera("snoozed");
  snoozed.snoozed_until = now + 600;
  auto house = hub();
  house.state = "disarmed";
  house.house.armed = false;
  house.control.snoozes.push_back({"snoozed", false, now, now + 600, "Ann", "barbecue"});
  house.control.supervisory = {{"disarmed", "", true, now - 5, "Triggers are switched off"},
                               {"camera_snoozed", "snoozed", true, now, "Snoozed"}};
  house.troubles = {{"frigate_offline", "frigate", true, now - 9, "Frigate is not there"}};
  house.notices = {{"clock_lag", "", false, 0, "A clock is late"}};
  EXPECT_EQ(findings_of(house, {disabled, snoozed}), "");
}

TEST(device_documents, home_assistant_takes_every_name) {
  std::string emoji;
  for (int i = 0; i < 500; ++i)
    emoji += "\xF0\x9F\x94\xA5";
  const std::vector<std::string> names{R"(The "old" barn \ 'south')",
                                       "\xF0\x9F\x94\xA5 K\xC3\xBC"
                                       "che",
                                       std::string(500, 'x'),
                                       emoji,
                                       std::string{"a\0b\x01\n\t\x7f", 7},
                                       "\xff\xfe\xc3",
                                       "{{ value_json.x }}",
                                       "   "};
  announcement run;
  run.shows(hub());
  int number = 0;
  for (const auto& name : names) {
    auto view = camera("camera_" + std::to_string(++number));
    view.name = name;
    view.device.emplace();
    view.device.change([&](auto& own) {
      own.manufacturer = name;
      own.model = name;
      own.firmware_version = name;
    });
    view.problem = name;
    const auto text = camera_document(view)["device"]["name"].get<std::string>();
    EXPECT_FALSE(text.empty());
    EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }));
    run.shows(view);
  }
  EXPECT_EQ(run.findings(), "");
  auto quoted = camera();
  quoted.name = names[0];
  EXPECT_EQ(camera_document(quoted)["device"]["name"], names[0]);
  quoted.name = emoji;
  EXPECT_EQ(camera_document(quoted)["device"]["name"], emoji);
  quoted.name = names[4];
  EXPECT_EQ(camera_document(quoted)["device"]["name"], "a b");
  quoted.name = "a\xC2\x9B"
                "b\xE2\x80\xAE"
                "c";
  EXPECT_EQ(camera_document(quoted)["device"]["name"], "a b c") << "controls of Unicode too";
  quoted.name = names[5];
  EXPECT_EQ(camera_document(quoted)["device"]["name"], "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  quoted.name = names[7];
  EXPECT_EQ(camera_document(quoted)["device"]["name"], "north") << "there must be one";
}

TEST(device_documents, a_prefix_stands_in_documents_and_not_before_them) {
  auto with = settings_of();
  with.topic_prefix = "site1/";
  with.base_topic = "alarm";
  with.discovery_prefix = "ha";
  EXPECT_EQ(findings_of(alarmed(), {burning()}, with), "");
  for (const auto& x : form(with)->of_camera(camera(), now))
    EXPECT_TRUE(x.topic.starts_with(x.what == message_class::document ? "ha/device/"
                                                                      : "alarm/camera/north/"))
        << x.topic;
  EXPECT_EQ(form(with)->daemon_presence().topic, "alarm/bridge/state");
  EXPECT_EQ(form(with)->document_filters(), std::vector<std::string>{"ha/device/+/config"});
}

TEST(device_documents, home_assistant_takes_what_happens) {
  announcement run;
  run.shows(alarmed());
  run.shows(burning());
  using kind = house_event::kind;
  for (const auto what : {kind::suspected, kind::trigger, kind::suppressed, kind::cleared}) {
    house_event event;
    event.what = what;
    event.at = now;
    event.decision.emplace();
    run.tells(event);
  }
  for (const auto sign : {fire_sign::fire, fire_sign::smoke}) {
    house_event event;
    event.what = kind::detection;
    event.at = now;
    event.camera = "north";
    event.sight = sight(sign);
    run.tells(event);
  }
  for (const auto step : {alarm_step::raised, alarm_step::repeated, alarm_step::reminder,
                          alarm_step::acknowledged, alarm_step::reset}) {
    house_event event;
    event.what = kind::alarm;
    event.at = now;
    event.alarm = alarm_event{step, alarmed().control.alarm, now};
    run.tells(event);
  }
  EXPECT_EQ(run.findings(), "");
}

// -- entities -------------------------------------------------------------------

/// What our contract says of an entity.
struct expected {
  std::string platform;
  std::string device_class;
  std::string category;
  /// Below `firefinder/`.
  std::string state_topic;
  std::string template_member;
  std::string command_topic;
  json more = json::object();
};

void check_entities(const json& document, const std::string& device,
                    const std::map<std::string, expected>& all) {
  const auto text = [](const json& x, const char* key) { return x.value(key, std::string{}); };
  std::set<std::string> keys;
  for (const auto& [key, x] : document["components"].items())
    keys.insert(key);
  for (const auto& [key, want] : all) {
    SCOPED_TRACE(key);
    ASSERT_EQ(keys.erase(key), 1U);
    const auto& x = document["components"][key];
    const auto topic
        = [](const std::string& below) { return below.empty() ? below : "firefinder/" + below; };
    EXPECT_EQ(text(x, "platform"), want.platform);
    EXPECT_EQ(text(x, "device_class"), want.device_class);
    EXPECT_EQ(text(x, "entity_category"), want.category);
    EXPECT_EQ(text(x, "state_topic"), topic(want.state_topic));
    EXPECT_EQ(text(x, "command_topic"), topic(want.command_topic));
    EXPECT_EQ(text(x, "value_template"),
              want.template_member.empty() ? "" : "{{ value_json." + want.template_member + " }}");
    EXPECT_EQ(text(x, "unique_id"), device + "_" + key);
    EXPECT_EQ(text(x, "default_entity_id"), want.platform + "." + device + "_" + key);
    EXPECT_EQ(x.value("qos", 0), 1);
    EXPECT_FALSE(text(x, "name").empty());
    for (const auto& [member, value] : want.more.items())
      EXPECT_EQ(x.value(member, json()), value) << member;
  }
  EXPECT_TRUE(keys.empty()) << "and also " << *keys.begin();
}

TEST(device_documents, the_hub_has_its_entities) {
  const std::string state = "consensus/state";
  const std::map<std::string, expected> all{
      {"connection",
       {"binary_sensor",
        "connectivity",
        "diagnostic",
        "bridge/state",
        "",
        "",
        {{"availability", json::array()}, {"payload_on", "online"}, {"payload_off", "offline"}}}},
      {"fire", {"binary_sensor", "smoke", "", state, "fire", "", {{"icon", "mdi:fire"}}}},
      {"trigger_active", {"binary_sensor", "safety", "", state, "trigger_active", ""}},
      {"problem", {"binary_sensor", "problem", "diagnostic", state, "problem", ""}},
      {"frigate", {"binary_sensor", "connectivity", "diagnostic", state, "frigate", ""}},
      {"watchdog",
       {"binary_sensor",
        "running",
        "diagnostic",
        "bridge/health",
        "ok",
        "",
        {{"expire_after", 100}}}},
      {"state",
       {"sensor",
        "enum",
        "",
        state,
        "state",
        "",
        {{"options", {"idle", "suspected", "confirmed", "cooldown", "disarmed", "degraded"}}}}},
      {"last_trigger", {"sensor", "timestamp", "", state, "last_trigger", ""}},
      {"trigger_count",
       {"sensor", "", "", state, "trigger_count", "", {{"state_class", "total_increasing"}}}},
      {"cameras_online",
       {"sensor", "", "", state, "cameras_online", "", {{"state_class", "measurement"}}}},
      {"cameras_detecting",
       {"sensor", "", "", state, "cameras_detecting", "", {{"state_class", "measurement"}}}},
      {"cameras_total",
       {"sensor", "", "diagnostic", state, "cameras_total", "", {{"state_class", "measurement"}}}},
      {"started_at", {"sensor", "timestamp", "diagnostic", "bridge/info", "started_at", ""}},
      {"event",
       {"event",
        "",
        "",
        "consensus/event",
        "",
        "",
        {{"event_types", {"suspected", "trigger", "suppressed", "cleared"}}}}},
      {"armed", {"switch", "", "config", state, "armed", "consensus/armed/set"}},
      {"consensus_threshold",
       {"number",
        "",
        "config",
        state,
        "consensus_threshold",
        "consensus/consensus_threshold/set",
        {{"min", 1}, {"max", 10}, {"step", 1}, {"mode", "box"}}}},
      {"min_confidence",
       {"number",
        "",
        "config",
        state,
        "min_confidence",
        "consensus/min_confidence/set",
        {{"min", 0}, {"max", 1}, {"step", 0.01}}}},
      {"detection_window",
       {"number",
        "duration",
        "config",
        state,
        "detection_window",
        "consensus/detection_window/set",
        {{"min", 10}, {"max", 300}, {"unit_of_measurement", "s"}}}},
      {"cooldown_period",
       {"number",
        "duration",
        "config",
        state,
        "cooldown_period",
        "consensus/cooldown_period/set",
        {{"min", 0}, {"max", 3600}, {"unit_of_measurement", "s"}}}},
      {"rescan",
       {"button", "", "config", "", "", "bridge/request/rescan", {{"payload_press", "{}"}}}},
      {"restart",
       {"button",
        "restart",
        "config",
        "",
        "",
        "bridge/request/restart",
        {{"payload_press", "{}"}}}},
      {"drill_failed",
       {"binary_sensor",
        "problem",
        "diagnostic",
        "drill/state",
        "failed",
        "",
        {{"json_attributes_topic", "firefinder/drill/state"}}}},
      {"last_drill", {"sensor", "timestamp", "diagnostic", "drill/state", "began", ""}},
      {"drill",
       {"button", "", "config", "", "", "bridge/request/drill", {{"payload_press", "{}"}}}},
      {"alarm",
       {"binary_sensor",
        "safety",
        "",
        "alarm/state",
        "alarm",
        "",
        {{"json_attributes_topic", "firefinder/alarm/state"}}}},
      {"supervisory",
       {"binary_sensor",
        "",
        "",
        "supervisory/state",
        "supervisory",
        "",
        {{"json_attributes_topic", "firefinder/supervisory/state"}}}},
      {"trouble",
       {"binary_sensor",
        "problem",
        "",
        "trouble/state",
        "trouble",
        "",
        {{"json_attributes_topic", "firefinder/trouble/state"}}}},
      {"alarm_event",
       {"event",
        "",
        "",
        "alarm/event",
        "",
        "",
        {{"event_types", {"raised", "repeated", "reminder", "acknowledged", "reset"}}}}},
      {"acknowledge",
       {"button", "", "", "", "", "bridge/request/alarm/acknowledge", {{"payload_press", "{}"}}}},
      {"reset",
       {"button", "", "", "", "", "bridge/request/alarm/reset", {{"payload_press", "{}"}}}},
  };
  const auto document = hub_document();
  check_entities(document, "ff_main", all);
  EXPECT_EQ(document["device"], json::parse(R"({"identifiers": ["ff_main"], "name": "Firefinder",
    "manufacturer": "Firefinder", "model": "Fire alarm", "sw_version": "1.2.3"})"));
  EXPECT_EQ(document["origin"], json::parse(R"({"name": "Firefinder", "sw_version": "1.2.3"})"));
  EXPECT_EQ(document["availability"], json::parse(R"([{"topic": "firefinder/bridge/state"}])"));
  EXPECT_EQ(document["availability_mode"], "all");
  EXPECT_EQ(document["qos"], 1);
}

TEST(device_documents, a_camera_has_its_entities) {
  const std::string state = "camera/north/state";
  const auto of_hub = [](json more = json::object()) {
    more["availability"] = json::parse(R"([{"topic": "firefinder/bridge/state"}])");
    return more;
  };
  const json with_camera{{"availability", nullptr}};
  const std::map<std::string, expected> all{
      {"fire",
       {"binary_sensor",
        "smoke",
        "",
        state,
        "fire",
        "",
        {{"icon", "mdi:fire"}, {"availability", nullptr}}}},
      {"smoke", {"binary_sensor", "smoke", "", state, "smoke", "", with_camera}},
      {"connectivity",
       {"binary_sensor", "connectivity", "diagnostic", state, "connectivity", "", of_hub()}},
      {"problem", {"binary_sensor", "problem", "diagnostic", state, "problem", "", of_hub()}},
      {"status",
       {"sensor", "enum", "diagnostic", state, "status", "",
        of_hub({{"options", {"online", "offline", "unavailable", "disabled"}}})}},
      {"confidence",
       {"sensor",
        "",
        "",
        state,
        "confidence_pct",
        "",
        {{"unit_of_measurement", "%"},
         {"state_class", "measurement"},
         {"suggested_display_precision", 0}}}},
      {"last_detection", {"sensor", "timestamp", "", state, "last_detection", ""}},
      {"detections_today",
       {"sensor",
        "",
        "",
        state,
        "detections_today",
        "",
        {{"state_class", "total_increasing"}, {"unit_of_measurement", "detections"}}}},
      {"growth_ratio",
       {"sensor",
        "",
        "diagnostic",
        state,
        "growth_ratio",
        "",
        {{"state_class", "measurement"},
         {"suggested_display_precision", 2},
         {"enabled_by_default", false}}}},
      {"detection",
       {"event",
        "",
        "",
        "camera/north/event",
        "",
        "",
        {{"event_types", {"fire", "smoke"}}, {"availability", nullptr}}}},
      {"enabled", {"switch", "", "config", state, "enabled", "camera/north/enabled/set", of_hub()}},
      {"snooze",
       {"number", "duration", "config", state, "snooze", "camera/north/snooze/set",
        of_hub({{"min", 0}, {"max", 1440}, {"unit_of_measurement", "min"}})}},
      {"snoozed_until",
       {"sensor", "timestamp", "diagnostic", state, "snoozed_until", "", of_hub()}},
  };
  const auto document = camera_document(burning());
  check_entities(document, "ff_main_north", all);
  EXPECT_EQ(document["device"], json::parse(R"({"identifiers": ["ff_main_north"],
    "name": "North gate", "manufacturer": "Axis", "model": "P1455", "sw_version": "11.1",
    "via_device": "ff_main"})"));
  EXPECT_EQ(document["availability"], json::parse(R"([{"topic": "firefinder/bridge/state"},
                            {"topic": "firefinder/camera/north/availability"}])"));
  EXPECT_EQ(camera_document(camera())["device"],
            json::parse(R"({"identifiers": ["ff_main_north"], "name": "North gate",
              "manufacturer": "Firefinder", "model": "Camera", "via_device": "ff_main"})"));
}

// -- states ---------------------------------------------------------------------

TEST(device_documents, the_state_of_the_house_is_told) {
  EXPECT_EQ(hub_state(alarmed()), json::parse(R"({
    "fire": "ON", "trigger_active": "ON", "problem": "OFF", "frigate": "ON", "armed": "ON",
    "state": "cooldown", "last_trigger": "2026-01-02T03:03:05Z", "trigger_count": 7,
    "cameras_total": 3, "cameras_online": 2, "cameras_detecting": 2, "consensus_threshold": 2,
    "min_confidence": 0.7, "cooldown_period": 300, "detection_window": 30,
    "updated_at": "2026-01-02T03:03:35Z"})"));
  auto other = hub();
  other.house.armed = false;
  other.house.frigate_known = true;
  other.troubles = {{"x", "", true, now, "x"}};
  other.control.tuning.cooldown = std::chrono::milliseconds{1'500};
  other.control.tuning.min_confidence = 0.30000000000000004;
  const auto state = hub_state(other);
  EXPECT_EQ(state["fire"], "OFF");
  EXPECT_EQ(state["armed"], "OFF");
  EXPECT_EQ(state["frigate"], "OFF");
  EXPECT_EQ(state["problem"], "ON");
  EXPECT_EQ(state["cooldown_period"], 1.5);
  EXPECT_EQ(state["min_confidence"].dump(), "0.3");
  EXPECT_EQ(state["last_trigger"], nullptr);
  EXPECT_EQ(state["updated_at"], "2026-01-02T03:04:05Z") << "the newest that is known";
}

TEST(device_documents, the_window_may_be_what_the_configuration_permits_whatever_it_is_now) {
  auto house = hub();
  EXPECT_EQ(hub_document(house)["components"]["detection_window"]["max"], 300);
  auto landscape = settings_of();
  landscape.longest_window = std::chrono::hours{2};
  for (const auto window : {std::chrono::seconds{120}, std::chrono::seconds{3600}}) {
    house.control.tuning.detection_window = window;
    EXPECT_EQ(hub_document(house, landscape)["components"]["detection_window"]["max"], 7200);
    EXPECT_EQ(findings_of(house, {}, landscape), "");
  }
}

TEST(device_documents, hardware_addresses_are_told_only_when_they_are_asked_for) {
  auto found = burning();
  const auto device = [&found](bool asked) {
    auto with = settings_of();
    with.connections = asked;
    return payload(form(with)->of_camera(found, now),
                   "homeassistant/device/ff_main_north/config")["device"];
  };
  EXPECT_FALSE(device(true).contains("connections")) << "it is not known";
  found.device.change([&](auto& own) { own.mac = "AA:BB:CC:00:11:22"; });
  EXPECT_FALSE(device(false).contains("connections"));
  EXPECT_EQ(device(true)["connections"], json::parse(R"([["mac", "aa:bb:cc:00:11:22"]])"));
  EXPECT_NE(facts_of(found), facts_of(burning())) << "its document is made anew";
  auto with = settings_of();
  with.connections = true;
  EXPECT_EQ(findings_of(hub(), {found}, with), "");
}

TEST(device_documents, alarm_supervisory_and_trouble_stand_apart) {
  auto house = alarmed();
  house.control.snoozes = {{"barn", true, now - 9, now + 60, "", ""},
                           {"barn", false, now - 9, now + 61, "", ""},
                           {"north", false, now - 9, now + 600, "", ""}};
  house.control.supervisory = {{"disarmed", "", true, now, "Triggers are off"},
                               {"zone_snoozed", "barn", true, now - 9, "Barn sleeps"},
                               {"camera_snoozed", "north", true, now - 9, "North sleeps"},
                               {"camera_disabled", "barn", true, 0, "Barn is off"},
                               {"camera_snoozed", "barn", true, 0, "Barn sleeps"}};
  house.troubles = {{"no_frigate", "frigate", true, now - 5, "Frigate is gone"}};
  house.notices = {{"late", "", false, 0, "A clock is late"}};
  const auto all = form()->of_hub(house);
  EXPECT_EQ(payload(all, "firefinder/alarm/state"), json::parse(R"({
    "alarm": "ON", "since": "2026-01-02T03:03:05Z", "trigger_id": "8d6c",
    "cameras": ["North gate", "South"], "triggers": 2, "acknowledged": "ON",
    "acknowledged_at": "2026-01-02T03:03:35Z", "acknowledged_by": "Ann",
    "acknowledge_reason": "on my way", "reset_at": null, "reset_by": null,
    "reset_reason": null})"));
  EXPECT_EQ(payload(all, "firefinder/supervisory/state"), json::parse(R"({
    "supervisory": "ON", "count": 5, "switched_off": [
      {"code": "disarmed", "subject": null, "since": "2026-01-02T03:04:05Z",
       "text": "Triggers are off", "until": null},
      {"code": "zone_snoozed", "subject": "barn", "since": "2026-01-02T03:03:56Z",
       "text": "Barn sleeps", "until": "2026-01-02T03:05:05Z"},
      {"code": "camera_snoozed", "subject": "north", "since": "2026-01-02T03:03:56Z",
       "text": "North sleeps", "until": "2026-01-02T03:14:05Z"},
      {"code": "camera_disabled", "subject": "barn", "since": null,
       "text": "Barn is off", "until": null},
      {"code": "camera_snoozed", "subject": "barn", "since": null,
       "text": "Barn sleeps", "until": "2026-01-02T03:05:06Z"}]})"));
  EXPECT_EQ(payload(all, "firefinder/trouble/state"), json::parse(R"({
    "trouble": "ON", "count": 1,
    "troubles": [{"code": "no_frigate", "subject": "frigate", "since": "2026-01-02T03:04:00Z",
                  "text": "Frigate is gone"}],
    "notices": [{"code": "late", "subject": null, "since": null, "text": "A clock is late"}]})"));
  const auto calm = form()->of_hub(hub());
  EXPECT_EQ(payload(calm, "firefinder/alarm/state")["alarm"], "OFF");
  EXPECT_EQ(payload(calm, "firefinder/supervisory/state")["supervisory"], "OFF");
  EXPECT_EQ(payload(calm, "firefinder/trouble/state")["trouble"], "OFF");
}

TEST(device_documents, lists_are_bounded_and_their_length_is_told) {
  auto house = hub();
  for (int i = 0; i < 500; ++i) {
    house.troubles.push_back({"code", std::to_string(i), true, now, std::string(5'000, 'x')});
    house.notices.push_back(house.troubles.back());
    house.control.supervisory.push_back(house.troubles.back());
    house.control.alarm.cameras.push_back("camera");
  }
  const auto all = form()->of_hub(house);
  EXPECT_EQ(payload(all, "firefinder/trouble/state")["count"], 500);
  EXPECT_EQ(payload(all, "firefinder/trouble/state")["troubles"].size(), 20U);
  EXPECT_EQ(payload(all, "firefinder/supervisory/state")["count"], 500);
  EXPECT_EQ(payload(all, "firefinder/alarm/state")["cameras"].size(), 20U);
  for (const auto& x : all)
    EXPECT_LE(x.payload.size(), 16'384U) << x.topic;
}

TEST(device_documents, the_daemon_tells_of_itself) {
  auto with = settings_of();
  with.commit = "abc";
  auto house = hub();
  house.cameras.add("north", "North", "North gate");
  house.cameras.add("south", "", "South");
  const auto info = payload(form(with)->of_hub(house), "firefinder/bridge/info");
  EXPECT_EQ(info, json::parse(R"({
    "version": "1.2.3", "commit": "abc", "instance": "main",
    "started_at": "2026-01-02T02:04:05Z",
    "mqtt": {"version": null, "broker": "localhost:1883"},
    "discovery": {"enabled": true, "mode": "device", "prefix": "homeassistant"},
    "cameras": [{"key": "north", "id": "North", "name": "North gate"},
                {"key": "south", "id": "", "name": "South"}],
    "restart_required": false, "config": {"mqtt": {"broker": "localhost"}},
    "config_schema": {"type": "object"}})"));
  for (const std::string protocol : {"5", "3.1.1"}) {
    house.protocol = protocol;
    EXPECT_EQ(payload(form(with)->of_hub(house), "firefinder/bridge/info")["mqtt"]["version"],
              protocol);
  }
  house.announced = false;
  EXPECT_EQ(payload(form(with)->of_hub(house), "firefinder/bridge/info")["discovery"],
            json::parse(R"({"enabled": false, "mode": "device", "prefix": "homeassistant"})"));
  with.configuration = "{";
  with.mode = discovery_mode::off;
  const auto off = payload(form(with)->of_hub(hub()), "firefinder/bridge/info");
  EXPECT_TRUE(off["config"].is_null());
  EXPECT_EQ(off["discovery"]["enabled"], false);
}

TEST(device_documents, what_the_daemon_tells_of_itself_is_in_its_order) {
  const auto all = form()->of_hub(hub());
  const auto info = std::ranges::find(all, "firefinder/bridge/info", &retained_message::topic);
  ASSERT_NE(info, all.end());
  const auto told = nlohmann::ordered_json::parse(info->payload);
  std::string members;
  for (const auto& member : told.items())
    members += member.key() + " ";
  EXPECT_EQ(members, "version commit instance started_at mqtt discovery cameras restart_required "
                     "config config_schema ");
}

TEST(device_documents, the_daemon_tells_of_the_cameras_that_there_are_now) {
  const auto x = form();
  auto house = hub();
  const auto told = [&] { return payload(x->of_hub(house), "firefinder/bridge/info")["cameras"]; };
  EXPECT_EQ(told(), json::array());
  house.cameras.add("north", "North", "North gate");
  const auto north = json::parse(R"([{"key": "north", "id": "North", "name": "North gate"}])");
  EXPECT_EQ(told(), north);
  house.cameras.clear();
  house.cameras.add("north", "North", "");
  EXPECT_EQ(told()[0]["name"], "");
  house.cameras.clear();
  EXPECT_EQ(told(), json::array());
}

// The minutes that its snooze still has change by themselves, and documents would be made anew.
TEST(device_documents, a_snooze_changes_no_document) {
  auto snoozed = camera();
  snoozed.snoozed_until = now + 600;
  EXPECT_EQ(facts_of(snoozed), facts_of(camera()));
  const auto at_once = form()->states_of(snoozed, now);
  const auto later = form()->states_of(snoozed, now + 120);
  EXPECT_NE(at_once, later);
  EXPECT_EQ(form()->documents_of(facts_of(snoozed)), form()->documents_of(facts_of(camera())));
}

TEST(device_documents, the_state_of_a_camera_is_told) {
  EXPECT_EQ(camera_state(burning()), json::parse(R"({
    "fire": "ON", "smoke": "ON", "connectivity": "ON", "problem": "OFF", "problem_text": null,
    "enabled": "ON", "status": "online", "confidence_pct": 87.7, "growth_ratio": 1.46,
    "area_ratio": 0.05, "label": "fire", "object_id": "1732.5-abc", "source": "frigate",
    "last_detection": "2026-01-02T03:04:02Z", "last_seen": "2026-01-02T03:04:03Z",
    "detections_today": 12, "snoozed_until": null, "snooze": 0,
    "updated_at": "2026-01-02T03:04:05Z"})"));
  auto direct = burning();
  direct.newest.change([&](auto& own) {
    own.source.clear();
    own.newest.sign = fire_sign::smoke;
  });
  direct.problem = "It is dark";
  EXPECT_EQ(camera_state(direct)["source"], "direct");
  EXPECT_EQ(camera_state(direct)["label"], "smoke");
  EXPECT_EQ(camera_state(direct)["problem"], "ON");
  EXPECT_EQ(camera_state(direct)["problem_text"], "It is dark");
}

TEST(device_documents, a_status_says_why_a_camera_is_not_there) {
  const auto is = [](const camera_view& x, const std::string& status, bool there) {
    EXPECT_EQ(camera_state(x)["status"], status);
    EXPECT_EQ(payload(form()->of_camera(x, now), "firefinder/camera/north/availability"),
              there ? "online" : "offline");
  };
  auto x = burning();
  is(x, "online", true);
  x.snoozed_until = now + 600;
  is(x, "online", true);
  x.enabled = false;
  is(x, "disabled", false);
  EXPECT_EQ(camera_state(x)["enabled"], "OFF");
  EXPECT_TRUE(has_document(form()->of_camera(x, now))) << "its entities stay";
  x.enabled = true;
  x.online = false;
  x.device.change([&](auto& own) { own.condition = camera_condition::stream_error; });
  is(x, "unavailable", false);
  x.device.change([&](auto& own) { own.condition = camera_condition::offline; });
  is(x, "offline", false);
  x.device.reset();
  is(x, "offline", false);
}

TEST(device_documents, a_snooze_tells_the_minutes_that_are_left) {
  auto x = camera();
  const auto left = [&](unix_seconds until) {
    x.snoozed_until = until;
    return camera_state(x)["snooze"];
  };
  EXPECT_EQ(left(0), 0);
  EXPECT_EQ(left(now + 1), 1);
  EXPECT_EQ(left(now + 60), 1);
  EXPECT_EQ(left(now + 61), 2);
  EXPECT_EQ(left(now + 86'400), 1440);
  EXPECT_EQ(left(now + 1e12), 1440);
  EXPECT_EQ(left(now - 5), 0);
  x.snoozed_until = now + 1'800;
  EXPECT_EQ(camera_state(x)["snoozed_until"], "2026-01-02T03:34:05Z");
}

TEST(device_documents, moments_are_written_in_utc) {
  auto x = camera();
  const auto written = [&](unix_seconds t) {
    x.last_seen = t;
    return camera_state(x)["last_seen"];
  };
  EXPECT_EQ(written(951'825'599.9), "2000-02-29T11:59:59Z");
  EXPECT_EQ(written(1), "1970-01-01T00:00:01Z");
  EXPECT_EQ(written(253'402'300'799.0), "9999-12-31T23:59:59Z");
  for (const unix_seconds odd :
       {0.0, -5.0, 1e18, std::nan(""), std::numeric_limits<double>::infinity()})
    EXPECT_TRUE(written(odd).is_null()) << odd;
}

TEST(device_documents, the_moment_of_a_state_is_its_last_member) {
  const auto with_time = [](const std::string& text) {
    const auto at = text.rfind(",\"updated_at\":");
    EXPECT_NE(at, std::string::npos) << text;
    EXPECT_EQ(text.find(',', at + 1), std::string::npos) << text;
    return text.substr(0, at);
  };
  const auto first = form()->of_camera(burning(), now);
  const auto later = form()->of_camera(burning(), now + 1'000);
  ASSERT_EQ(first.size(), later.size());
  EXPECT_NE(first[0], later[0]);
  EXPECT_EQ(with_time(first[0].payload), with_time(later[0].payload));
  EXPECT_EQ(first[1], later[1]);
  EXPECT_EQ(first[2], later[2]);
  (void)with_time(form()->of_hub(alarmed())[0].payload);
}

TEST(device_documents, the_same_view_gives_the_same_bytes) {
  EXPECT_EQ(form()->of_hub(alarmed()), form()->of_hub(alarmed()));
  EXPECT_EQ(form()->of_camera(burning(), now), form()->of_camera(burning(), now));
}

// -- events -----------------------------------------------------------------------

passing_message only_event(const house_event& event) {
  const auto all = form()->of_event(event);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? passing_message{} : all.front();
}

TEST(device_documents, a_decision_is_told_once) {
  house_event event;
  event.what = house_event::kind::trigger;
  event.at = now;
  event.decision.emplace();
  event.decision->reason = decision_reason::agreement;
  event.decision->trigger_id = "8d6c";
  event.decision->agreeing = 1;
  event.decision->threshold = 1;
  event.decision->cameras["north"].agrees = true;
  event.decision->cameras["south"].agrees = false;
  const auto x = only_event(event);
  EXPECT_EQ(x.topic, "firefinder/consensus/event");
  EXPECT_EQ(x.qos, 1);
  EXPECT_FALSE(x.retain);
  EXPECT_EQ(x.outdated_after, std::chrono::seconds{60});
  EXPECT_EQ(json::parse(x.payload), json::parse(R"({
    "event_type": "trigger", "ts": "2026-01-02T03:04:05Z", "reason": "agreement",
    "trigger_id": "8d6c", "agreeing": 1, "threshold": 1, "cameras": ["north"]})"));
}

TEST(device_documents, a_detection_is_told_once) {
  house_event event;
  event.what = house_event::kind::detection;
  event.at = now;
  event.camera = "north";
  event.id = "17";
  event.sight = sight(fire_sign::smoke);
  const auto x = only_event(event);
  EXPECT_EQ(x.topic, "firefinder/camera/north/event");
  EXPECT_EQ(json::parse(x.payload), json::parse(R"({
    "event_type": "smoke", "id": "17", "confidence": 0.877, "area_ratio": 0.05,
    "box": [0.1, 0.2, 0.3, 0.45], "object_id": "1732.5-abc", "source": "frigate",
    "ts": "2026-01-02T03:04:05Z"})"));
}

TEST(device_documents, what_happens_to_cameras_is_told_by_the_bridge) {
  using kind = house_event::kind;
  const std::map<kind, std::string> all{
      {kind::camera_added, "camera_added"},     {kind::camera_removed, "camera_removed"},
      {kind::camera_renamed, "camera_renamed"}, {kind::camera_online, "camera_online"},
      {kind::camera_offline, "camera_offline"}, {kind::config_changed, "config_changed"}};
  for (const auto& [what, type] : all) {
    house_event event;
    event.what = what;
    event.at = now;
    event.camera = "north";
    event.name = "North\n\"gate\"";
    event.detail = "Old gate";
    const auto x = only_event(event);
    EXPECT_EQ(x.topic, "firefinder/bridge/event");
    EXPECT_FALSE(x.retain);
    EXPECT_EQ(
        json::parse(x.payload),
        json({{"type", type},
              {"data", {{"key", "north"}, {"name", "North \"gate\""}, {"detail", "Old gate"}}},
              {"ts", "2026-01-02T03:04:05Z"}}));
  }
}

TEST(device_documents, an_event_without_its_content_is_not_told) {
  house_event event;
  event.what = house_event::kind::detection;
  EXPECT_TRUE(form()->of_event(event).empty());
  event.what = house_event::kind::alarm;
  EXPECT_TRUE(form()->of_event(event).empty());
}

TEST(device_documents, nothing_is_ever_told_where_pumps_listen) {
  for (const auto mode : {discovery_mode::device, discovery_mode::off}) {
    auto with = settings_of();
    with.mode = mode;
    for (const auto& x : form(with)->of_hub(alarmed()))
      EXPECT_FALSE(x.topic.starts_with("fire/")) << x.topic;
    for (const auto& x : form(with)->of_camera(burning(), now))
      EXPECT_FALSE(x.topic.starts_with("fire/")) << x.topic;
  }
}

// -- whose document it is ---------------------------------------------------------

TEST(device_documents, what_is_not_announced_has_states_and_no_document) {
  auto x = camera();
  x.announced = false;
  EXPECT_FALSE(has_document(form()->of_camera(x, now)));
  EXPECT_EQ(form()->of_camera(x, now).size(), 2U);
  for (const auto mode : {discovery_mode::off, discovery_mode::argusai}) {
    auto with = settings_of();
    with.mode = mode;
    EXPECT_FALSE(has_document(form(with)->of_camera(camera(), now)));
    EXPECT_FALSE(has_document(form(with)->of_hub(hub())));
    EXPECT_EQ(form(with)->of_hub(hub()).size(), 5U);
  }
}

std::vector<retained_message> documents_of(const std::string& instance,
                                           const std::vector<std::string>& keys) {
  const auto with = settings_of(instance);
  std::vector<retained_message> result;
  const auto take = [&result](const std::vector<retained_message>& all) {
    for (const auto& x : all)
      if (x.what == message_class::document)
        result.push_back(x);
  };
  take(form(with)->of_hub(hub()));
  for (const auto& key : keys)
    take(form(with)->of_camera(camera(key), now));
  return result;
}

TEST(device_documents, instances_do_not_claim_each_others_documents) {
  // Topics alone do not tell: camera `x` of `main` and the hub of `main_x` have the same.
  const std::vector<std::string> instances{"main", "main2", "main_x", "main_x_y", "m"};
  for (const auto& mine : instances)
    for (const auto& other : instances)
      for (const auto& x : documents_of(other, {"x", "x_y", "2", "y"}))
        EXPECT_EQ(form(settings_of(mine))->is_ours(x.topic, x.payload), mine == other)
            << mine << ": " << x.topic;
}

TEST(device_documents, documents_are_known_also_when_abbreviated) {
  const auto ours = [](const char* payload,
                       const std::string& topic = "homeassistant/device/ff_main_north/config") {
    return form()->is_ours(topic, payload);
  };
  EXPECT_TRUE(ours(
      R"({"dev": {"ids": "ff_main_north", "via_device": "ff_main"}, "o": {"name": "Firefinder"}})"));
  EXPECT_TRUE(ours(R"({"dev": {"ids": ["liveobject_north", "ff_main_north"],
                       "via_device": "ff_main"}, "origin": {"name": "Firefinder"}})"));
  EXPECT_TRUE(ours(R"({"dev": {"ids": ["ff_main"]}, "o": {"name": "Firefinder"}})",
                   "homeassistant/device/ff_main/config"));
  // Of somebody else, or damaged.
  EXPECT_FALSE(ours(R"({"dev": {"ids": ["ff_main2"], "via_device": "ff_main"},
                        "o": {"name": "Firefinder"}})",
                    "homeassistant/device/ff_main2/config"));
  EXPECT_FALSE(ours(R"({"dev": {"ids": ["ff_main_north"], "via_device": "ff_main"},
                        "o": {"name": "zigbee2mqtt"}})"));
  EXPECT_FALSE(ours(R"({"dev": {"ids": ["ff_main_north"], "via_device": "ff_main"}})"));
  EXPECT_FALSE(ours(R"({"dev": {"ids": ["ff_main_north"]}, "o": {"name": "Firefinder"}})"));
  EXPECT_FALSE(ours(R"({"dev": {"ids": ["ff_main_south"], "via_device": "ff_main"},
                        "o": {"name": "Firefinder"}})"));
  for (const auto* odd : {"", "{", "[]", "null", "7", "\"x\"", "{\"dev\": 1, \"o\": []}",
                          R"({"dev": {"ids": {}, "via_device": []}, "o": {"name": 1}})",
                          "{\"o\": {\"name\": \"\xff\"}}"})
    EXPECT_FALSE(ours(odd)) << odd;
  EXPECT_FALSE(ours((std::string(100'000, '[') + std::string(100'000, ']')).c_str()));
  EXPECT_FALSE(ours(std::string(1'000'000, ' ').c_str()));
}

TEST(device_documents, other_topics_are_not_ours) {
  const auto x = documents_of("main", {}).front();
  ASSERT_TRUE(form()->is_ours(x.topic, x.payload));
  for (const auto* topic :
       {"homeassistant/device/ff_main", "homeassistant/device//config", "homeassistant/config",
        "homeassistant/device/config", "homeassistant/sensor/ff_main/config", "",
        "other/device/ff_main/config", "homeassistant/device/ff_main/x/config",
        "homeassistant/device/ff_mai/config"})
    EXPECT_FALSE(form()->is_ours(topic, x.payload)) << topic;
}

TEST(device_documents, unique_ids_stay_and_are_unique_over_many_cameras) {
  std::set<std::string> ids;
  std::size_t count = 0;
  const auto gather = [&](const json& document) {
    for (const auto& [key, x] : document["components"].items()) {
      ids.insert(x["platform"].get<std::string>() + " " + x["unique_id"].get<std::string>());
      ++count;
    }
  };
  announcement run;
  run.shows(hub());
  gather(hub_document());
  for (int i = 0; i < 500; ++i) {
    auto x = camera("camera_" + std::to_string(i));
    run.shows(x);
    const auto document = camera_document(x);
    gather(document);
    x.name = "Another name";
    x.id = "another id";
    EXPECT_EQ(camera_document(x)["components"], document["components"])
        << "a new name changes no entity";
  }
  EXPECT_EQ(ids.size(), count);
  EXPECT_EQ(count, 30U + 500U * 13U);
  EXPECT_EQ(run.findings(), "");
}

TEST(device_documents, a_camera_document_is_small) {
  auto x = burning();
  x.key = std::string(48, 'k');
  x.name.clear();
  for (int i = 0; i < 600; ++i)
    x.name += "\xF0\x9F\x94\xA5";
  auto with = settings_of("abcdefghijklmnop");
  with.topic_prefix = std::string(63, 'p') + "/";
  with.base_topic = std::string(64, 'b');
  x.device.change([&](auto& y) { y.model = y.manufacturer = y.firmware_version = x.name; });
  EXPECT_LE(form(with)->of_camera(x, now).back().payload.size(), 16'384U);
}

} // namespace
} // namespace firefinder::device_documents_test
