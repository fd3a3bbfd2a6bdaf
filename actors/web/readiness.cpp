#include "actors/web/readiness.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace firefinder {

bool wait_for(int fd, short events, int stop, std::chrono::steady_clock::time_point until) {
  using std::chrono::milliseconds;
  std::array<pollfd, 2> both{pollfd{fd, events, 0}, pollfd{stop, POLLIN, 0}};
  for (;;) {
    const auto left
        = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()).count();
    const int ready = ::poll(both.data(), both.size(), static_cast<int>(std::max(0L, left)));
    if (ready < 0 && errno == EINTR)
      continue;
    return ready > 0 && both[1].revents == 0 && both[0].revents != 0;
  }
}

} // namespace firefinder
