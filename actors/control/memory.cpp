#include "actors/control/memory.hpp"

#include "messages/dumped.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// Nothing of ours is longer: 100 names of cameras and a few texts.
constexpr std::size_t max_text = 256 * 1'024;

// A moment past it was not written by us.
constexpr unix_seconds end_of_time = 1e11;

// What `read` makes of the object in `text`; nothing when there is none, or `read` misses
// something in it.
template <class T, class Read>
std::optional<T> read_object(std::string_view text, Read read) {
  if (text.size() > max_text)
    return std::nullopt;
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return std::nullopt;
  try {
    T result;
    if (!read(document, result))
      return std::nullopt;
    return result;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

// JSON of another type is not converted, as `get` would do for numbers.
template <class T>
void read(const json& from, const char* key, T& to) {
  to = from.at(key).get_ref<const T&>();
}

void read(const json& from, const char* key, bool& to) {
  to = from.at(key).get_ref<const json::boolean_t&>();
}

bool read_moment(const json& from, const char* key, unix_seconds& to) {
  if (!from.at(key).is_number())
    return false;
  to = from.at(key).get<double>();
  return to >= 0 && to < end_of_time;
}

json moment(unix_seconds x) { return x > 0 ? json(x) : json(); }

} // namespace

std::string stored_text(const arming& x) {
  return dumped<json>({{"armed", x.armed}, {"since", x.since}, {"by", x.by}});
}

std::string stored_text(const tuned_value& x) {
  return dumped<json>({{"value", x.value}, {"configured", x.configured}});
}

std::string stored_text(const told_camera& x) {
  return dumped<json>({{"key", x.key}, {"name", x.name}});
}

std::string stored_text(const camera_decision& x) {
  json result{{"name", x.name}, {"announced", x.announced}};
  if (x.counts)
    result["counts"] = {{"enabled", x.counts->enabled},
                        {"configured", x.counts->configured},
                        {"since", x.counts->since},
                        {"by", x.counts->by}};
  if (x.added)
    result["added"] = *x.added;
  return dumped(result);
}

std::string stored_text(const snooze& x) {
  return dumped<json>({{"since", x.since}, {"until", x.until}, {"by", x.by}, {"reason", x.reason}});
}

std::string stored_text(const alarm_memory& x) {
  const auto& a = x.alarm;
  return dumped<json>({{"active", a.active},
                       {"since", a.since},
                       {"trigger_id", a.trigger_id},
                       {"cameras", a.cameras},
                       {"triggers", a.triggers},
                       {"acknowledged", a.acknowledged},
                       {"acknowledged_at", a.acknowledged_at},
                       {"acknowledged_by", a.acknowledged_by},
                       {"acknowledge_reason", a.acknowledge_reason},
                       {"reset_at", a.reset_at},
                       {"reset_by", a.reset_by},
                       {"reset_reason", a.reset_reason},
                       {"known_triggers", x.known_triggers},
                       {"known_trigger", x.known_trigger},
                       {"began", x.began}});
}

std::optional<arming> stored_arming(std::string_view text) {
  return read_object<arming>(text, [](const json& from, arming& to) {
    read(from, "armed", to.armed);
    read(from, "by", to.by);
    return read_moment(from, "since", to.since);
  });
}

std::optional<tuned_value> stored_value(std::string_view text) {
  return read_object<tuned_value>(text, [](const json& from, tuned_value& to) {
    if (!from.at("value").is_number() || !from.at("configured").is_number())
      return false;
    to.value = from.at("value").get<double>();
    to.configured = from.at("configured").get<double>();
    return true;
  });
}

std::optional<told_camera> stored_camera(std::string_view text) {
  return read_object<told_camera>(text, [](const json& from, told_camera& to) {
    read(from, "key", to.key);
    read(from, "name", to.name);
    return true;
  });
}

std::optional<camera_decision> stored_decision(std::string_view text) {
  return read_object<camera_decision>(text, [](const json& from, camera_decision& to) {
    read(from, "name", to.name);
    read(from, "announced", to.announced);
    if (from.contains("added"))
      read(from, "added", to.added.emplace());
    if (!from.contains("counts"))
      return true;
    auto& counts = to.counts.emplace();
    read(from.at("counts"), "enabled", counts.enabled);
    read(from.at("counts"), "configured", counts.configured);
    read(from.at("counts"), "by", counts.by);
    return read_moment(from.at("counts"), "since", counts.since);
  });
}

std::optional<snooze> stored_snooze(std::string_view text) {
  return read_object<snooze>(text, [](const json& from, snooze& to) {
    read(from, "by", to.by);
    read(from, "reason", to.reason);
    return read_moment(from, "since", to.since) && read_moment(from, "until", to.until);
  });
}

std::optional<alarm_memory> stored_alarm(std::string_view text) {
  return read_object<alarm_memory>(text, [](const json& from, alarm_memory& to) {
    auto& a = to.alarm;
    read(from, "active", a.active);
    read(from, "trigger_id", a.trigger_id);
    a.cameras = from.at("cameras").get<std::vector<std::string>>();
    read(from, "acknowledged", a.acknowledged);
    read(from, "acknowledged_by", a.acknowledged_by);
    read(from, "acknowledge_reason", a.acknowledge_reason);
    read(from, "reset_by", a.reset_by);
    read(from, "reset_reason", a.reset_reason);
    read(from, "known_trigger", to.known_trigger);
    if (!from.at("triggers").is_number_unsigned()
        || !from.at("known_triggers").is_number_unsigned())
      return false;
    a.triggers = from.at("triggers").get<std::uint32_t>();
    to.known_triggers = from.at("known_triggers").get<std::uint64_t>();
    return read_moment(from, "since", a.since)
           && read_moment(from, "acknowledged_at", a.acknowledged_at)
           && read_moment(from, "reset_at", a.reset_at) && read_moment(from, "began", to.began);
  });
}

std::string alarm_text(const alarm_view& x) {
  const auto text = [](const std::string& said) { return said.empty() ? json() : json(said); };
  return dumped<json>({{"active", x.active},
                       {"since", moment(x.since)},
                       {"trigger_id", text(x.trigger_id)},
                       {"cameras", x.cameras},
                       {"triggers", x.triggers},
                       {"acknowledged", x.acknowledged},
                       {"acknowledged_at", moment(x.acknowledged_at)},
                       {"acknowledged_by", text(x.acknowledged_by)},
                       {"acknowledge_reason", text(x.acknowledge_reason)},
                       {"reset_at", moment(x.reset_at)},
                       {"reset_by", text(x.reset_by)},
                       {"reset_reason", text(x.reset_reason)}});
}

} // namespace firefinder
