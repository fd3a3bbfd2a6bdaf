#pragma once

#include "actors/camera_detection/subnet.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// A hardware address (IEEE 802, 48 bits).
struct mac_address {
  std::array<std::uint8_t, 6> bytes{};

  friend auto operator<=>(const mac_address&, const mac_address&) = default;
};

/// 12 lower-case hex digits.
[[nodiscard]] std::string to_string(const mac_address& x);

/// Reads 12 hex digits, also with `:` or `-` between the pairs.
[[nodiscard]] std::optional<mac_address> parse_mac(std::string_view text);

/// Whether a single device can have it: neither zero nor a group address.
[[nodiscard]] bool is_device_address(const mac_address& x) noexcept;

/// An ARP packet for IPv4 over Ethernet (RFC 826), without the Ethernet header.
struct arp_packet {
  enum class operation : std::uint16_t { request = 1, reply = 2 };

  operation what = operation::request;
  mac_address sender;
  ipv4 sender_address;
  mac_address target;
  ipv4 target_address;

  /// Asks whether an address is free, without having it yet (RFC 5227 section 2.1.1).
  [[nodiscard]] bool is_probe() const noexcept { return sender_address == ipv4{}; }
  /// Says that the sender has its address, without being asked (RFC 5227 section 2.3, and the
  /// gratuitous ARP of RFC 5944).
  [[nodiscard]] bool is_announcement() const noexcept {
    return !is_probe() && sender_address == target_address;
  }
};

/// Size of the packet, in bytes.
inline constexpr std::size_t arp_size = 28;

/// The packet as it is sent.
[[nodiscard]] std::array<std::uint8_t, arp_size> encode(const arp_packet& x) noexcept;

/// Who has `wanted`? Asked by one who has `own` and `own_address`.
[[nodiscard]] arp_packet arp_request(const mac_address& own, ipv4 own_address,
                                     ipv4 wanted) noexcept;

/// Reads a packet; what follows it is padding. Nothing when it is not ARP for IPv4 over
/// Ethernet, or neither request nor reply.
[[nodiscard]] std::optional<arp_packet> parse_arp(std::string_view bytes) noexcept;

} // namespace firefinder
