#include "tests/quality/figures.hpp"

#include <algorithm>
#include <cmath>

namespace firefinder::quality {

namespace {

/// The camera whose first box is the `threshold`-th in time; null when so many never have one.
const sequence* deciding_camera(const scene& s, unsigned threshold) {
  std::vector<const sequence*> seeing;
  for (const auto& c : s.cameras)
    if (first_box(c) < c.frames.size())
      seeing.push_back(&c);
  if (seeing.size() < threshold)
    return nullptr;
  std::stable_sort(seeing.begin(), seeing.end(), [](const sequence* a, const sequence* b) {
    return a->frames[first_box(*a)].t < b->frames[first_box(*b)].t;
  });
  return seeing[threshold - 1];
}

} // namespace

void figures::add(const figures& x) {
  scenes += x.scenes;
  found += x.found;
  early += x.early;
  alarms += x.alarms;
  frames.insert(frames.end(), x.frames.begin(), x.frames.end());
  minutes.insert(minutes.end(), x.minutes.begin(), x.minutes.end());
}

double figures::share() const noexcept {
  return scenes == 0 ? 0 : static_cast<double>(found) / static_cast<double>(scenes);
}

figures measure(const std::vector<scene>& scenes, const std::vector<std::vector<double>>& alarms,
                unsigned threshold, const std::function<bool(std::size_t)>& counts) {
  figures result;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    if (!counts(i))
      continue;
    ++result.scenes;
    result.alarms += alarms[i].size();
    const auto first = std::lower_bound(alarms[i].begin(), alarms[i].end(), scenes[i].ignition);
    result.early += static_cast<std::size_t>(first - alarms[i].begin());
    if (first == alarms[i].end())
      continue;
    ++result.found;
    const auto* camera = deciding_camera(scenes[i], threshold);
    if (camera == nullptr)
      continue;
    const auto seen = camera->frames.begin() + static_cast<std::ptrdiff_t>(first_box(*camera));
    const auto frames = std::count_if(seen + 1, camera->frames.end(),
                                      [&](const frame& f) { return f.t <= *first; });
    result.frames.push_back(static_cast<double>(frames));
    result.minutes.push_back(std::max(0.0, *first - seen->t) / 60);
  }
  return result;
}

double quantile(std::vector<double> x, double share) {
  if (x.empty())
    return 0;
  std::sort(x.begin(), x.end());
  const double rank = std::ceil(share * static_cast<double>(x.size()));
  return x[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

double median(std::vector<double> x) {
  if (x.empty())
    return 0;
  std::sort(x.begin(), x.end());
  const auto n = x.size();
  return n % 2 == 1 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

} // namespace firefinder::quality
