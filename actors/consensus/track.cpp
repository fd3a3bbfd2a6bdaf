#include "actors/consensus/track.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>

namespace firefinder {

namespace {

// Largest W that the configuration allows.
constexpr std::size_t max_average = 10;

// Samples at the newest end that are never thinned out: both medians may lie in them.
constexpr std::size_t newest = 2 * max_average;

// What is left of a full track by thinning out, beside the newest.
constexpr std::size_t thinned = track::capacity / 2;

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

double median(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1)
    return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
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

void track::add(const detection& seen, monotonic arrived, std::uint64_t frame, double captured) {
  const bool cut_off = seen.at_edge && seen.area <= last_area();
  if (last_number_ >= last_before_anew) {
    last_number_ = 0;
    slope_.reset();
    number_anew();
  }
  samples_.push_back({arrived, captured, cut_off ? last_area() : seen.area, seen.confidence,
                      static_cast<std::uint32_t>(frame), cut_off ? 0 : ++last_number_});
  if (!cut_off && captured <= 0)
    ++undated_;
  if (samples_.size() > capacity)
    thin_out();
  newest_capture_ = std::max(newest_capture_, captured);
  last_arrival_ = arrived;
  last_box_ = seen.box;
  last_confidence_ = seen.confidence;
}

void track::thin_out() {
  const auto apart = (samples_.back().arrived - samples_.front().arrived) / thinned;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    const auto& x = samples_[i];
    if (kept == 0 || i + newest >= samples_.size()
        || x.arrived - samples_[kept - 1].arrived >= apart)
      samples_[kept++] = x;
  }
  samples_.truncate(kept);
  // All of one moment, or nearly.
  while (samples_.size() > capacity)
    samples_.pop_front();
  // No number twice: a slope is known by them.
  number_anew();
  undated_ = static_cast<std::uint16_t>(undated_since(samples_.begin()));
}

// Without gaps.
void track::number_anew() {
  for (auto& x : samples_)
    if (x.number != 0)
      x.number = ++last_number_;
}

bool track::repeats(const detection& seen) const noexcept {
  return seen.confidence == last_confidence_ && seen.box == last_box_;
}

bool track::has(const detection& seen, double captured) const noexcept {
  // What is newer than all of them is not among them.
  if (captured <= 0 || captured > newest_capture_ || captured == std::floor(captured))
    return false;
  const auto looked_at = std::min(samples_.size(), newest);
  return std::any_of(samples_.rbegin(), samples_.rbegin() + static_cast<std::ptrdiff_t>(looked_at),
                     [&](const sample& x) {
                       return x.captured == captured && x.area == seen.area
                              && x.confidence == seen.confidence;
                     });
}

void track::forget_before(monotonic since) {
  while (!samples_.empty() && samples_.front().arrived < since) {
    if (const auto& oldest = samples_.front(); oldest.number != 0 && oldest.captured <= 0)
      --undated_;
    samples_.pop_front();
  }
}

void track::restart() noexcept {
  samples_.clear();
  undated_ = 0;
}

track::samples::const_iterator track::first(monotonic since) const {
  // Mostly what is older has been forgotten.
  if (samples_.empty() || samples_.front().arrived >= since)
    return samples_.begin();
  return std::lower_bound(samples_.begin(), samples_.end(), since,
                          [](const sample& x, monotonic moment) { return x.arrived < moment; });
}

std::optional<monotonic> track::first_since(monotonic since) const {
  const auto found = first(since);
  return found == samples_.end() ? std::nullopt : std::optional{found->arrived};
}

growth_figures track::growth(monotonic since, std::uint32_t w) const {
  const auto size = std::clamp<std::size_t>(w, 1, max_average);
  const auto begin = first(since);
  growth_figures result;
  result.samples = static_cast<std::uint32_t>(samples_.end() - begin);
  if (result.samples != 0)
    result.span = samples_.back().arrived - begin->arrived;
  if (result.samples < 2 * size)
    return result;
  result.first_area = median_area(begin, size);
  result.last_area = median_area(samples_.end() - static_cast<std::ptrdiff_t>(size), size);
  return result;
}

std::size_t track::undated_since(samples::const_iterator begin) const {
  return static_cast<std::size_t>(std::count_if(
      begin, samples_.end(), [](const sample& x) { return x.number != 0 && x.captured <= 0; }));
}

growth_figures track::trend(monotonic since) const {
  const auto says_size = [](const sample& x) { return x.number != 0; };
  const auto begin = first(since);
  const auto oldest = std::find_if(begin, samples_.end(), says_size);
  growth_figures result;
  if (oldest == samples_.end())
    return result;
  const auto newest_one = std::find_if(samples_.rbegin(), samples_.rend(), says_size);
  result.samples = static_cast<std::uint32_t>(newest_one->number - oldest->number + 1);
  if (result.samples < least_for_trend)
    return result;
  const bool dated = (begin == samples_.begin() ? undated_ : undated_since(begin)) == 0;
  const auto steepness = slope(oldest, newest_one->number, dated);
  if (!steepness)
    return result;
  const auto span = std::max(0.0, time_of(*newest_one, dated) - time_of(*oldest, dated));
  result.span = from_seconds(span);
  result.last_area = newest_one->area;
  result.first_area = result.last_area / std::exp(*steepness * span);
  return result;
}

// The source's own clock tells how far apart its frames were; a message may be late.
double track::time_of(const sample& x, bool dated) noexcept {
  return dated ? x.captured : to_seconds(x.arrived);
}

// Of the samples from `begin`, which has a number, to the one with the number `last`, the newest.
std::optional<double> track::slope(samples::const_iterator begin, std::uint32_t last,
                                   bool dated) const {
  const auto first = begin->number;
  const auto count = last - first + 1;
  const auto step = static_cast<std::uint32_t>(
      count <= most_for_trend ? 1 : (count + most_for_trend - 2) / (most_for_trend - 1));
  known_slope wanted{(first + step - 1) / step * step, last / step * step, step, dated};
  if (slope_ == nullptr)
    slope_ = std::make_unique<known_slope>();
  if (!slope_->is_of_same(wanted)) {
    const auto value = slope_of(begin, wanted);
    wanted.vertical = !value;
    wanted.value = value.value_or(0);
    *slope_ = wanted;
  }
  return slope_->vertical ? std::nullopt : std::optional{slope_->value};
}

std::optional<double> track::slope_of(samples::const_iterator begin,
                                      const known_slope& wanted) const {
  struct point {
    double at = 0;
    double log_area = 0;
  };
  std::array<point, most_for_trend> points;
  std::size_t size = 0;
  for (auto x = begin; x != samples_.end(); ++x)
    if (x->number != 0 && x->number % wanted.step == 0)
      points[size++] = {time_of(*x, wanted.dated), std::log(x->area)};
  std::array<double, most_for_trend*(most_for_trend - 1) / 2> slopes;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = i + 1; j < size; ++j)
      if (const auto apart = points[j].at - points[i].at; apart > 0)
        slopes[pairs++] = (points[j].log_area - points[i].log_area) / apart;
  if (pairs == 0)
    return std::nullopt;
  return median(std::span{slopes}.first(pairs));
}

persistence_figures track::persistence(std::uint64_t first_frame, monotonic since) const {
  // What came late stands among later frames.
  constexpr std::uint64_t most_late = 16;
  std::array<double, most_frames> best{};
  std::uint64_t seen = 0;
  for (auto x = samples_.rbegin();
       x != samples_.rend() && x->arrived >= since && x->frame + most_late >= first_frame; ++x) {
    if (x->frame < first_frame || x->frame - first_frame >= most_frames)
      continue;
    const auto which = static_cast<std::size_t>(x->frame - first_frame);
    seen |= std::uint64_t{1} << which;
    best[which] = std::max(best[which], x->confidence);
  }
  return {std::accumulate(best.begin(), best.end(), 0.0),
          static_cast<std::uint32_t>(std::popcount(seen))};
}

} // namespace firefinder
