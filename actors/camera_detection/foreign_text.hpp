#pragma once

#include <string>
#include <string_view>

namespace firefinder {

/// Text that a device made, fit to be shown: valid UTF-8 without control characters, without
/// space around it, of at most `most` bytes. What is neither is replaced by U+FFFD or left out.
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t most);

/// Letters of ASCII in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

/// `text` with `%41` and the like as the bytes that they stand for (RFC 3986 section 2.1);
/// what is no such thing stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);

} // namespace firefinder
