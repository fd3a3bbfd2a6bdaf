#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace firefinder::quality {

/// A box of a detector: corners as shares of the frame, and how sure it was, all 0..1.
struct box {
  double x1 = 0;
  double y1 = 0;
  double x2 = 0;
  double y2 = 0;
  double confidence = 0;

  [[nodiscard]] double area() const noexcept { return (x2 - x1) * (y2 - y1); }
};

/// Intersection over union, 0..1.
[[nodiscard]] double overlap(const box& a, const box& b) noexcept;

/// A frame that was looked at, and what was seen in it.
struct frame {
  /// Unix seconds.
  double t = 0;
  std::vector<box> boxes;
};

enum class truth { fire, no_fire, unknown };

/// Consecutive frames of one camera, in order.
struct sequence {
  std::string camera;
  std::vector<frame> frames;
};

/// What the cameras saw of one fire, or of none.
struct scene {
  std::string name;
  truth label = truth::unknown;
  /// Earliest moment at which there can be smoke, in unix seconds; 0: from the start.
  double ignition = 0;
  std::vector<sequence> cameras;
};

/// The hand-labelled ignitions of FIgLib, an event each. Its labels have no confidence: every box
/// gets `confidence`. Frames that the labellers marked as "unlabelled" have no box. Throws when the
/// file is absent or not as it should be.
[[nodiscard]] std::vector<scene> read_figlib(const std::filesystem::path& csv, double confidence);

/// The output of pyronear's detector, a scene of one camera for each sequence. A sequence is a
/// fire, or none, when one of its rows is known to be. Throws as above.
[[nodiscard]] std::vector<scene> read_detector(const std::filesystem::path& csv);

/// Each camera by itself.
[[nodiscard]] std::vector<scene> single_cameras(const std::vector<scene>& scenes);

/// Those that two cameras see.
[[nodiscard]] std::vector<scene> seen_by_two(const std::vector<scene>& scenes);

/// Index of the first frame with a box; the number of frames when there is none.
[[nodiscard]] std::size_t first_box(const sequence& x);

} // namespace firefinder::quality
