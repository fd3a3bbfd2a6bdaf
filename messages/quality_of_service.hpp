#pragma once

#include <cstdint>

namespace firefinder {

/// Quality of service of a message or a subscription (MQTT 5, section 4.3).
inline constexpr std::uint8_t at_most_once = 0;
inline constexpr std::uint8_t at_least_once = 1;
inline constexpr std::uint8_t exactly_once = 2;

} // namespace firefinder
