#pragma once

// Recordings of MQTT messages (JSON Lines) and what they say about cameras. Pure:
// no broker, no clock.

#include <nlohmann/json.hpp>

#include <cstddef>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace firefinder::rig {

/// One message of a recording.
struct recorded_message {
  /// When it arrived, in unix seconds.
  double t = 0;
  std::string topic;
  /// An object, or a text when the payload was no JSON.
  nlohmann::json payload;
  int qos = 0;
  bool retain = false;
};

/// Reads a recording: one object a line, `t` never decreasing. Empty lines are
/// skipped. Throws std::runtime_error that names the line.
[[nodiscard]] std::vector<recorded_message> read_recording(std::istream& in);

/// Adds `shift` seconds to every number called `timestamp` in `payload`, however
/// deep, so that an old recording is fresh when it is played.
void restamp(nlohmann::json& payload, double shift);

/// The bytes to publish for a payload: a text as it is, anything else as JSON.
[[nodiscard]] std::string payload_bytes(const nlohmann::json& payload);

/// What a detector said about one frame of one camera.
struct frame {
  /// Seconds since the start of the recording.
  double at = 0;
  /// Area of the largest box as a ratio 0..1 of the frame; empty: nothing seen.
  std::optional<double> area;
  /// Confidence of that box, 0..1.
  double confidence = 0;
};

/// One camera of a recording.
struct camera_track {
  std::string id;
  /// How its detector describes boxes, for people.
  std::string form;
  std::vector<frame> frames;
};

/// The frames of a recording by camera, in the order in which cameras appear.
/// Messages that are no direct detections are left out.
[[nodiscard]] std::vector<camera_track> cameras_of(std::span<const recorded_message> messages);

// The daemon's defaults, by which the pictures are drawn. The decision itself is
// the daemon's.
inline constexpr double min_confidence = 0.7;
inline constexpr double growth_ratio = 1.2;
inline constexpr std::size_t median_size = 3;
inline constexpr double window_s = 30;

/// Whether a frame has a detection that counts.
[[nodiscard]] bool counts(const frame& x) noexcept;

/// How much the object has grown at `now`: the median of its last three areas
/// over that of its first three in the window; empty below six samples.
[[nodiscard]] std::optional<double> growth_at(std::span<const frame> frames, double now);

/// When the growth first reached `growth_ratio`; empty: never.
[[nodiscard]] std::optional<double> verified_at(std::span<const frame> frames);

} // namespace firefinder::rig
