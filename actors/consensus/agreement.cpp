#include "actors/consensus/agreement.hpp"

#include <algorithm>

namespace firefinder {

namespace {

constexpr timespan recent_span = std::chrono::hours{1};
constexpr std::size_t max_history = 1'000;

} // namespace

std::optional<decision> agreement::add(const verdict& v, monotonic now, unix_seconds wall) {
  const rank place{v.first_seen, v.camera};
  if (v.agrees())
    revision_ += agreeing_.insert_or_assign(place, v).second ? 1 : 0;
  else
    revision_ += agreeing_.erase(place);
  if (!v.by_detection || held_ || !armed_ || agreeing_.size() < threshold_ || in_cooldown(now))
    return std::nullopt;
  // Of two cameras' messages that waited at the broker, one may be much older than the
  // other: they agree only if their evidence held at one moment.
  const auto holds = [&v](const auto& entry) { return entry.second.evidence_until > v.at; };
  if (std::count_if(agreeing_.begin(), agreeing_.end(), holds) < threshold_)
    return std::nullopt;
  decision result;
  result.at = now;
  result.wall = wall;
  result.number = ++triggers_;
  result.threshold = threshold_;
  result.cameras.reserve(agreeing_.size());
  for (const auto& entry : agreeing_)
    if (holds(entry))
      result.cameras.push_back({entry.second.camera, entry.second.evidence});
  last_trigger_ = now;
  cooldown_start_ = now;
  history_.push_back(now);
  if (history_.size() > max_history)
    history_.pop_front();
  return result;
}

void agreement::give_back(std::uint64_t number) {
  // An older trigger's cooldown is over, or was replaced by that of a newer one.
  if (number == triggers_)
    cooldown_start_.reset();
}

decision_memory agreement::memory() const noexcept {
  return {triggers_, armed_, last_trigger_.value_or(never), cooldown_start_.value_or(never)};
}

void agreement::restore(const decision_memory& memory) {
  triggers_ = memory.trigger_count;
  armed_ = memory.armed;
  const auto known
      = [](monotonic moment) { return moment == never ? std::nullopt : std::optional{moment}; };
  last_trigger_ = known(memory.last_trigger);
  cooldown_start_ = known(memory.cooldown_start);
  if (last_trigger_)
    history_.push_back(*last_trigger_);
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
