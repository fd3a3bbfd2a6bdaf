#pragma once

#include <chrono>

namespace firefinder::recording {

/// The times at which messages came, as a recording holds them: they do not go back.
class arrivals {
public:
  /// When a message came, in unix seconds. `wall`: the same by the wall clock; `arrived`: by
  /// the monotonic clock. While the wall clock is behind the message before, time goes on from
  /// that one by the monotonic clock.
  [[nodiscard]] double take(double wall, std::chrono::nanoseconds arrived);

  /// Whether the wall clock was behind at the last message.
  [[nodiscard]] bool behind() const noexcept { return behind_; }

private:
  double latest_ = 0;
  std::chrono::nanoseconds arrived_{};
  bool behind_ = false;
};

} // namespace firefinder::recording
