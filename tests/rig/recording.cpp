#include "tests/rig/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>

namespace firefinder::rig {

using nlohmann::json;

namespace {

constexpr std::string_view detection_topic = "fire/detection";

// Frames of detectors that do not say their size are taken as this large.
constexpr double default_width = 1920;
constexpr double default_height = 1080;

// As deep as the daemon looks; keeps a foreign file from exhausting the stack.
constexpr int deepest = 64;

// The member of an object, if it is a number.
std::optional<double> number_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? std::optional{found->get<double>()}
                                                     : std::nullopt;
}

/// Share of the frame that a box covers, and how it is written down.
struct measured_box {
  double area = 0;
  std::string form;
};

std::optional<measured_box> measure(const json& detection, const json& message) {
  const auto box_at = detection.contains("bbox") ? "bbox" : "bounding_box";
  if (!detection.contains(box_at) || !detection.at(box_at).is_array()
      || detection.at(box_at).size() != 4
      || !std::ranges::all_of(detection.at(box_at), [](const json& x) { return x.is_number(); }))
    return std::nullopt;
  const auto corners = detection.at(box_at).get<std::array<double, 4>>();
  const auto size = (corners[2] - corners[0]) * (corners[3] - corners[1]);
  if (std::ranges::all_of(corners, [](double x) { return x >= 0 && x <= 1; }))
    return measured_box{size, "corners as ratios"};
  const auto number = [&](const char* key, double otherwise) {
    return number_at(detection, key).value_or(number_at(message, key).value_or(otherwise));
  };
  const auto width = number("frame_width", default_width);
  const auto height = number("frame_height", default_height);
  const auto area = size / (width * height);
  if (!std::isfinite(area))
    return std::nullopt;
  return measured_box{area, fmt::format("pixels of {:.0f}x{:.0f}", width, height)};
}

std::string camera_of(const recorded_message& message) {
  if (message.topic.size() > detection_topic.size() + 1)
    return message.topic.substr(detection_topic.size() + 1);
  const auto found = message.payload.find("camera_id");
  return found != message.payload.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_detection(const recorded_message& message) {
  const std::string_view topic = message.topic;
  return message.payload.is_object() && topic.starts_with(detection_topic)
         && (topic.size() == detection_topic.size() || topic[detection_topic.size()] == '/');
}

double median(std::span<const double> values) {
  std::vector<double> sorted{values.begin(), values.end()};
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}

recorded_message message_from(const std::string& text) {
  const auto line = json::parse(text, [](int depth, json::parse_event_t, const json&) {
    if (depth > deepest)
      throw std::runtime_error{"it is nested too deeply"};
    return true;
  });
  const auto qos = line.is_object() ? line.value("qos", json(0U)) : json();
  if (line.is_object() && (!qos.is_number_unsigned() || qos > 2))
    throw std::runtime_error{"qos is not 0, 1 or 2"};
  return {.t = line.at("t").get<double>(),
          .topic = line.at("topic").get<std::string>(),
          .payload = line.at("payload"),
          .qos = qos.get<int>(),
          .retain = line.value("retain", false)};
}

} // namespace

std::vector<recorded_message> read_recording(std::istream& in) {
  std::vector<recorded_message> result;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty())
      continue;
    try {
      result.push_back(message_from(line));
    } catch (const std::exception& x) {
      throw std::runtime_error{fmt::format("line {}: {}", number, x.what())};
    }
    if (result.size() > 1 && result.back().t < result[result.size() - 2].t)
      throw std::runtime_error{fmt::format("line {}: t goes back", number)};
  }
  return result;
}

void restamp(json& payload, double shift) {
  if (payload.is_object())
    for (auto& [key, value] : payload.items())
      if (key == "timestamp" && value.is_number())
        value = value.get<double>() + shift;
  if (payload.is_structured())
    for (auto& value : payload)
      restamp(value, shift);
}

std::string payload_bytes(const json& payload) {
  return payload.is_string() ? payload.get<std::string>() : payload.dump();
}

std::vector<camera_track> cameras_of(std::span<const recorded_message> messages) {
  std::vector<camera_track> result;
  for (const auto& message : messages) {
    if (!is_detection(message))
      continue;
    const auto id = camera_of(message);
    auto camera = std::ranges::find(result, id, &camera_track::id);
    if (camera == result.end())
      camera = result.insert(result.end(), {.id = id, .form = {}, .frames = {}});
    frame seen{.at = message.t - messages.front().t, .area = std::nullopt, .confidence = 0};
    const auto detections = message.payload.contains("detections")
                                ? message.payload.at("detections")
                                : json::array({message.payload});
    for (const auto& detection : detections) {
      const auto box = measure(detection, message.payload);
      if (box && box->area > seen.area.value_or(0)) {
        seen.area = box->area;
        seen.confidence = number_at(detection, "confidence").value_or(0);
        camera->form = box->form;
      }
    }
    camera->frames.push_back(seen);
  }
  return result;
}

bool counts(const frame& x) noexcept {
  return x.area.has_value() && x.confidence >= min_confidence;
}

std::optional<double> growth_at(std::span<const frame> frames, double now) {
  std::vector<double> areas;
  for (const auto& x : frames)
    if (counts(x) && x.at <= now && x.at > now - window_s)
      areas.push_back(*x.area);
  if (areas.size() < 2 * median_size)
    return std::nullopt;
  const std::span all{areas};
  return median(all.last(median_size)) / median(all.first(median_size));
}

std::optional<double> verified_at(std::span<const frame> frames) {
  for (const auto& x : frames)
    if (counts(x) && growth_at(frames, x.at).value_or(0) >= growth_ratio)
      return x.at;
  return std::nullopt;
}

} // namespace firefinder::rig
