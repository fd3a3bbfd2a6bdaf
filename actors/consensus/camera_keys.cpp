#include "actors/consensus/camera_keys.hpp"

#include "messages/camera_key.hpp"

#include <utility>

namespace firefinder {

void camera_keys::add(const std::string& id, monotonic now) {
  const auto [place, fresh] = keys_.try_emplace(id);
  if (!fresh)
    return;
  auto key = place->second = camera_key(id);
  if (key.empty()) {
    keyless_.emplace(id, without{{}, {}, now});
    return;
  }
  auto& claims = claims_[key];
  claims.push_back(id);
  if (claims.size() > 1)
    keyless_.emplace(id, without{std::move(key), claims.front(), now});
}

std::optional<std::string> camera_keys::remove(const std::string& id) {
  const auto known = keys_.extract(id);
  if (known.empty())
    return std::nullopt;
  const bool had_none = keyless_.erase(id) != 0;
  const auto found = claims_.find(known.mapped());
  if (found == claims_.end())
    return std::nullopt;
  auto& claims = found->second;
  std::erase(claims, id);
  if (claims.empty()) {
    claims_.erase(found);
    return std::nullopt;
  }
  if (had_none)
    return std::nullopt;
  const auto& heir = claims.front();
  keyless_.erase(heir);
  for (const auto& other : claims)
    if (const auto waits = keyless_.find(other); waits != keyless_.end())
      waits->second.holder = heir;
  return heir;
}

std::string camera_keys::key_of(const std::string& id) const {
  const auto known = keys_.find(id);
  return known == keys_.end() || keyless_.count(id) != 0 ? std::string{} : known->second;
}

} // namespace firefinder
