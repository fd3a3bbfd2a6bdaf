#pragma once

#include "messages/time.hpp"

#include <cstddef>

namespace firefinder {

/// Lets the first few messages of any span go at once; what follows is to be gathered until its
/// end. Whoever is told of very many cameras is so told of them in few messages, and where little
/// happens nothing waits.
class pace {
public:
  static constexpr timespan span = std::chrono::milliseconds{50};

  /// So many go at once in each span.
  explicit pace(std::size_t most_at_once) : most_at_once_(most_at_once) {}

  /// A message may go at `now`.
  [[nodiscard]] bool admits(monotonic now) const noexcept {
    return now >= ends_ || count_ < most_at_once_;
  }

  /// One goes at `now`.
  void spend(monotonic now) noexcept {
    if (now >= ends_) {
      ends_ = now + span;
      count_ = 0;
    }
    ++count_;
  }

  /// When the next may go, given that it is not before `now`.
  [[nodiscard]] monotonic next(monotonic now) const noexcept { return admits(now) ? now : ends_; }

private:
  std::size_t most_at_once_;
  monotonic ends_ = monotonic::min();
  std::size_t count_ = 0;
};

} // namespace firefinder
