#pragma once

#include "tests/quality/sequences.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace firefinder::quality {

/// What a rule made of a number of scenes.
struct figures {
  std::size_t scenes = 0;
  /// Scenes with an alarm, not counting those before the ignition.
  std::size_t found = 0;
  /// Alarms before the ignition.
  std::size_t early = 0;
  /// All alarms.
  std::size_t alarms = 0;
  /// From the first box of the camera whose evidence was the last that was needed to the alarm:
  /// frames of that camera, and minutes.
  std::vector<double> frames;
  std::vector<double> minutes;

  void add(const figures& x);
  [[nodiscard]] double share() const noexcept;
};

/// Counts the scenes that `counts` wants, by their index. `alarms` has the times of the alarms of
/// each scene in order; so many cameras as `threshold` must agree.
[[nodiscard]] figures measure(const std::vector<scene>& scenes,
                              const std::vector<std::vector<double>>& alarms, unsigned threshold,
                              const std::function<bool(std::size_t)>& counts);

/// The smallest value that at least this share (0..1] of the values does not exceed; 0 of none.
[[nodiscard]] double quantile(std::vector<double> x, double share);

/// The middle value, or the mean of the two in the middle; 0 of none.
[[nodiscard]] double median(std::vector<double> x);

} // namespace firefinder::quality
