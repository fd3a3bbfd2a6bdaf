#pragma once

#include "actors/camera_detection/arp.hpp"

#include <optional>
#include <string>
#include <vector>

namespace firefinder {

/// An address of this machine on a segment that it is connected to.
struct link_address {
  /// The interface's number and name.
  int index = 0;
  std::string name;
  mac_address mac;
  /// Whether it speaks ARP.
  bool arp = false;
  bool multicast = false;
  ipv4 address;
  subnet net;

  friend bool operator==(const link_address&, const link_address&) = default;
};

/// The segments of this machine.
using link_map = std::vector<link_address>;

/// The one that this address is on: the smallest, when there are several.
[[nodiscard]] const link_address* segment_of(const link_map& links, ipv4 address) noexcept;

/// Whether this address is ours.
[[nodiscard]] bool is_own(const link_map& links, ipv4 address) noexcept;

/// Whether this hardware address is ours.
[[nodiscard]] bool is_own(const link_map& links, const mac_address& mac) noexcept;

} // namespace firefinder
