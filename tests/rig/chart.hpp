#pragma once

// Draws what cameras saw, for terminals of 80 columns. Pure: returns lines.

#include "tests/rig/recording.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace firefinder::rig {

/// What a terminal can show.
struct style {
  bool color = false;
  /// Bars of ASCII characters instead of Unicode's block elements.
  bool ascii = false;
};

/// How far the picture goes.
struct extent {
  /// Length of the recording in seconds.
  double duration = 0;
  /// Frames later than this are not drawn yet.
  double now = 0;
  /// When the trigger arrived; empty: not yet.
  std::optional<double> trigger_at = std::nullopt;
};

/// One chart a camera: area over time and the growth below it, then one time axis
/// with the trigger and a legend. The number of lines depends on the number of
/// cameras only, so that the picture can be redrawn in place.
[[nodiscard]] std::vector<std::string> draw(std::span<const camera_track> cameras,
                                            const extent& range, const style& how);

/// `text` in a colour (an SGR code such as "1;31"), if the style has colours.
[[nodiscard]] std::string paint(const style& how, const char* code, std::string text);

} // namespace firefinder::rig
