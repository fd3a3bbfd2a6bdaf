#pragma once

#include "messages/time.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
  /// Other ids of the same device; `prefix/name` for a name at one Frigate instance only.
  std::vector<std::string> aliases{};
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
  /// Frame size of cameras that say nothing better, and whether it is the user's word and
  /// not a guess of ours.
  frame_size default_frame;
  bool default_frame_given = false;
  /// Labels in lower case.
  std::map<std::string, label_class> labels{{"fire", label_class::fire},
                                            {"smoke", label_class::smoke}};
  std::map<std::string, camera_settings> cameras;
  /// Topic prefixes of Frigate instances, without a slash at the end.
  std::vector<std::string> frigate_prefixes{"frigate"};
  /// Whether Frigate is asked for more samples of what may become an alarm.
  bool burst_sampling = false;
};

/// What verifies an object.
enum class verification : std::uint8_t { growth, persistence, either };

/// When an object is verified because it stays: it is seen in at least `needed` of the last
/// `frames` frames, and the sum over these of its confidence plus `per_frame` reaches
/// `evidence`. So a mean confidence of 0.7 is enough for 3 frames, 0.45 for 4, 0.2 for 6. The
/// figures are measured in docs/decision.md.
struct persistence_rule {
  std::uint32_t frames = 8;
  std::uint32_t needed = 3;
  double evidence = 3;
  /// What being seen in a frame is worth, whatever the confidence.
  static constexpr double per_frame = 0.3;

  /// What an object has gathered that was seen in so many frames, with this sum of confidence.
  [[nodiscard]] double gathered(std::uint32_t seen, double confidence) const noexcept {
    return confidence + per_frame * seen;
  }

  /// Mean confidence that an object needs which was seen in so many frames, where this share
  /// of the evidence is enough.
  [[nodiscard]] double confidence_needed(std::uint32_t seen, double share) const noexcept {
    const auto mean = share * evidence / std::max(seen, needed) - per_frame;
    return std::clamp(mean, 0.0, 1.0);
  }
};

/// When a track is verified, and a camera agrees.
struct tracking_settings {
  /// How far back a track is looked at, at most.
  timespan window = std::chrono::seconds{30};
  /// The window is as many frames as the growth test needs of this camera's cadence, and
  /// `window` its upper bound; otherwise it is `window`.
  bool adapts = false;
  verification how = verification::growth;
  persistence_rule persistence;
  /// What was verified stays so while it has this share of what was needed, 0..1.
  double hysteresis = 1;
  /// How long a camera goes on agreeing after its evidence.
  timespan agreement_window{0};
  /// Only these cameras have a vote; without a value every camera has.
  std::optional<std::set<std::string>> registered{};
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
  /// Camera to its witness; cameras of one witness count once. Others are their own.
  std::map<std::string, std::string> witnesses;
  /// Only cameras that share a zone agree with each other.
  bool agree_by_zone = false;
  /// Pause after a trigger.
  timespan cooldown = std::chrono::seconds{300};
  /// While agreement goes on, the pause begins anew with every detection, for so long after
  /// the trigger: it is still the same fire. 0: the pause ends when it ends.
  timespan same_fire{0};
  /// How long a trigger may wait for the broker.
  timespan trigger_ttl = std::chrono::seconds{120};
  /// Adds the zones of the agreeing cameras to the trigger.
  bool zone_activation = false;
  /// Camera by its id (`camera_identity`) to its zones, each a JSON value (a text or a number) as
  /// text.
  std::map<std::string, std::vector<std::string>> zones;
  std::string service_id = "fire_consensus";
  /// Part of a trigger's identity: two instances never share one.
  std::string instance = "main";
  /// Operators can change what decisions go by: the first `decision_tuning` is waited for.
  bool tuned = false;
  /// It decides on what is only played: nobody reads in the log that it burns.
  bool exercise = false;
  /// Of very many cameras: least time between two decisions that are told although only a camera
  /// stands otherwise. 0: each is told.
  timespan telling_pause = std::chrono::milliseconds{100};
  /// Trackers to spread the cameras over.
  std::uint32_t trackers = 1;
};

} // namespace firefinder
