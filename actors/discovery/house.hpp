#pragma once

#include "actors/discovery/camera_groups.hpp"
#include "actors/discovery/camera_list.hpp"
#include "actors/discovery/day_counters.hpp"
#include "actors/discovery/pacer.hpp"
#include "actors/discovery/shared_value.hpp"
#include "messages/announce.hpp"
#include "messages/camera.hpp"
#include "messages/control.hpp"
#include "messages/decision.hpp"
#include "messages/house.hpp"
#include "messages/link.hpp"
#include "messages/store.hpp"
#include "messages/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// What is shown of a `camera_sight` for as long as there is no newer one.
struct shown_sight {
  shown_sight() = default;
  shown_sight(const camera_sight& x)
    : newest{x.newest.object, x.newest.sign, x.newest.confidence, x.newest.area}, source(x.source),
      growth(x.growth), at(x.at) {}

  struct detected {
    std::string object;
    fire_sign sign = fire_sign::fire;
    double confidence = 0;
    double area = 0;

    friend bool operator==(const detected&, const detected&) = default;
  };
  detected newest;
  std::string source;
  double growth = 0;
  unix_seconds at = 0;

  friend bool operator==(const shown_sight&, const shown_sight&) = default;
};

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
  shared_value<shown_sight> newest;
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
  shared_value<camera_facts> device;
  /// What keeps it from seeing a fire, for people; empty: nothing.
  std::string problem;

  friend bool operator==(const camera_view&, const camera_view&) = default;
};

/// What is shown of the house.
struct hub_view {
  house_state house;
  control_state control;
  /// One word, the first of these that is true. What is seen comes before what was switched: a
  /// fire must be visible also where triggers are switched off.
  /// - `confirmed`: enough cameras agree, and no pause keeps them from being an alarm of their
  ///   own;
  /// - `cooldown`: the pause after a trigger runs;
  /// - `suspected`: some agree;
  /// - `disarmed`: triggers are switched off, which is more than a trouble: there is no alarm;
  /// - `degraded`: there is a trouble;
  /// - `idle`.
  std::string state = "idle";
  /// Of the house, of camera detection and of the announcements.
  std::vector<problem> troubles;
  std::vector<problem> notices;
  /// Every camera that is shown, by key.
  camera_list cameras;
  std::uint32_t cameras_total = 0;
  std::uint32_t cameras_online = 0;
  std::uint32_t cameras_detecting = 0;
  /// Wall clock when something of this changed last; 0: nothing did.
  unix_seconds changed_at = 0;
  /// Wall clock when the process started.
  unix_seconds started_at = 0;
  /// What the newest link speaks; empty: there was none yet.
  std::string protocol;
  /// Operators want announcements.
  bool announced = true;
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
/// on both clocks. What comes later never has an earlier `moment::now`.
///
/// A camera is shown by the key that consensus gave it. One that only the network knows has the
/// `camera_key` of its id there, unless another has that: of two such cameras the first one is
/// shown, and one by which decisions go before both. What is not shown is told as a notice:
/// `camera_key_collision`, `cameras_not_shown`.
///
/// An event about a camera tells of a change, not of what is found at the start: cameras come,
/// go, and are renamed without one until `settle_span` has passed since the first `house_state`;
/// those of which an earlier process has told (`restore`) are not new. A camera that comes
/// online is told when it was seen to be away, one that goes offline when it was there.
///
/// Time: a detection costs the logarithm of the number of cameras, what is decided about cameras
/// costs their number.
class house {
public:
  /// An event about detections of one camera and sign is told at most so often.
  static constexpr timespan event_pause = std::chrono::seconds{10};
  /// So long after its last event a camera counts as active.
  static constexpr timespan activity_span = std::chrono::minutes{5};
  /// That a camera was seen is shown at most so often, if nothing else about it changes.
  static constexpr timespan seen_pause = std::chrono::minutes{1};
  /// Where cameras see all the time, so many of them a second are shown with what was counted
  /// since, in turn, after a burst and some at once. What people act on does not wait for that.
  static constexpr timespan counts_interval = std::chrono::milliseconds{20};
  static constexpr std::uint32_t counts_burst = 50;
  static constexpr std::size_t counts_bundle = 10;
  /// Of so many cameras a minute it is shown anew how long they are still snoozed, in turn.
  static constexpr std::size_t max_snoozed_a_minute = 200;
  /// So long after the start everything is found that was there before.
  static constexpr timespan settle_span = std::chrono::seconds{10};
  /// So long whoever decides anew has to tell of the cameras.
  static constexpr timespan retell_span = std::chrono::minutes{5};
  /// A list of more cameras than these is made anew at most once in `list_pause`.
  static constexpr std::size_t small_list = 64;
  static constexpr timespan list_pause = std::chrono::seconds{1};
  /// Longest name of a camera, in characters.
  static constexpr std::size_t max_name = 120;

  /// A reading of both clocks.
  struct moment {
    monotonic now{};
    unix_seconds wall = 0;
  };

  /// `local_day`: see `discovery_settings`. `zones`: zone to ids of cameras. `started_at`: see
  /// `hub_view`; 0: `start`.
  house(std::function<std::int64_t(unix_seconds)> local_day,
        std::map<std::string, std::set<std::string>> zones, const moment& start,
        unix_seconds started_at = 0);

  /// Other names of the cameras of the configuration, by id. Without them a device that is a
  /// camera of another name only by the configuration is shown beside it. To be called before
  /// anything is taken.
  void configure(const std::map<std::string, std::set<std::string>>& aliases);

  [[nodiscard]] house_news take(const house_state& told, const moment& at);
  [[nodiscard]] house_news take(const house_camera& told, const moment& at);
  [[nodiscard]] house_news take(const house_camera_gone& told, const moment& at);
  [[nodiscard]] house_news take(const camera_sights& seen, const moment& at);
  [[nodiscard]] house_news take(const control_state& told, const moment& at);
  [[nodiscard]] house_news take(const alarm_event& told, const moment& at);
  [[nodiscard]] house_news take(const decision_record& told, const moment& at);
  [[nodiscard]] house_news take(const camera_changed& told, const moment& at);
  [[nodiscard]] house_news take(const camera_removed& told, const moment& at);
  [[nodiscard]] house_news take(const link_up& told, const moment& at);
  /// Who decides is another one from now on, and tells everything again: cameras of which it has
  /// told nothing by the end of `retell_span` are known there no more.
  void begin_anew(const moment& at);

  /// Operators want announcements from now on, or no more.
  void announce(bool on) noexcept { hub_.announced = on; }

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
  [[nodiscard]] const std::map<std::string, camera_view>& cameras() const noexcept {
    return views_;
  }
  [[nodiscard]] const hub_view& hub() const noexcept { return hub_; }

private:
  static constexpr monotonic never = monotonic::min();

  /// What one sign, fire or smoke, is at a camera.
  struct sign_watch {
    /// It counts until then; `never`: it does not.
    monotonic until = never;
    /// When the next event may be told.
    monotonic next_event = never;
  };

  /// A camera that was shown under another key, and is this one now.
  struct former_camera {
    std::string key;
    std::string name;
    camera_counts counts;
  };

  /// A camera, by its home (`camera_groups`).
  struct camera {
    /// Under which it is shown; empty: it is not.
    std::string key;
    std::array<sign_watch, 2> signs;
    shared_value<shown_sight> newest;
    unix_seconds last_seen = 0;
    /// When `last_seen` was shown last.
    monotonic seen_shown = never;
    monotonic active_until = never;
    /// In `due_`; `never`: it is not there.
    monotonic due = never;
    std::unique_ptr<former_camera> former;
    /// Orders cameras by when they came.
    std::uint32_t number = 0;
    /// `last_seen` has changed since it was shown.
    bool seen_waits = false;
    /// It is in `counted_`.
    bool counted = false;
    /// It was there, or was missed, in this process.
    bool was_online = false;
    bool was_missed = false;
  };
  using entry = std::pair<const std::string, camera>;

  /// Why a camera is not shown.
  struct not_shown {
    enum class reason : std::uint8_t { collision, no_key, no_room };
    reason why = reason::collision;
    /// The camera that has the key.
    std::string other;
    unix_seconds since = 0;
  };

  /// A detection of a camera that nobody has told of yet.
  struct early_sight {
    camera_sight seen;
    moment at;
  };

  /// What was told of the decision since nobody saw a fire.
  struct episode {
    std::uint32_t agreeing = 0;
    bool open = false;
    std::set<decision_reason> suppressed;
    std::string trigger_id;
  };

  void pass(const moment& at, house_news& news);
  void count_down(house_news& news);
  void forget_untold(const moment& at, house_news& news);
  void finish(const moment& at, house_news& news);
  void regroup(const camera_groups::ids& homes, const moment& at, house_news& news);
  void inherit(entry& heir, camera&& former, const moment& at, house_news& news);
  [[nodiscard]] entry& arrival(const std::string& home);
  void refresh(entry& x, const moment& at, house_news& news);
  [[nodiscard]] bool place(entry& x, const moment& at, house_news& news);
  [[nodiscard]] entry* holder_of(const std::string& key);
  void retire(camera& x, house_news& news);
  void take_sight(const camera_sight& seen, const moment& at, house_news& news);
  [[nodiscard]] bool see(entry& x, const camera_sight& seen, const moment& at, house_news& news);
  [[nodiscard]] bool has_turn(entry& x, const moment& at);
  void show_counted(const moment& at, house_news& news);
  void show_wishes(const moment& at, house_news& news);
  void show(entry& x, const moment& at, house_news& news);
  [[nodiscard]] camera_view view_of(const entry& x) const;
  void copy_counts(camera_view& view) const;
  void recall(camera& x, const moment& at);
  [[nodiscard]] static bool has_ended(const camera& x, const moment& at) noexcept;
  void schedule(entry& x);
  void tell(house_event::kind what, const camera_view& view, std::string detail, const moment& at,
            house_news& news) const;
  static void tell_decision(house_event::kind what, const decision_record& told, house_news& news);
  [[nodiscard]] bool is_muted(const entry& x) const;
  [[nodiscard]] bool settled(const moment& at) const noexcept;
  void count(const camera_view& view, bool is_there);
  void gather(const moment& at, house_news& news);
  [[nodiscard]] monotonic list_due() const;
  [[nodiscard]] std::vector<problem> own_notices() const;

  std::map<std::string, std::set<std::string>> zones_;
  camera_groups groups_;
  day_counters counters_;
  std::map<std::string, camera> cameras_;
  std::uint32_t last_number_ = 0;
  std::map<std::string, camera_view> views_;
  std::map<std::string, not_shown> not_shown_;
  /// Cameras of which there are too many; bounded as well.
  std::map<std::string, unix_seconds> refused_;
  /// A key became free, or room.
  bool room_made_ = false;
  std::map<std::pair<std::string, fire_sign>, early_sight> early_;
  /// Before it none of them is too old.
  std::optional<monotonic> early_ends_;
  std::set<std::pair<monotonic, std::string>> due_;
  /// Cameras of which something was counted that is not shown yet, in the order of their turns.
  std::deque<entry*> counted_;
  pacer counts_pace_{counts_interval, counts_burst};
  monotonic next_minute_;
  /// The minute of the wall clock that is passing.
  double minute_ = 0;
  /// When the first `house_state` was taken.
  std::optional<monotonic> first_told_;
  bool control_told_ = false;
  /// Ids of the cameras of which the one who decides now has told nothing, and how long it may.
  std::set<std::string> untold_;
  std::optional<monotonic> retold_by_;
  /// Home of the camera to when its snooze, or that of its zone, ends.
  std::map<std::string, unix_seconds> snoozed_;
  /// The last of them of which it was shown anew how long it is snoozed.
  std::string counted_down_;
  std::vector<problem> own_;
  episode episode_;
  std::uint64_t last_event_ = 0;
  /// Of the views.
  std::uint32_t online_ = 0;
  std::uint32_t detecting_ = 0;
  hub_view hub_;
  /// Something that the hub shows has changed, or of that what `hub_view::cameras` lists.
  bool hub_changes_ = false;
  bool list_changes_ = false;
  /// When the list of cameras was made last.
  std::optional<monotonic> list_made_;
};

} // namespace firefinder
