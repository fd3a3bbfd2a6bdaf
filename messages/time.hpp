#pragma once

#include <caf/timespan.hpp>

#include <chrono>
#include <functional>

namespace firefinder {

/// A reading of the monotonic clock: the time since that clock's epoch, in
/// nanoseconds. It never steps, so every window and cooldown is measured in it.
using monotonic = caf::timespan;

/// A length of time in nanoseconds.
using caf::timespan;

/// A reading of the wall clock in seconds since 1970-01-01 00:00 UTC. Wall
/// clocks step; this is for people and for payloads, never for windows.
using unix_seconds = double;

/// Reads the wall clock. Actors are given one, so that tests and replays give theirs.
using wall_clock = std::function<unix_seconds()>;

/// The wall clock of the system, now. For the edges of the house, where a moment comes in;
/// everybody else is given a `wall_clock`.
[[nodiscard]] inline unix_seconds system_wall_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Length of `span` in seconds.
[[nodiscard]] constexpr double to_seconds(timespan span) noexcept {
  return std::chrono::duration<double>(span).count();
}

/// The timespan nearest to `seconds`; the caller keeps it within ±292 years.
[[nodiscard]] constexpr timespan from_seconds(double seconds) noexcept {
  return std::chrono::duration_cast<timespan>(std::chrono::duration<double>(seconds));
}

} // namespace firefinder
