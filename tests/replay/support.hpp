#pragma once

#include "src/recording/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace firefinder::test {

/// Start of the recordings of these tests, in unix seconds.
inline constexpr double recording_start = 1'732'212'000;

/// A detection of `camera` whose box covers `area` of the frame, at `s` seconds.
inline recording::message detection_at(double s, const std::string& camera, double area,
                                       double confidence = 0.9) {
  recording::message result;
  result.t = recording_start + s;
  result.topic = "fire/detection/" + camera;
  result.payload = fmt::format(
      R"({{"confidence": {}, "object_id": "o", "bbox": [0.1, 0.1, {:.6f}, 0.6], "timestamp": {:.3f}}})",
      confidence, 0.1 + area * 2, result.t);
  result.size = result.payload.size();
  return result;
}

/// A fire that two cameras see grow by a tenth with every frame, one a second, for so long.
inline std::vector<recording::message> growing_fire(double from, int frames = 10) {
  std::vector<recording::message> result;
  double area = 0.01;
  for (int i = 0; i < frames; ++i, area *= 1.1) {
    result.push_back(detection_at(from + i, "north", area));
    result.push_back(detection_at(from + i + 0.25, "south", area));
  }
  return result;
}

} // namespace firefinder::test
