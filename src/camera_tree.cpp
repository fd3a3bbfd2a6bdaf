#include "src/camera_tree.hpp"

#include "actors/camera_detection/camera_detection.hpp"
#include "actors/camera_detection/device_client.hpp"
#include "actors/camera_detection/finder.hpp"
#include "actors/camera_detection/video_prober.hpp"
#include "actors/store/store.hpp"

#include <caf/send.hpp>

namespace firefinder {

camera_detection_actor spawn_camera_detection(caf::actor_system& system,
                                              const camera_detection_settings& what) {
  camera_workers workers;
  workers.finder = system.spawn<caf::detached>(finder, finder_limits{});
  workers.client = system.spawn<caf::detached>(device_client, device_client_limits{});
  workers.prober = system.spawn<caf::detached>(video_prober, video_settings{});
  return system.spawn(camera_detection, what, workers, wall_clock{system_wall_clock});
}

camera_detection_actor spawn_camera_search(caf::actor_system& system,
                                           const camera_detection_settings& what,
                                           const store_settings& memory) {
  const auto result = spawn_camera_detection(system, what);
  const auto kept = system.spawn<caf::detached>(store, memory, wall_clock{system_wall_clock});
  caf::anon_send(result, attach_atom_v, kept);
  caf::actor_cast<caf::actor>(result)->attach_functor(
      // What was sent to it before is written down first.
      [kept](const caf::error&) { caf::anon_send(kept, close_atom_v); });
  return result;
}

} // namespace firefinder
