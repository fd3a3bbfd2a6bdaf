#include "actors/frigate/camera_choice.hpp"

#include <utility>

namespace firefinder {

bool camera_choice::changed(const camera_facts& camera) {
  // What a camera tells that is not well may be half of it.
  if (camera.condition != camera_condition::online)
    return false;
  auto source = source_of(camera);
  if (!source)
    return false;
  const auto known = cameras_.find(camera.id);
  if (known == cameras_.end()) {
    if (cameras_.size() == max_known_cameras)
      return false;
    gone_.erase(frigate_name(camera.id));
    cameras_.emplace(camera.id, std::move(*source));
    const auto [first, last] = former_.equal_range(camera.id);
    for (auto x = first; x != last; ++x)
      drop(x->second);
    former_.erase(first, last);
    return true;
  }
  // A look that did not tell the size does not make it unknown.
  const auto keep_size = [](frigate_input& now, const frigate_input& before) {
    if (now.width == 0 && now.url == before.url) {
      now.width = before.width;
      now.height = before.height;
    }
  };
  keep_size(source->main, known->second.main);
  if (source->sub && known->second.sub)
    keep_size(*source->sub, *known->second.sub);
  const bool differs = !(*source == known->second);
  known->second = std::move(*source);
  return differs;
}

bool camera_choice::removed(const camera_removed& camera) {
  if (!is_frigate_name(frigate_name(camera.id)))
    return false;
  if (!camera.successor.empty() && cameras_.count(camera.successor) == 0) {
    if (former_.size() < max_known_cameras)
      former_.emplace(camera.successor, camera.id);
    return false;
  }
  drop(camera.id);
  return true;
}

void camera_choice::drop(const std::string& id) {
  cameras_.erase(id);
  if (gone_.size() < max_known_cameras)
    gone_.insert(frigate_name(id));
}

void camera_choice::forget(const std::vector<std::string>& names) {
  for (const auto& name : names)
    gone_.erase(name);
}

} // namespace firefinder
