#pragma once

// How what operators have decided is written to the store: one JSON object under each key.

#include "messages/control.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// All our settings in the store begin so.
inline constexpr std::string_view control_prefix = "control/";
inline constexpr std::string_view arming_key = "control/armed";
inline constexpr std::string_view alarm_key = "control/alarm";
/// These go on with the value's name, the camera's id and the zone's name.
inline constexpr std::string_view tuning_prefix = "control/tuning/";
inline constexpr std::string_view camera_prefix = "control/camera/";
inline constexpr std::string_view camera_snooze_prefix = "control/snooze/camera/";
inline constexpr std::string_view zone_snooze_prefix = "control/snooze/zone/";

/// Longest name of who decided something, and longest reason, in characters.
inline constexpr std::size_t max_operator_name = 120;
inline constexpr std::size_t max_operator_reason = 500;

/// Whether triggers are published.
struct arming {
  bool armed = true;
  /// Wall clock since when, and who decided it.
  unix_seconds since = 0;
  std::string by;
};

/// A value in place of the configuration's.
struct tuned_value {
  double value = 0;
  /// What the configuration said then.
  double configured = 0;
};

/// What was told of a camera.
struct told_camera {
  /// Empty: another camera has it.
  std::string key;
  std::string name;

  friend bool operator==(const told_camera&, const told_camera&) = default;
};

/// Whether a camera counts, other than the configuration says.
struct camera_switch {
  bool enabled = true;
  /// What the configuration said then.
  bool configured = true;
  /// Wall clock since when, and who decided it.
  unix_seconds since = 0;
  std::string by;
};

/// What operators have decided about a camera.
struct camera_decision {
  /// What people are to call it; empty: as it is called.
  std::string name;
  bool announced = true;
  std::optional<camera_switch> counts;
  /// The name with which it was added; none: it was not.
  std::optional<std::string> added;

  /// Nothing differs from a camera about which nobody has decided anything.
  [[nodiscard]] bool is_nothing() const noexcept {
    return name.empty() && announced && !counts && !added;
  }
};

/// An alarm and the triggers that are known.
struct alarm_memory {
  alarm_view alarm;
  /// How many triggers were heard of, and the id of the last of them, if it was told.
  std::uint64_t known_triggers = 0;
  std::string known_trigger;
  /// Wall clock when this memory began.
  unix_seconds began = 0;

  friend bool operator==(const alarm_memory&, const alarm_memory&) = default;
};

[[nodiscard]] std::string stored_text(const arming& x);
[[nodiscard]] std::string stored_text(const tuned_value& x);
[[nodiscard]] std::string stored_text(const told_camera& x);
[[nodiscard]] std::string stored_text(const camera_decision& x);
/// Without its target, which the key names.
[[nodiscard]] std::string stored_text(const snooze& x);
[[nodiscard]] std::string stored_text(const alarm_memory& x);

// The inverse; nothing for text that was written by something else.
[[nodiscard]] std::optional<arming> stored_arming(std::string_view text);
[[nodiscard]] std::optional<tuned_value> stored_value(std::string_view text);
[[nodiscard]] std::optional<told_camera> stored_camera(std::string_view text);
[[nodiscard]] std::optional<camera_decision> stored_decision(std::string_view text);
[[nodiscard]] std::optional<snooze> stored_snooze(std::string_view text);
[[nodiscard]] std::optional<alarm_memory> stored_alarm(std::string_view text);

/// An alarm as a JSON object, for operators. Moments that never were are null.
[[nodiscard]] std::string alarm_text(const alarm_view& x);

} // namespace firefinder
