#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace firefinder {

/// Which of `shards` (at least 1) a key belongs to. The same key always gives
/// the same answer, in every process: FNV-1a, 64 bits (Fowler, Noll, Vo).
[[nodiscard]] constexpr std::size_t shard_of(std::string_view key, std::size_t shards) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : key) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return static_cast<std::size_t>(hash % shards);
}

} // namespace firefinder
