#pragma once

#include "actors/consensus/cadence.hpp"
#include "actors/consensus/settings.hpp"
#include "actors/consensus/track.hpp"
#include "messages/detection.hpp"
#include "messages/store.hpp"

#include <boost/container/flat_map.hpp>
#include <boost/intrusive/set.hpp>

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace firefinder {

/// The cameras of one tracker: which are alive, which objects they follow, and
/// which of these are verified. The cost of a sighting depends neither on the number of
/// cameras nor on that of stored samples.
class tracking {
public:
  /// Most cameras that one tracker keeps.
  static constexpr std::size_t max_cameras = 65'536;
  /// Most objects that are followed per camera; past it the one that was not
  /// seen for longest is forgotten.
  static constexpr std::size_t max_tracks = 512;
  /// Most objects without a name of their own per camera.
  static constexpr std::size_t max_unnamed = 32;
  /// Objects that are followed over all cameras before each camera has to do with
  /// `min_tracks`: foreign names must not fill the memory.
  static constexpr std::size_t track_budget = 50'000;
  static constexpr std::size_t min_tracks = 8;
  /// Least overlap by which a box without a name continues a track. The value
  /// that pyronear's tracker uses for the same purpose.
  static constexpr double min_overlap = 0.1;
  /// Overlap by which a new name of a Frigate object continues one that still goes on:
  /// both are the same thing. One that has ended is continued from `min_overlap` on.
  static constexpr double same_overlap = 0.5;
  /// Frigate tells of each object at least about every 60 s. One of which it tells nothing
  /// for so long is gone, or Frigate is.
  static constexpr timespan frigate_silence = std::chrono::seconds{75};
  /// How far back an object of Frigate is looked at: it tells of a growing one every 5 to
  /// 12 s (measured: 4.3 messages in 30 s and 8.1 in 60 s at +50 % a minute).
  static constexpr timespan frigate_window = std::chrono::seconds{120};
  /// Least time between the first and the last sample of a trend.
  static constexpr timespan least_trend = std::chrono::seconds{10};
  /// Frames that the growth test looks at where the window adapts: on ignitions at a frame a
  /// minute 300 s hold 136 of 142 and 600 s hold 141.
  static constexpr std::uint32_t growth_frames = 10;
  /// Least window where it adapts.
  static constexpr timespan least_window = std::chrono::seconds{30};
  /// A camera that is said not to be there is missed after so many of its usual times between
  /// frames without a word, at least after `least_silence`, at most when it is offline.
  static constexpr std::int64_t missed_frames = 3;
  static constexpr timespan least_silence = std::chrono::seconds{10};
  /// How long what the rules said of an object that is not seen again is good enough to
  /// compare it with others.
  static constexpr timespan good_enough = std::chrono::seconds{1};

  /// How near to each other samples of an object are that a restart should know of, for long;
  /// farther where so many objects are in view that they would be more than `kept_a_second`
  /// together, but as near as the test of growth needs them in its window. An object may be ahead
  /// of that by `kept_ahead` of them: what has waited at a broker comes all at once.
  static constexpr timespan kept_spacing = std::chrono::milliseconds{100};
  static constexpr timespan most_kept_spacing = std::chrono::seconds{1};
  static constexpr std::int64_t kept_a_second = 500;
  static constexpr std::int64_t kept_ahead = 20;

  explicit tracking(const tracking_settings& settings) : settings_(settings) {}
  // Its cameras are linked into its deadlines.
  tracking(const tracking&) = delete;
  tracking& operator=(const tracking&) = delete;
  ~tracking() = default;

  /// A detection that was evidence.
  struct sighted {
    detection what;
    /// Growth of its object in its window: last area over first area; 0: too few samples.
    double growth = 0;
    /// Until when it is evidence, if nothing follows.
    monotonic until{};
  };

  /// What `add` has to say.
  struct outcome {
    std::optional<verdict> change;
    /// Whether it says more than that a verified fire is seen again.
    bool news = false;
    /// Whether a restart should know of it: of an object that is seen more often than
    /// `spacing` allows, only some samples.
    bool worth_keeping = false;
    /// The camera is new and there is no room for it.
    bool refused = false;
    /// Detections that were evidence, and such that only repeated the last one.
    std::uint32_t accepted = 0;
    std::uint32_t repeated = 0;
    /// Detections beyond what is followed in one frame: more than `max_unnamed` without a
    /// name, or a second one of an object.
    std::uint32_t surplus = 0;
    /// Detections of a camera that does not count.
    std::uint32_t switched_off = 0;
    /// Those that were evidence; see `watch`.
    std::vector<sighted> evidence{};
  };

  /// Takes a sighting. There is a verdict when the camera became known, came
  /// back, began or ceased to agree, agrees and detected something, or stands as it does
  /// for another reason than before.
  [[nodiscard]] outcome add(const sighting& seen);

  /// Takes back what an earlier process saw and lets time pass until `now`. Returns the
  /// verdict on every camera; one counts as caused by a detection when the camera's last
  /// one is later than `fresh`.
  [[nodiscard]] std::vector<verdict> restore(const std::vector<sighting>& seen, monotonic now,
                                             monotonic fresh);

  /// Lets time pass: cameras fall silent, samples leave their windows. Returns
  /// the verdicts that changed.
  [[nodiscard]] std::vector<verdict> advance(monotonic now);

  /// A Frigate instance is gone, or came back without a word of what it followed before:
  /// its objects are forgotten at `now`. Returns the verdicts that changed.
  [[nodiscard]] std::vector<verdict> forget_source(const std::string& source, monotonic now);

  /// From now on these cameras, and no others, are said not to be there by their network or
  /// their streams. Returns the verdicts that changed: see `verdict::missed`.
  [[nodiscard]] std::vector<verdict> doubt(std::set<std::string> cameras, monotonic now);

  /// From now on samples are looked at so far back at most, only these cameras have a vote
  /// (without a value all have), and the cameras `off` do not count: their evidence is forgotten,
  /// and what they see is only a sign of life. Returns the verdicts that changed; none of them
  /// counts as caused by a detection.
  [[nodiscard]] std::vector<verdict> tune(timespan window,
                                          std::optional<std::set<std::string>> registered,
                                          std::set<std::string> off, monotonic now);

  /// Forgets a camera, until something is heard of it. Returns the last verdict on it: it is
  /// silent and does not agree.
  [[nodiscard]] std::optional<verdict> forget_camera(const std::string& id, monotonic now);

  /// Whether `add` tells which detections were evidence.
  void watch(bool on) noexcept { watched_ = on; }

  /// These ids mean cameras of other ids from now on: each is forgotten when it has fallen
  /// silent and agrees no longer.
  void retire(const std::unordered_map<std::string, std::string>& synonyms);

  /// When `advance` has something to do at the earliest.
  [[nodiscard]] std::optional<monotonic> next_deadline() const;

  /// Figures of every camera at `now`.
  [[nodiscard]] std::map<std::string, camera_figures> figures(monotonic now) const;

  /// How this camera stands at `now`, or every camera if `id` is empty.
  [[nodiscard]] std::map<std::string, camera_standing> standings(const std::string& id,
                                                                 monotonic now) const;

private:
  /// What the rules say of one object.
  struct judgement {
    [[no_unique_address]] growth_figures growth;
    std::uint32_t samples_needed = 0;
    [[no_unique_address]] persistence_figures persistence;
    bool grows = false;
    bool persists = false;
    /// It was verified already, and needs less.
    bool eased = false;
    /// By time alone it changes at the earliest then.
    monotonic recheck = monotonic::max();
  };

  /// A name in `sources_`.
  using source_name = const std::string*;

  /// What there is only of an object whose source reports seldom and repeats itself
  /// (`detection::may_repeat`).
  struct seldom_reports {
    /// Its own frames.
    cadence frames;
    /// By which its source called it before.
    std::vector<std::string> former_names;
  };

  struct entry {
    /// What its source calls it, or a number of ours.
    std::string object;
    bool named = true;
    /// Its source calls it so.
    bool called = false;
    bool verified = false;
    /// Its source lost sight of it; a new name may continue it.
    bool ended = false;
    /// That message had a sample of it.
    bool sampled = false;
    fire_sign sign = fire_sign::fire;
    source_name source = nullptr;
    /// The last message of its camera in which it was seen.
    std::uint64_t message = 0;
    /// Null: its source reports often.
    std::unique_ptr<seldom_reports> seldom;
    /// What speaks for it, while it grows or stays.
    std::unique_ptr<object_evidence> evidence;
    /// What the rules said of it last, and when.
    judgement last{};
    monotonic judged_at = monotonic::min();
    /// The moment up to which samples are worth keeping.
    monotonic kept_up_to{};
    track samples;
  };

  using entries = std::list<entry>;

  /// The objects that a camera follows.
  struct followed {
    followed() : leading(tracks.end()) {}

    /// The one not seen for longest first.
    entries tracks;
    /// The object that is nearest to being verified; the end of `tracks`: none.
    entries::iterator leading;
    /// By the hash of each of their names; null: there were never many.
    using index = boost::container::flat_multimap<std::size_t, entries::iterator>;
    std::unique_ptr<index> named;
    std::vector<entries::iterator> unnamed;
    std::uint64_t next_unnamed = 0;
    /// In the order in which they were verified; at most `max_evidence`.
    std::vector<entries::iterator> verified;
  };

  /// Size of the frames of a Frigate instance.
  struct frame_size {
    source_name source = nullptr;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
  };

  /// When a camera had evidence last, and what; see `tracking_settings::agreement_window`.
  struct past_agreement {
    monotonic at = never;
    std::vector<object_evidence> evidence;
  };

  /// A tracker has thousands of these: they are kept small.
  struct camera {
    /// Its place in `deadlines_`, and its moment there.
    boost::intrusive::set_member_hook<boost::intrusive::optimize_size<true>> place;
    monotonic due{};
    /// The key under which it stands in `cameras_`.
    const std::string* id = nullptr;
    monotonic first_seen{};
    monotonic last_seen{};
    monotonic last_detection = never;
    bool online = false;
    /// It is said not to be there.
    bool doubted = false;
    /// It goes by another id now.
    bool retired = false;
    /// Its detections do not count.
    bool off = false;
    /// What was told of it last.
    bool agreed = false;
    bool was_online = false;
    bool was_missed = false;
    standing_reason reason = standing_reason::nothing_seen;
    std::uint64_t total_detections = 0;
    /// Counts what it says of what it sees.
    std::uint64_t message = 0;
    cadence frames;
    /// Number of the frame that the present message is part of.
    std::uint64_t present_frame = 0;
    /// Size of the frames of each Frigate instance that sees it.
    std::forward_list<frame_size> sizes;
    /// Null: it had none, or nobody goes by it.
    std::unique_ptr<past_agreement> before;
    /// Null: none, as mostly.
    std::unique_ptr<followed> objects;

    [[nodiscard]] bool has_verified() const noexcept {
      return objects != nullptr && !objects->verified.empty();
    }
  };

  /// By when they are due; those of one moment in the order in which they came.
  struct due_of {
    using type = monotonic;
    const type& operator()(const camera& c) const noexcept { return c.due; }
  };
  using deadlines = boost::intrusive::multiset<
      camera,
      boost::intrusive::member_hook<
          camera, boost::intrusive::set_member_hook<boost::intrusive::optimize_size<true>>,
          &camera::place>,
      boost::intrusive::key_of_value<due_of>, boost::intrusive::constant_time_size<false>>;

  [[nodiscard]] source_name source_of(const std::string& source);
  /// Where a new detection belongs.
  void take_frame(camera& c, const sighting& seen, outcome& result);
  void take_size(camera& c, const sighting& seen);
  void restart(camera& c, source_name source, monotonic at);
  void end_objects(camera& c, const sighting& seen);
  void sample(camera& c, entries::iterator which, const detection& found, const sighting& seen,
              outcome& result);
  [[nodiscard]] timespan spacing() const noexcept;
  [[nodiscard]] static std::uint64_t frame_of(const camera& c, entry& which, const sighting& seen);
  [[nodiscard]] static bool is_called(const entry& which, const std::string& name);
  [[nodiscard]] static entries::iterator track_called(camera& c, const std::string& name);
  static void call(camera& c, entries::iterator which, const std::string& name);
  static void forget_name(camera& c, entries::iterator which, const std::string& name);
  entries::iterator named_track(camera& c, const detection& found, const sighting& seen);
  entries::iterator continued_track(camera& c, const detection& found, const sighting& seen);
  entries::iterator new_track(camera& c, const detection& found, const sighting& seen);
  void forget(camera& c, entries::iterator which);
  void forget_oldest(camera& c);
  void forget_stale(camera& c, monotonic now);
  void forget_all(camera& c);
  void judge_verified(camera& c, monotonic at);
  void judge(camera& c, entries::iterator which, monotonic at);
  [[nodiscard]] judgement judged(const camera& c, const entry& which, monotonic at) const;
  [[nodiscard]] judgement judged_by(const camera& c, const entry& which, monotonic at) const;
  [[nodiscard]] double growth_needed(const judgement& j) const noexcept;
  [[nodiscard]] double progress_of(const entry& which) const noexcept;
  [[nodiscard]] timespan window_of(const camera& c) const;
  [[nodiscard]] timespan window_of(const camera& c, const entry& which) const;
  [[nodiscard]] timespan memory_of(const camera& c, const entry& which) const;
  [[nodiscard]] timespan patience_with(const camera& c) const;
  [[nodiscard]] bool is_missed(const camera& c, monotonic at) const;
  void drop(camera& c);
  [[nodiscard]] bool has_vote(const camera& c) const;
  [[nodiscard]] bool is_latched(const camera& c, monotonic at) const;
  [[nodiscard]] bool agrees(const camera& c, monotonic at) const;
  [[nodiscard]] const entry* strongest(const camera& c) const;
  [[nodiscard]] standing_reason reason_of(const camera& c, const entry* strongest,
                                          const judgement& j, monotonic at) const;
  [[nodiscard]] camera_standing standing_of(const camera& c, monotonic at) const;
  std::optional<verdict> changed(camera& c, bool by_detection, monotonic at);
  [[nodiscard]] verdict verdict_of(const camera& c, bool by_detection, monotonic at) const;
  [[nodiscard]] std::optional<monotonic> due(const camera& c) const;
  void schedule(camera& c);

  tracking_settings settings_;
  std::unordered_map<std::string, camera> cameras_;
  /// Those who tell of objects: the detectors, and the Frigate instances of the configuration, of
  /// this one and the one before.
  std::set<std::string> sources_;
  std::set<std::string> doubted_;
  std::set<std::string> off_;
  bool watched_ = false;
  /// Each camera's earliest moment of change, or one before it: it is put off
  /// when that moment comes, not with every sighting.
  deadlines deadlines_;
  std::size_t tracks_ = 0;
  /// Time never runs backwards. Each camera has a time of its own beside it, because
  /// what waited at the broker is judged as of the moment when it happened.
  monotonic now_{};
};

} // namespace firefinder
