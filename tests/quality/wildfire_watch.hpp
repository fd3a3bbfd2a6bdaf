#pragma once

#include "tests/quality/replay.hpp"
#include "tests/quality/sequences.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder::quality {

/// One direct detection.
struct sighting {
  double t = 0;
  std::string camera;
  /// Empty: the detector names no object.
  std::string object;
  box where;
};

/// Two to four cameras before something that burns close to them, or does not.
struct close_fire {
  std::string kind;
  std::vector<sighting> sightings;
};

/// Made by random walks at 1 to 10 frames a second: of each kind (growing, slow, steady, shrinking,
/// jumping, long, nameless, and nameless and jumping) the same number. The same seed gives the
/// same.
[[nodiscard]] std::vector<close_fire> close_fires(std::uint64_t seed, int of_each_kind);

/// As a recording of `fire/detection/<camera>` messages.
[[nodiscard]] std::string recording(const close_fire& x);

/// What of wildfire-watch's decision is followed to the letter.
struct letter {
  /// It remembers the last 100 samples of an object; otherwise all in the window.
  bool short_memory = true;
  /// Every object is judged anew with every detection of any camera, so that one can begin to grow
  /// because an old sample leaves its window; otherwise an object begins to grow, and an alarm
  /// begins, with a detection of its own.
  bool judged_at_any_time = true;
  /// Without a name all boxes of a camera are one object; otherwise those that overlap.
  bool one_nameless_object = true;
};

/// The triggers of wildfire-watch with its defaults: a sample counts with confidence 0.7 or more
/// and an area of 0.001 to 0.8 of the frame; an object grows when it has at least 6 samples within
/// 30 s and the median area of the last 3 is at least 1.2 times that of the first 3; when two
/// cameras have a growing object and the last trigger is at least 300 s ago, the sample that came
/// triggers. That a camera falls silent is left aside: it has no sample in the window then.
[[nodiscard]] std::vector<trigger> wildfire_watch_triggers(const close_fire& x,
                                                           const letter& followed);

} // namespace firefinder::quality
