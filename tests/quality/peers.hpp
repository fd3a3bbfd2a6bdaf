#pragma once

#include "tests/quality/sequences.hpp"

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace firefinder::quality {

/// What a rule makes of the frames of one camera.
struct judgement {
  /// For each frame whether the rule holds there.
  std::vector<bool> holds;
  /// Frames at which an alarm of the rule begins.
  std::vector<std::size_t> onsets;
};

/// A rule for the frames of one camera.
using rule = std::function<judgement(const std::vector<frame>&)>;

/// Any box at all is an alarm.
[[nodiscard]] judgement any_box(const std::vector<frame>& frames);

/// The voting of pyronear's pyro-engine: of the boxes of the last 8 frames, those no wider than 0.4
/// of the frame, the strongest of each place is a candidate. It is an alarm when at least 4 of the
/// boxes overlap it, and their confidences make up more than 8 * 0.15; 0.8 of that suffices while
/// an alarm runs.
[[nodiscard]] judgement pyro_engine(const std::vector<frame>& frames);

/// A tracker: 5 consecutive frames with boxes of confidence 0.3 or more, each of which overlaps the
/// one before by 0.1 (intersection over union). Every track raises its own alarm.
[[nodiscard]] judgement five_frame_tracker(const std::vector<frame>& frames);

/// The growth test of wildfire-watch with its defaults: at least 6 samples of one object within
/// `window_s` seconds, of confidence 0.7 or more and an area of 0.001 to 0.8 of the frame, and the
/// median area of the last 3 at least 1.2 times that of the first 3. What belongs to one object, it
/// is told by others: here it is what overlaps.
[[nodiscard]] judgement wildfire_watch(const std::vector<frame>& frames, double window_s);

/// One of these rules, and how it makes cameras agree.
struct peer {
  std::string name;
  rule judge;
  /// How long a camera is taken to agree after the rule last held, in seconds.
  double agreement_s = 0;
};

/// All of them. Cameras agree within wildfire-watch's own window of 30 s; the others decide for one
/// camera, and get the 30 minutes of pyronear's server.
[[nodiscard]] const std::vector<peer>& peers();

/// Name of the peer that is no rival: who takes any box for an alarm misses nothing.
inline constexpr const char* any_box_name = "any box";

/// When at least `threshold` cameras come to agree, in unix seconds; with a threshold of 1 every
/// onset on every camera.
[[nodiscard]] std::vector<double> alarms(const peer& p, const scene& s, unsigned threshold);

} // namespace firefinder::quality
