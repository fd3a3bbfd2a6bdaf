#include "tests/chaos/fire.hpp"

#include "tests/support/detections.hpp"

#include <algorithm>
#include <cmath>

namespace firefinder::chaos {

namespace {

constexpr double frame_interval_s = 0.2;
constexpr double second_offset_s = 0.1;

// Medians of three over three have grown by 1.05^4 = 1.22 with the seventh frame.
constexpr double first_area = 0.004;
constexpr double growth_per_frame = 1.05;
constexpr double largest_area = 0.7;
constexpr int deciding_frame = 6;
constexpr int frames_of_a_brief_fire = 9;

// Medians can differ by 1.08 / 0.92 = 1.17 at the most.
constexpr double flicker_area = 0.02;
constexpr double flicker = 0.08;

} // namespace

fire::fire(lasting_peer& way, std::uint64_t seed, bool brief, int noise_cameras)
  : way_(way), random_(seed),
    brief_(brief), cameras_{{"north", true, 0, 0}, {"south", true, second_offset_s, 0}} {
  for (int i = 0; i < noise_cameras; ++i)
    cameras_.push_back({"noise-" + std::to_string(i), false, 0.05 + 0.07 * i, 0});
}

void fire::light() { lit_at_ = test::unix_now(); }

void fire::publish_due() {
  const auto now = test::unix_now();
  for (auto& c : cameras_)
    while (now >= lit_at_ + c.offset + c.frames * frame_interval_s) {
      if (!brief_ || c.frames < frames_of_a_brief_fire)
        publish(c);
      ++c.frames;
    }
}

void fire::publish(camera& c) {
  const auto area
      = c.sees_fire
            ? std::min(largest_area, first_area * std::pow(growth_per_frame, c.frames))
            : flicker_area * (1 + std::uniform_real_distribution<>{-flicker, flicker}(random_));
  way_.post("fire/detection/" + c.id, test::detection_of(c.id, area).dump());
}

double fire::decides_at() const {
  return lit_at_ + second_offset_s + deciding_frame * frame_interval_s;
}

std::set<std::string> fire::cameras() { return {"north", "south"}; }

} // namespace firefinder::chaos
