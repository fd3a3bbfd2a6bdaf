#include "actors/web/places.hpp"

#include <algorithm>
#include <utility>

namespace firefinder {

std::optional<std::uint8_t> places::find() const {
  const auto free = std::ranges::find_if(guests_, [](const auto& x) { return !x; });
  if (free == guests_.end())
    return std::nullopt;
  return static_cast<std::uint8_t>(free - guests_.begin());
}

bool places::take(std::uint8_t place, const std::string& guest) {
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

void places::give_back(std::uint8_t place) { guests_.at(place).reset(); }

} // namespace firefinder
