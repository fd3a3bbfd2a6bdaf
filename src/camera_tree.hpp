#pragma once

#include "actors/camera_detection/settings.hpp"
#include "messages/actors.hpp"

#include <caf/actor_system.hpp>

namespace firefinder {

/// Starts the camera detection actor with its workers, which end with it.
[[nodiscard]] camera_detection_actor spawn_camera_detection(caf::actor_system& system,
                                                            const camera_detection_settings& what);

} // namespace firefinder
