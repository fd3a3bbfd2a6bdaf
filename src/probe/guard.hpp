#pragma once

namespace firefinder::probe {

/// Whether libavformat may show the password by Basic (RFC 2617, section 2). Before this is
/// said it may not.
void permit_basic(bool may) noexcept;

/// Whether it would have shown it and was not let.
[[nodiscard]] bool withheld() noexcept;

} // namespace firefinder::probe
