#pragma once

#include "messages/time.hpp"

#include <cstddef>
#include <set>
#include <string>

namespace firefinder {

/// When one Frigate instance is asked what it sees: every second while something may become
/// an alarm. Each question makes Frigate publish several topics, so it ends after two
/// minutes, and for five more only an object that was not there before begins it anew.
class burst {
public:
  static constexpr timespan period = std::chrono::seconds{1};
  static constexpr timespan longest = std::chrono::seconds{120};
  static constexpr timespan pause = std::chrono::seconds{300};
  /// Most objects that are told apart until the pause is over; no further one is new.
  static constexpr std::size_t max_objects = 256;

  /// There is this candidate, until that moment if nothing more is heard of it. Returns
  /// whether the questions begin with it.
  [[nodiscard]] bool candidate(const std::string& object, monotonic until, monotonic now);

  /// Whether to ask at `now`. Once it says no, the questions are over.
  [[nodiscard]] bool asks(monotonic now);

  /// Whether questions are asked.
  [[nodiscard]] bool runs() const noexcept { return running_; }

  /// Nobody can be asked any more; what comes next begins anew.
  void interrupt() noexcept { running_ = false; }

private:
  bool running_ = false;
  monotonic until_{};
  monotonic ends_{};
  /// Of the pause.
  monotonic rested_{};
  /// Those since the last pause was over.
  std::set<std::string> objects_;
};

} // namespace firefinder
