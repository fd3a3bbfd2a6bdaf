#pragma once

#include <cstdint>

namespace firefinder {

/// Sets TCP_NODELAY on every TCP connection of this process whose peer has this
/// port. paho C 1.3.12 neither sets it nor hands out its sockets; without it, a
/// trigger that follows an acknowledgement waits 40 ms for the broker's delayed
/// ACK (RFC 896 and RFC 1122 section 4.2.3.2).
void set_no_delay(std::uint16_t port);

} // namespace firefinder
