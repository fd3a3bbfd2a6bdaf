#include "actors/bridge/schema.hpp"

#include "messages/camera_key.hpp"
#include "messages/dumped.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;
using enum value_kind;

constexpr double most_minutes = 24 * 60;

// -- fields ------------------------------------------------------------------------------

constexpr request_field by{.name = "by", .max = 64, .help = "Who asks."};
constexpr request_field reason{.name = "reason", .max = 256, .help = "Why."};
constexpr request_field camera{.name = "camera",
                               .required = true,
                               .min = 1,
                               .max = 200,
                               .help = "Key, id or name of a camera."};
constexpr request_field zone{
    .name = "zone", .required = true, .min = 1, .max = 200, .help = "Name of a zone."};
constexpr request_field instance{.name = "instance",
                                 .required = true,
                                 .min = 1,
                                 .max = 16,
                                 .plain = true,
                                 .help = "An instance that announces nothing any more."};
constexpr request_field minutes{.name = "minutes",
                                .kind = number,
                                .required = true,
                                .min = 0,
                                .max = most_minutes,
                                .above_min = true,
                                .unit = "min",
                                .help = "How long it does not count; it ends by itself."};
constexpr request_field shown_name{
    .name = "name", .max = 200, .help = "What people call it; empty: its own name again."};

constexpr request_field armed{
    .name = "armed", .kind = flag, .help = "Publish triggers; otherwise they are only evaluated."};
constexpr request_field threshold{.name = "consensus_threshold",
                                  .kind = whole,
                                  .min = 1,
                                  .max = 10,
                                  .unit = "cameras",
                                  .help = "Cameras that must agree."};
constexpr request_field confidence{.name = "min_confidence",
                                   .kind = number,
                                   .min = 0,
                                   .max = 1,
                                   .help = "Smallest confidence that counts."};
constexpr request_field window{.name = "detection_window",
                               .kind = number,
                               .min = 10,
                               .max = 0,
                               .unit = "s",
                               .help = "How far back detections are looked at."};
constexpr request_field cooldown{.name = "cooldown_period",
                                 .kind = number,
                                 .min = 0,
                                 .max = 3600,
                                 .unit = "s",
                                 .help = "Pause between two triggers."};
constexpr request_field enabled{
    .name = "enabled", .kind = flag, .help = "Whether its detections count."};
constexpr request_field announce{
    .name = "announce", .kind = flag, .help = "Whether Home Assistant is told of it."};

constexpr request_field as_required(request_field field) {
  field.required = true;
  return field;
}

// -- requests ----------------------------------------------------------------------------

constexpr request_field explain_fields[] = {
    {.name = "camera",
     .may_be_null = true,
     .max = 200,
     .help = "Id of the camera to tell of; otherwise all."},
    {.name = "at",
     .kind = number,
     .may_be_null = true,
     .min = 0,
     // A moment past it is a mistake of units: milliseconds, for one.
     .max = 1e11,
     .above_min = true,
     .unit = "in seconds since 1970",
     .help = "A moment in the past; otherwise now."},
};
constexpr request_field options_fields[]
    = {armed, threshold, confidence, window, cooldown, by, reason};
constexpr request_field add_fields[] = {camera, shown_name, by, reason};
constexpr request_field camera_fields[] = {camera, by, reason};
constexpr request_field rename_fields[] = {camera, as_required(shown_name), by, reason};
constexpr request_field camera_options_fields[]
    = {camera, enabled, announce, shown_name, by, reason};
constexpr request_field camera_snooze_fields[] = {camera, minutes, by, reason};
constexpr request_field zone_snooze_fields[] = {zone, minutes, by, reason};
constexpr request_field zone_fields[] = {zone, by, reason};
constexpr request_field alarm_fields[] = {by, reason};
constexpr request_field forget_fields[] = {instance};
constexpr request_field drill_fields[] = {
    {.name = "live",
     .kind = flag,
     .help = "Publish its trigger on fire/trigger too: pumps and sirens start."},
    {.name = "confirm", .max = 16, .help = "LIVE, when it is to be live."},
    {.name = "timeout_s",
     .kind = number,
     .min = 1,
     .max = 120,
     .unit = "s",
     .help = "How long it may last; otherwise drill.timeout_s."},
};

constexpr request_form requests[] = {
    {.what = request_kind::explain,
     .name = "explain",
     .fields = explain_fields,
     .help = "Why is there an alarm, or none?",
     .example = R"({"camera": "north", "transaction": 1})"},
    {.what = request_kind::status,
     .name = "status",
     .help = "How does the house stand?",
     .example = R"({"transaction": 1})"},
    {.what = request_kind::options,
     .name = "options",
     .fields = options_fields,
     .help = "Changes what decisions go by; the answer says what holds now.",
     .example = R"({"consensus_threshold": 3, "cooldown_period": 120})"},
    {.what = request_kind::rescan, .name = "rescan", .help = "Searches for cameras now."},
    {.what = request_kind::restart, .name = "restart", .help = "Starts the daemon anew."},
    {.what = request_kind::health_check,
     .name = "health_check",
     .help = "Reports health now; the answer is that of status."},
    {.what = request_kind::drill,
     .name = "drill",
     .fields = drill_fields,
     .help = "Plays a marked exercise from the detection to the trigger; answered at its end.",
     .example = R"({"transaction": 1})"},
    {.what = request_kind::discovery_publish,
     .name = "discovery/publish",
     .help = "Announces everything to Home Assistant again."},
    {.what = request_kind::discovery_clear,
     .name = "discovery/clear",
     .help = "Takes all announcements back, until discovery/publish."},
    {.what = request_kind::discovery_migrate,
     .name = "discovery/migrate",
     .help = "Takes over the entities that the form argusai has announced."},
    {.what = request_kind::discovery_forget,
     .name = "discovery/forget",
     .fields = forget_fields,
     .help = "Clears what another instance has announced and nobody announces any more.",
     .example = R"({"instance": "old"})"},
    {.what = request_kind::camera_add,
     .name = "camera/add",
     .fields = add_fields,
     .help = "Expects a camera that is in no configuration.",
     .example = R"({"camera": "barn", "name": "The barn"})"},
    {.what = request_kind::camera_remove,
     .name = "camera/remove",
     .fields = camera_fields,
     .help = "Forgets a camera.",
     .example = R"({"camera": "barn"})"},
    {.what = request_kind::camera_rename,
     .name = "camera/rename",
     .fields = rename_fields,
     .help = "Shows a camera under another name; its id stays.",
     .example = R"({"camera": "barn", "name": "Old barn"})"},
    {.what = request_kind::camera_options,
     .name = "camera/options",
     .fields = camera_options_fields,
     .needs_one = true,
     .help = "Changes what holds for a camera.",
     .example = R"({"camera": "barn", "enabled": false})"},
    {.what = request_kind::camera_snooze,
     .name = "camera/snooze",
     .fields = camera_snooze_fields,
     .help = "Lets a camera not count for a while.",
     .example = R"({"camera": "barn", "minutes": 30, "by": "Ada", "reason": "straw burning"})"},
    {.what = request_kind::camera_wake,
     .name = "camera/wake",
     .fields = camera_fields,
     .help = "Ends that early.",
     .example = R"({"camera": "barn"})"},
    {.what = request_kind::zone_snooze,
     .name = "zone/snooze",
     .fields = zone_snooze_fields,
     .help = "Lets the cameras of a zone not count for a while.",
     .example = R"({"zone": "yard", "minutes": 30})"},
    {.what = request_kind::zone_wake,
     .name = "zone/wake",
     .fields = zone_fields,
     .help = "Ends that early.",
     .example = R"({"zone": "yard"})"},
    {.what = request_kind::alarm_acknowledge,
     .name = "alarm/acknowledge",
     .fields = alarm_fields,
     .help = "The alarm is known and is not repeated any more.",
     .example = R"({"by": "Ada"})"},
    {.what = request_kind::alarm_reset,
     .name = "alarm/reset",
     .fields = alarm_fields,
     .help = "The alarm is over.",
     .example = R"({"by": "Ada", "reason": "put out"})"},
    {.what = request_kind::alarm_reset,
     .name = "alarm/clear",
     .fields = alarm_fields,
     .help = "The same as alarm/reset."},
};

// -- commands ----------------------------------------------------------------------------

constexpr request_field snooze_minutes{.name = "snooze",
                                       .kind = number,
                                       .min = 0,
                                       .max = most_minutes,
                                       .unit = "min",
                                       .help = "How long it does not count; 0: it counts again."};

constexpr command_form commands[] = {
    {.what = command_kind::arm, .name = "consensus/armed", .value = armed, .example = "ON"},
    {.name = "consensus/consensus_threshold", .value = threshold, .example = "3"},
    {.name = "consensus/min_confidence", .value = confidence, .example = "0.65"},
    {.name = "consensus/detection_window", .value = window, .example = "45"},
    {.name = "consensus/cooldown_period", .value = cooldown, .example = "120"},
    {.what = command_kind::enable, .name = "camera/+/enabled", .value = enabled, .example = "OFF"},
    {.what = command_kind::snooze,
     .name = "camera/+/snooze",
     .value = snooze_minutes,
     .example = "30"},
};

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= max_camera_key
         && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_")
                == std::string_view::npos;
}

// -- the schema --------------------------------------------------------------------------

std::string sentence(const request_field& field) {
  return field.unit.empty() ? std::string{field.help}
                            : fmt::format("{} Unit: {}.", field.help, field.unit);
}

void add_bounds(json& to, const request_field& field, const request_limits& limits) {
  to[field.above_min ? "exclusiveMinimum" : "minimum"] = field.min;
  to["maximum"] = greatest(field, limits);
}

json schema_of(const request_field& field, const request_limits& limits) {
  json result;
  const auto type = [&field](const char* name) {
    return field.may_be_null ? json{name, "null"} : json(name);
  };
  switch (field.kind) {
  case text:
    result["type"] = type("string");
    result["maxLength"] = static_cast<int>(field.max);
    if (field.plain)
      result["pattern"] = "^[a-z0-9_]+$";
    else if (field.min > 0)
      result["pattern"] = R"(\S)";
    break;
  case number:
    result["type"] = type("number");
    add_bounds(result, field, limits);
    break;
  case whole:
    result["type"] = type("integer");
    add_bounds(result, field, limits);
    break;
  case flag:
    result["enum"] = {true, false, "ON", "OFF"};
    break;
  }
  result["description"] = sentence(field);
  return result;
}

json schema_of(const request_form& form, const request_limits& limits) {
  json members = json::object();
  auto required = json::array();
  auto one_of_them = json::array();
  for (const auto& field : form.fields) {
    members[std::string{field.name}] = schema_of(field, limits);
    if (form.what == request_kind::options && field.name != by.name && field.name != reason.name)
      members[std::string{field.name}]["requiresRestart"] = false;
    if (field.required)
      required.push_back(field.name);
    else if (field.name != by.name && field.name != reason.name)
      one_of_them.push_back({{"required", json::array({field.name})}});
  }
  members["transaction"] = {{"description", "Comes back in the answer."}};
  json result{{"description", form.help}, {"type", "object"}, {"properties", std::move(members)}};
  if (!required.empty())
    result["required"] = std::move(required);
  if (form.needs_one)
    result["anyOf"] = std::move(one_of_them);
  result["additionalProperties"] = false;
  result["examples"] = json::array({json::parse(form.example, nullptr, false)});
  return result;
}

json schema_of(const command_form& form, const request_limits& limits) {
  if (form.value.kind != flag)
    return schema_of(form.value, limits);
  return {{"type", "string"},
          {"pattern", "^([Oo][Nn]|[Oo][Ff][Ff]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"},
          {"description", sentence(form.value)}};
}

} // namespace

std::span<const request_form> request_forms() noexcept { return requests; }

std::span<const command_form> command_forms() noexcept { return commands; }

const request_form* find_request(std::string_view name) noexcept {
  const auto* found = std::ranges::find(requests, name, &request_form::name);
  return found == std::end(requests) ? nullptr : found;
}

std::optional<named_command> find_command(std::string_view name) noexcept {
  for (const auto& form : commands) {
    const auto gap = form.name.find('+');
    if (gap == std::string_view::npos) {
      if (name == form.name)
        return named_command{&form, {}};
      continue;
    }
    const auto before = form.name.substr(0, gap);
    const auto after = form.name.substr(gap + 1);
    if (name.size() < before.size() + after.size() || !name.starts_with(before)
        || !name.ends_with(after))
      continue;
    const auto key = name.substr(gap, name.size() - before.size() - after.size());
    if (is_key(key))
      return named_command{&form, key};
  }
  return std::nullopt;
}

double greatest(const request_field& field, const request_limits& limits) noexcept {
  return field.name == window.name ? limits.longest_window_s : field.max;
}

std::string allowed(const request_field& field, const request_limits& limits) {
  if (field.kind == flag)
    return "ON, OFF, true or false";
  if (field.kind == text)
    return fmt::format("given as text of at most {} {}{}", field.max,
                       field.plain ? "lower-case letters, digits and _" : "characters",
                       field.min > 0 ? ", not empty" : "");
  return fmt::format("a {}number {} {} {} {}{}", field.kind == whole ? "whole " : "",
                     field.above_min ? "above" : "from", field.min,
                     field.above_min ? "and at most" : "to", greatest(field, limits),
                     field.unit.empty() ? std::string{} : fmt::format(" ({})", field.unit));
}

std::string request_schema(const request_limits& limits) {
  auto topics = json::object();
  auto cameras = json::object();
  for (const auto& form : requests)
    topics[fmt::format("bridge/request/{}", form.name)] = schema_of(form, limits);
  for (const auto& form : commands) {
    const auto gap = form.name.find('+');
    if (gap == std::string_view::npos)
      topics[fmt::format("{}/set", form.name)] = schema_of(form, limits);
    else
      cameras[fmt::format("^{}[a-z0-9_]{{1,{}}}{}/set$", form.name.substr(0, gap), max_camera_key,
                          form.name.substr(gap + 1))]
          = schema_of(form, limits);
  }
  const json result{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", "Requests and commands"},
                    {"description",
                     "Topics below the base topic, each with its payload. Requests are JSON "
                     "objects, or empty in place of an empty object; commands, below /set, are "
                     "plain text, numbers as in JSON. A retained one is ignored."},
                    {"type", "object"},
                    {"properties", std::move(topics)},
                    {"patternProperties", std::move(cameras)},
                    {"additionalProperties", false}};
  return dumped(result);
}

} // namespace firefinder
