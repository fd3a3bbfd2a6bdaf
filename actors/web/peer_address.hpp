#pragma once

#include <string>

namespace firefinder {

/// What an address, as text, has in common with others of whoever has it: an IPv4 address itself,
/// also where it is mapped into IPv6 (RFC 4291, section 2.5.5.2), and of an IPv6 address its
/// network, of which one machine has all 2^64 (RFC 6177). What is no address stays as it is.
[[nodiscard]] std::string network_of(const std::string& address);

/// Whether a connection comes from this machine, which it reached at its address `own`.
[[nodiscard]] bool is_this_machine(const std::string& peer, const std::string& own);

} // namespace firefinder
