#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace firefinder {

/// FNV-1a, 64 bits (Fowler, Noll, Vo): the same for the same bytes in every process.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

/// Which of `shards` (at least 1) a key belongs to. The same key always gives
/// the same answer, in every process.
[[nodiscard]] constexpr std::size_t shard_of(std::string_view key, std::size_t shards) noexcept {
  return static_cast<std::size_t>(fnv1a(key) % shards);
}

} // namespace firefinder
