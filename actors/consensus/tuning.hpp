#pragma once

#include "actors/consensus/identity.hpp"
#include "actors/consensus/settings.hpp"
#include "messages/control.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace firefinder {

/// The cameras of the configuration, where those that operators have switched on are so.
[[nodiscard]] std::map<std::string, camera_settings>
switched_on(std::map<std::string, camera_settings> cameras, const decision_tuning& tuning);

/// Cameras that have a vote where only those of the configuration have one: also those that
/// operators have switched on. What they add without the configuration has none.
[[nodiscard]] std::optional<std::set<std::string>>
registered_with(std::optional<std::set<std::string>> registered,
                const std::map<std::string, camera_settings>& cameras,
                const decision_tuning& tuning);

/// Cameras whose detections do not count, by all the names that mean them.
[[nodiscard]] std::set<std::string>
switched_off(const std::map<std::string, camera_settings>& cameras, const decision_tuning& tuning,
             const camera_identity& identity);

} // namespace firefinder
