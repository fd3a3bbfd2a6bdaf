#pragma once

// Texts that come from anywhere, and names that are spelled in several ways.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// How many bytes the character at the start of `text`, which is not empty, has, and what it is;
/// 0: it is no UTF-8 (RFC 3629, section 4).
[[nodiscard]] std::size_t first_character(std::string_view text, std::uint32_t& character) noexcept;

/// Whether a character controls the output or its direction: besides control characters also
/// ends of lines of Unicode, and what turns the direction of writing.
[[nodiscard]] bool controls_output(std::uint32_t character) noexcept;

/// A text from anywhere as it may be shown and kept: well-formed UTF-8 of at most `most`
/// characters, no white space around it. Bytes that are no UTF-8 are left out, and so are
/// characters that control the output; white space of any length is one space.
[[nodiscard]] std::string shown_text(std::string_view text, std::size_t most);

/// Its ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

/// The hardware address that a name spells, as 12 lower-case hex digits: `AA:BB:CC:DD:EE:FF`,
/// `aa-bb-cc-dd-ee-ff`, `aabbccddeeff`, each also behind `cam_`; nothing for other names.
[[nodiscard]] std::optional<std::string> spelled_address(std::string_view name);

} // namespace firefinder
