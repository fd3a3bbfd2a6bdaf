#pragma once

#include "messages/store.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// What was counted of a camera.
struct camera_counts {
  /// See `camera_view`.
  std::uint64_t detections_today = 0;
  std::uint64_t detections_today_utc = 0;
  std::uint64_t detections_week_utc = 0;
  std::uint64_t events_today_utc = 0;
  std::uint64_t events_week_utc = 0;
  /// Wall clock; 0: never.
  unix_seconds last_detection = 0;
  unix_seconds last_event = 0;
};

/// Counters of cameras that begin anew with the day of the house, the day by UTC, and the week
/// by UTC, which begins on Monday; and the way into the store and back. Days go forward: a wall
/// clock that is set back by no more than to the day before ends no day.
class day_counters {
public:
  /// `local_day`: the day of a moment of the wall clock, counted from 1970-01-01; empty: by UTC.
  day_counters(std::function<std::int64_t(unix_seconds)> local_day, unix_seconds wall);

  /// Looks at the calendar. Returns the cameras whose counters begin anew. Costs nothing within
  /// one minute: days end with one.
  [[nodiscard]] std::set<std::string> pass(unix_seconds wall);

  /// Forgets those that have counted nothing this week, but for the cameras of these keys.
  void prune(const std::function<bool(const std::string&)>& used);

  void add_detections(const std::string& key, std::uint64_t count, unix_seconds at);
  void add_event(const std::string& key, unix_seconds at);

  /// The camera is known; so it is to the next process.
  void know(const std::string& key);
  [[nodiscard]] bool knows(const std::string& key) const { return counts_.count(key) != 0; }
  [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }

  [[nodiscard]] const camera_counts& of(const std::string& key) const;

  /// Takes the counters of a camera away, and adds such to those of another.
  camera_counts extract(const std::string& key);
  void add(const std::string& key, const camera_counts& more);

  /// Adds what an earlier process has counted; `changed` tells it. Returns the keys. Records
  /// that cannot be read, and those beyond `most` cameras, are left out.
  std::set<std::string> restore(const std::vector<store_record>& records, unix_seconds wall,
                                std::size_t most);

  /// What has changed since this was asked for last.
  [[nodiscard]] std::vector<store_record> changed();

private:
  [[nodiscard]] std::int64_t local_day_of(unix_seconds wall) const;

  std::function<std::int64_t(unix_seconds)> local_day_of_;
  std::int64_t minute_ = 0;
  std::int64_t local_day_ = 0;
  std::int64_t utc_day_ = 0;
  std::map<std::string, camera_counts> counts_;
  std::set<std::string> changed_;
};

} // namespace firefinder
