#pragma once

#include "actors/camera_detection/links.hpp"
#include "actors/file_descriptor.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace firefinder {

using network_socket = file_descriptor;

/// A host's address and a port of its.
struct udp_address {
  ipv4 address;
  std::uint16_t port = 0;
};

/// Where WS-Discovery is spoken (April 2005, section 2.4).
inline constexpr udp_address discovery_group{{0xEFFFFFFA}, 3702};

/// Where mDNS is spoken (RFC 6762 section 3).
inline constexpr udp_address mdns_group{{0xE00000FB}, 5353};

// None of these sockets blocks. Where one cannot be made, it is invalid and errno says why.

/// A socket that hears all ARP, on every interface. Needs CAP_NET_RAW.
[[nodiscard]] network_socket open_arp();

/// A UDP socket for questions to a group on one segment, and their answers.
[[nodiscard]] network_socket open_segment(const link_address& link);

/// A UDP socket for questions to a single host.
[[nodiscard]] network_socket open_unicast();

/// A UDP socket that hears the group of WS-Discovery on these segments.
[[nodiscard]] network_socket open_discovery(const link_map& links);

/// Sends a datagram; false: it did not go out, and errno says why.
bool send_to(const network_socket& from, const udp_address& to, std::string_view data) noexcept;

/// Sends an ARP packet to everybody on the segment.
bool send_arp(const network_socket& from, const link_address& link, const arp_packet& x) noexcept;

/// Reads the datagrams that wait, at most `most`.
void receive(const network_socket& from, std::size_t most,
             const std::function<void(const udp_address& sender, std::string_view data)>& take);

/// Reads the ARP packets that wait, at most `most`: each with the number of its interface.
void receive_arp(const network_socket& from, std::size_t most,
                 const std::function<void(int index, const arp_packet& x)>& take);

/// A TCP connection on its way, or invalid and errno.
[[nodiscard]] network_socket begin_connection(const udp_address& to);

/// Its error, as errno has them; 0: it stands.
[[nodiscard]] int connection_error(const network_socket& x) noexcept;

} // namespace firefinder
