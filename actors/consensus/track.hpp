#pragma once

#include "actors/consensus/compact_queue.hpp"
#include "actors/consensus/settings.hpp"
#include "messages/detection.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace firefinder {

/// Overlap of two boxes, 0..1: the area of their intersection over that of their
/// union (Jaccard index).
[[nodiscard]] double overlap(const box& a, const box& b) noexcept;

/// Growth of an object in a window.
struct growth_figures {
  /// Areas at both ends of the window as shares of the frame; 0: too few samples.
  double first_area = 0;
  double last_area = 0;
  /// Time between the first and the last sample.
  timespan span{};
  std::uint32_t samples = 0;

  /// How much it has grown; 0: too few samples to tell.
  [[nodiscard]] double ratio() const noexcept {
    return first_area > 0 ? last_area / first_area : 0;
  }
};

/// How steadily an object was seen.
struct persistence_figures {
  /// Sum over the frames in which it was seen of the confidence in each.
  double confidence = 0;
  /// These frames.
  std::uint32_t seen = 0;
};

/// What one camera saw of one object: its latest samples, and whether it grows or stays.
/// Times are those of arrival, on the monotonic clock.
class track {
public:
  /// Samples that one track keeps at most. A source that is faster than this allows has
  /// those between the oldest and the newest thinned out by time, so that both ends of the
  /// window stay what they are.
  static constexpr std::size_t capacity = 512;
  /// So many samples that say something of the size are counted; then it begins anew.
  static constexpr std::uint32_t last_before_anew = 1'000'000;
  /// Samples that make a trend, at least and at most.
  static constexpr std::uint32_t least_for_trend = 3;
  static constexpr std::size_t most_for_trend = 40;

  /// Adds a sample that arrived at `arrived`, not before the last one, in this frame of its
  /// camera. `captured` is when it was taken by the clock of its source, in seconds; 0: not
  /// known. A box at the edge of the frame shows at least what the one before it showed.
  void add(const detection& seen, monotonic arrived, std::uint64_t frame, double captured);

  /// Whether `seen` is the last sample once more.
  [[nodiscard]] bool repeats(const detection& seen) const noexcept;

  /// Whether this very detection, taken at this moment by the clock of its source, is among the
  /// latest samples: it was delivered twice. A moment in whole seconds does not tell.
  [[nodiscard]] bool has(const detection& seen, double captured) const noexcept;

  /// Forgets the samples that arrived before `since`.
  void forget_before(monotonic since);

  /// Forgets all samples; what comes next is compared with nothing before it.
  void restart() noexcept;

  /// The growth test on the samples since `since`: with at least 2·W of them, the median of
  /// the last W areas over that of the first W; a median of an even number is the mean of
  /// the middle two. Costs the same for any number of samples.
  [[nodiscard]] growth_figures growth(monotonic since, std::uint32_t w) const;

  /// The growth test for a source that reports seldom: with at least 3 samples, the growth
  /// over their span by the Theil-Sen slope of the logarithm of the area over the time at
  /// which each was taken (Sen 1968, doi 10.1080/01621459.1968.10480934: the median of the
  /// slopes of all pairs, which one wrong box in four does not move). Of more than
  /// `most_for_trend` samples it takes one of every so many, by their numbers: what they say is
  /// then reckoned anew only when another one is taken. Samples that were cut off are left out.
  [[nodiscard]] growth_figures trend(monotonic since) const;

  /// Frames that `persistence` looks at, at most.
  static constexpr std::size_t most_frames = 64;

  /// In how many frames from `first_frame` on it was seen, not before `since`.
  [[nodiscard]] persistence_figures persistence(std::uint64_t first_frame, monotonic since) const;

  /// When the oldest sample arrived that is not older than `since`; none: there is none.
  [[nodiscard]] std::optional<monotonic> first_since(monotonic since) const;

  /// When the newest sample arrived.
  [[nodiscard]] monotonic last_arrival() const noexcept { return last_arrival_; }

  /// It was seen at `arrived`, with nothing new.
  void touch(monotonic arrived) noexcept { last_arrival_ = arrived; }

  /// Where the object was last seen.
  [[nodiscard]] const box& last_box() const noexcept { return last_box_; }

  /// Confidence of the newest sample, 0..1, and its area.
  [[nodiscard]] double last_confidence() const noexcept { return last_confidence_; }
  [[nodiscard]] double last_area() const noexcept {
    return samples_.empty() ? 0 : samples_.back().area;
  }

  [[nodiscard]] bool empty() const noexcept { return samples_.empty(); }

private:
  struct sample {
    monotonic arrived{};
    double captured = 0;
    double area = 0;
    double confidence = 0;
    /// Frames are a second apart: 32 bits last for longer than any camera.
    std::uint32_t frame = 0;
    /// Its number among those that say something of the size, from 1; 0: it was cut off by the
    /// edge of the frame.
    std::uint32_t number = 0;
  };
  /// One more for a moment: it is then thinned out.
  using samples = compact_queue<sample, capacity + 1>;

  /// A slope, and which samples it is of: those whose number is a multiple of `step`, from `first`
  /// to `last`.
  struct known_slope {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    /// 0: of none.
    std::uint32_t step = 0;
    bool dated = false;
    /// All of them are of one moment.
    bool vertical = false;
    double value = 0;

    [[nodiscard]] bool is_of_same(const known_slope& other) const noexcept {
      return first == other.first && last == other.last && step == other.step
             && dated == other.dated;
    }
  };

  [[nodiscard]] samples::const_iterator first(monotonic since) const;
  [[nodiscard]] std::size_t undated_since(samples::const_iterator begin) const;
  [[nodiscard]] std::optional<double> slope(samples::const_iterator begin, std::uint32_t last,
                                            bool dated) const;
  [[nodiscard]] std::optional<double> slope_of(samples::const_iterator begin,
                                               const known_slope& wanted) const;
  [[nodiscard]] static double time_of(const sample& x, bool dated) noexcept;
  void thin_out();
  void number_anew();

  /// A tracker has thousands of tracks: they are kept small.
  [[no_unique_address]] samples samples_;
  /// How many of those with a number have no moment by the clock of their source.
  std::uint16_t undated_ = 0;
  /// Number of the newest one that has any.
  std::uint32_t last_number_ = 0;
  /// Null: none was asked for.
  mutable std::unique_ptr<known_slope> slope_;
  double newest_capture_ = 0;
  monotonic last_arrival_{};
  box last_box_;
  double last_confidence_ = -1;
};

} // namespace firefinder
