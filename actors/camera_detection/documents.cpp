#include "actors/camera_detection/documents.hpp"

#include "actors/camera_detection/shown_url.hpp"
#include "messages/dumped.hpp"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace firefinder {

namespace {

using json = nlohmann::json;

constexpr std::array conditions{camera_condition::found,        camera_condition::online,
                                camera_condition::stream_error, camera_condition::auth_required,
                                camera_condition::auth_failed,  camera_condition::auth_locked,
                                camera_condition::offline};

// RFC 3339, in UTC.
std::string timestamp(unix_seconds now) {
  const auto whole = static_cast<std::time_t>(std::floor(now));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(whole));
}

json resolution(const camera_stream& x) {
  return x.width == 0 ? json() : json::array({x.width, x.height});
}

json stream_document(const camera_stream& x) {
  return {{"name", x.name},     {"url", x.url},
          {"token", x.profile}, {"resolution", resolution(x)},
          {"framerate", x.fps}, {"encoding", x.codec}};
}

camera_stream stream_of(const json& x) {
  camera_stream result;
  result.name = x.at("name").get<std::string>();
  result.url = x.at("url").get<std::string>();
  result.profile = x.at("token").get<std::string>();
  result.codec = x.at("encoding").get<std::string>();
  result.fps = x.at("framerate").get<double>();
  if (const auto& size = x.at("resolution"); size.is_array() && size.size() == 2) {
    result.width = size[0].get<std::uint32_t>();
    result.height = size[1].get<std::uint32_t>();
  }
  return result;
}

} // namespace

std::string discovery_payload(const camera_facts& camera, bool streams,
                              const std::vector<camera_credential>& secrets,
                              const std::string& node_id, unix_seconds now) {
  json urls = json::object();
  json profiles = json::array();
  for (const auto& x : camera.streams) {
    urls[x.name] = shown_url(x.url, secrets);
    auto profile = stream_document(x);
    profile.erase("url");
    profiles.push_back(std::move(profile));
  }
  const auto* first = camera.streams.empty() ? nullptr : &camera.streams.front();
  return dumped<json>({{"id", camera.id},
                       {"mac", camera.mac},
                       {"ip", camera.address},
                       {"name", camera.name},
                       {"manufacturer", camera.manufacturer},
                       {"model", camera.model},
                       {"serial_number", camera.serial_number},
                       {"firmware_version", camera.firmware_version},
                       {"rtsp_urls", std::move(urls)},
                       {"credential_ref", camera.credential},
                       {"profiles", std::move(profiles)},
                       {"online", camera.reachable()},
                       {"stream_active", streams},
                       {"status", to_string(camera.condition)},
                       {"reason", camera.reason},
                       {"last_seen", camera.last_seen},
                       {"discovery_method", camera.methods.empty() ? "" : camera.methods.front()},
                       {"discovery_methods", camera.methods},
                       {"ip_history", camera.former_addresses},
                       {"codec", first == nullptr ? "" : first->codec},
                       {"resolution", first == nullptr ? json() : resolution(*first)},
                       {"aliases", camera.aliases},
                       {"node_id", node_id},
                       {"timestamp", timestamp(now)}});
}

std::string status_payload(const camera_facts& camera, const std::string& event,
                           const std::string& node_id, unix_seconds now) {
  return dumped<json>({{"camera_id", camera.id},
                       {"mac", camera.mac},
                       {"ip", camera.address},
                       {"status", event},
                       {"online", camera.reachable()},
                       {"error_count", camera.failures},
                       {"last_error", camera.reason},
                       {"node_id", node_id},
                       {"timestamp", timestamp(now)}});
}

std::string stored_text(const camera_facts& camera) {
  json streams = json::array();
  for (const auto& x : camera.streams)
    streams.push_back(stream_document(x));
  return dumped<json>({{"id", camera.id},
                       {"aliases", camera.aliases},
                       {"mac", camera.mac},
                       {"address", camera.address},
                       {"name", camera.name},
                       {"manufacturer", camera.manufacturer},
                       {"model", camera.model},
                       {"serial_number", camera.serial_number},
                       {"firmware_version", camera.firmware_version},
                       {"streams", std::move(streams)},
                       {"condition", to_string(camera.condition)},
                       {"reason", camera.reason},
                       {"video_seen", camera.video_seen},
                       {"credential", camera.credential},
                       {"methods", camera.methods},
                       {"former_addresses", camera.former_addresses},
                       {"last_seen", camera.last_seen}});
}

std::optional<camera_facts> from_stored_text(std::string_view text) {
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return std::nullopt;
  try {
    camera_facts result;
    document.at("id").get_to(result.id);
    document.at("aliases").get_to(result.aliases);
    document.at("mac").get_to(result.mac);
    document.at("address").get_to(result.address);
    document.at("name").get_to(result.name);
    document.at("manufacturer").get_to(result.manufacturer);
    document.at("model").get_to(result.model);
    document.at("serial_number").get_to(result.serial_number);
    document.at("firmware_version").get_to(result.firmware_version);
    for (const auto& x : document.at("streams"))
      result.streams.push_back(stream_of(x));
    const auto condition = document.at("condition").get<std::string>();
    const auto found = std::ranges::find_if(
        conditions, [&](camera_condition x) { return to_string(x) == condition; });
    if (found == conditions.end() || result.id.empty())
      return std::nullopt;
    result.condition = *found;
    document.at("reason").get_to(result.reason);
    document.at("video_seen").get_to(result.video_seen);
    document.at("credential").get_to(result.credential);
    document.at("methods").get_to(result.methods);
    document.at("former_addresses").get_to(result.former_addresses);
    document.at("last_seen").get_to(result.last_seen);
    return result;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

} // namespace firefinder
