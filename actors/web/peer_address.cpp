#include "actors/web/peer_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstddef>

namespace firefinder {

std::string network_of(const std::string& address) {
  in6_addr six{};
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1)
    return {reinterpret_cast<const char*>(&four), sizeof four};
  if (::inet_pton(AF_INET6, address.c_str(), &six) != 1)
    return address;
  const auto* bytes = reinterpret_cast<const char*>(six.s6_addr);
  if (IN6_IS_ADDR_V4MAPPED(&six))
    return {bytes + sizeof six - sizeof four, sizeof four};
  constexpr std::size_t network = 8;
  return {bytes, network};
}

bool is_this_machine(const std::string& peer, const std::string& own) {
  if (peer == own)
    return true;
  in6_addr six{};
  if (::inet_pton(AF_INET6, peer.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six))
    return true;
  const auto four = network_of(peer);
  return four.size() == sizeof(in_addr) && four.front() == IN_LOOPBACKNET;
}

} // namespace firefinder
