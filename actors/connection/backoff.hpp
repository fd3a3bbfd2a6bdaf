#pragma once

#include "messages/time.hpp"

#include <algorithm>

namespace firefinder {

/// Exponential back-off with jitter: the pause doubles from `min` to `max`, each
/// drawn from the upper end of its step so that many daemons that lost the same
/// broker do not come back in the same instant.
class backoff {
public:
  /// Requires 0 < min <= max.
  backoff(timespan min, timespan max) noexcept : min_(min), max_(max), step_(min) {}

  /// The next pause. `random` is uniform in 0..1. The result lies in
  /// [step, 1.25 * step], and never outside [min, max].
  [[nodiscard]] timespan next(double random) noexcept {
    // The last step ends at max: it begins a fifth below, so that its jitter remains.
    const auto base = std::min(to_seconds(step_), to_seconds(max_) / 1.25);
    const auto pause = from_seconds(base * (1.0 + 0.25 * random));
    step_ = step_ > max_ / 2 ? max_ : step_ * 2;
    return std::clamp(pause, min_, max_);
  }

  /// Success: the next failure starts from `min` again.
  void reset() noexcept { step_ = min_; }

private:
  timespan min_;
  timespan max_;
  timespan step_;
};

} // namespace firefinder
