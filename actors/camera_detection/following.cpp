#include "actors/camera_detection/following.hpp"

#include <algorithm>
#include <functional>

namespace firefinder {

// Always the same part for the same camera, so that cameras stay apart from each other.
timespan following::share(const std::string& id, timespan of) const {
  constexpr std::size_t parts = 1'000;
  return of / parts * static_cast<int>(std::hash<std::string>{}(id) % parts);
}

void following::schedule(const std::string& id, watched& x, monotonic when) {
  if (!x.out)
    order_.erase({x.due, id});
  x.out = false;
  x.due = when;
  order_.emplace(when, id);
}

void following::add(const std::string& id, monotonic now, timespan spread) {
  const auto [found, fresh] = cameras_.try_emplace(id);
  if (!fresh)
    return;
  found->second.out = true;
  schedule(id, found->second, now + share(id, spread));
}

void following::remove(const std::string& id) {
  const auto found = cameras_.find(id);
  if (found == cameras_.end())
    return;
  order_.erase({found->second.due, id});
  cameras_.erase(found);
}

void following::hurry(const std::string& id, monotonic now) {
  const auto found = cameras_.find(id);
  if (found != cameras_.end() && !found->second.out && found->second.due > now)
    schedule(id, found->second, now);
}

void following::restart(monotonic now, timespan spread) {
  for (auto& [id, x] : cameras_)
    schedule(id, x, now + share(id, spread));
}

void following::fed(const std::string& id, monotonic now) {
  if (const auto found = cameras_.find(id); found != cameras_.end())
    found->second.fed_until = now + fed_span;
}

bool following::is_fed(const std::string& id, monotonic now) const {
  const auto found = cameras_.find(id);
  return found != cameras_.end() && found->second.fed_until > now;
}

std::vector<std::string> following::due(monotonic now, std::size_t most) {
  std::vector<std::string> result;
  while (result.size() < most && !order_.empty() && order_.begin()->first <= now) {
    const auto id = order_.begin()->second;
    order_.erase(order_.begin());
    auto& x = cameras_.at(id);
    x.out = true;
    result.push_back(id);
  }
  return result;
}

std::optional<monotonic> following::next() const {
  if (order_.empty())
    return std::nullopt;
  return order_.begin()->first;
}

std::optional<camera_condition> following::seen(const std::string& id, look how, monotonic now) {
  const auto found = cameras_.find(id);
  if (found == cameras_.end())
    return std::nullopt;
  auto& x = found->second;
  const auto usual = now + interval_ - interval_ / 10 + share(id, interval_ / 10);
  if (how != look::silence)
    x.silences = 0;
  if (how != look::fault)
    x.faults = 0;
  switch (how) {
  case look::fine:
    schedule(id, x, usual);
    return camera_condition::online;
  case look::no_entry:
    schedule(id, x, usual);
    return std::nullopt;
  case look::fault:
    if (++x.faults < looks_that_count) {
      schedule(id, x, now + std::min(second_look, interval_));
      return std::nullopt;
    }
    schedule(id, x, usual);
    return camera_condition::stream_error;
  case look::silence:
    if (++x.silences < looks_that_count) {
      schedule(id, x, now + std::min(second_look, interval_));
      return std::nullopt;
    }
    schedule(id, x, usual);
    return camera_condition::offline;
  }
  return std::nullopt;
}

void search_tempo::finished(const std::set<std::string>& cameras) {
  equal_ = cameras == last_ ? equal_ + 1 : 1;
  last_ = cameras;
}

void search_tempo::disturb() { equal_ = 0; }

timespan search_tempo::pause() const {
  return steady() ? std::max(interval_, steady_interval) : interval_;
}

} // namespace firefinder
