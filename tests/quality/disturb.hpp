#pragma once

#include "tests/quality/sequences.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace firefinder::quality {

/// Random numbers that are the same with every standard library.
class dice {
public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}

  /// Evenly from `low` to below `high`.
  [[nodiscard]] double between(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11U) * 0x1p-53;
  }

  /// True with this probability.
  [[nodiscard]] bool chance(double probability) { return between(0, 1) < probability; }

private:
  std::mt19937_64 engine_;
};

/// How recordings differ from what the labellers drew.
struct disturbance {
  /// Share of the frames before the ignition that hold one box anywhere.
  double stray = 0;
  /// Share of the boxes that the detector misses.
  double missed = 0;
  /// The confidence of a box is anything from 0.1 to 0.9.
  bool any_confidence = false;
  /// Of a frame without a box nothing is heard.
  bool boxes_only = false;
};

/// The scenes so disturbed; the same seed gives the same.
[[nodiscard]] std::vector<scene> disturbed(std::vector<scene> scenes, const disturbance& how,
                                           std::uint64_t seed);

} // namespace firefinder::quality
