#pragma once

#include <string>
#include <string_view>

namespace firefinder {

/// Longest `camera_key`, in bytes.
inline constexpr std::size_t max_camera_key = 48;

/// The id of a camera as it stands in topics and at Home Assistant: lower case, every run of
/// other bytes than `[a-z0-9]` one underscore, none at either end, at most `max_camera_key`
/// bytes. Different ids may have one key. Empty: the id has no letter or digit of ASCII.
[[nodiscard]] std::string camera_key(std::string_view id);

} // namespace firefinder
