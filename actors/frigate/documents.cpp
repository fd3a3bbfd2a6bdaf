#include "actors/frigate/documents.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace firefinder {

namespace {

using json = nlohmann::json;

// What is looked at lies six levels deep.
constexpr int max_depth = 8;
constexpr std::size_t max_name_bytes = 128;
constexpr std::size_t max_version_bytes = 64;
constexpr double max_side = 65'535;
constexpr double max_fps = 1'000;
// Frigate replays recordings under such a camera (0.18, debug replay).
constexpr std::string_view replay_prefix = "_replay_";

// What lies deeper is left out, and not built first.
json parse(std::string_view text) {
  const auto shallow
      = [](int depth, json::parse_event_t, const json&) { return depth <= max_depth; };
  return json::parse(text.begin(), text.end(), shallow, false);
}

const json* member(const json* object, const std::string& key) {
  if (object == nullptr || !object->is_object())
    return nullptr;
  const auto found = object->find(key);
  return found == object->end() || found->is_null() ? nullptr : &*found;
}

double number_in(const json* value, double max) {
  if (value == nullptr || !value->is_number())
    return 0;
  const auto number = value->get<double>();
  return std::isfinite(number) && number >= 0 && number <= max ? number : 0;
}

bool is_false(const json* value) { return value != nullptr && *value == false; }

std::optional<std::string> name_in(const json* value) {
  if (value == nullptr || !value->is_string())
    return std::nullopt;
  const auto& name = value->get_ref<const std::string&>();
  return name.empty() || name.size() > max_name_bytes ? std::nullopt : std::optional{name};
}

// Frigate keeps labels as the model writes them.
std::optional<fire_sign> sign_of(std::string label, const frigate_labels& labels) {
  std::transform(label.begin(), label.end(), label.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  const auto found = labels.find(label);
  return found == labels.end() ? std::nullopt : std::optional{found->second};
}

frigate_camera camera_in(const std::string& name, const json& entry, const frigate_labels& labels) {
  frigate_camera result;
  result.name = name;
  const auto* detect = member(&entry, "detect");
  result.width = static_cast<std::uint32_t>(number_in(member(detect, "width"), max_side));
  result.height = static_cast<std::uint32_t>(number_in(member(detect, "height"), max_side));
  result.fps = number_in(member(detect, "fps"), max_fps);
  result.detects = !is_false(member(detect, "enabled"));
  const auto* objects = member(&entry, "objects");
  const auto* track = member(objects, "track");
  if (track == nullptr || !track->is_array()) {
    result.sees_fire = true;
    return result;
  }
  const auto* filters = member(objects, "filters");
  for (const auto& label : *track) {
    if (!label.is_string() || !sign_of(label.get<std::string>(), labels))
      continue;
    result.sees_fire = true;
    const auto* filter = member(filters, label.get<std::string>());
    result.threshold = std::max(result.threshold, number_in(member(filter, "threshold"), 1));
  }
  return result;
}

std::optional<box> box_in(const json* value) {
  if (value == nullptr || !value->is_array() || value->size() != 4)
    return std::nullopt;
  std::array<double, 4> part{};
  for (std::size_t i = 0; i < part.size(); ++i) {
    const auto& entry = (*value)[i];
    if (!entry.is_number())
      return std::nullopt;
    part[i] = entry.get<double>();
    // Pixels, or rubbish.
    if (!std::isfinite(part[i]) || part[i] < 0 || part[i] > 1)
      return std::nullopt;
  }
  const box result{part[0], part[1], std::min(1.0, part[0] + part[2]),
                   std::min(1.0, part[1] + part[3])};
  return result.area() > 0 ? std::optional{result} : std::nullopt;
}

std::optional<frigate_object> object_in(const json& event, const frigate_labels& labels) {
  // One that has ended has a time of its end.
  if (member(&event, "end_time") != nullptr)
    return std::nullopt;
  const auto id = name_in(member(&event, "id"));
  const auto camera = name_in(member(&event, "camera"));
  const auto label = name_in(member(&event, "label"));
  if (!id || !camera || !label || camera->starts_with(replay_prefix))
    return std::nullopt;
  const auto sign = sign_of(*label, labels);
  const auto* data = member(&event, "data");
  if (const auto* type = member(data, "type"); type != nullptr && *type != "object")
    return std::nullopt;
  // Until 0.12 the box stands beside the rest.
  const auto* where = member(data, "box");
  const auto box = box_in(where != nullptr ? where : member(&event, "box"));
  if (!sign || !box)
    return std::nullopt;
  return frigate_object{*camera, *id, *sign, *box};
}

} // namespace

std::optional<std::vector<frigate_camera>> cameras_of(std::string_view document,
                                                      const frigate_labels& labels) {
  const auto root = parse(document);
  const auto* cameras = member(&root, "cameras");
  if (cameras == nullptr || !cameras->is_object())
    return std::nullopt;
  std::vector<frigate_camera> result;
  for (const auto& [name, entry] : cameras->items()) {
    if (result.size() == max_frigate_cameras)
      break;
    if (name.empty() || name.size() > max_name_bytes || name.starts_with(replay_prefix)
        || !entry.is_object() || is_false(member(&entry, "enabled")))
      continue;
    result.push_back(camera_in(name, entry, labels));
  }
  return result;
}

std::vector<frigate_object> objects_of(std::string_view document, const frigate_labels& labels) {
  std::vector<frigate_object> result;
  const auto events = parse(document);
  if (!events.is_array())
    return result;
  for (const auto& event : events) {
    if (result.size() == max_frigate_objects)
      break;
    if (auto object = object_in(event, labels))
      result.push_back(std::move(*object));
  }
  return result;
}

std::string version_of(std::string_view document) {
  const auto is_part = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '+' || c == '_';
  };
  while (!document.empty() && (document.back() == '\n' || document.back() == '\r'))
    document.remove_suffix(1);
  if (document.size() > max_version_bytes
      || !std::all_of(document.begin(), document.end(), is_part))
    return {};
  return std::string{document};
}

std::string address_of(std::string_view url, std::string_view resource) {
  const auto trim = [&url] {
    while (url.ends_with('/'))
      url.remove_suffix(1);
  };
  trim();
  if (url.ends_with("/api"))
    url.remove_suffix(4);
  trim();
  return std::string{url} + std::string{resource};
}

std::string without_credentials(std::string_view url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", host), url.size());
  const auto at = url.substr(host, end - host).rfind('@');
  if (at == std::string_view::npos)
    return std::string{url};
  return std::string{url.substr(0, host)} + std::string{url.substr(host + at + 1)};
}

} // namespace firefinder
