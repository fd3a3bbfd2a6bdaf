#pragma once

#include "actors/frigate/settings.hpp"
#include "messages/camera.hpp"

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// A stream as Frigate is to take it.
struct frigate_input {
  /// RTSP address without user and password, in printable ASCII without blanks.
  std::string url;
  /// Size in pixels; 0: not known.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// What follows the host is a secret: Frigate's configuration has a placeholder for it.
  bool path_is_secret = false;

  friend bool operator==(const frigate_input&, const frigate_input&) = default;
};

/// What Frigate's configuration says of a camera is made of this and of nothing else. Whether
/// it is online, for example, is not in it.
struct frigate_source {
  /// For people. A new one alone changes nothing.
  std::string name;
  frigate_input main;
  /// Absent: it has one stream.
  std::optional<frigate_input> sub;
  /// Which of our credentials it takes; empty: none.
  std::string credential;

  friend bool operator==(const frigate_source& a, const frigate_source& b) {
    return a.main == b.main && a.sub == b.sub && a.credential == b.credential;
  }
};

/// By id of the camera: 12 lower-case hex digits.
using frigate_sources = std::map<std::string, frigate_source>;

/// What Frigate is told of a camera; nothing when it has no stream that can be told, or is
/// known by a provisional id, which would change.
[[nodiscard]] std::optional<frigate_source> source_of(const camera_facts& camera);

/// Name of the camera `id` in Frigate: `cam_` and the id.
[[nodiscard]] std::string frigate_name(std::string_view id);

/// Whether `name` is one that `frigate_name` makes.
[[nodiscard]] bool is_frigate_name(std::string_view name);

/// By which values to the placeholders are kept: `FRIGATE_CAM_AABBCCDDEEFF_`, to which `USER`,
/// `PASSWORD`, or for what follows the host `PATH` and `SUBPATH` is added.
[[nodiscard]] std::string secret_prefix(std::string_view id);

/// Where in an address that is what follows the host begins.
[[nodiscard]] std::size_t path_position(std::string_view url);

/// Whether a configuration `text` names a secret of the camera `name`, one that `frigate_name`
/// makes, wherever it stands: Frigate refuses a whole file that names one which is not there.
[[nodiscard]] bool names_secret_of(std::string_view text, std::string_view name);

/// Second number of Frigate's version, such as 16 of `0.16.2-4d58206`; nothing for what is
/// not between 0.14 and 0.18.
[[nodiscard]] std::optional<int> release_of(std::string_view version);

/// What the cameras have in common.
struct block_rules {
  /// Of Frigate; empty: not known, then the block is one that all versions take.
  std::string version;
  frigate_labels labels;
  /// Score, 0..1, from which on we accept a detection: Frigate is to keep none of those.
  double min_confidence = 0.7;
};

/// `cameras:` with all of these, as Frigate's configuration says it, without credentials.
[[nodiscard]] YAML::Node cameras_block(const frigate_sources& cameras, const block_rules& rules);

/// What is to stand of a camera, of which `present` stands there and `block` is from us: the
/// addresses of its streams, that it looks for fire, and in frames of which size, is ours.
/// Everything else that is there stays, and of `block` only what a new camera lacks is taken.
[[nodiscard]] YAML::Node updated_camera(const YAML::Node& present, const YAML::Node& block);

} // namespace firefinder
