#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace firefinder::configuration {

/// How the value of a key is written and read.
enum class value_type : std::uint8_t {
  text,
  /// Path of a file.
  path,
  /// Host name or address.
  host,
  /// `host:port`, or `off`.
  address,
  /// MQTT topic without wildcards; a slash at its end means nothing.
  topic,
  /// One level of an MQTT topic: no slash either.
  topic_level,
  topic_list,
  name_list,
  /// One of the allowed words, upper or lower case.
  word,
  word_list,
  integer,
  number,
  boolean,
  /// Width and height in pixels, `1920x1080`.
  frame_size,
  /// Label of a detector to fire, smoke or ignore.
  label_map,
  /// Camera to its zones.
  zone_map,
  /// The zones of one camera.
  zone_list,
};

/// What is done with a number outside its range.
enum class beyond_range : std::uint8_t {
  /// The nearest bound is used, with a warning: a fire alarm keeps protecting.
  clamped,
  /// An error.
  refused,
};

/// One entry of the key table.
struct key {
  /// Place in the YAML file. `<id>` stands for a camera.
  std::string_view path;
  /// Environment names: the canonical one, then older ones, accepted with a notice.
  std::array<std::string_view, 3> environment{};
  value_type type = value_type::text;
  std::string_view unit{};
  /// Default as it is written in the environment; empty: not set.
  std::string_view default_text{};
  /// Default under `consensus.profile: landscape`; empty: the same.
  std::string_view landscape_default{};
  /// How the default is found when it is not a constant.
  std::string_view default_note{};
  /// Bounds of numbers, both included; of frame sizes, for each side.
  double min = 0;
  double max = 0;
  /// Upper bound under `consensus.profile: landscape`; 0: the same.
  double landscape_max = 0;
  beyond_range beyond = beyond_range::clamped;
  std::array<std::string_view, 5> words{};
  /// An empty text is an error.
  bool required = false;
  /// Masked wherever it is printed.
  bool secret = false;
  /// What is missing in this version when the value is not the default; empty: nothing.
  std::string_view pending{};
  std::string_view help{};

  /// The environment name to use, or empty.
  [[nodiscard]] constexpr std::string_view canonical_environment() const noexcept {
    return environment.front();
  }
  /// Older environment names.
  [[nodiscard]] constexpr std::span<const std::string_view> older_environment() const noexcept {
    std::size_t count = 0;
    while (count + 1 < environment.size() && !environment[count + 1].empty())
      ++count;
    return std::span{environment}.subspan(1, count);
  }
  /// The words allowed.
  [[nodiscard]] constexpr std::span<const std::string_view> allowed_words() const noexcept {
    std::size_t count = 0;
    while (count < words.size() && !words[count].empty())
      ++count;
    return std::span{words}.first(count);
  }
};

/// A group of keys under one name in the YAML file.
struct section {
  /// Empty for keys at the top.
  std::string_view name;
  std::string_view help;
};

/// All keys, section by section; those of a camera start with `camera_prefix`.
[[nodiscard]] std::span<const key> keys() noexcept;

/// All sections in the order of their keys; `caf`, which has no keys of its own, is the last.
[[nodiscard]] std::span<const section> sections() noexcept;

/// The key at `path`, or null.
[[nodiscard]] const key* find_key(std::string_view path) noexcept;

/// The section of a path: the text before its first dot, or empty.
[[nodiscard]] std::string_view section_of(std::string_view path) noexcept;

/// The text behind the last dot of a path.
[[nodiscard]] std::string_view name_of(std::string_view path) noexcept;

/// What the path of every key of a camera starts with in the table.
inline constexpr std::string_view camera_prefix = "cameras.<id>.";

/// Where the options for CAF start.
inline constexpr std::string_view caf_prefix = "caf.";

/// What `pending` says of keys that do nothing yet.
inline constexpr std::string_view no_effect = "accepted, but has no effect in this version";

} // namespace firefinder::configuration
