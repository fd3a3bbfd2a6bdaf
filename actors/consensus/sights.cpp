#include "actors/consensus/sights.hpp"

#include <algorithm>

namespace firefinder {

std::optional<camera_sight> sights::add(camera_sight x, monotonic now) {
  // Pauses in which nothing came.
  while (!pauses_.empty() && pauses_.front().until <= now && !pauses_.front().whose->second.waits) {
    forget(pauses_.front());
    pauses_.pop_front();
  }
  const auto sign = x.newest.sign;
  const auto [place, fresh] = of(sign).try_emplace(x.camera);
  if (fresh) {
    pauses_.push_back({now + pause, sign, &*place});
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
  while (!pauses_.empty() && pauses_.front().until <= now) {
    auto over = pauses_.front();
    pauses_.pop_front();
    auto& [waits, seen_at] = over.whose->second;
    if (!waits) {
      forget(over);
      continue;
    }
    auto& told = result.emplace_back(std::move(*waits));
    told.holds = std::max(told.holds - (now - seen_at), timespan{0});
    waits.reset();
    --waiting_;
    over.until = now + pause;
    pauses_.push_back(over);
  }
  return result;
}

void sights::forget(const quiet& x) {
  auto& known = of(x.sign);
  known.erase(known.find(x.whose->first));
}

std::optional<monotonic> sights::next() const {
  if (waiting_ == 0)
    return std::nullopt;
  return pauses_.front().until;
}

} // namespace firefinder
