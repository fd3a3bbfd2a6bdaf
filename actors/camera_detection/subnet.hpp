#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// An IPv4 address, in the order of the machine.
struct ipv4 {
  std::uint32_t value = 0;

  friend auto operator<=>(const ipv4&, const ipv4&) = default;
};

/// Dotted, such as `192.168.1.10`.
[[nodiscard]] std::string to_string(ipv4 x);

/// Reads four decimal numbers with dots between them, without anything around them.
[[nodiscard]] std::optional<ipv4> parse_ipv4(std::string_view text);

/// Whether it is of a network that the Internet does not lead to: RFC 1918, or link-local
/// (RFC 3927).
[[nodiscard]] bool is_private(ipv4 x) noexcept;

/// Whether it is of the network that providers share among their customers (RFC 6598).
[[nodiscard]] bool is_shared(ipv4 x) noexcept;

/// Whether a single host can have it: neither 0.0.0.0/8, 127.0.0.0/8, multicast nor above.
[[nodiscard]] bool is_host_address(ipv4 x) noexcept;

/// An IPv4 network.
struct subnet {
  /// Its first address: the bits of hosts are 0.
  ipv4 base;
  /// Bits of the network, 0 to 32.
  std::uint8_t bits = 32;

  friend auto operator<=>(const subnet&, const subnet&) = default;
};

/// The network of this address.
[[nodiscard]] subnet subnet_of(ipv4 address, std::uint8_t bits) noexcept;

[[nodiscard]] bool contains(const subnet& net, ipv4 x) noexcept;

/// Whether all of `inner` lies within `outer`.
[[nodiscard]] bool contains(const subnet& outer, const subnet& inner) noexcept;

/// How many hosts it may have: its addresses without the first and the last, which are none
/// (RFC 1122 section 3.2.1.3) unless it has but one or two (RFC 3021).
[[nodiscard]] std::uint64_t host_count(const subnet& net) noexcept;

/// One of its hosts, by a number below `host_count`.
[[nodiscard]] ipv4 host_at(const subnet& net, std::uint64_t number) noexcept;

/// Such as `192.168.1.0/24`.
[[nodiscard]] std::string to_string(const subnet& x);

/// Largest network that is searched address by address, in hosts.
inline constexpr std::uint64_t max_hosts = 5'000;

/// A network, or why it is none that is searched.
struct parsed_subnet {
  std::optional<subnet> net;
  /// For people, empty when there is one.
  std::string error;
};

/// Reads `a.b.c.d/n`, or `a.b.c.d` for a single host. Bits of hosts may be set. A network of
/// more than `max_hosts` is refused.
[[nodiscard]] parsed_subnet parse_subnet(std::string_view text);

/// Why this network is too large to be searched; empty: it is not.
[[nodiscard]] std::string too_large(const subnet& net);

} // namespace firefinder
