#include "actors/consensus/roster.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace firefinder {

namespace {

// Two readings of one moment on the wall clock differ by less, unless that clock was set.
constexpr double same_moment_s = 1;

bool differ_in_figures_only(const house_camera& a, house_camera b) {
  if (a.standing.reason != b.standing.reason || a.standing.agrees != b.standing.agrees)
    return false;
  b.standing = a.standing;
  return a == b;
}

} // namespace

bool same_house(const house_state& a, const house_state& b) {
  const auto parts = [](const house_state& x) {
    return std::tie(x.reason, x.fire, x.agreeing, x.threshold, x.armed, x.cooldown, x.trigger_count,
                    x.last_trigger, x.last_trigger_id, x.last_trigger_cameras, x.cameras_total,
                    x.cameras_online, x.cameras_detecting, x.frigate_known, x.frigate_online,
                    x.decides);
  };
  const auto words
      = [](const problem& x) { return std::tie(x.code, x.subject, x.trouble, x.text); };
  return parts(a) == parts(b)
         && std::equal(a.problems.begin(), a.problems.end(), b.problems.begin(), b.problems.end(),
                       [&](const problem& x, const problem& y) { return words(x) == words(y); });
}

void roster::put(house_camera x, monotonic now) {
  const auto [place, fresh] = cameras_.try_emplace(x.id);
  auto& known = place->second;
  if (fresh) {
    tell(known, std::move(x), now);
    return;
  }
  if (std::abs(x.blind_since - known.told.blind_since) < same_moment_s)
    x.blind_since = known.told.blind_since;
  if (known.waits)
    due_.erase({known.told_at + pause, x.id});
  known.waits.reset();
  if (x == known.told)
    return;
  if (now - known.told_at >= pause || !differ_in_figures_only(known.told, x)) {
    tell(known, std::move(x), now);
    return;
  }
  due_.emplace(known.told_at + pause, x.id);
  known.waits = std::make_unique<house_camera>(std::move(x));
}

void roster::tell(entry& camera, house_camera x, monotonic now) {
  camera.told = std::move(x);
  camera.told_at = now;
  ready_.emplace_back(camera.told);
}

void roster::remove(const std::string& id, const std::string& successor) {
  const auto known = cameras_.find(id);
  if (known == cameras_.end())
    return;
  if (known->second.waits)
    due_.erase({known->second.told_at + pause, id});
  cameras_.erase(known);
  ready_.emplace_back(house_camera_gone{id, successor});
}

std::vector<roster::message> roster::take(monotonic now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    auto& camera = cameras_.at(due_.begin()->second);
    due_.erase(due_.begin());
    tell(camera, std::move(*std::exchange(camera.waits, nullptr)), now);
  }
  return std::exchange(ready_, {});
}

std::optional<monotonic> roster::next() const {
  if (!ready_.empty())
    return monotonic::min();
  if (due_.empty())
    return std::nullopt;
  return due_.begin()->first;
}

std::vector<house_camera> roster::all() const {
  std::vector<house_camera> result;
  result.reserve(cameras_.size());
  for (const auto& [id, x] : cameras_)
    result.push_back(x.told);
  return result;
}

} // namespace firefinder
