#pragma once

#include "actors/consensus/settings.hpp"
#include "messages/detection.hpp"
#include "messages/link.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace firefinder {

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
  too_many_cameras,
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
  /// The Frigate instance that it shows to be alive, or gone.
  std::optional<frigate_sign> frigate;
  std::vector<drop> dropped;
};

/// Deepest nesting of objects and lists that is looked at.
inline constexpr int max_depth = 64;

/// Longest name of a camera or an object, in bytes.
inline constexpr std::size_t max_name_bytes = 128;

/// Decodes a message of any topic that consensus listens to: direct detections,
/// Frigate events, availability and statistics, telemetry. Never throws for what a
/// publisher may send. Retained messages say nothing, but for Frigate's availability.
///
/// Boxes: `bbox` or `bounding_box`, `[x1, y1, x2, y2]`. A direct box with all
/// values in 0..1 is normalised, any other one is in pixels; a Frigate box is
/// always in pixels of its detect resolution.
///
/// A message that is older than `max_age` by its own timestamp is stale. Samples are
/// placed by their arrival: no clock but our monotonic one decides. Only what has waited
/// at the broker (`inbound::waited_before`) is placed as long before as its timestamp
/// says; without a timestamp it counts if it cannot have waited for longer than `max_age`.
[[nodiscard]] decoded decode(const inbound& message, const acceptance_settings& settings);

} // namespace firefinder
