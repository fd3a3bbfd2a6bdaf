#include "src/discover_cameras.hpp"

#include "actors/camera_detection/documents.hpp"
#include "src/camera_tree.hpp"
#include "src/discover/command.hpp"
#include "src/state_lock.hpp"

#include <algorithm>

namespace firefinder {

// Log-ins are counted in the daemon's store, so that both together lock nobody out.
int discover_cameras(const discover::options& asked, const configuration::settings& settings) {
  auto cameras = settings.cameras;
  cameras.remembers = false;
  cameras.network_scan |= asked.scan;
  if (asked.timeout_s)
    cameras.search_limit = std::min(cameras.search_limit, from_seconds(*asked.timeout_s));
  discover::equipment with;
  const auto& memory = settings.store;
  state_lock lock;
  if (!cameras.credentials.empty()) {
    if (!asked.log_in)
      with.no_login = "the configured passwords are tried with --log-in only";
    else if (memory.folder.empty())
      with.no_login = "there is no folder to count log-ins in: set store.path (STATE_DIR)";
    else if (lock.take(memory.folder + '/' + memory.name + ".lock", std::chrono::milliseconds{0},
                       [] { return false; })
             != state_lock::outcome::held)
      with.no_login = "the daemon has the passwords while it runs; 'firefinder status' tells of it";
    else
      with.no_login.clear();
  }
  const bool logs_in = with.no_login.empty();
  if (!logs_in)
    cameras.credentials.clear();
  with.search_limit = cameras.search_limit;
  with.payload = [&settings](const camera_facts& x) {
    return discovery_payload(x, x.video_seen && x.condition == camera_condition::online,
                             settings.cameras.credentials, settings.cameras.node_id,
                             system_wall_clock());
  };
  with.camera_detection = [&](caf::actor_system& system) {
    return logs_in ? spawn_camera_search(system, cameras, memory)
                   : spawn_camera_detection(system, cameras);
  };
  return discover::run(asked, with);
}

} // namespace firefinder
