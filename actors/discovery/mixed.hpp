#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>

namespace firefinder {

/// What stands for these values, in this order: others have another one, as far as 64 bits go.
/// Never 0. (Each step is that of Fibonacci hashing, and brings the upper bits down.)
[[nodiscard]] constexpr std::uint64_t mixed(std::initializer_list<std::uint64_t> all) noexcept {
  std::uint64_t result = 0;
  for (const auto x : all) {
    result = (result ^ x) * 0x9E3779B97F4A7C15U;
    result ^= result >> 32;
  }
  return std::max<std::uint64_t>(result, 1);
}

} // namespace firefinder
