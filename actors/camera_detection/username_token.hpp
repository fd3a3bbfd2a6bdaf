#pragma once

#include "messages/time.hpp"

#include <string>
#include <string_view>

namespace firefinder {

/// `PasswordDigest` of the OASIS Web Services Security UsernameToken Profile 1.1, section
/// 3.1: Base64(SHA-1(nonce + created + password)). Throws std::runtime_error when OpenSSL
/// cannot make one.
[[nodiscard]] std::string password_digest(std::string_view nonce, std::string_view created,
                                          std::string_view password);

/// This moment as `2024-05-01T10:00:00Z`: several cameras take no other time zone.
[[nodiscard]] std::string zulu_time(unix_seconds moment);

/// The SOAP header that shows a password as its digest. `created` is a moment of the device's
/// clock; `nonce` are random bytes, never the same.
[[nodiscard]] std::string username_token(std::string_view user, std::string_view password,
                                         std::string_view nonce, unix_seconds created);

/// As text between XML tags; characters that XML 1.0 does not have are left out.
[[nodiscard]] std::string xml_text(std::string_view text);

} // namespace firefinder
