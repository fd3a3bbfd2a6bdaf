#include "actors/frigate/camera_block.hpp"

#include "actors/frigate/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace firefinder {

namespace {

constexpr std::string_view name_prefix = "cam_";
constexpr std::size_t id_digits = 12;
constexpr std::size_t max_url_bytes = 600;
constexpr std::size_t max_name_bytes = 80;
constexpr std::uint32_t max_side = 16'384;

// Wider frames cost Frigate much and its model, which sees 320 or 640 pixels, nothing.
constexpr std::uint32_t max_detect_width = 1'280;
constexpr int detect_fps = 5;

// Frigate's own defaults.
constexpr double usual_min_score = 0.5;
constexpr double usual_threshold = 0.7;

constexpr int oldest_release = 14;
constexpr int newest_release = 18;

bool is_id(std::string_view id) {
  return id.size() == id_digits && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::optional<std::string> clean_url(const std::string& url) {
  std::string result = url;
  const auto host = result.find("://") + 3;
  if ((!result.starts_with("rtsp://") && !result.starts_with("rtsps://"))
      || result.size() > max_url_bytes
      || !std::all_of(result.begin(), result.end(), [](char c) { return c > ' ' && c <= '~'; }))
    return std::nullopt;
  const auto end = std::min(result.find_first_of("/?#", host), result.size());
  if (const auto at = std::string_view{result}.substr(0, end).rfind('@');
      at != std::string_view::npos && at >= host)
    result.erase(host, at + 1 - host);
  const bool has_host = result.size() > host && result[host] != '/' && result[host] != '?';
  return has_host ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<frigate_input> input_of(const camera_stream& stream) {
  auto url = clean_url(stream.url);
  if (!url)
    return std::nullopt;
  frigate_input result{std::move(*url), stream.width, stream.height, false};
  // Both or neither.
  if (result.width < 2 || result.height < 2 || result.width > max_side || result.height > max_side)
    result.width = result.height = 0;
  return result;
}

// A name that any page may show: no control characters, and whole characters of UTF-8.
std::string clean_name(std::string_view name) {
  std::string result;
  for (std::size_t i = 0; i < name.size() && result.size() < max_name_bytes;) {
    const auto lead = static_cast<unsigned char>(name[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    const auto character = name.substr(i, std::max<std::size_t>(length, 1));
    const bool whole = length != 0 && character.size() == length
                       && std::all_of(character.begin() + 1, character.end(), [](char c) {
                            return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
                          });
    const bool control = lead < ' ' || lead == 0x7f || (length == 2 && character < "\xc2\xa0");
    if (whole && !control)
      result += character;
    i += whole ? length : 1;
  }
  return result;
}

// Frigate puts values in place of names in braces.
std::string path_of(const std::string& id, const frigate_input& input, bool login,
                    const char* secret) {
  std::string result;
  for (const char c :
       input.url.substr(0, input.path_is_secret ? path_position(input.url) : std::string::npos)) {
    result += c;
    if (c == '{' || c == '}')
      result += c;
  }
  if (input.path_is_secret)
    result += fmt::format("{{{}{}}}", secret_prefix(id), secret);
  if (login) {
    const auto prefix = secret_prefix(id);
    result.insert(result.find("://") + 3,
                  fmt::format("{{{}USER}}:{{{}PASSWORD}}@", prefix, prefix));
  }
  return result;
}

YAML::Node strings(std::initializer_list<const char*> all) {
  YAML::Node result{YAML::NodeType::Sequence};
  for (const auto* x : all)
    result.push_back(yaml_string(x));
  return result;
}

YAML::Node whole(std::uint64_t number) { return yaml_plain(std::to_string(number)); }

YAML::Node truth() { return yaml_plain("true"); }

// Rounded down: what we accept must not be kept from us.
YAML::Node score(double value) {
  return yaml_plain(
      fmt::format("{}", std::floor(std::clamp(value, 0.0, 1.0) * 1'000 + 1e-6) / 1'000));
}

YAML::Node days(int number) {
  YAML::Node result;
  result["days"] = whole(static_cast<std::uint64_t>(number));
  return result;
}

YAML::Node kept(int number) {
  YAML::Node result;
  result["retain"] = days(number);
  return result;
}

YAML::Node detect_of(const frigate_input& input) {
  YAML::Node result;
  result["enabled"] = truth();
  if (input.width != 0) {
    // Frigate scales without bars: another ratio would bend what the model sees.
    const auto width = std::min(input.width, max_detect_width) & ~1U;
    const auto height = static_cast<std::uint32_t>(
        std::lround(static_cast<double>(width) * input.height / input.width / 2) * 2);
    result["width"] = whole(width);
    result["height"] = whole(std::max(height, 2U));
  }
  result["fps"] = whole(detect_fps);
  return result;
}

YAML::Node objects_of_rules(const block_rules& rules) {
  YAML::Node result;
  YAML::Node track{YAML::NodeType::Sequence};
  YAML::Node filters;
  const auto threshold = std::min(usual_threshold, rules.min_confidence);
  for (const auto& [label, sign] : rules.labels) {
    track.push_back(yaml_string(label));
    YAML::Node filter;
    filter["min_score"] = score(std::min(usual_min_score, threshold));
    filter["threshold"] = score(threshold);
    filters[label] = filter;
  }
  result["track"] = track;
  if (!rules.labels.empty())
    result["filters"] = filters;
  return result;
}

YAML::Node record_of(std::optional<int> release) {
  YAML::Node result;
  result["enabled"] = truth();
  if (!release)
    return result;
  if (*release <= 14) {
    result["retain"] = days(1);
    result["retain"]["mode"] = yaml_string("motion");
    result["events"]["retain"]["default"] = whole(30);
    result["events"]["retain"]["mode"] = yaml_string("motion");
    return result;
  }
  if (*release <= 16) {
    result["retain"] = days(1);
    result["retain"]["mode"] = yaml_string("motion");
  } else {
    result["continuous"] = days(0);
    result["motion"] = days(1);
  }
  result["alerts"] = kept(30);
  result["detections"] = kept(30);
  return result;
}

YAML::Node block_of(const std::string& id, const frigate_source& camera, const block_rules& rules) {
  const auto release = release_of(rules.version);
  const bool login = !camera.credential.empty();
  YAML::Node result;
  const auto name = clean_name(camera.name);
  if (release && *release >= 17 && !name.empty())
    result["friendly_name"] = yaml_string(name);
  YAML::Node inputs{YAML::NodeType::Sequence};
  const auto add = [&](const frigate_input& input, const char* role, const char* secret) {
    YAML::Node x;
    x["path"] = yaml_string(path_of(id, input, login, secret));
    x["roles"] = strings({role});
    inputs.push_back(x);
  };
  // The only one records as well, whatever is said here.
  if (camera.sub)
    add(camera.main, "record", "PATH");
  add(camera.sub ? *camera.sub : camera.main, "detect", camera.sub ? "SUBPATH" : "PATH");
  result["ffmpeg"]["inputs"] = inputs;
  result["detect"] = detect_of(camera.sub ? *camera.sub : camera.main);
  result["objects"] = objects_of_rules(rules);
  result["record"] = record_of(release);
  result["snapshots"]["enabled"] = truth();
  result["snapshots"]["retain"]["default"] = whole(30);
  // Not known to those of which nothing is known.
  if (release && !rules.labels.empty()) {
    YAML::Node labels{YAML::NodeType::Sequence};
    for (const auto& [label, sign] : rules.labels)
      labels.push_back(yaml_string(label));
    result["review"]["alerts"]["labels"] = labels;
  }
  return result;
}

// -- what is there already ---------------------------------------------------------------

bool contains(const YAML::Node& list, const std::string& text) {
  return std::any_of(list.begin(), list.end(),
                     [&](const YAML::Node& x) { return x.IsScalar() && x.Scalar() == text; });
}

// Who wrote the file anew may have quoted otherwise; that is no change.
void put(YAML::Node map, const std::string& key, const YAML::Node& value) {
  const auto present = yaml_member(map, key);
  if (!present.IsDefined() || !present.IsScalar() || present.Scalar() != value.Scalar())
    map[key] = value;
}

// Frigate's own page adds options to inputs; they stay while the roles are the same.
YAML::Node updated_inputs(const YAML::Node& present, const YAML::Node& ours) {
  if (!present.IsDefined() || !present.IsSequence() || present.size() != ours.size())
    return ours;
  auto result = YAML::Clone(present);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    auto x = result[i];
    const auto roles = yaml_member(x, "roles");
    const auto role = ours[i]["roles"][0].Scalar();
    const bool detects = roles.IsDefined() && roles.IsSequence() && contains(roles, "detect");
    if (!roles.IsDefined() || !roles.IsSequence() || !contains(roles, role)
        || detects != (role == "detect"))
      return ours;
    put(x, "path", ours[i]["path"]);
  }
  return result;
}

double number_of(const YAML::Node& node) {
  if (!node.IsDefined() || !node.IsScalar())
    return -1;
  const auto& text = node.Scalar();
  double result = -1;
  const auto* const end = text.data() + text.size();
  const auto r = std::from_chars(text.data(), end, result);
  return r.ec == std::errc{} && r.ptr == end ? result : -1;
}

void update_objects(YAML::Node camera, const YAML::Node& ours) {
  if (!yaml_member(camera, "objects").IsMap()) {
    camera["objects"] = ours;
    return;
  }
  auto objects = camera["objects"];
  if (!yaml_member(objects, "track").IsSequence())
    objects["track"] = ours["track"];
  else
    for (const auto& label : ours["track"])
      if (!contains(objects["track"], label.Scalar()))
        objects["track"].push_back(label);
  const auto filters = yaml_member(ours, "filters");
  if (!filters.IsMap())
    return;
  if (!yaml_member(objects, "filters").IsMap()) {
    objects["filters"] = filters;
    return;
  }
  for (const auto& filter : filters) {
    const auto& label = filter.first.Scalar();
    const auto threshold = filter.second["threshold"];
    if (!yaml_member(objects["filters"], label).IsMap()) {
      objects["filters"][label] = filter.second;
      continue;
    }
    auto there = objects["filters"][label];
    const auto asked = number_of(yaml_member(there, "threshold"));
    if (asked < 0 || asked > number_of(threshold))
      there["threshold"] = threshold;
  }
}

} // namespace

std::optional<frigate_source> source_of(const camera_facts& camera) {
  if (!is_id(camera.id) || camera.streams.empty())
    return std::nullopt;
  const auto named = [&](const char* name) {
    return std::find_if(camera.streams.begin(), camera.streams.end(),
                        [&](const camera_stream& x) { return x.name == name; });
  };
  const auto main = named("main");
  const auto sub = named("sub");
  const auto& best = main != camera.streams.end() ? *main : camera.streams.front();
  auto first = input_of(best);
  if (!first)
    return std::nullopt;
  frigate_source result{camera.name, std::move(*first), std::nullopt, camera.credential};
  if (sub != camera.streams.end() && &*sub != &best)
    result.sub = input_of(*sub);
  if (result.sub && result.sub->url == result.main.url)
    result.sub.reset();
  return result;
}

std::string frigate_name(std::string_view id) { return std::string{name_prefix} + std::string{id}; }

bool is_frigate_name(std::string_view name) {
  return name.starts_with(name_prefix) && is_id(name.substr(name_prefix.size()));
}

std::string secret_prefix(std::string_view id) {
  std::string result = "FRIGATE_CAM_";
  for (const char c : id)
    result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result + '_';
}

std::size_t path_position(std::string_view url) {
  return std::min(url.find_first_of("/?#", url.find("://") + 3), url.size());
}

bool names_secret_of(std::string_view text, std::string_view name) {
  return text.find(secret_prefix(name.substr(name_prefix.size()))) != std::string_view::npos;
}

std::optional<int> release_of(std::string_view version) {
  constexpr std::string_view major = "0.";
  if (!version.starts_with(major))
    return std::nullopt;
  version.remove_prefix(major.size());
  int result = 0;
  const auto* const end = version.data() + version.size();
  const auto r = std::from_chars(version.data(), end, result);
  const bool ends = r.ptr == end || *r.ptr == '.' || *r.ptr == '-';
  return r.ec == std::errc{} && ends && result >= oldest_release && result <= newest_release
             ? std::optional{result}
             : std::nullopt;
}

YAML::Node cameras_block(const frigate_sources& cameras, const block_rules& rules) {
  YAML::Node all{YAML::NodeType::Map};
  for (const auto& [id, camera] : cameras)
    all.force_insert(frigate_name(id), block_of(id, camera, rules));
  YAML::Node result;
  result["cameras"] = all;
  return result;
}

YAML::Node updated_camera(const YAML::Node& present, const YAML::Node& block) {
  if (!present.IsDefined() || !present.IsMap())
    return YAML::Clone(block);
  auto result = YAML::Clone(present);
  const auto ours = YAML::Clone(block);
  if (!yaml_member(result, "ffmpeg").IsMap())
    result["ffmpeg"] = ours["ffmpeg"];
  else
    result["ffmpeg"]["inputs"]
        = updated_inputs(yaml_member(result["ffmpeg"], "inputs"), ours["ffmpeg"]["inputs"]);
  if (!yaml_member(result, "detect").IsMap()) {
    result["detect"] = ours["detect"];
  } else {
    auto detect = result["detect"];
    for (const auto& member : ours["detect"]) {
      const auto& key = member.first.Scalar();
      if (key != "fps" || !yaml_member(detect, key).IsDefined())
        put(detect, key, member.second);
    }
  }
  update_objects(result, ours["objects"]);
  return result;
}

} // namespace firefinder
