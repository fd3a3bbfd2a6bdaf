#pragma once

#include "messages/time.hpp"

#include <cstdint>

namespace firefinder {

/// How often and how fast dead actors are started again, how long one may be silent,
/// and how long a stop may take.
struct supervisor_settings {
  /// Restarts within `restart_span` before the process gives up.
  std::uint32_t max_restarts = 5;
  timespan restart_span = std::chrono::seconds{60};
  /// First pause before a restart; doubles with each restart in the span.
  timespan restart_pause = std::chrono::milliseconds{100};
  /// Deadline for decisions still in the mailboxes at a stop.
  timespan drain_deadline = std::chrono::milliseconds{300};
  /// Deadline for the last words to the broker at a stop.
  timespan close_deadline = std::chrono::milliseconds{800};
  /// Longest time without an answer from all children before this process counts as
  /// stuck; they are asked three times in it. 0: they are not asked.
  timespan watchdog{0};
};

} // namespace firefinder
