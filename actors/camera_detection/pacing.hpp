#pragma once

#include "messages/time.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>

namespace firefinder {

/// Lets things happen evenly: one in each interval, and some at once after a rest.
class pace {
public:
  pace(timespan interval, std::size_t burst) noexcept
    : interval_(interval), slack_(interval * static_cast<timespan::rep>(burst)) {}

  /// Whether one more may happen now; then it counts.
  [[nodiscard]] bool take(monotonic now) noexcept {
    if (next() > now)
      return false;
    due_ = std::max(due_, now) + interval_;
    return true;
  }

  /// When the next one may.
  [[nodiscard]] monotonic next() const noexcept { return due_ - slack_ + interval_; }

private:
  timespan interval_;
  timespan slack_;
  monotonic due_{};
};

/// Lets at most so many things happen in any span of this length.
class rate_window {
public:
  rate_window(std::size_t most, timespan span) : most_(most), span_(span) {}

  /// Whether one more may happen now; then it counts.
  [[nodiscard]] bool take(monotonic now) {
    if (next() > now)
      return false;
    if (times_.size() == most_)
      times_.pop_front();
    times_.push_back(now);
    return true;
  }

  /// When the next one may.
  [[nodiscard]] monotonic next() const {
    return times_.size() < most_ ? monotonic::min() : times_.front() + span_;
  }

private:
  std::size_t most_;
  timespan span_;
  std::deque<monotonic> times_;
};

} // namespace firefinder
