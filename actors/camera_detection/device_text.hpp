#pragma once

#include "messages/text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// What a device wrote, as it may be shown and kept: well-formed UTF-8 of at most `most` bytes,
/// no white space around it. Bytes that are no UTF-8 are left out, and so are characters that
/// control the output or its direction; a line end is a space.
[[nodiscard]] std::string foreign_text(std::string_view text, std::size_t most);

/// Without white space around it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// A hardware address of one device as 12 lower-case hex digits. Reads `AA:BB:CC:DD:EE:FF`,
/// `aa-bb-…` and `aabb…`; nothing for zeros and for addresses of groups.
[[nodiscard]] std::optional<std::string> hardware_address(std::string_view text);

/// Two lower-case hex digits for each byte.
[[nodiscard]] std::string to_hex(std::string_view bytes);

/// Base64 (RFC 4648, section 4), and its inverse; nothing for what is none.
[[nodiscard]] std::string to_base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

} // namespace firefinder
