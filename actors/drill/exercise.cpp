#include "actors/drill/exercise.hpp"

#include "messages/dumped.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// Frames that are closer together count as one (cadence::least_apart).
constexpr timespan frame_distance = std::chrono::milliseconds{1'100};

// Detectors are sure of a fire that is drawn.
constexpr double confidence = 1;

// Areas keep clear of the limits, and growth of what is just enough: numbers are rounded on the
// way.
constexpr double margin = 1.02;
constexpr double usual_first_area = 0.01;

// A fire that grows all the time, or, where there is too little room, at once.
std::vector<double> growing(const exercise_rules& rules, double least, double most) {
  const std::size_t w = std::max(1U, rules.moving_average);
  const auto growth = rules.growth_ratio * margin;
  // Between the middles of the two medians lie W steps, and between the ends 2·W - 1.
  const auto step = std::pow(growth, 1.0 / static_cast<double>(w));
  const auto whole = std::pow(step, static_cast<double>(2 * w - 1));
  std::vector<double> result;
  if (least * whole <= most) {
    auto area = std::clamp(usual_first_area, least, most / whole);
    for (std::size_t i = 0; i < 2 * w; ++i, area *= step)
      result.push_back(area);
    return result;
  }
  // Each a little different: what is the same is a repetition.
  const auto first = most / growth;
  for (std::size_t i = 0; i < 2 * w; ++i)
    result.push_back((i < w ? first : most) * (1 - 1e-6 * static_cast<double>(2 * w - i)));
  return result;
}

std::vector<double> lasting(std::size_t frames, double least, double most) {
  std::vector<double> result;
  const auto first = std::clamp(usual_first_area, least, most);
  for (std::size_t i = 0; i < frames; ++i)
    result.push_back(std::min(most, first * (1 + 0.01 * static_cast<double>(i))));
  return result;
}

} // namespace

timespan exercise_plan::due(std::size_t k) const noexcept {
  return std::max<timespan>(timespan{0}, apart * static_cast<std::int64_t>(k) - head_start);
}

exercise_plan plan_of(const exercise_rules& rules) {
  exercise_plan result;
  if (rules.label.empty()) {
    result.impossible = "no label means fire or smoke, so no detection counts: look at "
                        "consensus.labels";
    return result;
  }
  // No box covers nothing.
  const auto least = std::max(rules.min_area * margin, 1e-6);
  const auto most = rules.max_area / margin;
  if (least > most
      || (!rules.by_persistence && rules.max_area < rules.min_area * rules.growth_ratio * 1.1)) {
    result.impossible = fmt::format(
        "nothing can {} between an area of {:g} and one of {:g} of the frame: look at "
        "consensus.min_area_ratio and max_area_ratio",
        rules.by_persistence ? "be seen" : fmt::format("grow by {:g}", rules.growth_ratio),
        rules.min_area, rules.max_area);
    return result;
  }
  const auto fresh = rules.max_age * 4 / 5;
  if (rules.by_persistence) {
    const auto frames
        = std::max<double>({1.0, static_cast<double>(rules.frames_needed),
                            std::ceil(rules.evidence / (confidence + rules.per_frame) - 1e-9)});
    result.areas = lasting(static_cast<std::size_t>(frames), least, most);
    result.apart = frame_distance;
    const auto span = result.apart * static_cast<std::int64_t>(result.areas.size() - 1);
    result.head_start = std::min<timespan>(span, fresh);
    return result;
  }
  result.areas = growing(rules, least, most);
  const auto steps = static_cast<std::int64_t>(result.areas.size() - 1);
  result.apart = std::min<timespan>(frame_distance, fresh / steps);
  result.head_start = result.apart * steps;
  return result;
}

std::string detection_payload(const exercise_plan& plan, std::size_t k, const exercise_rules& rules,
                              const std::string& id, unix_seconds begun) {
  const auto half = std::sqrt(plan.areas[k]) / 2;
  const auto taken
      = begun + to_seconds(plan.apart * static_cast<std::int64_t>(k) - plan.head_start);
  const json seen{{"label", rules.label},
                  {"object_id", "drill"},
                  {"confidence", confidence},
                  {"bbox", {0.5 - half, 0.5 - half, 0.5 + half, 0.5 + half}}};
  return dumped<json>({{"drill", true},
                       {"drill_id", id},
                       {"timestamp", taken},
                       {"detections", json::array({seen})}});
}

std::string camera_name(std::uint32_t n) { return fmt::format("drill-{}", n); }

std::string marked_trigger(const std::string& trigger, const std::string& id, bool live) {
  auto payload = json::parse(trigger, nullptr, false);
  if (!payload.is_object())
    payload = json::object();
  payload["drill"] = true;
  payload["drill_id"] = id;
  if (!live)
    payload["action"] = "drill";
  return dumped(payload);
}

void echoes::expect(const std::string& topic, const std::string& payload) {
  expected_.emplace(topic, payload);
}

bool echoes::recognise(const inbound& message) {
  return !message.retained && expected_.erase({message.topic, message.payload}) != 0;
}

timespan until_next(unix_seconds last, bool trouble, timespan interval, unix_seconds now) noexcept {
  // A clock that was set back says nothing of how long ago it was.
  if (last <= 0 || last > now)
    return settling_time;
  const auto pause = trouble ? std::min(interval, repeat_pause) : interval;
  const auto left = to_seconds(pause) - (now - last);
  return left <= to_seconds(settling_time) ? settling_time : from_seconds(left);
}

} // namespace firefinder
