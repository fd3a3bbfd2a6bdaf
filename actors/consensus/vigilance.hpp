#pragma once

#include "actors/consensus/devices.hpp"
#include "actors/consensus/settings.hpp"
#include "messages/control.hpp"
#include "messages/detection.hpp"
#include "messages/frigate.hpp"
#include "messages/problem.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// What is missing: cameras, zones, Frigate, the link, the store; and how many cameras
/// must agree while it is missing. Hears changes only; each costs the logarithm of the
/// number of cameras, and so does nothing that a detection causes.
///
/// Nobody has been heard of when a process starts. So cameras and zones are judged when
/// `camera_timeout` has passed since the first link, and the threshold is reduced only
/// when it has passed since the last one: until then a camera that is alone may only be
/// the first.
class vigilance {
public:
  /// Silence after which a Frigate instance that was heard before is taken for dead: it
  /// tells its statistics every 60 s, and three of them may be lost.
  static constexpr timespan frigate_silence = std::chrono::seconds{180};

  /// Most cameras that are watched.
  static constexpr std::size_t max_cameras = 65'536;

  /// Most cameras that `problems` names as offline.
  static constexpr std::size_t max_named = 100;

  /// Most problems with cameras that one Frigate instance is told to have.
  static constexpr std::size_t max_against_cameras = 100;

  /// A problem whose beginning is told by the monotonic clock; `what.since` is 0.
  struct finding {
    problem what;
    monotonic since{};
  };

  vigilance(const consensus_settings& settings, monotonic start);
  vigilance(const vigilance&) = delete;
  vigilance& operator=(const vigilance&) = delete;

  /// How long a camera that was found in the network may go without anybody looking at what it
  /// sees, before that is told.
  static constexpr timespan detector_grace = std::chrono::minutes{10};

  /// Most such cameras that are named.
  static constexpr std::size_t max_undetected = 5;

  /// A tracker says whether it hears this camera, and whether it misses it
  /// (`verdict::missed`). Returns whether anything changed.
  bool camera(const std::string& id, bool online, monotonic now, bool missed = false);

  /// Camera detection tells of a camera, or that it is no longer known so. Returns what that
  /// changed.
  known_devices::change found(const camera_facts& device, monotonic now);
  known_devices::change lost(const camera_removed& device, monotonic now);

  /// Which camera a name means.
  [[nodiscard]] const camera_identity& identity() const noexcept { return devices_.identity(); }

  /// The cameras in the network.
  [[nodiscard]] const known_devices& devices() const noexcept { return devices_; }

  /// People call the camera `name`. The first name that is told stays.
  void name(const std::string& id, const std::string& name);

  /// What people call it; the id when nobody said otherwise.
  [[nodiscard]] const std::string& shown(const std::string& id) const;

  /// A Frigate instance shows that it is alive, or gone.
  void frigate(const frigate_sign& sign, monotonic now);

  /// The API of a Frigate instance told of its cameras, or cannot be asked.
  void frigate_api(const frigate_cameras& told, monotonic now);

  /// The link came up, or went down for this reason.
  void link_up(monotonic now);
  void link_down(const std::string& reason, monotonic now);

  /// How the store is; none: it does not answer.
  void store(const std::optional<store_figures>& figures, monotonic now);

  /// Goes by what operators have changed: how many must agree, which confidence counts, which
  /// cameras are expected. Those that do not count are not missed.
  void tune(const decision_tuning& tuning, monotonic now);

  /// Forgets a camera that no tracker hears, until something is heard of it.
  void forget(const std::string& id, monotonic now);

  /// Cameras of which something has changed since this was asked last, or that are no longer
  /// known by these ids.
  [[nodiscard]] std::set<std::string> take_changed() { return std::exchange(changed_, {}); }

  /// What is known of one camera.
  struct view {
    bool online = false;
    /// Its detections count.
    bool counts = true;
    /// Frigate looks at its pictures.
    bool by_frigate = false;
    /// Since when it is blind; none: it is not, or nobody has waited for it.
    std::optional<monotonic> blind_since;
    /// Other ids by which trackers hear it.
    std::vector<std::string> heard;
  };

  /// Of a camera of the configuration, one that is expected or was heard, or one that was found
  /// in the network; none: it is none of these.
  [[nodiscard]] std::optional<view> look_at(const std::string& id) const;

  /// The ids of all of these.
  [[nodiscard]] std::set<std::string> known() const;

  /// Cameras that are expected or were ever heard, and those of them that are online, also such
  /// as do not count.
  [[nodiscard]] std::size_t watched_cameras() const noexcept { return cameras_.size(); }
  [[nodiscard]] std::uint32_t present() const noexcept { return present_; }

  /// Whether any Frigate instance was ever heard, and whether all that were are there.
  [[nodiscard]] bool frigate_known() const noexcept;
  [[nodiscard]] bool frigate_online() const noexcept;

  /// Lets time pass.
  void advance(monotonic now);

  /// When `advance` has something to do at the earliest.
  [[nodiscard]] std::optional<monotonic> next_change() const;

  /// Cameras that must agree at the moment; at least 1.
  [[nodiscard]] std::uint32_t threshold() const noexcept;
  [[nodiscard]] bool reduced() const noexcept { return threshold() < configured_; }

  /// Cameras that are online and count.
  [[nodiscard]] std::uint32_t online() const noexcept { return online_; }

  /// What makes an alarm uncertain. Its cost does not depend on the number of cameras, but on
  /// that of those that are missing in the network.
  [[nodiscard]] std::vector<finding> troubles() const;

  /// All of it, with what is only worth knowing.
  [[nodiscard]] std::vector<finding> findings() const;

  /// Every camera that is expected or was ever heard, and since when it is blind.
  [[nodiscard]] std::map<std::string, std::pair<bool, monotonic>> cameras() const;

  /// Tells of each of them in turn: its id, whether it is online, and since when it is blind.
  template <class Listener>
  void each_camera(const Listener& tell) const {
    for (const auto& [id, c] : cameras_)
      tell(id, c.online(), c.blind_since);
  }

  /// A zone of the configuration.
  struct zone {
    std::vector<std::string> cameras;
    /// How many of them are online.
    std::size_t online = 0;
    /// Since when none is.
    monotonic blind_since{};
  };
  [[nodiscard]] const std::map<std::string, zone>& zones() const noexcept { return zones_; }

  /// When a Frigate instance was last heard; none: never.
  [[nodiscard]] std::optional<monotonic> frigate_heard() const noexcept;

private:
  /// The ids by which trackers hear a camera, and whether they miss it. Mostly it is heard by its
  /// own, if at all, and of that nothing is to be kept but this.
  struct hearing {
    std::unique_ptr<std::map<std::string, bool>> others;
    std::optional<bool> itself;

    [[nodiscard]] bool empty() const noexcept { return !itself && !others; }
    [[nodiscard]] std::optional<bool> missed_as(const std::string& name, bool own) const;
    void put(const std::string& name, bool own, bool missed);
    void add(const hearing& more);
    void erase(const std::string& name, bool own);
  };

  /// There may be thousands of these: they are kept small.
  struct watched {
    [[no_unique_address]] hearing heard;
    /// A Frigate instance saw it when it counted its cameras last.
    bool by_frigate = false;
    /// Somebody has heard or seen it at some time.
    bool ever : 1 = false;
    /// Its detections do not count.
    bool off : 1 = false;
    /// It was told what people call it: the first counts.
    bool named : 1 = false;
    /// Frigate instances that see it.
    std::uint32_t seen_by = 0;
    monotonic missed_since{};
    monotonic blind_since{};
    /// What that is; null: as its id.
    std::unique_ptr<const std::string> name{};

    [[nodiscard]] bool online() const noexcept { return !heard.empty() || seen_by != 0; }
    [[nodiscard]] bool missed() const noexcept;
  };

  /// What keeps a Frigate instance from looking for objects of a camera.
  struct obstacle {
    /// The camera, as the instance calls it.
    std::string spelled;
    bool switched_off = false;
    bool does_not_work = false;
    monotonic since{};
  };

  struct instance {
    bool known = false;
    /// When it last showed that it is alive, or was first told to be.
    monotonic last{};
    std::optional<monotonic> offline_since;
    bool silent = false;
    /// The cameras that it counted last, each with what it calls it, and until when that counts.
    std::map<std::string, std::set<std::string>> cameras;
    monotonic counts_until{};
    /// Cameras in which it does not look for objects; at most `max_counted_cameras`.
    std::map<std::string, obstacle> obstacles;
    /// How far its clock is behind ours, in seconds; 0: not worth a word.
    double clock_lag_s = 0;
    monotonic lag_since{};
    /// Why its API cannot be asked, and since when; empty: it can, or nobody asks.
    std::string api_failure;
    monotonic api_failed_since{};
    /// What its API tells against its cameras; troubles first.
    std::vector<finding> against_cameras;
    /// All that it told last.
    frigate_cameras told;
  };

  [[nodiscard]] std::vector<finding> judged(const frigate_cameras& told,
                                            const std::vector<finding>& before) const;
  watched* find_or_add(const std::string& id);
  void changed(const std::string& id, const watched& camera, bool was_online);
  void count(const std::string& id, bool is_online);
  void gather_zones();
  void switch_cameras();
  void expect_added();
  void count_votes(const std::string& id, bool is_online);
  void release(instance& of);
  void release(const std::string& id);
  void hear_of_camera(instance& x, const frigate_sign& sign);
  void hear_of_clock(instance& x, double lag_s);
  [[nodiscard]] finding clock_finding(const std::string& prefix, const instance& x) const;
  [[nodiscard]] bool loses_by_clock(const instance& x) const noexcept;
  void add_frigate_notices(std::vector<finding>& to) const;
  [[nodiscard]] bool judges_cameras() const noexcept;
  void add_camera_notices(std::vector<finding>& to) const;
  void add_unreachable(std::vector<finding>& to, bool trouble) const;
  void add_undetected(std::vector<finding>& to) const;
  void take_over(const known_devices::change& news);
  [[nodiscard]] const std::string& meant_by(const std::string& id) const;
  [[nodiscard]] std::map<std::string, watched> regrouped();
  void regroup();
  [[nodiscard]] std::optional<finding> unreachable(const std::string& id) const;

  std::uint32_t configured_;
  /// Smallest confidence that counts, the cameras of the configuration, what operators have
  /// changed, and the cameras that do not count.
  double min_confidence_;
  std::map<std::string, camera_settings> configured_cameras_;
  decision_tuning tuning_;
  std::set<std::string> off_;
  std::set<std::string> changed_;
  degraded_policy policy_;
  known_devices devices_;
  /// Cameras of which their network or their streams say that they are not there.
  std::set<std::string> missing_;
  std::set<std::string> device_ids_;
  timespan max_age_;
  timespan timeout_;
  monotonic start_;
  /// Time never runs backwards.
  monotonic now_;
  std::map<std::string, watched> cameras_;
  std::uint32_t online_ = 0;
  std::uint32_t present_ = 0;
  /// Witnesses by camera, cameras that have a vote, and zones where they divide the votes.
  std::map<std::string, std::string> witnesses_;
  std::optional<std::set<std::string>> registered_;
  std::optional<std::set<std::string>> configured_registered_;
  std::map<std::string, std::vector<std::string>> voting_zones_;
  bool by_zone_;
  /// Witnesses with a camera that is online.
  struct voting {
    /// To how many are.
    std::map<std::string, std::uint32_t> witnesses;
    /// Cameras that are a witness each.
    std::uint32_t lone_cameras = 0;
  };
  /// By zone; empty: none, or all.
  std::map<std::string, voting> voters_;
  /// All witnesses that have a name of their own.
  std::set<std::string> witness_names_;
  /// Votes that can come together at the moment.
  std::uint32_t able_ = 0;
  /// Since when fewer are online than the configured threshold, and none is.
  monotonic few_since_;
  monotonic none_since_;
  /// Camera to its zones, as JSON values.
  std::map<std::string, std::vector<std::string>> zone_settings_;
  std::map<std::string, zone> zones_;
  std::map<std::string, std::vector<zone*>> zones_of_;
  std::map<std::string, instance> frigates_;
  bool link_is_up_ = false;
  std::string link_reason_ = "not connected yet";
  monotonic link_down_since_;
  /// From when on cameras are judged, and the threshold may be reduced.
  std::optional<monotonic> judge_from_;
  monotonic reduce_from_{};
  std::optional<problem> store_trouble_;
  monotonic store_since_{};
  std::string set_aside_;
  monotonic set_aside_since_{};
};

} // namespace firefinder
