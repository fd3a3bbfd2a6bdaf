#include "actors/consensus/trigger.hpp"

#include "messages/dumped.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <uuid/uuid.h>

#include <algorithm>
#include <array>
#include <limits>

namespace firefinder {

namespace {

using json = nlohmann::json;

// Namespace of our identities, drawn once at random.
constexpr std::array<unsigned char, 16> trigger_namespace{
    0x5c, 0x1e, 0x7a, 0x0d, 0x8f, 0x42, 0x4b, 0x96, 0x9d, 0x33, 0xe4, 0x60, 0xa1, 0x7b, 0xc8, 0x2f};

// JSON knows no infinity, and an object may begin too small for the division.
double told_growth(const object_evidence& x) {
  return std::min(x.growth(), std::numeric_limits<double>::max());
}

const object_evidence& strongest(const agreeing_camera& camera) {
  return *std::max_element(camera.objects.begin(), camera.objects.end(),
                           [](const auto& a, const auto& b) { return a.growth() < b.growth(); });
}

json zones_of(const decision& d, const consensus_settings& settings) {
  auto result = json::array();
  for (const auto& camera : d.cameras) {
    const auto mapped = settings.zones.find(camera.id);
    if (mapped == settings.zones.end())
      continue;
    for (const auto& literal : mapped->second) {
      auto zone = json::parse(literal, nullptr, false);
      if (!zone.is_discarded() && std::find(result.begin(), result.end(), zone) == result.end())
        result.push_back(std::move(zone));
    }
  }
  return result;
}

} // namespace

std::string trigger_id(const decision& d, const consensus_settings& settings) {
  auto text = fmt::format("{}|{}|{:.6f}", settings.instance, settings.service_id, d.wall);
  for (const auto& camera : d.cameras)
    for (const auto& x : camera.objects)
      text += fmt::format("|{}|{}|{}|{:.9g}|{:.9g}|{:.6f}", camera.id, x.object, x.samples,
                          x.first_area, x.last_area, x.span_s);
  uuid_t id;
  uuid_generate_sha1(id, trigger_namespace.data(), text.data(), text.size());
  std::array<char, 37> printed{};
  uuid_unparse_lower(id, printed.data());
  return printed.data();
}

std::string trigger_payload(const decision& d, const std::string& id,
                            const consensus_settings& settings) {
  auto cameras = json::array();
  auto locations = json::array();
  auto evidence = json::object();
  for (const auto& camera : d.cameras) {
    cameras.push_back(camera.shown());
    for (const auto& x : camera.objects)
      locations.push_back({camera.shown(), x.object});
    if (camera.objects.empty())
      continue;
    const auto& best = strongest(camera);
    evidence[camera.shown()] = {{"object", best.object},         {"samples", best.samples},
                                {"first_area", best.first_area}, {"last_area", best.last_area},
                                {"growth", told_growth(best)},   {"confidence", best.confidence},
                                {"span_s", best.span_s}};
  }
  json payload{{"action", "trigger"},
               {"confidence", "high"},
               {"timestamp", d.wall},
               {"trigger_count", d.number},
               {"consensus_cameras", std::move(cameras)},
               {"fire_locations", std::move(locations)},
               {"service_id", settings.service_id},
               {"trigger_id", id},
               {"expires_at", d.wall + to_seconds(settings.trigger_ttl)},
               {"evidence", std::move(evidence)}};
  if (d.threshold != 0) {
    payload["threshold"] = d.threshold;
    if (d.threshold < settings.threshold)
      payload["reduced"] = true;
  }
  if (settings.zone_activation)
    payload["zones"] = zones_of(d, settings);
  return dumped(payload);
}

std::string missed_payload(const std::string& trigger, const std::string& reason,
                           unix_seconds now) {
  auto payload = json::parse(trigger, nullptr, false);
  if (!payload.is_object())
    payload = json::object();
  // Whoever matches on the action alone must not take this for a trigger.
  payload["action"] = "trigger_missed";
  payload["reason"] = reason;
  payload["missed_at"] = now;
  return dumped(payload);
}

const char* state_name(bool cooldown, bool degraded) noexcept {
  if (cooldown)
    return "cooldown";
  return degraded ? "degraded" : "idle";
}

std::string state_payload(const consensus_picture& picture, unix_seconds now) {
  auto problems = json::array();
  for (const auto& x : picture.problems) {
    json told{{"code", x.code}, {"since", x.since}};
    if (!x.subject.empty())
      told["subject"] = x.subject;
    problems.push_back(std::move(told));
  }
  return dumped<json>(
      {{"consensus_count", picture.agreeing.size()},
       {"fire_detected", picture.agreeing.size() >= picture.threshold},
       {"state", state_name(picture.cooldown, !picture.problems.empty())},
       {"degraded", !picture.problems.empty()},
       {"problems", std::move(problems)},
       {"threshold", picture.threshold},
       {"configured_threshold",
        picture.configured_threshold == 0 ? picture.threshold : picture.configured_threshold},
       {"cameras", picture.agreeing},
       {"updated_at", now}});
}

} // namespace firefinder
