#include "actors/discovery/argusai.hpp"

#include "actors/discovery/foreign_document.hpp"
#include "messages/dumped.hpp"
#include "messages/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <uuid/uuid.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// Documents of ours lie three levels deep, those of the form `device` four.
constexpr int max_depth = 6;
// Longer documents are none of ours.
constexpr std::size_t max_document_bytes = 65'536;
constexpr std::size_t max_name = 255;

// As Home Assistant knows ArgusAI.
constexpr std::string_view manufacturer = "ArgusAI";
constexpr std::string_view sw_version = "4.0.0";
constexpr std::string_view id_prefix = "liveobject_";

// In place of a document: Home Assistant unloads the entity and keeps what it knows of it
// (integrations/mqtt, "Migration from single component to device-based discovery").
constexpr std::string_view mark = R"({"migrate_discovery":true})";

struct entity {
  std::string_view key;
  std::string_view component;
  /// After the name of the camera.
  std::string_view name;
  /// Last level of its state topic.
  std::string_view topic;
  std::string_view icon;
  std::string_view value_template;
};

// In the order in which ArgusAI announces them.
constexpr std::array<entity, 6> entities{{
    {"event", "sensor", "AI Events", "event", "mdi:cctv",
     "{{ value_json.description[:255] if value_json.description else 'No event' }}"},
    {"status", "sensor", "Status", "status", "mdi:camera", "{{ value_json.status }}"},
    {"last_event", "sensor", "Last Event", "last_event", "mdi:clock-outline",
     "{{ value_json.timestamp }}"},
    {"events_today", "sensor", "Events Today", "counts", "mdi:counter",
     "{{ value_json.events_today }}"},
    {"events_week", "sensor", "Events This Week", "counts", "mdi:calendar-week",
     "{{ value_json.events_this_week }}"},
    {"activity", "binary_sensor", "Activity", "activity", "", "{{ value_json.state }}"},
}};

// The wall clock as ISO 8601, in milliseconds.
std::string moment(unix_seconds t, std::string_view zone = "Z") {
  constexpr double year_9999 = 253'402'300'799;
  const auto ms = std::llround((t > 0 ? std::min(t, year_9999) : 0) * 1'000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}{}",
                     fmt::gmtime(static_cast<std::time_t>(ms / 1'000)), ms % 1'000, zone);
}

json moment_or_null(unix_seconds t) { return t > 0 ? json(moment(t)) : json(nullptr); }

bool is_doorbell(const document_facts& camera) {
  return lower_case(camera.model).find("doorbell") != std::string::npos;
}

std::string shown_name(std::string_view name) { return argusai::clipped(name, max_name); }

std::string sentence(std::string_view what, const std::string& name) {
  return fmt::format("{} detected by {}", what, name);
}

std::string_view capital(fire_sign x) { return x == fire_sign::fire ? "Fire" : "Smoke"; }

/// Topics and documents of the form, without what is around them.
class argusai_form {
public:
  explicit argusai_form(discovery_settings settings) : s_(std::move(settings)) {}

  [[nodiscard]] const discovery_settings& settings() const noexcept { return s_; }
  [[nodiscard]] bool strict() const noexcept { return s_.argusai.strict; }

  [[nodiscard]] std::string status_topic() const { return s_.argusai.topic_prefix + "/status"; }

  [[nodiscard]] std::string availability_topic() const {
    return s_.argusai.availability_topic.empty() ? status_topic() : s_.argusai.availability_topic;
  }

  [[nodiscard]] presentation::presence presence() const {
    presentation::presence result{availability_topic(), s_.argusai.birth_message,
                                  s_.argusai.will_message};
    // There ArgusAI says `online` right after its birth message.
    if (strict() && result.topic == status_topic())
      result.online = "online";
    return result;
  }

  [[nodiscard]] static std::string object_id(std::string_view camera, const entity& e) {
    return fmt::format("{}{}_{}", id_prefix, camera, e.key);
  }

  [[nodiscard]] std::string document_topic(std::string_view camera, const entity& e) const {
    return fmt::format("{}/{}/{}/config", s_.discovery_prefix, e.component, object_id(camera, e));
  }

  [[nodiscard]] std::string state_topic(std::string_view camera, std::string_view what) const {
    return fmt::format("{}/camera/{}/{}", s_.argusai.topic_prefix, camera, what);
  }

  [[nodiscard]] json origin() const {
    return {{"name", origin_name()}, {"sw_version", s_.version}};
  }

  // Ids of cameras do not tell the instance, as ours do in the form `device`: the origin must.
  [[nodiscard]] std::string origin_name() const { return "Firefinder " + s_.instance; }

  // What the six documents, and the document of a device that takes the entities over, have in
  // common.
  [[nodiscard]] json core(const document_facts& camera, const entity& e) const {
    const auto id = argusai::topic_id(camera.key);
    const auto topic = s_.topic_prefix + state_topic(id, e.topic);
    json result{{"unique_id", object_id(id, e)},
                {"default_entity_id", fmt::format("{}.{}", e.component, object_id(id, e))},
                {"state_topic", topic},
                {"value_template", e.value_template}};
    if (e.key == "event" || e.key == "status" || e.key == "last_event")
      result["json_attributes_topic"] = topic;
    if (e.key == "last_event") {
      result["json_attributes_template"]
          = "{{ {'event_id': value_json.event_id, 'description': value_json.description_snippet, "
            "'smart_detection_type': value_json.smart_detection_type} | tojson }}";
      result["device_class"] = "timestamp";
    }
    if (e.topic == "counts") {
      result["unit_of_measurement"] = "events";
      result["state_class"] = "total";
      // Without it Home Assistant's statistics take the fall at midnight for a negative count.
      if (!strict())
        result["last_reset_value_template"] = e.key == "events_today"
                                                  ? "{{ value_json.day_started_at }}"
                                                  : "{{ value_json.week_started_at }}";
    }
    if (e.key == "activity") {
      result["payload_on"] = "ON";
      result["payload_off"] = "OFF";
      result["device_class"] = "motion";
    }
    if (e.key == "event" && is_doorbell(camera))
      result["icon"] = "mdi:doorbell-video";
    else if (!e.icon.empty())
      result["icon"] = e.icon;
    return result;
  }

  [[nodiscard]] json document(const document_facts& camera, const entity& e) const {
    const auto id = argusai::topic_id(camera.key);
    const auto name = shown_name(camera.name);
    json result{{"name", fmt::format("{} {}", name, e.name)}, {"object_id", object_id(id, e)}};
    result.update(core(camera, e));
    result["availability_topic"]
        = s_.topic_prefix + (strict() ? status_topic() : availability_topic());
    result["payload_available"] = strict() ? "online" : s_.argusai.birth_message;
    result["payload_not_available"] = strict() ? "offline" : s_.argusai.will_message;
    std::string model = "AI Classifier";
    if (e.key == "event")
      model += is_doorbell(camera) ? " - Doorbell" : " - RTSP";
    result["device"] = {{"identifiers", json::array({fmt::format("{}{}", id_prefix, id)})},
                        {"name", name},
                        {"manufacturer", manufacturer},
                        {"model", model},
                        {"sw_version", sw_version}};
    result["origin"] = origin();
    return result;
  }

  [[nodiscard]] std::vector<retained_message> documents(const document_facts& camera) const {
    std::vector<retained_message> result;
    const auto id = argusai::topic_id(camera.key);
    if (id.empty() || !camera.announced || !camera.enabled)
      return result;
    for (const auto& e : entities)
      result.push_back(
          retained(document_topic(id, e), document(camera, e), message_class::document));
    return result;
  }

  /// In place of the documents: Home Assistant is to let the entities go.
  [[nodiscard]] std::vector<retained_message> marks(const std::string& camera) const {
    std::vector<retained_message> result;
    const auto id = argusai::topic_id(camera);
    if (!id.empty())
      for (const auto& e : entities)
        result.push_back({document_topic(id, e), std::string{mark}, message_class::document});
    return result;
  }

  [[nodiscard]] std::vector<retained_message> states(const camera_view& camera,
                                                     unix_seconds now) const {
    std::vector<retained_message> result;
    const auto id = argusai::topic_id(camera.key);
    if (id.empty())
      return result;
    const auto name = shown_name(camera.name);
    const auto say = [&](std::string_view what, const json& payload) {
      result.push_back(retained(state_topic(id, what), payload, message_class::state));
    };
    if (camera.last_event > 0) {
      // What was seen since then tells what it was; at most the sign is another by now. After a
      // restart nothing does.
      std::string_view what = "Fire or smoke";
      json type = nullptr;
      if (camera.newest) {
        what = capital(camera.newest->newest.sign);
        type = to_string(camera.newest->newest.sign);
      }
      say("last_event",
          {{"camera_id", id},
           {"camera_name", name},
           {"event_id", argusai::event_id(s_.instance, id, camera.last_event)},
           {"timestamp", moment(camera.last_event)},
           {"description_snippet", argusai::clipped(sentence(what, name), argusai::max_snippet)},
           {"smart_detection_type", type}});
    }
    // ArgusAI says nothing before the first event, and never switches off.
    const bool active = strict() ? camera.last_event > 0 : camera.active;
    if (active || !strict())
      say("activity", {{"camera_id", id},
                       {"state", active ? "ON" : "OFF"},
                       {"last_event_at", moment_or_null(camera.last_event)}});
    json counts{{"camera_id", id},
                {"camera_name", name},
                {"events_today", camera.events_today_utc},
                {"events_this_week", camera.events_week_utc}};
    if (!strict()) {
      counts["day_started_at"] = moment(argusai::day_start(now));
      counts["week_started_at"] = moment(argusai::week_start(now));
    }
    counts["last_updated"] = moment(now);
    say("counts", counts);
    if (strict())
      result.back().repeated_after = argusai::repetition(s_.argusai.message_expiry);
    say("status", {{"camera_id", id},
                   {"camera_name", name},
                   {"status", to_string(argusai::status_of(camera))},
                   {"source_type", "rtsp"},
                   {"last_updated", moment(now)}});
    return result;
  }

  [[nodiscard]] std::vector<passing_message> of_event(const house_event& event) const {
    const auto id = argusai::topic_id(event.camera);
    if (event.what != house_event::kind::detection || !event.sight || id.empty())
      return {};
    const auto& seen = event.sight->newest;
    const auto name = argusai::clipped(event.name, max_name);
    const auto label = to_string(seen.sign);
    const auto number = argusai::event_id(s_.instance, id, event.at);
    const auto confidence = argusai::per_cent(seen.confidence);
    const json payload{{"event_id", number},
                       {"camera_id", id},
                       {"camera_name", name},
                       {"description", fmt::format("{} with {} % confidence",
                                                   sentence(capital(seen.sign), name), confidence)},
                       {"objects_detected", json::array({label})},
                       {"confidence", confidence},
                       {"source_type", "rtsp"},
                       {"timestamp", moment(event.at, "+00:00")},
                       {"thumbnail_url", argusai::thumbnail_url(s_.argusai.api_base_url, number)},
                       {"smart_detection_type", label}};
    passing_message result;
    result.topic = state_topic(id, "event");
    result.payload = dumped(payload);
    result.qos = std::min<std::uint8_t>(s_.argusai.qos, 2);
    result.retain = s_.argusai.retain_messages;
    if (strict() || !result.retain)
      result.outdated_after = s_.argusai.message_expiry;
    return {std::move(result)};
  }

  [[nodiscard]] std::vector<std::string> document_filters() const {
    return {s_.discovery_prefix + "/sensor/+/config",
            s_.discovery_prefix + "/binary_sensor/+/config"};
  }

  /// Whether a document on this topic is one of a camera of these. The key of a camera may end like
  /// that of an entity begins, so that a topic may be of either.
  [[nodiscard]] bool is_document_topic(std::string_view topic, const auto& is_one) const {
    return std::any_of(entities.begin(), entities.end(), [&](const entity& e) {
      const auto begin = fmt::format("{}/{}/{}", s_.discovery_prefix, e.component, id_prefix);
      const auto end = fmt::format("_{}/config", e.key);
      return topic.size() > begin.size() + end.size() && topic.starts_with(begin)
             && topic.ends_with(end)
             && is_one(topic.substr(begin.size(), topic.size() - begin.size() - end.size()));
    });
  }

  // A real ArgusAI beside us uses the same topics and the same device block, and so does another
  // instance: only the origin tells.
  [[nodiscard]] bool is_ours(std::string_view topic, std::string_view payload) const {
    if (!is_document_topic(topic, [](auto camera) { return argusai::topic_id(camera) == camera; }))
      return false;
    const auto document = parse_foreign(payload, max_document_bytes, max_depth);
    const auto* name = foreign_member(foreign_member(&document, "origin", "o"), "name", "name");
    return name != nullptr && *name == origin_name();
  }

private:
  [[nodiscard]] retained_message retained(std::string topic, const json& payload,
                                          message_class what) const {
    return {std::move(topic), dumped(payload), what,
            strict() ? s_.argusai.message_expiry : std::chrono::seconds{0}};
  }

  discovery_settings s_;
};

// The faults of the original end where its form ends.
discovery_settings without_faults(discovery_settings settings) {
  settings.argusai.strict = false;
  return settings;
}

// The document of a device with the six entities in it; nothing when it is no such document.
std::optional<std::string> with_entities(const argusai_form& form, const document_facts& camera,
                                         std::string_view device_document) {
  auto document = parse_foreign(device_document, max_document_bytes, max_depth);
  if (!document.is_object() || !document.contains("device") || !document.contains("components"))
    return std::nullopt;
  auto& device = document["device"];
  auto& components = document["components"];
  if (!device.is_object() || !device.contains("identifiers") || !device["identifiers"].is_array()
      || !components.is_object())
    return std::nullopt;
  const auto id = argusai::topic_id(camera.key);
  // By this one Home Assistant finds the device that it has.
  device["identifiers"].push_back(fmt::format("{}{}", id_prefix, id));
  for (const auto& e : entities) {
    json component{{"platform", e.component}, {"name", e.name}};
    component.update(form.core(camera, e));
    component["qos"] = 1;
    components[argusai_form::object_id(id, e)] = std::move(component);
  }
  return dumped(document);
}

void append(auto& to, auto&& more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

class argusai_presentation final : public presentation {
public:
  argusai_presentation(const discovery_settings& settings, std::unique_ptr<presentation> own)
    : form_(settings), own_(std::move(own)) {}

  [[nodiscard]] std::vector<retained_message> of_hub(const hub_view& hub) const override {
    std::vector<retained_message> result;
    if (own_)
      append(result, without_documents(own_->of_hub(hub)));
    // The literal word, wherever birth and will are told: documents look for it there.
    if (form_.strict() && form_.availability_topic() != form_.status_topic())
      result.push_back({form_.status_topic(), "online", message_class::availability});
    return result;
  }

  [[nodiscard]] std::vector<retained_message> states_of(const camera_view& camera,
                                                        unix_seconds now) const override {
    auto result = form_.states(camera, now);
    if (own_)
      append(result, own_->states_of(camera, now));
    return result;
  }

  [[nodiscard]] std::vector<retained_message>
  documents_of(const document_facts& camera) const override {
    return form_.documents(camera);
  }

  [[nodiscard]] std::vector<passing_message> of_event(const house_event& event) const override {
    auto result = form_.of_event(event);
    if (own_)
      append(result, own_->of_event(event));
    return result;
  }

  [[nodiscard]] presence daemon_presence() const override { return form_.presence(); }

  [[nodiscard]] std::vector<std::string> document_filters() const override {
    auto result = form_.document_filters();
    if (own_)
      append(result, own_->document_filters());
    return result;
  }

  [[nodiscard]] bool is_ours(std::string_view topic, std::string_view payload) const override {
    return (own_ && own_->is_ours(topic, payload)) || form_.is_ours(topic, payload);
  }

private:
  [[nodiscard]] static std::vector<retained_message>
  without_documents(std::vector<retained_message> messages) {
    std::erase_if(messages, [](const auto& x) { return x.what == message_class::document; });
    return messages;
  }

  argusai_form form_;
  std::unique_ptr<presentation> own_;
};

class migrated_presentation final : public presentation {
public:
  migrated_presentation(const discovery_settings& settings, std::unique_ptr<presentation> device,
                        std::set<std::string> cameras)
    : form_(without_faults(settings)), device_(std::move(device)), cameras_(std::move(cameras)) {}

  [[nodiscard]] std::vector<retained_message> of_hub(const hub_view& hub) const override {
    return device_->of_hub(hub);
  }

  [[nodiscard]] std::vector<retained_message> states_of(const camera_view& camera,
                                                        unix_seconds now) const override {
    if (!cameras_.contains(camera.key))
      return device_->states_of(camera, now);
    auto result = form_.states(camera, now);
    append(result, device_->states_of(camera, now));
    return result;
  }

  [[nodiscard]] std::vector<retained_message>
  documents_of(const document_facts& camera) const override {
    auto documents = device_->documents_of(camera);
    if (camera.taken == takeover::none)
      return documents;
    for (auto& x : documents)
      // What cannot be brought back is not let go.
      if (auto with = with_entities(form_, camera, x.payload))
        x.payload = *std::move(with);
      else
        return documents;
    if (camera.taken == takeover::done || documents.empty())
      return documents;
    auto result = form_.marks(camera.key);
    if (camera.taken == takeover::bring_back)
      append(result, std::move(documents));
    return result;
  }

  [[nodiscard]] std::vector<passing_message> of_event(const house_event& event) const override {
    std::vector<passing_message> result;
    if (cameras_.contains(event.camera))
      result = form_.of_event(event);
    append(result, device_->of_event(event));
    return result;
  }

  [[nodiscard]] presence daemon_presence() const override { return device_->daemon_presence(); }

  [[nodiscard]] std::vector<std::string> document_filters() const override {
    auto result = form_.document_filters();
    append(result, device_->document_filters());
    return result;
  }

  // A mark tells nothing of who has left it, but the camera does.
  [[nodiscard]] bool is_ours(std::string_view topic, std::string_view payload) const override {
    const auto is_taken = [this](auto camera) { return cameras_.contains(std::string{camera}); };
    return device_->is_ours(topic, payload) || form_.is_ours(topic, payload)
           || (payload == mark && form_.is_document_topic(topic, is_taken));
  }

private:
  argusai_form form_;
  std::unique_ptr<presentation> device_;
  std::set<std::string> cameras_;
};

} // namespace

std::unique_ptr<presentation> make_argusai_presentation(const discovery_settings& settings,
                                                        std::unique_ptr<presentation> own) {
  return std::make_unique<argusai_presentation>(settings, std::move(own));
}

std::unique_ptr<presentation> make_migrated_presentation(const discovery_settings& settings,
                                                         std::unique_ptr<presentation> device,
                                                         std::set<std::string> cameras) {
  return std::make_unique<migrated_presentation>(settings, std::move(device), std::move(cameras));
}

namespace argusai {

camera_status status_of(std::string_view camera_state) {
  const auto state = lower_case(camera_state);
  if (state == "connected" || state == "starting")
    return camera_status::online;
  return state == "disconnected" ? camera_status::offline : camera_status::unavailable;
}

camera_status status_of(const camera_view& camera) {
  if (!camera.enabled)
    return status_of("stopped");
  if (camera.online)
    return status_of("connected");
  // It answers, and no pictures come.
  if (camera.device
      && (wants_login(camera.device->condition)
          || camera.device->condition == camera_condition::stream_error))
    return status_of("error");
  return status_of("disconnected");
}

std::string topic_id(std::string_view id) {
  std::string result;
  for (const char c : id)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
        || c == '-')
      result += c;
  return result;
}

std::string event_id(std::string_view instance, std::string_view camera, unix_seconds at) {
  // Namespace of these ids, drawn once at random.
  constexpr std::array<unsigned char, 16> names{0x3b, 0x91, 0x0c, 0xe7, 0x52, 0xd8, 0x4f, 0x1a,
                                                0xa6, 0x70, 0x1e, 0x94, 0xbd, 0x25, 0xc3, 0x68};
  const auto text = fmt::format("{}|{}|{}", instance, camera, moment(at));
  uuid_t id;
  uuid_generate_sha1(id, names.data(), text.data(), text.size());
  std::array<char, 37> printed{};
  uuid_unparse_lower(id, printed.data());
  return printed.data();
}

std::string thumbnail_url(std::string_view api_base_url, std::string_view event) {
  while (api_base_url.ends_with('/'))
    api_base_url.remove_suffix(1);
  return fmt::format("{}/api/v1/events/{}/thumbnail", api_base_url, event);
}

int per_cent(double confidence) {
  // Not so for what is no number.
  if (!(confidence > 0))
    return 0;
  return static_cast<int>(std::lround(100 * std::min(confidence, 1.0)));
}

std::string clipped(std::string_view text, std::size_t most) {
  std::string result;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f)
      continue;
    // Control characters of ISO 8859: U+0080 to U+009F.
    if (byte == 0xc2 && i + 1 < text.size()
        && (static_cast<unsigned char>(text[i + 1]) & 0xe0) == 0x80) {
      ++i;
      continue;
    }
    // A byte that begins a character.
    if ((byte & 0xc0) != 0x80 && ++characters > most)
      break;
    result += text[i];
  }
  return result;
}

std::chrono::seconds repetition(std::chrono::seconds expiry) {
  constexpr std::chrono::minutes original{5};
  return std::min<std::chrono::seconds>(original, expiry * 4 / 5);
}

unix_seconds day_start(unix_seconds now) {
  constexpr double day = 86'400;
  return std::floor(now / day) * day;
}

unix_seconds week_start(unix_seconds now) {
  constexpr double day = 86'400;
  // 1970-01-05 was the first Monday.
  return std::floor((now - 4 * day) / (7 * day)) * 7 * day + 4 * day;
}

} // namespace argusai

} // namespace firefinder
