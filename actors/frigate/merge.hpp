#pragma once

#include "messages/frigate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// What an owner's configuration becomes.
struct merged_configuration {
  std::string text;
  /// Why there is none, and the cure, for people; empty: there is one.
  std::string problem;
};

/// What a file that is made anew says beside cameras.
struct new_configuration {
  std::string broker_host;
  std::uint16_t broker_port = 0;
  /// Frigate's topics begin with it.
  std::string topic_prefix;
};

/// `before` with our cameras in it. They stand between two comment lines,
///
///     # firefinder: begin
///     # firefinder: end
///
/// as the last thing of the file, or wherever under `cameras:` the owner has put these lines.
/// What stands outside stays byte for byte. Where they are missing and the owner has cameras,
/// nothing is done; where an own camera has the name of one of ours, that one counts. What
/// was added to ours by others stays, as `updated_camera` has it.
[[nodiscard]] merged_configuration merged(const std::string& before, const frigate_blocks& ours);

/// Whether nothing in it is from us, except perhaps the two lines without a camera between them.
[[nodiscard]] bool is_untouched(std::string_view text);

/// A file with our cameras that Frigate takes, where there was none.
[[nodiscard]] std::string new_file(const frigate_blocks& ours, const new_configuration& with);

/// What has to be done by Frigate's API for one camera.
struct camera_change {
  enum class kind : std::uint8_t { add, change, remove };

  std::string name;
  kind what = kind::add;
  /// Its block, as JSON; empty when it is removed.
  std::string json;
  /// The block that stands there, as JSON, when it changes.
  std::string before;
};

/// What is to be done so that a configuration `before` has our cameras; nothing when `before`
/// is none.
[[nodiscard]] std::optional<std::vector<camera_change>> changes_of(const std::string& before,
                                                                   const frigate_blocks& ours);

} // namespace firefinder
