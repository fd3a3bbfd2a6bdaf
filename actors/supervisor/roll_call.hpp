#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace firefinder {

/// Who has answered the question whether all are alive. Children have the numbers
/// 0 to `Size - 1`. Asking anew forgets who was asked before, not who was silent.
template <std::size_t Size>
class roll_call {
public:
  /// Nobody is asked.
  void begin() { asked_.fill(false); }

  /// This child is asked now.
  void ask(std::size_t child) { asked_[child] = true; }

  /// This child has answered. True when it had been silent before.
  bool answered(std::size_t child) {
    asked_[child] = false;
    return std::exchange(silent_[child], false);
  }

  /// This child has not answered in time. True when it is news.
  bool missed(std::size_t child) { return !std::exchange(silent_[child], true); }

  /// Somebody new takes the place of this child.
  void replaced(std::size_t child) { silent_[child] = false; }

  /// Whether nobody's answer is missing.
  [[nodiscard]] bool complete() const {
    return std::none_of(asked_.begin(), asked_.end(), [](bool x) { return x; });
  }

private:
  std::array<bool, Size> asked_{};
  std::array<bool, Size> silent_{};
};

} // namespace firefinder
