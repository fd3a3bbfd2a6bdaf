#include "actors/consensus/decode.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <string_view>
#include <utility>
#include <variant>

namespace firefinder {

namespace {

using json = nlohmann::json;

// -- text -----------------------------------------------------------------------

constexpr std::string_view detection_topic = "fire/detection";
constexpr std::string_view telemetry_topic = "system/camera_telemetry";
// The name in wildfire-watch's documentation; its code uses the other.
constexpr std::string_view documented_telemetry_topic = "system/telemetry";
// As the configuration allows.
constexpr double max_frame_side = 65'535;
// Frigate replays recordings under such a camera and publishes what it finds
// there as if it were live (Frigate 0.18, debug replay).
constexpr std::string_view frigate_replay_prefix = "_replay_";

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  return result;
}

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const auto first = byte(i);
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    if (first < 0x80)
      length = 1;
    else if (first >= 0xc2 && first <= 0xdf)
      length = 2;
    else if (first >= 0xe0 && first <= 0xef)
      length = 3;
    else if (first >= 0xf0 && first <= 0xf4)
      length = 4;
    else
      return false;
    if (first == 0xe0)
      low = 0xa0;
    else if (first == 0xed)
      high = 0x9f;
    else if (first == 0xf0)
      low = 0x90;
    else if (first == 0xf4)
      high = 0x8f;
    if (i + length > text.size())
      return false;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = byte(i + k);
      if (next < (k == 1 ? low : 0x80) || next > (k == 1 ? high : 0xbf))
        return false;
    }
    i += length;
  }
  return true;
}

bool nests_deeper_than(std::string_view text, int limit) noexcept {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit)
        return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_name_bytes && is_utf8(text)
         && std::none_of(text.begin(), text.end(), [](unsigned char c) {
              return c < 0x20 || c == 0x7f || c == '+' || c == '#';
            });
}

// -- numbers ----------------------------------------------------------------------

// A number, or a text that is one and nothing else; the reference takes both.
std::optional<double> number_in(const json& value) {
  if (value.is_number()) {
    const auto number = value.get<double>();
    return std::isfinite(number) ? std::optional{number} : std::nullopt;
  }
  if (!value.is_string())
    return std::nullopt;
  std::string_view text = value.get_ref<const std::string&>();
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return std::nullopt;
  text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  double number = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || !std::isfinite(number))
    return std::nullopt;
  return number;
}

// ISO 8601 with a zone, as some publishers write timestamps. Without a zone the
// moment is unknown.
std::optional<double> moment_in(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr)
    return std::nullopt;
  double fraction = 0;
  if (*rest == '.') {
    const char* end = rest + 1;
    while (*end >= '0' && *end <= '9')
      ++end;
    std::from_chars(rest, end, fraction);
    rest = end;
  }
  double offset = 0;
  const std::string_view zone{rest};
  if (zone != "Z") {
    // ±HH:MM or ±HHMM
    if (zone.size() < 5 || (zone[0] != '+' && zone[0] != '-'))
      return std::nullopt;
    std::tm difference{};
    const char* end = strptime(rest + 1, zone[3] == ':' ? "%H:%M" : "%H%M", &difference);
    if (end == nullptr || *end != '\0')
      return std::nullopt;
    offset = (difference.tm_hour * 60.0 + difference.tm_min) * (zone[0] == '-' ? -60.0 : 60.0);
  }
  return static_cast<double>(timegm(&parts)) + fraction - offset;
}

// ISO 8601 without a zone, as Python's datetime.isoformat() writes it.
bool is_naive_moment(const std::string& text) { return moment_in(text + "Z").has_value(); }

// -- parts of a payload -------------------------------------------------------------

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  // An explicit null says as little as no member at all.
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

template <class T>
using or_drop = std::variant<T, drop_reason>;

or_drop<json> parse(const inbound& message) {
  if (message.size > max_payload_bytes)
    return drop_reason::too_large;
  if (nests_deeper_than(message.payload, max_depth))
    return drop_reason::too_deep;
  // The parser takes a zero byte for the end and would not see what follows.
  if (message.payload.find('\0') != std::string::npos)
    return drop_reason::malformed;
  auto value = json::parse(message.payload, nullptr, false);
  if (value.is_discarded())
    return is_utf8(message.payload) ? drop_reason::malformed : drop_reason::not_utf8;
  if (!value.is_object())
    return drop_reason::not_an_object;
  return value;
}

or_drop<std::string> camera_in(const json* value, const acceptance_settings& settings) {
  if (value == nullptr)
    return drop_reason::missing_camera;
  if (!value->is_string())
    return drop_reason::bad_camera;
  const auto& name = value->get_ref<const std::string&>();
  if (name.empty() || name == "unknown")
    return drop_reason::missing_camera;
  if (!is_name(name))
    return drop_reason::bad_camera;
  if (const auto known = settings.cameras.find(name);
      known != settings.cameras.end() && !known->second.enabled)
    return drop_reason::camera_disabled;
  return name;
}

// How far the clock of a source may be ahead of ours for its timestamps to tell an age.
constexpr double max_clock_lead_s = 2;

// Whether the message is too old by its own timestamp; `at` is when it happened. A
// moment that cannot be known (no zone) says nothing; one in the future is a clock
// that is ahead.
std::optional<drop_reason> judge_timestamp(const json* timestamp, const inbound& message,
                                           const acceptance_settings& settings, monotonic& at) {
  const auto undated = [&]() -> std::optional<drop_reason> {
    // It may be as old as our absence was long.
    if (message.waited_before != 0 && message.away > settings.max_age)
      return drop_reason::stale;
    return std::nullopt;
  };
  if (timestamp == nullptr)
    return undated();
  auto moment = number_in(*timestamp);
  if (!moment && timestamp->is_string()) {
    const auto& text = timestamp->get_ref<const std::string&>();
    if (is_naive_moment(text))
      return undated();
    moment = moment_in(text);
  }
  if (!moment || *moment < 0)
    return drop_reason::bad_timestamp;
  if (message.received_at - *moment > to_seconds(settings.max_age))
    return drop_reason::stale;
  // One of the clocks is wrong, so the timestamp does not tell how long it has waited.
  if (*moment > message.received_at + max_clock_lead_s)
    return undated();
  // Only for what has waited: otherwise a source whose clock is wrong would have its
  // samples placed by that clock.
  if (*moment < message.waited_before)
    at = message.arrived - from_seconds(std::max(0.0, message.received_at - *moment));
  return std::nullopt;
}

struct size_in_pixels {
  double width = 0;
  double height = 0;
};

size_in_pixels known_frame(const std::string& camera, const acceptance_settings& settings) {
  auto frame = settings.default_frame;
  if (const auto known = settings.cameras.find(camera);
      known != settings.cameras.end() && known->second.frame.width != 0)
    frame = known->second.frame;
  return {static_cast<double>(frame.width), static_cast<double>(frame.height)};
}

or_drop<size_in_pixels> frame_in(const json& payload, const std::string& camera,
                                 const acceptance_settings& settings) {
  const auto* width = member(payload, "frame_width");
  const auto* height = member(payload, "frame_height");
  if (width == nullptr && height == nullptr)
    return known_frame(camera, settings);
  if (width == nullptr || height == nullptr || !width->is_number() || !height->is_number())
    return drop_reason::bad_frame_size;
  const size_in_pixels size{width->get<double>(), height->get<double>()};
  if (!std::isfinite(size.width) || !std::isfinite(size.height) || size.width < 1 || size.height < 1
      || size.width > max_frame_side || size.height > max_frame_side)
    return drop_reason::bad_frame_size;
  return size;
}

enum class box_format { pixels, by_value };

struct placed_box {
  box where;
  double area = 0;
};

or_drop<placed_box> box_in(const json* value, box_format format, size_in_pixels frame) {
  if (value == nullptr)
    return drop_reason::missing_box;
  if (!value->is_array() || value->size() != 4)
    return drop_reason::bad_box;
  std::array<double, 4> corner{};
  for (std::size_t i = 0; i < corner.size(); ++i) {
    const auto& entry = (*value)[i];
    if (!entry.is_number())
      return drop_reason::bad_box;
    corner[i] = entry.get<double>();
    if (!std::isfinite(corner[i]) || corner[i] < 0)
      return drop_reason::bad_box;
  }
  const auto width = corner[2] - corner[0];
  const auto height = corner[3] - corner[1];
  if (width <= 0 || height <= 0)
    return drop_reason::bad_box;
  const bool normalised
      = format == box_format::by_value
        && std::all_of(corner.begin(), corner.end(), [](double x) { return x <= 1; });
  const auto area = width * height / (normalised ? 1 : frame.width * frame.height);
  // What is too small for a number is no area.
  if (!std::isfinite(area) || area <= 0)
    return drop_reason::bad_box;
  if (normalised)
    return placed_box{{corner[0], corner[1], corner[2], corner[3]}, area};
  return placed_box{{corner[0] / frame.width, corner[1] / frame.height, corner[2] / frame.width,
                     corner[3] / frame.height},
                    area};
}

std::optional<drop_reason> judge_label(const json* value, const acceptance_settings& settings) {
  if (!value->is_string())
    return drop_reason::unknown_label;
  const auto known = settings.labels.find(lower(value->get_ref<const std::string&>()));
  if (known == settings.labels.end())
    return drop_reason::unknown_label;
  if (known->second == label_class::ignore)
    return drop_reason::ignored_label;
  return std::nullopt;
}

or_drop<double> confidence_in(const json* value, const acceptance_settings& settings) {
  if (value == nullptr)
    return drop_reason::missing_confidence;
  const auto number = number_in(*value);
  if (!number || *number < 0 || *number > 1)
    return drop_reason::bad_confidence;
  if (*number < settings.min_confidence)
    return drop_reason::low_confidence;
  return *number;
}

or_drop<std::string> object_in(const json* value) {
  if (value == nullptr)
    return std::string{};
  if (value->is_structured())
    return drop_reason::bad_object;
  auto text = value->is_string() ? value->get<std::string>() : value->dump();
  if (text.size() > max_name_bytes)
    return drop_reason::bad_object;
  return text;
}

std::optional<drop_reason> judge_area(double area, const acceptance_settings& settings) {
  if (area < settings.min_area_ratio)
    return drop_reason::small_area;
  if (area > settings.max_area_ratio)
    return drop_reason::large_area;
  return std::nullopt;
}

// -- a decoding in progress -----------------------------------------------------------

class decoder {
public:
  decoder(const inbound& message, const acceptance_settings& settings)
    : message_(message), settings_(settings), at_(message.arrived) {}

  decoded run() {
    const std::string_view topic = message_.topic;
    if (is_frigate(topic, "/available")) {
      available();
      return std::move(result_);
    }
    if (message_.retained) {
      note(drop_reason::retained);
      return std::move(result_);
    }
    if (topic == telemetry_topic || topic == documented_telemetry_topic)
      telemetry();
    else if (topic == detection_topic)
      direct(std::nullopt);
    else if (topic.size() > detection_topic.size() && topic.starts_with(detection_topic)
             && topic[detection_topic.size()] == '/')
      direct(topic.substr(detection_topic.size() + 1));
    else if (is_frigate(topic, "/events"))
      frigate();
    else if (is_frigate(topic, "/stats"))
      statistics();
    else
      note(drop_reason::bad_topic);
    return std::move(result_);
  }

private:
  void note(drop_reason reason) {
    auto& dropped = result_.dropped;
    if (!dropped.empty() && dropped.back().reason == reason)
      ++dropped.back().count;
    else
      dropped.push_back({reason, camera_});
  }

  // Unwraps `source` into `target`; notes a drop and returns false.
  template <class T>
  bool take(or_drop<T> source, T& target) {
    if (const auto* reason = std::get_if<drop_reason>(&source)) {
      note(*reason);
      return false;
    }
    target = std::move(std::get<T>(source));
    return true;
  }

  // Whether this is a topic of one of our Frigate instances; keeps its prefix.
  [[nodiscard]] bool is_frigate(std::string_view topic, std::string_view ending) {
    if (!topic.ends_with(ending))
      return false;
    prefix_ = topic.substr(0, topic.size() - ending.size());
    return std::find(settings_.frigate_prefixes.begin(), settings_.frigate_prefixes.end(), prefix_)
           != settings_.frigate_prefixes.end();
  }

  // What was retained, or has waited at the broker, does not tell that it is alive now.
  [[nodiscard]] bool is_fresh() const { return !message_.retained && message_.waited_before == 0; }

  [[nodiscard]] frigate_sign sign() const {
    frigate_sign result;
    result.prefix = prefix_;
    result.alive = is_fresh();
    return result;
  }

  void available() {
    auto says = sign();
    says.announced = true;
    // `stopped` is what Frigate 0.18 says after an orderly stop.
    if (message_.payload == "offline" || message_.payload == "stopped")
      says.online = says.alive = false;
    else if (message_.payload != "online")
      return note(drop_reason::malformed);
    result_.frigate = std::move(says);
  }

  void statistics() {
    json payload;
    if (!take(parse(message_), payload) || !is_fresh())
      return;
    auto says = sign();
    // Until Frigate 0.12 the cameras stand beside the rest.
    const auto* cameras = member(payload, "cameras");
    if (cameras == nullptr || !cameras->is_object())
      cameras = &payload;
    says.counted = true;
    for (const auto& [name, x] : cameras->items()) {
      if (says.cameras.size() == max_counted_cameras)
        break;
      const json id = name;
      if (x.is_object() && is_watched(x) && !name.starts_with(frigate_replay_prefix)
          && std::holds_alternative<std::string>(camera_in(&id, settings_)))
        says.cameras.push_back(name);
    }
    result_.frigate = std::move(says);
  }

  // Frames come, and Frigate looks for objects in them.
  static bool is_watched(const json& camera) {
    const auto* frames = member(camera, "camera_fps");
    if (frames == nullptr || !frames->is_number() || frames->get<double>() <= 0)
      return false;
    const auto* enabled = member(camera, "detection_enabled");
    return enabled == nullptr || *enabled == true || (enabled->is_number() && *enabled != 0);
  }

  void see(sighting_kind kind) {
    auto& seen = result_.seen.emplace();
    seen.camera = camera_;
    seen.kind = kind;
    seen.at = at_;
    seen.received_at = message_.received_at;
  }

  void telemetry() {
    json payload;
    if (!take(parse(message_), payload)
        || !take(camera_in(member(payload, "camera_id"), settings_), camera_))
      return;
    // Old news of a camera does not make it alive now.
    if (message_.waited_before != 0)
      if (const auto reason
          = judge_timestamp(member(payload, "timestamp"), message_, settings_, at_))
        return note(*reason);
    see(sighting_kind::sign_of_life);
  }

  void direct(std::optional<std::string_view> level) {
    if (level && level->find('/') != std::string_view::npos)
      return note(drop_reason::bad_topic);
    json payload;
    if (!take(parse(message_), payload))
      return;
    const json from_topic = level ? json(std::string(*level)) : json();
    if (!take(camera_in(level ? &from_topic : member(payload, "camera_id"), settings_), camera_))
      return;
    if (const auto reason = judge_timestamp(member(payload, "timestamp"), message_, settings_, at_))
      return note(*reason);
    size_in_pixels frame;
    if (!take(frame_in(payload, camera_, settings_), frame))
      return;
    const auto* list = member(payload, "detections");
    if (list == nullptr) {
      add_direct(payload, frame);
      return;
    }
    if (!list->is_array())
      return note(drop_reason::bad_detections);
    see(sighting_kind::frame);
    for (const auto& entry : *list) {
      if (entry.is_object())
        add_direct(entry, frame);
      else
        note(drop_reason::bad_detections);
    }
  }

  // A camera that sends a well-formed detection below a threshold is alive; one
  // that sends rubbish is not believed to be a camera.
  void add_direct(const json& entry, size_in_pixels frame) {
    if (const auto* label = member(entry, "label"))
      if (const auto reason = judge_label(label, settings_))
        return note(*reason);
    const auto* bbox = member(entry, "bbox");
    add(entry, "confidence",
        box_in(bbox != nullptr ? bbox : member(entry, "bounding_box"), box_format::by_value, frame),
        "object_id", false);
  }

  void add(const json& entry, const char* confidence_key, const or_drop<placed_box>& box,
           const char* object_key, bool may_repeat) {
    detection found;
    placed_box placed;
    if (!take(object_in(member(entry, object_key)), found.object) || !take(box, placed))
      return;
    found.box = placed.where;
    found.area = placed.area;
    found.may_repeat = may_repeat;
    auto confidence = confidence_in(member(entry, confidence_key), settings_);
    const auto* reason = std::get_if<drop_reason>(&confidence);
    if (reason != nullptr && *reason != drop_reason::low_confidence)
      return note(*reason);
    if (!result_.seen)
      see(sighting_kind::part_of_frame);
    if (!take(confidence, found.confidence))
      return;
    if (const auto area_reason = judge_area(found.area, settings_))
      return note(*area_reason);
    result_.seen->detections.push_back(std::move(found));
  }

  void frigate() {
    json payload;
    if (!take(parse(message_), payload))
      return;
    if (is_fresh())
      result_.frigate = sign();
    const auto* type = member(payload, "type");
    const auto* after = member(payload, "after");
    if (type == nullptr || !type->is_string() || after == nullptr || !after->is_object())
      return note(drop_reason::malformed);
    if (!take(camera_in(member(*after, "camera"), settings_), camera_))
      return;
    if (camera_.starts_with(frigate_replay_prefix))
      return note(drop_reason::replayed_camera);
    const auto* label = member(*after, "label");
    if (label == nullptr)
      return note(drop_reason::unknown_label);
    if (const auto reason = judge_label(label, settings_))
      return note(*reason);
    if (const auto* flag = member(*after, "false_positive");
        flag != nullptr && flag->is_boolean() && flag->get<bool>())
      return note(drop_reason::false_positive);
    if (const auto reason = judge_timestamp(member(*after, "frame_time"), message_, settings_, at_))
      return note(*reason);
    const auto& kind = type->get_ref<const std::string&>();
    if (kind == "end") {
      // It repeats the last frame: the camera is alive, but saw nothing new.
      see(sighting_kind::sign_of_life);
      return;
    }
    if (kind != "new" && kind != "update")
      return note(drop_reason::malformed);
    const auto frame = known_frame(camera_, settings_);
    // The current median where there is one (Frigate 0.18); `top_score` never falls.
    const auto* confidence
        = member(*after, "computed_score") != nullptr ? "computed_score" : "top_score";
    add(*after, confidence, box_in(member(*after, "box"), box_format::pixels, frame), "id", true);
    if (!result_.seen)
      return;
    result_.seen->source = prefix_;
    result_.seen->frame_width = static_cast<std::uint32_t>(frame.width);
    result_.seen->frame_height = static_cast<std::uint32_t>(frame.height);
  }

  const inbound& message_;
  const acceptance_settings& settings_;
  std::string camera_;
  /// Of the Frigate instance that speaks.
  std::string_view prefix_;
  monotonic at_;
  decoded result_;
};

} // namespace

decoded decode(const inbound& message, const acceptance_settings& settings) {
  return decoder{message, settings}.run();
}

const char* to_string(drop_reason reason) noexcept {
  switch (reason) {
  case drop_reason::retained:
    return "retained";
  case drop_reason::too_large:
    return "too_large";
  case drop_reason::not_utf8:
    return "not_utf8";
  case drop_reason::malformed:
    return "malformed";
  case drop_reason::too_deep:
    return "too_deep";
  case drop_reason::not_an_object:
    return "not_an_object";
  case drop_reason::bad_topic:
    return "bad_topic";
  case drop_reason::missing_camera:
    return "missing_camera";
  case drop_reason::bad_camera:
    return "bad_camera";
  case drop_reason::camera_disabled:
    return "camera_disabled";
  case drop_reason::replayed_camera:
    return "replayed_camera";
  case drop_reason::bad_timestamp:
    return "bad_timestamp";
  case drop_reason::stale:
    return "stale";
  case drop_reason::bad_frame_size:
    return "bad_frame_size";
  case drop_reason::bad_detections:
    return "bad_detections";
  case drop_reason::bad_object:
    return "bad_object";
  case drop_reason::unknown_label:
    return "unknown_label";
  case drop_reason::ignored_label:
    return "ignored_label";
  case drop_reason::missing_confidence:
    return "missing_confidence";
  case drop_reason::bad_confidence:
    return "bad_confidence";
  case drop_reason::low_confidence:
    return "low_confidence";
  case drop_reason::missing_box:
    return "missing_box";
  case drop_reason::bad_box:
    return "bad_box";
  case drop_reason::small_area:
    return "small_area";
  case drop_reason::large_area:
    return "large_area";
  case drop_reason::false_positive:
    return "false_positive";
  case drop_reason::repeated:
    return "repeated";
  case drop_reason::too_many_cameras:
    return "too_many_cameras";
  }
  return "unknown";
}

} // namespace firefinder
