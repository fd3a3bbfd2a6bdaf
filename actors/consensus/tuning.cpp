#include "actors/consensus/tuning.hpp"

#include <utility>

namespace firefinder {

std::map<std::string, camera_settings> switched_on(std::map<std::string, camera_settings> cameras,
                                                   const decision_tuning& tuning) {
  for (const auto& id : tuning.unmuted)
    if (const auto known = cameras.find(id); known != cameras.end())
      known->second.enabled = true;
  return cameras;
}

std::optional<std::set<std::string>>
registered_with(std::optional<std::set<std::string>> registered,
                const std::map<std::string, camera_settings>& cameras,
                const decision_tuning& tuning) {
  if (registered)
    for (const auto& id : tuning.unmuted)
      if (cameras.count(id) != 0)
        registered->insert(id);
  return registered;
}

std::set<std::string> switched_off(const std::map<std::string, camera_settings>& cameras,
                                   const decision_tuning& tuning, const camera_identity& identity) {
  std::set<std::string> result;
  for (const auto& [id, camera] : cameras)
    if (!camera.enabled && tuning.unmuted.count(id) == 0)
      result.insert(id);
  for (const auto& id : tuning.muted)
    result.insert(identity.of(id).id);
  // What is still followed by an older name is the same camera.
  if (!result.empty())
    for (const auto& [name, meant] : identity.synonyms())
      if (result.count(meant) != 0)
        result.insert(name);
  return result;
}

} // namespace firefinder
