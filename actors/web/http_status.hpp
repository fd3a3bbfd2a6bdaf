#pragma once

#include <cstdint>

/// Status codes of HTTP (RFC 9110, section 15; RFC 6585).
namespace firefinder::http_status {

inline constexpr std::uint16_t ok = 200;
inline constexpr std::uint16_t not_modified = 304;
inline constexpr std::uint16_t bad_request = 400;
inline constexpr std::uint16_t unauthorized = 401;
inline constexpr std::uint16_t forbidden = 403;
inline constexpr std::uint16_t not_found = 404;
inline constexpr std::uint16_t not_allowed = 405;
inline constexpr std::uint16_t timeout = 408;
inline constexpr std::uint16_t too_large = 413;
inline constexpr std::uint16_t uri_too_long = 414;
inline constexpr std::uint16_t unsupported = 415;
inline constexpr std::uint16_t too_many = 429;
inline constexpr std::uint16_t headers_too_large = 431;
inline constexpr std::uint16_t not_implemented = 501;
inline constexpr std::uint16_t unavailable = 503;

} // namespace firefinder::http_status
