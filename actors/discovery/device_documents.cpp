#include "actors/discovery/device_documents.hpp"

#include "actors/discovery/foreign_document.hpp"
#include "messages/dumped.hpp"
#include "messages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* product = "Firefinder";
// A message that tells of something that happens is of no use later.
constexpr std::chrono::seconds event_life{60};
// Home Assistant keeps no history of attributes of more than 16 kB.
constexpr std::size_t max_listed = 20;
constexpr std::size_t max_name_characters = 500;
constexpr std::size_t max_text_characters = 200;
// Documents are far smaller, and of no great depth.
constexpr std::size_t max_foreign_document = 256 * 1024;
constexpr int max_foreign_depth = 16;
// 9999-12-31: what is later is a mistake, and has no form of four digits.
constexpr unix_seconds end_of_time = 253'402'300'799.0;

const char* on_off(bool on) { return on ? "ON" : "OFF"; }

// -- values -------------------------------------------------------------------

// Nothing: not one that can be shown.
std::optional<double> rounded(double value, int digits) {
  if (!std::isfinite(value) || std::abs(value) > 1e15)
    return std::nullopt;
  const double scale = std::pow(10, digits);
  return std::round(value * scale) / scale;
}

bool is_whole(double value) { return value == std::trunc(value); }

// Whole numbers without a point.
json number(double value, int digits) {
  const auto shown = rounded(value, digits);
  if (!shown)
    return nullptr;
  return is_whole(*shown) ? json(static_cast<std::int64_t>(*shown)) : json(*shown);
}

// ISO 8601 in UTC; empty: never.
std::string moment_text(unix_seconds t) {
  if (!(t > 0 && t <= end_of_time))
    return {};
  const std::chrono::sys_seconds at{std::chrono::seconds{static_cast<std::int64_t>(t)}};
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{at - days};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

json moment(unix_seconds t) {
  auto text = moment_text(t);
  return text.empty() ? json() : json(std::move(text));
}

// Takes one character of UTF-8 from the front of `text`; 0xFFFD for a byte that begins none.
char32_t take_character(std::string_view& text) {
  constexpr char32_t unreadable = 0xFFFD;
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  const auto skip = [&text](std::size_t bytes) { text.remove_prefix(bytes); };
  if (length == 0 || length > text.size()) {
    skip(1);
    return unreadable;
  }
  char32_t result = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) {
      skip(1);
      return unreadable;
    }
    result = (result << 6U) | (next & 0x3FU);
  }
  skip(length);
  // Longer than it need be, or half of a pair of UTF-16.
  const bool odd = (length == 3 && result < 0x800) || (length == 4 && result < 0x10000)
                   || (result >= 0xD800 && result <= 0xDFFF) || result > 0x10FFFF;
  return odd ? unreadable : result;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029
         || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// What came from the network, to be shown: readable, of a bounded length.
std::string clean(std::string_view text, std::size_t most = max_text_characters) {
  std::string result;
  for (std::size_t count = 0; !text.empty() && count < most; ++count) {
    const auto before = text;
    const auto c = take_character(text);
    if (is_control(c))
      result += ' ';
    else if (c == 0xFFFD)
      result += "\xEF\xBF\xBD";
    else
      result += before.substr(0, before.size() - text.size());
  }
  const auto first = result.find_first_not_of(' ');
  if (first == std::string::npos)
    return {};
  return result.substr(first, result.find_last_not_of(' ') - first + 1);
}

// null when there is nothing to say.
json words(std::string_view text) {
  auto result = clean(text);
  return result.empty() ? json() : json(std::move(result));
}

json names(const std::vector<std::string>& all) {
  auto result = json::array();
  for (const auto& x : all) {
    if (result.size() == max_listed)
      break;
    result.push_back(clean(x));
  }
  return result;
}

// `camera_sight::source`, as it is shown.
const char* word_of_source(const std::string& source) {
  return source.empty() ? "direct" : "frigate";
}

// -- entities -----------------------------------------------------------------

/// One entity of a device. Topics are those below the device's own.
struct entity {
  const char* key;
  const char* platform;
  const char* name;
  /// Where its state stands.
  const char* topic = nullptr;
  /// Which member of that it shows; null: the one that is called like the entity.
  const char* member = nullptr;
  const char* device_class = nullptr;
  const char* category = nullptr;
  const char* icon = nullptr;
  const char* state_class = nullptr;
  const char* unit = nullptr;
  /// Digits after the point; -1: it does not say.
  int precision = -1;
  /// Where it is operated.
  const char* command = nullptr;
  /// Of a number.
  double min = 0;
  double max = 0;
  double step = 1;
  /// Of an enumeration, or types of an event.
  std::vector<const char*> options{};
  /// Seconds after which a state that is not retained holds no longer.
  int expires = 0;
  /// Its state is an object that tells more.
  bool attributes = false;
  /// It is shown also while the camera is not there.
  bool of_hub = false;
  bool enabled = true;
};

constexpr const char* diagnostic = "diagnostic";
constexpr const char* config = "config";

const std::vector<entity>& hub_entities() {
  static const std::vector<entity> all{
      {.key = "connection",
       .platform = "binary_sensor",
       .name = "Connection",
       .topic = "bridge/state",
       .device_class = "connectivity",
       .category = diagnostic},
      {.key = "fire",
       .platform = "binary_sensor",
       .name = "Fire",
       .topic = "consensus/state",
       .device_class = "smoke",
       .icon = "mdi:fire"},
      {.key = "trigger_active",
       .platform = "binary_sensor",
       .name = "Trigger active",
       .topic = "consensus/state",
       .device_class = "safety"},
      // It stays until somebody resets it, when there may be no smoke any more; whether there
      // is any, `fire` tells.
      {.key = "alarm",
       .platform = "binary_sensor",
       .name = "Alarm",
       .topic = "alarm/state",
       .device_class = "safety",
       .icon = "mdi:alarm-light",
       .attributes = true},
      // What somebody has switched off on purpose is no problem: it has no class.
      {.key = "supervisory",
       .platform = "binary_sensor",
       .name = "Supervisory",
       .topic = "supervisory/state",
       .icon = "mdi:shield-off-outline",
       .attributes = true},
      {.key = "trouble",
       .platform = "binary_sensor",
       .name = "Trouble",
       .topic = "trouble/state",
       .device_class = "problem",
       .attributes = true},
      {.key = "problem",
       .platform = "binary_sensor",
       .name = "Problem",
       .topic = "consensus/state",
       .device_class = "problem",
       .category = diagnostic},
      {.key = "frigate",
       .platform = "binary_sensor",
       .name = "Frigate",
       .topic = "consensus/state",
       .device_class = "connectivity",
       .category = diagnostic},
      // Whether an alarm would get through, as the last exercise has shown.
      {.key = "drill_failed",
       .platform = "binary_sensor",
       .name = "Drill failed",
       .topic = "drill/state",
       .member = "failed",
       .device_class = "problem",
       .category = diagnostic,
       .attributes = true},
      {.key = "last_drill",
       .platform = "sensor",
       .name = "Last drill",
       .topic = "drill/state",
       .member = "began",
       .device_class = "timestamp",
       .category = diagnostic},
      {.key = "watchdog",
       .platform = "binary_sensor",
       .name = "Watchdog",
       .topic = "bridge/health",
       .member = "ok",
       .device_class = "running",
       .category = diagnostic,
       .expires = 100},
      {.key = "state",
       .platform = "sensor",
       .name = "State",
       .topic = "consensus/state",
       .device_class = "enum",
       .options = {"idle", "suspected", "confirmed", "cooldown", "disarmed", "degraded"}},
      {.key = "last_trigger",
       .platform = "sensor",
       .name = "Last trigger",
       .topic = "consensus/state",
       .device_class = "timestamp"},
      {.key = "trigger_count",
       .platform = "sensor",
       .name = "Trigger count",
       .topic = "consensus/state",
       .state_class = "total_increasing"},
      {.key = "cameras_online",
       .platform = "sensor",
       .name = "Cameras online",
       .topic = "consensus/state",
       .state_class = "measurement"},
      {.key = "cameras_detecting",
       .platform = "sensor",
       .name = "Cameras detecting",
       .topic = "consensus/state",
       .state_class = "measurement"},
      {.key = "cameras_total",
       .platform = "sensor",
       .name = "Cameras total",
       .topic = "consensus/state",
       .category = diagnostic,
       .state_class = "measurement"},
      {.key = "started_at",
       .platform = "sensor",
       .name = "Started at",
       .topic = "bridge/info",
       .device_class = "timestamp",
       .category = diagnostic},
      {.key = "event",
       .platform = "event",
       .name = "Event",
       .topic = "consensus/event",
       .options = {"suspected", "trigger", "suppressed", "cleared"}},
      {.key = "alarm_event",
       .platform = "event",
       .name = "Alarm event",
       .topic = "alarm/event",
       .options = {"raised", "repeated", "reminder", "acknowledged", "reset"}},
      {.key = "armed",
       .platform = "switch",
       .name = "Armed",
       .topic = "consensus/state",
       .category = config,
       .command = "consensus/armed/set"},
      {.key = "consensus_threshold",
       .platform = "number",
       .name = "Consensus threshold",
       .topic = "consensus/state",
       .category = config,
       .command = "consensus/consensus_threshold/set",
       .min = 1,
       .max = 10},
      {.key = "min_confidence",
       .platform = "number",
       .name = "Minimum confidence",
       .topic = "consensus/state",
       .category = config,
       .command = "consensus/min_confidence/set",
       .max = 1,
       .step = 0.01},
      {.key = "detection_window",
       .platform = "number",
       .name = "Detection window",
       .topic = "consensus/state",
       .device_class = "duration",
       .category = config,
       .unit = "s",
       .command = "consensus/detection_window/set",
       // The greatest value is the configuration's.
       .min = 10},
      {.key = "cooldown_period",
       .platform = "number",
       .name = "Cooldown period",
       .topic = "consensus/state",
       .device_class = "duration",
       .category = config,
       .unit = "s",
       .command = "consensus/cooldown_period/set",
       .max = 3600},
      {.key = "acknowledge",
       .platform = "button",
       .name = "Acknowledge alarm",
       .icon = "mdi:bell-check",
       .command = "bridge/request/alarm/acknowledge"},
      {.key = "reset",
       .platform = "button",
       .name = "Reset alarm",
       .icon = "mdi:bell-off",
       .command = "bridge/request/alarm/reset"},
      {.key = "drill",
       .platform = "button",
       .name = "Drill",
       .category = config,
       .icon = "mdi:clipboard-check-outline",
       .command = "bridge/request/drill"},
      {.key = "rescan",
       .platform = "button",
       .name = "Rescan",
       .category = config,
       .icon = "mdi:magnify-scan",
       .command = "bridge/request/rescan"},
      {.key = "restart",
       .platform = "button",
       .name = "Restart",
       .device_class = "restart",
       .category = config,
       .command = "bridge/request/restart"},
  };
  return all;
}

const std::vector<entity>& camera_entities() {
  static const std::vector<entity> all{
      {.key = "fire",
       .platform = "binary_sensor",
       .name = "Fire",
       .topic = "state",
       .device_class = "smoke",
       .icon = "mdi:fire"},
      {.key = "smoke",
       .platform = "binary_sensor",
       .name = "Smoke",
       .topic = "state",
       .device_class = "smoke"},
      {.key = "connectivity",
       .platform = "binary_sensor",
       .name = "Connectivity",
       .topic = "state",
       .device_class = "connectivity",
       .category = diagnostic,
       .of_hub = true},
      {.key = "problem",
       .platform = "binary_sensor",
       .name = "Problem",
       .topic = "state",
       .device_class = "problem",
       .category = diagnostic,
       .of_hub = true},
      {.key = "status",
       .platform = "sensor",
       .name = "Status",
       .topic = "state",
       .device_class = "enum",
       .category = diagnostic,
       .options = {"online", "offline", "unavailable", "disabled"},
       .of_hub = true},
      {.key = "confidence",
       .platform = "sensor",
       .name = "Confidence",
       .topic = "state",
       .member = "confidence_pct",
       .state_class = "measurement",
       .unit = "%",
       .precision = 0},
      {.key = "last_detection",
       .platform = "sensor",
       .name = "Last detection",
       .topic = "state",
       .device_class = "timestamp"},
      {.key = "detections_today",
       .platform = "sensor",
       .name = "Detections today",
       .topic = "state",
       .state_class = "total_increasing",
       .unit = "detections"},
      {.key = "growth_ratio",
       .platform = "sensor",
       .name = "Growth ratio",
       .topic = "state",
       .category = diagnostic,
       .state_class = "measurement",
       .precision = 2,
       .enabled = false},
      {.key = "detection",
       .platform = "event",
       .name = "Detection",
       .topic = "event",
       .options = {"fire", "smoke"}},
      {.key = "enabled",
       .platform = "switch",
       .name = "Enabled",
       .topic = "state",
       .category = config,
       .command = "enabled/set",
       .of_hub = true},
      {.key = "snooze",
       .platform = "number",
       .name = "Snooze",
       .topic = "state",
       .device_class = "duration",
       .category = config,
       .icon = "mdi:sleep",
       .unit = "min",
       .command = "snooze/set",
       .max = 1440,
       .of_hub = true},
      {.key = "snoozed_until",
       .platform = "sensor",
       .name = "Snoozed until",
       .topic = "state",
       .device_class = "timestamp",
       .category = diagnostic,
       .of_hub = true},
  };
  return all;
}

void set_text(json& object, const char* key, const char* text) {
  if (text != nullptr)
    object[key] = text;
}

// What is known of an entity beside its identity. `topics` stands before its own; `hub` is the
// availability of the daemon.
void describe(json& to, const entity& x, const std::string& topics, const json& hub) {
  const std::string platform = x.platform;
  const bool is_event = platform == "event";
  if (x.topic != nullptr) {
    to["state_topic"] = topics + x.topic;
    // Whether the daemon is there is no JSON, and an event tells all that it has.
    if (std::string_view{x.topic} == "bridge/state") {
      to["payload_on"] = "online";
      to["payload_off"] = "offline";
      // Otherwise it would be unavailable instead of off.
      to["availability"] = json::array();
    } else if (!is_event) {
      to["value_template"]
          = "{{ value_json." + std::string{x.member != nullptr ? x.member : x.key} + " }}";
    }
  }
  if (x.command != nullptr)
    to["command_topic"] = topics + x.command;
  if (platform == "button")
    to["payload_press"] = "{}";
  if (platform == "number") {
    to["min"] = number(x.min, 3);
    to["max"] = number(x.max, 3);
    to["step"] = number(x.step, 3);
    to["mode"] = "box";
  }
  if (!x.options.empty())
    to[is_event ? "event_types" : "options"] = x.options;
  set_text(to, "device_class", x.device_class);
  set_text(to, "state_class", x.state_class);
  set_text(to, "unit_of_measurement", x.unit);
  set_text(to, "entity_category", x.category);
  set_text(to, "icon", x.icon);
  if (x.precision >= 0)
    to["suggested_display_precision"] = x.precision;
  if (x.expires > 0)
    to["expire_after"] = x.expires;
  if (x.attributes)
    to["json_attributes_topic"] = topics + x.topic;
  if (x.of_hub)
    to["availability"] = hub;
  if (!x.enabled)
    to["enabled_by_default"] = false;
}

// -- states -------------------------------------------------------------------

json told(const problem& x) {
  return {{"code", clean(x.code)},
          {"subject", words(x.subject)},
          {"since", moment(x.since)},
          {"text", words(x.text)}};
}

json told(const std::vector<problem>& all) {
  auto result = json::array();
  for (const auto& x : all) {
    if (result.size() == max_listed)
      break;
    result.push_back(told(x));
  }
  return result;
}

// When it ends by itself; null: it does not.
json end_of(const problem& x, const std::vector<snooze>& snoozes) {
  const bool zone = x.code == "zone_snoozed";
  if (!zone && x.code != "camera_snoozed")
    return nullptr;
  for (const auto& s : snoozes)
    if (s.zone == zone && s.target == x.subject)
      return moment(s.until);
  return nullptr;
}

json supervisory_state(const control_state& control) {
  auto what = json::array();
  for (const auto& x : control.supervisory) {
    if (what.size() == max_listed)
      break;
    auto one = told(x);
    one["until"] = end_of(x, control.snoozes);
    what.push_back(std::move(one));
  }
  return {{"supervisory", on_off(!control.supervisory.empty())},
          {"count", control.supervisory.size()},
          {"switched_off", std::move(what)}};
}

json trouble_state(const hub_view& hub) {
  return {{"trouble", on_off(!hub.troubles.empty())},
          {"count", hub.troubles.size()},
          {"troubles", told(hub.troubles)},
          {"notices", told(hub.notices)}};
}

json alarm_members(const alarm_view& x) {
  return {{"since", moment(x.since)},
          {"trigger_id", words(x.trigger_id)},
          {"cameras", names(x.cameras)},
          {"triggers", x.triggers},
          {"acknowledged", on_off(x.acknowledged)},
          {"acknowledged_at", moment(x.acknowledged_at)},
          {"acknowledged_by", words(x.acknowledged_by)},
          {"acknowledge_reason", words(x.acknowledge_reason)},
          {"reset_at", moment(x.reset_at)},
          {"reset_by", words(x.reset_by)},
          {"reset_reason", words(x.reset_reason)}};
}

json alarm_state(const alarm_view& x) {
  json result{{"alarm", on_off(x.active)}};
  result.update(alarm_members(x));
  return result;
}

unix_seconds newest_moment(const hub_view& hub) {
  const auto& alarm = hub.control.alarm;
  auto result = std::max({hub.started_at, hub.changed_at, hub.house.last_trigger, alarm.since,
                          alarm.acknowledged_at, alarm.reset_at});
  for (const auto* list : {&hub.troubles, &hub.notices, &hub.control.supervisory})
    for (const auto& x : *list)
      result = std::max(result, x.since);
  return result;
}

json consensus_state(const hub_view& hub) {
  const auto& house = hub.house;
  const auto& tuning = hub.control.tuning;
  // A daemon that does not decide knows nothing of a fire.
  const auto decided = [&house](bool x) { return house.decides ? json(on_off(x)) : json(); };
  return {{"fire", decided(house.fire)},
          {"trigger_active", decided(house.cooldown)},
          {"problem", on_off(!hub.troubles.empty())},
          {"frigate", house.frigate_known ? json(on_off(house.frigate_online)) : json()},
          {"armed", on_off(house.armed)},
          {"state", hub.state},
          {"last_trigger", moment(house.last_trigger)},
          {"trigger_count", house.trigger_count},
          {"cameras_total", hub.cameras_total},
          {"cameras_online", hub.cameras_online},
          {"cameras_detecting", hub.cameras_detecting},
          {"consensus_threshold", tuning.threshold},
          {"min_confidence", number(tuning.min_confidence, 3)},
          {"cooldown_period", number(to_seconds(tuning.cooldown), 3)},
          {"detection_window", number(to_seconds(tuning.detection_window), 3)},
          {"updated_at", moment(newest_moment(hub))}};
}

// What answers in the network and shows nothing is there, and yet of no use.
const char* status_of(const camera_view& camera) {
  if (!camera.enabled)
    return "disabled";
  if (camera.online)
    return "online";
  return camera.device && camera.device->reachable() ? "unavailable" : "offline";
}

double minutes_left(unix_seconds until, unix_seconds now) {
  return std::clamp(std::ceil((until - now) / 60), 0.0, 1440.0);
}

// An object of plain values, written without a document: with many cameras that see something
// there are thousands of states a second.
class object_text {
public:
  object_text() { text_.reserve(640); }

  // Quoted; for what needs no escaping.
  void word(std::string_view key, std::string_view value) {
    if (value.empty())
      return null(key);
    begin(key);
    text_ += '"';
    text_ += value;
    text_ += '"';
  }
  // Anything; empty: null.
  void words(std::string_view key, std::string_view value) {
    if (value.size() <= max_text_characters && std::ranges::all_of(value, is_plain))
      return word(key, value);
    const auto shown = clean(value);
    if (shown.empty())
      return null(key);
    begin(key);
    text_ += dumped(json(shown));
  }
  void number(std::string_view key, double value, int digits) {
    const auto shown = rounded(value, digits);
    if (!shown)
      return null(key);
    begin(key);
    if (is_whole(*shown))
      fmt::format_to(std::back_inserter(text_), "{}", static_cast<std::int64_t>(*shown));
    else
      fmt::format_to(std::back_inserter(text_), "{}", *shown);
  }
  void null(std::string_view key) {
    begin(key);
    text_ += "null";
  }
  std::string end() && {
    text_ += '}';
    return std::move(text_);
  }

private:
  // Needs neither cleaning nor escaping.
  static bool is_plain(char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; }

  void begin(std::string_view key) {
    text_ += text_.empty() ? '{' : ',';
    text_ += '"';
    text_ += key;
    text_ += "\":";
  }

  std::string text_;
};

std::string camera_state(const camera_view& camera, unix_seconds now) {
  const auto* seen = camera.newest ? &*camera.newest : nullptr;
  object_text result;
  result.word("fire", on_off(camera.fire));
  result.word("smoke", on_off(camera.smoke));
  result.word("connectivity", on_off(camera.online));
  result.word("problem", on_off(!camera.problem.empty()));
  result.words("problem_text", camera.problem);
  result.word("enabled", on_off(camera.enabled));
  result.word("status", status_of(camera));
  if (seen != nullptr) {
    constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();
    result.number("confidence_pct", std::clamp(seen->newest.confidence, 0.0, 1.0) * 100, 1);
    result.number("growth_ratio", seen->growth > 0 ? seen->growth : unknown, 2);
    result.number("area_ratio", seen->newest.area, 5);
    result.word("label", to_string(seen->newest.sign));
    result.words("object_id", seen->newest.object);
    result.word("source", word_of_source(seen->source));
  } else {
    for (const auto* key : {"confidence_pct", "growth_ratio", "area_ratio", "label", "object_id"})
      result.null(key);
    result.word("source", camera.by_frigate ? "frigate" : "");
  }
  result.word("last_detection", moment_text(camera.last_detection));
  result.word("last_seen", moment_text(camera.last_seen));
  result.number("detections_today", static_cast<double>(camera.detections_today), 0);
  result.word("snoozed_until", moment_text(camera.snoozed_until));
  result.number("snooze", minutes_left(camera.snoozed_until, now), 0);
  result.word("updated_at", moment_text(now));
  return std::move(result).end();
}

// -- events -------------------------------------------------------------------

json decision_event(const char* type, const house_event& event) {
  json result{{"event_type", type}, {"ts", moment(event.at)}};
  if (!event.decision)
    return result;
  const auto& x = *event.decision;
  std::vector<std::string> agreeing;
  for (const auto& [id, standing] : x.cameras)
    if (standing.agrees)
      agreeing.push_back(id);
  result["reason"] = to_string(x.reason);
  result["trigger_id"] = words(x.trigger_id);
  result["agreeing"] = x.agreeing;
  result["threshold"] = x.threshold;
  result["cameras"] = names(agreeing);
  return result;
}

json sight_event(const house_event& event) {
  const auto& x = event.sight->newest;
  return {
      {"event_type", to_string(x.sign)},
      {"id", words(event.id)},
      {"confidence", number(x.confidence, 3)},
      {"area_ratio", number(x.area, 5)},
      {"box", {number(x.box.x1, 4), number(x.box.y1, 4), number(x.box.x2, 4), number(x.box.y2, 4)}},
      {"object_id", words(x.object)},
      {"source", word_of_source(event.sight->source)},
      {"ts", moment(event.at)}};
}

json bridge_event(const char* type, const house_event& event) {
  auto data = json::object();
  if (!event.camera.empty())
    data["key"] = event.camera;
  if (!event.name.empty())
    data["name"] = clean(event.name, max_name_characters);
  if (!event.detail.empty())
    data["detail"] = clean(event.detail, max_name_characters);
  return {{"type", type}, {"data", std::move(data)}, {"ts", moment(event.at)}};
}

json alarm_event_of(const house_event& event) {
  json result{{"event_type", to_string(event.alarm->what)}};
  result.update(alarm_members(event.alarm->alarm));
  result["ts"] = moment(event.at);
  return result;
}

// -- documents of others --------------------------------------------------------

bool is_or_holds(const json* value, const std::string& text) {
  if (value == nullptr)
    return false;
  if (value->is_array())
    return std::any_of(value->begin(), value->end(), [&text](const json& x) { return x == text; });
  return *value == text;
}

json text_as_json(const std::string& text) {
  auto result = json::parse(text, nullptr, false);
  return result.is_discarded() ? json() : result;
}

// -- the form -------------------------------------------------------------------

class device_presentation : public presentation {
public:
  explicit device_presentation(const discovery_settings& settings)
    : settings_(settings), hub_id_("ff_" + settings.instance),
      fixed_info_(dumped<json>({{"config", text_as_json(settings.configuration)},
                                {"config_schema", text_as_json(settings.request_schema)}})),
      hub_document_(settings.mode == discovery_mode::device ? dumped(hub_document())
                                                            : std::string{}) {}

  [[nodiscard]] std::vector<retained_message> of_hub(const hub_view& hub) const override {
    std::vector<retained_message> result{
        {topic("consensus/state"), dumped(consensus_state(hub))},
        {topic("alarm/state"), dumped(alarm_state(hub.control.alarm))},
        {topic("supervisory/state"), dumped(supervisory_state(hub.control))},
        {topic("trouble/state"), dumped(trouble_state(hub))},
        {topic("bridge/info"), info(hub)}};
    if (settings_.mode == discovery_mode::device)
      result.push_back({document_topic(hub_id_), hub_document_, message_class::document});
    return result;
  }

  [[nodiscard]] std::vector<retained_message> states_of(const camera_view& camera,
                                                        unix_seconds now) const override {
    const bool there = camera.enabled && camera.online;
    return {{camera_topic(camera.key, "state"), camera_state(camera, now)},
            {camera_topic(camera.key, "availability"), there ? "online" : "offline",
             message_class::availability}};
  }

  [[nodiscard]] std::vector<retained_message>
  documents_of(const document_facts& camera) const override {
    if (settings_.mode != discovery_mode::device || !camera.announced)
      return {};
    return {{document_topic(camera_id(camera.key)), dumped(camera_document(camera)),
             message_class::document}};
  }

  [[nodiscard]] std::vector<passing_message> of_event(const house_event& event) const override {
    using kind = house_event::kind;
    switch (event.what) {
    case kind::suspected:
      return one("consensus/event", decision_event("suspected", event));
    case kind::trigger:
      return one("consensus/event", decision_event("trigger", event));
    case kind::suppressed:
      return one("consensus/event", decision_event("suppressed", event));
    case kind::cleared:
      return one("consensus/event", decision_event("cleared", event));
    case kind::detection:
      if (event.sight && !event.camera.empty())
        return one("camera/" + event.camera + "/event", sight_event(event));
      return {};
    case kind::camera_added:
      return one("bridge/event", bridge_event("camera_added", event));
    case kind::camera_removed:
      return one("bridge/event", bridge_event("camera_removed", event));
    case kind::camera_renamed:
      return one("bridge/event", bridge_event("camera_renamed", event));
    case kind::camera_online:
      return one("bridge/event", bridge_event("camera_online", event));
    case kind::camera_offline:
      return one("bridge/event", bridge_event("camera_offline", event));
    case kind::config_changed:
      return one("bridge/event", bridge_event("config_changed", event));
    case kind::alarm:
      if (event.alarm)
        return one("alarm/event", alarm_event_of(event));
      return {};
    }
    return {};
  }

  [[nodiscard]] presence daemon_presence() const override { return {topic("bridge/state")}; }

  [[nodiscard]] std::vector<std::string> document_filters() const override {
    return {document_topic("+")};
  }

  // By topic alone the camera `x` of `main` could be the hub of `main_x`, and the other way
  // round; the document tells which house it belongs to.
  [[nodiscard]] bool is_ours(std::string_view topic, std::string_view payload) const override {
    const auto before = settings_.discovery_prefix + "/device/";
    constexpr std::string_view after = "/config";
    if (topic.size() <= before.size() + after.size() || !topic.starts_with(before)
        || !topic.ends_with(after))
      return false;
    const std::string id{topic.substr(before.size(), topic.size() - before.size() - after.size())};
    const bool hub = id == hub_id_;
    if (!hub && !id.starts_with(hub_id_ + "_"))
      return false;
    const auto document = parse_foreign(payload, max_foreign_document, max_foreign_depth);
    const auto* device = foreign_member(&document, "device", "dev");
    const auto* via = foreign_member(device, "via_device", "via_device");
    return is_or_holds(foreign_member(foreign_member(&document, "origin", "o"), "name", "name"),
                       product)
           && is_or_holds(foreign_member(device, "identifiers", "ids"), id)
           && (hub ? via == nullptr : is_or_holds(via, hub_id_));
  }

private:
  [[nodiscard]] std::string topic(const std::string& below) const {
    return settings_.base_topic + "/" + below;
  }
  [[nodiscard]] std::string camera_topic(const std::string& key, const char* below) const {
    return topic("camera/" + key + "/" + below);
  }
  [[nodiscard]] std::string camera_id(const std::string& key) const { return hub_id_ + "_" + key; }
  [[nodiscard]] std::string document_topic(const std::string& id) const {
    return settings_.discovery_prefix + "/device/" + id + "/config";
  }

  [[nodiscard]] std::vector<passing_message> one(const std::string& below,
                                                 const json& payload) const {
    return {{topic(below), dumped(payload), 1, false, event_life}};
  }

  [[nodiscard]] std::string info(const hub_view& hub) const {
    auto result = dumped<json>(
        {{"version", words(settings_.version)},
         {"commit", words(settings_.commit)},
         {"instance", settings_.instance},
         {"started_at", moment(hub.started_at)},
         {"mqtt", {{"version", words(hub.protocol)}, {"broker", words(settings_.broker)}}},
         {"discovery",
          {{"enabled", hub.announced && settings_.mode != discovery_mode::off},
           {"mode", to_string(settings_.mode)},
           {"prefix", settings_.discovery_prefix}}}});
    result.back() = ',';
    result += R"("cameras":)";
    result += listed(hub.cameras);
    // What is shown is what holds: nothing waits for a restart.
    result += R"(,"restart_required":false,)";
    return result.append(fixed_info_, 1);
  }

  // As text, an array.
  [[nodiscard]] const std::string& listed(const camera_list& cameras) const {
    if (listed_.text.empty() || listed_.of != cameras.fingerprint()) {
      auto all = json::array();
      cameras.each([&all](std::string_view key, std::string_view id, std::string_view name) {
        all.push_back(
            {{"key", key}, {"id", clean(id)}, {"name", clean(name, max_name_characters)}});
      });
      listed_ = {cameras.fingerprint(), dumped(all)};
    }
    return listed_.text;
  }

  [[nodiscard]] json origin() const {
    json result{{"name", product}};
    if (!settings_.version.empty())
      result["sw_version"] = clean(settings_.version);
    return result;
  }

  [[nodiscard]] json availability(const std::string& below) const {
    return {{"topic", settings_.topic_prefix + topic(below)}};
  }

  // The members of a document in their order.
  [[nodiscard]] json document(json device, json available, const std::string& id,
                              const std::vector<entity>& entities,
                              const std::string& topics) const {
    const auto hub = json::array({availability("bridge/state")});
    auto components = json::object();
    for (const auto& x : entities) {
      auto& component = components[x.key];
      const auto unique = id + "_" + x.key;
      component["platform"] = x.platform;
      component["unique_id"] = unique;
      component["default_entity_id"] = std::string{x.platform} + "." + unique;
      component["name"] = x.name;
      describe(component, x, topics, hub);
      // Some versions do not hand it down from the root.
      component["qos"] = 1;
    }
    return {
        {"device", std::move(device)}, {"origin", origin()}, {"availability", std::move(available)},
        {"availability_mode", "all"},  {"qos", 1},           {"components", std::move(components)}};
  }

  [[nodiscard]] json hub_document() const {
    std::string name = product;
    if (settings_.instance != "main")
      name += " " + settings_.instance;
    json device{{"identifiers", {hub_id_}},
                {"name", std::move(name)},
                {"manufacturer", product},
                {"model", "Fire alarm"}};
    if (!settings_.version.empty())
      device["sw_version"] = clean(settings_.version);
    auto result = document(std::move(device), json::array({availability("bridge/state")}), hub_id_,
                           hub_entities(), settings_.topic_prefix + topic(""));
    // As the configuration permits, whatever holds now: who makes it shorter must be able to make
    // it longer again.
    result["components"]["detection_window"]["max"]
        = number(to_seconds(settings_.longest_window), 3);
    return result;
  }

  [[nodiscard]] json camera_document(const document_facts& camera) const {
    const auto or_else = [](std::string text, const std::string& otherwise) {
      return text.empty() ? otherwise : text;
    };
    const auto id = camera_id(camera.key);
    json device{{"identifiers", {id}},
                {"name", or_else(clean(camera.name, max_name_characters), camera.key)},
                {"manufacturer", or_else(clean(camera.manufacturer), product)},
                {"model", or_else(clean(camera.model), "Camera")}};
    if (auto version = clean(camera.firmware_version); !version.empty())
      device["sw_version"] = std::move(version);
    device["via_device"] = hub_id_;
    if (settings_.connections && !camera.mac.empty())
      device["connections"] = json::array({json::array({"mac", lower_case(camera.mac)})});
    auto available = json::array(
        {availability("bridge/state"), availability("camera/" + camera.key + "/availability")});
    return document(std::move(device), std::move(available), id, camera_entities(),
                    settings_.topic_prefix + topic("camera/" + camera.key + "/"));
  }

  discovery_settings settings_;
  std::string hub_id_;
  /// What `bridge/info` ends with, as text: with thousands of cameras in the configuration it is
  /// too long to be made anew with every change of the house.
  std::string fixed_info_;
  /// The house's own document depends on the settings alone.
  std::string hub_document_;
  /// The cameras in `bridge/info`: thousands of them, that change much more seldom than the house.
  struct listing {
    std::uint64_t of = 0;
    std::string text;
  };
  mutable listing listed_;
};

} // namespace

std::unique_ptr<presentation> make_device_presentation(const discovery_settings& settings) {
  return std::make_unique<device_presentation>(settings);
}

} // namespace firefinder
