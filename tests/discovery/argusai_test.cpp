#include "actors/discovery/argusai.hpp"
#include "actors/discovery/device_documents.hpp"
#include "tests/home_assistant/checker.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <regex>

namespace firefinder::argusai_test {
namespace {

using nlohmann::json;
using std::chrono::seconds;

// Sunday 2026-11-22 19:04:15.125 UTC.
constexpr unix_seconds moment = 1'795'374'255.125;

const std::vector<std::string> keys{"event",        "status",      "last_event",
                                    "events_today", "events_week", "activity"};

discovery_settings settings() {
  discovery_settings result;
  result.mode = discovery_mode::argusai;
  result.version = "1.2.3";
  return result;
}

discovery_settings strict_settings() {
  auto result = settings();
  result.argusai.strict = true;
  return result;
}

camera_view camera(const std::string& key = "north", const std::string& name = "North") {
  camera_view result;
  result.id = key;
  result.key = key;
  result.name = name;
  result.online = true;
  return result;
}

camera_sight sight(fire_sign sign = fire_sign::fire, double confidence = 0.87) {
  camera_sight result;
  result.camera = "north";
  result.newest.sign = sign;
  result.newest.confidence = confidence;
  result.at = moment;
  return result;
}

camera_view active_camera(const std::string& key = "north", const std::string& name = "North") {
  auto result = camera(key, name);
  result.newest = sight();
  result.last_event = moment;
  result.active = true;
  result.events_today_utc = 3;
  result.events_week_utc = 17;
  return result;
}

house_event detected(const std::string& key = "north", const std::string& name = "North",
                     const camera_sight& seen = sight()) {
  house_event result;
  result.what = house_event::kind::detection;
  result.at = moment;
  result.camera = key;
  result.name = name;
  result.sight = seen;
  result.id = "7";
  return result;
}

std::unique_ptr<presentation> form(const discovery_settings& s = settings()) {
  return make_argusai_presentation(s, nullptr);
}

std::vector<retained_message> documents_of(const presentation& x, const camera_view& view) {
  auto result = x.of_camera(view, moment);
  std::erase_if(result, [](const auto& m) { return m.what != message_class::document; });
  return result;
}

json parsed(const std::string& text) {
  auto result = json::parse(text, nullptr, false);
  EXPECT_FALSE(result.is_discarded()) << text;
  return result;
}

/// The document of one entity.
json document(const presentation& x, const std::string& key, const camera_view& view = camera()) {
  const auto all = documents_of(x, view);
  const auto at = std::find(keys.begin(), keys.end(), key) - keys.begin();
  if (all.size() != keys.size())
    return {};
  return parsed(all[static_cast<std::size_t>(at)].payload);
}

/// The payload on one of the topics of a camera; null when nothing is said there.
json state(const presentation& x, const camera_view& view, const std::string& what,
           unix_seconds now = moment) {
  for (const auto& m : x.of_camera(view, now))
    if (m.what == message_class::state && m.topic.ends_with("/" + what))
      return parsed(m.payload);
  return nullptr;
}

json event(const presentation& x, const house_event& told = detected()) {
  const auto messages = x.of_event(told);
  EXPECT_EQ(messages.size(), 1U);
  return messages.empty() ? json() : parsed(messages.front().payload);
}

bool is_uuid(const std::string& text) {
  static const std::regex form{
      "[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"};
  return std::regex_match(text, form);
}

bool is_moment(const json& text, const std::string& zone) {
  static const std::regex form{R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:00))"};
  return text.is_string() && std::regex_match(text.get<std::string>(), form)
         && text.get<std::string>().ends_with(zone);
}

// -- documents ---------------------------------------------------------------------------

TEST(argusai_documents, are_six_of_a_camera) {
  const auto all = documents_of(*form(), camera());
  std::vector<std::string> topics;
  for (const auto& m : all)
    topics.push_back(m.topic);
  EXPECT_EQ(topics, (std::vector<std::string>{
                        "homeassistant/sensor/liveobject_north_event/config",
                        "homeassistant/sensor/liveobject_north_status/config",
                        "homeassistant/sensor/liveobject_north_last_event/config",
                        "homeassistant/sensor/liveobject_north_events_today/config",
                        "homeassistant/sensor/liveobject_north_events_week/config",
                        "homeassistant/binary_sensor/liveobject_north_activity/config"}));
}

TEST(argusai_documents, of_events) {
  const auto x = document(*form(), "event");
  EXPECT_EQ(x["name"], "North AI Events");
  EXPECT_EQ(x["unique_id"], "liveobject_north_event");
  EXPECT_EQ(x["object_id"], "liveobject_north_event");
  EXPECT_EQ(x["default_entity_id"], "sensor.liveobject_north_event");
  EXPECT_EQ(x["state_topic"], "liveobject/camera/north/event");
  EXPECT_EQ(x["json_attributes_topic"], "liveobject/camera/north/event");
  EXPECT_EQ(x["icon"], "mdi:cctv");
  const auto value = x["value_template"].get<std::string>();
  EXPECT_NE(value.find("value_json.description[:255]"), std::string::npos);
  EXPECT_NE(value.find("'No event'"), std::string::npos);
}

TEST(argusai_documents, of_the_status) {
  const auto x = document(*form(), "status");
  EXPECT_EQ(x["name"], "North Status");
  EXPECT_EQ(x["unique_id"], "liveobject_north_status");
  EXPECT_EQ(x["state_topic"], "liveobject/camera/north/status");
  EXPECT_EQ(x["json_attributes_topic"], "liveobject/camera/north/status");
  EXPECT_EQ(x["value_template"], "{{ value_json.status }}");
  EXPECT_EQ(x["icon"], "mdi:camera");
}

TEST(argusai_documents, of_the_last_event) {
  const auto x = document(*form(), "last_event");
  EXPECT_EQ(x["name"], "North Last Event");
  EXPECT_EQ(x["device_class"], "timestamp");
  EXPECT_EQ(x["state_topic"], "liveobject/camera/north/last_event");
  EXPECT_EQ(x["value_template"], "{{ value_json.timestamp }}");
  EXPECT_EQ(x["icon"], "mdi:clock-outline");
  const auto attributes = x["json_attributes_template"].get<std::string>();
  for (const auto* part :
       {"'event_id': value_json.event_id", "'description': value_json.description_snippet",
        "'smart_detection_type': value_json.smart_detection_type"})
    EXPECT_NE(attributes.find(part), std::string::npos) << part;
}

TEST(argusai_documents, of_the_counters) {
  const auto today = document(*form(), "events_today");
  const auto week = document(*form(), "events_week");
  EXPECT_EQ(today["name"], "North Events Today");
  EXPECT_EQ(week["name"], "North Events This Week");
  EXPECT_EQ(today["value_template"], "{{ value_json.events_today }}");
  EXPECT_EQ(week["value_template"], "{{ value_json.events_this_week }}");
  EXPECT_EQ(today["icon"], "mdi:counter");
  EXPECT_EQ(week["icon"], "mdi:calendar-week");
  for (const auto& x : {today, week}) {
    EXPECT_EQ(x["state_topic"], "liveobject/camera/north/counts");
    EXPECT_EQ(x["unit_of_measurement"], "events");
    EXPECT_EQ(x["state_class"], "total");
  }
}

TEST(argusai_documents, of_the_activity) {
  const auto x = document(*form(), "activity");
  EXPECT_EQ(x["name"], "North Activity");
  EXPECT_EQ(x["default_entity_id"], "binary_sensor.liveobject_north_activity");
  EXPECT_EQ(x["state_topic"], "liveobject/camera/north/activity");
  EXPECT_EQ(x["value_template"], "{{ value_json.state }}");
  EXPECT_EQ(x["payload_on"], "ON");
  EXPECT_EQ(x["payload_off"], "OFF");
  EXPECT_EQ(x["device_class"], "motion");
  EXPECT_FALSE(x.contains("icon"));
}

TEST(argusai_documents, show_one_device) {
  const auto x = form();
  for (const auto& key : keys) {
    const auto device = document(*x, key)["device"];
    EXPECT_EQ(device["identifiers"], json::array({"liveobject_north"}));
    EXPECT_EQ(device["name"], "North");
    EXPECT_EQ(device["manufacturer"], "ArgusAI");
    EXPECT_EQ(device["sw_version"], "4.0.0");
    EXPECT_EQ(device["model"], key == "event" ? "AI Classifier - RTSP" : "AI Classifier");
  }
}

TEST(argusai_documents, know_a_doorbell) {
  auto view = camera();
  view.device.emplace();
  view.device.change([&](auto& own) { own.model = "Video DoorBell Pro"; });
  const auto x = form();
  EXPECT_EQ(document(*x, "event", view)["icon"], "mdi:doorbell-video");
  EXPECT_EQ(document(*x, "event", view)["device"]["model"], "AI Classifier - Doorbell");
  EXPECT_EQ(document(*x, "status", view)["icon"], "mdi:camera");
  view.device.change([&](auto& own) { own.model = "Dome"; });
  EXPECT_EQ(document(*x, "event", view)["icon"], "mdi:cctv");
}

TEST(argusai_documents, tell_who_made_them) {
  for (const auto& key : keys)
    EXPECT_EQ(document(*form(), key)["origin"],
              (json{{"name", "Firefinder main"}, {"sw_version", "1.2.3"}}));
}

TEST(argusai_documents, follow_the_configured_prefixes) {
  auto s = settings();
  s.discovery_prefix = "ha";
  s.topic_prefix = "site/";
  s.argusai.topic_prefix = "argus";
  const auto x = form(s);
  EXPECT_EQ(documents_of(*x, camera())[0].topic, "ha/sensor/liveobject_north_event/config");
  const auto status = document(*x, "status");
  EXPECT_EQ(status["state_topic"], "site/argus/camera/north/status");
  EXPECT_EQ(status["json_attributes_topic"], "site/argus/camera/north/status");
  EXPECT_EQ(status["availability_topic"], "site/argus/status");
  // The connection puts the other prefix before topics of messages.
  for (const auto& m : x->of_camera(camera(), moment))
    EXPECT_EQ(m.what == message_class::state, m.topic.starts_with("argus/camera/north/"))
        << m.topic;
  EXPECT_EQ(x->daemon_presence().topic, "argus/status");
}

TEST(argusai_documents, are_of_announced_and_enabled_cameras_only) {
  const auto x = form();
  auto hidden = camera();
  hidden.announced = false;
  EXPECT_TRUE(documents_of(*x, hidden).empty());
  EXPECT_EQ(state(*x, hidden, "status")["status"], "online");
  auto disabled = camera();
  disabled.enabled = false;
  EXPECT_TRUE(documents_of(*x, disabled).empty());
  EXPECT_EQ(state(*x, disabled, "status")["status"], "unavailable");
  auto snoozed = camera();
  snoozed.snoozed_until = moment + 60;
  EXPECT_EQ(documents_of(*x, snoozed).size(), 6U);
}

// -- presence ----------------------------------------------------------------------------

TEST(argusai_presence, is_on_the_status_topic) {
  const auto there = form()->daemon_presence();
  EXPECT_EQ(there.topic, "liveobject/status");
  EXPECT_EQ(there.online, "online");
  EXPECT_EQ(there.offline, "offline");
  EXPECT_TRUE(form()->of_hub({}).empty());
}

discovery_settings other_presence(discovery_settings s) {
  s.argusai.availability_topic = "argus/there";
  s.argusai.birth_message = "here";
  s.argusai.will_message = "gone";
  return s;
}

TEST(argusai_presence, is_where_the_documents_look_for_it) {
  const auto x = form(other_presence(settings()));
  const auto there = x->daemon_presence();
  for (const auto& key : keys) {
    const auto d = document(*x, key);
    EXPECT_EQ(d["availability_topic"], there.topic);
    EXPECT_EQ(d["payload_available"], there.online);
    EXPECT_EQ(d["payload_not_available"], there.offline);
  }
  EXPECT_EQ(there.topic, "argus/there");
  EXPECT_EQ(there.online, "here");
  EXPECT_EQ(there.offline, "gone");
  EXPECT_TRUE(x->of_hub({}).empty());
}

TEST(argusai_presence, is_elsewhere_when_strict) {
  const auto x = form(other_presence(strict_settings()));
  EXPECT_EQ(x->daemon_presence().topic, "argus/there");
  EXPECT_EQ(x->daemon_presence().online, "here");
  for (const auto& key : keys) {
    const auto d = document(*x, key);
    EXPECT_EQ(d["availability_topic"], "liveobject/status");
    EXPECT_EQ(d["payload_available"], "online");
    EXPECT_EQ(d["payload_not_available"], "offline");
  }
  // Where nothing else is said the literal word stays.
  EXPECT_EQ(x->of_hub({}), (std::vector<retained_message>{
                               {"liveobject/status", "online", message_class::availability}}));
}

TEST(argusai_presence, of_another_birth_message_ends_with_the_literal_word_when_strict) {
  auto s = strict_settings();
  s.argusai.birth_message = "here";
  EXPECT_EQ(form(s)->daemon_presence().online, "online");
  EXPECT_TRUE(form(s)->of_hub({}).empty());
  s.argusai.strict = false;
  EXPECT_EQ(form(s)->daemon_presence().online, "here");
}

// -- states ------------------------------------------------------------------------------

TEST(argusai_states, of_the_status) {
  EXPECT_EQ(state(*form(), camera(), "status"),
            (json{{"camera_id", "north"},
                  {"camera_name", "North"},
                  {"status", "online"},
                  {"source_type", "rtsp"},
                  {"last_updated", "2026-11-22T19:04:15.125Z"}}));
}

TEST(argusai_states, map_the_words_of_argusai) {
  using argusai::camera_status;
  using argusai::status_of;
  for (const auto* word : {"connected", "starting", "CONNECTED", "Starting"})
    EXPECT_EQ(status_of(word), camera_status::online) << word;
  for (const auto* word : {"disconnected", "Disconnected"})
    EXPECT_EQ(status_of(word), camera_status::offline) << word;
  for (const auto* word : {"error", "stopped", "", "online", "connected ", "\xff"})
    EXPECT_EQ(status_of(word), camera_status::unavailable) << word;
  EXPECT_EQ(to_string(camera_status::online), "online");
  EXPECT_EQ(to_string(camera_status::offline), "offline");
  EXPECT_EQ(to_string(camera_status::unavailable), "unavailable");
}

TEST(argusai_states, tell_how_a_camera_is) {
  const auto told
      = [](const camera_view& view) { return state(*form(), view, "status")["status"]; };
  auto view = camera();
  view.online = false;
  EXPECT_EQ(told(view), "offline") << "nothing comes, and nothing is known";
  view.device.emplace();
  const std::vector<std::pair<camera_condition, std::string>> expected{
      {camera_condition::found, "offline"},
      {camera_condition::online, "offline"},
      {camera_condition::offline, "offline"},
      {camera_condition::stream_error, "unavailable"},
      {camera_condition::auth_required, "unavailable"},
      {camera_condition::auth_failed, "unavailable"},
      {camera_condition::auth_locked, "unavailable"}};
  for (const auto& [condition, word] : expected) {
    view.online = false;
    view.device.change([&](auto& own) { own.condition = condition; });
    EXPECT_EQ(told(view), word) << to_string(condition);
    view.online = true;
    EXPECT_EQ(told(view), "online") << to_string(condition);
  }
  view.enabled = false;
  EXPECT_EQ(told(view), "unavailable");
}

TEST(argusai_states, of_the_last_event) {
  const auto x = state(*form(), active_camera(), "last_event");
  EXPECT_EQ(x["camera_id"], "north");
  EXPECT_EQ(x["camera_name"], "North");
  EXPECT_EQ(x["timestamp"], "2026-11-22T19:04:15.125Z");
  EXPECT_EQ(x["description_snippet"], "Fire detected by North");
  EXPECT_EQ(x["smart_detection_type"], "fire");
  EXPECT_EQ(x.size(), 6U);
  EXPECT_EQ(x["event_id"], event(*form())["event_id"]) << "it is the one of the event";
}

TEST(argusai_states, are_silent_about_an_event_that_never_was) {
  EXPECT_TRUE(state(*form(), camera(), "last_event").is_null());
}

TEST(argusai_states, know_the_last_event_after_a_restart) {
  auto view = active_camera();
  view.newest.reset();
  const auto x = state(*form(), view, "last_event");
  EXPECT_EQ(x["event_id"], event(*form())["event_id"]);
  EXPECT_EQ(x["timestamp"], "2026-11-22T19:04:15.125Z");
  EXPECT_TRUE(x["smart_detection_type"].is_null());
}

TEST(argusai_states, of_the_counters) {
  EXPECT_EQ(state(*form(), active_camera(), "counts"),
            (json{{"camera_id", "north"},
                  {"camera_name", "North"},
                  {"events_today", 3},
                  {"events_this_week", 17},
                  {"day_started_at", "2026-11-22T00:00:00.000Z"},
                  {"week_started_at", "2026-11-16T00:00:00.000Z"},
                  {"last_updated", "2026-11-22T19:04:15.125Z"}}));
}

TEST(argusai_states, count_without_overflow) {
  auto view = camera();
  view.events_week_utc = std::numeric_limits<std::uint64_t>::max();
  const auto x = state(*form(), view, "counts");
  EXPECT_EQ(x["events_today"], 0);
  EXPECT_EQ(x["events_this_week"], std::numeric_limits<std::uint64_t>::max());
}

TEST(argusai_states, say_when_counters_began) {
  const auto x = form();
  EXPECT_EQ(document(*x, "events_today")["last_reset_value_template"],
            "{{ value_json.day_started_at }}");
  EXPECT_EQ(document(*x, "events_week")["last_reset_value_template"],
            "{{ value_json.week_started_at }}");
}

TEST(argusai_states, of_the_activity_end) {
  auto view = active_camera();
  EXPECT_EQ(state(*form(), view, "activity"),
            (json{{"camera_id", "north"},
                  {"state", "ON"},
                  {"last_event_at", "2026-11-22T19:04:15.125Z"}}));
  view.active = false;
  EXPECT_EQ(state(*form(), view, "activity")["state"], "OFF");
  EXPECT_EQ(state(*form(), camera(), "activity"),
            (json{{"camera_id", "north"}, {"state", "OFF"}, {"last_event_at", nullptr}}));
}

TEST(argusai_states, of_the_activity_never_end_when_strict) {
  const auto x = form(strict_settings());
  auto view = active_camera();
  view.active = false;
  EXPECT_EQ(state(*x, view, "activity")["state"], "ON");
  EXPECT_TRUE(state(*x, camera(), "activity").is_null());
}

TEST(argusai_states, do_not_tell_more_than_argusai_when_strict) {
  const auto x = form(strict_settings());
  EXPECT_EQ(state(*x, active_camera(), "counts"),
            (json{{"camera_id", "north"},
                  {"camera_name", "North"},
                  {"events_today", 3},
                  {"events_this_week", 17},
                  {"last_updated", "2026-11-22T19:04:15.125Z"}}));
  EXPECT_FALSE(document(*x, "events_today").contains("last_reset_value_template"));
}

TEST(argusai_states, change_with_time_in_their_last_member_only) {
  const auto early = form()->of_camera(active_camera(), moment);
  EXPECT_EQ(early, form()->of_camera(active_camera(), moment));
  const auto late = form()->of_camera(active_camera(), moment + 60);
  ASSERT_EQ(early.size(), late.size());
  const std::string mark = R"("last_updated":)";
  for (std::size_t i = 0; i < early.size(); ++i) {
    EXPECT_EQ(early[i].topic, late[i].topic);
    EXPECT_EQ(early[i].payload.substr(0, early[i].payload.rfind(mark)),
              late[i].payload.substr(0, late[i].payload.rfind(mark)));
  }
}

TEST(argusai_states, come_in_the_order_of_an_event) {
  std::vector<std::string> topics;
  for (const auto& m : form()->of_camera(active_camera(), moment))
    if (m.what == message_class::state)
      topics.push_back(m.topic);
  EXPECT_EQ(topics, (std::vector<std::string>{
                        "liveobject/camera/north/last_event", "liveobject/camera/north/activity",
                        "liveobject/camera/north/counts", "liveobject/camera/north/status"}));
}

// -- events ------------------------------------------------------------------------------

TEST(argusai_events, have_what_argusai_tells) {
  const auto messages = form()->of_event(detected());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].topic, "liveobject/camera/north/event");
  const auto x = parsed(messages[0].payload);
  EXPECT_EQ(x["camera_id"], "north");
  EXPECT_EQ(x["camera_name"], "North");
  EXPECT_EQ(x["description"], "Fire detected by North with 87 % confidence");
  EXPECT_EQ(x["objects_detected"], json::array({"fire"}));
  EXPECT_EQ(x["confidence"], 87);
  EXPECT_TRUE(x["confidence"].is_number_integer());
  EXPECT_EQ(x["source_type"], "rtsp");
  EXPECT_EQ(x["timestamp"], "2026-11-22T19:04:15.125+00:00");
  EXPECT_EQ(x["smart_detection_type"], "fire");
  const auto id = x["event_id"].get<std::string>();
  EXPECT_TRUE(is_uuid(id)) << id;
  EXPECT_EQ(x["thumbnail_url"], "http://localhost:8000/api/v1/events/" + id + "/thumbnail");
}

TEST(argusai_events, leave_out_what_is_not_set) {
  const auto x = event(*form());
  EXPECT_EQ(x.size(), 10U) << "nine that are always there, and the type";
  for (const auto* key :
       {"ai_confidence", "is_doorbell_ring", "provider_used", "analysis_mode", "low_confidence",
        "correlation_group_id", "delivery_carrier", "delivery_carrier_display"})
    EXPECT_FALSE(x.contains(key)) << key;
}

TEST(argusai_events, are_of_smoke_too) {
  const auto x = event(*form(), detected("north", "North", sight(fire_sign::smoke, 0.5)));
  EXPECT_EQ(x["description"], "Smoke detected by North with 50 % confidence");
  EXPECT_EQ(x["objects_detected"], json::array({"smoke"}));
  EXPECT_EQ(x["smart_detection_type"], "smoke");
}

TEST(argusai_events, are_only_detections) {
  auto told = detected();
  for (const auto what : {house_event::kind::trigger, house_event::kind::cleared,
                          house_event::kind::camera_online, house_event::kind::alarm}) {
    told.what = what;
    EXPECT_TRUE(form()->of_event(told).empty());
  }
  told.what = house_event::kind::detection;
  told.sight.reset();
  EXPECT_TRUE(form()->of_event(told).empty());
}

TEST(argusai_events, tell_confidence_in_per_cent) {
  using argusai::per_cent;
  EXPECT_EQ(per_cent(0), 0);
  EXPECT_EQ(per_cent(0.004), 0);
  EXPECT_EQ(per_cent(0.555), 56);
  EXPECT_EQ(per_cent(0.996), 100);
  EXPECT_EQ(per_cent(1), 100);
  EXPECT_EQ(per_cent(7), 100);
  EXPECT_EQ(per_cent(-1), 0);
  EXPECT_EQ(per_cent(std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_EQ(per_cent(std::numeric_limits<double>::infinity()), 100);
}

TEST(argusai_events, show_pictures_where_the_api_is) {
  using argusai::thumbnail_url;
  const std::string expected = "https://argus.lan:8443/api/v1/events/e1/thumbnail";
  EXPECT_EQ(thumbnail_url("https://argus.lan:8443", "e1"), expected);
  EXPECT_EQ(thumbnail_url("https://argus.lan:8443/", "e1"), expected);
  EXPECT_EQ(thumbnail_url("https://argus.lan:8443//", "e1"), expected);
  auto s = settings();
  s.argusai.api_base_url = "https://argus.lan:8443/";
  EXPECT_TRUE(event(*form(s))["thumbnail_url"].get<std::string>().starts_with(
      "https://argus.lan:8443/api/v1/events/"));
}

TEST(argusai_events, have_ids_of_their_own) {
  using argusai::event_id;
  const auto id = event_id("main", "north", moment);
  EXPECT_EQ(id, event_id("main", "north", moment));
  EXPECT_EQ(id, event_id("main", "north", 1'795'374'255.1253))
      << "a moment that was written down in milliseconds is the same";
  EXPECT_NE(id, event_id("main", "south", moment));
  EXPECT_NE(id, event_id("other", "north", moment));
  EXPECT_NE(id, event_id("main", "north", moment + 10));
}

TEST(argusai_events, go_as_configured) {
  auto s = settings();
  const auto sent = [&s] { return form(s)->of_event(detected()).at(0); };
  EXPECT_EQ(sent().qos, 1);
  EXPECT_TRUE(sent().retain);
  s.argusai.qos = 2;
  s.argusai.retain_messages = false;
  EXPECT_EQ(sent().qos, 2);
  EXPECT_FALSE(sent().retain);
  s.argusai.qos = 9;
  EXPECT_EQ(sent().qos, 2) << "there is no greater one";
}

// -- message expiry ----------------------------------------------------------------------

TEST(argusai_expiry, is_never_of_what_is_retained) {
  auto s = settings();
  for (const auto& m : form(s)->of_camera(active_camera(), moment))
    EXPECT_EQ(m.outdated_after, seconds{0}) << m.topic;
  EXPECT_EQ(form(s)->of_event(detected()).at(0).outdated_after, seconds{0});
  s.argusai.retain_messages = false;
  s.argusai.message_expiry = seconds{90};
  EXPECT_EQ(form(s)->of_event(detected()).at(0).outdated_after, seconds{90});
}

TEST(argusai_expiry, is_of_everything_when_strict) {
  const auto s = strict_settings();
  const auto all = form(s)->of_camera(active_camera(), moment);
  EXPECT_EQ(all.size(), 10U);
  for (const auto& m : all)
    EXPECT_EQ(m.outdated_after, seconds{300}) << m.topic;
  const auto told = form(s)->of_event(detected()).at(0);
  EXPECT_TRUE(told.retain);
  EXPECT_EQ(told.outdated_after, seconds{300});
  // Neither birth nor will is JSON.
  for (const auto& m : form(other_presence(s))->of_hub({}))
    EXPECT_EQ(m.outdated_after, seconds{0});
}

// -- ids, names and moments --------------------------------------------------------------

TEST(argusai_ids, have_nothing_that_must_not_stand_in_topics) {
  using argusai::topic_id;
  EXPECT_EQ(topic_id("camera/with/slashes"), "camerawithslashes");
  EXPECT_EQ(topic_id("a#b+c"), "abc");
  EXPECT_EQ(topic_id("550e8400-e29b-41d4-a716-446655440000"),
            "550e8400-e29b-41d4-a716-446655440000");
  EXPECT_EQ(topic_id("North_1"), "North_1");
  EXPECT_EQ(topic_id(std::string{"a\0\n\x7f\xc3\xa4 b", 9}), "ab");
  EXPECT_EQ(topic_id("/#+"), "");
}

TEST(argusai_ids, that_are_hostile_reach_no_topic) {
  const auto x = form();
  const auto legal = [](const std::string& topic) {
    return topic.find_first_of("#+ \"") == std::string::npos
           && topic.find("//") == std::string::npos;
  };
  const auto view = active_camera("a/../b/#/+", "x");
  const auto all = x->of_camera(view, moment);
  EXPECT_EQ(all.size(), 10U);
  for (const auto& m : all) {
    EXPECT_TRUE(legal(m.topic)) << m.topic;
    EXPECT_NE(m.topic.find(m.what == message_class::document ? "liveobject_ab_" : "/camera/ab/"),
              std::string::npos)
        << m.topic;
  }
  EXPECT_EQ(x->of_event(detected("a/b#", "x")).at(0).topic, "liveobject/camera/ab/event");
  EXPECT_TRUE(x->of_camera(active_camera("/#+", "x"), moment).empty());
  EXPECT_TRUE(x->of_event(detected("/#+", "x")).empty());
}

TEST(argusai_names, of_any_kind_give_readable_json) {
  const std::vector<std::pair<std::string, std::string>> names{
      {R"(the "gate"\)", R"(the "gate"\)"},
      {"\xf0\x9f\x94\xa5 barn", "\xf0\x9f\x94\xa5 barn"},
      {"a\nb\x01\x7f\xc2\x85z", "abz"},
      {"{{ states('x') }}", "{{ states('x') }}"},
      {"K\xc3\xbc"
       "che",
       "K\xc3\xbc"
       "che"}};
  for (const auto& [name, shown] : names) {
    const auto view = active_camera("north", name);
    EXPECT_EQ(document(*form(), "event", view)["name"], shown + " AI Events");
    EXPECT_EQ(document(*form(), "event", view)["device"]["name"], shown);
    EXPECT_EQ(state(*form(), view, "status")["camera_name"], shown);
    EXPECT_EQ(state(*form(), view, "last_event")["description_snippet"],
              "Fire detected by " + shown);
    EXPECT_EQ(event(*form(), detected("north", name))["camera_name"], shown);
  }
}

TEST(argusai_names, that_are_no_text_give_readable_json) {
  for (const auto* name : {"\xff\xfe", "a\xc2", "\xe2\x82", "\xc0\xaf"}) {
    for (const auto& m : form()->of_camera(active_camera("north", name), moment))
      EXPECT_TRUE(parsed(m.payload).is_object());
    EXPECT_TRUE(event(*form(), detected("north", name)).is_object());
  }
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

TEST(argusai_names, of_500_characters_are_cut) {
  std::string name;
  for (int i = 0; i < 500; ++i)
    name += "\xf0\x9f\x94\xa5";
  const auto view = active_camera("north", name);
  const auto snippet = state(*form(), view, "last_event")["description_snippet"].get<std::string>();
  EXPECT_EQ(characters(snippet), 100U);
  EXPECT_TRUE(snippet.ends_with("\xf0\x9f\x94\xa5")) << "characters are not cut in two";
  EXPECT_EQ(characters(document(*form(), "event", view)["device"]["name"]), 255U);
}

TEST(argusai_expiry, counters_are_repeated_every_five_minutes_but_before_they_are_gone) {
  EXPECT_EQ(argusai::repetition(std::chrono::seconds{60}).count(), 48);
  EXPECT_EQ(argusai::repetition(std::chrono::seconds{300}).count(), 240);
  EXPECT_EQ(argusai::repetition(std::chrono::seconds{3600}).count(), 300);
}

TEST(argusai_moments, begin_days_and_weeks_by_utc) {
  using argusai::day_start;
  using argusai::week_start;
  constexpr double sunday = 1'795'305'600; // 2026-11-22 00:00
  constexpr double day = 86'400;
  EXPECT_EQ(day_start(moment), sunday);
  EXPECT_EQ(day_start(sunday), sunday);
  EXPECT_EQ(day_start(sunday - 0.001), sunday - day);
  EXPECT_EQ(week_start(moment), sunday - 6 * day);
  EXPECT_EQ(week_start(sunday + day), sunday + day) << "Monday";
  EXPECT_EQ(week_start(sunday + day - 0.001), sunday - 6 * day);
  EXPECT_EQ(week_start(4 * day), 4 * day) << "1970-01-05";
}

TEST(argusai_moments, are_told_for_every_clock) {
  for (const auto now : {0.0, -1.0, 1e300, std::numeric_limits<double>::quiet_NaN(),
                         std::numeric_limits<double>::infinity()}) {
    auto view = active_camera();
    view.last_event = now;
    EXPECT_TRUE(is_moment(state(*form(), view, "counts", now)["last_updated"], "Z"));
    auto told = detected();
    told.at = now;
    EXPECT_TRUE(is_moment(event(*form(), told)["timestamp"], "+00:00"));
  }
}

// -- beside the form `device` ------------------------------------------------------------

/// Says one message of each class, of the house and of each camera.
class other_form : public presentation {
public:
  [[nodiscard]] std::vector<retained_message> of_hub(const hub_view&) const override {
    return all("own", "ff_main");
  }
  [[nodiscard]] std::vector<retained_message> states_of(const camera_view& x,
                                                        unix_seconds) const override {
    auto result = all("own/" + x.key, "ff_main_" + x.key);
    result.pop_back();
    return result;
  }
  [[nodiscard]] std::vector<retained_message> documents_of(const document_facts& x) const override {
    if (!x.announced)
      return {};
    return {all("own/" + x.key, "ff_main_" + x.key).back()};
  }
  [[nodiscard]] std::vector<passing_message> of_event(const house_event&) const override {
    return {{"own/event", "{}"}};
  }
  [[nodiscard]] presence daemon_presence() const override { return {"own/bridge/state"}; }
  [[nodiscard]] std::vector<std::string> document_filters() const override {
    return {"homeassistant/device/+/config"};
  }
  [[nodiscard]] bool is_ours(std::string_view topic, std::string_view) const override {
    return topic == "homeassistant/device/ff_main/config";
  }

  static std::string document(const std::string& base, const std::string& id) {
    return json{
        {"device", {{"identifiers", {id}}, {"name", "North"}}},
        {"origin", {{"name", "Firefinder"}}},
        {"availability", {{{"topic", "own/bridge/state"}}, {{"topic", base + "/availability"}}}},
        {"availability_mode", "all"},
        {"qos", 1},
        {"components",
         {{"fire",
           {{"platform", "binary_sensor"},
            {"unique_id", id + "_fire"},
            {"state_topic", base + "/state"},
            {"value_template", "{{ value_json.fire }}"},
            {"qos", 1}}}}}}
        .dump();
  }

private:
  static std::vector<retained_message> all(const std::string& base, const std::string& id) {
    return {
        {base + "/state", R"({"fire":"ON"})", message_class::state},
        {base + "/availability", "online", message_class::availability},
        {"homeassistant/device/" + id + "/config", document(base, id), message_class::document}};
  }
};

const std::string north_document = other_form::document("own/north", "ff_main_north");

TEST(argusai_beside_device, says_our_states_without_our_documents) {
  const auto x = make_argusai_presentation(settings(), std::make_unique<other_form>());
  EXPECT_EQ(x->of_hub({}), (std::vector<retained_message>{
                               {"own/state", R"({"fire":"ON"})", message_class::state},
                               {"own/availability", "online", message_class::availability}}));
  const auto all = x->of_camera(active_camera(), moment);
  EXPECT_EQ(all.size(), 12U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const auto& a, const auto& b) { return a.what < b.what; }));
  std::vector<std::string> own;
  for (const auto& m : all)
    if (m.topic.starts_with("own/"))
      own.push_back(m.topic);
  EXPECT_EQ(own, (std::vector<std::string>{"own/north/state", "own/north/availability"}));
  EXPECT_EQ(x->daemon_presence().topic, "liveobject/status");
}

TEST(argusai_beside_device, says_events_first) {
  const auto x = make_argusai_presentation(settings(), std::make_unique<other_form>());
  const auto all = x->of_event(detected());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].topic, "liveobject/camera/north/event");
  EXPECT_EQ(all[1].topic, "own/event");
}

TEST(argusai_ours, are_looked_for_where_they_may_be) {
  EXPECT_EQ(form()->document_filters(),
            (std::vector<std::string>{"homeassistant/sensor/+/config",
                                      "homeassistant/binary_sensor/+/config"}));
  const auto both = make_argusai_presentation(settings(), std::make_unique<other_form>());
  EXPECT_EQ(both->document_filters().back(), "homeassistant/device/+/config");
  EXPECT_TRUE(both->is_ours("homeassistant/device/ff_main/config", "{}"));
}

TEST(argusai_ours, are_our_own_documents) {
  for (const auto& s : {settings(), strict_settings()})
    for (const auto& m : documents_of(*form(s), camera()))
      EXPECT_TRUE(form()->is_ours(m.topic, m.payload)) << m.topic;
}

TEST(argusai_ours, are_found_abbreviated) {
  EXPECT_TRUE(form()->is_ours("homeassistant/sensor/liveobject_x_status/config",
                              R"({"o": {"name": "Firefinder main"}, "stat_t": "a"})"));
}

TEST(argusai_ours, are_not_those_of_argusai) {
  for (const auto& m : documents_of(*form(), camera())) {
    auto foreign = parsed(m.payload);
    foreign.erase("origin");
    EXPECT_FALSE(form()->is_ours(m.topic, foreign.dump())) << "ArgusAI's own has no origin";
    foreign["origin"] = {{"name", "ArgusAI"}};
    EXPECT_FALSE(form()->is_ours(m.topic, foreign.dump()));
  }
}

TEST(argusai_ours, are_not_those_of_another_instance) {
  auto s = settings();
  for (const auto* instance : {"main2", "mai", "annex", "main_x"}) {
    s.instance = instance;
    for (const auto& m : documents_of(*form(s), camera()))
      EXPECT_FALSE(form()->is_ours(m.topic, m.payload)) << instance;
  }
}

TEST(argusai_ours, stand_on_our_topics) {
  const auto payload = documents_of(*form(), camera())[0].payload;
  EXPECT_TRUE(form()->is_ours("homeassistant/sensor/liveobject_a-b_event/config", payload));
  for (const auto* topic :
       {"homeassistant/sensor/liveobject_north_other/config",
        "homeassistant/binary_sensor/liveobject_north_event/config",
        "homeassistant/sensor/liveobject_north_activity/config",
        "homeassistant/sensor/liveobject__event/config",
        "homeassistant/sensor/liveobject_event/config",
        "homeassistant/sensor/liveobject_a/b_event/config",
        "ha/sensor/liveobject_north_event/config", "homeassistant/sensor/north_event/config",
        "homeassistant/device/ff_main/config", ""})
    EXPECT_FALSE(form()->is_ours(topic, payload)) << topic;
}

TEST(argusai_ours, are_readable) {
  std::string deep;
  for (int i = 0; i < 50'000; ++i)
    deep += R"({"origin":)";
  for (const auto& payload :
       {std::string{}, std::string{"null"}, std::string{"[]"}, std::string{"{"},
        std::string{R"({"origin": "Firefinder main"})"}, std::string{R"({"origin": {"name": 1}})"},
        std::string{R"({"name": "Firefinder main"})"}, std::string{"\xff\xfe"},
        std::string{R"({"migrate_discovery":true})"},
        R"({"origin":{"name":"Firefinder main"},"x":")" + std::string(100'000, 'x') + "\"}", deep})
    EXPECT_FALSE(form()->is_ours("homeassistant/sensor/liveobject_x_status/config", payload))
        << payload.substr(0, 60);
}

// -- migration ---------------------------------------------------------------------------

std::unique_ptr<presentation> migrated(const discovery_settings& s = settings()) {
  return make_migrated_presentation(s, std::make_unique<other_form>(), {"north"});
}

std::vector<retained_message> migrated_documents(takeover step, const camera_view& view = camera(),
                                                 const discovery_settings& s = settings()) {
  return migrated(s)->documents_of(facts_of(view, step));
}

TEST(argusai_migration, unloads_announces_and_cleans_up) {
  const auto old = documents_of(*form(), camera());
  const auto unload = migrated_documents(takeover::let_go);
  ASSERT_EQ(unload.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(unload[i].topic, old[i].topic);
    EXPECT_EQ(parsed(unload[i].payload), (json{{"migrate_discovery", true}}));
  }
  auto announce = migrated_documents(takeover::bring_back);
  ASSERT_EQ(announce.size(), 7U);
  EXPECT_EQ(announce.back().topic, "homeassistant/device/ff_main_north/config");
  EXPECT_EQ(migrated_documents(takeover::done), (std::vector{announce.back()}));
  announce.pop_back();
  EXPECT_EQ(announce, unload);
}

TEST(argusai_migration, has_documents_that_do_not_expire) {
  for (const auto step : {takeover::let_go, takeover::bring_back, takeover::done})
    for (const auto& m : migrated_documents(step, camera(), strict_settings())) {
      EXPECT_EQ(m.what, message_class::document);
      EXPECT_EQ(m.outdated_after, seconds{0});
    }
}

json migrated_document(const discovery_settings& s = settings()) {
  const auto all = migrated_documents(takeover::done, camera(), s);
  return all.size() == 1 ? parsed(all[0].payload) : json();
}

TEST(argusai_migration, keeps_what_home_assistant_knows_entities_by) {
  const auto x = migrated_document();
  EXPECT_EQ(x["device"]["identifiers"], (json{"ff_main_north", "liveobject_north"}));
  EXPECT_EQ(x["device"]["name"], "North");
  EXPECT_EQ(x["origin"]["name"], "Firefinder");
  EXPECT_TRUE(x["components"].contains("fire"));
  EXPECT_EQ(x["components"].size(), 7U);
  const auto before = form();
  for (const auto& key : keys) {
    const auto old = document(*before, key);
    const auto id = "liveobject_north_" + key;
    ASSERT_TRUE(x["components"].contains(id)) << key;
    const auto& now = x["components"][id];
    EXPECT_EQ(now["platform"], key == "activity" ? "binary_sensor" : "sensor");
    EXPECT_EQ(now["qos"], 1);
    EXPECT_FALSE(now["name"].get<std::string>().starts_with("North"));
    // What makes the entity and its history the same.
    for (const auto* member :
         {"unique_id", "default_entity_id", "state_topic", "value_template", "device_class",
          "unit_of_measurement", "state_class", "last_reset_value_template", "icon",
          "json_attributes_topic", "json_attributes_template", "payload_on", "payload_off"})
      EXPECT_EQ(now.value(member, json()), old.value(member, json())) << key << ' ' << member;
    // The document says that for all; the others are none of a device's.
    for (const auto* member : {"object_id", "availability_topic", "payload_available",
                               "payload_not_available", "device", "origin"})
      EXPECT_FALSE(now.contains(member)) << member;
  }
}

TEST(argusai_migration, is_of_cameras_that_are_announced) {
  auto view = camera();
  view.announced = false;
  for (const auto step : {takeover::let_go, takeover::bring_back, takeover::done})
    EXPECT_TRUE(migrated_documents(step, view).empty());
  // The form device shows it, so its entities go on.
  view = camera();
  view.enabled = false;
  EXPECT_EQ(migrated_documents(takeover::let_go, view).size(), 6U);
  EXPECT_EQ(migrated_documents(takeover::bring_back, view).size(), 7U);
}

/// Documents of cameras that are none of a device.
class broken_form : public other_form {
public:
  explicit broken_form(std::string document) : document_(std::move(document)) {}
  [[nodiscard]] std::vector<retained_message> documents_of(const document_facts&) const override {
    return {{"homeassistant/device/ff_main_north/config", document_, message_class::document}};
  }

private:
  std::string document_;
};

TEST(argusai_migration, unloads_nothing_that_it_cannot_bring_back) {
  for (const auto* text :
       {"", "{", "[]", "null", "{}", R"({"device": {}, "components": {}})",
        R"({"device": {"identifiers": "x"}, "components": {}})",
        R"({"device": {"identifiers": ["x"]}, "components": []})",
        R"({"device": [], "components": {}})", R"({"device": {"identifiers": ["x"]}})"}) {
    const auto x
        = make_migrated_presentation(settings(), std::make_unique<broken_form>(text), {"north"});
    const auto all = x->documents_of(facts_of(camera(), takeover::let_go));
    ASSERT_EQ(all.size(), 1U) << text;
    EXPECT_EQ(all[0].payload, text);
  }
}

TEST(argusai_migrated, goes_on_with_the_cameras_that_were_taken_over) {
  const auto x = migrated();
  const auto all = x->of_camera(active_camera(), moment, takeover::done);
  std::vector<std::string> topics;
  for (const auto& m : all)
    topics.push_back(m.topic);
  EXPECT_EQ(topics, (std::vector<std::string>{
                        "liveobject/camera/north/last_event", "liveobject/camera/north/activity",
                        "liveobject/camera/north/counts", "liveobject/camera/north/status",
                        "own/north/state", "own/north/availability",
                        "homeassistant/device/ff_main_north/config"}));
  EXPECT_EQ(parsed(all.back().payload), migrated_document());
  EXPECT_EQ(x->of_event(detected()).size(), 2U);
}

TEST(argusai_migrated, has_no_faults_of_the_original) {
  EXPECT_EQ(migrated(strict_settings())->of_camera(active_camera(), moment, takeover::done),
            migrated()->of_camera(active_camera(), moment, takeover::done));
  EXPECT_EQ(migrated_document(strict_settings()), migrated_document());
}

TEST(argusai_migrated, leaves_others_as_they_are) {
  const auto x = migrated();
  const other_form plain;
  const auto south = active_camera("south", "South");
  EXPECT_EQ(x->of_camera(south, moment), plain.of_camera(south, moment));
  EXPECT_EQ(x->of_event(detected("south", "South")), plain.of_event(detected("south", "South")));
  EXPECT_EQ(x->of_hub({}), plain.of_hub({}));
  EXPECT_EQ(x->daemon_presence().topic, "own/bridge/state");
  EXPECT_EQ(x->document_filters().back(), plain.document_filters().back());
  EXPECT_TRUE(x->is_ours("homeassistant/device/ff_main/config", "{}"));
  EXPECT_FALSE(x->is_ours("homeassistant/device/ff_other/config", "{}"));
}

TEST(argusai_migrated, knows_what_is_left_of_the_form) {
  const auto x = migrated();
  EXPECT_EQ(x->document_filters().size(), 3U);
  for (const auto& m : documents_of(*form(), camera()))
    EXPECT_TRUE(x->is_ours(m.topic, m.payload));
  for (const auto& m : migrated_documents(takeover::let_go))
    EXPECT_TRUE(x->is_ours(m.topic, m.payload));
  // One of another camera may be anybody's.
  EXPECT_FALSE(x->is_ours("homeassistant/sensor/liveobject_south_event/config",
                          R"({"migrate_discovery":true})"));
}

// -- as Home Assistant takes it ----------------------------------------------------------

/// What goes over the wire when these cameras are announced and each sees something.
std::string findings_of(const presentation& x, const discovery_settings& s,
                        const std::vector<camera_view>& views, takeover taken = takeover::none) {
  const auto there = x.daemon_presence();
  test::checker_settings expected;
  expected.discovery_prefix = s.discovery_prefix;
  expected.base_topic = s.topic_prefix + s.base_topic;
  expected.presence_topic = s.topic_prefix + there.topic;
  expected.online = there.online;
  expected.offline = there.offline;
  expected.compat = true;
  test::checker checker{expected};
  checker.connected(test::published_message{expected.presence_topic, there.offline, 1, true});
  const auto expiry = [](seconds after) {
    return after.count() > 0 ? std::optional{static_cast<std::uint32_t>(after.count())}
                             : std::nullopt;
  };
  const auto publish = [&](const std::vector<retained_message>& messages) {
    for (const auto& m : messages)
      checker.published({(m.what == message_class::document ? "" : s.topic_prefix) + m.topic,
                         m.payload, 1, true, expiry(m.outdated_after)});
  };
  publish(x.of_hub({}));
  for (const auto& view : views) {
    for (const auto& m : x.of_event(detected(view.key, view.name)))
      checker.published(
          {s.topic_prefix + m.topic, m.payload, m.qos, m.retain, expiry(m.outdated_after)});
    publish(x.of_camera(view, moment, taken));
  }
  // That of exercises is told by others.
  checker.published({s.topic_prefix + s.base_topic + "/drill/state",
                     R"({"failed": "OFF", "began": "2026-01-02T03:04:05Z"})", 1, true});
  checker.published({expected.presence_topic, there.online, 1, true});
  return test::to_string(checker.findings());
}

std::vector<camera_view> cameras_of_all_kinds() {
  std::string flames;
  for (int i = 0; i < 500; ++i)
    flames += "\xf0\x9f\x94\xa5";
  std::vector<camera_view> result{active_camera(), active_camera("south", R"(the "gate"\)"),
                                  active_camera("west", flames),
                                  active_camera("a_b", "a\nb\x01\xff")};
  result[1].active = false;
  result[1].online = false;
  result[2].newest.reset();
  result[3].enabled = false;
  return result;
}

TEST(argusai_home_assistant, takes_everything) {
  EXPECT_EQ(findings_of(*form(), settings(), cameras_of_all_kinds()), "");
}

TEST(argusai_home_assistant, takes_everything_under_other_names) {
  auto s = other_presence(settings());
  s.discovery_prefix = "ha/discovery";
  s.topic_prefix = "site/";
  s.argusai.topic_prefix = "argus/live";
  EXPECT_EQ(findings_of(*form(s), s, cameras_of_all_kinds()), "");
}

TEST(argusai_home_assistant, loses_the_documents_when_strict) {
  const auto found = findings_of(*form(strict_settings()), strict_settings(), {active_camera()});
  EXPECT_NE(found.find("liveobject_north_event/config"), std::string::npos) << found;
}

TEST(argusai_home_assistant, takes_everything_beside_our_own_topics) {
  const auto s = settings();
  const auto x = make_argusai_presentation(s, make_device_presentation(s));
  EXPECT_EQ(findings_of(*x, s, cameras_of_all_kinds()), "");
}

TEST(argusai_home_assistant, takes_the_documents_of_migrated_devices) {
  auto s = settings();
  s.mode = discovery_mode::device;
  const auto x = make_migrated_presentation(s, make_device_presentation(s),
                                            {"north", "south", "west", "a_b"});
  EXPECT_EQ(findings_of(*x, s, cameras_of_all_kinds(), takeover::done), "");
}

TEST(argusai_home_assistant, gets_the_device_where_the_form_announces_it) {
  auto s = settings();
  s.mode = discovery_mode::device;
  const auto device = make_device_presentation(s);
  const auto plain = documents_of(*device, camera()).at(0);
  const auto x = make_migrated_presentation(s, make_device_presentation(s), {"north"});
  const auto all = x->documents_of(facts_of(camera(), takeover::done));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].topic, plain.topic);
  EXPECT_TRUE(device->is_ours(all[0].topic, all[0].payload));
}

} // namespace
} // namespace firefinder::argusai_test
