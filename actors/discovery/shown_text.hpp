#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firefinder {

/// A text from anywhere as it may be shown: well-formed UTF-8 of at most `most` characters, no
/// white space around it. Bytes that are no UTF-8 are left out, and so are characters that
/// control the output or its direction; white space of any length is one space.
[[nodiscard]] std::string shown_text(std::string_view text, std::size_t most);

} // namespace firefinder
