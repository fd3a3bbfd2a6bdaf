#pragma once

#include "actors/consensus/settings.hpp"
#include "actors/consensus/track.hpp"
#include "messages/detection.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace firefinder {

/// The cameras of one tracker: which are alive, which objects they follow, and
/// which of these grow. The cost of a sighting depends neither on the number of
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

  explicit tracking(const tracking_settings& settings) : settings_(settings) {}

  /// What `add` has to say.
  struct outcome {
    std::optional<verdict> change;
    /// Whether it says more than that a growing fire is seen again.
    bool news = false;
    /// The camera is new and there is no room for it.
    bool refused = false;
    /// Detections that were evidence, and such that only repeated the last one.
    std::uint32_t accepted = 0;
    std::uint32_t repeated = 0;
  };

  /// Takes a sighting. There is a verdict when the camera became known, came
  /// back, began or ceased to have a verified object, or has one and detected
  /// something.
  [[nodiscard]] outcome add(const sighting& seen);

  /// Takes back what an earlier process saw and lets time pass until `now`. Returns the
  /// verdict on every camera; one counts as caused by a detection when the camera's last
  /// one is later than `fresh`.
  [[nodiscard]] std::vector<verdict> restore(const std::vector<sighting>& seen, monotonic now,
                                             monotonic fresh);

  /// Lets time pass: cameras fall silent, samples leave their windows. Returns
  /// the verdicts that changed.
  [[nodiscard]] std::vector<verdict> advance(monotonic now);

  /// When `advance` has something to do at the earliest.
  [[nodiscard]] std::optional<monotonic> next_deadline() const;

  /// Figures of every camera at `now`.
  [[nodiscard]] std::map<std::string, camera_figures> figures(monotonic now) const;

private:
  struct entry {
    std::string object;
    bool named = true;
    bool verified = false;
    /// The last frame of its camera in which it was seen.
    std::uint64_t frame = 0;
    object_evidence evidence;
    track samples;
  };

  using entries = std::list<entry>;

  struct camera {
    std::string id;
    monotonic first_seen{};
    monotonic last_seen{};
    std::optional<monotonic> last_detection;
    bool online = false;
    std::uint64_t total_detections = 0;
    std::uint64_t next_unnamed = 0;
    /// Counts its frames.
    std::uint64_t frame = 0;
    /// The one not seen for longest first.
    entries tracks;
    std::unordered_map<std::string, entries::iterator> named;
    std::vector<entries::iterator> unnamed;
    /// In the order in which they were verified; at most `max_evidence`.
    std::vector<entries::iterator> verified;
    /// Where the camera stands in `deadlines_`.
    std::multimap<monotonic, camera*>::iterator deadline;
  };

  void take_frame(camera& c, const sighting& seen, outcome& result);
  void sample(camera& c, entries::iterator which, const detection& found, outcome& result);
  entries::iterator named_track(camera& c, const std::string& object);
  entries::iterator new_track(camera& c, const detection& found);
  void forget_oldest(camera& c);
  void forget_stale(camera& c, monotonic now);
  void judge(camera& c, entries::iterator which, monotonic at);
  [[nodiscard]] verdict verdict_of(const camera& c, bool by_detection, monotonic at) const;
  [[nodiscard]] std::optional<monotonic> due(const camera& c) const;
  void schedule(camera& c);

  tracking_settings settings_;
  std::unordered_map<std::string, std::unique_ptr<camera>> cameras_;
  /// Each camera's earliest moment of change, or one before it: it is put off
  /// when that moment comes, not with every sighting.
  std::multimap<monotonic, camera*> deadlines_;
  std::size_t tracks_ = 0;
  /// Time never runs backwards. Each camera has a time of its own beside it, because
  /// what waited at the broker is judged as of the moment when it happened.
  monotonic now_{};
};

} // namespace firefinder
