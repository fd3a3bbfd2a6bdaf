#pragma once

#include "messages/text.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::configuration {

/// `text` without blanks and line ends around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// The parts of `text` between commas, trimmed; empty ones are left out.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);

/// `parts` with `separator` between them.
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

/// All `parts`, one after the other.
template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string out;
  out.reserve((std::string_view{parts}.size() + ...));
  (out.append(std::string_view{parts}), ...);
  return out;
}

/// Whether `text` is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` fit to be printed on one line: control characters and bytes that are not
/// UTF-8 are escaped, userinfo in URLs is masked, and a long text is cut.
[[nodiscard]] std::string printable(std::string_view text);

/// Fewest insertions, removals, replacements and swaps of neighbours between two texts.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The best match for `text` among `known`, or empty when nothing is near enough to
/// have been meant.
[[nodiscard]] std::string_view nearest(std::string_view text,
                                       std::span<const std::string_view> known);

/// What is wrong with `text` as an MQTT topic to publish on, or empty.
[[nodiscard]] std::string_view topic_problem(std::string_view text) noexcept;

} // namespace firefinder::configuration
