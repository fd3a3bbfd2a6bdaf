#pragma once

#include "actors/consensus/settings.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace firefinder {

/// A map that keeps at most `Most` entries: past it, the one not asked for for longest is
/// forgotten.
template <class T, std::size_t Most>
class bounded_map {
public:
  bounded_map() = default;
  // The index points into the list.
  bounded_map(const bounded_map&) = delete;
  bounded_map& operator=(const bounded_map&) = delete;

  /// The entry, if it is kept.
  [[nodiscard]] T* find(const std::string& key) {
    const auto found = index_.find(key);
    if (found == index_.end())
      return nullptr;
    entries_.splice(entries_.end(), entries_, *found);
    return &(*found)->second;
  }

  /// The entry, made anew if it is not kept.
  [[nodiscard]] T& at(const std::string& key) {
    if (auto* known = find(key))
      return *known;
    if (entries_.size() == Most) {
      index_.erase(entries_.begin());
      entries_.pop_front();
    }
    entries_.emplace_back(key, T{});
    index_.insert(std::prev(entries_.end()));
    return entries_.back().second;
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
  using entries = std::list<std::pair<std::string, T>>;
  using place = typename entries::iterator;

  /// An entry is found by its key, which it alone has.
  struct hash_of_key {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(const std::string& key) const {
      return std::hash<std::string>{}(key);
    }
    [[nodiscard]] std::size_t operator()(place x) const { return (*this)(x->first); }
  };
  struct same_key {
    using is_transparent = void;
    [[nodiscard]] bool operator()(place a, place b) const { return a->first == b->first; }
    [[nodiscard]] bool operator()(const std::string& key, place x) const { return key == x->first; }
    [[nodiscard]] bool operator()(place x, const std::string& key) const { return key == x->first; }
  };

  /// The one not asked for for longest first.
  entries entries_;
  std::unordered_set<place, hash_of_key, same_key> index_;
};

/// Corners of a box in pixels: x1, y1, x2, y2.
using pixel_box = std::array<double, 4>;

/// How sure a detector is of one object now, from what it published of it: the median of the
/// last scores, as Frigate itself computes it. Its `top_score` never falls.
class current_score {
public:
  /// As many as Frigate looks at.
  static constexpr std::size_t most = 10;

  void add(double score);
  /// Median of what is kept; 0 when nothing is.
  [[nodiscard]] double median() const;
  [[nodiscard]] bool empty() const noexcept { return scores_.empty(); }

private:
  /// The oldest first.
  std::vector<double> scores_;
};

/// What a Frigate event is.
enum class event_type : std::uint8_t { begin, update, end };

/// What is remembered of one object of a Frigate instance.
struct remembered_object {
  /// The last event of it: what it was, and its times by Frigate's clock; 0: not told.
  event_type type = event_type::begin;
  double frame_time = 0;
  double end_time = 0;
  current_score scores;
  /// The last observation, and the confidence that it was given; no score: there was none.
  pixel_box box{};
  std::optional<double> score;
  double confidence = 0;
  /// It has reached the smallest confidence that counts, and not fallen far below it since.
  bool counts = false;
};

/// The size of the frames in which a Frigate looks for objects, from what its events let
/// conclude. No event tells it.
///
/// From Frigate 0.16 on, `path_data` has the middle of a box's lower edge as ratios with
/// four decimals: int((x1 + x2) / 2) / width and y2 / height. Of the sizes in use (cameras'
/// streams and what people make of them) rarely more than one fits both.
class frame_inference {
public:
  /// Events that must agree on a size.
  static constexpr int enough = 2;

  /// Takes a box and the point of `path_data` that is of the same frame.
  void add(const pixel_box& box, double x, double y);

  /// {0, 0}: not known.
  [[nodiscard]] frame_size size() const noexcept { return size_; }

private:
  void begin_anew();

  /// Sizes that fit all since the last contradiction, one bit each; all of them at first.
  std::uint64_t candidates_ = ~std::uint64_t{0};
  int agreeing_ = 0;
  int misfits_ = 0;
  frame_size size_{0, 0};
};

/// What is remembered of one camera of a Frigate instance.
struct remembered_camera {
  /// As Frigate's API tells it; {0, 0}: it has not.
  frame_size told{0, 0};
  frame_inference inferred;
  /// The greatest corners that were seen since: a frame that is smaller is disproved.
  double widest = 0;
  double highest = 0;
  /// Since when it turns.
  std::optional<monotonic> turning_since;
  /// Somebody was told that the size is not known.
  bool unknown_told = false;

  [[nodiscard]] bool fits(const frame_size& size) const noexcept {
    return size.width >= widest && size.height >= highest;
  }
};

/// How far a foreign clock is behind ours.
class clock_lag {
public:
  /// What a message may take without anybody being surprised, in seconds: a frame waits for
  /// the detector, its event for the broker.
  static constexpr double ordinary_s = 5;
  /// Observations that the median is taken of, and how many there must be.
  static constexpr std::size_t most = 9;
  static constexpr std::size_t enough = 3;

  /// Takes the time between an event by its clock and its arrival by ours, in seconds.
  void add(double lag_s);

  /// Median of the last ones, in seconds; 0: not known, or no more than is ordinary.
  [[nodiscard]] double notable_s() const;

private:
  /// The oldest first.
  std::vector<double> lags_;
};

/// What must be remembered of Frigate instances to understand their next events. Bounded:
/// foreign names must not fill the memory.
class frigate_memory {
public:
  static constexpr std::size_t max_objects = 4'096;
  static constexpr std::size_t max_cameras = 4'096;

  /// The camera that the instance with this topic prefix calls `name`.
  [[nodiscard]] remembered_camera& camera(std::string_view prefix, std::string_view name) {
    return cameras_.at(key(prefix, name));
  }

  /// The object that this instance calls `id`; null: not known.
  [[nodiscard]] remembered_object* find_object(std::string_view prefix, std::string_view id) {
    return objects_.find(key(prefix, id));
  }
  [[nodiscard]] remembered_object& object(std::string_view prefix, std::string_view id) {
    return objects_.at(key(prefix, id));
  }

  /// The clock of this instance, which must be one of the configuration.
  [[nodiscard]] clock_lag& clock(std::string_view prefix) { return clocks_[std::string{prefix}]; }

private:
  /// Until the next one.
  const std::string& key(std::string_view prefix, std::string_view name);

  bounded_map<remembered_object, max_objects> objects_;
  bounded_map<remembered_camera, max_cameras> cameras_;
  std::map<std::string, clock_lag> clocks_;
  std::string key_;
};

} // namespace firefinder
