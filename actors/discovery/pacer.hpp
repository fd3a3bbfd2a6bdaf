#pragma once

#include "messages/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace firefinder {

/// Lets so many events happen in any span, as soon as they may. What comes a little late delays
/// nothing that follows, as even steps would.
class quota {
public:
  quota(std::size_t most, timespan span) : most_(most), span_(span) {}

  /// When the next one may be, given that it is not before `now`.
  [[nodiscard]] monotonic next(monotonic now) const noexcept {
    return last_.size() < most_ ? now : std::max(now, last_.front() + span_);
  }

  /// One happens now.
  void spend(monotonic now) {
    if (last_.size() >= most_)
      last_.pop_front();
    last_.push_back(now);
  }

private:
  std::size_t most_;
  timespan span_;
  /// When the last ones were, at most `most_`.
  std::deque<monotonic> last_;
};

/// Spaces events evenly, after a burst.
class pacer {
public:
  pacer(timespan interval, std::uint32_t burst) : interval_(interval), burst_(burst) {}

  /// When the next `count` may be, at most a burst, given that it is not before `now`.
  [[nodiscard]] monotonic next(monotonic now, std::size_t count = 1) const noexcept {
    if (!whole_at_)
      return now;
    const auto left = static_cast<std::int64_t>(burst_) - static_cast<std::int64_t>(count);
    return std::max(now, *whole_at_ - interval_ * left);
  }

  /// One happens now.
  void spend(monotonic now) noexcept {
    whole_at_ = (whole_at_ ? std::max(*whole_at_, now) : now) + interval_;
  }

private:
  timespan interval_;
  std::uint32_t burst_;
  /// When the burst is whole again.
  std::optional<monotonic> whole_at_;
};

} // namespace firefinder
