#pragma once

#include "actors/supervisor/settings.hpp"

#include <algorithm>
#include <deque>
#include <optional>

namespace firefinder {

/// How often dead actors may be started again: at most `max_restarts` within
/// `restart_span`, each after a pause that doubles with those that are recent.
class restart_budget {
public:
  explicit restart_budget(const supervisor_settings& settings)
    : max_(settings.max_restarts), span_(settings.restart_span), pause_(settings.restart_pause) {}

  /// An actor died at `now`. The pause before its restart, or none when the
  /// budget is spent.
  [[nodiscard]] std::optional<timespan> spend(monotonic now) {
    while (!spent_.empty() && now - spent_.front() > span_)
      spent_.pop_front();
    if (spent_.size() >= max_)
      return std::nullopt;
    const auto recent = std::min<std::size_t>(spent_.size(), 16);
    spent_.push_back(now);
    return pause_ * (1 << recent);
  }

private:
  std::size_t max_;
  timespan span_;
  timespan pause_;
  std::deque<monotonic> spent_;
};

} // namespace firefinder
