#pragma once

#include "messages/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace firefinder {

/// Whether so much arrives that it is worth while to let some of it gather: waking a thread for
/// each message costs as much as all that is done with it. Network cards do the same with their
/// interrupts (interrupt moderation).
///
/// It has to come without a gap for some time: a short burst is not held up, nor is what comes
/// alone.
class moderation {
public:
  /// Messages a second from which on they may gather.
  static constexpr double busy_rate = 1'000;
  /// For so long the rate is measured.
  static constexpr timespan span = std::chrono::milliseconds{20};
  /// A longer one ends it.
  static constexpr timespan longest_gap = std::chrono::milliseconds{3};
  /// How many messages are to gather, and how long they may take for it.
  static constexpr double enough = 16;
  static constexpr timespan longest_pause = std::chrono::milliseconds{4};

  /// Takes note of a message that arrived at `at`.
  void note(monotonic at) noexcept {
    const bool gap = at - last_ > longest_gap;
    last_ = std::max(last_, at);
    if (gap) {
      rate_ = 0;
      begun_ = at;
      count_ = 0;
      return;
    }
    ++count_;
    if (at - begun_ < span)
      return;
    const std::chrono::duration<double> passed = at - begun_;
    rate_ = count_ / passed.count();
    begun_ = at;
    count_ = 0;
  }

  /// What arrived was held up until `at`: that was no gap.
  void released(monotonic at) noexcept { last_ = std::max(last_, at); }

  [[nodiscard]] bool busy() const noexcept { return rate_ >= busy_rate; }

  /// How long messages are to gather; 0: not at all.
  [[nodiscard]] timespan pause() const noexcept {
    if (!busy())
      return {};
    const std::chrono::duration<double> needed{enough / rate_};
    return std::min(longest_pause, std::chrono::duration_cast<timespan>(needed));
  }

private:
  monotonic begun_{};
  monotonic last_{};
  std::uint32_t count_ = 0;
  double rate_ = 0;
};

} // namespace firefinder
