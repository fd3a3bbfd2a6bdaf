#pragma once

#include "actors/consensus/frigate_memory.hpp"
#include "actors/consensus/identity.hpp"
#include "actors/consensus/settings.hpp"
#include "messages/detection.hpp"
#include "messages/link.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder {

class json_reader;

/// Why a message or one detection in it does not count.
enum class drop_reason : std::uint8_t {
  retained,
  too_large,
  not_utf8,
  malformed,
  too_deep,
  not_an_object,
  bad_topic,
  missing_camera,
  bad_camera,
  camera_disabled,
  replayed_camera,
  bad_timestamp,
  stale,
  bad_frame_size,
  bad_detections,
  bad_object,
  unknown_label,
  ignored_label,
  missing_confidence,
  bad_confidence,
  low_confidence,
  missing_box,
  bad_box,
  small_area,
  large_area,
  false_positive,
  /// The source says again what it said before; the camera is alive.
  repeated,
  /// The very message came before.
  duplicate,
  /// An event that is older than the last one of its object.
  out_of_order,
  /// The end of an object of which nothing is known.
  unknown_object,
  too_many_cameras,
  /// More in one frame than is followed, or an object twice.
  too_many_objects,
};

/// The reason as it stands in logs and figures, such as `low_confidence`.
[[nodiscard]] const char* to_string(drop_reason reason) noexcept;

/// What was dropped for one reason.
struct drop {
  drop_reason reason = drop_reason::malformed;
  /// The camera, when the message got that far.
  std::string camera;
  /// Entries of the message, one after the other.
  std::uint64_t count = 1;
};

/// What a message says.
struct decoded {
  /// The camera that is alive, and what it saw; none when the message says
  /// nothing of a camera.
  std::optional<sighting> seen;
  /// What a lost message would have said, from before `seen`.
  std::optional<sighting> missed;
  /// The Frigate instance that it shows to be alive, or gone.
  std::optional<frigate_sign> frigate;
  std::vector<drop> dropped;
  /// The area of what was seen is a guess, because the size of the frame is not known. Told
  /// once for each camera.
  bool guessed_frame = false;
};

/// Deepest nesting of objects and lists that is looked at.
inline constexpr std::size_t max_depth = 64;

/// Longest name of a camera or an object, in bytes.
inline constexpr std::size_t max_name_bytes = 128;

/// How far below `min_confidence` the confidence in an object of Frigate's may fall without it
/// ceasing to count, as a factor. The one that pyronear's engine has for an alert that runs.
inline constexpr double confidence_hysteresis = 0.8;

/// How long a camera is taken to turn when nobody says that it has stopped: the message that
/// says so may be lost, and must not make the camera blind.
inline constexpr timespan longest_turn = std::chrono::minutes{5};

/// Sizes of the main streams of cameras, by camera.
struct found_frame {
  frame_size size{0, 0};
  /// A box was seen that does not fit.
  bool disproved = false;
};
using found_frames = std::map<std::string, found_frame>;

/// Decodes the messages of all topics that consensus listens to: direct detections,
/// Frigate's events, availability, statistics and what it says of a camera, telemetry.
/// Retained messages say nothing, but for Frigate's availability and switches.
///
/// Boxes: `bbox` or `bounding_box`, `[x1, y1, x2, y2]`. A direct box with all
/// values in 0..1 is normalised, any other one is in pixels; a Frigate box is
/// always in pixels of its detect resolution.
///
/// A message that is older than `max_age` by its own timestamp is stale. Samples are
/// placed by their arrival: no clock but our monotonic one decides. Only what has waited
/// at the broker (`inbound::waited_before`) is placed as long before as its timestamp
/// says; without a timestamp it counts if it cannot have waited for longer than `max_age`.
///
/// Frigate's events are changes of what it said before, so a decoder remembers its objects
/// and cameras. Direct messages are understood one by one.
class decoder {
public:
  explicit decoder(acceptance_settings settings);
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;
  ~decoder();

  /// Never throws for what a publisher may send.
  [[nodiscard]] decoded decode(const inbound& message);

  /// The size of the frames in which the Frigate instance with this topic prefix looks for
  /// objects of its camera `name`, in pixels; {0, 0}: no longer known.
  void frame_told(std::string_view prefix, std::string_view name, const frame_size& size);

  /// The sizes of the pictures of cameras' main streams, in pixels, by camera. Such a size takes
  /// the place of the guess where neither the messages nor the user nor Frigate tell one, until a
  /// box shows that the camera's detector looks at larger frames.
  void frames_found(const std::map<std::string, frame_size>& sizes);

  /// Which camera a name means from now on.
  void identify(const camera_identity& identity) { identity_ = identity; }

  /// From now on this is the smallest confidence that counts, and these are the cameras of the
  /// configuration.
  void tune(double min_confidence, std::map<std::string, camera_settings> cameras) {
    settings_.min_confidence = min_confidence;
    settings_.cameras = std::move(cameras);
  }

private:
  acceptance_settings settings_;
  camera_identity identity_;
  std::unique_ptr<json_reader> reader_;
  frigate_memory memory_;
  found_frames found_frames_;
};

} // namespace firefinder
