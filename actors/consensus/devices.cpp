#include "actors/consensus/devices.hpp"

#include <utility>

namespace firefinder {

known_devices::change known_devices::learn(const camera_facts& found, monotonic now) {
  change result;
  const auto id = common_form(found.id);
  if (devices_.size() >= max_known_cameras && devices_.count(id) == 0)
    return result;
  result.identity = identity_.learn(found);
  const auto [place, fresh] = devices_.try_emplace(id);
  auto& x = place->second;
  auto next = x;
  next.condition = found.condition;
  next.reason = found.reason;
  next.name = found.name;
  if (fresh)
    next.found_at = now;
  if (fresh || next.is_missing() != x.is_missing())
    next.since = now;
  if (!found.streams.empty() && found.streams.front().width != 0
      && found.streams.front().height != 0)
    next.frame = {found.streams.front().width, found.streams.front().height};
  result.facts = fresh || next.condition != x.condition || next.reason != x.reason
                 || next.name != x.name || next.frame != x.frame;
  x = std::move(next);
  if (result.any())
    gather();
  return result;
}

known_devices::change known_devices::forget(const camera_removed& gone) {
  change result;
  result.identity = identity_.forget(gone);
  result.facts = devices_.erase(common_form(gone.id)) != 0;
  if (result.any())
    gather();
  return result;
}

std::map<std::string, frame_size> known_devices::frames() const {
  std::map<std::string, frame_size> result;
  for (const auto& [id, x] : cameras_)
    if (x.frame.width != 0)
      result.emplace(id, x.frame);
  return result;
}

void known_devices::gather() {
  cameras_.clear();
  for (const auto& [id, x] : devices_) {
    const auto [place, fresh] = cameras_.emplace(identity_.of(id).id, x);
    auto& known = place->second;
    if (fresh)
      continue;
    const auto frame = known.frame.width != 0 ? known.frame : x.frame;
    if (known.is_missing() && !x.is_missing())
      known = x;
    known.frame = frame;
  }
}

} // namespace firefinder
