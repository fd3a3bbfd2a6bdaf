#pragma once

// Tells a trigger to people. Pure: returns lines.

#include "tests/rig/chart.hpp"
#include "tests/rig/recording.hpp"

#include <span>
#include <string>
#include <vector>

namespace firefinder::rig {

/// A message that arrived on `fire/trigger`.
struct trigger {
  /// Its moment in the recording, in seconds.
  double at = 0;
  /// Seconds since the last message that was sent before it.
  double after_s = 0;
  int qos = 0;
  std::string payload;
};

/// The trigger, and a table of what it says about the cameras; cameras that it
/// does not name are listed with the reason. A payload that is no trigger is told
/// as it is.
[[nodiscard]] std::vector<std::string>
describe(const trigger& heard, std::span<const camera_track> cameras, const style& how);

} // namespace firefinder::rig
