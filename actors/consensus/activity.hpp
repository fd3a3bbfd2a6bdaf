#pragma once

#include "actors/consensus/decode.hpp"
#include "actors/consensus/identity.hpp"
#include "actors/consensus/settings.hpp"
#include "messages/detection.hpp"
#include "messages/frigate.hpp"
#include "messages/link.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder {

/// One object in a Frigate's `camera_activity`, as it is at the moment.
struct activity_sample {
  std::string id;
  /// Area of its box in pixels of the detect resolution.
  double area_px = 0;
  /// Score of the present frame, 0..1.
  double score = 0;
};

/// The objects in a payload of `camera_activity`, at most `max_activity_samples`; none in
/// one that is something else. Entries without id, area or score are passed over.
[[nodiscard]] std::vector<activity_sample> activity_samples(std::string_view payload);

/// Most objects of one payload that are looked at.
inline constexpr std::size_t max_activity_samples = 1'000;

/// Makes samples of `<prefix>/camera_activity`, which Frigate 0.15 and later publishes when
/// somebody asks by `<prefix>/onConnect`: every object's present area and score, at our pace
/// and not at that of its events. It tells neither box nor time nor frame size. So an object
/// counts only when its place is known, from its last event or from Frigate's API: its box is
/// then taken to have grown about its centre.
class activity {
public:
  /// Most objects whose place is remembered; past it, that which was noted first is
  /// forgotten.
  static constexpr std::size_t max_places = 1'000;

  explicit activity(const acceptance_settings& settings)
    : prefixes_(settings.frigate_prefixes), min_confidence_(settings.min_confidence),
      min_area_ratio_(settings.min_area_ratio), cameras_(settings.cameras),
      identity_(settings.cameras) {}

  /// Whether a topic ends as those that `read` takes.
  [[nodiscard]] static bool is_activity(std::string_view topic) noexcept;

  /// Notes where the objects are of which an event tells.
  void note(const sighting& seen);

  /// Notes the frame sizes of an instance.
  void note(const frigate_cameras& told);

  /// Notes where the objects are of which the API tells, as far as the frame size is known.
  /// Returns the ids of their cameras, without those that are switched off, and how each is
  /// spelled there if that may differ.
  std::map<std::string, std::string> note(const frigate_objects& seen);

  /// Which camera a name means from now on.
  void identify(const camera_identity& identity) { identity_ = identity; }

  /// As `decoder::tune`.
  void tune(double min_confidence, std::map<std::string, camera_settings> cameras) {
    min_confidence_ = min_confidence;
    cameras_ = std::move(cameras);
  }

  /// What a message says.
  struct reading {
    /// One for each camera, with the objects that count.
    std::vector<sighting> seen;
    std::optional<drop_reason> dropped;
  };

  /// Reads a message of `<prefix>/camera_activity`. What was retained or has waited at the
  /// broker says nothing of the present and is dropped.
  [[nodiscard]] reading read(const inbound& message) const;

private:
  struct place {
    std::string camera;
    detection last;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    /// Orders the places by when they were noted.
    std::uint64_t number = 0;
  };

  void remember(const std::string& prefix, place what);

  std::vector<std::string> prefixes_;
  double min_confidence_;
  double min_area_ratio_;
  std::map<std::string, camera_settings> cameras_;
  camera_identity identity_;
  /// By prefix and object, and by prefix and camera.
  std::map<std::pair<std::string, std::string>, place> places_;
  std::map<std::pair<std::string, std::string>, frame_size> sizes_;
  std::uint64_t noted_ = 0;
};

} // namespace firefinder
