#pragma once

#include <string_view>

namespace firefinder::probe {

/// Whether these bytes of RTSP have a log-in in them that everybody on the way can read: an
/// `Authorization` header (RFC 2326, section 12.5) of any scheme but Digest (RFC 2617).
[[nodiscard]] bool has_readable_login(std::string_view bytes) noexcept;

} // namespace firefinder::probe
