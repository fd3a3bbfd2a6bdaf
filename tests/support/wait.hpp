#pragma once

#include <chrono>
#include <thread>

namespace firefinder::test {

/// Longest time that a test waits for something that should happen soon. Long,
/// because tests share a machine; nothing waits for it unless it fails.
inline constexpr std::chrono::seconds patience{20};

/// Asks `predicate` again and again until it holds or `limit` has passed, and
/// returns its last answer.
template <class Predicate>
[[nodiscard]] bool poll_until(std::chrono::steady_clock::duration limit, Predicate&& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (predicate())
      return true;
    if (std::chrono::steady_clock::now() >= deadline)
      return predicate();
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

} // namespace firefinder::test
