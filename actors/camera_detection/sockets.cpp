#include "actors/camera_detection/sockets.hpp"

#include "actors/camera_detection/ws_discovery.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace firefinder {

namespace {

// A camera may sit behind a router that forwards multicast.
constexpr int time_to_live = 4;

constexpr int kind_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

sockaddr_in to_system(const udp_address& x) noexcept {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(x.port);
  result.sin_addr.s_addr = htonl(x.address.value);
  return result;
}

template <class Address>
const sockaddr* as_general(const Address& x) noexcept {
  return reinterpret_cast<const sockaddr*>(&x);
}

template <class Address>
sockaddr* as_general(Address& x) noexcept {
  return reinterpret_cast<sockaddr*>(&x);
}

template <class Value>
bool set(const network_socket& x, int level, int option, const Value& value) noexcept {
  return ::setsockopt(x.get(), level, option, &value, sizeof(value)) == 0;
}

// Closes it, and leaves errno as it is.
network_socket failed(network_socket x) noexcept {
  const auto fault = errno;
  x = network_socket{};
  errno = fault;
  return {};
}

network_socket bound(network_socket x, const udp_address& to) noexcept {
  const auto address = to_system(to);
  if (!x || ::bind(x.get(), as_general(address), sizeof(address)) != 0)
    return failed(std::move(x));
  return x;
}

} // namespace

network_socket open_arp() {
  return network_socket{::socket(AF_PACKET, SOCK_DGRAM | kind_flags, htons(ETH_P_ARP))};
}

network_socket open_segment(const link_address& link) {
  network_socket result{::socket(AF_INET, SOCK_DGRAM | kind_flags, 0)};
  ip_mreqn interface {};
  interface.imr_ifindex = link.index;
  interface.imr_address.s_addr = htonl(link.address.value);
  if (!result || !set(result, IPPROTO_IP, IP_MULTICAST_IF, interface)
      || !set(result, IPPROTO_IP, IP_MULTICAST_TTL, time_to_live))
    return failed(std::move(result));
  return bound(std::move(result), {link.address, 0});
}

network_socket open_unicast() {
  return network_socket{::socket(AF_INET, SOCK_DGRAM | kind_flags, 0)};
}

network_socket open_discovery(const link_map& links) {
  network_socket result{::socket(AF_INET, SOCK_DGRAM | kind_flags, 0)};
  // Others on this machine may speak WS-Discovery too; what is not joined here is not heard.
  if (!result || !set(result, SOL_SOCKET, SO_REUSEADDR, int{1})
      || !set(result, IPPROTO_IP, IP_MULTICAST_ALL, int{0}))
    return failed(std::move(result));
  result = bound(std::move(result), discovery_group);
  if (!result)
    return result;
  for (const auto& link : links) {
    ip_mreqn group{};
    group.imr_multiaddr.s_addr = htonl(discovery_group.address.value);
    group.imr_ifindex = link.index;
    // A second address of an interface is refused, which is right.
    static_cast<void>(set(result, IPPROTO_IP, IP_ADD_MEMBERSHIP, group));
  }
  return result;
}

bool send_to(const network_socket& from, const udp_address& to, std::string_view data) noexcept {
  const auto address = to_system(to);
  return ::sendto(from.get(), data.data(), data.size(), MSG_NOSIGNAL, as_general(address),
                  sizeof(address))
         >= 0;
}

bool send_arp(const network_socket& from, const link_address& link, const arp_packet& x) noexcept {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETH_P_ARP);
  to.sll_ifindex = link.index;
  to.sll_halen = ETH_ALEN;
  std::fill_n(std::begin(to.sll_addr), ETH_ALEN, static_cast<unsigned char>(0xFF));
  const auto bytes = encode(x);
  return ::sendto(from.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, as_general(to), sizeof(to))
         >= 0;
}

void receive(const network_socket& from, std::size_t most,
             const std::function<void(const udp_address& sender, std::string_view data)>& take) {
  std::vector<char> buffer;
  while (from && most-- > 0) {
    // Room is made when there is something: an idle socket costs a system call.
    buffer.resize(max_discovery_message);
    sockaddr_in sender{};
    socklen_t size = sizeof(sender);
    const auto bytes
        = ::recvfrom(from.get(), buffer.data(), buffer.size(), 0, as_general(sender), &size);
    // An error is that of an earlier datagram, which is read by asking for it.
    if (bytes < 0 && (errno == EAGAIN || errno == EBADF || errno == ENOTSOCK))
      return;
    if (bytes < 0 || sender.sin_family != AF_INET)
      continue;
    take({{ntohl(sender.sin_addr.s_addr)}, ntohs(sender.sin_port)},
         {buffer.data(), static_cast<std::size_t>(bytes)});
  }
}

void receive_arp(const network_socket& from, std::size_t most,
                 const std::function<void(int index, const arp_packet& x)>& take) {
  while (from && most-- > 0) {
    std::array<char, 64> buffer{};
    sockaddr_ll sender{};
    socklen_t size = sizeof(sender);
    const auto bytes
        = ::recvfrom(from.get(), buffer.data(), buffer.size(), 0, as_general(sender), &size);
    if (bytes < 0 && (errno == EAGAIN || errno == EBADF || errno == ENOTSOCK))
      return;
    if (bytes < 0 || (sender.sll_pkttype != PACKET_HOST && sender.sll_pkttype != PACKET_BROADCAST))
      continue;
    if (const auto x = parse_arp({buffer.data(), static_cast<std::size_t>(bytes)}))
      take(sender.sll_ifindex, *x);
  }
}

network_socket begin_connection(const udp_address& to) {
  network_socket result{::socket(AF_INET, SOCK_STREAM | kind_flags, 0)};
  if (!result)
    return result;
  // The end is abrupt: cameras have few sessions, and we no use for a slow farewell.
  static_cast<void>(set(result, SOL_SOCKET, SO_LINGER, linger{1, 0}));
  const auto address = to_system(to);
  if (::connect(result.get(), as_general(address), sizeof(address)) != 0 && errno != EINPROGRESS)
    return failed(std::move(result));
  return result;
}

int connection_error(const network_socket& x) noexcept {
  int fault = 0;
  socklen_t size = sizeof(fault);
  if (::getsockopt(x.get(), SOL_SOCKET, SO_ERROR, &fault, &size) != 0)
    return errno;
  return fault;
}

} // namespace firefinder
