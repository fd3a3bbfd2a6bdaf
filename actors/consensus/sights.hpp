#pragma once

#include "messages/house.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace firefinder {

/// Paces what is told of detections that count: of each camera and sign the first one at once,
/// then at most one a second, with the number of those that it stands for. Remembers only those
/// of the last second.
class sights {
public:
  sights() = default;
  sights(sights&&) = default;
  sights& operator=(sights&&) = default;
  // A copy would know of pauses of the original.
  sights(const sights&) = delete;
  sights& operator=(const sights&) = delete;
  ~sights() = default;

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
  struct entry {
    /// What waits, and when it was seen.
    std::optional<camera_sight> waits;
    monotonic seen_at{};
  };

  /// By camera.
  using entries = std::unordered_map<std::string, entry>;

  /// A camera and sign of which nothing is told before a moment.
  struct quiet {
    monotonic until{};
    fire_sign sign = fire_sign::fire;
    entries::value_type* whose = nullptr;
  };

  [[nodiscard]] entries& of(fire_sign sign) noexcept {
    return sign == fire_sign::smoke ? smoke_ : fire_;
  }
  void forget(const quiet& x);

  entries fire_;
  entries smoke_;
  /// All pauses are of one length, so the first ends first.
  std::deque<quiet> pauses_;
  std::size_t waiting_ = 0;
};

} // namespace firefinder
