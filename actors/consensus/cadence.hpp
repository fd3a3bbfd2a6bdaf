#pragma once

#include "actors/consensus/compact_queue.hpp"
#include "messages/detection.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ratio>

namespace firefinder {

/// The frames of one camera: which message belongs to which, and how far apart they are.
class cadence {
public:
  /// Frames closer together count as one: a fast detector says the same thing many times,
  /// and a fire is not surer for it.
  static constexpr timespan least_apart = std::chrono::seconds{1};

  /// Slowest cadence of a camera that is reckoned with where only the time can tell.
  static constexpr timespan longest_interval = std::chrono::seconds{120};

  /// Takes note of a message about what the camera sees at `at`, not before the last one.
  /// Returns the number of its frame, from 1.
  std::uint64_t add(const sighting& seen, monotonic at);

  /// Number of the latest frame; 0: there was none.
  [[nodiscard]] std::uint64_t latest() const noexcept { return latest_; }

  /// Number of the first of the last `count` frames, and the moment before which none of
  /// them can have been. A source that never says that it saw nothing may leave frames out, so
  /// for it the time decides as well: `longest_interval` for each frame, and for one that sends
  /// objects and not frames no more than they usually take.
  struct span {
    std::uint64_t first = 0;
    monotonic since = monotonic::min();
  };
  [[nodiscard]] span last(std::uint32_t count, monotonic at) const;

  /// Usual time between frames: the median of the last intervals; none before there are
  /// `least_intervals`.
  [[nodiscard]] std::optional<timespan> interval() const noexcept {
    return interval_count_ < least_intervals ? std::nullopt : std::optional<timespan>{interval_};
  }

private:
  static constexpr std::size_t least_intervals = 3;
  static constexpr std::size_t most_intervals = 15;

  /// Moments of capture that are remembered: what is delivered late or twice.
  static constexpr std::size_t most_captures = 16;

  /// A moment of capture, and the number of its frame. In words of 32 bits: one of 64 would take
  /// another such for nothing.
  class capture {
  public:
    capture() = default;
    capture(unix_seconds moment, std::uint32_t frame)
      : moment_(std::bit_cast<words>(moment)), frame_(frame) {}

    [[nodiscard]] unix_seconds moment() const noexcept {
      return std::bit_cast<unix_seconds>(moment_);
    }
    [[nodiscard]] std::uint32_t frame() const noexcept { return frame_; }

  private:
    using words = std::array<std::uint32_t, 2>;
    static_assert(sizeof(words) == sizeof(unix_seconds));

    words moment_{};
    std::uint32_t frame_ = 0;
  };

  /// A camera has one of these, and each object of a source that reports seldom: they are kept
  /// small. So fine that 32 bits hold the longest.
  using interval_length = std::chrono::duration<std::uint32_t, std::ratio<1, 500'000>>;

  [[nodiscard]] std::optional<std::uint32_t> known_frame(const sighting& seen, monotonic at) const;
  void remember(const capture& x);
  void take_interval(timespan interval);

  monotonic latest_at_{};
  /// The newest ones, in the place of the oldest when there are enough. Many sources never tell.
  [[no_unique_address]] compact_queue<capture, most_captures> captures_;
  /// Which capture is to be replaced next, and which is the latest: what comes in its order needs
  /// to look at no other.
  std::uint8_t next_capture_ = 0;
  std::uint8_t newest_ = 0;
  std::array<interval_length, most_intervals> intervals_{};
  interval_length interval_{};
  /// Frames are a second apart: 32 bits last for longer than any camera.
  std::uint32_t latest_ = 0;
  /// Which interval is to be replaced next.
  std::uint8_t next_interval_ = 0;
  std::uint8_t interval_count_ = 0;
  /// It sends whole frames, and such in which it sees nothing.
  bool says_frames_ = false;
  bool says_nothing_ = false;
};

} // namespace firefinder
