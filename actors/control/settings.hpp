#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace firefinder {

/// Settings of the control actor: what the configuration says, before operators decide.
struct control_settings {
  std::uint32_t threshold = 2;
  double min_confidence = 0.7;
  timespan detection_window = std::chrono::seconds{30};
  /// Longest detection window that may be set: the profile's.
  timespan longest_window = std::chrono::seconds{300};
  timespan cooldown = std::chrono::seconds{300};
  /// Cameras of the configuration: id to name.
  std::map<std::string, std::string> cameras;
  /// Those of them that it switches off.
  std::set<std::string> switched_off;
  /// Zone to the ids of its cameras.
  std::map<std::string, std::set<std::string>> zones;
  /// Between two reminders of an alarm that nobody has acknowledged; 0: none.
  timespan reminder = std::chrono::seconds{300};
  /// Longest snooze.
  timespan longest_snooze = std::chrono::hours{24};
};

} // namespace firefinder
