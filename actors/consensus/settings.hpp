#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace firefinder {

/// Width and height of a camera's frames in pixels.
struct frame_size {
  std::uint32_t width = 1920;
  std::uint32_t height = 1080;
  friend bool operator==(const frame_size&, const frame_size&) = default;
};

/// What a label of a detector means to us.
enum class label_class : std::uint8_t { fire, smoke, ignore };

/// What is known of a camera beforehand.
struct camera_settings {
  std::string name;
  bool enabled = true;
  /// {0, 0}: unknown.
  frame_size frame{0, 0};
};

/// Which detections count.
struct acceptance_settings {
  /// Smallest confidence that counts, 0..1.
  double min_confidence = 0.7;
  /// Smallest and greatest share of the frame that counts, 0..1, both included.
  double min_area_ratio = 0.001;
  double max_area_ratio = 0.8;
  /// Oldest detection that counts, by its own timestamp.
  timespan max_age = std::chrono::seconds{60};
  /// Frame size of cameras that say nothing better.
  frame_size default_frame;
  /// Labels in lower case.
  std::map<std::string, label_class> labels{{"fire", label_class::fire},
                                            {"smoke", label_class::smoke}};
  std::map<std::string, camera_settings> cameras;
  /// Topic prefixes of Frigate instances, without a slash at the end.
  std::vector<std::string> frigate_prefixes{"frigate"};
  /// Whether Frigate is asked for more samples of what may become an alarm.
  bool burst_sampling = false;
};

/// When a track is verified, and a camera agrees.
struct tracking_settings {
  /// How far back a track is looked at.
  timespan window = std::chrono::seconds{30};
  /// Samples in each median, W.
  std::uint32_t moving_average = 3;
  /// Growth that verifies a track: median of the last W areas over that of the first W.
  double growth_ratio = 1.2;
  /// Silence after which a camera is offline.
  timespan camera_timeout = std::chrono::seconds{60};
  /// How often forgotten tracks are cleared away.
  timespan cleanup_interval = std::chrono::seconds{300};
};

/// What happens when fewer cameras are online than must agree.
enum class degraded_policy : std::uint8_t {
  /// It is told, and the alarm needs what it always needs.
  trouble,
  /// It is told, and those that are left are enough.
  reduce,
};

/// Settings of the decision.
struct consensus_settings {
  /// Whether this daemon decides at all.
  bool enabled = true;
  acceptance_settings acceptance;
  tracking_settings tracking;
  /// Cameras that must agree.
  std::uint32_t threshold = 2;
  degraded_policy policy = degraded_policy::trouble;
  /// Pause after a trigger.
  timespan cooldown = std::chrono::seconds{300};
  /// How long a trigger may wait for the broker.
  timespan trigger_ttl = std::chrono::seconds{120};
  /// Adds the zones of the agreeing cameras to the trigger.
  bool zone_activation = false;
  /// Camera to its zones, each a JSON value (a text or a number) as text.
  std::map<std::string, std::vector<std::string>> zones;
  std::string service_id = "fire_consensus";
  /// Part of a trigger's identity: two instances never share one.
  std::string instance = "main";
  /// Trackers to spread the cameras over.
  std::uint32_t trackers = 1;
};

} // namespace firefinder
