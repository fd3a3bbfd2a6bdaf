#include "actors/consensus/agreement.hpp"

#include <algorithm>

namespace firefinder {

namespace {

constexpr timespan recent_span = std::chrono::hours{1};
constexpr std::size_t max_history = 1'000;

} // namespace

std::optional<decision> agreement::add(const verdict& v) {
  const rank place{v.first_seen, v.camera};
  if (v.agrees())
    revision_ += agreeing_.insert_or_assign(place, v).second ? 1 : 0;
  else
    revision_ += agreeing_.erase(place);
  if (!v.by_detection || held_ || agreeing_.size() < threshold_ || in_cooldown(v.at))
    return std::nullopt;
  decision result;
  result.at = v.at;
  result.wall = v.wall;
  result.number = ++triggers_;
  result.cameras.reserve(agreeing_.size());
  for (const auto& [key, latest] : agreeing_)
    result.cameras.push_back({latest.camera, latest.evidence});
  last_trigger_ = v.at;
  cooldown_start_ = v.at;
  history_.push_back(v.at);
  if (history_.size() > max_history)
    history_.pop_front();
  return result;
}

void agreement::give_back(std::uint64_t number) {
  // An older trigger's cooldown is over, or was replaced by that of a newer one.
  if (number == triggers_)
    cooldown_start_.reset();
}

std::vector<std::string> agreement::agreeing() const {
  std::vector<std::string> result;
  result.reserve(agreeing_.size());
  for (const auto& [key, latest] : agreeing_)
    result.push_back(latest.camera);
  return result;
}

bool agreement::in_cooldown(monotonic now) const noexcept {
  return cooldown_start_ && now - *cooldown_start_ < cooldown_;
}

std::optional<monotonic> agreement::cooldown_end(monotonic now) const noexcept {
  if (!in_cooldown(now))
    return std::nullopt;
  return *cooldown_start_ + cooldown_;
}

double agreement::last_trigger_ago(monotonic now) const noexcept {
  return last_trigger_ ? std::max(0.0, to_seconds(now - *last_trigger_)) : -1;
}

std::uint64_t agreement::recent(monotonic now) const noexcept {
  return static_cast<std::uint64_t>(
      std::count_if(history_.begin(), history_.end(),
                    [now](monotonic moment) { return now - moment <= recent_span; }));
}

} // namespace firefinder
