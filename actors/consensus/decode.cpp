#include "actors/consensus/decode.hpp"

#include "actors/consensus/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

namespace firefinder {

namespace {

namespace dom = simdjson::dom;

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
// What Frigate adds to a label when somebody or something has confirmed the object.
constexpr std::string_view confirmed_suffix = "-verified";

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  return result;
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_name_bytes && is_utf8(text)
         && std::none_of(text.begin(), text.end(), [](unsigned char c) {
              return c < 0x20 || c == 0x7f || c == '+' || c == '#';
            });
}

// -- numbers ----------------------------------------------------------------------

// A number, or a text that is one and nothing else; the reference takes both.
std::optional<double> number_in(const dom::element& value) {
  if (const auto number = number_of(value))
    return number;
  const auto told = text_of(value);
  if (!told)
    return std::nullopt;
  auto text = *told;
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

template <class T>
using or_drop = std::variant<T, drop_reason>;

// What it gives is gone with the next message.
or_drop<dom::object> parse(const inbound& message, json_reader& reader) {
  if (message.size > max_payload_bytes)
    return drop_reason::too_large;
  const auto value = reader.read(message.payload);
  if (const auto* fault = std::get_if<json_fault>(&value))
    return *fault == json_fault::too_deep   ? drop_reason::too_deep
           : *fault == json_fault::not_utf8 ? drop_reason::not_utf8
                                            : drop_reason::malformed;
  dom::object result;
  if (std::get<dom::element>(value).get(result) != simdjson::SUCCESS)
    return drop_reason::not_an_object;
  return result;
}

or_drop<std::string_view> camera_name_of(std::string_view name) {
  if (name.empty() || name == "unknown")
    return drop_reason::missing_camera;
  if (!is_name(name))
    return drop_reason::bad_camera;
  return name;
}

or_drop<std::string_view> camera_name_in(const json_member& value) {
  if (!value)
    return drop_reason::missing_camera;
  const auto name = text_of(*value);
  return name ? camera_name_of(*name) : drop_reason::bad_camera;
}

const camera_settings* known_camera(const std::string& id, const acceptance_settings& settings) {
  const auto found = settings.cameras.find(id);
  return found == settings.cameras.end() ? nullptr : &found->second;
}

// How far the clock of a source may be ahead of ours for its timestamps to tell an age.
constexpr double max_clock_lead_s = 2;

// Whether the message is too old by its own timestamp; `at` is when it happened, and
// `captured` the timestamp, if there is one. A moment that cannot be known (no zone) says
// nothing; one in the future is a clock that is ahead.
std::optional<drop_reason> judge_timestamp(const json_member& timestamp, const inbound& message,
                                           const acceptance_settings& settings, monotonic& at,
                                           unix_seconds& captured) {
  const auto undated = [&]() -> std::optional<drop_reason> {
    // It may be as old as our absence was long.
    if (message.waited_before != 0 && message.away > settings.max_age)
      return drop_reason::stale;
    return std::nullopt;
  };
  if (!timestamp)
    return undated();
  auto moment = number_in(*timestamp);
  if (!moment)
    if (const auto told = text_of(*timestamp)) {
      const std::string text{*told};
      if (is_naive_moment(text))
        return undated();
      moment = moment_in(text);
    }
  if (!moment || *moment < 0)
    return drop_reason::bad_timestamp;
  captured = *moment;
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

size_in_pixels pixels_of(const frame_size& x) {
  return {static_cast<double>(x.width), static_cast<double>(x.height)};
}

// The frame that boxes in pixels are of.
struct direct_frame {
  size_in_pixels size;
  // Nobody told it, and it may come from this.
  bool assumed = false;
  found_frame* found = nullptr;
};

// A detector's boxes may reach a little beyond its frame.
constexpr double overshoot = 1.05;

direct_frame known_frame(const std::string& camera, const acceptance_settings& settings,
                         found_frames& found) {
  const auto* known = known_camera(camera, settings);
  if (known != nullptr && known->frame.width != 0)
    return {pixels_of(known->frame)};
  if (!settings.default_frame_given)
    if (const auto x = found.find(camera); x != found.end() && !x->second.disproved)
      return {pixels_of(x->second.size), true, &x->second};
  return {pixels_of(settings.default_frame), !settings.default_frame_given};
}

or_drop<direct_frame> frame_in(const json_member& told_width, const json_member& told_height,
                               const std::string& camera, const acceptance_settings& settings,
                               found_frames& found) {
  if (!told_width && !told_height)
    return known_frame(camera, settings, found);
  const auto width = number_of(told_width);
  const auto height = number_of(told_height);
  if (!width || !height)
    return drop_reason::bad_frame_size;
  const size_in_pixels size{*width, *height};
  if (size.width < 1 || size.height < 1 || size.width > max_frame_side
      || size.height > max_frame_side)
    return drop_reason::bad_frame_size;
  return direct_frame{size};
}

or_drop<pixel_box> corners_in(const json_member& value) {
  if (!value)
    return drop_reason::missing_box;
  pixel_box corner{};
  dom::array entries;
  if (value->get(entries) != simdjson::SUCCESS || entries.size() != corner.size())
    return drop_reason::bad_box;
  auto next = corner.begin();
  for (const auto entry : entries) {
    const auto number = number_of(entry);
    if (!number || *number < 0)
      return drop_reason::bad_box;
    *next++ = *number;
  }
  if (corner[2] - corner[0] <= 0 || corner[3] - corner[1] <= 0)
    return drop_reason::bad_box;
  return corner;
}

bool is_normalised(const pixel_box& corner) {
  return std::all_of(corner.begin(), corner.end(), [](double x) { return x <= 1; });
}

// Sets box and area of `to`.
std::optional<drop_reason> place(const pixel_box& corner, size_in_pixels frame, detection& to) {
  to.area = (corner[2] - corner[0]) * (corner[3] - corner[1]) / (frame.width * frame.height);
  // What is too small for a number is no area.
  if (!std::isfinite(to.area) || to.area <= 0)
    return drop_reason::bad_box;
  to.box = {corner[0] / frame.width, corner[1] / frame.height, corner[2] / frame.width,
            corner[3] / frame.height};
  return std::nullopt;
}

or_drop<fire_sign> sign_of(const std::string& label, const acceptance_settings& settings) {
  const auto known = settings.labels.find(label);
  if (known == settings.labels.end())
    return drop_reason::unknown_label;
  if (known->second == label_class::ignore)
    return drop_reason::ignored_label;
  return known->second == label_class::smoke ? fire_sign::smoke : fire_sign::fire;
}

or_drop<fire_sign> sign_in(const dom::element& label, const acceptance_settings& settings) {
  const auto text = text_of(label);
  return text ? sign_of(lower(*text), settings) : drop_reason::unknown_label;
}

or_drop<fire_sign> frigate_sign_of(std::string_view text, const acceptance_settings& settings) {
  auto label = lower(text);
  if (label.ends_with(confirmed_suffix) && settings.labels.count(label) == 0)
    label.resize(label.size() - confirmed_suffix.size());
  return sign_of(label, settings);
}

// Why none of the objects that a Frigate event may be about is one of ours; none when one may
// be, or when that takes a closer look. An installation that tracks people and cars sends many
// of these for each of fire, and with a path behind them they are long.
std::optional<drop_reason> judge_labels_in(std::string_view text,
                                           const acceptance_settings& settings) {
  // Any letter may be written so.
  if (text.find("\\u") != std::string_view::npos)
    return std::nullopt;
  constexpr std::string_view key = "\"label\"";
  constexpr std::string_view blanks = " \t\r\n";
  std::optional<drop_reason> result;
  for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at = text.find_first_not_of(blanks, at + key.size());
    if (at == std::string_view::npos || text[at] != ':')
      return std::nullopt;
    at = text.find_first_not_of(blanks, at + 1);
    if (at == std::string_view::npos || text[at] != '"')
      return std::nullopt;
    const auto end = text.find('"', at + 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    const auto label = text.substr(at + 1, end - at - 1);
    if (label.find('\\') != std::string_view::npos)
      return std::nullopt;
    const auto sign = frigate_sign_of(label, settings);
    const auto* reason = std::get_if<drop_reason>(&sign);
    if (reason == nullptr)
      return std::nullopt;
    result = *reason;
    at = end + 1;
  }
  return result;
}

or_drop<double> confidence_in(const json_member& value) {
  if (!value)
    return drop_reason::missing_confidence;
  const auto number = number_in(*value);
  if (!number || *number < 0 || *number > 1)
    return drop_reason::bad_confidence;
  return *number;
}

or_drop<std::string> object_in(const json_member& value) {
  if (!value)
    return std::string{};
  if (value->is_object() || value->is_array())
    return drop_reason::bad_object;
  const auto text = text_of(*value);
  if (!text)
    return written(*value);
  if (text->size() > max_name_bytes)
    return drop_reason::bad_object;
  return std::string{*text};
}

std::optional<drop_reason> judge_area(double area, const acceptance_settings& settings) {
  if (area < settings.min_area_ratio)
    return drop_reason::small_area;
  if (area > settings.max_area_ratio)
    return drop_reason::large_area;
  return std::nullopt;
}

// -- a decoding in progress -----------------------------------------------------------

class decoding {
public:
  decoding(const inbound& message, const acceptance_settings& settings,
           const camera_identity& identity, json_reader& reader, frigate_memory& memory,
           found_frames& found)
    : message_(message), settings_(settings), identity_(identity), reader_(reader), memory_(memory),
      found_frames_(found), at_(message.arrived) {}

  decoded run() {
    const std::string_view topic = message_.topic;
    if (is_frigate(topic, "/available"))
      available();
    else if (is_frigate_camera(topic, "/detect/state"))
      detection_switch();
    else if (message_.retained)
      note(drop_reason::retained);
    else if (topic == telemetry_topic || topic == documented_telemetry_topic)
      telemetry();
    else if (topic == detection_topic)
      direct(std::nullopt);
    else if (topic.size() > detection_topic.size() && topic.starts_with(detection_topic)
             && topic[detection_topic.size()] == '/')
      direct(topic.substr(detection_topic.size() + 1));
    else if (is_frigate(topic, "/events"))
      event();
    else if (is_frigate(topic, "/stats"))
      statistics();
    else if (is_frigate_camera(topic, "/status/detect"))
      detection_status();
    else if (is_frigate_camera(topic, "/ptz_autotracker/active"))
      turning();
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
      dropped.push_back({reason, name_.empty() ? camera_ : name_});
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

  // Takes the camera of this name, unless it does not count.
  bool take_camera(or_drop<std::string_view> name) {
    std::string_view heard;
    if (!take(name, heard))
      return false;
    auto who = identity_.of(heard, prefix_);
    camera_ = std::move(who.id);
    if (who.many_spellings)
      name_ = heard;
    if (const auto* known = known_camera(camera_, settings_); known != nullptr && !known->enabled) {
      note(drop_reason::camera_disabled);
      return false;
    }
    return true;
  }

  [[nodiscard]] sighting sighting_of(sighting_kind kind) const {
    sighting result;
    result.camera = camera_;
    result.kind = kind;
    result.source = prefix_;
    result.at = at_;
    result.received_at = message_.received_at;
    result.captured = captured_;
    result.name = name_;
    return result;
  }

  void see(sighting_kind kind) { result_.seen = sighting_of(kind); }

  // -- cameras and detectors that speak for themselves ----------------------------------

  void telemetry() {
    dom::object payload;
    if (!take(parse(message_, reader_), payload)
        || !take_camera(camera_name_in(member(payload, "camera_id"))))
      return;
    // Old news of a camera does not make it alive now.
    if (message_.waited_before != 0)
      if (const auto reason
          = judge_timestamp(member(payload, "timestamp"), message_, settings_, at_, captured_))
        return note(*reason);
    see(sighting_kind::sign_of_life);
  }

  void direct(std::optional<std::string_view> level) {
    if (level && level->find('/') != std::string_view::npos)
      return note(drop_reason::bad_topic);
    dom::object payload;
    if (!take(parse(message_, reader_), payload))
      return;
    const auto [name, timestamp, width, height, list]
        = members(payload, {"camera_id", "timestamp", "frame_width", "frame_height", "detections"});
    if (!take_camera(level ? camera_name_of(*level) : camera_name_in(name)))
      return;
    if (const auto reason = judge_timestamp(timestamp, message_, settings_, at_, captured_))
      return note(*reason);
    direct_frame frame;
    if (!take(frame_in(width, height, camera_, settings_, found_frames_), frame))
      return;
    if (!list) {
      add_direct(payload, frame);
      return;
    }
    dom::array entries;
    if (list->get(entries) != simdjson::SUCCESS)
      return note(drop_reason::bad_detections);
    see(sighting_kind::frame);
    for (const auto entry : entries) {
      dom::object one;
      if (entry.get(one) == simdjson::SUCCESS)
        add_direct(one, frame);
      else
        note(drop_reason::bad_detections);
    }
  }

  // A camera that sends a well-formed detection below a threshold is alive; one
  // that sends rubbish is not believed to be a camera.
  void add_direct(const dom::object& entry, direct_frame& frame) {
    const auto [label, object, bbox, bounding_box, confidence]
        = members(entry, {"label", "object_id", "bbox", "bounding_box", "confidence"});
    detection found;
    if (label)
      if (!take(sign_in(*label, settings_), found.sign))
        return;
    pixel_box corners{};
    if (!take(object_in(object), found.object)
        || !take(corners_in(bbox ? bbox : bounding_box), corners))
      return;
    const bool in_pixels = !is_normalised(corners);
    if (in_pixels && frame.found != nullptr
        && (corners[2] > frame.size.width * overshoot
            || corners[3] > frame.size.height * overshoot)) {
      frame.found->disproved = true;
      frame = {pixels_of(settings_.default_frame), true};
    }
    if (const auto reason = place(corners, in_pixels ? frame.size : size_in_pixels{1, 1}, found))
      return note(*reason);
    if (!take(confidence_in(confidence), found.confidence))
      return;
    if (!result_.seen)
      see(sighting_kind::part_of_frame);
    if (found.confidence < settings_.min_confidence)
      return note(drop_reason::low_confidence);
    if (const auto reason = judge_area(found.area, settings_);
        reason && !(in_pixels && frame.found != nullptr && counts_by_default(corners)))
      return note(*reason);
    if (in_pixels) {
      set_frame(*result_.seen, frame.size);
      result_.seen->frame_assumed = frame.assumed;
    }
    result_.seen->detections.push_back(std::move(found));
  }

  // The detector may look at the sub stream: in a main stream of 4K its boxes seem small. To have
  // found the size of that must not cost an alarm that would have been raised without, so what
  // counts by either guess does. Growth is a ratio of two areas, and the same by both.
  [[nodiscard]] bool counts_by_default(const pixel_box& corners) const {
    detection by_default;
    return !place(corners, pixels_of(settings_.default_frame), by_default)
           && !judge_area(by_default.area, settings_);
  }

  static void set_frame(sighting& of, size_in_pixels frame) {
    of.frame_width = static_cast<std::uint32_t>(frame.width);
    of.frame_height = static_cast<std::uint32_t>(frame.height);
  }

  // -- what a Frigate instance says of itself --------------------------------------------

  // Whether this is a topic of one of our Frigate instances; keeps its prefix.
  [[nodiscard]] bool is_frigate(std::string_view topic, std::string_view ending) {
    if (!topic.ends_with(ending))
      return false;
    const auto prefix = topic.substr(0, topic.size() - ending.size());
    if (std::find(settings_.frigate_prefixes.begin(), settings_.frigate_prefixes.end(), prefix)
        == settings_.frigate_prefixes.end())
      return false;
    prefix_ = prefix;
    return true;
  }

  // Whether this is such a topic of one of its cameras; keeps that too.
  [[nodiscard]] bool is_frigate_camera(std::string_view topic, std::string_view ending) {
    if (!topic.ends_with(ending))
      return false;
    topic.remove_suffix(ending.size());
    const auto slash = topic.rfind('/');
    if (slash == std::string_view::npos || !is_frigate(topic, topic.substr(slash)))
      return false;
    level_ = topic.substr(slash + 1);
    return true;
  }

  // What was retained, or has waited at the broker, does not tell that it is alive now.
  [[nodiscard]] bool is_fresh() const { return !message_.retained && message_.waited_before == 0; }

  [[nodiscard]] frigate_sign sign() {
    frigate_sign result;
    result.prefix = prefix_;
    result.alive = is_fresh();
    result.clock_lag_s = memory_.clock(prefix_).notable_s();
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
    dom::object payload;
    if (!take(parse(message_, reader_), payload) || !is_fresh())
      return;
    learn_clock_of(payload);
    auto says = sign();
    // Until Frigate 0.12 the cameras stand beside the rest.
    const auto cameras = object_of(member(payload, "cameras")).value_or(payload);
    says.counted = true;
    // The first ones by name are counted, and of two with one name the last.
    std::map<std::string_view, dom::element> by_name;
    for (const auto& [name, x] : cameras)
      by_name.insert_or_assign(name, x);
    for (const auto& [name, x] : by_name) {
      if (says.cameras.size() == max_counted_cameras)
        break;
      const auto camera = object_of(x);
      if (!camera || !is_watched(*camera) || name.starts_with(frigate_replay_prefix)
          || !std::holds_alternative<std::string_view>(camera_name_of(name)))
        continue;
      const auto* known = known_camera(identity_.of(name, prefix_).id, settings_);
      if (known == nullptr || known->enabled)
        says.cameras.emplace_back(name);
    }
    result_.frigate = std::move(says);
  }

  // `service.last_updated` is when the statistics were made, without the part of a second.
  void learn_clock_of(const dom::object& statistics) {
    const auto service = object_of(member(statistics, "service"));
    if (!service)
      return;
    const auto made = number_of(member(*service, "last_updated"));
    if (!made)
      return;
    constexpr double cut_off_on_average = 0.5;
    memory_.clock(prefix_).add(message_.received_at - *made - cut_off_on_average);
  }

  // Frames come, and Frigate looks for objects in them.
  static bool is_watched(const dom::object& camera) {
    const auto frames = number_of(member(camera, "camera_fps"));
    if (!frames || *frames <= 0)
      return false;
    const auto enabled = member(camera, "detection_enabled");
    return !enabled || is_true(*enabled) || number_of(*enabled).value_or(0) != 0;
  }

  // -- what it says of one camera ------------------------------------------------------------

  // Whether the camera of the topic counts.
  bool take_level() {
    if (level_.starts_with(frigate_replay_prefix)) {
      note(drop_reason::replayed_camera);
      return false;
    }
    return take_camera(camera_name_of(level_));
  }

  void detection_switch() {
    if (!take_level())
      return;
    if (message_.payload != "ON" && message_.payload != "OFF")
      return note(drop_reason::malformed);
    auto says = sign();
    says.camera = level_;
    says.detects = message_.payload == "ON";
    says.by_switch = true;
    result_.frigate = std::move(says);
  }

  void detection_status() {
    if (!take_level())
      return;
    if (message_.payload != "online" && message_.payload != "offline"
        && message_.payload != "disabled")
      return note(drop_reason::malformed);
    // It is old, and the next one may be long in coming.
    if (!is_fresh())
      return note(drop_reason::stale);
    auto says = sign();
    says.camera = level_;
    says.detects = message_.payload == "online";
    result_.frigate = std::move(says);
  }

  void turning() {
    if (!take_level())
      return;
    if (message_.payload == "ON")
      memory_.camera(prefix_, level_).turning_since = message_.arrived;
    else if (message_.payload == "OFF")
      memory_.camera(prefix_, level_).turning_since.reset();
    else
      return note(drop_reason::malformed);
    if (is_fresh())
      result_.frigate = sign();
  }

  // -- its events ------------------------------------------------------------------------------

  // What an event says of an object, as it is now or as it was in the last event before.
  struct state {
    pixel_box corners{};
    /// How sure Frigate is of the object: in this frame, as the median of the last frames
    /// (from 0.18 on), and at most so far; the last only when nothing else is told.
    std::optional<double> score;
    std::optional<double> median;
    std::optional<double> top;
  };

  // What is asked of an object as an event tells it.
  struct told_object {
    json_member camera;
    json_member label;
    json_member false_positive;
    json_member id;
    json_member frame_time;
    json_member end_time;
    json_member box;
    json_member score;
    json_member computed_score;
    json_member top_score;
    json_member path_data;
  };

  static told_object told_in(const dom::object& from) {
    const auto [camera, label, false_positive, id, frame_time, end_time, box, score, computed_score,
                top_score, path_data]
        = members(from, {"camera", "label", "false_positive", "id", "frame_time", "end_time", "box",
                         "score", "computed_score", "top_score", "path_data"});
    return {camera, label, false_positive, id,        frame_time, end_time,
            box,    score, computed_score, top_score, path_data};
  }

  void event() {
    if (message_.size > max_payload_bytes)
      return note(drop_reason::too_large);
    // Whatever it says, something speaks there.
    if (is_fresh())
      result_.frigate = sign();
    if (const auto reason = judge_labels_in(message_.payload, settings_))
      return note(*reason);
    dom::object payload;
    if (!take(parse(message_, reader_), payload))
      return;
    const auto [told_type, told_before, told_after] = members(payload, {"type", "before", "after"});
    const auto type = text_of(told_type);
    const auto object = object_of(told_after);
    if (!type || !object)
      return note(drop_reason::malformed);
    const auto after = told_in(*object);
    if (!take_camera(camera_name_in(after.camera)))
      return;
    level_ = *text_of(after.camera);
    if (level_.starts_with(frigate_replay_prefix))
      return note(drop_reason::replayed_camera);
    const auto label = text_of(after.label);
    if (!label)
      return note(drop_reason::unknown_label);
    detection found;
    found.may_repeat = true;
    if (!take(frigate_sign_of(*label, settings_), found.sign))
      return;
    if (is_false_positive(after))
      return note(drop_reason::false_positive);
    const auto kind = *type;
    if (kind != "new" && kind != "update" && kind != "end")
      return note(drop_reason::malformed);
    if (!take(object_in(after.id), found.object))
      return;
    learn_clock_of(kind, after);
    if (const auto reason = judge_timestamp(after.frame_time, message_, settings_, at_, captured_))
      return note(*reason);
    const auto before = object_of(told_before);
    if (kind == "end")
      end(before, after, std::move(found));
    else
      observe(before, after, std::move(found),
              kind == "new" ? event_type::begin : event_type::update);
  }

  static bool is_false_positive(const told_object& x) {
    return x.false_positive && is_true(*x.false_positive);
  }

  // From all that are fresh, also such as are too old by a clock that is behind. An `end`
  // comes seconds after its frame.
  void learn_clock_of(std::string_view kind, const told_object& after) {
    if (!is_fresh() || kind == "end")
      return;
    if (const auto taken = number_of(after.frame_time))
      memory_.clock(prefix_).add(message_.received_at - *taken);
    result_.frigate->clock_lag_s = memory_.clock(prefix_).notable_s();
  }

  // The object is gone; its last frame is repeated and is nothing new.
  void end(const std::optional<dom::object>& before, const told_object& after, detection found) {
    auto* known = found.object.empty() ? nullptr : memory_.find_object(prefix_, found.object);
    if (known == nullptr)
      return note(drop_reason::unknown_object);
    const auto end_time = after.end_time ? number_in(*after.end_time).value_or(0) : 0;
    if (!is_next(*known, event_type::end, end_time))
      return;
    add_missed(before, *known, found);
    remember(*known, event_type::end, end_time);
    see(sighting_kind::end_of_objects);
    result_.seen->ended.push_back(std::move(found.object));
    result_.seen->turning = is_turning();
  }

  void observe(const std::optional<dom::object>& before, const told_object& after, detection found,
               event_type type) {
    auto* known = found.object.empty() ? nullptr : memory_.find_object(prefix_, found.object);
    if (known != nullptr && !is_next(*known, type, 0))
      return;
    learn_frame_size(after);
    // Rubbish makes no object.
    state now;
    if (!take(read(after), now))
      return;
    // One without a name of its own is remembered by nobody.
    remembered_object nameless;
    auto& object = known != nullptr       ? *known
                   : found.object.empty() ? nameless
                                          : memory_.object(prefix_, found.object);
    add_missed(before, object, found);
    remember(object, type, 0);
    see(sighting_kind::part_of_frame);
    result_.seen->turning = is_turning();
    if (const auto reason = accept(now, std::move(found), object, *result_.seen))
      note(*reason);
  }

  // Whether an event of the object may come now: it is neither a repetition nor late. No event
  // that is not stale can be very late: then a clock was set back, or the last moment was none.
  bool is_next(const remembered_object& known, event_type type, double end_time) {
    if (captured_ == 0 || known.frame_time == 0 || captured_ > known.frame_time)
      return true;
    if (known.frame_time - captured_ > to_seconds(settings_.max_age))
      return true;
    if (captured_ < known.frame_time)
      note(drop_reason::out_of_order);
    else if (known.type == type && known.end_time == end_time)
      note(drop_reason::duplicate);
    else
      return true;
    return false;
  }

  void remember(remembered_object& object, event_type type, double end_time) const {
    object.type = type;
    object.end_time = end_time;
    if (captured_ != 0)
      object.frame_time = captured_;
  }

  // `before` is what the last event said. If that did not come, this is what it would have said.
  void add_missed(const std::optional<dom::object>& told, remembered_object& object,
                  const detection& found) {
    if (found.object.empty() || !told)
      return;
    const auto before = told_in(*told);
    const auto taken = number_of(before.frame_time);
    if (is_false_positive(before) || !taken)
      return;
    const auto moment = *taken;
    if (!(moment > object.frame_time) || !(moment < captured_)
        || captured_ - moment > to_seconds(settings_.max_age)
        || message_.received_at - moment > to_seconds(settings_.max_age))
      return;
    const auto then = read(before);
    if (!std::holds_alternative<state>(then))
      return;
    auto missed = sighting_of(sighting_kind::part_of_frame);
    missed.at -= from_seconds(captured_ - moment);
    missed.captured = moment;
    missed.turning = is_turning();
    if (!accept(std::get<state>(then), found, object, missed))
      result_.missed = std::move(missed);
  }

  static or_drop<state> read(const told_object& from) {
    state result;
    auto corners = corners_in(from.box);
    if (const auto* reason = std::get_if<drop_reason>(&corners))
      return *reason;
    result.corners = std::get<pixel_box>(corners);
    // It would disprove every size.
    if (result.corners[2] > max_frame_side || result.corners[3] > max_frame_side)
      return drop_reason::bad_box;
    const bool only_top = !from.score && !from.computed_score;
    for (const auto& [value, target] : {std::pair{from.score, &result.score},
                                        {from.computed_score, &result.median},
                                        {only_top ? from.top_score : std::nullopt, &result.top}}) {
      if (!value)
        continue;
      const auto number = confidence_in(value);
      if (const auto* reason = std::get_if<drop_reason>(&number))
        return *reason;
      *target = std::get<double>(number);
    }
    if (!result.score && !result.median && !result.top)
      return drop_reason::missing_confidence;
    return result;
  }

  // Takes a state of an object into its history and, if it counts, among what was seen.
  std::optional<drop_reason> accept(const state& now, detection found, remembered_object& object,
                                    sighting& into) {
    const auto score = now.score ? now.score : now.median ? now.median : now.top;
    // What Frigate only says again does not make it any surer.
    if (object.score != score || object.box != now.corners) {
      if (now.score)
        object.scores.add(*now.score);
      object.confidence = now.median              ? *now.median
                          : object.scores.empty() ? *score
                                                  : object.scores.median();
      object.score = score;
      object.box = now.corners;
    }
    found.confidence = object.confidence;
    auto& camera = memory_.camera(prefix_, level_);
    camera.widest = std::max(camera.widest, now.corners[2]);
    camera.highest = std::max(camera.highest, now.corners[3]);
    const auto [size, known] = frame_of(camera);
    if (!known && !std::exchange(camera.unknown_told, true))
      result_.guessed_frame = true;
    if (const auto reason = place(now.corners, size, found))
      return reason;
    set_frame(into, size);
    found.at_edge
        = now.corners[0] <= 0 || now.corners[1] <= 0
          || (known && (now.corners[2] >= size.width - 1 || now.corners[3] >= size.height - 1));
    object.counts = found.confidence
                    >= settings_.min_confidence * (object.counts ? confidence_hysteresis : 1);
    if (!object.counts)
      return drop_reason::low_confidence;
    // A fire may fill the frame; and of a frame of unknown size nobody knows the share.
    if (known && found.area < settings_.min_area_ratio)
      return drop_reason::small_area;
    into.detections.push_back(std::move(found));
    return std::nullopt;
  }

  struct sized_frame {
    size_in_pixels size;
    /// It is no guess.
    bool known;
  };

  // The best that is known of the size of a frame and that no box has disproved.
  [[nodiscard]] sized_frame frame_of(const remembered_camera& camera) const {
    const auto* configured = known_camera(camera_, settings_);
    for (const auto& size :
         {configured != nullptr ? configured->frame : frame_size{0, 0}, camera.told,
          camera.inferred.size(),
          settings_.default_frame_given ? settings_.default_frame : frame_size{0, 0}})
      if (size.width != 0 && camera.fits(size))
        return {pixels_of(size), true};
    const auto found = found_frames_.find(camera_);
    auto guess
        = pixels_of(found != found_frames_.end() ? found->second.size : settings_.default_frame);
    while (guess.width < camera.widest || guess.height < camera.highest)
      guess = {guess.width * 2, guess.height * 2};
    return {guess, false};
  }

  // The last point of the path, if it is of the same frame as the box.
  void learn_frame_size(const told_object& after) {
    const auto corners = corners_in(after.box);
    const auto last = last_of(after.path_data);
    if (!last || !std::holds_alternative<pixel_box>(corners))
      return;
    const auto [point, time] = pair_in(*last);
    const auto taken = number_of(time);
    if (!point || !taken)
      return;
    const auto [told_x, told_y] = pair_in(*point);
    const auto x = number_of(told_x);
    const auto y = number_of(told_y);
    if (!x || !y)
      return;
    constexpr double same_frame_s = 1e-3;
    if (std::abs(*taken - captured_) > same_frame_s)
      return;
    auto& camera = memory_.camera(prefix_, level_);
    const auto before = camera.inferred.size();
    camera.inferred.add(std::get<pixel_box>(corners), *x, *y);
    // What was seen in frames of another size says nothing of this one.
    if (camera.inferred.size() != before)
      camera.widest = camera.highest = 0;
  }

  [[nodiscard]] bool is_turning() {
    const auto since = memory_.camera(prefix_, level_).turning_since;
    return since && message_.arrived - *since <= longest_turn;
  }

  const inbound& message_;
  const acceptance_settings& settings_;
  const camera_identity& identity_;
  json_reader& reader_;
  frigate_memory& memory_;
  found_frames& found_frames_;
  std::string camera_;
  /// The camera as it was spelled, if that may differ.
  std::string name_;
  /// Of the Frigate instance that speaks.
  std::string_view prefix_;
  /// What it calls the camera.
  std::string_view level_;
  monotonic at_;
  unix_seconds captured_ = 0;
  decoded result_;
};

} // namespace

decoder::decoder(acceptance_settings settings)
  : settings_(std::move(settings)), identity_(settings_.cameras),
    reader_(std::make_unique<json_reader>(max_depth)) {}

decoder::~decoder() = default;

decoded decoder::decode(const inbound& message) {
  return decoding{message, settings_, identity_, *reader_, memory_, found_frames_}.run();
}

void decoder::frames_found(const std::map<std::string, frame_size>& sizes) {
  std::erase_if(found_frames_, [&](const auto& x) { return sizes.count(x.first) == 0; });
  for (const auto& [camera, size] : sizes)
    if (auto& known = found_frames_[camera]; known.size != size)
      known = {size, false};
}

void decoder::frame_told(std::string_view prefix, std::string_view name, const frame_size& size) {
  auto& camera = memory_.camera(prefix, name);
  // What was seen in frames of another size says nothing of this one.
  if (camera.told != size && size.width != 0)
    camera.widest = camera.highest = 0;
  camera.told = size;
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
  case drop_reason::duplicate:
    return "duplicate";
  case drop_reason::out_of_order:
    return "out_of_order";
  case drop_reason::unknown_object:
    return "unknown_object";
  case drop_reason::too_many_cameras:
    return "too_many_cameras";
  case drop_reason::too_many_objects:
    return "too_many_objects";
  }
  return "unknown";
}

} // namespace firefinder
