#include "tests/quality/disturb.hpp"

#include <algorithm>

namespace firefinder::quality {

namespace {

/// A box that nothing in the picture accounts for, of the size of a young plume or larger.
box stray_box(dice& d, double confidence) {
  const double x = d.between(0, 0.9);
  const double y = d.between(0, 0.9);
  const double width = d.between(0.01, 0.1);
  const double height = d.between(0.01, 0.1);
  return {x, y, x + width, y + height, confidence};
}

} // namespace

std::vector<scene> disturbed(std::vector<scene> scenes, const disturbance& how,
                             std::uint64_t seed) {
  dice d{seed};
  constexpr double stray_confidence = 0.9;
  for (auto& s : scenes)
    for (auto& c : s.cameras) {
      for (auto& f : c.frames) {
        std::erase_if(f.boxes, [&](const box&) { return d.chance(how.missed); });
        if (f.t < s.ignition && d.chance(how.stray))
          f.boxes.push_back(stray_box(d, stray_confidence));
        if (how.any_confidence)
          for (auto& b : f.boxes)
            b.confidence = d.between(0.1, 0.9);
      }
      if (how.boxes_only)
        std::erase_if(c.frames, [](const frame& f) { return f.boxes.empty(); });
    }
  return scenes;
}

} // namespace firefinder::quality
