#include "actors/consensus/activity.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace firefinder {

namespace {

using json = nlohmann::json;

constexpr std::string_view ending = "/camera_activity";

// An object of an entry of a camera lies three levels deep.
constexpr int max_activity_depth = 8;

std::optional<double> number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number())
    return std::nullopt;
  const auto value = found->get<double>();
  return std::isfinite(value) ? std::optional{value} : std::nullopt;
}

// The same centre, another area; what would lie outside the frame is cut off.
box scaled(const box& from, double factor) {
  const auto side = [factor](double low, double high) {
    const auto middle = (low + high) / 2;
    const auto half = (high - low) / 2 * factor;
    return std::pair{std::max(0.0, middle - half), std::min(1.0, middle + half)};
  };
  const auto [x1, x2] = side(from.x1, from.x2);
  const auto [y1, y2] = side(from.y1, from.y2);
  return {x1, y1, x2, y2};
}

json parse(std::string_view text) {
  const auto shallow
      = [](int depth, json::parse_event_t, const json&) { return depth <= max_activity_depth; };
  return json::parse(text.begin(), text.end(), shallow, false);
}

std::vector<activity_sample> samples_in(const json& cameras) {
  std::vector<activity_sample> result;
  for (const auto& camera : cameras) {
    if (!camera.is_object())
      continue;
    const auto objects = camera.find("objects");
    if (objects == camera.end() || !objects->is_array())
      continue;
    for (const auto& entry : *objects) {
      if (result.size() == max_activity_samples)
        return result;
      if (!entry.is_object())
        continue;
      const auto id = entry.find("id");
      const auto area = number_of(entry, "area");
      const auto score = number_of(entry, "score");
      if (id != entry.end() && id->is_string() && area && score)
        result.push_back({id->get<std::string>(), *area, *score});
    }
  }
  return result;
}

} // namespace

std::vector<activity_sample> activity_samples(std::string_view payload) {
  const auto cameras = parse(payload);
  return cameras.is_object() ? samples_in(cameras) : std::vector<activity_sample>{};
}

bool activity::is_activity(std::string_view topic) noexcept { return topic.ends_with(ending); }

void activity::remember(const std::string& prefix, place what) {
  if (places_.size() >= max_places && places_.count({prefix, what.last.object}) == 0)
    places_.erase(
        std::min_element(places_.begin(), places_.end(), [](const auto& a, const auto& b) {
          return a.second.number < b.second.number;
        }));
  what.number = ++noted_;
  auto object = what.last.object;
  places_.insert_or_assign({prefix, std::move(object)}, std::move(what));
}

void activity::note(const sighting& seen) {
  if (seen.source.empty())
    return;
  for (const auto& object : seen.ended)
    places_.erase({seen.source, object});
  if (seen.frame_width == 0 || seen.frame_height == 0)
    return;
  for (const auto& found : seen.detections)
    if (!found.object.empty())
      remember(seen.source, {seen.camera, found, seen.frame_width, seen.frame_height, 0});
}

void activity::note(const frigate_cameras& told) {
  std::erase_if(sizes_, [&told](const auto& x) { return x.first.first == told.prefix; });
  for (const auto& camera : told.cameras)
    if (camera.width != 0 && camera.height != 0)
      sizes_[{told.prefix, camera.name}] = {camera.width, camera.height};
}

std::map<std::string, std::string> activity::note(const frigate_objects& seen) {
  std::map<std::string, std::string> result;
  for (const auto& object : seen.objects) {
    const auto who = identity_.of(object.camera, seen.prefix);
    if (const auto known = cameras_.find(who.id); known != cameras_.end() && !known->second.enabled)
      continue;
    result.emplace(who.id, who.many_spellings ? object.camera : std::string{});
    const auto size = sizes_.find({seen.prefix, object.camera});
    // An event knows better.
    if (size == sizes_.end() || places_.count({seen.prefix, object.id}) != 0)
      continue;
    detection found;
    found.object = object.id;
    found.sign = object.sign;
    found.box = object.box;
    found.area = object.box.area();
    found.may_repeat = true;
    remember(seen.prefix, {who.id, std::move(found), size->second.width, size->second.height, 0});
  }
  return result;
}

activity::reading activity::read(const inbound& message) const {
  reading result;
  const auto drop = [&result](drop_reason why) {
    result.dropped = why;
    return result;
  };
  const std::string_view topic = message.topic;
  const std::string prefix{topic.substr(0, topic.size() - ending.size())};
  if (std::find(prefixes_.begin(), prefixes_.end(), prefix) == prefixes_.end())
    return drop(drop_reason::bad_topic);
  if (message.retained)
    return drop(drop_reason::retained);
  if (message.waited_before != 0)
    return drop(drop_reason::stale);
  if (message.size > max_payload_bytes)
    return drop(drop_reason::too_large);
  const auto cameras = parse(message.payload);
  if (!cameras.is_object())
    return drop(cameras.is_discarded() ? drop_reason::malformed : drop_reason::not_an_object);
  std::map<std::string, sighting> by_camera;
  for (const auto& sample : samples_in(cameras)) {
    const auto found = places_.find({prefix, sample.id});
    if (found == places_.end())
      continue;
    const auto& [camera, last, width, height, number] = found->second;
    const auto share = sample.area_px / (static_cast<double>(width) * height);
    if (share <= 0 || share < min_area_ratio_ || share > 1 || sample.score < 0
        || sample.score < min_confidence_ || sample.score > 1)
      continue;
    auto& seen = by_camera[camera];
    seen.camera = camera;
    seen.kind = sighting_kind::part_of_frame;
    seen.source = prefix;
    seen.at = message.arrived;
    seen.received_at = message.received_at;
    seen.frame_width = width;
    seen.frame_height = height;
    seen.held = message.held;
    auto& now = seen.detections.emplace_back(last);
    now.confidence = sample.score;
    now.area = share;
    now.box = scaled(last.box, std::sqrt(share / last.area));
  }
  for (auto& [camera, seen] : by_camera)
    result.seen.push_back(std::move(seen));
  return result;
}

} // namespace firefinder
