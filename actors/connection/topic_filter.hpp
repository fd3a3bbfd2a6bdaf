#pragma once

#include <string_view>

namespace firefinder {

/// Whether `topic` matches `filter` (MQTT 5 section 4.7): `+` stands for one
/// level, a `#` at the end for any number of levels, its parent included; a
/// filter that begins with a wildcard does not match topics that begin with `$`.
[[nodiscard]] bool matches(std::string_view filter, std::string_view topic) noexcept;

/// Whether a topic or filter is `level` or stands below it; never of an empty level.
[[nodiscard]] bool is_at_or_below(std::string_view level, std::string_view topic) noexcept;

/// The text behind the last slash of `topic`, or all of it.
[[nodiscard]] std::string_view last_level(std::string_view topic) noexcept;

} // namespace firefinder
