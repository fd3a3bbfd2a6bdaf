#pragma once

#include <chrono>

namespace firefinder {

/// Waits until one of `events` (poll(2)) comes at `fd`, until `stop` is readable, or until then.
/// Whether it is the first.
[[nodiscard]] bool wait_for(int fd, short events, int stop,
                            std::chrono::steady_clock::time_point until);

} // namespace firefinder
