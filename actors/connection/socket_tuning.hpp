#pragma once

#include <cstdint>

namespace firefinder {

/// Sets up every TCP connection of this process whose peer has this port; paho C 1.3.12
/// does neither and hands out no socket. TCP_NODELAY: without it, a trigger that follows an
/// acknowledgement waits 40 ms for the broker's delayed ACK (RFC 896 and RFC 1122 section
/// 4.2.3.2). SO_LINGER of 0: with the connection ends what the kernel has not sent yet, an
/// alarm that is over by the time the broker reads again.
void tune_sockets(std::uint16_t port);

/// These connections are to end in order: what is written is sent before.
void close_gently(std::uint16_t port);

} // namespace firefinder
