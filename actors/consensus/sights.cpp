#include "actors/consensus/sights.hpp"

#include <algorithm>

namespace firefinder {

std::optional<camera_sight> sights::add(camera_sight x, monotonic now) {
  // Pauses in which nothing came.
  while (!pauses_.empty() && pauses_.front().first <= now
         && !entries_.at(pauses_.front().second).waits) {
    entries_.erase(pauses_.front().second);
    pauses_.pop_front();
  }
  key who{x.camera, x.newest.sign};
  const auto [place, fresh] = entries_.try_emplace(who);
  if (fresh) {
    pauses_.emplace_back(now + pause, std::move(who));
    return x;
  }
  auto& [waits, seen_at] = place->second;
  if (waits)
    x.count += waits->count;
  else
    ++waiting_;
  waits = std::move(x);
  seen_at = now;
  return std::nullopt;
}

std::vector<camera_sight> sights::take(monotonic now) {
  std::vector<camera_sight> result;
  while (!pauses_.empty() && pauses_.front().first <= now) {
    auto who = std::move(pauses_.front().second);
    pauses_.pop_front();
    const auto found = entries_.find(who);
    auto& [waits, seen_at] = found->second;
    if (!waits) {
      entries_.erase(found);
      continue;
    }
    auto& told = result.emplace_back(std::move(*waits));
    told.holds = std::max(told.holds - (now - seen_at), timespan{0});
    waits.reset();
    --waiting_;
    pauses_.emplace_back(now + pause, std::move(who));
  }
  return result;
}

std::optional<monotonic> sights::next() const {
  if (waiting_ == 0)
    return std::nullopt;
  return pauses_.front().first;
}

} // namespace firefinder
