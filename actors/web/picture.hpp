#pragma once

#include "actors/web/settings.hpp"
#include "messages/control.hpp"
#include "messages/decision.hpp"
#include "messages/drill.hpp"
#include "messages/house.hpp"
#include "messages/link.hpp"
#include "messages/web.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// Most points of a camera that are kept, the least time between two of them, and how long they
/// are told.
inline constexpr std::size_t max_points = 120;
inline constexpr double point_pause_s = 1;
inline constexpr double point_life_s = 600;

/// Least time between two events that tell of the state, or of the same camera.
inline constexpr timespan state_event_pause = std::chrono::milliseconds{500};
inline constexpr timespan camera_event_pause = std::chrono::seconds{1};

/// A camera, as the metrics tell of it.
struct known_camera {
  /// See `house_camera`.
  std::string key;
  bool online = false;
  bool agrees = false;
  unix_seconds blind_since = 0;
  /// False: the configuration or an operator has switched it off.
  bool enabled = true;
  /// Detections that counted.
  std::uint64_t detections = 0;
};

/// How the house stands, as it is told by HTTP: what was heard last, and what of it has changed
/// since it was told. Plain code, moments are given.
///
/// What has changed becomes an event by `publish`, once for all who follow, and has a number. Who
/// follows remembers the number up to which he was told, so that he gets of each camera the
/// latest, however slowly he reads.
class picture {
public:
  picture(web_settings settings, decision_language language);

  // -- what is heard ---------------------------------------------------------------

  void hear(const link_up& x, unix_seconds at);
  void hear(const link_down& x, unix_seconds at);
  void hear(const house_state& x);
  void hear(const house_cameras& x);
  void hear(const house_camera& x);
  void hear(const house_camera_gone& x);
  void hear(const camera_sights& x);
  void hear(const camera_sight& x);
  void hear(const control_state& x);
  void hear(const alarm_view& x);
  void hear(const decision_record& x);
  void hear(const drill_report& x);
  /// Whoever told of the house has ended; another one tells of it anew.
  void forget_house();

  // -- what is asked ---------------------------------------------------------------

  /// How everything stands, a JSON object.
  [[nodiscard]] std::string state(unix_seconds at) const;
  /// All cameras by name, with their points or without.
  [[nodiscard]] std::string cameras(bool history, unix_seconds at) const;
  /// One with its points, by its key; nothing: there is no such camera.
  [[nodiscard]] std::optional<std::string> camera(const std::string& key, unix_seconds at) const;
  /// A decision, a JSON object.
  [[nodiscard]] std::string decision(const decision_record& x) const;
  /// Whether it is linked to the broker and decides; otherwise why not, a sentence each.
  [[nodiscard]] std::vector<std::string> why_not_ready() const;

  [[nodiscard]] const house_state& house() const noexcept { return house_; }
  /// The last exercise, if there ever was one.
  [[nodiscard]] const std::optional<drill_report>& drill() const noexcept { return drill_; }
  [[nodiscard]] const alarm_view& alarm() const noexcept { return control_.alarm; }
  /// Links that were made again.
  [[nodiscard]] std::uint64_t reconnects() const noexcept { return links_ > 0 ? links_ - 1 : 0; }
  [[nodiscard]] bool is_linked() const noexcept { return link_up_; }
  /// Those that are shown, by key.
  [[nodiscard]] std::vector<known_camera> known_cameras() const;
  /// Everything that is wrong or worth knowing.
  [[nodiscard]] std::vector<problem> problems() const;

  // -- those who follow ------------------------------------------------------------

  /// Somebody begins to follow: from now on changes become events.
  void follow(monotonic now, unix_seconds at);
  /// Nobody follows any more.
  void rest();
  /// Makes events of what has changed and may be told.
  void publish(monotonic now, unix_seconds at);
  /// When there will be more to publish, if nothing else is heard.
  [[nodiscard]] std::optional<monotonic> due() const;
  /// The events after number `told`, the oldest first, which is then that of the last one. After
  /// 0 it is everything that stands.
  [[nodiscard]] std::vector<web_event> news(std::uint64_t& told) const;

private:
  struct point {
    unix_seconds t = 0;
    double area = 0;
    double growth = 0;
    double confidence = 0;
  };

  /// What those who follow were told of a camera last.
  struct told_camera {
    /// As it was told, and the number of that event.
    std::string text;
    std::uint64_t number = 0;
    monotonic at{};
    /// The newest point and the event with which it came, a JSON array.
    std::string point;
    std::uint64_t point_number = 0;
  };

  /// A house has thousands of these: they are kept small.
  struct entry {
    /// See `house_camera`; its id is that of the entry.
    std::string key;
    std::string name;
    camera_standing standing;
    unix_seconds blind_since = 0;
    unix_seconds last_detection = 0;
    std::uint64_t detections = 0;
    std::vector<point> points;
    /// Null: it was not told.
    std::unique_ptr<told_camera> told;
    std::optional<fire_sign> sign;
    bool expected = false;
    bool counts = true;
    bool online = false;
    bool by_frigate = false;
    bool point_waits = false;
  };
  using camera_entry = std::pair<const std::string, entry>;

  struct numbered {
    std::uint64_t number = 0;
    web_event event;
  };

  [[nodiscard]] nlohmann::ordered_json state_json(unix_seconds at) const;
  [[nodiscard]] nlohmann::ordered_json camera_json(const camera_entry& x) const;
  [[nodiscard]] std::string key_of(const std::string& subject) const;
  [[nodiscard]] nlohmann::ordered_json standing_json(const camera_standing& x) const;
  [[nodiscard]] const char* alarm_word() const;
  [[nodiscard]] bool is_enabled(const std::string& id) const;
  void mark(const std::string& id);
  void note_gone(const std::string& key);
  void publish_state(monotonic now, unix_seconds at);
  void publish_cameras(monotonic now);

  web_settings settings_;
  decision_language language_;
  bool link_up_ = false;
  unix_seconds link_since_ = 0;
  std::string link_reason_;
  std::string protocol_;
  std::uint64_t generation_ = 0;
  std::uint64_t links_ = 0;
  house_state house_;
  bool house_known_ = false;
  control_state control_;
  std::optional<drill_report> drill_;
  /// By id.
  std::map<std::string, entry> cameras_;
  std::map<std::string, camera_entry*> keys_;

  bool followed_ = false;
  std::uint64_t last_number_ = 0;
  bool state_waits_ = false;
  std::optional<monotonic> state_told_at_;
  std::string state_told_;
  numbered state_event_;
  std::set<std::string> waiting_;
  std::deque<numbered> decisions_;
  /// Keys that are gone, and the number of that event.
  std::map<std::string, std::uint64_t> gone_;
};

} // namespace firefinder
