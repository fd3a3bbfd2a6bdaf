#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firefinder {

/// What people wrote, as it may be shown and kept: well-formed UTF-8 of at most `most`
/// characters, no white space around it. Bytes that are no UTF-8 are left out, and so are
/// characters that control the output or its direction; white space in a row is one space.
[[nodiscard]] std::string operator_text(std::string_view text, std::size_t most);

} // namespace firefinder
