#pragma once

#include "actors/consensus/settings.hpp"
#include "messages/detection.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace firefinder {

/// Overlap of two boxes, 0..1: the area of their intersection over that of their
/// union (Jaccard index).
[[nodiscard]] double overlap(const box& a, const box& b) noexcept;

/// What one camera saw of one object: its latest samples, and whether it grows.
/// Times are those of arrival, on the monotonic clock.
class track {
public:
  /// Samples that one track keeps at most; older ones are forgotten.
  static constexpr std::size_t capacity = 100;

  /// Adds a sample that arrived at `arrived`, not before the last one.
  void add(const detection& seen, monotonic arrived);

  /// Whether `seen` is the last sample once more.
  [[nodiscard]] bool repeats(const detection& seen) const noexcept;

  /// Forgets the samples that have left the window at `now`.
  void advance(monotonic now, const tracking_settings& settings);

  /// The growth test on the samples in the window: at least 2·W of them, and
  /// median(last W areas) >= ratio x median(first W areas); a median of an even
  /// number is the mean of the middle two. Costs the same for any number of
  /// samples. Empty when the object is not growing.
  [[nodiscard]] std::optional<object_evidence> growth(const tracking_settings& settings) const;

  /// When the oldest sample leaves the window. Requires a sample.
  [[nodiscard]] monotonic next_change(const tracking_settings& settings) const;

  /// When the newest sample arrived.
  [[nodiscard]] monotonic last_arrival() const noexcept { return last_arrival_; }

  /// It was seen at `arrived`, with nothing new.
  void touch(monotonic arrived) noexcept { last_arrival_ = arrived; }

  /// Where the object was last seen.
  [[nodiscard]] const box& last_box() const noexcept { return last_box_; }

  [[nodiscard]] bool empty() const noexcept { return samples_.empty(); }

private:
  struct sample {
    monotonic arrived{};
    double area = 0;
    double confidence = 0;
  };

  std::deque<sample> samples_;
  monotonic last_arrival_{};
  box last_box_;
  double last_confidence_ = -1;
};

} // namespace firefinder
