#pragma once

#include "messages/time.hpp"

#include <string>
#include <vector>

namespace firefinder {

/// Which reporter of the reference a report stands for, or `bridge`: the daemon as a whole, for
/// Home Assistant's watchdog. That one is not retained, so that silence shows.
enum class report_kind { consensus, camera_detector, bridge };

/// One health report.
struct report_settings {
  report_kind kind = report_kind::consensus;
  /// Name in the payload's `service`, such as `fire_consensus`; of `bridge` not told.
  std::string service;
  std::string topic;
  timespan interval = std::chrono::seconds{30};
  /// How often cameras are searched for; of the camera detector.
  timespan discovery_interval = std::chrono::seconds{300};
  /// Whether cameras are told apart by their hardware addresses; of the camera detector.
  bool mac_tracking = true;
};

/// Settings of the health actor.
struct health_settings {
  std::vector<report_settings> reports;
  std::string version;
  std::string hostname;
  /// What `check` warns about; repeated in every report.
  std::vector<std::string> config_warnings;
};

} // namespace firefinder
