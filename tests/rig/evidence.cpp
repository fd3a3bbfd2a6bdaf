#include "tests/rig/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace firefinder::rig {

using nlohmann::json;

namespace {

/// Why a camera that is not part of a trigger did not agree.
std::vector<std::string> abstention(const camera_track& camera) {
  auto greatest = 0.0;
  auto surest = 0.0;
  std::size_t sightings = 0;
  for (const auto& x : camera.frames) {
    if (!counts(x))
      continue;
    ++sightings;
    surest = std::max(surest, x.confidence);
    greatest = std::max(greatest, growth_at(camera.frames, x.at).value_or(0));
  }
  return {fmt::format("{:<14}  did not agree: {} sightings, confidence up to {:.2f},", camera.id,
                      sightings, surest),
          fmt::format("{:14}  but no growth above {:.2f}x", "", greatest)};
}

std::string row(const std::string& camera, const json& part) {
  return fmt::format("{:<14}{:>9}{:>12.2f} %{:>9.2f} %{:>8.2f}x{:>12.2f}{:>8.1f} s", camera,
                     part.at("samples").get<unsigned>(), part.at("first_area").get<double>() * 100,
                     part.at("last_area").get<double>() * 100, part.at("growth").get<double>(),
                     part.at("confidence").get<double>(), part.at("span_s").get<double>());
}

std::vector<std::string> table(const json& payload, std::span<const camera_track> cameras) {
  const auto& evidence = payload.at("evidence");
  std::vector<std::string> lines{fmt::format("{:<14}{:>9}{:>14}{:>11}{:>9}{:>12}{:>10}", "camera",
                                             "samples", "first area", "last area", "growth",
                                             "confidence", "span")};
  for (const auto& [camera, part] : evidence.items())
    lines.push_back(row(camera, part));
  for (const auto& camera : cameras)
    if (!evidence.contains(camera.id))
      std::ranges::copy(abstention(camera), std::back_inserter(lines));
  return lines;
}

} // namespace

std::vector<std::string> describe(const trigger& heard, std::span<const camera_track> cameras,
                                  const style& how) {
  std::vector<std::string> lines{
      paint(how, "1;31",
            fmt::format("fire/trigger at {:.2f} s, {:.1f} ms after the message that decided it, "
                        "QoS {}",
                        heard.at, heard.after_s * 1000, heard.qos))};
  try {
    const auto payload = json::parse(heard.payload);
    lines.push_back(fmt::format(
        "{} {} of {}, confidence {}", payload.at("action").get<std::string>(),
        payload.at("trigger_id").get<std::string>(), payload.at("service_id").get<std::string>(),
        payload.at("confidence").get<std::string>()));
    lines.emplace_back();
    std::ranges::copy(table(payload, cameras), std::back_inserter(lines));
  } catch (const json::exception& x) {
    lines.push_back(fmt::format("not a trigger as documented: {}", x.what()));
    lines.push_back(heard.payload);
  }
  return lines;
}

} // namespace firefinder::rig
