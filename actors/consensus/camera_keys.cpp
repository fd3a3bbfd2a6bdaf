#include "actors/consensus/camera_keys.hpp"

#include "messages/camera_key.hpp"

#include <functional>
#include <utility>

namespace firefinder {

std::size_t camera_keys::by_key::operator()(const std::string& id) const {
  return std::hash<std::string>{}(camera_key(id));
}

bool camera_keys::by_key::operator()(const std::string& a, const std::string& b) const {
  return camera_key(a) == camera_key(b);
}

void camera_keys::add(const std::string& id, monotonic now) {
  auto key = camera_key(id);
  if (key.empty()) {
    keyless_.try_emplace(id, without{{}, {}, now});
    return;
  }
  const auto [holder, fresh] = holders_.insert(id);
  if (fresh || *holder == id || keyless_.count(id) != 0)
    return;
  waiting_[key].push_back(id);
  keyless_.emplace(id, without{std::move(key), *holder, now});
}

std::optional<std::string> camera_keys::remove(const std::string& id) {
  const auto key = camera_key(id);
  const bool had_none = keyless_.erase(id) != 0;
  const auto others = waiting_.find(key);
  if (had_none) {
    if (others != waiting_.end() && std::erase(others->second, id) != 0 && others->second.empty())
      waiting_.erase(others);
    return std::nullopt;
  }
  const auto holder = holders_.find(id);
  if (holder == holders_.end() || *holder != id)
    return std::nullopt;
  holders_.erase(holder);
  if (others == waiting_.end())
    return std::nullopt;
  const auto heir = *holders_.insert(std::move(others->second.front())).first;
  others->second.erase(others->second.begin());
  for (const auto& other : others->second)
    keyless_.at(other).holder = heir;
  if (others->second.empty())
    waiting_.erase(others);
  keyless_.erase(heir);
  return heir;
}

std::string camera_keys::key_of(const std::string& id) const {
  const auto holder = holders_.find(id);
  return holder != holders_.end() && *holder == id ? camera_key(id) : std::string{};
}

} // namespace firefinder
