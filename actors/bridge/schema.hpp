#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace firefinder {

// What may be asked for and set over MQTT, in tables. Reading, the words of refusals and the
// published schema all come from them.

/// Bounds of values that the configuration decides.
struct request_limits {
  /// Longest detection window that may be set, in seconds.
  double longest_window_s = 300;
};

/// How a value is written.
enum class value_kind : std::uint8_t {
  /// Text, in UTF-8.
  text,
  number,
  whole,
  /// In a request true, false, "ON" or "OFF"; in a command ON, OFF, true or false, upper or lower
  /// case.
  flag,
};

/// A value that a request or a command carries.
struct request_field {
  std::string_view name;
  value_kind kind = value_kind::text;
  bool required = false;
  /// A request may say null instead of leaving it out.
  bool may_be_null = false;
  /// Bounds of a number, both included unless `above_min` is set; fewest (0 or 1) and most
  /// characters of a text.
  double min = 0;
  double max = 0;
  bool above_min = false;
  /// A text has only letters of lower case, digits and underscores.
  bool plain = false;
  std::string_view unit{};
  std::string_view help{};
};

enum class request_kind : std::uint8_t {
  explain,
  status,
  options,
  rescan,
  restart,
  health_check,
  discovery_publish,
  discovery_clear,
  discovery_migrate,
  discovery_forget,
  camera_add,
  camera_remove,
  camera_rename,
  camera_options,
  camera_snooze,
  camera_wake,
  zone_snooze,
  zone_wake,
  alarm_acknowledge,
  alarm_reset,
  drill,
};

/// A request, `<base>/bridge/request/<name>`: a JSON object, or nothing in place of an empty one.
struct request_form {
  request_kind what = request_kind::status;
  std::string_view name;
  std::span<const request_field> fields{};
  /// One of the fields that are not required must be there, beside `by` and `reason`.
  bool needs_one = false;
  std::string_view help{};
  /// A payload.
  std::string_view example = "{}";
};

enum class command_kind : std::uint8_t { arm, tune, enable, snooze };

/// A command, `<base>/<name>/set`: plain text. A plus sign in the name stands for the key of a
/// camera.
struct command_form {
  command_kind what = command_kind::tune;
  std::string_view name;
  request_field value;
  std::string_view example{};
};

/// All requests, in the order in which people are told of them.
[[nodiscard]] std::span<const request_form> request_forms() noexcept;

/// All commands.
[[nodiscard]] std::span<const command_form> command_forms() noexcept;

/// The request of this name, or null.
[[nodiscard]] const request_form* find_request(std::string_view name) noexcept;

/// A command as its topic names it.
struct named_command {
  const command_form* form = nullptr;
  /// Key of the camera; empty: it is about none.
  std::string_view camera;
};

/// The command behind `<base>/<name>/set`; none: there is no such command, or what stands in
/// place of a camera is no key of one (`camera_key`).
[[nodiscard]] std::optional<named_command> find_command(std::string_view name) noexcept;

/// The greatest value of a field.
[[nodiscard]] double greatest(const request_field& field, const request_limits& limits) noexcept;

/// What is allowed for a field, for people, such as `a whole number from 1 to 10 (cameras)`.
[[nodiscard]] std::string allowed(const request_field& field, const request_limits& limits);

/// JSON Schema (draft 2020-12) of all requests and commands: of an object whose members are topics
/// below `<base>/`, each with its payload. The payload of a command is read as JSON where it is a
/// number, and as a text otherwise.
[[nodiscard]] std::string request_schema(const request_limits& limits = {});

} // namespace firefinder
