#include "actors/consensus/camera_keys.hpp"

#include "messages/camera_key.hpp"

#include <utility>

namespace firefinder {

void camera_keys::add(const std::string& id, monotonic now) {
  auto key = camera_key(id);
  if (key.empty()) {
    keyless_.try_emplace(id, without{{}, {}, now});
    return;
  }
  const auto [holder, fresh] = holders_.try_emplace(key, id);
  if (fresh || holder->second == id || keyless_.count(id) != 0)
    return;
  waiting_[key].push_back(id);
  keyless_.emplace(id, without{std::move(key), holder->second, now});
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
  const auto holder = holders_.find(key);
  if (holder == holders_.end() || holder->second != id)
    return std::nullopt;
  if (others == waiting_.end()) {
    holders_.erase(holder);
    return std::nullopt;
  }
  const auto heir = holder->second = std::move(others->second.front());
  others->second.erase(others->second.begin());
  for (const auto& other : others->second)
    keyless_.at(other).holder = heir;
  if (others->second.empty())
    waiting_.erase(others);
  keyless_.erase(heir);
  return heir;
}

std::string camera_keys::key_of(const std::string& id) const {
  auto key = camera_key(id);
  const auto holder = holders_.find(key);
  return holder != holders_.end() && holder->second == id ? key : std::string{};
}

} // namespace firefinder
