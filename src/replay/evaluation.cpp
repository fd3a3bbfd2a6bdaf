#include "src/replay/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace firefinder::replay {

void evaluation::add(const sample_trace& what) {
  if (what.camera.empty())
    return;
  const auto [known, fresh] = cameras_.try_emplace(what.camera);
  auto& c = known->second;
  const auto gap = what.t - c.heard;
  if (!fresh && gap <= silence_s)
    watched_s_ += gap;
  if (c.first && what.t - c.latest > silence_s)
    c.first.reset();
  if (c.first && (fresh || gap > 0))
    ++c.frames;
  c.heard = what.t;
  if (!what.counts())
    return;
  if (!c.first) {
    c.first = what.t;
    c.frames = 1;
  }
  c.latest = what.t;
}

void evaluation::add(const decision_record& what) {
  last_ = what;
  if (!what.triggers())
    return;
  measured_trigger result;
  result.what = what;
  if (known_.no_fire)
    result.is_false = true;
  else if (known_.ignition)
    result.is_false = what.t < *known_.ignition;
  std::vector<const camera*> began;
  for (const auto& [id, standing] : what.cameras)
    if (const auto c = cameras_.find(id); standing.agrees && c != cameras_.end() && c->second.first)
      began.push_back(&c->second);
  std::sort(began.begin(), began.end(),
            [](const camera* a, const camera* b) { return *a->first < *b->first; });
  if (!began.empty()) {
    const auto needed = std::max<std::size_t>(1, what.threshold);
    const auto* last_needed = began[std::min(needed, began.size()) - 1];
    result.delay_s = what.t - *last_needed->first;
    result.delay_frames = last_needed->frames - 1;
  }
  triggers_.push_back(std::move(result));
  for (auto& [id, c] : cameras_)
    c.first.reset();
}

void score::add(const evaluation& x, const truth& known) {
  ++runs;
  truth_known = truth_known && (known.no_fire || known.ignition);
  camera_days += x.camera_days();
  triggers += x.triggers().size();
  bool confirms = false;
  for (const auto& one : x.triggers()) {
    if (one.is_false.value_or(false)) {
      ++false_alarms;
      continue;
    }
    confirms = true;
    if (one.delay_s) {
      delays_s.push_back(*one.delay_s);
      delays_frames.push_back(static_cast<double>(one.delay_frames));
    }
  }
  confirmed += confirms ? 1 : 0;
}

void score::add(const score& other) {
  runs += other.runs;
  confirmed += other.confirmed;
  triggers += other.triggers;
  false_alarms += other.false_alarms;
  truth_known = truth_known && other.truth_known;
  camera_days += other.camera_days;
  delays_s.insert(delays_s.end(), other.delays_s.begin(), other.delays_s.end());
  delays_frames.insert(delays_frames.end(), other.delays_frames.begin(), other.delays_frames.end());
}

std::optional<double> quantile(std::vector<double> values, double share) {
  if (values.empty())
    return std::nullopt;
  std::sort(values.begin(), values.end());
  const auto rank = std::ceil(share * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

pairing pair(const std::vector<measured_trigger>& a, const std::vector<measured_trigger>& b) {
  std::vector<std::tuple<double, std::size_t, std::size_t>> near;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j)
      if (const auto apart = std::abs(a[i].what.t - b[j].what.t); apart <= evaluation::silence_s)
        near.emplace_back(apart, i, j);
  std::sort(near.begin(), near.end());
  std::vector<bool> paired_a(a.size());
  std::vector<bool> paired_b(b.size());
  for (const auto& [apart, i, j] : near)
    if (!paired_a[i] && !paired_b[j])
      paired_a[i] = paired_b[j] = true;
  pairing result;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!paired_a[i])
      result.only_a.push_back(i);
  for (std::size_t j = 0; j < b.size(); ++j)
    if (!paired_b[j])
      result.only_b.push_back(j);
  return result;
}

} // namespace firefinder::replay
