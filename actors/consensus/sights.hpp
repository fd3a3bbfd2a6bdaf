#pragma once

#include "messages/house.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// Paces what is told of detections that count: of each camera and sign the first one at once,
/// then at most one a second, with the number of those that it stands for. Remembers only those
/// of the last second.
class sights {
public:
  /// Least time between two messages about a camera and sign.
  static constexpr timespan pause = std::chrono::seconds{1};

  /// Detections of one camera and sign, by its newest one, that were seen at `now`. Returns what
  /// is to be told at once, if anything is.
  [[nodiscard]] std::optional<camera_sight> add(camera_sight x, monotonic now);

  /// What is to be told at `now`.
  [[nodiscard]] std::vector<camera_sight> take(monotonic now);

  /// When something becomes due; none: nothing waits.
  [[nodiscard]] std::optional<monotonic> next() const;

private:
  using key = std::pair<std::string, fire_sign>;

  struct entry {
    /// What waits, and when it was seen.
    std::optional<camera_sight> waits;
    monotonic seen_at{};
  };

  std::map<key, entry> entries_;
  /// When each of them may be told of again; all pauses are of one length, so the first ends
  /// first.
  std::deque<std::pair<monotonic, key>> pauses_;
  std::size_t waiting_ = 0;
};

} // namespace firefinder
