#pragma once

#include "messages/announce.hpp"
#include "messages/camera.hpp"
#include "messages/control.hpp"
#include "messages/decision.hpp"
#include "messages/house.hpp"
#include "messages/store.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// What is shown of one camera.
struct camera_view {
  /// By which decisions go; of a camera that only the network knows: its id there.
  std::string id;
  /// Never empty.
  std::string key;
  /// What people call it: what an operator said, else the configuration, else the camera.
  std::string name;
  bool online = false;
  /// An operator, or the configuration, lets it count; a snooze leaves it so.
  bool enabled = true;
  /// Wall clock when its snooze, or that of its zone, ends; 0: none.
  unix_seconds snoozed_until = 0;
  bool announced = true;
  bool by_frigate = false;
  /// A detection of that sign counts at the moment.
  bool fire = false;
  bool smoke = false;
  /// The newest detection that counted; none: there was none yet.
  std::optional<camera_sight> newest;
  /// Wall clock; 0: never.
  unix_seconds last_detection = 0;
  unix_seconds last_seen = 0;
  /// Detections that counted on this day and in this week of the house, and by UTC.
  std::uint64_t detections_today = 0;
  std::uint64_t detections_today_utc = 0;
  std::uint64_t detections_week_utc = 0;
  /// Events (`house_event::detection`) on this day and in this week by UTC.
  std::uint64_t events_today_utc = 0;
  std::uint64_t events_week_utc = 0;
  /// There was an event in the last 5 minutes.
  bool active = false;
  unix_seconds last_event = 0;
  /// What is known of it in the network; none: nothing.
  std::optional<camera_facts> device;
  /// What keeps it from seeing a fire, for people; empty: nothing.
  std::string problem;

  friend bool operator==(const camera_view& a, const camera_view& b);
};

/// A camera in a list of all.
struct listed_camera {
  std::string key;
  std::string id;
  std::string name;
};

/// What is shown of the house.
struct hub_view {
  house_state house;
  control_state control;
  /// `idle`, `suspected`, `confirmed`, `cooldown`, `disarmed` or `degraded`.
  std::string state = "idle";
  /// Of the house, of camera detection and of the announcements.
  std::vector<problem> troubles;
  std::vector<problem> notices;
  /// Every camera that is shown, by key.
  std::vector<listed_camera> cameras;
  std::uint32_t cameras_total = 0;
  std::uint32_t cameras_online = 0;
  std::uint32_t cameras_detecting = 0;
  /// Wall clock when the process started.
  unix_seconds started_at = 0;
};

/// Something that happened, told once and kept by nobody.
struct house_event {
  enum class kind : std::uint8_t {
    // of the decision
    suspected,
    trigger,
    suppressed,
    cleared,
    // of a camera
    detection,
    camera_added,
    camera_removed,
    camera_renamed,
    camera_online,
    camera_offline,
    // of the daemon
    config_changed,
    // of the alarm
    alarm,
  };
  kind what = kind::cleared;
  unix_seconds at = 0;
  /// Of a camera: its key and name.
  std::string camera;
  std::string name;
  /// `detection`: what was seen, and a number that no other event has.
  std::optional<camera_sight> sight;
  std::string id;
  /// `suspected`, `trigger`, `suppressed`, `cleared`.
  std::optional<decision_record> decision;
  /// `alarm`.
  std::optional<alarm_event> alarm;
  /// What has changed, for people: the former name, the key of a setting.
  std::string detail;
};

/// What a message has changed.
struct house_news {
  /// Keys of cameras that are shown otherwise, and of those that are shown no more.
  std::set<std::string> cameras;
  std::set<std::string> gone;
  bool hub = false;
  std::vector<house_event> events;
};

/// Everything that is shown, put together from what the others tell. Plain code: time is given,
/// on both clocks.
class house {
public:
  /// An event about detections of one camera and sign is told at most so often.
  static constexpr timespan event_pause = std::chrono::seconds{10};
  /// So long after its last event a camera counts as active.
  static constexpr timespan activity_span = std::chrono::minutes{5};

  /// A reading of both clocks.
  struct moment {
    monotonic now{};
    unix_seconds wall = 0;
  };

  /// `local_day`: see `discovery_settings`. `zones`: zone to ids of cameras.
  house(std::function<std::int64_t(unix_seconds)> local_day,
        std::map<std::string, std::set<std::string>> zones, const moment& start);

  [[nodiscard]] house_news take(const house_state& told, const moment& at);
  [[nodiscard]] house_news take(const house_camera& told, const moment& at);
  [[nodiscard]] house_news take(const house_camera_gone& told, const moment& at);
  [[nodiscard]] house_news take(const camera_sight& seen, const moment& at);
  [[nodiscard]] house_news take(const control_state& told, const moment& at);
  [[nodiscard]] house_news take(const alarm_event& told, const moment& at);
  [[nodiscard]] house_news take(const decision_record& told, const moment& at);
  [[nodiscard]] house_news take(const camera_changed& told, const moment& at);
  [[nodiscard]] house_news take(const camera_removed& told, const moment& at);
  /// What keeps the announcements from being what they should.
  [[nodiscard]] house_news take(const std::vector<problem>& own, const moment& at);

  /// Lets time pass: what counts no longer, a new day.
  [[nodiscard]] house_news advance(const moment& at);

  /// When `advance` has something to do at the earliest; the end of the day is looked for once
  /// a minute.
  [[nodiscard]] std::optional<monotonic> next_change() const;

  /// Takes up the counters of an earlier process.
  [[nodiscard]] house_news restore(const std::vector<store_record>& counters, const moment& at);

  /// Counters that have changed since they were asked for last, to be kept.
  [[nodiscard]] std::vector<store_record> changed_counters();

  /// By key. Cameras whose key another one has are not among them.
  [[nodiscard]] const std::map<std::string, camera_view>& cameras() const noexcept;
  [[nodiscard]] const hub_view& hub() const noexcept;
};

} // namespace firefinder
