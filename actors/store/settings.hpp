#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace firefinder {

/// Where the store lies and how much it keeps.
struct store_settings {
  /// Folder of the file; empty: nothing outlives the process.
  std::string folder;
  /// Name of the file, without its ending.
  std::string name = "firefinder";
  /// Identity of this boot of the machine; the monotonic clock is only comparable within one.
  std::string boot;
  /// How long sightings are of use to a decision.
  timespan sighting_span = std::chrono::seconds{60};
  /// Most sightings, finished alarms, and records of each kind.
  std::uint32_t max_sightings = 50'000;
  std::uint32_t max_alarms = 10'000;
  std::uint32_t max_records = 20'000;
  /// Most decisions, the latest.
  std::uint32_t max_decisions = 1'000;
  /// Past this many pages of 4 KiB the store refuses to grow, whatever else goes wrong.
  std::uint32_t max_pages = 65'536;
  /// How long a finished alarm stays in the journal.
  timespan alarm_span = std::chrono::hours{24 * 365};
  /// How often what is no longer needed is cleared away.
  timespan prune_interval = std::chrono::seconds{30};
};

} // namespace firefinder
