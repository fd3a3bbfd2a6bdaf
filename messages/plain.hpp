#pragma once

namespace firefinder {

/// Whether it is a lower-case letter, a digit or an underscore, of which names consist that stand
/// in topics, identifiers and file names alike.
[[nodiscard]] constexpr bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

} // namespace firefinder
