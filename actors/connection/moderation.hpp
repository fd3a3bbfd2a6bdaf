#pragma once

#include "messages/time.hpp"

#include <cstdint>

namespace firefinder {

/// Whether so much arrives that it is worth while to let some of it gather: waking a thread for
/// each message costs as much as all that is done with it. Network cards do the same with their
/// interrupts (interrupt moderation).
///
/// A short span is looked at after the other, so that a single message never waits.
class moderation {
public:
  /// Messages a second from which on they may gather.
  static constexpr std::uint32_t busy_rate = 2'000;
  static constexpr timespan span = std::chrono::milliseconds{10};
  static constexpr auto busy_count
      = static_cast<std::uint32_t>(busy_rate * span / std::chrono::seconds{1});

  /// Takes note of a message that arrived at `at`.
  void note(monotonic at) noexcept {
    if (at - begun_ >= span) {
      // Not after a pause: what comes then may be alone.
      busy_ = at - begun_ < 2 * span && count_ >= busy_count;
      begun_ = at;
      count_ = 0;
    }
    ++count_;
  }

  [[nodiscard]] bool busy() const noexcept { return busy_; }

private:
  monotonic begun_{};
  std::uint32_t count_ = 0;
  bool busy_ = false;
};

} // namespace firefinder
