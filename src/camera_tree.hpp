#pragma once

#include "actors/camera_detection/settings.hpp"
#include "actors/store/settings.hpp"
#include "messages/actors.hpp"

#include <caf/actor_system.hpp>

namespace firefinder {

/// Starts the camera detection actor with its workers, which end with it.
[[nodiscard]] camera_detection_actor spawn_camera_detection(caf::actor_system& system,
                                                            const camera_detection_settings& what);

/// The same for one search beside no daemon: counts log-ins in that daemon's store, which ends
/// with it.
[[nodiscard]] camera_detection_actor spawn_camera_search(caf::actor_system& system,
                                                         const camera_detection_settings& what,
                                                         const store_settings& memory);

} // namespace firefinder
