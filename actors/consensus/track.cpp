#include "actors/consensus/track.hpp"

#include <algorithm>
#include <array>

namespace firefinder {

namespace {

// Largest W that the configuration allows.
constexpr std::size_t max_average = 10;

template <class Iterator>
double median_area(Iterator first, std::size_t count) {
  std::array<double, max_average> areas{};
  for (std::size_t i = 0; i < count; ++i, ++first)
    areas[i] = first->area;
  const auto begin = areas.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  std::sort(begin, end);
  return count % 2 == 1 ? areas[count / 2] : (areas[count / 2 - 1] + areas[count / 2]) / 2;
}

} // namespace

double overlap(const box& a, const box& b) noexcept {
  const auto width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const auto height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (width <= 0 || height <= 0)
    return 0;
  const auto common = width * height;
  return common / (a.area() + b.area() - common);
}

void track::add(const detection& seen, monotonic arrived) {
  samples_.push_back({arrived, seen.area, seen.confidence});
  if (samples_.size() > capacity)
    samples_.pop_front();
  last_arrival_ = arrived;
  last_box_ = seen.box;
  last_confidence_ = seen.confidence;
}

bool track::repeats(const detection& seen) const noexcept {
  return seen.confidence == last_confidence_ && seen.box == last_box_;
}

void track::advance(monotonic now, const tracking_settings& settings) {
  while (!samples_.empty() && samples_.front().arrived < now - settings.window)
    samples_.pop_front();
}

std::optional<object_evidence> track::growth(const tracking_settings& settings) const {
  const auto w = std::clamp<std::size_t>(settings.moving_average, 1, max_average);
  if (samples_.size() < 2 * w)
    return std::nullopt;
  object_evidence result;
  result.first_area = median_area(samples_.begin(), w);
  result.last_area = median_area(samples_.end() - static_cast<std::ptrdiff_t>(w), w);
  if (result.last_area < settings.growth_ratio * result.first_area)
    return std::nullopt;
  result.samples = static_cast<std::uint32_t>(samples_.size());
  result.confidence = samples_.back().confidence;
  result.span_s = to_seconds(samples_.back().arrived - samples_.front().arrived);
  return result;
}

monotonic track::next_change(const tracking_settings& settings) const {
  // A sample of exactly the window's age still counts.
  return samples_.front().arrived + settings.window + timespan{1};
}

} // namespace firefinder
