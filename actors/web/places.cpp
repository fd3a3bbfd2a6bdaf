#include "actors/web/places.hpp"

#include "actors/web/readiness.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace firefinder {

places::places() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return;
  given_back_ = file_descriptor{ends[0]};
  give_back_ = file_descriptor{ends[1]};
}

void places::take_back() {
  std::uint8_t freed = 0;
  while (::read(given_back_.get(), &freed, 1) == 1)
    guests_.at(freed).reset();
}

std::optional<std::uint8_t> places::find(int stop, std::chrono::steady_clock::time_point until) {
  for (;;) {
    take_back();
    const auto free = std::ranges::find_if(guests_, [](const auto& x) { return !x; });
    if (free != guests_.end())
      return static_cast<std::uint8_t>(free - guests_.begin());
    if (!wait_for(given_back_.get(), POLLIN, stop, until))
      return std::nullopt;
  }
}

// Who has left may have done so long after a place was found.
bool places::take(std::uint8_t place, const std::string& guest) {
  take_back();
  if (!guest.empty()) {
    const auto others
        = std::ranges::count_if(guests_, [](const auto& x) { return x && !x->empty(); });
    const auto own = std::ranges::count(guests_, std::optional{guest});
    if (std::cmp_greater_equal(own, of_one_network)
        || std::cmp_greater_equal(others, of_other_machines))
      return false;
  }
  guests_.at(place) = guest;
  return true;
}

void places::give_back(std::uint8_t place) const {
  // The pipe has room for all of them.
  static_cast<void>(!::write(give_back_.get(), &place, 1));
}

} // namespace firefinder
