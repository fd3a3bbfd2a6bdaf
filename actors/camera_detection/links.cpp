#include "actors/camera_detection/links.hpp"

#include <algorithm>

namespace firefinder {

const link_address* segment_of(const link_map& links, ipv4 address) noexcept {
  const link_address* result = nullptr;
  for (const auto& x : links)
    if (contains(x.net, address) && (result == nullptr || x.net.bits > result->net.bits))
      result = &x;
  return result;
}

bool is_own(const link_map& links, ipv4 address) noexcept {
  return std::any_of(links.begin(), links.end(),
                     [address](const link_address& x) { return x.address == address; });
}

bool is_own(const link_map& links, const mac_address& mac) noexcept {
  return std::any_of(links.begin(), links.end(),
                     [&mac](const link_address& x) { return x.mac == mac; });
}

} // namespace firefinder
