#include "actors/web/places.hpp"

#include "actors/web/readiness.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace firefinder {

std::string guest_of(const sockaddr_storage& address) {
  if (address.ss_family != AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
    if (ntohl(in.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET)
      return {};
    return {reinterpret_cast<const char*>(&in), sizeof in};
  }
  const auto& in = reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  if (IN6_IS_ADDR_LOOPBACK(&in))
    return {};
  if (IN6_IS_ADDR_V4MAPPED(&in)) {
    constexpr std::size_t prefix = 12;
    sockaddr_storage mapped{};
    mapped.ss_family = AF_INET;
    std::memcpy(&reinterpret_cast<sockaddr_in*>(&mapped)->sin_addr, in.s6_addr + prefix,
                sizeof(in_addr));
    return guest_of(mapped);
  }
  constexpr std::size_t network = 8;
  return {reinterpret_cast<const char*>(in.s6_addr), network};
}

places::places() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return;
  given_back_ = file_descriptor{ends[0]};
  give_back_ = file_descriptor{ends[1]};
}

std::optional<std::uint8_t> places::find(int stop, std::chrono::steady_clock::time_point until) {
  for (;;) {
    std::uint8_t freed = 0;
    while (::read(given_back_.get(), &freed, 1) == 1)
      guests_.at(freed).reset();
    const auto free = std::ranges::find_if(guests_, [](const auto& x) { return !x; });
    if (free != guests_.end())
      return static_cast<std::uint8_t>(free - guests_.begin());
    if (!wait_for(given_back_.get(), POLLIN, stop, until))
      return std::nullopt;
  }
}

bool places::take(std::uint8_t place, const std::string& guest) {
  if (!guest.empty()) {
    const auto others
        = std::ranges::count_if(guests_, [](const auto& x) { return x && !x->empty(); });
    const auto own = std::ranges::count(guests_, std::optional{guest});
    if (std::cmp_greater_equal(own, of_one_address)
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
