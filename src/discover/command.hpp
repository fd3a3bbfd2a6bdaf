#pragma once

#include "messages/actors.hpp"
#include "src/discover/options.hpp"

#include <functional>
#include <string>

namespace caf {
class actor_system;
} // namespace caf

namespace firefinder::discover {

/// What the command works with.
struct equipment {
  /// Starts the camera detection. It is killed at the end, and must then end its workers.
  std::function<camera_detection_actor(caf::actor_system&)> camera_detection;
  /// A camera as it is published: a JSON object, without passwords.
  std::function<std::string(const camera_facts&)> payload;
  /// Longest time that a search takes by the configuration.
  timespan search_limit = std::chrono::seconds{30};
  /// Why no password is shown to anybody, for people; empty: those of the owner are tried.
  std::string no_login = "no credentials are configured (CAMERA_CREDENTIALS)";
};

/// Exit code when a signal ends the search, as shells count it for SIGINT.
inline constexpr int interrupted = 130;

/// Searches once, tells how far it is on standard error and the result on standard output.
/// Returns the exit code. Signals must be blocked already (`block_signals`), and logging set up.
[[nodiscard]] int run(const options& asked, const equipment& with);

} // namespace firefinder::discover
